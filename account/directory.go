package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

// kindLink is the kind of record that ties an account to a Person: see doc.go.
const kindLink = "linked"

type linkValue struct {
	Source  string    `json:"source"`
	Subject string    `json:"subject"`
	Since   time.Time `json:"since"`
}

func linkKey(source, subject string) string { return source + "\x00" + subject }

// linksOf returns what an account is tied to.
func linksOf(s store.Snapshot, h *store.Home) (links []linkValue, err error) {
	var inner error
	err = s.Referring(kindLink, h.Name, func(r *store.Record) bool {
		var v linkValue
		if inner = json.Unmarshal(r.Value, &v); inner == nil && r.Home == h.ID {
			links = append(links, v)
		}
		return inner == nil
	})
	return links, errors.Join(err, inner)
}

// linkTo returns the subject that an account has with a source, or "".
func linkTo(s store.Snapshot, h *store.Home, source string) (subject string, err error) {
	links, err := linksOf(s, h)
	for _, l := range links {
		if l.Source == source {
			subject = l.Subject
		}
	}
	return subject, err
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
	linked := false
	err := a.st.View(ctx, func(s store.Snapshot) error {
		r, err := s.Record(kindLink, linkKey(p.Source, p.Subject))
		if err == nil {
			linked = true
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
		links, err := linksOf(s, home)
		switch {
		case err != nil:
			return err
		case slices.ContainsFunc(links, func(l linkValue) bool { return l.Source == p.Source }):
			return ErrNoAccount // it is somebody else's, who had the name before
		case !rule.Existing:
			return ErrNoAccount
		case home.Secret == "" && len(links) == 0:
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
	case linked:
		err = a.refresh(ctx, home, p, now)
	case home != nil:
		if _, err = a.st.Apply(ctx, &store.Batch{Home: home.ID, By: p.actor(), At: now, Ops: []store.Op{p.link(home.Name, now)}}); err == nil {
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

func (p *Person) link(name string, now time.Time) store.Op {
	value, _ := json.Marshal(linkValue{p.Source, p.Subject, now.UTC()}) // strings and a time: nothing can fail
	return store.PutRecord{Record: store.Record{Kind: kindLink, Key: linkKey(p.Source, p.Subject), Refs: []string{name}, Value: value}}
}

// provision makes an account for a person, and the tie with it, in one write.
func (a *Authenticator) provision(ctx context.Context, p Person, now time.Time) (*store.Home, error) {
	home := store.Home{Name: p.Name, DisplayName: shorten(p.DisplayName, 1000), Emails: p.Emails}
	id, err := Create(ctx, a.st, home, p.actor(), now, p.link(p.Name, now))
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
