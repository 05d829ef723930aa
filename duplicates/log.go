package duplicates

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"almanac/dedupe/merge"
	"almanac/store"
	"almanac/vcard"
)

// A Merge is an entry of the log: what was merged, and whether it was undone.
type Merge struct {
	ID        string       // a number; of books of another home with that home's before it
	Home      store.HomeID // whose books the cards were in
	User      store.HomeID // who merged
	At        time.Time
	By        string
	Reference Card     // the card kept; its ETag is of the merged card
	Name      string   // what it said its name was
	Sources   []Card   // the cards that were merged away, with their ETags
	Names     []string // what they said
	Undone    time.Time
	Pieces    int // of its octets
}

// content is what a merge was about, all that undoing it needs.
type content struct {
	Before  []byte // the reference
	Merged  []byte
	Sources [][]byte
	Props   []store.PropSet // WebDAV's dead properties of each source
	Links   []linkChange
}

// A linkChange is a link of another card that a merge changed: it named a card that
// was merged away, and then the reference.
type linkChange struct {
	Card identity // that has the link
	Link merge.Link
	// Native tells that the card named the reference before, merges apart.
	Native bool
}

// maxPiece is how many octets of packed content a record holds.
const maxPiece = store.MaxRecordValue - 1024

// maxContent bounds what one merge is about, in octets.
const maxContent = 64 << 20

func mergeKey(home store.HomeID, n int) string { return fmt.Sprintf("%s%010d", homeKey(home), n) }

// mergeID is a merge's name for people. The user's own merges are numbers.
func (d *Desk) mergeID(home store.HomeID, n int) string {
	if home == d.Who.Home {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d.%d", home, n)
}

// key returns the key of a merge's record.
func (d *Desk) key(id string) (home store.HomeID, key string, err error) {
	home = d.Who.Home
	text := id
	if before, after, ok := strings.Cut(id, "."); ok {
		n, err := strconv.ParseUint(before, 10, 64)
		if err != nil {
			return 0, "", fmt.Errorf("merge %q: %w", id, store.ErrNotFound)
		}
		home, text = store.HomeID(n), after
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, "", fmt.Errorf("merge %q: %w", id, store.ErrNotFound)
	}
	return home, mergeKey(home, n), nil
}

func octetsKey(key string, piece int) string { return fmt.Sprintf("%s/%06d", key, piece) }

// pack makes the records of a merge's content.
func pack(key string, m *Merge, c *content) ([]store.Op, error) {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if err := errors.Join(gob.NewEncoder(z).Encode(c), z.Close()); err != nil {
		return nil, err
	}
	var ops []store.Op
	m.Pieces = 0
	for piece := range slices.Chunk(buf.Bytes(), maxPiece) {
		ops = append(ops, store.PutRecord{Record: store.Record{Kind: kindOctets, Key: octetsKey(key, m.Pieces), Value: piece}})
		m.Pieces++
	}
	return ops, nil
}

func unpack(snap store.Snapshot, key string, m *Merge) (*content, error) {
	var packed bytes.Buffer
	for i := range m.Pieces {
		r, err := snap.Record(kindOctets, octetsKey(key, i))
		if err != nil {
			return nil, fmt.Errorf("octets of merge %s: %w", m.ID, err)
		}
		packed.Write(r.Value)
	}
	z, err := gzip.NewReader(&packed)
	if err != nil {
		return nil, fmt.Errorf("octets of merge %s: %w", m.ID, err)
	}
	c := new(content)
	if err := gob.NewDecoder(io.LimitReader(z, maxContent+1<<20)).Decode(c); err != nil {
		return nil, fmt.Errorf("octets of merge %s: %w", m.ID, err)
	}
	return c, nil
}

// entry is a merge with where it is kept.
type entry struct {
	*Merge
	key string
	raw []byte // for store.RecordIs
}

// merges reads the log of a home in the order of the merges.
func merges(snap store.Snapshot, home store.HomeID) (all []entry, err error) {
	var failed error
	err = snap.Records(kindMerge, homeKey(home), "", func(r *store.Record) bool {
		m := new(Merge)
		failed = json.Unmarshal(r.Value, m)
		all = append(all, entry{m, strings.Clone(r.Key), bytes.Clone(r.Value)})
		return failed == nil
	})
	return all, errors.Join(err, failed)
}

// mergeAt reads one entry of the log, nil for none.
func mergeAt(snap store.Snapshot, key string) (*Merge, error) {
	r, err := snap.Record(kindMerge, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	m := new(Merge)
	return m, json.Unmarshal(r.Value, m)
}

// nextMerge returns the number of the next merge of a home, and what counts it.
func nextMerge(snap store.Snapshot, home store.HomeID) (n int, pre store.Pre, count store.Op, err error) {
	is := store.RecordIs{Kind: kindCount, Key: homeKey(home)}
	r, err := snap.Record(is.Kind, is.Key)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return 0, nil, nil, err
	default:
		is.Value = r.Value
		if n, err = strconv.Atoi(string(r.Value)); err != nil {
			return 0, nil, nil, fmt.Errorf("count of merges: %w", err)
		}
	}
	n++
	return n, is, store.PutRecord{Record: store.Record{Kind: is.Kind, Key: is.Key, Value: []byte(strconv.Itoa(n))}}, nil
}

// intoRef is the ref by which the merges into a card are found.
func intoRef(home store.HomeID, uid string) string {
	sum := sha256.Sum256([]byte(uid))
	return homeKey(home) + string(sum[:])
}

// mergesInto reads the merges into a card, in their order, that were not undone.
func mergesInto(snap store.Snapshot, home store.HomeID, uid string) (all []entry, err error) {
	var failed error
	err = snap.Referring(kindMerge, intoRef(home, uid), func(r *store.Record) bool {
		m := new(Merge)
		failed = json.Unmarshal(r.Value, m)
		if m.Undone.IsZero() && m.Reference.UID == uid {
			all = append(all, entry{m, strings.Clone(r.Key), bytes.Clone(r.Value)})
		}
		return failed == nil
	})
	return all, errors.Join(err, failed)
}

// Log lists the merges that the user did, and those in the user's own books by
// whomever, the newest first.
func (d *Desk) Log(ctx context.Context) (all []Merge, err error) {
	err = d.Store.View(ctx, func(snap store.Snapshot) error {
		homes, err := d.homes(snap)
		if err != nil {
			return err
		}
		for _, home := range homes {
			log, err := merges(snap, home)
			if err != nil {
				return err
			}
			for _, m := range log {
				if m.User == d.Who.Home || home == d.Who.Home {
					all = append(all, *m.Merge)
				}
			}
		}
		return nil
	})
	slices.SortStableFunc(all, func(a, b Merge) int { return b.At.Compare(a.At) })
	return all, err
}

// homes returns the homes of a desk's books, the user's own first.
func (d *Desk) homes(snap store.Snapshot) ([]store.HomeID, error) {
	books, err := d.books(snap)
	homes := []store.HomeID{d.Who.Home}
	for _, b := range books {
		if !slices.Contains(homes, b.Coll.Home) {
			homes = append(homes, b.Coll.Home)
		}
	}
	return homes, err
}

// nameOf is what a card says its name is.
func nameOf(snap store.Snapshot, c Card) (string, error) {
	o, err := snap.Object(c.Coll, c.Name, store.WantBody)
	if err != nil {
		return "", err
	}
	return NameIn(o.Body), nil
}

// NameIn is what a card's octets say its name is, in one line.
func NameIn(octets []byte) string {
	c, err := vcard.Parse(octets)
	if err != nil {
		return ""
	}
	return vcard.Summary(c)
}
