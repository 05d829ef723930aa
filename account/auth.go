package account

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"runtime"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"almanac/store"
)

var (
	// ErrCredentials tells that the user name and the password do not belong
	// together. It does not tell whether there is such a user.
	ErrCredentials = errors.New("wrong user name or password")
	// ErrCodeWanted tells that the password is right, and that a code of the
	// person's authenticator app or a recovery code is wanted besides.
	ErrCodeWanted = errors.New("a two-factor code is wanted")
)

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
	SecretRev uint64 // of the password that proved it; of an app password, 0
	App       string // ID of the app password that proved it; "" for the account's own
	Scope     Scope  // what that app password may do
}

// An Origin is where a try came from.
type Origin struct {
	Addr   netip.Addr
	Client string // the program, as it calls itself
}

// Options are the settings of an Authenticator.
type Options struct {
	Random io.Reader // source of secure randomness; required

	// Remember is how long a verified password is taken without hashing it, or
	// asking the directory, again; 0 means five minutes.
	Remember time.Duration
	// Cache is the number of verified credentials kept; 0 means 16384.
	Cache int
	// Hashers is the number of passwords hashed at a time, each in 19 MiB; 0
	// means one for each processor.
	Hashers int
	// Throttle says how tries are slowed; the zero value means DefaultThrottle.
	Throttle Throttle
	// Directory, if not nil, is asked about people who have no password here.
	Directory Directory
	Log       *slog.Logger // nil: none
}

// An Authenticator judges credentials. Its methods may be called by many
// goroutines at once.
type Authenticator struct {
	st       store.Store
	remember time.Duration
	mac      *macPool
	verified *lru.Cache[fingerprint, *verified]
	second   *lru.Cache[secondKey, struct{}]     // from where a two-factor code was right
	known    *lru.Cache[store.HomeID, time.Time] // whom the directory knew, and when
	slots    chan struct{}                       // one for each hash under way
	waiting  chan struct{}                       // one for each hash under way or waited for
	throttle *throttle
	codes    *throttle
	flight   singleflight.Group
	decoy    string // a hash that no password fits, for users who do not exist
	dir      Directory
	log      *slog.Logger
	notes    *notes
}

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
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Directory != nil {
		opt.Directory = &watched{Directory: opt.Directory, log: opt.Log}
	}
	mac, err := newMACPool(opt.Random)
	if err != nil {
		return nil, err
	}
	cache, err := lru.New[fingerprint, *verified](opt.Cache)
	if err != nil {
		return nil, fmt.Errorf("make the credential cache: %w", err)
	}
	second, err := lru.New[secondKey, struct{}](opt.Cache)
	if err != nil {
		return nil, fmt.Errorf("make the credential cache: %w", err)
	}
	known, err := lru.New[store.HomeID, time.Time](opt.Cache)
	if err != nil {
		return nil, fmt.Errorf("make the credential cache: %w", err)
	}
	decoy, err := newDecoy(opt.Random)
	if err != nil {
		return nil, err
	}
	return &Authenticator{
		st: st, remember: opt.Remember, mac: mac, verified: cache, second: second, known: known,
		slots: make(chan struct{}, opt.Hashers), waiting: make(chan struct{}, 64*opt.Hashers),
		throttle: newThrottle(opt.Throttle), codes: newThrottle(codeThrottle), decoy: decoy,
		dir: opt.Directory, log: opt.Log, notes: newNotes(),
	}, nil
}

// A door is a way into the program.
type door string

const (
	doorDAV   door = "dav"
	doorPages door = "pages"
)

// An attempt is one user name and password on their way through an Authenticator.
type attempt struct {
	door     door
	user     string // in canonical form
	password string
	from     Origin
	net      network
	print    fingerprint
	now      time.Time
}

// account is what tries at one account are counted by.
func (t *attempt) account() string { return alikeName(t.user) }

// Check tells whose user name and password these are, for clients that send them
// with every request: an app password, or the account's own unless two-factor
// authentication is on. Wrong ones are ErrCredentials; tries that come too fast are
// a *ThrottledError; a directory that does not answer is an *UnavailableError;
// other errors are those of the store.
//
// A password that was verified a short while ago costs about a microsecond,
// another one the hashing.
func (a *Authenticator) Check(ctx context.Context, user, password string, from Origin, now time.Time) (Identity, error) {
	return a.check(ctx, &attempt{door: doorDAV, user: user, password: password, from: from, now: now})
}

