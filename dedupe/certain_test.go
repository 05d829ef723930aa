package dedupe_test

import (
	"strings"
	"testing"

	"almanac/dedupe"
)

// TestCertain: what may be merged unseen, and what looks like it.
func TestCertain(t *testing.T) {
	const home = "TEL;TYPE=HOME:+41 44 000 00 01|ADR:;;Sample Lane 1;Zug;;6300;CH"
	const cell = "TEL;TYPE=CELL:+41 79 000 00 01"
	for _, c := range []struct {
		what, a, b string
		certain    bool
	}{
		{"one name and mobile number", "N:Sample;Peter;;;|" + cell, "N:Sample;Peter;;;|TEL:079 000 00 01", true},
		{"a mailbox of the same name", "N:Sample;Peter;;;|EMAIL:peter.sample@example.org|" + cell, "FN:peter.sample@example.org|EMAIL:peter.sample@example.org", true},
		{"spouses with one mobile number", "N:Sample;Peter;;;|" + cell + "|" + home, "N:Sample;Anna;;;|" + cell + "|" + home, false},
		{"twins with one initial", "N:Sample;Marco;;;|BDAY:1975-06-27|" + home, "N:Sample;M.;;;|BDAY:1975-06-27|" + home, false},
		{"a father and a son", "N:Sample;Peter;;;|BDAY:1950-01-02|" + home, "N:Sample;Peter;;;|BDAY:1981-03-04|" + home, false},
		{"a father and a son with one mobile number", "N:Sample;Peter;;;|BDAY:1950-01-02|" + cell + "|" + home, "N:Sample;Peter;;;|BDAY:1981-03-04|" + cell + "|" + home, false},
		{"birthdays a day apart", "N:Sample;Zoe;;;|BDAY:1981-03-14|EMAIL:zoe@example.com|" + cell, "N:Sample;Zoe;;;|BDAY:1981-03-15|EMAIL:zoe@example.org|" + cell, false},
		{"birthdays a day apart, and all else the same", "N:Sample;Zoe;;;|BDAY:1981-03-14|" + cell + "|" + home, "N:Sample;Zoe;;;|BDAY:1981-03-15|" + cell + "|" + home, true},
		{"birthdays a day apart at one telephone at home", "N:Sample;Zoe;;;|BDAY:1981-03-14|" + home, "N:Sample;Zoe;;;|BDAY:1981-03-15|" + home, false},
		{"two on one card", "N:Sample;Anna;;;|" + cell, "FN:Anna and Peter Sample|" + cell, false},
	} {
		recs := texts(1000)
		recs = append(recs, card(c.a), card(c.b))
		read := records(t, recs)
		n := len(read)
		var counts dedupe.Counts
		for _, r := range read {
			counts.Add(r)
		}
		x := dedupe.Compare(read[n-2], read[n-1], &counts)
		if got := x.Certain(x.Score()); got != c.certain {
			t.Errorf("%s: certain is %v at %.4f: %s", c.what, got, x.Score(), strings.Join(x.Reasons(), ", "))
		}
		for _, g := range dedupe.Find(read, dedupe.Options{}) {
			for _, p := range g.Pairs {
				if g.Members[p.A] == n-2 && g.Members[p.B] == n-1 && p.Auto != c.certain {
					t.Errorf("%s: in its group the pair is certain: %v", c.what, p.Auto)
				}
			}
		}
	}
}

// card is a card of some lines.
func card(lines string) string {
	fn := ""
	if !strings.HasPrefix(lines, "FN:") {
		n, _, _ := strings.Cut(lines, "|")
		parts := strings.Split(strings.TrimPrefix(n, "N:"), ";")
		fn = "|FN:" + parts[1] + " " + parts[0]
	}
	return strings.ReplaceAll("BEGIN:VCARD|VERSION:3.0|"+lines+fn+"|END:VCARD|", "|", "\r\n")
}
