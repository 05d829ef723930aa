package duplicates

import (
	"almanac/dedupe"
	"almanac/store"
)

// maxCounted is up to how many cards that have a term are counted: beyond that one
// more or less says nothing, and a book may have one word on all its cards.
const maxCounted = 4000

// index is the cards of some books as a dedupe.Library. The upper 16 bits of a card's
// number are the place of its book.
type index struct {
	snap    store.Snapshot
	books   []Book
	country string
	cards   int
	err     error // the first that was met

	counts map[uint64][2]int
	recs   map[uint64]*dedupe.Record
	held   map[holding]held
}

// maxBooks is how many books an index has at most.
const maxBooks = 1 << 16

const numberBits = 48

type holding struct {
	key  uint64
	most int
}

type held struct {
	cards []uint64
	more  bool
}

func newIndex(snap store.Snapshot, books []Book) *index {
	books = books[:min(len(books), maxBooks)]
	return &index{
		snap: snap, books: books, cards: countCards(books),
		counts: map[uint64][2]int{}, recs: map[uint64]*dedupe.Record{}, held: map[holding]held{},
	}
}

// countCards is Frequency.Cards: all members of the books.
func countCards(books []Book) (n int) {
	for _, b := range books {
		n += b.Coll.Count
	}
	return n
}

// check notes the first error, for what asks has no place for one.
func (x *index) check(err error) {
	if x.err == nil {
		x.err = err
	}
}

func number(book int, card uint64) uint64 { return uint64(book)<<numberBits | card }

func (x *index) Cards() int { return x.cards }

func (x *index) Count(term uint64) int { return x.count(term)[0] }

func (x *index) Holders(term uint64) int { return x.count(term)[1] }

func (x *index) count(term uint64) [2]int {
	key := dedupe.PostingKey(term)
	n, ok := x.counts[key]
	if ok {
		return n
	}
	holders := map[string]bool{}
	for _, b := range x.books {
		x.check(x.snap.Sharing(b.Coll.ID, key, func(_ uint64, initials string) bool {
			if n[0]++; initials != "" {
				holders[initials] = true
			}
			return n[0] < maxCounted
		}))
	}
	n[1] = len(holders)
	x.counts[key] = n
	return n
}

func (x *index) Holding(key uint64, most int) (cards []uint64, more bool) {
	key = dedupe.PostingKey(key)
	if h, ok := x.held[holding{key, most}]; ok { // cards of one group have the same keys
		return h.cards, h.more
	}
	defer func() { x.held[holding{key, most}] = held{cards, more} }()
	for i, b := range x.books {
		x.check(x.snap.Sharing(b.Coll.ID, key, func(card uint64, _ string) bool {
			if len(cards) == most {
				more = true
				return false
			}
			cards = append(cards, number(i, card))
			return true
		}))
		if more {
			break
		}
	}
	return cards, more
}

func (x *index) Record(n uint64) *dedupe.Record {
	rec, ok := x.recs[n]
	if ok {
		return rec
	}
	_, d := x.digest(n)
	if d != "" {
		rec, _ = d.Record() // one of another edition is not compared
		rec = atHome(rec, x.country)
	}
	x.recs[n] = rec
	return rec
}

// digest returns the name and digest of a card.
func (x *index) digest(n uint64) (name string, digest dedupe.Digest) {
	book, card := n>>numberBits, n&(1<<numberBits-1)
	x.check(x.snap.Digests(x.books[book].Coll.ID, []uint64{card}, func(_ uint64, called string, d dedupe.Digest) bool {
		name, digest = called, d
		return false
	}))
	return name, digest
}

// card returns the card of a number.
func (x *index) card(n uint64) Card {
	name, _ := x.digest(n)
	c, err := cardAt(x.snap, &x.books[n>>numberBits], name)
	x.check(err)
	return c
}

// counted is a Frequency that tells of some books what index does.
type counted struct {
	*dedupe.Counts
	cards int
}

func (c counted) Cards() int              { return c.cards }
func (c counted) Count(term uint64) int   { return min(c.Counts.Count(term), maxCounted) }
func (c counted) Holders(term uint64) int { return c.Counts.Holders(term) }
