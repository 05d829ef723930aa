package storetest

import (
	"almanac/store"
)

var collectionCases = []testCase{
	{"is found by id, by name and in the listing", func(e *env) {
		home := e.home("ann")
		props := store.PropSet{{Space: "a", Local: "b", XML: "<b xmlns='a'/>"}}
		given := store.Collection{
			ID: 99, Home: 77, Kind: store.Calendar, Name: "work", Components: []string{"VTODO", "VEVENT"},
			Rev: 5, Count: 5, Octets: 5, Props: props,
		}
		id := e.apply(home, store.CreateCollection{Collection: given})[0].Coll
		want := &store.Collection{
			ID: id, Home: home, Kind: store.Calendar, Name: "work", Components: []string{"VTODO", "VEVENT"},
			Created: e.now, Props: props,
		}
		e.view(func(sn store.Snapshot) {
			got, err := sn.Collection(id)
			e.is(err, nil)
			e.same("by id", got, want)
			got, err = sn.CollectionByName(home, store.Calendar, "work")
			e.is(err, nil)
			e.same("by name", got, want)
			list, err := sn.Collections(home)
			e.is(err, nil)
			e.same("listing", list, []*store.Collection{want})
		})
	}},
	{"names are one space for each home and kind", func(e *env) {
		ann, bob := e.home("ann"), e.home("bob")
		ids := []store.CollID{e.calendar(ann, "x"), e.book(ann, "x"), e.calendar(bob, "x")}
		_, err := e.try(ann, store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: "x"}})
		e.is(err, store.ErrExists)
		var got []store.CollID
		e.view(func(sn store.Snapshot) {
			for _, p := range []struct {
				home store.HomeID
				kind store.Kind
			}{{ann, store.Calendar}, {ann, store.AddressBook}, {bob, store.Calendar}} {
				c, err := sn.CollectionByName(p.home, p.kind, "x")
				e.is(err, nil)
				got = append(got, c.ID)
			}
			_, err := sn.CollectionByName(bob, store.AddressBook, "x")
			e.is(err, store.ErrNotFound)
		})
		e.same("ids", got, ids)
	}},
	{"listing is in the order of creation", func(e *env) {
		home := e.home("ann")
		want := []store.CollID{e.book(home, "z"), e.calendar(home, "m"), e.book(home, "a"), e.calendar(home, "b")}
		e.apply(home, store.RenameCollection{Coll: want[0], Name: "0"})
		var got []store.CollID
		for _, c := range e.world().Homes[0].Collections {
			got = append(got, c.Collection.ID)
		}
		e.same("ids", got, want)
	}},
	{"counts its members and their octets", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		e.put(home, c, "a.ics", "a", "one")
		e.put(home, c, "b.ics", "b", "one")
		e.put(home, c, "a.ics", "a", "longer text")
		e.apply(home, store.DeleteObject{Coll: c, Name: "b.ics"})
		got := e.world().Homes[0].Collections[0].Collection
		e.same("revision", got.Rev, store.Rev(4))
		e.same("count", got.Count, 1)
		e.same("octets", got.Octets, int64(len(Event("a", "longer text"))))
	}},
	{"is renamed and keeps all else", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		e.calendar(home, "other")
		e.put(home, c, "a.ics", "a", "one")
		before := e.world().Homes[0].Collections[0]
		e.apply(home, store.RenameCollection{Coll: c, Name: "job"})
		e.apply(home, store.RenameCollection{Coll: c, Name: "job"})
		before.Collection.Name = "job"
		e.same("collection", e.world().Homes[0].Collections[0], before)
		e.view(func(sn store.Snapshot) {
			_, err := sn.CollectionByName(home, store.Calendar, "work")
			e.is(err, store.ErrNotFound)
		})
		_, err := e.try(home, store.RenameCollection{Coll: c, Name: "other"})
		e.is(err, store.ErrExists)
	}},
	{"takes other components", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		e.apply(home, store.SetComponents{Coll: c, Components: []string{"VJOURNAL"}})
		e.same("components", e.world().Homes[0].Collections[0].Collection.Components, []string{"VJOURNAL"})
	}},
	{"deleted is in the trash and nowhere else", func(e *env) {
		home := e.home("ann")
		c, d := e.calendar(home, "work"), e.calendar(home, "play")
		e.put(home, c, "a.ics", "a", "one")
		col := e.world().Homes[0].Collections[0].Collection
		e.apply(home, store.DeleteCollection{Coll: c})
		deleted := e.now
		e.apply(home, store.DeleteCollection{Coll: d})
		w := e.world().Homes[0]
		e.same("collections", len(w.Collections), 0)
		e.same("newest in the trash", w.Trash[0].ID, d)
		e.same("next in the trash", w.Trash[1], store.Trashed{Collection: col, Deleted: deleted, By: "tester"})
		e.view(func(sn store.Snapshot) {
			_, err := sn.Collection(c)
			e.is(err, store.ErrNotFound)
			_, err = sn.CollectionByName(home, store.Calendar, "work")
			e.is(err, store.ErrNotFound)
			_, err = sn.Object(c, "a.ics", store.WantMeta)
			e.is(err, store.ErrNotFound)
			e.is(sn.List(c, "", 0, nil), store.ErrNotFound)
			e.is(sn.Objects(c, nil, 0, nil), store.ErrNotFound)
			e.is(sn.Changes(c, 0, nil), store.ErrNotFound)
			e.is(sn.Versions(c, "", nil), store.ErrNotFound)
			_, err = sn.Version(c, 1)
			e.is(err, store.ErrNotFound)
			_, err = sn.ByUID(c, "a")
			e.is(err, store.ErrNotFound)
			_, err = sn.Range(c, window, "", 0, nil, nil)
			e.is(err, store.ErrNotFound)
		})
		for _, op := range []store.Op{
			putEvent(c, "b.ics", "b", "x"), store.DeleteObject{Coll: c, Name: "a.ics"}, store.DeleteCollection{Coll: c},
			store.RenameCollection{Coll: c, Name: "n"}, store.SetComponents{Coll: c, Components: []string{"VTODO"}},
			store.PatchProps{Target: store.OnCollection, Coll: c},
		} {
			_, err := e.try(home, op)
			e.is(err, store.ErrNotFound)
		}
	}},
	{"in the trash leaves its name free and comes back under another", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		e.put(home, c, "a.ics", "a", "one")
		e.put(home, c, "a.ics", "a", "two")
		before := e.world().Homes[0].Collections[0]
		e.apply(home, store.DeleteCollection{Coll: c})
		e.calendar(home, "work")
		_, err := e.try(home, store.RestoreCollection{Coll: c})
		e.is(err, store.ErrExists)
		e.apply(home, store.RestoreCollection{Coll: c, Name: "work-2"})
		before.Collection.Name = "work-2"
		w := e.world().Homes[0]
		e.same("restored", w.Collections[0], before)
		e.same("trash", w.Trash, []store.Trashed(nil))
		_, err = e.try(home, store.RestoreCollection{Coll: c})
		e.is(err, store.ErrNotFound)
		e.put(home, c, "b.ics", "b", "goes on")
	}},
	{"of another home is not found", func(e *env) {
		ann, bob := e.home("ann"), e.home("bob")
		c, mine := e.calendar(ann, "work"), e.calendar(bob, "own")
		e.put(ann, c, "a.ics", "a", "one")
		for _, op := range []store.Op{
			putEvent(c, "b.ics", "b", "x"), store.DeleteObject{Coll: c, Name: "a.ics"}, store.DeleteCollection{Coll: c},
			store.RenameCollection{Coll: c, Name: "n"}, store.PatchProps{Target: store.OnObject, Coll: c, Name: "a.ics"},
			store.MoveObject{From: c, FromName: "a.ics", To: mine, ToName: "a.ics"},
		} {
			_, err := e.try(bob, op)
			e.is(err, store.ErrNotFound)
		}
		_, err := e.tryIf(bob, []store.Pre{store.ETagIs{Coll: c, Name: "a.ics"}})
		e.precondition(err, 0)
		_, err = e.tryIf(bob, []store.Pre{store.RevIs{Coll: c, Rev: 1}})
		e.precondition(err, 0)
	}},
}
