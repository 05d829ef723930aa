package boltstore

import (
	"fmt"

	"go.etcd.io/bbolt"

	"almanac/store"
)

// migrations lead from one version of the layout to the next: row n makes version
// n+1 out of version n. Rows are only ever appended. A row decodes what it reads
// with code of its own, since that of the package moves on.
var migrations = []struct {
	what string
	run  func(*bbolt.Tx) error
}{
	{"make an empty store", createSchema},
	{"make room for records", createRecords},
}

func createSchema(tx *bbolt.Tx) error {
	for _, name := range []string{
		"meta", "homes", "homenames", "places", "trash", "colls",
		"expiry", "dead", "jobs", "due", "epochs",
	} {
		if _, err := tx.CreateBucket([]byte(name)); err != nil {
			return fmt.Errorf("bucket %s: %w", name, err)
		}
	}
	return tx.Bucket([]byte("meta")).Put([]byte("epoch"), newEpoch())
}

func createRecords(tx *bbolt.Tx) error {
	for _, name := range []string{"records", "refs", "owned"} {
		if _, err := tx.CreateBucket([]byte(name)); err != nil {
			return fmt.Errorf("bucket %s: %w", name, err)
		}
	}
	return nil
}

// schemaOf returns the version of the file's layout, 0 for an empty file.
func schemaOf(tx *bbolt.Tx) (int, error) {
	b := tx.Bucket(bMeta)
	if b == nil {
		if k, _ := tx.Cursor().First(); k != nil {
			return 0, store.ErrForeign
		}
		return 0, nil
	}
	v := num8(b.Get(kSchema))
	switch {
	case v == 0:
		return 0, fmt.Errorf("schema version: %w", store.ErrDamaged)
	case v > uint64(len(migrations)):
		return 0, fmt.Errorf("%w: its layout is version %d, this program knows up to %d", store.ErrTooNew, v, len(migrations))
	}
	return int(v), nil
}

// migrate carries out the rows that the file lacks, each in a transaction.
func migrate(db *bbolt.DB) error {
	for {
		done := false
		var at int
		err := db.View(func(tx *bbolt.Tx) (err error) {
			at, err = schemaOf(tx)
			done = at == len(migrations)
			return err
		})
		if done || err != nil {
			return err
		}
		err = db.Update(func(tx *bbolt.Tx) error {
			if err := migrations[at].run(tx); err != nil {
				return err
			}
			return tx.Bucket(bMeta).Put(kSchema, key8(uint64(at+1)))
		})
		if err != nil {
			return fmt.Errorf("migration %d (%s): %w", at+1, migrations[at].what, err)
		}
	}
}
