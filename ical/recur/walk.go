package recur

import (
	"slices"
	"sort"
)

// A walk is one pass over the periods of a Sequence. It holds what may be
// reused from one period to the next. Budget and yield are handed through and not
// kept, so that those of the caller can stay on its stack.
type walk struct {
	seq      *Sequence
	from, to Civil

	year     int // whose mask is cached, valid if hasYear
	hasYear  bool
	yearDays dayMask
	yearBase int64

	base      int64 // of the days of the period at hand
	positions []int // the elements of the period that BYSETPOS chooses, in order; nil for all
}

// A listedWalk is a walk over periods of a calendar whose elements are listed: base
// + each of days, at each time.
type listedWalk struct {
	walk
	days  [64 * len(dayMask{})]int16
	nDays int
}

// load caches which days of a day's year are allowed.
func (w *walk) load(day int64) {
	w.year, _, _ = dateOf(day)
	w.hasYear = true
	w.yearDays = w.seq.days.year(w.year, allMonths)
	w.yearBase = dayNumber(w.year, 1, 1)
}

// covers reports whether the cached mask holds a day.
func (w *walk) covers(day int64) bool {
	return w.hasYear && day >= w.yearBase && day < w.yearBase+int64(yearLength(w.year))
}

// nextDay returns the first allowed day at or after day, or a day behind all.
func (w *walk) nextDay(day int64, budget *Budget) (next int64, ok bool) {
	if w.seq.everyDay {
		return day, true
	}
	for day <= maxDay {
		if !w.covers(day) {
			w.load(day)
			if !budget.spend() {
				return 0, false
			}
		}
		if i := w.yearDays.next(int(day - w.yearBase)); i >= 0 {
			return w.yearBase + int64(i), true
		}
		day = w.yearBase + int64(yearLength(w.year))
	}
	return day, true
}

// period loads the k-th period of a YEARLY, MONTHLY or WEEKLY sequence and
// returns its first day. It reports false behind the last day of all.
func (w *listedWalk) period(k int64) (begin int64, ok bool) {
	begin, m, ok := w.periodDays(k)
	if !ok {
		return 0, false
	}
	w.nDays = m.list(&w.days)
	if s := w.seq; len(s.setPos) > 0 {
		w.positions = positions(w.positions[:0], s.setPos, w.nDays*s.nTimes)
	}
	return begin, true
}

// periodDays returns the first day of the k-th period and its days, from base on.
func (w *walk) periodDays(k int64) (begin int64, m dayMask, ok bool) {
	s := w.seq
	switch s.freq {
	case Yearly:
		year := s.first + k*s.step
		if year > 9999 {
			return 0, m, false
		}
		if s.days.byWeek() {
			m, w.base = s.days.weekYear(int(year))
		} else {
			m, w.base = s.days.year(int(year), allMonths), dayNumber(int(year), 1, 1)
		}
		begin = w.base
	case Monthly:
		month := s.first + k*s.step
		year := int(month / 12)
		if year > 9999 {
			return 0, m, false
		}
		n := int(month%12) + 1
		w.base = dayNumber(year, 1, 1)
		begin = w.base + int64(monthStarts(year)[n-1])
		if s.days.months>>n&1 != 0 {
			m = s.days.year(year, 1<<n)
		}
	case Weekly:
		begin = s.first + k*s.step
		if begin > maxDay {
			return 0, m, false
		}
		w.base = begin
		m[0] = w.week(begin)
	}
	return begin, m, true
}

// week returns the allowed days of the week that begins on day, bit 0 being
// that day.
func (w *walk) week(day int64) uint64 {
	d := &w.seq.days
	if d.months == allMonths && d.weekdaysOnly() {
		return weekdayBits(d.weekdays, d.weekStart)
	}
	var b uint64
	for i := range int64(7) {
		if !w.covers(day + i) {
			w.load(day + i)
		}
		if w.yearDays.has(int(day + i - w.yearBase)) {
			b |= 1 << i
		}
	}
	return b
}

// len returns the number of instances in the period.
func (w *listedWalk) len() int {
	if len(w.seq.setPos) > 0 {
		return len(w.positions)
	}
	return w.nDays * w.seq.nTimes
}

// at returns the i-th instance of the period.
func (w *listedWalk) at(i int) Civil {
	if len(w.seq.setPos) > 0 {
		i = w.positions[i]
	}
	n := w.seq.nTimes
	if n == 1 {
		return Civil((w.base+int64(w.days[i]))*secondsPerDay + int64(w.seq.times.nth(0)))
	}
	return Civil((w.base+int64(w.days[i/n]))*secondsPerDay + int64(w.seq.times.nth(i%n)))
}

// rank returns how many instances of the period lie before c.
func (w *listedWalk) rank(c Civil) int {
	if len(w.seq.setPos) > 0 {
		return sort.Search(len(w.positions), func(i int) bool { return w.at(i) >= c })
	}
	day := c.Day() - w.base
	if day < 0 {
		return 0
	}
	i, found := slices.BinarySearch(w.days[:w.nDays], int16(min(day, 400)))
	n := i * w.seq.nTimes
	if found {
		n += w.seq.times.rank(c.SecondOfDay())
	}
	return n
}

