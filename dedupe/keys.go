package dedupe

import (
	"slices"
	"strings"

	"almanac/dedupe/names"
	"almanac/dedupe/near"
)

// Keys returns the hashes under which a record is found: two cards of one person
// share one of them, nearly always. There are about fifteen. They depend on the
// record alone, so that a store can index them in the transaction that writes the
// card.
//
// A key that very many cards have (a common name) is no reason to compare them
// all; see Candidates.
func (rec *Record) Keys() []uint64 {
	if rec.Kind == Group {
		return nil
	}
	k := make([]uint64, 0, 32)
	add := func(kind byte, texts ...string) {
		h := hash(kind, texts...)
		if strings.IndexByte(weakKinds, kind) >= 0 {
			k = append(k, weakKey(h))
		} else {
			k = append(k, strongKey(h))
		}
	}
	for i := range rec.Phones {
		d := rec.Phones[i].Digits
		add('P', tail(d, 7))
		if len(d) >= 9 { // a slip in the last digits
			add('Q', d[len(d)-8:len(d)-3])
		}
	}
	for i := range rec.Mails {
		add('M', rec.Mails[i].Alias)
		local, _, _ := strings.Cut(rec.Mails[i].Alias, "@")
		if local = plainLocal(local); len(local) >= 5 && names.ClassOf(local)&names.Role == 0 {
			add('L', local)
		}
	}
	rec.nameKeys(add)
	initial := byte('?')
	for i := range rec.Names {
		if rec.Names[i].Role == Given {
			initial = rec.Names[i].Text[0]
			break
		}
	}
	if b := rec.Born; b.Month != 0 && b.Day != 0 {
		lo, hi := min(b.Month, b.Day), max(b.Month, b.Day)
		add('B', string([]byte{byte(lo), byte(hi), byte(b.Year >> 8), byte(b.Year)}))
		add('D', string([]byte{byte(lo), byte(hi), initial}))
	}
	for i := range rec.Places {
		p := &rec.Places[i]
		if p.Number != "" && p.Street != "" {
			add('A', p.Number, soundOf(p.Street))
		}
		if p.Street != "" {
			add('S', p.Street, string(initial))
		}
		if p.Code != "" && p.Number != "" {
			add('C', p.Code, p.Number)
		}
	}
	for _, l := range rec.Links {
		k = append(k, strongKey(l))
	}
	for _, p := range rec.Photos {
		k = append(k, strongKey(p))
	}
	if rec.UID != 0 {
		k = append(k, strongKey(rec.UID))
	}
	if rec.Org != "" && len(rec.Names) > 0 && rec.Kind == Person {
		for i := range rec.Names[:min(len(rec.Names), 3)] {
			add('O', soundOf(rec.Org), rec.Names[i].Sound)
		}
	}
	if rec.Note != 0 && len(rec.Names) > 0 {
		add('N', string(rune(rec.Note&0xffff)), string(rune(rec.Note>>16&0xffff)), rec.Names[0].Sound)
	}
	k = append(k, strongKey(rec.Content))
	slices.Sort(k)
	return slices.Compact(k)
}

// weakKinds are the kinds of keys that say little by themselves: a word of a name
// (W), its beginning (H), day and month (D), a street (S), a piece of a number (Q),
// a local part (L).
const weakKinds = "WHDSQ"

// nameKeys adds those of the name: the sound of each word with the initial of each
// other, so that one slip in either word leaves a key, and the word alone.
func (rec *Record) nameKeys(add func(kind byte, texts ...string)) {
	ns := rec.Names[:min(len(rec.Names), 5)]
	for i := range ns {
		add('W', ns[i].Sound, soundLen(ns[i].Text))
		if len(ns[i].Text) >= 5 {
			add('H', ns[i].Text[:4])
		}
		for j := range ns {
			if i == j {
				continue
			}
			add('F', ns[i].Sound, ns[j].Text[:1])
			if f := names.Formal(ns[j].Text); f[0] != ns[j].Text[0] && ns[j].Role != Family {
				add('F', ns[i].Sound, f[:1])
			}
			if i < j {
				a, b := ns[i].Sound, ns[j].Sound
				if a > b {
					a, b = b, a
				}
				add('G', a, b)
			}
		}
	}
	if rec.GivenAll != "" && rec.FamilyAll != "" && len(rec.Names) > 2 {
		add('F', soundOf(rec.FamilyAll), rec.GivenAll[:1])
		add('F', soundOf(rec.GivenAll), rec.FamilyAll[:1])
	}
	for i := range rec.Nicknames {
		for j := range ns {
			add('F', ns[j].Sound, rec.Nicknames[i].Text[:1])
		}
	}
}

// soundLen keeps words of very different length apart that sound alike for want of
// consonants.
func soundLen(word string) string { return string(rune('0' + min(len(word)/4, 3))) }

// soundOf is the sound of the first words of a text.
func soundOf(s string) string { return near.Sound(strings.ReplaceAll(s, " ", "")) }

// plainLocal is the local part of a mailbox without what people put between names.
func plainLocal(local string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r == '_' {
			return -1
		}
		return r
	}, local)
}
