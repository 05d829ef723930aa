package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"almanac/store"
	"almanac/store/memstore"
)

// runParallel has several goroutines apply random batches, each to a home of its
// own, so that the order among them does not matter, and compares with the model,
// to which they are applied one after the other.
func runParallel(t *testing.T, open func(t *testing.T) store.Store) {
	const workers = 4
	rapid.Check(t, func(r *rapid.T) {
		m := &machine{t: r, ctx: context.Background(), s: open(t), model: memstore.New(), now: epochStart}
		defer m.s.Close()
		defer m.model.Close()
		var batches [workers][]*store.Batch
		for w := range workers {
			ops := []store.Op{store.CreateHome{Home: store.Home{Name: fmt.Sprint("home-", w)}}}
			var ids []store.CollID
			for i, name := range []string{"x", "y"} {
				ops = append(ops, store.CreateCollection{Collection: store.Collection{Kind: store.Calendar, Name: name, Components: []string{"VEVENT"}}})
				ids = append(ids, store.CollID(2*w+i+1))
			}
			m.both(&store.Batch{At: m.now, Ops: ops})
			for n := range rapid.IntRange(1, 12).Draw(r, "batches") {
				b := &store.Batch{Home: store.HomeID(w + 1), At: m.now.Add(time.Duration(n) * time.Second), By: "parallel"}
				for range opCounts.Draw(r, "ops") {
					b.Ops = append(b.Ops, drawOp(r, memberKinds, rapid.SampledFrom(ids), m.now))
				}
				batches[w] = append(batches[w], b)
			}
		}
		type outcome struct {
			Res *store.Result
			Err any
		}
		var got, want [workers][]outcome
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for _, b := range batches[w] {
					res, err := m.s.Apply(m.ctx, b)
					got[w] = append(got[w], outcome{res, kindOf(err)})
				}
			})
			for _, b := range batches[w] {
				res, err := m.model.Apply(m.ctx, b)
				want[w] = append(want[w], outcome{res, kindOf(err)})
			}
		}
		wg.Wait()
		m.same("outcomes", got, want)
		m.compare()
		CheckClean(r, m.s)
	})
}
