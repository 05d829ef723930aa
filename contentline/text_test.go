package contentline

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestUnescapeText(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"plain", "plain"},
		{`a\nb\Nc`, "a\nb\nc"},
		{`\\\;\,`, `\;,`},
		{`\\n`, `\n`},
		{`http\://example.org \"x\"`, `http://example.org "x"`},
		{`C:\dir\x`, `C:\dir\x`},
		{`C:\dir\\x`, `C:\dir\x`},
		{`end\`, `end\`},
		{`a\ä`, `a\ä`},
	}
	for _, tt := range tests {
		if got := UnescapeText(tt.in); got != tt.want {
			t.Errorf("UnescapeText(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestEscapeText(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"plain: text", "plain: text"},
		{"a\nb\r\nc\rd", `a\nb\nc\nd`},
		{`\;,`, `\\\;\,`},
	}
	for _, tt := range tests {
		if got := EscapeText(tt.in); got != tt.want {
			t.Errorf("EscapeText(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestSplitText(t *testing.T) {
	tests := []struct {
		in   string
		sep  byte
		want []string
	}{
		{"", ';', []string{""}},
		{"a", ';', []string{"a"}},
		{`Doe;Ann;;Dr.,Prof.;`, ';', []string{"Doe", "Ann", "", "Dr.,Prof.", ""}},
		{`a\;b;c\\;d`, ';', []string{`a\;b`, `c\\`, "d"}},
		{`a\,b,c`, ',', []string{`a\,b`, "c"}},
		{`a;b\`, ';', []string{"a", `b\`}},
	}
	for _, tt := range tests {
		if got := SplitText(tt.in, tt.sep); !slices.Equal(got, tt.want) {
			t.Errorf("SplitText(%q, %q) = %q, want %q", tt.in, tt.sep, got, tt.want)
		}
	}
}

// What EscapeText writes, SplitText keeps together and UnescapeText reads.
func TestTextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringOf(rapid.OneOf(rapid.RuneFrom([]rune("\\;,:nN\n\"ab")), rapid.Rune())), 1, 5).Draw(t, "texts")
		escaped := make([]string, len(texts))
		for i, s := range texts {
			texts[i] = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
			escaped[i] = EscapeText(s)
		}
		for _, sep := range []byte(";,") {
			parts := SplitText(strings.Join(escaped, string(sep)), sep)
			for i := range parts {
				parts[i] = UnescapeText(parts[i])
			}
			if !slices.Equal(parts, texts) {
				t.Fatalf("got %q, want %q", parts, texts)
			}
		}
	})
}

func TestAppendLine(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	tests := []struct{ name, in, want string }{
		{"empty", "", "\r\n"},
		{"75 octets", x(75), x(75) + "\r\n"},
		{"76 octets", x(76), x(75) + "\r\n x\r\n"},
		{"75 and 74 octets", x(149), x(75) + "\r\n " + x(74) + "\r\n"},
		{"three lines", x(150), x(75) + "\r\n " + x(74) + "\r\n x\r\n"},
		{"not inside of a character", x(74) + "äx", x(74) + "\r\n äx\r\n"},
		{"character of four octets", x(72) + "\U0001F331x", x(72) + "\r\n \U0001F331x\r\n"},
		{"octets that are no characters", strings.Repeat("\x80", 80), strings.Repeat("\x80", 71) + "\r\n " + strings.Repeat("\x80", 9) + "\r\n"},
		{"line breaks cannot begin a line", "A:b\r\nEND:VCARD\n", `A:b\nEND:VCARD\n` + "\r\n"},
	}
	for _, tt := range tests {
		if got := string(AppendLine(nil, tt.in)); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestAppendProperty(t *testing.T) {
	tests := []struct {
		prop Property
		want string
	}{
		{Property{Name: "SUMMARY", Value: `a\, b`}, "SUMMARY:a\\, b\r\n"},
		{Property{Group: "item1", Name: "TEL", Params: []Param{{"TYPE", []string{"home", "voice"}}}, Value: "1"}, "item1.TEL;TYPE=home,voice:1\r\n"},
		{Property{Name: "A", Params: []Param{{"CN", []string{"Doe, Ann"}}, {"X", []string{"a:b", "c;d", "e f"}}}}, "A;CN=\"Doe, Ann\";X=\"a:b\",\"c;d\",e f:\r\n"},
		{Property{Name: "A", Params: []Param{{"X", []string{"say \"^n\"\nnow\r"}}}}, "A;X=say ^'^^n^'^nnow:\r\n"},
		{Property{Name: "A", Params: []Param{{"X", nil}, {"Y", []string{""}}, {"", []string{"HOME"}}}}, "A;X=;Y=;HOME:\r\n"},
		{Property{Name: "A", Params: []Param{{"", []string{"x:y\nB"}}}, Value: "1"}, "A;=\"x:y^nB\":1\r\n"},
	}
	for _, tt := range tests {
		if got := string(AppendProperty(nil, tt.prop)); got != tt.want {
			t.Errorf("AppendProperty(%+v) = %q, want %q", tt.prop, got, tt.want)
		}
	}
}

// What AppendProperty writes, Parse reads, in lines of at most 75 octets.
func TestPropertyRoundTrip(t *testing.T) {
	name := rapid.StringMatching(`[A-Z0-9-]{1,80}`)
	text := rapid.StringOf(rapid.OneOf(rapid.RuneFrom([]rune("^n'\";:,= \tä\U0001F331")), rapid.Rune().Filter(func(r rune) bool { return r != '\r' })))
	rapid.Check(t, func(t *rapid.T) {
		p := Property{Name: name.Filter(func(s string) bool { return s != "BEGIN" && s != "END" }).Draw(t, "name")}
		for range rapid.IntRange(0, 3).Draw(t, "params") {
			p.Params = append(p.Params, Param{Name: name.Draw(t, "param"), Values: rapid.SliceOfN(text, 1, 3).Draw(t, "values")})
		}
		p.Value = strings.ReplaceAll(text.Draw(t, "value"), "\n", "")
		line := string(AppendProperty(nil, p))
		for l := range strings.SplitSeq(line, "\r\n") {
			if len(l) > maxLine {
				t.Fatalf("line of %d octets in %q", len(l), line)
			}
			if !utf8.ValidString(l) {
				t.Fatalf("character split in %q", line)
			}
		}
		d, err := Parse([]byte("BEGIN:A\r\n"+line+"END:A\r\n"), Limits{})
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if len(d.Roots[0].Props) != 1 || !sameProperty(d.Roots[0].Props[0], p) {
			t.Fatalf("%q read as %+v, want %+v", line, d.Roots[0].Props, p)
		}
	})
}

// sameProperty compares everything but the place in the text.
func sameProperty(a, b Property) bool {
	return a.Group == b.Group && a.Name == b.Name && a.Value == b.Value &&
		slices.EqualFunc(a.Params, b.Params, func(a, b Param) bool {
			return a.Name == b.Name && slices.Equal(a.Values, b.Values)
		})
}

func TestSplice(t *testing.T) {
	tests := []struct {
		edits []Edit
		want  string // "" means an error
	}{
		{nil, "0123456789"},
		{[]Edit{{0, 0, "a"}, {0, 0, "b"}, {2, 4, ""}, {4, 5, "cd"}, {10, 10, "e"}}, "ab01cd56789e"},
		{[]Edit{{0, 10, "x"}}, "x"},
		{[]Edit{{2, 4, ""}, {3, 5, ""}}, ""},
		{[]Edit{{5, 5, ""}, {4, 4, ""}}, ""},
		{[]Edit{{4, 3, ""}}, ""},
		{[]Edit{{-1, 3, ""}}, ""},
		{[]Edit{{9, 11, ""}}, ""},
	}
	for _, tt := range tests {
		got, err := Splice("0123456789", tt.edits)
		if string(got) != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("Splice(%v) = %q, %v, want %q", tt.edits, got, err, tt.want)
		}
	}
}

func TestAccessors(t *testing.T) {
	d, err := Parse([]byte(lines("BEGIN:A", "X;TYPE=a,b;V=1;TYPE=c:1", "Y:2", "x:3", "BEGIN:B", "END:B", "BEGIN:C", "END:C", "BEGIN:B", "X:4", "END:B", "END:A")), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	a := d.Roots[0]
	x := a.Prop("X")
	if got := x.ParamValues("TYPE"); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("TYPE %q", got)
	}
	if got := x.ParamValues("V"); !slices.Equal(got, []string{"1"}) {
		t.Errorf("V %q", got)
	}
	if x.ParamValues("Z") != nil || x.Param("Z") != "" || x.HasParam("Z") || x.Param("TYPE") != "a" || !x.HasParam("V") {
		t.Error("Param or HasParam")
	}
	if a.Prop("Z") != nil || a.Value("Z") != "" || a.Value("Y") != "2" {
		t.Error("Prop or Value")
	}
	var values []string
	for p := range a.PropsNamed("X") {
		values = append(values, p.Value)
	}
	if !slices.Equal(values, []string{"1", "3"}) {
		t.Errorf("PropsNamed %q", values)
	}
	n := 0
	for c := range a.ChildrenNamed("B") {
		n += len(c.Props) + 1
	}
	if n != 3 || a.Child("C").Line != 7 || a.Child("D") != nil {
		t.Errorf("ChildrenNamed %d", n)
	}
	if got := x.Text(d); got != "X;TYPE=a,b;V=1;TYPE=c:1\r\n" {
		t.Errorf("Text %q", got)
	}
	if got := a.Child("C").Text(d); got != "BEGIN:C\r\nEND:C\r\n" {
		t.Errorf("Text %q", got)
	}
}
