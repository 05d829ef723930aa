package boltstore

import (
	"bytes"
	"fmt"

	"go.etcd.io/bbolt"

	"almanac/store"
)

// catalog checks the rows outside collections.
func (k *checker) catalog() error {
	for _, sc := range []scan{
		checkNumbers, checkHomes, checkHomeNames, checkCollections,
		checkPlaces, checkTrash, checkDead, checkJobs, checkDue, checkWakes,
		checkRecords, checkRefs, checkOwned,
	} {
		if err := k.walk(0, 0, sc); err != nil {
			return err
		}
	}
	return nil
}

// checkNumbers sees that no number is given twice.
func checkNumbers(l *look, _ []byte) ([]byte, error) {
	if l.t != nil {
		l.t.setNumbers() // what this commit gave
	}
	meta := l.tx.Bucket(bMeta)
	for _, series := range []struct{ key, bucket []byte }{{kLastHome, bHomes}, {kLastColl, bColls}} {
		last, _ := l.tx.Bucket(series.bucket).Cursor().Last()
		if num8(last) > num8(meta.Get(series.key)) {
			l.bad("", set(top(bMeta), series.key, last), "last %s given is %d, but there is %d", series.key, num8(meta.Get(series.key)), num8(last))
		}
	}
	return nil, nil
}

func homeOf(tx *bbolt.Tx, id store.HomeID) (*store.Home, error) {
	rec := tx.Bucket(bHomes).Get(key8(uint64(id)))
	if rec == nil {
		return nil, missing("home", id)
	}
	return decodeHome(id, rec)
}

func checkHomes(l *look, after []byte) ([]byte, error) {
	names := l.tx.Bucket(bHomeNames)
	return rows(l.tx.Bucket(bHomes), after, func(key, rec []byte) {
		l.home = store.HomeID(num8(key))
		h, err := decodeHome(l.home, rec)
		if err != nil {
			l.bad("", nil, "the record of the home cannot be read")
			return
		}
		switch owner := names.Get([]byte(h.Name)); {
		case bytes.Equal(owner, key):
		case owner != nil && exists(homeNamed(l.tx, store.HomeID(num8(owner)), h.Name)):
			l.bad("", nil, "home %d has the name %q too", num8(owner), h.Name)
		default:
			l.bad("", set(top(bHomeNames), []byte(h.Name), key), "the name %q does not lead to the home", h.Name)
		}
	}), nil
}

func exists(err error) bool { return err == nil }

// homeNamed tells whether there is a home of that number and name.
func homeNamed(tx *bbolt.Tx, id store.HomeID, name string) error {
	h, err := homeOf(tx, id)
	if err == nil && h.Name != name {
		return missing("home", name)
	}
	return err
}

func checkHomeNames(l *look, after []byte) ([]byte, error) {
	return rows(l.tx.Bucket(bHomeNames), after, func(name, id []byte) {
		l.home = store.HomeID(num8(id))
		if homeNamed(l.tx, l.home, string(name)) != nil {
			l.bad("", drop(top(bHomeNames), name), "the name %q leads to no home", name)
		}
	}), nil
}

func checkCollections(l *look, after []byte) ([]byte, error) {
	dead := l.tx.Bucket(bDead)
	return rows(l.tx.Bucket(bColls), after, func(key, v []byte) {
		l.home, l.coll = 0, store.CollID(num8(key))
		b := l.tx.Bucket(bColls).Bucket(key)
		if v != nil || b == nil || len(key) != 8 {
			l.bad("", nil, "a row among the collections that is none")
			return
		}
		recBytes := b.Get(kRecord)
		if recBytes == nil {
			if dead.Get(key) == nil {
				l.bad("", set(top(bDead), key, nil), "a collection without a record that is not about to be emptied")
			}
			return
		}
		rec, err := decodeCollection(l.coll, recBytes)
		if err != nil {
			l.bad("", nil, "the record of the collection cannot be read")
			return
		}
		l.home = rec.Home
		for _, name := range partNames {
			if b.Bucket(name) == nil {
				l.bad("", makePart(l.coll, name), "part %q of the collection is missing", name)
			}
		}
		if _, err := decodeCounters(b.Get(kCounters)); err != nil {
			l.bad("", resetCounters(l.coll), "the counters cannot be read")
		}
		if _, err := homeOf(l.tx, rec.Home); err != nil {
			l.bad("", nil, "the home of the collection cannot be read")
		}
		if rec.Trash {
			l.trashed(rec)
		} else {
			l.placed(rec)
		}
	}), nil
}

