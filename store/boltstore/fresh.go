package boltstore

import (
	"bytes"
	"cmp"
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

func appendFresh(b []byte, f *fresh) []byte {
	flag := byte(0)
	if f.there {
		flag = 1
	}
	b = appendUint(append(b, fFresh, flag), uint64(len(f.before)))
	for _, k := range f.before {
		b = append(b, postingKey(k, 0)[:6]...)
	}
	b = appendStr(appendStr(b, f.name), []byte(f.digest))
	b = appendUint(b, uint64(len(f.now)))
	for _, p := range f.now {
		b = append(b, postingKey(p.Key, 0)[:6]...)
		b = appendStr(b, p.Initials)
	}
	return b
}

// decodeFresh makes one that lives on its own.
func decodeFresh(row []byte) (f fresh, err error) {
	r := reader{b: row}
	r.format(fFresh)
	key := func() uint64 {
		if len(r.b) < 6 {
			r.b, r.bad = nil, true
			return 0
		}
		var k [8]byte
		copy(k[:], r.b[:6])
		r.b = r.b[6:]
		return binary.BigEndian.Uint64(k[:])
	}
	f.there = r.octet() == 1
	for range r.count() {
		f.before = append(f.before, key())
	}
	f.name, f.digest = string(r.bytes()), dedupe.Digest(r.bytes())
	for range r.count() {
		p := dedupe.Posting{Key: key()}
		p.Initials = string(r.bytes())
		f.now = append(f.now, p)
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

// An overlay is what a snapshot's postings lack: all that waits.
type overlay struct {
	cards map[uint64]*fresh // those that wait: what the other rows have of them is of the past
	byKey map[uint64][]freshPosting
}

type freshPosting struct {
	card     uint64
	initials string
}

// overlayOf reads what waits in an address book, once in a snapshot.
func (sn *snapshot) overlayOf(p *parts) (*overlay, error) {
	if o := sn.overlays[p.id]; o != nil {
		return o, nil
	}
	o := &overlay{cards: map[uint64]*fresh{}, byKey: map[uint64][]freshPosting{}}
	err := p.bucket(pFresh).ForEach(func(k, row []byte) error {
		f, err := decodeFresh(row)
		if err != nil {
			return fmt.Errorf("what waits to be indexed of card %d in collection %d: %w", num8(k), p.id, err)
		}
		card := num8(k)
		o.cards[card] = &f
		for _, posting := range f.now {
			o.byKey[posting.Key] = append(o.byKey[posting.Key], freshPosting{card, posting.Initials})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, list := range o.byKey {
		slices.SortFunc(list, func(a, b freshPosting) int { return cmp.Compare(a.card, b.card) })
	}
	if sn.overlays == nil {
		sn.overlays = map[store.CollID]*overlay{}
	}
	sn.overlays[p.id] = o
	return o, nil
}
