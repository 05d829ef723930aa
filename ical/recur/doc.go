// Package recur evaluates the recurrence rules of RFC 5545 section 3.3.10 and
// RFC 7529 on civil time.
//
// # Civil time
//
// A rule speaks of days, hours and minutes on a wall clock, so it is evaluated
// on one: a [Civil] counts the seconds of a clock that knows no zone, no summer
// time and no leap second. Whoever knows the zone turns each result into an
// instant afterwards (package almanac/ical/zone). A rule "every day at 02:30"
// thereby yields 02:30 on each day, and what 02:30 means on the day on which
// the clocks change is decided in one place, by RFC 5545 section 3.3.5.
//
// # Two families
//
// A [Rule] is what the text says. Joined to a DTSTART it becomes a [Sequence],
// which is immutable and answers "which instances begin in this window" without
// walking there from DTSTART. There are two families of frequencies:
//
//   - YEARLY, MONTHLY and WEEKLY divide the calendar into periods of uneven
//     length. Period k begins at a computable date; its days are a bit mask over
//     the year, made of the BYxxx parts by bit operations.
//   - DAILY, HOURLY, MINUTELY and SECONDLY divide the line of seconds into even
//     steps. Days and times of day that the BYxxx parts exclude are jumped over
//     and the next step found by division.
//
// Both begin at the window's edge. COUNT is turned into the date of the last
// instance when the Sequence is made, by counting whole periods or whole days
// and not instances, so that it costs nothing afterwards.
//
// All work ends at the year 9999, the last one RFC 5545 section 3.3.4 can write,
// so a rule that never matches ends by itself; a [Budget] bounds it further.
//
// # Readings of the standard
//
// DTSTART is always the first instance and counts against COUNT, also when the
// rule does not produce it (RFC 5545 section 3.3.10: "The DTSTART property value
// always counts as the first occurrence"; RFC 5545 section 3.8.5.3 then calls the
// set undefined, and libical, Google and Apple show DTSTART). An UNTIL before DTSTART therefore
// leaves DTSTART alone.
//
// Parts that RFC 5545 calls "not applicable" to a frequency (BYYEARDAY in a
// MONTHLY rule, BYWEEKNO outside YEARLY) restrict the set, as python-dateutil
// does. Ordinals in BYDAY are ignored where they have no meaning.
//
// YEARLY with BYWEEKNO alone takes the weekday of DTSTART, as libical does:
// what the rule does not say comes from DTSTART. python-dateutil gives the
// whole week instead.
//
// The weeks of BYWEEKNO are those of the year that numbers them: a week that
// reaches over New Year is one week of one year, of which INTERVAL keeps or
// leaves all days and in which BYSETPOS counts them, as in libical and
// rrule-temporal. python-dateutil divides it at New Year. Unlike those two, DTSTART
// is counted to the year of its week as well.
//
// BYDAY=MO,2TU is the union of both parts. python-dateutil intersects them.
//
// BYSETPOS counts within the whole period, also in the first one, of which a part
// lies before DTSTART. python-dateutil begins the first week at DTSTART.
//
// BYSECOND=60 means second 59, as RFC 5545 section 3.3.12 tells clocks without
// leap seconds to read it.
//
// SKIP (RFC 7529 section 4.1) moves positive days that do not exist; negative ones
// (BYMONTHDAY=-31 in April) are left out. Any RSCALE but GREGORIAN is refused
// with [ErrUnsupportedScale]: no instances rather than wrong ones.
package recur
