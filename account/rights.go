package account

import (
	"almanac/ical"
	"almanac/store"
)

// An Access is what somebody may do with a thing, and how much of it they see.
type Access struct {
	Privilege
	Sight Sight
}

// A Sight is how much of a calendar's objects somebody sees.
type Sight uint8

// The sights, from the least to the most.
const (
	SeesNothing Sight = iota
	SeesBusy          // when something is, and nothing else
	SeesShared        // what is not private; of what is confidential, when it is
	SeesAll
)

// Of is how much of an object of a class somebody sees who sees so much of a
// calendar. It is the one place where this is decided, for DAV and for public links.
func (s Sight) Of(c ical.Class) Sight {
	switch {
	case s == SeesShared && c == ical.Private:
		return SeesNothing
	case s == SeesShared && c == ical.Confidential:
		return SeesBusy
	}
	return s
}

// and is the access of somebody who has two.
func (a Access) and(b Access) Access { return Access{a.Privilege | b.Privilege, max(a.Sight, b.Sight)} }

// A Thing is what rights are about: a home or, with Coll, one of its collections
// and the objects in it.
type Thing struct {
	Home store.HomeID      // whose it is
	Coll *store.Collection // nil for the home itself
	Kind store.Kind        // of a home: which of its halves is meant; 0 for the account as such
}

// Of is the thing that a collection is.
func Of(c *store.Collection) Thing { return Thing{c.Home, c, c.Kind} }

// HomeOf is the thing that a home is.
func HomeOf(id store.HomeID) Thing { return Thing{Home: id} }

// Rights tells what somebody may do with a thing. It is the one place where this
// is decided: every door asks it. For what is one's own it reads nothing.
//
// A delegate who may write acts for the owner and sees all; one who may only read
// sees what a sharee does. Administrators of an organisation are delegates of its
// rooms and equipment. Shares of one collection add up. Who came with an app password
// may do what its scope leaves of all that.
func Rights(snap store.Snapshot, who Identity, t Thing) (Access, error) {
	a, err := rightsOf(snap, who, t)
	return who.Scope.Narrow(a, t), err
}

// rightsOf is what the person may do, however they signed in.
func rightsOf(snap store.Snapshot, who Identity, t Thing) (Access, error) {
	if who.Home == 0 || t.Home == 0 {
		return Access{}, nil
	}
	if who.Home == t.Home {
		return Access{ownerHas, SeesAll}, nil
	}
	var a Access
	if t.Coll != nil {
		var err error
		if a, err = shared(snap, who.Home, t.Coll.ID); err != nil {
			return Access{}, err
		}
	}
	if t.Kind != store.AddressBook {
		d, err := delegated(snap, who.Home, t.Home)
		if err != nil {
			return Access{}, err
		}
		if t.Coll == nil {
			// A delegate uses calendars, and neither makes nor removes them.
			d.Privilege &= Read | ReadCurrentUserPrivilegeSet
		}
		a = a.and(d)
	}
	return a, nil
}

// shared is what the shares of a collection allow a user who does not own it.
func shared(snap store.Snapshot, home store.HomeID, coll store.CollID) (Access, error) {
	var a Access
	err := each(func(visit func(*store.Record) bool) error {
		return snap.Records(factShare, collKey(coll)+"/", "", visit)
	},
		func(_ *store.Record, s *Share) error {
			if s.Status != Accepted {
				return nil
			}
			is, err := Is(snap, home, s.To)
			if is {
				a = a.and(grants[s.Level])
			}
			return err
		})
	return a, err
}

// delegated is what a user may do in the calendars of another who made them, or a
// group that they are in, a delegate.
func delegated(snap store.Snapshot, home, of store.HomeID) (Access, error) {
	reads := grants[ShareRead]
	writes := grants[ShareWrite].and(Access{Sight: SeesAll})
	var a Access
	err := each(func(visit func(*store.Record) bool) error {
		return snap.Records(factDelegate, homeKey(of)+"/", "", visit)
	},
		func(_ *store.Record, d *Delegate) error {
			is, err := Is(snap, home, d.To)
			switch {
			case is && d.Write:
				a = a.and(writes)
			case is:
				a = a.and(reads)
			}
			return err
		})
	if err != nil || a.Sight == SeesAll {
		return a, err
	}
	r, err := FindResource(snap, of)
	if err != nil || r == nil {
		return a, err
	}
	role, err := RoleOf(snap, Principal{Type: Org, ID: r.Org}, home)
	if role.manages() {
		a = a.and(writes)
	}
	return a, err
}

// A Grant is what somebody who is not the owner may do with a thing.
type Grant struct {
	To Principal
	Access
}

// Grants are all that Rights goes by for others than the owner. Invitations that
// were not accepted are left out.
func Grants(snap store.Snapshot, t Thing) ([]Grant, error) {
	var all []Grant
	if t.Coll != nil {
		shares, err := SharesOf(snap, t.Coll.ID)
		if err != nil {
			return nil, err
		}
		for _, s := range shares {
			if s.Status == Accepted {
				all = append(all, Grant{s.To, grants[s.Level]})
			}
		}
	}
	if t.Kind == store.AddressBook {
		return all, nil
	}
	delegates, err := DelegatesOf(snap, t.Home)
	if err != nil {
		return nil, err
	}
	grant := func(to Principal, write bool) {
		a := grants[ShareRead]
		if write {
			a = grants[ShareWrite].and(Access{Sight: SeesAll})
		}
		if t.Coll == nil {
			a.Privilege &= Read | ReadCurrentUserPrivilegeSet
		}
		all = append(all, Grant{to, a})
	}
	for _, d := range delegates {
		grant(d.To, d.Write)
	}
	r, err := FindResource(snap, t.Home)
	if err != nil || r == nil {
		return all, err
	}
	members, err := Members(snap, Principal{Type: Org, ID: r.Org})
	for _, m := range members {
		if m.Role.manages() {
			grant(UserPrincipal(m.Home), true)
		}
	}
	return all, err
}
