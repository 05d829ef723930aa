package boltstore

import (
	"bytes"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

// TestPostingsAreWhatWasChanged makes changes to blocks at random, with few keys that
// many cards have and many that few have, and compares them with a map.
func TestPostingsAreWhatWasChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "postings.db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	k := partNames[pPostings]
	rapid.Check(t, func(rt *rapid.T) {
		tx, err := db.Begin(true)
		if err != nil {
			rt.Fatal(err)
		}
		defer tx.Rollback()
		top, err := tx.CreateBucket([]byte("book"))
		if err == nil {
			_, err = top.CreateBucket(k)
		}
		if err != nil {
			rt.Fatal(err)
		}
		type at struct{ key, card uint64 }
		model := map[at]string{}
		key := rapid.OneOf(rapid.Uint64Range(0, 3), rapid.Uint64Range(0, 1<<48-1))
		card := rapid.OneOf(rapid.Uint64Range(1, 300), rapid.Uint64Range(1, 1<<62))
		for range rapid.IntRange(1, 4).Draw(rt, "folds") {
			changes := map[at]change{}
			for range rapid.IntRange(1, 400).Draw(rt, "changes") {
				p := at{key.Draw(rt, "key") << 16, card.Draw(rt, "card")}
				c := change{posting: posting{p.key, p.card, rapid.SampledFrom([]string{"", "ab", "\x00\x00"}).Draw(rt, "initials")}}
				if c.gone = rapid.IntRange(0, 3).Draw(rt, "gone") == 0; c.gone {
					delete(model, p)
				} else {
					model[p] = c.initials
				}
				changes[p] = c
			}
			sorted := slices.SortedFunc(maps.Values(changes), func(a, b change) int { return a.compare(b.posting) })
			if err := putPostings(top, changed(top.Bucket(k), sorted)); err != nil {
				rt.Fatal(err)
			}
		}
		var got, want []posting
		_ = top.Bucket(k).ForEach(func(k, v []byte) error {
			if len(v) > blockOctets {
				rt.Errorf("a block has %d octets", len(v))
			}
			b := openBlock(k, v)
			for b.next() {
				got = append(got, posting{b.at.key, b.at.card, string(b.at.initials)})
			}
			if err := b.r.err(); err != nil {
				rt.Error(err)
			}
			return nil
		})
		byKey := map[uint64][]posting{}
		for p, initials := range model {
			want = append(want, posting{p.key, p.card, initials})
		}
		slices.SortFunc(want, posting.compare)
		for _, p := range want {
			byKey[p.key] = append(byKey[p.key], p)
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("there is\n%v\nwant\n%v", got, want)
		}
		for key, want := range byKey {
			var got []posting
			err := sharing(top.Bucket(k), key, func(p posting) bool { got = append(got, p); return true })
			if err != nil || !slices.Equal(got, want) {
				rt.Fatalf("key %x is shared by\n%v\nwant\n%v (%v)", key, got, want, err)
			}
			for _, p := range want {
				if !posted(top.Bucket(k), p) || posted(top.Bucket(k), posting{p.key, p.card, "zz"}) || posted(top.Bucket(k), posting{p.key, 1 << 63, ""}) {
					rt.Fatalf("posted is wrong about %v", p)
				}
			}
		}
	})
}

// FuzzBlock reads what is no block as far as it goes; what it reads is in order.
func FuzzBlock(f *testing.F) {
	var w packer
	for _, p := range []posting{{1 << 16, 7, ""}, {1 << 16, 9, "ab"}, {0xffffffffffff << 16, 1 << 40, ""}} {
		w.add(p)
	}
	f.Add(w.rows[0].key, w.rows[0].value)
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0}, []byte{fPostings, 0})
	f.Fuzz(func(t *testing.T, k, v []byte) {
		k, v = bytes.Clone(k), bytes.Clone(v)
		b := openBlock(k, v)
		last := posting{}
		for b.next() {
			if last.compare(b.at) >= 0 || b.at.key&0xffff != 0 {
				t.Fatalf("%v comes behind %v", b.at, last)
			}
			last = b.at
		}
	})
}
