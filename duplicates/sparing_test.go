package duplicates

import (
	"runtime/debug"
	"testing"
)

// TestSpare: the collector's rate is what it was when the last search has ended, and
// never more than it was.
func TestSpare(t *testing.T) {
	rate := func() int {
		r := debug.SetGCPercent(100)
		debug.SetGCPercent(r)
		return r
	}
	for usual, meanwhile := range map[int]int{100: sparingRate, 400: sparingRate, 20: 20, -1: -1} {
		was := debug.SetGCPercent(usual)
		small := spare(sparingOf - 1)
		if got := rate(); got != usual {
			t.Errorf("%d: a small search made it %d", usual, got)
		}
		one, two := spare(sparingOf), spare(10*sparingOf)
		one()
		small()
		if got := rate(); got != meanwhile {
			t.Errorf("%d: %d during a search, not %d", usual, got, meanwhile)
		}
		two()
		if got := rate(); got != usual {
			t.Errorf("%d: %d after all searches", usual, got)
		}
		debug.SetGCPercent(was)
	}
}
