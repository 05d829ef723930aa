package account

import (
	"errors"
	"strings"
	"testing"

	"almanac/store"
)

// FuzzMountName has every name of a collection, and of an owner, led back from the
// one name that they make together, and to nothing else.
func FuzzMountName(f *testing.F) {
	for _, seed := range [][2]string{
		{"work", "ann"}, {"a@b", "c"}, {"a", "b@c"}, {"=40", "x"}, {"=", "="}, {"a=3D40", "@"}, {"@", "@@"}, {"==40@", "=40"},
		{"é", "e\u0301"}, {"%2F", "..%2f"}, {"a b", "ann smith"}, {"\u202e", "ann"}, {".", "ann"}, {strings.Repeat("@", 255), "ann"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, coll, owner string) {
		name := MountName(&store.Collection{Name: coll}, &store.Home{Name: owner})
		if gotColl, gotOwner, ok := splitMountName(name); !ok || gotColl != coll || gotOwner != owner {
			t.Errorf("%q of %q is %q, which is %q of %q, %v", coll, owner, name, gotColl, gotOwner, ok)
		}
		if gotColl, gotOwner, ok := splitMountName(coll); ok && MountName(&store.Collection{Name: gotColl}, &store.Home{Name: gotOwner}) != coll {
			t.Errorf("%q is taken for %q of %q", coll, gotColl, gotOwner)
		}
	})
}

// FuzzFindMount has no name lead to a collection but the one that it was given.
func FuzzFindMount(f *testing.F) {
	for _, seed := range []string{"work@ann", "WORK@ann", "work=@ann", "work@@ann", "w=6Frk@ann", "work@ann@", "a=40b@ann", "a@b@ann", "=3D40@ann", "=40@ann", "@", "@ann", "work@"} {
		f.Add(seed)
	}
	st := backends[0].open(nil)
	p := newPeople(f, st, "ann", "bob", "eve")
	want := map[string]string{"work@ann": "work", "a=40b@ann": "a@b", "=3D40@ann": "=40"}
	for _, name := range want {
		p.apply("ann", store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: name}})
		p.share(p.coll("ann", store.AddressBook, name), UserPrincipal(p.homes["bob"]), ShareRead)
	}
	p.apply("ann", store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: "secret"}})
	f.Fuzz(func(t *testing.T, name string) {
		err := st.View(t.Context(), func(s store.Snapshot) error {
			m, err := FindMount(s, p.homes["bob"], store.AddressBook, name)
			switch {
			case err == nil && (m.Coll.Name != want[name] || m.Name != name || m.Owner.Name != "ann"):
				t.Errorf("%q leads to %q", name, m.Coll.Name)
			case err != nil && !errors.Is(err, store.ErrNotFound):
				return err
			case err != nil && want[name] != "":
				t.Errorf("%q leads nowhere", name)
			}
			if m, err := FindMount(s, p.homes["eve"], store.AddressBook, name); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%q leads a stranger to %v, %v", name, m, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}
