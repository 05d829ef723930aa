package sync

import (
	"testing"

	"pgregory.net/rapid"
)

func TestTokenText(t *testing.T) {
	tok := Token{Epoch: "k3f9", Coll: 37, Rev: 1000}
	const want = "urn:almanac:sync:k3f9:11:rs"
	if got := tok.String(); got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

func TestTokenRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tok := Token{
			Epoch: rapid.StringMatching(`[a-z0-9]{1,20}`).Draw(t, "epoch"),
			Coll:  rapid.Uint64().Draw(t, "coll"),
			Rev:   rapid.Uint64().Draw(t, "rev"),
		}
		got, err := ParseToken(tok.String())
		if err != nil || got != tok {
			t.Fatalf("ParseToken(%q) = %+v, %v", tok.String(), got, err)
		}
	})
}

func TestParseTokenRefusesOtherTexts(t *testing.T) {
	for _, s := range []string{
		"urn:almanac:sync:",
		"urn:almanac:sync:e:1",
		"urn:almanac:sync::1:1",
		"urn:almanac:sync:e:1:",
		"urn:almanac:sync:e:1:1:1",
		"urn:almanac:sync:e:01:1",
		"urn:almanac:sync:e:1:A",
		"urn:almanac:sync:e:-1:1",
		"urn:almanac:sync:e:1:1zzzzzzzzzzzzzzzz",
		"http://example.com/ns/sync/7",
		"7",
	} {
		if got, err := ParseToken(s); err != ErrToken {
			t.Errorf("ParseToken(%q) = %+v, %v; want ErrToken", s, got, err)
		}
	}
}

func TestSince(t *testing.T) {
	now := Token{Epoch: "new", Coll: 5, Rev: 20}
	// The store was restored when collection 5 was at revision 12.
	lineage := func(epoch string, rev uint64) bool { return epoch == "old" && rev <= 12 }
	for _, c := range []struct {
		name  string
		token string
		want  uint64
		err   error
	}{
		{"no token", "", 0, nil},
		{"the present", now.String(), 20, nil},
		{"the past", Token{"new", 5, 3}.String(), 3, nil},
		{"the empty collection", Token{"new", 5, 0}.String(), 0, nil},
		{"the future", Token{"new", 5, 21}.String(), 0, ErrToken},
		{"another collection", Token{"new", 6, 3}.String(), 0, ErrToken},
		{"before the restored backup was made", Token{"old", 5, 12}.String(), 12, nil},
		{"rolled back by the restore", Token{"old", 5, 13}.String(), 0, ErrToken},
		{"an unknown history", Token{"other", 5, 3}.String(), 0, ErrToken},
		{"another server's", "http://example.com/sync/3", 0, ErrToken},
	} {
		got, err := Since(c.token, now, lineage)
		if got != c.want || err != c.err {
			t.Errorf("%s: got %d, %v; want %d, %v", c.name, got, err, c.want, c.err)
		}
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add("urn:almanac:sync:k3f9:11:rs")
	f.Add("urn:almanac:sync:::")
	f.Fuzz(func(t *testing.T, s string) {
		tok, err := ParseToken(s)
		if err == nil && tok.String() != s {
			t.Fatalf("ParseToken(%q) prints as %q", s, tok)
		}
	})
}
