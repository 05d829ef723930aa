package dav

import (
	"cmp"
	"errors"
	"slices"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/store"
)

// A notification tells somebody of an invitation to a shared calendar, or an owner
// of the answer to one (calendarserver caldav-notifications, and caldav-sharing
// section 5.3 and 5.4). None is stored: they follow from the shares, and deleting
// one marks the share as told of.
type notification struct {
	share account.Share
	reply bool // the answer, for the owner
	obj   store.Object
}

// notificationProps are the properties of notifications.
var notificationProps = []property{
	{name: wire.CalendarServer("notification-URL"), on: kindPrincipal, get: func(rq *request, res *resource, w *wire.Writer) bool {
		if !isNotified(rq.who, res.home) {
			return false
		}
		w.Href(rq.href(location{kind: kindNotifications, user: res.home.Name}))
		return true
	}},
	{name: wire.CalendarServer("notificationtype"), on: kindNotification, get: func(_ *request, res *resource, w *wire.Writer) bool {
		w.Empty(res.notice.kind())
		return true
	}},
	// What there is, for who polls: the names and tags of all.
	{name: wire.CalendarServer("getctag"), on: kindNotifications, get: func(rq *request, res *resource, w *wire.Writer) bool {
		list, err := notificationsOf(rq.Server, rq.snap, res.home)
		if err != nil {
			rq.refusal = err
			return false
		}
		text := ""
		for _, n := range list {
			text += n.obj.Name + n.obj.ETag
		}
		w.Text(opaque(store.ETagOf([]byte(text))))
		return true
	}},
}

func (n *notification) kind() wire.Name {
	if n.reply {
		return wire.CalendarServer("invite-reply")
	}
	return wire.CalendarServer("invite-notification")
}

// resource makes the notification a resource in its collection.
func (n *notification) resource(in *resource) *resource {
	return &resource{
		location: location{kind: kindNotification, user: in.user, name: n.obj.Name},
		home:     in.home, owner: in.home, access: in.access, obj: &n.obj, notice: n,
	}
}

// notificationsOf are a user's notifications, oldest first.
func notificationsOf(s *Server, snap store.Snapshot, home *store.Home) ([]*notification, error) {
	invited, err := account.SharedWith(snap, account.UserPrincipal(home.ID))
	if err != nil {
		return nil, err
	}
	shared, err := account.SharedBy(snap, home.ID)
	if err != nil {
		return nil, err
	}
	var all []*notification
	add := func(share account.Share, reply bool) error {
		n := &notification{share: share, reply: reply}
		if err := n.write(s, snap); errors.Is(err, store.ErrNotFound) || errors.Is(err, account.ErrNoPrincipal) {
			return nil // what it is about has gone
		} else if err != nil {
			return err
		}
		all = append(all, n)
		return nil
	}
	for _, share := range invited {
		if share.Status == account.Pending && !share.Told {
			err = cmp.Or(err, add(share, false))
		}
	}
	for _, share := range shared {
		if !share.Answered.IsZero() {
			err = cmp.Or(err, add(share, true))
		}
	}
	slices.SortFunc(all, func(a, b *notification) int {
		return cmp.Or(a.obj.Modified.Compare(b.obj.Modified), cmp.Compare(a.obj.Name, b.obj.Name))
	})
	return all, err
}

// write makes the notification's text.
func (n *notification) write(s *Server, snap store.Snapshot) error {
	share := &n.share
	coll, err := snap.Collection(share.Coll)
	if err != nil {
		return err
	}
	owner, err := snap.Home(coll.Home)
	if err != nil {
		return err
	}
	sharee, err := account.NameOf(snap, share.To)
	if err != nil {
		return err
	}
	at, name := share.Changed, share.Invite+".xml"
	if n.reply {
		at, name = share.Answered, share.Invite+"-reply.xml"
	}
	w := wire.NewWriter()
	defer w.Release()
	root := wire.CalendarServer("notification")
	w.Begin(root, wire.DAV, wire.CS, wire.CalDAV)
	w.Element(wire.CalendarServer("dtstamp"), at.UTC().Format("20060102T150405Z"))
	host := func() {
		w.Open(wire.CalendarServer("hosturl"))
		w.Href(s.href(location{kind: kindCalendar, user: owner.Name, coll: coll.Name}))
		w.Close(wire.CalendarServer("hosturl"))
	}
	summary := share.Summary
	if xml := coll.Props.Get(wire.DAV, "displayname"); summary == "" && xml != "" {
		summary = wire.FragmentText(xml)
	}
	if n.reply {
		w.Open(n.kind())
		w.Href(s.principalHrefOf(sharee))
		w.Element(wire.CalendarServer("common-name"), called(sharee))
		w.Empty(inviteStates[share.Status])
		host()
		w.Element(wire.CalendarServer("in-reply-to"), share.Invite)
		w.Element(wire.CalendarServer("summary"), summary)
	} else {
		w.Open(n.kind(), wire.Attr{Name: wire.Name{Local: "shared-type"}, Value: "calendar"})
		w.Element(wire.CalendarServer("uid"), share.Invite)
		w.Href(s.principalHrefOf(sharee))
		w.Empty(inviteStates[share.Status])
		w.Open(wire.CalendarServer("access"))
		w.Empty(accessOf(share.Level))
		w.Close(wire.CalendarServer("access"))
		host()
		w.Open(wire.CalendarServer("organizer"))
		w.Href(s.principalHref(owner))
		w.Element(wire.CalendarServer("common-name"), personName(owner))
		w.Close(wire.CalendarServer("organizer"))
		w.Element(wire.CalendarServer("summary"), summary)
		w.Open(wire.C("supported-calendar-component-set"))
		for _, c := range coll.Components {
			w.Empty(wire.C("comp"), wire.Attr{Name: wire.Name{Local: "name"}, Value: c})
		}
		w.Close(wire.C("supported-calendar-component-set"))
	}
	w.Close(n.kind())
	w.End(root)
	body := slices.Clone(w.Buffered())
	n.obj = store.Object{Name: name, ETag: store.ETagOf(body), Size: int64(len(body)), Created: at, Modified: at, Body: body}
	return nil
}

// isNotified tells whether who may read and answer what a person is told: that person
// alone, and not with an app password for other things than all calendars.
func isNotified(who account.Identity, home *store.Home) bool {
	return home.ID == who.Home && who.Scope.Allows(store.Calendar, 0)
}

// findNotification finds what a path to notifications names. They are for nobody
// but whom they tell.
func (s *Server) findNotification(snap store.Snapshot, who account.Identity, r *resource) error {
	if isNotified(who, r.home) {
		r.access = account.Access{Privilege: account.Read | account.Unbind | account.ReadCurrentUserPrivilegeSet}
	}
	r.owner = r.home
	if err := s.need(who, account.Read, r); err != nil {
		return err
	}
	if r.kind != kindNotification {
		return nil
	}
	list, err := notificationsOf(s, snap, r.home)
	for _, n := range list {
		if n.obj.Name == r.name {
			r.obj, r.notice = &n.obj, n
		}
	}
	return err
}

// notificationType is the media type of a notification.
const notificationType = "application/xml; charset=utf-8"

// dismiss deletes a notification: its share remembers that it was told.
func (rq *request) dismiss(res *resource) error {
	_, err := rq.apply(res.notice.share.Of, []store.Pre{res.notice.share.Stands()}, res.notice.share.DismissOps(rq.who.Home)...)
	return err
}
