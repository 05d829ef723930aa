package duplicates

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"almanac/store"
)

// said reads which pairs a user has said not to be the same, by ID.
func (d *Desk) said(snap store.Snapshot, user store.HomeID) (map[string]*hiddenRecord, error) {
	all := map[string]*hiddenRecord{}
	prefix := homeKey(user)
	var failed error
	err := snap.Records(kindHidden, prefix, "", func(r *store.Record) bool {
		h := new(hiddenRecord)
		if failed = json.Unmarshal(r.Value, h); failed != nil {
			return false
		}
		all[strings.Clone(r.Key[len(prefix):])] = h
		return true
	})
	if err = errors.Join(err, failed); err != nil {
		return nil, err
	}
	for id, h := range all {
		holds, err := d.holds(snap, h)
		if err != nil {
			return nil, err
		}
		if !holds {
			delete(all, id)
		}
	}
	return all, nil
}

// holds reports whether somebody has said that a pair is hidden, or, of what earlier
// builds kept, a merge that it follows from is not undone.
func (d *Desk) holds(snap store.Snapshot, h *hiddenRecord) (bool, error) {
	for _, id := range h.Merges {
		if h.Said {
			break
		}
		_, key, err := d.key(id)
		if err != nil {
			continue
		}
		m, err := mergeAt(snap, key)
		if err != nil {
			return false, err
		}
		if m != nil && m.Undone.IsZero() {
			return true, nil
		}
	}
	return h.Said, nil
}

// hiddenPairs reads the pairs that hold at a desk: what the user has said, and, of
// their own cards, the owners of the books that are shared with the user.
func (d *Desk) hiddenPairs(snap store.Snapshot) (pairs []*hiddenRecord, err error) {
	homes, err := d.homes(snap)
	if err != nil {
		return nil, err
	}
	for _, home := range homes {
		said, err := d.said(snap, home)
		if err != nil {
			return nil, err
		}
		for _, id := range sortedKeys(said) {
			if h := said[id]; home == d.Who.Home || h.A.Home == home && h.B.Home == home {
				pairs = append(pairs, h)
			}
		}
	}
	return pairs, nil
}

// maskOf returns the hidden pairs of cards for which at has a number.
func maskOf[N comparable](snap store.Snapshot, books []Book, hidden []*hiddenRecord, at func(Card) (N, bool)) ([][2]N, error) {
	var mask [][2]N
	for _, h := range hidden {
		as, err := holders(snap, books, h.A, h.B)
		if err != nil {
			return nil, err
		}
		bs, err := holders(snap, books, h.B, h.A)
		if err != nil {
			return nil, err
		}
		for _, a := range as {
			for _, b := range bs {
				i, have := at(a)
				j, also := at(b)
				if have && also && i != j {
					mask = append(mask, [2]N{i, j})
				}
			}
		}
	}
	return mask, nil
}

// cardsOf returns the cards in books that an identity is of. A card that was known
// by its book too, because another had its UID, may have moved since: when it is
// not in its book any more, it is whichever of that UID is not the other one.
func cardsOf(snap store.Snapshot, books []Book, id, other identity) (cards []Card, err error) {
	for i := range books {
		b := &books[i]
		if b.Coll.Home != id.Home {
			continue
		}
		name := id.Name
		if id.UID != "" {
			name, err = snap.ByUID(b.Coll.ID, id.UID)
		}
		if id.UID == "" && b.Coll.ID != id.Coll || errors.Is(err, store.ErrNotFound) {
			continue
		} else if err != nil {
			return nil, err
		}
		c, err := cardAt(snap, b, name)
		if errors.Is(err, store.ErrNotFound) {
			continue
		} else if err != nil {
			return nil, err
		}
		if c.Coll == id.Coll {
			return []Card{c}, nil
		}
		if c.UID == other.UID && c.Coll == other.Coll {
			continue
		}
		cards = append(cards, c)
	}
	return cards, nil
}

// maxHolders is how many cards one card can have been merged into, one after the other
// or written again each time, of which those that have it are sought.
const maxHolders = 1000

// holders returns the cards that an identity is of, and those that have it since merges
// that hold, whoever merged: what is not the same as a card is not the same as these.
func holders(snap store.Snapshot, books []Book, id, other identity) (cards []Card, err error) {
	queue := []identity{id}
	for i := 0; i < len(queue) && i < maxHolders; i++ {
		there, err := cardsOf(snap, books, queue[i], other)
		if err != nil {
			return nil, err
		}
		for _, c := range there {
			if !slices.ContainsFunc(cards, func(o Card) bool { return o.place() == c.place() }) {
				cards = append(cards, c)
			}
		}
		into, err := takenBy(snap, queue[i], other, slices.ContainsFunc(there, func(c Card) bool { return c.Coll == queue[i].Coll }))
		if err != nil {
			return nil, err
		}
		for _, next := range into {
			if !slices.Contains(queue, next) {
				queue = append(queue, next)
			}
		}
	}
	return cards, nil
}

