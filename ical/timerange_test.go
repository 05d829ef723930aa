package ical

import (
	"strings"
	"testing"

	"almanac/ical/zone"
)

func compile(t testing.TB, text string) *Series {
	t.Helper()
	return Compile(mustParse(t, text), zone.NewResolver(16))
}

func zoned(t testing.TB, name string) Env {
	t.Helper()
	z, err := zone.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return Env{Floating: z}
}

// component wraps properties, separated by |, into a calendar with one component.
func component(kind, props string) string {
	lines := append([]string{"BEGIN:" + kind, "UID:1"}, strings.Split(props, "|")...)
	return calendar(append(lines, "END:"+kind)...)
}

// TestTimeRangeTables goes through the rows of the tables of RFC 4791 section 9.9.
// Each case lists instants; the ranges between two of them are asked, and those that
// match are drawn with = under the scale, with edges as near as a second.
func TestTimeRangeTables(t *testing.T) {
	const day = "20240510T"
	at := func(hms string) int64 {
		d, err := ParseDateTimeValue(day+hms+"Z", "")
		if err != nil {
			t.Fatal(err)
		}
		return d.CivilSeconds()
	}
	for _, c := range []struct {
		name, kind, props string
		yes, no           []string // ranges "HHMMSS-HHMMSS" on 10 May 2024
	}{
		{"VEVENT with DTEND", "VEVENT", "DTSTART:20240510T100000Z|DTEND:20240510T110000Z",
			[]string{"090000-120000", "103000-103001", "090000-100001", "105959-120000", "-", "105959-", "-100001"},
			[]string{"090000-100000", "110000-120000", "110000-", "-100000"}},
		{"VEVENT with DURATION", "VEVENT", "DTSTART:20240510T100000Z|DURATION:PT1H",
			[]string{"105959-120000", "090000-100001"}, []string{"110000-120000", "090000-100000"}},
		{"VEVENT with DURATION of zero", "VEVENT", "DTSTART:20240510T100000Z|DURATION:PT0S",
			[]string{"100000-100001", "090000-100001"}, []string{"090000-100000", "100001-110000"}},
		{"VEVENT without end", "VEVENT", "DTSTART:20240510T100000Z",
			[]string{"100000-100001"}, []string{"090000-100000", "100001-110000"}},
		{"VEVENT that ends before it starts", "VEVENT", "DTSTART:20240510T100000Z|DTEND:20240510T090000Z",
			[]string{"100000-100001"}, []string{"090000-100000", "100001-110000"}},
		{"VEVENT on a DATE", "VEVENT", "DTSTART;VALUE=DATE:20240510",
			[]string{"000000-000001", "235958-235959"}, nil},
		{"VEVENT on a DATE that ends the same day", "VEVENT", "DTSTART;VALUE=DATE:20240510|DTEND;VALUE=DATE:20240510",
			[]string{"000000-000001", "235958-235959"}, nil},
		{"VEVENT on the day before", "VEVENT", "DTSTART;VALUE=DATE:20240509",
			[]string{"-"}, []string{"000000-000001", "000000-"}},
		{"VEVENT without DTSTART", "VEVENT", "SUMMARY:x", nil, []string{"-"}},
		{"VTODO with DTSTART and DURATION", "VTODO", "DTSTART:20240510T100000Z|DURATION:PT1H",
			[]string{"110000-120000", "090000-100001"}, []string{"110001-120000", "090000-100000"}},
		{"VTODO with DTSTART and DURATION of zero", "VTODO", "DTSTART:20240510T100000Z|DURATION:PT0S",
			[]string{"100000-110000", "090000-100000"}, []string{"100001-110000", "090000-095959"}},
		{"VTODO with DTSTART and DUE", "VTODO", "DTSTART:20240510T100000Z|DUE:20240510T110000Z",
			[]string{"105959-120000", "090000-100001"}, []string{"110000-120000", "090000-100000"}},
		{"VTODO with DUE equal to DTSTART", "VTODO", "DTSTART:20240510T100000Z|DUE:20240510T100000Z",
			[]string{"100000-110000", "090000-100000"}, []string{"100001-110000", "090000-095959"}},
		{"VTODO with DUE before DTSTART", "VTODO", "DTSTART:20240510T100000Z|DUE:20240510T090000Z",
			[]string{"100000-110000", "080000-090000"}, []string{"100001-110000", "080000-085959"}},
		{"VTODO with DTSTART", "VTODO", "DTSTART:20240510T100000Z",
			[]string{"100000-110000", "090000-100001"}, []string{"100001-110000", "090000-100000"}},
		{"VTODO with DUE", "VTODO", "DUE:20240510T100000Z|COMPLETED:20240510T200000Z",
			[]string{"095959-110000", "090000-100000"}, []string{"100000-110000", "090000-095959"}},
		{"VTODO with COMPLETED and CREATED", "VTODO", "COMPLETED:20240510T110000Z|CREATED:20240510T100000Z",
			[]string{"110000-120000", "090000-100000", "103000-103001"}, []string{"110001-120000", "090000-095959"}},
		{"VTODO with COMPLETED", "VTODO", "COMPLETED:20240510T110000Z",
			[]string{"110000-120000", "100000-110000"}, []string{"110001-120000", "100000-105959"}},
		{"VTODO with CREATED", "VTODO", "CREATED:20240510T110000Z",
			[]string{"200000-210000", "100000-110001", "-"}, []string{"100000-110000", "-110000"}},
		{"VTODO without dates", "VTODO", "SUMMARY:x", []string{"-", "100000-100001"}, nil},
		{"VJOURNAL", "VJOURNAL", "DTSTART:20240510T100000Z",
			[]string{"100000-100001"}, []string{"090000-100000", "100001-110000"}},
		{"VJOURNAL on a DATE", "VJOURNAL", "DTSTART;VALUE=DATE:20240510", []string{"235958-235959"}, nil},
		{"VJOURNAL without DTSTART", "VJOURNAL", "CREATED:20240510T100000Z", nil, []string{"-"}},
		{"VFREEBUSY with DTSTART and DTEND", "VFREEBUSY", "DTSTART:20240510T100000Z|DTEND:20240510T110000Z|FREEBUSY:20240510T200000Z/PT1H",
			[]string{"110000-120000", "090000-100001"}, []string{"110001-120000", "090000-100000", "200000-210000"}},
		{"VFREEBUSY with periods", "VFREEBUSY", "FREEBUSY:20240510T100000Z/PT1H,20240510T200000Z/20240510T210000Z|FREEBUSY:20240510T150000Z/PT1H",
			[]string{"105959-120000", "200000-200001", "150000-150001"}, []string{"110000-120000", "090000-100000", "210000-220000"}},
		{"VFREEBUSY without periods", "VFREEBUSY", "DTSTART:20240510T100000Z", nil, []string{"-"}},
	} {
		s := compile(t, component(c.kind, c.props))
		b := s.Bounds()
		check := func(text string, want bool) {
			w := AllTime
			from, to, _ := strings.Cut(text, "-")
			if from != "" {
				w.Start = at(from)
			}
			if to != "" {
				w.End = at(to)
			}
			got, err := s.Overlaps(nil, w, Env{})
			if err != nil || got != want {
				t.Errorf("%s: %s: Overlaps = %v, %v; want %v", c.name, text, got, err, want)
			}
			if candidate := Candidate(b, w); want && !candidate || b.Exact && candidate != want {
				t.Errorf("%s: %s: Candidate = %v with %+v; want %v", c.name, text, candidate, b, want)
			}
		}
		for _, text := range c.yes {
			check(text, true)
		}
		for _, text := range c.no {
			check(text, false)
		}
	}
}

