package vcard

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"almanac/contentline"
)

// card frames lines as a vCard.
func card(version string, lines ...string) []byte {
	return []byte("BEGIN:VCARD\r\nVERSION:" + version + "\r\n" + strings.Join(append(lines, ""), "\r\n") + "END:VCARD\r\n")
}

func TestParse(t *testing.T) {
	tests := []struct {
		src  string
		want string // version, UID, kind
	}{
		{string(card(V30, "UID: a1 ")), "3.0 a1 individual"},
		{string(card(V40, "UID:urn:uuid:1", "KIND:Group")), "4.0 urn:uuid:1 group"},
		{string(card(V30, "X-ADDRESSBOOKSERVER-KIND:group", "UID:", "UID:2")), "3.0 2 group"},
		{string(card(V40, "KIND:org")), "4.0  org"},
		{string(card(V21, "NOTE;QUOTED-PRINTABLE:a=", "UID:no=", "b", "UID:3")), "2.1 3 individual"},
		{"\ufeffbegin:vcard\nversion:2.1\nUID:4\nend:vcard", "2.1 4 individual"},
		{"BEGIN:VCARD\nNOTE;QUOTED-PRINTABLE:a=\nUID:b\nEND:VCARD\n", "  individual"},
		{"BEGIN:VCARD\rUID:5\rVERSION:3.0\rEND:VCARD\r", "3.0 5 individual"},
		{"BEGIN:VCALENDAR\nEND:VCALENDAR\nBEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n", "3.0  individual"},
	}
	for _, tt := range tests {
		c, err := Parse([]byte(tt.src))
		if err != nil {
			t.Errorf("%q: %v", tt.src, err)
			continue
		}
		if got := fmt.Sprintf("%s %s %s", c.Version, c.UID, c.Kind); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.src, got, tt.want)
		}
	}
	if _, err := Parse([]byte("BEGIN:VCALENDAR\nEND:VCALENDAR\n")); !errors.Is(err, ErrNoCard) {
		t.Errorf("calendar: %v", err)
	}
	var syntax *contentline.SyntaxError
	if _, err := Parse([]byte("BEGIN:VCARD\n")); !errors.As(err, &syntax) || syntax.Line != 1 {
		t.Errorf("open card: %v", err)
	}
}

func TestValidate(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"3.0", string(card(V30, "UID:1", "FN:a", "N:a")), ""},
		{"4.0 with LF and BOM", "\ufeff" + strings.ReplaceAll(string(card(V40, "UID:1", "FN:a")), "\r\n", "\n"), ""},
		{"no FN, unknown properties, odd lines", string(card(V30, "UID:1", "X-Y;a:1", "X_Z:2", "NOTE:a", "b")), ""},
		{"same UID twice", string(card(V30, "UID:1", "UID:1")), ""},
		{"character split by folding", string(card(V30, "UID:1", "FN:\xc3\r\n \xa4")), ""},
		{"2.1", string(card(V21, "UID:1")), "supported-address-data: line 2: VERSION \"2.1\", only 3.0 and 4.0 are taken"},
		{"5.0", string(card("5.0", "UID:1")), "supported-address-data: line 2: VERSION \"5.0\", only 3.0 and 4.0 are taken"},
		{"calendar", "BEGIN:VCALENDAR\nEND:VCALENDAR\n", "supported-address-data: no VCARD component"},
		{"empty", "", "supported-address-data: no VCARD component"},
		{"no text at all", "{}", "valid-address-data: line 1: line without a colon after a property name"},
		{"no VERSION", "BEGIN:VCARD\nUID:1\nEND:VCARD\n", "valid-address-data: line 1: no VERSION property"},
		{"no UID", string(card(V30, "FN:a")), "valid-address-data: line 1: no UID property"},
		{"empty UID", string(card(V30, "UID: ")), "valid-address-data: line 1: no UID property"},
		{"two UIDs", string(card(V30, "UID:1", "UID:2")), "valid-address-data: line 4: second UID property"},
		{"two VERSIONs", string(card(V30, "VERSION:3.0", "UID:2")), "valid-address-data: line 3: second VERSION property"},
		{"two cards", string(card(V30, "UID:1")) + string(card(V30, "UID:2")), "valid-address-data: line 5: more than one component: VCARD"},
		{"a calendar too", string(card(V30, "UID:1")) + "BEGIN:VCALENDAR\nEND:VCALENDAR\n", "valid-address-data: line 5: more than one component: VCALENDAR"},
		{"no UTF-8", string(card(V30, "UID:1", "FN:\xe4")), "valid-address-data: line 4: invalid UTF-8"},
		{"open", "BEGIN:VCARD\nUID:1\n", "valid-address-data: line 1: BEGIN:VCARD without END"},
		{"too large", string(card(V30, "UID:1", "NOTE:"+strings.Repeat("x", 200))), "max-resource-size: vCard of 251 octets, at most 200 are taken"},
	}
	for _, tt := range tests {
		got := ""
		c, err := Validate([]byte(tt.src), 200)
		var invalid *Invalid
		if errors.As(err, &invalid) {
			got = invalid.Precondition + ": " + err.Error()
		}
		if got != tt.want || (err == nil) != (c != nil) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	if _, err := Validate(card(V30, "UID:1", "NOTE:"+strings.Repeat("x", 200)), 0); err != nil {
		t.Errorf("without a limit: %v", err)
	}
}

