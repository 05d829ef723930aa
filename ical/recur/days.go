package recur

import (
	"math/bits"
	"time"
)

// A dayMask marks days counted from a base day: bit i is the i-th day. It holds a
// whole year and the few days behind it that SKIP=FORWARD may reach.
type dayMask [6]uint64

// maxMaskDay is behind all days that a mask can mark.
const maxMaskDay = 64 * len(dayMask{})

func (m *dayMask) set(i int)      { m[i>>6] |= 1 << (i & 63) }
func (m *dayMask) has(i int) bool { return m[i>>6]>>(i&63)&1 != 0 }

// or sets the bits of b, the lowest of which is day i.
func (m *dayMask) or(i int, b uint64) {
	w, s := i>>6, i&63
	m[w] |= b << s
	if s != 0 && w+1 < len(m) {
		m[w+1] |= b >> (64 - s)
	}
}

func (m *dayMask) setRange(from, to int) {
	for from < to {
		n := min(to-from, 64)
		m.or(from, ^uint64(0)>>(64-n))
		from += n
	}
}

func (m *dayMask) and(o *dayMask) {
	for i := range m {
		m[i] &= o[i]
	}
}

// next returns the first marked day at or after i, or -1.
func (m *dayMask) next(i int) int {
	for w := i >> 6; w < len(m); w++ {
		b := m[w]
		if w == i>>6 {
			b &= ^uint64(0) << (i & 63)
		}
		if b != 0 {
			return w<<6 + bits.TrailingZeros64(b)
		}
	}
	return -1
}

// list writes the marked days to dst and returns how many there are.
func (m *dayMask) list(dst *[64 * len(dayMask{})]int16) int {
	n := 0
	for w, b := range m {
		for ; b != 0; b &= b - 1 {
			dst[n] = int16(w<<6 + bits.TrailingZeros64(b))
			n++
		}
	}
	return n
}

// everySeventh[i] marks the days i, i+7, i+14 and so on.
var everySeventh = func() (masks [7]dayMask) {
	for i := range masks {
		for d := i; d < 366; d += 7 {
			masks[i].set(d)
		}
	}
	return masks
}()

const allMonths = 0x1ffe // bits 1 to 12

// dayRules are the BYxxx parts that choose days. The mask of a year follows from
// the lengths of the year and its neighbours and the weekday of 1 January alone.
type dayRules struct {
	months                  uint16 // bit n: month n
	monthDays, endDays      uint32 // bit n: BYMONTHDAY=n, BYMONTHDAY=-n
	yearDays, endYearDays   dayMask
	weeks, endWeeks         uint64 // bit n: BYWEEKNO=n, BYWEEKNO=-n
	weekdays                uint8  // bit n: each time.Weekday(n)
	ordinals                []Weekday
	ordinalsInMonth         bool
	weekStart               time.Weekday
	skip                    Skip
	hasYearDays             bool
	skipsToNextYearOnDay366 bool
}

// movesDay366 reports whether SKIP=FORWARD makes 1 January of day 366 of a short
// year.
func (r *dayRules) movesDay366() bool {
	return r.skip == Forward && r.months>>12&1 != 0 && r.monthDays|r.endDays == 0
}

// everyDay reports whether no day is excluded.
func (r *dayRules) everyDay() bool {
	return r.months == allMonths && r.weekdaysOnly() && (r.weekdays == 0 || r.weekdays == 0x7f)
}

// weekdaysOnly reports whether a day's weekday alone decides, months aside.
func (r *dayRules) weekdaysOnly() bool {
	return r.monthDays|r.endDays == 0 && !r.hasYearDays && !r.byWeek() && len(r.ordinals) == 0
}

// year returns the days of a year that the rules choose within the given months
// (bit n: month n). Under SKIP=FORWARD the bit behind the last day of the month
// or year may be set.
func (r *dayRules) year(year int, months uint16) dayMask {
	var m dayMask
	months &= r.months
	starts := monthStarts(year)
	length := int(starts[12])
	jan1 := int(weekdayOf(dayNumber(year, 1, 1)))
	switch {
	case r.monthDays|r.endDays != 0:
		r.addMonthDays(&m, starts, months)
	case months == allMonths:
		m.setRange(0, length)
	default:
		for b := months; b != 0; b &= b - 1 {
			i := bits.TrailingZeros16(b)
			m.setRange(int(starts[i-1]), int(starts[i]))
		}
	}
	if r.hasYearDays {
		r.keepYearDays(&m, length)
	}
	if r.byWeek() {
		var keep dayMask
		r.addWeeks(&keep, year, jan1)
		m.and(&keep)
	}
	if r.weekdays != 0 || len(r.ordinals) > 0 {
		var keep dayMask
		for b := r.weekdays; b != 0; b &= b - 1 {
			day := &everySeventh[(bits.TrailingZeros8(b)-jan1+7)%7]
			for i := range keep {
				keep[i] |= day[i]
			}
		}
		r.addOrdinals(&keep, starts, months, jan1)
		m.and(&keep)
	}
	return m
}

func (r *dayRules) addMonthDays(m *dayMask, starts *[13]int16, months uint16) {
	for b := months; b != 0; b &= b - 1 {
		i := bits.TrailingZeros16(b)
		first := int(starts[i-1])
		length := int(starts[i]) - first
		days := uint64(r.monthDays) >> 1 // bit n-1: day n
		if tooLong := days >> length; tooLong != 0 {
			days &= 1<<length - 1
			switch r.skip {
			case Backward:
				days |= 1 << (length - 1)
			case Forward:
				days |= 1 << length
			}
		}
		for b := r.endDays; b != 0; b &= b - 1 {
			if day := length - bits.TrailingZeros32(b); day >= 0 {
				days |= 1 << day
			}
		}
		m.or(first, days)
	}
}

