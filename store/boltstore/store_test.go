package boltstore

import (
	"path/filepath"
	"testing"

	"almanac/store"
	"almanac/store/storetest"
)

// open opens a new store that does not wait for the disk.
func open(t testing.TB) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "store.db"), Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	s.foldAt = 3 // so that cards wait now and then
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t) })
}