func TestWithUID(t *testing.T) {
	tests := []struct{ src, want string }{
		{"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:a\r\n b\r\nEND:VCARD\r\n", "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:a\r\n b\r\nUID:u\\,1\r\nEND:VCARD\r\n"},
		{"BEGIN:VCARD\nVERSION:3.0\nUID:\nFN:a\nEND:VCARD", "BEGIN:VCARD\nVERSION:3.0\nUID:u\\,1\nFN:a\nEND:VCARD"},
		{"BEGIN:VCARD\nUID:x\nEND:VCARD\n", "BEGIN:VCARD\nUID:x\nEND:VCARD\n"},
		{"BEGIN:VCARD\n", "BEGIN:VCARD\n"},
	}
	for _, tt := range tests {
		if got := string(WithUID([]byte(tt.src), "u,1")); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.src, got, tt.want)
		}
	}
}

func TestGenerateUID(t *testing.T) {
	got := GenerateUID([16]byte{0, 1, 2, 3, 4, 5, 0xff, 7, 0xff, 9, 10, 11, 12, 13, 14, 15})
	if want := "00010203-0405-4f07-bf09-0a0b0c0d0e0f"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(GenerateUID([16]byte{})) {
		t.Error("not a UUID of version 4")
	}
}

func TestSummary(t *testing.T) {
	tests := []struct {
		lines []string
		want  string
	}{
		{[]string{`FN:Doe\, Ann\nMarie`, "N:x"}, "Doe, Ann Marie"},
		{[]string{"FN: ", "N:Doe;Ann;Marie,Eve;Dr.;jr."}, "Dr. Ann Marie Eve Doe jr."},
		{[]string{"N:;;;;", "ORG:Example;Garden"}, "Example, Garden"},
		{[]string{"EMAIL:a@example.org", "TEL:1"}, "a@example.org"},
		{[]string{"UID:1"}, "1"},
		{nil, "unnamed card"},
		{[]string{"FN:" + strings.Repeat("ä", 101)}, strings.Repeat("ä", 100) + "..."},
	}
	for _, tt := range tests {
		c, err := Parse(card(V30, tt.lines...))
		if err != nil {
			t.Fatal(err)
		}
		if got := Summary(c); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.lines, got, tt.want)
		}
	}
}

func TestSelect(t *testing.T) {
	src := string(card(V30, "UID:1", "item1.TEL;TYPE=home,", " work:+1", "item2.TEL;TYPE=x:2", "FN:a", "N:a", "item1.X-ABLabel:l", "NOTE:n"))
	c, err := Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	const frame = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\n%sEND:VCARD\r\n"
	tests := []struct {
		props []PropSel
		want  string
	}{
		{nil, "FN:a\r\nN:a\r\n"},
		{[]PropSel{{Name: "tel"}}, "item1.TEL;TYPE=home,\r\n work:+1\r\nitem2.TEL;TYPE=x:2\r\nFN:a\r\nN:a\r\n"},
		{[]PropSel{{Name: "ITEM1.TEL"}, {Name: "item1.x-ablabel"}}, "item1.TEL;TYPE=home,\r\n work:+1\r\nFN:a\r\nN:a\r\nitem1.X-ABLabel:l\r\n"},
		{[]PropSel{{Name: "TEL", NoValue: true}, {Name: "item2.TEL"}}, "item1.TEL;TYPE=home,work:\r\nitem2.TEL;TYPE=x:2\r\nFN:a\r\nN:a\r\n"},
		{[]PropSel{{Name: "FN", NoValue: true}, {Name: "VERSION", NoValue: true}, {Name: "X-NONE"}}, "FN:\r\nN:a\r\n"},
	}
	for _, tt := range tests {
		want := fmt.Sprintf(frame, tt.want)
		if got := string(Select(c, tt.props, false)); got != want {
			t.Errorf("%v:\ngot  %q\nwant %q", tt.props, got, want)
		}
	}
	if got := string(Select(c, nil, true)); got != src {
		t.Errorf("allprop: %q", got)
	}
}