func (r *dayRules) keepYearDays(m *dayMask, length int) {
	keep := r.yearDays
	for i := r.endYearDays.next(0); i >= 0; i = r.endYearDays.next(i + 1) {
		if day := length - 1 - i; day >= 0 {
			keep.set(day)
		}
	}
	moved := length == 365 && keep.has(365)
	if moved && r.skip == Backward {
		keep.set(364)
	}
	m.and(&keep)
	if moved && r.skipsToNextYearOnDay366 {
		m.set(365)
	}
}

// addWeeks marks the days of the chosen weeks. Week 1 is the first one with four
// days in the year (RFC 5545 section 3.3.10, BYWEEKNO; ISO 8601 with WKST).
func (r *dayRules) addWeeks(m *dayMask, year, jan1 int) {
	length := yearLength(year)
	first := r.weekOne(jan1)
	nextFirst := length + r.weekOne((jan1+length)%7)
	previous := yearLength(year - 1)
	previousFirst := r.weekOne((jan1+371-previous)%7) - previous

	count := (nextFirst - first) / 7
	chosen := r.weeks
	for b := r.endWeeks; b != 0; b &= b - 1 {
		if n := count + 1 - bits.TrailingZeros64(b); n > 0 {
			chosen |= 1 << n
		}
	}
	for b := chosen; b != 0; b &= b - 1 {
		if n := bits.TrailingZeros64(b); n <= count {
			day := first + 7*(n-1)
			m.setRange(max(day, 0), min(day+7, length))
		}
	}
	// The days before week 1 belong to the last week of the year before, those
	// behind the last week to week 1 of the next year.
	last := (first - previousFirst) / 7
	if first > 0 && (r.weeks>>last&1 != 0 || r.endWeeks>>1&1 != 0) {
		m.setRange(0, first)
	}
	if nextFirst < length {
		nextLength := yearLength(year + 1)
		nextNextFirst := length + nextLength + r.weekOne((jan1+length+nextLength)%7)
		if r.weeks>>1&1 != 0 || r.endWeeks>>((nextNextFirst-nextFirst)/7)&1 != 0 {
			m.setRange(nextFirst, length)
		}
	}
}

// byWeek reports whether BYWEEKNO is given.
func (r *dayRules) byWeek() bool { return r.weeks|r.endWeeks != 0 }

// weekYear returns the days that the rules choose within the weeks of a year, of
// which the first and the last may reach into its neighbours, counted from base,
// the first day of week 1.
func (r *dayRules) weekYear(year int) (m dayMask, base int64) {
	base = r.weekOneOf(year)
	end := r.weekOneOf(year + 1)
	for y := year - 1; y <= year+1; y++ {
		jan1 := dayNumber(y, 1, 1)
		// A day moved by SKIP=FORWARD may lie one behind the year.
		if jan1 >= end || jan1+int64(yearLength(y)) < base {
			continue
		}
		days := r.year(y, allMonths)
		for i := days.next(int(max(base-jan1, 0))); i >= 0 && jan1+int64(i) < end; i = days.next(i + 1) {
			m.set(int(jan1 + int64(i) - base))
		}
	}
	return m, base
}

// weekOneOf returns the first day of week 1 of a year.
func (r *dayRules) weekOneOf(year int) int64 {
	jan1 := dayNumber(year, 1, 1)
	return jan1 + int64(r.weekOne(int(weekdayOf(jan1))))
}

// weekYearOf returns the year to whose weeks a day belongs: that of the fourth day
// of its week.
func (r *dayRules) weekYearOf(day int64) int64 {
	into := floorMod(int64(weekdayOf(day)-r.weekStart), 7)
	year, _, _ := dateOf(day - into + 3)
	return int64(year)
}

// weekOne returns the day of the year, -3 to 3, on which week 1 begins in a year
// whose 1 January has the given weekday.
func (r *dayRules) weekOne(jan1 int) int {
	into := (jan1 - int(r.weekStart) + 7) % 7 // days of the week before 1 January
	if into <= 3 {
		return -into
	}
	return 7 - into
}

func (r *dayRules) addOrdinals(m *dayMask, starts *[13]int16, months uint16, jan1 int) {
	for _, o := range r.ordinals {
		if !r.ordinalsInMonth {
			markOrdinal(m, o, 0, int(starts[12]), jan1)
			continue
		}
		for b := months; b != 0; b &= b - 1 {
			i := bits.TrailingZeros16(b)
			markOrdinal(m, o, int(starts[i-1]), int(starts[i]), jan1)
		}
	}
}

// markOrdinal marks the n-th weekday of the days from (inclusive) to to.
func markOrdinal(m *dayMask, o Weekday, from, to, jan1 int) {
	var day int
	if o.N > 0 {
		day = from + floorMod7(int(o.Day)-jan1-from) + 7*(o.N-1)
	} else {
		last := to - 1
		day = last - floorMod7(jan1+last-int(o.Day)) + 7*(o.N+1)
	}
	if day >= from && day < to {
		m.set(day)
	}
}

func floorMod7(n int) int { return (n%7 + 7) % 7 }
