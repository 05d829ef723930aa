package vcard

import (
	"strings"
	"testing"

	"almanac/collation"
)

// text is a TextMatch by i;unicode-casemap.
func text(t testing.TB, match collation.MatchType, needle string) TextMatch {
	t.Helper()
	m, err := collation.New(collation.UnicodeCasemap, match, needle)
	if err != nil {
		t.Fatal(err)
	}
	return TextMatch{Matcher: m}
}

func TestFilter(t *testing.T) {
	src := card(V30, "UID:1", `FN:Dr. Ann Doe\, née Müller`, "N:Doe;Ann,Marie;;Dr.;", `NOTE:C:\\dir and a lo`, " ng line",
		"item1.EMAIL;TYPE=INTERNET,home:ann@example.org", "EMAIL;TYPE=work:ann@example.com", `ORG:Example\; Inc.;Garden`,
		"CATEGORIES:Friends,Club", "TEL:1", "ADR;TYPE=home:;;Ring 2;Town;;;")
	c, err := Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	is := func(match collation.MatchType, needle string) []TextMatch { return []TextMatch{text(t, match, needle)} }
	not := func(match collation.MatchType, needle string) []TextMatch {
		m := text(t, match, needle)
		m.Negate = true
		return []TextMatch{m}
	}
	param := func(name, value string) []ParamFilter {
		m := text(t, collation.Equals, value)
		return []ParamFilter{{Name: name, Text: &m}}
	}
	notParam := func(name, value string) []ParamFilter {
		f := param(name, value)
		f[0].Text.Negate = true
		return f
	}
	tests := []struct {
		name string
		prop PropFilter
		want bool
	}{
		{"is there", PropFilter{Name: "tel"}, true},
		{"is there, another is not", PropFilter{Name: "PHOTO"}, false},
		{"not defined", PropFilter{Name: "PHOTO", IsNotDefined: true}, true},
		{"defined", PropFilter{Name: "TEL", IsNotDefined: true}, false},
		{"group", PropFilter{Name: "ITEM1.email"}, true},
		{"other group", PropFilter{Name: "item2.EMAIL"}, false},
		{"contains", PropFilter{Name: "FN", Texts: is(collation.Contains, "ann d")}, true},
		{"contains with escapes resolved", PropFilter{Name: "FN", Texts: is(collation.Contains, "doe, NÉE")}, true},
		{"contains over a fold", PropFilter{Name: "NOTE", Texts: is(collation.Contains, `\dir and a long`)}, true},
		{"starts with", PropFilter{Name: "FN", Texts: is(collation.StartsWith, "dr.")}, true},
		{"ends with", PropFilter{Name: "FN", Texts: is(collation.EndsWith, "MÜLLER")}, true},
		{"equals", PropFilter{Name: "FN", Texts: is(collation.Equals, "Ann")}, false},
		{"component equals", PropFilter{Name: "N", Texts: is(collation.Equals, "doe")}, true},
		{"item of a component equals", PropFilter{Name: "N", Texts: is(collation.Equals, "marie")}, true},
		{"whole of a structured value", PropFilter{Name: "N", Texts: is(collation.StartsWith, "Doe;Ann")}, true},
		{"escaped separator in a component", PropFilter{Name: "ORG", Texts: is(collation.Equals, "Example; Inc.")}, true},
		{"item of a list", PropFilter{Name: "CATEGORIES", Texts: is(collation.Equals, "club")}, true},
		{"no part", PropFilter{Name: "CATEGORIES", Texts: is(collation.Equals, "clu")}, false},
		{"unstructured values have no parts", PropFilter{Name: "FN", Texts: is(collation.EndsWith, "Doe")}, false},
		{"negated", PropFilter{Name: "FN", Texts: not(collation.Contains, "ann")}, false},
		{"negated without the property", PropFilter{Name: "TITLE", Texts: not(collation.Contains, "ann")}, false},
		{"negated on one of two", PropFilter{Name: "EMAIL", Texts: not(collation.EndsWith, ".org")}, true},
		{"any of two texts", PropFilter{Name: "FN", Texts: append(is(collation.Contains, "bob"), is(collation.Contains, "ann")...)}, true},
		{"all of two texts", PropFilter{Name: "FN", AllOf: true, Texts: append(is(collation.Contains, "bob"), is(collation.Contains, "ann")...)}, false},
		{"parameter is there", PropFilter{Name: "EMAIL", Params: []ParamFilter{{Name: "type"}}}, true},
		{"parameter is not", PropFilter{Name: "EMAIL", Params: []ParamFilter{{Name: "PREF"}}}, false},
		{"parameter not defined", PropFilter{Name: "TEL", Params: []ParamFilter{{Name: "TYPE", IsNotDefined: true}}}, true},
		{"parameter defined", PropFilter{Name: "ADR", Params: []ParamFilter{{Name: "TYPE", IsNotDefined: true}}}, false},
		{"parameter value", PropFilter{Name: "EMAIL", Params: param("TYPE", "HOME")}, true},
		{"other parameter value", PropFilter{Name: "EMAIL", Params: param("TYPE", "cell")}, false},
		{"negated parameter", PropFilter{Name: "EMAIL", Params: notParam("TYPE", "home")}, true},
		{"negated parameter of the only one", PropFilter{Name: "ADR", Params: notParam("TYPE", "home")}, false},
		{"negated parameter that is not there", PropFilter{Name: "TEL", Params: notParam("TYPE", "home")}, false},
		{"all on one property", PropFilter{Name: "EMAIL", AllOf: true, Texts: is(collation.EndsWith, ".org"), Params: param("TYPE", "home")}, true},
		{"all, but on two properties", PropFilter{Name: "EMAIL", AllOf: true, Texts: is(collation.EndsWith, ".org"), Params: param("TYPE", "work")}, false},
	}
	for _, tt := range tests {
		f := Filter{AnyOf: true, Props: []PropFilter{tt.prop}}
		if got := f.Match(c); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
		if got := f.MatchText(src); got != tt.want {
			t.Errorf("%s on the text: %v, want %v", tt.name, got, tt.want)
		}
	}

	yes, no, absent := PropFilter{Name: "TEL"}, PropFilter{Name: "PHOTO"}, PropFilter{Name: "PHOTO", IsNotDefined: true}
	for _, tt := range []struct {
		anyOf bool
		props []PropFilter
		want  bool
	}{
		{true, nil, true},
		{false, nil, true},
		{true, []PropFilter{no, yes}, true},
		{true, []PropFilter{no, no}, false},
		{true, []PropFilter{no, absent}, true},
		{false, []PropFilter{no, yes}, false},
		{false, []PropFilter{absent, yes}, true},
		{false, []PropFilter{yes, yes}, true},
	} {
		f := Filter{AnyOf: tt.anyOf, Props: tt.props}
		if got := f.Match(c); got != tt.want {
			t.Errorf("anyof %v %v: %v, want %v", tt.anyOf, tt.props, got, tt.want)
		}
		if got := f.MatchText(src); got != tt.want {
			t.Errorf("anyof %v %v on the text: %v, want %v", tt.anyOf, tt.props, got, tt.want)
		}
	}
}

