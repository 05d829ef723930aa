package dedupe

import "slices"

// A Library is an index of many cards with their records.
type Library interface {
	Frequency
	Index[uint64]
	// Record returns the record of a card, the same each time; nil for none.
	Record(card uint64) *Record
}

// Bounds of Around, whatever the book.
const (
	maxExpanded = 32  // cards whose candidates are looked for
	maxSeen     = 160 // cards that may be in the group
)

// Around returns the group of duplicates that a card is in, with the numbers of the
// cards that its Members are places in; ok is false when it is in none. masked tells
// which cards are not the same.
//
// It is the group that Find has for all cards of the index, as long as that is found
// by walking from card to card along pairs that Find would suggest, within the
// bounds above. Two things are otherwise. Of the cards that share only keys that
// very many have, Find compares neighbours in the order of all cards; here those are
// compared that share most of such keys (Near). And where Find joins cards by what a whole
// group says, although no pair of them is suggested, this is seen for the card that is
// asked about, but not always for the others of its group.
func Around(ix Library, card uint64, masked func(a, b uint64) bool) (g MatchGroup, cards []uint64, ok bool) {
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
	ix     Library
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
	for _, other := range Near[uint64](w.recs[at], w.ix) {
		place := slices.Index(w.cards, other)
		if place == at {
			continue
		}
		if place >= 0 && slices.Contains(w.expand, place) || place < 0 && len(w.cards) >= maxSeen {
			continue
		}
		rec := w.ix.Record(other)
		if rec == nil || strangers(w.recs[at], rec) {
			continue
		}
		w.c.compare(w.recs[at], rec, w.ix)
		switch s, ok := w.c.promising(); {
		case !ok, s < keep:
		case place >= 0:
			if s >= suggest {
				w.expand = append(w.expand, place)
			}
		case s >= suggest, at == 0 && s >= apart: // the card that is asked about may belong to a group by all of it
			w.see(other)
		default:
			w.cards, w.recs = append(w.cards, other), append(w.recs, rec)
		}
	}
}
