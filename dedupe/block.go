package dedupe

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// Cards are compared when they share a key that few cards have. A key that many
// have (a common name, the number of a switchboard) is split: of its cards, those
// are compared that share another key too. Whatever is still too many after that
// is in the order of its contents, and neighbours are compared. So each card is
// compared with a bounded number of others, whatever the book.
const (
	fewCards  = 14 // that share a key
	fewWeak   = 6  // that share a weak one
	manyKeys  = 6  // frequent keys of one card that are combined
	neighbour = 4
)

// weak marks keys that say little: a word of a name, a street without a number.
// The lowest bit of a key tells it.
func weakKey(h uint64) uint64   { return h | 1 }
func strongKey(h uint64) uint64 { return h &^ 1 }

func most(key uint64) int {
	if key&1 != 0 {
		return fewWeak
	}
	return fewCards
}

// A pair is two records, by their indexes, the smaller in the upper half.
type pair uint64

func pairOf(a, b int32) pair { return pair(min(a, b))<<32 | pair(max(a, b)) }

func (p pair) cards() (a, b int32) { return int32(p >> 32), int32(uint32(p)) }

type posting struct {
	key   uint64
	card  int32
	share int32 // of a frequent key: how many cards have it
}

// candidates returns the pairs of records to compare, in order and each once.
func candidates(recs []*Record) []pair {
	sets := newPairSets(len(recs))
	frequent := blocks(postings(recs), sets)
	rest := blocks(combined(frequent), sets)
	name := make([]uint64, len(recs))
	for _, p := range rest {
		if name[p.card] == 0 {
			name[p.card] = recs[p.card].nameTerm()
		}
	}
	slices.SortFunc(rest, func(a, b posting) int {
		switch {
		case a.key != b.key:
			return cmp.Compare(a.key, b.key)
		case name[a.card] != name[b.card]:
			return cmp.Compare(name[a.card], name[b.card])
		}
		return cmp.Or(cmp.Compare(recs[a.card].Content, recs[b.card].Content), cmp.Compare(a.card, b.card))
	})
	inTwo(func(w int) {
		for i := range rest {
			for j := i + 1; j < len(rest) && j <= i+neighbour && rest[j].key == rest[i].key; j++ {
				sets[w].add(rest[i].card, rest[j].card)
			}
		}
		sets[w].compact()
	})
	return slices.Concat(sets[0].list, sets[1].list)
}

// postings are the keys of all records.
func postings(recs []*Record) []posting {
	var halves [workers][]posting
	inTwo(func(w int) {
		half := make([]posting, 0, len(recs)*10) // of one half of the records
		for i := w; i < len(recs); i += workers {
			for _, k := range recs[i].Keys() {
				half = append(half, posting{key: k, card: int32(i)})
			}
		}
		halves[w] = half
	})
	return slices.Concat(halves[:]...)
}

// combined makes of the frequent keys of each card, which are in order of cards, a
// key of every two: it stands for the cards that have both.
func combined(frequent []posting) []posting {
	var both []posting
	for pass := range 2 { // the first only counts
		n := 0
		for start := 0; start < len(frequent); {
			end := start
			for end < len(frequent) && frequent[end].card == frequent[start].card {
				end++
			}
			ks := frequent[start:min(end, start+manyKeys)]
			n += len(ks) * (len(ks) - 1) / 2
			if pass == 1 {
				for i := range ks {
					for _, o := range ks[i+1:] {
						k := (ks[i].key*0x9e3779b97f4a7c15 ^ o.key) * 0xd6e8feb86659fd93
						both = append(both, posting{key: strongKey(k), card: o.card})
					}
				}
			}
			start = end
		}
		if pass == 0 {
			both = make([]posting, 0, n)
		}
	}
	return both
}

