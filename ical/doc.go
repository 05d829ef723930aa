// Package ical holds what iCalendar text means to a CalDAV server.
//
// # Vocabulary
//
// A calendar object resource (RFC 4791 section 4.1), here an [Object], is one
// VCALENDAR that holds the components of one UID: at most one main component
// (the master of a series when it recurs), the overrides of single instances
// (components with a RECURRENCE-ID), and the VTIMEZONEs that they name. All
// components are of one kind: VEVENT, VTODO, VJOURNAL, VFREEBUSY,
// VAVAILABILITY, VPOLL or whatever an extension brings.
//
// # Bytes first
//
// The text that a client stored is the truth. Package contentline reads it
// into a tree that knows where each line came from, and everything here that
// gives text back (Select, Split, Join, LimitRecurrenceSet) cuts and pastes
// octets of the source, so unknown properties, order and folding survive.
//
// # What is refused and what is reported
//
// Validate refuses what CalDAV's preconditions name (RFC 4791 section 5.3.2.1)
// and text that is not iCalendar at all. Everything else that is odd, an
// unreadable DTSTART, a malformed RRULE, an unknown zone, a missing VTIMEZONE,
// is stored as it came, because refusing it would lose a person's data that
// another server accepted, and is reported by Lint. Whatever reads a stored
// value therefore expects it to be wrong, and one wrong value spoils at most
// the answers about its own object.
//
// # Files
//
//	object.go     the Object and its lenient reading
//	values.go     DATE, DATE-TIME, DURATION, PERIOD
//	validate.go   what a PUT must satisfy
//	filter.go     calendar-query's filter: the tree and its evaluation
//	hint.go       what an index can decide about a filter
//	select.go     partial calendar-data
//	split.go      imports: many objects in one file (splitindex.go reads it first)
//	join.go       exports: many objects as one stream
//	lint.go       what is stored but odd (lintseries.go: about recurrence)
//
// and the questions about time, on top of the packages ical/recur (recurrence
// rules on civil time) and ical/zone (time zones):
//
//	span.go       spans, moments, and what an answer depends on
//	series.go     an Object made ready for questions about time
//	instances.go  which instances there are in a range
//	timerange.go  the overlap tables of RFC 4791 section 9.9
//	alarm.go      when alarms go off
//	bounds.go     what an index keeps to answer range queries
//	expand.go     calendar-data's expand and limit-recurrence-set
//	freebusy.go   busy times and their VFREEBUSY
//
// Everything here is pure: no clock, no goroutines, no I/O but the readers and
// writers that Split and Join are handed.
package ical
