package boltstore

import (
	"context"
	"errors"
	"iter"

	"almanac/store"
)

// Watch implements store.Store.
func (s *Store) Watch(ctx context.Context, from store.Cursor) iter.Seq2[store.Event, error] {
	return s.feed.Watch(ctx, from, s.listing)
}

// listing returns the present state of collections after the given one, some at
// a time.
func (s *Store) listing(after store.CollID) (page []store.Event, err error) {
	const pageSize = 1000
	err = s.view(func(sn *snapshot) error {
		cur := sn.tx.Bucket(bColls).Cursor()
		for k, _ := cur.Seek(key8(uint64(after) + 1)); k != nil && len(page) < pageSize; k, _ = cur.Next() {
			c, err := collectionOf(sn.tx, store.CollID(num8(k)))
			switch {
			case errors.Is(err, store.ErrNotFound): // to be emptied
			case err != nil:
				return err
			case !c.Trash:
				page = append(page, store.Event{Home: c.Home, Coll: c.ID, Rev: c.Rev})
			}
		}
		return nil
	})
	return page, err
}
