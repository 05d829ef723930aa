package recur

import (
	"strconv"
	"strings"
	"time"
)

// Freq is the FREQ part, from the longest period to the shortest.
type Freq uint8

// The frequencies of RFC 5545 section 3.3.10.
const (
	Yearly Freq = iota
	Monthly
	Weekly
	Daily
	Hourly
	Minutely
	Secondly
)

var freqNames = [...]string{"YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"}

func (f Freq) String() string { return freqNames[f] }

// Skip says what becomes of a day that does not exist, such as 30 February
// (RFC 7529 section 4.1).
type Skip uint8

// The values of SKIP.
const (
	Omit Skip = iota
	Backward
	Forward
)

var skipNames = [...]string{"OMIT", "BACKWARD", "FORWARD"}

func (s Skip) String() string { return skipNames[s] }

// UntilKind is the value type of UNTIL. RFC 5545 section 3.3.10 wants that of
// DTSTART; files in the wild mix them, so the kind is kept.
type UntilKind uint8

// The kinds of UNTIL.
const (
	NoUntil UntilKind = iota
	UntilDate
	UntilLocal
	UntilUTC
)

// Weekday is one entry of BYDAY: 2MO is {2, Monday}, MO is {0, Monday}.
type Weekday struct {
	N   int // ordinal, negative from the end of month or year, 0 for each
	Day time.Weekday
}

// Rule is a parsed RRULE. Lists are in the order of the text.
type Rule struct {
	Freq     Freq
	Interval int // at least 1
	Count    int // 0: not given

	Until     Civil // as written; for UntilUTC in UTC
	UntilKind UntilKind

	BySecond, ByMinute, ByHour  []int
	ByDay                       []Weekday
	ByMonthDay, ByYearDay       []int
	ByWeekNo, ByMonth, BySetPos []int
	WeekStart                   time.Weekday // Monday unless WKST says otherwise
	Scale                       string       // RSCALE in upper case, "" or "GREGORIAN"
	Skip                        Skip
}

// Bounded reports whether the rule ends by COUNT or UNTIL.
func (r *Rule) Bounded() bool { return r.Count > 0 || r.UntilKind != NoUntil }

// Limit returns the last civil moment that UNTIL allows, inclusive, on the clock
// of DTSTART, or Forever. local turns Unix seconds into that clock; it is asked
// only for an UNTIL in UTC. An UNTIL that is a date includes its whole day, also
// when DTSTART has a time: Apple Reminders and older Outlook write it so.
func (r *Rule) Limit(local func(unix int64) Civil) Civil {
	switch r.UntilKind {
	case UntilDate:
		return r.Until + secondsPerDay - 1
	case UntilLocal:
		return r.Until
	case UntilUTC:
		return local(int64(r.Until))
	}
	return Forever
}

// String prints the rule in the order RFC 5545 section 3.3.10 lists its parts,
// without defaults. Parse of it yields an equal Rule.
func (r *Rule) String() string {
	var b strings.Builder
	if r.Scale != "" {
		b.WriteString("RSCALE=" + r.Scale + ";")
	}
	b.WriteString("FREQ=" + r.Freq.String())
	switch r.UntilKind {
	case UntilDate:
		b.WriteString(";UNTIL=" + r.Until.String()[:8])
	case UntilLocal:
		b.WriteString(";UNTIL=" + r.Until.String())
	case UntilUTC:
		b.WriteString(";UNTIL=" + r.Until.String() + "Z")
	}
	if r.Count > 0 {
		b.WriteString(";COUNT=" + strconv.Itoa(r.Count))
	}
	if r.Interval > 1 {
		b.WriteString(";INTERVAL=" + strconv.Itoa(r.Interval))
	}
	writeList(&b, "BYSECOND", r.BySecond)
	writeList(&b, "BYMINUTE", r.ByMinute)
	writeList(&b, "BYHOUR", r.ByHour)
	for i, d := range r.ByDay {
		b.WriteString(separator(i, "BYDAY"))
		if d.N != 0 {
			b.WriteString(strconv.Itoa(d.N))
		}
		b.WriteString(dayNames[d.Day])
	}
	writeList(&b, "BYMONTHDAY", r.ByMonthDay)
	writeList(&b, "BYYEARDAY", r.ByYearDay)
	writeList(&b, "BYWEEKNO", r.ByWeekNo)
	writeList(&b, "BYMONTH", r.ByMonth)
	writeList(&b, "BYSETPOS", r.BySetPos)
	if r.WeekStart != time.Monday {
		b.WriteString(";WKST=" + dayNames[r.WeekStart])
	}
	if r.Skip != Omit {
		b.WriteString(";SKIP=" + r.Skip.String())
	}
	return b.String()
}

var dayNames = [...]string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

func writeList(b *strings.Builder, name string, list []int) {
	for i, n := range list {
		b.WriteString(separator(i, name))
		b.WriteString(strconv.Itoa(n))
	}
}

func separator(i int, name string) string {
	if i == 0 {
		return ";" + name + "="
	}
	return ","
}
