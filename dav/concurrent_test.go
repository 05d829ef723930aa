package dav_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"almanac/dav/davtest"
)

// TestOneOfManyCreates lets many clients create the same member with
// If-None-Match: one is told that it did.
func TestOneOfManyCreates(t *testing.T) {
	for _, backend := range davtest.Backends {
		t.Run(backend.Name, func(t *testing.T) {
			s := davtest.NewServer(t, backend.Open(t))
			var created, refused atomic.Int32
			var group sync.WaitGroup
			for i := range 16 {
				group.Go(func() {
					body := strings.Replace(someEvent, "UID:1", fmt.Sprintf("UID:%d", i), 1)
					res, _ := s.Do(t, davtest.Request{User: "ann", Method: "PUT", Target: "/dav/calendars/ann/calendar/same.ics", Header: []string{"If-None-Match: *"}, Body: body})
					switch res.Code {
					case http.StatusCreated:
						created.Add(1)
					case http.StatusPreconditionFailed:
						refused.Add(1)
					}
				})
			}
			group.Wait()
			if created.Load() != 1 || refused.Load() != 15 {
				t.Errorf("%d created, %d refused", created.Load(), refused.Load())
			}
			s.CheckClean(t)
		})
	}
}

// TestNoLostUpdate lets several clients count up in one member, each with the
// entity tag of what it read: no count is lost.
func TestNoLostUpdate(t *testing.T) {
	const clients, counts = 4, 5
	for _, backend := range davtest.Backends {
		t.Run(backend.Name, func(t *testing.T) {
			s := davtest.NewServer(t, backend.Open(t))
			const path = "/dav/calendars/ann/calendar/count.ics"
			body := func(n int) string {
				return strings.Replace(someEvent, "UID:1", fmt.Sprintf("UID:1\r\nSEQUENCE:%d", n), 1)
			}
			s.Do(t, davtest.Request{User: "ann", Method: "PUT", Target: path, Body: body(0)})
			var group sync.WaitGroup
			for range clients {
				group.Go(func() {
					for done := 0; done < counts; {
						read, _ := s.Do(t, davtest.Request{User: "ann", Method: "GET", Target: path})
						_, rest, _ := strings.Cut(read.Body.String(), "SEQUENCE:")
						n := 0
						fmt.Sscan(rest, &n)
						res, _ := s.Do(t, davtest.Request{User: "ann", Method: "PUT", Target: path, Header: []string{"If-Match: " + read.Header().Get("ETag")}, Body: body(n + 1)})
						if res.Code == http.StatusNoContent {
							done++
						}
					}
				})
			}
			group.Wait()
			read, _ := s.Do(t, davtest.Request{User: "ann", Method: "GET", Target: path})
			if got := read.Body.String(); got != body(clients*counts) {
				t.Errorf("after %d counts:\n%s", clients*counts, got)
			}
			s.CheckClean(t)
		})
	}
}

// TestUIDOfManyWriters lets many clients write to one name without conditions, each
// an object with a UID of its own. The first one's stays: the others are refused,
// though none of them saw a member there.
func TestUIDOfManyWriters(t *testing.T) {
	for _, backend := range davtest.Backends {
		t.Run(backend.Name, func(t *testing.T) {
			s := davtest.NewServer(t, backend.Open(t))
			for round := range 10 {
				path := fmt.Sprintf("/dav/calendars/ann/calendar/%d.ics", round)
				var stored atomic.Value
				var created, refused atomic.Int32
				var group sync.WaitGroup
				for i := range 8 {
					group.Go(func() {
						body := strings.Replace(someEvent, "UID:1", fmt.Sprintf("UID:%d-%d", round, i), 1)
						res, _ := s.Do(t, davtest.Request{User: "ann", Method: "PUT", Target: path, Body: body})
						switch {
						case res.Code == http.StatusCreated:
							created.Add(1)
							stored.Store(body)
						case res.Code == http.StatusForbidden && strings.Contains(res.Body.String(), "no-uid-conflict") && strings.Contains(res.Body.String(), path):
							refused.Add(1)
						}
					})
				}
				group.Wait()
				if created.Load() != 1 || refused.Load() != 7 {
					t.Errorf("%d created, %d refused", created.Load(), refused.Load())
				}
				read, _ := s.Do(t, davtest.Request{User: "ann", Method: "GET", Target: path})
				if got := read.Body.String(); got != stored.Load() {
					t.Errorf("stored is not what was acknowledged:\n%s", got)
				}
			}
			s.CheckClean(t)
		})
	}
}
