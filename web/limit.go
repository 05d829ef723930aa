package web

import (
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// A limiter bounds how often one network asks for what needs no sign-in: a number
// of requests in each span of time. It keeps the networks that asked last.
type limiter struct {
	most int
	span time.Duration

	mu   sync.Mutex
	seen *simplelru.LRU[netip.Prefix, *window]
}

type window struct {
	began time.Time
	count int
}

func newLimiter(most int, span time.Duration) *limiter {
	// simplelru fails only for a size below one.
	seen, _ := simplelru.NewLRU[netip.Prefix, *window](4096, nil)
	return &limiter{most: most, span: span, seen: seen}
}

// allow counts a request, and tells whether it is within the bounds.
func (l *limiter) allow(from netip.Addr, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	net := networkOf(from)
	w, ok := l.seen.Get(net)
	if !ok {
		w = &window{began: now}
		l.seen.Add(net, w)
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
