package dav_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"almanac/account"
	"almanac/dav/davtest"
	"almanac/store"
)

const benchCalendar = "/dav/calendars/ann/calendar/"

// A sink takes an answer and counts its octets.
type sink struct {
	header http.Header
	status int
	octets int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(code int)        { s.status = code }
func (s *sink) Write(p []byte) (int, error) { s.octets += len(p); return len(p), nil }

// A benchRequest is a request that can be sent many times.
type benchRequest struct {
	*http.Request
	body []byte
	sink sink
}

func newBenchRequest(method, target, body string, header ...string) *benchRequest {
	r := httptest.NewRequest(method, target, nil)
	r.SetBasicAuth("ann", "ann")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return &benchRequest{Request: r, body: []byte(body), sink: sink{header: http.Header{}}}
}

// send sends the request once and fails at any other status.
func (q *benchRequest) send(b *testing.B, s *davtest.Server, status int) {
	q.ContentLength = int64(len(q.body))
	q.Body = io.NopCloser(bytes.NewReader(q.body))
	clear(q.sink.header)
	q.sink.octets = 0
	s.Handler.ServeHTTP(&q.sink, q.Request)
	if q.sink.status != status {
		b.Fatalf("%s %s: %d, want %d", q.Method, q.URL, q.sink.status, status)
	}
}

// BenchmarkPoll is what most requests are: nothing has changed.
func BenchmarkPoll(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint("in=", n), func(b *testing.B) {
			s := full(b, n)
			q := newBenchRequest("PROPFIND", benchCalendar, `<?xml version="1.0" encoding="UTF-8"?><A:propfind xmlns:A="DAV:"><A:prop><C:getctag xmlns:C="http://calendarserver.org/ns/"/><A:sync-token/></A:prop></A:propfind>`, "Depth", "0")
			b.ReportAllocs()
			for b.Loop() {
				q.send(b, s.Server, http.StatusMultiStatus)
			}
		})
	}
}

// BenchmarkHome lists a home with a hundred calendars, of one's own or of somebody
// else's.
func BenchmarkHome(b *testing.B) {
	s := davtest.NewServer(b, davtest.OpenBolt(b))
	for i := range 100 {
		name := fmt.Sprintf("c%03d", i)
		q := newBenchRequest("MKCALENDAR", "/dav/calendars/ann/"+name+"/", "")
		q.send(b, s, http.StatusCreated)
		shareWith(b, s.Store, store.Calendar, name, account.ShareRead)
	}
	for _, user := range []string{"ann", "bob"} {
		b.Run(map[string]string{"ann": "own", "bob": "shared"}[user], func(b *testing.B) {
			q := newBenchRequest("PROPFIND", "/dav/calendars/"+user+"/",
				`<propfind xmlns="DAV:"><prop><resourcetype/><displayname/><current-user-privilege-set/><sync-token/><getctag xmlns="http://calendarserver.org/ns/"/></prop></propfind>`, "Depth", "1")
			q.SetBasicAuth(user, user)
			b.ReportAllocs()
			for b.Loop() {
				q.send(b, s, http.StatusMultiStatus)
			}
		})
	}
}

// BenchmarkPutUnderPlan is BenchmarkInsert for an account that has limits.
func BenchmarkPutUnderPlan(b *testing.B) {
	s := limited(b, davtest.OpenBolt(b), store.Limits{Collections: 100, Members: 1 << 30, Octets: 1 << 40, ObjectOctets: 1 << 20})
	b.ReportAllocs()
	for b.Loop() {
		inserted++
		q := newBenchRequest("PUT", fmt.Sprintf("%snew-%d.ics", benchCalendar, inserted), "")
		q.body = fullEvent(inserted)
		q.send(b, s, http.StatusCreated)
	}
}

func BenchmarkGet(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint("in=", n), func(b *testing.B) {
			s := full(b, n)
			q := newBenchRequest("GET", benchCalendar+fullName(store.Calendar, 471), "")
			b.ReportAllocs()
			for b.Loop() {
				q.send(b, s.Server, http.StatusOK)
			}
		})
	}
}

// The writes have a server of their own, and do not wait for the disk.
const benchWritten = 10_001

// BenchmarkPut replaces members.
func BenchmarkPut(b *testing.B) {
	s := full(b, benchWritten)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		q := newBenchRequest("PUT", benchCalendar+fullName(store.Calendar, i%10_000), "")
		q.body = bytes.Replace(fullEvent(i%10_000), []byte("SUMMARY:"), fmt.Appendf(nil, "SUMMARY:%d. ", i), 1)
		q.send(b, s.Server, http.StatusNoContent)
	}
}

var inserted = 1_000_000 // what names and UIDs begin with, since a benchmark runs several times

// BenchmarkInsert makes members.
func BenchmarkInsert(b *testing.B) {
	s := full(b, benchWritten)
	b.ReportAllocs()
	for b.Loop() {
		inserted++
		q := newBenchRequest("PUT", fmt.Sprintf("%snew-%d.ics", benchCalendar, inserted), "")
		q.body = fullEvent(inserted)
		q.send(b, s.Server, http.StatusCreated)
	}
}

// BenchmarkList is what vdirsyncer does at each run.
func BenchmarkList(b *testing.B) {
	for _, coding := range []string{"identity", "gzip"} {
		b.Run(coding, func(b *testing.B) {
			s := full(b, 10_000)
			q := newBenchRequest("PROPFIND", benchCalendar, `<?xml version="1.0" encoding="utf-8" ?><propfind xmlns="DAV:"><prop><resourcetype/><getcontenttype/><getetag/></prop></propfind>`,
				"Depth", "1", "Accept-Encoding", coding)
			b.ReportAllocs()
			for b.Loop() {
				q.send(b, s.Server, http.StatusMultiStatus)
			}
			b.ReportMetric(float64(q.sink.octets), "octets")
		})
	}
}
