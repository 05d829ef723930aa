package zone

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"almanac/contentline"
	"almanac/ical/recur"
)

// VTimezone writes the zone as a VTIMEZONE component with CRLF line ends, its TZID
// being the zone's name: the transitions of the years from to to (inclusive),
// regular ones as rules. Rules in force in the year to are written without end.
func (z *Zone) VTimezone(from, to int) []byte {
	from, to = max(from, 1), min(max(to, from), 9990)
	begin := z.Instant(recur.Date(from, 1, 1))
	end := z.Instant(recur.Date(to+1, 1, 1))

	out := contentline.AppendLine(nil, "BEGIN:VTIMEZONE")
	out = contentline.AppendLine(out, "TZID:"+contentline.EscapeText(z.name))

	// What holds when the period begins, as an observance of its own.
	first := z.at(begin)
	out = appendObservance(out, run{{wall: recur.Date(from, 1, 1), from: first.offset, step: *first}}, z.names, false)

	for _, r := range runs(z.transitions(begin, end)) {
		last := r[len(r)-1]
		year, _, _ := last.wall.Date()
		open := year == to && z.continues(r)
		out = appendObservance(out, r, z.names, open)
	}
	return contentline.AppendLine(out, "END:VTIMEZONE")
}

// A transition is an onset as RFC 5545 section 3.6.5 writes it: on the clock of
// the offset before.
type transition struct {
	wall recur.Civil
	from int32 // offset before
	step
}

// transitions lists those in (begin, end).
func (z *Zone) transitions(begin, end int64) []transition {
	var list []transition
	add := func(i int, shift int64) {
		previous, s := z.steps[i-1], z.steps[i]
		s.from += shift
		if s.from > begin && s.from < end {
			list = append(list, transition{recur.Civil(s.from + int64(previous.offset)), previous.offset, s})
		}
	}
	for i := 1; i < len(z.steps); i++ {
		add(i, 0)
	}
	if z.cycleEnd == math.MaxInt64 {
		return list
	}
	for shift := int64(cycle); z.cycleEnd-cycle+shift < end; shift += cycle {
		for i := 1; i < len(z.steps); i++ {
			if z.steps[i].from >= z.cycleEnd-cycle {
				add(i, shift)
			}
		}
	}
	return list
}

// A run is a series of transitions in consecutive years that one yearly rule
// describes, or a single one.
type run []transition

// runs divides transitions into as few runs as a greedy walk finds, in the order
// of their first ones.
func runs(list []transition) []run {
	var done []run
	var growing []int // indexes into done of the runs that may still grow
next:
	for _, t := range list {
		for i, at := range growing {
			if r := append(done[at], t); r.rule() != "" {
				done[at] = r
				growing = append(append(growing[:i:i], growing[i+1:]...), at)
				continue next
			}
		}
		done = append(done, run{t})
		growing = append(growing, len(done)-1)
		if len(growing) > 4 {
			growing = growing[1:]
		}
	}
	return done
}

// rule returns the RRULE that yields exactly the run (without its end), or "".
func (r run) rule() string {
	first := r[0]
	year, month, day := first.wall.Date()
	alike := func(i int) (y, m, d int, ok bool) {
		t := r[i]
		y, m, d = t.wall.Date()
		return y, m, d, y == year+i && t.wall.SecondOfDay() == first.wall.SecondOfDay() && t.from == first.from &&
			t.offset == first.offset && t.dst == first.dst && t.name == first.name
	}
	// What the days of the run have in common.
	sameWeekday, sameMonth, sameDay, last := true, true, true, true
	lo, hi := day, day         // day of the month
	loEnd, hiEnd := -366, -366 // day of the year from its end
	for i, t := range r {
		y, m, d, ok := alike(i)
		if !ok {
			return ""
		}
		sameWeekday = sameWeekday && t.wall.Weekday() == first.wall.Weekday()
		sameMonth = sameMonth && m == month
		sameDay = sameDay && m == month && d == day
		lo, hi = min(lo, d), max(hi, d)
		_, monthAfter, _ := (t.wall + 7*86400).Date()
		last = last && monthAfter != m
		fromEnd := int(t.wall.Day() - recur.Date(y+1, 1, 1).Day())
		if i == 0 {
			loEnd, hiEnd = fromEnd, fromEnd
		}
		loEnd, hiEnd = min(loEnd, fromEnd), max(hiEnd, fromEnd)
	}
	weekday := []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}[first.wall.Weekday()]
	switch {
	case sameWeekday && sameMonth && last:
		return fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d;BYDAY=-1%s", month, weekday)
	case sameWeekday && sameMonth && (lo-1)/7 == (hi-1)/7:
		return fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d;BYDAY=%d%s", month, (lo-1)/7+1, weekday)
	case sameWeekday && sameMonth && hi-lo <= 6 && lo+6 <= 28:
		return fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d;BYMONTHDAY=%s;BYDAY=%s", month, sevenFrom(lo), weekday)
	case sameDay && day <= 28:
		return fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d;BYMONTHDAY=%d", month, day)
	case sameWeekday && first.wall.SecondOfDay() == 0 && hiEnd-loEnd <= 6 && hiEnd <= -7 && loEnd > -300:
		// Egypt's clocks change at the end of the last Thursday of October, which
		// may be the first day of November: a week that crosses a month's end. Tried
		// at midnight only, lest it joins different rules that happen to be close.
		return fmt.Sprintf("FREQ=YEARLY;BYYEARDAY=%s;BYDAY=%s", sevenFrom(hiEnd-6), weekday)
	}
	return ""
}

func sevenFrom(n int) string {
	days := make([]string, 7)
	for i := range days {
		days[i] = strconv.Itoa(n + i)
	}
	return strings.Join(days, ",")
}

// continues reports whether a run goes on by its rule for the forty years behind
// it.
func (z *Zone) continues(r run) bool {
	if len(r) < 2 {
		return false
	}
	last := r[len(r)-1]
	later := r
	for _, t := range z.transitions(last.step.from, last.step.from+41*366*86400) {
		if longer := append(later[:len(later):len(later)], t); longer.rule() != "" {
			later = longer
		}
	}
	return len(later)-len(r) >= 40
}

// appendObservance writes a run as a STANDARD or DAYLIGHT component; open leaves
// its rule without an end.
func appendObservance(out []byte, r run, names []string, open bool) []byte {
	first, last := r[0], r[len(r)-1]
	kind := "STANDARD"
	if first.dst {
		kind = "DAYLIGHT"
	}
	out = contentline.AppendLine(out, "BEGIN:"+kind)
	out = contentline.AppendLine(out, "DTSTART:"+first.wall.String())
	if len(r) > 1 {
		rule := "RRULE:" + r.rule()
		if !open {
			rule += ";UNTIL=" + recur.Civil(last.step.from).String() + "Z"
		}
		out = contentline.AppendLine(out, rule)
	}
	out = contentline.AppendLine(out, "TZOFFSETFROM:"+formatOffset(int(first.from)))
	out = contentline.AppendLine(out, "TZOFFSETTO:"+formatOffset(int(first.offset)))
	if name := names[first.name]; name != "" {
		out = contentline.AppendLine(out, "TZNAME:"+contentline.EscapeText(name))
	}
	return contentline.AppendLine(out, "END:"+kind)
}

// formatOffset prints UTC-OFFSET (RFC 5545 section 3.3.14), with seconds only when
// there are some.
func formatOffset(offset int) string {
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	s := fmt.Sprintf("%c%02d%02d", sign, offset/3600, offset/60%60)
	if offset%60 != 0 {
		s += fmt.Sprintf("%02d", offset%60)
	}
	return s
}
