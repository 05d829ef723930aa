package account

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"almanac/store"
)

// A Directory knows people and their passwords in place of almanac: an LDAP server,
// say. Its methods may be called by many goroutines at once, and answer within a
// time that they bound themselves.
type Directory interface {
	// Verify tells whose user name and password these are. Wrong ones, and those
	// of who may not sign in, are ErrCredentials; a directory that gives no answer
	// is an *UnavailableError.
	Verify(ctx context.Context, user, password string) (Person, error)
	// Find looks a person up again by what Verify gave as Subject. One who is gone,
	// or may not sign in any more, is ErrCredentials.
	Find(ctx context.Context, subject string) (Person, error)
	// Source names the directory in the Persons that come from it.
	Source() string
}

// A watched directory has the log told once when it goes away, and once when it is
// back: thousands of clients come again meanwhile.
type watched struct {
	Directory
	log  *slog.Logger
	away atomic.Bool
}

func (w *watched) Verify(ctx context.Context, user, password string) (Person, error) {
	p, err := w.Directory.Verify(ctx, user, password)
	w.note(err)
	return p, err
}

func (w *watched) Find(ctx context.Context, subject string) (Person, error) {
	p, err := w.Directory.Find(ctx, subject)
	w.note(err)
	return p, err
}

func (w *watched) note(err error) {
	var away *UnavailableError
	switch isAway := errors.As(err, &away); {
	case isAway && !w.away.Swap(true):
		w.log.Error("the directory does not answer; who is not remembered is put off", "error", err)
	case !isAway && w.away.Swap(false):
		w.log.Info("the directory answers again")
	}
}

// A Person is somebody whom a directory or an identity provider vouches for.
type Person struct {
	Source  string // who vouches: "ldap", or the issuer's URL
	Subject string // names the person there for ever; at most 512 octets

	Name        string   // the user name that an account of theirs has
	DisplayName string   // "" where not known
	Emails      []string // nil where not known
}

// An UnavailableError tells that it cannot be known at this moment whether
// credentials are right.
type UnavailableError struct {
	RetryAfter time.Duration // a whole number of seconds, at least one
	Err        error
}

func (e *UnavailableError) Error() string {
	return fmt.Sprintf("accounts cannot be checked at this moment: %v", e.Err)
}

func (e *UnavailableError) Unwrap() error { return e.Err }

// Admission says which accounts a person is let into who comes for the first time.
type Admission struct {
	Existing bool // one of that name that is there
	Create   bool // a new one
}

// ErrNoAccount tells that somebody is who they say, and has no account here.
var ErrNoAccount = errors.New("there is no account for this person")

// factTie is the kind of record that ties an account to a Person: see doc.go.
const factTie = "tie"

type tieValue struct {
	Source  string    `json:"source"`
	Subject string    `json:"subject"`
	Since   time.Time `json:"since"`
}

func tieKey(source, subject string) string { return source + "\x00" + subject }

// tiesOf returns what an account is tied to.
func tiesOf(s store.Snapshot, h *store.Home) (ties []tieValue, err error) {
	err = each(func(visit func(*store.Record) bool) error { return s.Referring(factTie, h.Name, visit) },
		func(r *store.Record, v *tieValue) error {
			if r.Home == h.ID {
				ties = append(ties, *v)
			}
			return nil
		})
	return ties, err
}

// tieTo returns the subject that an account has with a source, or "".
func tieTo(s store.Snapshot, h *store.Home, source string) (subject string, err error) {
	ties, err := tiesOf(s, h)
	for _, t := range ties {
		if t.Source == source {
			subject = t.Subject
		}
	}
	return subject, err
}

// subjectOf names an account's owner in the directory: who has no password here, and
// is known there. For others it is "".
func (a *Authenticator) subjectOf(s store.Snapshot, h *store.Home) (string, error) {
	if a.dir == nil || h.Secret != "" {
		return "", nil
	}
	return tieTo(s, h, a.dir.Source())
}

// HasPassword tells whether an account has a password of its own, here or in the
// directory. Who comes through a provider alone has none.
func (a *Authenticator) HasPassword(s store.Snapshot, h *store.Home) (bool, error) {
	subject, err := a.subjectOf(s, h)
	return h.Secret != "" || subject != "", err
}

