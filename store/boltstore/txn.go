package boltstore

import (
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"almanac/store"
)

// A txn is the write transaction that the requests of a group share.
type txn struct {
	s       *Store
	tx      *bbolt.Tx
	buckets map[string]*bbolt.Bucket
	colls   map[store.CollID]*collection
	changed bool                 // some request succeeded in changing something
	waiting map[store.CollID]int // cards that it leaves to be indexed, about
	fatal   error
	touched touched
	last    [numSeries]uint64 // numbers given; 0 for none yet

	// Of the request under way.
	single bool // one operation, which judges before it writes: nothing to undo
	wrote  bool
	steps  []step
	saved  map[*collection]collState
	mine   touched
}

// touched is what a commit changes, for the cache and the feed.
type touched struct {
	all   bool // perhaps everything
	homes map[store.HomeID]bool
	colls map[store.CollID]store.Event
}

func newTouched() touched {
	return touched{homes: make(map[store.HomeID]bool), colls: make(map[store.CollID]store.Event)}
}

// A step is a change that can be undone.
type step struct {
	b      *bbolt.Bucket
	key    []byte
	old    []byte // nil when the key was not there
	bucket bool   // the key was made a bucket
}

// A collection is one that the transaction has opened for writing.
type collection struct {
	parts
	collState
}

// collState is the part of a collection that is kept decoded until the commit.
type collState struct {
	rec   *collRecord // never changed, but replaced; nil when it is no more
	n     counters
	dirty bool // n is to be written

	clock, kept clock // of a calendar's wakes, and as it is in the file
	clockRead   bool
	lapsed      bool // the earliest wake has gone: the next is to be found
}

func newTxn(s *Store, tx *bbolt.Tx) *txn {
	return &txn{
		s: s, tx: tx,
		buckets: make(map[string]*bbolt.Bucket),
		colls:   make(map[store.CollID]*collection),
		saved:   make(map[*collection]collState),
		waiting: make(map[store.CollID]int),
		touched: newTouched(), mine: newTouched(),
	}
}

// attempt runs fn; when it fails, nothing of what it did is left. fn is single
// when it fails, if at all, before it writes anything.
func (t *txn) attempt(fn func(*txn) error, single bool) error {
	t.single, t.wrote = single, false
	last := t.last
	t.steps = t.steps[:0]
	clear(t.saved)
	t.mine.all = false
	clear(t.mine.homes)
	clear(t.mine.colls)
	if err := fn(t); err != nil {
		t.undo()
		t.last = last
		return err
	}
	t.changed = t.changed || t.wrote || len(t.saved) > 0
	t.touched.all = t.touched.all || t.mine.all
	for id := range t.mine.homes {
		t.touched.homes[id] = true
	}
	for id, ev := range t.mine.colls {
		t.touched.colls[id] = ev
	}
	return nil
}

func (t *txn) undo() {
	if t.single && t.wrote {
		t.must(errors.New("an operation failed after it had written"))
	}
	for i := len(t.steps) - 1; i >= 0 && t.fatal == nil; i-- {
		switch s := t.steps[i]; {
		case s.bucket:
			t.must(s.b.DeleteBucket(s.key))
		case s.old == nil:
			t.must(s.b.Delete(s.key))
		default:
			t.must(s.b.Put(s.key, s.old))
		}
	}
	for c, st := range t.saved {
		c.collState = st // of one made by this request: it is no more
	}
}

// must notes an error of bbolt. The names of a valid batch make valid keys, so
// there is no such error short of a damaged file; the whole commit then fails.
func (t *txn) must(err error) {
	if err != nil && t.fatal == nil {
		t.fatal = fmt.Errorf("write: %w", err)
	}
}

// bucket returns a bucket of the file.
func (t *txn) bucket(name []byte) *bbolt.Bucket {
	b := t.buckets[string(name)]
	if b == nil {
		b = t.tx.Bucket(name)
		t.buckets[string(name)] = b
	}
	return b
}

// put writes a row. The value is not copied and must stay as it is.
func (t *txn) put(b *bbolt.Bucket, key, value []byte) {
	if value == nil {
		value = []byte{}
	}
	t.wrote = true
	if !t.single {
		t.steps = append(t.steps, step{b: b, key: key, old: b.Get(key)})
	}
	t.must(b.Put(key, value))
}

