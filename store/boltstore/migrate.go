package boltstore

import (
	"errors"
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
	{"make the indexes anew: times by slices of the year, with patterns; classes and alarms", remakeIndexes},
	{"make what cards are compared and found by (the next row does it)", func(*bbolt.Tx) error { return nil }},
	{"make what cards are compared and found by, packed", remakeDigests},
	{"make room for when members are looked at", createWakes},
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

// createWakes leaves the jobs that are there as they are: they have rows of their own,
// and a member gets its wake when it is written next.
func createWakes(tx *bbolt.Tx) error {
	_, err := tx.CreateBucket([]byte("wakes"))
	return err
}

// remakeIndexes empties the time indexes of all collections and fills them from the
// octets, and so it writes the records of the members, in the form of the day: what
// comes later in the table and changes that form does the same again.
func remakeIndexes(tx *bbolt.Tx) error {
	return tx.Bucket([]byte("colls")).ForEachBucket(func(id []byte) error {
		coll := tx.Bucket([]byte("colls")).Bucket(id)
		for _, name := range []string{"t", "r"} {
			if coll.Bucket([]byte(name)) == nil {
				return nil // Check tells of it
			}
			if err := coll.DeleteBucket([]byte(name)); err != nil {
				return err
			}
			if _, err := coll.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		members, bodies := coll.Bucket([]byte("i")), coll.Bucket([]byte("b"))
		if members == nil || bodies == nil || kindV1(coll.Get([]byte("rec"))) != store.Calendar {
			return nil
		}
		again := make(map[string][]byte) // member records to be written
		err := members.ForEach(func(name, rec []byte) error {
			x, err := store.IndexOf(store.Calendar, octetsV1(bodies.Get(bodyOfV1(rec))))
			if err != nil {
				return nil // Check tells of it
			}
			var m member
			if decodeMember(rec, &m) == nil {
				m.Index = x.Plain()
				rec = appendMember(nil, &m)
				again[string(name)] = rec
			}
			p, keys := timeKeys(&x, string(name))
			for _, k := range keys {
				if err := coll.Bucket(partNames[p]).Put(k, appendTimes(nil, &x, rec)); err != nil {
					return err
				}
			}
			return nil
		})
		for name, rec := range again {
			err = errors.Join(err, members.Put([]byte(name), rec))
		}
		return err
	})
}

// kindV1, bodyOfV1 and octetsV1 read records of version 1: the kind of a collection,
// the key of a member's body, and the octets in a row of bodies.
func kindV1(rec []byte) store.Kind {
	r := reader{b: rec}
	r.format(1)
	r.uint()
	return store.Kind(r.octet())
}

func bodyOfV1(rec []byte) []byte {
	r := reader{b: rec}
	r.format(1)
	r.uint()
	return key8(r.uint())
}

func octetsV1(row []byte) []byte {
	r := reader{b: row}
	r.format(1)
	r.bytes()
	r.uint()
	r.int()
	r.int()
	return r.b
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
