package merge

import (
	"strings"
	"testing"

	"almanac/vcard"
)

// crlf gives a text the line breaks of a card.
func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

const mine = `BEGIN:VCARD
VERSION:3.0
UID:mine@example.org
N:Keller;Anna;;;
FN:Anna Keller
TEL;TYPE=CELL:079 123 45 67
EMAIL;TYPE=HOME:anna@example.org
EMAIL;TYPE=HOME:ANNA@example.org
BDAY:1981-03-09
CATEGORIES:Freunde
NOTE:Schlüssel beim Nachbarn
END:VCARD
`

const other = `BEGIN:VCARD
VERSION:3.0
UID:other@example.org
N:Keller-Muster;Anna;;;
FN:Anna Keller-Muster
TEL;TYPE=WORK:+41 79 123 45 67
TEL:+41 44 999 88 77
BDAY:1981-03-10
CATEGORIES:Steuern
item1.URL:https://example.org
item1.X-ABLabel:Blog
NOTE:Kennt sich aus
END:VCARD
`

// merged is mine and other.
const merged = `BEGIN:VCARD
VERSION:3.0
UID:mine@example.org
N:Keller;Anna;;;
FN:Anna Keller
TEL;TYPE=CELL,WORK:+41 79 123 45 67
TEL:+41 44 999 88 77
EMAIL;TYPE=HOME:anna@example.org
BDAY:1981-03-09
CATEGORIES:Freunde,Steuern
NOTE:Schlüssel beim Nachbarn\n\nKennt sich aus\nBirthday: 1981-03-10
NICKNAME:Anna Keller-Muster
X-ALMANAC-N:Keller-Muster;Anna;;;
item1.URL:https://example.org
item1.X-ABLabel:Blog
END:VCARD
`

