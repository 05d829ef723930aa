package dav

import (
	"errors"
	"net/http"
	"strings"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/store"
)

// proppatch answers PROPPATCH: all instructions or none. RFC 4918 section 9.2.
func (rq *request) proppatch() error {
	cond, err := rq.conditions()
	if err != nil {
		return err
	}
	body, err := rq.body()
	if err != nil {
		return err
	}
	if !body.Is(wire.D("propertyupdate")) {
		return badRequest("the body is not DAV:propertyupdate")
	}
	p := rq.newPatch(false)
	p.read(body)
	if len(p.results) == 0 {
		return badRequest("no property is named")
	}
	var (
		res *resource
		pre []store.Pre
	)
	err = rq.view(func(snap store.Snapshot) error {
		if res, err = rq.find(snap, store.WantProps); err != nil {
			return err
		}
		if !res.exists() {
			return errNotFound
		}
		if !res.personal(rq.who) {
			if err := rq.need(rq.who, account.WriteProperties, res); err != nil {
				return err
			}
		}
		if pre, err = cond.judge(rq, snap, res); err != nil {
			return err
		}
		p.fits(res.props())
		return nil
	})
	if err != nil {
		return err
	}
	if !p.failed {
		if err := rq.patchProps(res, pre, p); err != nil {
			return err
		}
		if rq.prefer.Minimal {
			// RFC 8144 section 2.2.
			rq.w.Header().Set("Preference-Applied", "return=minimal")
			return rq.done(http.StatusNoContent)
		}
	}
	m := rq.multistatus(p.spaces()...)
	defer m.Release()
	m.StartResponse(rq.href(res.location))
	p.write(m.Writer)
	m.EndResponse()
	return m.end()
}

// personal tells whether the properties of r that somebody sets are for their own
// eyes: those of a collection of somebody else. That needs no right to write; iOS
// sets colour and order of whatever it shows.
func (r *resource) personal(who account.Identity) bool {
	return r.kind&kindCollection != 0 && r.foreign(who)
}

// patchProps carries out the patch.
func (rq *request) patchProps(res *resource, pre []store.Pre, p *patch) error {
	set, remove := p.changes()
	if res.kind == kindProxy {
		for _, prop := range set {
			if prop.Space == wire.DAV && prop.Local == "group-member-set" {
				e, err := wire.Parse(strings.NewReader(prop.XML), wire.Limits{})
				if err != nil {
					return err
				}
				return rq.setProxies(res, pre, e)
			}
		}
		return rq.setProxies(res, pre, nil)
	}
	if res.personal(rq.who) {
		return rq.patchLook(res.coll.ID, set, remove)
	}
	home := res.home.ID
	if res.coll != nil {
		home = res.coll.Home
	}
	op := res.patchOp()
	op.Set, op.Remove = set, remove
	_, err := rq.apply(home, pre, op)
	return err
}

// patchLook changes what the one who asks says of somebody else's collection. What
// was put aside stays so: it may be reached by its owner's path.
func (rq *request) patchLook(coll store.CollID, set []store.Prop, remove []store.PropName) error {
	var look account.Look
	err := rq.view(func(snap store.Snapshot) (err error) {
		look, err = account.LookOf(snap, rq.who.Home, coll)
		return err
	})
	if err != nil {
		return err
	}
	look.Props = store.PropSet(look.Props).Patch(set, remove)
	ops, fits := account.LookOps(rq.who.Home, coll, look)
	if !fits {
		return &Error{Status: http.StatusInsufficientStorage, Err: errors.New("the properties are larger than those on somebody else's collection may be")}
	}
	if patch := (store.PatchProps{Target: store.OnCollection, Set: set, Remove: remove}); patch.ConcernsAlarms() {
		ops = append(ops, store.Enqueue{Job: store.AlarmJobOfPerson(coll, rq.who.Home, rq.now())})
	}
	_, err = rq.apply(rq.who.Home, nil, ops...)
	return err
}

// patchOp is the operation on the stored properties of r.
func (r *resource) patchOp() store.PatchProps {
	switch {
	case r.kind == kindPrincipal:
		return store.PatchProps{Target: store.OnPrincipal}
	case r.kind == kindCalendarHome:
		return store.PatchProps{Target: store.OnCalendarHome}
	case r.kind == kindAddressBookHome:
		return store.PatchProps{Target: store.OnAddressBookHome}
	case r.kind&kindCollection != 0:
		return store.PatchProps{Target: store.OnCollection, Coll: r.coll.ID}
	}
	return store.PatchProps{Target: store.OnObject, Coll: r.coll.ID, Name: r.name}
}
