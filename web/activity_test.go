package web_test

import (
	"net/url"
	"testing"

	"almanac/account"
)

// TestZone: moments are told in the zone that the person chose.
func TestZone(t *testing.T) {
	s := newSite(t, nil)
	b := s.signIn("ann")
	b.get("/account/devices").has(t, " UTC</time>")
	if err := account.SetPreferences(t.Context(), s.store, s.home("ann").ID, "test", s.now(), account.Preferences{Timezone: "Europe/Zurich"}); err != nil {
		t.Fatal(err)
	}
	b.get("/account/devices").has(t, " CET</time>")
	b.post("/account/security/password", url.Values{"current": {passwordOf("ann")}, "new": {"a longer password"}})
	b.get("/account/activity").has(t, " CET</time>")
}
