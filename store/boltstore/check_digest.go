package boltstore

import (
	"bytes"
	"slices"
	"strings"

	"almanac/dedupe"
	"almanac/store"
)

// checkDigest compares the rows of a card with what they should be, and tells the
// first difference in words, or "".
func checkDigest(p *parts, m *member, x *store.Index) string {
	d := digestOf(m.Name, x)
	if m.card == 0 {
		if d.digest != "" {
			return "the card has no number to be compared by"
		}
		return ""
	}
	want := d.postings()
	if row := p.bucket(pFresh).Get(key8(m.card)); row != nil {
		if f, err := decodeFresh(row); err != nil || f.digested != d || !slices.Equal(f.now, want) {
			return "what the card will be compared and found by is not what its octets say"
		}
		return ""
	}
	was, err := readDigest(p.bucket(pDigests).Get(key8(m.card)))
	if err != nil || was != d {
		return "what the card is compared by is not what its octets say"
	}
	for _, w := range want {
		if !posted(p.bucket(pPostings), posting{w.Key, m.card, w.Initials}) {
			return "the card is not found by what it has"
		}
	}
	return ""
}

// restateDigest writes all rows of a card, under the number that it had, should that
// be known.
func (t *txn) restateDigest(c *collection, old, m *member) {
	if m.Index.Digest == "" {
		return
	}
	m.card = m.body
	if old != nil && old.card != 0 {
		was, err := readDigest(c.get(pDigests, key8(old.card)))
		if f, waits := c.fresh(old.card); waits {
			was, err = f.digested, nil
		}
		if err != nil || was.name == m.Name {
			m.card = old.card
		}
	}
	d := digestOf(m.Name, &m.Index)
	t.putFresh(c, m.card, &fresh{d, d.postings()})
}

// digests finds digests of no card.
func (c *collCheck) digests(l *look, after []byte) ([]byte, error) {
	p := c.parts(l)
	if p == nil {
		return nil, nil
	}
	return rows(p.bucket(pDigests), after, func(key, row []byte) {
		if p.bucket(pFresh).Get(key) != nil {
			return
		}
		d, err := readDigest(row)
		name := strings.Clone(d.name)
		if m, bad := memberAt(p, []byte(name)); err != nil || bad != nil || len(key) != 8 || m.card != num8(key) {
			l.bad(name, drop(c.part(pDigests), key), "there is what no card is compared by, number %d", num8(key))
		}
	}), nil
}

// postings finds blocks that cannot be read or are out of order, and those by which a
// card is found that does not have that. All of them are then made anew of the digests.
func (c *collCheck) postings(l *look, after []byte) ([]byte, error) {
	p := c.parts(l)
	if p == nil {
		return nil, nil
	}
	var done bool
	fix := func(t *txn) error {
		w, err := t.open(c.id)
		if err != nil || done {
			return err
		}
		done = true
		return t.repost(w)
	}
	known := make(map[uint64]map[dedupe.Posting]bool)
	has := func(at posting) bool {
		ps, ok := known[at.card]
		if !ok {
			ps = make(map[dedupe.Posting]bool)
			if d, err := readDigest(p.bucket(pDigests).Get(key8(at.card))); err == nil {
				for _, p := range d.postings() {
					ps[p] = true
				}
			}
			known[at.card] = ps
		}
		return ps[dedupe.Posting{Key: at.key, Initials: at.initials}]
	}
	return rows(p.bucket(pPostings), after, func(key, row []byte) {
		b := openBlock(key, row)
		n, first, astray := 0, posting{}, uint64(0)
		for ; b.next(); n++ {
			if n == 0 {
				first = b.at
			}
			if astray == 0 && !has(b.at) {
				astray = b.at.card
			}
		}
		cur := p.bucket(pPostings).Cursor()
		cur.Seek(key)
		next, _ := cur.Next()
		switch {
		case b.r.err() != nil || n == 0 || !bytes.Equal(key, blockKey(first)):
			l.bad("", fix, "a block of what cards are found by cannot be read")
		case next != nil && bytes.Compare(blockKey(b.at), next) >= 0:
			l.bad("", fix, "blocks of what cards are found by are out of order")
		case astray != 0:
			l.bad("", fix, "card %d is found by what it does not have", astray)
		}
	}), nil
}

// repost makes the postings anew of the digests.
func (t *txn) repost(c *collection) error {
	var all []change
	err := c.bucket(pDigests).ForEach(func(k, row []byte) error {
		d, err := readDigest(row)
		if err != nil || len(k) != 8 {
			return nil // digests has told
		}
		for _, p := range d.postings() {
			all = append(all, change{posting: posting{p.Key, num8(k), p.Initials}})
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b change) int { return a.compare(b.posting) })
	t.putPostings(c, changed(nil, all))
	return nil
}

// freshRows finds rows about cards written lately that cannot be read.
func (c *collCheck) freshRows(l *look, after []byte) ([]byte, error) {
	p := c.parts(l)
	if p == nil {
		return nil, nil
	}
	return rows(p.bucket(pFresh), after, func(key, row []byte) {
		f, err := decodeFresh(row)
		owned := false
		if err == nil && f.digest != "" {
			m, err := memberAt(p, []byte(f.name))
			owned = err == nil && m.card == num8(key)
		}
		right := err == nil && len(key) == 8 && owned == (f.digest != "") && (owned || p.bucket(pDigests).Get(key) != nil)
		fix := drop(c.part(pFresh), key)
		if owned {
			fix = c.restate(f.name)
		}
		if !right {
			l.bad("", fix, "what is to be indexed of card %d is not what it has", num8(key))
		}
	}), nil
}
