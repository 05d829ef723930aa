package ical

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"almanac/contentline"
)

// Rules is what a calendar collection demands of an object beyond being one.
// The zero value demands nothing more.
type Rules struct {
	// Components is the supported-calendar-component-set (RFC 4791 section
	// 5.2.3), upper case; empty allows every kind.
	Components []string

	MaxSize      int // octets (RFC 4791 section 5.2.5); 0 for no limit
	MaxAttendees int // ATTENDEE properties of one component (RFC 4791 section 5.2.9); 0 for no limit

	// MinDateTime and MaxDateTime bound the dates that place an instance, in
	// Unix seconds (RFC 4791 sections 5.2.6 and 5.2.7); 0 for no bound. CREATED
	// and its like are not looked at: Google writes CREATED:19000101T120000Z.
	MinDateTime, MaxDateTime int64
}

// An Invalid tells why an object may not be stored.
type Invalid struct {
	// Precondition is the local name of the RFC's element, in the namespace
	// urn:ietf:params:xml:ns:caldav: valid-calendar-data,
	// valid-calendar-object-resource, supported-calendar-component,
	// supported-calendar-data, max-resource-size, max-attendees-per-instance,
	// min-date-time or max-date-time (RFC 4791 section 5.3.2.1).
	Precondition string
	Line         int // physical line, counted from 1
	Reason       string
}

func (e *Invalid) Error() string {
	return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
}

func invalid(precondition string, line int, format string, args ...any) error {
	return &Invalid{precondition, max(line, 1), fmt.Sprintf(format, args...)}
}

