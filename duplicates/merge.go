package duplicates

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"almanac/account"
	"almanac/dedupe/merge"
	"almanac/store"
)

// maxCards is how many cards one merge takes: so one entry of the log and one batch
// stay small. More are merged in several (PlanOf).
const maxCards = 100

// A Showing is what a merge of some cards would do.
type Showing struct {
	Reference Card
	Others    []Card
	Names     []string // what the cards say their names are, the reference first
	Report    *merge.Report
	Merged    []byte
}

// Show tells what merging cards into a reference would do. They are read as they are
// now, and returned so.
func (d *Desk) Show(ctx context.Context, reference Card, others []Card, now time.Time) (*Showing, error) {
	s := &Showing{Reference: reference, Others: slices.Clone(others)}
	var octets content
	err := d.Store.View(ctx, func(snap store.Snapshot) error {
		books, err := d.books(snap)
		if err != nil {
			return err
		}
		octets, err = readCards(snap, books, &s.Reference, s.Others)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.Names = append(s.Names, NameIn(octets.Before))
	for _, o := range octets.Sources {
		s.Names = append(s.Names, NameIn(o))
	}
	s.Merged, s.Report, err = merge.Merge(octets.Before, octets.Sources, merge.Options{Revision: now, MaxSize: d.MaxSize})
	return s, err
}

// readCards reads the octets of the cards of a merge. Cards without an ETag get the
// present one; those with another than the present are ErrChanged.
func readCards(snap store.Snapshot, books []Book, reference *Card, others []Card) (c content, err error) {
	size := int64(0)
	read := func(card *Card) (*store.Object, error) {
		b := bookOf(books, card.Coll)
		if b == nil {
			return nil, fmt.Errorf("address book of %q: %w", card.Name, store.ErrNotFound)
		}
		o, err := snap.Object(card.Coll, card.Name, store.WantBody|store.WantProps)
		if err != nil {
			return nil, fmt.Errorf("card %s/%s: %w", b.Name, card.Name, err)
		}
		if card.ETag != "" && card.ETag != o.ETag {
			return nil, fmt.Errorf("%s/%s: %w", b.Name, card.Name, ErrChanged)
		}
		*card = Card{b.Coll.Home, b.Coll.ID, b.Name, o.Name, o.Index.UID, o.ETag}
		size += o.Size
		for _, p := range o.Props {
			size += int64(len(p.Space) + len(p.Local) + len(p.XML))
		}
		if size > maxContent {
			return nil, fmt.Errorf("the cards have more than %d octets: merge fewer at once", maxContent)
		}
		return o, nil
	}
	o, err := read(reference)
	if err != nil {
		return c, err
	}
	c.Before = o.Body
	seen := map[place]bool{reference.place(): true}
	for i := range others {
		o, err := read(&others[i])
		if err != nil {
			return c, err
		}
		if seen[others[i].place()] {
			return c, fmt.Errorf("card %s/%s is named twice", others[i].Book, others[i].Name)
		}
		seen[others[i].place()] = true
		c.Sources, c.Props = append(c.Sources, o.Body), append(c.Props, o.Props)
	}
	return c, nil
}

// Merge merges cards into a reference, in one batch. Each has to be as its ETag
// says; "" stands for whatever it is.
func (d *Desk) Merge(ctx context.Context, reference Card, others []Card, now time.Time) (*Merge, error) {
	if len(others) == 0 || len(others) >= maxCards {
		return nil, fmt.Errorf("one merge is of 2 to %d cards, not of %d", maxCards, len(others)+1)
	}
	p := &mergePlan{desk: d, now: now, m: &Merge{
		Home: reference.Home, User: d.Who.Home, At: store.Moment(now), By: d.By,
		Reference: reference, Sources: slices.Clone(others),
	}}
	if err := d.Store.View(ctx, p.read); err != nil {
		return nil, err
	}
	if _, err := account.Apply(ctx, d.Store, p.batch); err != nil {
		var failed *store.PreconditionError
		if errors.As(err, &failed) {
			return nil, ErrChanged
		}
		return nil, err
	}
	return p.m, nil
}

// A mergePlan gathers the batch of one merge.
type mergePlan struct {
	desk  *Desk
	now   time.Time
	m     *Merge
	c     content
	books []Book
	batch *store.Batch
}

func (p *mergePlan) read(snap store.Snapshot) (err error) {
	d, m := p.desk, p.m
	if p.books, err = d.books(snap); err != nil {
		return err
	}
	if p.c, err = readCards(snap, p.books, &m.Reference, m.Sources); err != nil {
		return err
	}
	m.Home = m.Reference.Home
	for _, c := range append([]Card{m.Reference}, m.Sources...) {
		if !bookOf(p.books, c.Coll).Writable {
			return fmt.Errorf("%s/%s: %w", c.Book, c.Name, ErrReadOnly)
		}
		if c.Home != m.Home {
			return fmt.Errorf("%s/%s: %w", c.Book, c.Name, ErrTwoHomes)
		}
	}
	ids := make([]identity, 1+len(m.Sources)) // the reference first
	for i, c := range append([]Card{m.Reference}, m.Sources...) {
		if ids[i], err = identify(snap, c); err != nil {
			return err
		}
	}
	if err := p.notHidden(snap); err != nil {
		return err
	}
	merged, _, err := merge.Merge(p.c.Before, p.c.Sources, merge.Options{Revision: p.now, MaxSize: d.MaxSize})
	if err != nil {
		return err
	}
	uid, err := store.IndexOf(store.AddressBook, merged)
	if err != nil {
		return err
	}
	renamed, err := p.renamed(snap, uid.UID)
	if err != nil {
		return err
	}
	if merged, err = merge.Relink(merged, renamed); err != nil {
		return err
	}
	p.c.Merged = merged
	p.batch = &store.Batch{Home: m.Home, By: d.By, At: p.now}
	for _, c := range append([]Card{m.Reference}, m.Sources...) {
		p.batch.Pre = append(p.batch.Pre, store.ETagIs{Coll: c.Coll, Name: c.Name, ETags: []string{c.ETag}})
	}
	for _, c := range m.Sources {
		p.batch.Ops = append(p.batch.Ops, store.DeleteObject{Coll: c.Coll, Name: c.Name})
	}
	if err := p.put(m.Reference, merged); err != nil {
		return err
	}
	if err := p.relink(snap, renamed, uid.UID); err != nil {
		return err
	}
	m.Name = NameIn(p.c.Before)
	for _, o := range p.c.Sources {
		m.Names = append(m.Names, NameIn(o))
	}
	m.Reference.UID, m.Reference.ETag = uid.UID, store.ETagOf(merged)
	return p.keep(snap, ids[1:])
}

// notHidden sees that no two of the cards are hidden from each other.
func (p *mergePlan) notHidden(snap store.Snapshot) error {
	hidden, err := p.desk.hiddenPairs(snap)
	if err != nil {
		return err
	}
	cards := append([]Card{p.m.Reference}, p.m.Sources...)
	pairs, err := maskOf(snap, p.books, hidden, func(c Card) (int, bool) {
		i := slices.IndexFunc(cards, func(o Card) bool { return o.place() == c.place() })
		return i, i >= 0
	})
	if err != nil || len(pairs) == 0 {
		return err
	}
	a, b := cards[pairs[0][0]], cards[pairs[0][1]]
	return fmt.Errorf("%s/%s and %s/%s: %w", a.Book, a.Name, b.Book, b.Name, ErrHidden)
}

// renamed returns which UIDs are no more after the merge: not those that another
// card of the home has too.
func (p *mergePlan) renamed(snap store.Snapshot, uid string) (map[string]string, error) {
	renamed := map[string]string{}
	gone := map[place]bool{}
	for _, c := range p.m.Sources {
		gone[c.place()] = true
	}
	colls, err := snap.Collections(p.m.Home)
	if err != nil {
		return nil, err
	}
	for _, c := range p.m.Sources {
		if c.UID == "" || merge.PlainUID(c.UID) == merge.PlainUID(uid) {
			continue
		}
		stays := false
		for _, coll := range colls {
			if coll.Kind != store.AddressBook {
				continue
			}
			name, err := snap.ByUID(coll.ID, c.UID)
			if err == nil {
				stays = stays || !gone[place{coll.ID, name}]
			} else if !errors.Is(err, store.ErrNotFound) {
				return nil, err
			}
		}
		if !stays {
			renamed[c.UID] = uid
		}
	}
	return renamed, nil
}

func (p *mergePlan) put(c Card, octets []byte) error {
	x, err := store.IndexOf(store.AddressBook, octets)
	p.batch.Ops = append(p.batch.Ops, store.PutObject{Coll: c.Coll, Name: c.Name, Body: bytes.Clone(octets), Index: x})
	return err
}

// relink changes the other cards that name one of those merged away.
func (p *mergePlan) relink(snap store.Snapshot, renamed map[string]string, uid string) error {
	if len(renamed) == 0 {
		return nil
	}
	ours := map[place]bool{p.m.Reference.place(): true}
	plain := map[string]bool{}
	for _, c := range p.m.Sources {
		ours[c.place()] = true
	}
	for from := range renamed {
		plain[merge.PlainUID(from)] = true
	}
	earlier, err := p.desk.activeLinks(snap, p.m.Home, uid)
	if err != nil {
		return err
	}
	places, err := naming(snap, p.books, p.m.Home, sortedKeys(plain))
	if err != nil {
		return err
	}
	for _, at := range places {
		if ours[at] {
			continue
		}
		b := bookOf(p.books, at.coll)
		o, err := snap.Object(at.coll, at.name, store.WantBody)
		if errors.Is(err, store.ErrNotFound) {
			continue
		} else if err != nil {
			return err
		}
		links, err := merge.Links(o.Body)
		if err != nil {
			continue // a card that cannot be read names nobody
		}
		octets, err := merge.Relink(o.Body, renamed)
		if err != nil || bytes.Equal(octets, o.Body) {
			continue
		}
		card := Card{b.Coll.Home, at.coll, b.Name, at.name, o.Index.UID, o.ETag}
		id, err := identify(snap, card)
		if err != nil {
			return err
		}
		for _, l := range links {
			if !plain[l.UID] {
				continue
			}
			to := merge.Link{UID: merge.PlainUID(uid), Kind: l.Kind}
			native := slices.ContainsFunc(links, func(o merge.Link) bool { return o.UID == to.UID && o.Kind == to.Kind })
			if i := slices.IndexFunc(earlier, func(e linkChange) bool { return e.Card.is(id) && e.Link.Kind == l.Kind }); i >= 0 {
				native = earlier[i].Native
			}
			p.c.Links = append(p.c.Links, linkChange{id, l, native})
		}
		p.batch.Pre = append(p.batch.Pre, store.ETagIs{Coll: card.Coll, Name: card.Name, ETags: []string{card.ETag}})
		if err := p.put(card, octets); err != nil {
			return err
		}
	}
	return nil
}

// keep adds the records of the merge.
func (p *mergePlan) keep(snap store.Snapshot, sources []identity) error {
	d, m := p.desk, p.m
	n, pre, count, err := nextMerge(snap, m.Home)
	if err != nil {
		return err
	}
	m.ID = d.mergeID(m.Home, n)
	key := mergeKey(m.Home, n)
	pieces, err := pack(key, m, &p.c)
	if err != nil {
		return err
	}
	r := recordOf(kindMerge, key, m)
	r.Refs = []string{intoRef(m.Home, m.Reference.UID)}
	if len(r.Value) > store.MaxRecordValue {
		return errors.New("the names of the cards are too long for one entry of the log: merge fewer at once")
	}
	p.batch.Pre = append(p.batch.Pre, pre)
	p.batch.Ops = append(append(p.batch.Ops, count, store.PutRecord{Record: r}), pieces...)
	p.batch.Ops = append(p.batch.Ops, fromRecords(key, sources)...)
	return nil
}

// A Plan is what could be merged unseen: each step one merge.
type Plan []Step

// A Step is one merge to come.
type Step struct {
	Reference Card
	Others    []Card
	Score     float64
}

// PlanOf returns the merges that merge cards into one, which is several when they are
// very many.
func PlanOf(reference Card, others []Card) (plan Plan) {
	for some := range slices.Chunk(others, maxCards-1) {
		plan = append(plan, Step{Reference: reference, Others: some})
	}
	return plan
}

// CertainOf returns the merges that groups allow unseen: of each, the cards that are
// certainly one, even where the rest of the group is a question.
func CertainOf(groups []Group) Plan {
	var plan Plan
	for i := range groups {
		g := &groups[i]
		if !g.Mergeable {
			continue
		}
		root := make([]int, len(g.Cards))
		for j := range root {
			root[j] = j
		}
		find := func(j int) int {
			for root[j] != j {
				j = root[j]
			}
			return j
		}
		score := map[int]float64{}
		for _, p := range g.Pairs {
			if a, b := find(p.A), find(p.B); p.Auto && a != b {
				root[max(a, b)] = min(a, b)
			}
		}
		for _, p := range g.Pairs {
			if r := find(p.A); p.Auto {
				if s, ok := score[r]; !ok || p.Score < s {
					score[r] = p.Score
				}
			}
		}
		parts := map[int][]int{}
		for j := range g.Cards {
			parts[find(j)] = append(parts[find(j)], j)
		}
		for j := range g.Cards {
			part := parts[j]
			if len(part) < 2 {
				continue
			}
			ref := part[0]
			if slices.Contains(part, g.Reference) {
				ref = g.Reference
			}
			var others []Card
			for _, k := range part {
				if k != ref {
					others = append(others, g.Cards[k])
				}
			}
			for _, step := range PlanOf(g.Cards[ref], others) {
				step.Score = score[j]
				plan = append(plan, step)
			}
		}
	}
	return plan
}

// Carry carries a plan out, merge by merge, and tells of each; err is that of a merge
// that did not go, after which the next is tried. It ends when done returns false.
func (d *Desk) Carry(ctx context.Context, plan Plan, now func() time.Time, done func(i int, m *Merge, err error) bool) error {
	last := map[place]string{} // entity tags of references that more is merged into
	for i, step := range plan {
		if err := ctx.Err(); err != nil {
			return err
		}
		if tag, ok := last[step.Reference.place()]; ok {
			step.Reference.ETag = tag
		}
		m, err := d.Merge(ctx, step.Reference, step.Others, now())
		if m != nil {
			last[step.Reference.place()] = m.Reference.ETag
		}
		if !done(i, m, err) {
			return nil
		}
	}
	return nil
}
