package account

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"almanac/store"
)

// ErrCredentials tells that the user name and the password do not belong
// together. It does not tell whether there is such a user.
var ErrCredentials = errors.New("wrong user name or password")

// A ThrottledError tells that a try was not heard because too many have failed.
type ThrottledError struct {
	RetryAfter time.Duration // a whole number of seconds, at least one
}

func (e *ThrottledError) Error() string {
	return fmt.Sprintf("too many failed tries: retry after %s", e.RetryAfter)
}

// An Identity is a principal who has proved to be it.
type Identity struct {
	Home      store.HomeID
	Name      string
	SecretRev uint64 // of the password that proved it
}

// Options are the settings of an Authenticator.
type Options struct {
	Random io.Reader // source of secure randomness; required

	// Remember is how long a verified password is taken without hashing it
	// again; 0 means five minutes.
	Remember time.Duration
	// Cache is the number of verified credentials kept; 0 means 16384.
	Cache int
	// Hashers is the number of passwords hashed at a time, each in 19 MiB; 0
	// means one for each processor.
	Hashers int
	// Throttle says how tries are slowed; the zero value means DefaultThrottle.
	Throttle Throttle
}

// An Authenticator judges credentials. Its methods may be called by many
// goroutines at once.
type Authenticator struct {
	st       store.Store
	remember time.Duration
	mac      *macPool
	verified *lru.Cache[fingerprint, *verified]
	slots    chan struct{} // one for each hash under way
	waiting  chan struct{} // one for each hash under way or waited for
	throttle *throttle
	flight   singleflight.Group
	decoy    string // a hash that no password fits, for users who do not exist
}

// verified is what is known of a right password. It is worthless once the home
// has another SecretRev.
type verified struct {
	home store.HomeID
	name string // as the store has it
	rev  uint64

	mu   sync.Mutex
	at   time.Time // when it was last hashed and compared
	nets []network // from where it was right, newest last
}

// How many networks are kept for one credential: the devices of a household are
// in two or three at a time.
const netsPerCredential = 16

// New makes an Authenticator over the homes of a store.
func New(st store.Store, opt Options) (*Authenticator, error) {
	if opt.Remember == 0 {
		opt.Remember = 5 * time.Minute
	}
	if opt.Cache == 0 {
		opt.Cache = 16384
	}
	if opt.Hashers == 0 {
		opt.Hashers = runtime.GOMAXPROCS(0)
	}
	if opt.Throttle == (Throttle{}) {
		opt.Throttle = DefaultThrottle
	}
	mac, err := newMACPool(opt.Random)
	if err != nil {
		return nil, err
	}
	cache, err := lru.New[fingerprint, *verified](opt.Cache)
	if err != nil {
		return nil, fmt.Errorf("make the credential cache: %w", err)
	}
	decoy, err := newDecoy(opt.Random)
	if err != nil {
		return nil, err
	}
	return &Authenticator{
		st: st, remember: opt.Remember, mac: mac, verified: cache,
		slots: make(chan struct{}, opt.Hashers), waiting: make(chan struct{}, 64*opt.Hashers),
		throttle: newThrottle(opt.Throttle), decoy: decoy,
	}, nil
}

// Check tells whose user name and password these are. Wrong ones are
// ErrCredentials; tries that come too fast are a *ThrottledError; other errors
// are those of the store.
//
// A password that was verified a short while ago costs about a microsecond,
// another one the hashing.
func (a *Authenticator) Check(ctx context.Context, user, password string, remote netip.Addr, now time.Time) (Identity, error) {
	user = CanonicalUserName(user)
	if len(user) > MaxName || len(password) > MaxPassword {
		// Nobody has such a name or password; not hashing tells nothing.
		return Identity{}, ErrCredentials
	}
	net := networkOf(remote)
	print := a.mac.fingerprint(user, password)

	known, ok := a.verified.Get(print)
	if ok {
		who, err := a.recall(ctx, known)
		if err != nil {
			a.verified.Remove(print)
			if !errors.Is(err, ErrCredentials) {
				return Identity{}, err
			}
			known = nil
		} else if fresh, trusted := known.standing(net, now, a.remember); fresh && trusted && a.throttle.trusts(net, now) {
			return who, nil
		}
	}

	// One phone opens several connections at once: they share one try, which
	// goes on when the connection that began it is closed.
	v, err, _ := a.flight.Do(string(print[:])+string(net[:]), func() (any, error) {
		return a.try(context.WithoutCancel(ctx), user, password, net, print, known, now)
	})
	if err != nil {
		return Identity{}, err
	}
	return v.(Identity), nil
}

