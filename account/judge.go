package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"almanac/store"
)

// errTwoFactorOn is an ErrCredentials for the account's own password where
// two-factor authentication is on. Whoever sends it is told no more than that.
var errTwoFactorOn = fmt.Errorf("%w: two-factor authentication is on", ErrCredentials)

// judge compares an account's own password with the stored hash, or has the
// directory do it. It does the same work whether or not there is such a user.
// twoFactor tells whether a code is asked for besides.
func (a *Authenticator) judge(ctx context.Context, t *attempt, known *verified) (who Identity, twoFactor bool, err error) {
	if known != nil {
		if fresh, _ := known.standing(network{}, t.now, a.remember); fresh {
			who, err = a.recall(ctx, known, t)
			return who, known.twoFactor, err
		}
	}
	var home store.Home
	on := false
	err = a.st.View(ctx, func(s store.Snapshot) error {
		h, err := s.HomeByName(t.user)
		if err == nil {
			home = *h
			var two TwoFactor
			two, err = TwoFactorOf(s, h.ID)
			on = two.On
		}
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Identity{}, false, fmt.Errorf("look up user %q: %w", t.user, err)
	}
	who = Identity{Home: home.ID, Name: home.Name, SecretRev: home.SecretRev}
	if home.Secret == "" && a.dir != nil && t.password != "" {
		person, err := a.dir.Verify(ctx, t.user, t.password)
		if err == nil {
			who, err = a.Admit(ctx, person, Admission{Create: true}, t.now)
		}
		if err == nil {
			// It may be another account than that of the name.
			var two TwoFactor
			two, err = a.twoFactor(ctx, who.Home)
			on = two.On
		}
		switch {
		case err == nil:
			return t.admit(who, on)
		case errors.Is(err, ErrNoAccount), isNameError(err):
			a.log.Warn("somebody in the directory has no account", "user", t.user, "error", err)
		case !errors.Is(err, ErrCredentials):
			return Identity{}, false, fmt.Errorf("check the password of %q: %w", t.user, err)
		}
	}
	secret := home.Secret
	if secret == "" {
		secret = a.decoy
	}
	ok, err := a.verify(secret, t.password)
	if err != nil {
		return Identity{}, false, fmt.Errorf("check the password of %q: %w", t.user, err)
	}
	if !ok || home.Secret == "" {
		return Identity{}, false, ErrCredentials
	}
	return t.admit(who, on)
}

func isNameError(err error) bool {
	var e *NameError
	return errors.As(err, &e)
}

// admit lets who has the right password through a door that takes it.
func (t *attempt) admit(who Identity, twoFactor bool) (Identity, bool, error) {
	if twoFactor && t.door == doorDAV {
		return Identity{}, false, errTwoFactorOn
	}
	return who, twoFactor, nil
}

func (a *Authenticator) twoFactor(ctx context.Context, home store.HomeID) (two TwoFactor, err error) {
	err = a.st.View(ctx, func(s store.Snapshot) error {
		two, err = TwoFactorOf(s, home)
		return err
	})
	return two, err
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

// judgeApp looks for the app password with that ref. Its user name needs not be
// spelt as the account's is: phones begin with a large letter. Where the person
// comes from the directory, that has to know them still.
func (a *Authenticator) judgeApp(ctx context.Context, t *attempt, ref string) (Identity, error) {
	var found *store.Record
	var home *store.Home
	var p AppPassword
	subject := ""
	err := a.st.View(ctx, func(s store.Snapshot) error {
		err := s.Referring(factAppPassword, ref, func(r *store.Record) bool { found = r.Clone(); return false })
		if err != nil || found == nil {
			return err
		}
		if home, err = s.Home(found.Home); err != nil {
			return err
		}
		if p, err = readApp(s, found); err == nil {
			subject, err = a.subjectOf(s, home)
		}
		return err
	})
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && found == nil:
		return Identity{}, ErrCredentials
	case err != nil:
		return Identity{}, fmt.Errorf("look up an app password of %q: %w", t.user, err)
	case !strings.EqualFold(home.Name, t.user):
		return Identity{}, ErrCredentials
	case p.Ended(t.now):
		return Identity{}, ErrCredentials
	}
	if subject != "" {
		if _, err := a.dir.Find(ctx, subject); err != nil {
			return Identity{}, err
		}
	}
	who := Identity{Home: home.ID, Name: home.Name, App: p.ID, Scope: p.Scope}
	v := a.keep(t, who, &verifiedApp{key: found.Key, value: found.Value, expires: p.Expires}, false)
	v.mu.Lock()
	if v.noted.IsZero() {
		v.noted = p.LastUsed
	}
	v.mu.Unlock()
	a.use(v, t)
	return who, nil
}

// A secondKey is an account and a network from which its second factor was right.
type secondKey struct {
	home store.HomeID
	net  network
}

// codeThrottle slows tries at codes more than DefaultThrottle does those at
// passwords: there are only a million codes. Some thirty a day are heard of who has
// the password, so that they would guess for decades.
var codeThrottle = Throttle{
	AccountFree: 5, NetworkFree: 40,
	First:       30 * time.Second,
	AccountMost: time.Hour, NetworkMost: 15 * time.Minute,
	Forget:  24 * time.Hour,
	Entries: 16384,
}

// code judges the second factor. Where the owner's codes were right before, tries
// are counted apart from those of others, and so are recovery codes, which are too
// long to guess: a guesser who has the password does not lock the owner out.
func (a *Authenticator) code(ctx context.Context, t *attempt, who Identity, code string) error {
	here := secondKey{who.Home, t.net}
	account := who.Name
	if a.second.Contains(here) || len(cleanCode(code)) == recoveryLetters {
		account += "\x00" + string(t.net[:])
	}
	if wait := a.codes.begin(account, t.net, t.now); wait > 0 {
		a.notes.fail(t, "code not heard: too many failed before")
		return &ThrottledError{RetryAfter: wait}
	}
	recovery, err := useCode(ctx, a.st, who.Home, code, t.now)
	switch {
	case errors.Is(err, ErrCode):
		a.notes.fail(t, "right password, wrong code")
		return ErrCode
	case errors.Is(err, ErrNotBegun):
		err = nil // it was turned off at this moment
	}
	a.codes.forgive(account, t.net)
	if err != nil {
		return fmt.Errorf("check a two-factor code of %q: %w", who.Name, err)
	}
	a.second.Add(here, struct{}{})
	if recovery {
		return Audit(ctx, a.st, Event{At: t.now, Act: RecoveryCodeUsed, Actor: who.Name, Subject: who.Name, Addr: addrText(t.from.Addr), Client: t.from.Client})
	}
	return nil
}
