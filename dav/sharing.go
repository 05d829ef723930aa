package dav

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/store"
)

// sharingProps are the properties of calendarserver caldav-sharing, by which macOS
// shows and changes with whom a calendar is shared.
var sharingProps = []property{
	// Section 5.2.4. Of one's own calendars, and of those that one may share on.
	{name: wire.CalendarServer("allowed-sharing-modes"), on: kindCalendar, get: func(rq *request, res *resource, w *wire.Writer) bool {
		if !rq.may(account.ManageShares, res) {
			return false
		}
		w.Empty(wire.CalendarServer("can-be-shared"))
		return true
	}},
	// Section 5.2.3.
	{name: wire.CalendarServer("invite"), on: kindCalendar, get: invite},
	// Section 5.5.1: where the sharee's collection comes from.
	{name: wire.CalendarServer("shared-url"), on: kindCalendar, get: func(rq *request, res *resource, w *wire.Writer) bool {
		if !res.shared() {
			return false
		}
		w.Href(rq.sourceHref(res))
		return true
	}},
}

// sourceHref is where a collection is at home.
func (s *Server) sourceHref(res *resource) string {
	return s.href(location{kind: flavourOf(res.kind).collection, user: res.owner.Name, coll: res.coll.Name})
}

// shareType writes what a collection is besides: shared by its owner, or with the
// one who asks.
func (rq *request) shareType(res *resource, w *wire.Writer) {
	if res.kind != kindCalendar {
		return
	}
	if res.foreign(rq.who) {
		w.Empty(wire.CalendarServer("shared"))
		return
	}
	shares, err := account.SharesOf(rq.snap, res.coll.ID)
	if err != nil {
		rq.refusal = err
	}
	if len(shares) > 0 {
		w.Empty(wire.CalendarServer("shared-owner"))
	}
}

// accessOf is how the protocol calls a level. It knows two; what is shared as
// free/busy is read, and who manages writes.
func accessOf(l account.Level) wire.Name {
	if l == account.ShareWrite || l == account.ShareManage {
		return wire.CalendarServer("read-write")
	}
	return wire.CalendarServer("read")
}

var inviteStates = map[account.Status]wire.Name{
	account.Pending:  wire.CalendarServer("invite-noresponse"),
	account.Accepted: wire.CalendarServer("invite-accepted"),
	account.Declined: wire.CalendarServer("invite-declined"),
}

// invite writes with whom a calendar is shared. Section 5.2.3. A sharee who may not
// share it on sees the organiser and themselves.
func invite(rq *request, res *resource, w *wire.Writer) bool {
	shares, err := account.SharesOf(rq.snap, res.coll.ID)
	if err != nil {
		rq.refusal = err
		return false
	}
	if len(shares) == 0 {
		return false
	}
	w.Open(wire.CalendarServer("organizer"))
	w.Href(rq.principalHref(res.owner))
	w.Element(wire.CalendarServer("common-name"), personName(res.owner))
	w.Close(wire.CalendarServer("organizer"))
	everyone := rq.may(account.ManageShares, res)
	for _, s := range shares {
		if !everyone && s.To != account.UserPrincipal(rq.who.Home) {
			continue
		}
		n, err := account.NameOf(rq.snap, s.To)
		if errors.Is(err, account.ErrNoPrincipal) {
			continue
		} else if err != nil {
			rq.refusal = err
			return false
		}
		w.Open(wire.CalendarServer("user"))
		w.Href(rq.shareeHref(n))
		w.Element(wire.CalendarServer("common-name"), called(n))
		w.Empty(inviteStates[s.Status])
		w.Open(wire.CalendarServer("access"))
		w.Empty(accessOf(s.Level))
		w.Close(wire.CalendarServer("access"))
		if s.Summary != "" {
			w.Element(wire.CalendarServer("summary"), s.Summary)
		}
		w.Close(wire.CalendarServer("user"))
	}
	return true
}

