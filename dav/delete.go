package dav

import (
	"net/http"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/store"
)

// delete answers DELETE of a member or of a collection with all its members. RFC
// 4918 section 9.6. Both go to the history, from where they can be restored.
func (rq *request) delete() error {
	cond, err := rq.conditions()
	if err != nil {
		return err
	}
	if err := rq.wholeTree(); err != nil {
		return err
	}
	var (
		res *resource
		pre []store.Pre
	)
	err = rq.view(func(snap store.Snapshot) error {
		if res, err = rq.find(snap, store.WantMeta); err != nil {
			return err
		}
		if !res.exists() {
			return errNotFound
		}
		if err := rq.mayRemove(snap, res); err != nil {
			return err
		}
		pre, err = cond.judge(rq, snap, res)
		return err
	})
	if err != nil {
		return err
	}
	if aside := rq.aside(res); aside != nil {
		if err := aside(res); err != nil {
			return err
		}
		return rq.done(http.StatusNoContent)
	}
	var op store.Op = store.DeleteCollection{Coll: res.coll.ID}
	if res.kind&kindMember != 0 {
		op = store.DeleteObject{Coll: res.coll.ID, Name: res.name}
	}
	if _, err := rq.apply(res.coll.Home, pre, op); err != nil {
		return err
	}
	return rq.done(http.StatusNoContent)
}

// aside returns how something is removed that is not its remover's own: a
// notification, or a shared collection in the home of its sharee; nil for all else.
func (rq *request) aside(res *resource) func(*resource) error {
	switch {
	case res.kind == kindNotification:
		return rq.dismiss
	case res.kind&kindCollection != 0 && res.shared():
		return rq.putAside
	}
	return nil
}

// mayRemove asks for the right to remove a member from its collection, or a
// collection from its home (RFC 3744 section 3.10), which is the owner's alone. A
// sharee removes what is shared from their own home.
func (rq *request) mayRemove(snap store.Snapshot, res *resource) error {
	if res.kind&kindCollection == 0 {
		return rq.need(rq.who, account.Unbind, res)
	}
	if res.shared() {
		return nil
	}
	home, err := rq.rights(snap, rq.who, account.Thing{Home: res.home.ID, Kind: res.flavour().store})
	if err == nil && home.Privilege&account.Unbind == 0 {
		err = needPrivileges(rq.href(res.location), account.Unbind)
	}
	return err
}

// wholeTree refuses a Depth that would leave members of a collection behind. RFC
// 4918 sections 9.6.1 and 9.9.2: infinity, whether or not the header says so.
func (rq *request) wholeTree() error {
	v := rq.r.Header.Get("Depth")
	if v == "" || rq.at.kind&kindCollection == 0 {
		return nil
	}
	depth, err := wire.ParseDepth(v)
	if err == nil && depth != wire.DepthInfinity {
		err = badRequest("Depth: a collection goes as a whole")
	}
	return err
}
