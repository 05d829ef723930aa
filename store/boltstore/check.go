package boltstore

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"almanac/store"
)

// sliceRows is how many rows Check looks at in one transaction: a short one to
// read, and when something is to be mended a short one to write.
const sliceRows = 256

// Check implements store.Store. First bbolt checks its pages; then the rows of
// the file, and those of each collection, in slices, so that neither memory nor
// the length of a transaction depends on the size of the store. Other writers go
// on meanwhile: every slice is judged by itself, in one snapshot.
//
// The order of the parts matters to the repair: a member's record that cannot be
// read is removed, then found again from its body; a change log row of a member
// that is truly gone becomes a deletion, so that clients learn of it.
func (s *Store) Check(ctx context.Context, repair bool, progress func(done, all int), report func(store.Finding)) error {
	k := &checker{s: s, ctx: ctx, repair: repair, progress: progress, report: report}
	for _, step := range []func() error{k.pages, k.catalog, k.collections, k.expiry} {
		if err := step(); err != nil {
			return fmt.Errorf("check: %w", err)
		}
	}
	k.advance(k.all - k.done)
	return nil
}

type checker struct {
	s         *Store
	ctx       context.Context
	repair    bool
	progress  func(done, all int)
	report    func(store.Finding)
	done, all int
}

// advance tells how far the check is.
func (k *checker) advance(n int) {
	k.done = min(k.done+n, k.all)
	if k.progress != nil {
		k.progress(k.done, k.all)
	}
}

// pages is bbolt's own check.
func (k *checker) pages() error {
	tx, err := k.s.db.Begin(false)
	if err != nil {
		return mapError(err)
	}
	defer tx.Rollback()
	if k.s.opt.ReadOnly {
		return nil // bbolt needs the free pages, which it knows only when it may write
	}
	for err := range tx.Check() {
		k.report(store.Finding{What: "file: " + err.Error()})
	}
	return nil
}

// A look is one slice under check: what was found, and how it is mended.
type look struct {
	tx    *bbolt.Tx
	t     *txn // nil in the first, reading, look
	home  store.HomeID
	coll  store.CollID
	found []found
}

type found struct {
	store.Finding
	fix func(*txn) error
}

// bad notes a finding. Without a fix it cannot be mended. A fix runs after the
// whole slice was looked at, in the same transaction.
func (l *look) bad(name string, fix func(*txn) error, format string, args ...any) {
	l.found = append(l.found, found{
		store.Finding{Home: l.home, Coll: l.coll, Name: name, What: fmt.Sprintf(format, args...)}, fix,
	})
}

// A scan looks at a slice of rows after a key and returns the key to go on from,
// nil at the end.
type scan func(l *look, after []byte) (next []byte, err error)

// walk runs a scan over all its slices. Where it finds something and repair is
// wanted, the slice is looked at again in a write transaction and mended there.
func (k *checker) walk(home store.HomeID, coll store.CollID, sc scan) error {
	var after []byte
	for {
		if err := k.ctx.Err(); err != nil {
			return err
		}
		l := &look{home: home, coll: coll}
		var next []byte
		err := k.s.view(func(sn *snapshot) (err error) {
			l.tx = sn.tx
			next, err = sc(l, after)
			return err
		})
		if err == nil && len(l.found) > 0 && k.repair {
			l = &look{home: home, coll: coll}
			err = k.s.do(k.ctx, func(t *txn) (err error) {
				l.tx, l.t, l.found = t.tx, t, nil
				if next, err = sc(l, after); err != nil {
					return err
				}
				return l.mend(t)
			})
		}
		if err != nil {
			return err
		}
		for _, f := range l.found {
			k.report(f.Finding)
		}
		if next == nil {
			return nil
		}
		after = next
	}
}

func (l *look) mend(t *txn) error {
	t.mine.all = true
	for i := range l.found {
		f := &l.found[i]
		if f.fix == nil {
			continue
		}
		if err := f.fix(t); err != nil {
			return fmt.Errorf("repair of collection %d, %q (%s): %w", f.Coll, f.Name, f.What, err)
		}
		if t.fatal != nil {
			return t.fatal
		}
		f.Repaired = true
	}
	return nil
}

// rows calls fn with some rows after a key and returns the last key if there may
// be more. Keys and values are dead after the transaction.
func rows(b *bbolt.Bucket, after []byte, fn func(k, v []byte)) (next []byte) {
	cur := b.Cursor()
	n := 0
	for k, v := seekAfter(cur, string(after)); k != nil; k, v = cur.Next() {
		fn(k, v)
		if n++; n == sliceRows {
			return bytes.Clone(k)
		}
	}
	return nil
}

// drop returns a fix that removes a row.
func drop(bucket func(*txn) (*bbolt.Bucket, error), key []byte) func(*txn) error {
	key = bytes.Clone(key)
	return func(t *txn) error {
		b, err := bucket(t)
		if err == nil {
			t.remove(b, key)
		}
		return err
	}
}

// top names a bucket of the file for drop and set.
func top(name []byte) func(*txn) (*bbolt.Bucket, error) {
	return func(t *txn) (*bbolt.Bucket, error) { return t.bucket(name), nil }
}

// set returns a fix that writes a row.
func set(bucket func(*txn) (*bbolt.Bucket, error), key, value []byte) func(*txn) error {
	key, value = bytes.Clone(key), slices.Clone(value)
	return func(t *txn) error {
		b, err := bucket(t)
		if err == nil {
			t.put(b, key, value)
		}
		return err
	}
}
