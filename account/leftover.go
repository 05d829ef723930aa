package account

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"almanac/store"
)

// aboutCollection are the kinds of record that are about a collection, and nothing
// without it; coll reads its number from one of them.
var aboutCollection = []struct {
	kind string
	coll func(*store.Record) (store.CollID, error)
}{
	{factShare, func(r *store.Record) (store.CollID, error) { return collInKey(r.Key, 0) }},
	{factAlarms, func(r *store.Record) (store.CollID, error) { return collInKey(r.Key, 0) }},
	{factMount, func(r *store.Record) (store.CollID, error) { return collInKey(r.Key, 1) }},
	{factLink, func(r *store.Record) (store.CollID, error) {
		l, err := decode[Link](r)
		if err != nil {
			return 0, err
		}
		return l.Coll, nil
	}},
}

// collInKey reads one of the numbers of a key.
func collInKey(key string, place int) (store.CollID, error) {
	n, err := numberInKey(key, place)
	return store.CollID(n), err
}

func numberInKey(key string, place int) (uint64, error) {
	parts := strings.SplitN(key, "/", place+2)
	if len(parts) <= place {
		return 0, fmt.Errorf("key %q has no such number", key)
	}
	return strconv.ParseUint(parts[place], 16, 64)
}

// leftoverPage is how many records are looked at in one snapshot, and removed at
// most in one batch.
const leftoverPage = 500

// RemoveLeftovers removes what is left of collections that are gone for good: how
// they were shared and published, how they looked to sharees, and the sharees'
// alarms. A collection in the trash keeps all that, since it can come back. Alarms go
// too whose sharee has no account any more, or no share. What cannot be read stays.
func RemoveLeftovers(ctx context.Context, st store.Store, now time.Time) error {
	for _, about := range aboutCollection {
		after, more := "", true
		for more {
			ops := map[store.HomeID][]store.Op{}
			err := st.View(ctx, func(snap store.Snapshot) (err error) {
				var page []*store.Record
				err = snap.Records(about.kind, "", after, func(r *store.Record) bool {
					page = append(page, r.Clone())
					return len(page) < leftoverPage
				})
				if more = len(page) == leftoverPage; more {
					after = page[len(page)-1].Key
				}
				kept, keepers := &keptCollections{snap: snap}, &sharees{snap: snap}
				for _, r := range page {
					if err != nil {
						break
					}
					id, unreadable := about.coll(r)
					if unreadable != nil {
						continue
					}
					var there bool
					if there, err = kept.has(id); err == nil && there && about.kind == factAlarms {
						there, err = keepers.has(r.Key, id)
					}
					if err == nil && !there {
						ops[r.Home] = append(ops[r.Home], store.DeleteRecord{Kind: r.Kind, Key: r.Key})
					}
				}
				return err
			})
			if err != nil {
				return fmt.Errorf("look for leftovers of collections: %w", err)
			}
			for _, home := range slices.Sorted(maps.Keys(ops)) {
				// A home that went away meanwhile took its records along.
				if err := write(ctx, st, home, "expiry", now, nil, ops[home]...); err != nil && !errors.Is(err, store.ErrNotFound) {
					return fmt.Errorf("remove leftovers of collections: %w", err)
				}
			}
		}
	}
	return nil
}

// keptCollections tells which collections there are, in the trash or not. No number
// is given twice, so that one that is not there never will be.
type keptCollections struct {
	snap  store.Snapshot
	trash map[store.CollID]bool // nil until asked about one that is not in place
}

func (k *keptCollections) has(id store.CollID) (bool, error) {
	if _, err := k.snap.Collection(id); err == nil || !errors.Is(err, store.ErrNotFound) {
		return err == nil, err
	}
	if k.trash == nil {
		k.trash = map[store.CollID]bool{}
		var failed error
		err := k.snap.Homes("", func(h *store.Home) bool {
			var all []*store.Trashed
			all, failed = k.snap.Trash(h.ID)
			for _, c := range all {
				k.trash[c.ID] = true
			}
			return failed == nil
		})
		if err = errors.Join(err, failed); err != nil {
			return false, err
		}
	}
	return k.trash[id], nil
}

// sharees tells who can still have alarms in a calendar. The records of one person in
// one calendar lie side by side: it remembers the last answer.
type sharees struct {
	snap store.Snapshot
	of   string // the part of the key that the answer is about
	last bool
}

// has tells it of whom the key of an alarms record names. Whoever was asked and has
// not accepted, or has declined, may still do so; of what is in the trash nothing is
// decided but that the account is there.
func (x *sharees) has(key string, id store.CollID) (bool, error) {
	of := key[:strings.LastIndexByte(key, '/')+1]
	if of == x.of {
		return x.last, nil
	}
	n, err := numberInKey(key, 1)
	if err != nil {
		return true, nil
	}
	there, err := x.may(store.HomeID(n), id)
	if err == nil {
		x.of, x.last = of, there
	}
	return there, err
}

func (x *sharees) may(home store.HomeID, id store.CollID) (bool, error) {
	if _, err := x.snap.Home(home); err != nil {
		return false, unlessNotFound(err)
	}
	coll, err := x.snap.Collection(id)
	if err != nil {
		return true, unlessNotFound(err)
	}
	if s, err := FindShare(x.snap, id, UserPrincipal(home)); s != nil || err != nil {
		return true, err
	}
	a, err := Rights(x.snap, Identity{Home: home}, Of(coll))
	return a.Privilege != 0, err
}

func unlessNotFound(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
