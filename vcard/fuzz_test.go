package vcard

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"almanac/collation"
)

func addFiles(f *testing.F) {
	for _, pattern := range []string{"testdata/upgrade/*.vcf", "testdata/convert/*.vcf"} {
		for _, name := range glob(f, pattern) {
			f.Add(read(f, name))
		}
	}
}

// FuzzConvert: what can be parsed can be converted, there and back, and a card of
// the version asked for is left alone.
func FuzzConvert(f *testing.F) {
	addFiles(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := Parse(src)
		if err != nil {
			return
		}
		Summary(c)
		for _, to := range []string{V30, V40} {
			out, err := Convert(src, to)
			if err != nil {
				continue
			}
			again, err := Parse(out)
			if err != nil || again.Version != to {
				t.Fatalf("%q to %s is %q: %v", src, to, out, err)
			}
			if c.Version != to && again.UID != c.UID && utf8.Valid(src) && c.Version == V40 {
				t.Fatalf("UID %q became %q", c.UID, again.UID)
			}
			same, err := Convert(out, to)
			if err != nil || !bytes.Equal(same, out) {
				t.Fatalf("%q converted again: %q, %v", out, same, err)
			}
		}
	})
}

// FuzzUpgrade: an upgraded card is clean 3.0.
func FuzzUpgrade(f *testing.F) {
	addFiles(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		out, err := Upgrade(src)
		if err != nil {
			return
		}
		c, err := Parse(out)
		if err != nil || c.Version != V30 || c.Root.Prop("FN") == nil || c.Root.Prop("N") == nil {
			t.Fatalf("%q upgraded is %q: %v", src, out, err)
		}
		for _, p := range c.Root.Props {
			if !utf8.ValidString(p.Value) {
				t.Fatalf("%q upgraded is not UTF-8: %q", src, out)
			}
		}
	})
}

// FuzzFilter: the fast reading of a text agrees with that of its tree.
func FuzzFilter(f *testing.F) {
	for _, pattern := range []string{"testdata/upgrade/*.vcf", "testdata/convert/*.vcf"} {
		for _, name := range glob(f, pattern) {
			f.Add(read(f, name), "item1.TEL", "1")
		}
	}
	f.Fuzz(func(t *testing.T, src []byte, name, needle string) {
		c, err := Parse(src)
		if err != nil || c.Root != c.Doc.Roots[0] {
			return
		}
		for i := range c.Root.Props { // Walk passes over folded names
			if p := &c.Root.Props[i]; bytes.ContainsAny(src[p.Start:min(p.End, p.Start+len(p.Group)+len(p.Name)+1)], "\r\n") {
				return
			}
		}
		m, err := collation.New(collation.UnicodeCasemap, collation.Contains, needle)
		if err != nil {
			t.Fatal(err)
		}
		for _, pf := range []PropFilter{{Name: name}, {Name: name, Texts: []TextMatch{{Matcher: m}}}, {Name: name, IsNotDefined: true}} {
			filter := Filter{Props: []PropFilter{pf}}
			if got, want := filter.MatchText(src), filter.Match(c); got != want {
				t.Fatalf("%q %q in %q: %v on the text, %v on the tree", name, needle, src, got, want)
			}
		}
	})
}
