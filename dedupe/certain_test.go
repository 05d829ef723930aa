package dedupe_test

import (
	"slices"
	"strings"
	"testing"

	"almanac/dedupe"
)

// TestCertain: what may be merged unseen, and what looks like it.
func TestCertain(t *testing.T) {
	const home = "TEL;TYPE=HOME:+41 44 000 00 01|ADR:;;Sample Lane 1;Zug;;6300;CH"
	const phone = "TEL;TYPE=HOME:+41 44 000 00 01"
	const cell = "TEL;TYPE=CELL:+41 79 000 00 01"
	others := records(t, texts(1000))
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
		{"birthdays a day apart at one address", "N:Sample;Zoe;;;|BDAY:1981-03-14|" + home, "N:Sample;Zoe;;;|BDAY:1981-03-15|" + home, true},
		{"birthdays a day apart at one telephone alone", "N:Sample;Zoe;;;|BDAY:1981-03-14|" + phone, "N:Sample;Zoe;;;|BDAY:1981-03-15|" + phone, false},
		{"twins of a name alike, one at midnight", "N:Sample;Jana;;;|BDAY:1981-03-14|" + home, "N:Sample;Jane;;;|BDAY:1981-03-15|" + home, false},
		{"a digit that makes a father and a son", "N:Sample;Zoe;;;|BDAY:1951-03-14|" + home, "N:Sample;Zoe;;;|BDAY:1981-03-14|" + home, false},
		{"another job", "N:Sample;Peter;;;|" + cell + "|EMAIL:peter@example.com|ORG:Alpha", "N:Sample;Peter;;;|" + cell + "|EMAIL:sample77@example.net|ORG:Beta", true},
		{"a namesake at another job", "N:Sample;Peter;;;|" + phone + "|EMAIL:peter@example.com|ORG:Alpha", "N:Sample;Peter;;;|" + phone + "|EMAIL:sample77@example.net|ORG:Beta", false},
		{"a number misread", "N:Sample;Peter;;;|" + cell, "N:Sample;Peter;;;|TEL:079 000 90 01|NICKNAME:Pit", true},
		{"two digits exchanged", "N:Sample;Peter;;;|TEL;TYPE=CELL:+41 79 123 45 67", "N:Sample;Peter;;;|TEL;TYPE=CELL:079 123 54 67|NICKNAME:Pit", true},
		{"numbers in a row", "N:Sample;Peter;;;|" + cell, "N:Sample;Peter;;;|TEL:079 000 00 02|NICKNAME:Pit", false},
		{"a mailbox mistyped", "N:Sample;Peter;;;|EMAIL:peter.sample@example.org", "N:Sample;Peter;;;|EMAIL:petr.sample@example.org|TITLE:Cook", true},
		{"an initial before the family's name", "N:Sample;Peter;;;|EMAIL:psample@example.org", "N:Sample;Peter;;;|EMAIL:sample@example.org|TITLE:Cook", false},
		{"mailboxes with other digits", "N:Sample;Peter;;;|EMAIL:peter.sample1@example.org", "N:Sample;Peter;;;|EMAIL:peter.sample2@example.org|TITLE:Cook", false},
		{"a card named for its mailbox", "N:Sample;Peter;;;|EMAIL:peter.sample@example.org|" + cell, "N:;;;;|FN:peter.sample|EMAIL:peter.sample@example.org", true},
		{"a card named for the mailbox of the family", "N:Sample;Peter;;;|EMAIL:sample77@example.org|" + cell, "N:;;;;|FN:sample77|EMAIL:sample77@example.org", false},
		{"another family name since", "N:Sample;Sophie;;;|BDAY:1969-05-27|" + home, "N:Muster;Sophie;;;|BDAY:1969-05-27|" + home, true},
		{"another family name, and no birthday", "N:Sample;Sophie;;;|BDAY:1969-05-27|ADR:;;Sample Lane 1;Zug;;6300;CH", "N:Muster;Sophie;;;|ADR:;;Sample Lane 1;Zug;;6300;CH", false},
		{"a SIM card that cuts the family name", "N:Sampleworthy;Peter;;;|" + phone, "FN:Peter Samplewor|TEL:044 000 00 01", true},
		{"a SIM card that cuts the given name", "N:Sampleworth;Alexandra;;;|" + phone, "FN:Sampleworth Alexand|TEL:044 000 00 01", false},
		{"a SIM card that cuts a company", "FN:Meridian Instruments|ORG:Meridian Instruments|TEL;TYPE=WORK:+41 44 000 00 09", "FN:Meridian Instr|TEL:044 000 00 09", true},
		{"a company and who it is named for", "FN:Peter Sample AG|ORG:Peter Sample AG|TEL;TYPE=WORK:+41 44 000 00 09", "FN:Peter Sample|TEL:044 000 00 09", false},
		{"a company in two legal forms", "FN:Meridian Instruments GmbH|ORG:Meridian Instruments GmbH|EMAIL:info@example.org", "FN:Meridian Instruments AG|ORG:Meridian Instruments AG|EMAIL:info@example.org", false},
		{"a number that somebody else has now", "N:Wong;Na;;;|" + cell + "|EMAIL:na3155@example.com", "N:Yang;Na;;;|" + cell + "|EMAIL:yang1985@example.org", false},
		{"a mailbox of the family", "N:Sample;Peter;;;|EMAIL:familie.sample7@example.org|" + cell, "N:Sample;Peter;;;|EMAIL:familiesample7@example.org|TEL;TYPE=CELL:+41 78 111 11 11", false},
		{"two on one card", "N:Sample;Anna;;;|" + cell, "FN:Anna and Peter Sample|" + cell, false},
	} {
		read := slices.Concat(others, records(t, []string{card(c.a), card(c.b)}))
		n := len(read)
		var counts dedupe.Counts
		for _, r := range read {
			counts.Add(r)
		}
		x := dedupe.Compare(read[n-2], read[n-1], &counts)
		if got := x.Certain(x.Score()); got != c.certain {
			from, rule := x.Bar()
			t.Errorf("%s: certain is %v at %.4f of %.4f by %s: %s", c.what, got, x.Score(), from, rule, strings.Join(x.Reasons(), ", "))
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
