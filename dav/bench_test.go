package dav_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"almanac/dav/davtest"
	"almanac/store"
)

// A sink takes an answer and keeps only its status.
type sink struct {
	header http.Header
	status int
	octets int
}

func (w *sink) Header() http.Header { return w.header }
func (w *sink) WriteHeader(s int)   { w.status = s }
func (w *sink) Write(p []byte) (int, error) {
	w.octets += len(p)
	return len(p), nil
}

// A benchRequest is a request that can be sent many times.
type benchRequest struct {
	*http.Request
	body string
	sink sink
}

func newBenchRequest(method, target, body string, header ...string) *benchRequest {
	r := httptest.NewRequest(method, target, nil)
	r.SetBasicAuth("ann", "ann")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return &benchRequest{Request: r, body: body, sink: sink{header: http.Header{}}}
}

// send sends the request once and fails at any other status.
func (q *benchRequest) send(b *testing.B, s *davtest.Server, status int) {
	q.ContentLength = int64(len(q.body))
	q.Body = io.NopCloser(strings.NewReader(q.body))
	clear(q.sink.header)
	q.sink.octets = 0
	s.Handler.ServeHTTP(&q.sink, q.Request)
	if q.sink.status != status {
		b.Fatalf("%s %s: %d, want %d", q.Method, q.URL, q.sink.status, status)
	}
}

// benchEvent is an event of the size that calendars have, about 600 octets. Events
// with one uid and different n are versions of each other.
func benchEvent(uid, n int) string {
	return fmt.Sprintf("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Bench//EN\r\nBEGIN:VEVENT\r\n"+
		"UID:bench-%06d@example.org\r\nDTSTAMP:20260301T100000Z\r\nCREATED:20260301T100000Z\r\n"+
		"DTSTART:202603%02[2]dT%02[3]d0000Z\r\nDTEND:202603%02[2]dT%02[3]d3000Z\r\nSUMMARY:Appointment %[4]d\r\n"+
		"LOCATION:Room %[4]d\r\nDESCRIPTION:%[5]s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", uid, 1+n%28, n%24, n, strings.Repeat("words and words ", 18))
}

// fill puts n events into the calendar of ann in batches.
func fill(b *testing.B, s *davtest.Server, n int) {
	b.Helper()
	ctx := context.Background()
	var coll *store.Collection
	if err := s.Store.View(ctx, func(snap store.Snapshot) error {
		home, err := snap.HomeByName("ann")
		if err != nil {
			return err
		}
		coll, err = snap.CollectionByName(home.ID, store.Calendar, "calendar")
		return err
	}); err != nil {
		b.Fatal(err)
	}
	for at := 0; at < n; {
		batch := &store.Batch{Home: coll.Home, At: davtest.Now}
		for ; at < n && len(batch.Ops) < 2000; at++ {
			body := []byte(benchEvent(at, at))
			index, err := store.IndexOf(store.Calendar, body)
			if err != nil {
				b.Fatal(err)
			}
			batch.Ops = append(batch.Ops, store.PutObject{Coll: coll.ID, Name: fmt.Sprintf("%06d.ics", at), Body: body, Index: index})
		}
		if _, err := s.Store.Apply(ctx, batch); err != nil {
			b.Fatal(err)
		}
	}
}

const benchCalendar = "/dav/calendars/ann/calendar/"

// BenchmarkPoll is what most requests are: nothing has changed.
func BenchmarkPoll(b *testing.B) {
	s := davtest.NewServer(b, davtest.OpenBolt(b))
	fill(b, s, 10_000)
	q := newBenchRequest("PROPFIND", benchCalendar, `<?xml version="1.0" encoding="UTF-8"?><A:propfind xmlns:A="DAV:"><A:prop><C:getctag xmlns:C="http://calendarserver.org/ns/"/><A:sync-token/></A:prop></A:propfind>`, "Depth", "0")
	q.send(b, s, http.StatusMultiStatus)
	b.ReportAllocs()
	for b.Loop() {
		q.send(b, s, http.StatusMultiStatus)
	}
}

func BenchmarkGet(b *testing.B) {
	s := davtest.NewServer(b, davtest.OpenBolt(b))
	fill(b, s, 10_000)
	q := newBenchRequest("GET", benchCalendar+"004711.ics", "")
	q.send(b, s, http.StatusOK)
	b.SetBytes(int64(q.sink.octets))
	b.ReportAllocs()
	for b.Loop() {
		q.send(b, s, http.StatusOK)
	}
}

// BenchmarkPut replaces a member again and again, without waiting for the disk.
func BenchmarkPut(b *testing.B) {
	s := davtest.NewServer(b, davtest.OpenBolt(b))
	fill(b, s, 10_000)
	q := newBenchRequest("PUT", benchCalendar+"004711.ics", benchEvent(4711, 4711))
	q.send(b, s, http.StatusNoContent)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		q.body = benchEvent(4711, i)
		q.send(b, s, http.StatusNoContent)
	}
}

// BenchmarkInsert makes new members, without waiting for the disk.
func BenchmarkInsert(b *testing.B) {
	s := davtest.NewServer(b, davtest.OpenBolt(b))
	fill(b, s, 10_000)
	q := newBenchRequest("PUT", benchCalendar, "")
	b.ReportAllocs()
	for i := 10_000; b.Loop(); i++ {
		q.URL.Path = fmt.Sprintf("%s%06d.ics", benchCalendar, i)
		q.body = benchEvent(i, i)
		q.send(b, s, http.StatusCreated)
	}
}

// BenchmarkList is what vdirsyncer does at each run.
func BenchmarkList(b *testing.B) {
	s := davtest.NewServer(b, davtest.OpenBolt(b))
	fill(b, s, 10_000)
	q := newBenchRequest("PROPFIND", benchCalendar, `<?xml version="1.0" encoding="utf-8" ?><propfind xmlns="DAV:"><prop><resourcetype/><getcontenttype/><getetag/></prop></propfind>`, "Depth", "1")
	for _, coding := range []string{"identity", "gzip"} {
		b.Run(coding, func(b *testing.B) {
			q.Header.Set("Accept-Encoding", coding)
			q.send(b, s, http.StatusMultiStatus)
			b.ReportMetric(float64(q.sink.octets), "octets/op")
			b.ReportAllocs()
			for b.Loop() {
				q.send(b, s, http.StatusMultiStatus)
			}
		})
	}
}
