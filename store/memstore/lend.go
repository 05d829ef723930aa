package memstore

import (
	"unsafe"

	"almanac/store"
)

// lend passes a copy of o to a visitor and then overwrites it, strings and all,
// so that a caller that keeps what it was only lent is seen in tests.
func lend(o *store.Object, want store.Want, visit func(*store.Object) bool) bool {
	var lent [][]byte
	loan := func(s string) string {
		if s == "" {
			return ""
		}
		b := []byte(s)
		lent = append(lent, b)
		return unsafe.String(&b[0], len(b))
	}
	c := only(o, want).Clone()
	c.Name, c.ETag, c.Index.UID = loan(c.Name), loan(c.ETag), loan(c.Index.UID)
	c.Index.Component = loan(c.Index.Component)
	for i, p := range c.Props {
		c.Props[i] = store.Prop{Space: loan(p.Space), Local: loan(p.Local), XML: loan(p.XML)}
	}
	lent = append(lent, c.Body)
	more := visit(c)
	for _, b := range lent {
		for i := range b {
			b[i] = '#'
		}
	}
	clear(c.Props)
	*c = store.Object{}
	return more
}
