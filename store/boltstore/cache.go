package boltstore

import (
	"sync"

	"almanac/store"
)

// The cache keeps decoded homes and collections, so that a poll costs no more
// than map look-ups. It is exact for every snapshot:
//
//   - Before the writer commits transaction n, it removes what n changes and
//     notes n as announced.
//   - A reader may fill in what it read in transaction m only if nothing newer
//     than m is announced.
//   - A reader in transaction m takes only what was filled in by a transaction
//     that is not newer than m.
//
// So an entry is right from the transaction that filled it in until it is removed.
type cache struct {
	mu        sync.RWMutex
	announced uint64
	names     map[string]entry[store.HomeID]
	homes     map[store.HomeID]entry[*homeNode]
	colls     map[store.CollID]entry[*store.Collection]
}

type entry[T any] struct {
	since uint64 // transaction that filled it in
	value T
}

// A homeNode is a home with the index of its collections.
type homeNode struct {
	home   *store.Home
	places map[place]store.CollID
	ids    []store.CollID // ascending
}

type place struct {
	kind store.Kind
	name string
}

// The cache holds at most so many homes and collections; one that is full is emptied.
const (
	maxCachedHomes = 1 << 12
	maxCachedColls = 1 << 14
)

func (c *cache) reset() {
	c.names = make(map[string]entry[store.HomeID])
	c.homes = make(map[store.HomeID]entry[*homeNode])
	c.colls = make(map[store.CollID]entry[*store.Collection])
}

// announce removes what the transaction is about to change.
func (c *cache) announce(txid uint64, touched *touched) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.announced = txid
	if touched.all {
		c.reset()
	}
	for id := range touched.homes {
		if e, ok := c.homes[id]; ok {
			delete(c.names, e.value.home.Name)
			delete(c.homes, id)
		}
	}
	for id := range touched.colls {
		delete(c.colls, id)
	}
}

func lookup[K comparable, V any](c *cache, m *map[K]entry[V], k K, txid uint64) (v V, ok bool) {
	c.mu.RLock()
	e, ok := (*m)[k]
	c.mu.RUnlock()
	if !ok || e.since > txid {
		return v, false
	}
	return e.value, true
}

func fill[K comparable, V any](c *cache, m *map[K]entry[V], k K, txid uint64, v V, limit int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if txid < c.announced {
		return
	}
	if len(*m) >= limit {
		clear(*m)
	}
	(*m)[k] = entry[V]{txid, v}
}
