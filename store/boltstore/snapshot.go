package boltstore

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"almanac/store"
)

// A snapshot is a store.Snapshot over a read transaction.
type snapshot struct {
	s    *Store
	tx   *bbolt.Tx
	txid uint64
	last *parts // of the collection asked last

	overlays map[store.CollID]*overlay // read so far
}

func missing(what string, key any) error {
	return fmt.Errorf("%s %v: %w", what, key, store.ErrNotFound)
}

// homeNode returns the home with the index of its collections.
func (sn *snapshot) homeNode(id store.HomeID) (*homeNode, error) {
	c := &sn.s.cache
	if n, ok := lookup(c, &c.homes, id, sn.txid); ok {
		return n, nil
	}
	rec := sn.tx.Bucket(bHomes).Get(key8(uint64(id)))
	if rec == nil {
		return nil, missing("home", id)
	}
	h, err := decodeHome(id, rec)
	if err != nil {
		return nil, fmt.Errorf("home %d: %w", id, err)
	}
	n := &homeNode{home: h, places: make(map[place]store.CollID)}
	prefix := key8(uint64(id))
	cur := sn.tx.Bucket(bPlaces).Cursor()
	for k, v := cur.Seek(prefix); bytes.HasPrefix(k, prefix) && len(k) > 9; k, v = cur.Next() {
		coll := store.CollID(num8(v))
		n.places[place{store.Kind(k[8]), string(k[9:])}] = coll
		n.ids = append(n.ids, coll)
	}
	slices.Sort(n.ids)
	fill(c, &c.homes, id, sn.txid, n, maxCachedHomes)
	return n, nil
}

func (sn *snapshot) Home(id store.HomeID) (*store.Home, error) {
	n, err := sn.homeNode(id)
	if err != nil {
		return nil, err
	}
	return n.home, nil
}

func (sn *snapshot) HomeByName(name string) (*store.Home, error) {
	c := &sn.s.cache
	if id, ok := lookup(c, &c.names, name, sn.txid); ok {
		// An entry may outlive its home, when that one's own was swept out before
		// the home went: then the file knows.
		if h, err := sn.Home(id); err == nil && h.Name == name {
			return h, nil
		}
	}
	v := sn.tx.Bucket(bHomeNames).Get([]byte(name))
	if v == nil {
		return nil, missing("home", name)
	}
	id := store.HomeID(num8(v))
	h, err := sn.Home(id)
	if err == nil {
		fill(c, &c.names, h.Name, sn.txid, id, maxCachedHomes)
	}
	return h, err
}

func (sn *snapshot) Homes(after string, visit func(*store.Home) bool) error {
	cur := sn.tx.Bucket(bHomeNames).Cursor()
	for k, v := seekAfter(cur, after); k != nil; k, v = cur.Next() {
		// Not through the cache, which a long listing would sweep.
		id := store.HomeID(num8(v))
		rec := sn.tx.Bucket(bHomes).Get(key8(uint64(id)))
		h, err := decodeHome(id, rec)
		if err != nil {
			return fmt.Errorf("home %q: %w", k, err)
		}
		if !visit(h) {
			return nil
		}
	}
	return nil
}

// seekAfter moves the cursor to the first key after the given one.
func seekAfter(cur *bbolt.Cursor, after string) (k, v []byte) {
	if after == "" {
		return cur.First()
	}
	if k, v = cur.Seek([]byte(after)); string(k) == after {
		return cur.Next()
	}
	return k, v
}

func (sn *snapshot) Collection(id store.CollID) (*store.Collection, error) {
	c := &sn.s.cache
	if coll, ok := lookup(c, &c.colls, id, sn.txid); ok {
		return coll, nil
	}
	rec, err := collectionOf(sn.tx, id)
	if err != nil {
		return nil, err
	}
	if rec.Trash {
		return nil, missing("collection", id)
	}
	coll := &rec.Collection
	fill(c, &c.colls, id, sn.txid, coll, maxCachedColls)
	return coll, nil
}

// collectionOf reads a collection, in the trash or not, with its counters.
func collectionOf(tx *bbolt.Tx, id store.CollID) (*collRecord, error) {
	b := tx.Bucket(bColls).Bucket(key8(uint64(id)))
	if b == nil || b.Get(kRecord) == nil {
		return nil, missing("collection", id)
	}
	rec, err := decodeCollection(id, b.Get(kRecord))
	if err != nil {
		return nil, fmt.Errorf("collection %d: %w", id, err)
	}
	n, err := decodeCounters(b.Get(kCounters))
	if err != nil {
		return nil, fmt.Errorf("counters of collection %d: %w", id, err)
	}
	rec.Rev, rec.Count, rec.Octets = n.rev, int(n.count), n.octets
	return rec, nil
}

