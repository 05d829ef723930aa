package dedupe

import (
	"fmt"
	"testing"
)

// TestHostileBooks: however alike the cards, each is compared with a bounded number
// of others, and what several keys agree on is found all the same.
func TestHostileBooks(t *testing.T) {
	const n = 3000
	for name, card := range map[string]func(i int) string{
		"one name":   func(i int) string { return fmt.Sprintf("FN:Anna Example\r\nTEL:+4179%07d", i) },
		"one number": func(i int) string { return fmt.Sprintf("N:Name%d;G%d;;;\r\nFN:x\r\nTEL:+41791234567", i*7919, i) },
		"one name and number": func(i int) string {
			return fmt.Sprintf("FN:Anna Example\r\nTEL:+41791234567\r\nEMAIL:a%d@example.org", i)
		},
		"all the same": func(i int) string {
			return "FN:Anna Example\r\nTEL:+41791234567\r\nEMAIL:a@example.org\r\nBDAY:1970-01-01\r\nORG:Example"
		},
	} {
		t.Run(name, func(t *testing.T) {
			var recs []*Record
			for i := range n {
				rec, err := Read([]byte("BEGIN:VCARD\r\nVERSION:3.0\r\n"+card(i%(n-1))+"\r\nEND:VCARD\r\n"), "CH")
				if err != nil {
					t.Fatal(err)
				}
				recs = append(recs, rec)
			}
			pairs := candidates(recs)
			if len(pairs) > n*60 {
				t.Errorf("%d pairs of %d cards", len(pairs), n)
			}
			found := false
			for _, p := range pairs {
				found = found || p == pairOf(0, n-1)
			}
			if !found && name != "all the same" {
				t.Error("the two equal cards are not compared")
			}
			Find(recs, Options{})
		})
	}
}
