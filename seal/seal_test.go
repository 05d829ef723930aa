package seal

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestSealing: what was sealed opens until its time is over, for its purpose alone,
// and not when an octet of it was changed.
func TestSealing(t *testing.T) {
	s, err := NewRandom(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := NewRandom(rand.Reader)
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.String().Filter(func(s string) bool { return len(s) < 500 }).Draw(t, "value")
		now := time.Unix(rapid.Int64Range(0, 1<<32).Draw(t, "now"), 0)
		text, err := s.Seal("a", want, now.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		var got string
		if err := s.Open("a", text, now.Add(59*time.Second), &got); err != nil || got != want && strings.ToValidUTF8(want, "\ufffd") != got {
			t.Fatalf("%q, want %q: %v", got, want, err)
		}
		if len(want) > 8 && strings.Contains(text, want) {
			t.Fatalf("%q can be read in %q", want, text)
		}
		at := rapid.IntRange(0, len(text)-2).Draw(t, "at") // the last letter has bits without meaning
		changed := text[:at] + string(text[at]^1) + text[at+1:]
		for _, err := range []error{
			s.Open("a", text, now.Add(time.Minute), &got), s.Open("b", text, now, &got),
			other.Open("a", text, now, &got), s.Open("a", changed, now, &got), s.Open("a", text[:at], now, &got),
		} {
			if err != ErrSealed {
				t.Fatalf("opened: %v", err)
			}
		}
	})
}
