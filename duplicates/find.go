package duplicates

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"almanac/dedupe"
	"almanac/store"
)

// A Group is cards that are one person or organisation.
type Group struct {
	ID         string // made of which cards it has: the same as long as these are the same
	Score      float64
	Confidence dedupe.Confidence
	Cards      []Card
	Reference  int // the card proposed to be kept
	Pairs      []dedupe.Pair
	// Mergeable tells whether all of its cards are in books of one home that the
	// user may write.
	Mergeable bool
}

// Auto reports whether all of the group could be merged unseen.
func (g *Group) Auto() bool { return g.Confidence == dedupe.Certain && g.Mergeable }

// FindOptions are for Find.
type FindOptions struct {
	Books    []string                         // names; none for all
	Progress func(what string, done, all int) // nil for none; of one goroutine at a time
	Compared func(cards int)                  // nil, or told how many cards there are
}

// Find returns the groups of duplicates in the books of a desk, the surest first.
func (d *Desk) Find(ctx context.Context, o FindOptions) ([]Group, error) {
	var groups []Group
	err := d.Store.View(ctx, func(snap store.Snapshot) error {
		books, err := d.books(snap)
		if err == nil {
			books, err = named(books, o.Books)
		}
		if err != nil {
			return err
		}
		groups, err = d.find(ctx, snap, books, o)
		return err
	})
	return groups, err
}

func (d *Desk) find(ctx context.Context, snap store.Snapshot, books []Book, o FindOptions) ([]Group, error) {
	all := countCards(books)
	defer spare(all)()
	tell := func(what string, done, all int) {
		if o.Progress != nil {
			o.Progress(what, done, all)
		}
	}
	freq := counted{&dedupe.Counts{}, all}
	recs, at, err := d.readAll(ctx, snap, books, freq.Counts, func(done int) { tell("read", done, all) })
	if err != nil {
		return nil, err
	}
	if o.Compared != nil {
		o.Compared(len(recs))
	}
	hidden, err := d.hiddenPairs(snap)
	if err != nil {
		return nil, err
	}
	where := map[place]int{}
	for i, p := range at {
		if len(hidden) > 0 { // else nobody asks
			where[p] = i
		}
	}
	mask, err := maskOf(snap, books, hidden, func(c Card) (int, bool) { i, ok := where[c.place()]; return i, ok })
	if err != nil {
		return nil, err
	}
	found := dedupe.Find(recs, dedupe.Options{
		Mask: mask, Frequency: freq,
		Progress: func(done, all int) { tell("compare", done, all) },
	})
	groups := make([]Group, 0, len(found))
	for i := range found {
		places := make([]place, len(found[i].Members))
		for j, m := range found[i].Members {
			places[j] = at[m]
		}
		g, err := groupOf(snap, books, &found[i], places)
		if err != nil {
			return nil, err
		}
		groups = append(groups, *g)
	}
	slices.SortStableFunc(groups, func(a, b Group) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
	return groups, ctx.Err()
}

// readAll returns the records of all cards and where they are, and counts them: while
// some are made of their digests, the store reads the next.
func (d *Desk) readAll(ctx context.Context, snap store.Snapshot, books []Book, counts *dedupe.Counts, tell func(done int)) (recs []*dedupe.Record, at []place, err error) {
	type digested struct {
		dedupe.Digest
		place
	}
	const some = 1000
	batches, made := make(chan []digested, 2), make(chan struct{})
	go func() {
		defer close(made)
		for batch := range batches {
			for _, x := range batch {
				if rec, err := x.Record(); err == nil {
					rec = atHome(rec, d.Country)
					recs, at = append(recs, rec), append(at, x.place)
					counts.Add(rec)
				}
			}
		}
	}()
	var batch []digested
	read := 0
	for _, b := range books {
		err = snap.Digests(b.Coll.ID, nil, func(_ uint64, name string, digest dedupe.Digest) bool {
			if batch = append(batch, digested{digest, place{b.Coll.ID, name}}); len(batch) == some {
				batches <- batch
				read += some
				tell(read)
				batch = nil
			}
			return len(batch) > 0 || ctx.Err() == nil
		})
		if err = errors.Join(err, ctx.Err()); err != nil {
			break
		}
	}
	batches <- batch
	close(batches)
	<-made
	return recs, at, err
}

// groupOf makes a group of what the engine found; places are of its members.
func groupOf(snap store.Snapshot, books []Book, m *dedupe.MatchGroup, places []place) (*Group, error) {
	g := &Group{Score: m.Score, Confidence: m.Confidence, Pairs: m.Pairs, Mergeable: true}
	h := sha256.New()
	for i, p := range places {
		b := bookOf(books, p.coll)
		c, err := cardAt(snap, b, p.name)
		if err != nil {
			return nil, fmt.Errorf("card %s/%s: %w", b.Name, p.name, err)
		}
		g.Cards = append(g.Cards, c)
		g.Mergeable = g.Mergeable && b.Writable && c.Home == g.Cards[0].Home
		if m.Members[i] == m.Reference {
			g.Reference = i
		}
	}
	names := make([]string, len(g.Cards))
	for i, c := range g.Cards {
		names[i] = fmt.Sprintf("%d %s\n", c.Coll, c.Name)
	}
	slices.Sort(names)
	for _, n := range names {
		h.Write([]byte(n))
	}
	g.ID = "g" + hex.EncodeToString(h.Sum(nil)[:5])
	return g, nil
}

// Around returns the group that one card is in, nil for none, without looking at
// cards that have nothing in common with it: see dedupe.Around for how that may
// differ from Find of all books.
func (d *Desk) Around(ctx context.Context, card Card) (g *Group, err error) {
	err = d.Store.View(ctx, func(snap store.Snapshot) error {
		books, err := d.books(snap)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(books, func(b Book) bool { return b.Coll.ID == card.Coll })
		if at < 0 {
			return fmt.Errorf("address book of %q: %w", card.Name, store.ErrNotFound)
		}
		n, err := snap.Card(card.Coll, card.Name)
		if n == 0 || err != nil {
			return err
		}
		x := newIndex(snap, books)
		x.country = d.Country
		hidden, err := d.hiddenPairs(snap)
		if err != nil {
			return err
		}
		apart := newMask(snap, books, hidden)
		m, cards, ok := dedupe.Around(x, number(at, n), func(a, b uint64) bool {
			return len(hidden) > 0 && apart.between(x.card(a), x.card(b))
		})
		if err := errors.Join(x.err, apart.err); err != nil || !ok {
			return err
		}
		places := make([]place, len(m.Members))
		for i, member := range m.Members {
			name, _ := x.digest(cards[member])
			places[i] = place{books[cards[member]>>numberBits].Coll.ID, name}
		}
		g, err = groupOf(snap, books, &m, places)
		return err
	})
	return g, err
}

// Group returns the group of that ID, as Find of all books has it.
func (d *Desk) Group(ctx context.Context, id string, progress func(what string, done, all int)) (*Group, error) {
	groups, err := d.Find(ctx, FindOptions{Progress: progress})
	if err != nil {
		return nil, err
	}
	for i := range groups {
		if groups[i].ID == id {
			return &groups[i], nil
		}
	}
	return nil, fmt.Errorf("group %q: %w", id, store.ErrNotFound)
}
