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
	home *store.Home       // whom the path names
	coll *store.Collection // of home, or what somebody else shares with home
	obj  *store.Object     // as the one who asks sees it: see lens

	group  *account.Named // of a kindGroup
	notice *notification  // of a kindNotification

	owner  *store.Home    // whose coll is
	access account.Access // of the one who asks, to coll, or where there is none to home
	look   []store.Prop   // what home says of a collection of somebody else, for their own eyes

	// Of a member that the one who asks sees otherwise than it is stored:
	stored *store.Object // as it is stored; nil when it is seen so
	sight  sightOf       // how it is seen
}

// exists tells whether there is a resource, not only a place for one.
func (r *resource) exists() bool {
	switch {
	case r.kind == 0:
		return false
	case r.kind&(kindRoot|kindPrincipals|kindHomes) != 0:
		return true
	case r.kind == kindGroup:
		return r.group != nil
	case r.kind&(kindPrincipal|kindProxy|kindNotifications|kindHome) != 0:
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
		return r.collectionProps()
	case r.kind&kindMember != 0:
		return r.obj.Props
	}
	return nil
}

// shared tells whether the collection is in the home as somebody else's.
func (r *resource) shared() bool { return r.coll != nil && r.coll.Home != r.home.ID }

// foreign tells whether the one who asks does not own the collection.
func (r *resource) foreign(who account.Identity) bool {
	return r.coll != nil && r.coll.Home != who.Home
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
	if l.kind == kindGroup {
		return r, r.findGroup(snap)
	}
	home, err := snap.HomeByName(l.user)
	if errors.Is(err, store.ErrNotFound) {
		return r, nil
	} else if err != nil {
		return nil, err
	}
	r.home = home
	if l.kind&(kindPrincipal|kindProxy) != 0 {
		// Principals are the address book of those who meet here: any account may
		// read them. RFC 3744 section 9.4 searches among them.
		r.access, err = s.rights(snap, who, account.HomeOf(home.ID))
		return r, err
	}
	if l.kind&(kindNotifications|kindNotification) != 0 {
		return r, s.findNotification(snap, who, r)
	}
	if err := s.findCollection(snap, who, r); err != nil {
		return nil, err
	}
	if err := s.need(who, act, r); err != nil {
		return nil, err
	}
	if l.name == "" || r.coll == nil {
		return r, nil
	}
	obj, err := snap.Object(r.coll.ID, l.name, want)
	if errors.Is(err, store.ErrNotFound) {
		return r, nil
	} else if err != nil {
		return nil, err
	}
	return r, r.show(snap, who, obj)
}

// findCollection finds the collection of a location, if it names one that is there,
// and what who may do with it or else with the home.
func (s *Server) findCollection(snap store.Snapshot, who account.Identity, r *resource) (err error) {
	r.owner = r.home
	if r.location.coll != "" {
		kind := flavourOf(r.kind).store
		r.coll, err = snap.CollectionByName(r.home.ID, kind, r.location.coll)
		if errors.Is(err, store.ErrNotFound) && who.Home == r.home.ID {
			// What others share is only for its sharee's own eyes, not for delegates'.
			var m *account.Mount
			if m, err = account.FindMount(snap, r.home.ID, kind, r.location.coll); err == nil {
				r.mount(m, who)
				return nil
			}
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	thing := account.Thing{Home: r.home.ID, Kind: flavourOf(r.kind).store}
	if r.coll != nil {
		thing = account.Of(r.coll)
	}
	if r.access, err = s.rights(snap, who, thing); err != nil || !r.foreign(who) {
		return err
	}
	look, err := account.LookOf(snap, who.Home, r.coll.ID)
	r.look = look.Props
	return err
}

// mount makes r the collection that somebody else shares.
func (r *resource) mount(m *account.Mount, who account.Identity) {
	r.coll, r.owner, r.look = m.Coll, m.Owner, m.Look.Props
	r.access = who.Scope.Narrow(m.Access, account.Of(m.Coll))
}

// show gives r its object as who sees it.
func (r *resource) show(snap store.Snapshot, who account.Identity, obj *store.Object) error {
	l := lensFor(who, r)
	seen, err := l.see(snap, obj)
	if err != nil {
		return err
	}
	if r.obj = seen; seen != obj {
		r.stored, r.sight = obj, l.last
	}
	return nil
}

// become makes r, a member of a listing, the next one: an object as the lens has just
// shown it.
func (r *resource) become(name string, o *store.Object, l *lens) {
	r.name, r.obj, r.sight = name, o, asStored
	if l != nil {
		r.sight = l.last
	}
}

// need asks for a privilege on a resource. The refusal carries need-privileges:
// DAVx5 then takes its local change back, and for any other 403 stops the
// collection with an error. RFC 3744 section 7.1.1.
func (s *Server) need(who account.Identity, p account.Privilege, r *resource) error {
	if r.home == nil || r.may(p) {
		return nil
	}
	return needPrivileges(s.href(r.location), p)
}

// may tells whether the one who asks has a privilege on what belongs to somebody.
// What must not be seen, or only when it is, is not written either.
func (r *resource) may(p account.Privilege) bool {
	const writing = account.WriteContent | account.WriteProperties | account.Bind | account.Unbind
	if p&writing != 0 && (r.sight == veiled || r.sight == busyOnly) {
		return false
	}
	return p != 0 && r.access.Privilege&p == p
}
