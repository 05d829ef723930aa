package ical

import (
	"strings"

	"almanac/collation"
	"almanac/contentline"
)

// A Filter is the filter of a calendar-query (RFC 4791 section 9.7) with its
// names in upper case. Its root is about the VCALENDAR.
type Filter struct {
	Root CompFilter
}

// A CompFilter demands a component (RFC 4791 section 9.7.1): one component of
// that name that meets everything below. IsNotDefined demands that there is
// none, and nothing else counts then.
type CompFilter struct {
	Name         string
	IsNotDefined bool
	TimeRange    *Span
	Props        []PropFilter
	Comps        []CompFilter
}

// A PropFilter demands a property (RFC 4791 section 9.7.2): one property of that
// name that meets everything below, or with IsNotDefined that there is none.
type PropFilter struct {
	Name         string
	IsNotDefined bool
	TimeRange    *Span
	Text         *TextMatch
	Params       []ParamFilter
}

// A ParamFilter demands a parameter (RFC 4791 section 9.7.3), with any value
// when Text is nil, or with IsNotDefined that there is none.
type ParamFilter struct {
	Name         string
	IsNotDefined bool
	Text         *TextMatch
}

// A TextMatch looks for a text (RFC 4791 section 9.7.5). With Negate, none of
// the texts may match: the RFC's example is "components with a CATEGORIES
// property not set to PERSON", which CATEGORIES:WORK,PERSON and two CATEGORIES
// of which one is PERSON do not meet. The property or parameter itself has to
// be there all the same, sections 9.7.2 and 9.7.3.
type TextMatch struct {
	*collation.Matcher
	Negate bool
}

// listProps hold lists of texts (RFC 5545 sections 3.8.1.2 and 3.8.1.10): each
// text is matched alone, and the list as a whole.
var listProps = map[string]bool{"CATEGORIES": true, "RESOURCES": true}

// Match tells whether an object meets the filter: all conditions that the
// filter sets for a component have to be met by one and the same component, the
// main component or one override (RFC 4791 section 9.7.1: "the targeted calendar
// component"). A time range looks at every instance of that component.
//
// An error says that the question could not be decided within env's budget.
func (f *Filter) Match(s *Series, env Env) (bool, error) {
	if f.Root.Name != "VCALENDAR" {
		return f.Root.IsNotDefined, nil
	}
	if f.Root.IsNotDefined {
		return false, nil
	}
	m := matcher{s, env}
	return m.one(&f.Root, s.Object.Root, nil)
}

type matcher struct {
	s   *Series
	env Env
}

// comp tells whether a component inside of parent meets f. It recurses as deep
// as the filter, which the XML reader bounds, and the object, which contentline
// bounds.
func (m matcher) comp(f *CompFilter, parent *contentline.Component) (bool, error) {
	for c := range parent.ChildrenNamed(f.Name) {
		if f.IsNotDefined {
			return false, nil
		}
		if ok, err := m.one(f, c, parent); ok || err != nil {
			return ok, err
		}
	}
	return f.IsNotDefined, nil
}

// one tells whether the component c inside of parent meets f. What is cheap is
// asked first.
func (m matcher) one(f *CompFilter, c, parent *contentline.Component) (bool, error) {
	for i := range f.Props {
		if ok, err := m.prop(&f.Props[i], c); !ok || err != nil {
			return false, err
		}
	}
	for i := range f.Comps {
		if ok, err := m.comp(&f.Comps[i], c); !ok || err != nil {
			return false, err
		}
	}
	if f.TimeRange == nil {
		return true, nil
	}
	return m.overlaps(c, parent, *f.TimeRange)
}

// overlaps applies RFC 4791 section 9.9 to a component.
func (m matcher) overlaps(c, parent *contentline.Component, w Span) (bool, error) {
	switch c.Name {
	case "VCALENDAR":
		// The RFC has no time range here. python-caldav sends one when it
		// searches for no kind of component: any of them may meet it.
		return m.s.Overlaps(nil, w, m.env)
	case "VALARM":
		return m.s.AlarmOverlaps(parent, c, w, m.env)
	}
	return m.s.Overlaps(c, w, m.env)
}

