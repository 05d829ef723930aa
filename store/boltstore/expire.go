package boltstore

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"almanac/store"
)

// stepKeys is how many rows one transaction of Expire removes, about: many free
// pages at once would make every later commit slow (bbolt issue 401), and others
// want to write in between.
const stepKeys = 1000

// Expire implements store.Store.
func (s *Store) Expire(ctx context.Context, now time.Time) error {
	keep := max(s.opt.HistoryKeep, 0)
	limit := store.Moment(now.Add(-keep)).UnixMilli()
	for {
		left := stepKeys
		err := s.do(ctx, func(t *txn) error {
			left = stepKeys
			if err := t.expire(limit, &left); err != nil {
				return err
			}
			return t.reap(&left)
		})
		if err != nil {
			return fmt.Errorf("expire history: %w", err)
		}
		if left > 0 {
			return nil
		}
	}
}

// expire removes what was retired at limit or before. left is how many rows it
// may remove; at 0 there is more to do. What is damaged stays, without a row here,
// so that it does not keep the rest; Check tells of it.
func (t *txn) expire(limit int64, left *int) error {
	var rows [][]byte
	cur := t.bucket(bExpiry).Cursor()
	for k, _ := cur.First(); k != nil && unflip(num8(k)) <= limit && *left > 0; k, _ = cur.Next() {
		rows = append(rows, bytes.Clone(k))
		*left = max(*left-4, 0)
	}
	for _, k := range rows {
		t.remove(t.bucket(bExpiry), k)
		if len(k) < 16 {
			continue
		}
		c, err := t.open(store.CollID(num8(k[8:])))
		switch {
		case err != nil: // deleted for good before, or damaged
		case len(k) == 24:
			t.forget(c, k[16:])
		case c.rec.Trash && c.rec.Deleted.UnixMilli() == unflip(num8(k)):
			t.bury(c)
		}
	}
	return t.fatal
}

// forget removes a row of the history and its body.
func (t *txn) forget(c *collection, key []byte) {
	v, err := decodeVersion(num8(key), c.get(pHistory, key))
	if err != nil {
		return
	}
	t.remove(c.bucket(pHistory), key)
	t.remove(c.bucket(pVersions), versionKey(v.Name, v.ID))
	t.remove(c.bucket(pBodies), key8(v.body))
}

// reap empties dead collections.
func (t *txn) reap(left *int) error {
	for *left > 0 {
		k, _ := t.bucket(bDead).Cursor().First()
		if k == nil {
			return nil
		}
		key := bytes.Clone(k)
		if top := t.bucket(bColls).Bucket(key); top != nil {
			for _, name := range partNames {
				t.empty(top.Bucket(name), left)
			}
			if *left == 0 {
				return nil
			}
			t.wrote = true
			t.must(t.bucket(bColls).DeleteBucket(key))
		}
		t.remove(t.bucket(bDead), key)
		*left--
	}
	return nil
}

// empty removes rows until there are none or none are left to remove.
func (t *txn) empty(b *bbolt.Bucket, left *int) {
	if b == nil {
		return
	}
	var keys [][]byte
	cur := b.Cursor()
	for k, _ := cur.First(); k != nil && *left > 0; k, _ = cur.Next() {
		keys = append(keys, bytes.Clone(k))
		*left--
	}
	for _, k := range keys {
		t.remove(b, k)
	}
}
