package duplicates

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/account"
	"almanac/store"
)

const (
	kindHidden = "dup-hidden"
	kindMerge  = "dup-merge"
	kindOctets = "dup-octets"
	kindCount  = "dup-count"
	kindFrom   = "dup-from"
)

// An identity is what a card stays itself by: the UID in its home. Only when that
// UID was in two books of the home, or there was none, it says more.
type identity struct {
	Home store.HomeID
	UID  string       `json:",omitempty"`
	Coll store.CollID `json:",omitempty"` // when the UID was in two books, and without UID
	Name string       `json:",omitempty"` // without UID
}

func (i identity) compare(j identity) int {
	return strings.Compare(i.text(), j.text())
}

func (i identity) text() string {
	return fmt.Sprintf("%016x\x00%s\x00%016x\x00%s", uint64(i.Home), i.UID, uint64(i.Coll), i.Name)
}

// identify returns the identity of a card that is there.
func identify(snap store.Snapshot, c Card) (identity, error) {
	if c.UID == "" {
		return identity{Home: c.Home, Coll: c.Coll, Name: c.Name}, nil
	}
	id := identity{Home: c.Home, UID: c.UID}
	colls, err := snap.Collections(c.Home)
	if err != nil {
		return id, err
	}
	for _, other := range colls {
		if other.Kind != store.AddressBook || other.ID == c.Coll {
			continue
		}
		if _, err := snap.ByUID(other.ID, c.UID); err == nil {
			id.Coll = c.Coll
		} else if !errors.Is(err, store.ErrNotFound) {
			return id, err
		}
	}
	return id, nil
}

// A HiddenPair is two cards that are not the same.
type HiddenPair struct {
	ID    string
	Cards [2]Card   // as they are now, or the card that one was merged into, or, when one is gone, as it was
	There [2]bool   // the card is there, or that which it was merged into
	Names [2]string // what the cards said their names were
	At    time.Time
	By    string
}

// hiddenRecord is what is kept of one.
type hiddenRecord struct {
	A, B   identity
	Cards  [2]Card // as they were
	Names  [2]string
	At     time.Time
	By     string
	Said   bool     // always so now; earlier builds also kept what followed from merges,
	Merges []string `json:",omitempty"` // by which a card took it over from one merged into it
}

func homeKey(home store.HomeID) string { return fmt.Sprintf("%016x/", uint64(home)) }

// pairID names the pair of two identities, whichever comes first.
func pairID(a, b identity) string {
	if a.compare(b) > 0 {
		a, b = b, a
	}
	sum := sha256.Sum256([]byte(a.text() + "\x00\x00" + b.text()))
	return "h" + hex.EncodeToString(sum[:6])
}

func (d *Desk) hiddenKey(id string) string { return homeKey(d.Who.Home) + id }

func recordOf(kind, key string, v any) store.Record {
	value, err := json.Marshal(v)
	if err != nil {
		panic(err) // the types of this package can all be written
	}
	return store.Record{Kind: kind, Key: key, Value: value}
}

// maxHidden is how many cards are said not to be the same at once: the pairs of them
// are thousands.
const maxHidden = 100

// Hide remembers that cards are not the same, each of each other, for ever.
func (d *Desk) Hide(ctx context.Context, cards []Card, now time.Time) error {
	if len(cards) > maxHidden {
		return fmt.Errorf("these are %d cards: say of at most %d at once that they are not the same", len(cards), maxHidden)
	}
	batch := &store.Batch{Home: d.Who.Home, By: d.By, At: now}
	err := d.Store.View(ctx, func(snap store.Snapshot) error {
		books, err := d.books(snap)
		if err != nil {
			return err
		}
		ids, names := make([]identity, len(cards)), make([]string, len(cards))
		for i := range cards {
			b := bookOf(books, cards[i].Coll)
			if b == nil {
				return fmt.Errorf("address book of %q: %w", cards[i].Name, store.ErrNotFound)
			}
			if cards[i], err = cardAt(snap, b, cards[i].Name); err != nil {
				return err
			}
			if ids[i], err = identify(snap, cards[i]); err != nil {
				return err
			}
			if names[i], err = nameOf(snap, cards[i]); err != nil {
				return err
			}
		}
		for i := range cards {
			for j := range i {
				if ids[i] == ids[j] {
					return fmt.Errorf("card %s/%s is named twice", cards[i].Book, cards[i].Name)
				}
				id := pairID(ids[i], ids[j])
				h := &hiddenRecord{A: ids[j], B: ids[i], Cards: [2]Card{cards[j], cards[i]}, Names: [2]string{names[j], names[i]}, At: store.Moment(now), By: d.By, Said: true}
				batch.Ops = append(batch.Ops, store.PutRecord{Record: recordOf(kindHidden, d.hiddenKey(id), h)})
			}
		}
		return nil
	})
	if err == nil && len(batch.Ops) > 0 {
		_, err = account.Apply(ctx, d.Store, batch)
	}
	return err
}

