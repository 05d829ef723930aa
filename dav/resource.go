package dav

import (
	"errors"

	"almanac/account"
	"almanac/store"
)

// A resource is a location looked up in a snapshot. Of a collection or member
// that does not exist, coll or obj is nil: PUT and MKCOL make them.
type resource struct {
	location
	home *store.Home
	coll *store.Collection
	obj  *store.Object
}

// exists tells whether there is a resource, not only a place for one.
func (r *resource) exists() bool {
	switch {
	case r.kind == 0:
		return false
	case r.kind&(kindRoot|kindPrincipals|kindHomes) != 0:
		return true
	case r.kind&(kindPrincipal|kindHome) != 0:
		return r.home != nil
	case r.kind&kindCollection != 0:
		return r.coll != nil
	default:
		return r.obj != nil
	}
}

// flavour is nil for principals and roots.
func (r *resource) flavour() *flavour { return flavourOf(r.kind) }

// props returns what is stored on the resource. Of a member it is what was read
// with store.WantProps.
func (r *resource) props() store.PropSet {
	switch {
	case r.kind == kindPrincipal:
		return r.home.Principal
	case r.kind == kindCalendarHome:
		return r.home.CalendarHome
	case r.kind == kindAddressBookHome:
		return r.home.AddressBookHome
	case r.kind&kindCollection != 0:
		return r.coll.Props
	case r.kind&kindMember != 0:
		return r.obj.Props
	}
	return nil
}

// lookup finds what a location names and asks whether who may read it. The
// resource is returned with what there is of it; only a refusal, or a failing
// store, is an error.
func (s *Server) lookup(snap store.Snapshot, who account.Identity, l location, want store.Want) (*resource, error) {
	return s.lookupFor(snap, who, l, account.Read, want)
}

// lookupFor is lookup for somebody who needs another privilege than to read.
func (s *Server) lookupFor(snap store.Snapshot, who account.Identity, l location, act account.Privilege, want store.Want) (*resource, error) {
	r := &resource{location: l}
	if l.user == "" {
		return r, nil
	}
	home, err := snap.HomeByName(l.user)
	if errors.Is(err, store.ErrNotFound) {
		return r, nil
	} else if err != nil {
		return nil, err
	}
	r.home = home
	if l.kind == kindPrincipal {
		// Principals are the address book of those who meet here: any account may
		// read them. RFC 3744 section 9.4 searches among them.
		return r, nil
	}
	if err := s.need(who, act, r); err != nil {
		return nil, err
	}
	if l.coll == "" {
		return r, nil
	}
	coll, err := snap.CollectionByName(home.ID, flavourOf(l.kind).store, l.coll)
	if errors.Is(err, store.ErrNotFound) {
		return r, nil
	} else if err != nil {
		return nil, err
	}
	r.coll = coll
	if l.name == "" {
		return r, nil
	}
	obj, err := snap.Object(coll.ID, l.name, want)
	if errors.Is(err, store.ErrNotFound) {
		return r, nil
	} else if err != nil {
		return nil, err
	}
	r.obj = obj
	return r, nil
}

// need asks for a privilege on a resource. The refusal carries need-privileges:
// DAVx5 then takes its local change back, and for any other 403 stops the
// collection with an error. RFC 3744 section 7.1.1.
func (s *Server) need(who account.Identity, p account.Privilege, r *resource) error {
	if r.home == nil || s.can(who, p, r.home.ID) {
		return nil
	}
	return needPrivileges(s.href(r.location), p)
}
