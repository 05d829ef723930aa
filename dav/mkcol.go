package dav

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/store"
)

// maxCollections is how many a home takes: a listing of them is one page.
const maxCollections = 1000

// mkcol answers MKCALENDAR (RFC 4791 section 5.3.1) and extended MKCOL (RFC 5689):
// a calendar or an address book is made with its properties, or not at all.
//
// A plain collection is not made: the homes hold what phones can show.
func (rq *request) mkcol() error {
	// Said of every answer, RFC 4791 section 5.3.1.
	rq.w.Header().Set("Cache-Control", "no-cache")
	f := flavourOf(rq.at.kind)
	cond, err := rq.conditions()
	if err != nil {
		return err
	}
	p, err := rq.readMkcol(f)
	if err != nil {
		return rq.unlessOccupied(err)
	}
	var (
		home *store.Home
		pre  []store.Pre
	)
	err = rq.view(func(snap store.Snapshot) error {
		res, err := rq.find(snap, store.WantMeta)
		if err != nil {
			return err
		}
		if res.home == nil {
			return noParent(res)
		}
		if res.coll != nil {
			return rq.occupied()
		}
		if err := rq.need(rq.who, account.Bind, res); err != nil {
			return err
		}
		if err := checkName(res.location.coll); err != nil {
			return err
		}
		home = res.home
		colls, err := snap.Collections(home.ID)
		if err != nil {
			return err
		}
		if len(colls) >= maxCollections {
			return &Error{Status: http.StatusInsufficientStorage, Err: fmt.Errorf("an account has %d collections at most", maxCollections)}
		}
		pre, err = cond.judge(rq, snap, res)
		return err
	})
	if err != nil {
		return err
	}
	p.fits(nil)
	if p.failed {
		return rq.unmade(p)
	}
	coll := store.Collection{Kind: f.store, Name: rq.at.coll}
	if f == calendars {
		if coll.Components = p.components; coll.Components == nil {
			coll.Components = defaultComponents
		}
	}
	set, _ := p.changes()
	coll.Props = store.PropSet(nil).Patch(set, nil)
	if _, err := rq.apply(home.ID, pre, store.CreateCollection{Collection: coll}); err != nil {
		if errors.Is(err, store.ErrExists) {
			return rq.occupied()
		}
		return err
	}
	return rq.done(http.StatusCreated)
}

// unlessOccupied returns the refusal of a body, unless there is a collection
// already, which counts for more: RFC 4918 section 9.3.1 has 405 for that.
func (rq *request) unlessOccupied(refusal error) error {
	err := rq.view(func(snap store.Snapshot) error {
		res, err := rq.find(snap, store.WantMeta)
		if err == nil && res.coll != nil {
			err = rq.occupied()
		}
		return err
	})
	if err == nil {
		err = refusal
	}
	return err
}

// occupied refuses to make what is there. RFC 4791 section 5.3.1, RFC 4918
// section 9.3.1.
func (rq *request) occupied() error {
	err := fmt.Errorf("there is a collection %q already", rq.at.coll)
	if rq.r.Method == "MKCALENDAR" {
		return forbidden(wire.D("resource-must-be-null"), err)
	}
	rq.w.Header().Set("Allow", allow(rq.at.kind))
	return &Error{Status: http.StatusMethodNotAllowed, Err: err}
}

// readMkcol reads what is to be made. MKCALENDAR may come without a body, and
// DAVx5 repeats in its body that it is a calendar.
func (rq *request) readMkcol(f *flavour) (*patch, error) {
	root := wire.D("mkcol")
	if rq.r.Method == "MKCALENDAR" {
		root = wire.C("mkcalendar")
	}
	if rq.r.ContentLength != 0 && !saysXML(rq.r.Header.Get("Content-Type")) {
		// RFC 4918 section 9.3.1.
		return nil, &Error{Status: http.StatusUnsupportedMediaType, Err: fmt.Errorf("the body is not XML")}
	}
	body, err := rq.body()
	if err != nil {
		return nil, err
	}
	p := rq.newPatch(true)
	if body != nil {
		if body.Name != root {
			return nil, &Error{Status: http.StatusUnsupportedMediaType, Err: fmt.Errorf("the body is %s, not %s", body.Name, root)}
		}
		p.read(body)
	}
	types := resourceTypes(body)
	if types == nil && root == wire.C("mkcalendar") {
		return p, nil
	}
	// Both must be said, in any order, and nothing else.
	want := []wire.Name{wire.D("collection"), f.resourceType}
	if types != nil && sameNames(types, want) {
		return p, nil
	}
	failure := forbidden(wire.D("valid-resourcetype"), fmt.Errorf("what is made here is DAV:collection and %s, and the resourcetype has to say so", f.resourceType))
	if types == nil {
		return nil, failure
	}
	p.note(wire.D("resourcetype"), failure)
	return p, nil
}

// resourceTypes are the elements of the resourcetype in a body, nil if it has none.
func resourceTypes(body *wire.Elem) []wire.Name {
	var types []wire.Name
	for set := range body.ChildrenNamed(wire.D("set")) {
		for prop := range set.ChildrenNamed(wire.D("prop")) {
			if e := prop.Child(wire.D("resourcetype")); e != nil {
				types = []wire.Name{}
				for _, t := range e.Children {
					types = append(types, t.Name)
				}
			}
		}
	}
	return types
}

// sameNames compares without regard to order.
func sameNames(a, b []wire.Name) bool {
	for _, n := range a {
		if !slices.Contains(b, n) {
			return false
		}
	}
	for _, n := range b {
		if !slices.Contains(a, n) {
			return false
		}
	}
	return true
}

// saysXML tells whether a Content-Type may be that of XML; no header says nothing.
func saysXML(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	return contentType == "" || err == nil && (strings.HasSuffix(mediaType, "/xml") || strings.HasSuffix(mediaType, "+xml"))
}

// unmade answers when a property could not be set. RFC 5689 section 3; MKCALENDAR's
// element is that of RFC 4791 section 9.3.
func (rq *request) unmade(p *patch) error {
	root := wire.D("mkcol-response")
	if rq.r.Method == "MKCALENDAR" {
		root = wire.C("mkcalendar-response")
	}
	w := wire.NewWriter()
	defer w.Release()
	w.Begin(root, p.spaces()...)
	p.write(w)
	w.End(root)
	h := rq.w.Header()
	h.Set("Content-Type", "application/xml; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(w.Buffered())))
	rq.w.WriteHeader(p.status())
	rq.w.Write(w.Buffered())
	return nil
}