// onceADay walks YEARLY, MONTHLY and WEEKLY sequences of which each day has one
// instance or none, as nearly all are: their days need not be listed.
func (w *walk) onceADay(budget *Budget, yield func(Civil) bool) error {
	s := w.seq
	second := Civil(s.times.nth(0))
	done := w.from
	for k := s.seek(w.from); ; k++ {
		if !budget.spend() {
			return ErrBudget
		}
		begin, m, ok := w.periodDays(k)
		if !ok || Civil(begin*secondsPerDay) >= w.to {
			return nil
		}
		for i := m.next(int(min(max(done.Day()-w.base, 0), int64(maxMaskDay)))); i >= 0; i = m.next(i + 1) {
			c := Civil((w.base+int64(i))*secondsPerDay) + second
			if c < done {
				continue
			}
			if c >= w.to {
				return nil
			}
			if !budget.spend() {
				return ErrBudget
			}
			if !yield(c) {
				return nil
			}
			done = c + 1
		}
	}
}

// calendarPeriods walks YEARLY, MONTHLY and WEEKLY sequences.
func (w *listedWalk) calendarPeriods(budget *Budget, yield func(Civil) bool) error {
	s := w.seq
	k := s.seek(w.from)
	done := w.from // what lies before has been handed out or is not wanted
	for ; ; k++ {
		if !budget.spend() {
			return ErrBudget
		}
		begin, ok := w.period(k)
		if !ok || Civil(begin*secondsPerDay) >= w.to {
			return nil
		}
		for i, n := w.rank(done), w.len(); i < n; i++ {
			c := w.at(i)
			if c >= w.to {
				return nil
			}
			if !budget.spend() {
				return ErrBudget
			}
			if !yield(c) {
				return nil
			}
			done = c + 1
		}
	}
}

// seek returns the number of the first period that may hold an instance at or
// after from.
func (s *Sequence) seek(from Civil) int64 {
	var at int64
	year, month, _ := from.Date()
	switch s.freq {
	case Yearly:
		at = int64(year)
		if s.days.byWeek() {
			at = s.days.weekYearOf(from.Day())
		}
	case Monthly:
		at = int64(year)*12 + int64(month) - 1
	case Weekly:
		at = from.Day()
	}
	k := floorDiv(at-s.first, s.step)
	if s.days.skip == Forward {
		k-- // The period before may reach into this one.
	}
	return max(k, 0)
}

// evenPeriods walks DAILY and shorter sequences.
func (w *walk) evenPeriods(budget *Budget, yield func(Civil) bool) error {
	s := w.seq
	if len(s.setPos) > 0 {
		w.positions = positions(nil, s.setPos, s.nTimes)
	}
	length := int64(1)
	switch s.freq {
	case Daily:
		length = secondsPerDay
	case Hourly:
		length = 3600
	case Minutely:
		length = 60
	}
	p := s.align(int64(w.from) - length + 1)
	for {
		if !budget.spend() {
			return ErrBudget
		}
		begin, ok := w.nextBegin(p, budget)
		if !ok {
			return ErrBudget
		}
		if begin >= int64(w.to) {
			return nil
		}
		if begin > p {
			p = s.align(begin)
			continue
		}
		for i, n := w.evenRank(p, w.from), w.evenLen(); i < n; i++ {
			c := w.evenAt(p, i)
			if c >= w.to {
				return nil
			}
			if !budget.spend() {
				return ErrBudget
			}
			if !yield(c) {
				return nil
			}
		}
		p += s.step
	}
}

// align returns the first step at or after second p, but not before period 0.
func (s *Sequence) align(p int64) int64 {
	return s.first + s.step*max(ceilDiv(p-s.first, s.step), 0)
}

// nextBegin returns the first second at or after p whose day and time of day
// are allowed; it need not be on the grid of steps.
func (w *walk) nextBegin(p int64, budget *Budget) (begin int64, ok bool) {
	s := w.seq
	if s.everyDay && !s.limited {
		return p, true
	}
	today := floorDiv(p, secondsPerDay)
	day, ok := w.nextDay(today, budget)
	if !ok {
		return 0, false
	}
	second := 0
	if day == today {
		second = int(p - today*secondsPerDay)
	}
	if s.limited {
		if second = s.limit.next(second); second < 0 {
			return (day + 1) * secondsPerDay, true
		}
	}
	return day*secondsPerDay + int64(second), true
}

func (w *walk) evenLen() int {
	if len(w.seq.setPos) > 0 {
		return len(w.positions)
	}
	return w.seq.nTimes
}

func (w *walk) evenAt(p int64, i int) Civil {
	if len(w.seq.setPos) > 0 {
		i = w.positions[i]
	}
	return Civil(p + int64(w.seq.times.nth(i)))
}

// evenRank returns how many instances of the period at p lie before c.
func (w *walk) evenRank(p int64, c Civil) int {
	second := int64(c) - p
	switch {
	case second <= 0:
		return 0
	case second >= secondsPerDay:
		return w.evenLen()
	}
	n := w.seq.times.rank(int(second))
	if len(w.seq.setPos) > 0 {
		n, _ = slices.BinarySearch(w.positions, n)
	}
	return n
}

// positions appends the elements of a set of n that BYSETPOS chooses, ascending
// and each once.
func positions(dst []int, setPos []int, n int) []int {
	if n == 0 {
		return dst
	}
	for _, p := range setPos {
		if p > 0 {
			p--
		} else {
			p += n
		}
		if p >= 0 && p < n {
			dst = append(dst, p)
		}
	}
	slices.Sort(dst)
	return slices.Compact(dst)
}
