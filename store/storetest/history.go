package storetest

import (
	"fmt"

	"almanac/store"
)

var historyCases = []testCase{
	{"has what was replaced and deleted, newest first", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		bodies := map[string][]byte{"1": Event("a", "1"), "2": Event("a", "2")}
		e.put(home, c, "a", "a", "1")
		t1 := e.now
		e.put(home, c, "b", "b", "1")
		e.put(home, c, "a", "a", "2")
		t2 := e.now
		e.apply(home, store.DeleteObject{Coll: c, Name: "a"})
		t3 := e.now
		index, err := store.IndexOf(store.Calendar, bodies["1"])
		e.is(err, nil)
		v1 := store.Version{
			ID: 1, Name: "a", ETag: store.ETagOf(bodies["1"]), Size: int64(len(bodies["1"])), Index: index.Plain(),
			Modified: t1, Replaced: t2, By: "tester", Body: bodies["1"],
		}
		v2 := v1
		v2.ID, v2.ETag, v2.Modified, v2.Replaced, v2.Deleted = 2, store.ETagOf(bodies["2"]), t2, t3, true
		v2.Body = bodies["2"]
		e.put(home, c, "b", "b", "2")
		w := e.world().Homes[0].Collections[0]
		e.same("versions", w.Versions[1:], []store.Version{v2, v1})
		e.same("by name", w.ByName, map[string][]uint64{"a": {2, 1}, "b": {3}})
		e.view(func(sn store.Snapshot) {
			_, err := sn.Version(c, 4)
			e.is(err, store.ErrNotFound)
			n := 0
			e.is(sn.Versions(c, "", func(v *store.Version) bool {
				n++
				if v.Body != nil {
					e.Errorf("version %d has its body", v.ID)
				}
				return false
			}), nil)
			e.same("visits", n, 1)
		})
	}},
	{"of one name is not that of another that begins with it", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		for i, name := range []string{"a", "ab", "a\x01", "a\xff"} {
			e.put(home, c, name, fmt.Sprint(i), "x")
			e.apply(home, store.DeleteObject{Coll: c, Name: name})
		}
		e.same("by name", e.world().Homes[0].Collections[0].ByName,
			map[string][]uint64{"a": {1}, "ab": {2}, "a\x01": {3}, "a\xff": {4}})
	}},
	{"is outside the spaces of names and UIDs", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		for range 3 {
			e.put(home, c, "a", "u", "x")
			e.apply(home, store.DeleteObject{Coll: c, Name: "a"})
			e.put(home, c, "b", "u", "x")
			e.apply(home, store.DeleteObject{Coll: c, Name: "b"})
		}
		e.same("versions", len(e.world().Homes[0].Collections[0].Versions), 6)
	}},
	{"ends when the retention does", func(e *env) {
		home := e.home("ann")
		c, gone, kept := e.calendar(home, "work"), e.calendar(home, "gone"), e.calendar(home, "kept")
		for i := range 400 {
			e.now = epochStart // all at one moment
			e.apply(home, putEvent(c, fmt.Sprint(i), fmt.Sprint(i), "1"), putEvent(gone, fmt.Sprint(i), fmt.Sprint(i), "1"))
			e.now = epochStart
			e.apply(home, putEvent(c, fmt.Sprint(i), fmt.Sprint(i), "2"), putEvent(gone, fmt.Sprint(i), fmt.Sprint(i), "2"))
		}
		e.apply(home, store.DeleteCollection{Coll: gone})
		early := e.now
		e.now = early.AddDate(0, 0, 1)
		e.put(home, c, "0", "0", "3")
		e.apply(home, store.DeleteCollection{Coll: kept})
		late := e.now
		expire := func(at int) {
			e.Helper()
			e.is(e.s.Expire(e.ctx, early.Add(store.DefaultHistoryKeep).AddDate(0, 0, at)), nil)
		}
		before := e.world()
		expire(-1)
		e.same("world", e.world(), before)
		expire(0)
		w := e.world().Homes[0]
		e.same("members", len(w.Collections[0].Members), 400)
		e.same("versions", len(w.Collections[0].Versions), 1)
		e.same("trash", len(w.Trash), 1)
		e.same("kept", w.Trash[0].ID, kept)
		_, err := e.try(home, store.RestoreCollection{Coll: gone})
		e.is(err, store.ErrNotFound)
		CheckClean(e.T, e.s)
		e.is(e.s.Expire(e.ctx, late.Add(store.DefaultHistoryKeep)), nil)
		w = e.world().Homes[0]
		e.same("versions", len(w.Collections[0].Versions), 0)
		e.same("trash", len(w.Trash), 0)
	}},
	{"of a collection in the trash comes back with it", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		e.put(home, c, "a", "a", "1")
		e.put(home, c, "a", "a", "2")
		e.apply(home, store.DeleteCollection{Coll: c})
		e.apply(home, store.RestoreCollection{Coll: c})
		e.is(e.s.Expire(e.ctx, e.now), nil)
		w := e.world().Homes[0].Collections[0]
		e.same("versions", len(w.Versions), 1)
		e.same("members", len(w.Members), 1)
		e.is(e.s.Expire(e.ctx, e.now.Add(store.DefaultHistoryKeep)), nil)
		w = e.world().Homes[0].Collections[0]
		e.same("versions", len(w.Versions), 0)
		e.same("members", len(w.Members), 1)
	}},
}
