package ical

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"almanac/ical/recur"
	"almanac/ical/zone"
)

// drawTime draws a moment of 2024 and how it is written.
func drawTime(t *rapid.T, label string, form string) (recur.Civil, string) {
	c := recur.Date(2024, 1, 1) + recur.Civil(rapid.IntRange(0, 365*24*4).Draw(t, label)*900)
	return c, writeTime(c, form)
}

// writeTime prints parameters and value: form is a zone, "UTC", "floating" or
// "date".
func writeTime(c recur.Civil, form string) string {
	switch form {
	case "date":
		return ";VALUE=DATE:" + c.String()[:8]
	case "floating":
		return ":" + c.String()
	case "UTC":
		return ":" + c.String() + "Z"
	}
	return ";TZID=" + form + ":" + c.String()
}

var timeForms = []string{"date", "floating", "UTC", "Europe/Zurich", "Australia/Lord_Howe", "America/New_York"}

// drawObject draws an object with every feature of a recurrence set.
func drawObject(t *rapid.T) string {
	kind := rapid.SampledFrom([]string{"VEVENT", "VEVENT", "VTODO", "VJOURNAL"}).Draw(t, "kind")
	form := rapid.SampledFrom(timeForms).Draw(t, "form")
	start, startText := drawTime(t, "start", form)
	if form == "date" {
		start = start.Midnight()
	}
	lengthOf := func(label string, from recur.Civil) string {
		switch rapid.IntRange(0, 3).Draw(t, label) {
		case 0:
			return ""
		case 1:
			if form == "date" {
				return fmt.Sprintf("DURATION:P%dD\r\n", rapid.IntRange(1, 40).Draw(t, label+" days"))
			}
			return fmt.Sprintf("DURATION:P%dDT%dM\r\n", rapid.IntRange(0, 2).Draw(t, label+" days"), rapid.IntRange(0, 3000).Draw(t, label+" minutes"))
		}
		end := from + recur.Civil(rapid.IntRange(-4, 200).Draw(t, label+" quarters")*900)
		name := "DTEND"
		if kind == "VTODO" {
			name = "DUE"
		}
		return name + writeTime(end, form) + "\r\n"
	}
	var b strings.Builder
	b.WriteString("BEGIN:" + kind + "\r\nUID:1\r\nDTSTART" + startText + "\r\n" + lengthOf("length", start))
	rule := rapid.SampledFrom([]string{
		"", "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3;COUNT=40", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=MONTHLY;BYMONTHDAY=-1,1", "FREQ=MONTHLY;BYDAY=2SU",
		"FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=3,12;BYMONTHDAY=31", "FREQ=HOURLY;INTERVAL=7", "FREQ=HOURLY;UNTIL=20240401T000000Z", "FREQ=WEEKLY;UNTIL=20241001",
		"FREQ=DAILY;BYMONTH=12,1", "FREQ=YEARLY;BYYEARDAY=-1,1", "FREQ=MINUTELY;INTERVAL=45;COUNT=300", "FREQ=YEARLY;BYWEEKNO=1,53;BYDAY=MO,SU",
	}).Draw(t, "rule")
	if rule != "" {
		b.WriteString("RRULE:" + rule + "\r\n")
	}
	some := func(label string, most int, fn func(label string)) {
		for i := range rapid.IntRange(0, most).Draw(t, label+"s") {
			fn(fmt.Sprint(label, i))
		}
	}
	// Times on the grid of the series, more or less.
	near := func(label string) recur.Civil {
		c := start + recur.Civil(rapid.IntRange(-3, 120).Draw(t, label)*86400)
		if rapid.Bool().Draw(t, label+" off the grid") {
			c += recur.Civil(rapid.IntRange(0, 48).Draw(t, label+" offset") * 1800)
		}
		return c
	}
	some("EXDATE", 3, func(l string) {
		b.WriteString("EXDATE" + writeTime(near(l), rapid.SampledFrom([]string{form, "date", "UTC"}).Draw(t, l+" form")) + "\r\n")
	})
	some("RDATE", 3, func(l string) { b.WriteString("RDATE" + writeTime(near(l), form) + "\r\n") })
	if form != "date" {
		some("PERIOD", 2, func(l string) {
			head, value, _ := strings.Cut(writeTime(near(l), form), ":")
			b.WriteString("RDATE" + head + ";VALUE=PERIOD:" + value + "/P20DT5H\r\n")
		})
	}
	b.WriteString("END:" + kind + "\r\n")
	if rapid.IntRange(0, 9).Draw(t, "no master") == 0 {
		b.Reset()
	}
	some("override", 4, func(l string) {
		at := near(l)
		rid := "RECURRENCE-ID" + writeTime(at, rapid.SampledFrom([]string{form, form, "UTC"}).Draw(t, l+" id"))
		if rapid.Bool().Draw(t, l+" future") {
			rid = "RECURRENCE-ID;RANGE=THISANDFUTURE" + rid[len("RECURRENCE-ID"):]
		}
		moved := at + recur.Civil(rapid.IntRange(-300, 300).Draw(t, l+" moved")*1800)
		b.WriteString("BEGIN:" + kind + "\r\nUID:1\r\n" + rid + "\r\nDTSTART" + writeTime(moved, form) + "\r\n" + lengthOf(l+" length", moved) + "END:" + kind + "\r\n")
	})
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + b.String() + "END:VCALENDAR\r\n"
}

