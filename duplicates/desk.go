package duplicates

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"almanac/account"
	"almanac/store"
)

// A Desk is one user at work on duplicates.
type Desk struct {
	Store store.Store
	Who   account.Identity
	By    string // for the history of the store
	// Country is where the user dials numbers that do not say theirs, by its name of ISO
	// 3166; "" for unknown.
	Country string
	// MaxSize is how many octets a merged card may have, so that clients can save it
	// again; 0 is no limit.
	MaxSize int
}

// A Book is an address book that a desk sees.
type Book struct {
	Coll     *store.Collection
	Name     string // as the user has it: of somebody else's, account.MountName
	Writable bool
}

// A Card names a card as it was seen.
type Card struct {
	Home store.HomeID // whose book it is in
	Coll store.CollID
	Book string // Book.Name
	Name string // the last path segment
	UID  string
	ETag string
}

func (c Card) place() place { return place{c.Coll, c.Name} }

type place struct {
	coll store.CollID
	name string
}

// What an act can meet, besides the errors of the store.
var (
	// ErrChanged is met when a card is not as it was seen.
	ErrChanged = errors.New("a card has changed meanwhile")
	// ErrHidden is met when cards are to be merged that are hidden from each other.
	ErrHidden = errors.New("cards that are not the same, as was said before")
	// ErrReadOnly is met when a card of a book that the user may not write is to change.
	ErrReadOnly = errors.New("a card is in an address book that the user may not write")
	// ErrTwoHomes is met when cards of two owners are to be merged.
	ErrTwoHomes = errors.New("cards of address books of two owners cannot be merged")
	// ErrUndone is met when a merge was taken back before.
	ErrUndone = errors.New("the merge was undone before")
)

// books returns the address books of a desk: the user's own in the order in which
// they were made, then those of others.
func (d *Desk) books(snap store.Snapshot) ([]Book, error) {
	var books []Book
	add := func(c *store.Collection, name string) error {
		a, err := account.Rights(snap, d.Who, account.Of(c))
		if err == nil && a.Privilege&account.Read != 0 {
			books = append(books, Book{c, name, a.Privilege&account.Write == account.Write})
		}
		return err
	}
	colls, err := snap.Collections(d.Who.Home)
	if err != nil {
		return nil, err
	}
	for _, c := range colls {
		if c.Kind == store.AddressBook {
			if err := add(c, c.Name); err != nil {
				return nil, err
			}
		}
	}
	mounts, err := account.Mounts(snap, d.Who.Home, store.AddressBook)
	if err != nil {
		return nil, err
	}
	for _, m := range mounts {
		if err := add(m.Coll, m.Name); err != nil {
			return nil, err
		}
	}
	return books, nil
}

// named returns the books of these names, all with none.
func named(books []Book, names []string) ([]Book, error) {
	if len(names) == 0 {
		return books, nil
	}
	var out []Book
	for _, name := range names {
		i := slices.IndexFunc(books, func(b Book) bool { return b.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("address book %q: %w", name, store.ErrNotFound)
		}
		if !slices.ContainsFunc(out, func(b Book) bool { return b.Name == name }) {
			out = append(out, books[i])
		}
	}
	return out, nil
}

func bookOf(books []Book, coll store.CollID) *Book {
	for i := range books {
		if books[i].Coll.ID == coll {
			return &books[i]
		}
	}
	return nil
}

// Resolve finds the card that a person names: BOOK/NAME, a NAME or a UID that one
// card alone has.
func (d *Desk) Resolve(ctx context.Context, typed string) (card Card, err error) {
	err = d.Store.View(ctx, func(snap store.Snapshot) error {
		books, err := d.books(snap)
		if err != nil {
			return err
		}
		var found []Card
		for _, b := range books {
			names := []string{typed}
			if name, ok := strings.CutPrefix(typed, b.Name+"/"); ok {
				names = append(names, name)
			}
			if name, err := snap.ByUID(b.Coll.ID, typed); err == nil {
				names = append(names, name)
			}
			slices.Sort(names)
			for _, name := range slices.Compact(names) {
				c, err := cardAt(snap, &b, name)
				if err == nil {
					found = append(found, c)
				} else if !errors.Is(err, store.ErrNotFound) {
					return err
				}
			}
		}
		switch len(found) {
		case 0:
			return fmt.Errorf("card %q: %w", typed, store.ErrNotFound)
		case 1:
			card = found[0]
			return nil
		}
		return fmt.Errorf("%q is in %s and in %s: say BOOK/NAME", typed, found[0].Book, found[1].Book)
	})
	return card, err
}

// cardAt returns a card as it is.
func cardAt(snap store.Snapshot, b *Book, name string) (Card, error) {
	o, err := snap.Object(b.Coll.ID, name, store.WantMeta)
	if err != nil {
		return Card{}, err
	}
	return Card{b.Coll.Home, b.Coll.ID, b.Name, o.Name, o.Index.UID, o.ETag}, nil
}

// Octets returns what cards say, in order; nil for one that is gone.
func (d *Desk) Octets(ctx context.Context, cards []Card) (octets [][]byte, err error) {
	octets = make([][]byte, len(cards))
	err = d.Store.View(ctx, func(snap store.Snapshot) error {
		books, err := d.books(snap)
		if err != nil {
			return err
		}
		for i, c := range cards {
			if bookOf(books, c.Coll) == nil {
				continue
			}
			o, err := snap.Object(c.Coll, c.Name, store.WantBody)
			if errors.Is(err, store.ErrNotFound) {
				continue
			} else if err != nil {
				return err
			}
			octets[i] = o.Body
		}
		return nil
	})
	return octets, err
}
