package duplicates_test

import (
	"errors"
	"testing"

	"almanac/account"
	"almanac/duplicates"
	"almanac/store"
	"almanac/store/storetest"
)

// A club is bert's home, of which ann may write one of two books, and bert at his desk.
type club struct {
	*room
	bert        *duplicates.Desk
	home        store.HomeID
	open, close store.CollID // the book that ann may write, and the one that she does not see
}

func newClub(t *testing.T) *club {
	r := newRoom(t, "private")
	res := r.apply(0, store.CreateHome{Home: store.Home{Name: "bert"}},
		store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: "club"}},
		store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: "own"}})
	c := &club{room: r, home: res.Ops[0].Home, open: res.Ops[1].Coll, close: res.Ops[2].Coll}
	c.bert = &duplicates.Desk{Store: r.st, Who: account.Identity{Home: c.home, Name: "bert"}, By: "test"}
	r.books["club"], r.books["own"] = c.open, c.close
	c.write(c.open, "a.vcf", robert)
	c.write(c.open, "b.vcf", bob)
	c.write(c.open, "c.vcf", rob)
	share(t, r, c.home, c.open, account.ShareWrite)
	return c
}

func (c *club) write(coll store.CollID, name, text string) {
	c.apply(c.home, storetest.Put(store.AddressBook, coll, name, []byte(text)))
}

// of is a card of the open book as somebody sees it.
func (c *club) of(d *duplicates.Desk, name string) duplicates.Card {
	c.Helper()
	path := "club@bert/" + name
	if d == c.bert {
		path = "club/" + name
	}
	card, err := d.Resolve(c.ctx, path)
	if err != nil {
		c.Fatalf("%v", err)
	}
	return card
}

// apart sees that nobody is shown two UIDs in one group.
func (c *club) apart(when, a, b string, desks ...*duplicates.Desk) {
	c.Helper()
	for _, d := range desks {
		groups, err := d.Find(c.ctx, duplicates.FindOptions{})
		if err != nil {
			c.Fatalf("%v", err)
		}
		for _, g := range groups {
			if together(&g, a, b) {
				c.Errorf("%s %s sees %v", when, d.Who.Name, paths(g.Cards))
			}
			for _, card := range g.Cards {
				if g, err := d.Around(c.ctx, card); err != nil || g != nil && together(g, a, b) {
					c.Errorf("%s %s sees around %s: %v, %v", when, d.Who.Name, card.UID, g, err)
				}
			}
		}
	}
}

// TestHiddenByTheOwner: what the owner says of cards in a book holds for those who
// share it, and whoever merges.
func TestHiddenByTheOwner(t *testing.T) {
	c := newClub(t)
	if err := c.bert.Hide(c.ctx, []duplicates.Card{c.of(c.bert, "a.vcf"), c.of(c.bert, "b.vcf")}, c.now); err != nil {
		t.Fatal(err)
	}
	c.apart("hidden by bert", "u1", "u2", c.bert, c.Desk)
	if _, err := c.Merge(c.ctx, c.of(c.Desk, "a.vcf"), []duplicates.Card{c.of(c.Desk, "b.vcf")}, c.now); !errors.Is(err, duplicates.ErrHidden) {
		t.Errorf("ann merges what bert has hidden: %v", err)
	}
	if hidden, err := c.Hidden(c.ctx); err != nil || len(hidden) != 0 {
		t.Errorf("ann's list has %v (%v)", hidden, err)
	}
	m, err := c.Merge(c.ctx, c.of(c.Desk, "c.vcf"), []duplicates.Card{c.of(c.Desk, "b.vcf")}, c.now)
	if err != nil {
		t.Fatal(err)
	}
	c.apart("merged by ann", "u1", "u3", c.bert, c.Desk)
	if _, err := c.bert.Merge(c.ctx, c.of(c.bert, "a.vcf"), []duplicates.Card{c.of(c.bert, "c.vcf")}, c.now); !errors.Is(err, duplicates.ErrHidden) {
		t.Errorf("bert merges the card that has the one: %v", err)
	}
	hidden, err := c.bert.Hidden(c.ctx)
	if err != nil || len(hidden) != 1 || !hidden[0].There[0] || !hidden[0].There[1] {
		t.Fatalf("bert's list has %+v (%v)", hidden, err)
	}
	if _, err := c.bert.Undo(c.ctx, "1", c.now); err != nil {
		t.Fatalf("undo of %s: %v", m.ID, err)
	}
	c.apart("undone", "u1", "u2", c.bert, c.Desk)
	if g, err := c.Around(c.ctx, c.of(c.Desk, "c.vcf")); err != nil || g == nil {
		t.Errorf("around c there is nothing (%v)", err)
	}
	if err := c.bert.Unhide(c.ctx, hidden[0].ID, c.now); err != nil {
		t.Fatal(err)
	}
	if g, err := c.Around(c.ctx, c.of(c.Desk, "c.vcf")); err != nil || g == nil || len(g.Cards) != 3 {
		t.Errorf("taken back, around c there is %v (%v)", g, err)
	}
}

