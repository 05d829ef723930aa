package duplicates

import (
	"bytes"
	"slices"

	"almanac/dedupe/merge"
	"almanac/store"
)

// links has other cards name the cards that come back, where they name the reference
// only for them. Who was taken out of a group meanwhile stays out.
func (u *undoPlan) links(snap store.Snapshot, holder *Card) error {
	if holder == nil || len(u.c.Links) == 0 {
		return nil
	}
	type change struct{ drop, add []merge.Link }
	changes := map[string]*change{}
	cards := map[string]identity{}
	to := merge.PlainUID(holder.UID)
	for _, l := range u.c.Links {
		key := l.Card.text()
		if changes[key] == nil {
			changes[key], cards[key] = &change{}, l.Card
		}
		ch := changes[key]
		ch.add = append(ch.add, l.Link)
		alone, err := u.alone(snap, l)
		if err != nil {
			return err
		}
		if alone {
			ch.drop = append(ch.drop, merge.Link{UID: to, Kind: l.Link.Kind})
		}
	}
	for _, key := range sortedKeys(changes) {
		now, err := cardsOf(snap, u.books, cards[key], identity{})
		if err != nil {
			return err
		}
		if len(now) == 0 || now[0].place() == holder.place() {
			continue
		}
		c, ch := now[0], changes[key]
		o, err := snap.Object(c.Coll, c.Name, store.WantBody)
		if err != nil {
			return err
		}
		links, err := merge.Links(o.Body)
		if err != nil {
			continue
		}
		named := func(l merge.Link) bool {
			return slices.ContainsFunc(links, func(n merge.Link) bool { return n.UID == to && n.Kind == l.Kind })
		}
		ch.add = slices.DeleteFunc(ch.add, func(l merge.Link) bool { return !named(l) })
		octets, err := merge.Unlink(o.Body, ch.drop, ch.add)
		if err != nil || bytes.Equal(octets, o.Body) {
			continue
		}
		x, err := store.IndexOf(store.AddressBook, octets)
		if err != nil {
			continue
		}
		u.batch.Pre = append(u.batch.Pre, store.ETagIs{Coll: c.Coll, Name: c.Name, ETags: []string{o.ETag}})
		u.batch.Ops = append(u.batch.Ops, store.PutObject{Coll: c.Coll, Name: c.Name, Body: octets, Index: x})
	}
	return nil
}

// alone tells whether a card names the holder for nothing but a link that the merge
// changed. Merges that took the reference along are told without what they changed of
// it for the same reason.
func (u *undoPlan) alone(snap store.Snapshot, l linkChange) (bool, error) {
	same := func(o linkChange) bool { return o.Card.is(l.Card) && o.Link.Kind == l.Link.Kind }
	at, by, native := u.m.Reference.UID, u.m.key, l.Native
	hops := slices.DeleteFunc(slices.Clone(u.told), func(r *retold) bool { return r.source < 0 })
	for {
		if native {
			return false, nil
		}
		others, err := mergesInto(snap, u.m.Home, at)
		if err != nil {
			return false, err
		}
		for _, e := range others {
			if e.key == by || e.key == u.m.key {
				continue
			}
			c, err := unpack(snap, e.key, e.Merge)
			if err != nil {
				return false, err
			}
			if slices.ContainsFunc(c.Links, same) {
				return false, nil
			}
		}
		if len(hops) == 0 {
			return true, nil
		}
		hop := hops[0]
		i := slices.IndexFunc(hop.c.Links, func(o linkChange) bool { return same(o) && o.Link.UID == merge.PlainUID(at) })
		if i < 0 {
			return false, nil
		}
		native = hop.c.Links[i].Native
		hop.c.Links = slices.Delete(slices.Clone(hop.c.Links), i, i+1)
		if slices.ContainsFunc(hop.c.Links, same) {
			return false, nil
		}
		at, by, hops = hop.e.Reference.UID, hop.e.key, hops[1:]
	}
}
