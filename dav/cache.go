package dav

import (
	"cmp"
	"strings"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"almanac/ical"
	"almanac/ical/zone"
	"almanac/store"
)

// The bounds of the small caches, in approximate octets.
const (
	cardsOctets    = 8 << 20
	floatingOctets = 1 << 20
)

// maxZones is how many TZIDs and VTIMEZONEs the zone resolver remembers.
const maxZones = 1000

// caches hold what was worked out from stored octets. Nothing in them can be out
// of date: the revision of a member names its octets, since each write has one of
// its own, and what follows from octets does not change.
//
// texts and zones are of another kind: the one is brought forward by the change
// log, the other is the IANA data.
type caches struct {
	series *sizedCache[objectKey, *ical.Series]
	cards  *sizedCache[conversionKey, []byte]
	texts  *sizedCache[store.CollID, *textIndex]
	zones  *zone.Resolver

	// floating are the zones of calendar-timezone properties, by their XML.
	floating *sizedCache[string, *zone.Zone]
}

// newCaches makes the caches; see Config for the bounds, of which 0 is the default.
func newCaches(series, texts int64) *caches {
	return &caches{
		series: newSizedCache[objectKey, *ical.Series](int(cmp.Or(series, DefaultSeriesCache))),
		cards:  newSizedCache[conversionKey, []byte](cardsOctets),
		texts:  newSizedCache[store.CollID, *textIndex](int(cmp.Or(texts, DefaultTextIndex))),
		zones:  zone.NewResolver(maxZones),

		floating: newSizedCache[string, *zone.Zone](floatingOctets),
	}
}

// An objectKey names the octets of a member.
type objectKey struct {
	coll store.CollID
	rev  store.Rev
	// seen is the entity tag of what a sharee sees, which may be other octets: see
	// lens. It is "" for the owner.
	seen string
}

// keyOf returns the key of an object as the one who asks sees it.
func (rq *request) keyOf(coll *store.Collection, o *store.Object) objectKey {
	key := objectKey{coll: coll.ID, rev: o.Rev}
	if coll.Home != rq.who.Home {
		key.seen = strings.Clone(o.ETag)
	}
	return key
}

// A conversionKey names a card in another version than it is stored in.
type conversionKey struct {
	objectKey
	version string
}

// A sizedCache forgets what was not used for longest when its entries together
// take more than max octets. It is safe for concurrent use.
type sizedCache[K comparable, V any] struct {
	mu      sync.Mutex
	entries *simplelru.LRU[K, sized[V]]
	octets  int
	max     int
}

type sized[V any] struct {
	value  V
	octets int
}

// entryOctets is about what an entry costs beside its value: map, list and key.
const entryOctets = 200

func newSizedCache[K comparable, V any](max int) *sizedCache[K, V] {
	c := &sizedCache[K, V]{max: max}
	// The count that simplelru wants is never what limits.
	entries, err := simplelru.NewLRU(max/entryOctets+1, func(_ K, v sized[V]) { c.octets -= v.octets })
	if err != nil {
		panic(err) // the size is positive
	}
	c.entries = entries
	return c
}

func (c *sizedCache[K, V]) get(k K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.entries.Get(k)
	return v.value, ok
}

// put keeps a value of so many octets, in place of another. It returns false, and
// keeps none, when the value alone would fill half of the cache.
func (c *sizedCache[K, V]) put(k K, v V, octets int) bool {
	octets += entryOctets
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries.Remove(k)
	if octets > c.max/2 {
		return false
	}
	c.octets += octets
	c.entries.Add(k, sized[V]{v, octets})
	for c.octets > c.max {
		c.entries.RemoveOldest()
	}
	return true
}
