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
			View:  rapid.StringMatching(`[a-z]{0,3}`).Draw(t, "view"),
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
		"urn:almanac:sync:e:1:1:",
		"urn:almanac:sync:e:1:1:b:",
		"urn:almanac:sync:e:1:1:B",
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
		{"the past", Token{Epoch: "new", Coll: 5, Rev: 3}.String(), 3, nil},
		{"the empty collection", Token{Epoch: "new", Coll: 5, Rev: 0}.String(), 0, nil},
		{"the future", Token{Epoch: "new", Coll: 5, Rev: 21}.String(), 0, ErrToken},
		{"another collection", Token{Epoch: "new", Coll: 6, Rev: 3}.String(), 0, ErrToken},
		{"before the restored backup was made", Token{Epoch: "old", Coll: 5, Rev: 12}.String(), 12, nil},
		{"rolled back by the restore", Token{Epoch: "old", Coll: 5, Rev: 13}.String(), 0, ErrToken},
		{"an unknown history", Token{Epoch: "other", Coll: 5, Rev: 3}.String(), 0, ErrToken},
		{"who saw another part", Token{Epoch: "new", Coll: 5, Rev: 3, View: "b"}.String(), 0, ErrToken},
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
