package web_test

import (
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
	for _, path := range []string{"/account/devices", "/account/activity"} {
		b.get(path).has(t, " CET</time>")
	}
}
