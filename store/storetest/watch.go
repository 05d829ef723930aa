package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"almanac/store"
)

// A watcher pulls events.
type watcher struct {
	e    *env
	next func() (store.Event, error, bool)
	stop func()
}

func (e *env) watch(from store.Cursor) *watcher {
	next, stop := iter.Pull2(e.s.Watch(e.ctx, from))
	e.Cleanup(stop)
	return &watcher{e, next, stop}
}

func (w *watcher) want(want store.Event) store.Cursor {
	w.e.Helper()
	ev, err, ok := w.next()
	if err != nil || !ok {
		w.e.Fatalf("watch: %v, %v", err, ok)
	}
	cursor := ev.Cursor
	ev.Cursor = 0
	w.e.same("event", ev, want)
	return cursor
}

var watchCases = []testCase{
	{"first yields every collection, then what changes", func(e *env) {
		home := e.home("ann")
		c, d, gone := e.calendar(home, "work"), e.book(home, "contacts"), e.calendar(home, "old")
		e.apply(home, store.DeleteCollection{Coll: gone})
		e.put(home, c, "a", "a", "1")
		w := e.watch(0)
		if cur := w.want(store.Event{Home: home, Coll: c, Rev: 1}); cur != 0 {
			e.Errorf("the listing is not complete, but its cursor is %d", cur)
		}
		at := w.want(store.Event{Home: home, Coll: d})
		e.put(home, c, "b", "b", "1")
		cur := w.want(store.Event{Home: home, Coll: c, Rev: 2})
		if cur <= at {
			e.Errorf("cursor %d after %d", cur, at)
		}
		e.apply(home, store.RenameCollection{Coll: d, Name: "people"})
		cur = w.want(store.Event{Home: home, Coll: d})
		e.apply(home, store.PatchProps{Target: store.OnCollection, Coll: d, Set: []store.Prop{prop("a", "1")}})
		w.want(store.Event{Home: home, Coll: d})
		e.apply(home, store.DeleteCollection{Coll: d})
		w.want(store.Event{Home: home, Coll: d, Gone: true})
		w.stop()

		again := e.watch(cur)
		again.want(store.Event{Home: home, Coll: d, Gone: true})
		e.apply(home, store.RestoreCollection{Coll: d})
		again.want(store.Event{Home: home, Coll: d})
		e.apply(home, store.DeleteHome{})
		got := make(map[store.CollID]bool)
		for range 3 {
			ev, err, _ := again.next()
			e.is(err, nil)
			got[ev.Coll] = ev.Gone
		}
		e.same("gone", got, map[store.CollID]bool{c: true, d: true, gone: true})
	}},
	{"coalesces the events of one collection", func(e *env) {
		home := e.home("ann")
		c, d := e.calendar(home, "work"), e.calendar(home, "play")
		w := e.watch(0)
		w.want(store.Event{Home: home, Coll: c})
		w.want(store.Event{Home: home, Coll: d})
		for i := range 9 {
			e.put(home, c, "a", "a", fmt.Sprint(i))
		}
		e.put(home, d, "a", "a", "1")
		w.want(store.Event{Home: home, Coll: c, Rev: 9})
		w.want(store.Event{Home: home, Coll: d, Rev: 1})
	}},
	{"of a foreign cursor begins again", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		w := e.watch(12345)
		w.want(store.Event{Home: home, Coll: c})
	}},
	{"wakes who waits", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		w := e.watch(0)
		w.want(store.Event{Home: home, Coll: c})
		done := make(chan store.Event, 1)
		go func() {
			ev, _, _ := w.next()
			done <- ev
		}()
		time.Sleep(5 * time.Millisecond)
		e.put(home, c, "a", "a", "1")
		select {
		case ev := <-done:
			e.same("revision", ev.Rev, store.Rev(1))
		case <-time.After(10 * time.Second):
			e.Fatal("nobody woke")
		}
	}},
	{"ends with its context and with the store", func(e *env) {
		home := e.home("ann")
		e.calendar(home, "work")
		ctx, cancel := context.WithCancel(e.ctx)
		defer cancel()
		for _, err := range e.s.Watch(ctx, 0) {
			e.is(err, nil)
			cancel()
		}
		failed := make(chan error)
		go func() {
			var last error
			for _, err := range e.s.Watch(e.ctx, 0) {
				last = err
			}
			failed <- last
		}()
		CheckClean(e.T, e.s)
		e.is(e.s.Close(), nil)
		e.closed = true
		if err := <-failed; !errors.Is(err, store.ErrClosed) {
			e.Errorf("error is %v, want %v", err, store.ErrClosed)
		}
	}},
}
