package storetest

import (
	"almanac/store"
)

func (e *env) changes(c store.CollID, since store.Rev, n int) (rows []store.Change) {
	e.Helper()
	e.view(func(sn store.Snapshot) {
		e.is(sn.Changes(c, since, func(ch store.Change) bool {
			rows = append(rows, ch)
			return len(rows) < n
		}), nil)
	})
	return rows
}

var changesCases = []testCase{
	{"have one row for each member, its last state", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		e.same("of an empty collection", e.changes(c, 0, 9), []store.Change(nil))
		e.put(home, c, "a", "a", "1")                         // 1
		e.put(home, c, "b", "b", "1")                         // 2
		e.put(home, c, "a", "a", "2")                         // 3
		e.apply(home, store.DeleteObject{Coll: c, Name: "b"}) // 4
		e.put(home, c, "c", "c", "1")                         // 5
		a, b, d := store.Change{Rev: 3, Name: "a"}, store.Change{Rev: 4, Name: "b", Deleted: true}, store.Change{Rev: 5, Name: "c"}
		e.same("after 0", e.changes(c, 0, 9), []store.Change{a, d})
		e.same("after 1", e.changes(c, 1, 9), []store.Change{a, b, d})
		e.same("after 3", e.changes(c, 3, 9), []store.Change{b, d})
		e.same("after 5", e.changes(c, 5, 9), []store.Change(nil))
		e.same("after what is to come", e.changes(c, 99, 9), []store.Change(nil))
		e.same("two after 1", e.changes(c, 1, 2), []store.Change{a, b})
		e.put(home, c, "b", "b", "again") // 6
		e.same("after 1", e.changes(c, 1, 9), []store.Change{a, d, {Rev: 6, Name: "b"}})
		e.apply(home, store.DeleteObject{Coll: c, Name: "b"}) // 7
		e.apply(home, store.DeleteObject{Coll: c, Name: "a"}) // 8
		e.same("after 1", e.changes(c, 1, 9), []store.Change{d, {Rev: 7, Name: "b", Deleted: true}, {Rev: 8, Name: "a", Deleted: true}})
		e.same("after 0", e.changes(c, 0, 9), []store.Change{d})
	}},
	{"survive the end of the history", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		e.put(home, c, "a", "a", "1")
		e.put(home, c, "b", "b", "1")
		e.apply(home, store.DeleteObject{Coll: c, Name: "a"})
		e.is(e.s.Expire(e.ctx, e.now.AddDate(10, 0, 0)), nil)
		e.same("after 1", e.changes(c, 1, 9), []store.Change{{Rev: 2, Name: "b"}, {Rev: 3, Name: "a", Deleted: true}})
	}},
}
