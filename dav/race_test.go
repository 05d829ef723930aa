package dav_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"almanac/dav/davtest"
	"almanac/store"
)

// A meddler is a store in which something happens just before the next write: what
// another client does while a request is between its snapshot and its transaction.
type meddler struct {
	store.Store
	before func()
}

func (m *meddler) Apply(ctx context.Context, b *store.Batch) (*store.Result, error) {
	if before := m.before; before != nil {
		m.before = nil
		before()
	}
	return m.Store.Apply(ctx, b)
}

// TestConditionsHoldInTheTransaction lets another client write between the moment
// at which a request's conditions were judged and its write.
func TestConditionsHoldInTheTransaction(t *testing.T) {
	const (
		calendar = "/dav/calendars/ann/calendar/"
		one      = calendar + "1.ics"
		two      = calendar + "2.ics"
		now      = "Mon, 02 Mar 2026 08:00:00 GMT"
	)
	event := func(uid, more string) string { return strings.Replace(someEvent, "UID:1", more+"UID:"+uid, 1) }
	change := davtest.Request{User: "ann", Method: "PUT", Target: one, Body: event("1", "SEQUENCE:1\r\n")}
	another := davtest.Request{User: "ann", Method: "PUT", Target: two, Body: event("2", "SEQUENCE:1\r\n")}
	remove := davtest.Request{User: "ann", Method: "DELETE", Target: one}
	vanish := davtest.Request{User: "ann", Method: "DELETE", Target: calendar}
	make3 := davtest.Request{User: "ann", Method: "PUT", Target: calendar + "3.ics", Body: event("3", "")}
	put := func(header ...string) davtest.Request {
		return davtest.Request{User: "ann", Method: "PUT", Target: one, Header: header, Body: event("1", "SEQUENCE:2\r\n")}
	}
	for _, c := range []struct {
		name     string
		other    davtest.Request
		request  davtest.Request
		status   int // with the other's write in between
		without  int // without
		contains string
	}{
		{"If-Match", change, put("If-Match: $etag"), 412, 204, ""},
		{"If-Match, and another member changed", another, put("If-Match: $etag"), 204, 204, ""},
		{"If-Match: *, and it is gone", remove, put("If-Match: *"), 412, 204, ""},
		{"If-None-Match: *", make3, davtest.Request{User: "ann", Method: "PUT", Target: make3.Target, Header: []string{"If-None-Match: *"}, Body: event("3", "SEQUENCE:2\r\n")}, 412, 201, ""},
		{"If-Unmodified-Since", change, put("If-Unmodified-Since: " + now), 412, 204, ""},
		{"If-Unmodified-Since, and it is gone", remove, put("If-Unmodified-Since: " + now), 412, 204, ""},
		{"If-Unmodified-Since, and another member changed", another, put("If-Unmodified-Since: " + now), 204, 204, ""},
		{"If with an etag", change, put("If: ([$etag])"), 412, 204, ""},
		{"If with another etag", change, put(`If: (Not ["x"])`), 412, 204, ""},
		{"If with the etag of another member", another, put("If: <" + two + "> ([$etag2])"), 412, 204, ""},
		{"If with a sync-token", another, put("If: <" + calendar + "> (<$token>)"), 412, 204, ""},
		{"If with a sync-token, DELETE", another, davtest.Request{User: "ann", Method: "DELETE", Target: one, Header: []string{"If: <" + calendar + "> (<$token>)"}}, 412, 204, ""},
		{"If with a sync-token, POST", another, davtest.Request{User: "ann", Method: "POST", Target: calendar, Header: []string{"If: (<$token>)"}, Body: event("4", "")}, 412, 201, ""},
		{"If with a sync-token, MOVE", another, davtest.Request{User: "ann", Method: "MOVE", Target: one, Header: []string{"If: <" + calendar + "> (<$token>)", "Destination: " + calendar + "5.ics"}}, 412, 201, ""},
		{"If with a sync-token, PROPPATCH", another, davtest.Request{User: "ann", Method: "PROPPATCH", Target: calendar, Header: []string{"If: (<$token>)"},
			Body: `<propertyupdate xmlns="DAV:"><set><prop><displayname>x</displayname></prop></set></propertyupdate>`}, 412, 207, ""},
		{"the collection vanishes during a PUT", vanish, put(), 409, 204, ""},
		{"the collection vanishes during a PUT of a new member", vanish, davtest.Request{User: "ann", Method: "PUT", Target: make3.Target, Body: make3.Body}, 409, 201, ""},
		{"the collection vanishes during a conditional PUT", vanish, put("If-Match: $etag"), 412, 204, ""},
		{"the collection vanishes during a POST", vanish, davtest.Request{User: "ann", Method: "POST", Target: calendar, Body: event("4", "")}, 409, 201, ""},
		{"the collection vanishes during a DELETE", vanish, remove, 404, 204, ""},
		{"the collection vanishes during a PROPPATCH", vanish, davtest.Request{User: "ann", Method: "PROPPATCH", Target: calendar,
			Body: `<propertyupdate xmlns="DAV:"><set><prop><displayname>x</displayname></prop></set></propertyupdate>`}, 404, 207, ""},
		{"the collection vanishes before a MOVE into it", vanish, davtest.Request{User: "ann", Method: "MOVE", Target: "/dav/calendars/ann/second/1.ics", Header: []string{"Destination: " + calendar + "9.ics"}}, 409, 201, ""},
		{"the source vanishes during a MOVE", remove, davtest.Request{User: "ann", Method: "MOVE", Target: one, Header: []string{"Destination: " + calendar + "9.ics"}}, 404, 201, ""},
		{"another takes the name during MKCALENDAR", davtest.Request{User: "ann", Method: "MKCALENDAR", Target: "/dav/calendars/ann/new/"},
			davtest.Request{User: "ann", Method: "MKCALENDAR", Target: "/dav/calendars/ann/new/"}, 403, 201, "resource-must-be-null"},
		{"another takes the UID during a PUT", davtest.Request{User: "ann", Method: "PUT", Target: calendar + "8.ics", Body: event("3", "")}, make3, 403, 201, "no-uid-conflict"},
	} {
		for _, backend := range davtest.Backends {
			t.Run(c.name+"/"+backend.Name, func(t *testing.T) {
				for _, meanwhile := range []bool{false, true} {
					st := &meddler{Store: backend.Open(t)}
					s := davtest.NewServer(t, st)
					do := func(q davtest.Request) *http.Response {
						res, _ := s.Do(t, q)
						return res.Result()
					}
					etag := do(davtest.Request{User: "ann", Method: "PUT", Target: one, Body: event("1", "")}).Header.Get("ETag")
					etag2 := do(davtest.Request{User: "ann", Method: "PUT", Target: two, Body: event("2", "")}).Header.Get("ETag")
					do(davtest.Request{User: "ann", Method: "MKCALENDAR", Target: "/dav/calendars/ann/second/"})
					do(davtest.Request{User: "ann", Method: "PUT", Target: "/dav/calendars/ann/second/1.ics", Body: event("second", "")})
					known, _ := s.Do(t, davtest.Request{User: "ann", Method: "PROPFIND", Target: calendar, Header: []string{"Depth: 0"}, Body: `<propfind xmlns="DAV:"><prop><sync-token/></prop></propfind>`})
					_, token, _ := strings.Cut(known.Body.String(), "sync-token>")
					token, _, _ = strings.Cut(token, "<")
					fill := strings.NewReplacer("$etag2", etag2, "$etag", etag, "$token", token)
					q := c.request
					q.Header = nil
					for _, h := range c.request.Header {
						q.Header = append(q.Header, fill.Replace(h))
					}
					want := c.without
					if meanwhile {
						want = c.status
						st.before = func() {
							if res := do(c.other); res.StatusCode >= 300 {
								t.Errorf("the other's %s: %s", c.other.Method, res.Status)
							}
						}
					}
					res, _ := s.Do(t, q)
					if res.Code != want || meanwhile && !strings.Contains(res.Body.String(), c.contains) {
						t.Errorf("meanwhile %v: %d, want %d: %s", meanwhile, res.Code, want, res.Body)
					}
					s.CheckClean(t)
				}
			})
		}
	}
}
