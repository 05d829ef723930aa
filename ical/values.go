package ical

import (
	"fmt"
	"strings"

	"almanac/contentline"
)

// A DateTime is a DATE (RFC 5545 section 3.3.4) or DATE-TIME (section 3.3.5)
// value as it is written, before any zone is resolved: years 0 to 9999 of the
// proleptic Gregorian calendar.
type DateTime struct {
	Year, Month, Day     int
	Hour, Minute, Second int // zero for a DATE

	IsDate bool   // a DATE: a whole day
	UTC    bool   // written with Z
	TZID   string // the TZID parameter as written; empty for UTC, floating and DATE values
}

// Floating tells whether the value has no zone of its own: a DATE, or a local
// time without TZID.
func (d DateTime) Floating() bool { return !d.UTC && d.TZID == "" }

// CivilSeconds counts seconds from 1970-01-01T00:00:00 on the value's own wall
// clock, leap seconds not counted. It is the instant itself when d.UTC.
func (d DateTime) CivilSeconds() int64 {
	return civilDays(d.Year, d.Month, d.Day)*86400 + int64(d.Hour)*3600 + int64(d.Minute)*60 + int64(d.Second)
}

// String prints the value in the basic format of RFC 5545, without TZID.
func (d DateTime) String() string {
	if d.IsDate {
		return fmt.Sprintf("%04d%02d%02d", d.Year, d.Month, d.Day)
	}
	s := fmt.Sprintf("%04d%02d%02dT%02d%02d%02d", d.Year, d.Month, d.Day, d.Hour, d.Minute, d.Second)
	if d.UTC {
		s += "Z"
	}
	return s
}

// civilDays counts days from 1970-01-01, for any year from 0 on (the algorithm
// of Howard Hinnant's "days from civil": years begin in March, so that the leap
// day comes last).
func civilDays(year, month, day int) int64 {
	y := int64(year)
	if month <= 2 {
		y--
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yoe := y - era*400
	doy := int64((153*((month+9)%12)+2)/5 + day - 1)
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// A ValueError tells which property value could not be read and why.
type ValueError struct {
	Line   int    // physical line of the property, 0 when it is not known
	Name   string // of the property, empty when it is not known
	Value  string // the faulty part of it, shortened to 60 octets
	Reason string
}

func (e *ValueError) Error() string {
	var b strings.Builder
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", e.Line)
	}
	if e.Name != "" {
		b.WriteString(e.Name + " ")
	}
	fmt.Fprintf(&b, "%q: %s", e.Value, e.Reason)
	return b.String()
}

func valueError(p *contentline.Property, value, reason string) *ValueError {
	if len(value) > 60 {
		value = value[:60]
	}
	e := &ValueError{Value: value, Reason: reason}
	if p != nil {
		e.Line, e.Name = p.Line, p.Name
	}
	return e
}

// ParseDateTime reads the DATE or DATE-TIME values of a property: one for
// DTSTART and its like, a list for EXDATE and RDATE. It returns every value
// that can be read, and a *ValueError for the first that cannot; a property
// whose VALUE is PERIOD has none (ParsePeriods reads those).
//
// The form of the value decides between DATE and DATE-TIME, not the VALUE
// parameter, since many programs forget VALUE=DATE. TZID is ignored on UTC and
// DATE values, as RFC 5545 section 3.2.19 has it.
func ParseDateTime(p *contentline.Property) ([]DateTime, error) {
	tzid := p.Param("TZID")
	if strings.IndexByte(p.Value, ',') < 0 {
		d, reason := scanDateTime(p.Value, tzid)
		if reason != "" {
			return nil, valueError(p, p.Value, reason)
		}
		return []DateTime{d}, nil
	}
	values := make([]DateTime, 0, strings.Count(p.Value, ",")+1)
	var first error
	for part := range strings.SplitSeq(p.Value, ",") {
		if strings.TrimSpace(part) == "" {
			continue // a trailing comma
		}
		d, reason := scanDateTime(part, tzid)
		if reason == "" {
			values = append(values, d)
		} else if first == nil {
			first = valueError(p, part, reason)
		}
	}
	return values, first
}

// ParseDateTimeValue reads one DATE or DATE-TIME value; tzid is the TZID
// parameter that goes with it, "" for none.
func ParseDateTimeValue(value, tzid string) (DateTime, error) {
	d, reason := scanDateTime(value, tzid)
	if reason != "" {
		return DateTime{}, valueError(nil, value, reason)
	}
	return d, nil
}

// scanDateTime reads one value. Taken besides the standard's form: blanks
// around it, lower-case t and z, missing seconds, and the extended form of
// ISO 8601 (2024-05-01T10:00:00Z), which hand-made calendars contain.
func scanDateTime(s, tzid string) (d DateTime, reason string) {
	s = strings.TrimSpace(s)
	var digits [14]int8
	n, t := 0, -1
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case '0' <= c && c <= '9':
			if n == len(digits) {
				return d, "not a date or date-time: too many digits"
			}
			digits[n] = int8(c - '0')
			n++
		case (c == 'T' || c == 't') && t < 0 && n == 8:
			t = i
		case (c == 'Z' || c == 'z') && i == len(s)-1 && t >= 0:
			d.UTC = true
		case c == '-' && t < 0 && (n == 4 || n == 6) && i > 0 && s[i-1] != '-':
		case c == ':' && t >= 0 && (n == 10 || n == 12) && s[i-1] != ':':
		default:
			return d, "not a date or date-time"
		}
	}
	num := func(from, to int) (v int) {
		for _, x := range digits[from:to] {
			v = v*10 + int(x)
		}
		return v
	}
	switch {
	case n == 8 && t < 0:
		d.IsDate = true
	case n == 14 && t >= 0:
		d.Second = num(12, 14)
		fallthrough
	case n == 12 && t >= 0:
		d.Hour, d.Minute = num(8, 10), num(10, 12)
	default:
		return d, "not a date or date-time"
	}
	d.Year, d.Month, d.Day = num(0, 4), num(4, 6), num(6, 8)
	switch {
	case d.Month < 1 || d.Month > 12:
		return d, "no such month"
	case d.Day < 1 || d.Day > daysIn(d.Year, d.Month):
		return d, "no such day"
	case d.Hour > 23 || d.Minute > 59 || d.Second > 60:
		return d, "no such time of day"
	}
	if d.Second == 60 {
		d.Second = 59 // RFC 5545 section 3.3.12: without leap seconds, 60 counts as 59
	}
	if !d.IsDate && !d.UTC {
		d.TZID = tzid
	}
	return d, ""
}

