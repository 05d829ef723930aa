package ical

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"almanac/ical/recur"
	"almanac/ical/zone"
)

// patternZones have gaps, overlaps, a day left out, and half hours.
var patternZones = []string{"Europe/Zurich", "Pacific/Apia", "Australia/Lord_Howe", "America/New_York", "Asia/Kathmandu", "America/Sao_Paulo"}

// drawSimple draws an object that mostly has a pattern.
func drawSimple(t *rapid.T) string {
	kind := rapid.SampledFrom([]string{"VEVENT", "VEVENT", "VEVENT", "VTODO", "VTODO", "VJOURNAL"}).Draw(t, "kind")
	// Around changes of clocks, and the day that Apia left out.
	at := rapid.SampledFrom([]recur.Civil{
		recur.DateTime(2026, 3, 29, 2, 30, 0), recur.DateTime(2026, 10, 25, 2, 30, 0), recur.DateTime(2011, 12, 29, 10, 0, 0),
		recur.DateTime(2026, 10, 4, 2, 10, 0), recur.DateTime(2026, 4, 5, 1, 45, 0), recur.DateTime(1970, 1, 1, 0, 0, 0), recur.DateTime(2024, 2, 29, 23, 0, 0),
	}).Draw(t, "start") + recur.Civil(rapid.IntRange(-200, 200).Draw(t, "hours")*3600+rapid.SampledFrom([]int{0, 0, 1, 900, 1799}).Draw(t, "seconds"))
	tzid := rapid.SampledFrom(append([]string{"", "", "Z", "DATE", "DATE", "W. Europe Standard Time", "Nowhere/Land", "GMT+0200"}, patternZones...)).Draw(t, "zone")
	stamp := func(name string, c recur.Civil) string {
		switch tzid {
		case "":
			return fmt.Sprintf("%s:%s\r\n", name, c)
		case "Z":
			return fmt.Sprintf("%s:%sZ\r\n", name, c)
		case "DATE":
			return fmt.Sprintf("%s;VALUE=DATE:%.8s\r\n", name, c.String())
		}
		return fmt.Sprintf("%s;TZID=%s:%s\r\n", name, tzid, c)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//test//EN\r\nBEGIN:%s\r\nUID:a\r\n", kind)
	if kind != "VTODO" || rapid.IntRange(0, 3).Draw(t, "has start") > 0 {
		b.WriteString(stamp("DTSTART", at))
	}
	length := recur.Civil(rapid.SampledFrom([]int{0, 1, 3600, 86400, 90000, 30 * 86400, -3600}).Draw(t, "length"))
	end := map[string]string{"VEVENT": "DTEND", "VTODO": "DUE"}[kind]
	switch rapid.IntRange(0, 2).Draw(t, "end") {
	case 1:
		if end != "" {
			b.WriteString(stamp(end, at+length))
		}
	case 2:
		if kind != "VJOURNAL" {
			b.WriteString("DURATION:" + rapid.SampledFrom([]string{"PT0S", "PT1H", "P1D", "P1DT12H", "P2W", "-PT1H"}).Draw(t, "duration") + "\r\n")
		}
	}
	if rapid.IntRange(0, 4).Draw(t, "recurs") > 0 {
		b.WriteString("RRULE:" + rapid.SampledFrom([]string{
			"FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,MO",
			"FREQ=MONTHLY", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=MONTHLY;BYDAY=1FR,-1MO", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
			"FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "FREQ=YEARLY;BYWEEKNO=53", "FREQ=YEARLY;BYYEARDAY=100", "FREQ=HOURLY;INTERVAL=5",
			"FREQ=HOURLY", "FREQ=MINUTELY;INTERVAL=7;BYHOUR=2,3", "FREQ=DAILY;BYMONTH=3;BYHOUR=2;BYMINUTE=30", "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=FORWARD",
			"FREQ=SECONDLY;INTERVAL=1801;COUNT=100", "FREQ=NONSENSE",
		}).Draw(t, "rule"))
		until := at + recur.Civil(rapid.IntRange(-2, 3000).Draw(t, "until"))*3600
		switch rapid.IntRange(0, 5).Draw(t, "bound") {
		case 1:
			fmt.Fprintf(&b, ";COUNT=%d", rapid.IntRange(1, 40).Draw(t, "count"))
		case 2:
			fmt.Fprintf(&b, ";UNTIL=%sZ", until)
		case 3:
			fmt.Fprintf(&b, ";UNTIL=%s", until)
		case 4:
			fmt.Fprintf(&b, ";UNTIL=%.8s", until.String())
		}
		b.WriteString("\r\n")
	}
	// What has no pattern.
	if rapid.IntRange(0, 9).Draw(t, "more") == 0 {
		b.WriteString(stamp(rapid.SampledFrom([]string{"EXDATE", "RDATE"}).Draw(t, "list"), at+86400))
	}
	b.WriteString(rapid.SampledFrom([]string{"", "", "TRANSP:TRANSPARENT\r\n", "STATUS:TENTATIVE\r\n", "STATUS:CANCELLED\r\n"}).Draw(t, "status"))
	fmt.Fprintf(&b, "END:%s\r\nEND:VCALENDAR\r\n", kind)
	return b.String()
}

// A pattern answers as the object does.
func TestPattern(t *testing.T) {
	zones := zone.NewResolver(20)
	var floating []*zone.Zone
	for _, name := range append(patternZones, "UTC") {
		z, err := zone.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		floating = append(floating, z)
	}
	p := NewPatternSeries()
	made := 0
	rapid.Check(t, func(t *rapid.T) {
		text := drawSimple(t)
		o, err := ParseObject([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		s := Compile(o, zones)
		pattern := s.Pattern()
		env := Env{Floating: rapid.SampledFrom(floating).Draw(t, "floating"), Zones: zones}
		for range 8 {
			base := s.Bounds().Start
			if base < int64(recur.MinCivil) || base > int64(recur.MaxCivil) {
				base = 0
			}
			from := base + rapid.Int64Range(-3*86400, 3*86400).Draw(t, "from")
			if rapid.Bool().Draw(t, "later") {
				from += rapid.Int64Range(0, 60*366*86400).Draw(t, "much later")
			}
			w := Span{from, from + rapid.SampledFrom([]int64{1, 60, 3600, 86400, 7 * 86400, 40 * 86400}).Draw(t, "window")}
			if rapid.IntRange(0, 9).Draw(t, "open") == 0 {
				w.End = math.MaxInt64
			}
			checkBusyness(t, s, w, env)
			if pattern == "" {
				continue
			}
			made++
			if err := p.Read(pattern); err != nil {
				t.Fatalf("pattern % x of\n%s: %v", string(pattern), text, err)
			}
			if got := p.series.main; got != nil && s.main != nil && (!reflect.DeepEqual(got.start, s.main.start) || got.length != s.main.length) {
				t.Fatalf("read %+v of\n%s", got, text)
			}
			left, leftOfPattern := 100_000, 100_000
			env.Left = &left
			want, wantErr := s.Overlaps(nil, w, env)
			env.Left = &leftOfPattern
			got, err := p.Overlaps(w, env)
			if got != want || err != wantErr || left != leftOfPattern {
				t.Fatalf("in %v the pattern says %v, %v, %d left; the object %v, %v, %d left:\n%s", w, got, err, leftOfPattern, want, wantErr, left, text)
			}
			env.Left = nil
		}
	})
	if made == 0 {
		t.Error("no pattern was made")
	}
}

// checkBusyness compares what the index would say about busy time with what the
// object says.
func checkBusyness(t *rapid.T, s *Series, w Span, env Env) {
	env.Budget = 2000
	var want, got []Busy
	wantErr := s.BusyPeriods(w, env, func(b Busy) bool { want = append(want, b); return true })
	collect := func(b Busy) bool { got = append(got, b); return true }
	var err error
	switch b := s.Busyness(); {
	case b == BusyUnknown:
		return
	case b == NeverBusy:
		if len(want) > 0 {
			t.Fatalf("never busy, but %v", want)
		}
		return
	case s.Pattern() != "":
		p := NewPatternSeries()
		if err := p.Read(s.Pattern()); err != nil {
			t.Fatal(err)
		}
		err = p.Busy(w, b.Type(), env, collect)
	case s.Bounds().Exact:
		if span := w.Clip(Span{s.Bounds().Start, s.Bounds().End}); span.Start < span.End {
			collect(Busy{span, b.Type()})
		}
	default:
		return
	}
	if !slices.Equal(got, want) || err != wantErr {
		t.Fatalf("in %v busy by the index %v, %v; by the object %v, %v", w, got, err, want, wantErr)
	}
}

// Each of these has a pattern of at most so many octets, or none for the reason
// given.
func TestPatternOf(t *testing.T) {
	for _, tc := range []struct {
		lines string
		most  int // 0: none
		why   string
	}{
		{"DTSTART;VALUE=DATE:20260601", 10, ""},
		{"DTSTART:20260601T100000\r\nDURATION:PT1H", 10, ""},
		{"DTSTART;TZID=Europe/Zurich:20260601T100000\r\nDTEND;TZID=Europe/Zurich:20260601T110000\r\nRRULE:FREQ=WEEKLY", 30, ""},
		{"DTSTART;TZID=W. Europe Standard Time:20260601T100000\r\nRRULE:FREQ=MONTHLY;BYDAY=1MO,-1FR", 32, ""},
		{"DTSTART:20260601T100000Z\r\nRRULE:FREQ=DAILY;UNTIL=20270101T000000Z", 20, ""},
		{"DTSTART:20260601T100000Z", 0, "exact"},
		{"DTSTART:20260601T100000Z\r\nRRULE:FREQ=DAILY\r\nRRULE:FREQ=WEEKLY", 0, "two rules"},
		{"DTSTART:20260601T100000Z\r\nRRULE:FREQ=DAILY\r\nEXDATE:20260602T100000Z", 0, "a date left out"},
		{"DTSTART:20260601T100000Z\r\nRRULE:FREQ=DAILY\r\nRDATE:20260602T110000Z", 0, "a date added"},
		{"DTSTART:20260601T100000Z\r\nRRULE:FREQ=DAILY\r\nEXRULE:FREQ=WEEKLY", 0, "a rule that leaves out"},
		{"DTSTART;TZID=GMT+0200:20260601T100000\r\nRRULE:FREQ=DAILY", 0, "a zone that is no name"},
		{"DTSTART;TZID=Europe/Zurich:20260601T100000\r\nDTEND:20260601T100000Z\r\nRRULE:FREQ=DAILY", 0, "two zones"},
		{"DTSTART;TZID=Europe/Zurich:20260328T100000\r\nDTEND;TZID=Europe/Zurich:20260329T100000\r\nRRULE:FREQ=DAILY", 0, "the clocks change within"},
		{"SUMMARY:Some time", 0, "no start"},
	} {
		o, err := ParseObject([]byte("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\n" + tc.lines + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := Compile(o, nil).Pattern(); len(got) > tc.most || got == "" && tc.most > 0 {
			t.Errorf("%s\n%s: pattern of %d octets: % x", tc.lines, tc.why, len(got), string(got))
		}
	}
}

// Whatever octets are taken for a pattern, asking it ends.
func FuzzPattern(f *testing.F) {
	for _, lines := range []string{
		"DTSTART;VALUE=DATE:20260601", "DTSTART;TZID=Europe/Zurich:20260601T100000\r\nDTEND;TZID=Europe/Zurich:20260601T110000\r\nRRULE:FREQ=WEEKLY",
		"DTSTART:20260601T100000Z\r\nRRULE:FREQ=DAILY;UNTIL=20270101T000000Z", "DTSTART;TZID=Pacific/Apia:20260601T100000\r\nRRULE:FREQ=MONTHLY;BYDAY=1MO,-1FR;BYSETPOS=1",
	} {
		o, err := ParseObject([]byte("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\n" + lines + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(Compile(o, nil).Pattern()), int64(1781000000), int64(86400))
	}
	p := NewPatternSeries()
	f.Fuzz(func(t *testing.T, text string, from, length int64) {
		if p.Read(Pattern(text)) != nil {
			return
		}
		w := Span{from, from + max(length, 0)}
		p.Overlaps(w, Env{Budget: 10_000})
		p.Busy(w, BusyNormal, Env{Budget: 10_000}, func(Busy) bool { return true })
	})
}

func BenchmarkPattern(b *testing.B) {
	for _, rule := range []string{"FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY;BYDAY=1MO", "FREQ=YEARLY"} {
		o, err := ParseObject([]byte("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART;TZID=Europe/Zurich:19700105T080000\r\nDURATION:PT1H\r\nRRULE:" + rule + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"))
		if err != nil {
			b.Fatal(err)
		}
		s := Compile(o, nil)
		w := Span{int64(recur.DateTime(2090, 6, 1, 0, 0, 0)), int64(recur.DateTime(2090, 6, 2, 0, 0, 0))}
		b.Run("pattern/"+rule, func(b *testing.B) {
			text, p := s.Pattern(), NewPatternSeries()
			b.ReportAllocs()
			for b.Loop() {
				p.Read(text)
				p.Overlaps(w, Env{})
			}
		})
		b.Run("series/"+rule, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Overlaps(nil, w, Env{})
			}
		})
	}
}
