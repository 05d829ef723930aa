package dav

import (
	"almanac/account"
	"almanac/dav/wire"
	"almanac/ical"
	"almanac/ical/zone"
	"almanac/store"
)

// env says in which zone floating times of a collection are read: that of the
// query, else that of the calendar, else UTC. RFC 4791 section 7.3. What is asked
// with it is taken from what the request may cost.
func (rq *request) env(coll *store.Collection) ical.Env {
	if rq.floating == nil {
		rq.floating = rq.zoneOf(coll)
	}
	return ical.Env{Floating: rq.floating, Zones: rq.caches.zones, Left: &rq.left.steps}
}

// queryEnv is env for a report that may name a zone of its own: as a VTIMEZONE
// (RFC 4791 section 9.8) or by its name (RFC 7809 section 5.3).
func (rq *request) queryEnv(coll *store.Collection, body *wire.Elem) (ical.Env, error) {
	if e := body.Child(wire.C("timezone")); e != nil {
		z, _, err := rq.readZone(e.TrimmedText())
		if err != nil {
			return ical.Env{}, forbidden(wire.C("valid-calendar-data"), err)
		}
		rq.floating = z
	} else if e := body.Child(wire.C("timezone-id")); e != nil {
		z, err := rq.namedZone(e.TrimmedText())
		if err != nil {
			return ical.Env{}, forbidden(wire.C("valid-timezone"), err)
		}
		rq.floating = z
	}
	return rq.env(coll), nil
}

// zoneOf returns the zone that a calendar's owner has set, or UTC.
func (rq *request) zoneOf(coll *store.Collection) *zone.Zone {
	if id := coll.Props.Get(wire.CalDAV, "calendar-timezone-id"); id != "" {
		if z, err := rq.namedZone(wire.FragmentText(id)); err == nil {
			return z
		}
	}
	text := coll.Props.Get(wire.CalDAV, "calendar-timezone")
	if text == "" {
		return zone.UTC
	}
	if z, ok := rq.caches.floating.get(text); ok {
		return z
	}
	z, _, err := rq.readZone(wire.FragmentText(text))
	if err != nil {
		z = zone.UTC
	}
	rq.caches.floating.put(text, z, len(text))
	return z
}

// readZone reads the text of a calendar-timezone. RFC 4791 section 5.2.2.
func (rq *request) readZone(text string) (*zone.Zone, zone.Finding, error) {
	return account.ReadZone(text, rq.caches.zones)
}

// namedZone finds a zone by its IANA name. RFC 7809 section 5.2.
func (rq *request) namedZone(name string) (*zone.Zone, error) {
	return account.NamedZone(name, rq.caches.zones)
}

// checkTimezone judges a value of calendar-timezone. RFC 4791 section 5.2.2.
func checkTimezone(rq *request, e *wire.Elem) error {
	if _, _, err := rq.readZone(e.TrimmedText()); err != nil {
		return forbidden(wire.C("valid-calendar-data"), err)
	}
	return nil
}

// checkTimezoneID judges a value of calendar-timezone-id. RFC 7809 section 5.2.
func checkTimezoneID(rq *request, e *wire.Elem) error {
	if _, err := rq.namedZone(e.TrimmedText()); err != nil {
		return forbidden(wire.C("valid-timezone"), err)
	}
	return nil
}

// zoneYearsBack is how many years before the present one a VTIMEZONE made here
// describes: calendars seldom look back further.
const zoneYearsBack = 20

// timezoneText writes calendar-timezone for a calendar that has a
// calendar-timezone-id.
func timezoneText(rq *request, res *resource, w *wire.Writer) bool {
	id := res.coll.Props.Get(wire.CalDAV, "calendar-timezone-id")
	if id == "" {
		return false
	}
	z, err := rq.namedZone(wire.FragmentText(id))
	if err != nil {
		return false
	}
	year := rq.now().Year()
	w.Text("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:" + prodID + "\r\n")
	w.TextBytes(z.VTimezone(year-zoneYearsBack, year+1))
	w.Text("END:VCALENDAR\r\n")
	return true
}

// prodID is who made what was made here. RFC 5545 section 3.7.3.
const prodID = "-//almanac//CalDAV server//EN"

// timezoneID writes calendar-timezone-id for a calendar that has a
// calendar-timezone. A zone that is no zone of the IANA data has no such name.
func timezoneID(rq *request, res *resource, w *wire.Writer) bool {
	text := res.coll.Props.Get(wire.CalDAV, "calendar-timezone")
	if text == "" {
		return false
	}
	_, found, err := rq.readZone(wire.FragmentText(text))
	if err != nil || found.Match == zone.Interpreted || found.Match == zone.Offset {
		return false
	}
	w.Text(found.Zone)
	return true
}
