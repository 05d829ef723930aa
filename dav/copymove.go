package dav

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/ical"
	"almanac/store"
)

// copy answers COPY of a member. RFC 4918 section 9.8. A collection is not copied:
// no client asks for it, and its members' UIDs would be in the home twice.
func (rq *request) copy() error { return rq.transfer(false) }

// move answers MOVE of a member, or of a collection, which is renamed. RFC 4918
// section 9.9.
func (rq *request) move() error { return rq.transfer(true) }

// A transfer is a COPY or MOVE on its way.
type transfer struct {
	*request
	move      bool
	overwrite bool
	from, to  *resource
	pre       []store.Pre
}

func (rq *request) transfer(move bool) error {
	x := &transfer{request: rq, move: move}
	cond, err := rq.conditions()
	if err != nil {
		return err
	}
	if x.overwrite, err = wire.ParseOverwrite(rq.r.Header.Get("Overwrite")); err != nil {
		return err
	}
	if err := rq.wholeTree(); err != nil {
		return err
	}
	target, err := rq.destination()
	if err != nil {
		return err
	}
	err = rq.view(func(snap store.Snapshot) error {
		if x.from, err = rq.find(snap, store.WantBody|store.WantProps); err != nil {
			return err
		}
		if !x.from.exists() {
			return errNotFound
		}
		if x.to, err = rq.lookup(snap, rq.who, target, store.WantBody|store.WantProps); err != nil {
			return err
		}
		if err := x.allowed(snap); err != nil {
			return err
		}
		x.pre, err = cond.judge(rq, snap, x.from)
		return err
	})
	if err != nil {
		return err
	}
	run := x.member
	if x.from.kind&kindCollection != 0 {
		run = x.rename
	}
	created, err := run()
	switch {
	case err == nil:
	case errors.Is(err, store.ErrExists):
		return errPrecondition // Overwrite: F, RFC 4918 section 9.8.5
	case errors.Is(err, store.ErrNotFound) && x.gone():
		return errNotFound
	case x.to.coll != nil:
		return rq.writeError(err, x.to)
	default:
		return err
	}
	if !created {
		return rq.done(http.StatusNoContent)
	}
	rq.w.Header().Set("Location", rq.href(x.to.location))
	return rq.done(http.StatusCreated)
}

// gone tells whether the source is there no more: what else a transaction can miss
// is the collection to which it goes.
func (x *transfer) gone() bool {
	var now *resource
	err := x.view(func(snap store.Snapshot) (err error) {
		now, err = x.find(snap, store.WantMeta)
		return err
	})
	return err == nil && !now.exists()
}

// destination reads the header. RFC 4918 section 10.3.
func (rq *request) destination() (location, error) {
	value := strings.TrimSpace(rq.r.Header.Get("Destination"))
	if value == "" {
		return location{}, badRequest("no Destination")
	}
	authority, path, err := wire.SplitHref(value)
	if err != nil {
		return location{}, badRequest("Destination: %w", err)
	}
	if !rq.isOurs(authority) {
		// RFC 4918 section 9.8.5.
		return location{}, &Error{Status: http.StatusBadGateway, Err: fmt.Errorf("Destination: %.100q is another server than this, which is called %q here", authority, rq.r.Host)}
	}
	at, err := rq.locate(path)
	if err != nil {
		return location{}, badRequest("Destination: %w", err)
	}
	return at, nil
}

// isOurs tells whether a Destination means this server: when its host is that of
// the request, or one that a reverse proxy tells of. Ports and schemes are not
// compared, they differ behind every proxy. A proxy that passes on an address in
// place of the name leaves nothing to compare with; then any host is taken, because
// a client that has come through that proxy could else move nothing.
func (rq *request) isOurs(authority string) bool {
	if authority == "" {
		return true
	}
	want := hostOf(authority)
	if strings.EqualFold(want, hostOf(rq.r.Host)) {
		return true
	}
	for _, line := range rq.r.Header["X-Forwarded-Host"] {
		for name := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(want, hostOf(strings.TrimSpace(name))) {
				return true
			}
		}
	}
	host := hostOf(rq.r.Host)
	_, err := netip.ParseAddr(host)
	return err == nil || !strings.Contains(host, ".")
}

