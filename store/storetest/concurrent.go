package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"almanac/store"
)

var concurrentCases = []testCase{
	{"writers who compare and swap lose nothing", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		e.put(home, c, "n", "n", "0")
		const workers, each = 8, 12
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for done := 0; done < each; {
					var n int
					var tag string
					err := e.s.View(e.ctx, func(sn store.Snapshot) error {
						o, err := sn.Object(c, "n", store.WantBody)
						if err != nil {
							return err
						}
						tag = o.ETag
						for i := range workers*each + 1 {
							if string(o.Body) == string(Event("n", fmt.Sprint(i))) {
								n = i
							}
						}
						return nil
					})
					if err != nil {
						e.Errorf("view: %v", err)
						return
					}
					_, err = e.s.Apply(e.ctx, &store.Batch{
						Home: home, At: epochStart, Pre: []store.Pre{store.ETagIs{Coll: c, Name: "n", ETags: []string{tag}}},
						Ops: []store.Op{putEvent(c, "n", "n", fmt.Sprint(n+1))},
					})
					var p *store.PreconditionError
					switch {
					case err == nil:
						done++
					case !errors.As(err, &p):
						e.Errorf("apply: %v", err)
						return
					}
				}
			})
		}
		wg.Wait()
		e.same("last", string(e.object(c, "n", store.WantBody).Body), string(Event("n", fmt.Sprint(workers*each))))
		e.same("revision", e.world().Homes[0].Collections[0].Collection.Rev, store.Rev(workers*each+1))
	}},
	{"batches that fail do not disturb their neighbours", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		const workers, each = 8, 25
		var wg sync.WaitGroup
		var mu sync.Mutex
		revs := make(map[store.Rev]string)
		for w := range workers {
			wg.Go(func() {
				for i := range each {
					name := fmt.Sprintf("%d-%d", w, i)
					res, err := e.s.Apply(e.ctx, &store.Batch{Home: home, At: epochStart, Ops: []store.Op{putEvent(c, name, name, "x")}})
					if err != nil {
						e.Errorf("apply: %v", err)
						return
					}
					mu.Lock()
					revs[res.Ops[0].Rev] = name
					mu.Unlock()
					_, err = e.s.Apply(e.ctx, &store.Batch{Home: home, At: epochStart, Ops: []store.Op{
						putEvent(c, "bad-"+name, "bad-"+name, "x"),
						store.DeleteObject{Coll: c, Name: name},
						putEvent(c, name, "other", "x"),
						store.DeleteObject{Coll: c, Name: "never there"},
					}})
					if !errors.Is(err, store.ErrNotFound) {
						e.Errorf("apply: %v", err)
					}
				}
			})
		}
		wg.Wait()
		e.same("revisions", len(revs), workers*each)
		for _, ch := range e.changes(c, 0, workers*each+1) {
			if revs[ch.Rev] != ch.Name {
				e.Errorf("revision %d is of %q, but its writer was told %q", ch.Rev, ch.Name, revs[ch.Rev])
			}
		}
	}},
	{"readers see whole batches", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		var stop atomic.Bool
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				for !stop.Load() {
					err := e.s.View(e.ctx, func(sn store.Snapshot) error {
						col, err := sn.CollectionByName(home, store.Calendar, "work")
						if err != nil {
							return err
						}
						n, tags, newest := 0, make(map[string]bool), store.Rev(0)
						err = sn.List(c, "", store.WantMeta, func(o *store.Object) bool {
							n++
							tags[string([]byte(o.Index.Component))] = true
							newest = max(newest, o.Rev)
							return true
						})
						if err != nil {
							return err
						}
						if n%4 != 0 || n != col.Count || newest != col.Rev {
							e.Errorf("%d members, %d counted, newest %d of %d", n, col.Count, newest, col.Rev)
						}
						return nil
					})
					if err != nil {
						e.Errorf("view: %v", err)
						return
					}
				}
			})
		}
		for i := range 60 {
			var ops []store.Op
			for j := range 4 {
				name := fmt.Sprintf("%d-%d", i, j)
				ops = append(ops, putEvent(c, name, name, "x"))
			}
			e.apply(home, ops...)
		}
		stop.Store(true)
		wg.Wait()
	}},
	{"waiters whose context ends leave a store that works", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		var wg sync.WaitGroup
		var written atomic.Int64
		for w := range 8 {
			wg.Go(func() {
				for i := range 20 {
					ctx, cancel := context.WithCancel(e.ctx)
					if i%2 == 1 {
						go cancel()
					}
					name := fmt.Sprintf("%d-%d", w, i)
					_, err := e.s.Apply(ctx, &store.Batch{Home: home, At: epochStart, Ops: []store.Op{putEvent(c, name, name, "x")}})
					switch {
					case err == nil:
						written.Add(1)
					case !errors.Is(err, context.Canceled):
						e.Errorf("apply: %v", err)
					}
					cancel()
				}
			})
		}
		wg.Wait()
		// An error means not applied, so the numbers agree.
		e.same("members", len(e.names(c)), int(written.Load()))
	}},
}
