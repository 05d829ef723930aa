package account

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"almanac/store"
	"almanac/store/boltstore"
	"almanac/store/memstore"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file of testdata that a reader can judge.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, []byte(got)) {
		t.Errorf("%s has changed; judge the difference of \"go test ./account -update\". Got:\n%s", path, got)
	}
}

// backends are the stores on which the rules are tried.
var backends = []struct {
	name string
	open func(t *testing.T) store.Store
}{
	{"memory", func(*testing.T) store.Store { return memstore.New() }},
	{"bolt", func(t *testing.T) store.Store {
		st, err := boltstore.Open(filepath.Join(t.TempDir(), "almanac.db"), boltstore.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		return st
	}},
}

// People are accounts, groups and organisations to try rules on.
type people struct {
	testing.TB
	st    store.Store
	homes map[string]store.HomeID
	now   time.Time
}

var admin = Actor{CommandLine: true, Name: "command line"}

func newPeople(t testing.TB, st store.Store, names ...string) *people {
	p := &people{t, st, map[string]store.HomeID{}, noon}
	for _, name := range names {
		p.user(name)
	}
	return p
}

func (p *people) user(name string) store.HomeID {
	p.Helper()
	id, err := Create(p.Context(), p.st, store.Home{Name: name}, "test", p.now)
	p.must(err)
	p.homes[name] = id
	return id
}

func (p *people) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// body makes a group or an organisation; org is the name of a group's.
func (p *people) body(kind PrincipalType, name, org string) Principal {
	p.Helper()
	b := Body{}
	if org != "" {
		b.Org = p.named("org:" + org).ID
	}
	b, err := CreateBody(p.Context(), p.st, kind, name, b, "test", p.now)
	p.must(err)
	return Principal{Type: kind, ID: b.ID}
}

func (p *people) named(label string) (n Named) {
	p.Helper()
	p.view(func(s store.Snapshot) (err error) { n, err = ParseNamed(s, label); return err })
	return n
}

func (p *people) role(org, user string, r Role) {
	p.Helper()
	p.must(SetRole(p.Context(), p.st, admin, org, p.homes[user], r, p.now))
}

func (p *people) view(fn func(store.Snapshot) error) {
	p.Helper()
	p.must(p.st.View(p.Context(), fn))
}

func (p *people) apply(home string, ops ...store.Op) {
	p.Helper()
	p.must(write(p.Context(), p.st, p.homes[home], "test", p.now, nil, ops...))
}

// coll finds a collection of somebody.
func (p *people) coll(user string, kind store.Kind, name string) (c *store.Collection) {
	p.Helper()
	p.view(func(s store.Snapshot) (err error) {
		c, err = s.CollectionByName(p.homes[user], kind, name)
		return err
	})
	return c
}

func (p *people) share(c *store.Collection, to Principal, l Level) {
	p.Helper()
	p.must(ShareWith(p.Context(), p.st, c, to, l, "test", p.now))
}

func (p *people) delegate(of string, to Principal, write bool) {
	p.Helper()
	ops, err := DelegateOps(Delegate{Of: p.homes[of], To: to, Write: write, Since: p.now, By: "test"})
	p.must(err)
	p.apply(of, ops...)
}

// rights asks what a user may do.
func (p *people) rights(user string, t Thing) (a Access) {
	p.Helper()
	p.view(func(s store.Snapshot) (err error) {
		a, err = Rights(s, Identity{Home: p.homes[user], Name: user}, t)
		return err
	})
	return a
}
