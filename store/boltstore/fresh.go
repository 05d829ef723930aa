package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"almanac/dedupe"
	"almanac/store"
)

// foldAt is how many cards of an address book may wait to be indexed.
const foldAt = 1024

// fresh is a row about a card that was written or deleted since the digests and
// postings were brought up to date.
type fresh struct {
	there  bool             // there is a row of digests
	before []uint64         // keys under which the postings have it
	name   string           // of the member
	digest dedupe.Digest    // "" when the card is no more
	now    []dedupe.Posting // what follows from it, in order
}

// The row has its keys one after the other, six octets each, and the initials of all
// postings behind them, so that it can be looked through without being taken apart.
func appendFresh(b []byte, f *fresh) []byte {
	flag := byte(0)
	if f.there {
		flag = 1
	}
	b = append(b, fFresh, flag)
	b = appendUint(b, uint64(len(f.now)))
	for _, p := range f.now {
		b = append(b, postingKey(p.Key, 0)[:6]...)
	}
	b = appendUint(b, uint64(len(f.before)))
	for _, k := range f.before {
		b = append(b, postingKey(k, 0)[:6]...)
	}
	b = appendStr(appendStr(b, f.name), []byte(f.digest))
	for _, p := range f.now {
		b = appendStr(b, p.Initials)
	}
	return b
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

// freshKeys returns the keys of what a row's card should have.
func freshKeys(row []byte) ([]byte, error) {
	r := reader{b: row}
	r.format(fFresh)
	r.octet()
	keys := r.keys6()
	return keys, r.err()
}

// decodeFresh makes one that lives on its own.
func decodeFresh(row []byte) (f fresh, err error) {
	r := reader{b: row}
	r.format(fFresh)
	f.there = r.octet() == 1
	for now := r.keys6(); len(now) > 0; now = now[6:] {
		f.now = append(f.now, dedupe.Posting{Key: key6(now)})
	}
	for before := r.keys6(); len(before) > 0; before = before[6:] {
		f.before = append(f.before, key6(before))
	}
	f.name, f.digest = string(r.bytes()), dedupe.Digest(r.bytes())
	for i := range f.now {
		f.now[i].Initials = string(r.bytes())
	}
	return f, r.end()
}

// keysOf returns the keys of postings.
func keysOf(ps []dedupe.Posting) []uint64 {
	keys := make([]uint64, len(ps))
	for i, p := range ps {
		keys[i] = p.Key
	}
	return keys
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

// waiting returns what waits of a card, or from where it starts when nothing does.
func (c *collection) waiting(card uint64) fresh {
	f, waits := c.fresh(card)
	if !waits {
		f.digest, f.there = c.indexed(card)
		f.before = keysOf(postings(f.digest))
	}
	return f
}

// putFresh writes what is to become of a card's rows.
func (t *txn) putFresh(c *collection, card uint64, f *fresh) {
	if !f.there && f.digest == "" {
		t.remove(c.bucket(pFresh), key8(card))
		return
	}
	t.put(c.bucket(pFresh), key8(card), appendFresh(make([]byte, 0, 32+6*len(f.before)+len(f.name)+len(f.digest)+9*len(f.now)), f))
	t.waiting[c.id]++
}

// fold brings the digests and postings of an address book up to date.
func (t *txn) fold(id store.CollID) error {
	c, err := t.open(id)
	if err != nil {
		return nil // it is gone, and its postings with it
	}
	type change struct {
		key   []byte
		value []byte // nil to remove it
	}
	var digests, changes []change
	err = c.bucket(pFresh).ForEach(func(k, row []byte) error {
		f, err := decodeFresh(row)
		if err != nil {
			return nil // Check tells of it
		}
		d := change{bytes.Clone(k), nil}
		if f.digest != "" {
			d.value = appendDigest(f.name, f.digest)
		}
		digests = append(digests, d)
		now := make(map[uint64]bool, len(f.now))
		for _, p := range f.now {
			now[p.Key] = true
			changes = append(changes, change{postingKey(p.Key, num8(k)), []byte(p.Initials)})
		}
		for _, key := range f.before {
			if !now[key] {
				changes = append(changes, change{postingKey(key, num8(k)), nil})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(changes, func(a, b change) int { return bytes.Compare(a.key, b.key) })
	write := func(b *bbolt.Bucket, changes []change) {
		for _, ch := range changes {
			if ch.value == nil {
				t.remove(b, ch.key)
			} else {
				t.put(b, ch.key, ch.value)
			}
		}
	}
	write(c.bucket(pDigests), digests)
	write(c.bucket(pPostings), changes)
	for _, d := range digests {
		t.remove(c.bucket(pFresh), d.key)
	}
	return nil
}

// foldLater has the writer bring up to date the postings of books in which enough
// cards wait. Only the writer calls it.
func (s *Store) foldLater(t *txn) {
	for id, n := range t.waiting {
		have, known := s.waiting[id]
		if !known {
			have = -n // what this process did not write
			if c := t.colls[id]; c != nil && c.rec != nil {
				have = s.countFresh(id) - n
			}
		}
		if s.waiting[id] = have + n; s.waiting[id] < s.foldAt {
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

// countFresh counts the cards that wait in an address book.
func (s *Store) countFresh(id store.CollID) (n int) {
	_ = s.View(context.Background(), func(sn store.Snapshot) error {
		p, err := sn.(*snapshot).parts(id)
		if err != nil {
			return err
		}
		return p.bucket(pFresh).ForEach(func(_, _ []byte) error { n++; return nil })
	})
	return n
}

// An overlay is what waits in an address book, for laying over the rows that lag
// behind. Of most questions about a key the filter tells that nothing does.
type overlay struct {
	cards  []uint64 // ascending
	rows   [][]byte // of each
	filter [filterBits / 64]uint64
}

// filterBits is some twenty times the keys of the cards that wait at most, and so
// hardly one question in twenty is asked in vain.
const filterBits = 1 << 19

func (o *overlay) bit(key uint64) (word *uint64, mask uint64) {
	h := key >> 16 % filterBits // keys are hashes
	return &o.filter[h/64], 1 << (h % 64)
}

// waits tells whether a card does: what the other rows have of it is of the past.
func (o *overlay) waits(card uint64) (row []byte, waits bool) {
	i, found := slices.BinarySearch(o.cards, card)
	if !found {
		return nil, false
	}
	return o.rows[i], true
}

type freshPosting struct {
	card     uint64
	initials string
}

// having returns the postings of a key among what waits, in the order of the cards.
func (o *overlay) having(key uint64) (found []freshPosting, err error) {
	if word, mask := o.bit(key); *word&mask == 0 {
		return nil, nil
	}
	for i, row := range o.rows {
		keys, err := freshKeys(row)
		if err != nil {
			return nil, err
		}
		for ; len(keys) > 0; keys = keys[6:] {
			if key6(keys) != key {
				continue
			}
			f, err := decodeFresh(row)
			if err != nil {
				return nil, err
			}
			for _, p := range f.now {
				if p.Key == key {
					found = append(found, freshPosting{o.cards[i], p.Initials})
				}
			}
			break
		}
	}
	return found, nil
}

// overlayOf reads what waits in an address book, once in a snapshot.
func (sn *snapshot) overlayOf(p *parts) (*overlay, error) {
	if o := sn.overlays[p.id]; o != nil {
		return o, nil
	}
	o := &overlay{}
	err := p.bucket(pFresh).ForEach(func(k, row []byte) error {
		keys, err := freshKeys(row)
		if err != nil {
			return fmt.Errorf("what waits to be indexed of card %d in collection %d: %w", num8(k), p.id, err)
		}
		o.cards, o.rows = append(o.cards, num8(k)), append(o.rows, row)
		for ; len(keys) > 0; keys = keys[6:] {
			word, mask := o.bit(key6(keys))
			*word |= mask
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if sn.overlays == nil {
		sn.overlays = map[store.CollID]*overlay{}
	}
	sn.overlays[p.id] = o
	return o, nil
}
