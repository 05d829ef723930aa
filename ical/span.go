package ical

import (
	"errors"
	"math"

	"almanac/ical/recur"
	"almanac/ical/zone"
)

// A Span is a stretch of time: Start inclusive, End exclusive, in Unix seconds.
// math.MinInt64 and math.MaxInt64 are open ends.
type Span struct{ Start, End int64 }

// AllTime has both ends open.
var AllTime = Span{math.MinInt64, math.MaxInt64}

// Touches reports whether two spans share a second. An empty span touches none.
func (w Span) Touches(o Span) bool {
	return w.Start < o.End && o.Start < w.End && w.Start < w.End && o.Start < o.End
}

// Clip returns the part of s inside w; it may be empty.
func (w Span) Clip(s Span) Span {
	return Span{max(w.Start, s.Start), min(w.End, s.End)}
}

// ErrTooManyInstances is returned when a question needs more steps or instances
// than Env.Budget allows. The answer so far is incomplete.
var ErrTooManyInstances = errors.New("too many recurrence instances")

// DefaultBudget is the number of instances and steps one question may take when
// Env.Budget is zero: some ten milliseconds.
const DefaultBudget = 500_000

// Env is what the answer to a question about time depends on besides the object.
type Env struct {
	// Floating is the zone of floating and all-day values: the query's timezone,
	// else the collection's calendar-timezone, else UTC (RFC 4791 section 7.3).
	// Nil means UTC.
	Floating *zone.Zone
	// Zones resolves TZIDs where an object has to be compiled first.
	Zones *zone.Resolver
	// Budget bounds instances and steps of one question; zero means
	// DefaultBudget.
	Budget int
	// Left, when not nil, is how many instances and steps the questions that
	// share it may take together. Each takes away what it cost, which may leave it
	// a little below zero.
	Left *int
}

func (e Env) floating() *zone.Zone {
	if e.Floating == nil {
		return zone.UTC
	}
	return e.Floating
}

// budget returns what one question may take; settle takes it from Left.
func (e Env) budget() recur.Budget {
	b := recur.Budget{Left: e.Budget}
	if e.Budget <= 0 {
		b.Left = DefaultBudget
	}
	if e.Left != nil {
		b.Left = max(min(b.Left, *e.Left), 0)
	}
	return b
}

// settle takes from Left what a question cost that began with one budget and
// ended with another.
func (e Env) settle(began, ended recur.Budget) {
	if e.Left != nil {
		*e.Left -= began.Left - ended.Left
	}
}

// A Moment is a DATE or DATE-TIME value with its zone resolved.
type Moment struct {
	Civil recur.Civil
	Zone  *zone.Zone // nil for floating values and dates
	Date  bool       // a whole day
}

// Floating reports whether the instant depends on Env.Floating.
func (m Moment) Floating() bool { return m.Zone == nil }

// Instant returns Unix seconds; floating is the zone of values without one.
func (m Moment) Instant(floating *zone.Zone) int64 {
	if m.Zone != nil {
		return m.Zone.Instant(m.Civil)
	}
	return floating.Instant(m.Civil)
}

// on returns the moment's reading on another clock: that of a zone, or nil for
// floating time. Between floating and zoned time the digits stay.
func (m Moment) on(z *zone.Zone) recur.Civil {
	if m.Zone == nil || z == nil || m.Zone == z {
		return m.Civil
	}
	return z.Civil(m.Zone.Instant(m.Civil))
}

// momentOf resolves a value read from an object.
func momentOf(o *Object, zones *zone.Resolver, d DateTime) Moment {
	m := Moment{Civil: recur.Civil(d.CivilSeconds()), Date: d.IsDate}
	switch {
	case d.UTC:
		m.Zone = zone.UTC
	case d.TZID != "" && !d.IsDate:
		m.Zone, _ = zones.Resolve(d.TZID, o.Zones[d.TZID])
	}
	return m
}

// A length is a duration as RFC 5545 section 3.3.6 adds it: days on the calendar
// first, then exact seconds.
type length struct{ days, seconds int64 }

// end returns the instant at which something that begins at m ends.
func (l length) end(m Moment, floating *zone.Zone) int64 {
	m.Civil += recur.Civil(l.days * 86400)
	return m.Instant(floating) + l.seconds
}

// reach bounds from above how many seconds lie between start and end. A
// calendar day may have more than 24 hours.
func (l length) reach() int64 {
	n := l.days*86400 + l.seconds
	if l.days != 0 {
		n += 86400
	}
	return max(n, 0)
}
