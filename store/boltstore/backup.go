package boltstore

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"go.etcd.io/bbolt"
)

// Backup implements store.Store: what it writes is a file that Open can open.
// Writing goes on meanwhile, but the file grows by what is replaced until the
// backup is done.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	tx, err := s.db.Begin(false)
	if err != nil {
		return mapError(err)
	}
	defer tx.Rollback()
	cw := &contextWriter{ctx: ctx, w: w}
	_, err = tx.WriteTo(cw)
	if cw.err != nil {
		err = cw.err // of which bbolt keeps only the text
	}
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

// A contextWriter fails once its context has ended. It keeps the first error.
type contextWriter struct {
	ctx context.Context
	w   io.Writer
	err error
}

func (c *contextWriter) Write(p []byte) (n int, err error) {
	if c.err = cmp.Or(c.err, c.ctx.Err()); c.err == nil {
		n, c.err = c.w.Write(p)
	}
	return n, c.err
}

// Restored makes a copy that Backup wrote ready to take the place of the store it
// came from. Revisions count again from the moment of the backup, so the file
// gets a new epoch; that of before is remembered with the revision that each
// collection had, for Store.Lineage. Call it once for each time a backup is
// restored, before the file is opened.
func Restored(path string) error {
	db, err := openFile(path, Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	if err := migrate(db); err != nil {
		return fmt.Errorf("restore %s: %w", path, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bMeta)
		old, err := tx.Bucket(bEpochs).CreateBucketIfNotExists(meta.Get(kEpoch))
		if err != nil {
			return err
		}
		err = tx.Bucket(bColls).ForEachBucket(func(k []byte) error {
			n, err := decodeCounters(tx.Bucket(bColls).Bucket(k).Get(kCounters))
			if err != nil {
				return fmt.Errorf("counters of collection %d: %w", num8(k), err)
			}
			return old.Put(k, key8(uint64(n.rev)))
		})
		if err != nil {
			return err
		}
		return meta.Put(kEpoch, newEpoch())
	})
	if err != nil {
		return fmt.Errorf("restore %s: %w", path, err)
	}
	return nil
}
