package storetest

import (
	"context"
	"errors"
	"fmt"

	"almanac/store"
)

// precondition fails the test when err is not the failure of that precondition.
func (e *env) precondition(err error, index int) {
	e.Helper()
	var p *store.PreconditionError
	if !errors.As(err, &p) || p.Index != index || p.Pre == nil {
		e.Errorf("error is %v, want precondition %d", err, index)
	}
}

var batchCases = []testCase{
	{"preconditions on members and revisions", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		tag := e.put(home, c, "a.ics", "a", "one").ETag
		for _, tc := range []struct {
			pre  store.Pre
			want bool
		}{
			{store.ETagIs{Coll: c, Name: "a.ics", ETags: []string{tag}}, true},
			{store.ETagIs{Coll: c, Name: "a.ics", ETags: []string{`"x"`, tag}}, true},
			{store.ETagIs{Coll: c, Name: "a.ics", ETags: []string{`"x"`}}, false},
			{store.ETagIs{Coll: c, Name: "a.ics"}, true},
			{store.ETagIs{Coll: c, Name: "b.ics"}, false},
			{store.ETagIs{Coll: c, Name: "b.ics", ETags: []string{tag}}, false},
			{store.ETagIs{Coll: c + 1, Name: "a.ics"}, false},
			{store.ETagIsNot{Coll: c, Name: "a.ics", ETags: []string{tag}}, false},
			{store.ETagIsNot{Coll: c, Name: "a.ics", ETags: []string{`"x"`, tag}}, false},
			{store.ETagIsNot{Coll: c, Name: "a.ics", ETags: []string{`"x"`}}, true},
			{store.ETagIsNot{Coll: c, Name: "a.ics"}, false},
			{store.ETagIsNot{Coll: c, Name: "b.ics"}, true},
			{store.ETagIsNot{Coll: c, Name: "b.ics", ETags: []string{tag}}, true},
			{store.ETagIsNot{Coll: c + 1, Name: "a.ics"}, true},
			{store.KeepsUID{Coll: c, Name: "a.ics", UID: "a"}, true},
			{store.KeepsUID{Coll: c, Name: "a.ics", UID: "b"}, false},
			{store.KeepsUID{Coll: c, Name: "a.ics"}, false},
			{store.KeepsUID{Coll: c, Name: "b.ics", UID: "b"}, true},
			{store.KeepsUID{Coll: c + 1, Name: "a.ics", UID: "b"}, true},
			{store.RevIs{Coll: c, Rev: 1}, true},
			{store.RevIs{Coll: c, Rev: 0}, false},
			{store.RevIs{Coll: c, Rev: 2}, false},
			{store.RevIs{Coll: c + 1, Rev: 0}, false},
		} {
			_, err := e.tryIf(home, []store.Pre{tc.pre})
			if tc.want {
				if err != nil {
					e.Errorf("%#v: %v", tc.pre, err)
				}
				continue
			}
			e.precondition(err, 0)
		}
	}},
	{"a failed precondition names itself and leaves no trace", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		tag := e.put(home, c, "a.ics", "a", "one").ETag
		before := e.world()
		_, err := e.tryIf(home, []store.Pre{
			store.ETagIs{Coll: c, Name: "a.ics", ETags: []string{tag}},
			store.RevIs{Coll: c, Rev: 1},
			store.ETagIsNot{Coll: c, Name: "a.ics"},
		}, putEvent(c, "b.ics", "b", "x"))
		e.precondition(err, 2)
		e.same("world", e.world(), before)
	}},
	{"preconditions are judged before any operation", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		_, err := e.tryIf(home, []store.Pre{store.ETagIsNot{Coll: c, Name: "a.ics"}, store.RevIs{Coll: c, Rev: 0}},
			putEvent(c, "a.ics", "a", "one"))
		e.is(err, nil)
	}},
	{"a later operation sees what an earlier one did", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		res := e.apply(home,
			putEvent(c, "a.ics", "u", "one"),
			store.DeleteObject{Coll: c, Name: "a.ics"},
			putEvent(c, "b.ics", "u", "two"),
			store.MoveObject{From: c, FromName: "b.ics", To: c, ToName: "c.ics"},
			putEvent(c, "c.ics", "u", "three"),
			putEvent(c, "c.ics", "u", "three"),
			store.RenameCollection{Coll: c, Name: "job"},
			store.CreateCollection{Collection: store.Collection{Kind: store.Calendar, Name: "work", Components: []string{"VEVENT"}}},
		)
		tag := func(text string) string { return store.ETagOf(Event("u", text)) }
		e.same("results", res, []store.OpResult{
			{ETag: tag("one"), Created: true, Rev: 1}, {Rev: 2}, {ETag: tag("two"), Created: true, Rev: 3},
			{ETag: tag("two"), Created: true, Rev: 5}, {ETag: tag("three"), Rev: 6}, {ETag: tag("three"), Rev: 6},
			{}, {Coll: res[7].Coll},
		})
		e.same("names", e.names(c), []string{"c.ics"})
	}},
	{"that fails half-way leaves no trace", func(e *env) {
		home, other := e.home("ann"), e.home("bob")
		c, d := e.calendar(home, "work"), e.calendar(home, "play")
		trash := e.calendar(home, "old")
		e.put(home, trash, "t.ics", "t", "t")
		e.apply(home, store.DeleteCollection{Coll: trash})
		for i := range 30 {
			e.put(home, c, fmt.Sprintf("%02d.ics", i), fmt.Sprint("u", i), "one")
		}
		e.apply(home, store.Enqueue{Job: store.Job{Queue: "mail", ID: "1", Due: e.now}})
		before := e.world()
		secret := "new"
		prop := store.Prop{Space: "s", Local: "l", XML: "<l xmlns='s'/>"}
		ops := []store.Op{
			putEvent(c, "new.ics", "new", "x"),
			putEvent(c, "01.ics", "u1", "other text"),
			putEvent(c, "02.ics", "moved uid", "other text"),
			store.DeleteObject{Coll: c, Name: "03.ics"},
			store.MoveObject{From: c, FromName: "04.ics", To: d, ToName: "04.ics"},
			store.MoveObject{From: c, FromName: "05.ics", To: c, ToName: "06.ics", Overwrite: true},
			store.PatchProps{Target: store.OnObject, Coll: c, Name: "07.ics", Set: []store.Prop{prop}},
			store.PatchProps{Target: store.OnCollection, Coll: c, Set: []store.Prop{prop}},
			store.PatchProps{Target: store.OnPrincipal, Set: []store.Prop{prop}},
			store.SetHome{Secret: &secret},
			store.RenameCollection{Coll: c, Name: "renamed"},
			store.SetComponents{Coll: c, Components: []string{"VJOURNAL"}},
			store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: "book"}},
			store.DeleteCollection{Coll: d},
			store.RestoreCollection{Coll: trash},
			store.Enqueue{Job: store.Job{Queue: "mail", ID: "1", Due: e.now.AddDate(0, 0, 1)}},
			store.Enqueue{Job: store.Job{Queue: "alarm", ID: "2", Due: e.now}},
			store.FinishJob{Queue: "mail", ID: "1"},
			store.CreateHome{Home: store.Home{Name: "carl"}},
		}
		bad := store.DeleteObject{Coll: 999, Name: "x"}
		for n := range ops {
			_, err := e.try(home, append(append([]store.Op{}, ops[:n+1]...), bad)...)
			e.is(err, store.ErrNotFound)
			e.same(fmt.Sprintf("world after %d", n), e.world(), before)
		}
		_, err := e.try(home, store.DeleteHome{}, bad)
		e.is(err, store.ErrNotFound)
		e.same("world after deleting the home", e.world(), before)
		e.apply(home, ops[:len(ops)-1]...)
		e.home("dora")
		e.apply(other, store.DeleteHome{})
	}},
	{"that makes no sense is refused", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		for _, b := range []store.Batch{
			{Ops: []store.Op{putEvent(c, "a", "a", "x")}},
			{Ops: []store.Op{store.CreateHome{}}},
			{Home: home, Ops: []store.Op{store.CreateCollection{Collection: store.Collection{Kind: 3, Name: "x"}}}},
			{Home: home, Ops: []store.Op{store.CreateCollection{Collection: store.Collection{Kind: store.Calendar, Name: "x"}}}},
			{Home: home, Ops: []store.Op{store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: "x", Components: []string{"VEVENT"}}}}},
			{Home: home, Ops: []store.Op{store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook}}}},
			{Home: home, Ops: []store.Op{store.RenameCollection{Coll: c}}},
			{Home: home, Ops: []store.Op{store.SetComponents{Coll: c}}},
			{Home: home, Ops: []store.Op{store.PatchProps{}}},
			{Home: home, Ops: []store.Op{store.PatchProps{Target: 9}}},
			{Home: home, Ops: []store.Op{store.MoveObject{From: c, FromName: "a", To: c}}},
			{Home: home, Ops: []store.Op{store.Enqueue{Job: store.Job{Queue: "q"}}}},
			{Home: home, Ops: []store.Op{store.FinishJob{ID: "q"}}},
			{Home: home, Ops: []store.Op{nil}},
		} {
			_, err := e.s.Apply(e.ctx, &b)
			e.is(err, store.ErrInvalid)
		}
	}},
	{"with a context that has ended is not applied", func(e *env) {
		home := e.home("ann")
		ctx, cancel := context.WithCancel(e.ctx)
		cancel()
		before := e.world()
		_, err := e.s.Apply(ctx, &store.Batch{Home: home, Ops: []store.Op{store.DeleteHome{}}})
		e.is(err, context.Canceled)
		e.same("world", e.world(), before)
	}},
	{"a snapshot does not see what is written later", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		e.put(home, c, "a.ics", "a", "one")
		e.view(func(sn store.Snapshot) {
			col, err := sn.Collection(c)
			e.is(err, nil)
			e.put(home, c, "a.ics", "a", "two")
			e.put(home, c, "b.ics", "b", "x")
			e.apply(home, store.RenameCollection{Coll: c, Name: "job"})
			again, err := sn.Collection(c)
			e.is(err, nil)
			e.same("collection", again, col)
			_, err = sn.CollectionByName(home, store.Calendar, "work")
			e.is(err, nil)
			o, err := sn.Object(c, "a.ics", store.WantBody)
			e.is(err, nil)
			e.same("body", string(o.Body), string(Event("a", "one")))
			_, err = sn.Object(c, "b.ics", store.WantMeta)
			e.is(err, store.ErrNotFound)
			// A new snapshot sees it, while the old one is in use.
			e.view(func(now store.Snapshot) {
				col, err := now.CollectionByName(home, store.Calendar, "job")
				e.is(err, nil)
				e.same("revision", col.Rev, store.Rev(3))
			})
			again, err = sn.CollectionByName(home, store.Calendar, "work")
			e.is(err, nil)
			e.same("collection", again, col)
		})
	}},
	{"without a moment is at the store's own", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		_, err := e.s.Apply(e.ctx, &store.Batch{Home: home, Ops: []store.Op{putEvent(c, "a", "a", "x")}})
		e.is(err, nil)
		if m := e.object(c, "a", store.WantMeta).Modified; m.Year() < 2020 {
			e.Errorf("modified %v", m)
		}
	}},
}
