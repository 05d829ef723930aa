package duplicates

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/account"
	"almanac/dedupe/merge"
	"almanac/store"
	"almanac/vcard"
)

// An Undoing is what Undo did.
type Undoing struct {
	Merge     Merge
	Restored  []Card // the cards that came back, with the places that they have now
	Reference *Card  // the card that lost what came from them; nil when it is gone
}

// Undo takes a merge back, whenever it was and whatever came after. The cards that
// were merged away come back as they were when that merge took them, octet for octet,
// in their books under their names, or, should those be taken, under free names; in
// the place of a book that is gone, in another of the home. The reference loses what
// came from them and keeps all edits since. Where it was merged into another card
// meanwhile, that one does. What later merges brought into it stays, also where the
// merge that is undone had brought the same.
func (d *Desk) Undo(ctx context.Context, id string, now time.Time) (*Undoing, error) {
	u := &undoPlan{desk: d, now: now}
	err := d.Store.View(ctx, func(snap store.Snapshot) error { return u.read(snap, id) })
	if err != nil {
		return nil, err
	}
	if _, err := account.Apply(ctx, d.Store, u.batch); err != nil {
		var failed *store.PreconditionError
		if errors.As(err, &failed) {
			return nil, ErrChanged
		}
		return nil, err
	}
	if len(u.after) > 0 {
		if _, err := account.Apply(ctx, d.Store, &store.Batch{Home: d.Who.Home, By: d.By, At: now, Ops: u.after}); err != nil {
			return &u.done, err
		}
	}
	return &u.done, nil
}

// An undoPlan gathers the batch of one undo.
type undoPlan struct {
	desk  *Desk
	now   time.Time
	m     entry
	c     *content
	books []Book
	batch *store.Batch
	after []store.Op
	done  Undoing
}

func (u *undoPlan) read(snap store.Snapshot, id string) (err error) {
	d := u.desk
	home, key, err := d.key(id)
	if err != nil {
		return err
	}
	r, err := snap.Record(kindMerge, key)
	if errors.Is(err, store.ErrNotFound) || err == nil && r.Home != home {
		return fmt.Errorf("merge %q: %w", id, store.ErrNotFound)
	} else if err != nil {
		return err
	}
	u.m = entry{new(Merge), key, r.Value}
	if err := json.Unmarshal(r.Value, u.m.Merge); err != nil {
		return fmt.Errorf("merge %q: %w", id, err)
	}
	if u.m.User != d.Who.Home && home != d.Who.Home {
		return fmt.Errorf("merge %q: %w", id, store.ErrNotFound)
	}
	if !u.m.Undone.IsZero() {
		return ErrUndone
	}
	if u.c, err = unpack(snap, key, u.m.Merge); err != nil {
		return err
	}
	if u.books, err = d.books(snap); err != nil {
		return err
	}
	u.books = slices.DeleteFunc(u.books, func(b Book) bool { return b.Coll.Home != home || !b.Writable })
	if len(u.books) == 0 {
		return ErrReadOnly
	}
	u.batch = &store.Batch{Home: home, By: d.By, At: u.now, Pre: []store.Pre{store.RecordIs{Kind: kindMerge, Key: key, Value: r.Value}}}
	holder, err := u.reference(snap)
	if err != nil {
		return err
	}
	if err := u.sources(snap); err != nil {
		return err
	}
	if err := u.links(snap, holder); err != nil {
		return err
	}
	return u.records(snap)
}

// find returns the card of a UID in the home's books, best in a certain one; nil for
// none.
func (u *undoPlan) find(snap store.Snapshot, uid string, coll store.CollID) (*Card, error) {
	var found *Card
	for i := range u.books {
		b := &u.books[i]
		name, err := snap.ByUID(b.Coll.ID, uid)
		if errors.Is(err, store.ErrNotFound) {
			continue
		} else if err != nil {
			return nil, err
		}
		c, err := cardAt(snap, b, name)
		if err != nil {
			return nil, err
		}
		if found == nil || c.Coll == coll {
			found = &c
		}
	}
	return found, nil
}

// holder returns the card that has what was merged: the reference, or the one that
// it was merged into since, and by which merges it came there; nil when it is gone.
func (u *undoPlan) holder(snap store.Snapshot) (c *Card, hops []entry, err error) {
	log, err := merges(snap, u.m.Home)
	if err != nil {
		return nil, nil, err
	}
	at := u.m.Reference
	for range len(log) + 1 {
		c, err := u.find(snap, at.UID, at.Coll)
		if c != nil || err != nil {
			return c, hops, err
		}
		next := slices.IndexFunc(log, func(e entry) bool {
			return e.Undone.IsZero() && e.key > u.m.key && slices.ContainsFunc(e.Sources, func(s Card) bool { return s.UID == at.UID })
		})
		if next < 0 {
			return nil, nil, nil
		}
		hops = append(hops, log[next])
		at = log[next].Reference
	}
	return nil, nil, nil
}

