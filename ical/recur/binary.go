package recur

import (
	"encoding/binary"
	"errors"
	"time"
)

// What of a Sequence is written besides its frequency and interval: a bit for each
// part that is not as most rules have it.
const (
	hasMonths = 1 << iota
	hasMonthDays
	hasWeekdays
	hasOrdinals
	hasOrdinalsInMonth
	hasWeeks
	hasWeekStart
	hasSkip
	hasLimit
	hasTimes
	hasSetPos
	hasEnd
	hasLast
	hasExactLast
	hasUntilUTC
	hasNothing // never
)

// The most entries of a list that are written, and the largest ordinal.
const (
	maxBinaryList = 31
	maxOrdinal    = 53
)

// errBinary is what Decode says of octets that AppendBinary did not write.
var errBinary = errors.New("not a recurrence sequence")

// AppendBinary appends the Sequence but for its start, some ten to thirty octets. ok
// is false for the few that are not worth it: rules with BYYEARDAY, with very long
// lists, or with both COUNT and an UNTIL in UTC.
//
// An UNTIL in UTC is written as the instant that it is, and read on the clock that
// DTSTART has when it is decoded: the rules of a zone may change in between.
func (s *Sequence) AppendBinary(dst []byte) (_ []byte, ok bool) {
	d := &s.days
	if d.hasYearDays || len(d.ordinals) > maxBinaryList || len(s.setPos) > maxBinaryList || s.end == endBoth {
		return dst, false
	}
	for _, o := range d.ordinals {
		if max(o.N, -o.N) > maxOrdinal {
			return dst, false
		}
	}
	hour, minute, second := s.start.Clock()
	own := clock{1 << hour, 1 << minute, 1 << second}
	var has uint64
	set := func(part uint64, on bool) {
		if on {
			has |= part
		}
	}
	set(hasMonths, d.months != allMonths)
	set(hasMonthDays, d.monthDays|d.endDays != 0)
	set(hasWeekdays, d.weekdays != 0)
	set(hasOrdinals, len(d.ordinals) > 0)
	set(hasOrdinalsInMonth, d.ordinalsInMonth)
	set(hasWeeks, d.byWeek())
	set(hasWeekStart, d.weekStart != time.Monday)
	set(hasSkip, d.skip != Omit)
	set(hasLimit, s.limited)
	set(hasTimes, s.times != own)
	set(hasSetPos, len(s.setPos) > 0)
	set(hasEnd, s.end == endCivil)
	set(hasLast, s.end == endCivil && s.last != MaxCivil)
	set(hasExactLast, s.end == endCivil && s.exact)
	set(hasUntilUTC, s.end == endUTC)
	set(hasNothing, s.never)

	dst = append(dst, byte(s.freq))
	dst = binary.AppendUvarint(dst, uint64(s.interval()))
	dst = binary.AppendUvarint(dst, has)
	num := func(part uint64, numbers ...uint64) {
		if has&part != 0 {
			for _, n := range numbers {
				dst = binary.AppendUvarint(dst, n)
			}
		}
	}
	num(hasMonths, uint64(d.months))
	num(hasMonthDays, uint64(d.monthDays), uint64(d.endDays))
	num(hasWeekdays, uint64(d.weekdays))
	if has&hasOrdinals != 0 {
		dst = append(dst, byte(len(d.ordinals)))
		for _, o := range d.ordinals {
			dst = append(binary.AppendVarint(dst, int64(o.N)), byte(o.Day))
		}
	}
	num(hasWeeks, d.weeks, d.endWeeks)
	num(hasWeekStart, uint64(d.weekStart))
	num(hasSkip, uint64(d.skip))
	num(hasLimit, uint64(s.limit.hours), s.limit.minutes, s.limit.seconds)
	num(hasTimes, uint64(s.times.hours), s.times.minutes, s.times.seconds)
	if has&hasSetPos != 0 {
		dst = append(dst, byte(len(s.setPos)))
		for _, p := range s.setPos {
			dst = binary.AppendVarint(dst, int64(p))
		}
	}
	if has&hasLast != 0 {
		dst = binary.AppendUvarint(dst, uint64(s.last-s.start))
	}
	if has&hasUntilUTC != 0 {
		dst = binary.AppendVarint(dst, s.untilUTC)
	}
	return dst, true
}

// interval returns INTERVAL.
func (s *Sequence) interval() int64 { return s.step / unitOf(s.freq) }