// placed sees that a collection is found by its name.
func (l *look) placed(rec *collRecord) {
	key := placeKey(rec.Home, rec.Kind, rec.Name)
	owner := l.tx.Bucket(bPlaces).Get(key)
	switch id := store.CollID(num8(owner)); {
	case id == rec.ID:
	case owner != nil && exists(placedAt(l.tx, id, key)):
		l.bad("", renameApart(rec.ID), "collection %d has the name %q too", id, rec.Name)
	default:
		l.bad("", set(top(bPlaces), key, key8(uint64(rec.ID))), "the name %q does not lead to the collection", rec.Name)
	}
}

// placedAt tells whether a collection belongs at that place.
func placedAt(tx *bbolt.Tx, id store.CollID, key []byte) error {
	rec, err := recordOf(tx, id)
	if err == nil && (rec.Trash || !bytes.Equal(placeKey(rec.Home, rec.Kind, rec.Name), key)) {
		return missing("collection", id)
	}
	return err
}

// recordOf reads a collection's record alone.
func recordOf(tx *bbolt.Tx, id store.CollID) (*collRecord, error) {
	b := tx.Bucket(bColls).Bucket(key8(uint64(id)))
	if b == nil || b.Get(kRecord) == nil {
		return nil, missing("collection", id)
	}
	return decodeCollection(id, b.Get(kRecord))
}

func renameApart(id store.CollID) func(*txn) error {
	return func(t *txn) error {
		c, err := t.open(id)
		if err != nil {
			return err
		}
		rec := *c.rec
		rec.Name = fmt.Sprintf("%s-%d", rec.Name, id)
		t.putPlace(&rec)
		t.setRecord(c, &rec)
		return nil
	}
}

// trashed sees that a collection is in the trash and leaves it in time.
func (l *look) trashed(rec *collRecord) {
	if key := trashKey(rec.Home, rec.ID); l.tx.Bucket(bTrash).Get(key) == nil {
		l.bad("", set(top(bTrash), key, nil), "the trash does not have the collection")
	}
	if key := expiryKey(rec.Deleted.UnixMilli(), rec.ID, 0); l.tx.Bucket(bExpiry).Get(key) == nil {
		l.bad("", set(top(bExpiry), key, nil), "the collection in the trash would never expire")
	}
}

func makePart(id store.CollID, name []byte) func(*txn) error {
	return func(t *txn) error {
		_, err := t.bucket(bColls).Bucket(key8(uint64(id))).CreateBucketIfNotExists(name)
		t.wrote = true
		return err
	}
}

// resetCounters writes counters that can be read; checkCounters makes them right.
func resetCounters(id store.CollID) func(*txn) error {
	return func(t *txn) error {
		b := t.bucket(bColls).Bucket(key8(uint64(id)))
		t.put(b, kCounters, appendCounters(nil, counters{}))
		return nil
	}
}

func checkPlaces(l *look, after []byte) ([]byte, error) {
	return rows(l.tx.Bucket(bPlaces), after, func(key, id []byte) {
		l.home, l.coll = store.HomeID(num8(key)), store.CollID(num8(id))
		if placedAt(l.tx, l.coll, key) != nil {
			l.bad("", drop(top(bPlaces), key), "a name leads to no collection")
		}
	}), nil
}

