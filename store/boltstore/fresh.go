package boltstore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"

	"almanac/dedupe"
	"almanac/store"
)

// foldAt is how many cards of an address book may wait to be indexed; of a large book,
// whose index is longer to write, up to four times as many.
const (
	foldAt       = 1024
	foldLargerAt = 16 // one card in so many
)

// usualPostings is how many a card has, more than nine times in ten.
const usualPostings = 32

// fresh is a row about a card that was written or deleted since the digests and
// postings were brought up to date.
type fresh struct {
	digested                  // with digest "" when the card is no more
	now      []dedupe.Posting // what follows from it, as postings returns it
}

// The row has its keys one after the other, six octets each, so that it can be looked
// through without being taken apart; those with initials come first.
func appendFresh(b []byte, f *fresh) []byte {
	held := 0
	for held < len(f.now) && f.now[held].Initials != "" {
		held++
	}
	b = append(b, fFresh)
	b = appendUint(appendUint(b, uint64(held)), uint64(len(f.now)))
	for _, p := range f.now {
		b = append(b, byte(p.Key>>56), byte(p.Key>>48), byte(p.Key>>40), byte(p.Key>>32), byte(p.Key>>24), byte(p.Key>>16))
	}
	for _, p := range f.now[:held] {
		b = append(b, p.Initials[:2]...)
	}
	return appendDigest(b, &f.digested)
}

// keys6 reads a number of keys of six octets and returns them as they are.
func (r *reader) keys6() []byte {
	n := r.uint()
	if n > uint64(len(r.b)/6) {
		r.b, r.bad = nil, true
		return nil
	}
	keys := r.b[:6*n]
	r.b = r.b[6*n:]
	return keys
}

// key6 is the key in the six octets that begin b.
func key6(b []byte) uint64 {
	return uint64(binary.BigEndian.Uint32(b))<<32 | uint64(binary.BigEndian.Uint16(b[4:]))<<16
}

// A freshRow is a row that is not taken apart any further; it points into it.
type freshRow struct {
	keys     []byte // six octets each
	initials []byte // two each, of the first ones
	digest   []byte // what becomes the row of d
}

func readFresh(row []byte) (f freshRow, err error) {
	r := reader{b: row}
	r.format(fFresh)
	held := r.uint()
	f.keys = r.keys6()
	if r.bad || held > uint64(len(f.keys)/6) || 2*held > uint64(len(r.b)) {
		return freshRow{}, store.ErrDamaged
	}
	f.initials, f.digest = r.b[:2*held], r.b[2*held:]
	return f, nil
}

// postings is how many it has.
func (f *freshRow) postings() int { return len(f.keys) / 6 }

// posting returns the i-th.
func (f *freshRow) posting(i int) (p dedupe.Posting) {
	p.Key = key6(f.keys[6*i:])
	if 2*i < len(f.initials) {
		p.Initials = alias(f.initials[2*i : 2*i+2])
	}
	return p
}

// decodeFresh makes one that lives on its own.
func decodeFresh(row []byte) (f fresh, err error) {
	r, err := readFresh(bytes.Clone(row))
	if err != nil {
		return f, err
	}
	f.digested, err = readDigest(r.digest)
	f.now = make([]dedupe.Posting, r.postings())
	for i := range f.now {
		f.now[i] = r.posting(i)
	}
	return f, err
}

// fresh returns what waits of a card.
func (c *collection) fresh(card uint64) (f fresh, known bool) {
	row := c.get(pFresh, key8(card))
	if row == nil {
		return fresh{}, false
	}
	f, err := decodeFresh(row)
	return f, err == nil // what is damaged, Check tells of
}

// putFresh writes what is to become of a card's rows.
func (t *txn) putFresh(c *collection, card uint64, f *fresh) {
	t.put(c.bucket(pFresh), key8(card), appendFresh(make([]byte, 0, 16+len(f.name)+len(f.links)+len(f.digest)+8*len(f.now)), f))
	t.waiting[c.id]++
}

