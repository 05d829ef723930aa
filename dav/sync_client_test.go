package dav_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"almanac/dav"
	"almanac/dav/davtest"
	"almanac/store"
	"almanac/store/memstore"
)

// A syncClient keeps a copy of a calendar by what sync-collection tells it.
type syncClient struct {
	server *davtest.Server
	coll   string // name of the calendar
	token  string
	has    map[string]string // entity tags by name
}

func (c *syncClient) clone() *syncClient {
	return &syncClient{c.server, c.coll, c.token, maps.Clone(c.has)}
}

// A syncReply is a multistatus as this client reads it.
type syncReply struct {
	Token     string `xml:"sync-token"`
	Responses []struct {
		Href     string `xml:"href"`
		Status   string `xml:"status"`
		Propstat []struct {
			ETag   string `xml:"prop>getetag"`
			Data   string `xml:"prop>calendar-data"`
			Status string `xml:"status"`
		} `xml:"propstat"`
	} `xml:"response"`
}

// ask sends one report; between is called before each page goes out. It tells
// whether the answer was cut.
func (c *syncClient) ask(limit int, between func()) (cut bool, err error) {
	body := `<sync-collection xmlns="DAV:"><sync-token>` + c.token + `</sync-token><sync-level>1</sync-level>`
	if limit > 0 {
		body += fmt.Sprintf(`<limit><nresults>%d</nresults></limit>`, limit)
	}
	body += `<prop><getetag/></prop></sync-collection>`
	r := httptest.NewRequest("REPORT", "/dav/calendars/ann/"+c.coll+"/", strings.NewReader(body))
	r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("ann:ann")))
	w := &pagedWriter{ResponseRecorder: httptest.NewRecorder(), before: between}
	c.server.Handler.ServeHTTP(w, r)
	if w.Code != http.StatusMultiStatus {
		return false, fmt.Errorf("status %d: %s", w.Code, w.Body)
	}
	var reply syncReply
	if err := xml.Unmarshal(w.Body.Bytes(), &reply); err != nil {
		return false, err
	}
	told := 0
	for _, res := range reply.Responses {
		href, err := url.PathUnescape(res.Href)
		if err != nil {
			return false, err
		}
		name := path.Base(href)
		switch {
		case strings.Contains(res.Status, " 507 "):
			cut = true
			continue
		case strings.Contains(res.Status, " 404 "):
			delete(c.has, name)
		case len(res.Propstat) == 1 && res.Propstat[0].ETag != "":
			c.has[name] = res.Propstat[0].ETag
		default:
			return false, fmt.Errorf("neither there nor gone: %+v", res)
		}
		told++
	}
	if limit > 0 && told > limit {
		return false, fmt.Errorf("%d responses, %d asked for", told, limit)
	}
	if reply.Token == "" {
		return false, fmt.Errorf("no token")
	}
	c.token = reply.Token
	return cut, nil
}

// A pagedWriter calls before each write.
type pagedWriter struct {
	*httptest.ResponseRecorder
	before func()
}

func (w *pagedWriter) Write(p []byte) (int, error) {
	w.before()
	return w.ResponseRecorder.Write(p)
}

// TestSyncConverges is RFC 6578's promise: a client that applies the answers, from
// whatever token it has, with whatever limits, while others write even between the
// pages of one answer, ends with what the server has.
func TestSyncConverges(t *testing.T) {
	s := davtest.NewServer(t, memstore.New())
	calendars := 0
	rapid.Check(t, func(rt *rapid.T) {
		calendars++
		coll := fmt.Sprintf("c%d", calendars)
		if res, _ := s.Do(t, davtest.Request{User: "ann", Method: "MKCALENDAR", Target: "/dav/calendars/ann/" + coll}); res.Code != http.StatusCreated {
			rt.Fatal(res.Code)
		}
		s.Handler.(*dav.Server).SetPage(rapid.SampledFrom([]int{1, 700, 100_000}).Draw(rt, "page"))
		n := 0
		write := func() {
			target := fmt.Sprintf("/dav/calendars/ann/%s/%d.ics", coll, rapid.IntRange(0, 20).Draw(rt, "name"))
			if rapid.IntRange(0, 2).Draw(rt, "delete") == 0 {
				s.Do(t, davtest.Request{User: "ann", Method: "DELETE", Target: target})
				return
			}
			n++
			s.Do(t, davtest.Request{User: "ann", Method: "PUT", Target: target, Body: object("VEVENT", target, n)})
		}
		quiet := func() {}
		noisy := func() {
			for range rapid.IntRange(0, 2).Draw(rt, "writes between pages") {
				write()
			}
		}
		old := []*syncClient{{server: s, coll: coll, has: map[string]string{}}}
		for range rapid.IntRange(1, 8).Draw(rt, "rounds") {
			for range rapid.IntRange(0, 12).Draw(rt, "writes") {
				write()
			}
			c := rapid.SampledFrom(old).Draw(rt, "token").clone()
			for range rapid.IntRange(1, 3).Draw(rt, "reports") {
				if _, err := c.ask(rapid.IntRange(0, 5).Draw(rt, "limit"), noisy); err != nil {
					rt.Fatal(err)
				}
			}
			old = append(old, c)
		}
		want := members(t, s, coll)
		for _, c := range old {
			limit := rapid.IntRange(0, 5).Draw(rt, "limit")
			for cut, err := true, error(nil); cut; {
				if cut, err = c.ask(limit, quiet); err != nil {
					rt.Fatal(err)
				}
			}
			if d := cmp.Diff(want, c.has); d != "" {
				rt.Fatalf("the client differs (-server +client):\n%s", d)
			}
			before := c.token
			if _, err := c.ask(0, quiet); err != nil || c.token != before {
				rt.Fatalf("a token changed while nothing else did: %s, %s, %v", before, c.token, err)
			}
		}
	})
	s.CheckClean(t)
}

