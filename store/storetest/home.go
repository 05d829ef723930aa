package storetest

import (
	"errors"
	"time"

	"almanac/store"
)

var homeCases = []testCase{
	{"is found by id and by name", func(e *env) {
		props := store.PropSet{{Space: "DAV:", Local: "displayname", XML: "<displayname xmlns='DAV:'>x</displayname>"}}
		id := e.apply(0, store.CreateHome{Home: store.Home{
			ID: 99, Name: "ann", DisplayName: "Ann", Emails: []string{"ann@example.org", "a@example.com"},
			Secret: "hash", SecretRev: 77, Principal: props, CalendarHome: props, AddressBookHome: props,
		}})[0].Home
		want := &store.Home{
			ID: id, Name: "ann", DisplayName: "Ann", Emails: []string{"ann@example.org", "a@example.com"},
			Secret: "hash", SecretRev: 1, Created: e.now, Principal: props, CalendarHome: props, AddressBookHome: props,
		}
		e.view(func(sn store.Snapshot) {
			got, err := sn.Home(id)
			e.same("home", got, want)
			e.is(err, nil)
			got, err = sn.HomeByName("ann")
			e.same("home by name", got, want)
			e.is(err, nil)
		})
	}},
	{"that is missing is not found", func(e *env) {
		id := e.home("ann")
		e.view(func(sn store.Snapshot) {
			_, err := sn.Home(id + 1)
			e.is(err, store.ErrNotFound)
			_, err = sn.HomeByName("an")
			e.is(err, store.ErrNotFound)
			_, err = sn.Collections(id + 1)
			e.is(err, store.ErrNotFound)
			_, err = sn.Trash(id + 1)
			e.is(err, store.ErrNotFound)
		})
		_, err := e.try(id+1, store.SetHome{})
		e.is(err, store.ErrNotFound)
	}},
	{"name is taken once", func(e *env) {
		e.home("ann")
		_, err := e.try(0, store.CreateHome{Home: store.Home{Name: "ann"}})
		e.is(err, store.ErrExists)
	}},
	{"is changed field by field", func(e *env) {
		id := e.home("ann")
		name, secret, emails := "Ann", "hash", []string{"ann@example.org"}
		e.apply(id, store.SetHome{DisplayName: &name})
		e.apply(id, store.SetHome{Emails: &emails})
		e.apply(id, store.SetHome{Secret: &secret})
		e.apply(id, store.SetHome{NewRev: true})
		want := store.Home{ID: id, Name: "ann", DisplayName: "Ann", Emails: emails, Secret: "hash", SecretRev: 3, Created: e.now.Add(-4 * time.Second)}
		e.same("home", e.world().Homes[0].Home, want)
	}},
	{"listing is in the order of names and can go on", func(e *env) {
		for _, name := range []string{"carl", "ann", "bob", "b"} {
			e.home(name)
		}
		list := func(after string, n int) (names []string) {
			e.view(func(sn store.Snapshot) {
				e.is(sn.Homes(after, func(h *store.Home) bool {
					names = append(names, h.Name)
					return len(names) < n
				}), nil)
			})
			return names
		}
		e.same("all", list("", 9), []string{"ann", "b", "bob", "carl"})
		e.same("first", list("", 1), []string{"ann"})
		e.same("after ann", list("ann", 2), []string{"b", "bob"})
		e.same("after a name that is not there", list("bb", 9), []string{"bob", "carl"})
	}},
	{"deleted takes all with it, for good", func(e *env) {
		ann, bob := e.home("ann"), e.home("bob")
		cal, trash := e.calendar(ann, "work"), e.calendar(ann, "old")
		e.put(ann, cal, "a.ics", "a", "x")
		e.apply(ann, store.DeleteCollection{Coll: trash})
		e.apply(ann, store.Enqueue{Job: store.Job{Queue: "mail", ID: "a", Due: e.now}})
		due := e.now
		e.apply(bob, store.Enqueue{Job: store.Job{Queue: "alarm", ID: "b", Due: due}})
		e.apply(ann, store.DeleteHome{})
		e.view(func(sn store.Snapshot) {
			_, err := sn.Collection(cal)
			e.is(err, store.ErrNotFound)
			_, err = sn.Object(cal, "a.ics", store.WantMeta)
			e.is(err, store.ErrNotFound)
		})
		_, err := e.try(ann, store.RestoreCollection{Coll: trash})
		e.is(err, store.ErrNotFound)
		w := e.world()
		e.same("number of homes", len(w.Homes), 1)
		e.same("jobs", w.Next, map[string]time.Time{"alarm": due})
		again := e.home("ann")
		if again == ann || again == bob {
			e.Errorf("home %d is given again", again)
		}
		e.same("collections of the new home", len(e.world().Homes[0].Collections), 0)
		e.is(e.s.Expire(e.ctx, e.now), nil)
	}},
	{"made in a batch is the home of what follows", func(e *env) {
		res := e.apply(0, store.CreateHome{Home: store.Home{Name: "ann"}},
			store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: "contacts"}})
		e.view(func(sn store.Snapshot) {
			c, err := sn.CollectionByName(res[0].Home, store.AddressBook, "contacts")
			e.is(err, nil)
			e.same("collection", c.ID, res[1].Coll)
		})
	}},
}

// is fails the test when err is not, in the sense of errors.Is, want.
func (e *env) is(err, want error) {
	e.Helper()
	if !errors.Is(err, want) {
		e.Errorf("error is %v, want %v", err, want)
	}
}
