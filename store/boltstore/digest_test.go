package boltstore

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"almanac/store"
	"almanac/store/storetest"
)

// book returns a store with an address book whose cards are indexed, wait anew,
// wait, and wait to be forgotten.
func book(t *testing.T) *Store {
	t.Helper()
	s := open(t)
	apply := func(home store.HomeID, ops ...store.Op) {
		t.Helper()
		if _, err := s.Apply(context.Background(), &store.Batch{Home: home, Ops: ops}); err != nil {
			t.Fatal(err)
		}
	}
	put := func(name, text string) store.Op {
		return storetest.Put(store.AddressBook, 1, name, storetest.Card(name, text))
	}
	apply(0, store.CreateHome{Home: store.Home{Name: "ann"}}, store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: "people"}})
	apply(1, put("a", "Anna Example"), put("b", "Bert Example"), put("c", "Carl Example"))
	if err := s.do(context.Background(), func(t *txn) error { return t.fold(1) }); err != nil {
		t.Fatal(err)
	}
	s.foldAt = 1000
	apply(1, put("b", "Bertha Sample"))
	apply(1, put("d", "Dora Example"))
	apply(1, store.DeleteObject{Coll: 1, Name: "c"})
	return s
}

// TestCheckMendsDigests damages each row that cards are compared and found by, in
// every way, and has Check mend it.
func TestCheckMendsDigests(t *testing.T) {
	type damage func(b *bbolt.Bucket, k, v []byte) error
	damages := map[string]damage{
		"drop": func(b *bbolt.Bucket, k, _ []byte) error { return b.Delete(k) },
		"spoil": func(b *bbolt.Bucket, k, v []byte) error {
			return b.Put(k, append(bytes.Clone(v), 0xff))
		},
		"cut": func(b *bbolt.Bucket, k, v []byte) error { return b.Put(k, v[:len(v)/2]) },
		"astray": func(b *bbolt.Bucket, k, v []byte) error {
			k = bytes.Clone(k)
			k[len(k)-1] += 77
			return b.Put(k, bytes.Clone(v))
		},
	}
	for _, n := range []part{pDigests, pPostings, pFresh} {
		for how, fn := range damages {
			for i := 0; ; i++ {
				s := book(t)
				want := storetest.Books(t, s)
				there, harmless := false, false
				err := s.db.Update(func(tx *bbolt.Tx) error {
					b := tx.Bucket(bColls).Bucket(key8(1)).Bucket(partNames[n])
					cur := b.Cursor()
					k, v := cur.First()
					for range i {
						if k != nil {
							k, v = cur.Next()
						}
					}
					if there = k != nil; !there {
						return nil
					}
					// What the row of a card that waits stands over, may be anything.
					waits := tx.Bucket(bColls).Bucket(key8(1)).Bucket(partNames[pFresh]).Get(k) != nil
					harmless = n == pDigests && waits && how != "drop" && how != "astray"
					return fn(b, bytes.Clone(k), bytes.Clone(v))
				})
				if err != nil {
					t.Fatal(err)
				}
				if !there {
					break
				}
				what := fmt.Sprintf("%s row %d of %s", how, i, partNames[n])
				if found := checkAll(t, s, true); len(found) == 0 && !harmless {
					t.Errorf("%s: nothing is found", what)
				}
				if left := checkAll(t, s, false); len(left) > 0 {
					t.Errorf("%s: left after the repair:%s", what, list(left))
				}
				if d := storetest.Diff(want, storetest.Books(t, s)); d != "" {
					t.Errorf("%s: (-want +got)\n%s", what, d)
				}
				s.Close()
			}
		}
	}
}

// TestDigestsOfAnotherEdition are made anew when the store is opened.
func TestDigestsOfAnotherEdition(t *testing.T) {
	s := book(t)
	want := storetest.Books(t, s)
	path := filepath.Join(t.TempDir(), "again.db")
	err := s.db.Update(func(tx *bbolt.Tx) error {
		if err := tx.Bucket(bMeta).Put(kEdition, key8(0)); err != nil {
			return err
		}
		coll := tx.Bucket(bColls).Bucket(key8(1))
		return coll.Bucket(partNames[pDigests]).Put(key8(1), []byte("what an older program wrote"))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.db.View(func(tx *bbolt.Tx) error { return tx.CopyFile(path, 0o600) }); err != nil {
		t.Fatal(err)
	}
	s.Close()
	again, err := Open(path, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if d := storetest.Diff(want, storetest.Books(t, again)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	storetest.CheckClean(t, again)
}
