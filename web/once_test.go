package web

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"almanac/store"
)

// TestWaitingTwice grants the same tokens from two accounts: each is picked up once,
// and neither account is left with entries that nobody can take.
func TestWaitingTwice(t *testing.T) {
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	w := newWaiting[string](time.Minute, 3)
	for i := range 10 {
		digest := digestOf(fmt.Sprint("token ", i))
		w.add(digest, 1, "of ann", now)
		w.add(digest, 2, "of bob", now)
		w.add(digest, 2, "of bob, again", now)
		if i%2 == 0 {
			continue // left to be pushed out by later ones
		}
		failed := errors.New("the store is away")
		for _, want := range []error{failed, nil} { // a failure leaves it there
			ok, err := w.use(digest, now, func(value string, home store.HomeID) error {
				if value != "of bob, again" || home != 2 {
					t.Errorf("%d: got %q of %d", i, value, home)
				}
				if ok, _ := w.use(digest, now, func(string, store.HomeID) error { return nil }); ok {
					t.Errorf("%d: used twice at once", i)
				}
				return want
			})
			if !ok || err != want {
				t.Errorf("%d: %v, %v", i, ok, err)
			}
		}
		if ok, _ := w.use(digest, now, func(string, store.HomeID) error { return nil }); ok {
			t.Errorf("%d: used twice", i)
		}
	}
	if len(w.homes[1]) != 0 || len(w.homes[2]) != len(w.items) || len(w.items) > 3 {
		t.Errorf("left: %d items, %v", len(w.items), map[store.HomeID]int{1: len(w.homes[1]), 2: len(w.homes[2])})
	}
}
