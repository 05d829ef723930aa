package dav_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"almanac/dav"
	"almanac/dav/davtest"
	"almanac/store/memstore"
)

// A countedBody is a request body of any size that tells how much was read.
type countedBody struct {
	io.Reader
	read int64
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	b.read += int64(n)
	return n, err
}

// endless repeats a text.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		m := copy(p[n:], e.text[e.at:])
		n += m
		e.at = (e.at + m) % len(e.text)
	}
	return n, nil
}

// send sends a request whose body is not a text.
func send(s *davtest.Server, method, target string, body io.Reader, length int64, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, body)
	r.ContentLength = length
	r.SetBasicAuth("ann", "ann")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.Handler.ServeHTTP(w, r)
	return w
}

func zip(t *testing.T, write func(io.Writer)) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	write(z)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const someEvent = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260310T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// TestBodyLimits sends more than is taken, in every way in which a length can be
// told or not be told.
func TestBodyLimits(t *testing.T) {
	const limit = 100_000
	s := davtest.NewServerWith(t, memstore.New(), dav.Config{MaxObject: limit, MaxBody: limit})
	const path = "/dav/calendars/ann/calendar/1.ics"
	bomb := zip(t, func(w io.Writer) { io.CopyN(w, &endless{text: "BEGIN:VCALENDAR\r\n"}, 50<<20) })
	cut := zip(t, func(w io.Writer) { io.WriteString(w, someEvent) })
	for _, c := range []struct {
		name   string
		method string
		body   io.Reader
		length int64
		header []string
		status int
		says   string // in the body of the answer
		most   int64  // octets read of the body
	}{
		{"object of a length told", "PUT", &endless{text: "x"}, 1 << 40, nil, 403, "max-resource-size", 0},
		{"object without a length", "PUT", &endless{text: "x"}, -1, nil, 403, "max-resource-size", limit + 1},
		{"compressed bomb", "PUT", bytes.NewReader(bomb), int64(len(bomb)), []string{"Content-Encoding", "gzip"}, 403, "max-resource-size", int64(len(bomb))},
		{"compressed and cut off", "PUT", bytes.NewReader(cut[:len(cut)-9]), -1, []string{"Content-Encoding", "gzip"}, 400, "read the body", limit},
		{"cut off", "PUT", io.MultiReader(strings.NewReader(someEvent[:40]), brokenReader{}), 100, nil, 400, "read the body", limit},
		{"XML without an end", "PROPPATCH", &endless{text: "<a>"}, -1, nil, 413, "exceeds a limit", limit + 64<<10},
		{"XML that says it is large", "PROPFIND", &endless{text: "<a>"}, 1 << 30, []string{"Depth", "0"}, 413, "exceeds a limit", 0},
		{"XML of spaces", "MKCALENDAR", &endless{text: " "}, -1, nil, 413, "exceeds a limit", limit + 64<<10},
		{"compressed XML bomb", "PROPFIND", bytes.NewReader(bomb), int64(len(bomb)), []string{"Content-Encoding", "gzip", "Depth", "0"}, 413, "exceeds a limit", int64(len(bomb))},
	} {
		t.Run(c.name, func(t *testing.T) {
			target := path
			if c.method == "MKCALENDAR" {
				target = "/dav/calendars/ann/new/"
			}
			body := &countedBody{Reader: c.body}
			w := send(s, c.method, target, body, c.length, c.header...)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("%d %s, want %d with %q", w.Code, w.Body, c.status, c.says)
			}
			if body.read > c.most {
				t.Errorf("%d octets were read, want at most %d", body.read, c.most)
			}
		})
	}
	t.Run("nothing was stored", func(t *testing.T) {
		if w := send(s, "GET", path, nil, 0); w.Code != http.StatusNotFound {
			t.Errorf("GET: %d", w.Code)
		}
	})
	t.Run("compressed and small", func(t *testing.T) {
		if w := send(s, "PUT", path, bytes.NewReader(cut), int64(len(cut)), "Content-Encoding", "gzip"); w.Code != http.StatusCreated {
			t.Errorf("PUT: %d %s", w.Code, w.Body)
		}
		if w := send(s, "GET", path, nil, 0); w.Body.String() != someEvent {
			t.Errorf("GET: %q", w.Body)
		}
	})
	s.CheckClean(t)
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestPropertyLimits fills a resource with dead properties. RFC 4918 section 9.2.1
// has 507 for it.
func TestPropertyLimits(t *testing.T) {
	s := davtest.NewServer(t, memstore.New())
	const path = "/dav/calendars/ann/calendar/"
	patch := func(props string) string {
		t.Helper()
		w := send(s, "PROPPATCH", path, strings.NewReader(`<propertyupdate xmlns="DAV:"><set><prop>`+props+`</prop></set></propertyupdate>`), -1)
		if w.Code != http.StatusMultiStatus {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		return w.Body.String()
	}
	if got := patch(`<big xmlns="urn:x">` + strings.Repeat("x", 64<<10) + `</big>`); !strings.Contains(got, "507 Insufficient Storage") {
		t.Errorf("a property of more than 64 KiB: %s", got)
	}
	large := strings.Repeat("x", 60<<10)
	for i := range 16 {
		if got := patch(fmt.Sprintf(`<big%d xmlns="urn:x">%s</big%[1]d>`, i, large)); !strings.Contains(got, "200 OK") {
			t.Fatalf("property %d: %s", i, got)
		}
	}
	if got := patch(`<one xmlns="urn:x"/><more xmlns="urn:x">` + large + large[:2000] + `</more>`); !strings.Contains(got, "200 OK") {
		t.Errorf("nearly a megabyte: %s", got)
	}
	if got := patch(`<two xmlns="urn:x"/><other xmlns="urn:x">` + large + `</other>`); !strings.Contains(got, "507 Insufficient Storage") || !strings.Contains(got, "424 Failed Dependency") {
		t.Errorf("more than a megabyte: %s", got)
	}
	const tasks = "/dav/calendars/ann/tasks/"
	var many strings.Builder
	for i := range 300 {
		fmt.Fprintf(&many, `<p%d xmlns="urn:x"/>`, i)
	}
	w := send(s, "PROPPATCH", tasks, strings.NewReader(`<propertyupdate xmlns="DAV:"><set><prop>`+many.String()+`</prop></set></propertyupdate>`), -1)
	if !strings.Contains(w.Body.String(), "507 Insufficient Storage") {
		t.Errorf("300 properties: %s", w.Body)
	}
	w = send(s, "PROPPATCH", tasks, strings.NewReader(`<propertyupdate xmlns="DAV:"><remove><prop>`+many.String()+`</prop></remove></propertyupdate>`), -1)
	if !strings.Contains(w.Body.String(), "200 OK") {
		t.Errorf("removing 300 properties: %s", w.Body)
	}
}

// TestGuessing sends wrong passwords in a loop: the guesser is slowed, and each
// answer comes with the reason to wait.
func TestGuessing(t *testing.T) {
	s := davtest.NewServer(t, memstore.New())
	slowed := 0
	for i := range 20 {
		r := httptest.NewRequest("PROPFIND", "/", nil)
		r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "ann:guess%d", i)))
		w := httptest.NewRecorder()
		s.Handler.ServeHTTP(w, r)
		switch {
		case w.Code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") != "":
			slowed++
		case w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") == "":
			t.Fatalf("guess %d: %d %v", i, w.Code, w.Header())
		}
	}
	if slowed == 0 {
		t.Error("twenty guesses at one moment were all heard")
	}
}
