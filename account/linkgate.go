package account

import (
	"fmt"
	"io"
	"net/netip"
	"runtime"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// A LinkGate judges the passwords of public links, and slows guessing as an
// Authenticator does: by link and by network. Its methods may be called by many
// goroutines at once.
type LinkGate struct {
	mac      *macPool
	verified *lru.Cache[verifiedLink, time.Time]
	throttle *throttle
	slots    chan struct{}
	waiting  chan struct{}
}

// verifiedLink is a password that was right from a network. From another one it
// counts as a try again: a guesser could otherwise ask the cache without being slowed.
type verifiedLink struct {
	print fingerprint
	net   network
}

// rememberLink is how long a right password is taken without hashing it again.
const rememberLink = 5 * time.Minute

// NewLinkGate makes a gate; random is a source of secure randomness.
func NewLinkGate(random io.Reader, rule Throttle) (*LinkGate, error) {
	mac, err := newMACPool(random)
	if err != nil {
		return nil, err
	}
	cache, err := lru.New[verifiedLink, time.Time](4096)
	if err != nil {
		return nil, fmt.Errorf("make the cache of link passwords: %w", err)
	}
	n := runtime.GOMAXPROCS(0)
	return &LinkGate{mac: mac, verified: cache, throttle: newThrottle(rule),
		slots: make(chan struct{}, n), waiting: make(chan struct{}, 16*n)}, nil
}

// Check tells whether a password opens a link: nil when it does or none is needed.
// A wrong one is ErrCredentials, a try that comes too fast a *ThrottledError.
func (g *LinkGate) Check(l *Link, password string, remote netip.Addr, now time.Time) error {
	if l.Secret == "" {
		return nil
	}
	if password == "" || len(password) > MaxPassword {
		return ErrCredentials // what clients send before they know that they need one
	}
	// The hash is part of what is remembered, so that another password ends it.
	v := verifiedLink{g.mac.fingerprint(l.ID+l.Secret, password), networkOf(remote)}
	if at, ok := g.verified.Get(v); ok && now.Sub(at).Abs() < rememberLink && g.throttle.trusts(v.net, now) {
		return nil
	}
	if wait := g.throttle.begin(l.ID, v.net, now); wait > 0 {
		return &ThrottledError{RetryAfter: wait}
	}
	ok, err := g.verify(l.Secret, password)
	if err != nil || ok {
		g.throttle.forgive(l.ID, v.net)
	}
	switch {
	case err != nil:
		return err
	case !ok:
		return ErrCredentials
	}
	g.verified.Add(v, now)
	return nil
}

// verify hashes, few at a time.
func (g *LinkGate) verify(secret, password string) (bool, error) {
	select {
	case g.waiting <- struct{}{}:
		defer func() { <-g.waiting }()
	default:
		return false, &ThrottledError{RetryAfter: time.Second}
	}
	g.slots <- struct{}{}
	defer func() { <-g.slots }()
	return Verify(secret, password)
}