// shareeHref is how a sharee is named: by mail address where there is one, as macOS
// typed it, and which it gives back to remove them.
func (rq *request) shareeHref(n account.Named) string {
	if n.Type == account.User {
		if h, err := rq.snap.Home(n.Home); err == nil && len(h.Emails) > 0 {
			return "mailto:" + h.Emails[0]
		}
	}
	return rq.principalHrefOf(n)
}

// called is how a principal is called by people.
func called(n account.Named) string {
	if n.DisplayName != "" {
		return n.DisplayName
	}
	return n.Name
}

// named finds whom an href names: a principal by path, or a user by mail address. It
// is nil when that is nobody here.
func (rq *request) named(snap store.Snapshot, href string) (*account.Named, error) {
	scheme, address, _ := strings.Cut(href, ":")
	if strings.EqualFold(scheme, "mailto") {
		return homeByEmail(snap, address)
	}
	l, err := rq.locate(href)
	if err != nil || l.kind&(kindPrincipal|kindGroup) == 0 {
		return nil, nil
	}
	label := l.user
	n, err := account.ParseNamed(snap, label)
	if errors.Is(err, account.ErrNoPrincipal) {
		return nil, nil
	}
	return &n, err
}

// homeByEmail finds the account that has a mail address. It looks at all of them:
// sharing is rare, and a search among principals does the same.
func homeByEmail(snap store.Snapshot, address string) (found *account.Named, err error) {
	err = snap.Homes("", func(h *store.Home) bool {
		for _, e := range h.Emails {
			if strings.EqualFold(e, strings.TrimSpace(address)) {
				found = &account.Named{Principal: account.UserPrincipal(h.ID), Name: h.Name, DisplayName: h.DisplayName}
			}
		}
		return found == nil
	})
	return found, err
}

// maxInvited is how many sharees one request adds or removes.
const maxInvited = 200