// recall returns the identity behind a credential verified earlier, or
// ErrCredentials when the home is gone or its password was changed since.
func (a *Authenticator) recall(ctx context.Context, v *verified) (Identity, error) {
	who := Identity{Home: v.home, Name: v.name, SecretRev: v.rev}
	err := a.st.View(ctx, func(s store.Snapshot) error {
		h, err := s.Home(v.home)
		if err == nil && h.SecretRev != v.rev {
			return ErrCredentials
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		err = ErrCredentials
	}
	return who, err
}

// standing tells whether the credential was hashed a short while ago, and
// whether it was right from this network before.
func (v *verified) standing(net network, now time.Time, remember time.Duration) (fresh, trusted bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	age := now.Sub(v.at)
	return age < remember && age > -remember, slices.Contains(v.nets, net)
}

// try hears one try: known is nil or what an earlier right one left behind.
func (a *Authenticator) try(ctx context.Context, user, password string, net network, print fingerprint, known *verified, now time.Time) (Identity, error) {
	trusted := false
	if known != nil {
		_, trusted = known.standing(net, now, a.remember)
		trusted = trusted && a.throttle.trusts(net, now)
	}
	// The password is counted as wrong before it is judged, so that a thousand
	// guesses at the same moment are a thousand tries. Only who sent the right
	// one from here before is let by; even a verified password is not, from
	// elsewhere: a guesser could otherwise ask the cache without being slowed.
	if !trusted {
		if wait := a.throttle.begin(user, net, now); wait > 0 {
			return Identity{}, &ThrottledError{RetryAfter: wait}
		}
	}
	who, err := a.judge(ctx, user, password, known, now)
	if !trusted && !errors.Is(err, ErrCredentials) {
		a.throttle.forgive(user, net)
	}
	if err != nil {
		if known != nil && errors.Is(err, ErrCredentials) {
			a.verified.Remove(print)
		}
		return Identity{}, err
	}
	a.keep(print, who, net, now)
	return who, nil
}

// judge compares the password with the stored hash, doing the same work whether
// or not there is such a user.
func (a *Authenticator) judge(ctx context.Context, user, password string, known *verified, now time.Time) (Identity, error) {
	if known != nil {
		if fresh, _ := known.standing(network{}, now, a.remember); fresh {
			return a.recall(ctx, known)
		}
	}
	var home store.Home
	err := a.st.View(ctx, func(s store.Snapshot) error {
		h, err := s.HomeByName(user)
		if err == nil {
			home = *h
		}
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Identity{}, fmt.Errorf("look up user %q: %w", user, err)
	}
	secret := home.Secret
	if secret == "" {
		secret = a.decoy
	}
	ok, err := a.verify(secret, password)
	if err != nil {
		return Identity{}, fmt.Errorf("check the password of %q: %w", user, err)
	}
	if !ok || home.Secret == "" {
		return Identity{}, ErrCredentials
	}
	return Identity{Home: home.ID, Name: home.Name, SecretRev: home.SecretRev}, nil
}

// verify hashes, few at a time: each takes 19 MiB and a processor.
func (a *Authenticator) verify(secret, password string) (bool, error) {
	select {
	case a.waiting <- struct{}{}:
		defer func() { <-a.waiting }()
	default:
		return false, &ThrottledError{RetryAfter: time.Second}
	}
	a.slots <- struct{}{}
	defer func() { <-a.slots }()
	return Verify(secret, password)
}

// keep remembers that the credential was right, and from where.
func (a *Authenticator) keep(print fingerprint, who Identity, net network, now time.Time) {
	v, ok := a.verified.Get(print)
	if !ok || v.home != who.Home || v.rev != who.SecretRev {
		a.verified.Add(print, &verified{home: who.Home, name: who.Name, rev: who.SecretRev, at: now, nets: []network{net}})
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if age := now.Sub(v.at); age >= a.remember || age <= -a.remember {
		v.at = now
	}
	if i := slices.Index(v.nets, net); i >= 0 {
		v.nets = slices.Delete(v.nets, i, i+1)
	} else if len(v.nets) == netsPerCredential {
		v.nets = slices.Delete(v.nets, 0, 1)
	}
	v.nets = append(v.nets, net)
}
