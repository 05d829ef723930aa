package account

import (
	"crypto/rand"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"almanac/store"
)

func TestLinks(t *testing.T) {
	for _, backend := range backends {
		t.Run(backend.name, func(t *testing.T) {
			st := backend.open(t)
			defer st.Close()
			ctx := t.Context()
			p := newPeople(t, st, "ann")
			calendar, book := p.coll("ann", store.Calendar, "calendar"), p.coll("ann", store.AddressBook, "contacts")
			add := func(c *store.Collection, l Link) (Link, string, error) {
				return AddLink(ctx, st, c, l, "", rand.Reader, noon)
			}
			for _, tc := range []struct {
				c     *store.Collection
				level Level
				want  error
			}{{calendar, ShareWrite, ErrLinkLevel}, {calendar, "", ErrLinkLevel}, {book, ShareFreeBusy, ErrLevel}} {
				if _, _, err := add(tc.c, Link{Level: tc.level}); !errors.Is(err, tc.want) {
					t.Errorf("%s: %v", tc.level, err)
				}
			}
			one, token, err := add(calendar, Link{Level: ShareRead, Label: "club", By: "ann"})
			p.must(err)
			two, other, err := add(calendar, Link{Level: ShareFreeBusy, Expires: noon.Add(time.Hour)})
			p.must(err)
			if len(token) < 26 || token == other || strings.ToLower(token) != token {
				t.Errorf("tokens %q and %q", token, other)
			}
			find := func(token string, at time.Time) (l *Link, err error) {
				err = st.View(ctx, func(s store.Snapshot) error {
					var c *store.Collection
					if l, c, err = FindLink(s, token, at); err == nil && c.ID != calendar.ID {
						t.Errorf("leads to %d", c.ID)
					}
					return err
				})
				return l, err
			}
			gone := func(what, token string, at time.Time) {
				t.Helper()
				if l, err := find(token, at); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("%s: %+v, %v", what, l, err)
				}
			}
			if l, err := find(token, noon.AddDate(9, 0, 0)); err != nil || *l != one {
				t.Errorf("found %+v, %v, want %+v", l, err, one)
			}
			if _, err := find(other, noon.Add(time.Hour-1)); err != nil {
				t.Error(err)
			}
			gone("expired", other, noon.Add(time.Hour))
			gone("invented", "x", noon)
			gone("in capitals", strings.ToUpper(token), noon)
			// Nothing that is kept is the token.
			p.view(func(s store.Snapshot) error {
				return s.Records(factLink, "", "", func(r *store.Record) bool {
					if strings.Contains(r.Key+string(r.Value), token) {
						t.Error("the token is kept")
					}
					return true
				})
			})
			p.apply("ann", store.DeleteCollection{Coll: calendar.ID})
			gone("of a deleted collection", token, noon)
			p.apply("ann", store.RestoreCollection{Coll: calendar.ID})
			if _, err := find(token, noon); err != nil {
				t.Error(err)
			}
			p.must(RemoveLink(ctx, st, calendar, one.ID, "test", noon))
			gone("revoked", token, noon)
			for _, c := range []*store.Collection{calendar, book} {
				if err := RemoveLink(ctx, st, c, map[bool]string{true: one.ID, false: two.ID}[c == calendar], "test", noon); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("revoke what is not there: %v", err)
				}
			}
			p.must(RemoveUser(ctx, st, p.homes["ann"], "test", noon))
			gone("of nobody", other, noon)
		})
	}
}

// TestLinkGate has a guesser of a link's password slowed, and a reader who has it
// heard all the same.
func TestLinkGate(t *testing.T) {
	rule := DefaultThrottle
	rule.AccountFree, rule.NetworkFree = 3, 100
	g, err := NewLinkGate(rand.Reader, rule)
	if err != nil {
		t.Fatal(err)
	}
	home, elsewhere := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("198.51.100.7")
	l := &Link{ID: "a", Secret: cheap("right")}
	check := func(password string, from netip.Addr, at time.Time, want any) {
		t.Helper()
		err := g.Check(l, password, from, at)
		var throttled *ThrottledError
		switch want := want.(type) {
		case nil:
			if err != nil {
				t.Errorf("%q: %v", password, err)
			}
		case error:
			if !errors.Is(err, want) {
				t.Errorf("%q: %v, want %v", password, err, want)
			}
		case time.Duration:
			if !errors.As(err, &throttled) || throttled.RetryAfter > want {
				t.Errorf("%q: %v, want to wait", password, err)
			}
		}
	}
	for range 20 {
		check("", elsewhere, noon, ErrCredentials) // no try
	}
	check("right", home, noon, nil)
	for range 4 {
		check("wrong", elsewhere, noon, ErrCredentials)
	}
	check("wrong", elsewhere, noon, 2*time.Second)
	check("right", elsewhere, noon, 2*time.Second)
	check("right", home, noon, nil)
	check("right", elsewhere, noon.Add(2*time.Second), nil)
	check(strings.Repeat("x", MaxPassword+1), home, noon, ErrCredentials)
	// Another password ends what was remembered.
	l = &Link{ID: "a", Secret: cheap("other")}
	check("right", home, noon.Add(3*time.Second), ErrCredentials)
	if err := g.Check(&Link{ID: "b"}, "", elsewhere, noon); err != nil {
		t.Errorf("without a password: %v", err)
	}
	damaged := &Link{ID: "c", Secret: "x"}
	if err := g.Check(damaged, "x", home, noon); !errors.Is(err, ErrHash) {
		t.Errorf("damaged: %v", err)
	}
}