// blocks adds the pairs of each key that few cards have, and returns the postings of
// all others by card, the rarest keys of each card first. They take the place of what
// it was given.
func blocks(all []posting, sets *pairSets) (frequent []posting) {
	sortPostings(all)
	inTwo(func(w int) {
		eachKey(all, func(cards []posting) {
			if len(cards) <= most(cards[0].key) {
				sets[w].addAll(cards)
			}
		})
	})
	kept := 0
	eachKey(all, func(cards []posting) {
		if len(cards) > most(cards[0].key) {
			for i := range cards {
				cards[i].share = int32(len(cards))
			}
			kept += copy(all[kept:], cards)
		}
	})
	frequent = all[:kept]
	slices.SortFunc(frequent, func(a, b posting) int {
		switch {
		case a.card != b.card:
			return cmp.Compare(a.card, b.card)
		case a.share != b.share:
			return cmp.Compare(a.share, b.share)
		}
		return cmp.Compare(a.key, b.key)
	})
	return frequent
}

// eachKey calls f with the postings of each key that more than one card has.
func eachKey(all []posting, f func(cards []posting)) {
	for start := 0; start < len(all); {
		end := start + 1
		for end < len(all) && all[end].key == all[start].key {
			end++
		}
		if end-start > 1 {
			f(all[start:end])
		}
		start = end
	}
}

// A pairSet is pairs whose first card is in a range, of which there may be many of
// one kind until it is full.
type pairSet struct {
	from, to int32
	last     int32 // the last card
	list     []pair
}

// pairSets are one set for each worker.
type pairSets [workers]pairSet

func newPairSets(cards int) *pairSets {
	// Half of all pairs begin in the first three tenths.
	cut := int32(cards * 3 / 10)
	size := 8*cards + 64
	last := int32(cards)
	return &pairSets{{0, cut, last, make([]pair, 0, size)}, {cut, math.MaxInt32, last, make([]pair, 0, size)}}
}

func (s *pairSet) add(a, b int32) {
	if first := min(a, b); a == b || first < s.from || first >= s.to {
		return
	}
	if len(s.list) == cap(s.list) {
		if s.compact(); len(s.list) > cap(s.list)*2/3 {
			s.list = slices.Grow(s.list, cap(s.list)/2)
		}
	}
	s.list = append(s.list, pairOf(a, b))
}

func (s *pairSet) addAll(cards []posting) {
	for i := range cards {
		for j := i + 1; j < len(cards); j++ {
			s.add(cards[i].card, cards[j].card)
		}
	}
}

func (s *pairSet) compact() {
	// First cards are spread evenly: what they begin with cuts the list into parts.
	shift := max(0, bits.Len32(uint32(s.last))-partBits)
	ends := partition(s.list, func(p pair) int { return int(p >> 32 >> shift) })
	for i := range len(ends) - 1 {
		slices.Sort(s.list[ends[i]:ends[i+1]])
	}
	s.list = slices.Compact(s.list)
}

// sortPostings sorts by key and card. Keys are hashes: their first octets cut all
// into small parts of about one size, which are sorted one by one.
func sortPostings(all []posting) {
	ends := partition(all, func(p posting) int { return int(p.key >> (64 - partBits)) })
	inTwo(func(w int) {
		for part := w; part < len(ends)-1; part += workers {
			slices.SortFunc(all[ends[part]:ends[part+1]], func(a, b posting) int {
				if a.key != b.key {
					return cmp.Compare(a.key, b.key)
				}
				return cmp.Compare(a.card, b.card)
			})
		}
	})
}

const partBits = 12

// partition moves what belongs to a part, of 2^partBits in order, together, and
// returns where each begins and the last ends.
func partition[T any](all []T, part func(T) int) *[1<<partBits + 1]int {
	var ends [1<<partBits + 1]int
	for _, x := range all {
		ends[part(x)+1]++
	}
	for i := range 1 << partBits {
		ends[i+1] += ends[i]
	}
	next := ends
	for i := range 1 << partBits { // each is moved at most once
		for next[i] < ends[i+1] {
			x := all[next[i]]
			if to := part(x); to == i {
				next[i]++
			} else {
				all[next[i]], all[next[to]] = all[next[to]], x
				next[to]++
			}
		}
	}
	return &ends
}