// fold brings the digests and postings of an address book up to date. It fails before
// it writes anything, if at all.
func (t *txn) fold(id store.CollID) error {
	c, err := t.open(id)
	if err != nil {
		return nil // it is gone, and its postings with it
	}
	var digests []row // with a nil value to remove it
	changes := make([]change, 0, usualPostings*t.waiting[id])
	err = c.bucket(pFresh).ForEach(func(k, v []byte) error {
		f, err := readFresh(v)
		is, bad := readDigest(f.digest)
		if err != nil || bad != nil {
			return nil // Check tells of it
		}
		card, d := num8(k), row{key: bytes.Clone(k)}
		if is.digest != "" {
			d.value = bytes.Clone(f.digest)
		}
		digests = append(digests, d)
		now := len(changes)
		for i := range f.postings() {
			p := f.posting(i)
			changes = append(changes, change{posting: posting{p.Key, card, p.Initials}})
		}
		was := c.indexed(card)
		if was.digest == "" {
			return nil
		}
		kept := make(map[uint64]bool)
		for _, ch := range changes[now:] {
			kept[ch.key] = true
		}
		for _, p := range was.postings() {
			if !kept[p.Key] {
				changes = append(changes, change{posting{p.Key, card, ""}, true})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(changes, func(a, b change) int { return a.compare(b.posting) })
	if len(changes) > 0 {
		t.putPostings(c, changed(c.bucket(pPostings), changes))
	}
	b := c.bucket(pDigests)
	for _, d := range digests {
		if d.value == nil {
			t.remove(b, d.key)
		} else {
			t.put(b, d.key, d.value)
		}
		t.remove(c.bucket(pFresh), d.key)
	}
	return nil
}

// foldNow brings up to date, in the transaction that is about to be committed, the
// books of which it has written so many cards that they need not wait for others: the
// rows in which they would have waited are never on disk. Only the writer calls it.
func (s *Store) foldNow(t *txn) error {
	for id, n := range t.waiting {
		c := t.colls[id]
		if c == nil || c.rec == nil {
			continue
		}
		if have := s.waits(t, c); n < s.enough(c)/2 || have+n < s.enough(c) {
			continue
		}
		if err := t.attempt(func(t *txn) error { return t.fold(id) }, true); err != nil {
			return err
		}
		t.waiting[id], s.waiting[id] = 0, 0
	}
	return nil
}

// foldLater has the writer bring up to date the books in which enough cards wait.
// Only the writer calls it, after a commit.
func (s *Store) foldLater(t *txn) {
	for id, n := range t.waiting {
		c := t.colls[id]
		if c == nil || c.rec == nil {
			continue
		}
		if s.waiting[id] += n; s.waiting[id] < s.enough(c) {
			continue
		}
		s.waiting[id] = 0
		s.mu.Lock()
		s.queue = append(s.queue, &request{
			single: true, done: make(chan struct{}),
			run: func(t *txn) error { return t.fold(id) },
		})
		s.mu.Unlock()
	}
}

// enough is how many cards may wait.
func (s *Store) enough(c *collection) int {
	return max(s.foldAt, min(int(c.n.count/foldLargerAt), 4*s.foldAt))
}

// waits returns how many cards wait in a book, about, besides those that t has
// written. What other processes left is counted once.
func (s *Store) waits(t *txn, c *collection) int {
	n, known := s.waiting[c.id]
	if !known {
		_ = c.bucket(pFresh).ForEach(func(_, _ []byte) error { n++; return nil })
		n = max(n-t.waiting[c.id], 0)
		s.waiting[c.id] = n
	}
	return n
}

// An overlay is what waits in an address book, for laying over the rows that lag
// behind. A card is asked about with a hundred keys: each is looked up here.
type overlay struct {
	cards    []uint64 // ascending
	rows     []freshRow
	postings []laid         // of all cards, the last card first
	first    [1 << 15]int32 // of the postings whose keys fall together here: 1 + the place of the first
}

// A laid is a posting of what waits.
type laid struct {
	row, at int32 // which of its row's
	next    int32 // 1 + the place of the next whose key falls together with its own
}

// slot is where the keys are that fall together with this one: keys are hashes.
func (o *overlay) slot(key uint64) *int32 { return &o.first[key>>16%uint64(len(o.first))] }

// waits tells whether a card does: what the other rows have of it is of the past.
func (o *overlay) waits(card uint64) (row freshRow, waits bool) {
	i, found := slices.BinarySearch(o.cards, card)
	if !found {
		return freshRow{}, false
	}
	return o.rows[i], true
}

// having returns the postings of a key among what waits, in the order of the cards.
func (o *overlay) having(key uint64) (found []posting) {
	for i := *o.slot(key); i != 0; i = o.postings[i-1].next {
		l := &o.postings[i-1]
		if p := o.rows[l.row].posting(int(l.at)); p.Key == key {
			found = append(found, posting{key, o.cards[l.row], p.Initials})
		}
	}
	return found
}

// overlays are those that no snapshot has: each is a megabyte or two, and made anew
// for every question about a card.
var overlays = sync.Pool{New: func() any { return &overlay{} }}

// overlayOf reads what waits in an address book, once in a snapshot.
func (sn *snapshot) overlayOf(p *parts) (*overlay, error) {
	if o := sn.overlays[p.id]; o != nil {
		return o, nil
	}
	o := overlays.Get().(*overlay)
	if err := o.read(p); err != nil {
		o.release()
		return nil, err
	}
	if sn.overlays == nil {
		sn.overlays = map[store.CollID]*overlay{}
	}
	sn.overlays[p.id] = o
	return o, nil
}

func (o *overlay) read(p *parts) error {
	err := p.bucket(pFresh).ForEach(func(k, row []byte) error {
		f, err := readFresh(row)
		if err != nil {
			return fmt.Errorf("what waits to be indexed of card %d in collection %d: %w", num8(k), p.id, err)
		}
		o.cards, o.rows = append(o.cards, num8(k)), append(o.rows, f)
		return nil
	})
	for i := len(o.rows) - 1; i >= 0; i-- { // so that of what falls together the first card comes first
		f := &o.rows[i]
		for j := range f.postings() {
			slot := o.slot(key6(f.keys[6*j:]))
			o.postings = append(o.postings, laid{int32(i), int32(j), *slot})
			*slot = int32(len(o.postings))
		}
	}
	return err
}

// release gives it back.
func (o *overlay) release() {
	clear(o.rows) // they point into the file
	clear(o.first[:])
	o.cards, o.rows, o.postings = o.cards[:0], o.rows[:0], o.postings[:0]
	overlays.Put(o)
}

// release ends the use of what was read for a snapshot.
func (sn *snapshot) release() {
	for _, o := range sn.overlays {
		o.release()
	}
}
