package dav

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/ical"
	"almanac/store"
)

// ownersOnly are properties of a collection that are the owner's own affair: whether
// it counts as busy time, and when alarms ring.
var ownersOnly = map[wire.Name]bool{
	wire.C("schedule-calendar-transp"):             true,
	wire.C("default-alarm-vevent-datetime"):        true,
	wire.C("default-alarm-vevent-date"):            true,
	wire.C("default-alarm-vtodo-datetime"):         true,
	wire.C("default-alarm-vtodo-date"):             true,
	wire.AppleICal("calendar-order"):               true,
	wire.CalendarServer("subscribed-strip-alarms"): true,
}

// busyShows are what who sees only free and busy is told of a calendar: what is
// needed to show it, and nothing that says what it is about. It is the same with
// public links.
var busyShows = map[wire.Name]bool{
	wire.D("displayname"):            true,
	wire.AppleICal("calendar-color"): true,
	wire.C("calendar-timezone"):      true,
	wire.C("calendar-timezone-id"):   true,
}

// collectionProps are the stored properties of a collection as the one who asks
// sees them. Of what is somebody else's they are the owner's, with the owner named
// beside the display name, and the asker's own in their place: see PROPPATCH.
func (r *resource) collectionProps() store.PropSet {
	if !r.shared() && r.access.Sight == account.SeesAll {
		if len(r.look) == 0 {
			return r.coll.Props // one's own: every poll comes here, and copies nothing
		}
		return r.coll.Props.Patch(r.look, nil)
	}
	var kept store.PropSet
	for _, p := range r.coll.Props {
		n := wire.Name{Space: p.Space, Local: p.Local}
		if !ownersOnly[n] && (r.access.Sight > account.SeesBusy || busyShows[n]) {
			kept = append(kept, p)
		}
	}
	if !r.shared() { // by the owner's own path
		return kept.Patch(r.look, nil)
	}
	name := r.coll.Name
	if set := kept.Get(wire.DAV, "displayname"); set != "" {
		name = wire.FragmentText(set)
	}
	named := store.Prop{Space: wire.DAV, Local: "displayname",
		XML: wire.TextFragment(wire.DAV, "displayname", fmt.Sprintf("%s (%s)", name, personName(r.owner)))}
	return kept.Patch([]store.Prop{named}, nil).Patch(r.look, nil)
}

// putAside removes a shared collection from the home of the sharee: one who was
// invited declines, and what is shared with a group stays with the others.
func (rq *request) putAside(res *resource) error {
	err := account.Answer(rq.ctx, rq.store, rq.who.Home, res.coll, false, rq.by(), rq.now())
	if err != nil && !errors.Is(err, store.ErrNotFound) { // that it has gone already is as well
		return err
	}
	return rq.audit(account.Event{Act: account.ShareChanged, Subject: res.owner.Name, Detail: res.coll.Name + ", put aside"})
}

// A placing is the writing of a member: what is to be done, under which conditions,
// and what comes of it for the one who asks.
type placing struct {
	pre []store.Pre
	ops []store.Op
	// etag returns the entity tag of what the one who asks will see, given that of
	// what was stored; "" when that is not what was sent.
	etag func(stored string) string
}

// errNotYours refuses what would vanish from before its writer's eyes.
var errNotYours = errors.New("in somebody else's calendar only the owner can make an object private or confidential")

// wake says when the alarms of the octets that were sent have to be looked at, where
// these are what is stored.
func (p *placing) wake(sent []byte, at time.Time) {
	for i, op := range p.ops {
		if put, ok := op.(store.PutObject); ok && len(sent) > 0 && len(put.Body) == len(sent) && &put.Body[0] == &sent[0] {
			put.Wake = at
			p.ops[i] = put
		}
	}
}

// place plans to store body as a member of a collection. there is what the name
// holds now, as looked up with its octets when the collection is somebody else's.
//
// In a calendar of somebody else alarms are kept for the writer alone, and those of
// the owner stay. A change of nothing but alarms needs no right to write: the
// object stays as it is, and gets a new revision so that the writer's other devices
// look again. All of that is planned for the object as it was looked up, and holds
// only while it is so: it may have become private meanwhile.
func (rq *request) place(in *resource, name string, body []byte, index store.Index) (*placing, error) {
	coll := in.coll
	p := &placing{etag: func(stored string) string { return stored }}
	needs := account.WriteContent
	if in.obj == nil {
		needs = account.Bind
	}
	if l := rq.lens(in); l == nil {
		p.ops = []store.Op{store.PutObject{Coll: coll.ID, Name: name, Body: body, Index: index}}
		return p, rq.need(rq.who, needs, in)
	}
	sent, err := ical.ParseObject(body)
	if err != nil {
		return nil, asBadRequest(err) // it was validated
	}
	old := in.stored
	if old == nil {
		old = in.obj
	}
	var owners ical.Alarms
	only := false
	if old != nil && in.sight != veiled && in.sight != busyOnly {
		if o, err := ical.ParseObject(old.Body); err == nil {
			owners, only = o.Alarms(), ical.SameButAlarms(o, sent)
		}
	}
	if !only {
		if err := rq.need(rq.who, needs, in); err != nil {
			return nil, err
		}
	}
	if in.access.Sight != account.SeesAll && index.Class != ical.Public {
		return nil, &Error{Status: http.StatusForbidden, Err: errNotYours}
	}
	own := account.Alarms(sent.Alarms())
	had, err := rq.alarmsOf(coll, index.UID)
	if err != nil {
		return nil, err
	}
	ops, fits := account.AlarmsOps(coll.ID, rq.who.Home, index.UID, own)
	if !fits {
		return nil, &Error{Status: http.StatusInsufficientStorage, Err: errors.New("the alarms are larger than those on somebody else's calendar may be")}
	}
	p.pre = []store.Pre{account.AlarmsAre(coll.ID, rq.who.Home, index.UID, had)}
	if in.kind&kindMember != 0 { // a POST makes a name of its own
		p.pre = append(p.pre, pin(in))
	}
	shared := body
	switch {
	case only:
		shared, index = old.Body, store.IndexAgain(coll.Kind, old.Body, old.Index)
		p.ops = []store.Op{store.TouchObject{Coll: coll.ID, Name: name}}
		if maps.Equal(own, had) {
			p.ops[0] = store.PutObject{Coll: coll.ID, Name: name, Body: shared, Index: index} // changes nothing
		}
	default:
		if shared = ical.WithAlarms(sent, owners); string(shared) != string(body) {
			if index, err = store.IndexOf(coll.Kind, shared); err != nil {
				return nil, err
			}
		}
		p.ops = []store.Op{store.PutObject{Coll: coll.ID, Name: name, Body: shared, Index: index}}
	}
	p.ops = append(p.ops, ops...)
	p.etag = func(stored string) string {
		l := rq.lens(in)
		l.alarms = map[string]account.Alarms{account.AlarmsKey(index.UID): own}
		o := &store.Object{Name: name, ETag: stored, Index: index, Body: shared}
		if seen, err := l.see(nil, o); err == nil && seen != nil && string(seen.Body) == string(body) {
			return seen.ETag
		}
		return ""
	}
	return p, nil
}

// alarmsOf reads the alarms that the one who asks has on an object.
func (rq *request) alarmsOf(coll *store.Collection, uid string) (account.Alarms, error) {
	var had map[string]account.Alarms
	err := rq.view(func(snap store.Snapshot) (err error) {
		had, err = account.AlarmsOf(snap, coll.ID, rq.who.Home)
		return err
	})
	return had[account.AlarmsKey(uid)], err
}