// members are the entity tags in a calendar of ann's by the store's own account.
func members(t *testing.T, s *davtest.Server, calendar string) map[string]string {
	all := map[string]string{}
	err := s.Store.View(context.Background(), func(snap store.Snapshot) error {
		home, err := snap.HomeByName("ann")
		if err != nil {
			return err
		}
		coll, err := snap.CollectionByName(home.ID, store.Calendar, calendar)
		if err != nil {
			return err
		}
		return snap.List(coll.ID, "", store.WantMeta, func(o *store.Object) bool {
			all[strings.Clone(o.Name)] = strings.Clone(o.ETag)
			return true
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestReportsInPages asks for answers of many pages, and of one, and wants the
// same octets.
func TestReportsInPages(t *testing.T) {
	for _, backend := range davtest.Backends {
		t.Run(backend.Name, func(t *testing.T) {
			s := davtest.NewServer(t, backend.Open(t))
			var hrefs strings.Builder
			for i := range 300 {
				name := fmt.Sprintf("/dav/calendars/ann/calendar/%d.ics", i)
				body := object("VEVENT", fmt.Sprint(i), i)
				if i%7 == 0 {
					body = strings.Replace(body, "SUMMARY", "RRULE:FREQ=DAILY\r\nSUMMARY", 1)
				}
				if res, _ := s.Do(t, davtest.Request{User: "ann", Method: "PUT", Target: name, Body: body}); res.Code != http.StatusCreated {
					t.Fatal(res.Code, res.Body)
				}
				fmt.Fprintf(&hrefs, "<href>%s</href><href>%s-missing</href>", name, name)
			}
			data := `<prop><getetag/><C:calendar-data/></prop>`
			ns := `xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"`
			for name, body := range map[string]string{
				"multiget": `<C:calendar-multiget ` + ns + `>` + data + hrefs.String() + `</C:calendar-multiget>`,
				"sync":     `<sync-collection ` + ns + `><sync-token/>` + data + `</sync-collection>`,
				"list":     `<C:calendar-query ` + ns + `>` + data + `<C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>`,
				"range":    `<C:calendar-query ` + ns + `>` + data + `<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range start="20260101T000000Z"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`,
				"text":     `<C:calendar-query ` + ns + `>` + data + `<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:prop-filter name="SUMMARY"><C:text-match>number</C:text-match></C:prop-filter></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`,
			} {
				var answers [][]byte
				for _, page := range []int{1 << 30, 1, 5000} {
					s.Handler.(*dav.Server).SetPage(page)
					res, aborted := s.Do(t, davtest.Request{User: "ann", Method: "REPORT", Target: "/dav/calendars/ann/calendar/", Header: []string{"Depth: 1"}, Body: body})
					if aborted || res.Code != http.StatusMultiStatus {
						t.Fatalf("%s: %d, aborted %v", name, res.Code, aborted)
					}
					answers = append(answers, res.Body.Bytes())
				}
				if n := bytes.Count(answers[0], []byte("calendar-data>")) / 2; n != 300 {
					t.Errorf("%s: %d objects in the answer, want 300", name, n)
				}
				for i, a := range answers[1:] {
					if !bytes.Equal(answers[0], a) {
						t.Errorf("%s: pages of size %d give another answer", name, i)
					}
				}
			}
		})
	}
}

// TestDeletionAfterAnAnswerThatGrew: the calendar was empty when the first report
// began, and got a member while its answer was on the way. The client hears of its
// deletion.
func TestDeletionAfterAnAnswerThatGrew(t *testing.T) {
	s := davtest.NewServer(t, memstore.New())
	s.Handler.(*dav.Server).SetPage(1)
	send := func(method, name, body string) {
		s.Do(t, davtest.Request{User: "ann", Method: method, Target: "/dav/calendars/ann/calendar/" + name, Body: body})
	}
	c := &syncClient{server: s, coll: "calendar", has: map[string]string{}}
	n := 0
	grow := func() {
		if n++; n < 3 {
			send("PUT", fmt.Sprint(n), object("VEVENT", fmt.Sprint(n), n))
		}
	}
	if _, err := c.ask(0, grow); err != nil {
		t.Fatal(err)
	}
	send("DELETE", "1", "")
	send("DELETE", "2", "")
	if _, err := c.ask(0, func() {}); err != nil {
		t.Fatal(err)
	}
	if len(c.has) != 0 {
		t.Errorf("the client still has %v", c.has)
	}
}
