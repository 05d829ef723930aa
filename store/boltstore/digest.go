package boltstore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"

	"go.etcd.io/bbolt"

	"almanac/dedupe"
	"almanac/store"
)

// postingKey is a key's upper six octets and the card's number: how many octets it
// has, and these, so that rows lie in the order of the numbers.
func postingKey(key, card uint64) []byte {
	k := binary.BigEndian.AppendUint64(make([]byte, 0, 16), key)[:6]
	n := 8 - bits.LeadingZeros64(card)/8
	k = append(k, byte(n))
	for n--; n >= 0; n-- {
		k = append(k, byte(card>>(8*n)))
	}
	return k
}

// cardOf reads the number in a row of postings.
func cardOf(k []byte) (card uint64) {
	for _, c := range k[min(7, len(k)):] {
		card = card<<8 | uint64(c)
	}
	return card
}

func appendDigest(name string, d dedupe.Digest) []byte {
	b := make([]byte, 0, len(name)+2+len(d))
	return append(appendStr(b, name), d...)
}

// readDigest takes a row of digests apart; what it returns points into the row.
func readDigest(row []byte) (name string, d dedupe.Digest, err error) {
	r := reader{b: row}
	name = r.str()
	aliasTo(&d, r.b)
	return name, d, r.err()
}

// postings returns the rows that follow from a digest, in the order of the keys.
// What is no digest has none.
func postings(d dedupe.Digest) []dedupe.Posting {
	if d == "" {
		return nil
	}
	rec, err := d.Record()
	if err != nil {
		return nil
	}
	ps := rec.Postings()
	slices.SortFunc(ps, func(a, b dedupe.Posting) int {
		if a.Key < b.Key {
			return -1
		}
		return 1
	})
	return ps
}

// indexed returns a card's row of digests, which its postings follow from; there may
// be something newer that waits.
func (c *collection) indexed(card uint64) (d dedupe.Digest, there bool) {
	row := c.get(pDigests, key8(card))
	if row == nil {
		return "", false
	}
	_, d, _ = readDigest(bytes.Clone(row)) // what is damaged, Check tells of
	return d, true
}

// digest returns the digest of a card, "" for none.
func (c *collection) digest(card uint64) dedupe.Digest {
	if card == 0 {
		return ""
	}
	if f, waits := c.fresh(card); waits {
		return f.digest
	}
	d, _ := c.indexed(card)
	return d
}

// putDigest notes what a card is compared and found by, in place of that of the
// member that it replaces, and gives it a number if it has none.
func (t *txn) putDigest(c *collection, old, m *member) {
	d := m.Index.Digest
	if old != nil && old.card != 0 && (d == "" || m.card != old.card) {
		t.dropDigest(c, old.card)
		m.card = 0
	}
	if d == "" {
		m.card = 0
		return
	}
	isNew := m.card == 0
	if isNew {
		m.card = m.body
	}
	f := fresh{}
	if !isNew {
		f = c.waiting(m.card)
		if f.digest == d {
			return
		}
	}
	f.name, f.digest, f.now = m.Name, d, postings(d)
	t.putFresh(c, m.card, &f)
}

// dropDigest notes that a card is no more.
func (t *txn) dropDigest(c *collection, card uint64) {
	if card == 0 {
		return
	}
	f := c.waiting(card)
	f.name, f.digest, f.now = "", "", nil
	t.putFresh(c, card, &f)
}

func (sn *snapshot) Digests(c store.CollID, cards []uint64, visit func(card uint64, name string, d dedupe.Digest) bool) error {
	p, err := sn.parts(c)
	if err != nil {
		return err
	}
	over, err := sn.overlayOf(p)
	if err != nil {
		return err
	}
	show := func(card uint64, row []byte) (more bool, err error) {
		if row, waits := over.waits(card); waits {
			f, err := decodeFresh(row)
			if err != nil {
				return false, fmt.Errorf("what waits of card %d in collection %d: %w", card, c, err)
			}
			return f.digest == "" || visit(card, f.name, f.digest), nil
		}
		if row == nil {
			return true, nil
		}
		name, d, err := readDigest(bytes.Clone(row))
		if err != nil {
			return false, fmt.Errorf("digest %d of collection %d: %w", card, c, err)
		}
		return visit(card, name, d), nil
	}
	if cards != nil {
		for _, card := range cards {
			if more, err := show(card, p.get(pDigests, key8(card))); !more {
				return err
			}
		}
		return nil
	}
	rest := over.cards
	cur := p.bucket(pDigests).Cursor()
	for k, row := cur.First(); k != nil || len(rest) > 0; {
		if len(rest) > 0 && (k == nil || rest[0] <= num8(k)) {
			card := rest[0]
			if more, err := show(card, nil); !more {
				return err
			}
			rest = rest[1:]
			if k != nil && num8(k) == card {
				k, row = cur.Next()
			}
			continue
		}
		if more, err := show(num8(k), row); !more {
			return err
		}
		k, row = cur.Next()
	}
	return nil
}

