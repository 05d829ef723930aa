package recur

import (
	"slices"
	"time"

	"pgregory.net/rapid"
)

// reference expands a rule the slow way: it asks of every candidate second in
// [dtstart's period, end) whether each part of the rule allows it. It shares no
// arithmetic with the package; the calendar is that of package time.
func reference(r *Rule, dtstart, until, end Civil) []Civil {
	start := asTime(dtstart)
	byPeriod := map[int][]Civil{}
	var order []int
	day := start.AddDate(0, 0, -366).Truncate(24 * time.Hour)
	if r.Freq > Yearly {
		day = start.AddDate(0, 0, -31).Truncate(24 * time.Hour)
	}
	if r.Freq >= Daily {
		day = start.Truncate(24 * time.Hour)
	}
	// The last period is completed, for BYSETPOS to count from its end.
	for ; fromTime(day) < end+366*secondsPerDay && (r.Freq < Daily || fromTime(day) < end); day = day.AddDate(0, 0, 1) {
		if !dayAllowed(r, start, day) {
			continue
		}
		for _, second := range candidates(r, start) {
			t := day.Add(time.Duration(second) * time.Second)
			p := periodOf(r, t) - periodOf(r, start)
			if p < 0 || p%r.Interval != 0 {
				continue
			}
			if byPeriod[p] == nil {
				order = append(order, p)
			}
			byPeriod[p] = append(byPeriod[p], fromTime(t))
		}
	}
	instances := []Civil{dtstart}
	for _, p := range order {
		for _, c := range applySetPos(r, byPeriod[p]) {
			if c > dtstart && c < end && c <= until {
				instances = append(instances, c)
			}
		}
	}
	if r.Count > 0 && len(instances) > r.Count {
		instances = instances[:r.Count]
	}
	return instances
}

func asTime(c Civil) time.Time   { return time.Unix(int64(c), 0).UTC() }
func fromTime(t time.Time) Civil { return Civil(t.Unix()) }

func applySetPos(r *Rule, set []Civil) []Civil {
	if len(r.BySetPos) == 0 {
		return set
	}
	var out []Civil
	for i, c := range set {
		if slices.Contains(r.BySetPos, i+1) || slices.Contains(r.BySetPos, i-len(set)) {
			out = append(out, c)
		}
	}
	return out
}

// candidates lists the seconds of a day at which the rule may have an instance.
func candidates(r *Rule, start time.Time) []int {
	or := func(list []int, fill int, expandAll bool, n int) []int {
		switch {
		case len(list) > 0:
			return slices.Compact(slices.Sorted(slices.Values(list)))
		case expandAll:
			all := make([]int, n)
			for i := range all {
				all[i] = i
			}
			return all
		}
		return []int{fill}
	}
	var out []int
	for _, h := range or(r.ByHour, start.Hour(), r.Freq >= Hourly, 24) {
		for _, m := range or(r.ByMinute, start.Minute(), r.Freq >= Minutely, 60) {
			for _, s := range or(r.BySecond, start.Second(), r.Freq >= Secondly, 60) {
				out = append(out, h*3600+m*60+min(s, 59))
			}
		}
	}
	return slices.Compact(out)
}

func periodOf(r *Rule, t time.Time) int {
	switch r.Freq {
	case Yearly:
		if len(r.ByWeekNo) > 0 {
			return weekYear(t, r.WeekStart)
		}
		return t.Year()
	case Monthly:
		return t.Year()*12 + int(t.Month())
	case Weekly:
		back := (int(t.Weekday()) - int(r.WeekStart) + 7) % 7
		monday := t.Truncate(24*time.Hour).AddDate(0, 0, -back)
		return int((monday.Unix()/86400 + 700000 + 10) / 7)
	}
	unit := []int64{Daily: 86400, Hourly: 3600, Minutely: 60, Secondly: 1}[r.Freq]
	return int(t.Unix()/unit + 1<<40/unit) // dates before 1970 are not tested here
}

