package dav

import (
	"errors"
	"fmt"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/store"
)

// A proxy is one of the two groups of people who may act in somebody's calendars
// (calendarserver caldav-proxy, section 5): a principal below the person's own,
// with the members that its owner sets.
type proxy struct {
	name  string // the last path segment, and the name of its resource type
	write bool
	about string
}

var proxies = [...]proxy{
	{"calendar-proxy-read", false, "may read the calendars of %s"},
	{"calendar-proxy-write", true, "may act in the calendars of %s"},
}

func proxyNamed(name string) *proxy {
	for i := range proxies {
		if proxies[i].name == name {
			return &proxies[i]
		}
	}
	return nil
}

// proxyProps are the properties of delegation.
var proxyProps = []property{
	// For whom one may act. DAVx5, the Outlook synchroniser and Apple's clients
	// read them, the latter by expand-property.
	{name: wire.CalendarServer("calendar-proxy-read-for"), on: kindPrincipal, get: proxyFor(false)},
	{name: wire.CalendarServer("calendar-proxy-write-for"), on: kindPrincipal, get: proxyFor(true)},
}

func proxyFor(write bool) func(*request, *resource, *wire.Writer) bool {
	return func(rq *request, res *resource, w *wire.Writer) bool {
		if res.home.ID != rq.who.Home {
			return false // who acts for whom is theirs to know
		}
		return rq.delegators(w, func(d account.Delegate, h *store.Home) {
			if d.Write == write {
				w.Href(rq.principalHref(h))
			}
		})
	}
}

// delegators visits those for whom the one who asks may act.
func (rq *request) delegators(w *wire.Writer, visit func(account.Delegate, *store.Home)) bool {
	list, err := account.DelegatorsOf(rq.snap, rq.who.Home)
	for _, d := range list {
		var h *store.Home
		if h, err = rq.snap.Home(d.Of); err != nil {
			break
		}
		visit(d, h)
	}
	if err != nil {
		rq.refusal = err
	}
	return err == nil
}

// groupMembership writes the groups, organisations and proxy principals that the
// one who asks belongs to. RFC 3744 section 4.4. Of somebody else it is empty.
func groupMembership(rq *request, res *resource, w *wire.Writer) bool {
	if res.home.ID != rq.who.Home {
		return true
	}
	memberships, err := account.MembershipsOf(rq.snap, rq.who.Home)
	if err != nil {
		rq.refusal = err
		return false
	}
	for _, m := range memberships {
		n, err := account.NameOf(rq.snap, m.Of)
		if errors.Is(err, account.ErrNoPrincipal) {
			continue
		} else if err != nil {
			rq.refusal = err
			return false
		}
		w.Href(rq.principalHrefOf(n))
	}
	return rq.delegators(w, func(d account.Delegate, h *store.Home) {
		p := &proxies[0]
		if d.Write {
			p = &proxies[1]
		}
		w.Href(rq.href(location{kind: kindProxy, user: h.Name, coll: p.name}))
	})
}

// findGroup finds the group or organisation that the path names.
func (r *resource) findGroup(snap store.Snapshot) error {
	n, err := account.ParseNamed(snap, r.user)
	switch {
	case errors.Is(err, account.ErrNoPrincipal):
		return nil
	case err == nil && n.Type != account.User:
		r.group = &n
	}
	return err
}

// groupMembers writes who belongs to a group, for those who do. RFC 3744 section 4.3.
func groupMembers(rq *request, res *resource, w *wire.Writer) bool {
	in, err := account.Is(rq.snap, rq.who.Home, res.group.Principal)
	var members []account.Membership
	if err == nil && in {
		members, err = account.Members(rq.snap, res.group.Principal)
	}
	for _, m := range members {
		var h *store.Home
		if h, err = rq.snap.Home(m.Home); err != nil {
			break
		}
		w.Href(rq.principalHref(h))
	}
	if err != nil {
		rq.refusal = err
	}
	return err == nil && in
}

// proxyMembers writes who may act for a person, for that person.
func proxyMembers(rq *request, res *resource, w *wire.Writer) bool {
	if res.home.ID != rq.who.Home {
		return false
	}
	list, err := account.DelegatesOf(rq.snap, res.home.ID)
	for _, d := range list {
		if err != nil {
			break
		}
		var n account.Named
		if d.Write != proxyNamed(res.location.coll).write {
			continue
		}
		if n, err = account.NameOf(rq.snap, d.To); err == nil {
			w.Href(rq.principalHrefOf(n))
		} else if errors.Is(err, account.ErrNoPrincipal) {
			err = nil
		}
	}
	if err != nil {
		rq.refusal = err
	}
	return err == nil
}

// checkProxyMembers judges a new group-member-set: it names users and groups.
func checkProxyMembers(rq *request, e *wire.Elem) error {
	return rq.view(func(snap store.Snapshot) error {
		_, err := rq.principals(snap, e)
		return err
	})
}

// principals reads the principals that the hrefs in an element name: principals by
// path, users also by mail address.
func (rq *request) principals(snap store.Snapshot, e *wire.Elem) ([]account.Principal, error) {
	var all []account.Principal
	for href := range e.ChildrenNamed(wire.D("href")) {
		n, err := rq.named(snap, href.TrimmedText())
		if err != nil {
			return nil, err
		}
		if n == nil {
			return nil, conflict(wire.D("recognized-principal"), fmt.Errorf("%.200q is no principal here", href.TrimmedText()))
		}
		all = append(all, n.Principal)
	}
	return all, nil
}

// setProxies carries out a PROPPATCH of group-member-set on a proxy principal.
func (rq *request) setProxies(res *resource, pre []store.Pre, e *wire.Elem) error {
	write := proxyNamed(res.location.coll).write
	var ops []store.Op
	err := rq.view(func(snap store.Snapshot) error {
		now, err := account.DelegatesOf(snap, res.home.ID)
		if err != nil {
			return err
		}
		var want []account.Principal
		if e != nil {
			if want, err = rq.principals(snap, e); err != nil {
				return err
			}
		}
		ops, err = account.SetDelegates(res.home.ID, now, want, write, rq.who.Name, rq.now())
		return err
	})
	if err != nil {
		return err
	}
	if _, err = rq.apply(res.home.ID, pre, ops...); err != nil {
		return err
	}
	return rq.audit(account.Event{Act: account.ShareChanged, Subject: res.home.Name, Detail: "members of " + res.location.coll})
}
