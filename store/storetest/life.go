package storetest

import (
	"bytes"
	"context"
	"fmt"

	"almanac/store"
)

var lifeCases = []testCase{
	{"closed, it says so", func(e *env) {
		home := e.home("ann")
		CheckClean(e.T, e.s)
		e.is(e.s.Close(), nil)
		e.closed = true
		e.is(e.s.View(e.ctx, func(store.Snapshot) error { return nil }), store.ErrClosed)
		_, err := e.try(home, store.DeleteHome{})
		e.is(err, store.ErrClosed)
		_, err = e.s.Claim(e.ctx, "mail", "w", e.now, 1, 1)
		e.is(err, store.ErrClosed)
		e.is(e.s.Expire(e.ctx, e.now), store.ErrClosed)
		e.is(e.s.Backup(e.ctx, &bytes.Buffer{}), store.ErrClosed)
		e.is(e.s.Check(e.ctx, false, nil, func(store.Finding) {}), store.ErrClosed)
		e.is(e.s.Close(), store.ErrClosed)
	}},
	{"a view ends with the error of its function and of its context", func(e *env) {
		want := fmt.Errorf("mine")
		e.is(e.s.View(e.ctx, func(store.Snapshot) error { return want }), want)
		ctx, cancel := context.WithCancel(e.ctx)
		cancel()
		e.is(e.s.View(ctx, func(store.Snapshot) error { return nil }), context.Canceled)
	}},
	{"its epoch is its lineage, a foreign one is not", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		e.put(home, c, "a", "a", "1")
		epoch := e.s.Epoch()
		if epoch == "" {
			e.Error("no epoch")
		}
		e.same("own", e.s.Lineage(epoch, c, 1), true)
		e.same("foreign", e.s.Lineage("foreign", c, 1), false)
		e.same("empty", e.s.Lineage("", c, 1), false)
	}},
	{"a backup is written while it is in use", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		e.put(home, c, "a", "a", "1")
		var b bytes.Buffer
		e.is(e.s.Backup(e.ctx, &b), nil)
		if b.Len() == 0 {
			e.Error("empty backup")
		}
		e.put(home, c, "b", "b", "1")
	}},
	{"check tells how far it is", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		for i := range 10 {
			e.put(home, c, fmt.Sprint(i), fmt.Sprint(i), "x")
		}
		last, of := 0, 0
		err := e.s.Check(e.ctx, false, func(done, all int) {
			if done < last || done > all {
				e.Errorf("%d of %d after %d", done, all, last)
			}
			last, of = done, all
		}, func(f store.Finding) { e.Errorf("finding: %+v", f) })
		e.is(err, nil)
		if last == 0 || last != of {
			e.Errorf("ended at %d of %d", last, of)
		}
	}},
}