func dayAllowed(r *Rule, start, d time.Time) bool {
	length := d.AddDate(0, 1, -d.Day()).Day()
	yearLen := time.Date(d.Year(), 12, 31, 0, 0, 0, 0, time.UTC).YearDay()
	either := func(list []int, pos, total int) bool {
		return slices.Contains(list, pos) || slices.Contains(list, pos-total-1)
	}
	if len(r.ByMonth) > 0 && !slices.Contains(r.ByMonth, int(d.Month())) {
		return false
	}
	if len(r.ByMonthDay) > 0 && !either(r.ByMonthDay, d.Day(), length) {
		return false
	}
	if len(r.ByYearDay) > 0 && !either(r.ByYearDay, d.YearDay(), yearLen) {
		return false
	}
	if len(r.ByWeekNo) > 0 {
		week, weeks := weekNumber(d, r.WeekStart)
		if !either(r.ByWeekNo, week, weeks) {
			return false
		}
	}
	if len(r.ByDay) > 0 {
		ok := false
		for _, w := range r.ByDay {
			if w.Day != d.Weekday() {
				continue
			}
			pos, total := d.YearDay(), yearLen
			if r.Freq == Monthly || len(r.ByMonth) > 0 {
				pos, total = d.Day(), length
			}
			ordinal := (pos-1)/7 + 1
			fromEnd := -((total-pos)/7 + 1)
			ok = ok || w.N == 0 || r.Freq > Monthly || len(r.ByWeekNo) > 0 || w.N == ordinal || w.N == fromEnd
		}
		return ok
	}
	if len(r.ByMonthDay)+len(r.ByYearDay) > 0 {
		return true
	}
	switch {
	case r.Freq == Weekly, r.Freq == Yearly && len(r.ByWeekNo) > 0:
		return d.Weekday() == start.Weekday()
	case r.Freq == Yearly && len(r.ByMonth) == 0:
		return d.Month() == start.Month() && d.Day() == start.Day()
	case r.Freq <= Monthly:
		return d.Day() == start.Day()
	}
	return true
}

// weekYear returns the year that holds the fourth day of t's week.
func weekYear(t time.Time, weekStart time.Weekday) int {
	return t.AddDate(0, 0, 3-(int(t.Weekday())-int(weekStart)+7)%7).Year()
}

// weekNumber returns the week of d and how many weeks its week year has.
func weekNumber(d time.Time, weekStart time.Weekday) (week, weeks int) {
	year := func(t time.Time) int { return weekYear(t, weekStart) }
	y := year(d)
	for t := time.Date(y-1, 12, 25, 0, 0, 0, 0, time.UTC); year(t) <= y; t = t.AddDate(0, 0, 1) {
		if year(t) != y {
			continue
		}
		if t.Weekday() == weekStart {
			weeks++
			if !t.After(d) {
				week = weeks
			}
		}
	}
	return week, weeks
}

// ruleGen draws rules of every shape. Parts are sparse, so that most rules have
// instances.
func ruleGen(freqs []Freq) *rapid.Generator[*Rule] {
	return rapid.Custom(func(t *rapid.T) *Rule {
		r := &Rule{WeekStart: time.Monday, Freq: rapid.SampledFrom(freqs).Draw(t, "freq")}
		r.Interval = rapid.IntRange(1, 4).Draw(t, "interval")
		if r.Freq >= Hourly && rapid.Bool().Draw(t, "odd interval") {
			r.Interval = rapid.IntRange(1, 4000).Draw(t, "long interval")
		}
		use := rapid.Uint16().Draw(t, "parts") & rapid.Uint16().Draw(t, "fewer parts")
		list := func(bit int, name string, lo, hi, most int, signed bool) []int {
			if use>>bit&1 == 0 {
				return nil
			}
			n := rapid.IntRange(lo, hi)
			g := n
			if signed {
				g = rapid.OneOf(n, rapid.IntRange(-hi, -lo))
			}
			return rapid.SliceOfNDistinct(g, 1, most, rapid.ID).Draw(t, name)
		}
		many := 1
		if r.Freq >= Hourly {
			many = 8
		}
		r.ByMonth = list(0, "BYMONTH", 1, 12, 4, false)
		r.ByMonthDay = list(1, "BYMONTHDAY", 1, 31, 6, true)
		r.ByYearDay = list(2, "BYYEARDAY", 1, 366, 40, true)
		r.ByWeekNo = list(3, "BYWEEKNO", 1, 53, 10, true)
		r.ByHour = list(4, "BYHOUR", 0, 23, 2*many, false)
		r.ByMinute = list(5, "BYMINUTE", 0, 59, 2*many, false)
		r.BySecond = list(6, "BYSECOND", 0, 60, 2*many, false)
		r.BySetPos = list(7, "BYSETPOS", 1, 6, 3, true)
		if use>>8&1 != 0 {
			for _, d := range rapid.SliceOfNDistinct(rapid.IntRange(0, 6), 1, 4, rapid.ID).Draw(t, "BYDAY") {
				w := Weekday{Day: time.Weekday(d)}
				if rapid.Bool().Draw(t, "ordinal") {
					w.N = rapid.SampledFrom([]int{1, 2, 4, 5, 20, 53, -1, -2, -5, -53}).Draw(t, "n")
				}
				r.ByDay = append(r.ByDay, w)
			}
		}
		if use>>9&1 != 0 {
			r.WeekStart = time.Weekday(rapid.IntRange(0, 6).Draw(t, "WKST"))
		}
		if use>>10&1 != 0 {
			r.Count = rapid.IntRange(1, 60).Draw(t, "COUNT")
		}
		return r
	})
}

func startGen() *rapid.Generator[Civil] {
	return rapid.Custom(func(t *rapid.T) Civil {
		return Civil(rapid.Int64Range(int64(Date(1971, 1, 1)), int64(Date(2036, 1, 1))).Draw(t, "dtstart"))
	})
}
