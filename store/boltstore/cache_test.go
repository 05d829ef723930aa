package boltstore

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"almanac/store"
)

// The cache of homes is emptied when it is full, the one of their names is not:
// a name that is given anew must lead to the new home all the same.
func TestNameOfARemovedHomeLeadsToTheNewOne(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "store.db"), Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	apply := func(home store.HomeID, ops ...store.Op) *store.Result {
		t.Helper()
		res, err := s.Apply(t.Context(), &store.Batch{Home: home, At: time.Now(), Ops: ops})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	named := func(name string) (id store.HomeID) {
		t.Helper()
		err := s.View(t.Context(), func(sn store.Snapshot) error {
			h, err := sn.HomeByName(name)
			if err == nil {
				id = h.ID
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	old := apply(0, store.CreateHome{Home: store.Home{Name: "ann"}}).Ops[0].Home
	if got := named("ann"); got != old {
		t.Fatalf("ann is home %d, want %d", got, old)
	}
	// More homes than the cache holds sweep ann's out.
	for i := range maxCachedHomes + 10 {
		id := apply(0, store.CreateHome{Home: store.Home{Name: fmt.Sprint("user", i)}}).Ops[0].Home
		if err := s.View(t.Context(), func(sn store.Snapshot) error { _, err := sn.Home(id); return err }); err != nil {
			t.Fatal(err)
		}
	}
	apply(old, store.DeleteHome{})
	want := apply(0, store.CreateHome{Home: store.Home{Name: "ann"}}).Ops[0].Home
	if got := named("ann"); got != want {
		t.Errorf("ann is home %d, want the new one, %d", got, want)
	}
}