func TestMatchTextOfOldAndBrokenCards(t *testing.T) {
	f := Filter{AnyOf: true, Props: []PropFilter{{Name: "NOTE", Texts: []TextMatch{text(t, collation.Contains, "b: c")}}}}
	if !f.MatchText(card(V21, "NOTE;QUOTED-PRINTABLE:a=", "b: c")) {
		t.Error("2.1 not matched")
	}
	if f.MatchText([]byte("junk")) {
		t.Error("junk matched")
	}
}

// A query for a name in cards with photos reads little more than the names.
func BenchmarkMatchText(b *testing.B) {
	small := card(V30, "PRODID:-//Example//EN", "UID:8b6f4c1e-32a5-4a5c-8f0e-6a3f6a7b8c9d", "FN:Ann Example", "N:Example;Ann;;;", "EMAIL;TYPE=INTERNET,home:ann@example.org",
		"TEL;TYPE=cell:+1 555 010 0100", "ADR;TYPE=home:;;Ring 2;Town;;01234;Nowhere", "ORG:Example Inc.;Garden", "NOTE:Met at the garden club\\, knows about roses", "REV:2026-01-07T08:12:30Z")
	photo := card(V30, "UID:1", "FN:Ann Example", "N:Example;Ann;;;", "PHOTO;ENCODING=b;TYPE=JPEG:"+strings.Repeat("\r\n "+strings.Repeat("A", 74), 300), "EMAIL:ann@example.org")
	f := Filter{AnyOf: true}
	for _, name := range []string{"FN", "EMAIL", "NICKNAME", "ORG"} {
		f.Props = append(f.Props, PropFilter{Name: name, Texts: []TextMatch{text(b, collation.Contains, "nobody")}})
	}
	for name, src := range map[string][]byte{"small": small, "photo": photo} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				f.MatchText(src)
			}
		})
		b.Run(name+" parsed", func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				c, err := Parse(src)
				if err != nil {
					b.Fatal(err)
				}
				f.Match(c)
			}
		})
	}
}

func BenchmarkConvert(b *testing.B) {
	src := read(b, "testdata/convert/davx5.v4.vcf")
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Convert(src, V30); err != nil {
			b.Fatal(err)
		}
	}
}
