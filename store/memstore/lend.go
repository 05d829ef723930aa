package memstore

import (
	"bytes"
	"unsafe"

	"almanac/store"
)

// loans are copies passed to a visitor and then overwritten, so that a caller that
// keeps what it was only lent is seen in tests.
type loans [][]byte

func (l *loans) str(s string) string {
	if s == "" {
		return ""
	}
	b := l.bytes([]byte(s))
	return unsafe.String(&b[0], len(b))
}

func (l *loans) bytes(b []byte) []byte {
	c := bytes.Clone(b)
	*l = append(*l, c)
	return c
}

func (l *loans) spoil() {
	for _, b := range *l {
		for i := range b {
			b[i] = '#'
		}
	}
}

// lend passes a copy of o to a visitor.
func lend(o *store.Object, want store.Want, visit func(*store.Object) bool) bool {
	var l loans
	c := *only(o, want)
	c.Name, c.ETag, c.Index.UID = l.str(c.Name), l.str(c.ETag), l.str(c.Index.UID)
	c.Index.Component = l.str(c.Index.Component)
	c.Body = l.bytes(c.Body)
	c.Props = nil
	for _, p := range only(o, want).Props {
		c.Props = append(c.Props, store.Prop{Space: l.str(p.Space), Local: l.str(p.Local), XML: l.str(p.XML)})
	}
	more := visit(&c)
	l.spoil()
	clear(c.Props)
	c = store.Object{}
	return more
}