// takenBy returns the cards that an identity was merged into by merges that hold. there
// tells that it is in its book all the same, when the book is part of it.
func takenBy(snap store.Snapshot, id, other identity, there bool) (into []identity, err error) {
	var keys []string
	err = snap.Referring(kindFrom, fromRef(id), func(r *store.Record) bool {
		keys = append(keys, string(r.Value))
		return true
	})
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		m, err := mergeAt(snap, key)
		if err != nil {
			return nil, err
		}
		if m == nil || !m.Undone.IsZero() {
			continue
		}
		took := slices.ContainsFunc(m.Sources, func(s Card) bool {
			switch {
			case s.UID != id.UID:
				return false
			case id.UID == "":
				return s.Coll == id.Coll && s.Name == id.Name
			case id.Coll == 0 || s.Coll == id.Coll:
				return true
			}
			return !there && (other.UID != id.UID || other.Coll != s.Coll) // it has moved
		})
		if took {
			into = append(into, identity{Home: m.Home, UID: m.Reference.UID})
		}
	}
	return into, nil
}

// fromRef is the ref by which the merges are found that took a card away.
func fromRef(id identity) string {
	if id.UID != "" {
		return intoRef(id.Home, id.UID)
	}
	return intoRef(id.Home, fmt.Sprintf("\x00%d\x00%s", id.Coll, id.Name))
}

// fromRecords are the records by which a merge is found by its sources.
func fromRecords(key string, sources []identity) (ops []store.Op) {
	for some := range slices.Chunk(sources, store.MaxRecordRefs) {
		r := store.Record{Kind: kindFrom, Key: octetsKey(key, len(ops)), Value: []byte(key)}
		for _, id := range some {
			r.Refs = append(r.Refs, fromRef(id))
		}
		ops = append(ops, store.PutRecord{Record: r})
	}
	return ops
}

// A mask tells of two cards whether they are hidden from each other, in time that does
// not grow with how many pairs are hidden, but for reading these.
type mask struct {
	snap   store.Snapshot
	books  []Book
	naming map[string][]*hiddenRecord // by fromRef of either card
	of     map[place][]*hiddenRecord  // what names a card, or one that it has
	err    error                      // the first that was met
}

func newMask(snap store.Snapshot, books []Book, hidden []*hiddenRecord) *mask {
	k := &mask{snap: snap, books: books, naming: map[string][]*hiddenRecord{}, of: map[place][]*hiddenRecord{}}
	for _, h := range hidden {
		for _, id := range []identity{h.A, h.B} {
			k.naming[fromRef(id)] = append(k.naming[fromRef(id)], h)
		}
	}
	return k
}

// between reports whether cards are hidden from each other.
func (k *mask) between(a, b Card) bool {
	var both []*hiddenRecord
	for _, h := range k.about(a) {
		if slices.Contains(k.about(b), h) {
			both = append(both, h)
		}
	}
	pairs, err := maskOf(k.snap, k.books, both, func(c Card) (place, bool) {
		return c.place(), c.place() == a.place() || c.place() == b.place()
	})
	k.err = cmp.Or(k.err, err)
	return len(pairs) > 0
}

// about returns the pairs that may name a card, or one that was merged into it.
func (k *mask) about(c Card) (pairs []*hiddenRecord) {
	if pairs, ok := k.of[c.place()]; ok {
		return pairs
	}
	refs := []string{fromRef(identity{Home: c.Home, UID: c.UID}), fromRef(identity{Home: c.Home, Coll: c.Coll, Name: c.Name})}
	uids := []string{c.UID}
	for i := 0; i < len(uids) && i < maxHolders; i++ {
		into, err := mergesInto(k.snap, c.Home, uids[i])
		k.err = cmp.Or(k.err, err)
		for _, e := range into {
			for _, s := range e.Sources {
				refs = append(refs, fromRef(identity{Home: s.Home, UID: s.UID, Coll: s.Coll, Name: s.Name}))
				if s.UID != "" && !slices.Contains(uids, s.UID) {
					uids = append(uids, s.UID)
				}
			}
		}
	}
	slices.Sort(refs)
	for _, ref := range slices.Compact(refs) {
		pairs = append(pairs, k.naming[ref]...)
	}
	k.of[c.place()] = pairs
	return pairs
}
