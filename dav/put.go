package dav

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"almanac/account"
	"almanac/store"
)

// put answers PUT: it makes a member or replaces it. RFC 4918 section 9.7.1, RFC
// 4791 section 5.3.2, RFC 6352 section 6.3.2.
//
// A PUT without conditions is taken: Thunderbird's address book and Tasks.org send
// no other. What the Content-Type says is not looked at: KDE sends types of its
// own for the same text.
func (rq *request) put() error {
	cond, err := rq.conditions()
	if err != nil {
		return err
	}
	err = rq.write(rq.at.name, func(snap store.Snapshot) (in *resource, pre []store.Pre, err error) {
		if in, err = rq.find(snap, store.WantMeta); err != nil {
			return nil, nil, err
		}
		if in.coll == nil {
			return nil, nil, noParent(in)
		}
		// RFC 3744 appendix B.
		needs := account.WriteContent
		if in.obj == nil {
			needs = account.Bind
			if err := checkName(in.name); err != nil {
				return nil, nil, err
			}
		}
		if rq.lens(in) == nil || in.obj == nil || in.sight == busyOnly {
			if err := rq.need(rq.who, needs, in); err != nil {
				return nil, nil, err
			}
		} else if in, err = rq.find(snap, store.WantBody); err != nil {
			return nil, nil, err // what is sent decides what is needed: see place
		}
		pre, err = cond.judge(rq, snap, in)
		return in, pre, err
	})
	if errors.Is(err, errPrecondition) && rq.prefer.Representation {
		return rq.currentInstead(err)
	}
	return err
}

// placeTries is how often a write to somebody else's calendar is planned, at most,
// in which others write meanwhile.
const placeTries = 4

// write validates the body of the request, stores it as a member of a collection
// and answers. look finds the place, in, which is the collection or is in it, and
// judges what can be judged before the body is read. A member that is there keeps
// its UID, or nothing is stored: every device would else have a deletion and another
// object under one name.
//
// In a calendar of somebody else what is stored is made of what is there. When that
// has changed meanwhile, it is looked at anew, with the conditions of the request.
func (rq *request) write(name string, look func(store.Snapshot) (in *resource, pre []store.Pre, err error)) error {
	var (
		in  *resource
		pre []store.Pre
	)
	looked := func(snap store.Snapshot) (err error) {
		in, pre, err = look(snap)
		return err
	}
	if err := rq.view(looked); err != nil {
		return err
	}
	f := flavourOf(rq.at.kind)
	body, err := rq.object(f)
	if err != nil {
		return err
	}
	index, series, err := f.validate(rq.Server, in.coll, body)
	if err != nil {
		return err
	}
	var (
		plan *placing
		res  *store.Result
	)
	for try := 1; ; try++ {
		if plan, err = rq.place(in, name, body, index); err != nil {
			return err
		}
		if series != nil && index.Alarms {
			plan.wake(body, store.WakeOf(series, rq.now()))
		}
		all := append(append(pre, plan.pre...), store.KeepsUID{Coll: in.coll.ID, Name: name, UID: index.UID})
		res, err = rq.apply(in.coll.Home, all, plan.ops...)
		if len(plan.pre) == 0 || try == placeTries || !errors.As(err, new(*store.PreconditionError)) {
			break
		}
		if err := rq.view(looked); err != nil {
			return err
		}
	}
	if err != nil {
		return rq.writeError(err, in)
	}
	h := rq.w.Header()
	// The octets are kept as they came, so that the tag is that of the client's own
	// copy. RFC 4791 section 5.3.4, RFC 6352 section 6.3.2.3. Where a sharee sees
	// others than were sent, there is none.
	if etag := plan.etag(res.Ops[0].ETag); etag != "" {
		h.Set("ETag", etag)
	}
	status := http.StatusNoContent
	if res.Ops[0].Created {
		status = http.StatusCreated
	}
	if !rq.prefer.Representation || h.Get("ETag") == "" {
		return rq.done(status)
	}
	// RFC 8144 section 3.1.
	if status == http.StatusNoContent {
		status = http.StatusOK
	}
	h.Set("Preference-Applied", "return=representation")
	rq.sendObject(status, contentType(f, index.Component), body)
	return nil
}

// done ends an answer without a body.
func (rq *request) done(status int) error {
	if status != http.StatusNoContent {
		rq.w.Header().Set("Content-Length", "0")
	}
	rq.w.WriteHeader(status)
	return nil
}

// sendObject ends an answer with the octets of a member.
func (rq *request) sendObject(status int, mediaType string, body []byte) {
	h := rq.w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	rq.w.WriteHeader(status)
	if rq.r.Method != http.MethodHead {
		rq.w.Write(body)
	}
}

// currentInstead answers a failed condition with what is there, which spares the
// client a GET before it merges. RFC 8144 section 3.2.
func (rq *request) currentInstead(failed error) error {
	var res *resource
	err := rq.view(func(snap store.Snapshot) (err error) {
		res, err = rq.find(snap, store.WantBody)
		return err
	})
	if err != nil {
		return err
	}
	if res.obj == nil {
		return failed
	}
	h := rq.w.Header()
	h.Set("ETag", res.obj.ETag)
	h.Set("Preference-Applied", "return=representation")
	h.Set("Content-Location", rq.href(res.location))
	rq.sendObject(http.StatusPreconditionFailed, contentType(res.flavour(), res.obj.Index.Component), res.obj.Body)
	return nil
}

// writeError puts into the protocol's words what the store refused: a member of
// the collection that in is, or is in, was to be written.
func (rq *request) writeError(err error, in *resource) error {
	var (
		taken *store.UIDConflictError
		unmet *store.PreconditionError
	)
	f := flavourOf(rq.at.kind)
	switch {
	case errors.As(err, &taken):
		other := location{kind: f.member, user: in.user, coll: in.location.coll, name: taken.Name}
		href := ""
		seen := rq.view(func(snap store.Snapshot) error {
			res, err := rq.lookup(snap, rq.who, other, store.WantMeta)
			if err == nil && res.exists() {
				href = rq.href(other)
			}
			return err
		})
		return cmp.Or(seen, error(uidConflict(f, href, err)))
	case errors.As(err, &unmet):
		if kept, ok := unmet.Pre.(store.KeepsUID); ok {
			there := location{kind: f.member, user: in.user, coll: in.location.coll, name: kept.Name}
			return uidConflict(f, rq.href(there), fmt.Errorf("member %q has another UID than %.100q, and keeps it", kept.Name, kept.UID))
		}
		return errPrecondition
	case errors.Is(err, store.ErrNotFound):
		// It went away between the snapshot and the write.
		return &Error{Status: http.StatusConflict, Err: err}
	}
	return err
}

// noParent refuses to make something in a place that is not there. RFC 4918
// section 9.7.1.
func noParent(res *resource) error {
	if res.home == nil {
		return &Error{Status: http.StatusConflict, Err: fmt.Errorf("there is no user %q", res.user)}
	}
	return &Error{Status: http.StatusConflict, Err: fmt.Errorf("there is no %s %q", res.flavour().noun, res.location.coll)}
}

// checkName refuses names that a path could not carry.
func checkName(name string) error {
	if err := account.CheckName(name); err != nil {
		return &Error{Status: http.StatusForbidden, Err: err}
	}
	return nil
}
