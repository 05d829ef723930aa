package storetest

import (
	"errors"
	"strings"

	"almanac/store"
)

// conflict fails the test when err is not that UID conflict.
func (e *env) conflict(err error, want store.UIDConflictError) {
	e.Helper()
	var got *store.UIDConflictError
	if !errors.As(err, &got) {
		e.Errorf("error is %v, want a UID conflict", err)
		return
	}
	e.same("conflict", *got, want)
}

var objectCases = []testCase{
	{"is kept octet for octet", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		op := putEvent(c, "a.ics", "uid-a", "text")
		body := append([]byte(nil), op.Body...)
		res := e.apply(home, op)[0]
		e.same("result", res, store.OpResult{ETag: store.ETagOf(body), Created: true, Rev: 1})
		want := &store.Object{
			Name: "a.ics", ETag: store.ETagOf(body), Rev: 1, Size: int64(len(body)),
			Created: e.now, Modified: e.now, Index: op.Index.Plain(), Body: body,
		}
		e.same("object", e.object(c, "a.ics", store.WantBody|store.WantProps), want)
		want.Body = nil
		e.same("without body", e.object(c, "a.ics", store.WantMeta), want)
	}},
	{"that is missing is not found", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		e.put(home, c, "a.ics", "a", "x")
		e.view(func(sn store.Snapshot) {
			_, err := sn.Object(c, "a.ic", store.WantMeta)
			e.is(err, store.ErrNotFound)
			_, err = sn.Object(c+1, "a.ics", store.WantMeta)
			e.is(err, store.ErrNotFound)
			_, err = sn.ByUID(c, "b")
			e.is(err, store.ErrNotFound)
			_, err = sn.ByUID(c, "")
			e.is(err, store.ErrNotFound)
		})
		_, err := e.try(home, store.DeleteObject{Coll: c, Name: "b.ics"})
		e.is(err, store.ErrNotFound)
		_, err = e.try(home, store.MoveObject{From: c, FromName: "b.ics", To: c, ToName: "c.ics"})
		e.is(err, store.ErrNotFound)
		_, err = e.try(home, store.PatchProps{Target: store.OnObject, Coll: c, Name: "b.ics"})
		e.is(err, store.ErrNotFound)
	}},
	{"replaced keeps its creation and its properties", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		e.put(home, c, "a.ics", "a", "one")
		created := e.now
		prop := store.Prop{Space: "s", Local: "l", XML: "<l xmlns='s'/>"}
		e.apply(home, store.PatchProps{Target: store.OnObject, Coll: c, Name: "a.ics", Set: []store.Prop{prop}})
		op := putEvent(c, "a.ics", "a2", "two")
		body := append([]byte(nil), op.Body...)
		res := e.apply(home, op)[0]
		e.same("result", res, store.OpResult{ETag: store.ETagOf(body), Rev: 2})
		e.same("object", e.object(c, "a.ics", store.WantBody|store.WantProps), &store.Object{
			Name: "a.ics", ETag: store.ETagOf(body), Rev: 2, Size: int64(len(body)),
			Created: created, Modified: e.now, Index: op.Index.Plain(), Body: body, Props: store.PropSet{prop},
		})
		e.view(func(sn store.Snapshot) {
			_, err := sn.ByUID(c, "a")
			e.is(err, store.ErrNotFound)
			name, err := sn.ByUID(c, "a2")
			e.is(err, nil)
			e.same("name", name, "a.ics")
		})
	}},
	{"written again with the same octets changes nothing", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		first := e.put(home, c, "a.ics", "a", "one")
		e.put(home, c, "b.ics", "b", "one")
		before := e.world()
		again := e.put(home, c, "a.ics", "a", "one")
		e.same("result", again, store.OpResult{ETag: first.ETag, Rev: 2})
		e.same("world", e.world(), before)
	}},
	{"an empty body is a body", func(e *env) {
		home := e.home("ann")
		c := e.book(home, "contacts")
		_, err := e.try(home, store.PutObject{Coll: c, Name: "x", Body: nil, Index: store.Index{Component: "VCARD"}})
		e.is(err, nil)
		e.same("size", e.object(c, "x", store.WantBody).Size, int64(0))
		e.apply(home, store.DeleteObject{Coll: c, Name: "x"})
	}},
	{"with a UID that another member has is a conflict", func(e *env) {
		home := e.home("ann")
		c, d := e.calendar(home, "work"), e.calendar(home, "play")
		e.put(home, c, "a.ics", "u1", "one")
		e.put(home, c, "b.ics", "u2", "one")
		before := e.world()
		_, err := e.try(home, putEvent(c, "new.ics", "u1", "x"))
		e.conflict(err, store.UIDConflictError{Coll: c, Name: "a.ics", UID: "u1"})
		_, err = e.try(home, putEvent(c, "b.ics", "u1", "x"))
		e.conflict(err, store.UIDConflictError{Coll: c, Name: "a.ics", UID: "u1"})
		e.same("world", e.world(), before)
		e.put(home, d, "a.ics", "u1", "in another collection")
		e.apply(home, store.DeleteObject{Coll: c, Name: "a.ics"})
		e.put(home, c, "new.ics", "u1", "after it was deleted")
	}},
	{"UIDs of any length are kept apart", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		long := strings.Repeat("long-", 2000)
		uids := []string{"u", "u2", "U", long + "a", long + "b", strings.Repeat("x", 200), strings.Repeat("x", 201)}
		for i, uid := range uids {
			e.put(home, c, string(rune('a'+i)), uid, "x")
		}
		e.view(func(sn store.Snapshot) {
			for i, uid := range uids {
				name, err := sn.ByUID(c, uid)
				e.is(err, nil)
				e.same("name", name, string(rune('a'+i)))
			}
		})
		_, err := e.try(home, putEvent(c, "other", long+"a", "x"))
		e.conflict(err, store.UIDConflictError{Coll: c, Name: "d", UID: long + "a"})
	}},
	{"several are visited in the order asked", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		for _, n := range []string{"a", "b", "c"} {
			e.put(home, c, n, n, n)
		}
		visit := func(names []string, n int) (got []string) {
			e.view(func(sn store.Snapshot) {
				e.is(sn.Objects(c, names, store.WantBody, func(i int, o *store.Object) bool {
					row := names[i] + " missing"
					if o != nil {
						row = o.Name + " " + o.Index.UID + " " + o.ETag
						if string(o.Body) != string(Event(names[i], names[i])) {
							row += " wrong body"
						}
					}
					got = append(got, row)
					return len(got) < n
				}), nil)
			})
			return got
		}
		row := func(n string) string { return n + " " + n + " " + store.ETagOf(Event(n, n)) }
		e.same("rows", visit([]string{"c", "x", "a", "c", ""}, 9), []string{row("c"), "x missing", row("a"), row("c"), " missing"})
		e.same("ended early", visit([]string{"c", "x", "a"}, 2), []string{row("c"), "x missing"})
	}},
	{"listing is in the order of names and can go on", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		for _, n := range []string{"b", "a.ics", "a", "Z", "ä"} {
			e.put(home, c, n, n, n)
		}
		list := func(after string, n int) (got []string) {
			e.view(func(sn store.Snapshot) {
				e.is(sn.List(c, after, store.WantMeta, func(o *store.Object) bool {
					got = append(got, string([]byte(o.Name)))
					return len(got) < n
				}), nil)
			})
			return got
		}
		e.same("all", list("", 9), []string{"Z", "a", "a.ics", "b", "ä"})
		e.same("first two", list("", 2), []string{"Z", "a"})
		e.same("after a", list("a", 9), []string{"a.ics", "b", "ä"})
		e.same("after one that is not there", list("aa", 1), []string{"b"})
	}},
	{"visitors may ask the snapshot for more", func(e *env) {
		home := e.home("ann")
		c, d := e.calendar(home, "work"), e.calendar(home, "play")
		for _, n := range []string{"a", "b", "c"} {
			e.put(home, c, n, n, n)
			e.put(home, d, n, n+"2", n+"2")
		}
		var got []string
		e.view(func(sn store.Snapshot) {
			e.is(sn.List(c, "", store.WantBody, func(o *store.Object) bool {
				name := string([]byte(o.Name))
				other, err := sn.Object(d, name, store.WantBody)
				e.is(err, nil)
				e.is(sn.Objects(c, []string{"c", "a"}, store.WantBody, func(_ int, p *store.Object) bool { return true }), nil)
				if string(o.Body) != string(Event(name, name)) || o.Name != name {
					e.Errorf("%s changed under its visitor", name)
				}
				got = append(got, name+other.Index.UID)
				return true
			}), nil)
		})
		e.same("rows", got, []string{"aa2", "bb2", "cc2"})
	}},
	{"moves to another collection", func(e *env) {
		home := e.home("ann")
		c, d := e.calendar(home, "work"), e.calendar(home, "play")
		e.put(home, c, "a.ics", "a", "one")
		e.put(home, d, "z.ics", "z", "z")
		prop := store.Prop{Space: "s", Local: "l", XML: "<l xmlns='s'/>"}
		e.apply(home, store.PatchProps{Target: store.OnObject, Coll: c, Name: "a.ics", Set: []store.Prop{prop}})
		want := e.object(c, "a.ics", store.WantBody|store.WantProps)
		res := e.apply(home, store.MoveObject{From: c, FromName: "a.ics", To: d, ToName: "b.ics"})[0]
		e.same("result", res, store.OpResult{ETag: want.ETag, Created: true, Rev: 2})
		want.Name, want.Rev = "b.ics", 2
		e.same("moved", e.object(d, "b.ics", store.WantBody|store.WantProps), want)
		w := e.world().Homes[0]
		e.same("changes there", w.Collections[0].All, []store.Change{{Rev: 2, Name: "a.ics", Deleted: true}})
		e.same("changes here", w.Collections[1].All, []store.Change{{Rev: 2, Name: "b.ics"}})
		e.same("versions", len(w.Collections[0].Versions), 1)
		e.same("deleted", w.Collections[0].Versions[0].Deleted, true)
		e.put(home, c, "new.ics", "a", "the UID is free again")
	}},
	{"moves inside a collection", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		e.put(home, c, "a.ics", "a", "one")
		e.apply(home, store.MoveObject{From: c, FromName: "a.ics", To: c, ToName: "b.ics"})
		w := e.world().Homes[0].Collections[0]
		e.same("changes", w.All, []store.Change{{Rev: 2, Name: "a.ics", Deleted: true}, {Rev: 3, Name: "b.ics"}})
		e.same("UIDs", w.UIDs, map[string]string{"a": "b.ics"})
		before := e.world()
		e.apply(home, store.MoveObject{From: c, FromName: "b.ics", To: c, ToName: "b.ics"})
		e.same("moved onto itself", e.world(), before)
	}},
	{"moves over another only if told to", func(e *env) {
		home := e.home("ann")
		c, d := e.calendar(home, "work"), e.calendar(home, "play")
		e.put(home, c, "a.ics", "a", "one")
		e.put(home, d, "b.ics", "b", "two")
		e.put(home, d, "c.ics", "c", "three")
		prop := store.Prop{Space: "s", Local: "l", XML: "<l xmlns='s'/>"}
		e.apply(home, store.PatchProps{Target: store.OnObject, Coll: d, Name: "b.ics", Set: []store.Prop{prop}})
		before := e.world()
		_, err := e.try(home, store.MoveObject{From: c, FromName: "a.ics", To: d, ToName: "b.ics"})
		e.is(err, store.ErrExists)
		e.same("world", e.world(), before)
		res := e.apply(home, store.MoveObject{From: c, FromName: "a.ics", To: d, ToName: "b.ics", Overwrite: true})[0]
		e.same("result", res, store.OpResult{ETag: store.ETagOf(Event("a", "one")), Rev: 3})
		got := e.object(d, "b.ics", store.WantBody|store.WantProps)
		e.same("body", string(got.Body), string(Event("a", "one")))
		e.same("properties", got.Props, store.PropSet(nil))
		w := e.world().Homes[0].Collections[1]
		e.same("UIDs", w.UIDs, map[string]string{"a": "b.ics", "c": "c.ics"})
		e.same("overwritten is in the history", w.Versions[0].Name+" "+w.Versions[0].Index.UID, "b.ics b")
		e.same("it was replaced", w.Versions[0].Deleted, false)
	}},
	{"moves to where its UID is used only over that member", func(e *env) {
		home := e.home("ann")
		c, d := e.calendar(home, "work"), e.calendar(home, "play")
		e.put(home, c, "a.ics", "u", "one")
		e.put(home, d, "b.ics", "u", "two")
		e.put(home, d, "c.ics", "c", "three")
		for _, to := range []string{"c.ics", "new.ics"} {
			_, err := e.try(home, store.MoveObject{From: c, FromName: "a.ics", To: d, ToName: to, Overwrite: true})
			e.conflict(err, store.UIDConflictError{Coll: d, Name: "b.ics", UID: "u"})
		}
		e.apply(home, store.MoveObject{From: c, FromName: "a.ics", To: d, ToName: "b.ics", Overwrite: true})
		e.same("names", e.names(d), []string{"b.ics", "c.ics"})
	}},
	{"cards are objects too", func(e *env) {
		home := e.home("ann")
		c := e.book(home, "contacts")
		op := putCard(c, "a.vcf", "a", "Ann Example")
		want := string(op.Body)
		e.apply(home, op)
		o := e.object(c, "a.vcf", store.WantBody)
		e.same("body", string(o.Body), want)
		e.same("component", o.Index.Component, "VCARD")
	}},
	{"names hold any octets but NUL", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		names := []string{"\x01", "a b/c%2F.ics", "\xff\xfe", strings.Repeat("n", store.MaxName)}
		for _, n := range names {
			e.put(home, c, n, "uid"+n, "x")
		}
		e.same("number of names", len(e.names(c)), len(names))
		for _, n := range []string{"", "a\x00b", strings.Repeat("n", store.MaxName+1)} {
			_, err := e.try(home, putEvent(c, n, "u", "x"))
			e.is(err, store.ErrInvalid)
		}
	}},
}
