package account

import (
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// A Throttle says how failed tries are slowed.
type Throttle struct {
	// AccountFree and NetworkFree tries may fail without any delay. A network
	// may hold a whole office, whose phones all have an old password.
	AccountFree, NetworkFree int
	// First is the first delay; each further failure doubles it.
	First time.Duration
	// AccountMost and NetworkMost are the longest delays. The account's is
	// short: somebody else's guesses make it, and the owner's new phone waits too.
	AccountMost, NetworkMost time.Duration
	// Forget is how long after the last failure nothing is held against anybody.
	Forget time.Duration
	// Refused is how many tries of one network may be refused unheard before
	// even a right password that came from there before counts as a try: who
	// shares the owner's address could otherwise guess on without being slowed,
	// since the right guess would be heard.
	Refused int
	// Entries is the number of accounts, and of networks, that are kept in mind.
	Entries int
}

// DefaultThrottle lets about 1500 guesses a day at one account be heard, and 130
// from one network.
var DefaultThrottle = Throttle{
	AccountFree: 8, NetworkFree: 40,
	First:       time.Second,
	AccountMost: time.Minute, NetworkMost: 15 * time.Minute,
	Forget:  time.Hour,
	Refused: 1000,
	Entries: 16384,
}

// A network is the address that tries are counted by: an IPv4 address, or the
// /64 of an IPv6 address, since every device commands a whole one (RFC 6177).
type network [16]byte

func networkOf(a netip.Addr) network {
	a = a.Unmap()
	if a.Is6() {
		p, err := a.WithZone("").Prefix(64)
		if err == nil {
			a = p.Addr()
		}
	}
	if !a.IsValid() {
		return network{}
	}
	return a.As16()
}

// failures is the record of an account or a network.
type failures struct {
	count   int
	refused int       // tries that were not heard; of networks
	last    time.Time // of the last failure
	until   time.Time // no try is heard before
}

// A throttle counts failures, in bounded memory: an entry that was not asked for
// the longest goes first.
type throttle struct {
	rule Throttle

	mu       sync.Mutex
	accounts *simplelru.LRU[string, *failures]
	networks *simplelru.LRU[network, *failures]
}

func newThrottle(rule Throttle) *throttle {
	// simplelru fails only for a size below one.
	accounts, _ := simplelru.NewLRU[string, *failures](max(rule.Entries, 1), nil)
	networks, _ := simplelru.NewLRU[network, *failures](max(rule.Entries, 1), nil)
	return &throttle{rule: rule, accounts: accounts, networks: networks}
}

// begin counts a try as failed and returns 0, or tells how long to wait before
// one is heard again; then it is not counted, so that who waits gets heard.
func (t *throttle) begin(user string, net network, now time.Time) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a := entry(t.accounts, user)
	n := entry(t.networks, net)
	if until := later(a.until, n.until); now.Before(until) {
		// Whole seconds, as in Retry-After; never beyond the longest delay,
		// should the clock have been set back.
		n.refused++
		wait = until.Sub(now).Truncate(time.Second) + time.Second
		return min(wait, max(t.rule.AccountMost, t.rule.NetworkMost))
	}
	a.fail(now, t.rule.AccountFree, t.rule.First, t.rule.AccountMost, t.rule.Forget)
	n.fail(now, t.rule.NetworkFree, t.rule.First, t.rule.NetworkMost, t.rule.Forget)
	return 0
}

// trusts tells whether a password that was right from a network before need not
// count as a try.
func (t *throttle) trusts(net network, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, ok := t.networks.Peek(net)
	return !ok || n.refused < t.rule.Refused || now.Sub(n.last) > t.rule.Forget
}

// forgive takes back what begin counted: the try was right, or was not judged.
func (t *throttle) forgive(user string, net network) {
	t.mu.Lock()
	defer t.mu.Unlock()
	entry(t.accounts, user).forgive()
	entry(t.networks, net).forgive()
}

func entry[K comparable](l *simplelru.LRU[K, *failures], key K) *failures {
	if f, ok := l.Get(key); ok {
		return f
	}
	f := new(failures)
	l.Add(key, f)
	return f
}

func (f *failures) fail(now time.Time, free int, first, most, forget time.Duration) {
	if now.Sub(f.last) > forget {
		f.count, f.refused = 0, 0
	}
	f.count++
	f.last = now
	f.until = time.Time{}
	if over := f.count - free; over > 0 {
		f.until = now.Add(delay(over, first, most))
	}
}

func (f *failures) forgive() {
	f.count = max(f.count-1, 0)
	f.until = time.Time{}
}

// delay doubles with each failure beyond the free ones.
func delay(over int, first, most time.Duration) time.Duration {
	d := first
	for i := 1; i < over && d < most; i++ {
		d *= 2
	}
	return min(d, most)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
