package search

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A folder folds texts into memory of its own.
type folder struct{ title, decomposed, folded []byte }

// fold returns the folded text, valid until the next call.
func (f *folder) fold(s string) []byte {
	i := 0
	f.folded = f.folded[:0]
	for i < len(s) && s[i] < utf8.RuneSelf {
		f.folded = append(f.folded, upper[s[i]])
		i++
	}
	if i == len(s) {
		return f.folded
	}
	f.title = f.title[:0]
	for _, r := range s[i:] {
		f.title = utf8.AppendRune(f.title, unicode.ToTitle(r))
	}
	f.decomposed = norm.NFKD.Append(f.decomposed[:0], f.title...)
	for rest := f.decomposed; len(rest) > 0; {
		n := 1
		if rest[0] >= utf8.RuneSelf {
			p := norm.NFKD.Properties(rest)
			n = max(p.Size(), 1)
			if p.CCC() != 0 {
				rest = rest[n:]
				continue
			}
		}
		f.folded = append(f.folded, rest[:n]...)
		rest = rest[n:]
	}
	return f.folded
}

// upper maps the letters a to z to A to Z.
var upper = func() (t [utf8.RuneSelf]byte) {
	for c := range t {
		t[c] = byte(c)
		if c >= 'a' && c <= 'z' {
			t[c] -= 'a' - 'A'
		}
	}
	return t
}()
