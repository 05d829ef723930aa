package memstore

import (
	"unsafe"

	"almanac/store"
)

// A loan is what was lent: memory to be overwritten.
type loan [][]byte

// lent returns s in memory of the loan.
func lent[S ~string](l *loan, s S) S {
	if s == "" {
		return ""
	}
	b := []byte(s)
	*l = append(*l, b)
	return S(unsafe.String(&b[0], len(b)))
}

func (l loan) spoil() {
	for _, b := range l {
		for i := range b {
			b[i] = '#'
		}
	}
}

// lendIndex asks a judge, with memory that is overwritten afterwards.
func lendIndex(x store.Index, judge store.Judge) (read, more bool) {
	var l loan
	x.UID, x.Component, x.Pattern = "", lent(&l, x.Component), lent(&l, x.Pattern)
	read, more = judge(&x)
	l.spoil()
	x = store.Index{}
	return read, more
}

// lend passes a copy of o to a visitor and then overwrites it, strings and all,
// so that a caller that keeps what it was only lent is seen in tests.
func lend(o *store.Object, want store.Want, visit func(*store.Object) bool) bool {
	var l loan
	c := only(o, want).Clone()
	c.Name, c.ETag, c.Index.UID = lent(&l, c.Name), lent(&l, c.ETag), lent(&l, c.Index.UID)
	c.Index.Component = lent(&l, c.Index.Component)
	for i, p := range c.Props {
		c.Props[i] = store.Prop{Space: lent(&l, p.Space), Local: lent(&l, p.Local), XML: lent(&l, p.XML)}
	}
	l = append(l, c.Body)
	more := visit(c)
	l.spoil()
	clear(c.Props)
	*c = store.Object{}
	return more
}