// Decode reads what AppendBinary wrote at the beginning of src, joins it to its
// start, and returns what follows. local is as for Rule.Limit. It uses the memory of
// s again and allocates nothing once that is large enough. s is not to be used
// after an error. Octets that were not written by AppendBinary give an error, or a
// Sequence that means something else, but never one that breaks.
func (s *Sequence) Decode(src []byte, start Civil, local func(unix int64) Civil) (rest []byte, err error) {
	r := binaryReader{b: src}
	d := &s.days
	if d.hasYearDays {
		*d = dayRules{}
	}
	// One by one: most of a Sequence is what is never written, and stays as it is.
	s.start, s.last, s.exact, s.end, s.untilUTC, s.setPos, s.never = start, MaxCivil, false, endNone, 0, s.setPos[:0], false
	d.months, d.monthDays, d.endDays, d.weeks, d.endWeeks, d.weekdays = allMonths, 0, 0, 0, 0, 0
	d.ordinals, d.weekStart, d.skip = d.ordinals[:0], time.Monday, Omit
	s.freq = Freq(r.upTo(uint64(Secondly)))
	s.even = s.freq >= Daily
	interval := int64(r.upTo(maxNumber))
	has := r.upTo(2*hasNothing - 1)
	if interval == 0 || start < MinCivil || start > MaxCivil {
		return nil, errBinary
	}
	if has&hasMonths != 0 {
		d.months = uint16(r.within(allMonths))
	}
	if has&hasMonthDays != 0 {
		d.monthDays, d.endDays = uint32(r.within(0xfffffffe)), uint32(r.within(0xfffffffe))
	}
	if has&hasWeekdays != 0 {
		d.weekdays = uint8(r.within(0x7f))
	}
	if has&hasOrdinals != 0 {
		for range r.upTo(maxBinaryList) {
			n := r.signed(maxOrdinal)
			d.ordinals = append(d.ordinals, Weekday{int(n), time.Weekday(r.upTo(6))})
			r.bad = r.bad || n == 0
		}
	}
	d.ordinalsInMonth = has&hasOrdinalsInMonth != 0
	if has&hasWeeks != 0 {
		const weeks = 1<<54 - 2
		d.weeks, d.endWeeks = r.within(weeks), r.within(weeks)
	}
	if has&hasWeekStart != 0 {
		d.weekStart = time.Weekday(r.upTo(6))
	}
	if has&hasSkip != 0 {
		d.skip = Skip(r.upTo(uint64(Forward)))
	}
	d.skipsToNextYearOnDay366 = d.movesDay366()
	s.everyDay = d.everyDay()

	s.limit = anyTime
	if s.limited = has&hasLimit != 0; s.limited {
		s.limit = r.clock()
	}
	hour, minute, second := start.Clock()
	s.times = clock{1 << hour, 1 << minute, 1 << second}
	if has&hasTimes != 0 {
		s.times = r.clock()
	}
	s.nTimes = s.times.len()
	if has&hasSetPos != 0 {
		for range r.upTo(maxBinaryList) {
			s.setPos = append(s.setPos, int(r.signed(366)))
		}
	}
	s.setOrigin(interval)

	s.exact, s.never = has&hasExactLast != 0, has&hasNothing != 0
	if has&hasEnd != 0 {
		s.end = endCivil
	}
	if has&hasLast != 0 {
		s.last = start + Civil(r.upTo(uint64(MaxCivil-start)))
	}
	if has&hasUntilUTC != 0 {
		s.end = endUTC
		if s.untilUTC = r.signed(uint64(MaxCivil - MinCivil)); !r.bad {
			s.until(local(s.untilUTC))
		}
	}
	outside := s.freq >= Hourly && s.times.hours != 1 || s.freq >= Minutely && s.times.minutes != 1 || s.freq >= Secondly && s.times.seconds != 1
	if r.bad || outside || s.nTimes == 0 || s.limited && s.limit.len() == 0 {
		return nil, errBinary
	}
	return r.b, nil
}

// A binaryReader takes octets apart. After a fault it gives zeros.
type binaryReader struct {
	b   []byte
	bad bool
}

func (r *binaryReader) uint() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.b, r.bad = nil, true
		return 0
	}
	r.b = r.b[size:]
	return n
}

// upTo reads a number of at most that much.
func (r *binaryReader) upTo(most uint64) uint64 {
	n := r.uint()
	if n > most {
		r.b, r.bad = nil, true
		return 0
	}
	return n
}

// within reads a set of bits that are among those of all.
func (r *binaryReader) within(all uint64) uint64 {
	n := r.uint()
	if n&^all != 0 {
		r.b, r.bad = nil, true
		return 0
	}
	return n
}

// signed reads a number whose amount is at most that much.
func (r *binaryReader) signed(most uint64) int64 {
	n := r.upTo(2 * most)
	return int64(n>>1) ^ -int64(n&1)
}

func (r *binaryReader) clock() clock {
	return clock{uint32(r.within(uint64(everyHour))), r.within(everyMinute), r.within(everyMinute)}
}

// unitOf returns the length of a period: in years, months, days or seconds.
func unitOf(f Freq) int64 {
	return [...]int64{Yearly: 1, Monthly: 1, Weekly: 7, Daily: secondsPerDay, Hourly: 3600, Minutely: 60, Secondly: 1}[f]
}
