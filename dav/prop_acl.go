package dav

import (
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
		name := rq.who.Name
		if res.home != nil {
			name = res.home.Name
		}
		w.Href(rq.principalOf(name))
		return true
	}},
	// RFC 3744 section 5.8.
	{name: wire.D("principal-collection-set"), on: kindAny, get: func(rq *request, _ *resource, w *wire.Writer) bool {
		w.Href(rq.href(location{kind: kindPrincipals}))
		return true
	}},
	// RFC 3744 section 5.1. Evolution finds the person behind a calendar by it.
	{name: wire.D("owner"), on: kindHome | kindCollection | kindMember | kindPrincipal, get: func(rq *request, res *resource, w *wire.Writer) bool {
		w.Href(rq.principalHref(res.home))
		return true
	}},
	// RFC 3744 section 4.1.
	{name: wire.D("alternate-URI-set"), on: kindPrincipal, get: func(_ *request, res *resource, w *wire.Writer) bool {
		writeMailtos(res.home, w)
		return true
	}},
	// RFC 3744 section 4.3, 4.4: no groups yet, so both are there and empty.
	{name: wire.D("group-member-set"), on: kindPrincipal, get: empty},
	{name: wire.D("group-membership"), on: kindPrincipal, get: empty},
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

// may asks account.Can about a resource. What belongs to nobody is read-only.
func (rq *request) may(p account.Privilege, res *resource) bool {
	const readable = account.Read | account.ReadCurrentUserPrivilegeSet
	if (res.home == nil || res.kind == kindPrincipal) && p&^readable == 0 {
		return true
	}
	if res.home == nil {
		return false
	}
	return rq.can(rq.who, p, res.home.ID)
}

// acl tells the rule that account.Can follows: all to the owner, and nobody else
// is named. RFC 3744 section 5.5.
func acl(_ *request, res *resource, w *wire.Writer) bool {
	w.Open(wire.D("ace"))
	w.Open(wire.D("principal"))
	w.Open(wire.D("property"))
	w.Empty(wire.D("owner"))
	w.Close(wire.D("property"))
	w.Close(wire.D("principal"))
	w.Open(wire.D("grant"))
	writePrivilege(w, wire.D("all"))
	w.Close(wire.D("grant"))
	w.Empty(wire.D("protected"))
	w.Close(wire.D("ace"))
	if res.kind == kindPrincipal {
		w.Open(wire.D("ace"))
		w.Open(wire.D("principal"))
		w.Empty(wire.D("authenticated"))
		w.Close(wire.D("principal"))
		w.Open(wire.D("grant"))
		writePrivilege(w, wire.D("read"))
		w.Close(wire.D("grant"))
		w.Empty(wire.D("protected"))
		w.Close(wire.D("ace"))
	}
	return true
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