// StillKnown asks the directory about an account that stays signed in: it is
// ErrCredentials when the account's owner is gone from there, and an
// *UnavailableError when the directory does not answer. What it said is remembered
// as long as a password is. An account that the directory does not vouch for is
// none of its business.
func (a *Authenticator) StillKnown(ctx context.Context, h *store.Home, now time.Time) error {
	subject := ""
	err := a.st.View(ctx, func(s store.Snapshot) (err error) {
		subject, err = a.subjectOf(s, h)
		return err
	})
	if err != nil || subject == "" {
		return err
	}
	if at, ok := a.known.Get(h.ID); ok && now.Sub(at).Abs() < a.remember {
		return nil
	}
	if _, err := a.dir.Find(ctx, subject); err != nil {
		return err
	}
	a.known.Add(h.ID, now)
	return nil
}

// Admit returns the account of a person, whom somebody vouched for: the one that
// they had before, or what the rule allows. Afterwards the account stays tied to
// the person: another one, of the same name, is ErrNoAccount. What is known of the
// display name and the mail addresses goes into the account.
func (a *Authenticator) Admit(ctx context.Context, p Person, rule Admission, now time.Time) (Identity, error) {
	if p.Source == "" || p.Subject == "" || len(p.Subject) > 512 {
		return Identity{}, fmt.Errorf("admit %q: %w: no usable subject", p.Name, ErrNoAccount)
	}
	p.Name = CanonicalUserName(p.Name)
	var home *store.Home
	tied := false
	err := a.st.View(ctx, func(s store.Snapshot) error {
		r, err := s.Record(factTie, tieKey(p.Source, p.Subject))
		if err == nil {
			tied = true
			home, err = s.Home(r.Home)
			return err
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		home, err = s.HomeByName(p.Name)
		if errors.Is(err, store.ErrNotFound) {
			home, err = nil, nil
		}
		if err != nil || home == nil {
			return err
		}
		ties, err := tiesOf(s, home)
		switch {
		case err != nil:
			return err
		case slices.ContainsFunc(ties, func(t tieValue) bool { return t.Source == p.Source }):
			return ErrNoAccount // it is somebody else's, who had the name before
		case !rule.Existing:
			return ErrNoAccount
		case home.Secret == "" && len(ties) == 0:
			return ErrNoAccount // nobody's: a room, say
		}
		return nil
	})
	if err == nil && home == nil && !rule.Create {
		err = ErrNoAccount
	}
	if err != nil {
		return Identity{}, fmt.Errorf("admit %q: %w", p.Name, err)
	}
	switch {
	case tied:
		err = a.refresh(ctx, home, p, now)
	case home != nil:
		if _, err = a.st.Apply(ctx, &store.Batch{Home: home.ID, By: p.actor(), At: now, Ops: []store.Op{p.tie(home.Name, now)}}); err == nil {
			err = Audit(ctx, a.st, Event{At: now, Act: AccountLinked, Actor: p.actor(), Subject: home.Name, Detail: p.Subject})
		}
	default:
		home, err = a.provision(ctx, p, now)
	}
	if err != nil {
		return Identity{}, fmt.Errorf("admit %q: %w", p.Name, err)
	}
	return Identity{Home: home.ID, Name: home.Name, SecretRev: home.SecretRev}, nil
}

func (p *Person) tie(name string, now time.Time) store.Op {
	return fact(factTie, tieKey(p.Source, p.Subject), tieValue{p.Source, p.Subject, now.UTC()}, name)
}

// provision makes an account for a person, and the tie with it, in one write.
func (a *Authenticator) provision(ctx context.Context, p Person, now time.Time) (*store.Home, error) {
	home := store.Home{Name: p.Name, DisplayName: shorten(p.DisplayName, 1000), Emails: p.Emails}
	id, err := Create(ctx, a.st, home, p.actor(), now, p.tie(p.Name, now))
	if err != nil {
		return nil, err
	}
	var made *store.Home
	err = a.st.View(ctx, func(s store.Snapshot) error {
		made, err = s.Home(id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return made, Audit(ctx, a.st, Event{At: now, Act: AccountAdded, Actor: p.actor(), Subject: p.Name, Detail: p.Subject})
}

// refresh writes what changed of a person since they were here last.
func (a *Authenticator) refresh(ctx context.Context, home *store.Home, p Person, now time.Time) error {
	var set store.SetHome
	if name := shorten(p.DisplayName, 1000); name != "" && name != home.DisplayName {
		set.DisplayName = &name
	}
	if p.Emails != nil && !slices.Equal(p.Emails, home.Emails) {
		set.Emails = &p.Emails
	}
	if set == (store.SetHome{}) {
		return nil
	}
	_, err := a.st.Apply(ctx, &store.Batch{Home: home.ID, By: p.actor(), At: now, Ops: []store.Op{set}})
	return err
}

// actor names who vouched, for the history and the audit log; no user name has a
// colon.
func (p *Person) actor() string { return "source:" + p.Source }
