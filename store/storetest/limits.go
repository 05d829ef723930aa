package storetest

import (
	"errors"
	"fmt"
	"sync"

	"almanac/store"
)

// limited applies ops under limits.
func (e *env) limited(home store.HomeID, l store.Limits, ops ...store.Op) error {
	_, err := e.tryIf(home, []store.Pre{store.Within{Limits: l}}, ops...)
	return err
}

// beyond fails the test unless err is want.
func (e *env) beyond(err error, want store.LimitError) {
	e.Helper()
	var got *store.LimitError
	if !errors.As(err, &got) {
		e.Errorf("got %v, want %v", err, &want)
		return
	}
	e.same("limit", *got, want)
}

var limitCases = []testCase{
	{"on collections", func(e *env) {
		home := e.home("ann")
		create := func(name string) store.Op {
			return store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: name}}
		}
		l := store.Limits{Collections: 2}
		e.is(e.limited(home, l, create("a"), create("b")), nil)
		e.beyond(e.limited(home, l, create("c")), store.LimitError{Limit: store.LimitCollections, Most: 2, Would: 3})
		e.is(e.limited(home, l, store.DeleteCollection{Coll: 2}, create("c")), nil)
		e.beyond(e.limited(home, l, store.RestoreCollection{Coll: 2}), store.LimitError{Limit: store.LimitCollections, Most: 2, Would: 3})
		// The limits of another home.
		bob := e.home("bob")
		e.is(e.limited(bob, l, create("a")), nil)
		_, err := e.s.Apply(e.ctx, &store.Batch{Pre: []store.Pre{store.Within{Limits: l}}, Ops: []store.Op{
			store.CreateHome{Home: store.Home{Name: "carl"}}, create("a"), create("b"), create("c"),
		}})
		e.beyond(err, store.LimitError{Limit: store.LimitCollections, Most: 2, Would: 3})
	}},
	{"on the members of a collection", func(e *env) {
		home := e.home("ann")
		c, d := e.calendar(home, "c"), e.calendar(home, "d")
		l := store.Limits{Members: 2}
		e.is(e.limited(home, l, putEvent(c, "a", "a", "x"), putEvent(c, "b", "b", "x"), putEvent(d, "a", "a", "x")), nil)
		before := e.world()
		full := store.LimitError{Limit: store.LimitMembers, Most: 2, Would: 3, Coll: c}
		e.beyond(e.limited(home, l, putEvent(c, "c", "c", "x")), full)
		e.beyond(e.limited(home, l, store.DeleteObject{Coll: c, Name: "a"}, putEvent(c, "c", "c", "x"), putEvent(c, "e", "e", "x")), full)
		e.same("world", e.world(), before)
		e.is(e.limited(home, l, putEvent(c, "b", "b", "another text")), nil)
		e.is(e.limited(home, l, store.DeleteObject{Coll: c, Name: "a"}, putEvent(c, "c", "c", "x")), nil)
		e.is(e.limited(home, l, store.MoveObject{From: c, FromName: "c", To: c, ToName: "b", Overwrite: true}), nil)
		e.is(e.limited(home, l, store.MoveObject{From: d, FromName: "a", To: c, ToName: "a"}), nil)
		e.same("names", e.names(c), []string{"a", "b"})
	}},
	{"on octets", func(e *env) {
		home := e.home("ann")
		c, d := e.calendar(home, "c"), e.calendar(home, "d")
		size := int64(len(Event("a", "x")))
		l := store.Limits{Octets: 2 * size}
		e.is(e.limited(home, l, putEvent(c, "a", "a", "x"), putEvent(d, "b", "b", "x")), nil)
		e.beyond(e.limited(home, l, putEvent(d, "b", "b", "xy")), store.LimitError{Limit: store.LimitOctets, Most: 2 * size, Would: 2*size + 1})
		e.beyond(e.limited(home, l, putEvent(c, "c", "c", "x")), store.LimitError{Limit: store.LimitOctets, Most: 2 * size, Would: 3 * size})
		e.is(e.limited(home, l, store.MoveObject{From: c, FromName: "a", To: d, ToName: "a"}), nil)
		// The trash does not count, and what comes out of it does.
		e.is(e.limited(home, l, store.DeleteCollection{Coll: d}), nil)
		e.is(e.limited(home, l, putEvent(c, "c", "c", "x")), nil)
		e.beyond(e.limited(home, l, store.RestoreCollection{Coll: d}), store.LimitError{Limit: store.LimitOctets, Most: 2 * size, Would: 3 * size})
	}},
	{"on one object", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "c")
		size := int64(len(Event("a", "x")))
		l := store.Limits{ObjectOctets: size}
		e.is(e.limited(home, l, putEvent(c, "a", "a", "x")), nil)
		e.beyond(e.limited(home, l, putEvent(c, "b", "b", "xy")),
			store.LimitError{Limit: store.LimitObjectOctets, Most: size, Would: size + 1, Coll: c, Name: "b"})
	}},
	{"let a home that is over them become smaller", func(e *env) {
		home := e.home("ann")
		c, d := e.calendar(home, "c"), e.calendar(home, "d")
		for i := range 4 {
			e.put(home, c, fmt.Sprint(i), fmt.Sprint(i), "long text")
		}
		l := store.Limits{Collections: 1, Members: 1, Octets: 1}
		e.is(e.limited(home, l, store.DeleteObject{Coll: c, Name: "0"}), nil)
		e.is(e.limited(home, l, putEvent(c, "1", "1", "text")), nil)
		e.is(e.limited(home, l, store.RenameCollection{Coll: c, Name: "e"}), nil)
		e.is(e.limited(home, l, store.DeleteCollection{Coll: d}), nil)
		var over *store.LimitError
		if err := e.limited(home, l, putEvent(c, "1", "1", "longer text")); !errors.As(err, &over) {
			e.Errorf("got %v", err)
		}
	}},
	{"hold when many write at once", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "c")
		var wg sync.WaitGroup
		errs := make([]error, 12)
		for i := range errs {
			wg.Go(func() {
				_, errs[i] = e.s.Apply(e.ctx, &store.Batch{Home: home, Pre: []store.Pre{store.Within{Limits: store.Limits{Members: 5}}},
					Ops: []store.Op{putEvent(c, fmt.Sprint(i), fmt.Sprint(i), "x")}})
			})
		}
		wg.Wait()
		stored := 0
		for _, err := range errs {
			if err == nil {
				stored++
			} else {
				e.beyond(err, store.LimitError{Limit: store.LimitMembers, Most: 5, Would: 6, Coll: c})
			}
		}
		e.same("stored", stored, 5)
		e.same("members", len(e.names(c)), 5)
	}},
}
