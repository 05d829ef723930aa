package web_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"almanac/account"
	"almanac/dav"
	"almanac/dav/davtest"
	"almanac/store"
	"almanac/store/memstore"
	"almanac/web"
)

// A site is a server with its pages before DAV, and a clock that stands still
// until it is moved on.
type site struct {
	t     *testing.T
	store store.Store
	http  *httptest.Server
	pages *web.Server
	log   *lockedBuffer
	full  atomic.Bool // the pages' store takes no writes

	mu    sync.Mutex
	clock time.Time
}

// A fullStore takes no writes while its site says so.
type fullStore struct {
	store.Store
	full *atomic.Bool
}

func (f fullStore) Apply(ctx context.Context, b *store.Batch) (*store.Result, error) {
	if f.full.Load() {
		return nil, errors.New("the disk is full")
	}
	return f.Store.Apply(ctx, b)
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (s *site) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock
}

func (s *site) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock = s.clock.Add(d)
}

// newSite makes a site on which ann and bob have accounts; each one's password is
// the name, ten times.
func newSite(t *testing.T, change func(*web.Config)) *site {
	t.Helper()
	s := &site{t: t, store: memstore.New(), log: new(lockedBuffer), clock: time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)}
	// The log has all that there is: see TestNoSecretIsLogged.
	log := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	davtest.NewServer(t, s.store) // makes the accounts
	for _, user := range davtest.Users {
		secret, err := account.NewSecret(passwordOf(user), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		s.apply(s.home(user).ID, store.SetHome{Secret: &secret})
	}
	auth, err := account.New(s.store, account.Options{Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	c := web.Config{Store: fullStore{s.store, &s.full}, Auth: auth, Log: log, Now: s.now, Random: rand.Reader, Principal: dav.PrincipalPath}
	if change != nil {
		change(&c)
	}
	if s.pages, err = web.New(c); err != nil {
		t.Fatal(err)
	}
	s.http = httptest.NewServer(s.pages.Before(dav.New(dav.Config{Store: s.store, Auth: auth, Log: log, Now: s.now})))
	t.Cleanup(s.http.Close)
	return s
}

func passwordOf(user string) string { return strings.Repeat(user, 10) }

func (s *site) home(user string) (h *store.Home) {
	s.t.Helper()
	err := s.store.View(context.Background(), func(snap store.Snapshot) (err error) {
		h, err = snap.HomeByName(user)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return h
}

func (s *site) apply(home store.HomeID, ops ...store.Op) {
	s.t.Helper()
	if _, err := s.store.Apply(context.Background(), &store.Batch{Home: home, Ops: ops}); err != nil {
		s.t.Fatal(err)
	}
}

// A browser has cookies, and follows redirects.
type browser struct {
	*site
	client *http.Client
	header http.Header
}

// A page is an answer with its body.
type page struct {
	*http.Response
	body string
}

func (s *site) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{s, &http.Client{Jar: jar}, http.Header{"Accept": {"text/html"}, "Accept-Language": {"en"}}}
}

func (b *browser) send(method, path string, form url.Values, header ...string) *page {
	b.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = b.http.URL + path
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequest(method, path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	for name, values := range b.header {
		r.Header[name] = values
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", b.http.URL)
	}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
		if name == "Host" {
			r.Host = value
		}
	}
	res, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return &page{res, string(text)}
}

func (b *browser) get(path string, header ...string) *page {
	b.t.Helper()
	return b.send("GET", path, nil, header...)
}

func (b *browser) post(path string, form url.Values, header ...string) *page {
	b.t.Helper()
	return b.send("POST", path, form, header...)
}

// signIn returns a browser in which somebody has signed in.
func (s *site) signIn(user string) *browser {
	s.t.Helper()
	b := s.browser()
	p := b.post("/account/signin", url.Values{"user": {user}, "password": {passwordOf(user)}})
	p.is(s.t, http.StatusOK, "/account/connect", "Connect a device")
	return b
}

var heading = regexp.MustCompile(`(?s)<h1>(.*?)</h1>`)

// is checks where a browser ended up.
func (p *page) is(t *testing.T, status int, path, title string) {
	t.Helper()
	h := heading.FindStringSubmatch(p.body)
	if p.StatusCode != status || p.Request.URL.Path != path || h == nil || h[1] != title {
		t.Fatalf("%d at %s with %q, want %d at %s with %q\n%s", p.StatusCode, p.Request.URL.Path, h, status, path, title, p.body)
	}
}

// find returns what an expression's group matches in the page.
func (p *page) find(t *testing.T, expression string) string {
	t.Helper()
	m := regexp.MustCompile(expression).FindStringSubmatch(p.body)
	if m == nil {
		t.Fatalf("%s is not in\n%s", expression, p.body)
	}
	return m[1]
}

// propfind asks as a device does, and returns the status.
func (s *site) propfind(path, user, password string) (int, string) {
	s.t.Helper()
	r, err := http.NewRequest("PROPFIND", s.http.URL+path, strings.NewReader(`<propfind xmlns="DAV:"><prop><current-user-principal/></prop></propfind>`))
	if err != nil {
		s.t.Fatal(err)
	}
	r.SetBasicAuth(user, password)
	r.Header.Set("Depth", "0")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(text)
}

// TestTranscripts runs DAV's dialogues with the pages before it: DAV's clients
// notice nothing of them.
func TestTranscripts(t *testing.T) {
	davtest.Run(t, "../testdata/http", func(s *davtest.Server) http.Handler {
		pages, err := web.New(web.Config{Store: s.Store, Random: rand.Reader})
		if err != nil {
			t.Fatal(err)
		}
		return pages.Before(s.Handler)
	})
}

// TestTheBareAddress: a person gets to the pages, a program to DAV.
func TestTheBareAddress(t *testing.T) {
	s := newSite(t, nil)
	b := s.browser()
	b.get("/").is(t, http.StatusOK, "/account/signin", "Sign in")
	b.get("/account").is(t, http.StatusOK, "/account/signin", "Sign in")
	if p := b.get("/", "Accept: */*"); p.StatusCode != http.StatusUnauthorized || p.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("a program's GET: %d %v", p.StatusCode, p.Header)
	}
	if status, _ := s.propfind("/", "ann", passwordOf("ann")); status != http.StatusMultiStatus {
		t.Errorf("PROPFIND: %d", status)
	}
}

// TestWithoutSession: every page but the first leads to the sign-in, and after it
// to where somebody wanted to go; an action does nothing.
func TestWithoutSession(t *testing.T) {
	s := newSite(t, nil)
	for _, path := range []string{"", "connect", "connect/apple", "devices", "security", "activity", "grant?flow=x"} {
		s.browser().get("/account/"+path).is(t, http.StatusOK, "/account/signin", "Sign in")
	}
	for _, path := range []string{"connect/apple", "connect/other", "devices/remove", "devices/signout", "security/password", "security/twofactor",
		"security/twofactor/on", "security/twofactor/off", "grant"} {
		s.browser().post("/account/"+path, url.Values{"label": {"x"}}).is(t, http.StatusOK, "/account/signin", "Sign in")
	}
	b := s.browser()
	next := b.get("/account/connect/android?x=1").find(t, `name="next" value="([^"]*)"`)
	b.post("/account/signin", url.Values{"user": {"ann"}, "password": {passwordOf("ann")}, "next": {next}}).is(t, http.StatusOK, "/account/connect/android", "Connect a device")
	b.get("/account/nowhere").is(t, http.StatusNotFound, "/account/nowhere", "That did not work")
	b.get("/account/connect/fridge").is(t, http.StatusNotFound, "/account/connect/fridge", "That did not work")
}

// TestHeaders: what every page has, wherever it comes from.
func TestHeaders(t *testing.T) {
	s := newSite(t, nil)
	b := s.signIn("ann")
	for _, path := range []string{"connect", "devices", "security", "activity", "nowhere", "link?token=x", "profile?token=x", "grant?flow=x"} {
		p := b.get("/account/" + path)
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":  "nosniff",
			"Referrer-Policy":         "same-origin",
			"Cache-Control":           "no-store",
			"Content-Type":            "text/html; charset=utf-8",
		} {
			if got := p.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if strings.Contains(p.body, "<style") || regexp.MustCompile(` (style|on\w+)="`).MatchString(p.body) {
			t.Errorf("%s has styles or scripts inside, which its policy forbids", path)
		}
		for _, src := range regexp.MustCompile(`(?:stylesheet" href|src)="([^"]*)"`).FindAllStringSubmatch(p.body, -1) {
			if a := b.get(src[1]); a.StatusCode != http.StatusOK || !strings.Contains(a.Header.Get("Cache-Control"), "immutable") {
				t.Errorf("%s: %d %v", src[1], a.StatusCode, a.Header)
			}
		}
	}
}

// TestSessions: when they end, and how many there may be.
func TestSessions(t *testing.T) {
	s := newSite(t, nil)
	in := func(b *browser) bool {
		t.Helper()
		return b.get("/account/devices").Request.URL.Path == "/account/devices"
	}
	a := s.signIn("ann")
	for range 6 {
		s.pass(13 * 24 * time.Hour)
		if !in(a) {
			t.Fatal("a session in use ended")
		}
	}
	s.pass(13 * 24 * time.Hour) // 91 days
	if in(a) {
		t.Error("a session lasts longer than 90 days")
	}
	a = s.signIn("ann")
	s.pass(15 * 24 * time.Hour)
	if in(a) {
		t.Error("a session lasts longer than 14 days unused")
	}
	// A new password ends every session, from wherever it was set.
	a = s.signIn("ann")
	secret, _ := account.NewSecret(passwordOf("ann"), rand.Reader)
	s.apply(s.home("ann").ID, store.SetHome{Secret: &secret})
	if in(a) {
		t.Error("a session outlives the password")
	}
	// The oldest goes when there are too many.
	var all []*browser
	for range 22 {
		s.pass(time.Minute)
		all = append(all, s.signIn("ann"))
	}
	for i, b := range all {
		if got, want := in(b), i >= 2; got != want {
			t.Errorf("session %d: %t", i, got)
		}
	}
	// Signing out is for this browser alone.
	all[21].post("/account/signout", url.Values{}).is(t, http.StatusOK, "/account/signin", "Sign in")
	if in(all[21]) || !in(all[20]) {
		t.Error("signing out")
	}
	// Nobody ends another account's session.
	key := all[20].get("/account/devices").find(t, `name="key" value="([^"]*)"`)
	bob := s.signIn("bob")
	bob.post("/account/devices/signout", url.Values{"key": {key}})
	if !in(all[20]) {
		t.Error("bob has ended ann's session")
	}
	s.apply(s.home("bob").ID, store.DeleteHome{})
	if in(bob) {
		t.Error("a session outlives its account")
	}
}

func TestSessionCookie(t *testing.T) {
	for _, c := range []struct {
		public, path string
		secure       bool
	}{
		{"https://cal.example.org/cal", "/cal/account/", true},
		{"http://cal.example.org", "/account/", false},
	} {
		u, _ := url.Parse(c.public)
		s := newSite(t, func(c *web.Config) { c.PublicURL = u })
		b := s.browser()
		b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		p := b.post("/account/signin", url.Values{"user": {"ann"}, "password": {passwordOf("ann")}}, "Origin: "+u.Scheme+"://"+u.Host, "Host: 10.0.0.7")
		if len(p.Cookies()) != 1 {
			t.Fatalf("%d %v", p.StatusCode, p.Header)
		}
		k := p.Cookies()[0]
		if k.Path != c.path || k.Secure != c.secure || !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || len(k.Value) < 27 || p.Header.Get("Location") != strings.TrimSuffix(u.Path, "/")+"/account/connect" {
			t.Errorf("%s: %v, %s", c.public, k, p.Header.Get("Location"))
		}
		// The store has nothing with which somebody could sign in.
		err := s.store.View(context.Background(), func(snap store.Snapshot) error {
			return snap.Records("session", "", "", func(r *store.Record) bool {
				if strings.Contains(r.Key+string(r.Value), k.Value) {
					t.Error("the token is in the store")
				}
				return true
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestOtherSites: forms of other sites do nothing, with whatever headers a browser
// has for them.
func TestOtherSites(t *testing.T) {
	s := newSite(t, nil)
	b := s.signIn("ann")
	for _, header := range [][]string{
		{"Origin: https://example.com"}, {"Origin: null"}, {"Sec-Fetch-Site: cross-site", "Origin: "}, {"Sec-Fetch-Site: same-site"},
	} {
		for _, path := range []string{"signin", "connect/other", "devices/remove", "security/password", "grant", "signout"} {
			p := b.post("/account/"+path, url.Values{"label": {"x"}, "user": {"bob"}, "password": {passwordOf("bob")}}, header...)
			p.is(t, http.StatusForbidden, "/account/"+path, "That did not work")
		}
	}
	b.get("/account/devices").is(t, http.StatusOK, "/account/devices", "Devices")
	if p := b.get("/account/devices"); !strings.Contains(p.body, "No device has a password") {
		t.Error(p.body)
	}
	// Browsers from before Sec-Fetch-Site say where a form comes from by Origin.
	b.post("/account/connect/other", url.Values{"label": {"mine"}}).is(t, http.StatusOK, "/account/connect/other", "Ready: mine")
}

// TestGuessing: wrong passwords are refused alike, and slowed.
func TestGuessing(t *testing.T) {
	s := newSite(t, nil)
	b := s.browser()
	wrong := func(user string) string {
		p := b.post("/account/signin", url.Values{"user": {user}, "password": {"wrong"}})
		p.is(t, http.StatusForbidden, "/account/signin", "Sign in")
		return strings.ReplaceAll(p.body, user, "USER")
	}
	if wrong("ann") != wrong("nobody") {
		t.Error("the page tells whether there is such an account")
	}
	for range 100 {
		p := b.post("/account/signin", url.Values{"user": {"ann"}, "password": {"wrong"}})
		if p.StatusCode == http.StatusTooManyRequests {
			if p.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			return
		}
	}
	t.Error("a hundred tries are heard")
}

func ExampleAddress_DAVx5() {
	a := web.Address{Secure: true, Host: "cal.example.org"}
	fmt.Println(a.DAVx5("ann", ""))
	// Output: davx5://ann@cal.example.org/
}
