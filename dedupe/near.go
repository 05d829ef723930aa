package dedupe

import (
	"cmp"
	"slices"
)

// An Index tells which cards have a key. A store implements it over what it writes
// with each card; IDs are its own.
type Index[ID cmp.Ordered] interface {
	// Holding returns cards that have a key, at most so many, and whether there
	// are more. With more, which are returned is the index's choice.
	Holding(key uint64, most int) (cards []ID, more bool)
}

const (
	// walked is how many cards of a frequent key are looked at for one card.
	walked = 4096
	// chosen is how many cards that share frequent keys only are compared with it.
	chosen = 60
)

// Near returns the cards that an index has for a record, in order: all that
// share a key which few have, and of those that share several frequent keys the
// ones that share most. It is the rule of Find for one card, and costs about as
// many look-ups as the record has keys.
func Near[ID cmp.Ordered](rec *Record, index Index[ID]) []ID {
	var out []ID
	common := map[ID]int{}
	for _, k := range rec.Keys() {
		cards, more := index.Holding(k, most(k))
		if !more {
			out = append(out, cards...)
			continue
		}
		cards, _ = index.Holding(k, walked)
		for _, c := range cards {
			common[c]++
		}
	}
	type rank struct {
		card ID
		n    int
	}
	var ranks []rank
	for c, n := range common {
		if n > 1 {
			ranks = append(ranks, rank{c, n})
		}
	}
	slices.SortFunc(ranks, func(a, b rank) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.card, b.card)) })
	for _, r := range ranks[:min(len(ranks), chosen)] {
		out = append(out, r.card)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// A Match is a card that may be the one that was asked about.
type Match[ID cmp.Ordered] struct {
	Card    ID
	Score   float64
	Auto    bool // could be merged unseen
	Reasons []string
}

// Matches compares a record with its candidates and returns those that are suggested
// as one with it, the most likely first. get returns a card's record, nil for one
// that is gone; hidden, if not nil, tells which cards are known not to be the same.
func Matches[ID cmp.Ordered](rec *Record, index Index[ID], get func(ID) *Record, hidden func(ID) bool, f Frequency) []Match[ID] {
	var out []Match[ID]
	var c Comparison
	for _, id := range Near(rec, index) {
		if hidden != nil && hidden(id) {
			continue
		}
		other := get(id)
		if other == nil || other == rec || other.Kind == Group || strangers(rec, other) {
			continue
		}
		c.compare(rec, other, f)
		if s := c.Score(); s >= suggest {
			out = append(out, Match[ID]{id, calibrated(s), c.Certain(s), c.Reasons()})
		}
	}
	slices.SortFunc(out, func(a, b Match[ID]) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Card, b.Card)) })
	return out
}

// Shelf is records kept in memory with their index and counts: for a page that asks
// often, and for trying things out. Its zero value is empty and ready.
type Shelf[ID cmp.Ordered] struct {
	Counts
	records map[ID]*Record
	cards   map[uint64][]ID // by key
}

// Put adds a record, in place of the one that is there.
func (s *Shelf[ID]) Put(id ID, rec *Record) {
	s.Drop(id)
	if s.records == nil {
		s.records, s.cards = map[ID]*Record{}, map[uint64][]ID{}
	}
	s.records[id] = rec
	s.Add(rec)
	for _, k := range rec.Keys() {
		s.cards[k] = append(s.cards[k], id)
	}
}

// Drop removes a record, if it is there.
func (s *Shelf[ID]) Drop(id ID) {
	rec := s.records[id]
	if rec == nil {
		return
	}
	delete(s.records, id)
	s.Remove(rec)
	for _, k := range rec.Keys() {
		if rest := slices.DeleteFunc(s.cards[k], func(x ID) bool { return x == id }); len(rest) > 0 {
			s.cards[k] = rest
		} else {
			delete(s.cards, k)
		}
	}
}

// Get returns a record, nil when there is none.
func (s *Shelf[ID]) Get(id ID) *Record { return s.records[id] }

// Holding implements Index.
func (s *Shelf[ID]) Holding(key uint64, most int) (cards []ID, more bool) {
	all := s.cards[key]
	return all[:min(len(all), most)], len(all) > most
}
