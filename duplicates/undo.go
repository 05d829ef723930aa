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
	"almanac/store"
)

// An Undoing is what Undo did.
type Undoing struct {
	Merge     Merge
	Restored  []Card // the cards that came back, with the places that they have now
	Reference *Card  // the card that lost what came from them; nil when it is gone
}

// Undo takes a merge back, whenever it was and whatever came after. The cards that
// were merged away come back as they were when that merge took them, octet for octet
// and with their dead properties, less what came to them by merges that were undone
// since. They are in their books under their names, or, should those be taken, under
// free names; in the place of a book that is gone, in another of the home. The
// reference loses what came from them and keeps all edits since. Where it was merged
// into another card meanwhile, that one does, and so does the copy that is kept for
// undoing that. What later merges brought stays, also where the merge that is undone
// had brought the same.
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
	return &u.done, nil
}

// An undoPlan gathers the batch of one undo.
type undoPlan struct {
	desk  *Desk
	now   time.Time
	m     entry
	c     *content
	books []Book // of its home, that the user may write
	batch *store.Batch
	done  Undoing

	barred []Book // the others of the home

	line line
	told []*retold
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
	if err := u.bar(snap); err != nil {
		return err
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
	return u.records()
}

// bar finds the home's books in which the user may not write, any more perhaps. A merge
// that has a card there is not undone: what is left of it would be undone never.
func (u *undoPlan) bar(snap store.Snapshot) error {
	colls, err := snap.Collections(u.m.Home)
	if err != nil {
		return err
	}
	for _, c := range colls {
		if c.Kind == store.AddressBook && bookOf(u.books, c.ID) == nil {
			u.barred = append(u.barred, Book{Coll: c, Name: c.Name})
		}
	}
	if len(u.books) == 0 || slices.ContainsFunc(u.m.Sources, func(s Card) bool { return bookOf(u.barred, s.Coll) != nil }) {
		return ErrReadOnly
	}
	for _, l := range u.c.Links {
		if cards, err := cardsOf(snap, u.barred, l.Card, identity{}); err != nil || len(cards) > 0 {
			return errors.Join(err, ErrReadOnly)
		}
	}
	return nil
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

// reference takes out of the reference, or of the card that it was merged into since,
// what came with the merge. It returns that card, nil when it is gone.
func (u *undoPlan) reference(snap store.Snapshot) (*Card, error) {
	log, err := merges(snap, u.m.Home)
	if err != nil {
		return nil, err
	}
	if err := u.retell(snap, log); err != nil {
		return nil, err
	}
	c, err := u.find(snap, u.line.at.UID, u.line.at.Coll)
	if c == nil && err == nil {
		if barred, err := cardsOf(snap, u.barred, identity{Home: u.m.Home, UID: u.line.at.UID}, identity{}); err != nil || len(barred) > 0 {
			return nil, errors.Join(err, ErrReadOnly)
		}
	}
	if c == nil || err != nil {
		return nil, err
	}
	o, err := snap.Object(c.Coll, c.Name, store.WantBody)
	if err != nil {
		return nil, err
	}
	octets := u.line.is
	if !bytes.Equal(o.Body, u.line.was) {
		octets = u.without(o.Body)
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
		if i < len(u.c.Props) && len(u.c.Props[i]) > 0 {
			u.batch.Ops = append(u.batch.Ops, store.PatchProps{Target: store.OnObject, Coll: at.Coll, Name: at.Name, Set: u.c.Props[i]})
		}
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
	return at, false, fmt.Errorf("card %s/%s cannot come back while %s has its UID: delete that card, or move it to another address book, and undo again", c.Book, c.Name, owner)
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

// records notes that the merge is undone. Its octets are needed no more.
func (u *undoPlan) records() error {
	for _, r := range u.told {
		if err := u.rewrite(r.e, r.c); err != nil {
			return err
		}
	}
	m := u.m
	for i := range m.Pieces {
		u.batch.Ops = append(u.batch.Ops, store.DeleteRecord{Kind: kindOctets, Key: octetsKey(m.key, i)})
	}
	for i := range m.Sources[:(len(m.Sources)+store.MaxRecordRefs-1)/store.MaxRecordRefs] {
		u.batch.Ops = append(u.batch.Ops, store.DeleteRecord{Kind: kindFrom, Key: octetsKey(m.key, i)})
	}
	m.Undone, m.Pieces = store.Moment(u.now), 0
	u.done.Merge = *m.Merge
	u.batch.Ops = append(u.batch.Ops, u.entry(m))
	return nil
}
