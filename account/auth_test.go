package account

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"sync"
	"testing"
	"time"

	"almanac/store"
	"almanac/store/memstore"
)

// cheap is a hash that costs nothing, for tests with many tries.
func cheap(password string) string {
	p := phc{memory: 8, time: 1, lanes: 1, salt: testSalt}
	p.sum = p.derive(password, hashOctets)
	return p.String()
}

func from(addr string) Origin { return Origin{Addr: netip.MustParseAddr(addr), Client: "test"} }

type scene struct {
	t    *testing.T
	st   store.Store
	auth *Authenticator
	ann  store.HomeID
}

func newScene(t *testing.T) *scene {
	st := memstore.New()
	t.Cleanup(func() { st.Close() })
	s := &scene{t: t, st: st}
	var err error
	if s.ann, err = Create(t.Context(), st, store.Home{Name: "ann", Secret: cheap("right")}, "test", noon); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(t.Context(), st, store.Home{Name: "mute"}, "test", noon); err != nil {
		t.Fatal(err)
	}
	if s.auth, err = New(st, Options{Random: rand.Reader}); err != nil {
		t.Fatal(err)
	}
	s.auth.decoy = cheap("nobody has this")
	return s
}

func (s *scene) try(user, password, addr string, after time.Duration) error {
	s.t.Helper()
	who, err := s.auth.Check(s.t.Context(), user, password, from(addr), noon.Add(after))
	if (err == nil) != (who.Home != 0) {
		s.t.Errorf("Check = %+v, %v", who, err)
	}
	return err
}

// wear makes so many wrong guesses at ann that every further one must wait.
func (s *scene) wear(from string, after time.Duration) {
	s.t.Helper()
	for i := range 1000 {
		var throttled *ThrottledError
		if err := s.try("ann", fmt.Sprint("guess ", i), from, after); errors.As(err, &throttled) {
			return
		} else if !errors.Is(err, ErrCredentials) {
			s.t.Fatalf("guess %d: %v", i, err)
		}
	}
	s.t.Fatal("guessing is never slowed")
}

func wantThrottled(t *testing.T, err error) {
	t.Helper()
	var e *ThrottledError
	if !errors.As(err, &e) {
		t.Fatalf("err = %v, want a ThrottledError", err)
	}
	if e.RetryAfter < time.Second || e.RetryAfter%time.Second != 0 {
		t.Errorf("RetryAfter is %s", e.RetryAfter)
	}
}

func TestCheck(t *testing.T) {
	s := newScene(t)
	who, err := s.auth.Check(t.Context(), "ann", "right", from("192.0.2.1"), noon)
	if want := (Identity{Home: s.ann, Name: "ann", SecretRev: 1}); err != nil || !reflect.DeepEqual(who, want) {
		t.Errorf("Check = %+v, %v; want %+v", who, err, want)
	}
	for _, c := range []struct{ user, password string }{
		{"ann", "wrong"}, {"ann", ""}, {"bob", "right"}, {"", ""}, {"mute", ""}, {"mute", "nobody has this"}, {"nobody", "nobody has this"},
	} {
		if err := s.try(c.user, c.password, "192.0.2.9", 0); err != ErrCredentials {
			t.Errorf("%q with %q: %v", c.user, c.password, err)
		}
	}
}

func TestOverlongCredentialsAreWrong(t *testing.T) {
	s := newScene(t)
	long := string(make([]byte, 1<<20))
	if err := s.try(long, "x", "192.0.2.1", 0); err != ErrCredentials {
		t.Error(err)
	}
	if err := s.try("ann", long, "192.0.2.1", 0); err != ErrCredentials {
		t.Error(err)
	}
}

func TestGuessingIsSlowedForEveryNameAlike(t *testing.T) {
	// The same dialogue for a name that exists and one that does not.
	dialogue := func(user string) (out []string) {
		s := newScene(t)
		for i := range 30 {
			err := s.try(user, "wrong", "192.0.2.1", time.Duration(i)*700*time.Millisecond)
			out = append(out, err.Error())
		}
		return out
	}
	known, unknown := dialogue("ann"), dialogue("zoe")
	if fmt.Sprint(known) != fmt.Sprint(unknown) {
		t.Errorf("a known name answers\n%v\nan unknown one\n%v", known, unknown)
	}
}

func TestTheOwnerIsNotLockedOut(t *testing.T) {
	const phone, guesser = "192.0.2.1", "198.51.100.66"
	s := newScene(t)
	if err := s.try("ann", "right", phone, 0); err != nil {
		t.Fatal(err)
	}
	s.wear(guesser, time.Minute)
	if err := s.try("ann", "right", phone, time.Minute); err != nil {
		t.Errorf("while the password is remembered: %v", err)
	}
	s.wear(guesser, time.Hour)
	if err := s.try("ann", "right", phone, time.Hour); err != nil {
		t.Errorf("when it must be hashed again: %v", err)
	}
	// Another device at home that still has an old password.
	s.wear(phone, 2*time.Hour)
	if err := s.try("ann", "right", phone, 2*time.Hour); err != nil {
		t.Errorf("beside a device with an old password: %v", err)
	}
}

