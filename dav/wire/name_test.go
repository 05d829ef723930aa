package wire

import "testing"

func TestKnownNamespaces(t *testing.T) {
	makers := []func(string) Name{D, C, Card, CalendarServer, AppleICal}
	for i, k := range known {
		if i < len(makers) {
			if got, want := makers[i]("x"), (Name{k.space, "x"}); got != want {
				t.Errorf("constructor %d makes %v, want %v", i, got, want)
			}
		}
		if got := knownIndex(k.space); got != i {
			t.Errorf("%s has index %d, want %d", k.space, got, i)
		}
	}
	for name, want := range map[Name]string{D("href"): "{DAV:}href", {Local: "NO"}: "NO"} {
		if got := name.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
