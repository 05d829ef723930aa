package contentline

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// dump prints a tree one line each: what the tables below compare.
func dump(d *Doc) string {
	var b strings.Builder
	var comp func(c *Component, indent string)
	comp = func(c *Component, indent string) {
		fmt.Fprintf(&b, "%s%s@%d\n", indent, c.Name, c.Line)
		indent += " "
		for _, p := range c.Props {
			b.WriteString(indent)
			if p.Group != "" {
				b.WriteString(p.Group + ".")
			}
			b.WriteString(p.Name)
			for _, pa := range p.Params {
				fmt.Fprintf(&b, " %s%q", pa.Name, pa.Values)
			}
			fmt.Fprintf(&b, "@%d %q\n", p.Line, p.Value)
		}
		for _, ch := range c.Children {
			comp(ch, indent)
		}
	}
	for _, c := range d.Roots {
		comp(c, "")
	}
	for _, r := range d.Repairs {
		fmt.Fprintf(&b, "! %d %s\n", r.Line, r.What)
	}
	return b.String()
}

func lines(l ...string) string { return strings.Join(l, "\r\n") + "\r\n" }

func TestParse(t *testing.T) {
	tests := []struct {
		name, src, want string
	}{
		{"empty", "", ""},
		{"blank lines only", "\r\n\n  \n", ""},
		{"event", lines("BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "SUMMARY;LANGUAGE=en:Lunch, then walk", "BEGIN:VALARM", "TRIGGER:-PT5M", "END:VALARM", "UID:1", "END:VEVENT", "X-LAST:1", "END:VCALENDAR"),
			"VCALENDAR@1\n VERSION@2 \"2.0\"\n X-LAST@10 \"1\"\n VEVENT@3\n  SUMMARY LANGUAGE[\"en\"]@4 \"Lunch, then walk\"\n  UID@8 \"1\"\n  VALARM@5\n   TRIGGER@6 \"-PT5M\"\n"},
		{"two cards with groups", lines("BEGIN:VCARD", "item1.TEL;type=HOME;type=pref:1", "END:VCARD", "BEGIN:VCARD", "a.b.Tel:2", "END:VCARD"),
			"VCARD@1\n item1.TEL TYPE[\"HOME\"] TYPE[\"pref\"]@2 \"1\"\nVCARD@4\n a.b.TEL@5 \"2\"\n"},
		{"mixed case", lines("begin:vCalendar", "summary;tzid=Europe/Berlin:x", "end:VCALENDAR"),
			"VCALENDAR@1\n SUMMARY TZID[\"Europe/Berlin\"]@2 \"x\"\n"},
		{"folds by space and tab", lines("BEGIN:A", "SUM", " MARY;X=\"a", "\tb\":one ", " two", "\t three", " ", "B:1", "END:A"),
			"A@1\n SUMMARY X[\"ab\"]@2 \"one two three\"\n B@8 \"1\"\n"},
		{"byte order mark", "\ufeffBEGIN:A\nEND:A", "A@1\n! 1 byte order mark at the start\n"},
		{"LF, blank lines, no final newline", "\n\nBEGIN:A\n\nB:1\n\n\nC:2\n\nEND:A", "A@3\n B@5 \"1\"\n C@8 \"2\"\n"},
		{"CR alone", "BEGIN:A\rB:1\r 2\rEND:A\r", "A@1\n B@2 \"12\"\n"},
		{"CR twice", "BEGIN:A\r\r\nB:1\r\r\nEND:A\r\r\n", "A@1\n B@2 \"1\"\n"},
		{"space behind END", lines("BEGIN:A ", "END:A\t"), "A@1\n! 1 space around a component name\n! 2 space around a component name\n"},
		{"line break in a value", lines("BEGIN:A", "DESCRIPTION:Hello", "Dear all: please come", "", "Bye; see you: x", "B:1", "END:A"),
			"A@1\n DESCRIPTION@2 \"Hello\\\\nDear all: please come\\\\n\\\\nBye; see you: x\"\n B@6 \"1\"\n! 3 line without a colon joined to the line before\n! 5 line without a colon joined to the line before\n"},
		{"long line broken without a space", lines("BEGIN:A", "DESCRIPTION:"+strings.Repeat("x", 63), "yz", "END:A"),
			"A@1\n DESCRIPTION@2 \"" + strings.Repeat("x", 63) + "yz\"\n! 3 line without a colon joined to the line before\n"},
		{"blank line in a fold", lines("BEGIN:A", "B:1", "", " 2", "END:A"), "A@1\n B@2 \"12\"\n! 4 blank line inside of a folded line\n"},
		{"bare quotes", lines("BEGIN:A", `ATTENDEE;CN=A "B" C;X=1:mailto:a@example.org`, "END:A"),
			"A@1\n ATTENDEE CN[\"A \\\"B\\\" C\"] X[\"1\"]@2 \"mailto:a@example.org\"\n! 2 quote inside of a parameter value\n! 2 quote inside of a parameter value\n"},
		{"text behind a quote", lines("BEGIN:A", `ATTENDEE;CN="A, B" (work):x`, "END:A"),
			"A@1\n ATTENDEE CN[\"A, B (work)\"]@2 \"x\"\n! 2 quote inside of a parameter value\n"},
		{"open quote", lines("BEGIN:A", `ATTENDEE;CN="A B;X=1:x`, "END:A"),
			"A@1\n ATTENDEE CN[\"A B\"] X[\"1\"]@2 \"x\"\n! 2 quote of a parameter value is not closed\n"},
		{"quoted list", lines("BEGIN:A", `ATTENDEE;MEMBER="mailto:a@example.org","mailto:b;c",d:x`, "END:A"),
			"A@1\n ATTENDEE MEMBER[\"mailto:a@example.org\" \"mailto:b;c\" \"d\"]@2 \"x\"\n"},
		{"RFC 6868", lines("BEGIN:A", `X;A=^'q^' ^n^^n^x^;B="^n":v`, "END:A"),
			"A@1\n X A[\"\\\"q\\\" \\n^n^x^\"] B[\"\\n\"]@2 \"v\"\n"},
		{"bare parameters", lines("BEGIN:VCARD", "PHOTO;BASE64:", "  QUJD", "TEL;HOME;;VOICE=:1", "END:VCARD"),
			"VCARD@1\n PHOTO [\"BASE64\"]@2 \" QUJD\"\n TEL [\"HOME\"] VOICE[\"\"]@4 \"1\"\n! 2 parameter without a value\n! 4 parameter without a value\n"},
		{"UTF-8 split by a fold", "BEGIN:A\r\nB:\xc3\r\n \xa4\r\nEND:A\r\n", "A@1\n B@2 \"ä\"\n! 2 UTF-8 sequence split by folding\n"},
		{"invalid UTF-8 stays", "BEGIN:A\r\nB:\xe4\r\nC:ä\r\nEND:A\r\n", "A@1\n B@2 \"\\xe4\"\n C@3 \"ä\"\n! 2 invalid UTF-8\n"},
		{"control character in a value", lines("BEGIN:A", "B:x\x00\x7f", "C:\t", "END:A"), "A@1\n B@2 \"x\\x00\\x7f\"\n C@3 \"\\t\"\n! 2 control character in a value\n"},
		{"odd names", lines("BEGIN:A", "X_B/C:1", "a.b:2", "END:A"), "A@1\n X_B/C@2 \"1\"\n A.B@3 \"2\"\n! 2 unusual character in a property name\n! 3 unusual character in a property name\n"},
		{"duplicates", lines("BEGIN:A", "B;C=1;C=2:x", "B:y", "END:A"), "A@1\n B C[\"1\"] C[\"2\"]@2 \"x\"\n B@3 \"y\"\n"},
		{"folded parameters far from the colon", lines("BEGIN:A", "B:1", "ATTENDEE;CN=", " Ann;", " ROLE=CHAIR", " :mailto:ann@example.org", "END:A"),
			"A@1\n B@2 \"1\"\n ATTENDEE CN[\"Ann\"] ROLE[\"CHAIR\"]@3 \"mailto:ann@example.org\"\n"},
		{"parameters on BEGIN", lines("BEGIN;X=1:A", "END:A"), "A@1\n! 1 parameters of a BEGIN or END line ignored\n"},
		{"empty value and no parameter value", lines("BEGIN:A", "B;X=:", "END:A"), "A@1\n B X[\"\"]@2 \"\"\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Parse([]byte(tt.src), Limits{})
			if err != nil {
				t.Fatalf("Parse(%q): %v", tt.src, err)
			}
			if got := dump(d); got != tt.want {
				t.Errorf("Parse(%q)\ngot:\n%s\nwant:\n%s", tt.src, got, tt.want)
			}
			checkSpans(t, d)
		})
	}
}

