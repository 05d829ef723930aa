package ical

import (
	"math"
	"math/bits"

	"almanac/ical/recur"
	"almanac/ical/zone"
)

// Bounds is what an index keeps about the times of an object, so that a query for
// a time range reads candidates only. Alarms are not considered: a query about
// VALARM must not be narrowed by Bounds.
type Bounds struct {
	// Start and End enclose, half-open and in Unix seconds, whatever the object
	// can match by the tables of RFC 4791 section 9.9, in whichever zone its
	// floating times are read. An endless series, or an undated VTODO, has an
	// End of math.MaxInt64, the latter also a Start of math.MinInt64. An object
	// that matches no range has Start > End.
	Start, End int64

	// Recurring is true when more than one instance is possible.
	Recurring bool

	// Exact is true when the object overlaps a range exactly when Start and End
	// touch it: a single instance with a zone. No parsing is needed then.
	Exact bool

	// Weeks has bit i set when an instance may touch the i-th of 64 equal slices of
	// the year; all bits unless Recurring.
	Weeks uint64
}

// widen is by how many seconds the instant of a floating time may differ from
// reading it as UTC: the offsets of RFC 5545 section 3.3.14 stay below a day.
const widen = 86400

// Candidate reports whether an object with these Bounds may overlap a range. It
// never excludes one that does. Who asks about many objects calls WeeksOf once and
// compares by itself.
func Candidate(b Bounds, w Span) bool {
	return w.Touches(Span{b.Start, b.End}) && (!b.Recurring || b.Weeks == allWeeks || b.Weeks&WeeksOf(w) != 0)
}

const allWeeks = math.MaxUint64

// WeeksOf returns the slices of the year that a range touches, for comparison with
// Bounds.Weeks.
func WeeksOf(w Span) uint64 {
	if w.Start >= w.End {
		return 0
	}
	first := floorDay(max(w.Start, int64(recur.MinCivil)))
	last := floorDay(min(w.End, int64(recur.MaxCivil)) - 1)
	if last-first >= 365 {
		return allWeeks
	}
	var slices uint64
	for day := first; day <= last; day++ {
		slices |= 1 << sliceOf(dayOfYear(day))
	}
	return slices
}

func floorDay(unix int64) int64 { return recur.Civil(unix).Day() }

func dayOfYear(day int64) int {
	year, _, _ := recur.Civil(day * 86400).Date()
	return int(day - recur.Date(year, 1, 1).Day())
}

func sliceOf(dayOfYear int) int { return dayOfYear * 64 / 366 }

// Bounds returns the index record of the object.
func (s *Series) Bounds() Bounds {
	b := Bounds{Start: math.MaxInt64, End: math.MinInt64}
	spans, floating := 0, false
	add := func(w Span, float bool) {
		if float {
			w = Span{addClamped(w.Start, -widen), addClamped(w.End, widen)}
			floating = true
		}
		b.Start, b.End = min(b.Start, w.Start), max(b.End, w.End)
		b.Weeks |= weeksAround(w)
		spans++
	}
	addItem := func(it *item) {
		if it.shape.dated() {
			add(it.bounds(it.start, it.length), it.start.Floating())
			return
		}
		if it.shape == shapeAlways {
			add(AllTime, false)
		}
		for _, w := range it.static {
			add(w, false)
		}
	}
	for _, it := range s.loose {
		addItem(it)
	}
	if s.main == nil {
		b.Recurring = len(s.loose) > 1
		b.Exact = spans <= 1 && !floating && !b.Recurring
		if !b.Recurring {
			b.Weeks = allWeeks
		}
		return b
	}
	for _, o := range s.overrides {
		addItem(o.item)
	}
	s.boundRules(&b)
	for _, d := range s.dates {
		l := s.main.length
		if d.hasLength {
			l = d.length
		}
		add(s.main.bounds(Moment{d.civil, s.main.start.Zone, s.main.start.Date}, l), s.main.start.Floating())
	}
	for _, f := range s.futures {
		s.boundFuture(&b, f)
	}
	b.Recurring = true
	return b
}

// bounds returns the reach of an instance that begins at m, floating times read as
// UTC.
func (it *item) bounds(m Moment, l length) Span {
	return it.shape.reach(m.Instant(zone.UTC), l.end(m, zone.UTC))
}

// boundRules adds the instances of the rules.
func (s *Series) boundRules(b *Bounds) {
	for _, r := range s.rules {
		first := s.main.bounds(s.main.start, s.main.length)
		last, _ := r.Last()
		final := s.main.bounds(Moment{last, s.main.start.Zone, s.main.start.Date}, s.main.length)
		if !r.Ends() {
			final.End = math.MaxInt64
		}
		if s.main.start.Floating() {
			first.Start -= widen
			final.End = addOpen(final.End, widen)
		}
		// In a gap the clock shows an hour, or a day, later than the slot.
		b.Start, b.End = min(b.Start, first.Start), max(b.End, addOpen(final.End, widen))
		b.Weeks |= weeksAround(first)
		b.Weeks |= weeksOfRule(r, s.main.length.reach()/86400)
	}
}

// boundFuture adds what an override with RANGE=THISANDFUTURE does to the slots
// behind it: it moves them, and gives them its own length. It has been added
// itself as an override.
func (s *Series) boundFuture(b *Bounds, f override) {
	b.Weeks = allWeeks
	shift := max(int64(f.start.Civil-f.rid.Civil), 0) + 2*widen
	b.End = addOpen(b.End, shift+f.length.reach())
	b.Start -= 2 * widen
}

// addOpen adds to an end that may be open.
func addOpen(end, d int64) int64 {
	if end == math.MaxInt64 {
		return end
	}
	return end + d
}

// weeksAround returns the slices that a span touches, with a day on each side.
func weeksAround(w Span) uint64 {
	return WeeksOf(Span{addClamped(w.Start, -86400), addClamped(w.End, 86400)})
}

// weeksOfRule returns the slices that instances of a rule may touch which last
// that many days.
func weeksOfRule(r *recur.Sequence, days int64) uint64 {
	const margin = 3 // offsets on both sides, and the 366th day a year may lack
	if days > 340 {
		return allWeeks
	}
	chosen := r.DaysOfYear()
	if isEveryDay(chosen) {
		return allWeeks
	}
	var weeks uint64
	for w, word := range chosen {
		for ; word != 0 && weeks != allWeeks; word &= word - 1 {
			day := w*64 + bits.TrailingZeros64(word)
			for d := day - margin; d <= day+int(days)+margin; d++ {
				weeks |= 1 << sliceOf((d+366)%366)
			}
		}
	}
	return weeks
}

// isEveryDay saves the common daily rule the work.
func isEveryDay(days [6]uint64) bool {
	for _, word := range days[:5] {
		if word != math.MaxUint64 {
			return false
		}
	}
	return days[5]&(1<<46-1) == 1<<46-1
}
