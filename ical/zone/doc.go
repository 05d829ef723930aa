// Package zone tells which instant a wall-clock time is, in the zone a TZID
// names.
//
// # Where zones come from
//
// The IANA data comes first. A copy is built into the program. The machine's own
// (/usr/share/zoneinfo) is taken where its release is a later one, so that laws can
// be updated without almanac; what the environment variable ZONEINFO names is
// always taken. A zone is read once and turned into a table of its transitions; from
// then on it is memory only.
//
// A [Resolver] finds the zone for a TZID as it occurs in files. The steps, of which the
// first that succeeds decides (type [Match] names them):
//
//	Exact        the IANA name: Europe/Zurich
//	Prefixed     its tail: /freeassociation.sourceforge.net/Europe/Zurich
//	Alias        other case, blanks, quotes: "europe/zurich ", US Pacific
//	Windows      the names of CLDR's windowsZones: W. Europe Standard Time
//	Display      what Windows shows: (UTC+01:00) Amsterdam, Berlin, Bern
//	Location     the X-LIC-LOCATION or TZID-ALIAS-OF of the VTIMEZONE
//	Interpreted  the VTIMEZONE itself, observance by observance
//	Offset       an offset or abbreviation: GMT+0200, CEST
//	Unknown      nothing: the caller treats the time as floating
//
// A name of the IANA data wins over the VTIMEZONE that comes with it, since the
// latter often knows one year's rules only, and wrongly. An offset in a name is
// tried after the VTIMEZONE, because programs call a zone with summer time
// "GMT+0100" and describe it below.
//
// # Gaps and overlaps
//
// RFC 5545 section 3.3.5 decides on the days on which clocks change: a time that
// is skipped is read with the offset before the gap, a time that occurs twice is
// the first one. Both mean the offset before the transition, so a table of
// transitions by wall clock answers with one binary search.
//
// # For ever
//
// Rules repeat with the Gregorian calendar, every 400 years. A table reaches
// over one such cycle beyond the last year in which anything irregular happens;
// later times are looked up that many cycles earlier.
package zone