func checkTrash(l *look, after []byte) ([]byte, error) {
	return rows(l.tx.Bucket(bTrash), after, func(key, _ []byte) {
		l.home, l.coll = store.HomeID(num8(key)), store.CollID(num8(key[min(8, len(key)):]))
		rec, err := recordOf(l.tx, l.coll)
		if err != nil || !rec.Trash || !bytes.Equal(key, trashKey(rec.Home, rec.ID)) {
			l.bad("", drop(top(bTrash), key), "the trash has a collection that is not in it")
		}
	}), nil
}

func checkDead(l *look, after []byte) ([]byte, error) {
	return rows(l.tx.Bucket(bDead), after, func(key, _ []byte) {
		l.home, l.coll = 0, store.CollID(num8(key))
		if _, err := recordOf(l.tx, l.coll); err == nil {
			l.bad("", drop(top(bDead), key), "a collection that is there is about to be emptied")
		}
	}), nil
}

func checkJobs(l *look, after []byte) ([]byte, error) {
	due := l.tx.Bucket(bDue)
	return rows(l.tx.Bucket(bJobs), after, func(key, rec []byte) {
		queue, id, _ := bytes.Cut(key, []byte{0})
		l.home = 0
		j, err := decodeJob(string(queue), string(id), rec)
		if err != nil {
			l.bad("", nil, "job %q of queue %q cannot be read", id, queue)
			return
		}
		l.home = j.Home
		if k := dueKey(j.Queue, j.ready(), j.ID); due.Get(k) == nil {
			l.bad("", set(top(bDue), k, nil), "job %q of queue %q would never be due", id, queue)
		}
	}), nil
}

func checkDue(l *look, after []byte) ([]byte, error) {
	l.home = 0
	return rows(l.tx.Bucket(bDue), after, func(key, _ []byte) {
		queue, rest, _ := bytes.Cut(key, []byte{0})
		id := rest[min(8, len(rest)):]
		if coll, ok := clockOf(string(id)); ok && string(queue) == store.AlarmQueue {
			if !clockDue(l, key, coll) {
				l.bad("", drop(top(bDue), key), "members of collection %d are due at another moment", coll)
			}
			return
		}
		rec := l.tx.Bucket(bJobs).Get(jobKey(string(queue), string(id)))
		if rec == nil {
			l.bad("", drop(top(bDue), key), "job %q of queue %q is due, but not there", id, queue)
			return
		}
		j, err := decodeJob(string(queue), string(id), rec)
		if err == nil && !bytes.Equal(dueKey(j.Queue, j.ready(), j.ID), key) {
			l.bad("", drop(top(bDue), key), "job %q of queue %q is due at another moment", id, queue)
		}
	}), nil
}

// expiry checks what is to expire. A row of a collection that is gone for good is
// right: it goes when its moment comes.
func (k *checker) expiry() error {
	return k.walk(0, 0, func(l *look, after []byte) ([]byte, error) {
		return rows(l.tx.Bucket(bExpiry), after, func(key, _ []byte) {
			l.home, l.coll = 0, store.CollID(num8(key[min(8, len(key)):]))
			rec, err := recordOf(l.tx, l.coll)
			if err != nil && (len(key) == 16 || len(key) == 24) {
				return
			}
			right := false
			switch len(key) {
			case 16:
				l.home = rec.Home
				right = rec.Trash && bytes.Equal(key, expiryKey(rec.Deleted.UnixMilli(), rec.ID, 0))
			case 24:
				l.home = rec.Home
				if b := openParts(l.tx, l.coll).bucket(pHistory); b != nil {
					v, err := decodeVersion(num8(key[16:]), b.Get(key[16:]))
					right = err == nil && bytes.Equal(key, expiryKey(v.Replaced.UnixMilli(), rec.ID, v.ID))
				}
			}
			if !right {
				l.bad("", drop(top(bExpiry), key), "something would expire that is not in the history")
			}
		}), nil
	})
}