// TestFloatingTimesFollowTheZone: RFC 4791 section 7.3.
func TestFloatingTimesFollowTheZone(t *testing.T) {
	for _, c := range []struct {
		props, zone, inside, outside string
	}{
		{"DTSTART;VALUE=DATE:20240510", "Pacific/Auckland", "20240509T120000Z", "20240510T120000Z"},
		{"DTSTART;VALUE=DATE:20240510", "America/Los_Angeles", "20240511T065959Z", "20240510T065959Z"},
		{"DTSTART:20240510T100000|DURATION:PT1H", "Asia/Tokyo", "20240510T013000Z", "20240510T103000Z"},
		{"DTSTART;TZID=Nowhere/Known:20240510T100000|DURATION:PT1H", "Asia/Tokyo", "20240510T013000Z", "20240510T103000Z"},
	} {
		s := compile(t, component("VEVENT", c.props))
		for at, want := range map[string]bool{c.inside: true, c.outside: false} {
			d, err := ParseDateTimeValue(at, "")
			if err != nil {
				t.Fatal(err)
			}
			w := Span{d.CivilSeconds(), d.CivilSeconds() + 1}
			if got, err := s.Overlaps(nil, w, zoned(t, c.zone)); err != nil || got != want {
				t.Errorf("%s in %s at %s: %v, %v", c.props, c.zone, at, got, err)
			}
			if want && !Candidate(s.Bounds(), w) {
				t.Errorf("%s in %s at %s is no candidate", c.props, c.zone, at)
			}
		}
	}
}

