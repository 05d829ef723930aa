package collation

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestMatch(t *testing.T) {
	tests := []struct {
		collation string
		match     MatchType
		needle, s string
		want      bool
	}{
		{Octet, Contains, "ann", "joanna", true},
		{Octet, Contains, "Ann", "joanna", false},
		{Octet, Equals, "ann", "ann", true},
		{Octet, StartsWith, "a", "ba", false},
		{Octet, EndsWith, "a", "ba", true},

		{ASCIICasemap, Contains, "ANN", "joanna", true},
		{ASCIICasemap, Contains, "", "", true},
		{ASCIICasemap, Contains, "ann", "an", false},
		{ASCIICasemap, Contains, "aab", "aaaab", true},
		{ASCIICasemap, Equals, "Ann", "aNN", true},
		{ASCIICasemap, Equals, "Ann", "anna", false},
		{ASCIICasemap, Equals, "", "a", false},
		{ASCIICasemap, StartsWith, "jo", "Joanna", true},
		{ASCIICasemap, StartsWith, "joannas", "Joanna", false},
		{ASCIICasemap, EndsWith, "NNA", "Joanna", true},
		{ASCIICasemap, EndsWith, "ann", "Joanna", false},
		{ASCIICasemap, Contains, "É", "café", false},
		{ASCIICasemap, Contains, "é", "CAFé", true},
		{ASCIICasemap, Contains, "\xff", "A\xffB", true},
		{ASCIICasemap, Contains, "@[`{", "@[`{", true},
		{ASCIICasemap, Contains, "@", "`", false},
		{ASCIICasemap, Contains, strings.Repeat("ab", 30), "x" + strings.Repeat("AB", 31), true},
		{ASCIICasemap, Contains, strings.Repeat("ab", 30), "x" + strings.Repeat("AB", 29), false},

		{UnicodeCasemap, Contains, "ÉC", "l'école", true},
		{UnicodeCasemap, Equals, "MÜLLER", "müller", true},
		{UnicodeCasemap, Equals, "Mu\u0308ller", "MÜLLER", true},
		{UnicodeCasemap, Equals, "muller", "müller", false},
		{UnicodeCasemap, Contains, "ä", "plain", false},
		{UnicodeCasemap, Contains, "PLAIN", "plain", true},
		{UnicodeCasemap, Equals, "жук", "ЖУК", true},
		{UnicodeCasemap, Equals, "ΣΙΓΜΑΣ", "σιγμας", true},
		{UnicodeCasemap, Equals, "\uFF21nn", "ann", true}, // fullwidth A
		{UnicodeCasemap, Equals, "ǆ", "Ǆ", true},
		{UnicodeCasemap, StartsWith, "ﬁ", "ﬁsh", true},
		{UnicodeCasemap, EndsWith, "ß", "Strauß", true},
		{UnicodeCasemap, Contains, "日本", "東京、日本国", true},
		{UnicodeCasemap, Contains, "a", "\xffA", true},
		{UnicodeCasemap, Contains, "é", strings.Repeat("x", 600) + "É", true},
	}
	for _, tt := range tests {
		m, err := New(tt.collation, tt.match, tt.needle)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Match(tt.s); got != tt.want {
			t.Errorf("%s %s: %q in %q: %v, want %v", tt.collation, tt.match, tt.needle, tt.s, got, tt.want)
		}
	}
}

func TestUnsupported(t *testing.T) {
	for _, name := range []string{"", "default", "i;ascii-numeric", "i;*"} {
		if _, err := New(name, Equals, "x"); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := New("I;Octet", Equals, "x"); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"", "default"} {
		if got := OrDefault(name, ASCIICasemap); got != ASCIICasemap {
			t.Errorf("OrDefault(%q) = %q", name, got)
		}
	}
	if got := OrDefault(Octet, ASCIICasemap); got != Octet {
		t.Errorf("OrDefault = %q", got)
	}
}

func TestParseMatchType(t *testing.T) {
	for _, want := range []MatchType{Equals, Contains, StartsWith, EndsWith} {
		if got, err := ParseMatchType(want.String()); got != want || err != nil {
			t.Errorf("%s: %v, %v", want, got, err)
		}
	}
	if got, err := ParseMatchType(""); got != Contains || err != nil {
		t.Errorf("default: %v, %v", got, err)
	}
	if _, err := ParseMatchType("like"); err == nil {
		t.Error("like taken")
	}
}

// Match agrees with the definition: map both texts, then compare.
func TestMatchAgreesWithDefinition(t *testing.T) {
	maps := map[string]func(string) string{
		Octet: func(s string) string { return s },
		ASCIICasemap: func(s string) string {
			b := []byte(s)
			for i, c := range b {
				if 'a' <= c && c <= 'z' {
					b[i] = c - 32
				}
			}
			return string(b)
		},
		UnicodeCasemap: func(s string) string { return norm.NFKD.String(strings.Map(unicode.ToTitle, s)) },
	}
	finds := map[MatchType]func(s, needle string) bool{
		Contains: strings.Contains, StartsWith: strings.HasPrefix, EndsWith: strings.HasSuffix,
		Equals: func(a, b string) bool { return a == b },
	}
	text := rapid.StringOf(rapid.OneOf(rapid.RuneFrom([]rune("abABäÄ\u0308ﬁ")), rapid.Rune()))
	rapid.Check(t, func(t *rapid.T) {
		s := text.Draw(t, "s")
		needle := text.Draw(t, "needle")
		if rapid.Bool().Draw(t, "part") && s != "" {
			runes := []rune(s)
			from := rapid.IntRange(0, len(runes)).Draw(t, "from")
			needle = string(runes[from:rapid.IntRange(from, len(runes)).Draw(t, "to")])
		}
		for _, name := range Names {
			for match, find := range finds {
				m, err := New(name, match, needle)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := m.Match(s), find(maps[name](s), maps[name](needle)); got != want {
					t.Fatalf("%s %s: %q in %q: %v, want %v", name, match, needle, s, got, want)
				}
			}
		}
	})
}

func TestNamesAreSorted(t *testing.T) {
	if !slices.IsSorted(Names) {
		t.Error(Names)
	}
}

// A long needle in a text that nearly matches everywhere costs no product.
func TestMatchIsLinear(t *testing.T) {
	m, _ := New(ASCIICasemap, Contains, strings.Repeat("a", 1<<19)+"b")
	if m.Match(strings.Repeat("A", 1<<20)) {
		t.Error("matched")
	}
}

func TestMatchAllocatesNothingForASCII(t *testing.T) {
	s := strings.Repeat("The garden club of Example Town. ", 8)
	for _, name := range Names {
		m, _ := New(name, Contains, "Nowhere")
		if n := testing.AllocsPerRun(100, func() { m.Match(s) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	ascii := strings.Repeat("The garden club of Example Town. ", 8)
	mixed := ascii + "Müller"
	for _, bench := range []struct{ name, collation, s string }{
		{"octet", Octet, ascii}, {"ascii", ASCIICasemap, ascii}, {"unicode on ASCII", UnicodeCasemap, ascii}, {"unicode", UnicodeCasemap, mixed},
	} {
		b.Run(bench.name, func(b *testing.B) {
			m, _ := New(bench.collation, Contains, "nowhere")
			b.SetBytes(int64(len(bench.s)))
			b.ReportAllocs()
			for b.Loop() {
				m.Match(bench.s)
			}
		})
	}
}
