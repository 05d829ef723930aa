package dav

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"almanac/dav/wire"
)

// A method is a row: what an HTTP method is for, and on which resources.
type method struct {
	name string
	on   kind
	run  func(*request) error

	// makes tells that the method makes the resource that it is sent to.
	makes bool
}

// methods are all there are. PUT, MKCOL and MKCALENDAR are listed on what they
// make. LOCK, UNLOCK and ACL are missing on purpose: class 2 is not announced,
// and no client locks calendars or writes ACLs.
//
// They are filled in by init, because the handlers refer to the table through the
// properties that show it.
var (
	methods      []method
	methodsNamed = map[string]*method{}
)

func init() {
	methods = []method{
		{name: "OPTIONS", on: kindAny, run: (*request).options},
		{name: "GET", on: kindAny, run: (*request).get},
		{name: "HEAD", on: kindAny, run: (*request).get},
		{name: "PROPFIND", on: kindAny, run: (*request).propfind},
		{name: "PROPPATCH", on: kindPrincipal | kindProxy | kindHome | kindCollection | kindMember, run: (*request).proppatch},
		{name: "REPORT", on: kindAny, run: (*request).report},
		{name: "PUT", on: kindMember, run: (*request).put, makes: true},
		{name: "POST", on: kindCollection | kindCalendarHome, run: (*request).post},
		{name: "DELETE", on: kindCollection | kindLeaf, run: (*request).delete},
		{name: "COPY", on: kindMember, run: (*request).copy},
		{name: "MOVE", on: kindCollection | kindMember, run: (*request).move},
		{name: "MKCOL", on: kindCollection, run: (*request).mkcol, makes: true},
		{name: "MKCALENDAR", on: kindCalendar, run: (*request).mkcol, makes: true},
	}
	for i := range methods {
		methodsNamed[methods[i].name] = &methods[i]
	}
}

func methodNamed(name string) *method { return methodsNamed[name] }

// allow is the Allow header of a resource. Evolution reads from it whether a
// calendar can be written to.
func allow(k kind) string {
	var names []string
	for _, m := range methods {
		if m.on&k != 0 {
			names = append(names, m.name)
		}
	}
	return strings.Join(names, ", ")
}

// misplaced refuses a method on what it is not for.
func (rq *request) misplaced(m *method) error {
	k := rq.at.kind
	if m.makes && m.name != http.MethodPut {
		if k == 0 && rq.at.slash {
			// A collection in a collection has the path of a member with a slash.
			at, _ := rq.locate(strings.TrimRight(rq.r.URL.EscapedPath(), "/"))
			k = at.kind
		}
		if k&(kindMember|kindCollection) != 0 {
			return nested(m, flavourOf(k))
		}
	}
	switch {
	case k == 0 && m.makes:
		// RFC 4918 sections 9.3.1 and 9.7.1.
		return &Error{Status: http.StatusConflict, Err: errors.New("there is no collection that this could be in")}
	case k == 0:
		return errNotFound
	}
	rq.w.Header().Set("Allow", allow(k))
	return &Error{Status: http.StatusMethodNotAllowed}
}

// nested refuses a collection elsewhere than directly in a home of its kind. RFC
// 4791 sections 4.2 and 5.3.1, RFC 6352 section 5.2.
func nested(m *method, f *flavour) error {
	if m.on&f.collection == 0 {
		f = calendars // MKCALENDAR among address books
	}
	return forbidden(wire.Name{Space: f.space, Local: f.resourceType.Local + "-collection-location-ok"},
		fmt.Errorf("each %s is directly in a home", f.noun))
}
