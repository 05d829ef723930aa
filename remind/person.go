package remind

import (
	"errors"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/ical"
	"almanac/ical/zone"
	"almanac/store"
)

// zones remembers the time zones that objects name.
var zones = zone.NewResolver(256)

// A person is somebody for whom the objects of one calendar go off.
type person struct {
	home  *store.Home
	coll  *store.Collection
	owner bool
	mount *account.Mount // of a sharee
	name  string         // of the calendar, as the person sees it
	zone  *zone.Zone
	lang  string
}

// personOf finds how a calendar is a person's. store.ErrNotFound when it is not, any
// more: then nothing goes off.
func personOf(snap store.Snapshot, coll *store.Collection, home store.HomeID) (*person, error) {
	h, err := snap.Home(home)
	if err != nil {
		return nil, err
	}
	p := &person{home: h, coll: coll, owner: coll.Home == home, name: coll.Name}
	props := coll.Props
	if !p.owner {
		if p.mount, err = account.SeenBy(snap, home, coll.ID); err != nil {
			return nil, err
		}
		props = props.Patch(p.mount.Look.Props, nil)
	}
	if name := props.Get(wire.DAV, "displayname"); name != "" {
		p.name = wire.FragmentText(name)
	}
	prefs, err := account.PreferencesOf(snap, home)
	if err != nil {
		return nil, err
	}
	p.lang = prefs.Language
	if prefs.Timezone != "" {
		p.zone, _ = zone.Load(prefs.Timezone)
	}
	if p.zone == nil {
		p.zone = account.CalendarZone(props, zones)
	}
	if p.zone == nil {
		p.zone = zone.UTC
	}
	return p, nil
}

// sees returns the text of an object with what goes off in it for the person: nil when
// they do not see it.
func (p *person) sees(snap store.Snapshot, o *store.Object) ([]byte, error) {
	if p.owner {
		return o.Body, nil
	}
	if p.mount.Access.Sight.Of(o.Index.Class) < account.SeesShared {
		return nil, nil
	}
	mine, err := account.AlarmsOn(snap, p.coll.ID, o.Index.UID)
	if err != nil {
		return nil, err
	}
	parsed, err := ical.ParseObject(o.Body)
	if err != nil {
		return nil, err
	}
	return ical.WithAlarms(parsed, ical.Alarms(mine[p.home.ID])), nil
}

// mine tells whether a calendar user address is the person's: one of their addresses as a
// mailto, or where this server has them as a principal, which is one too (RFC 6638
// section 2.4.1).
func (p *person) mine(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	if u.Scheme == "mailto" { // in lower case, as the parser gives it
		mail, err := url.PathUnescape(u.Opaque)
		return err == nil && slices.ContainsFunc(p.home.Emails, func(own string) bool { return strings.EqualFold(own, strings.TrimSpace(mail)) })
	}
	dir, name := path.Split(strings.TrimSuffix(u.Path, "/"))
	return name == p.home.Name && path.Base(dir) == "principals"
}

// maxSteps bounds what one object's alarms may cost: some milliseconds.
const maxSteps = 200_000

// A view is an object as one person sees it, made ready.
type view struct {
	*person
	object *ical.Object // with default alarms and what was snoozed elsewhere
	agenda *Agenda
	rules  Rules
}

// viewOf makes an object ready for a person; nil when there is nothing for them.
func (s *Service) viewOf(snap store.Snapshot, p *person, o *store.Object, since time.Time) (*view, error) {
	text, err := p.sees(snap, o)
	if text == nil || err != nil {
		return nil, err
	}
	parsed, err := ical.ParseObject(text)
	if err != nil {
		return nil, err
	}
	v := &view{person: p, object: parsed}
	if with := whole(parsed, p.defaults()); len(with) != len(text) {
		if v.object, err = ical.ParseObject(with); err != nil {
			return nil, err
		}
	}
	v.rules = Rules{
		Env: ical.Env{Floating: p.zone, Zones: zones, Budget: maxSteps}, Mine: p.mine,
		Floor: s.Floor, Since: since.Unix(),
	}
	props := p.coll.Props
	if !p.owner {
		props = p.mount.Look.Props
	}
	if fragment := props.Get(store.InsistProp.Space, store.InsistProp.Local); fragment != "" {
		v.rules.Insist, _ = ParseInsist(wire.FragmentText(fragment))
	}
	v.agenda = NewAgenda(ical.Compile(v.object, zones), v.rules)
	return v, nil
}

// gone tells of an error that means that there is nothing any more.
func gone(err error) bool { return errors.Is(err, store.ErrNotFound) }
