package ical

import (
	"slices"
	"strings"

	"almanac/contentline"
)

// A Class is how far an object may be seen by others than its owner (RFC 5545
// section 3.8.1.3).
type Class uint8

// The classes, from the most open to the least.
const (
	Public Class = iota
	Confidential
	Private
)

// Class returns the closest class of the object's components. What is neither known
// nor public counts as private, as RFC 5545 section 3.8.1.3 wants it.
func (o *Object) Class() Class {
	class := Public
	for _, c := range o.Components() {
		switch v := strings.TrimSpace(c.Value("CLASS")); {
		case v == "" || strings.EqualFold(v, "PUBLIC"):
		case strings.EqualFold(v, "CONFIDENTIAL"):
			class = max(class, Confidential)
		default:
			class = Private
		}
	}
	return class
}

// HasAlarms tells whether any component has a VALARM.
func (o *Object) HasAlarms() bool {
	return slices.ContainsFunc(o.Components(), func(c *contentline.Component) bool { return c.Child("VALARM") != nil })
}

// Alarms are the VALARMs of an object as text, by the component that they are in:
// its RECURRENCE-ID as written, "" for the main one. Before them stand the lines by
// which Thunderbird remembers what of the component was dismissed or put off; they say
// so of one person's alarms. Components without either are not in it.
type Alarms map[string]string

// Alarms returns the object's.
func (o *Object) Alarms() Alarms {
	var all Alarms
	add := func(c *contentline.Component, text string) {
		if all == nil {
			all = make(Alarms)
		}
		all[instanceOf(c)] += endLine(text)
	}
	for _, c := range o.Components() {
		for i := range c.Props {
			if p := &c.Props[i]; ofAlarms(p.Name) {
				add(c, p.Text(o.Doc))
			}
		}
		for a := range c.ChildrenNamed("VALARM") {
			add(c, a.Text(o.Doc))
		}
	}
	return all
}

// ofAlarms tells of a property of a component that is about its alarms.
func ofAlarms(name string) bool {
	return name == "X-MOZ-LASTACK" || strings.HasPrefix(name, "X-MOZ-SNOOZE-TIME")
}

// instanceOf is the key of a component in Alarms.
func instanceOf(c *contentline.Component) string { return strings.TrimSpace(c.Value("RECURRENCE-ID")) }

// endLine ends the last line of a text, which may be the last of a file.
func endLine(s string) string {
	if strings.HasSuffix(s, "\n") || s == "" {
		return s
	}
	return s + "\r\n"
}

// WithAlarms returns the object's text with other alarms in place of its own. All
// other lines keep their octets. A component whose alarms stay is left as it is;
// new ones stand at its end. Alarms of instances that the object does not have are
// left out.
func WithAlarms(o *Object, alarms Alarms) []byte {
	own := o.Alarms()
	var edits []contentline.Edit
	for _, c := range o.Components() {
		key := instanceOf(c)
		if own[key] == alarms[key] {
			continue
		}
		for i := range c.Props {
			if p := &c.Props[i]; ofAlarms(p.Name) {
				edits = append(edits, contentline.Edit{Start: p.Start, End: p.End})
			}
		}
		lines, text := splitAlarms(alarms[key])
		if lines != "" { // properties stand before the components
			at := c.BodyEnd
			if len(c.Children) > 0 {
				at = c.Children[0].Start
			}
			edits = append(edits, contentline.Edit{Start: at, End: at, Text: endLine(lines)})
		}
		for a := range c.ChildrenNamed("VALARM") {
			edits = append(edits, contentline.Edit{Start: a.Start, End: a.End})
		}
		if text != "" {
			edits = append(edits, contentline.Edit{Start: c.BodyEnd, End: c.BodyEnd, Text: endLine(text)})
		}
	}
	slices.SortStableFunc(edits, func(a, b contentline.Edit) int { return a.Start - b.Start })
	out, err := contentline.Splice(o.Doc.Src, edits)
	if err != nil {
		return []byte(o.Doc.Src) // the spans are the parser's own and do not overlap
	}
	return out
}

