package account

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"almanac/store"
)

// MaxAppPasswords is how many app passwords an account may have.
const MaxAppPasswords = 200

// ErrTooMany tells that an account has as many app passwords as it may.
var ErrTooMany = fmt.Errorf("there are %d app passwords, and no more may be made: remove some", MaxAppPasswords)

// An AppPassword is a password for one device or program. What it may do can be
// less than what its account may, and it can be taken away without changing the
// others.
type AppPassword struct {
	ID      string // in its account
	Label   string // what the account's owner calls the device
	Scope   Scope
	Created time.Time
	Expires time.Time // zero: never
	// Unused is when it ends if it was never used until then; zero: not for that.
	// What was made for a device that never came does not stay valid for ever.
	Unused time.Time

	// What is known of its last use. It is written some minutes late.
	LastUsed   time.Time // zero: never used
	LastAddr   string    // an IP address
	LastClient string    // as it calls itself
}

// Ends tells when the password ends if it is not used until then; zero: never.
func (p *AppPassword) Ends() time.Time {
	if p.LastUsed.IsZero() && !p.Unused.IsZero() && (p.Expires.IsZero() || p.Unused.Before(p.Expires)) {
		return p.Unused
	}
	return p.Expires
}

// Ended tells whether the password is taken no more at a moment.
func (p *AppPassword) Ended(now time.Time) bool {
	ends := p.Ends()
	return !ends.IsZero() && !now.Before(ends)
}

// The kinds of record of app passwords: see doc.go.
const (
	factAppPassword = "app-password"
	factAppUse      = "app-password-use"
)

// appValue is the value of a record of an app password. It never changes: what
// does is in the record of its use.
type appValue struct {
	Label    string         `json:"label"`
	ReadOnly bool           `json:"readOnly,omitempty"`
	Limited  bool           `json:"limited,omitempty"` // to Kinds and Colls, and to nothing where both are empty
	Kinds    []string       `json:"kinds,omitempty"`
	Colls    []store.CollID `json:"colls,omitempty"`
	Created  time.Time      `json:"created"`
	Expires  time.Time      `json:"expires,omitzero"`
	Unused   time.Time      `json:"unused,omitzero"`
}

// appUse is the value of the record of an app password's use.
type appUse struct {
	At     time.Time `json:"at"`
	Addr   string    `json:"addr"`
	Client string    `json:"client"`
}

func appKey(home store.HomeID, id string) string { return homeKey(home) + "/" + id }

// An app password has as many random bits as NewPassword gives: nobody guesses
// one, so that a plain hash keeps it, by which it is found.
const appSecretLetters = 20

// appSecretRef returns the ref by which an app password is found, and whether the
// text has the form of one. Hyphens and blanks are for reading, and phones write
// the first letter large.
func appSecretRef(text string) (ref string, ok bool) {
	letters := make([]byte, 0, appSecretLetters)
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '-' || c == ' ':
			continue
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		if len(letters) == appSecretLetters || strings.IndexByte(passwordLetters, c) < 0 {
			return "", false
		}
		letters = append(letters, c)
	}
	sum := sha256.Sum256(letters)
	return string(sum[:]), len(letters) == appSecretLetters
}

// AddAppPassword makes an app password of an account. Label, Scope, Expires and
// Unused of p are used. The secret is returned this once and kept only as a hash.
// by is who made it, for the history and the audit log; random is a source of
// secure randomness. One more than MaxAppPasswords is ErrTooMany.
func AddAppPassword(ctx context.Context, st store.Store, home store.HomeID, p AppPassword, by string, random io.Reader, now time.Time) (id, secret string, err error) {
	secret, err = NewPassword(random)
	if err != nil {
		return "", "", err
	}
	ref, _ := appSecretRef(secret)
	if id, err = randomLetters(random, 8); err != nil {
		return "", "", err
	}
	var name string
	err = st.View(ctx, func(s store.Snapshot) error {
		h, err := s.Home(home)
		if err != nil {
			return err
		}
		name = h.Name
		there := 0
		err = s.Records(factAppPassword, homeKey(home)+"/", "", func(*store.Record) bool { there++; return true })
		if err == nil && there >= MaxAppPasswords {
			return ErrTooMany
		}
		return err
	})
	if err != nil {
		return "", "", fmt.Errorf("add an app password: %w", err)
	}
	record := fact(factAppPassword, appKey(home, id), appValue{
		Label: shorten(p.Label, 200), ReadOnly: p.Scope.ReadOnly, Limited: !p.Scope.everything(), Kinds: kindNames(p.Scope.Kinds), Colls: p.Scope.Colls,
		Created: now.UTC(), Expires: p.Expires.UTC(), Unused: p.Unused.UTC(),
	}, ref)
	_, err = st.Apply(ctx, &store.Batch{Home: home, By: by, At: now,
		Pre: []store.Pre{store.RecordIs{Kind: factAppPassword, Key: record.Record.Key}},
		Ops: []store.Op{record},
	})
	if err != nil {
		return "", "", fmt.Errorf("add an app password: %w", err)
	}
	return id, secret, Audit(ctx, st, Event{At: now, Act: AppPasswordAdded, Actor: by, Subject: name, Detail: describeApp(p)})
}