func TestTheOwnersNetworkIsNoWayToGuessFaster(t *testing.T) {
	const home = "192.0.2.1"
	s := newScene(t)
	if err := s.try("ann", "right", home, 0); err != nil {
		t.Fatal(err)
	}
	s.wear(home, 0)
	for i := range DefaultThrottle.Refused {
		wantThrottled(t, s.try("ann", fmt.Sprint("more ", i), home, 0))
	}
	wantThrottled(t, s.try("ann", "right", home, 0))
	if err := s.try("ann", "right", home, 2*time.Hour); err != nil {
		t.Errorf("when it is over: %v", err)
	}
}

func TestTheRightGuessIsSlowedToo(t *testing.T) {
	s := newScene(t)
	if err := s.try("ann", "right", "192.0.2.1", 0); err != nil {
		t.Fatal(err)
	}
	s.wear("198.51.100.66", 0)
	// Although it is remembered at this moment: the cache answers no guesser.
	wantThrottled(t, s.try("ann", "right", "198.51.100.66", 0))
	wantThrottled(t, s.try("ann", "right", "203.0.113.5", 0))
	if err := s.try("ann", "right", "203.0.113.5", 2*time.Hour); err != nil {
		t.Errorf("later: %v", err)
	}
}

func TestARightPasswordIsNoFailedTry(t *testing.T) {
	s := newScene(t)
	for i := range 200 {
		addr := fmt.Sprintf("192.0.2.%d", i%100)
		if err := s.try("ann", "right", addr, time.Duration(i)*time.Millisecond); err != nil {
			t.Fatalf("try %d: %v", i, err)
		}
	}
}

func TestAChangedPasswordEndsTheOldAtOnce(t *testing.T) {
	s := newScene(t)
	if err := s.try("ann", "right", "192.0.2.1", 0); err != nil {
		t.Fatal(err)
	}
	secret := cheap("new")
	if _, err := s.st.Apply(t.Context(), &store.Batch{Home: s.ann, Ops: []store.Op{store.SetHome{Secret: &secret}}}); err != nil {
		t.Fatal(err)
	}
	if err := s.try("ann", "right", "192.0.2.1", time.Second); err != ErrCredentials {
		t.Errorf("the old password: %v", err)
	}
	who, err := s.auth.Check(t.Context(), "ann", "new", from("192.0.2.1"), noon.Add(time.Second))
	if err != nil || who.SecretRev != 2 {
		t.Errorf("the new password: %+v, %v", who, err)
	}
}

func TestARemovedAccountIsGoneAtOnce(t *testing.T) {
	s := newScene(t)
	if err := s.try("ann", "right", "192.0.2.1", 0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.st.Apply(t.Context(), &store.Batch{Home: s.ann, Ops: []store.Op{store.DeleteHome{}}}); err != nil {
		t.Fatal(err)
	}
	if err := s.try("ann", "right", "192.0.2.1", time.Second); err != ErrCredentials {
		t.Error(err)
	}
}

func TestAPasswordIsHashedOnceInAWhile(t *testing.T) {
	s := newScene(t)
	// The hash of the store is not looked at while the password is remembered:
	// a broken one would be an error.
	if err := s.try("ann", "right", "192.0.2.1", 0); err != nil {
		t.Fatal(err)
	}
	s.breakSecret()
	if err := s.try("ann", "right", "192.0.2.1", 5*time.Minute-1); err != nil {
		t.Errorf("just before five minutes are over: %v", err)
	}
	if err := s.try("ann", "right", "192.0.2.1", 5*time.Minute); !errors.Is(err, ErrHash) {
		t.Errorf("after five minutes: %v", err)
	}
}

// breakSecret makes the stored hash unreadable to whoever reads it again, while
// SecretRev stays as it is: by a store that stands before the other.
func (s *scene) breakSecret() { s.auth.st = brokenSecrets{s.st} }

type brokenSecrets struct{ store.Store }

func (b brokenSecrets) View(ctx context.Context, fn func(store.Snapshot) error) error {
	return b.Store.View(ctx, func(s store.Snapshot) error { return fn(brokenSnapshot{s}) })
}

type brokenSnapshot struct{ store.Snapshot }

func (b brokenSnapshot) HomeByName(name string) (*store.Home, error) {
	h, err := b.Snapshot.HomeByName(name)
	if err == nil {
		h.Secret = "broken"
	}
	return h, err
}

func TestManyAtOnce(t *testing.T) {
	s := newScene(t)
	s.auth.st = s.st
	var wg sync.WaitGroup
	var mu sync.Mutex
	right := map[string]int{}
	for i := range 200 {
		wg.Go(func() {
			password := "right"
			if i%2 == 1 {
				password = fmt.Sprint("guess ", i)
			}
			_, err := s.auth.Check(t.Context(), "ann", password, from(fmt.Sprintf("192.0.2.%d", i%2)), noon)
			mu.Lock()
			defer mu.Unlock()
			var throttled *ThrottledError
			switch {
			case err == nil && password == "right":
				right["in"]++
			case errors.As(err, &throttled):
				right["throttled"]++
			case err == ErrCredentials && password != "right":
				right["wrong"]++
			default:
				right[fmt.Sprint(password, ": ", err)]++
			}
		})
	}
	wg.Wait()
	// At most the free tries were heard, however many came at the same moment.
	if right["wrong"] > DefaultThrottle.AccountFree+1 || len(right) > 3 {
		t.Errorf("outcomes: %v", right)
	}
}
