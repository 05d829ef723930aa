package remind

import (
	"slices"
	"strings"

	"almanac/contentline"
	"almanac/dav/wire"
	"almanac/ical"
	"almanac/store"
)

// A Defaults gives the default alarms of a calendar, as text with VALARMs: what the
// calendar says, else what the account says for all of them (the draft
// caldav-alarms, section 4, as Apple's programs write it).
type Defaults struct{ home, coll store.PropSet }

// defaults are the default alarms that count for a person. In a calendar of somebody else
// it is only what they said of that one: as Apple's server and programs have it, shared
// calendars begin without default alarms, whatever the account says.
func (p *person) defaults() Defaults {
	if p.owner {
		return Defaults{p.home.CalendarHome, p.coll.Props}
	}
	return Defaults{coll: p.mount.Look.Props}
}

// of returns the default alarms for a component.
func (d Defaults) of(c *contentline.Component) string {
	kind, form := "", "datetime"
	switch c.Name {
	case "VEVENT", "VTODO":
		kind = strings.ToLower(c.Name)
	default:
		return ""
	}
	start := c.Prop("DTSTART")
	if start == nil {
		start = c.Prop("DUE")
	}
	if start == nil {
		return "" // nothing to count from
	}
	if strings.EqualFold(start.Param("VALUE"), "DATE") || len(strings.TrimSpace(start.Value)) == len("20060102") {
		form = "date"
	}
	name := "default-alarm-" + kind + "-" + form
	for _, props := range []store.PropSet{d.coll, d.home} {
		if fragment := props.Get(wire.CalDAV, name); fragment != "" {
			return wire.FragmentText(fragment)
		}
	}
	return ""
}

// maxDefaults is how much of a default alarm is read, in octets.
const maxDefaults = 16 << 10

// alarmsIn returns the VALARMs of a text, each with its end of line.
func alarmsIn(text string) string {
	if text == "" || len(text) > maxDefaults {
		return ""
	}
	o, err := contentline.Parse([]byte("BEGIN:VCALENDAR\r\n"+strings.TrimSpace(text)+"\r\nEND:VCALENDAR\r\n"), contentline.DefaultLimits)
	if err != nil {
		return ""
	}
	var out strings.Builder
	for _, root := range o.Roots {
		for a := range root.ChildrenNamed("VALARM") {
			out.WriteString(strings.TrimRight(a.Text(o), "\r\n") + "\r\n")
		}
	}
	return out.String()
}

// whole returns the object's text with what goes off and does not stand in it as a
// VALARM: the default alarms, and what Thunderbird was told to show again later. It is
// the text itself when there is nothing of that kind.
func whole(o *ical.Object, d Defaults) []byte {
	var edits []contentline.Edit
	for _, c := range o.Components() {
		var text string
		// Who takes the alarm away from one time of a series wants none.
		if c.Child("VALARM") == nil && (o.Main == nil || o.Main.Child("VALARM") == nil) {
			text = alarmsIn(d.of(c))
		}
		text += snoozedElsewhere(c)
		if text != "" {
			edits = append(edits, contentline.Edit{Start: c.BodyEnd, End: c.BodyEnd, Text: text})
		}
	}
	if edits == nil {
		return []byte(o.Doc.Src)
	}
	slices.SortStableFunc(edits, func(a, b contentline.Edit) int { return a.Start - b.Start })
	out, err := contentline.Splice(o.Doc.Src, edits)
	if err != nil {
		return []byte(o.Doc.Src) // the places are the parser's own
	}
	return out
}

// snoozedUID begins the UID of an alarm that stands for Thunderbird's.
const snoozedUID = "almanac-moz-snooze"

// maxSnoozed bounds how many of them are read.
const maxSnoozed = 20

// snoozedElsewhere makes alarms of X-MOZ-SNOOZE-TIME and, on the component of a series,
// X-MOZ-SNOOZE-TIME-<instance>, by which Thunderbird remembers when to show a reminder
// again.
func snoozedElsewhere(c *contentline.Component) string {
	var out strings.Builder
	n := 0
	for i := range c.Props {
		p := &c.Props[i]
		if !strings.HasPrefix(p.Name, propSnooze) || utcOf(p.Value) == 0 || n == maxSnoozed {
			continue
		}
		n++
		out.WriteString("BEGIN:VALARM\r\nUID:" + snoozedUID + strings.TrimPrefix(p.Name, propSnooze) +
			"\r\nACTION:DISPLAY\r\nTRIGGER;VALUE=DATE-TIME:" + strings.ToUpper(strings.TrimSpace(p.Value)) + "\r\nEND:VALARM\r\n")
	}
	return out.String()
}
