package dav

import (
	"cmp"
	"net/http"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/store"
)

// propfind answers PROPFIND. RFC 4918 section 9.1.
func (rq *request) propfind() error {
	depth := wire.DepthInfinity
	if v := rq.r.Header.Get("Depth"); v != "" {
		var err error
		if depth, err = wire.ParseDepth(v); err != nil {
			return err
		}
	}
	body, err := rq.body()
	if err != nil {
		return err
	}
	want, err := readPropfind(body)
	if err != nil {
		return err
	}
	if depth == wire.DepthInfinity {
		if rq.at.kind&kindLeaf == 0 {
			return forbidden(wire.D("propfind-finite-depth"), nil)
		}
		depth = wire.Depth0
	}
	m := rq.multistatus(want.spaces()...)
	defer m.Release()
	self := func(snap store.Snapshot) (*resource, error) {
		res, err := rq.find(snap, want.on(rq.at.kind).want)
		if err != nil {
			return nil, err
		}
		if !res.exists() {
			return nil, errNotFound
		}
		// The resource asked for comes first: Thunderbird takes the first for it.
		if depth == wire.Depth0 || !rq.prefer.NoRoot {
			m.response(res, want)
		}
		return res, nil
	}
	if depth == wire.Depth0 || rq.at.kind&kindLeaf != 0 {
		if err := rq.view(func(snap store.Snapshot) error { _, err := self(snap); return err }); err != nil {
			return err
		}
		return m.end()
	}
	var res *resource
	err = rq.view(func(snap store.Snapshot) error {
		if res, err = self(snap); err != nil {
			return err
		}
		return rq.children(snap, res, func(child *resource) { m.response(child, want) })
	})
	if err != nil {
		return err
	}
	if res.kind&kindCollection != 0 {
		if err := m.members(res, want); err != nil {
			return err
		}
	}
	return m.end()
}

// response writes the response for one resource.
func (m *multistatus) response(res *resource, want *propRequest) {
	rq := m.rq
	mark := m.Mark()
	m.startResponse(&res.location)
	want.write(rq, res, m.Writer)
	m.EndResponse()
	if rq.measuring {
		m.Truncate(mark)
	}
}

// children visits what is below a resource, other than the members of a
// collection, which can be many.
func (rq *request) children(snap store.Snapshot, res *resource, visit func(*resource)) error {
	switch {
	case res.kind == kindRoot:
		for _, k := range [...]kind{kindPrincipals, kindCalendarHomes, kindAddressBookHomes} {
			visit(&resource{location: location{kind: k}})
		}
	case res.kind&(kindPrincipals|kindHomes) != 0:
		// One's own only: who else is here is for principal-property-search to tell.
		home, err := snap.Home(rq.who.Home)
		if err != nil {
			return err
		}
		k := kindPrincipal
		if f := res.flavour(); f != nil {
			k = f.home
		}
		child := &resource{location: location{kind: k, user: home.Name}, home: home, owner: home}
		if child.access, err = rq.rights(snap, rq.who, account.HomeOf(home.ID)); err != nil {
			return err
		}
		visit(child)
	case res.kind == kindPrincipal:
		for i := range proxies {
			visit(&resource{location: location{kind: kindProxy, user: res.user, coll: proxies[i].name}, home: res.home, owner: res.home, access: res.access})
		}
	case res.kind == kindNotifications:
		all, err := notificationsOf(rq.Server, snap, res.home)
		if err != nil {
			return err
		}
		for _, n := range all {
			visit(n.resource(res))
		}
	case res.kind&kindHome != 0:
		f := res.flavour()
		colls, err := snap.Collections(res.home.ID)
		if err != nil {
			return err
		}
		for _, coll := range colls {
			if coll.Kind == f.store {
				child := &resource{location: location{kind: f.collection, user: res.user, coll: coll.Name}, home: res.home, coll: coll, owner: res.home}
				if child.access, err = rq.rights(snap, rq.who, account.Of(coll)); err != nil {
					return err
				}
				// What an app password is not for is not there for who has it.
				if child.access.Privilege != 0 {
					visit(child)
				}
			}
		}
		if res.home.ID != rq.who.Home {
			return nil
		}
		mounts, err := account.Mounts(snap, res.home.ID, f.store)
		if err != nil {
			return err
		}
		for _, m := range mounts {
			if _, err := snap.CollectionByName(res.home.ID, f.store, m.Name); err == nil {
				continue // hidden by one of the user's own, of the same name
			}
			child := &resource{location: location{kind: f.collection, user: res.user, coll: m.Name}, home: res.home}
			child.mount(m, rq.who)
			if child.access.Privilege != 0 {
				visit(child)
			}
		}
	}
	return nil
}

// members writes a response for each member of a collection, page by page.
func (m *multistatus) members(res *resource, want *propRequest) error {
	member := res.member()
	lens := m.rq.lens(res)
	need := want.on(member.kind).want
	for after, more := "", true; more; {
		more = false
		err := m.rq.view(func(snap store.Snapshot) error {
			n := 0
			var failed error
			err := snap.List(res.coll.ID, after, need, func(o *store.Object) bool {
				if n++; n > pageObjects || m.full() {
					more = true
					return false
				}
				m.rq.name = append(m.rq.name[:0], o.Name...)
				if o, failed = lens.see(snap, o); o != nil {
					member.become(o.Name, o, lens)
					m.response(member, want)
				}
				return failed == nil
			})
			return cmp.Or(failed, err)
		})
		after = string(m.rq.name)
		if err != nil {
			return m.broken(err)
		}
		if more {
			if err := m.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// broken ends an answer that met an error. Before the first page is out the error
// becomes the answer; after that the connection is cut, so that the client does
// not take a part for the whole.
func (m *multistatus) broken(err error) error {
	if !m.started {
		return err
	}
	m.rq.log.Error("answer broken off", "method", m.rq.r.Method, "path", m.rq.r.URL.Path, "err", err)
	panic(http.ErrAbortHandler)
}

// readPropfind reads the body of a PROPFIND. None means allprop.
func readPropfind(body *wire.Elem) (*propRequest, error) {
	if body == nil {
		return &propRequest{all: true}, nil
	}
	if body.Name != wire.D("propfind") {
		return nil, badRequest("the body is %s, not DAV:propfind", body.Name)
	}
	return readPropRequest(body)
}

// readPropRequest reads the prop, allprop or propname inside an element; several
// requests have them. Exactly one is wanted, include only beside allprop.
func readPropRequest(body *wire.Elem) (*propRequest, error) {
	p := &propRequest{}
	kinds := 0
	for _, e := range body.Children {
		switch e.Name {
		case wire.D("prop"):
			kinds++
			p.addNames(e)
		case wire.D("allprop"):
			kinds++
			p.all = true
		case wire.D("propname"):
			kinds++
			p.nameOnly = true
		}
	}
	if p.all {
		for e := range body.ChildrenNamed(wire.D("include")) {
			p.addNames(e)
		}
	}
	if kinds != 1 {
		return nil, badRequest("%s wants one of prop, allprop and propname", body.Name.Local)
	}
	return p, nil
}

// addNames takes the names of an element's children, each once.
func (p *propRequest) addNames(e *wire.Elem) {
	if p.names == nil {
		p.names = make([]wire.Name, 0, min(len(e.Children), maxNames))
	}
	for _, c := range e.Children {
		if !p.hasName(c.Name) {
			p.names = append(p.names, c.Name)
		}
	}
}
