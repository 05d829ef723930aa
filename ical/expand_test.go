package ical

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"almanac/ical/zone"
)

// unixLines makes an iCalendar text easy to compare.
func unixLines(b []byte) string { return strings.ReplaceAll(string(b), "\r\n", "\n") }

// lines joins the lines of an expected calendar's body.
func expected(body ...string) string {
	return "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//example.org//test//EN\n" + strings.Join(body, "\n") + strings.Repeat("\n", min(len(body), 1)) + "END:VCALENDAR\n"
}

const zurichZone = "BEGIN:VTIMEZONE|TZID:Europe/Zurich|BEGIN:STANDARD|DTSTART:19701025T030000|TZOFFSETFROM:+0200|TZOFFSETTO:+0100|END:STANDARD|END:VTIMEZONE"

func joined(parts ...string) []string {
	return strings.Split(strings.Join(parts, "|"), "|")
}

// TestExpand: RFC 4791 section 9.6.5.
func TestExpand(t *testing.T) {
	for _, c := range []struct {
		name     string
		lines    []string
		from, to string
		want     []string
	}{
		{"a series with an override and an alarm", joined(zurichZone,
			"BEGIN:VEVENT|UID:1|DTSTAMP:20240101T000000Z|SUMMARY:Daily|DTSTART;TZID=Europe/Zurich:20240330T090000|DTEND;TZID=Europe/Zurich:20240330T100000|RRULE:FREQ=DAILY;COUNT=5|EXDATE;TZID=Europe/Zurich:20240401T090000|X-NOTE;X-KEEP=1:kept|BEGIN:VALARM|ACTION:DISPLAY|TRIGGER:-PT5M|END:VALARM|END:VEVENT",
			"BEGIN:VEVENT|UID:1|RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Zurich:20240402T090000|DTSTART;TZID=Europe/Zurich:20240402T110000|DURATION:PT30M|SUMMARY:Moved|END:VEVENT"),
			"20240331T000000Z", "20240404T000000Z",
			joined("BEGIN:VEVENT|UID:1|DTSTAMP:20240101T000000Z|SUMMARY:Daily|DTSTART:20240331T070000Z|DTEND:20240331T080000Z|RECURRENCE-ID:20240331T070000Z|X-NOTE;X-KEEP=1:kept|BEGIN:VALARM|ACTION:DISPLAY|TRIGGER:-PT5M|END:VALARM|END:VEVENT",
				"BEGIN:VEVENT|UID:1|DTSTART:20240402T090000Z|RECURRENCE-ID:20240402T070000Z|DURATION:PT30M|SUMMARY:Moved|END:VEVENT",
				"BEGIN:VEVENT|UID:1|DTSTART:20240403T090000Z|RECURRENCE-ID:20240403T070000Z|DURATION:PT30M|SUMMARY:Moved|END:VEVENT")},
		{"all-day stays a date", joined("BEGIN:VEVENT|UID:1|DTSTART;VALUE=DATE:20240101|DTEND;VALUE=DATE:20240103|RRULE:FREQ=YEARLY|END:VEVENT"),
			"20250101T000000Z", "20250201T000000Z",
			joined("BEGIN:VEVENT|UID:1|DTSTART;VALUE=DATE:20250101|DTEND;VALUE=DATE:20250103|RECURRENCE-ID;VALUE=DATE:20250101|END:VEVENT")},
		{"floating stays floating", joined("BEGIN:VEVENT|UID:1|DTSTART:20240101T090000|DURATION:P1DT1H|RRULE:FREQ=DAILY|END:VEVENT"),
			"20240110T120000Z", "20240110T130000Z",
			joined("BEGIN:VEVENT|UID:1|DTSTART:20240110T090000|RECURRENCE-ID:20240110T090000|DURATION:P1DT1H|END:VEVENT")},
		{"nominal days become an end", joined("BEGIN:VEVENT|UID:1|DTSTART;TZID=Europe/Zurich:20240301T120000|DURATION:P1D|RRULE:FREQ=DAILY|END:VEVENT"),
			"20240330T113000Z", "20240330T120000Z",
			joined("BEGIN:VEVENT|UID:1|DTSTART:20240330T110000Z|DTEND:20240331T100000Z|RECURRENCE-ID:20240330T110000Z|END:VEVENT")},
		{"an RDATE with a PERIOD brings its end", joined("BEGIN:VEVENT|UID:1|DTSTART:20240301T120000Z|DURATION:PT1H|RDATE;VALUE=PERIOD:20240302T120000Z/PT3H|END:VEVENT"),
			"20240302T000000Z", "20240303T000000Z",
			joined("BEGIN:VEVENT|UID:1|DTSTART:20240302T120000Z|DTEND:20240302T150000Z|RECURRENCE-ID:20240302T120000Z|END:VEVENT")},
		{"a task with DUE alone", joined("BEGIN:VTODO|UID:1|DUE;TZID=Europe/Zurich:20240301T120000|RRULE:FREQ=WEEKLY|STATUS:NEEDS-ACTION|END:VTODO"),
			"20240308T000000Z", "20240309T000000Z",
			joined("BEGIN:VTODO|UID:1|DUE:20240308T110000Z|RECURRENCE-ID:20240308T110000Z|STATUS:NEEDS-ACTION|END:VTODO")},
		{"a task with both", joined("BEGIN:VTODO|UID:1|DTSTART:20240301T110000Z|DUE:20240301T120000Z|RRULE:FREQ=WEEKLY|END:VTODO"),
			"20240308T000000Z", "20240309T000000Z",
			joined("BEGIN:VTODO|UID:1|DTSTART:20240308T110000Z|DUE:20240308T120000Z|RECURRENCE-ID:20240308T110000Z|END:VTODO")},
		{"what does not recur is turned into UTC", joined(zurichZone, "BEGIN:VEVENT|UID:1|DTSTART;TZID=Europe/Zurich:20240301T120000|DTEND;TZID=Europe/Zurich:20240301T130000|X-WHEN;TZID=Europe/Zurich:20240301T120000|END:VEVENT"),
			"20300101T000000Z", "20300102T000000Z",
			joined("BEGIN:VEVENT|UID:1|DTSTART:20240301T110000Z|DTEND:20240301T120000Z|X-WHEN:20240301T110000Z|END:VEVENT")},
		{"a task without dates", joined("BEGIN:VTODO|UID:1|SUMMARY:x|END:VTODO"), "20240301T000000Z", "20240302T000000Z", joined("BEGIN:VTODO|UID:1|SUMMARY:x|END:VTODO")},
		{"an event without DTSTART", joined("BEGIN:VEVENT|UID:1|SUMMARY:x|END:VEVENT"), "20240301T000000Z", "20240302T000000Z", joined("BEGIN:VEVENT|UID:1|SUMMARY:x|END:VEVENT")},
		{"a lone override", joined("BEGIN:VEVENT|UID:1|RECURRENCE-ID;TZID=Europe/Zurich:20240301T120000|DTSTART;TZID=Europe/Zurich:20240301T130000|END:VEVENT"),
			"20240301T000000Z", "20240302T000000Z",
			joined("BEGIN:VEVENT|UID:1|DTSTART:20240301T120000Z|RECURRENCE-ID:20240301T110000Z|END:VEVENT")},
		{"nothing in the range", joined("BEGIN:VEVENT|UID:1|DTSTART:20240101T000000Z|RRULE:FREQ=DAILY;COUNT=2|END:VEVENT"), "20250101T000000Z", "20250102T000000Z", nil},
		{"other components stay", joined("BEGIN:VEVENT|UID:1|DTSTART:20240301T110000Z|END:VEVENT|BEGIN:X-NOTE|X-A:b|END:X-NOTE"), "20240301T000000Z", "20240302T000000Z",
			joined("BEGIN:X-NOTE|X-A:b|END:X-NOTE|BEGIN:VEVENT|UID:1|DTSTART:20240301T110000Z|END:VEVENT")},
	} {
		env := Env{Zones: zone.NewResolver(4)}
		got, err := compile(t, calendar(c.lines...)).Expand(nil, Expansion{Window: *window(t, c.from, c.to)}, env)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if diff := cmp.Diff(expected(c.want...), unixLines(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestLimitRecurrenceSet: RFC 4791 section 9.6.6.
func TestLimitRecurrenceSet(t *testing.T) {
	master := "BEGIN:VEVENT|UID:1|DTSTART:20240301T120000Z|DURATION:PT1H|RRULE:FREQ=DAILY|END:VEVENT"
	override := func(id, start, more string) string {
		return "BEGIN:VEVENT|UID:1|RECURRENCE-ID" + more + ":" + id + "|DTSTART:" + start + "|DURATION:PT1H|SUMMARY:" + strings.Repeat("long ", 20) + "|END:VEVENT"
	}
	within := override("20240310T120000Z", "20240310T150000Z", "")
	movedOut := override("20240310T120000Z", "20240610T150000Z", "")
	movedIn := override("20240510T120000Z", "20240310T150000Z", "")
	outside := override("20240510T120000Z", "20240510T150000Z", "")
	future := override("20240305T120000Z", "20240305T150000Z", ";RANGE=THISANDFUTURE")
	later := override("20240405T120000Z", "20240405T150000Z", ";RANGE=THISANDFUTURE")
	for _, c := range []struct {
		name       string
		have, want []string
	}{
		{"within", []string{master, within}, []string{master, within}},
		{"moved out", []string{master, movedOut}, []string{master, movedOut}},
		{"moved in", []string{master, movedIn}, []string{master, movedIn}},
		{"outside", []string{outside, master}, []string{master}},
		{"this and future", []string{master, future, later}, []string{master, future}},
		{"no master", []string{within, outside}, []string{within}},
	} {
		// Folded by hand: what stays must keep its octets.
		fold := func(parts []string) string {
			return strings.ReplaceAll(calendar(joined(append([]string{zurichZone}, parts...)...)...), "long long ", "long\r\n  long ")
		}
		got, err := compile(t, fold(c.have)).LimitRecurrenceSet(*window(t, "20240310T000000Z", "20240311T000000Z"), Env{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if diff := cmp.Diff(fold(c.want), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// More instances than are worked out in one walk come out the same.
func TestExpandManyWithin(t *testing.T) {
	s := compile(t, calendar("BEGIN:VEVENT", "UID:a", "DTSTART:20240101T000000Z", "DTEND:20240101T000500Z", "RRULE:FREQ=HOURLY", "END:VEVENT"))
	for _, hours := range []int64{fewInstances - 2, fewInstances, 2 * fewInstances} {
		e := Expansion{Window: Span{1704067200, 1704067200 + hours*3600}}
		want, err := s.Expand(nil, e, Env{})
		if err != nil {
			t.Fatal(err)
		}
		size, err := s.ExpandSize(e, Env{}, Size{1 << 20, 1 << 30})
		if err != nil {
			t.Fatal(err)
		}
		got, same, err := s.ExpandWithin(nil, e, Env{}, size)
		if err != nil || string(got) != string(want) || same != size {
			t.Errorf("%d hours: %v, %v, %d octets; want %v, %d octets", hours, err, same, len(got), size, len(want))
		}
		size.Octets--
		if _, _, err := s.ExpandWithin(nil, e, Env{}, size); !errors.Is(err, ErrTooManyInstances) {
			t.Errorf("%d hours, one octet less: %v", hours, err)
		}
	}
}

// TestExpandInPart: to expand a part gives what selecting a part of the expansion
// does, and ExpandSize foretells both.
func TestExpandInPart(t *testing.T) {
	resolver := zone.NewResolver(16)
	part := func(comps ...CompSel) CompSel { return CompSel{Name: "VCALENDAR", Comps: comps} }
	sels := []CompSel{
		{},
		part(),
		{Name: "VEVENT", Props: []PropSel{{Name: "DTSTART"}}},
		{Name: "VCALENDAR", Props: []PropSel{{Name: "VERSION", NoValue: true}}, AllComps: true},
		part(CompSel{Name: "VEVENT", AllProps: true}, CompSel{Name: "VTODO", AllProps: true, AllComps: true}),
		part(CompSel{Name: "VEVENT", Props: []PropSel{{Name: "UID"}, {Name: "DTSTART", NoValue: true}, {Name: "RECURRENCE-ID"}}, Comps: []CompSel{{Name: "VALARM", Props: []PropSel{{Name: "TRIGGER"}}}}}),
		part(CompSel{Name: "VEVENT", Props: []PropSel{{Name: "DTEND", NoValue: true}, {Name: "RECURRENCE-ID", NoValue: true}, {Name: "RRULE"}}}),
		part(CompSel{Name: "VTODO", Props: []PropSel{{Name: "DUE"}}}),
	}
	rapid.Check(t, func(rt *rapid.T) {
		text := drawObject(rt)
		o, err := ParseObject([]byte(text))
		if err != nil {
			rt.Fatal(err)
		}
		s, env := Compile(o, resolver), Env{Zones: resolver}
		from := rapid.Int64Range(1703980800, 1703980800+366*86400).Draw(rt, "from")
		e := Expansion{Window: Span{from, from + rapid.Int64Range(1, 30*86400).Draw(rt, "length")}}
		whole, err := s.Expand(nil, e, env)
		if err != nil {
			rt.Fatal(err)
		}
		expanded, err := ParseObject(whole)
		if err != nil {
			rt.Fatal(err)
		}
		e.Sel = rapid.SampledFrom(sels).Draw(rt, "sel")
		got, err := s.Expand([]byte("before "), e, env)
		if err != nil {
			rt.Fatal(err)
		}
		if d := cmp.Diff("before "+string(Select(expanded, e.Sel)), string(got)); d != "" {
			rt.Fatalf("%s%v\n(-want +got)\n%s", text, e, d)
		}
		size, err := s.ExpandSize(e, env, Size{1 << 40, 1 << 40})
		want := Size{max(len(expanded.Components())-len(o.Components()), 0), max(len(got)-7-len(text), 0)}
		if err != nil || size.Instances != want.Instances || size.Octets < want.Octets && s.main != nil {
			rt.Fatalf("%s%v\nExpandSize gives %v, %v; it is %v", text, e, size, err, want)
		}
		if _, err := s.ExpandSize(e, env, Size{size.Instances, size.Octets}); err != nil {
			rt.Fatalf("%s%v\nno room in %v", text, e, size)
		}
		within, same, err := s.ExpandWithin([]byte("before "), e, env, size)
		if err != nil || string(within) != string(got) || same != size {
			rt.Fatalf("%s%v\nExpandWithin gives %v, %v\n%s\nbut Expand\n%s", text, e, same, err, within, got)
		}
		if size.Instances > 0 {
			if _, _, err := s.ExpandWithin(nil, e, env, Size{size.Instances - 1, size.Octets}); !errors.Is(err, ErrTooManyInstances) {
				rt.Fatalf("%s%v\nExpandWithin, one instance less than %v: %v", text, e, size, err)
			}
			if _, err := s.ExpandSize(e, env, Size{size.Instances - 1, size.Octets}); !errors.Is(err, ErrTooManyInstances) {
				rt.Fatalf("%s%v\none instance less than %v: %v", text, e, size, err)
			}
		}
	})
}
