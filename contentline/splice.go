package contentline

import "fmt"

// An Edit replaces the octets [Start, End) of a text by Text. Start == End
// inserts, an empty Text deletes.
type Edit struct {
	Start, End int
	Text       string
}

// Splice applies edits to src. They have to be in the order of the text and may
// touch but not overlap; two insertions at one place keep their order. Every
// octet outside of them is kept.
func Splice(src string, edits []Edit) ([]byte, error) {
	size, pos := len(src), 0
	for _, e := range edits {
		if e.Start < pos || e.End < e.Start || e.End > len(src) {
			return nil, fmt.Errorf("splice octets %d to %d: out of order or outside of the text", e.Start, e.End)
		}
		size += len(e.Text) - (e.End - e.Start)
		pos = e.End
	}
	out := make([]byte, 0, size)
	pos = 0
	for _, e := range edits {
		out = append(out, src[pos:e.Start]...)
		out = append(out, e.Text...)
		pos = e.End
	}
	return append(out, src[pos:]...), nil
}