// TestAlarms: RFC 4791 section 9.9 for VALARM, RFC 5545 section 3.6.6.
func TestAlarms(t *testing.T) {
	for _, c := range []struct {
		name, kind, props, alarm string
		from, to                 string
		want                     string // moments and repetitions
	}{
		{"before the start", "VEVENT", "DTSTART:20240510T100000Z|DURATION:PT1H", "TRIGGER:-PT15M", "20240510T000000Z", "20240511T000000Z", "20240510T094500Z"},
		{"at the edge", "VEVENT", "DTSTART:20240510T100000Z", "TRIGGER:-PT15M", "20240510T094500Z", "20240510T094501Z", "20240510T094500Z"},
		{"outside", "VEVENT", "DTSTART:20240510T100000Z", "TRIGGER:-PT15M", "20240510T094501Z", "20240511T000000Z", ""},
		{"before the end", "VEVENT", "DTSTART:20240510T100000Z|DTEND:20240510T113000Z", "TRIGGER;RELATED=END:-PT15M", "20240510T000000Z", "20240511T000000Z", "20240510T111500Z"},
		{"repeated", "VEVENT", "DTSTART:20240510T100000Z", "TRIGGER:PT0S|REPEAT:4|DURATION:PT5M", "20240510T100600Z", "20240510T101600Z", "20240510T101000Z+2 20240510T101500Z+3"},
		{"repeated without end", "VEVENT", "DTSTART:20240510T100000Z", "TRIGGER:PT0S|REPEAT:999999999999|DURATION:PT0S", "20240510T000000Z", "20240511T000000Z", "20240510T100000Z"},
		{"absolute", "VEVENT", "DTSTART:20240510T100000Z|RRULE:FREQ=DAILY", "TRIGGER;VALUE=DATE-TIME:20240701T080000Z", "20240101T000000Z", "20250101T000000Z", "20240701T080000Z"},
		{"every instance", "VEVENT", "DTSTART:20240510T100000Z|RRULE:FREQ=DAILY", "TRIGGER:-PT1H", "20300101T000000Z", "20300103T000000Z", "20300101T090000Z 20300102T090000Z"},
		{"long before", "VEVENT", "DTSTART:20240510T100000Z|RRULE:FREQ=YEARLY", "TRIGGER:-P60D", "20300101T000000Z", "20310101T000000Z", "20300311T100000Z"},
		{"a day before on a day of 23 hours", "VEVENT", "DTSTART;TZID=Europe/Zurich:20240331T120000", "TRIGGER:-P1D", "20240330T000000Z", "20240331T000000Z", "20240330T110000Z"},
		{"24 hours before on a day of 23 hours", "VEVENT", "DTSTART;TZID=Europe/Zurich:20240331T120000", "TRIGGER:-PT24H", "20240330T000000Z", "20240331T000000Z", "20240330T100000Z"},
		{"of a task with DUE alone", "VTODO", "DUE:20240510T100000Z", "TRIGGER:-PT1H", "20240510T000000Z", "20240511T000000Z", "20240510T090000Z"},
		{"of a task without dates", "VTODO", "SUMMARY:x", "TRIGGER:-PT1H", "20240510T000000Z", "20240511T000000Z", ""},
		{"all day", "VEVENT", "DTSTART;VALUE=DATE:20240510", "TRIGGER:PT9H", "20240510T000000Z", "20240511T000000Z", "20240510T090000Z"},
		{"unreadable", "VEVENT", "DTSTART:20240510T100000Z", "TRIGGER:soon", "20240510T000000Z", "20240511T000000Z", ""},
	} {
		s := compile(t, component(c.kind, c.props+"|BEGIN:VALARM|ACTION:DISPLAY|"+c.alarm+"|END:VALARM"))
		w := *window(t, c.from, c.to)
		var got []string
		err := s.Alarms(w, Env{}, func(a *Alarm) bool {
			text := utcText(a.At)
			if a.Repetition > 0 {
				text += "+" + string(rune('0'+a.Repetition))
			}
			got = append(got, text)
			return true
		})
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, %v; want %s", c.name, got, err, c.want)
		}
		alarm := s.Object.Main.Child("VALARM")
		if found, err := s.AlarmOverlaps(s.Object.Main, alarm, w, Env{}); err != nil || found != (c.want != "") {
			t.Errorf("%s: AlarmOverlaps = %v, %v", c.name, found, err)
		}
	}
}