// prop tells whether a property of c meets f.
func (m matcher) prop(f *PropFilter, c *contentline.Component) (bool, error) {
	if f.IsNotDefined {
		return c.Prop(f.Name) == nil, nil
	}
	candidate := false
	for p := range c.PropsNamed(f.Name) {
		if !matchParams(f.Params, p) {
			continue
		}
		if f.TimeRange != nil {
			if ok, err := m.inRange(p, c, *f.TimeRange); err != nil {
				return false, err
			} else if !ok {
				continue
			}
		}
		switch {
		case f.Text == nil:
			return true, nil
		case !matchValue(f.Text, p):
			candidate = true
		case !f.Text.Negate:
			return true, nil
		default:
			return false, nil
		}
	}
	return candidate && f.Text.Negate, nil
}

// matchValue tells whether a property's text, or a text of its list, matches,
// whatever t.Negate says.
func matchValue(t *TextMatch, p *contentline.Property) bool {
	if t.Match(contentline.UnescapeText(p.Value)) {
		return true
	}
	if !listProps[p.Name] || strings.IndexByte(p.Value, ',') < 0 {
		return false
	}
	for _, text := range contentline.SplitText(p.Value, ',') {
		if t.Match(contentline.UnescapeText(strings.TrimSpace(text))) {
			return true
		}
	}
	return false
}

func matchParams(filters []ParamFilter, p *contentline.Property) bool {
	for i := range filters {
		f := &filters[i]
		switch {
		case f.IsNotDefined:
			if p.HasParam(f.Name) {
				return false
			}
		case !p.HasParam(f.Name):
			return false
		case f.Text != nil && matchAny(f.Text, p.ParamValues(f.Name)) == f.Text.Negate:
			return false
		}
	}
	return true
}

func matchAny(t *TextMatch, values []string) bool {
	for _, v := range values {
		if t.Match(v) {
			return true
		}
	}
	return false
}

// inRange tells whether a date property lies in w (RFC 4791 section 9.9): a
// DATE-TIME when start <= value < end, a DATE when its day touches w. For the
// properties that move with the instances of a series, every instance counts.
func (m matcher) inRange(p *contentline.Property, c *contentline.Component, w Span) (bool, error) {
	moves := p.Name == "DTSTART" || p.Name == "DTEND" || p.Name == "DUE"
	if moves && (c.Prop("RRULE") != nil || c.Prop("RDATE") != nil) {
		return m.instanceInRange(p.Name, c, w)
	}
	values, _ := ParseDateTime(p) // what cannot be read lies nowhere
	for _, d := range values {
		at := momentOf(m.s.Object, m.env.Zones, d).Instant(m.env.floating())
		if w.Touches(m.extent(at, d.IsDate)) {
			return true, nil
		}
	}
	return false, nil
}

// instanceInRange is inRange for DTSTART, DTEND or DUE of a component that recurs.
func (m matcher) instanceInRange(name string, c *contentline.Component, w Span) (bool, error) {
	found := false
	// The day of a DTEND lies behind its instance.
	wide := Span{addClamped(w.Start, -2*86400), addClamped(w.End, 1)}
	q := newQuery(wide, m.env, func(i *Instance) bool {
		at := i.Start
		if name != "DTSTART" {
			at = i.End
		}
		found = w.Touches(m.extent(at, i.AllDay()))
		return !found
	})
	q.only = c
	defer q.settle()
	err := m.s.visit(&q)
	return found, err
}

// extent gives what a date value covers: its second, or its whole day.
func (m matcher) extent(at int64, day bool) Span {
	if !day {
		return Span{at, addClamped(at, 1)}
	}
	z := m.env.floating()
	return Span{at, z.Instant(z.Civil(at) + 86400)}
}
