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
