package synth

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"almanac/vcard"
)

// TestBooks: a seed gives one book, each card of it can be read, and everything
// that can be left out occurs.
func TestBooks(t *testing.T) {
	o := Options{Seed: 5, Cards: 8000, Doubles: 1, Languages: Languages()}
	b := Make(o)
	if d := cmp.Diff(b, Make(o)); d != "" {
		t.Fatal(d)
	}
	tags := map[string]int{}
	for _, c := range b.Cards {
		text := []byte(c.VCard)
		if vcard.VersionOf(text) == vcard.V21 {
			up, err := vcard.Upgrade(text)
			if err != nil {
				t.Fatalf("%v\n%s", err, c.VCard)
			}
			text = up
		}
		if _, err := vcard.Parse(text); err != nil {
			t.Fatalf("%v\n%s", err, c.VCard)
		}
		for _, tag := range c.Tags {
			tags[tag]++
		}
	}
	for _, d := range Damages() {
		if tags[d] == 0 {
			t.Errorf("no card has the damage %q", d)
		}
	}
	kinds := map[string]bool{}
	for _, h := range b.Hard {
		kinds[h.Kind] = true
	}
	for _, k := range []string{"household", "father-son", "twins", "siblings", "namesakes", "colleagues", "company-person", "branches", "joint-card",
		"recycled-number", "first-name-only", "same-mailbox-name", "practice"} {
		if !kinds[k] {
			t.Errorf("nobody looks like another by %q", k)
		}
	}
}
