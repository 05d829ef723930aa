package ical

import (
	"errors"
	"fmt"
	"strings"

	"almanac/contentline"
)

// An Object is one calendar object resource (RFC 4791 section 4.1) taken apart.
// It is read only: its parts share memory with Doc.Src, and caches hand one
// Object to many readers.
type Object struct {
	Doc  *contentline.Doc
	Root *contentline.Component // the VCALENDAR

	// Kind is the name of the components that the object is about: VEVENT,
	// VTODO, VJOURNAL, VFREEBUSY, VAVAILABILITY and so on. It is empty when
	// there is nothing but VTIMEZONEs.
	Kind string

	// UID is the identifier as written in the first component of Kind that has
	// one, without surrounding blanks and without unescaping, so that it stays
	// the key that other programs compare. Empty when there is none.
	UID string

	// Main is the component without RECURRENCE-ID, nil when the object holds
	// only overrides (an invitation to single instances of a series).
	Main *contentline.Component

	// Overrides are the components with a RECURRENCE-ID, in source order.
	Overrides []*contentline.Component

	// Zones are the VTIMEZONEs by TZID as written; the first of a TZID counts.
	Zones map[string]*contentline.Component
}

// ErrNoCalendar is what ParseObject returns for text that is well-formed but
// holds no VCALENDAR.
var ErrNoCalendar = errors.New("no VCALENDAR component")

// ParseObject reads stored text leniently: it fails only when the text is not
// content lines or holds no VCALENDAR. Of several VCALENDARs the first counts,
// of several kinds the first in source order, of several components without
// RECURRENCE-ID the first. Validate is the strict reading.
func ParseObject(src []byte) (*Object, error) {
	doc, err := contentline.Parse(src, contentline.DefaultLimits)
	if err != nil {
		return nil, fmt.Errorf("read calendar object: %w", err)
	}
	return objectOf(doc)
}

// objectOf sorts the components of a parsed text.
func objectOf(doc *contentline.Doc) (*Object, error) {
	o := &Object{Doc: doc}
	for _, r := range doc.Roots {
		if r.Name == "VCALENDAR" {
			o.Root = r
			break
		}
	}
	if o.Root == nil {
		return nil, fmt.Errorf("read calendar object: %w", ErrNoCalendar)
	}
	o.Kind = kindOf(o.Root)
	for _, c := range o.Root.Children {
		switch c.Name {
		case "VTIMEZONE":
			o.addZone(c)
			continue
		case o.Kind:
		default:
			continue
		}
		if o.UID == "" {
			o.UID = uidOf(c)
		}
		switch {
		case c.Prop("RECURRENCE-ID") != nil:
			o.Overrides = append(o.Overrides, c)
		case o.Main == nil:
			o.Main = c
		}
	}
	return o, nil
}

// kindOf gives the name of the first component that is neither a VTIMEZONE nor a
// private extension; failing that, of the first that is not a VTIMEZONE.
func kindOf(calendar *contentline.Component) string {
	kind := ""
	for _, c := range calendar.Children {
		switch {
		case c.Name == "VTIMEZONE":
		case !isExtension(c.Name):
			return c.Name
		case kind == "":
			kind = c.Name
		}
	}
	return kind
}

// isExtension tells a component of a private extension, which may stand beside
// the object's own kind.
func isExtension(name string) bool { return strings.HasPrefix(name, "X-") }

func (o *Object) addZone(c *contentline.Component) {
	p := c.Prop("TZID")
	if p == nil {
		return
	}
	if o.Zones == nil {
		o.Zones = make(map[string]*contentline.Component)
	}
	if _, double := o.Zones[p.Value]; !double {
		o.Zones[p.Value] = c
	}
}

// uidOf gives a component's UID without surrounding blanks, "" for none.
func uidOf(c *contentline.Component) string {
	if p := c.Prop("UID"); p != nil {
		return strings.TrimSpace(p.Value)
	}
	return ""
}

// Components gives the main component, if there is one, and the overrides.
func (o *Object) Components() []*contentline.Component {
	if o.Main == nil {
		return o.Overrides
	}
	return append([]*contentline.Component{o.Main}, o.Overrides...)
}

// Text gives a TEXT property of the main component, or of the first override
// when there is no main component, unescaped: what lists and messages show.
// Empty when the property is missing.
func (o *Object) Text(name string) string {
	c := o.Main
	if c == nil && len(o.Overrides) > 0 {
		c = o.Overrides[0]
	}
	if c == nil {
		return ""
	}
	if p := c.Prop(name); p != nil {
		return contentline.UnescapeText(p.Value)
	}
	return ""
}