// naive lists the instances of an object without any seeking: all slots of many
// years, one by one, each with a linear look at exceptions.
func naive(s *Series, w Span, floating *zone.Zone) (out []Span) {
	add := func(it *item, m Moment, l length) {
		start, end := m.Instant(floating), l.end(m, floating)
		if it.shape.reach(start, end).Touches(w) {
			out = append(out, Span{start, end})
		}
	}
	for _, it := range s.loose {
		if it.shape.dated() {
			add(it, it.start, it.length)
		}
	}
	if s.main == nil {
		return out
	}
	for _, o := range s.overrides {
		add(o.item, o.start, o.length)
	}
	slots := map[recur.Civil]length{}
	for _, r := range s.rules {
		r.Each(recur.MinCivil, recur.Date(2031, 1, 1), nil, func(c recur.Civil) bool { slots[c] = length{days: -1}; return true })
	}
	for _, d := range s.dates {
		slots[d.civil] = length{days: -1}
		if d.hasLength {
			slots[d.civil] = d.length
		}
	}
	// Of two slots at one instant the later counts.
	last := map[int64]recur.Civil{}
	for c := range slots {
		last[s.key(c)] = max(last[s.key(c)], c)
	}
	for c, own := range slots {
		key := s.key(c)
		if slices.Contains(s.excluded, key) || slices.Contains(s.offDays, c.Midnight()) || slices.ContainsFunc(s.overrides, func(o override) bool { return o.key == key }) {
			continue
		}
		slot := Moment{c, s.main.start.Zone, s.main.start.Date}
		it, from := s.main, slot
		for _, f := range s.futures {
			if c >= f.civil {
				it = f.item
				from = Moment{slot.on(it.start.Zone) + it.start.Civil - it.rid.on(it.start.Zone), it.start.Zone, it.start.Date}
				if from.Date {
					from.Civil = from.Civil.Midnight()
				}
			}
		}
		l := it.length
		if own.days >= 0 {
			l = own
		}
		if last[key] == c {
			add(it, from, l)
		}
	}
	return out
}

func sortSpans(list []Span) []Span {
	slices.SortFunc(list, func(a, b Span) int {
		if a.Start != b.Start {
			return int((a.Start - b.Start) % math.MaxInt32)
		}
		return int((a.End - b.End) % math.MaxInt32)
	})
	return list
}

