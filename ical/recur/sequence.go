package recur

import (
	"errors"
	"slices"
	"time"
	"unsafe"
)

// ErrBudget is returned when a Budget is spent before the answer is complete.
var ErrBudget = errors.New("recurrence budget spent")

// A Budget bounds the work of one or more calls. A unit is one instance handed
// out or one period looked at, about ten nanoseconds. A nil *Budget is not
// bounded, but every walk ends at the year 9999.
type Budget struct{ Left int }

func (b *Budget) spend() bool {
	if b == nil {
		return true
	}
	b.Left--
	return b.Left >= 0
}

// A Sequence is a rule joined to its DTSTART: a set of instances in ascending
// order, the first of which is DTSTART. It is immutable and may be shared.
type Sequence struct {
	start Civil
	last  Civil // no instance lies behind it
	exact bool  // last is itself an instance
	end   ending

	untilUTC int64 // of endUTC: the instant, Unix seconds

	freq  Freq
	even  bool  // DAILY and shorter
	step  int64 // periods from one to the next: years, months, weeks, or seconds when even
	first int64 // period 0: year, months since year 0, first day of the week, or second when even

	days     dayRules
	everyDay bool  // days excludes none
	limit    clock // even: times of day at which a period may begin
	limited  bool  // limit excludes some
	times    clock // times within a period (even) or a day
	nTimes   int
	setPos   []int
	never    bool // only DTSTART
}

// An ending says what last follows from.
type ending uint8

const (
	endNone  ending = iota
	endCivil        // times on the clock of DTSTART alone
	endUTC          // an UNTIL in UTC, and so the zone of DTSTART
	endBoth         // COUNT and such an UNTIL
)

func endingOf(r *Rule) ending {
	switch {
	case r.UntilKind == UntilUTC && r.Count > 0:
		return endBoth
	case r.UntilKind == UntilUTC:
		return endUTC
	case r.Bounded():
		return endCivil
	}
	return endNone
}

// New joins a rule to its first instance. until is the last moment allowed,
// inclusive, as Rule.Limit computes it on the clock of dtstart.
func New(r *Rule, dtstart, until Civil) *Sequence {
	s := &Sequence{start: dtstart, last: MaxCivil, freq: r.Freq, even: r.Freq >= Daily, end: endingOf(r)}
	s.setDays(r)
	s.setClock(r)
	s.setPos = slices.Compact(slices.Sorted(slices.Values(r.BySetPos)))
	s.setOrigin(int64(r.Interval))
	s.never = s.even && s.isNever()
	if s.never {
		s.last, s.exact, s.end = dtstart, true, endCivil
		return s
	}
	if r.Count > 0 {
		s.last, s.exact = s.nth(r.Count)
	}
	if s.end == endUTC {
		s.untilUTC = int64(r.Until)
	}
	s.until(until)
	return s
}

// until ends the sequence at a last moment.
func (s *Sequence) until(limit Civil) {
	if limit < s.last {
		s.last, s.exact = max(limit, s.start), limit <= s.start
	}
}

// Start returns DTSTART, the first instance.
func (s *Sequence) Start() Civil { return s.start }

// Last returns a moment behind which no instance lies, and whether it is itself
// the last instance. For a rule without end it is MaxCivil.
func (s *Sequence) Last() (last Civil, exact bool) { return s.last, s.exact }

// Ends reports whether the rule has an end of its own.
func (s *Sequence) Ends() bool { return s.end != endNone }

// Size returns the approximate octets the Sequence occupies.
func (s *Sequence) Size() int {
	return int(unsafe.Sizeof(*s)) + 8*len(s.setPos) + 16*len(s.days.ordinals)
}