// add is put for a row of which is known that it is not there.
func (t *txn) add(b *bbolt.Bucket, key, value []byte) {
	if value == nil {
		value = []byte{}
	}
	t.wrote = true
	if !t.single {
		t.steps = append(t.steps, step{b: b, key: key})
	}
	t.must(b.Put(key, value))
}

// take is remove for a row of which is known what is in it.
func (t *txn) take(b *bbolt.Bucket, key, old []byte) {
	t.wrote = true
	if !t.single {
		t.steps = append(t.steps, step{b: b, key: key, old: old})
	}
	t.must(b.Delete(key))
}

// remove removes a row, if it is there.
func (t *txn) remove(b *bbolt.Bucket, key []byte) {
	t.wrote = true
	if !t.single {
		old := b.Get(key)
		if old == nil {
			return
		}
		t.steps = append(t.steps, step{b: b, key: key, old: old})
	}
	t.must(b.Delete(key))
}

// A series is one of the numbers in meta of which each is given once.
type series uint8

const (
	homeNumbers series = iota
	collNumbers
	jobNumbers
	numSeries
)

var seriesKeys = [numSeries][]byte{kLastHome, kLastColl, kLastJob}

// next returns the next number of a series.
func (t *txn) next(s series) uint64 {
	if t.last[s] == 0 {
		t.last[s] = num8(t.bucket(bMeta).Get(seriesKeys[s]))
	}
	t.last[s]++
	t.wrote = true
	return t.last[s]
}

// setNumbers writes the last number of each series.
func (t *txn) setNumbers() {
	meta := t.bucket(bMeta)
	for s, key := range seriesKeys {
		if n := t.last[s]; n > num8(meta.Get(key)) {
			t.must(meta.Put(key, key8(n)))
		}
	}
}

// open returns a collection, in the trash or not.
func (t *txn) open(id store.CollID) (*collection, error) {
	if c := t.colls[id]; c != nil {
		if c.rec == nil {
			return nil, missing("collection", id)
		}
		return c, nil
	}
	rec, err := collectionOf(t.tx, id)
	if err != nil {
		return nil, err
	}
	c := &collection{parts: *openParts(t.tx, id)}
	if c.n, err = decodeCounters(c.top.Get(kCounters)); err != nil {
		return nil, fmt.Errorf("counters of collection %d: %w", id, err)
	}
	c.rec = rec
	t.colls[id] = c
	return c, nil
}

// change notes that the request under way changes the collection.
func (t *txn) change(c *collection) {
	t.save(c)
	t.tell(c)
}

// save keeps what a collection is, for undo.
func (t *txn) save(c *collection) {
	if _, ok := t.saved[c]; !ok {
		t.saved[c] = c.collState
	}
}

func (t *txn) tell(c *collection) {
	t.mine.colls[c.id] = store.Event{Home: c.rec.Home, Coll: c.id, Rev: c.n.rev, Gone: c.rec.Trash}
}

// setRecord writes the collection's record.
func (t *txn) setRecord(c *collection, rec *collRecord) {
	t.change(c)
	t.put(c.top, kRecord, appendCollection(nil, rec))
	c.rec = rec
	t.mine.homes[rec.Home] = true
	t.tell(c)
}

// flush writes the counters that changed, the clocks and the numbers.
func (t *txn) flush() error {
	t.setClocks()
	t.setNumbers()
	for _, c := range t.colls {
		if c.dirty && c.rec != nil {
			t.must(c.top.Put(kCounters, appendCounters(nil, c.n)))
		}
	}
	return t.fatal
}

// events returns what the feed is to tell.
func (t *txn) events() []store.Event {
	all := make([]store.Event, 0, len(t.touched.colls))
	for _, ev := range t.touched.colls {
		all = append(all, ev)
	}
	return all
}

// get on a writer's collection asks the bucket: its cursors would go astray over
// rows that change.
func (c *collection) get(n part, key []byte) []byte { return c.bucket(n).Get(key) }
