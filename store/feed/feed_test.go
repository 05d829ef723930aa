package feed

import (
	"context"
	"errors"
	"iter"
	"testing"

	"almanac/store"
)

// none is the listing of a store without collections.
func none(store.CollID) ([]store.Event, error) { return nil, nil }

func pull(t *testing.T, f *Feed, from store.Cursor, list func(store.CollID) ([]store.Event, error)) func() (store.Event, error, bool) {
	next, stop := iter.Pull2(f.Watch(t.Context(), from, list))
	t.Cleanup(stop)
	return next
}

func TestWhoIsTooFarBehindGetsTheListing(t *testing.T) {
	f := New(7)
	listed := 0
	list := func(after store.CollID) ([]store.Event, error) {
		listed++
		if after < 3 {
			return []store.Event{{Coll: after + 1}}, nil
		}
		return nil, nil
	}
	f.Publish(store.Event{Coll: 1})
	next := pull(t, f, f.last, list)
	for i := range capacity + 1 {
		f.Publish(store.Event{Coll: store.CollID(10 + i)})
	}
	var colls []store.CollID
	for range 3 {
		ev, err, ok := next()
		if err != nil || !ok {
			t.Fatal(err, ok)
		}
		colls = append(colls, ev.Coll)
	}
	if listed == 0 || colls[0] != 1 || colls[2] != 3 {
		t.Errorf("got %v, listed %d times", colls, listed)
	}
	if f.events.Len() != capacity || len(f.of) != capacity {
		t.Errorf("%d events are remembered", f.events.Len())
	}
}

func TestWhoLeavesTheListingGetsItAgain(t *testing.T) {
	f := New(7)
	list := func(after store.CollID) ([]store.Event, error) {
		if after == 0 {
			return []store.Event{{Coll: 1}, {Coll: 2}}, nil
		}
		return nil, nil
	}
	ev, _, _ := pull(t, f, 0, list)()
	again := pull(t, f, ev.Cursor, list)
	for want := range store.CollID(2) {
		if ev, _, _ = again(); ev.Coll != want+1 {
			t.Errorf("got collection %d, want %d", ev.Coll, want+1)
		}
	}
	f.Publish(store.Event{Coll: 5})
	if ev, _, _ := pull(t, f, ev.Cursor, list)(); ev.Coll != 5 {
		t.Errorf("got collection %d after the whole listing, want 5", ev.Coll)
	}
}

func TestAnErrorOfTheListingEndsTheWatch(t *testing.T) {
	want := errors.New("no listing")
	next := pull(t, New(7), 0, func(store.CollID) ([]store.Event, error) { return nil, want })
	if _, err, _ := next(); err != want {
		t.Errorf("error is %v, want %v", err, want)
	}
	if _, _, ok := next(); ok {
		t.Error("it goes on")
	}
}

func TestCursorsOfAnotherProcessAreForeign(t *testing.T) {
	a, b := New(7), New(8)
	a.Publish(store.Event{Coll: 1})
	for _, c := range []store.Cursor{0, 1, a.last, b.last + 1} {
		if b.known(c) {
			t.Errorf("cursor %d is known", c)
		}
	}
}

func TestWatchEndsWithItsContext(t *testing.T) {
	f := New(7)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range f.Watch(ctx, 0, none) {
			t.Error("an event")
		}
	}()
	cancel()
	<-done
	f.Close()
	if _, err, _ := pull(t, f, 0, none)(); !errors.Is(err, store.ErrClosed) {
		t.Errorf("error is %v, want %v", err, store.ErrClosed)
	}
}
