package ical

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"almanac/contentline"
	"almanac/ical/recur"
)

// instances prints what Instances hands out: start, end, RECURRENCE-ID and summary.
func instances(t testing.TB, s *Series, w Span, env Env) []string {
	t.Helper()
	var out []string
	err := s.Instances(w, env, func(i *Instance) bool {
		text := utcText(i.Start) + "/" + utcText(i.End)
		if i.AllDay() {
			text = i.From.Civil.String()[:8] + "/" + (i.From.Civil + recur.Civil(i.length.days*86400)).String()[:8]
		}
		if i.Recurring {
			text += " id " + i.RecurrenceID.Civil.String()
		}
		if v := i.Comp.Value("SUMMARY"); v != "" {
			text += " " + v
		}
		out = append(out, text)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func event(props string) []string {
	return append(append([]string{"BEGIN:VEVENT", "UID:1"}, strings.Split(props, "|")...), "END:VEVENT")
}

func TestInstances(t *testing.T) {
	events := func(props ...string) string {
		var lines []string
		for _, p := range props {
			lines = append(lines, event(p)...)
		}
		return calendar(lines...)
	}
	for _, c := range []struct {
		name, text, from, to string
		want                 []string
	}{
		{"summer time in spring and autumn", events("DTSTART;TZID=Europe/Zurich:20240328T090000|DTEND;TZID=Europe/Zurich:20240328T100000|RRULE:FREQ=DAILY"),
			"20240330T000000Z", "20240401T000000Z",
			[]string{"20240330T080000Z/20240330T090000Z id 20240330T090000", "20240331T070000Z/20240331T080000Z id 20240331T090000"}},
		{"a night shift lasts as long as the first: DTEND is exact", events("DTSTART;TZID=Europe/Zurich:20240328T220000|DTEND;TZID=Europe/Zurich:20240329T060000|RRULE:FREQ=DAILY"),
			"20240330T200000Z", "20240331T000000Z",
			[]string{"20240330T210000Z/20240331T050000Z id 20240330T220000"}},
		{"a day is nominal in DURATION", events("DTSTART;TZID=Europe/Zurich:20240328T120000|DURATION:P1D|RRULE:FREQ=DAILY"),
			"20240330T120000Z", "20240331T080000Z",
			[]string{"20240330T110000Z/20240331T100000Z id 20240330T120000"}},
		{"in the gap the offset before counts", events("DTSTART;TZID=Europe/Zurich:20240330T023000|DURATION:PT30M|RRULE:FREQ=DAILY;COUNT=3"),
			"20240330T000000Z", "20240403T000000Z",
			[]string{"20240330T013000Z/20240330T020000Z id 20240330T023000", "20240331T013000Z/20240331T020000Z id 20240331T023000", "20240401T003000Z/20240401T010000Z id 20240401T023000"}},
		{"hours that fall together count once", events("DTSTART;TZID=Europe/Zurich:20240331T003000|RRULE:FREQ=HOURLY;COUNT=5"),
			"20240330T000000Z", "20240403T000000Z",
			[]string{"20240330T233000Z/20240330T233000Z id 20240331T003000", "20240331T003000Z/20240331T003000Z id 20240331T013000", "20240331T013000Z/20240331T013000Z id 20240331T033000", "20240331T023000Z/20240331T023000Z id 20240331T043000"}},
		{"the RFC's Fridays 13th: DTSTART excluded", events("DTSTART;TZID=America/New_York:19970902T090000|EXDATE;TZID=America/New_York:19970902T090000|RRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"),
			"19970101T000000Z", "19990101T000000Z",
			[]string{"19980213T140000Z/19980213T140000Z id 19980213T090000", "19980313T140000Z/19980313T140000Z id 19980313T090000", "19981113T140000Z/19981113T140000Z id 19981113T090000"}},
		{"EXDATE in UTC, in another zone, as a date, floating", events("DTSTART;TZID=Europe/Zurich:20240601T090000|RRULE:FREQ=DAILY;COUNT=6|EXDATE:20240602T070000Z|EXDATE;TZID=America/New_York:20240603T030000|EXDATE;VALUE=DATE:20240604|EXDATE:20240605T090000"),
			"20240601T000000Z", "20240701T000000Z",
			[]string{"20240601T070000Z/20240601T070000Z id 20240601T090000", "20240606T070000Z/20240606T070000Z id 20240606T090000"}},
		{"RDATE in lists, in UTC, as periods, double", events("DTSTART;TZID=Europe/Zurich:20240601T090000|DURATION:PT1H|RDATE;TZID=Europe/Zurich:20240610T090000,20240601T090000|RDATE:20240611T070000Z|RDATE;VALUE=PERIOD:20240612T070000Z/PT3H,20240613T070000Z/20240613T080000Z"),
			"20240601T000000Z", "20240701T000000Z",
			[]string{"20240601T070000Z/20240601T080000Z id 20240601T090000", "20240610T070000Z/20240610T080000Z id 20240610T090000", "20240611T070000Z/20240611T080000Z id 20240611T090000", "20240612T070000Z/20240612T100000Z id 20240612T090000", "20240613T070000Z/20240613T080000Z id 20240613T090000"}},
		{"a long RDATE period reaches into the window", events("DTSTART:20240101T000000Z|RDATE;VALUE=PERIOD:20240601T000000Z/P30D"),
			"20240620T000000Z", "20240621T000000Z",
			[]string{"20240601T000000Z/20240701T000000Z id 20240601T000000"}},
		{"EXRULE of RFC 2445", events("DTSTART:20240601T090000Z|RRULE:FREQ=DAILY;COUNT=6|EXRULE:FREQ=WEEKLY;BYDAY=MO,TU"),
			"20240601T000000Z", "20240701T000000Z",
			[]string{"20240601T090000Z/20240601T090000Z id 20240601T090000", "20240602T090000Z/20240602T090000Z id 20240602T090000", "20240605T090000Z/20240605T090000Z id 20240605T090000", "20240606T090000Z/20240606T090000Z id 20240606T090000"}},
		{"moved, cancelled and orphaned overrides", events(
			"DTSTART;TZID=Europe/Zurich:20240601T090000|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=4|SUMMARY:a",
			"RECURRENCE-ID:20240602T070000Z|DTSTART;TZID=Europe/Zurich:20240605T150000|DURATION:PT2H|SUMMARY:moved",
			"RECURRENCE-ID;TZID=Europe/Zurich:20240603T090000|STATUS:CANCELLED|SUMMARY:cancelled",
			"RECURRENCE-ID;TZID=Europe/Zurich:20240701T090000|DTSTART;TZID=Europe/Zurich:20240701T100000|SUMMARY:orphan"),
			"20240601T000000Z", "20250101T000000Z",
			[]string{"20240601T070000Z/20240601T080000Z id 20240601T090000 a", "20240603T070000Z/20240603T070000Z id 20240603T090000 cancelled", "20240604T070000Z/20240604T080000Z id 20240604T090000 a", "20240605T130000Z/20240605T150000Z id 20240602T090000 moved", "20240701T080000Z/20240701T080000Z id 20240701T090000 orphan"}},
		{"an override moved out of the window", events("DTSTART:20240601T090000Z|RRULE:FREQ=DAILY|SUMMARY:a", "RECURRENCE-ID:20240602T090000Z|DTSTART:20250101T090000Z|SUMMARY:b"),
			"20240602T000000Z", "20240603T000000Z", nil},
		{"an override moved into it from afar", events("DTSTART:20240601T090000Z|RRULE:FREQ=DAILY;COUNT=2|SUMMARY:a", "RECURRENCE-ID:20240602T090000Z|DTSTART:20250101T090000Z|SUMMARY:b"),
			"20250101T000000Z", "20250102T000000Z", []string{"20250101T090000Z/20250101T090000Z id 20240602T090000 b"}},
		{"overrides without a master", events("RECURRENCE-ID:20240602T090000Z|DTSTART:20240602T100000Z|SUMMARY:b", "RECURRENCE-ID:20240609T090000Z|DTSTART:20240609T100000Z|SUMMARY:c"),
			"20240101T000000Z", "20250101T000000Z",
			[]string{"20240602T100000Z/20240602T100000Z id 20240602T090000 b", "20240609T100000Z/20240609T100000Z id 20240609T090000 c"}},
		{"this and future, twice", events(
			"DTSTART;TZID=Europe/Zurich:20240603T090000|DURATION:PT1H|RRULE:FREQ=WEEKLY;COUNT=6|SUMMARY:a",
			"RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Zurich:20240617T090000|DTSTART;TZID=Europe/Zurich:20240618T100000|DURATION:PT2H|SUMMARY:b",
			"RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Zurich:20240701T090000|DTSTART;TZID=Europe/Zurich:20240701T070000|DURATION:PT3H|SUMMARY:c",
			"RECURRENCE-ID;TZID=Europe/Zurich:20240624T090000|DTSTART;TZID=Europe/Zurich:20240624T200000|SUMMARY:single"),
			"20240101T000000Z", "20250101T000000Z",
			[]string{"20240603T070000Z/20240603T080000Z id 20240603T090000 a", "20240610T070000Z/20240610T080000Z id 20240610T090000 a", "20240618T080000Z/20240618T100000Z id 20240617T090000 b", "20240624T180000Z/20240624T180000Z id 20240624T090000 single", "20240701T050000Z/20240701T080000Z id 20240701T090000 c", "20240708T050000Z/20240708T080000Z id 20240708T090000 c"}},
		{"all-day series, EXDATE with a time, override with a date", events(
			"DTSTART;VALUE=DATE:20240601|DTEND;VALUE=DATE:20240603|RRULE:FREQ=WEEKLY;COUNT=4|EXDATE:20240608T000000Z|SUMMARY:a",
			"RECURRENCE-ID;VALUE=DATE:20240615|DTSTART;VALUE=DATE:20240616|SUMMARY:b"),
			"20240601T000000Z", "20240701T000000Z",
			[]string{"20240601/20240603 id 20240601T000000 a", "20240616/20240617 id 20240615T000000 b", "20240622/20240624 id 20240622T000000 a"}},
		{"RECURRENCE-ID as a date for a series of times", events("DTSTART:20240601T090000Z|RRULE:FREQ=DAILY;COUNT=2|SUMMARY:a", "RECURRENCE-ID;VALUE=DATE:20240602|DTSTART:20240602T120000Z|SUMMARY:b"),
			"20240601T000000Z", "20240701T000000Z",
			[]string{"20240601T090000Z/20240601T090000Z id 20240601T090000 a", "20240602T120000Z/20240602T120000Z id 20240602T090000 b"}},
		{"UNTIL in UTC falls on the local day", events("DTSTART;TZID=America/New_York:20240601T200000|RRULE:FREQ=DAILY;UNTIL=20240603T000000Z"),
			"20240601T000000Z", "20240701T000000Z",
			[]string{"20240602T000000Z/20240602T000000Z id 20240601T200000", "20240603T000000Z/20240603T000000Z id 20240602T200000"}},
		{"a flight: two zones", events("DTSTART;TZID=Europe/Zurich:20240601T100000|DTEND;TZID=America/New_York:20240601T130000"),
			"20240601T000000Z", "20240602T000000Z", []string{"20240601T080000Z/20240601T170000Z"}},
		{"an unreadable rule leaves one", events("DTSTART:20240601T090000Z|RRULE:FREQ=SOMETIMES"),
			"20240601T000000Z", "20240701T000000Z", []string{"20240601T090000Z/20240601T090000Z"}},
		{"an unsupported scale leaves one", events("DTSTART:20240601T090000Z|RRULE:RSCALE=CHINESE;FREQ=YEARLY"),
			"20240601T000000Z", "20340701T000000Z", []string{"20240601T090000Z/20240601T090000Z"}},
		{"a day that Samoa skipped", events("DTSTART;TZID=Pacific/Apia:20111229T120000|RRULE:FREQ=DAILY;COUNT=3"),
			"20111201T000000Z", "20120101T000000Z",
			[]string{"20111229T220000Z/20111229T220000Z id 20111229T120000", "20111230T220000Z/20111230T220000Z id 20111231T120000"}},
		{"a lone override with a rule is a master", events("RECURRENCE-ID:20240601T060000Z|DTSTART:20240601T090000Z|RRULE:FREQ=DAILY;COUNT=2"),
			"20240601T000000Z", "20240701T000000Z",
			[]string{"20240601T090000Z/20240601T090000Z id 20240601T090000", "20240602T090000Z/20240602T090000Z id 20240602T090000"}},
		{"two rules", events("DTSTART:20240601T090000Z|RRULE:FREQ=DAILY;COUNT=3|RRULE:FREQ=WEEKLY;COUNT=2"),
			"20240601T000000Z", "20240701T000000Z",
			[]string{"20240601T090000Z/20240601T090000Z id 20240601T090000", "20240602T090000Z/20240602T090000Z id 20240602T090000", "20240603T090000Z/20240603T090000Z id 20240603T090000", "20240608T090000Z/20240608T090000Z id 20240608T090000"}},
		{"a repeated task with DUE alone", calendar("BEGIN:VTODO", "UID:1", "DUE;TZID=Europe/Zurich:20240601T090000", "RRULE:FREQ=WEEKLY;COUNT=2", "END:VTODO"),
			"20240601T000000Z", "20240701T000000Z",
			[]string{"20240601T070000Z/20240601T070000Z id 20240601T090000", "20240608T070000Z/20240608T070000Z id 20240608T090000"}},
		{"a zone nobody knows but the object", calendar(append([]string{"BEGIN:VTIMEZONE", "TZID:Mine", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0300", "TZOFFSETTO:+0300", "END:STANDARD", "END:VTIMEZONE"}, event("DTSTART;TZID=Mine:20240601T090000")...)...),
			"20240601T000000Z", "20240701T000000Z", []string{"20240601T060000Z/20240601T060000Z"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := compile(t, c.text)
			if diff := cmp.Diff(c.want, instances(t, s, *window(t, c.from, c.to), Env{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			checkConsistent(t, s, *window(t, c.from, c.to), Env{})
		})
	}
}

// checkConsistent: instances of a window are those of its halves; each lies within
// Bounds; Overlaps says the same as Instances; open windows know them too.
func checkConsistent(t testing.TB, s *Series, w Span, env Env) {
	t.Helper()
	type seen struct {
		start, end, id int64
		comp           *contentline.Component
	}
	collect := func(w Span, from int64) (out []seen) {
		last := int64(-1 << 62)
		err := s.Instances(w, env, func(i *Instance) bool {
			if i.reach.Start < last {
				t.Errorf("%v: instance at %v after %v", w, i.reach.Start, last)
			}
			last = i.reach.Start
			if !i.reach.Touches(w) {
				t.Errorf("instance %v does not touch %v", i.reach, w)
			}
			if b := s.Bounds(); b.Start > i.reach.Start || b.End < i.reach.End || !Candidate(b, i.reach) || !Candidate(b, w) {
				t.Errorf("Bounds %+v exclude %v", b, i.reach)
			}
			if found, err := s.Overlaps(i.Comp, i.reach, env); !found || err != nil {
				t.Errorf("Overlaps does not find %v: %v", i.reach, err)
			}
			if i.reach.Start >= from {
				out = append(out, seen{i.Start, i.End, i.key, i.Comp})
			}
			return true
		})
		if err != nil && !errors.Is(err, ErrTooManyInstances) {
			t.Fatal(err)
		}
		return out
	}
	order := func(list []seen) []seen {
		slices.SortFunc(list, func(a, b seen) int {
			if a.start != b.start {
				return int(a.start/2 - b.start/2)
			}
			return int(a.id/2 - b.id/2)
		})
		return list
	}
	whole := collect(w, -1<<62)
	if found, err := s.Overlaps(nil, w, env); err != nil || found != (len(whole) > 0) {
		t.Errorf("Overlaps = %v, %v with %d instances", found, err, len(whole))
	}
	mid := w.Start + (w.End-w.Start+2)/3
	halves := append(collect(Span{w.Start, mid}, -1<<62), collect(Span{mid, w.End}, mid)...)
	if !slices.Equal(order(slices.Clone(whole)), order(halves)) {
		t.Errorf("%v: whole %v, halves %v", w, whole, halves)
	}
}

// TestInstancesStopEarly: the first few of an endless series are found without the
// rest, wherever the window ends.
func TestInstancesStopEarly(t *testing.T) {
	for _, series := range []string{
		"DTSTART:20240101T000000Z|RRULE:FREQ=DAILY", "DTSTART:20240101T000000Z|RRULE:FREQ=SECONDLY", "DTSTART:19600101T000000|RRULE:FREQ=SECONDLY",
		"DTSTART:20240101T000000Z|RRULE:FREQ=YEARLY;INTERVAL=50", "DTSTART:00010101T000000Z|RRULE:FREQ=MINUTELY;INTERVAL=7",
	} {
		s := compile(t, calendar(event(series)...))
		n := 0
		err := s.Instances(AllTime, Env{}, func(*Instance) bool { n++; return n < 20 })
		if err != nil || n != 20 {
			t.Errorf("%s: %d, %v", series, n, err)
		}
	}
}

func TestTooManyInstances(t *testing.T) {
	s := compile(t, calendar(event("DTSTART:20240101T000000Z|RRULE:FREQ=SECONDLY")...))
	w := *window(t, "20240101T000000Z", "20250101T000000Z")
	if err := s.Instances(w, Env{Budget: 1000}, func(*Instance) bool { return true }); !errors.Is(err, ErrTooManyInstances) {
		t.Errorf("error = %v", err)
	}
	if found, err := s.Overlaps(nil, w, Env{Budget: 1000}); !found || err != nil {
		t.Errorf("Overlaps = %v, %v", found, err)
	}
}

// TestBudgetOfSeveral: questions that share what is left take it away from each
// other, each within its own budget.
func TestBudgetOfSeveral(t *testing.T) {
	s := compile(t, calendar(event("DTSTART:20240101T000000Z|DURATION:PT1S|RRULE:FREQ=MINUTELY|BEGIN:VALARM|TRIGGER:PT0S|END:VALARM")...))
	hour := *window(t, "20240101T000000Z", "20240101T010000Z")
	none := *window(t, "20230101T000000Z", "20230102T000000Z")
	questions := map[string]func(Span, Env) error{
		"Overlaps":    func(w Span, env Env) error { _, err := s.Overlaps(nil, w, env); return err },
		"Instances":   func(w Span, env Env) error { return s.Instances(w, env, func(*Instance) bool { return true }) },
		"Alarms":      func(w Span, env Env) error { return s.Alarms(w, env, func(*Alarm) bool { return true }) },
		"BusyPeriods": func(w Span, env Env) error { return s.BusyPeriods(w, env, func(Busy) bool { return true }) },
		"Expand":      func(w Span, env Env) error { _, err := s.Expand(nil, Expansion{Window: w}, env); return err },
		"ExpandSize": func(w Span, env Env) error {
			_, err := s.ExpandSize(Expansion{Window: w}, env, Size{99, 99999})
			return err
		},
	}
	for name, ask := range questions {
		left := 1 << 20
		if err := ask(hour, Env{Left: &left}); err != nil || left >= 1<<20 {
			t.Errorf("%s: %v, left %d", name, err, left)
		}
		cost := 1<<20 - left
		left = 3*cost + cost/2
		for i := range 4 {
			if err := ask(hour, Env{Left: &left}); (err != nil) != (i == 3) {
				t.Errorf("%s: question %d: %v, left %d", name, i, err, left)
			}
		}
		if left > 0 || left < -10 {
			t.Errorf("%s: left %d", name, left)
		}
		if err := ask(hour, Env{Left: &left}); !errors.Is(err, ErrTooManyInstances) {
			t.Errorf("%s: with %d left: %v", name, left, err)
		}
		if err := ask(none, Env{Left: &left}); err != nil {
			t.Errorf("%s: nothing costs something: %v", name, err)
		}
		left = 1 << 20
		if err := ask(hour, Env{Budget: 1, Left: &left}); !errors.Is(err, ErrTooManyInstances) || 1<<20-left > 10 {
			t.Errorf("%s: %v, left %d", name, err, left)
		}
	}
}

// TestHostileSeries: whatever an object holds, each question ends soon.
func TestHostileSeries(t *testing.T) {
	var overrides []string
	for i := range 1000 {
		at := recur.Date(2024, 1, 1) + recur.Civil(i*3600)
		overrides = append(overrides, event(fmt.Sprintf("RECURRENCE-ID;RANGE=THISANDFUTURE:%vZ|DTSTART:%vZ|BEGIN:VALARM|TRIGGER:-PT5M|END:VALARM", at, at+60))...)
	}
	exrules := strings.Repeat("|EXRULE:FREQ=SECONDLY;INTERVAL=3", 16)
	for name, text := range map[string]string{
		"many overrides":      calendar(append(event("DTSTART:20240101T000000Z|RRULE:FREQ=HOURLY"), overrides...)...),
		"overrides, no main":  calendar(overrides...),
		"never":               calendar(event("DTSTART:20240101T000000Z|RRULE:FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=31|EXDATE:20240101T000000Z")...),
		"excluding":           calendar(event("DTSTART:20240101T000000Z|RRULE:FREQ=SECONDLY" + exrules)...),
		"many rules":          calendar(event("DTSTART:20240101T000000Z" + strings.Repeat("|RRULE:FREQ=SECONDLY;COUNT=99999999;BYHOUR=1", 16))...),
		"many dates":          calendar(event("DTSTART:20240101T000000Z|RDATE:" + strings.Repeat("20240101T000000Z,", 50_000) + "20250101T000000Z")...),
		"ten thousand years":  calendar(event("DTSTART:00000101T000000Z|DURATION:P3650000D|RRULE:FREQ=DAILY")...),
		"the end of time":     calendar(event("DTSTART:99991231T235959Z|DURATION:P3650000D|RRULE:FREQ=SECONDLY")...),
		"alarms without end":  calendar(event("DTSTART:20240101T000000Z|RRULE:FREQ=SECONDLY" + strings.Repeat("|BEGIN:VALARM|TRIGGER:-P3650000D|REPEAT:99999|DURATION:PT1S|END:VALARM", 400))...),
		"backwards, for ever": calendar(event("DTSTART:99991231T235959Z|DTEND:00000101T000000Z|RRULE:FREQ=SECONDLY;INTERVAL=999999999")...),
	} {
		began := time.Now()
		s := compile(t, text)
		b := s.Bounds()
		for _, w := range []Span{AllTime, *window(t, "20240301T000000Z", "20240302T000000Z"), *window(t, "20900301T000000Z", "")} {
			Candidate(b, w)
			s.Overlaps(nil, w, Env{})
			s.Instances(w, Env{}, func(*Instance) bool { return true })
			s.AlarmOverlaps(nil, nil, w, Env{})
			s.Alarms(w, Env{}, func(*Alarm) bool { return true })
			s.Expand(nil, Expansion{Window: w}, Env{Budget: 2000})
			s.LimitRecurrenceSet(w, Env{})
			s.BusyPeriods(w, Env{}, func(Busy) bool { return true })
		}
		took := time.Since(began)
		t.Logf("%8v %s", took.Round(time.Millisecond), name)
	}
}