// Each hands out the instances in [from, to) in ascending order until yield
// returns false. The cost follows the window, not its distance from DTSTART.
func (s *Sequence) Each(from, to Civil, b *Budget, yield func(Civil) bool) error {
	if from <= s.start && s.start < to {
		if !b.spend() {
			return ErrBudget
		}
		if !yield(s.start) {
			return nil
		}
	}
	w := walk{seq: s, from: max(from, s.start+1), to: min(to, s.last+1)}
	if s.never || w.from >= w.to || s.onOtherWeekdays(w.from, w.to) {
		return nil
	}
	switch {
	case s.even:
		return w.evenPeriods(b, yield)
	case s.nTimes == 1 && len(s.setPos) == 0:
		return w.onceADay(b, yield)
	}
	listed := listedWalk{walk: w}
	return listed.calendarPeriods(b, yield)
}

// onOtherWeekdays reports whether a WEEKLY rule has nothing on the days of a short
// window: the question that a calendar with many series is asked most.
func (s *Sequence) onOtherWeekdays(from, to Civil) bool {
	if s.freq != Weekly || to-from >= 6*secondsPerDay || !s.days.weekdaysOnly() || s.days.weekdays == 0 {
		return false
	}
	first := from.Day()
	days := (to - 1).Day() - first + 1 // at most seven
	return weekdayBits(s.days.weekdays, weekdayOf(first))&(1<<days-1) == 0
}

// Has reports whether c is an instance.
func (s *Sequence) Has(c Civil, b *Budget) (bool, error) {
	found := false
	err := s.Each(c, c+1, b, func(Civil) bool { found = true; return false })
	return found, err
}

// Produces reports whether the rule itself yields c, which for DTSTART need not
// be so. EXRULE of RFC 2445 section 4.8.5.2 is asked this way.
func (s *Sequence) Produces(c Civil, b *Budget) (bool, error) {
	if c != s.start {
		return s.Has(c, b)
	}
	found := false
	hit := func(Civil) bool { found = true; return false }
	w := walk{seq: s, from: c, to: c + 1}
	if s.even {
		err := w.evenPeriods(b, hit)
		return found, err
	}
	listed := listedWalk{walk: w}
	err := listed.calendarPeriods(b, hit)
	return found, err
}

// DaysOfYear returns on which days of the year instances may lie, apart from
// DTSTART: bit i of the whole is the day i of the year, counted from 0. Bits 365
// and 366 also stand for the first days of the year behind, where SKIP=FORWARD
// reaches. It is a superset: INTERVAL, BYSETPOS and the end are not considered.
func (s *Sequence) DaysOfYear() [6]uint64 {
	var all dayMask
	if s.everyDay {
		all.setRange(0, 366)
		return all
	}
	// Twenty-eight years hold every combination of weekday and leap years around.
	for year := 2001; year <= 2028; year++ {
		m := s.days.year(year, allMonths)
		for i := range all {
			all[i] |= m[i]
		}
	}
	return all
}

// setDays compiles the parts that choose days, with what the rule leaves to
// DTSTART.
func (s *Sequence) setDays(r *Rule) {
	d := &s.days
	d.weekStart, d.skip = r.WeekStart, r.Skip
	if r.Freq > Monthly {
		d.skip = Omit // Longer periods alone can name a day that does not exist.
	}
	for _, n := range r.ByMonth {
		d.months |= 1 << n
	}
	for _, n := range r.ByMonthDay {
		setSigned(&d.monthDays, &d.endDays, n)
	}
	for _, n := range r.ByWeekNo {
		setSigned(&d.weeks, &d.endWeeks, n)
	}
	for _, n := range r.ByYearDay {
		d.hasYearDays = true
		if n > 0 {
			d.yearDays.set(n - 1)
		} else {
			d.endYearDays.set(-n - 1)
		}
	}
	for _, day := range r.ByDay {
		// RFC 5545 section 3.3.10 gives ordinals a meaning in MONTHLY and YEARLY rules
		// without BYWEEKNO only.
		if day.N == 0 || r.Freq > Monthly || len(r.ByWeekNo) > 0 {
			d.weekdays |= 1 << day.Day
		} else if !slices.Contains(d.ordinals, day) {
			d.ordinals = append(d.ordinals, day)
		}
	}
	d.ordinalsInMonth = r.Freq == Monthly || len(r.ByMonth) > 0

	_, month, day := s.start.Date()
	chosen := len(r.ByMonthDay)+len(r.ByYearDay)+len(r.ByDay) > 0
	switch {
	case chosen:
	case r.Freq == Yearly && len(r.ByWeekNo) > 0, r.Freq == Weekly:
		d.weekdays = 1 << s.start.Weekday()
	case r.Freq == Yearly && len(r.ByMonth) == 0:
		d.months, d.monthDays = 1<<month, 1<<day
	case r.Freq <= Monthly:
		d.monthDays = 1 << day
	}
	if d.months == 0 {
		d.months = allMonths
	}
	d.skipsToNextYearOnDay366 = d.movesDay366()
	s.everyDay = d.everyDay()
}

