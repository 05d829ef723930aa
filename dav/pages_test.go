package dav_test

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	"almanac/dav"
	"almanac/dav/davtest"
	"almanac/store"
)

// An interrupted store lets somebody write before each snapshot of a request.
type interrupted struct {
	store.Store
	before func(snapshot int) // nil lets nobody
	views  int
}

func (s *interrupted) View(ctx context.Context, fn func(store.Snapshot) error) error {
	if s.before != nil {
		s.views++
		s.before(s.views)
	}
	return s.Store.View(ctx, fn)
}

// pagedServer returns a server whose pages hold one member, over a store with eight
// events in the calendar, each an hour behind the other, and eight cards.
func pagedServer(t *testing.T, st store.Store) (*davtest.Server, *interrupted) {
	in := &interrupted{Store: st}
	s := davtest.NewServer(t, in)
	s.Handler.(*dav.Server).SetPage(1)
	s.Handler.(*dav.Server).SetPageLoad(1)
	for i := range 8 {
		body := fmt.Sprintf("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%d\r\nFN:Ann %d\r\nN:;;;;\r\nEND:VCARD\r\n", i, i)
		for target, body := range map[string]string{
			fmt.Sprintf("%s%d.ics", benchCalendar, i): hourly(i, 8+i),
			fmt.Sprintf("%s%d.vcf", benchBook, i):     body,
		} {
			if res, _ := s.Do(t, davtest.Request{User: "ann", Method: "PUT", Target: target, Body: body}); res.Code != http.StatusCreated {
				t.Fatal(res.Code, res.Body)
			}
		}
	}
	return s, in
}

// change sends a request that must succeed.
func change(t *testing.T, s *davtest.Server, method, target, body, header string) {
	t.Helper()
	q := davtest.Request{User: "ann", Method: method, Target: target, Body: body}
	if header != "" {
		q.Header = []string{header}
	}
	if res, _ := s.Do(t, q); res.Code/100 != 2 {
		t.Fatal(method, target, res.Code, res.Body)
	}
}

// hourly is the event of a number at an hour of the first day of 2030.
func hourly(i, hour int) string {
	return fmt.Sprintf("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//test//EN\r\nBEGIN:VEVENT\r\nUID:%d\r\nDTSTAMP:20200101T000000Z\r\nDTSTART:20300101T%02d0000Z\r\nDURATION:PT30M\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", i, hour)
}

// TestQueryWhileSomebodyWrites: what matches all the while is told, once, however it
// moves between the pages of the answer.
func TestQueryWhileSomebodyWrites(t *testing.T) {
	calendar := calendarQuery(`<getetag/>`, `<C:time-range `+oneDay+`/>`)
	book := `<R:addressbook-query ` + benchSpaces + `><prop><getetag/></prop><R:filter><R:prop-filter name="FN"/></R:filter></R:addressbook-query>`
	for _, backend := range davtest.Backends {
		for _, tc := range []struct {
			name, at, body string
			write          func(t *testing.T, s *davtest.Server)
			want           []string // none of these is missing or told twice
			maybe          []string // told or not
		}{
			{"an event put off to the front", benchCalendar, calendar, func(t *testing.T, s *davtest.Server) {
				change(t, s, "PUT", benchCalendar+"7.ics", hourly(7, 1), "")
			}, []string{"0.ics", "1.ics", "2.ics", "3.ics", "4.ics", "5.ics", "6.ics", "7.ics"}, nil},
			{"an event put off to the end", benchCalendar, calendar, func(t *testing.T, s *davtest.Server) {
				change(t, s, "PUT", benchCalendar+"0.ics", hourly(0, 23), "")
			}, []string{"0.ics", "1.ics", "2.ics", "3.ics", "4.ics", "5.ics", "6.ics", "7.ics"}, nil},
			{"events that come and go", benchCalendar, calendar, func(t *testing.T, s *davtest.Server) {
				change(t, s, "PUT", benchCalendar+"new.ics", hourly(100, 2), "")
				change(t, s, "DELETE", benchCalendar+"5.ics", "", "")
				change(t, s, "PUT", benchCalendar+"6.ics", strings.Replace(hourly(6, 2), "2030", "2031", 1), "")
			}, []string{"0.ics", "1.ics", "2.ics", "3.ics", "4.ics", "7.ics"}, []string{"new.ics", "5.ics", "6.ics"}},
			{"a card that takes another name", benchBook, book, func(t *testing.T, s *davtest.Server) {
				change(t, s, "MOVE", benchBook+"7.vcf", "", "Destination: "+benchBook+"00.vcf")
			}, []string{"0.vcf", "00.vcf", "1.vcf", "2.vcf", "3.vcf", "4.vcf", "5.vcf", "6.vcf"}, nil},
		} {
			t.Run(backend.Name+"/"+tc.name, func(t *testing.T) {
				for when := 1; when < 20; when++ {
					s, in := pagedServer(t, backend.Open(t))
					wrote := false
					plain := &davtest.Server{Store: s.Store, Handler: s.Handler}
					in.before = func(n int) {
						if n == when {
							in.before, wrote = nil, true
							tc.write(t, plain)
						}
					}
					told := hrefsTold(t, s, tc.at, tc.body)
					if !wrote {
						return // the answer has no more snapshots
					}
					for _, name := range tc.maybe {
						told = slices.DeleteFunc(told, func(s string) bool { return s == name })
					}
					// An old name may have been told before the new one was.
					told = slices.DeleteFunc(told, func(s string) bool { return s == "7.vcf" })
					if slices.Sort(told); !slices.Equal(told, tc.want) {
						t.Errorf("written before snapshot %d: told %v, want %v", when, told, tc.want)
					}
				}
			})
		}
	}
}

// hrefsTold returns the names of the members in an answer.
func hrefsTold(t *testing.T, s *davtest.Server, at, body string) (names []string) {
	res, _ := s.Do(t, davtest.Request{User: "ann", Method: "REPORT", Target: at, Header: []string{"Depth: 1"}, Body: body})
	var reply syncReply
	if err := xml.Unmarshal(res.Body.Bytes(), &reply); err != nil || res.Code != http.StatusMultiStatus {
		t.Fatal(err, res.Code, res.Body)
	}
	for _, r := range reply.Responses {
		names = append(names, path.Base(r.Href))
	}
	return names
}

// TestFreeBusyWhileSomebodyWrites: an event that is moved between two pages is busy
// time at one of its places.
func TestFreeBusyWhileSomebodyWrites(t *testing.T) {
	for _, backend := range davtest.Backends {
		t.Run(backend.Name, func(t *testing.T) {
			for when := 1; when < 20; when++ {
				s, in := pagedServer(t, backend.Open(t))
				wrote := false
				in.before = func(n int) {
					if n == when {
						in.before, wrote = nil, true
						change(t, s, "PUT", benchCalendar+"7.ics", hourly(7, 1), "")
					}
				}
				res, _ := s.Do(t, davtest.Request{User: "ann", Method: "REPORT", Target: benchCalendar, Body: freeBusyQuery(oneDay)})
				if !wrote {
					return
				}
				before, after := strings.Contains(res.Body.String(), "20300101T150000Z/"), strings.Contains(res.Body.String(), "20300101T010000Z/")
				if res.Code != http.StatusOK || before == after || strings.Count(res.Body.String(), "/2030") != 8 {
					t.Errorf("written before snapshot %d:\n%s", when, res.Body)
				}
			}
		})
	}
}
