package search

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"almanac/collation"
)

func texts(t ...string) func(func(string) bool) { return slices.Values(t) }

func filled() *Index {
	x := NewIndex()
	x.Put("ann", texts("Ann Äpfelbaum", "ann@example.org", "+41 44 123 45 67"))
	x.Put("bob", texts("Bob Straße", "bob@example.org"))
	x.Put("caf", texts("Café Zurich", "Cafe\u0301", "fish"))
	x.Put("иван", texts("Иван Петров"))
	x.Put("long", texts(strings.Repeat("x", maxText+1)))
	return x
}

func TestCandidates(t *testing.T) {
	x := filled()
	for _, c := range []struct {
		name string
		q    Query
		want []string
	}{
		{"one", Contains("bob"), []string{"bob", "long"}},
		{"in several", Contains("EXAMPLE.ORG"), []string{"ann", "bob", "long"}},
		{"umlaut", Contains("äpfel"), []string{"ann", "long"}},
		{"umlaut without dots", Contains("apfel"), []string{"ann", "long"}},
		{"accent composed or not", Contains("CAFÉ Z"), []string{"caf", "long"}},
		{"cyrillic in other case", Contains("ИВАН"), []string{"long", "иван"}},
		{"nowhere", Contains("zzz"), []string{"long"}},
		{"not across texts", Contains("baumann"), []string{"long"}},
		{"and", And(Contains("example"), Contains("straße")), []string{"bob", "long"}},
		{"and with any", And(Any, Contains("straße")), []string{"bob", "long"}},
		{"or", Or(Contains("петр"), Contains("+41 44")), []string{"ann", "long", "иван"}},
		{"or of nothing found", Or(Contains("zzz"), Contains("yyy")), []string{"long"}},
	} {
		if got := x.Candidates(c.q); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAny(t *testing.T) {
	for name, c := range map[string]struct {
		q    Query
		want bool
	}{
		"zero":             {Query{}, true},
		"short needle":     {Contains("ab"), true},
		"marks alone":      {Contains("a\u0301\u0301\u0301"), true},
		"needle":           {Contains("abc"), false},
		"two letters, 4 o": {Contains("ий"), false},
		"or with any":      {Or(Contains("abc"), Any), true},
		"empty and":        {And(), true},
		"empty or":         {Or(), true},
		"and":              {And(Any, Contains("abc")), false},
	} {
		if c.q.IsAny() != c.want {
			t.Errorf("%s: IsAny is %v", name, c.q.IsAny())
		}
	}
}

func TestReplacedAndDeletedMembersAreNoCandidates(t *testing.T) {
	x := filled()
	x.Put("ann", texts("Anna"))
	x.Delete("long")
	x.Delete("nobody")
	if got := x.Candidates(Contains("baum")); len(got) != 0 {
		t.Errorf("got %q", got)
	}
	if got := x.Candidates(Contains("anna")); !slices.Equal(got, []string{"ann"}) {
		t.Errorf("got %q", got)
	}
}

func TestMemoryDoesNotGrowWithReplacements(t *testing.T) {
	x := NewIndex()
	for i := range 20 {
		x.Put(fmt.Sprint(i), texts("some words of a note"))
	}
	before := x.Size()
	for i := range 50_000 {
		x.Put(fmt.Sprint(i%20), texts("some words of a note"))
	}
	if x.Size() > before+400_000 || x.Len() != 20 {
		t.Errorf("%d octets for %d members, %d before", x.Size(), x.Len(), before)
	}
	if got := x.Candidates(Contains("words")); len(got) != 20 {
		t.Errorf("got %d candidates", len(got))
	}
}

// TestNoMatchIsMissed is the promise of the package: what a collation matches is a
// candidate.
func TestNoMatchIsMissed(t *testing.T) {
	letters := []rune("aAbBéÉe\u0301\u0323ßſıİﬁſfiΣσςǆǅЙйи\u0306中가ᄀ ,;\u1fb3\u0345ẞ\u00a0\ufffd\xff")
	text := func(n int) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			var b strings.Builder
			for range rapid.IntRange(0, n).Draw(t, "n") {
				if rapid.IntRange(0, 30).Draw(t, "odd") == 0 {
					b.WriteByte(0xC3)
				}
				b.WriteRune(rapid.SampledFrom(letters).Draw(t, "r"))
			}
			return b.String()
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		hay := text(30).Draw(t, "text")
		needle := strings.ToValidUTF8(text(6).Draw(t, "needle"), "")
		if rapid.Bool().Draw(t, "cut from the text") {
			runes := []rune(strings.ToValidUTF8(hay, ""))
			if len(runes) > 0 {
				i := rapid.IntRange(0, len(runes)-1).Draw(t, "from")
				j := rapid.IntRange(i, len(runes)).Draw(t, "to")
				needle = string(runes[i:j])
			}
		}
		q := Contains(needle)
		if q.IsAny() {
			return
		}
		x := NewIndex()
		x.Put("m", texts(hay))
		for _, name := range collation.Names {
			for _, mt := range []collation.MatchType{collation.Contains, collation.Equals, collation.StartsWith, collation.EndsWith} {
				m, err := collation.New(name, mt, needle)
				if err != nil {
					t.Fatal(err)
				}
				if m.Match(hay) && len(x.Candidates(q)) == 0 {
					t.Fatalf("%s %s: %+q is in %+q", name, mt, needle, hay)
				}
			}
		}
	})
}

func people(n int) []string {
	r := rand.New(rand.NewPCG(1, 2))
	given := []string{"Ann", "Bob", "Carla", "Dmitri", "Eva", "Fritz", "Gwen", "Hélène"}
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%s Example%04d %s-%08x +41 44 %07d", given[r.IntN(len(given))], r.IntN(10_000), "uid", r.Uint32(), r.IntN(10_000_000))
	}
	return out
}

func BenchmarkPut(b *testing.B) {
	p := people(10_000)
	x := NewIndex()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		x.Put(p[i%len(p)], texts(p[i%len(p)]))
	}
}

func BenchmarkCandidates(b *testing.B) {
	x := NewIndex()
	for i, p := range people(10_000) {
		x.Put(fmt.Sprint(i), texts(p))
	}
	b.Logf("%d octets", x.Size())
	q := Contains("example0042")
	b.ReportAllocs()
	for b.Loop() {
		x.Candidates(q)
	}
}
