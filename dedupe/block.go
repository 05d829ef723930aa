package dedupe

import (
	"cmp"
	"slices"
)

// Cards are compared when they share a key that few cards have. A key that many
// have (a common name, the number of a switchboard) is split: of its cards, those
// are compared that share another key too. Whatever is still too many after that
// is in the order of its contents, and neighbours are compared. So each card is
// compared with a bounded number of others, whatever the book.
const (
	fewCards  = 40 // that share a key
	fewWeak   = 14 // that share a weak one
	manyKeys  = 7  // frequent keys of one card that are combined
	neighbour = 6
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
	key  uint64
	card int32
}

// candidates returns the pairs of records to compare, the smaller index first, in
// order and each once.
func candidates(recs []*Record) []pair {
	all := make([]posting, 0, len(recs)*24)
	for i, r := range recs {
		for _, k := range r.Keys() {
			all = append(all, posting{k, int32(i)})
		}
	}
	var pairs []pair
	frequent := blocks(all, func(cards []posting) { pairs = appendPairs(pairs, cards) })
	var both []posting
	for start := 0; start < len(frequent); {
		end := start
		for end < len(frequent) && frequent[end].card == frequent[start].card {
			end++
		}
		ks := frequent[start:end]
		ks = ks[:min(len(ks), manyKeys)]
		for i := range ks {
			for j := i + 1; j < len(ks); j++ {
				k := (ks[i].key*0x9e3779b97f4a7c15 ^ ks[j].key) * 0xd6e8feb86659fd93
				both = append(both, posting{strongKey(k), ks[i].card})
			}
		}
		start = end
	}
	rest := blocks(both, func(cards []posting) { pairs = appendPairs(pairs, cards) })
	name := map[int32]uint64{}
	for _, p := range rest {
		if _, have := name[p.card]; !have {
			name[p.card] = recs[p.card].nameTerm()
		}
	}
	slices.SortFunc(rest, func(a, b posting) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(name[a.card], name[b.card]),
			cmp.Compare(recs[a.card].Content, recs[b.card].Content), cmp.Compare(a.card, b.card))
	})
	for i := range rest {
		for j := i + 1; j < len(rest) && j <= i+neighbour && rest[j].key == rest[i].key; j++ {
			pairs = appendPairs(pairs, []posting{rest[i], rest[j]})
		}
	}
	slices.Sort(pairs)
	return slices.Clip(slices.Compact(pairs))
}

// blocks calls few with the cards of each key that few cards have, and returns the
// postings of all others by card, the rarest keys of each card first.
func blocks(all []posting, few func([]posting)) (frequent []posting) {
	sortPostings(all)
	size := map[uint64]int{}
	for start := 0; start < len(all); {
		end := start + 1
		for end < len(all) && all[end].key == all[start].key {
			end++
		}
		switch n := end - start; {
		case n == 1:
		case n <= most(all[start].key):
			few(all[start:end])
		default:
			size[all[start].key] = n
			frequent = append(frequent, all[start:end]...)
		}
		start = end
	}
	slices.SortFunc(frequent, func(a, b posting) int {
		return cmp.Or(cmp.Compare(a.card, b.card), cmp.Compare(size[a.key], size[b.key]), cmp.Compare(a.key, b.key))
	})
	return frequent
}

// sortPostings sorts by key and card. Keys are hashes: their first octets cut all
// into small parts of about one size, which are sorted one by one.
func sortPostings(all []posting) {
	const bits = 12
	var end [1<<bits + 1]int
	for _, p := range all {
		end[p.key>>(64-bits)+1]++
	}
	for i := range 1 << bits {
		end[i+1] += end[i]
	}
	next := end
	for part := range 1 << bits { // each posting is moved at most once
		for next[part] < end[part+1] {
			p := all[next[part]]
			if to := p.key >> (64 - bits); int(to) == part {
				next[part]++
			} else {
				all[next[part]], all[next[to]] = all[next[to]], p
				next[to]++
			}
		}
		slices.SortFunc(all[end[part]:end[part+1]], func(a, b posting) int {
			switch {
			case a.key != b.key:
				return cmp.Compare(a.key, b.key)
			default:
				return cmp.Compare(a.card, b.card)
			}
		})
	}
}

func appendPairs(pairs []pair, cards []posting) []pair {
	for i := range cards {
		for j := i + 1; j < len(cards); j++ {
			if a, b := cards[i].card, cards[j].card; a != b {
				pairs = append(pairs, pairOf(a, b))
			}
		}
	}
	return pairs
}
