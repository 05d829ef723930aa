package storetest

import (
	"strings"

	"almanac/store"
)

func prop(name, text string) store.Prop {
	return store.Prop{Space: "http://example.org/ns", Local: name, XML: "<" + name + " xmlns='http://example.org/ns'>" + text + "</" + name + ">"}
}

var propsCases = []testCase{
	{"are set and removed on each kind of target", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		e.put(home, c, "a.ics", "a", "x")
		read := map[store.Target]func() store.PropSet{
			store.OnPrincipal:       func() store.PropSet { return e.world().Homes[0].Home.Principal },
			store.OnCalendarHome:    func() store.PropSet { return e.world().Homes[0].Home.CalendarHome },
			store.OnAddressBookHome: func() store.PropSet { return e.world().Homes[0].Home.AddressBookHome },
			store.OnCollection:      func() store.PropSet { return e.world().Homes[0].Collections[0].Collection.Props },
			store.OnObject:          func() store.PropSet { return e.object(c, "a.ics", store.WantProps).Props },
		}
		for target, props := range read {
			e.apply(home, store.PatchProps{Target: target, Coll: c, Name: "a.ics", Set: []store.Prop{prop("b", "1"), prop("a", "2")}})
			e.same("set", props(), store.PropSet{prop("a", "2"), prop("b", "1")})
			e.apply(home, store.PatchProps{
				Target: target, Coll: c, Name: "a.ics", Set: []store.Prop{prop("c", "3")},
				Remove: []store.PropName{{Space: "http://example.org/ns", Local: "a"}, {Local: "not there"}},
			})
			e.same("patched", props(), store.PropSet{prop("b", "1"), prop("c", "3")})
			e.apply(home, store.PatchProps{Target: target, Coll: c, Name: "a.ics", Remove: []store.PropName{
				{Space: "http://example.org/ns", Local: "b"}, {Space: "http://example.org/ns", Local: "c"},
			}})
			e.same("removed", props(), store.PropSet{})
		}
		e.same("revision", e.world().Homes[0].Collections[0].Collection.Rev, store.Rev(1))
	}},
	{"of a deleted member are gone", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		e.put(home, c, "a.ics", "a", "x")
		e.apply(home, store.PatchProps{Target: store.OnObject, Coll: c, Name: "a.ics", Set: []store.Prop{prop("a", "1")}})
		e.apply(home, store.DeleteObject{Coll: c, Name: "a.ics"})
		e.put(home, c, "a.ics", "a", "x")
		e.same("properties", e.object(c, "a.ics", store.WantProps).Props, store.PropSet{})
	}},
	{"hold large values", func(e *env) {
		home := e.home("ann")
		c := e.calendar(home, "work")
		big := prop("a", strings.Repeat("text ", 20000))
		e.apply(home, store.PatchProps{Target: store.OnCollection, Coll: c, Set: []store.Prop{big}})
		e.same("properties", e.world().Homes[0].Collections[0].Collection.Props, store.PropSet{big})
	}},
}
