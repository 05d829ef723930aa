package publish

import (
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Ages know since when a feed is as it is, for Last-Modified.
//
// What is stored does not tell: a member that is moved into a collection keeps the
// time of its last change, and a deleted one has none. So it is the moment at which
// the feed was first asked for in its present state. That is never before the
// change, and never again the same for another state, so that who goes by it misses
// nothing; after a restart of the server some ask once in vain.
type ages struct {
	mu  sync.Mutex
	all *simplelru.LRU[string, age] // by the link's ID
}

type age struct {
	etag  string
	since time.Time
}

// How many links are kept in mind.
const maxAges = 16384

func newAges() ages {
	all, _ := simplelru.NewLRU[string, age](maxAges, nil) // it fails only for a size below one
	return ages{all: all}
}

// of returns since when a link's feed has the entity tag, in whole seconds.
func (a *ages) of(id, etag string, now time.Time) time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	have, ok := a.all.Get(id)
	if ok && have.etag == etag {
		return have.since
	}
	since := now.Truncate(time.Second)
	if ok && !since.After(have.since) {
		since = have.since.Add(time.Second) // two states in one second, or a clock set back
	}
	a.all.Add(id, age{etag, since})
	return since
}
