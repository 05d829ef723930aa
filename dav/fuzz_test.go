package dav_test

import (
	"net/http"
	"strings"
	"testing"

	"almanac/dav/davtest"
	"almanac/store/memstore"
)

// FuzzRequest sends any body and one header of any kind with each method that
// writes: whatever comes is answered, never with 500, and the store stays whole.
func FuzzRequest(f *testing.F) {
	const member, calendar = "/dav/calendars/ann/calendar/1.ics", "/dav/calendars/ann/calendar/"
	f.Add("PUT", member, "If-None-Match", "*", someEvent)
	f.Add("PUT", "/dav/addressbooks/ann/contacts/1.vcf", "Content-Encoding", "gzip", "\x1f\x8b\x08\x00")
	f.Add("PUT", member, "If", `(<urn:x> ["a"]) (Not <DAV:no-lock>)`, someEvent)
	f.Add("POST", calendar, "Content-Type", "text/calendar", someEvent)
	f.Add("MOVE", calendar, "Destination", "/dav/calendars/ann/other/", "")
	f.Add("COPY", member, "Destination", "http://%/", "")
	f.Add("GET", member, "Accept", "text/vcard;version=4.0;q=1,,;", "")
	f.Add("GET", "/", "X-Forwarded-Host", "a\"b", "")
	f.Add("PROPPATCH", calendar, "Brief", "t", `<propertyupdate xmlns="DAV:"><set><prop><a b="c">d<e/></a></prop></set><remove><prop><a/></prop></remove></propertyupdate>`)
	f.Add("MKCOL", "/dav/addressbooks/ann/new", "Content-Type", "text/xml", `<mkcol xmlns="DAV:"><set><prop><resourcetype><collection/></resourcetype></prop></set></mkcol>`)
	f.Add("MKCALENDAR", "/dav/calendars/ann/new", "Prefer", "return=minimal", `<C:mkcalendar xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop><C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set></prop></set></C:mkcalendar>`)
	f.Add("DELETE", calendar, "Depth", "infinity", "")
	var s *davtest.Server
	left := 0
	f.Fuzz(func(t *testing.T, method, target, header, value, body string) {
		if strings.ContainsAny(method+target, " \t\r\n\x00") || method == "" || !strings.HasPrefix(target, "/") || strings.ContainsAny(header+value, "\r\n\x00") || strings.ContainsAny(header, ": ") || header == "" {
			t.Skip("not a request that net/http would hand on")
		}
		if left--; left < 0 {
			// Now and then a new server: making one costs more than a request.
			s, left = davtest.NewServer(quiet{t}, memstore.New()), 500
		}
		r, err := http.NewRequest(method, "http://cal.example.org", strings.NewReader(body))
		if err != nil {
			t.Skip(err)
		}
		if r.URL, err = r.URL.Parse(target); err != nil {
			t.Skip(err)
		}
		r.SetBasicAuth("ann", "ann")
		if !strings.EqualFold(header, "Authorization") {
			r.Header[http.CanonicalHeaderKey(header)] = []string{value}
		}
		w := &sink{header: http.Header{}}
		s.Handler.ServeHTTP(w, r)
		if w.status == 0 || w.status == http.StatusInternalServerError {
			t.Errorf("%s %s: %d", method, target, w.status)
		}
		if left%50 == 0 {
			s.CheckClean(t)
		}
	})
}

// quiet keeps the log of a server that outlives the test it was made in from it.
type quiet struct{ testing.TB }

func (quiet) Logf(string, ...any) {}