// TestSeriesAgainstNaive compares with a reading without seeking, and checks that
// windows, Bounds and Overlaps agree.
func TestSeriesAgainstNaive(t *testing.T) {
	zones := []*zone.Zone{nil}
	for _, name := range []string{"Europe/Zurich", "Pacific/Kiritimati", "Etc/GMT+12"} {
		z, err := zone.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		zones = append(zones, z)
	}
	resolver := zone.NewResolver(16)
	rapid.Check(t, func(rt *rapid.T) {
		text := drawObject(rt)
		o, err := ParseObject([]byte(text))
		if err != nil {
			rt.Fatal(err)
		}
		s := Compile(o, resolver)
		env := Env{Floating: rapid.SampledFrom(zones).Draw(rt, "floating")}
		from := rapid.Int64Range(1703980800, 1703980800+4*366*86400).Draw(rt, "from")
		w := Span{from, from + rapid.Int64Range(1, 100*86400).Draw(rt, "length")}
		var got []Span
		if err := s.Instances(w, env, func(i *Instance) bool { got = append(got, i.Span); return true }); err != nil {
			rt.Fatal(err)
		}
		if want := sortSpans(naive(s, w, env.floating())); !slices.Equal(want, sortSpans(slices.Clone(got))) {
			i := 0
			for got = sortSpans(got); i < len(want) && i < len(got) && want[i] == got[i]; i++ {
			}
			rt.Fatalf("%s%v in %v\nwant %d, got %d, from the first difference on:\nwant %.200v\n got %.200v", text, w, env.Floating, len(want), len(got), fmt.Sprint(want[i:]), fmt.Sprint(got[i:]))
		}
		// One in four, since each instance is looked at from many sides.
		if rapid.IntRange(0, 3).Draw(rt, "thorough") == 0 {
			checkConsistent(t, s, w, env)
			if t.Failed() {
				rt.Fatalf("%s%v %v", text, w, env.Floating)
			}
		}
	})
}

func FuzzSeries(f *testing.F) {
	f.Add(calendar(event("DTSTART;TZID=Europe/Zurich:20240101T090000|DURATION:PT1H|RRULE:FREQ=DAILY|EXDATE;VALUE=DATE:20240103|RDATE;VALUE=PERIOD:20240105T000000Z/P1D")...), int64(1704067200), int64(86400))
	f.Add(calendar("BEGIN:VTODO", "DUE:20240101T000000", "RRULE:FREQ=MONTHLY;COUNT=3", "BEGIN:VALARM", "TRIGGER;RELATED=END:-P1W", "REPEAT:2", "DURATION:PT1H", "END:VALARM", "END:VTODO"), int64(0), int64(1<<40))
	f.Add(calendar(event("DTSTART:99991231T235959Z|RECURRENCE-ID;RANGE=THISANDFUTURE:00000101T000000Z")...), int64(-1<<60), int64(1<<60))
	f.Fuzz(func(t *testing.T, text string, from, length int64) {
		o, err := ParseObject([]byte(text))
		if err != nil {
			return
		}
		s := Compile(o, nil)
		env := Env{Budget: 3000}
		w := Span{from, from + length}
		b := s.Bounds()
		s.Instances(w, env, func(i *Instance) bool {
			if !Candidate(b, w) || b.Start > i.reach.Start || b.End < i.reach.End {
				t.Fatalf("%+v excludes %v", b, i.reach)
			}
			return true
		})
		s.Alarms(w, env, func(*Alarm) bool { return true })
		if out, err := s.Expand(nil, Expansion{Window: w}, env); err == nil {
			if _, err := ParseObject(out); err != nil {
				t.Fatalf("Expand wrote what cannot be read: %v\n%s", err, out)
			}
		}
		if _, err := s.LimitRecurrenceSet(w, env); err != nil {
			t.Fatal(err)
		}
		if _, err := LimitFreeBusySet(o, w); err != nil {
			t.Fatal(err)
		}
		s.BusyPeriods(w, env, func(b Busy) bool {
			if b.Start < w.Start || b.End > w.End || b.Start >= b.End {
				t.Fatalf("%v outside %v", b, w)
			}
			return true
		})
	})
}

