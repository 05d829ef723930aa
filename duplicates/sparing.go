package duplicates

import (
	"runtime/debug"
	"sync"
)

// A search of a large book holds some 1.5 KiB for each card, and would have the
// collector leave as much again lying about. sparingOf cards on, it runs oftener
// meanwhile, which costs a few hundredths of the search's time and saves a third of
// its memory.
const (
	sparingOf   = 20_000
	sparingRate = 40 // percent, see debug.SetGCPercent
)

var sparing struct {
	sync.Mutex
	searches int
	usual    int // the rate when there is none
}

// spare keeps what a search of so many cards takes down, until end is called.
func spare(cards int) (end func()) {
	if cards < sparingOf {
		return func() {}
	}
	sparing.Lock()
	defer sparing.Unlock()
	if sparing.searches++; sparing.searches == 1 {
		sparing.usual = debug.SetGCPercent(sparingRate)
		if sparing.usual < sparingRate {
			debug.SetGCPercent(sparing.usual) // somebody wants less still, or none collected
		}
	}
	return func() {
		sparing.Lock()
		defer sparing.Unlock()
		if sparing.searches--; sparing.searches == 0 {
			debug.SetGCPercent(sparing.usual)
		}
	}
}
