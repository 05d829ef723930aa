package account

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"almanac/store"
)

// A LastOwnerError tells of which organisations an account cannot be removed because
// it is their only legal owner.
type LastOwnerError struct{ Orgs []string }

func (e *LastOwnerError) Error() string {
	return fmt.Sprintf("it is the only legal owner of %q", e.Orgs)
}

func (e *LastOwnerError) Unwrap() error { return ErrLastOwner }

// RemoveUser removes an account for good, and with it its memberships, what was
// shared with it and its delegations. The only legal owner of an organisation stays:
// *LastOwnerError.
//
// It takes several batches. Should it end half-way, the account is there with less,
// and it can be done again.
func RemoveUser(ctx context.Context, st store.Store, home store.HomeID, by string, now time.Time) error {
	type membership struct {
		kind PrincipalType
		name string
	}
	var of []membership
	err := st.View(ctx, func(snap store.Snapshot) error {
		all, err := MembershipsOf(snap, home)
		if err != nil {
			return err
		}
		var alone []string
		for _, m := range all {
			n, err := NameOf(snap, m.Of)
			if errors.Is(err, ErrNoPrincipal) {
				continue
			} else if err != nil {
				return err
			}
			of = append(of, membership{m.Of.Type, n.Name})
			members, err := Members(snap, m.Of)
			if err != nil {
				return err
			}
			if m.Of.Type == Org && errors.Is(judgeRole(members, Actor{CommandLine: true}, home, ""), ErrLastOwner) {
				alone = append(alone, n.Name)
			}
		}
		if slices.Sort(alone); len(alone) > 0 {
			return &LastOwnerError{alone}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, m := range of {
		if err := leave(ctx, st, m.kind, m.name, home, by, now); err != nil && !errors.Is(err, ErrNoPrincipal) {
			return err
		}
	}
	if err := forget(ctx, st, UserPrincipal(home), by, now); err != nil {
		return err
	}
	return write(ctx, st, home, by, now, nil, store.DeleteHome{})
}

// leave ends the membership of an account that is about to be removed: nobody is
// told.
func leave(ctx context.Context, st store.Store, kind PrincipalType, name string, home store.HomeID, by string, now time.Time) error {
	return changeBody(ctx, st, kind, name, by, now, func(e *bodyEdit) ([]store.Op, error) {
		if kind == Org {
			// Judged again: another owner may have left meanwhile.
			if errors.Is(judgeRole(e.members, Actor{CommandLine: true}, home, ""), ErrLastOwner) {
				return nil, &LastOwnerError{[]string{name}}
			}
		}
		return []store.Op{store.DeleteRecord{Kind: factMember, Key: memberKey(Principal{Type: kind, ID: e.ID}, home)}}, nil
	})
}

// forget removes what was shared with a principal, and its delegations.
func forget(ctx context.Context, st store.Store, p Principal, by string, now time.Time) error {
	ops := make(map[store.HomeID][]store.Op)
	err := st.View(ctx, func(snap store.Snapshot) error {
		for _, kind := range []string{factShare, factDelegate} {
			err := snap.Referring(kind, toRef(p), func(r *store.Record) bool {
				r = r.Clone()
				ops[r.Home] = append(ops[r.Home], store.DeleteRecord{Kind: r.Kind, Key: r.Key})
				return true
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, home := range slices.Sorted(maps.Keys(ops)) {
		// A home that went away meanwhile took its records along.
		if err := write(ctx, st, home, by, now, nil, ops[home]...); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}
