package dav

import (
	"fmt"

	"almanac/dav/wire"
	"almanac/store"
)

// A report is a row: what a REPORT body with that root element asks, and of which
// resources. RFC 3253 section 3.6.
type report struct {
	name wire.Name
	on   kind
	run  func(*request, *wire.Elem) error
}

// The resources that the reports of RFC 4791 section 7 and RFC 6352 section 8 must
// be offered on: collections, and members for themselves.
const (
	kindCalendarData = kindCalendar | kindCalendarObject
	kindAddressData  = kindAddressBook | kindCard
)

// reports are all there are. They are filled in by init, because the handlers
// refer to the table through the properties that show it.
var (
	reports      []report
	reportsNamed = map[wire.Name]*report{}
)

func init() {
	reports = []report{
		{wire.C("calendar-multiget"), kindCalendarData, (*request).multiget},
		{wire.C("calendar-query"), kindCalendarData, (*request).query},
		{wire.C("free-busy-query"), kindCalendarData, (*request).freeBusy},
		{wire.Card("addressbook-multiget"), kindAddressData, (*request).multiget},
		{wire.Card("addressbook-query"), kindAddressData, (*request).query},
		{wire.D("sync-collection"), kindCollection, (*request).syncCollection},
		{wire.D("expand-property"), kindAny, (*request).expandProperty},
		{wire.D("acl-principal-prop-set"), kindHome | kindCollection | kindMember | kindPrincipal, (*request).aclPrincipalPropSet},
		{wire.D("principal-match"), kindAny &^ kindLeaf, (*request).principalMatch},
		{wire.D("principal-property-search"), kindAny &^ kindLeaf, (*request).principalPropertySearch},
		{wire.D("principal-search-property-set"), kindAny &^ kindLeaf, (*request).principalSearchPropertySet},
	}
	for i := range reports {
		reportsNamed[reports[i].name] = &reports[i]
	}
}

// report answers REPORT. RFC 3253 section 3.6.
func (rq *request) report() error {
	body, err := rq.body()
	if err != nil {
		return err
	}
	if body == nil {
		return badRequest("a REPORT has a body that names the report")
	}
	r := reportsNamed[body.Name]
	if r == nil || r.on&rq.at.kind == 0 {
		return forbidden(wire.D("supported-report"), fmt.Errorf("there is no report %s here", body.Name))
	}
	return r.run(rq, body)
}

// depth reads the Depth header of a REPORT; an absent one is 0, RFC 3253 section 3.6.
func (rq *request) depth() (wire.Depth, error) {
	v := rq.r.Header.Get("Depth")
	if v == "" {
		return wire.Depth0, nil
	}
	return wire.ParseDepth(v)
}

// target finds the resource that a report is asked of, in a snapshot of its own.
// The collection in it tells which revision that snapshot had.
func (rq *request) target(want store.Want) (res *resource, err error) {
	err = rq.view(func(snap store.Snapshot) error {
		if res, err = rq.find(snap, want); err != nil {
			return err
		}
		if !res.exists() {
			return errNotFound
		}
		return nil
	})
	return res, err
}

// member returns a resource for the members of the collection that res is in or
// is, to be given a name and an object again and again.
func (res *resource) member() *resource {
	return &resource{
		location: location{kind: res.flavour().member, user: res.user, coll: res.location.coll},
		home:     res.home, coll: res.coll, owner: res.owner, access: res.access,
	}
}

// reportProps reads which properties a report wants of each member, and how it
// wants the member's octets. Unlike a PROPFIND it may want none.
func (rq *request) reportProps(body *wire.Elem, f *flavour) (*propRequest, error) {
	want := &propRequest{}
	var data *wire.Elem
	switch {
	case body.Child(wire.D("prop")) != nil:
		data = body.Child(wire.D("prop")).Child(f.data)
		fallthrough
	case body.Child(wire.D("allprop")) != nil, body.Child(wire.D("propname")) != nil:
		var err error
		if want, err = readPropRequest(body); err != nil {
			return nil, err
		}
	}
	if data == nil {
		return want, nil
	}
	write, err := f.readData(data)
	if err != nil {
		return nil, err
	}
	want.data, want.dataName = write, f.data
	return want, nil
}

// supportedReportSet writes DAV:supported-report-set. RFC 3253 section 3.1.5.
func supportedReportSet(_ *request, res *resource, w *wire.Writer) bool {
	for _, r := range reports {
		if r.on&res.kind == 0 {
			continue
		}
		w.Open(wire.D("supported-report"))
		w.Open(wire.D("report"))
		w.Empty(r.name)
		w.Close(wire.D("report"))
		w.Close(wire.D("supported-report"))
	}
	return true
}

// supportedMethodSet writes DAV:supported-method-set. RFC 3253 section 3.1.3.
func supportedMethodSet(_ *request, res *resource, w *wire.Writer) bool {
	for _, m := range methods {
		if m.on&res.kind != 0 {
			w.Empty(wire.D("supported-method"), wire.Attr{Name: wire.Name{Local: "name"}, Value: m.name})
		}
	}
	return true
}
