package duplicates

import (
	"slices"
	"strings"

	"almanac/dedupe"
	"almanac/dedupe/merge"
	"almanac/store"
)

// naming returns the cards in the books of a home that may name one of some UIDs, in
// order: the members of groups, and related people. The user may write these books.
func naming(snap store.Snapshot, books []Book, home store.HomeID, uids []string) ([]place, error) {
	var out []place
	for _, b := range books {
		if b.Coll.Home != home || !b.Writable {
			continue
		}
		var cards []uint64
		for _, uid := range uids {
			err := snap.Sharing(b.Coll.ID, merge.LinkKey(uid), func(card uint64, _ string) bool {
				cards = append(cards, card)
				return true
			})
			if err != nil {
				return nil, err
			}
		}
		if len(cards) == 0 {
			continue
		}
		slices.Sort(cards)
		err := snap.Digests(b.Coll.ID, slices.Compact(cards), func(_ uint64, name string, _ dedupe.Digest) bool {
			out = append(out, place{b.Coll.ID, strings.Clone(name)})
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// activeLinks returns the links that merges into a card have changed and that are
// not undone.
func (d *Desk) activeLinks(snap store.Snapshot, home store.HomeID, uid string) ([]linkChange, error) {
	log, err := mergesInto(snap, home, uid)
	if err != nil {
		return nil, err
	}
	var all []linkChange
	for _, m := range log {
		c, err := unpack(snap, m.key, m.Merge)
		if err != nil {
			return nil, err
		}
		all = append(all, c.Links...)
	}
	return all, nil
}
