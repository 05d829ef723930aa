package boltstore

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"

	"go.etcd.io/bbolt"

	"almanac/dedupe"
	"almanac/store"
)

// A posting is a card that is found under a key. They lie in the order of the keys,
// and of the cards under each.
type posting struct {
	key, card uint64
	initials  string // two octets, or ""
}

func (p posting) compare(o posting) int {
	if p.key != o.key {
		return cmp.Compare(p.key, o.key)
	}
	return cmp.Compare(p.card, o.card)
}

// postings returns what follows from a card: first what has initials, and each in the
// order of the keys. What is no digest has none.
func (d *digested) postings() []dedupe.Posting {
	if d.digest == "" {
		return nil
	}
	rec, err := d.digest.Record()
	if err != nil {
		return nil
	}
	x := store.Index{Links: d.links}
	ps := rec.Postings()
	own := len(ps)
	for _, l := range x.LinkPostings() {
		if !slices.ContainsFunc(ps[:own], func(p dedupe.Posting) bool { return p.Key == l.Key }) { // none by chance
			ps = append(ps, l)
		}
	}
	slices.SortFunc(ps, func(a, b dedupe.Posting) int {
		if (a.Initials == "") != (b.Initials == "") {
			return cmp.Compare(len(b.Initials), len(a.Initials))
		}
		return cmp.Compare(a.Key, b.Key)
	})
	return ps
}

// A row of k is a block of postings. Its key is made of the first of them; each then
// costs some eight octets:
//
//	format
//	of each posting: difference to the key before; card, or under the same key the
//	difference to the card before, times two, and one more when initials follow
//
// blockOctets is so chosen that four rows fill a page.
const (
	blockOctets = 960
	maxPosting  = binary.MaxVarintLen64*2 + 2
)

// blockKey is a key's upper six octets and the card's number: how many octets it has,
// and these, so that blocks lie in the order of their postings.
func blockKey(p posting) []byte {
	k := binary.BigEndian.AppendUint64(make([]byte, 0, 16), p.key)[:6]
	n := 8 - bits.LeadingZeros64(p.card)/8
	k = append(k, byte(n))
	for n--; n >= 0; n-- {
		k = append(k, byte(p.card>>(8*n)))
	}
	return k
}

type row struct{ key, value []byte }

// A packer makes blocks of postings that come in their order.
type packer struct {
	rows []row
	last posting
}

func (w *packer) add(p posting) {
	n := len(w.rows) - 1
	if n < 0 || len(w.rows[n].value) > blockOctets-maxPosting {
		w.rows = append(w.rows, row{blockKey(p), append(make([]byte, 0, blockOctets), fPostings)})
		w.last = posting{key: p.key}
		n++
	}
	b, card := w.rows[n].value, p.card
	if p.key == w.last.key {
		card -= w.last.card
	}
	b = appendUint(b, (p.key-w.last.key)>>16)
	if p.initials == "" {
		b = appendUint(b, card<<1)
	} else {
		b = append(appendUint(b, card<<1|1), p.initials[:2]...)
	}
	w.rows[n].value, w.last = b, p
}

// A block is one under reading.
type block struct {
	r  reader
	at posting
}

func openBlock(k, v []byte) *block {
	b := &block{r: reader{b: v, bad: len(k) < 7}}
	b.r.format(fPostings)
	if !b.r.bad {
		b.at.key = key6(k)
	}
	return b
}

// next goes on to the next posting. It returns false at the end, and where the
// block cannot be read any further, which r.err tells.
func (b *block) next() bool {
	if len(b.r.b) == 0 {
		return false
	}
	if d := b.r.uint() << 16; d != 0 {
		b.r.bad = b.r.bad || b.at.key+d < b.at.key
		b.at = posting{key: b.at.key + d}
	}
	n := b.r.uint()
	b.r.bad = b.r.bad || n>>1 == 0 || b.at.card+n>>1 < b.at.card
	b.at.card += n >> 1
	b.at.initials = ""
	if n&1 != 0 {
		if len(b.r.b) < 2 {
			b.r.bad = true
			return false
		}
		b.at.initials, b.r.b = alias(b.r.b[:2]), b.r.b[2:]
	}
	return !b.r.bad
}

// blocksFrom calls fn with the blocks that may have a posting and what comes behind
// it, until fn returns false.
func blocksFrom(bucket *bbolt.Bucket, p posting, fn func(k, v []byte) bool) {
	cur, from := bucket.Cursor(), blockKey(p)
	k, v := cur.Seek(from)
	if !bytes.Equal(k, from) {
		if k == nil {
			k, v = cur.Last()
		} else if k, v = cur.Prev(); k == nil {
			k, v = cur.First()
		}
	}
	for ; k != nil && fn(k, v); k, v = cur.Next() {
	}
}

// sharing calls fn with the postings of a key, in the order of the cards, until it
// returns false.
func sharing(bucket *bbolt.Bucket, key uint64, fn func(posting) bool) (err error) {
	blocksFrom(bucket, posting{key: key}, func(k, v []byte) bool {
		b := openBlock(k, v)
		for b.next() {
			if b.at.key > key || b.at.key == key && !fn(b.at) {
				return false
			}
		}
		err = b.r.err()
		return err == nil
	})
	return err
}

// posted tells whether there is exactly that posting.
func posted(bucket *bbolt.Bucket, p posting) (there bool) {
	blocksFrom(bucket, p, func(k, v []byte) bool {
		b := openBlock(k, v)
		for b.next() && b.at.compare(p) <= 0 {
			there = there || b.at == p
		}
		return false // a posting is in the block that begins before it, or nowhere
	})
	return there
}

// A change is a posting that is to be there, or not.
type change struct {
	posting
	gone bool
}

// changed returns the blocks of a bucket, or of none, with changes made, which have to
// be in order.
func changed(bucket *bbolt.Bucket, changes []change) []row {
	var w packer
	// until adds what comes before p, and tells whether there is something in its place.
	until := func(p *posting) (same bool) {
		for len(changes) > 0 && !same && (p == nil || changes[0].compare(*p) <= 0) {
			same = p != nil && changes[0].compare(*p) == 0
			if !changes[0].gone {
				w.add(changes[0].posting)
			}
			changes = changes[1:]
		}
		return same
	}
	if bucket != nil {
		cur := bucket.Cursor()
		for k, v := cur.First(); k != nil; k, v = cur.Next() {
			for b := openBlock(k, v); b.next(); { // what is damaged, Check tells of
				if !until(&b.at) {
					w.add(b.at)
				}
			}
		}
	}
	until(nil)
	return w.rows
}

// putPostings writes all blocks of an address book anew: one behind the other they
// fill their pages, which rows put here and there never do.
func putPostings(top *bbolt.Bucket, rows []row) error {
	if err := top.DeleteBucket(partNames[pPostings]); err != nil {
		return err
	}
	bucket, err := top.CreateBucket(partNames[pPostings])
	if err != nil {
		return err
	}
	bucket.FillPercent = 1
	for _, r := range rows {
		if err := bucket.Put(r.key, r.value); err != nil {
			return err
		}
	}
	return nil
}

// putPostings is not undone with the request that it is part of.
func (t *txn) putPostings(c *collection, rows []row) {
	t.wrote = true
	t.must(putPostings(c.top, rows))
	c.buckets[pPostings] = nil
}