// reference takes out of the reference what came with the merge.
func (u *undoPlan) reference(snap store.Snapshot) (*Card, error) {
	c, hops, err := u.holder(snap)
	if c == nil || err != nil {
		return nil, err
	}
	o, err := snap.Object(c.Coll, c.Name, store.WantBody)
	if err != nil {
		return nil, err
	}
	octets, err := u.without(snap, c, hops, o.Body)
	if err != nil {
		return nil, err
	}
	u.batch.Pre = append(u.batch.Pre, store.ETagIs{Coll: c.Coll, Name: c.Name, ETags: []string{o.ETag}})
	if !bytes.Equal(octets, o.Body) {
		x, err := store.IndexOf(store.AddressBook, octets)
		if err != nil {
			return nil, err
		}
		u.batch.Ops = append(u.batch.Ops, store.PutObject{Coll: c.Coll, Name: c.Name, Body: octets, Index: x})
		c.ETag = store.ETagOf(octets)
	}
	u.done.Reference = c
	return c, nil
}

// without returns the card that has the reference as it is to be after the undo.
// Merges into the reference that came later are told of as if this one had never been:
// so each of them can be undone after it.
func (u *undoPlan) without(snap store.Snapshot, c *Card, hops []entry, now []byte) ([]byte, error) {
	back := func(octets []byte) ([]byte, error) {
		out, _, err := merge.Unmerge(u.c.Before, u.c.Merged, octets, u.c.Sources)
		if err == nil {
			_, err = vcard.Validate(out, 0)
		}
		return out, err
	}
	octets, err := back(now)
	if err != nil {
		return now, nil // what somebody made of it cannot be taken apart: it stays
	}
	// What others have brought too stays, or was the card's own all along.
	keep := func(cards [][]byte) {
		again, err := merge.Keep(now, octets, cards)
		if err == nil {
			_, err = vcard.Validate(again, 0)
		}
		if err == nil {
			octets = again
		}
	}
	through := map[string]bool{u.m.key: true}
	for _, e := range hops {
		through[e.key] = true
		hop, err := unpack(snap, e.key, e.Merge)
		if err != nil {
			return nil, err
		}
		keep([][]byte{hop.Before})
		for i, s := range e.Sources {
			if s.UID != u.m.Reference.UID {
				keep(hop.Sources[i : i+1])
			}
		}
	}
	others, err := mergesInto(snap, u.m.Home, u.m.Reference.UID)
	if err == nil && c.UID != u.m.Reference.UID {
		var more []entry
		more, err = mergesInto(snap, u.m.Home, c.UID)
		others = append(others, more...)
	}
	if err != nil {
		return nil, err
	}
	for _, e := range others {
		if through[e.key] {
			continue
		}
		other, err := unpack(snap, e.key, e.Merge)
		if err != nil {
			return nil, err
		}
		keep(other.Sources)
		if e.key < u.m.key || e.Reference.UID != u.m.Reference.UID {
			continue
		}
		before, err := back(other.Before)
		if err != nil {
			continue
		}
		merged, _, err := merge.Merge(before, other.Sources, merge.Options{Revision: e.At})
		if err != nil {
			continue
		}
		other.Before, other.Merged = before, merged
		if err := u.rewrite(e, other); err != nil {
			return nil, err
		}
	}
	return octets, nil
}

// rewrite keeps other octets of a merge.
func (u *undoPlan) rewrite(e entry, c *content) error {
	was := e.Pieces
	pieces, err := pack(e.key, e.Merge, c)
	if err != nil {
		return err
	}
	for i := e.Pieces; i < was; i++ {
		pieces = append(pieces, store.DeleteRecord{Kind: kindOctets, Key: octetsKey(e.key, i)})
	}
	u.batch.Pre = append(u.batch.Pre, store.RecordIs{Kind: kindMerge, Key: e.key, Value: e.raw})
	u.batch.Ops = append(append(u.batch.Ops, u.entry(e)), pieces...)
	return nil
}

// entry is the operation that keeps an entry of the log.
func (u *undoPlan) entry(e entry) store.Op {
	r := recordOf(kindMerge, e.key, e.Merge)
	r.Refs = []string{intoRef(e.Home, e.Reference.UID)}
	return store.PutRecord{Record: r}
}