func (sn *snapshot) Card(c store.CollID, name string) (uint64, error) {
	p, err := sn.parts(c)
	if err != nil {
		return 0, err
	}
	rec := p.get(pMembers, []byte(name))
	if rec == nil {
		return 0, missing("member", name)
	}
	var m member
	if err := decodeMember(rec, &m); err != nil {
		return 0, fmt.Errorf("collection %d, member %q: %w", c, name, err)
	}
	return m.card, nil
}

func (sn *snapshot) Sharing(c store.CollID, key uint64, visit func(card uint64, initials string) bool) error {
	p, err := sn.parts(c)
	if err != nil {
		return err
	}
	over, err := sn.overlayOf(p)
	if err != nil {
		return err
	}
	rest, err := over.having(dedupe.PostingKey(key))
	if err != nil {
		return fmt.Errorf("what waits in collection %d: %w", c, err)
	}
	prefix := postingKey(key, 0)[:6]
	cur := p.bucket(pPostings).Cursor()
	for k, v := cur.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = cur.Next() {
		card := cardOf(k)
		for len(rest) > 0 && rest[0].card < card {
			if !visit(rest[0].card, rest[0].initials) {
				return nil
			}
			rest = rest[1:]
		}
		if _, waits := over.waits(card); !waits && !visit(card, string(v)) {
			return nil
		}
	}
	for _, r := range rest {
		if !visit(r.card, r.initials) {
			break
		}
	}
	return nil
}

// remakeDigests makes the digests and postings of all address books anew from the
// octets, and writes the records of their members, in the form of the day.
func remakeDigests(tx *bbolt.Tx) error {
	err := tx.Bucket(bColls).ForEachBucket(func(id []byte) error {
		coll := tx.Bucket(bColls).Bucket(id)
		for _, n := range []part{pDigests, pPostings, pFresh} {
			if coll.Bucket(partNames[n]) != nil {
				if err := coll.DeleteBucket(partNames[n]); err != nil {
					return err
				}
			}
			if _, err := coll.CreateBucket(partNames[n]); err != nil {
				return err
			}
		}
		if kindV1(coll.Get(kRecord)) != store.AddressBook || coll.Bucket(partNames[pMembers]) == nil || coll.Bucket(partNames[pBodies]) == nil {
			return nil // what is missing, Check tells of
		}
		return remakeBook(coll)
	})
	if err != nil {
		return err
	}
	return tx.Bucket(bMeta).Put(kEdition, key8(dedupe.Edition))
}

// refreshDigests makes them anew when they are of another edition than this program's.
// One of a newer program is no fault: what it told of is made again.
func refreshDigests(db *bbolt.DB) error {
	of := uint64(0)
	err := db.View(func(tx *bbolt.Tx) error {
		if b := tx.Bucket(bMeta); b != nil {
			of = num8(b.Get(kEdition))
		}
		return nil
	})
	if err != nil || of == dedupe.Edition {
		return err
	}
	if err := db.Update(remakeDigests); err != nil {
		return fmt.Errorf("make the index of duplicates anew: %w", err)
	}
	return nil
}

// remakeBook fills the empty buckets of one address book. Rows are written in the
// order of their keys, which takes a tenth of the time.
func remakeBook(coll *bbolt.Bucket) error {
	type row struct{ key, value []byte }
	var members, digests, posts []row
	bodies := coll.Bucket(partNames[pBodies])
	err := coll.Bucket(partNames[pMembers]).ForEach(func(name, rec []byte) error {
		var m member
		if decodeMember(rec, &m) != nil {
			return nil // Check tells of it
		}
		b, err := decodeBody(bodies.Get(key8(m.body)))
		if err != nil {
			return nil
		}
		x, err := store.IndexOf(store.AddressBook, b.octets)
		if err != nil {
			return nil
		}
		m.card = m.body
		m.Index = x.Plain()
		members = append(members, row{bytes.Clone(name), appendMember(nil, &m)})
		digests = append(digests, row{key8(m.card), appendDigest(string(name), x.Digest)})
		for _, p := range postings(x.Digest) {
			posts = append(posts, row{postingKey(p.Key, m.card), []byte(p.Initials)})
		}
		return nil
	})
	if err != nil {
		return err
	}
	for n, rows := range map[part][]row{pMembers: members, pDigests: digests, pPostings: posts} {
		slices.SortFunc(rows, func(a, b row) int { return bytes.Compare(a.key, b.key) })
		for _, r := range rows {
			if err := coll.Bucket(partNames[n]).Put(r.key, r.value); err != nil {
				return err
			}
		}
	}
	return nil
}
