package recur

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestHostileRandom: rules that no one writes, of large numbers, contradictory
// parts, days that do not exist and positions that no set has, are answered
// within the budget and in little time. The limit is far above what is measured.
func TestHostileRandom(t *testing.T) {
	const rules = 500
	rnd := rand.New(rand.NewPCG(5545, 3))
	var slowest time.Duration
	var slowestRule string
	for range rules {
		text := hostileRule(rnd)
		r, err := Parse(text)
		if err != nil {
			t.Fatalf("Parse(%q): %v", text, err)
		}
		start := Civil(rnd.Int64N(int64(MaxCivil)-int64(MinCivil))) + MinCivil
		if rnd.IntN(4) > 0 {
			start = Date(1970, 1, 1) + Civil(rnd.Int64N(4e9))
		}
		begin := time.Now()
		s := New(r, start, r.Limit(newYork))
		last, exact := s.Last()
		previous := start - 1
		check := func(c Civil) bool {
			if c <= previous || c > last {
				t.Errorf("%s from %v: %v after %v, last %v", text, start, c, previous, last)
			}
			previous = c
			return true
		}
		s.Each(MinCivil, Forever, &Budget{Left: 20_000}, check)
		previous = Date(2090, 1, 1) - 1
		s.Each(Date(2090, 1, 1), Date(2090, 1, 8), &Budget{Left: 20_000}, check)
		if exact {
			if ok, err := s.Has(last, &Budget{Left: 20_000}); err == nil && !ok {
				t.Errorf("%s from %v: the last instance %v is not found", text, start, last)
			}
		}
		if took := time.Since(begin); took > slowest {
			slowest, slowestRule = took, text+" from "+start.String()
		}
	}
	t.Logf("slowest: %v for %.300s", slowest.Round(time.Microsecond), slowestRule)
}

func hostileRule(rnd *rand.Rand) string {
	freq := freqNames[rnd.IntN(len(freqNames))]
	parts := []string{"FREQ=" + freq}
	pick := func(values ...string) string { return values[rnd.IntN(len(values))] }
	number := func(lo, hi int) string { return strconv.Itoa(lo + rnd.IntN(hi-lo+1)) }
	list := func(lo, hi int, signed bool) string {
		most := pick("1", "1", "3", "400")
		n, _ := strconv.Atoi(most)
		items := make([]string, 1+rnd.IntN(n))
		for i := range items {
			items[i] = number(lo, hi)
			if signed && rnd.IntN(3) == 0 {
				items[i] = "-" + items[i]
			}
		}
		return strings.Join(items, ",")
	}
	add := func(chance float64, name string, value func() string) {
		if rnd.Float64() < chance {
			parts = append(parts, name+"="+value())
		}
	}
	add(.5, "INTERVAL", func() string {
		return pick("0", "2", "7", "59", "86399", "86400", "86401", "604800", "1000000007", "99999999999999999999", number(1, 100_000))
	})
	add(.4, "COUNT", func() string {
		return pick("1", "2", "1000000", "1073741824", "99999999999999999999", number(1, 100_000))
	})
	add(.2, "UNTIL", func() string { return pick("00010101", "19691231T235959Z", "20000229", "99991231T235959", "20300101") })
	add(.2, "BYMONTH", func() string { return pick("2", "4", list(1, 12, false)) })
	add(.25, "BYMONTHDAY", func() string { return pick("31", "30", "-31", "29", list(1, 31, true)) })
	add(.15, "BYYEARDAY", func() string { return pick("366", "-366", list(1, 366, true)) })
	add(.15, "BYWEEKNO", func() string { return pick("53", "-53", list(1, 53, true)) })
	add(.3, "BYDAY", func() string {
		days := make([]string, 1+rnd.IntN(9))
		for i := range days {
			days[i] = pick("", "", "5", "-5", "53", "-53", "1") + dayNames[rnd.IntN(7)]
		}
		return strings.Join(days, ",")
	})
	add(.25, "BYHOUR", func() string { return list(0, 23, false) })
	add(.25, "BYMINUTE", func() string { return list(0, 59, false) })
	add(.25, "BYSECOND", func() string { return list(0, 60, false) })
	add(.25, "BYSETPOS", func() string { return pick("366", "-366", "-2", list(1, 366, true)) })
	add(.3, "WKST", func() string { return dayNames[rnd.IntN(7)] })
	add(.2, "SKIP", func() string { return pick("FORWARD", "BACKWARD") })
	rnd.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return strings.Join(parts, ";")
}

// TestCountThatNoYearReaches: the product of COUNT and INTERVAL does not overflow,
// which once left such a series without instances.
func TestCountThatNoYearReaches(t *testing.T) {
	for _, rule := range []string{
		"FREQ=DAILY;INTERVAL=1000000007;COUNT=1000000",
		"FREQ=HOURLY;INTERVAL=1073741824;COUNT=1073741824",
		"FREQ=DAILY;INTERVAL=1000;COUNT=1073741824;BYHOUR=3,14",
		"FREQ=MINUTELY;INTERVAL=59;COUNT=1073741824;BYMINUTE=49;BYDAY=TU,WE,TH,FR,SA",
	} {
		s := sequence(t, rule, "20270601T001841")
		if last, exact := s.Last(); last != MaxCivil || exact {
			t.Errorf("%s: Last = %v, %v", rule, last, exact)
		}
		if got := take(t, s, MinCivil, 1); len(got) != 1 {
			t.Errorf("%s: DTSTART is not found", rule)
		}
	}
	// The instances of whole days are counted, not walked: this took seconds.
	s := sequence(t, "FREQ=MINUTELY;INTERVAL=59;COUNT=1000000;BYMINUTE=49;BYDAY=TU,WE,TH,FR,SA", "20270601T001841")
	if last, _ := s.Last(); last != MaxCivil {
		t.Errorf("Last = %v", last)
	}
}