func TestParseV21(t *testing.T) {
	tests := []struct {
		name, src, want string
	}{
		{"soft breaks", lines("BEGIN:VCARD", "NOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0A=", "two: three=", " four", "TEL;HOME;VOICE:1", "END:VCARD"),
			"VCARD@1\n NOTE ENCODING[\"QUOTED-PRINTABLE\"]@2 \"one=0D=0Atwo: three four\"\n TEL [\"HOME\"] [\"VOICE\"]@5 \"1\"\n"},
		{"soft break at the end of the card", lines("BEGIN:VCARD", "NOTE;QUOTED-PRINTABLE:x=", "END:VCARD"),
			"VCARD@1\n NOTE [\"QUOTED-PRINTABLE\"]@2 \"x=\"\n"},
		{"soft break before a blank line", lines("BEGIN:VCARD", "NOTE;ENCODING=quoted-printable:x=", "", "TEL:1", "END:VCARD"),
			"VCARD@1\n NOTE ENCODING[\"quoted-printable\"]@2 \"x\"\n TEL@4 \"1\"\n"},
		{"base64 to a blank line", lines("BEGIN:VCARD", "PHOTO;ENCODING=BASE64;JPEG:QUJD", "REVG", " R0hJ", "", "TEL:1", "END:VCARD"),
			"VCARD@1\n PHOTO ENCODING[\"BASE64\"] [\"JPEG\"]@2 \"QUJDREVGR0hJ\"\n TEL@6 \"1\"\n"},
		{"agent", lines("BEGIN:VCARD", "FN:a", "AGENT:", "BEGIN:VCARD", "FN:b", "END:VCARD", "TEL:1", "END:VCARD"),
			"VCARD@1\n FN@2 \"a\"\n AGENT@3 \"\"\n TEL@7 \"1\"\n VCARD@4\n  FN@5 \"b\"\n"},
		{"an equals sign is no soft break elsewhere", lines("BEGIN:VCARD", "NOTE:1+1=", "TEL:2", "END:VCARD"), "VCARD@1\n NOTE@2 \"1+1=\"\n TEL@3 \"2\"\n"},
		{"no caret escapes", lines("BEGIN:VCARD", "TEL;X=^n:2", "END:VCARD"), "VCARD@1\n TEL X[\"^n\"]@2 \"2\"\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := ParseV21([]byte(tt.src), Limits{})
			if err != nil {
				t.Fatalf("ParseV21(%q): %v", tt.src, err)
			}
			if got := dump(d); got != tt.want {
				t.Errorf("ParseV21(%q)\ngot:\n%s\nwant:\n%s", tt.src, got, tt.want)
			}
			checkSpans(t, d)
		})
	}
}

