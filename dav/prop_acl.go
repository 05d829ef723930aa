package dav

import (
	"errors"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/store"
)

// aclProps are the properties of RFC 3744 and RFC 5397: who one is, whose a thing
// is, what one may do.
var aclProps = []property{
	// RFC 5397 section 3. On every resource: macOS asks whatever URL it was given.
	{name: wire.D("current-user-principal"), on: kindAny, get: func(rq *request, _ *resource, w *wire.Writer) bool {
		w.Href(rq.principalOf(rq.who.Name))
		return true
	}},
	// RFC 3744 section 4.2. Wanted of principals; Apple's clients ask everywhere.
	{name: wire.D("principal-URL"), on: kindAny, get: func(rq *request, res *resource, w *wire.Writer) bool {
		switch {
		case res.kind&(kindGroup|kindProxy) != 0:
			w.Href(rq.href(res.location))
		case res.home != nil:
			w.Href(rq.principalHref(res.home))
		default:
			w.Href(rq.principalOf(rq.who.Name))
		}
		return true
	}},
	// RFC 3744 section 5.8.
	{name: wire.D("principal-collection-set"), on: kindAny, get: func(rq *request, _ *resource, w *wire.Writer) bool {
		w.Href(rq.href(location{kind: kindPrincipals}))
		return true
	}},
	// RFC 3744 section 5.1. Evolution finds the person behind a calendar by it.
	{name: wire.D("owner"), on: kindHome | kindCollection | kindMember | kindPrincipal | kindProxy | kindNotifications, get: func(rq *request, res *resource, w *wire.Writer) bool {
		owner := res.home
		if res.owner != nil {
			owner = res.owner
		}
		w.Href(rq.principalHref(owner))
		return true
	}},
	// RFC 3744 section 4.1.
	{name: wire.D("alternate-URI-set"), on: kindPrincipal, get: func(_ *request, res *resource, w *wire.Writer) bool {
		writeMailtos(res.home, w)
		return true
	}},
	// RFC 3744 section 4.3, 4.4. DAVx5 goes from here to the homes of those for whom
	// one may act. The members of a proxy principal are set by its owner.
	{name: wire.D("group-member-set"), on: kindPrincipal, get: empty},
	{name: wire.D("group-member-set"), on: kindGroup, get: groupMembers},
	{name: wire.D("group-member-set"), on: kindProxy, set: always, check: checkProxyMembers, get: proxyMembers},
	{name: wire.D("group-membership"), on: kindPrincipal, get: groupMembership},
	{name: wire.D("group-membership"), on: kindGroup | kindProxy, get: empty},
	// RFC 3744 section 5.2: no group owns anything.
	{name: wire.D("group"), on: kindHome | kindCollection | kindMember, get: empty},
	// RFC 3744 section 5.3 to 5.7.
	{name: wire.D("supported-privilege-set"), on: kindAny, get: supportedPrivilegeSet},
	{name: wire.D("current-user-privilege-set"), on: kindAny, get: currentUserPrivilegeSet},
	{name: wire.D("acl"), on: kindHome | kindCollection | kindMember | kindPrincipal, get: acl},
	{name: wire.D("acl-restrictions"), on: kindAny, get: aclRestrictions},
	{name: wire.D("inherited-acl-set"), on: kindCollection | kindMember, get: inheritedACLSet},
}

func empty(*request, *resource, *wire.Writer) bool { return true }

func (s *Server) principalOf(user string) string {
	return s.href(location{kind: kindPrincipal, user: user})
}

// personName is how a person is called, never empty.
func personName(h *store.Home) string {
	if h.DisplayName != "" {
		return h.DisplayName
	}
	return h.Name
}

func writeMailtos(h *store.Home, w *wire.Writer) {
	for _, addr := range h.Emails {
		w.Href("mailto:" + addr)
	}
}

func writePrivilege(w *wire.Writer, n wire.Name) {
	w.Open(wire.D("privilege"))
	w.Empty(n)
	w.Close(wire.D("privilege"))
}

// currentUserPrivilegeSet lists every privilege one by one: the Outlook
// synchroniser does not know what all and write contain.
func currentUserPrivilegeSet(rq *request, res *resource, w *wire.Writer) bool {
	for _, p := range privilegesOn(res.kind) {
		if rq.may(p.needs, res) {
			writePrivilege(w, p.name)
		}
	}
	return true
}

// may asks what account.Rights said of a resource. What belongs to nobody is
// read-only.
func (rq *request) may(p account.Privilege, res *resource) bool {
	const readable = account.Read | account.ReadCurrentUserPrivilegeSet
	if (res.home == nil || res.kind == kindPrincipal) && p&^readable == 0 {
		return true
	}
	if res.home == nil {
		return false
	}
	return res.may(p)
}

// acl tells the rules that account.Rights follows: all to the owner, and to others
// what was shared with them or what they may do as delegates. RFC 3744 section 5.5.
// The elements are protected, since there is no ACL method.
func acl(rq *request, res *resource, w *wire.Writer) bool {
	if res.home != nil && !rq.may(account.ReadACL, res) && res.kind != kindPrincipal {
		return false
	}
	ace(w, all, func() {
		w.Open(wire.D("property"))
		w.Empty(wire.D("owner"))
		w.Close(wire.D("property"))
	})
	if res.kind == kindPrincipal {
		ace(w, []wire.Name{wire.D("read")}, func() { w.Empty(wire.D("authenticated")) })
		return true
	}
	others, err := rq.others(res)
	if err != nil {
		rq.refusal = err
		return false
	}
	for _, o := range others {
		ace(w, privilegeNames(o.access.Privilege), func() { w.Href(o.href) })
	}
	return true
}

var all = []wire.Name{wire.D("all")}

func ace(w *wire.Writer, grant []wire.Name, principal func()) {
	w.Open(wire.D("ace"))
	w.Open(wire.D("principal"))
	principal()
	w.Close(wire.D("principal"))
	w.Open(wire.D("grant"))
	for _, n := range grant {
		writePrivilege(w, n)
	}
	w.Close(wire.D("grant"))
	w.Empty(wire.D("protected"))
	w.Close(wire.D("ace"))
}

// An other is somebody beside the owner who may do something.
type other struct {
	href   string
	access account.Access
}

// thingOf is what a resource of a home is to account.Rights.
func thingOf(home store.HomeID, res *resource) account.Thing {
	t := account.Thing{Home: home, Coll: res.coll}
	if f := res.flavour(); f != nil {
		t.Kind = f.store
	}
	return t
}

// others are those who may do something with a resource that is not theirs.
func (rq *request) others(res *resource) ([]other, error) {
	home := res.home.ID
	if res.coll != nil {
		home = res.coll.Home
	}
	granted, err := account.Grants(rq.snap, thingOf(home, res))
	if err != nil {
		return nil, err
	}
	var all []other
	for _, g := range granted {
		n, err := account.NameOf(rq.snap, g.To)
		if errors.Is(err, account.ErrNoPrincipal) {
			continue
		} else if err != nil {
			return nil, err
		}
		all = append(all, other{rq.principalHrefOf(n), g.Access})
	}
	return all, nil
}

// aclRestrictions: RFC 3744 section 5.6. Rights are granted, never denied.
func aclRestrictions(_ *request, _ *resource, w *wire.Writer) bool {
	w.Empty(wire.D("grant-only"))
	w.Empty(wire.D("no-invert"))
	return true
}

func inheritedACLSet(rq *request, res *resource, w *wire.Writer) bool {
	w.Href(rq.href(location{kind: res.flavour().home, user: res.user}))
	return true
}
