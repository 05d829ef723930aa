package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"almanac/store"
)

// A Role is what a member is in an organisation.
type Role string

// The roles. Each may do what the ones below it may.
const (
	Owner         Role = "owner"         // legal owner: makes and removes owners too
	Administrator Role = "administrator" // manages members, groups, rooms and equipment
	Collaborator  Role = "collaborator"  // manages what is theirs
	Guest         Role = "guest"         // external: is not meant by what is shared with the whole organisation
)

// Roles are all there are, highest first.
var Roles = []Role{Owner, Administrator, Collaborator, Guest}

// manages tells whether a role manages an organisation.
func (r Role) manages() bool { return r == Owner || r == Administrator }

// Why a change of roles is refused.
var (
	ErrNotManager = errors.New("only owners and administrators of the organisation manage its members")
	ErrNotOwner   = errors.New("only a legal owner makes, changes and removes a legal owner")
	ErrLastOwner  = errors.New("an organisation keeps a legal owner: make another one first")
)

// An Actor is who asks for a change: somebody with an account, or whoever has the
// command line, who may do everything that leaves the organisation in order.
type Actor struct {
	Home        store.HomeID
	CommandLine bool
	Name        string // for the history and the log
}

// judgeRole tells whether an actor may give a member a role, or with "" take the
// membership away. Members are those of the organisation before the change.
//
// Anyone may leave; that, too, an organisation's last owner may not.
func judgeRole(members []Membership, who Actor, target store.HomeID, to Role) error {
	roleOf := func(home store.HomeID) Role {
		for _, m := range members {
			if m.Home == home && home != 0 {
				return m.Role
			}
		}
		return ""
	}
	if to != "" && !slices.Contains(Roles, to) {
		return fmt.Errorf("%q is no role: there are %v", to, Roles)
	}
	from, actor := roleOf(target), roleOf(who.Home)
	if who.CommandLine {
		actor = Owner
	}
	owners := 0
	for _, m := range members {
		if m.Role == Owner {
			owners++
		}
	}
	leaves := to == "" && target == who.Home
	switch {
	case from == to:
		return nil
	case from == Owner && owners == 1:
		return ErrLastOwner
	case leaves:
		return nil
	case !actor.manages():
		return ErrNotManager
	case (from == Owner || to == Owner) && actor != Owner:
		return ErrNotOwner
	}
	return nil
}

// SetRole gives a user a role in an organisation, or with "" takes the membership
// away, in the organisation's groups too, and tells the person by a notice. The
// first owner of a new organisation is made by the command line.
func SetRole(ctx context.Context, st store.Store, who Actor, org string, home store.HomeID, to Role, now time.Time) error {
	return changeBody(ctx, st, Org, org, who.Name, now, func(e *bodyEdit) ([]store.Op, error) {
		if err := judgeRole(e.members, who, home, to); err != nil {
			return nil, err
		}
		h, err := e.snap.Home(home)
		if err != nil {
			return nil, err
		}
		of := Principal{Type: Org, ID: e.ID}
		m := Membership{Of: of, Home: home, Role: to, Since: store.Moment(now), By: who.Name}
		from := Role("")
		if i := slices.IndexFunc(e.members, func(m Membership) bool { return m.Home == home }); i >= 0 {
			from = e.members[i].Role
			m.Since = e.members[i].Since
		}
		if from == to {
			return nil, nil
		}
		tell := Notice{Kind: NoticeRole, To: home, ToName: h.Name, Org: org, From: string(from), Now: string(to), By: who.Name, At: store.Moment(now)}
		if to == "" {
			ops := []store.Op{store.DeleteRecord{Kind: factMember, Key: memberKey(of, home)}, tell.job()}
			groups, err := groupsOf(e.snap, e.ID)
			for _, g := range groups {
				ops = append(ops, store.DeleteRecord{Kind: factMember, Key: memberKey(g, home)})
			}
			return ops, err
		}
		return []store.Op{putMember(m), tell.job()}, nil
	})
}

// RoleOf returns a user's role in an organisation, "" for none.
func RoleOf(snap store.Snapshot, org Principal, home store.HomeID) (Role, error) {
	m, _, err := factOf[Membership](snap, factMember, memberKey(org, home))
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	return m.Role, nil
}
