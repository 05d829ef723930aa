package account

import (
	"crypto/rand"
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"almanac/store"
	"almanac/store/memstore"
)

func TestScopeAllows(t *testing.T) {
	cal, book := store.Calendar, store.AddressBook
	for _, c := range []struct {
		name  string
		scope Scope
		// of calendar 1, calendar 2, address book 3, a new calendar, a new address book
		want [5]bool
	}{
		{"everything", Scope{}, [5]bool{true, true, true, true, true}},
		{"reading everything", Scope{ReadOnly: true}, [5]bool{true, true, true, true, true}},
		{"calendars", Scope{Kinds: []store.Kind{cal}}, [5]bool{true, true, false, true, false}},
		{"contacts", Scope{Kinds: []store.Kind{book}}, [5]bool{false, false, true, false, true}},
		{"calendar 2", Scope{Colls: []store.CollID{2}}, [5]bool{false, true, false, false, false}},
		{"contacts and calendar 1", Scope{Kinds: []store.Kind{book}, Colls: []store.CollID{1}}, [5]bool{true, false, true, false, true}},
		{"nothing", Scope{Kinds: []store.Kind{}}, [5]bool{}},
		{"no collection", Scope{Colls: []store.CollID{}}, [5]bool{}},
		{"what there is not", Scope{Colls: []store.CollID{0}}, [5]bool{}},
	} {
		got := [5]bool{c.scope.Allows(cal, 1), c.scope.Allows(cal, 2), c.scope.Allows(book, 3), c.scope.Allows(cal, 0), c.scope.Allows(book, 0)}
		if got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestScopeMask(t *testing.T) {
	all := ^Privilege(0)
	if got := (Scope{}).Mask(all); got != all {
		t.Errorf("a full scope leaves %b", got)
	}
	want := Read | ReadACL | ReadCurrentUserPrivilegeSet | ReadFreeBusy
	if got := (Scope{ReadOnly: true}).Mask(all); got != want {
		t.Errorf("a reading one leaves %b, want %b", got, want)
	}
	if got := (Scope{ReadOnly: true}).Mask(Write | ManageShares); got != 0 {
		t.Errorf("a reading one leaves %b of writing", got)
	}
}

// TestScopesAreKept: what was limited comes back as it was, and never wider.
func TestScopesAreKept(t *testing.T) {
	st := memstore.New()
	defer st.Close()
	ann, err := Create(t.Context(), st, store.Home{Name: "ann"}, "test", noon)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		kinds := rapid.SliceOfN(rapid.SampledFrom([]store.Kind{store.Calendar, store.AddressBook}), 0, 2)
		colls := rapid.SliceOfN(rapid.Map(rapid.Uint64Range(0, 5), func(n uint64) store.CollID { return store.CollID(n) }), 0, 3)
		in := Scope{ReadOnly: rapid.Bool().Draw(rt, "read-only")}
		if rapid.Bool().Draw(rt, "kinds given") {
			in.Kinds = append([]store.Kind{}, kinds.Draw(rt, "kinds")...)
		}
		if rapid.Bool().Draw(rt, "collections given") {
			in.Colls = append([]store.CollID{}, colls.Draw(rt, "collections")...)
		}
		id, _, err := AddAppPassword(t.Context(), st, ann, AppPassword{Scope: in}, "ann", rand.Reader, noon)
		if err != nil {
			rt.Fatal(err)
		}
		var out Scope
		err = st.View(t.Context(), func(s store.Snapshot) error {
			r, err := s.Record(factAppPassword, appKey(ann, id))
			if err != nil {
				return err
			}
			p, err := readApp(s, r)
			out = p.Scope
			return err
		})
		if err != nil {
			rt.Fatal(err)
		}
		for _, kind := range []store.Kind{store.Calendar, store.AddressBook} {
			for coll := range store.CollID(6) {
				if in.Allows(kind, coll) != out.Allows(kind, coll) {
					rt.Errorf("%+v became %+v", in, out)
				}
			}
		}
		if err := RemoveAppPassword(t.Context(), st, ann, id, "ann", noon); err != nil {
			rt.Fatal(err)
		}
	})
}

// FuzzStoredScope: whatever a record says, and a newer version may say more, a
// limit that cannot be read is not the end of all limits.
func FuzzStoredScope(f *testing.F) {
	for _, text := range []string{`{}`, `{"limited":true}`, `{"limited":true,"kinds":["calendar"]}`, `{"limited":true,"kinds":["mail"],"colls":[3]}`, `{"kinds":null,"limited":true,"readOnly":true}`} {
		f.Add([]byte(text))
	}
	st := memstore.New()
	f.Cleanup(func() { st.Close() })
	f.Fuzz(func(t *testing.T, value []byte) {
		var said struct{ Limited bool }
		var p AppPassword
		var err error
		if e := st.View(t.Context(), func(s store.Snapshot) error {
			p, err = readApp(s, &store.Record{Key: "0/x", Value: value})
			return nil
		}); e != nil {
			t.Fatal(e)
		}
		if err != nil || json.Unmarshal(value, &said) != nil {
			return
		}
		if said.Limited && p.Scope.everything() {
			t.Errorf("%s is everything", value)
		}
		again := Scope{p.Scope.ReadOnly, kindsNamed(kindNames(p.Scope.Kinds)), p.Scope.Colls}
		if len(p.Scope.Kinds) > 0 && !reflect.DeepEqual(again, p.Scope) {
			t.Errorf("%+v is written and read as %+v", p.Scope, again)
		}
	})
}