// TestUnmergeAfterEdits: what each edit of the merged card leaves of it.
func TestUnmergeAfterEdits(t *testing.T) {
	got, _, err := Merge([]byte(crlf(mine)), [][]byte{[]byte(crlf(other))}, Options{})
	if err != nil || string(got) != crlf(merged) {
		t.Fatalf("%v\n%s", err, got)
	}
	for name, c := range map[string]struct {
		now  func(merged string) string
		want func(mine string) string
	}{
		"a new line":                      {replaced("END:VCARD", "URL:https://new.example.org\nEND:VCARD"), replaced("END:VCARD", "URL:https://new.example.org\nEND:VCARD")},
		"a line of the reference removed": {replaced("BDAY:1981-03-09\n", ""), replaced("BDAY:1981-03-09\n", "")},
		"a line of the reference changed": {replaced("BDAY:1981-03-09", "BDAY:1981-03-19"), replaced("BDAY:1981-03-09", "BDAY:1981-03-19")},
		"an added line removed":           {replaced("TEL:+41 44 999 88 77\n", ""), same},
		"an added line changed":           {replaced("+41 44 999 88 77", "+41 44 999 88 00"), replaced("EMAIL", "TEL:+41 44 999 88 00\nEMAIL")},
		"a number got a type":             {replaced("TYPE=CELL,WORK", "TYPE=CELL,WORK,TEXT"), replaced("TYPE=CELL", "TYPE=CELL,TEXT")},
		"the note got a line at its end":  {replaced("1981-03-10\n", "1981-03-10\\nNeu\n"), replaced("Nachbarn\n", "Nachbarn\\nNeu\n")},
		"the note got a line before":      {replaced("NOTE:", "NOTE:Neu\\n"), replaced("NOTE:", "NOTE:Neu\\n")},
		"a line of the note removed":      {replaced("\\nBirthday: 1981-03-10", ""), same},
		"a category added":                {replaced("Freunde,Steuern", "Freunde,Steuern,Neu"), replaced("Freunde", "Freunde,Neu")},
		"a category removed":              {replaced("Freunde,Steuern", "Steuern"), replaced("CATEGORIES:Freunde\n", "")},
		"written anew by a program": {func(s string) string {
			s = strings.NewReplacer("TEL;TYPE=CELL,WORK", "TEL;type=WORK;type=CELL", "item1.", "item9.", "EMAIL;TYPE=HOME", "EMAIL;type=HOME").Replace(s)
			return replaced("NICKNAME:Anna Keller-Muster\n", "")(replaced("END:", "NICKNAME:Anna Keller-Muster\nEND:")(s))
		}, replaced("EMAIL;TYPE=HOME:anna", "EMAIL;type=HOME:anna")},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := Unmerge([]byte(crlf(mine)), []byte(crlf(merged)), []byte(crlf(c.now(merged))), nil)
			if err != nil {
				t.Fatal(err)
			}
			if want := crlf(c.want(mine)); !sameLines(string(got), want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func same(s string) string { return s }

func replaced(old, by string) func(string) string {
	return func(s string) string {
		out := strings.Replace(s, old, by, 1)
		if out == s {
			panic("nothing to replace by " + by)
		}
		return out
	}
}

// TestUnmergeOtherVersion: a client has stored the merged card in 4.0 and added to it.
func TestUnmergeOtherVersion(t *testing.T) {
	now, err := vcard.Convert([]byte(crlf(merged)), vcard.V40)
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(now), "END:VCARD", "LANG:de\r\nEND:VCARD", 1)
	got, _, err := Unmerge([]byte(crlf(mine)), []byte(crlf(merged)), []byte(edited), nil)
	if err != nil {
		t.Fatal(err)
	}
	want, err := vcard.Convert([]byte(crlf(mine)), vcard.V40)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Replace(string(want), "END:VCARD", "LANG:de\r\nEND:VCARD", 1); !sameLines(string(got), want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestRelink: links follow a merge.
func TestRelink(t *testing.T) {
	renamed := map[string]string{"urn:uuid:AAAA": "bbbb", "cccc": "urn:uuid:dddd", "dddd": "eeee", "loop1": "loop2", "loop2": "loop1"}
	for _, c := range []struct{ name, card, want string }{
		{"no link", "FN:a\n", "FN:a\n"},
		{"member", "MEMBER:urn:uuid:aaaa\nMEMBER:urn:uuid:other\n", "MEMBER:urn:uuid:bbbb\nMEMBER:urn:uuid:other\n"},
		{"Apple's member", "X-AddressBookServer-Member:urn:uuid:AAAA\n", "X-AddressBookServer-Member:urn:uuid:bbbb\n"},
		{"already a member", "MEMBER:urn:uuid:aaaa\nMEMBER:urn:uuid:bbbb\n", "MEMBER:urn:uuid:bbbb\n"},
		{"two of one", "MEMBER:urn:uuid:cccc\nMEMBER:urn:uuid:dddd\n", "MEMBER:urn:uuid:eeee\n"},
		{"a UID that is no URN", "MEMBER:aaaa\n", "MEMBER:bbbb\n"},
		{"a circle", "MEMBER:loop1\n", "MEMBER:loop2\n"},
		{"relation", "RELATED;TYPE=spouse:urn:uuid:aaaa\n", "RELATED;TYPE=spouse:urn:uuid:bbbb\n"},
		{"two relations", "RELATED;TYPE=spouse:urn:uuid:aaaa\nRELATED;TYPE=friend:urn:uuid:bbbb\n", "RELATED;TYPE=spouse:urn:uuid:bbbb\nRELATED;TYPE=friend:urn:uuid:bbbb\n"},
		{"relation to itself", "UID:bbbb\nitem1.RELATED:urn:uuid:aaaa\nitem1.X-ABLabel:l\n", "UID:bbbb\n"},
		{"a name", "RELATED;VALUE=text:aaaa\n", "RELATED;VALUE=text:aaaa\n"},
	} {
		frame := func(lines string) string { return crlf("BEGIN:VCARD\nVERSION:4.0\n" + lines + "END:VCARD\n") }
		got, err := Relink([]byte(frame(c.card)), renamed)
		if err != nil || string(got) != frame(c.want) {
			t.Errorf("%s: %v\n%s", c.name, err, got)
		}
	}
}