// describeApp says in words what an app password is for.
func describeApp(p AppPassword) string {
	text := fmt.Sprintf("%q", p.Label)
	if p.Scope.ReadOnly {
		text += ", read-only"
	}
	if !p.Scope.everything() {
		text += ", limited to some collections"
	}
	if !p.Expires.IsZero() {
		text += ", until " + p.Expires.UTC().Format(time.RFC3339)
	}
	return text
}

// AppPasswords returns the app passwords of an account, those that ended
// included, in the order in which they were made.
func AppPasswords(s store.Snapshot, home store.HomeID) ([]AppPassword, error) {
	var all []AppPassword
	var inner error
	err := s.Records(factAppPassword, homeKey(home)+"/", "", func(r *store.Record) bool {
		var p AppPassword
		if p, inner = readApp(s, r); inner != nil {
			return false
		}
		all = append(all, p)
		return true
	})
	if err = errors.Join(err, inner); err != nil {
		return nil, fmt.Errorf("list the app passwords: %w", err)
	}
	slices.SortStableFunc(all, func(a, b AppPassword) int { return a.Created.Compare(b.Created) })
	return all, nil
}

// readApp makes an AppPassword of its record, with what is known of its use.
func readApp(s store.Snapshot, r *store.Record) (AppPassword, error) {
	v, err := decode[appValue](r)
	if err != nil {
		return AppPassword{}, err
	}
	_, id, _ := strings.Cut(r.Key, "/")
	p := AppPassword{
		ID: strings.Clone(id), Label: v.Label, Created: v.Created, Expires: v.Expires, Unused: v.Unused,
		Scope: Scope{ReadOnly: v.ReadOnly, Kinds: kindsNamed(v.Kinds), Colls: v.Colls},
	}
	if v.Limited && p.Scope.everything() {
		p.Scope.Kinds = []store.Kind{}
	}
	u, _, err := factOf[appUse](s, factAppUse, r.Key)
	if errors.Is(err, store.ErrNotFound) {
		return p, nil
	}
	if err == nil {
		p.LastUsed, p.LastAddr, p.LastClient = u.At, u.Addr, u.Client
	}
	return p, err
}

// RemoveAppPassword takes an app password away; whoever has it is refused from
// then on. One that is not there is store.ErrNotFound.
func RemoveAppPassword(ctx context.Context, st store.Store, home store.HomeID, id, by string, now time.Time) error {
	var name string
	var p AppPassword
	err := st.View(ctx, func(s store.Snapshot) error {
		h, err := s.Home(home)
		if err != nil {
			return err
		}
		name = h.Name
		r, err := s.Record(factAppPassword, appKey(home, id))
		if err != nil {
			return err
		}
		p, err = readApp(s, r)
		return err
	})
	if err != nil {
		return fmt.Errorf("remove app password %q: %w", id, err)
	}
	if err := dropApps(ctx, st, home, []string{appKey(home, id)}, by, now); err != nil {
		return fmt.Errorf("remove app password %q: %w", id, err)
	}
	return Audit(ctx, st, Event{At: now, Act: AppPasswordRemoved, Actor: by, Subject: name, Detail: fmt.Sprintf("%q", p.Label)})
}

func dropApps(ctx context.Context, st store.Store, home store.HomeID, keys []string, by string, now time.Time) error {
	b := &store.Batch{Home: home, By: by, At: now}
	for _, key := range keys {
		b.Ops = append(b.Ops, store.DeleteRecord{Kind: factAppPassword, Key: key}, store.DeleteRecord{Kind: factAppUse, Key: key})
	}
	_, err := st.Apply(ctx, b)
	return err
}

// ExpireAppPasswords removes the app passwords that ended.
func ExpireAppPasswords(ctx context.Context, st store.Store, now time.Time) error {
	ended := map[store.HomeID][]string{}
	err := st.View(ctx, func(s store.Snapshot) error {
		var inner error
		err := s.Records(factAppPassword, "", "", func(r *store.Record) bool {
			var p AppPassword
			if p, inner = readApp(s, r); inner == nil && p.Ended(now) {
				ended[r.Home] = append(ended[r.Home], strings.Clone(r.Key))
			}
			return inner == nil
		})
		return errors.Join(err, inner)
	})
	if err != nil {
		return fmt.Errorf("look for app passwords that ended: %w", err)
	}
	for home, keys := range ended {
		if err := dropApps(ctx, st, home, keys, "expiry", now); err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("remove app passwords that ended: %w", err)
		}
	}
	return nil
}

// shorten cuts text from outside to so many octets of valid UTF-8.
func shorten(text string, most int) string {
	if len(text) > most {
		text = text[:most]
	}
	return strings.ToValidUTF8(text, "")
}
