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
	parts := strings.SplitN(key, "/", place+2)
	if len(parts) <= place {
		return 0, fmt.Errorf("key %q has no number of a collection", key)
	}
	n, err := strconv.ParseUint(parts[place], 16, 64)
	return store.CollID(n), err
}

// leftoverPage is how many records are looked at in one snapshot, and removed at
// most in one batch.
const leftoverPage = 500

// RemoveLeftovers removes what is left of collections that are gone for good: how
// they were shared and published, how they looked to sharees, and the sharees'
// alarms. A collection in the trash keeps all that, since it can come back. What
// cannot be read stays.
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
				kept := &keptCollections{snap: snap}
				for _, r := range page {
					if err != nil {
						break
					}
					id, unreadable := about.coll(r)
					if unreadable != nil {
						continue
					}
					var there bool
					if there, err = kept.has(id); err == nil && !there {
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
