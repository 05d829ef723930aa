package boltstore

import (
	"bytes"
	"fmt"

	"almanac/store"
)

// limits returns what the batch is to be judged by after its operations.
func limitsOf(b *store.Batch) (all []store.Limits) {
	for _, p := range b.Pre {
		if w, ok := p.(store.Within); ok {
			all = append(all, w.Limits)
		}
	}
	return all
}

// usage adds up what the batch's home holds now. It reads a row of each collection,
// which only those pay for whom there is a limit.
func (a *applier) usage() (store.Usage, error) {
	u := store.Usage{Members: make(map[store.CollID]int)}
	prefix := key8(uint64(a.home))
	colls := a.bucket(bColls)
	cur := a.bucket(bPlaces).Cursor()
	for k, v := cur.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = cur.Next() {
		id := store.CollID(num8(v))
		c, ok := a.colls[id]
		if !ok {
			top := colls.Bucket(key8(uint64(id)))
			if top == nil {
				return u, fmt.Errorf("collection %d: %w", id, store.ErrDamaged)
			}
			n, err := decodeCounters(top.Get(kCounters))
			if err != nil {
				return u, fmt.Errorf("counters of collection %d: %w", id, err)
			}
			c = &collection{collState: collState{n: n}}
		}
		u.Members[id] = int(c.n.count)
		u.Octets += c.n.octets
	}
	return u, nil
}
