package boltstore

import (
	"bytes"
	"fmt"
	"math"
	"slices"

	"go.etcd.io/bbolt"

	"almanac/dedupe"
	"almanac/store"
)

// digested is a row of digests: what is known of a card, from which its postings
// follow.
type digested struct {
	name   string
	links  string // store.Index.Links
	digest dedupe.Digest
}

func digestOf(name string, x *store.Index) digested { return digested{name, x.Links, x.Digest} }

func appendDigest(b []byte, d *digested) []byte {
	return append(appendStr(appendStr(b, d.name), d.links), d.digest...)
}

// readDigest takes a row of digests apart; what it returns points into the row.
func readDigest(row []byte) (d digested, err error) {
	r := reader{b: row}
	d.name, d.links = r.str(), r.str()
	aliasTo(&d.digest, r.b)
	return d, r.err()
}

// indexed returns a card's row of digests, which its postings follow from; there may
// be something newer that waits.
func (c *collection) indexed(card uint64) digested {
	d, _ := readDigest(bytes.Clone(c.get(pDigests, key8(card)))) // what is damaged, Check tells of
	return d
}

// digested returns what is known of a card, nothing for none.
func (c *collection) digested(card uint64) digested {
	if card == 0 {
		return digested{}
	}
	if f, waits := c.fresh(card); waits {
		return f.digested
	}
	return c.indexed(card)
}

// putDigest notes what a card is compared and found by, in place of that of the
// member that it replaces, and gives it a number if it has none.
func (t *txn) putDigest(c *collection, old, m *member) {
	d := digestOf(m.Name, &m.Index)
	if old != nil && old.card != 0 && (d.digest == "" || m.card != old.card) {
		t.dropDigest(c, old.card)
		m.card = 0
	}
	if d.digest == "" {
		m.card = 0
		return
	}
	if m.card == 0 {
		m.card = m.body
	} else if c.digested(m.card) == d {
		return
	}
	if m.postings == nil {
		m.postings = d.postings()
	}
	t.putFresh(c, m.card, &fresh{d, m.postings})
}

// dropDigest notes that a card is no more.
func (t *txn) dropDigest(c *collection, card uint64) {
	switch {
	case card == 0:
	case c.get(pDigests, key8(card)) == nil:
		t.remove(c.bucket(pFresh), key8(card)) // it was never more than fresh
	default:
		t.putFresh(c, card, &fresh{})
	}
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
		if f, waits := over.waits(card); waits {
			row = f.digest
		}
		if row == nil {
			return true, nil
		}
		d, err := readDigest(bytes.Clone(row))
		if err != nil {
			return false, fmt.Errorf("digest %d of collection %d: %w", card, c, err)
		}
		return d.digest == "" || visit(card, d.name, d.digest), nil // "" for one that is no more
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
	rest := over.having(dedupe.PostingKey(key))
	ended := false
	freshBefore := func(card uint64) {
		for ; !ended && len(rest) > 0 && rest[0].card < card; rest = rest[1:] {
			ended = !visit(rest[0].card, rest[0].initials)
		}
	}
	err = sharing(p.bucket(pPostings), dedupe.PostingKey(key), func(at posting) bool {
		freshBefore(at.card)
		if _, waits := over.waits(at.card); !waits && !ended {
			ended = !visit(at.card, at.initials)
		}
		return !ended
	})
	if err != nil {
		return fmt.Errorf("postings of collection %d: %w", c, err)
	}
	freshBefore(math.MaxUint64)
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
	var members, digests []row
	var posts []change
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
		d := digestOf(string(name), &x)
		digests = append(digests, row{key8(m.card), appendDigest(nil, &d)})
		for _, p := range d.postings() {
			posts = append(posts, change{posting: posting{p.Key, m.card, p.Initials}})
		}
		return nil
	})
	if err != nil {
		return err
	}
	for n, rows := range map[part][]row{pMembers: members, pDigests: digests} {
		slices.SortFunc(rows, func(a, b row) int { return bytes.Compare(a.key, b.key) })
		bucket := coll.Bucket(partNames[n])
		bucket.FillPercent = ascendingFill
		for _, r := range rows {
			if err := bucket.Put(r.key, r.value); err != nil {
				return err
			}
		}
	}
	slices.SortFunc(posts, func(a, b change) int { return a.compare(b.posting) })
	return putPostings(coll, changed(nil, posts))
}