// A Duration is a DURATION value (RFC 5545 section 3.3.6). Days are nominal
// (a day may have 23 or 25 hours where clocks change), seconds exact. Both
// carry the value's sign.
type Duration struct {
	Days    int64 // weeks are seven days
	Seconds int64
}

// Exact gives the duration in seconds when a day is taken as 24 hours.
func (d Duration) Exact() int64 { return d.Days*86400 + d.Seconds }

// maxDurationDays bounds a DURATION to ten thousand years, so that sums with
// any date stay far from overflow.
const maxDurationDays = 3_660_000

// ParseDuration reads a DURATION such as -PT15M or P1DT12H. Taken besides the
// standard's form: lower case, blanks around it, and weeks mixed with days and
// times. A duration beyond ten thousand years is an error.
func ParseDuration(value string) (Duration, error) {
	d, reason := scanDuration(value)
	if reason != "" {
		return Duration{}, valueError(nil, value, reason)
	}
	return d, nil
}

func scanDuration(value string) (d Duration, reason string) {
	s := strings.TrimSpace(value)
	sign := int64(1)
	if s != "" && (s[0] == '+' || s[0] == '-') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	if s == "" || s[0]|0x20 != 'p' {
		return d, "not a duration"
	}
	const tooLong = "duration longer than ten thousand years"
	inTime, parts, n, hasDigit := false, 0, int64(0), false
	for i := 1; i < len(s); i++ {
		c := s[i]
		if '0' <= c && c <= '9' {
			n, hasDigit = n*10+int64(c-'0'), true
			if n > maxDurationDays*86400 {
				return d, tooLong
			}
			continue
		}
		c |= 0x20
		if c == 't' && !inTime && !hasDigit {
			inTime = true
			continue
		}
		if !hasDigit {
			return d, "not a duration"
		}
		switch {
		case c == 'w' && !inTime:
			d.Days += n * 7
		case c == 'd' && !inTime:
			d.Days += n
		case c == 'h' && inTime:
			d.Seconds += n * 3600
		case c == 'm' && inTime:
			d.Seconds += n * 60
		case c == 's' && inTime:
			d.Seconds += n
		default:
			return d, "not a duration"
		}
		if d.Days > maxDurationDays || d.Seconds > maxDurationDays*86400 {
			return d, tooLong
		}
		n, hasDigit = 0, false
		parts++
	}
	if hasDigit || parts == 0 {
		return d, "not a duration"
	}
	d.Days *= sign
	d.Seconds *= sign
	return d, ""
}

// A Period is a PERIOD value (RFC 5545 section 3.3.9): a start, and either an
// end or a duration.
type Period struct {
	Start    DateTime
	End      DateTime // the zero DateTime when the period is given by its Duration
	Duration Duration
	HasEnd   bool
}

// ParsePeriods reads the PERIOD values of a FREEBUSY or RDATE property. Like
// ParseDateTime it returns every value that can be read, and a *ValueError for
// the first that cannot.
func ParsePeriods(p *contentline.Property) ([]Period, error) {
	tzid := p.Param("TZID")
	values := make([]Period, 0, strings.Count(p.Value, ",")+1)
	var first error
	for part := range strings.SplitSeq(p.Value, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		v, reason := scanPeriod(part, tzid)
		if reason == "" {
			values = append(values, v)
		} else if first == nil {
			first = valueError(p, part, reason)
		}
	}
	return values, first
}

func scanPeriod(s, tzid string) (v Period, reason string) {
	from, to, ok := strings.Cut(s, "/")
	if !ok {
		return v, "not a period"
	}
	if v.Start, reason = scanDateTime(from, tzid); reason != "" {
		return v, reason
	}
	if v.Start.IsDate {
		return v, "a period needs times of day"
	}
	to = strings.TrimSpace(to)
	if to != "" && strings.IndexByte("Pp+-", to[0]) >= 0 {
		if v.Duration, reason = scanDuration(to); reason == "" && (v.Duration.Days < 0 || v.Duration.Seconds < 0) {
			reason = "negative duration in a period"
		}
		return v, reason
	}
	v.End, reason = scanDateTime(to, tzid)
	v.HasEnd = true
	return v, reason
}

// IsPeriod tells whether a property's values are periods (RDATE;VALUE=PERIOD,
// FREEBUSY). The parameter counts, and so does the form when it is forgotten.
func IsPeriod(p *contentline.Property) bool {
	return strings.EqualFold(p.Param("VALUE"), "PERIOD") || strings.IndexByte(p.Value, '/') >= 0
}
