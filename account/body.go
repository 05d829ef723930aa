package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/store"
)

// A Body is a group or an organisation: what has members.
type Body struct {
	ID          string // never given twice
	DisplayName string // "" until set
	Org         string `json:",omitempty"` // of a group: the ID of the organisation whose administrators manage it; "" for none
	Plan        string `json:",omitempty"` // of an organisation: what its members' accounts may hold; "" for no limit
	Created     time.Time
	// Rev counts the changes of the body and of its membership. A change is
	// written only while it is as it was read, so that two administrators do not
	// remove the last owner together.
	Rev int
}

// A Membership is one user in a group or an organisation.
type Membership struct {
	Of    Principal // the group or organisation
	Home  store.HomeID
	Role  Role `json:",omitempty"` // in an organisation; "" in a group
	Since time.Time
	By    string // who gave it
}

// counts tells whether what the body may do, the member may.
func (m *Membership) counts() bool { return m.Role != Guest }

func memberKey(of Principal, home store.HomeID) string { return of.String() + "/" + homeKey(home) }

// CreateBody makes a group or an organisation. A taken name is store.ErrExists, one
// that cannot be one a *NameError.
func CreateBody(ctx context.Context, st store.Store, kind PrincipalType, name string, b Body, by string, now time.Time) (Body, error) {
	if err := CheckUserName(name); err != nil {
		return b, err
	}
	b.ID, b.Created, b.Rev = newID(), store.Moment(now), 1
	err := write(ctx, st, 0, by, now, []store.Pre{store.RecordIs{Kind: string(kind), Key: name}}, b.put(kind, name))
	if failed := new(store.PreconditionError); errors.As(err, &failed) {
		err = fmt.Errorf("%s %q: %w", kind, name, store.ErrExists)
	}
	return b, err
}

func (b *Body) put(kind PrincipalType, name string) store.PutRecord {
	return fact(string(kind), name, b, "id:"+b.ID)
}

// write applies a batch.
func write(ctx context.Context, st store.Store, home store.HomeID, by string, now time.Time, pre []store.Pre, ops ...store.Op) error {
	_, err := st.Apply(ctx, &store.Batch{Home: home, By: by, At: now, Pre: pre, Ops: ops})
	return err
}

// A BodyChange says what to change about a group or an organisation; nil fields
// stay as they are.
type BodyChange struct{ DisplayName, Plan *string }

// SetBody changes a group or an organisation.
func SetBody(ctx context.Context, st store.Store, kind PrincipalType, name string, c BodyChange, by string, now time.Time) error {
	return changeBody(ctx, st, kind, name, by, now, func(e *bodyEdit) ([]store.Op, error) {
		if c.DisplayName != nil {
			e.DisplayName = *c.DisplayName
		}
		if c.Plan != nil {
			e.Plan = *c.Plan
		}
		return nil, nil
	})
}

// ErrHasParts tells that an organisation cannot be removed yet.
var ErrHasParts = errors.New("the organisation has groups, rooms or equipment: remove them first")

// RemoveBody removes a group or an organisation with its memberships, and what was
// shared with it. An organisation that has groups or resources is ErrHasParts.
func RemoveBody(ctx context.Context, st store.Store, kind PrincipalType, name, by string, now time.Time) error {
	p := Principal{Type: kind}
	err := changeBody(ctx, st, kind, name, by, now, func(e *bodyEdit) ([]store.Op, error) {
		p.ID = e.ID
		if kind == Org {
			if err := noParts(e.snap, e.ID); err != nil {
				return nil, err
			}
		}
		ops := []store.Op{store.DeleteRecord{Kind: string(kind), Key: name}}
		for _, m := range e.members {
			ops = append(ops, store.DeleteRecord{Kind: factMember, Key: memberKey(m.Of, m.Home)})
		}
		return ops, nil
	})
	if err != nil {
		return err
	}
	return forget(ctx, st, p, by, now)
}

// noParts tells whether an organisation has neither groups nor resources.
func noParts(snap store.Snapshot, org string) error {
	groups, err := groupsOf(snap, org)
	if err == nil && len(groups) > 0 {
		err = ErrHasParts
	}
	if err != nil {
		return err
	}
	return ResourcesOf(snap, org, func(home store.HomeID, _ *Resource) error {
		_, err := snap.Home(home)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return cmp.Or(err, ErrHasParts)
	})
}

// groupsOf returns the groups of an organisation.
func groupsOf(snap store.Snapshot, org string) (all []Principal, err error) {
	err = Bodies(snap, Group, func(_ string, b *Body) error {
		if b.Org == org {
			all = append(all, Principal{Type: Group, ID: b.ID})
		}
		return nil
	})
	return all, err
}

// FindBody reads a group or an organisation by its name. One that is not there is
// ErrNoPrincipal.
func FindBody(snap store.Snapshot, kind PrincipalType, name string) (*Body, error) {
	b, _, err := factOf[Body](snap, string(kind), name)
	if errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("%s %q: %w", kind, name, ErrNoPrincipal)
	}
	return b, err
}

