package contentline

import "strings"

// A slab hands out exact, adjacent slices from larger chunks, so that a text of
// hundreds of properties costs a few allocations.
type slab[T any] struct {
	free []T
	next int // size of the next chunk
}

// maxChunk bounds a chunk, in elements: what a text of a few lines can waste.
const maxChunk = 256

// keep copies items into the slab. The result has no spare capacity, so that
// appending to it never runs into a neighbour.
func (s *slab[T]) keep(items []T) []T {
	n := len(items)
	if n == 0 {
		return nil
	}
	if n > len(s.free) {
		s.free = make([]T, max(n, s.next))
		s.next = min(max(2*s.next, 8), maxChunk)
	}
	out := s.free[:n:n]
	s.free = s.free[n:]
	copy(out, items)
	return out
}

// one returns a pointer to a zero element.
func (s *slab[T]) one() *T {
	if len(s.free) == 0 {
		s.free = make([]T, max(s.next, 1))
		s.next = min(max(2*s.next, 8), maxChunk)
	}
	out := &s.free[0]
	s.free = s.free[1:]
	return out
}

// An arena keeps unfolded lines. A strings.Builder never moves what it has
// handed out as long as it does not grow, so short lines are substrings of a chunk.
type arena struct{ chunk *strings.Builder }

// arenaChunk is the size of a chunk, in octets.
const arenaChunk = 1 << 10

func (a *arena) keep(line []byte) string {
	n := len(line)
	if n > arenaChunk/4 {
		return string(line)
	}
	if a.chunk == nil || a.chunk.Cap()-a.chunk.Len() < n {
		a.chunk = new(strings.Builder)
		a.chunk.Grow(arenaChunk)
	}
	a.chunk.Write(line)
	s := a.chunk.String()
	return s[len(s)-n:]
}
