package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// testSettings are the defaults with some settings changed: name, value, ...
func testSettings(t *testing.T, changes ...string) *Settings {
	t.Helper()
	s, err := changedSettings(changes...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func changedSettings(changes ...string) (*Settings, error) {
	s := new(Settings)
	for _, row := range settings {
		value := row.standard
		for i := 0; i < len(changes); i += 2 {
			if row.name == changes[i] {
				value = changes[i+1]
			}
		}
		if err := row.set(s, value); err != nil {
			return nil, fmt.Errorf("%s: %w", row.name, err)
		}
	}
	return s, nil
}

func TestRemoteAddress(t *testing.T) {
	for _, c := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"no proxy", "198.51.100.7:1234", nil, "198.51.100.7:1234"},
		{"a stranger's word", "198.51.100.7:1234", []string{"192.0.2.1"}, "198.51.100.7:1234"},
		{"one proxy", "127.0.0.1:1234", []string{"192.0.2.1"}, "192.0.2.1:0"},
		{"two proxies", "127.0.0.1:1234", []string{"192.0.2.1, 10.1.2.3"}, "192.0.2.1:0"},
		{"what the client invented", "127.0.0.1:1234", []string{"8.8.8.8, 192.0.2.1"}, "192.0.2.1:0"},
		{"in several headers", "127.0.0.1:1234", []string{"8.8.8.8", "192.0.2.1, 10.1.2.3"}, "192.0.2.1:0"},
		{"all are proxies", "127.0.0.1:1234", []string{"10.1.2.3"}, "10.1.2.3:0"},
		{"rubbish", "127.0.0.1:1234", []string{"192.0.2.1, unknown"}, "127.0.0.1:0"},
		{"IPv6", "[::1]:1234", []string{"2001:db8::7"}, "[2001:db8::7]:0"},
		{"IPv4 in IPv6", "[::ffff:127.0.0.1]:1234", []string{"::ffff:192.0.2.1"}, "192.0.2.1:0"},
		{"empty", "127.0.0.1:1234", []string{""}, "127.0.0.1:0"},
	} {
		f := newFront(nil, testSettings(t, "trusted-proxies", "127.0.0.1,::1,10.0.0.0/8"), slog.New(slog.DiscardHandler))
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		r.Header["X-Forwarded-For"] = c.forwarded
		if got := f.remote(r); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestAPanicEndsOneRequest(t *testing.T) {
	var log bytes.Buffer
	f := newFront(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/early":
			panic("a fault of ours")
		case "/late":
			io.WriteString(w, "half of ")
			panic("a fault of ours")
		}
		io.WriteString(w, "well")
	}), testSettings(t), slog.New(slog.NewTextHandler(&log, nil)))
	server := httptest.NewServer(f)
	defer server.Close()

	resp, err := http.Get(server.URL + "/early")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != 500 || len(body) != 0 || resp.Header.Get("X-Request-Id") != "1" {
		t.Errorf("early: %s %q %v", resp.Status, body, resp.Header)
	}
	if resp, err := http.Post(server.URL+"/late", "text/plain", nil); err == nil {
		if _, err := io.ReadAll(resp.Body); err == nil {
			t.Error("half an answer looks complete")
		}
		resp.Body.Close()
	}
	resp, err = http.Get(server.URL + "/")
	if err != nil || resp.StatusCode != 200 {
		t.Errorf("afterwards: %v", err)
	} else {
		resp.Body.Close()
	}
	if n := strings.Count(log.String(), `panic="a fault of ours"`); n != 2 || !strings.Contains(log.String(), "id=1 method=GET path=/early") {
		t.Errorf("the log has\n%s", &log)
	}
}

func TestHealth(t *testing.T) {
	f := newFront(nil, testSettings(t), slog.New(slog.DiscardHandler))
	for _, ready := range []bool{false, true, false} {
		f.ready.Store(ready)
		w := httptest.NewRecorder()
		f.ServeHTTP(w, httptest.NewRequest("GET", "/healthz", nil))
		want := map[bool]int{true: 200, false: 503}[ready]
		if w.Code != want {
			t.Errorf("ready %v: %d", ready, w.Code)
		}
	}
}

// A body that stands still is given up at its deadline, while a long answer to a
// short body is not.
func TestDeadlines(t *testing.T) {
	result := make(chan error, 1)
	server := httptest.NewUnstartedServer(nil)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		if err := rc.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
			t.Error(err)
		}
		_, err := io.ReadAll(&timedBody{r.Body, rc})
		if err == nil {
			time.Sleep(100 * time.Millisecond)
			err = r.Context().Err()
		}
		result <- err
	})
	server.Start()
	defer server.Close()

	if resp, err := http.Post(server.URL, "text/plain", strings.NewReader("short")); err != nil {
		t.Error(err)
	} else {
		resp.Body.Close()
	}
	if err := <-result; err != nil {
		t.Errorf("a request whose body was read in time: %v", err)
	}

	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123")
	var timeout net.Error
	if err := <-result; !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("a body that stands still: %v", err)
	}
}

func BenchmarkFront(b *testing.B) {
	f := newFront(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) }),
		&Settings{BodyRate: 4096, MaxBody: 1 << 20}, slog.New(slog.DiscardHandler))
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/dav/", nil)
	b.ReportAllocs()
	for b.Loop() {
		f.ServeHTTP(w, r)
	}
}

// TestARefusalDoesNotWaitForTheBody: a client that asks with Expect: 100-continue
// whether to send its body at all is told at once that it need not.
func TestARefusalDoesNotWaitForTheBody(t *testing.T) {
	f := newFront(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusPreconditionFailed) }),
		&Settings{BodyRate: 4096, MaxBody: 1 << 20}, slog.New(slog.DiscardHandler))
	server := httptest.NewServer(f)
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(30 * time.Second)) // the body is waited for longer
	io.WriteString(conn, "PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusPreconditionFailed {
		t.Error(resp.Status)
	}
}

// TestLoggedPath keeps the addresses of public links out of the log.
func TestLoggedPath(t *testing.T) {
	for path, want := range map[string]string{
		"/dav/calendars/ann/":                  "/dav/calendars/ann/",
		"/public/ysjhvaydzx6hkiedg6xwnkax.ics": "/public/…",
		"/cal/public/ysjhvaydzx6hkiedg6xw.ics": "/cal/public/…",
		"/public/":                             "/public/…",
	} {
		if got := loggedPath(httptest.NewRequest("GET", path, nil)); got != want {
			t.Errorf("%s is logged as %s", path, got)
		}
	}
}