func TestParseErrors(t *testing.T) {
	small := Limits{Octets: 2000, Line: 20, Depth: 2, Components: 3, Properties: 2}
	tests := []struct {
		name, src, want string
		lim             Limits
	}{
		{"mismatch", lines("BEGIN:A", "BEGIN:B", "END:A"), "line 3: END:A where END:B is due for the BEGIN of line 2", Limits{}},
		{"unclosed", lines("BEGIN:A", "BEGIN:B", "END:B"), "line 1: BEGIN:A without END", Limits{}},
		{"end alone", lines("END:A"), "line 1: END:A without BEGIN", Limits{}},
		{"property outside", lines("BEGIN:A", "END:A", "B:1"), "line 3: property B outside of a component", Limits{}},
		{"prose outside", lines("hello", "BEGIN:A"), "line 1: line without a colon after a property name", Limits{}},
		{"prose behind BEGIN", lines("BEGIN:A", "hello", "END:A"), "line 2: line without a colon after a property name", Limits{}},
		{"name missing behind BEGIN", lines("BEGIN:A", ":x", "END:A"), "line 2: line without a property name", Limits{}},
		{"group alone", lines("BEGIN:VCARD", "item1.:x", "END:VCARD"), "line 2: property group without a property name", Limits{}},
		{"component without a name", lines("BEGIN:"), "line 1: not a component name: ", Limits{}},
		{"NUL in a name", lines("BEGIN:A", "B:1", "C\x00:1", "END:A"), "line 3: control character in a property name", Limits{}},
		{"DEL in a parameter name", lines("BEGIN:A", "C;\x7f=1:1", "END:A"), "line 2: control character in a parameter name", Limits{}},
		{"NUL in a component name", lines("BEGIN:A\x00"), "line 1: not a component name: A?", Limits{}},
		{"parameter without a colon", lines("BEGIN:A", "B;C=1", "END:A"), "line 2: line without a colon after its parameters", Limits{}},
		{"limit octets", strings.Repeat("\n", 2001), "line 1: text of more than 2000 octets", small},
		{"limit line", lines("BEGIN:A", "B:"+strings.Repeat("x", 19), "END:A"), "line 2: line too long", small},
		{"limit folded line", lines("BEGIN:A", "", "B:"+strings.Repeat("x", 9), " "+strings.Repeat("x", 10), "END:A"), "line 3: line too long", small},
		{"limit file line", lines("BEGIN:A", "ATTACH:"+strings.Repeat("x", 640), "END:A"), "line 2: line too long", small},
		{"limit depth", lines("BEGIN:A", "BEGIN:B", "BEGIN:C"), "line 3: components nested more than 2 deep", small},
		{"limit components", strings.Repeat("BEGIN:A\nEND:A\n", 4), "line 7: more than 3 components", small},
		{"limit properties", lines("BEGIN:A", "B:1", "B:1", "B:1"), "line 4: more than 2 properties", small},
		{"limit parameters", lines("BEGIN:A", "B;a;a;a;a;a;a;a;a:", "B;a;:", "END:A"), "line 3: more than 16 parameters", small},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.src), tt.lim)
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// A line that carries a file may be longer than others, in a vCard group too.
func TestFileLineLimit(t *testing.T) {
	lim := Limits{Line: 20}
	for _, name := range []string{"PHOTO", "photo;TYPE=JPEG", "item1.LOGO", "ATTACH"} {
		src := lines("BEGIN:VCARD", name+":"+strings.Repeat("x", 300), " "+strings.Repeat("x", 300), "END:VCARD")
		if _, err := Parse([]byte(src), lim); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	src := lines("BEGIN:VCARD", "X-PHOTO:"+strings.Repeat("x", 300), "END:VCARD")
	if _, err := Parse([]byte(src), lim); err == nil {
		t.Error("X-PHOTO of 300 octets taken with a limit of 20")
	}
}

// What made other parsers overflow their stack, run for minutes or grow without
// bound: each text has to be answered at once, whatever the answer is. No clock is
// asked: with a square in the cost one of them would not end before the test's
// time is over.
func TestParseIsLinear(t *testing.T) {
	const size = 1 << 20
	fill := func(unit string) string { return strings.Repeat(unit, size/len(unit)) }
	tests := map[string]string{
		"nested BEGIN":            fill("BEGIN:A\n"),
		"nested and closed":       fill("BEGIN:A\n") + fill("END:A\n"),
		"one long parameter":      "BEGIN:A\nB;X=" + fill("y") + ":v\nEND:A\n",
		"one long quoted value":   "BEGIN:A\nB;X=\"" + fill("y") + "\":v\nEND:A\n",
		"many parameters":         "BEGIN:A\nATTACH" + fill(";X=y") + ":v\nEND:A\n",
		"many bare parameters":    "BEGIN:A\nATTACH" + fill(";y") + ":v\nEND:A\n",
		"many empty parameters":   "BEGIN:A\nATTACH" + fill(";") + ":v\nEND:A\n",
		"many open quotes":        "BEGIN:A\nATTACH" + fill(`;X="`) + ":v\nEND:A\n",
		"many parameter values":   "BEGIN:A\nATTACH;X=" + fill("y,") + ":v\nEND:A\n",
		"many carets":             "BEGIN:A\nATTACH;X=" + fill("^") + ":v\nEND:A\n",
		"no colon anywhere":       "BEGIN:A\nB:1\n" + fill("A;B=\n"),
		"folded without a colon":  "BEGIN:A\nB:1\nA;B=\n" + fill(" x\n"),
		"names folded for ever":   "BEGIN:A\nB:1\n" + fill("A\n A\n"),
		"empty folds":             "BEGIN:A\nPHOTO:\n" + fill(" \n") + "END:A\n",
		"folds of one octet":      "BEGIN:A\nPHOTO:\n" + fill(" x\n") + "END:A\n",
		"joined lines":            "BEGIN:A\nPHOTO:\n" + fill("x\n") + "END:A\n",
		"joined lines and blanks": "BEGIN:A\nPHOTO:\n" + fill("x\n\n\n\n") + "END:A\n",
		"blank lines":             "BEGIN:A\nB:1\n" + fill("\r\n") + "END:A\n",
		"blank lines and BEGIN":   "BEGIN:A\n" + fill("\r\n") + "x\n",
		"soft breaks":             "BEGIN:VCARD\nPHOTO;QUOTED-PRINTABLE:\n" + fill("=\n") + "END:VCARD\n",
		"one line":                fill("x"),
		"NUL":                     fill("\x00"),
		"CR":                      "BEGIN:A\nB:" + fill("\r") + "x\nEND:A\n",
		"CR and LF":               "BEGIN:A\nB:1" + fill("\rx\n"),
		"colons":                  fill(":\n"),
		"invalid UTF-8":           "BEGIN:A\nB:1\n" + fill("B:\xff\n"),
	}
	for name, src := range tests {
		t.Run(name, func(t *testing.T) {
			for _, parse := range []func([]byte, Limits) (*Doc, error){Parse, ParseV21} {
				d, _ := parse([]byte(src), Limits{})
				if d != nil && len(d.Repairs) > maxRepairs {
					t.Errorf("%d repairs", len(d.Repairs))
				}
			}
		})
	}
}

// checkSpans checks what Component and Property promise about their octets:
// properties and children follow each other without overlap, and only blank lines
// (outside of components: white space) lie between them.
func checkSpans(t *testing.T, d *Doc) {
	t.Helper()
	blank := func(from, to int) {
		if from > to || strings.Trim(d.Src[from:to], "\r\n \t") != "" {
			t.Fatalf("octets %d to %d of %q belong to nothing", from, to, d.Src)
		}
	}
	var comp func(c *Component) int
	comp = func(c *Component) int {
		type span struct{ start, end int }
		var spans []span
		for i := range c.Props {
			p := &c.Props[i]
			spans = append(spans, span{p.Start, p.End})
			if want := 1 + lineBreaksBefore(d.Src, p.Start); p.Line != want {
				t.Fatalf("property %s of %q: line %d, want %d", p.Name, d.Src, p.Line, want)
			}
		}
		for _, ch := range c.Children {
			spans = append(spans, span{ch.Start, comp(ch)})
		}
		slices.SortFunc(spans, func(a, b span) int { return a.start - b.start })
		pos := -1
		for _, s := range spans {
			if pos >= 0 {
				blank(pos, s.start)
			} else if !isFrame(d.Src[c.Start:]) && !strings.EqualFold(d.Src[c.Start:c.Start+5], "BEGIN") {
				t.Fatalf("component of %q begins at %d", d.Src, c.Start)
			}
			if s.end <= s.start {
				t.Fatalf("empty span in %q", d.Src)
			}
			pos = s.end
		}
		if pos >= 0 {
			blank(pos, c.BodyEnd)
		}
		if !strings.EqualFold(d.Src[c.BodyEnd:c.BodyEnd+1], "E") || c.End <= c.BodyEnd || c.Start >= c.BodyEnd {
			t.Fatalf("component %s of %q ends at %d and %d", c.Name, d.Src, c.BodyEnd, c.End)
		}
		return c.End
	}
	pos := 0
	if strings.HasPrefix(d.Src, "\ufeff") {
		pos = len("\ufeff")
	}
	for _, c := range d.Roots {
		blank(pos, c.Start)
		pos = comp(c)
	}
	blank(pos, len(d.Src))
}

// lineBreaksBefore counts as the parser does.
func lineBreaksBefore(src string, pos int) int {
	if !strings.Contains(src, "\n") {
		return strings.Count(src[:pos], "\r")
	}
	return strings.Count(src[:pos], "\n")
}
