package ical

import (
	"unsafe"

	"almanac/contentline"
	"almanac/ical/recur"
)

// A Series is an Object made ready for questions about time: values read, zones
// resolved, rules compiled. Any object can be compiled, recurring or not. A Series is
// immutable and safe for concurrent use; it depends on nothing but the object, so
// it can be cached as long as the bytes stay.
type Series struct {
	Object *Object

	// loose are components that stand for themselves: an object that does not
	// recur, overrides without a master, and everything without a start.
	loose []*item

	// main is the master of a recurrence set, nil when there is none. The set is
	// laid out on the clock of its start.
	main     *item
	rules    []*recur.Sequence
	exrules  []*recur.Sequence
	dates    []slot        // RDATE, and DTSTART when there is no rule; ascending
	longest  int64         // reach of the longest slot of dates
	excluded []int64       // keys of EXDATE, ascending
	offDays  []recur.Civil // EXDATE that are dates while DTSTART has a time; ascending
	// overrides are the components with a RECURRENCE-ID, ascending by key, one
	// for each key; futures are those of them with RANGE=THISANDFUTURE.
	overrides []override
	futures   []override
}

// A slot is one element of RDATE.
type slot struct {
	civil     recur.Civil
	length    length
	hasLength bool // a PERIOD brings its own
}

// An override replaces the instance whose key it has.
type override struct {
	key   int64
	civil recur.Civil // the RECURRENCE-ID on the clock of the master
	*item
	future bool // RANGE=THISANDFUTURE
}

// An item is one component with its times read.
type item struct {
	comp   *contentline.Component
	shape  shape
	start  Moment // what the instances are counted by: DTSTART, else DUE
	length length
	// zonedLength tells that the length follows from the rules of zones: it ends in
	// another than it begins in, or behind a change of the clock.
	zonedLength bool
	static      []Span // the reach of shapes without a start
	// rid is the RECURRENCE-ID.
	rid    Moment
	hasRID bool
	alarms []alarm
}

// Recurs reports whether the object has a rule, RDATEs, or overrides.
func (s *Series) Recurs() bool {
	if s.main == nil {
		return false
	}
	return len(s.rules) > 0 || len(s.dates) > 1 || len(s.overrides) > 0
}

// Size returns the approximate octets that the Series and its Object occupy,
// for caches with a bound.
func (s *Series) Size() int {
	n := int(unsafe.Sizeof(*s)) + 24*len(s.dates) + 8*len(s.excluded) + 8*len(s.offDays)
	for _, r := range s.rules {
		n += r.Size()
	}
	n += (len(s.loose) + len(s.overrides) + 1) * int(unsafe.Sizeof(item{}))
	n += len(s.Object.Doc.Src)
	var visit func(c *contentline.Component)
	visit = func(c *contentline.Component) {
		n += int(unsafe.Sizeof(*c))
		for i := range c.Props {
			n += int(unsafe.Sizeof(c.Props[i])) + 64*len(c.Props[i].Params)
		}
		for _, child := range c.Children {
			visit(child)
		}
	}
	visit(s.Object.Root)
	return n
}

// onDay returns the first slot on a day, or the usual time of that day.
func (s *Series) onDay(day recur.Civil) recur.Civil {
	at := day + recur.Civil(s.main.start.Civil.SecondOfDay())
	budget := recur.Budget{Left: 1000}
	for _, r := range s.rules {
		r.Each(day, day+86400, &budget, func(c recur.Civil) bool { at = c; return false })
	}
	return at
}

// place returns where a moment lies on the clock of the master.
func (s *Series) place(m Moment) recur.Civil {
	c := m.on(s.main.start.Zone)
	if s.main.start.Date {
		return c.Midnight()
	}
	return c
}

// keyOf returns what tells instances apart: the instant when the master has a
// zone, else the civil time.
func (s *Series) keyOf(m Moment) int64 {
	z := s.main.start.Zone
	switch {
	case z == nil:
		return int64(s.place(m))
	case m.Zone == nil:
		return z.Instant(m.Civil)
	}
	return m.Zone.Instant(m.Civil)
}

// key is keyOf for a time on the master's own clock.
func (s *Series) key(c recur.Civil) int64 {
	if z := s.main.start.Zone; z != nil {
		return z.Instant(c)
	}
	return int64(c)
}