// SignIn tells who signs in to pages: with the account's own password and, where
// two-factor authentication is on, a code of the authenticator app or a recovery
// code. Without a code it is ErrCodeWanted then, with one that is wrong or was used
// ErrCode; the other errors are those of Check.
func (a *Authenticator) SignIn(ctx context.Context, user, password, code string, from Origin, now time.Time) (Identity, error) {
	t := &attempt{door: doorPages, user: user, password: password, from: from, now: now}
	who, err := a.check(ctx, t)
	if err != nil {
		return Identity{}, err
	}
	two, err := a.twoFactor(ctx, who.Home)
	if err != nil {
		return Identity{}, err
	}
	if two.On {
		if code == "" {
			return Identity{}, ErrCodeWanted
		}
		if err := a.code(ctx, t, who, code); err != nil {
			return Identity{}, err
		}
	}
	a.notes.signIn(signIn{who: who, door: doorPages, addr: from.Addr, net: t.net, client: from.Client, at: now})
	return who, nil
}

func (a *Authenticator) check(ctx context.Context, t *attempt) (Identity, error) {
	t.user = CanonicalUserName(t.user)
	if len(t.user) > MaxName || len(t.password) > MaxPassword {
		// Nobody has such a name or password; not hashing tells nothing.
		return Identity{}, ErrCredentials
	}
	t.net = networkOf(t.from.Addr)
	t.print = a.mac.fingerprint(t.user, t.password)

	known, ok := a.verified.Get(t.print)
	if ok {
		who, err := a.recall(ctx, known, t)
		switch {
		case errors.Is(err, errOtherDoor):
			known = nil
		case errors.Is(err, ErrCredentials):
			a.verified.Remove(t.print)
			known = nil
		case err != nil:
			return Identity{}, err
		default:
			fresh, trusted := known.standing(t.net, t.now, a.remember)
			if fresh && trusted && (known.app != nil || a.throttle.trusts(t.net, t.now)) {
				a.use(known, t)
				return who, nil
			}
		}
	}
	if t.door == doorDAV {
		if ref, ok := appSecretRef(t.password); ok {
			// It is heard however many tries have failed: nobody guesses one, so
			// that a guesser does not slow the devices that have one.
			who, err := a.judgeApp(ctx, t, ref)
			if !errors.Is(err, ErrCredentials) {
				return who, err
			}
			if known != nil && known.app != nil {
				a.verified.Remove(t.print)
				known = nil
			}
		}
	}

	// One phone opens several connections at once: they share one try, which
	// goes on when the connection that began it is closed.
	v, err, _ := a.flight.Do(string(t.door)+string(t.print[:])+string(t.net[:]), func() (any, error) {
		return a.try(context.WithoutCancel(ctx), t, known)
	})
	if err != nil {
		return Identity{}, err
	}
	return v.(Identity), nil
}

// try hears one try: known is nil or what an earlier right one left behind.
func (a *Authenticator) try(ctx context.Context, t *attempt, known *verified) (Identity, error) {
	trusted := false
	if known != nil {
		_, trusted = known.standing(t.net, t.now, a.remember)
		trusted = trusted && a.throttle.trusts(t.net, t.now)
	}
	// The password is counted as wrong before it is judged, so that a thousand
	// guesses at the same moment are a thousand tries. Only who sent the right
	// one from here before is let by; even a verified password is not, from
	// elsewhere: a guesser could otherwise ask the cache without being slowed.
	if !trusted {
		if wait := a.throttle.begin(t.account(), t.net, t.now); wait > 0 {
			a.notes.fail(t, "not heard: too many failed before")
			return Identity{}, &ThrottledError{RetryAfter: wait}
		}
	}
	who, twoFactor, err := a.judge(ctx, t, known)
	if !trusted && !errors.Is(err, ErrCredentials) {
		a.throttle.forgive(t.account(), t.net)
	}
	if err != nil {
		if known != nil && errors.Is(err, ErrCredentials) {
			a.verified.Remove(t.print)
		}
		if errors.Is(err, ErrCredentials) {
			reason := "wrong password"
			if errors.Is(err, errTwoFactorOn) {
				reason = "the account's own password, where two-factor authentication asks for an app password"
			}
			a.notes.fail(t, reason)
			err = ErrCredentials
		}
		return Identity{}, err
	}
	a.keep(t, who, nil, twoFactor)
	return who, nil
}

// SignInWith is SignIn for somebody whom an identity provider vouches for, as Admit
// has it. No code is asked for: how well the person is known is the provider's.
func (a *Authenticator) SignInWith(ctx context.Context, p Person, rule Admission, from Origin, now time.Time) (Identity, error) {
	who, err := a.Admit(ctx, p, rule, now)
	if err != nil {
		return Identity{}, err
	}
	a.notes.signIn(signIn{who: who, door: doorPages, by: p.Source, addr: from.Addr, net: networkOf(from.Addr), client: from.Client, at: now})
	return who, nil
}