// TestHiddenByAnother: what one who shares a book has said holds for her when the owner
// merges, and when what was merged is merged on.
func TestHiddenByAnother(t *testing.T) {
	c := newClub(t)
	c.write(c.open, "d.vcf", card("u5", "N:Example;Robert;;;", "FN:Robert Example", "EMAIL:robert@example.org", "TEL:+41790000001"))
	if err := c.Hide(c.ctx, []duplicates.Card{c.of(c.Desk, "a.vcf"), c.of(c.Desk, "b.vcf")}, c.now); err != nil {
		t.Fatal(err)
	}
	merge := func(into, from string) {
		t.Helper()
		if _, err := c.bert.Merge(c.ctx, c.of(c.bert, into), []duplicates.Card{c.of(c.bert, from)}, c.now); err != nil {
			t.Fatal(err)
		}
	}
	merge("c.vcf", "b.vcf")
	c.apart("merged by bert", "u1", "u3", c.Desk)
	merge("d.vcf", "c.vcf")
	c.apart("merged on", "u1", "u5", c.Desk)
	c.write(c.open, "b.vcf", bob) // a phone writes it again
	c.apart("written again", "u1", "u5", c.Desk)
	c.apart("written again", "u1", "u2", c.Desk)
}

// TestUndoWithoutTheRight: who may not write any more undoes nothing, not in part.
func TestUndoWithoutTheRight(t *testing.T) {
	c := newClub(t)
	share(t, c.room, c.home, c.close, account.ShareWrite)
	ref, err := c.Resolve(c.ctx, "own@bert/r.vcf")
	if err == nil {
		t.Fatal("there is a card")
	}
	c.write(c.close, "r.vcf", card("u9", "N:Example;Robert;;;", "FN:Robert Example"))
	if ref, err = c.Resolve(c.ctx, "own@bert/r.vcf"); err != nil {
		t.Fatal(err)
	}
	m, err := c.Merge(c.ctx, ref, []duplicates.Card{c.of(c.Desk, "b.vcf")}, c.now)
	if err != nil {
		t.Fatal(err)
	}
	merged := c.all()
	share(t, c.room, c.home, c.close, account.ShareRead)
	if _, err := c.Undo(c.ctx, m.ID, c.now); !errors.Is(err, duplicates.ErrReadOnly) {
		t.Errorf("undo where the reference may only be read: %v", err)
	}
	c.expect(merged)
	share(t, c.room, c.home, c.close, account.ShareWrite)
	share(t, c.room, c.home, c.open, account.ShareRead)
	if _, err := c.Undo(c.ctx, m.ID, c.now); !errors.Is(err, duplicates.ErrReadOnly) {
		t.Errorf("undo where the source's book may only be read: %v", err)
	}
	c.expect(merged)
	if _, err := c.bert.Undo(c.ctx, "1", c.now); err != nil {
		t.Error(err)
	}
}

// TestHiddenOfEarlierBuilds: these kept with a merge what followed from it.
func TestHiddenOfEarlierBuilds(t *testing.T) {
	r := newRoom(t, "private")
	r.put("private/a.vcf", robert)
	r.put("private/b.vcf", bob)
	r.put("private/c.vcf", rob)
	r.merge("private/c.vcf", "private/b.vcf")
	r.apply(1, store.PutRecord{Record: store.Record{Kind: "dup-hidden", Key: "0000000000000001/h0123456789ab",
		Value: []byte(`{"A":{"Home":1,"UID":"u3"},"B":{"Home":1,"UID":"u1"},"Said":false,"Merges":["1"]}`)}})
	if g := r.find(); len(g) != 0 {
		t.Errorf("while the merge holds there is %v", paths(g[0].Cards))
	}
	r.undo("1")
	if g := r.find(); len(g) != 1 || len(g[0].Cards) != 3 {
		t.Errorf("undone, there is %+v", g)
	}
	if hidden, err := r.Hidden(r.ctx); err != nil || len(hidden) != 0 {
		t.Errorf("undone, hidden are %+v (%v)", hidden, err)
	}
}
