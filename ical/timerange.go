package ical

import (
	"almanac/contentline"
)

// A shape is a row of the tables of RFC 4791 section 9.9, which say when a
// component overlaps a time range. Each row amounts to a half-open interval of
// whole seconds, the reach, so that every question is the same one: does the reach
// touch the range. Where a table has "start <= X" the reach ends a second later
// than X, where it has "end >= X" it begins a second earlier.
type shape uint8

const (
	shapeNever        shape = iota // no DTSTART where one is needed
	shapeAlways                    // VTODO without any date
	shapeStatic                    // fixed intervals: COMPLETED, CREATED, FREEBUSY
	shapeEvent                     // DTSTART to DTEND; VEVENT, and VJOURNAL on a DATE
	shapePoint                     // DTSTART alone: VTODO, VJOURNAL
	shapeDue                       // VTODO with DUE alone
	shapeTodoDue                   // VTODO with DTSTART and DUE
	shapeTodoDuration              // VTODO with DTSTART and DURATION
	shapeFreeBusy                  // VFREEBUSY with DTSTART and DTEND
)

// dated reports whether the component has a start, and so may recur.
func (s shape) dated() bool { return s >= shapeEvent }

// reach returns the interval for a component from start to end.
func (s shape) reach(start, end int64) Span {
	switch s {
	case shapeEvent:
		return Span{start, max(end, start+1)}
	case shapePoint:
		return Span{start, start + 1}
	case shapeDue:
		return Span{start - 1, start}
	case shapeTodoDue:
		if end > start {
			return Span{start, end}
		}
		return Span{end - 1, start + 1}
	case shapeTodoDuration:
		if end > start {
			return Span{start, end + 1}
		}
		return Span{end - 1, start + 1}
	case shapeFreeBusy:
		return Span{start, max(end, start) + 1}
	}
	return Span{}
}

// Overlaps reports whether any instance that a component of the object describes
// overlaps a time range, by the tables of RFC 4791 section 9.9. comp is the main
// component or one of the overrides; nil asks about all of them.
//
// RFC 4791 section 9.9 defines the tables for VEVENT, VTODO, VJOURNAL and
// VFREEBUSY; any other component is treated as a VEVENT. For VALARM see
// AlarmOverlaps.
func (s *Series) Overlaps(comp *contentline.Component, w Span, env Env) (bool, error) {
	found := false
	q := newQuery(w, env, func(*Instance) bool { found = true; return false })
	q.only = comp
	defer q.settle()
	err := s.visit(&q)
	return found, err
}
