package davtest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"almanac/account"
	"almanac/dav"
	"almanac/store"
	"almanac/store/boltstore"
	"almanac/store/memstore"
)

// Now is the moment at which every server's clock stands.
var Now = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// A Server is a dav.Server with two accounts.
type Server struct {
	Store   store.Store
	Handler http.Handler
}

// Users are the accounts of every server; their passwords are their names.
var Users = []string{"ann", "bob"}

// NewServer returns a server over st.
func NewServer(t testing.TB, st store.Store) *Server { return NewServerWith(t, st, dav.Config{}) }

// NewServerWith returns a server over st with settings of the test's own; Store,
// Auth, Now and Log are set here.
func NewServerWith(t testing.TB, st store.Store, c dav.Config) *Server {
	t.Helper()
	for _, name := range Users {
		home := store.Home{Name: name, DisplayName: strings.ToUpper(name[:1]) + name[1:], Emails: []string{name + "@example.org"}, Secret: secret(name)}
		if _, err := account.Create(context.Background(), st, home, "davtest", Now); err != nil {
			t.Fatal(err)
		}
	}
	return reopen(t, st, c)
}

// Reopen returns a server over a store that has the accounts already.
func Reopen(t testing.TB, st store.Store) *Server { return reopen(t, st, dav.Config{}) }

func reopen(t testing.TB, st store.Store, c dav.Config) *Server {
	t.Helper()
	auth, err := account.New(st, account.Options{Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	c.Store, c.Auth, c.Now = st, auth, func() time.Time { return Now }
	c.Log = slog.New(slog.NewTextHandler(testWriter{t}, nil))
	return &Server{Store: st, Handler: dav.New(c)}
}

// secret hashes a password at the least cost there is: a dialogue is not about
// guessing, and there are hundreds.
func secret(password string) string {
	salt := []byte("davtest.davtest.")
	sum := argon2.IDKey([]byte(password), salt, 1, 8, 1, 32)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=19$m=8,t=1,p=1$%s$%s", b64.EncodeToString(salt), b64.EncodeToString(sum))
}

// A testWriter shows the server's log where the test's own is.
type testWriter struct{ t testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Logf("server: %s", bytes.TrimRight(p, "\n"))
	return len(p), nil
}

// Backends are the stores that a dialogue runs against.
var Backends = []struct {
	Name string
	Open func(testing.TB) store.Store
}{
	{"memstore", func(testing.TB) store.Store { return memstore.New() }},
	{"boltstore", OpenBolt},
}

// OpenBolt opens a new boltstore that does not wait for the disk.
func OpenBolt(t testing.TB) store.Store {
	t.Helper()
	st, err := boltstore.Open(filepath.Join(t.TempDir(), "almanac.db"), boltstore.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

// A Request is one to be sent. Header lines are "Name: value".
type Request struct {
	User   string // "" for no credentials, "ann" or "ann:password"
	Method string
	Target string // as it stands in the request line
	Header []string
	Body   string
}

// Do sends a request. The request line and the headers go through net/http's own
// reader, as from a connection. aborted tells that the server cut the answer off.
func (s *Server) Do(t testing.TB, q Request) (res *httptest.ResponseRecorder, aborted bool) {
	t.Helper()
	var raw strings.Builder
	fmt.Fprintf(&raw, "%s %s HTTP/1.1\r\n", q.Method, q.Target)
	host := "Host: cal.example.org"
	for _, h := range q.Header {
		if len(h) > 5 && strings.EqualFold(h[:5], "host:") {
			host = h
		}
	}
	raw.WriteString(host + "\r\n")
	for _, h := range q.Header {
		if h != host {
			raw.WriteString(h + "\r\n")
		}
	}
	if q.User != "" {
		user, password, ok := strings.Cut(q.User, ":")
		if !ok {
			password = user
		}
		raw.WriteString("Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password)) + "\r\n")
	}
	if q.Body != "" {
		fmt.Fprintf(&raw, "Content-Length: %d\r\n", len(q.Body))
	}
	raw.WriteString("\r\n" + q.Body)
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw.String())))
	if err != nil {
		t.Fatalf("%s %s: %v", q.Method, q.Target, err)
	}
	r.RemoteAddr = "192.0.2.1:40000"
	res = httptest.NewRecorder()
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			aborted = true
		default:
			panic(p)
		}
	}()
	s.Handler.ServeHTTP(res, r)
	return res, false
}

// CheckClean fails the test when the store finds anything wrong with itself.
func (s *Server) CheckClean(t testing.TB) {
	t.Helper()
	err := s.Store.Check(context.Background(), false, nil, func(f store.Finding) {
		t.Errorf("check: home %d, collection %d, %q: %s", f.Home, f.Coll, f.Name, f.What)
	})
	if err != nil {
		t.Errorf("check: %v", err)
	}
}
