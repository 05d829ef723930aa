package dav_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/account"
	"almanac/dav"
	"almanac/dav/davtest"
	"almanac/store"
	"almanac/store/memstore"
)

// A device is a program that signs in as ann with a password.
type device struct {
	t        *testing.T
	handler  http.Handler
	password string
}

func (d device) send(method, path, body string, header ...string) *httptest.ResponseRecorder {
	d.t.Helper()
	r := httptest.NewRequestWithContext(d.t.Context(), method, path, strings.NewReader(body))
	r.SetBasicAuth("ann", d.password)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

func (d device) want(status int, method, path, body string, header ...string) string {
	d.t.Helper()
	w := d.send(method, path, body, header...)
	if w.Code != status {
		d.t.Errorf("%s %s: %d, want %d\n%s", method, path, w.Code, status, w.Body)
	}
	return w.Body.String()
}

const (
	calendarPath = "/dav/calendars/ann/calendar/"
	tasksPath    = "/dav/calendars/ann/tasks/"
	contactsPath = "/dav/addressbooks/ann/contacts/"
	event        = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260301T100000Z\r\nSUMMARY:Secret meeting\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	displayName  = `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:displayname>X</D:displayname></D:prop></D:set></D:propertyupdate>`
)

// withDevices returns ann's own device, with an event stored, and what makes others.
func withDevices(t *testing.T) (own device, limited func(account.Scope) device, coll func(store.Kind, string) store.CollID) {
	st := memstore.New()
	t.Cleanup(func() { st.Close() })
	s := davtest.NewServer(t, st)
	own = device{t, s.Handler, "ann"}
	own.want(http.StatusCreated, "PUT", calendarPath+"1.ics", event, "Content-Type", "text/calendar")
	var ann store.HomeID
	coll = func(kind store.Kind, name string) (id store.CollID) {
		t.Helper()
		if err := st.View(t.Context(), func(sn store.Snapshot) error {
			h, err := sn.HomeByName("ann")
			if err != nil {
				return err
			}
			ann = h.ID
			c, err := sn.CollectionByName(h.ID, kind, name)
			if err == nil {
				id = c.ID
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return id
	}
	coll(store.Calendar, "calendar")
	return own, func(scope account.Scope) device {
		t.Helper()
		_, secret, err := account.AddAppPassword(t.Context(), st, ann, account.AppPassword{Label: "x", Scope: scope}, "ann", rand.Reader, davtest.Now)
		if err != nil {
			t.Fatal(err)
		}
		return device{t, s.Handler, secret}
	}, coll
}

// TestAReadOnlyDevice tries every method there is.
func TestAReadOnlyDevice(t *testing.T) {
	own, limited, _ := withDevices(t)
	screen := limited(account.Scope{ReadOnly: true})
	object := calendarPath + "1.ics"
	privileges := `<D:propfind xmlns:D="DAV:"><D:prop><D:current-user-privilege-set/></D:prop></D:propfind>`
	query := `<C:calendar-query xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>`
	tried := []string{}
	for _, c := range []struct {
		method, path, body string
		header             []string
		status             int
	}{
		{"OPTIONS", calendarPath, "", nil, http.StatusOK},
		{"GET", object, "", nil, http.StatusOK},
		{"HEAD", object, "", nil, http.StatusOK},
		{"PROPFIND", calendarPath, privileges, []string{"Depth", "1"}, http.StatusMultiStatus},
		{"REPORT", calendarPath, query, []string{"Depth", "1"}, http.StatusMultiStatus},
		{"PROPPATCH", calendarPath, displayName, nil, http.StatusForbidden},
		{"PUT", object, event, []string{"Content-Type", "text/calendar"}, http.StatusForbidden},
		{"PUT", calendarPath + "2.ics", event, []string{"Content-Type", "text/calendar"}, http.StatusForbidden},
		{"POST", calendarPath, event, []string{"Content-Type", "text/calendar"}, http.StatusForbidden},
		{"DELETE", object, "", nil, http.StatusForbidden},
		{"DELETE", calendarPath, "", nil, http.StatusForbidden},
		{"COPY", object, "", []string{"Destination", calendarPath + "3.ics"}, http.StatusForbidden},
		{"MOVE", object, "", []string{"Destination", calendarPath + "3.ics"}, http.StatusForbidden},
		{"MKCOL", "/dav/addressbooks/ann/new/", "", nil, http.StatusForbidden},
		{"MKCALENDAR", "/dav/calendars/ann/new/", "", nil, http.StatusForbidden},
	} {
		tried = append(tried, c.method)
		body := screen.want(c.status, c.method, c.path, c.body, c.header...)
		if c.status == http.StatusForbidden && !strings.Contains(body, "need-privileges") {
			t.Errorf("%s is refused without a word of privileges:\n%s", c.method, body)
		}
		if c.method == "PROPFIND" && (strings.Contains(body, "write") || strings.Contains(body, "bind") || !strings.Contains(body, "<d:read/>")) {
			t.Errorf("it is told of these privileges:\n%s", body)
		}
	}
	for _, name := range dav.MethodNames() {
		if !slices.Contains(tried, name) {
			t.Errorf("%s was not tried", name)
		}
	}
	own.want(http.StatusOK, "GET", object, "")
	own.want(http.StatusNotFound, "GET", calendarPath+"3.ics", "")
}

func TestADeviceForOneCollection(t *testing.T) {
	_, limited, coll := withDevices(t)
	list := `<D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/></D:prop></D:propfind>`
	multiget := `<C:calendar-multiget xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><C:calendar-data/></D:prop><D:href>` + calendarPath + `1.ics</D:href></C:calendar-multiget>`
	todo := strings.NewReplacer("VEVENT", "VTODO", "UID:1", "UID:9").Replace(event)

	tasks := limited(account.Scope{Colls: []store.CollID{coll(store.Calendar, "tasks")}})
	body := tasks.want(http.StatusMultiStatus, "PROPFIND", "/dav/calendars/ann/", list, "Depth", "1")
	if !strings.Contains(body, tasksPath) || strings.Contains(body, calendarPath) {
		t.Errorf("the home lists\n%s", body)
	}
	body = tasks.want(http.StatusMultiStatus, "PROPFIND", "/dav/addressbooks/ann/", list, "Depth", "1")
	if strings.Contains(body, contactsPath) {
		t.Errorf("the home lists\n%s", body)
	}
	tasks.want(http.StatusCreated, "PUT", tasksPath+"9.ics", todo, "Content-Type", "text/calendar")
	for _, path := range []string{calendarPath, calendarPath + "1.ics", contactsPath} {
		for _, method := range []string{"GET", "PROPFIND", "DELETE"} {
			tasks.want(http.StatusForbidden, method, path, "")
		}
	}
	tasks.want(http.StatusForbidden, "REPORT", calendarPath, multiget, "Depth", "1")
	tasks.want(http.StatusForbidden, "MKCALENDAR", "/dav/calendars/ann/new/", "")
	tasks.want(http.StatusForbidden, "MOVE", tasksPath+"9.ics", "", "Destination", calendarPath+"9.ics")
	tasks.want(http.StatusForbidden, "COPY", calendarPath+"1.ics", "", "Destination", tasksPath+"1.ics")
	if body := tasks.send("REPORT", tasksPath, multiget, "Depth", "1").Body.String(); strings.Contains(body, "Secret") {
		t.Errorf("a multiget elsewhere tells\n%s", body)
	}

	contacts := limited(account.Scope{Kinds: []store.Kind{store.AddressBook}})
	contacts.want(http.StatusMultiStatus, "PROPFIND", contactsPath, list, "Depth", "1")
	contacts.want(http.StatusForbidden, "PROPFIND", calendarPath, list, "Depth", "1")
	contacts.want(http.StatusForbidden, "MKCALENDAR", "/dav/calendars/ann/new/", "")
	contacts.want(http.StatusForbidden, "PROPPATCH", "/dav/principals/ann/", displayName)
}

// TestADirectoryThatIsAwayIsNoWrongPassword: clients ask people for another one when
// they read 401, and come again when they read 503.
func TestADirectoryThatIsAwayIsNoWrongPassword(t *testing.T) {
	st := memstore.New()
	defer st.Close()
	auth, err := account.New(st, account.Options{Random: rand.Reader, Directory: awayDirectory{}})
	if err != nil {
		t.Fatal(err)
	}
	d := device{t, dav.New(dav.Config{Store: st, Auth: auth}), "x"}
	w := d.send("PROPFIND", "/", "")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || w.Header().Get("WWW-Authenticate") != "" || strings.Contains(w.Body.String(), "ldap.internal") {
		t.Errorf("%d, %v\n%s", w.Code, w.Header(), w.Body)
	}
}

type awayDirectory struct{}

func (awayDirectory) Source() string { return "ldap" }

func (awayDirectory) Verify(context.Context, string, string) (account.Person, error) {
	return account.Person{}, &account.UnavailableError{RetryAfter: time.Minute, Err: errors.New("ldap.internal does not answer")}
}

func (d awayDirectory) Find(ctx context.Context, _ string) (account.Person, error) {
	return d.Verify(ctx, "", "")
}

// BenchmarkPollOfADevice compares polls with an app password and with the account's
// own.
func BenchmarkPollOfADevice(b *testing.B) {
	st := davtest.OpenBolt(b)
	s := davtest.NewServer(b, st)
	var app string
	err := st.View(b.Context(), func(sn store.Snapshot) error {
		h, err := sn.HomeByName("ann")
		if err == nil {
			_, app, err = account.AddAppPassword(b.Context(), st, h.ID, account.AppPassword{}, "ann", rand.Reader, davtest.Now)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct{ name, password string }{{"own", "ann"}, {"app", app}} {
		b.Run(c.name, func(b *testing.B) {
			q := newBenchRequest("PROPFIND", benchCalendar, `<A:propfind xmlns:A="DAV:"><A:prop><C:getctag xmlns:C="http://calendarserver.org/ns/"/></A:prop></A:propfind>`, "Depth", "0")
			q.SetBasicAuth("ann", c.password)
			b.ReportAllocs()
			for b.Loop() {
				q.send(b, s, http.StatusMultiStatus)
			}
		})
	}
}

// TestInvitationsAndScopes has Ann invite Bob: a device of his that is for contacts,
// or for one calendar, neither reads nor answers that, nor puts it aside.
func TestInvitationsAndScopes(t *testing.T) {
	c, st := newTroupe(t, davtest.Backends[0].Open, "")
	xml := "Content-Type: application/xml"
	c.ask(200, "ann", "POST", "/dav/calendars/ann/calendar/", `<CS:share xmlns:CS="http://calendarserver.org/ns/" xmlns="DAV:"><CS:set><href>mailto:bob@example.org</href></CS:set></CS:share>`, xml)
	var invite string
	var tasks store.CollID
	c.must(st.View(t.Context(), func(s store.Snapshot) error {
		all, err := account.SharedWith(s, c.bob())
		if err != nil {
			return err
		}
		invite = all[0].Invite
		coll, err := s.CollectionByName(c.home["bob"], store.Calendar, "tasks")
		tasks = coll.ID
		return err
	}))
	notice := "/dav/notifications/bob/" + invite + ".xml"
	reply := `<CS:invite-reply xmlns:CS="http://calendarserver.org/ns/" xmlns="DAV:"><CS:invite-accepted/><CS:in-reply-to>` + invite + `</CS:in-reply-to></CS:invite-reply>`
	where := `<propfind xmlns="DAV:"><prop><CS:notification-URL xmlns:CS="http://calendarserver.org/ns/"/></prop></propfind>`
	for _, tc := range []struct {
		name                         string
		scope                        account.Scope
		read, told, dismiss, replies int
	}{
		{"contacts", account.Scope{Kinds: []store.Kind{store.AddressBook}}, 403, 0, 403, 403},
		{"one calendar", account.Scope{Colls: []store.CollID{tasks}}, 403, 0, 403, 403},
		{"reading", account.Scope{ReadOnly: true}, 200, 1, 403, 403},
		{"calendars", account.Scope{Kinds: []store.Kind{store.Calendar}}, 200, 1, 204, 200},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, secret, err := account.AddAppPassword(t.Context(), st, c.home["bob"], account.AppPassword{Label: "x", Scope: tc.scope}, "bob", rand.Reader, davtest.Now)
			c.must(err)
			user := "bob:" + secret
			c.ask(tc.read, user, "GET", notice, "")
			res, _ := c.Do(t, davtest.Request{User: user, Method: "PROPFIND", Target: "/dav/principals/bob/", Header: []string{"Depth: 0"}, Body: where})
			if strings.Count(res.Body.String(), "/dav/notifications/bob/") != tc.told {
				t.Errorf("it is told %s", res.Body)
			}
			c.ask(tc.dismiss, user, "DELETE", notice, "")
			c.ask(tc.replies, user, "POST", "/dav/calendars/bob/", reply, xml)
		})
	}
}