func setSigned[T uint32 | uint64](set, fromEnd *T, n int) {
	if n > 0 {
		*set |= 1 << n
	} else {
		*fromEnd |= 1 << -n
	}
}

// setClock compiles the parts that choose times: those shorter than the period
// expand it, the others limit where it may begin (the table of RFC 5545 section
// 3.3.10).
func (s *Sequence) setClock(r *Rule) {
	hour, minute, second := s.start.Clock()
	s.limit = anyTime
	s.times = clock{1 << hour, 1 << minute, 1 << second}
	hours, minutes, seconds := bitSet(r.ByHour), bitSet(r.ByMinute), bitSet(r.BySecond)
	if seconds>>60 != 0 {
		seconds = seconds&everyMinute | 1<<59
	}
	place := func(given uint64, limiting bool, limit, times *uint64) {
		switch {
		case limiting:
			*times = 1 // the period's own beginning
			if given != 0 {
				*limit = given
				s.limited = true
			}
		case given != 0:
			*times = given
		}
	}
	limitHours, timesHours := uint64(s.limit.hours), uint64(s.times.hours)
	place(hours, r.Freq >= Hourly, &limitHours, &timesHours)
	s.limit.hours, s.times.hours = uint32(limitHours), uint32(timesHours)
	place(minutes, r.Freq >= Minutely, &s.limit.minutes, &s.times.minutes)
	place(seconds, r.Freq >= Secondly, &s.limit.seconds, &s.times.seconds)
	s.nTimes = s.times.len()
}

func bitSet(list []int) (set uint64) {
	for _, n := range list {
		set |= 1 << n
	}
	return set
}

// setOrigin computes where period 0, the one of DTSTART, begins.
func (s *Sequence) setOrigin(interval int64) {
	day, second := s.start.Day(), int64(s.start)
	switch s.freq {
	case Yearly:
		y, _, _ := s.start.Date()
		s.first, s.step = int64(y), interval
		if s.days.byWeek() {
			s.first = s.days.weekYearOf(day)
		}
	case Monthly:
		y, m, _ := s.start.Date()
		s.first, s.step = int64(y)*12+int64(m)-1, interval
	case Weekly:
		into := int64(s.start.Weekday()-s.days.weekStart+7) % 7
		s.first, s.step = day-into, 7*interval
	default:
		unit := unitOf(s.freq)
		s.first, s.step = second-floorMod(second, unit), unit*interval
	}
}

// isNever detects even rules that cannot match however long one walks: no time
// of day allowed lies on the grid of the steps, or BYSETPOS names no element.
func (s *Sequence) isNever() bool {
	if len(s.setPos) > 0 && len(positions(nil, s.setPos, s.nTimes)) == 0 {
		return true
	}
	if !s.limited {
		return false
	}
	grid := gcd(s.step, secondsPerDay)
	offset := floorMod(s.first, grid)
	for i := range s.limit.len() {
		if int64(s.limit.nth(i))%grid == offset {
			return false
		}
	}
	return true
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// weekdayBits returns the days of a week beginning on weekday first as a mask
// whose bit 0 is that day.
func weekdayBits(weekdays uint8, first time.Weekday) uint64 {
	w := uint64(weekdays) | uint64(weekdays)<<7
	return w >> first & 0x7f
}

// SubDaily reports whether the frequency is HOURLY or shorter.
func (s *Sequence) SubDaily() bool { return s.freq >= Hourly }
