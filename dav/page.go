package dav

import (
	"errors"
	"net/http"

	"almanac/dav/wire"
	"almanac/store"
)

// A Page is what a person is told who opened the address of a container in a
// browser: what it is, and what is kept there.
type Page struct {
	User string // who asks
	What PageKind
	Name string // of the collection, or of the person whose things these are

	Collections []PageCollection
}

// PageKind says what a Page is about.
type PageKind string

const (
	PageServer       PageKind = "server"
	PagePrincipal    PageKind = "principal"
	PageCalendars    PageKind = "calendars"
	PageAddressBooks PageKind = "addressbooks"
	PageOne          PageKind = "collection" // the only one in Collections
)

// A PageCollection is one collection on a Page.
type PageCollection struct {
	Name    string
	Kind    string // "calendar", "tasks", "journal" or "addressbook"
	Path    string // escaped, with the prefix
	Members int
}

// showPage answers GET of a container.
func (rq *request) showPage() error {
	var res *resource
	p := Page{User: rq.who.Name}
	err := rq.view(func(snap store.Snapshot) (err error) {
		if res, err = rq.find(snap, store.WantMeta); err != nil {
			return err
		}
		if !res.exists() {
			return errNotFound
		}
		return p.collect(rq, snap, res)
	})
	if err != nil {
		return err
	}
	if rq.page == nil {
		rq.w.Header().Set("Allow", allow(rq.at.kind))
		return &Error{Status: http.StatusMethodNotAllowed, Err: errors.New("there are no pages here")}
	}
	p.describe(res)
	rq.page(rq.w, rq.r, &p)
	return nil
}

// collect lists the collections that the page shows: the one asked for, those of
// the home asked for, or the reader's own.
func (p *Page) collect(rq *request, snap store.Snapshot, res *resource) error {
	if res.coll != nil {
		p.add(rq, res)
		return nil
	}
	colls, err := snap.Collections(rq.who.Home)
	if err != nil {
		return err
	}
	for _, coll := range colls {
		for _, f := range flavours {
			if coll.Kind == f.store && (res.flavour() == nil || res.flavour() == f) {
				at := location{kind: f.collection, user: rq.who.Name, coll: coll.Name}
				p.add(rq, &resource{location: at, coll: coll})
			}
		}
	}
	return nil
}

func (p *Page) add(rq *request, res *resource) {
	c := PageCollection{Name: res.coll.Name, Kind: pageWord(res.coll), Path: rq.href(res.location), Members: res.coll.Count}
	if xml := res.coll.Props.Get(wire.DAV, "displayname"); xml != "" {
		if text := wire.FragmentText(xml); text != "" {
			c.Name = text
		}
	}
	p.Collections = append(p.Collections, c)
}

// pageWord is the Kind of a PageCollection.
func pageWord(c *store.Collection) string {
	switch {
	case c.Kind == store.AddressBook:
		return "addressbook"
	case len(c.Components) == 1 && c.Components[0] == "VTODO":
		return "tasks"
	case len(c.Components) == 1 && c.Components[0] == "VJOURNAL":
		return "journal"
	}
	return "calendar"
}

func (p *Page) describe(res *resource) {
	switch {
	case res.coll != nil:
		p.What, p.Name = PageOne, p.Collections[0].Name
	case res.kind == kindCalendarHome:
		p.What, p.Name = PageCalendars, personName(res.home)
	case res.kind == kindAddressBookHome:
		p.What, p.Name = PageAddressBooks, personName(res.home)
	case res.kind == kindPrincipal:
		p.What, p.Name = PagePrincipal, personName(res.home)
	default:
		p.What = PageServer
	}
}
