package dedupe

import (
	"encoding/binary"
	"slices"
	"strings"
)

// finish brings lists into an order of their own, so that two cards that say the
// same in another order have one record, and hashes it.
func (rec *Record) finish() {
	slices.SortFunc(rec.Phones, func(a, b Phone) int { return strings.Compare(a.Digits, b.Digits) })
	slices.SortFunc(rec.Mails, func(a, b Mail) int { return strings.Compare(a.Box, b.Box) })
	slices.SortFunc(rec.Places, func(a, b Place) int {
		return strings.Compare(a.Code+a.City+a.Street+a.Number+a.Line2, b.Code+b.City+b.Street+b.Number+b.Line2)
	})
	slices.Sort(rec.Photos)
	slices.Sort(rec.Links)

	var parts []string
	add := func(s ...string) { parts = append(parts, strings.Join(s, "\x00")) }
	for _, n := range rec.Names {
		add("n", n.Text, string(rune('0'+n.Role)))
	}
	for _, n := range rec.Nicknames {
		add("k", n.Text)
	}
	for _, p := range rec.Phones {
		add("p", p.Digits, p.Ext, string(rune('0'+p.Class)))
	}
	for _, m := range rec.Mails {
		add("m", m.Box)
	}
	for _, p := range rec.Places {
		add("a", p.Code, p.City, p.Street, p.Number, p.Line2)
	}
	add("o", rec.Org, rec.Unit, rec.Title, rec.BornText, rec.FamilyAll, rec.GivenAll, rec.Legal)
	var b []byte
	for _, h := range append(append([]uint64{rec.Note, rec.UID, uint64(rec.Kind), uint64(rec.Generation), uint64(rec.Sex), flag(rec.Joint), flag(rec.Relation)}, rec.Photos...), rec.Links...) {
		b = binary.BigEndian.AppendUint64(b, h)
	}
	for _, d := range []Day{rec.Born, rec.Wed} {
		b = binary.BigEndian.AppendUint16(b, uint16(d.Year))
		b = append(b, byte(d.Month), byte(d.Day))
	}
	parts = append(parts, string(b))
	rec.Content = hash('c', parts...)
	rec.hold()
}

// hold sets Held.
func (rec *Record) hold() {
	rec.Held = 0
	bit := func(h uint64) { rec.Held |= 1 << (h >> 58) }
	for i := range rec.Phones {
		bit(hash('p', tail(rec.Phones[i].Digits, 5)))
	}
	for i := range rec.Mails {
		bit(mailTerm(rec.Mails[i].Alias))
	}
	for _, list := range [][]uint64{rec.Photos, rec.Links} {
		for _, h := range list {
			bit(h)
		}
	}
}

// texts calls f with each text of the record.
func (rec *Record) texts(f func(*string)) {
	for _, list := range [][]Name{rec.Names, rec.Nicknames} {
		for i := range list {
			f(&list[i].Text)
			f(&list[i].Sound)
			f(&list[i].Shown)
		}
	}
	for i := range rec.Phones {
		f(&rec.Phones[i].Digits)
		f(&rec.Phones[i].Ext)
	}
	for i := range rec.Mails {
		f(&rec.Mails[i].Box)
		f(&rec.Mails[i].Alias)
		f(&rec.Mails[i].Plain)
	}
	for i := range rec.Places {
		p := &rec.Places[i]
		for _, s := range []*string{&p.Number, &p.Street, &p.Line2, &p.City, &p.Code} {
			f(s)
		}
	}
	for _, s := range []*string{&rec.GivenAll, &rec.FamilyAll, &rec.Legal, &rec.Org, &rec.Unit, &rec.Title, &rec.BornText} {
		f(s)
	}
}

// pack moves all texts into one piece of memory and cuts lists to their length:
// there are a hundred thousand records at a time. A text that is another's part
// takes no room of its own.
func (rec *Record) pack() {
	rec.Names, rec.Nicknames = slices.Clip(slices.Clone(rec.Names)), slices.Clip(rec.Nicknames)
	var b strings.Builder
	at := func(s string) int {
		if i := strings.Index(b.String(), s); i >= 0 {
			return i
		}
		b.WriteString(s)
		return b.Len() - len(s)
	}
	var places [128]int
	n := 0
	rec.texts(func(s *string) {
		if n < len(places) {
			places[n] = at(*s)
			n++
		}
	})
	all, k := strings.Clone(b.String()), 0
	rec.texts(func(s *string) {
		if k < n {
			*s = all[places[k] : places[k]+len(*s)]
			k++
		}
	})
}

func flag(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
