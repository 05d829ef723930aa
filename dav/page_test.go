package dav_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"almanac/dav"
	"almanac/dav/davtest"
	"almanac/store/memstore"
)

// TestPages opens each container in a browser: what is shown is what it is, and
// what is kept there.
func TestPages(t *testing.T) {
	var got *dav.Page
	s := davtest.NewServerWith(t, memstore.New(), dav.Config{Prefix: "/cal", Page: func(w http.ResponseWriter, _ *http.Request, p *dav.Page) {
		got = p
		w.WriteHeader(http.StatusOK)
	}})
	s.Do(t, davtest.Request{User: "ann", Method: "PUT", Target: "/dav/calendars/ann/calendar/1.ics", Body: someEvent})
	s.Do(t, davtest.Request{User: "ann", Method: "PROPPATCH", Target: "/dav/calendars/ann/tasks/",
		Body: `<propertyupdate xmlns="DAV:"><set><prop><displayname>&lt;script>&amp;amp;</displayname></prop></set></propertyupdate>`})
	calendar := dav.PageCollection{Name: "Calendar", Kind: "calendar", Path: "/cal/dav/calendars/ann/calendar/", Members: 1}
	tasks := dav.PageCollection{Name: "<script>&amp;", Kind: "tasks", Path: "/cal/dav/calendars/ann/tasks/"}
	contacts := dav.PageCollection{Name: "Contacts", Kind: "addressbook", Path: "/cal/dav/addressbooks/ann/contacts/"}
	all := []dav.PageCollection{calendar, tasks, contacts}
	for target, want := range map[string]dav.Page{
		"/":                        {What: dav.PageServer, Collections: all},
		"/dav/principals/ann/":     {What: dav.PagePrincipal, Name: "Ann", Collections: all},
		"/dav/principals/bob/":     {What: dav.PagePrincipal, Name: "Bob", Collections: all},
		"/dav/calendars/":          {What: dav.PageServer, Collections: all[:2]},
		"/dav/calendars/ann/":      {What: dav.PageCalendars, Name: "Ann", Collections: all[:2]},
		"/dav/addressbooks/ann/":   {What: dav.PageAddressBooks, Name: "Ann", Collections: all[2:]},
		"/dav/calendars/ann/tasks": {What: dav.PageOne, Name: tasks.Name, Collections: all[1:2]},
		"/cal/dav/calendars/ann/":  {What: dav.PageCalendars, Name: "Ann", Collections: all[:2]},
		"/remote.php/dav":          {What: dav.PageServer, Collections: all},
	} {
		want.User = "ann"
		for _, method := range []string{"GET", "HEAD"} {
			got = nil
			res, _ := s.Do(t, davtest.Request{User: "ann", Method: method, Target: target})
			if res.Code != http.StatusOK || got == nil {
				t.Errorf("%s %s: %d", method, target, res.Code)
			} else if diff := cmp.Diff(want, *got); diff != "" {
				t.Errorf("%s %s:\n%s", method, target, diff)
			}
		}
	}
	for target, status := range map[string]int{"/dav/calendars/bob/": 403, "/dav/calendars/ann/nowhere/": 404, "/dav/principals/nobody/": 404} {
		got = nil
		if res, _ := s.Do(t, davtest.Request{User: "ann", Method: "GET", Target: target}); res.Code != status || got != nil {
			t.Errorf("%s: %d, want %d", target, res.Code, status)
		}
	}
	bare := davtest.NewServer(t, memstore.New())
	if res, _ := bare.Do(t, davtest.Request{User: "ann", Method: "GET", Target: "/dav/"}); res.Code != http.StatusMethodNotAllowed || res.Header().Get("Allow") == "" {
		t.Errorf("without pages: %d", res.Code)
	}
}
