package dedupe

import (
	"cmp"
	"math/bits"
	"slices"
)

// An Index knows many cards by numbers and finds them by their postings.
type Index interface {
	Frequency
	// Sharing returns cards that have a key, at most so many; which ones, is the
	// same each time.
	Sharing(key uint64, most int) []uint64
	// Record returns the record of a card, the same each time; nil for none.
	Record(card uint64) *Record
}

// Bounds of Around, whatever the book.
const (
	maxExpanded = 32  // cards whose candidates are looked for
	maxSeen     = 160 // cards that may be in the group
	maxListed   = 600 // cards of a frequent key that are looked at
)

// Around returns the group of duplicates that a card is in, with the numbers of the
// cards that its Members are places in; ok is false when it is in none. masked tells
// which cards are not the same.
//
// It is the group that Find has for all cards of the index, as long as that is found
// by walking from card to card along pairs that Find would suggest, within the
// bounds above. Two things are otherwise. Of the cards that share only keys that
// very many have, Find compares neighbours in the order of all cards; here those are
// compared that share most of such keys. And a group that Find joins by pairs of low
// score on its far side, where no pair of this card leads, is smaller here.
func Around(ix Index, card uint64, masked func(a, b uint64) bool) (g MatchGroup, cards []uint64, ok bool) {
	w := walk{ix: ix}
	w.see(card)
	if len(w.recs) == 0 || w.recs[0].Kind == Group {
		return MatchGroup{}, nil, false
	}
	for i := 0; i < len(w.expand) && i < maxExpanded; i++ {
		w.from(w.expand[i])
	}
	o := Options{Frequency: ix}
	for i, a := range w.cards {
		for j := range i {
			if masked != nil && masked(a, w.cards[j]) {
				o.Mask = append(o.Mask, [2]int{j, i})
			}
		}
	}
	for _, g := range Find(w.recs, o) {
		if slices.Contains(g.Members, 0) {
			return g, w.cards, true
		}
	}
	return MatchGroup{}, nil, false
}

// A walk is an Around under way.
type walk struct {
	ix     Index
	cards  []uint64
	recs   []*Record
	expand []int // places of cards to go on from
	c      Comparison
}

// see makes a card one to be grouped and gone on from.
func (w *walk) see(card uint64) {
	if rec := w.ix.Record(card); rec != nil {
		w.expand = append(w.expand, len(w.cards))
		w.cards, w.recs = append(w.cards, card), append(w.recs, rec)
	}
}

// from compares a card with its candidates.
func (w *walk) from(at int) {
	for _, other := range w.candidates(w.cards[at], w.recs[at]) {
		place := slices.Index(w.cards, other)
		if place >= 0 && slices.Contains(w.expand, place) || place < 0 && len(w.cards) >= maxSeen {
			continue
		}
		rec := w.ix.Record(other)
		if rec == nil || strangers(w.recs[at], rec) {
			continue
		}
		w.c.compare(w.recs[at], rec, w.ix)
		switch s := w.c.Score(); {
		case s < keep:
		case place >= 0:
			if s >= suggest {
				w.expand = append(w.expand, place)
			}
		case s >= suggest:
			w.see(other)
		default:
			w.cards, w.recs = append(w.cards, other), append(w.recs, rec)
		}
	}
}

// candidates returns the cards to compare one with: see candidates in block.go, of
// which this is the part of one card.
func (w *walk) candidates(card uint64, rec *Record) []uint64 {
	var out []uint64
	type block struct {
		key   uint64
		cards []uint64
	}
	var frequent []block
	for _, k := range rec.Keys() {
		cards := w.ix.Sharing(k, most(k)+1)
		if len(cards) <= most(k) {
			out = append(out, cards...)
		} else {
			frequent = append(frequent, block{k, w.ix.Sharing(k, maxListed)})
		}
	}
	slices.SortFunc(frequent, func(a, b block) int {
		return cmp.Or(cmp.Compare(len(a.cards), len(b.cards)), cmp.Compare(a.key, b.key))
	})
	frequent = frequent[:min(len(frequent), manyKeys)]
	has := map[uint64]uint{} // of a card: which of these it has
	for i, f := range frequent {
		for _, c := range f.cards {
			has[c] |= 1 << i
		}
	}
	var many []uint64
	for i := range frequent {
		for j := range i {
			both := uint(1)<<i | 1<<j
			var cards []uint64
			for _, c := range frequent[i].cards {
				if has[c]&both == both {
					cards = append(cards, c)
				}
			}
			if len(cards) <= fewCards {
				out = append(out, cards...)
			} else {
				many = append(many, cards...)
			}
		}
	}
	slices.Sort(many)
	many = slices.Compact(many)
	slices.SortStableFunc(many, func(a, b uint64) int { return cmp.Compare(bits.OnesCount(has[b]), bits.OnesCount(has[a])) })
	out = append(out, many[:min(len(many), 2*fewCards)]...)
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(c uint64) bool { return c == card })
}
