package wire

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
)

// FuzzParse compares with encoding/xml: what Parse takes, encoding/xml takes too,
// and with the same tree. It takes less (undeclared prefixes, duplicate attributes
// and much else that is not well-formed), and these are the known differences
// where both take a body:
//
//   - encoding/xml knows the name characters of an older edition of XML, which has
//     fewer beyond ASCII.
//   - It does not normalise white space in attribute values.
//   - It gives an element called xmlns no default namespace.
//   - It wants a declared encoding spelled without white space about the equals
//     sign, and knows no UTF-16.
func FuzzParse(f *testing.F) {
	for _, c := range wellFormed {
		f.Add(c.src)
	}
	f.Add(string(propfindPoll))
	f.Add(string(multiget(3)))
	f.Add(`<a xmlns:p="u" xml:lang="x"><p:b c='p:d'>1<e/>2</p:b></a>`)
	f.Fuzz(func(t *testing.T, src string) {
		lim := Limits{Octets: 1 << 16, Depth: 20}
		ours, err := Parse(strings.NewReader(src), lim)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) && !errors.Is(err, ErrTooLarge) && err != ErrEmpty {
				t.Fatalf("unexpected error %v", err)
			}
			return
		}
		var all func(*Elem)
		all = func(e *Elem) {
			checkFragment(t, e)
			for _, c := range e.Children {
				all(c)
			}
		}
		if len(src) < 4096 { // quadratic in the depth
			all(ours)
		}
		if strings.HasPrefix(src, "\xFE\xFF") || strings.HasPrefix(src, "\xFF\xFE") ||
			regexp.MustCompile(`<([^>]*:)?xmlns\b`).MatchString(src) {
			return
		}
		theirs, err := parseStdlib(strings.TrimPrefix(src, "\uFEFF"))
		if err != nil {
			if strings.Contains(err.Error(), "name") && !isASCII(src) {
				return
			}
			t.Fatalf("encoding/xml: %v", err)
		}
		if got, want := flat(dump(ours)), flat(dump(theirs)); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	})
}

// flat removes from a dump how white space in attribute values was read.
func flat(dump string) string {
	return regexp.MustCompile(`\[[^\]]*="(\\.|[^"\\])*"\]`).ReplaceAllStringFunc(dump, func(attr string) string {
		return strings.NewReplacer(`\n`, " ", `\t`, " ", `\r`, " ").Replace(attr)
	})
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

// parseStdlib builds a tree with encoding/xml.
func parseStdlib(src string) (*Elem, error) {
	d := xml.NewDecoder(strings.NewReader(src))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var root *Elem
	var stack []*Elem
	for {
		token, err := d.Token()
		if err == io.EOF {
			return root, nil
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &Elem{Name: Name(token.Name)}
			for _, a := range token.Attr {
				if a.Name.Space != "xmlns" && a.Name != (xml.Name{Local: "xmlns"}) {
					e.Attrs = append(e.Attrs, Attr{Name(a.Name), a.Value})
				}
			}
			if len(stack) > 0 {
				parent := stack[len(stack)-1]
				parent.Children = append(parent.Children, e)
			} else if root == nil {
				root = e
			} else {
				return nil, fmt.Errorf("second root")
			}
			stack = append(stack, e)
		case xml.EndElement:
			e := stack[len(stack)-1]
			if len(e.Children) > 0 && strings.Trim(e.Text, " \t\r\n") == "" {
				e.Text = ""
			}
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if len(stack) > 0 {
				stack[len(stack)-1].Text += string(token)
			}
		}
	}
}
