package web

import (
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// A limiter bounds how often each of many asks for something: a number of times in
// each span. It keeps those that asked last.
type limiter[K comparable] struct {
	most int
	span time.Duration

	mu   sync.Mutex
	seen *simplelru.LRU[K, *window]
}

type window struct {
	began time.Time
	count int
}

func newLimiter[K comparable](most int, span time.Duration) *limiter[K] {
	// simplelru fails only for a size below one.
	seen, _ := simplelru.NewLRU[K, *window](4096, nil)
	return &limiter[K]{most: most, span: span, seen: seen}
}

// allow counts a request, and tells whether it is within the bounds.
func (l *limiter[K]) allow(who K, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	w, ok := l.seen.Get(who)
	if !ok {
		w = &window{began: now}
		l.seen.Add(who, w)
	}
	if age := now.Sub(w.began); age >= l.span || age < 0 {
		*w = window{began: now}
	}
	w.count++
	return w.count <= l.most
}

// networkOf is an IPv4 address, or the /64 of an IPv6 address, which is what one
// device commands.
func networkOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // fails only for no address, which is a network too
	return p
}