func (d *Desk) hiddenRecord(snap store.Snapshot, id string) (*hiddenRecord, error) {
	r, err := snap.Record(kindHidden, d.hiddenKey(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	h := new(hiddenRecord)
	return h, json.Unmarshal(r.Value, h)
}

// Unhide takes back what Hide said of a pair, by its ID.
func (d *Desk) Unhide(ctx context.Context, id string, now time.Time) error {
	err := d.Store.View(ctx, func(snap store.Snapshot) error {
		h, err := d.hiddenRecord(snap, id)
		if err == nil && h == nil {
			err = fmt.Errorf("hidden pair %q: %w", id, store.ErrNotFound)
		}
		return err
	})
	if err != nil {
		return err
	}
	_, err = account.Apply(ctx, d.Store, &store.Batch{Home: d.Who.Home, By: d.By, At: now, Ops: []store.Op{store.DeleteRecord{Kind: kindHidden, Key: d.hiddenKey(id)}}})
	return err
}

// PairOf returns the ID of the hidden pair of two cards.
func (d *Desk) PairOf(ctx context.Context, a, b Card) (id string, err error) {
	err = d.Store.View(ctx, func(snap store.Snapshot) error {
		books, err := d.books(snap)
		if err != nil {
			return err
		}
		hidden, err := d.said(snap, d.Who.Home)
		if err != nil {
			return err
		}
		for _, key := range sortedKeys(hidden) {
			pairs, err := maskOf(snap, books, []*hiddenRecord{hidden[key]}, func(c Card) (place, bool) {
				return c.place(), c.place() == a.place() || c.place() == b.place()
			})
			if err != nil {
				return err
			}
			if len(pairs) > 0 {
				id = key
				return nil
			}
		}
		return fmt.Errorf("hidden pair of %s/%s and %s/%s: %w", a.Book, a.Name, b.Book, b.Name, store.ErrNotFound)
	})
	return id, err
}

// Hidden lists the hidden pairs, the oldest first.
func (d *Desk) Hidden(ctx context.Context) (pairs []HiddenPair, err error) {
	err = d.Store.View(ctx, func(snap store.Snapshot) error {
		books, err := d.books(snap)
		if err != nil {
			return err
		}
		hidden, err := d.said(snap, d.Who.Home)
		if err != nil {
			return err
		}
		for id, h := range hidden {
			p := HiddenPair{ID: id, Cards: h.Cards, Names: h.Names, At: h.At, By: h.By}
			for i, ids := range [][2]identity{{h.A, h.B}, {h.B, h.A}} {
				now, err := holders(snap, books, ids[0], ids[1])
				if err != nil {
					return err
				}
				if len(now) == 0 {
					continue
				}
				p.Cards[i], p.There[i] = now[0], true
				if p.Names[i], err = nameOf(snap, now[0]); err != nil {
					return err
				}
			}
			pairs = append(pairs, p)
		}
		slices.SortFunc(pairs, func(a, b HiddenPair) int {
			if c := a.At.Compare(b.At); c != 0 {
				return c
			}
			return strings.Compare(a.ID, b.ID)
		})
		return nil
	})
	return pairs, err
}

// is reports whether two identities may be of one card.
func (i identity) is(j identity) bool {
	return i.Home == j.Home && i.UID == j.UID && i.Name == j.Name && (i.Coll == j.Coll || i.UID != "" && (i.Coll == 0 || j.Coll == 0))
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
