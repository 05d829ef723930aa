package account

import (
	"errors"
	"fmt"

	"almanac/dav/wire"
	"almanac/ical"
	"almanac/ical/zone"
	"almanac/store"
)

// CalendarZone returns the zone that a calendar has by its properties, nil when it has
// none that can be read: by its name (RFC 7809 section 5.2), else by its VTIMEZONE (RFC
// 4791 section 5.2.2).
func CalendarZone(props store.PropSet, resolver *zone.Resolver) *zone.Zone {
	if id := props.Get(wire.CalDAV, "calendar-timezone-id"); id != "" {
		if z, err := NamedZone(wire.FragmentText(id), resolver); err == nil {
			return z
		}
	}
	if text := props.Get(wire.CalDAV, "calendar-timezone"); text != "" {
		if z, _, err := ReadZone(wire.FragmentText(text), resolver); err == nil {
			return z
		}
	}
	return nil
}

// NamedZone finds a zone by its IANA name. RFC 7809 section 5.2.
func NamedZone(name string, resolver *zone.Resolver) (*zone.Zone, error) {
	z, found := resolver.Resolve(name, nil)
	if z == nil || found.Match > zone.Alias {
		return nil, fmt.Errorf("no time zone is called %.60q", name)
	}
	return z, nil
}

// ReadZone reads an iCalendar object that must hold one VTIMEZONE and nothing else.
// RFC 4791 section 5.2.2.
func ReadZone(text string, resolver *zone.Resolver) (*zone.Zone, zone.Finding, error) {
	o, err := ical.ParseObject([]byte(text))
	if err != nil {
		return nil, zone.Finding{}, err
	}
	if len(o.Root.Children) != 1 || o.Root.Children[0].Name != "VTIMEZONE" {
		return nil, zone.Finding{}, errors.New("not exactly one VTIMEZONE")
	}
	for tzid, vtimezone := range o.Zones {
		z, found := resolver.Resolve(tzid, vtimezone)
		if z == nil {
			return nil, found, fmt.Errorf("VTIMEZONE %.60q has no rule that can be read", tzid)
		}
		return z, found, nil
	}
	return nil, zone.Finding{}, errors.New("VTIMEZONE without TZID")
}
