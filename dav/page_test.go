package dav_test

import (
	"net/http"
	"strings"
	"testing"

	"almanac/dav"
	"almanac/dav/davtest"
	"almanac/store/memstore"
)

// TestPages opens each container in a browser: every one has a page that says what
// it is and how to connect, and HEAD says the same without it.
func TestPages(t *testing.T) {
	s := davtest.NewServerWith(t, memstore.New(), dav.Config{Prefix: "/cal"})
	s.Do(t, davtest.Request{User: "ann", Method: "PUT", Target: "/dav/calendars/ann/calendar/1.ics", Body: someEvent})
	s.Do(t, davtest.Request{User: "ann", Method: "PROPPATCH", Target: "/dav/calendars/ann/tasks/",
		Body: `<propertyupdate xmlns="DAV:"><set><prop><displayname>&lt;script>&amp;amp;</displayname></prop></set></propertyupdate>`})
	for _, c := range []struct {
		target string
		has    []string
		hasNot []string
	}{
		{"/", []string{"<h1>almanac</h1>", "http://cal.example.org/cal/", "Calendar</b>, calendar with 1 entry<", "Contacts</b>, address book with 0 entries<", "not encrypted"}, []string{"davx5:"}},
		{"/dav/principals/ann/", []string{"<h1>Ann</h1>", "Contacts</b>"}, nil},
		{"/dav/principals/bob/", []string{"<h1>Bob</h1>", ">ann<"}, []string{">bob<"}},
		{"/dav/calendars/", []string{"<h1>almanac</h1>"}, nil},
		{"/dav/calendars/ann/", []string{"<h1>Calendars</h1>", "/cal/dav/calendars/ann/tasks/", "task list"}, []string{"Contacts</b>"}},
		{"/dav/addressbooks/ann/", []string{"<h1>Address books</h1>"}, []string{"Calendar</b>"}},
		{"/dav/calendars/ann/tasks", []string{"<h1>&lt;script&gt;&amp;amp;</h1>", "task list with 0 entries"}, []string{"<script>", "Calendar</b>"}},
	} {
		t.Run(c.target, func(t *testing.T) {
			res, _ := s.Do(t, davtest.Request{User: "ann", Method: "GET", Target: c.target})
			if res.Code != http.StatusOK || res.Header().Get("Content-Type") != "text/html; charset=utf-8" {
				t.Fatalf("%d %v", res.Code, res.Header())
			}
			if !strings.HasPrefix(res.Header().Get("Content-Security-Policy"), "default-src 'none';") {
				t.Error("no Content-Security-Policy")
			}
			body := res.Body.String()
			for _, text := range c.has {
				if !strings.Contains(body, text) {
					t.Errorf("the page lacks %q", text)
				}
			}
			for _, text := range c.hasNot {
				if strings.Contains(body, text) {
					t.Errorf("the page has %q", text)
				}
			}
			if t.Failed() {
				t.Log(body)
			}
			head, _ := s.Do(t, davtest.Request{User: "ann", Method: "HEAD", Target: c.target})
			if head.Code != http.StatusOK || head.Body.Len() != 0 || head.Header().Get("Content-Length") != res.Header().Get("Content-Length") {
				t.Errorf("HEAD: %d, %d octets, %v", head.Code, head.Body.Len(), head.Header())
			}
		})
	}
	for target, status := range map[string]int{"/dav/calendars/bob/": 403, "/dav/calendars/ann/nowhere/": 404, "/dav/principals/nobody/": 404} {
		if res, _ := s.Do(t, davtest.Request{User: "ann", Method: "GET", Target: target}); res.Code != status {
			t.Errorf("%s: %d, want %d", target, res.Code, status)
		}
	}
	// Behind a proxy that ends TLS, the page shows the address that the browser has.
	res, _ := s.Do(t, davtest.Request{User: "ann", Method: "GET", Target: "/cal/", Header: []string{"Host: 10.0.0.7:5232", "X-Forwarded-Proto: https", "X-Forwarded-Host: cal.example.com"}})
	for _, text := range []string{"https://cal.example.com/cal/", `href="davx5://ann@cal.example.com/cal/"`} {
		if !strings.Contains(res.Body.String(), text) {
			t.Errorf("the page behind a proxy lacks %q:\n%s", text, res.Body)
		}
	}
}
