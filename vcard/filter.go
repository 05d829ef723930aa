package vcard

import (
	"strings"

	"almanac/collation"
	"almanac/contentline"
)

// A Filter is a query for cards. RFC 6352 section 10.5. A filter without
// conditions takes every card.
type Filter struct {
	AnyOf bool // one PropFilter is enough, else all are needed; the protocol's default is anyof
	Props []PropFilter
}

// A PropFilter is a condition on the properties of one name. RFC 6352 section
// 10.5.1. Without conditions of its own it asks for the property to be there.
type PropFilter struct {
	Name         string // in any case; "item1.TEL" asks for one group, "TEL" for all
	IsNotDefined bool   // the card must not have the property; nothing below counts
	AllOf        bool   // one property has to meet all conditions, else one of them
	Texts        []TextMatch
	Params       []ParamFilter
}

// A ParamFilter is a condition on a parameter of the property. RFC 6352 section
// 10.5.2. Without conditions of its own it asks for the parameter to be there.
type ParamFilter struct {
	Name         string // in any case
	IsNotDefined bool
	Text         *TextMatch // on one of the parameter's values; nil asks for none
}

// A TextMatch is a condition on a text. RFC 6352 section 10.5.4.
type TextMatch struct {
	Matcher *collation.Matcher
	Negate  bool // the text must not match
}

// Match reports whether the card is asked for.
//
// A text is compared without its escapes. In the structured values N, ADR, ORG
// and GENDER and in the lists CATEGORIES and NICKNAME a text matches the whole
// value or one of its parts, so that "equals Doe" finds the family name.
func (f *Filter) Match(c *Card) bool {
	e := f.evaluation()
	for i := range c.Root.Props {
		if e.see(&c.Root.Props[i]) {
			return true
		}
	}
	return e.result()
}

// MatchText is Match for the text of a stored card. It reads only the properties
// that the filter names, which makes it several times faster. A text that cannot
// be read does not match.
func (f *Filter) MatchText(src []byte) bool {
	if isOld(src) {
		c, err := Parse(src)
		return err == nil && f.Match(c)
	}
	e := f.evaluation()
	done := false
	err := contentline.Walk(src, contentline.DefaultLimits, e.wants, func(p *contentline.Property) bool {
		done = e.see(p)
		return !done
	})
	return done || err == nil && e.result()
}

// An evaluation is what a filter knows of a card so far.
type evaluation struct {
	filter *Filter
	props  []propState
}

type propState struct {
	group, name string // of the filter, name in upper case
	seen, met   bool
}

func (f *Filter) evaluation() *evaluation {
	e := &evaluation{filter: f, props: make([]propState, len(f.Props))}
	for i := range f.Props {
		group, name := splitName(f.Props[i].Name)
		e.props[i] = propState{group: group, name: name}
	}
	return e
}

// splitName takes "item1.TEL" apart; the name is in upper case.
func splitName(s string) (group, name string) {
	if i := strings.LastIndexByte(s, '.'); i >= 0 {
		group, s = s[:i], s[i+1:]
	}
	return group, strings.ToUpper(s)
}

func (s *propState) is(group, name string) bool {
	return s.name == name && (s.group == "" || strings.EqualFold(s.group, group))
}

func (e *evaluation) wants(group, name string) bool {
	for i := range e.props {
		if e.props[i].is(group, name) {
			return true
		}
	}
	return false
}

// see takes a property into account and reports whether the card matches
// whatever is still to come.
func (e *evaluation) see(p *contentline.Property) bool {
	for i := range e.props {
		s := &e.props[i]
		if s.met || !s.is(p.Group, p.Name) {
			continue
		}
		s.seen = true
		if pf := &e.filter.Props[i]; !pf.IsNotDefined && pf.match(p) {
			s.met = true
			if e.filter.AnyOf {
				return true
			}
		}
	}
	return false
}

// result is the answer after the last property.
func (e *evaluation) result() bool {
	if len(e.props) == 0 {
		return true
	}
	for i := range e.props {
		met := e.props[i].met
		if e.filter.Props[i].IsNotDefined {
			met = !e.props[i].seen
		}
		if met == e.filter.AnyOf {
			return met
		}
	}
	return !e.filter.AnyOf
}

// match reports whether one property of the right name meets the conditions.
func (f *PropFilter) match(p *contentline.Property) bool {
	if len(f.Texts)+len(f.Params) == 0 {
		return true
	}
	for i := range f.Texts {
		if f.Texts[i].matchValue(p) != f.AllOf {
			return !f.AllOf
		}
	}
	for i := range f.Params {
		if f.Params[i].match(p) != f.AllOf {
			return !f.AllOf
		}
	}
	return f.AllOf
}

func (f *ParamFilter) match(p *contentline.Property) bool {
	values := p.ParamValues(strings.ToUpper(f.Name))
	switch {
	case f.IsNotDefined:
		return values == nil
	case values == nil:
		return false
	case f.Text == nil:
		return true
	}
	for _, v := range values {
		if f.Text.Matcher.Match(v) {
			return !f.Text.Negate
		}
	}
	return f.Text.Negate
}

func (t *TextMatch) matchValue(p *contentline.Property) bool {
	return t.contains(p) != t.Negate
}

func (t *TextMatch) contains(p *contentline.Property) bool {
	if t.Matcher.Match(contentline.UnescapeText(p.Value)) {
		return true
	}
	if t.Matcher.Type() == collation.Contains {
		return false // a part cannot contain more than the whole
	}
	switch p.Name {
	case "N", "ADR", "ORG", "GENDER", "CATEGORIES", "NICKNAME":
	default:
		return false
	}
	for _, part := range contentline.SplitText(p.Value, ';') {
		if t.Matcher.Match(contentline.UnescapeText(part)) {
			return true
		}
		for _, item := range contentline.SplitText(part, ',') {
			if t.Matcher.Match(contentline.UnescapeText(item)) {
				return true
			}
		}
	}
	return false
}