func (sn *snapshot) CollectionByName(home store.HomeID, kind store.Kind, name string) (*store.Collection, error) {
	n, err := sn.homeNode(home)
	if err != nil {
		return nil, err
	}
	id, ok := n.places[place{kind, name}]
	if !ok {
		return nil, missing("collection", name)
	}
	return sn.Collection(id)
}

func (sn *snapshot) Collections(home store.HomeID) ([]*store.Collection, error) {
	n, err := sn.homeNode(home)
	if err != nil {
		return nil, err
	}
	all := make([]*store.Collection, 0, len(n.ids))
	for _, id := range n.ids {
		c, err := sn.Collection(id)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func (sn *snapshot) Trash(home store.HomeID) ([]*store.Trashed, error) {
	if _, err := sn.homeNode(home); err != nil {
		return nil, err
	}
	var all []*store.Trashed
	for _, id := range trashOf(sn.tx, home) {
		rec, err := collectionOf(sn.tx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, &rec.Trashed)
	}
	slices.Reverse(all)
	slices.SortStableFunc(all, func(a, b *store.Trashed) int { return b.Deleted.Compare(a.Deleted) })
	return all, nil
}

// trashOf returns the home's collections in the trash, ascending.
func trashOf(tx *bbolt.Tx, home store.HomeID) (ids []store.CollID) {
	prefix := key8(uint64(home))
	cur := tx.Bucket(bTrash).Cursor()
	for k, _ := cur.Seek(prefix); bytes.HasPrefix(k, prefix) && len(k) == 16; k, _ = cur.Next() {
		ids = append(ids, store.CollID(num8(k[8:])))
	}
	return ids
}

func (sn *snapshot) Job(queue, id string) (*store.Job, error) {
	rec := sn.tx.Bucket(bJobs).Get(jobKey(queue, id))
	if rec == nil {
		return nil, store.ErrNotFound
	}
	j, err := decodeJob(queue, id, rec)
	if err != nil {
		return nil, fmt.Errorf("job %q of queue %q: %w", id, queue, err)
	}
	return &j.Job, nil
}

func (sn *snapshot) Jobs(queue, after string, visit func(*store.Job) bool) error {
	wake := func() (*job, error, bool) { return nil, nil, false }
	if queue == store.AlarmQueue {
		next, stop := iter.Pull2(sn.jobsOfWakes(after))
		defer stop()
		wake = next
	}
	w, bad, more := wake()
	// before visits the wakes whose IDs come before another.
	before := func(id string) (ok bool, err error) {
		for ; more && (bad != nil || id == "" || w.ID < id); w, bad, more = wake() {
			if bad != nil || !visit(&w.Job) {
				return false, bad
			}
		}
		return true, nil
	}
	prefix := append([]byte(queue), 0)
	cur := sn.tx.Bucket(bJobs).Cursor()
	for k, v := cur.Seek(append(bytes.Clone(prefix), after...)); bytes.HasPrefix(k, prefix); k, v = cur.Next() {
		id := string(k[len(prefix):])
		if id == after {
			continue
		}
		j, err := decodeJob(queue, id, v)
		if err != nil {
			return fmt.Errorf("job %q of queue %q: %w", id, queue, err)
		}
		if ok, err := before(id); !ok {
			return err
		}
		if !visit(&j.Job) {
			return nil
		}
	}
	_, err := before("")
	return err
}

func (sn *snapshot) NextJob(queue string) (due time.Time, ok bool, err error) {
	prefix := append([]byte(queue), 0)
	k, _ := sn.tx.Bucket(bDue).Cursor().Seek(prefix)
	if !bytes.HasPrefix(k, prefix) {
		return time.Time{}, false, nil
	}
	return moment(unflip(num8(k[len(prefix):]))), true, nil
}

// Lineage implements store.Store.
func (s *Store) Lineage(epoch string, c store.CollID, rev store.Rev) bool {
	if epoch == s.epoch {
		return true
	}
	known := false
	err := s.view(func(sn *snapshot) error {
		if epoch == "" {
			return nil
		}
		if b := sn.tx.Bucket(bEpochs).Bucket([]byte(epoch)); b != nil {
			v := b.Get(key8(uint64(c)))
			known = v != nil && uint64(rev) <= num8(v)
		}
		return nil
	})
	return err == nil && known
}
