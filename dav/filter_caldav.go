package dav

import (
	"fmt"
	"math"
	"strings"

	"almanac/collation"
	"almanac/dav/wire"
	"almanac/ical"
	"almanac/search"
)

// readCalendarFilter reads CALDAV:filter, and what an index of words can say about
// it. RFC 4791 section 9.7. All conditions of a filter have to be met.
func readCalendarFilter(e *wire.Elem) (*ical.Filter, search.Query, error) {
	r := &filterReader{space: wire.CalDAV, collation: collation.ASCIICasemap, left: maxConditions}
	if e == nil {
		return nil, search.Any, badRequest("calendar-query has no filter")
	}
	if len(e.Children) != 1 || e.Children[0].Name != r.name("comp-filter") {
		return nil, search.Any, r.invalid("a filter is one comp-filter")
	}
	root, words, err := r.comp(e.Children[0])
	if err != nil {
		return nil, search.Any, err
	}
	if root.Name != "VCALENDAR" {
		return nil, search.Any, r.invalid("the outer comp-filter is about %.40q, not VCALENDAR", root.Name)
	}
	return &ical.Filter{Root: root}, words, nil
}

// comp reads a comp-filter. It recurses as deep as the XML, which is bounded.
func (r *filterReader) comp(e *wire.Elem) (f ical.CompFilter, words search.Query, err error) {
	if f.Name, err = r.named(e); err != nil {
		return f, words, err
	}
	if f.IsNotDefined, err = r.alone(e); err != nil || f.IsNotDefined {
		return f, words, err
	}
	var each []search.Query
	for _, c := range e.Children {
		switch c.Name {
		case r.name("time-range"):
			if f.TimeRange != nil {
				return f, words, r.invalid("comp-filter with two time-ranges")
			}
			if f.TimeRange, err = r.timeRange(c); err != nil {
				return f, words, err
			}
		case r.name("prop-filter"):
			p, q, err := r.prop(c)
			if err != nil {
				return f, words, err
			}
			f.Props, each = append(f.Props, p), append(each, q)
		case r.name("comp-filter"):
			inner, q, err := r.comp(c)
			if err != nil {
				return f, words, err
			}
			f.Comps, each = append(f.Comps, inner), append(each, q)
		default:
			return f, words, r.unsupported(c)
		}
	}
	if f.Name == "VTIMEZONE" {
		return f, search.Any, nil // the index leaves them out
	}
	return f, search.And(each...), nil
}

func (r *filterReader) prop(e *wire.Elem) (f ical.PropFilter, words search.Query, err error) {
	if f.Name, err = r.named(e); err != nil {
		return f, words, err
	}
	if f.IsNotDefined, err = r.alone(e); err != nil || f.IsNotDefined {
		return f, words, err
	}
	var each []search.Query
	for _, c := range e.Children {
		switch c.Name {
		case r.name("time-range"), r.name("text-match"):
			if f.TimeRange != nil || f.Text != nil {
				return f, words, r.invalid("prop-filter with more than one of time-range and text-match")
			}
			if c.Name.Local == "time-range" {
				if f.TimeRange, err = r.timeRange(c); err != nil {
					return f, words, err
				}
				continue
			}
			t, err := r.text(c)
			if err != nil {
				return f, words, err
			}
			f.Text = &ical.TextMatch{Matcher: t.Matcher, Negate: t.negate}
			each = append(each, t.words)
		case r.name("param-filter"):
			p, q, err := r.param(c)
			if err != nil {
				return f, words, err
			}
			f.Params, each = append(f.Params, p), append(each, q)
		default:
			return f, words, r.unsupported(c)
		}
	}
	if !isIndexed(f.Name) {
		return f, search.Any, nil
	}
	return f, search.And(each...), nil
}

func (r *filterReader) param(e *wire.Elem) (ical.ParamFilter, search.Query, error) {
	p, err := r.readParam(e)
	f := ical.ParamFilter{Name: p.name, IsNotDefined: p.absent}
	if p.text != nil {
		f.Text = &ical.TextMatch{Matcher: p.text.Matcher, Negate: p.text.negate}
	}
	return f, p.words, err
}

// A paramFilter is a param-filter as both kinds of filter have it. RFC 4791
// section 9.7.3, RFC 6352 section 10.5.2.
type paramFilter struct {
	name   string
	absent bool
	text   *textMatch
	words  search.Query
}

func (r *filterReader) readParam(e *wire.Elem) (p paramFilter, err error) {
	if p.name, err = r.named(e); err != nil {
		return p, err
	}
	if p.absent, err = r.alone(e); err != nil || p.absent {
		return p, err
	}
	for _, c := range e.Children {
		if c.Name != r.name("text-match") {
			return p, r.unsupported(c)
		}
		if p.text != nil {
			return p, r.invalid("param-filter with two texts")
		}
		t, err := r.text(c)
		if err != nil {
			return p, err
		}
		p.text, p.words = &t, t.words
	}
	return p, nil
}

// timeRange reads a time-range in a filter: one end may be open. RFC 4791 section 9.9.
func (r *filterReader) timeRange(e *wire.Elem) (*ical.Span, error) {
	w, err := readSpan(e)
	if err != nil {
		return nil, asCondition(err, r.name("valid-filter"))
	}
	if w == ical.AllTime {
		return nil, r.invalid("time-range with neither start nor end")
	}
	return &w, nil
}

// asCondition gives a reason the precondition it breaks; an *Error has its own.
func asCondition(err error, condition wire.Name) error {
	if e, ok := err.(*Error); ok {
		return e
	}
	return forbidden(condition, err)
}

// minDateTime is the earliest moment that is understood: min-date-time in
// prop_caldav.go. What is after max-date-time cannot be written.
var minDateTime = ical.DateTime{Year: 1, Month: 1, Day: 1}.CivilSeconds()

// readSpan reads the attributes start and end of an element: moments in UTC, the
// first before the second. One that is missing is an open end. RFC 4791 section 9.9.
func readSpan(e *wire.Elem) (ical.Span, error) {
	w := ical.AllTime
	for _, side := range []struct {
		attr string
		at   *int64
	}{{"start", &w.Start}, {"end", &w.End}} {
		v, ok := e.Attr(side.attr)
		if !ok {
			continue
		}
		d, err := ical.ParseDateTimeValue(v, "")
		if err != nil {
			return w, fmt.Errorf("%s of %s: %w", side.attr, e.Name.Local, err)
		}
		if !d.UTC {
			return w, fmt.Errorf("%s of %s, %q, is not in UTC", side.attr, e.Name.Local, strings.TrimSpace(v))
		}
		if *side.at = d.CivilSeconds(); *side.at < minDateTime {
			return w, forbidden(wire.C("min-date-time"), fmt.Errorf("%s of %s, %q, is before the year 1", side.attr, e.Name.Local, v))
		}
	}
	if w.Start >= w.End {
		return w, fmt.Errorf("%s begins at its end or after", e.Name.Local)
	}
	return w, nil
}

// readFullSpan is readSpan where both ends are wanted.
func readFullSpan(e *wire.Elem) (ical.Span, error) {
	w, err := readSpan(e)
	if err == nil && (w.Start == math.MinInt64 || w.End == math.MaxInt64) {
		err = fmt.Errorf("%s needs a start and an end", e.Name.Local)
	}
	return w, err
}
