package notify

import (
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// hosts keeps for each provider how fast it may be asked, how many messages are on the
// way to it, and whether it answers at all: so that neither a burst gets the sender
// banned, nor a provider that is down keeps others from being told.
type hosts struct {
	now func() time.Time
	mu  sync.Mutex
	all map[string]*host
}

type host struct {
	limiter *rate.Limiter
	busy    int
	outages int       // in a row, or how often it asked for less
	until   time.Time // when it is asked again after that
	used    time.Time

	full time.Time     // since when as many are on the way as may be; zero while there is a place
	pace time.Duration // how long it takes then until there is a place again
	next time.Time     // when the next of those that wait for one comes
}

// maxHosts bounds how many are remembered; the least used are forgotten.
const maxHosts = 1000

func newHosts(now func() time.Time) *hosts { return &hosts{now: now, all: map[string]*host{}} }

func (h *hosts) get(name string, l Limit) *host {
	x := h.all[name]
	if x == nil {
		if len(h.all) >= maxHosts {
			h.forget()
		}
		x = &host{limiter: rate.NewLimiter(rate.Limit(l.PerSecond), max(l.Burst, 1))}
		h.all[name] = x
	}
	x.used = h.now()
	return x
}

// forget drops those that were not used for an hour and are idle, or else any that is.
func (h *hosts) forget() {
	old := h.now().Add(-time.Hour)
	for name, x := range h.all {
		if x.busy == 0 && x.used.Before(old) {
			delete(h.all, name)
		}
	}
	for name, x := range h.all {
		if len(h.all) < maxHosts {
			return
		}
		if x.busy == 0 && x.outages == 0 {
			delete(h.all, name)
		}
	}
}

const (
	// crowded is how long a message waits at least when enough are on the way to its
	// host, and crowdedMost at most.
	crowded     = time.Second
	crowdedMost = 30 * time.Second
	// probing is how long messages wait while one tries whether a host answers again.
	probing = 3 * time.Second
)

// queue is how long a message waits for a place: behind those that wait already, as
// places become free. Twice as many come as there will be places, lest one stays empty.
// Came all at once each second, most would be written back each second.
func (x *host) queue(now time.Time) time.Duration {
	wait := min(max(x.next.Sub(now), crowded), crowdedMost)
	x.next = now.Add(wait + x.pace/2)
	return wait
}

// enter asks for a place on the way to a host. A message that has to wait longer than
// brief has not got one and comes back; turn tells that it has waited for its turn at the
// host's rate, and ready whether it has when it comes back. Who got a place leaves again.
func (h *hosts) enter(name string, l Limit, turn bool) (wait time.Duration, ready bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	x, now := h.get(name, l), h.now()
	if wait := x.until.Sub(now); wait > brief {
		return wait, false // those that had waited would all come at once after it
	}
	if l.AtOnce > 0 && x.busy >= l.AtOnce {
		return x.queue(now), turn
	}
	if x.outages > 0 && x.busy > 0 {
		return probing, turn // one tries whether it answers again
	}
	if !turn {
		if wait = x.limiter.ReserveN(now, 1).DelayFrom(now); wait > brief {
			return wait, true
		}
	}
	if x.busy++; x.busy == l.AtOnce {
		x.full = now
	}
	return wait, true
}

// outagePauses are how long a host that is down is left alone.
var outagePauses = []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute}

// slowerMost are how long a host that asks for less keeps all messages waiting at most.
// Only if it goes on asking is it long: what it said may be about one person's messages
// alone, and that person is not to keep everybody from being told.
var slowerMost = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute}

// leave gives the place back, with what came of it.
func (h *hosts) leave(name string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	x := h.all[name]
	if x == nil {
		return
	}
	x.busy--
	if !x.full.IsZero() {
		x.pace = (3*x.pace + h.now().Sub(x.full)) / 4
		x.full = time.Time{}
	}
	var later *Later
	if !errors.As(err, &later) || !later.Outage && !later.Slower {
		x.outages = 0
		return
	}
	wait := outagePauses[min(x.outages, len(outagePauses)-1)]
	switch {
	case later.Outage:
		wait = max(wait, later.After)
	case later.After > 0:
		wait = min(later.After, slowerMost[min(x.outages, len(slowerMost)-1)])
	}
	x.outages++
	if until := h.now().Add(wait); until.After(x.until) {
		x.until = until
	}
	// What it would take at once by then was too much.
	if n := int(x.limiter.TokensAt(x.until)); n > 0 {
		x.limiter.ReserveN(x.until, n)
	}
}

// closed tells how long a host is left alone.
func (h *hosts) closed(name string) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	if x := h.all[name]; x != nil {
		return max(x.until.Sub(h.now()), 0)
	}
	return 0
}