// share answers POST of CS:share to a calendar: it invites users, changes what they
// may do, and takes invitations back. Section 5.3. Users are asked first, groups and
// organisations have it at once.
//
// Whoever is not known here is refused by name, and the others are invited. So is a
// group or organisation that the one who asks is not in, since its members are not
// asked.
func (rq *request) share(body *wire.Elem) error {
	var (
		in    *resource
		ops   []store.Op
		bad   []string
		tells []account.Event
	)
	if len(body.Children) > maxInvited {
		return badRequest("more than %d sharees", maxInvited)
	}
	err := rq.view(func(snap store.Snapshot) (err error) {
		if in, err = rq.find(snap, store.WantMeta); err != nil {
			return err
		}
		if !in.exists() {
			return errNotFound
		}
		if err := rq.need(rq.who, account.ManageShares, in); err != nil {
			return err
		}
		for _, e := range body.Children {
			href := e.Child(wire.D("href")).TrimmedText()
			n, err := rq.named(snap, href)
			if err != nil {
				return err
			}
			if n == nil {
				bad = append(bad, href)
				continue
			}
			switch e.Name {
			case wire.CalendarServer("set"):
				made, err := rq.inviteOps(snap, in, n.Principal, e)
				if errors.Is(err, account.ErrOwnShare) || errors.Is(err, errNotIn) {
					bad = append(bad, href)
					continue
				} else if err != nil {
					return err
				}
				ops = append(ops, made...)
				tells = append(tells, account.Event{Act: account.ShareAdded, Subject: in.owner.Name, Detail: in.coll.Name + " with " + n.Label()})
			case wire.CalendarServer("remove"):
				ops = append(ops, account.UnshareOps(in.coll.ID, n.Principal)...)
				tells = append(tells, account.Event{Act: account.ShareRemoved, Subject: in.owner.Name, Detail: in.coll.Name + " with " + n.Label()})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(ops) > 0 {
		if _, err := rq.apply(in.coll.Home, nil, ops...); err != nil {
			return err
		}
		if err := rq.audit(tells...); err != nil {
			return err
		}
	}
	switch {
	case len(bad) == 0:
		return rq.done(http.StatusOK)
	case len(ops) == 0:
		return conflict(wire.D("recognized-principal"), fmt.Errorf("nobody here is called %.300q", bad))
	}
	m := rq.multistatus(wire.CS)
	defer m.Release()
	for _, href := range bad {
		m.StatusResponse(href, http.StatusForbidden, wire.Condition{Name: wire.D("recognized-principal")})
	}
	return m.end()
}

// audit writes into the audit log what the one who asks has done.
func (rq *request) audit(events ...account.Event) error {
	for _, e := range events {
		e.At, e.Actor = rq.now(), rq.who.Name
		if err := account.Audit(rq.ctx, rq.store, e); err != nil {
			return err
		}
	}
	return nil
}

// errNotIn tells that somebody shares with a group or organisation of others.
var errNotIn = errors.New("only who belongs to a group or organisation shares with it")

// inviteOps are the operations that invite somebody as a CS:set says.
func (rq *request) inviteOps(snap store.Snapshot, in *resource, to account.Principal, set *wire.Elem) ([]store.Op, error) {
	old, err := account.FindShare(snap, in.coll.ID, to)
	if err != nil {
		return nil, err
	}
	if old == nil && to.Type != account.User {
		if is, err := account.Is(snap, rq.who.Home, to); err != nil || !is {
			return nil, cmp.Or(err, errNotIn)
		}
	}
	s := account.Share{To: to, Level: account.ShareRead, Status: account.Pending, By: rq.who.Name, Summary: clip(set.Child(wire.CalendarServer("summary")).TrimmedText())}
	if set.Child(wire.CalendarServer("read-write")) != nil {
		s.Level = account.ShareWrite
	}
	if old != nil && accessOf(old.Level) == accessOf(s.Level) {
		s.Level = old.Level // what the protocol cannot say stays
	}
	return account.ShareOps(in.coll, old, s, rq.now())
}

// clip bounds a text that others are to read.
func clip(s string) string {
	const most = 500
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}

// answerInvite answers POST of CS:invite-reply to one's calendar home: one accepts or
// declines what somebody shares. Section 5.4.
func (rq *request) answerInvite(body *wire.Elem) error {
	accept := body.Child(wire.CalendarServer("invite-accepted")) != nil
	if accept == (body.Child(wire.CalendarServer("invite-declined")) != nil) {
		return badRequest("an invite-reply accepts or declines")
	}
	id := body.Child(wire.CalendarServer("in-reply-to")).TrimmedText()
	var (
		share *account.Share
		coll  *store.Collection
		owner *store.Home
	)
	unknown := forbidden(wire.CalendarServer("valid-request"), errors.New("there is no such invitation, or no longer"))
	err := rq.view(func(snap store.Snapshot) error {
		res, err := rq.find(snap, store.WantMeta)
		if err != nil {
			return err
		}
		if !res.exists() || res.home.ID != rq.who.Home {
			return errNotFound
		}
		if !isNotified(rq.who, res.home) {
			return needPrivileges(rq.href(res.location), account.Bind)
		}
		shares, err := account.SharedWith(snap, account.UserPrincipal(rq.who.Home))
		if err != nil {
			return err
		}
		for i := range shares {
			if shares[i].Invite == id {
				share = &shares[i]
			}
		}
		if share == nil {
			return unknown
		}
		if coll, err = snap.Collection(share.Coll); err != nil {
			return err
		}
		owner, err = snap.Home(coll.Home)
		return err
	})
	if err != nil {
		return err
	}
	err = account.Answer(rq.ctx, rq.store, rq.who.Home, coll, accept, rq.by(), rq.now())
	if errors.Is(err, store.ErrNotFound) {
		return unknown
	} else if err != nil {
		return err
	}
	answer := map[bool]string{true: "accepted", false: "declined"}[accept]
	if err := rq.audit(account.Event{Act: account.ShareChanged, Subject: owner.Name, Detail: coll.Name + ", " + answer}); err != nil {
		return err
	}
	if !accept {
		return rq.done(http.StatusOK)
	}
	w := wire.NewWriter()
	defer w.Release()
	root := wire.CalendarServer("shared-as")
	w.Begin(root, wire.DAV, wire.CS)
	w.Href(rq.href(location{kind: kindCalendar, user: rq.at.user, coll: account.MountName(coll, owner)}))
	w.End(root)
	return rq.sendXML(w)
}
