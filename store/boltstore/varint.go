package boltstore

import (
	"encoding/binary"
	"unsafe"

	"almanac/store"
)

// A reader takes a record apart. After a fault it gives zeros, and err tells.
// What it returns points into the record.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) err() error {
	if r.bad {
		return store.ErrDamaged
	}
	return nil
}

// end is err, and also a fault when something is left.
func (r *reader) end() error {
	r.bad = r.bad || len(r.b) != 0
	return r.err()
}

func (r *reader) octet() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

// format reads the octet that a record begins with.
func (r *reader) format(want byte) {
	if r.octet() != want {
		r.b, r.bad = nil, true
	}
}

func (r *reader) uint() uint64 {
	if len(r.b) > 0 && r.b[0] < 0x80 {
		n := uint64(r.b[0])
		r.b = r.b[1:]
		return n
	}
	if len(r.b) > 1 && r.b[1] < 0x80 {
		n := uint64(r.b[0]&0x7f) | uint64(r.b[1])<<7
		r.b = r.b[2:]
		return n
	}
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.b, r.bad = nil, true
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) int() int64 {
	n := r.uint()
	return int64(n>>1) ^ -int64(n&1)
}

func (r *reader) fixed8() uint64 {
	if len(r.b) < 8 {
		r.b, r.bad = nil, true
		return 0
	}
	n := binary.BigEndian.Uint64(r.b)
	r.b = r.b[8:]
	return n
}

func (r *reader) bytes() []byte {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.b, r.bad = nil, true
		return nil
	}
	s := r.b[:n:n]
	r.b = r.b[n:]
	return s
}

func (r *reader) str() string { return alias(r.bytes()) }

// count reads a number of things that each take at least one octet more, so
// that a damaged number does not ask for much memory.
func (r *reader) count() int {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.b, r.bad = nil, true
		return 0
	}
	return int(n)
}

// alias returns b as a string, without a copy: it lives and dies with b.
func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// aliasTo is alias for a kind of string.
func aliasTo[S ~string](to *S, b []byte) { *to = S(alias(b)) }

func appendUint(b []byte, n uint64) []byte { return binary.AppendUvarint(b, n) }
func appendInt(b []byte, n int64) []byte   { return binary.AppendVarint(b, n) }

func appendStr[S string | []byte](b []byte, s S) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