// TestWeeks: a yearly event is a candidate in its weeks only.
func TestWeeks(t *testing.T) {
	s := compile(t, calendar(event("DTSTART;VALUE=DATE:19800229|RRULE:FREQ=YEARLY")...))
	b := s.Bounds()
	if !b.Recurring || b.End != math.MaxInt64 || b.Weeks == allWeeks {
		t.Errorf("Bounds = %+v", b)
	}
	hits := 0
	for week := range int64(52) {
		from := recur.Date(2025, 1, 1) + recur.Civil(week*7*86400)
		if Candidate(b, Span{int64(from), int64(from) + 7*86400}) {
			hits++
		}
	}
	if hits < 1 || hits > 5 {
		t.Errorf("a birthday is a candidate in %d weeks", hits)
	}
	daily := compile(t, calendar(event("DTSTART:20240101T090000Z|RRULE:FREQ=DAILY")...)).Bounds()
	if daily.Weeks != allWeeks {
		t.Errorf("daily: %x", daily.Weeks)
	}
	single := compile(t, calendar(event("DTSTART:20240101T090000Z")...)).Bounds()
	if want := (Bounds{Start: 1704099600, End: 1704099601, Exact: true, Weeks: allWeeks}); single != want {
		t.Errorf("single: %+v, want %+v", single, want)
	}
	if float := compile(t, calendar(event("DTSTART:20240101T090000")...)).Bounds(); float.Exact || float.Start != 1704099600-86400 {
		t.Errorf("floating: %+v", float)
	}
}

var meetingText = calendar(append([]string{
	"BEGIN:VTIMEZONE", "TZID:Europe/Zurich",
	"BEGIN:STANDARD", "DTSTART:19701025T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "END:STANDARD",
	"BEGIN:DAYLIGHT", "DTSTART:19700329T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "END:DAYLIGHT",
	"END:VTIMEZONE"}, event("DTSTAMP:20240101T000000Z|DTSTART;TZID=Europe/Zurich:19700101T090000|DTEND;TZID=Europe/Zurich:19700101T100000|RRULE:FREQ=DAILY|SUMMARY:Stand-up|DESCRIPTION:Every day at nine|EXDATE;TZID=Europe/Zurich:20260103T090000|BEGIN:VALARM|ACTION:DISPLAY|DESCRIPTION:x|TRIGGER:-PT5M|END:VALARM")...)...)

func benchmarkSeries(b *testing.B, fn func(s *Series, w Span, env Env)) {
	s := compile(b, meetingText)
	w := *window(b, "20900605T000000Z", "20900612T000000Z")
	b.ReportAllocs()
	for b.Loop() {
		fn(s, w, Env{})
	}
}

func BenchmarkOverlapsDailyFrom1970In2090(b *testing.B) {
	benchmarkSeries(b, func(s *Series, w Span, env Env) { s.Overlaps(nil, w, env) })
}

func BenchmarkInstancesWeekIn2090(b *testing.B) {
	benchmarkSeries(b, func(s *Series, w Span, env Env) { s.Instances(w, env, func(*Instance) bool { return true }) })
}

func BenchmarkExpandWeekIn2090(b *testing.B) {
	benchmarkSeries(b, func(s *Series, w Span, env Env) { s.Expand(nil, Expansion{Window: w}, env) })
}

func BenchmarkAlarmsWeekIn2090(b *testing.B) {
	benchmarkSeries(b, func(s *Series, w Span, env Env) { s.Alarms(w, env, func(*Alarm) bool { return true }) })
}

func BenchmarkBounds(b *testing.B) {
	benchmarkSeries(b, func(s *Series, w Span, env Env) { s.Bounds() })
}

func BenchmarkCompile(b *testing.B) {
	o := mustParse(b, meetingText)
	zones := zone.NewResolver(16)
	b.ReportAllocs()
	for b.Loop() {
		Compile(o, zones)
	}
}

func BenchmarkCandidate(b *testing.B) {
	record := compile(b, calendar(event("DTSTART;VALUE=DATE:19800229|RRULE:FREQ=YEARLY")...)).Bounds()
	w := *window(b, "20900605T000000Z", "20900612T000000Z")
	for b.Loop() {
		Candidate(record, w)
	}
}
