package web_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"almanac/account"
	"almanac/account/oidc"
	"almanac/web"
)

// A directory knows people by their user names; each one's password is "of ", the
// name and " there".
type directory struct {
	mu      sync.Mutex
	people  map[string]account.Person
	away    bool
	lookups int
}

func (d *directory) Source() string { return "ldap" }

func (d *directory) Verify(_ context.Context, user, password string) (account.Person, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p, ok := d.people[user]; ok && password == "of "+user+" there" {
		return p, nil
	}
	return account.Person{}, account.ErrCredentials
}

func (d *directory) Find(_ context.Context, subject string) (account.Person, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lookups++
	if d.away {
		return account.Person{}, &account.UnavailableError{RetryAfter: time.Second}
	}
	for _, p := range d.people {
		if p.Subject == subject {
			return p, nil
		}
	}
	return account.Person{}, account.ErrCredentials
}

func (d *directory) change(fn func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fn()
}

// withDirectory makes a site whose people may come from a directory too.
func withDirectory(t *testing.T, change func(*web.Config)) (*site, *directory) {
	d := &directory{people: map[string]account.Person{}}
	s := newSite(t, func(c *web.Config) {
		var err error
		if c.Auth, err = account.New(c.Store, account.Options{Random: rand.Reader, Directory: d}); err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(c)
		}
	})
	return s, d
}

// TestWhoLeftTheDirectory: within five minutes the pages are closed to them, and open
// again when they are back. A directory that is away shuts nobody out for good.
func TestWhoLeftTheDirectory(t *testing.T) {
	s, d := withDirectory(t, nil)
	dora := account.Person{Source: "ldap", Subject: "1", Name: "dora"}
	d.people["dora"] = dora
	b := s.browser()
	b.post("/account/signin", url.Values{"user": {"dora"}, "password": {"of dora there"}}).is(t, http.StatusOK, "/account/connect", "Connect a device")
	for range 5 {
		b.get("/account/devices").is(t, http.StatusOK, "/account/devices", "Devices")
	}
	if d.lookups != 1 {
		t.Errorf("the directory was asked %d times for one person", d.lookups)
	}
	s.pass(5 * time.Minute)
	d.change(func() { d.away = true })
	b.get("/account/devices").is(t, http.StatusServiceUnavailable, "/account/devices", "That did not work")
	d.change(func() { d.away = false; delete(d.people, "dora") })
	b.get("/account/devices").is(t, http.StatusOK, "/account/signin", "Sign in")
	b.post("/account/connect/other", url.Values{"label": {"x"}}).is(t, http.StatusOK, "/account/signin", "Sign in")
	d.change(func() { d.people["dora"] = dora })
	b.get("/account/devices").is(t, http.StatusOK, "/account/devices", "Devices")

	// The password there turns a second factor on. Who has one here is none of the
	// directory's business.
	b.post("/account/security/twofactor", url.Values{"current": {"of dora there"}}).is(t, http.StatusOK, "/account/security/twofactor", "Turn on two-factor authentication")
	ann := s.signIn("ann")
	d.change(func() { d.away = true; d.lookups = 0 })
	if ann.get("/account/devices").is(t, http.StatusOK, "/account/devices", "Devices"); d.lookups != 0 {
		t.Error("the directory was asked about ann")
	}
}

// TestNamesakeProvesNothing: dora signs in at a provider; in the directory another
// person has her user name, and an account of another name.
func TestNamesakeProvesNothing(t *testing.T) {
	who := "dora"
	op := newProvider(t, func() string { return who })
	ip := &web.IdentityProvider{Name: "id.example.org", Admission: account.Admission{Create: true}}
	var auth *account.Authenticator
	s, d := withDirectory(t, func(c *web.Config) { c.Provider, auth = ip, c.Auth })
	at, _ := url.Parse(s.http.URL)
	var err error
	ip.Provider, err = oidc.New(oidc.Config{Issuer: op.URL, ClientID: "almanac", RedirectURL: web.OIDCReturn(web.ParseAddress(at))})
	if err != nil {
		t.Fatal(err)
	}
	namesake := account.Person{Source: "ldap", Subject: "2", Name: "theodora"}
	if _, err := auth.Admit(t.Context(), namesake, account.Admission{Create: true}, s.now()); err != nil {
		t.Fatal(err)
	}
	d.people["dora"] = namesake
	b := s.browser()
	b.get("/account/oidc?next=security").is(t, http.StatusOK, "/account/security", "Security")
	p := b.post("/account/security/twofactor/off", url.Values{"current": {"of dora there"}})
	p.is(t, http.StatusForbidden, "/account/security/twofactor/off", "Security")

	// Without a password there is nothing that a code would guard.
	if p = b.get("/account/security"); !strings.Contains(p.body, "turn a second factor on there") {
		t.Error(p.body)
	}
	b.post("/account/security/twofactor", url.Values{"current": {"of dora there"}}).is(t, http.StatusNotFound, "/account/security/twofactor", "That did not work")
}
