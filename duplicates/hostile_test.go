package duplicates_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"almanac/account"
	"almanac/dedupe"
	"almanac/duplicates"
	"almanac/store"
	"almanac/store/boltstore"
	"almanac/store/storetest"
	"almanac/vcard"
)

// counting counts the rows that are read of a store.
type counting struct {
	store.Store
	rows int
}

func (c *counting) View(ctx context.Context, fn func(store.Snapshot) error) error {
	return c.Store.View(ctx, func(snap store.Snapshot) error { return fn(&countingSnapshot{snap, c}) })
}

type countingSnapshot struct {
	store.Snapshot
	of *counting
}

func (s *countingSnapshot) Sharing(c store.CollID, key uint64, visit func(card uint64, initials string) bool) error {
	return s.Snapshot.Sharing(c, key, func(card uint64, initials string) bool {
		s.of.rows++
		return visit(card, initials)
	})
}

func (s *countingSnapshot) Digests(c store.CollID, cards []uint64, visit func(card uint64, name string, d dedupe.Digest) bool) error {
	return s.Snapshot.Digests(c, cards, func(card uint64, name string, d dedupe.Digest) bool {
		s.of.rows++
		return visit(card, name, d)
	})
}

// TestHostileBook: where all cards have one number and one name, one look-up still
// reads a bounded number of rows, which does not grow with the book.
func TestHostileBook(t *testing.T) {
	rows := map[int]int{}
	for _, n := range []int{4500, 9000} {
		s, err := boltstore.Open(filepath.Join(t.TempDir(), "store.db"), boltstore.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		ctx := context.Background()
		ops := []store.Op{store.CreateHome{Home: store.Home{Name: "ann"}}, store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: "people"}}}
		if _, err := s.Apply(ctx, &store.Batch{Ops: ops}); err != nil {
			t.Fatal(err)
		}
		ops = nil
		for i := range n {
			text := card(fmt.Sprintf("u%d", i), "N:Example;Robert;;;", "FN:Robert Example", "TEL:+41 79 000 00 01", "BDAY:1980-04-01")
			ops = append(ops, storetest.Put(store.AddressBook, 1, fmt.Sprintf("%d.vcf", i), []byte(text)))
		}
		if _, err := s.Apply(ctx, &store.Batch{Home: 1, Ops: ops}); err != nil {
			t.Fatal(err)
		}
		counted := &counting{Store: s}
		d := &duplicates.Desk{Store: counted, Who: account.Identity{Home: 1}}
		c, err := d.Resolve(ctx, "people/7.vcf")
		if err != nil {
			t.Fatal(err)
		}
		counted.rows = 0
		g, err := d.Around(ctx, c)
		if err != nil || g == nil {
			t.Fatalf("around it is %+v (%v)", g, err)
		}
		rows[n] = counted.rows
	}
	if rows[4500] > 200_000 || rows[9000] > rows[4500]*11/10 {
		t.Errorf("rows read: %v", rows)
	}
	t.Log(rows)
}

// TestTooLargeToSave: what clients could not save again is not merged.
func TestTooLargeToSave(t *testing.T) {
	r := newRoom(t, "private")
	photo := func(of string) string { return "PHOTO;ENCODING=b:" + strings.Repeat(of, 2000) }
	a := r.put("private/a.vcf", card("u1", "N:Example;Ann;;;", "FN:Ann Example", photo("AAAA")))
	b := r.put("private/b.vcf", card("u2", "N:Example;Ann;;;", "FN:Ann Example", photo("BBBB")))
	before := r.all()
	r.MaxSize = 10_000
	var invalid *vcard.Invalid
	if _, err := r.Merge(r.ctx, a, []duplicates.Card{b}, r.now); !errors.As(err, &invalid) || invalid.Precondition != vcard.MaxResourceSize {
		t.Errorf("merge: %v", err)
	}
	if _, err := r.Show(r.ctx, a, []duplicates.Card{b}, r.now); !errors.As(err, &invalid) {
		t.Errorf("show: %v", err)
	}
	r.expect(before)
	r.MaxSize = 20_000
	r.merge("private/a.vcf", "private/b.vcf")
}
