package search

import (
	"slices"
	"sync"
)

// A trigram is three octets in a row, in the lower 24 bits.
type trigram uint32

// trigramsOf visits the trigrams of a folded text.
func trigramsOf(text []byte, visit func(trigram) bool) {
	if len(text) < 3 {
		return
	}
	t := trigram(text[0])<<8 | trigram(text[1])
	for _, c := range text[2:] {
		t = t<<8&0xffffff | trigram(c)
		if !visit(t) {
			return
		}
	}
}

// maxNeedle is how many trigrams of a needle are looked for. More would hardly
// narrow the candidates down, and a needle may be a megabyte.
const maxNeedle = 32

// needleTrigrams returns trigrams of a folded needle, each once.
func needleTrigrams(folded []byte) (list []trigram) {
	trigramsOf(folded, func(t trigram) bool {
		if !slices.Contains(list, t) {
			list = append(list, t)
		}
		return len(list) < maxNeedle
	})
	return list
}

// scratch is what indexing one member needs.
type scratch struct {
	folder
	seen [1 << 24 / 64]uint64 // a bit for each trigram there can be
	list []trigram            // those that are set
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// add collects the trigrams of a text, each once.
func (s *scratch) add(text string) {
	trigramsOf(s.fold(text), func(t trigram) bool {
		if bit := uint64(1) << (t & 63); s.seen[t>>6]&bit == 0 {
			s.seen[t>>6] |= bit
			s.list = append(s.list, t)
		}
		return true
	})
}

// release empties the scratch and gives it back.
func (s *scratch) release() {
	for _, t := range s.list {
		s.seen[t>>6] = 0
	}
	s.list = s.list[:0]
	scratches.Put(s)
}