// hostOf takes the port and the brackets off an authority.
func hostOf(authority string) string {
	if host, _, err := net.SplitHostPort(authority); err == nil {
		return host
	}
	return strings.Trim(authority, "[]")
}

// allowed judges where things may go.
func (x *transfer) allowed(snap store.Snapshot) error {
	from, to := x.from, x.to
	f := from.flavour()
	if x.move {
		if err := x.mayRemove(snap, from); err != nil {
			return err
		}
	}
	if from.sight == busyOnly {
		return needPrivileges(x.href(from.location), account.Read)
	}
	switch {
	case to.kind == 0:
		return &Error{Status: http.StatusConflict, Err: errors.New("Destination: nothing can be put there")}
	case to.flavour() != f && to.kind&kindMember != 0 && from.kind&kindMember != 0:
		// RFC 4791 section 5.3.2.1, RFC 6352 section 6.3.2.1.
		g := to.flavour()
		return forbidden(wire.Name{Space: g.space, Local: "supported-" + g.data.Local}, fmt.Errorf("Destination: no place for %s among %s", f.mediaType, g.mediaType))
	case to.kind != from.kind:
		return &Error{Status: http.StatusForbidden, Err: errors.New("Destination: a resource can only become one of its own kind")}
	case to.home == nil || from.kind&kindMember != 0 && to.coll == nil:
		return noParent(to)
	case from.kind&kindCollection != 0 && (to.home.ID != from.home.ID || from.shared() || to.shared()):
		return needPrivileges(x.href(to.location), account.Bind)
	case to.coll != nil && to.coll.ID == from.coll.ID && to.name == from.name:
		return &Error{Status: http.StatusForbidden, Err: errors.New("Destination: source and destination are the same")}
	}
	if err := x.need(x.who, x.needsThere(), to); err != nil {
		return err
	}
	if from.kind&kindCollection != 0 {
		return checkName(to.location.coll)
	}
	if err := checkComponent(to.coll, from.obj.Index.Component); err != nil {
		return err
	}
	return checkName(to.name)
}

// needsThere are the privileges on the destination. RFC 3744 appendix B.
func (x *transfer) needsThere() account.Privilege {
	switch {
	case !x.to.exists():
		return account.Bind
	case x.move:
		return account.Bind | account.Unbind
	}
	return account.WriteContent | account.WriteProperties
}

// member copies or moves a member with its dead properties.
func (x *transfer) member() (created bool, err error) {
	from, to := x.from, x.to
	// RFC 4791 section 5.3.2.1 speaks of COPY and MOVE too.
	keeps := store.KeepsUID{Coll: to.coll.ID, Name: to.name, UID: from.obj.Index.UID}
	if x.move && from.coll.Home == to.coll.Home {
		if !x.overwrite {
			x.pre = append(x.pre, store.ETagIsNot{Coll: to.coll.ID, Name: to.name})
		}
		return x.within(append(x.pre, keeps))
	}
	index := store.IndexAgain(from.coll.Kind, from.obj.Body, from.obj.Index)
	plan, err := x.place(to, to.name, from.obj.Body, index)
	if err != nil {
		return false, err
	}
	// What is to hold of the source is judged in the same transaction where that is
	// the same home's, and else when the source is deleted.
	if from.coll.Home == to.coll.Home {
		plan.pre = append(plan.pre, x.pre...)
	}
	if !x.overwrite {
		plan.pre = append(plan.pre, store.ETagIsNot{Coll: to.coll.ID, Name: to.name})
	}
	plan.pre = append(plan.pre, keeps)
	var gone []store.Op
	if x.move && from.coll.Kind == store.Calendar {
		if gone, err = x.takeAlarms(plan); err != nil {
			return false, err
		}
	}
	patch := store.PatchProps{Target: store.OnObject, Coll: to.coll.ID, Name: to.name, Set: from.obj.Props}
	if to.obj != nil {
		// Overwriting is deleting first: nothing of the old one stays.
		for _, p := range to.obj.Props {
			patch.Remove = append(patch.Remove, store.PropName{Space: p.Space, Local: p.Local})
		}
	}
	if len(patch.Set)+len(patch.Remove) > 0 {
		plan.ops = append(plan.ops, patch)
	}
	res, err := x.apply(to.coll.Home, plan.pre, plan.ops...)
	if err != nil {
		return false, err
	}
	if x.move {
		err = x.leave(res.Ops[0], gone)
	}
	return res.Ops[0].Created, err
}

