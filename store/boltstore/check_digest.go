package boltstore

import (
	"slices"
	"strings"

	"almanac/dedupe"
)

// checkDigest compares the rows of a card with what they should be, and tells the
// first difference in words, or "".
func checkDigest(p *parts, m *member, d dedupe.Digest) string {
	if m.card == 0 {
		if d != "" {
			return "the card has no number to be compared by"
		}
		return ""
	}
	want := postings(d)
	if row := p.bucket(pFresh).Get(key8(m.card)); row != nil {
		if f, err := decodeFresh(row); err != nil || f.name != m.Name || f.digest != d || !slices.Equal(f.now, want) {
			return "what the card will be compared and found by is not what its octets say"
		}
		return ""
	}
	name, was, err := readDigest(p.bucket(pDigests).Get(key8(m.card)))
	if err != nil || name != m.Name || was != d {
		return "what the card is compared by is not what its octets say"
	}
	for _, row := range want {
		v := p.bucket(pPostings).Get(postingKey(row.Key, m.card))
		if v == nil || string(v) != row.Initials {
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
		name, _, err := readDigest(c.get(pDigests, key8(old.card)))
		if f, waits := c.fresh(old.card); waits {
			name, err = f.name, nil
		}
		if err != nil || name == m.Name {
			m.card = old.card
		}
	}
	t.remove(c.bucket(pFresh), key8(m.card))
	t.put(c.bucket(pDigests), key8(m.card), appendDigest(m.Name, m.Index.Digest))
	for _, p := range postings(m.Index.Digest) {
		t.put(c.bucket(pPostings), postingKey(p.Key, m.card), []byte(p.Initials))
	}
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
		name, _, err := readDigest(row)
		name = strings.Clone(name)
		if m, bad := memberAt(p, []byte(name)); err != nil || bad != nil || len(key) != 8 || m.card != num8(key) {
			l.bad(name, drop(c.part(pDigests), key), "there is what no card is compared by, number %d", num8(key))
		}
	}), nil
}

// postings finds rows by which a card is found that does not have that.
func (c *collCheck) postings(l *look, after []byte) ([]byte, error) {
	p := c.parts(l)
	if p == nil {
		return nil, nil
	}
	known := make(map[uint64]map[string]bool) // of the cards that the slice meets
	return rows(p.bucket(pPostings), after, func(key, _ []byte) {
		card := cardOf(key)
		keys, ok := known[card]
		if !ok {
			keys = make(map[string]bool)
			for _, key := range indexed(p, card) {
				keys[string(postingKey(key, card))] = true
			}
			known[card] = keys
		}
		if !keys[string(key)] {
			l.bad("", drop(c.part(pPostings), key), "card %d is found by what it does not have", card)
		}
	}), nil
}

// indexed returns the keys by which a card may be in the postings.
func indexed(p *parts, card uint64) []uint64 {
	if row := p.bucket(pFresh).Get(key8(card)); row != nil {
		f, _ := decodeFresh(row)
		return f.before
	}
	_, d, err := readDigest(p.bucket(pDigests).Get(key8(card)))
	if err != nil {
		return nil
	}
	return keysOf(postings(d))
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
		right := err == nil && len(key) == 8 && f.there == (p.bucket(pDigests).Get(key) != nil) && owned == (f.digest != "")
		fix := drop(c.part(pFresh), key)
		if owned {
			fix = c.restate(f.name)
		}
		if !right {
			l.bad("", fix, "what is to be indexed of card %d is not what it has", num8(key))
		}
	}), nil
}