// Validate reads a text that a client wants to store as a calendar object
// resource and checks what RFC 4791 sections 4.1 and 5.3.2.1 demand of it. The
// error is an *Invalid.
//
// Odd but accepted: a missing VTIMEZONE, PRODID, VERSION or DTSTAMP, X- and IANA
// properties and components, doubled properties, values that cannot be read, and
// everything that contentline mends, except octets that are not UTF-8, since no
// XML answer could carry them.
func Validate(src []byte, rules Rules) (*Object, error) {
	if rules.MaxSize > 0 && len(src) > rules.MaxSize {
		return nil, invalid("max-resource-size", 1, "%d octets, but at most %d are taken", len(src), rules.MaxSize)
	}
	doc, err := contentline.Parse(src, contentline.DefaultLimits)
	if err != nil {
		var syntax *contentline.SyntaxError
		if errors.As(err, &syntax) {
			return nil, invalid("valid-calendar-data", syntax.Line, "%s", syntax.Reason)
		}
		return nil, invalid("valid-calendar-data", 1, "%s", err)
	}
	for _, r := range doc.Repairs {
		if r.What == contentline.RepairUTF8 {
			return nil, invalid("valid-calendar-data", r.Line, "text is not valid UTF-8")
		}
	}
	if err := checkRoots(doc); err != nil {
		return nil, err
	}
	o, err := objectOf(doc)
	if err != nil {
		return nil, invalid("valid-calendar-data", 1, "%s", err)
	}
	for _, check := range []func(*Object, Rules) error{checkCalendar, checkComponents, checkInstances, checkLimits} {
		if err := check(o, rules); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// checkRoots makes sure that the text is one VCALENDAR.
func checkRoots(doc *contentline.Doc) error {
	if len(doc.Roots) == 0 {
		return invalid("valid-calendar-data", 1, "no VCALENDAR component in the text")
	}
	for i, r := range doc.Roots {
		switch {
		case r.Name == "VCARD":
			return invalid("supported-calendar-data", r.Line, "a VCARD is not calendar data")
		case r.Name != "VCALENDAR":
			return invalid("valid-calendar-data", r.Line, "%s outside of a VCALENDAR", r.Name)
		case i > 0:
			return invalid("valid-calendar-object-resource", r.Line, "a second VCALENDAR in one object")
		}
	}
	return nil
}

func checkCalendar(o *Object, _ Rules) error {
	if p := o.Root.Prop("VERSION"); p != nil && !supportedVersion(p.Value) {
		return invalid("supported-calendar-data", p.Line, "VERSION is %.20q, only iCalendar 2.0 is taken", p.Value)
	}
	// RFC 4791 section 4.1: METHOD makes it a message, not an object.
	if p := o.Root.Prop("METHOD"); p != nil {
		return invalid("valid-calendar-object-resource", p.Line, "METHOD is not allowed in a stored object")
	}
	return nil
}

// supportedVersion takes 2.0, and a range that ends in it (RFC 5545 section 3.7.4).
func supportedVersion(value string) bool {
	_, last, ranged := strings.Cut(value, ";")
	if !ranged {
		last = value
	}
	return strings.TrimSpace(last) == "2.0"
}

// checkComponents makes sure that there is one kind and one UID.
func checkComponents(o *Object, rules Rules) error {
	if o.Kind == "" {
		return invalid("valid-calendar-object-resource", o.Root.Line, "no component besides VTIMEZONE")
	}
	for _, c := range o.Root.Children {
		switch {
		case c.Name == "VTIMEZONE" || c.Name != o.Kind && isExtension(c.Name):
			continue
		case c.Name != o.Kind:
			return invalid("valid-calendar-object-resource", c.Line, "%s and %s in one object", o.Kind, c.Name)
		}
		switch uid := uidOf(c); {
		case uid == "":
			return invalid("valid-calendar-object-resource", c.Line, "%s without UID", c.Name)
		case uid != o.UID:
			return invalid("valid-calendar-object-resource", c.Prop("UID").Line, "two UIDs in one object: %.80q and %.80q", o.UID, uid)
		}
	}
	if len(rules.Components) == 0 {
		return nil
	}
	for _, name := range rules.Components {
		if name == o.Kind {
			return nil
		}
	}
	return invalid("supported-calendar-component", firstOf(o).Line, "%s is not taken here, only %s", o.Kind, strings.Join(rules.Components, ", "))
}

// firstOf gives the object's first component of its kind in source order.
func firstOf(o *Object) *contentline.Component {
	if len(o.Overrides) > 0 && (o.Main == nil || o.Overrides[0].Start < o.Main.Start) {
		return o.Overrides[0]
	}
	return o.Main
}

// checkInstances makes sure that there is one main component and one override
// for each instance.
func checkInstances(o *Object, _ Rules) error {
	if len(o.Root.Children) == 1 {
		return nil
	}
	seen := make(map[string]bool, len(o.Overrides))
	for _, c := range o.Root.Children {
		if c.Name != o.Kind {
			continue
		}
		id := c.Prop("RECURRENCE-ID")
		if id == nil {
			if c != o.Main {
				return invalid("valid-calendar-object-resource", c.Line, "a second %s without RECURRENCE-ID, the first is on line %d", c.Name, o.Main.Line)
			}
			continue
		}
		key := recurrenceKey(id)
		if seen[key] {
			return invalid("valid-calendar-object-resource", id.Line, "a second %s with RECURRENCE-ID %.40s", c.Name, id.Value)
		}
		seen[key] = true
	}
	return nil
}

// recurrenceKey makes equal values of RECURRENCE-ID equal strings, as far as
// that is possible without resolving zones.
func recurrenceKey(p *contentline.Property) string {
	d, reason := scanDateTime(p.Value, p.Param("TZID"))
	if reason != "" {
		return strings.TrimSpace(p.Value)
	}
	return d.String() + ";" + d.TZID
}

// zoneSlack is the farthest that a zone's clock is from UTC: 14 hours.
const zoneSlack = 14 * 3600

func checkLimits(o *Object, rules Rules) error {
	if rules.MaxAttendees == 0 && rules.MinDateTime == 0 && rules.MaxDateTime == 0 {
		return nil
	}
	low, high := int64(math.MinInt64), int64(math.MaxInt64)
	if rules.MinDateTime != 0 {
		low = rules.MinDateTime
	}
	if rules.MaxDateTime != 0 {
		high = rules.MaxDateTime
	}
	for _, c := range o.Components() {
		attendees := 0
		for i := range c.Props {
			p := &c.Props[i]
			switch p.Name {
			case "ATTENDEE":
				if attendees++; rules.MaxAttendees > 0 && attendees > rules.MaxAttendees {
					return invalid("max-attendees-per-instance", p.Line, "more than %d attendees", rules.MaxAttendees)
				}
			case "DTSTART", "DTEND", "DUE", "RECURRENCE-ID", "RDATE", "EXDATE":
				if err := checkDates(p, low, high); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// checkDates refuses dates that are out of bounds in every zone.
func checkDates(p *contentline.Property, low, high int64) error {
	values, _ := ParseDateTime(p) // what cannot be read is not out of bounds
	for _, d := range values {
		t, slack := d.CivilSeconds(), int64(zoneSlack)
		if d.UTC {
			slack = 0
		}
		switch {
		case t < low && t+slack < low:
			return invalid("min-date-time", p.Line, "%s %s is too early", p.Name, d)
		case t > high && t-slack > high:
			return invalid("max-date-time", p.Line, "%s %s is too late", p.Name, d)
		}
	}
	return nil
}