// within moves a member within one home, with the alarms that others have on it.
// Should somebody change theirs meanwhile, it begins anew.
func (x *transfer) within(pre []store.Pre) (created bool, err error) {
	from, to := x.from, x.to
	for try := 1; ; try++ {
		var theirs []store.Pre
		var carried []store.Op
		err := x.view(func(snap store.Snapshot) (err error) {
			theirs, carried, err = account.MoveAlarms(snap, from.coll, to.coll, &from.obj.Index)
			return err
		})
		if err != nil {
			return false, err
		}
		move := store.MoveObject{From: from.coll.ID, FromName: from.name, To: to.coll.ID, ToName: to.name, Overwrite: x.overwrite}
		res, err := x.apply(to.coll.Home, slices.Concat(pre, theirs), slices.Concat([]store.Op{move}, carried)...)
		if err == nil {
			return res.Ops[0].Created, nil
		}
		if unmet := new(store.PreconditionError); !errors.As(err, &unmet) || unmet.Index < len(pre) || try == placeTries {
			return false, err
		}
	}
}

// takeAlarms has everybody's alarms go along into the calendar of another owner: those of
// whoever owns that become the ones that stand in the object. gone is for when the source
// is deleted.
func (x *transfer) takeAlarms(plan *placing) (gone []store.Op, err error) {
	from, to := x.from, x.to
	stored := from.stored
	if stored == nil {
		stored = from.obj
	}
	old, err := ical.ParseObject(stored.Body)
	if err != nil {
		return nil, nil // it has none
	}
	var owners account.Alarms
	err = x.view(func(snap store.Snapshot) error {
		var put []store.Op
		owners, put, gone, err = account.TakeAlarms(snap, from.coll, to.coll, &stored.Index, x.who.Home, account.Alarms(old.Alarms()))
		plan.ops = append(plan.ops, put...)
		return err
	})
	if err != nil || to.coll.Home == x.who.Home || len(owners) == 0 {
		return gone, err
	}
	for i, op := range plan.ops {
		put, ok := op.(store.PutObject)
		if !ok {
			continue
		}
		written, err := ical.ParseObject(put.Body)
		if err != nil {
			return nil, err
		}
		put.Body, put.Wake = ical.WithAlarms(written, ical.Alarms(owners)), time.Time{}
		if put.Index, err = store.IndexOf(to.coll.Kind, put.Body); err != nil {
			return nil, err
		}
		plan.ops[i] = put
	}
	return gone, nil
}

// leave ends a MOVE between two homes, which are written one after the other: the
// source is deleted once the target is there, so that nothing is ever lost. Should
// the source have changed meanwhile, a target that was made is taken back.
func (x *transfer) leave(made store.OpResult, gone []store.Op) error {
	pre := append(x.pre[:len(x.pre):len(x.pre)], pin(x.from))
	_, err := x.apply(x.from.coll.Home, pre, append([]store.Op{store.DeleteObject{Coll: x.from.coll.ID, Name: x.from.name}}, gone...)...)
	if err == nil || !made.Created {
		return err
	}
	to := x.to
	back := []store.Pre{store.ETagIs{Coll: to.coll.ID, Name: to.name, ETags: []string{made.ETag}}}
	if _, undo := x.apply(to.coll.Home, back, store.DeleteObject{Coll: to.coll.ID, Name: to.name}); undo != nil {
		x.log.Error("a move between two homes left a copy", "user", x.who.Name, "from", x.from.name, "to", to.name, "err", undo)
	}
	return err
}

// rename gives a collection another name in its home. One that is overwritten goes
// to the history first.
func (x *transfer) rename() (created bool, err error) {
	ops := []store.Op{store.RenameCollection{Coll: x.from.coll.ID, Name: x.to.location.coll}}
	if x.to.coll != nil {
		if !x.overwrite {
			return false, errPrecondition
		}
		ops = append([]store.Op{store.DeleteCollection{Coll: x.to.coll.ID}}, ops...)
	}
	_, err = x.apply(x.from.coll.Home, x.pre, ops...)
	return x.to.coll == nil, err
}