// sources brings the cards back.
func (u *undoPlan) sources(snap store.Snapshot) error {
	taken := map[place]bool{}
	for i, c := range u.m.Sources {
		octets := u.c.Sources[i]
		x, err := store.IndexOf(store.AddressBook, octets)
		if err != nil {
			return fmt.Errorf("card %s/%s: %w", c.Book, c.Name, err)
		}
		at, there, err := u.room(snap, c, x.UID, octets, taken)
		if err != nil {
			return err
		}
		taken[place{at.Coll, at.Name}], taken[place{at.Coll, "\x00" + x.UID}] = true, true
		at.UID, at.ETag = x.UID, store.ETagOf(octets)
		u.done.Restored = append(u.done.Restored, at)
		if there {
			continue
		}
		u.batch.Pre = append(u.batch.Pre, store.ETagIsNot{Coll: at.Coll, Name: at.Name})
		u.batch.Ops = append(u.batch.Ops, store.PutObject{Coll: at.Coll, Name: at.Name, Body: bytes.Clone(octets), Index: x})
	}
	return nil
}

// room finds a place for a card: in its book if that is there, under its name if that
// is free. there tells that the very card is there already.
func (u *undoPlan) room(snap store.Snapshot, c Card, uid string, octets []byte, taken map[place]bool) (at Card, there bool, err error) {
	order := slices.Clone(u.books)
	slices.SortStableFunc(order, func(a, b Book) int {
		rank := func(b Book) int {
			switch b.Coll.ID {
			case c.Coll:
				return 0
			case u.m.Reference.Coll:
				return 1
			}
			return 2
		}
		return rank(a) - rank(b)
	})
	var owner string
	for _, b := range order {
		if uid != "" {
			name, err := snap.ByUID(b.Coll.ID, uid)
			if err == nil {
				o, err := snap.Object(b.Coll.ID, name, store.WantBody)
				if err != nil {
					return at, false, err
				}
				if bytes.Equal(o.Body, octets) {
					return Card{Home: b.Coll.Home, Coll: b.Coll.ID, Book: b.Name, Name: name}, true, nil
				}
				owner = b.Name + "/" + name
				continue
			} else if !errors.Is(err, store.ErrNotFound) {
				return at, false, err
			}
		}
		if uid != "" && taken[place{b.Coll.ID, "\x00" + uid}] {
			continue
		}
		name, err := u.freeName(snap, b.Coll.ID, c.Name, taken)
		return Card{Home: b.Coll.Home, Coll: b.Coll.ID, Book: b.Name, Name: name}, false, err
	}
	return at, false, fmt.Errorf("card %s/%s cannot come back: %s has its UID now", c.Book, c.Name, owner)
}

// freeName is a name like another that no member has.
func (u *undoPlan) freeName(snap store.Snapshot, coll store.CollID, name string, taken map[place]bool) (string, error) {
	base, ext := name, ""
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		base, ext = name[:i], name[i:]
	}
	if most := store.MaxName - len(ext) - 8; len(base) > most {
		base = strings.ToValidUTF8(base[:most], "")
	}
	for n := 1; ; n++ {
		if !taken[place{coll, name}] {
			_, err := snap.Object(coll, name, store.WantMeta)
			if errors.Is(err, store.ErrNotFound) {
				return name, nil
			} else if err != nil {
				return "", err
			}
		}
		name = fmt.Sprintf("%s-%d%s", base, n, ext)
	}
}

// links has other cards name the cards that come back, where they name the reference
// only for them. Who was taken out of a group meanwhile stays out.
func (u *undoPlan) links(snap store.Snapshot, holder *Card) error {
	if holder == nil || len(u.c.Links) == 0 {
		return nil
	}
	others, err := mergesInto(snap, u.m.Home, u.m.Reference.UID)
	if err != nil {
		return err
	}
	var still []linkChange // of other merges that hold
	for _, e := range others {
		if e.key == u.m.key {
			continue
		}
		c, err := unpack(snap, e.key, e.Merge)
		if err != nil {
			return err
		}
		still = append(still, c.Links...)
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
		if !l.Native && !slices.ContainsFunc(still, func(s linkChange) bool { return s.Card.is(l.Card) && s.Link.Kind == l.Link.Kind }) {
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

// records notes that the merge is undone. Its octets are needed no more.
func (u *undoPlan) records(snap store.Snapshot) error {
	m := u.m
	for i := range m.Pieces {
		u.batch.Ops = append(u.batch.Ops, store.DeleteRecord{Kind: kindOctets, Key: octetsKey(m.key, i)})
	}
	m.Undone, m.Pieces = store.Moment(u.now), 0
	u.done.Merge = *m.Merge
	u.batch.Ops = append(u.batch.Ops, u.entry(m))
	hidden, err := u.desk.hiddenPairs(snap)
	if err != nil {
		return err
	}
	back := u.desk.giveBack(hidden, m.ID)
	if m.Home == u.desk.Who.Home {
		u.batch.Ops = append(u.batch.Ops, back...)
	} else {
		u.after = back
	}
	return nil
}