// splitAlarms takes a text of Alarms apart: what stands before the first VALARM.
func splitAlarms(text string) (lines, alarms string) {
	const begin = "BEGIN:VALARM"
	for i := 0; i < len(text); {
		if line := text[i:]; len(line) >= len(begin) && strings.EqualFold(line[:len(begin)], begin) {
			return text[:i], line
		}
		n := strings.IndexByte(text[i:], '\n')
		if n < 0 {
			break
		}
		i += n + 1
	}
	return text, ""
}

// shownOfBusy are the properties that tell when something is, and nothing else.
var shownOfBusy = map[string]bool{
	"UID": true, "DTSTAMP": true, "DTSTART": true, "DTEND": true, "DURATION": true, "RECURRENCE-ID": true,
	"RRULE": true, "RDATE": true, "EXRULE": true, "EXDATE": true,
	"STATUS": true, "TRANSP": true, "CLASS": true, "SEQUENCE": true, "LAST-MODIFIED": true,
}

// BusySummary is the usual summary of an event of which only the time is told.
const BusySummary = "Busy"

// BusyOnly returns the object as somebody sees it who may know when its owner is
// busy: times, and a summary in place of everything said. Only events take up time;
// of anything else, and of an event that is transparent, it is nil.
func BusyOnly(o *Object, summary string) []byte {
	if o.Kind != "VEVENT" {
		return nil
	}
	src := o.Doc.Src
	var out []byte
	out = append(out, "BEGIN:VCALENDAR\r\n"...)
	for i := range o.Root.Props {
		switch p := &o.Root.Props[i]; p.Name {
		case "VERSION", "PRODID", "CALSCALE":
			out = append(out, endLine(p.Text(o.Doc))...)
		}
	}
	busy := false
	for _, c := range o.Root.Children {
		switch c.Name {
		case "VTIMEZONE":
			out = append(out, endLine(c.Text(o.Doc))...)
		case "VEVENT":
			if _, is := busyType(c); is {
				busy = true
			}
			out = append(out, "BEGIN:VEVENT\r\n"...)
			for i := range c.Props {
				if p := &c.Props[i]; shownOfBusy[p.Name] {
					out = append(out, endLine(src[p.Start:p.End])...)
				}
			}
			out = contentline.AppendLine(out, "SUMMARY:"+contentline.EscapeText(summary))
			out = append(out, "END:VEVENT\r\n"...)
		}
	}
	if !busy {
		return nil
	}
	return append(out, "END:VCALENDAR\r\n"...)
}

// ofNoMatter are the properties that programs write anew with every change.
var ofNoMatter = map[string]bool{
	"DTSTAMP": true, "LAST-MODIFIED": true, "CREATED": true, "SEQUENCE": true,
	"X-MOZ-GENERATION": true,
}

// SameButAlarms tells whether two objects say the same apart from alarms, the
// moments of their last change, and how their lines are written and ordered.
func SameButAlarms(a, b *Object) bool {
	if a.UID != b.UID || a.Kind != b.Kind {
		return false
	}
	x, y := a.Components(), b.Components()
	if len(x) != len(y) {
		return false
	}
	byInstance := make(map[string][]string, len(x))
	for _, c := range x {
		byInstance[instanceOf(c)] = said(c)
	}
	if len(byInstance) != len(x) {
		return false // two for one instance: who knows which is meant
	}
	for _, c := range y {
		if have, ok := byInstance[instanceOf(c)]; !ok || !slices.Equal(have, said(c)) {
			return false
		}
	}
	return true
}

// said are the lines of a component that matter, in one form and order.
func said(c *contentline.Component) []string {
	var lines []string
	add := func(group string, p *contentline.Property) {
		q := contentline.Property{Group: p.Group, Name: p.Name, Params: slices.Clone(p.Params), Value: p.Value}
		slices.SortStableFunc(q.Params, func(a, b contentline.Param) int { return strings.Compare(a.Name, b.Name) })
		lines = append(lines, group+string(contentline.AppendProperty(nil, q)))
	}
	for i := range c.Props {
		if p := &c.Props[i]; !ofNoMatter[p.Name] && !ofAlarms(p.Name) {
			add("", p)
		}
	}
	for _, child := range c.Children {
		if child.Name == "VALARM" {
			continue
		}
		for i := range child.Props {
			add(child.Name+" ", &child.Props[i])
		}
	}
	slices.Sort(lines)
	return lines
}