// Bodies visits the groups or the organisations in the order of their names.
func Bodies(snap store.Snapshot, kind PrincipalType, visit func(name string, b *Body) error) error {
	return each(func(v func(*store.Record) bool) error { return snap.Records(string(kind), "", "", v) },
		func(r *store.Record, b *Body) error { return visit(strings.Clone(r.Key), b) })
}

// Members returns who belongs to a group or an organisation, in the order of the
// accounts' creation. Accounts that are no more are left out.
func Members(snap store.Snapshot, of Principal) ([]Membership, error) {
	var all []Membership
	err := each(func(visit func(*store.Record) bool) error {
		return snap.Records(factMember, of.String()+"/", "", visit)
	},
		func(_ *store.Record, m *Membership) error {
			_, err := snap.Home(m.Home)
			switch {
			case err == nil:
				all = append(all, *m)
			case !errors.Is(err, store.ErrNotFound):
				return err
			}
			return nil
		})
	return all, err
}

// MembershipsOf returns what a user belongs to.
func MembershipsOf(snap store.Snapshot, home store.HomeID) ([]Membership, error) {
	var all []Membership
	err := each(func(visit func(*store.Record) bool) error { return snap.Referring(factMember, homeRef(home), visit) },
		func(_ *store.Record, m *Membership) error { all = append(all, *m); return nil })
	return all, err
}

// changes is how often a change is tried again that met another one.
const changes = 8

// A bodyEdit is one change of a group or an organisation in the making.
type bodyEdit struct {
	*Body   // as it is, and as it shall be
	snap    store.Snapshot
	members []Membership // as they are
	pre     []store.Pre  // what else is to be as it was read
}

// changeBody carries out one change, judged on the body and its members as they
// are when it is written. change may alter the body; it returns what else is to
// be done.
func changeBody(ctx context.Context, st store.Store, kind PrincipalType, name, by string, now time.Time,
	change func(*bodyEdit) ([]store.Op, error)) error {
	for range changes {
		e := &bodyEdit{}
		var ops []store.Op
		err := st.View(ctx, func(snap store.Snapshot) error {
			b, raw, err := factOf[Body](snap, string(kind), name)
			if errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("%s %q: %w", kind, name, ErrNoPrincipal)
			} else if err != nil {
				return err
			}
			e.Body, e.snap = b, snap
			e.pre = []store.Pre{store.RecordIs{Kind: string(kind), Key: name, Value: raw}}
			if e.members, err = Members(snap, Principal{Type: kind, ID: b.ID}); err != nil {
				return err
			}
			if ops, err = change(e); err != nil {
				return err
			}
			b.Rev++
			ops = slices.Insert(ops, 0, store.Op(b.put(kind, name)))
			return nil
		})
		if err != nil {
			return err
		}
		err = write(ctx, st, 0, by, now, e.pre, ops...)
		if failed := new(store.PreconditionError); !errors.As(err, &failed) {
			return err
		}
	}
	return fmt.Errorf("%s %q is being changed by others: try again", kind, name)
}

// ErrNotMember tells that somebody cannot be in a group of an organisation.
var ErrNotMember = errors.New("a group of an organisation has its members: make the user one first, if only a guest")

// AddToGroup makes a user a member of a group; one that is already stays so. Of an
// organisation's group only its members can be: ErrNotMember.
func AddToGroup(ctx context.Context, st store.Store, name string, home store.HomeID, by string, now time.Time) error {
	return changeBody(ctx, st, Group, name, by, now, func(e *bodyEdit) ([]store.Op, error) {
		if e.Org != "" {
			key := memberKey(Principal{Type: Org, ID: e.Org}, home)
			_, raw, err := factOf[Membership](e.snap, factMember, key)
			if errors.Is(err, store.ErrNotFound) {
				return nil, ErrNotMember
			} else if err != nil {
				return nil, err
			}
			e.pre = append(e.pre, store.RecordIs{Kind: factMember, Key: key, Value: raw})
		}
		if slices.ContainsFunc(e.members, func(m Membership) bool { return m.Home == home }) {
			return nil, nil
		}
		return []store.Op{putMember(Membership{Of: Principal{Type: Group, ID: e.ID}, Home: home, Since: store.Moment(now), By: by})}, nil
	})
}

// RemoveFromGroup ends a membership; one that is none is no error.
func RemoveFromGroup(ctx context.Context, st store.Store, name string, home store.HomeID, by string, now time.Time) error {
	return changeBody(ctx, st, Group, name, by, now, func(e *bodyEdit) ([]store.Op, error) {
		return []store.Op{store.DeleteRecord{Kind: factMember, Key: memberKey(Principal{Type: Group, ID: e.ID}, home)}}, nil
	})
}

func putMember(m Membership) store.PutRecord {
	return fact(factMember, memberKey(m.Of, m.Home), m, homeRef(m.Home))
}
