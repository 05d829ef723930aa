package dav

import (
	"fmt"
	"slices"
	"strings"

	"almanac/collation"
	"almanac/dav/wire"
)

// caldavProps are the properties of RFC 4791 and its kin.
var caldavProps = []property{
	// RFC 4791 section 6.2.1. One href: see doc.go. Evolution and KDE also look at
	// the URL that people typed, which may be the root; there it is the reader's own.
	{name: wire.C("calendar-home-set"), on: kindPrincipal | kindRoot, get: homeSet(calendars)},
	// RFC 6638 section 2.4.1. The first mailto is the one that DAVx5 names the
	// account by and Thunderbird organises meetings with.
	{name: wire.C("calendar-user-address-set"), on: kindPrincipal, get: func(rq *request, res *resource, w *wire.Writer) bool {
		writeMailtos(res.home, w)
		w.Href(rq.href(res.location))
		return true
	}},
	// RFC 6638 section 2.4.2.
	{name: wire.C("calendar-user-type"), on: kindPrincipal, get: func(_ *request, _ *resource, w *wire.Writer) bool {
		w.Text("INDIVIDUAL")
		return true
	}},
	// RFC 4791 section 5.2.1.
	{name: wire.C("calendar-description"), on: kindCalendar, set: always, check: checkText},
	// RFC 4791 section 5.2.2. The text that a client set, or one made for the zone
	// that it named.
	{name: wire.C("calendar-timezone"), on: kindCalendar, set: always, check: checkTimezone, get: timezoneText, displaces: wire.C("calendar-timezone-id")},
	// RFC 7809 section 5.2.
	{name: wire.C("calendar-timezone-id"), on: kindCalendar, set: always, check: checkTimezoneID, get: timezoneID, displaces: wire.C("calendar-timezone")},
	// RFC 4791 section 5.2.3. Always there: Tasks.org shows only lists that name VTODO.
	{name: wire.C("supported-calendar-component-set"), on: kindCalendar, set: atCreation, check: checkComponents, get: func(_ *request, res *resource, w *wire.Writer) bool {
		for _, c := range res.coll.Components {
			w.Empty(wire.C("comp"), wire.Attr{Name: wire.Name{Local: "name"}, Value: c})
		}
		return true
	}},
	// RFC 4791 section 5.2.4.
	{name: wire.C("supported-calendar-data"), on: kindCalendar, get: func(_ *request, _ *resource, w *wire.Writer) bool {
		w.Empty(wire.C("calendar-data"), dataType("text/calendar", "2.0")...)
		return true
	}},
	// RFC 4791 section 5.2.5.
	{name: wire.C("max-resource-size"), on: kindCalendar, get: maxResourceSize},
	// RFC 4791 section 5.2.6, 5.2.7: the moments that recurrence is worked out for.
	{name: wire.C("min-date-time"), on: kindCalendar, get: func(_ *request, _ *resource, w *wire.Writer) bool {
		w.Text("00010101T000000Z")
		return true
	}},
	{name: wire.C("max-date-time"), on: kindCalendar, get: func(_ *request, _ *resource, w *wire.Writer) bool {
		w.Text("99991231T235959Z")
		return true
	}},
	// max-instances (RFC 4791 section 5.2.8) is missing on purpose: it tells how
	// many instances an object may have that is stored, and any number may. How many
	// one answer expands is another bound (see allowance).
	// RFC 4791 section 7.5.1.
	{name: wire.C("supported-collation-set"), on: kindCalendar, get: supportedCollations(wire.C("supported-collation"))},
	// RFC 6638 section 9.1: Apple's clients set it. Free-busy follows it.
	{name: wire.C("schedule-calendar-transp"), on: kindCalendar, set: always, get: func(_ *request, _ *resource, w *wire.Writer) bool {
		w.Empty(wire.C("opaque"))
		return true
	}},
}

func homeSet(f *flavour) func(*request, *resource, *wire.Writer) bool {
	return func(rq *request, res *resource, w *wire.Writer) bool {
		name := rq.who.Name
		if res.home != nil {
			name = res.home.Name
		}
		w.Href(rq.href(location{kind: f.home, user: name}))
		return true
	}
}

// dataType are the attributes of an element that speaks of a media type.
func dataType(mediaType, version string) []wire.Attr {
	return []wire.Attr{
		{Name: wire.Name{Local: "content-type"}, Value: mediaType},
		{Name: wire.Name{Local: "version"}, Value: version},
	}
}

func supportedCollations(element wire.Name) func(*request, *resource, *wire.Writer) bool {
	return func(_ *request, _ *resource, w *wire.Writer) bool {
		for _, name := range collation.Names {
			w.Element(element, name)
		}
		return true
	}
}

// knownComponents are those a calendar can be made for. RFC 4791 section 5.2.3.
var knownComponents = []string{"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY", "VPOLL"}

// defaultComponents is what a calendar takes whose maker did not say.
var defaultComponents = []string{"VEVENT", "VTODO", "VJOURNAL"}

func checkComponents(_ *request, e *wire.Elem) error {
	_, err := readComponents(e)
	return err
}

// readComponents reads supported-calendar-component-set. Evolution lists the
// name TIMEZONE there, which is no component: unknown names are passed over.
func readComponents(e *wire.Elem) ([]string, error) {
	var out []string
	for _, c := range e.Children {
		switch c.Name {
		case wire.C("allcomp"):
			return defaultComponents, nil
		case wire.C("comp"):
			name, _ := c.Attr("name")
			if name = canonicalComponent(name); name != "" && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	if len(out) == 0 {
		return nil, forbidden(wire.C("supported-calendar-component"), fmt.Errorf("no component that a calendar can hold is named"))
	}
	return out, nil
}

// canonicalComponent returns the upper-case name of a component that a calendar
// can be made for, or "".
func canonicalComponent(name string) string {
	for _, known := range knownComponents {
		if strings.EqualFold(name, known) {
			return known
		}
	}
	return ""
}
