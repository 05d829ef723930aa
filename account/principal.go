package account

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"almanac/store"
)

// A Principal is somebody to whom rights can be given: a user, a group, or all of
// an organisation but its guests. It names them by what is never given twice, so
// that a new account of an old name inherits nothing.
type Principal struct {
	Type PrincipalType
	Home store.HomeID // of a User
	ID   string       // of a Group or an Org
}

// PrincipalType is what a Principal is.
type PrincipalType string

// The types, as messages and commands name them.
const (
	User  PrincipalType = "user"
	Group PrincipalType = "group"
	Org   PrincipalType = "org"
)

// UserPrincipal is the principal of an account.
func UserPrincipal(id store.HomeID) Principal { return Principal{Type: User, Home: id} }

// String is the form in which records have a principal: "user:12", "group:k3…".
func (p Principal) String() string {
	if p.Type == User {
		return string(User) + ":" + strconv.FormatUint(uint64(p.Home), 10)
	}
	return string(p.Type) + ":" + p.ID
}

// parsePrincipal reads what String wrote.
func parsePrincipal(s string) (Principal, error) {
	kind, id, _ := strings.Cut(s, ":")
	p := Principal{Type: PrincipalType(kind), ID: id}
	switch {
	case p.Type == User:
		n, err := strconv.ParseUint(id, 10, 64)
		if err != nil {
			break
		}
		return UserPrincipal(store.HomeID(n)), nil
	case (p.Type == Group || p.Type == Org) && id != "":
		return p, nil
	}
	return p, fmt.Errorf("%.60q names no principal", s)
}

// MarshalText and UnmarshalText keep a Principal as String has it.
func (p Principal) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (p *Principal) UnmarshalText(text []byte) (err error) {
	*p, err = parsePrincipal(string(text))
	return err
}

// A Named is a principal with what people call it.
type Named struct {
	Principal
	Name        string // user name, or the name of the group or organisation
	DisplayName string // "" until set
}

// Label is how commands and messages name it: "ann", "group:staff", "org:acme".
// ParseNamed reads it.
func (n Named) Label() string {
	if n.Type == User {
		return n.Name
	}
	return string(n.Type) + ":" + n.Name
}

// ErrNoPrincipal tells that a label names nobody.
var ErrNoPrincipal = errors.New("no such user, group or organisation")

// ParseNamed finds the principal of a label. What it names may be missing:
// ErrNoPrincipal.
func ParseNamed(snap store.Snapshot, label string) (Named, error) {
	kind, name, ok := strings.Cut(label, ":")
	if !ok {
		kind, name = string(User), label
	}
	n := Named{Principal: Principal{Type: PrincipalType(kind)}, Name: CanonicalUserName(name)}
	var err error
	switch n.Type {
	case User:
		var h *store.Home
		if h, err = snap.HomeByName(n.Name); err == nil {
			n.Home, n.DisplayName = h.ID, h.DisplayName
		}
	case Group, Org:
		var b *Body
		if b, _, err = factOf[Body](snap, string(n.Type), n.Name); err == nil {
			n.ID, n.DisplayName = b.ID, b.DisplayName
		}
	default:
		return n, fmt.Errorf("%q: %w", label, ErrNoPrincipal)
	}
	if errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("%q: %w", label, ErrNoPrincipal)
	}
	return n, err
}

// NameOf returns how a principal is called. One that is no more is ErrNoPrincipal.
func NameOf(snap store.Snapshot, p Principal) (Named, error) {
	n := Named{Principal: p}
	if p.Type == User {
		h, err := snap.Home(p.Home)
		if errors.Is(err, store.ErrNotFound) {
			return n, fmt.Errorf("%s: %w", p, ErrNoPrincipal)
		} else if err != nil {
			return n, err
		}
		n.Name, n.DisplayName = h.Name, h.DisplayName
		return n, nil
	}
	found := false
	err := each(func(visit func(*store.Record) bool) error { return snap.Referring(string(p.Type), "id:"+p.ID, visit) },
		func(r *store.Record, b *Body) error {
			found, n.Name, n.DisplayName = true, strings.Clone(r.Key), b.DisplayName
			return nil
		})
	if err == nil && !found {
		err = fmt.Errorf("%s: %w", p, ErrNoPrincipal)
	}
	return n, err
}

// PrincipalsOf returns all that a user is: itself, the groups it is in, and the
// organisations of which it is more than a guest.
func PrincipalsOf(snap store.Snapshot, home store.HomeID) ([]Principal, error) {
	all := []Principal{UserPrincipal(home)}
	err := each(func(visit func(*store.Record) bool) error { return snap.Referring(factMember, homeRef(home), visit) },
		func(_ *store.Record, m *Membership) error {
			if m.counts() {
				all = append(all, m.Of)
			}
			return nil
		})
	return all, err
}

// Is tells whether a user is a principal, or belongs to it.
func Is(snap store.Snapshot, home store.HomeID, p Principal) (bool, error) {
	if p.Type == User {
		return p.Home == home && home != 0, nil
	}
	m, _, err := factOf[Membership](snap, factMember, memberKey(p, home))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && m.counts(), err
}

func homeRef(id store.HomeID) string { return "home:" + homeKey(id) }
