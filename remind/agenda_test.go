package remind

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"almanac/ical"
	"almanac/ical/zone"
)

var resolver = zone.NewResolver(8)

// agendaOf reads an object of which the lines between VCALENDAR are given.
func agendaOf(t testing.TB, r Rules, lines ...string) *Agenda {
	t.Helper()
	text := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//test//EN\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VCALENDAR\r\n"
	o, err := ical.ParseObject([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if r.Env.Floating == nil {
		z, err := zone.Load("Europe/Zurich")
		if err != nil {
			t.Fatal(err)
		}
		r.Env.Floating = z
	}
	r.Env.Zones = resolver
	if r.Floor == 0 {
		r.Floor = time.Second
	}
	return NewAgenda(ical.Compile(o, resolver), r)
}

func at(t testing.TB, s string) int64 {
	t.Helper()
	m, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		t.Fatal(err)
	}
	return m.Unix()
}

// told is what goes off in (from, to], one line each.
func told(t testing.TB, a *Agenda, from, to string) string {
	t.Helper()
	rings, err := a.Rings(at(t, from), at(t, to))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range rings {
		s := time.Unix(r.At, 0).UTC().Format("01-02 15:04")
		if r.FollowUp > 0 {
			s += fmt.Sprintf(" again %d", r.FollowUp)
		} else if r.At != r.Trigger {
			s += " repeated"
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func next(t testing.TB, a *Agenda, after string) string {
	t.Helper()
	at, ok := a.Next(at(t, after))
	if !ok {
		return ""
	}
	return time.Unix(at, 0).UTC().Format("2006-01-02 15:04")
}

// event is an event on the tenth of March 2026, ten to eleven, with more lines in it.
func event(lines ...string) []string {
	out := []string{"BEGIN:VEVENT", "UID:1", "DTSTAMP:20260301T090000Z", "DTSTART:20260310T100000Z", "DTEND:20260310T110000Z"}
	return append(append(out, lines...), "END:VEVENT")
}

func alarm(trigger string, lines ...string) []string {
	out := []string{"BEGIN:VALARM", "ACTION:DISPLAY", trigger}
	return append(append(out, lines...), "END:VALARM")
}

func TestWhatGoesOff(t *testing.T) {
	join := func(parts ...[]string) (all []string) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	task := func(lines ...string) []string {
		return append(append([]string{"BEGIN:VTODO", "UID:1", "DTSTAMP:20260301T090000Z"}, lines...), "END:VTODO")
	}
	daily := []string{"RRULE:FREQ=DAILY;COUNT=3"}
	for _, c := range []struct {
		name  string
		rules Rules
		lines []string
		rings string // from 1 to 20 March
		next  string // after 10 March, 09:45
	}{
		{"before the start", Rules{}, event(alarm("TRIGGER:-PT15M")...), "03-10 09:45", ""},
		{"after the end", Rules{}, event(alarm("TRIGGER;RELATED=END:PT5M")...), "03-10 11:05", "2026-03-10 11:05"},
		{"at a moment", Rules{}, event(alarm("TRIGGER;VALUE=DATE-TIME:20260309T080000Z")...), "03-09 08:00", ""},
		{"with repetitions", Rules{}, event(alarm("TRIGGER:-PT15M", "REPEAT:2", "DURATION:PT5M")...),
			"03-10 09:45, 03-10 09:50 repeated, 03-10 09:55 repeated", "2026-03-10 09:50"},
		{"of a series", Rules{}, event(join(daily, alarm("TRIGGER:-PT15M"))...), "03-10 09:45, 03-11 09:45, 03-12 09:45", "2026-03-11 09:45"},
		{"of a series with a moved instance", Rules{}, join(event(join(daily, alarm("TRIGGER:-PT15M"))...),
			[]string{"BEGIN:VEVENT", "UID:1", "RECURRENCE-ID:20260311T100000Z", "DTSTART:20260311T150000Z", "DTEND:20260311T160000Z"},
			alarm("TRIGGER:-PT30M"), []string{"END:VEVENT"}), "03-10 09:45, 03-11 14:30, 03-12 09:45", "2026-03-11 14:30"},
		{"cancelled instance", Rules{}, join(event(join(daily, alarm("TRIGGER:-PT15M"))...),
			[]string{"BEGIN:VEVENT", "UID:1", "RECURRENCE-ID:20260311T100000Z", "DTSTART:20260311T100000Z", "STATUS:CANCELLED"},
			alarm("TRIGGER:-PT30M"), []string{"END:VEVENT"}), "03-10 09:45, 03-12 09:45", "2026-03-12 09:45"},
		{"all day, in the person's zone", Rules{}, join([]string{"BEGIN:VEVENT", "UID:1", "DTSTART;VALUE=DATE:20260310"}, alarm("TRIGGER:PT9H"), []string{"END:VEVENT"}),
			"03-10 08:00", ""},
		{"floating", Rules{}, join([]string{"BEGIN:VEVENT", "UID:1", "DTSTART:20260310T120000"}, alarm("TRIGGER:-PT1H"), []string{"END:VEVENT"}),
			"03-10 10:00", "2026-03-10 10:00"},
		{"none at all, as Apple writes it", Rules{}, event("BEGIN:VALARM", "ACTION:NONE", "TRIGGER;VALUE=DATE-TIME:20260309T080000Z", "END:VALARM"), "", ""},
		{"cancelled", Rules{}, event(append(alarm("TRIGGER:-PT15M"), "STATUS:CANCELLED")...), "", ""},
		{"declined", Rules{Mine: func(a string) bool { return a == "mailto:ann@example.org" }},
			event(append(alarm("TRIGGER:-PT15M"), "ATTENDEE;PARTSTAT=DECLINED:mailto:ann@example.org")...), "", ""},
		{"declined by somebody else", Rules{Mine: func(a string) bool { return a == "mailto:ann@example.org" }},
			event(append(alarm("TRIGGER:-PT15M"), "ATTENDEE;PARTSTAT=DECLINED:mailto:bob@example.org")...), "03-10 09:45", ""},
		{"task by its due moment", Rules{}, task(append(alarm("TRIGGER;RELATED=END:-PT1H"), "DUE:20260310T120000Z")...), "03-10 11:00", "2026-03-10 11:00"},
		{"task without a start, by its start", Rules{}, task(append(alarm("TRIGGER:-PT1H"), "DUE:20260310T120000Z")...), "03-10 11:00", "2026-03-10 11:00"},
		{"task without any moment", Rules{}, task(alarm("TRIGGER:-PT1H")...), "", ""},
		{"task without any moment, at one", Rules{}, task(alarm("TRIGGER;VALUE=DATE-TIME:20260309T080000Z")...), "03-09 08:00", ""},
		{"completed task", Rules{}, task(append(alarm("TRIGGER:-PT1H"), "DUE:20260310T120000Z", "COMPLETED:20260302T080000Z")...), "", ""},

		{"acknowledged", Rules{}, event(alarm("TRIGGER:-PT15M", "REPEAT:2", "DURATION:PT5M", "ACKNOWLEDGED:20260310T094600Z")...), "", ""},
		{"acknowledged, of a series", Rules{}, event(join(daily, alarm("TRIGGER:-PT15M", "ACKNOWLEDGED:20260310T094600Z"))...), "03-11 09:45, 03-12 09:45", "2026-03-11 09:45"},
		{"acknowledged by Thunderbird", Rules{}, event(append(alarm("TRIGGER:-PT15M"), "X-MOZ-LASTACK:20260310T094501Z")...), "", ""},
		{"acknowledged in a distant future", Rules{}, event(alarm("TRIGGER:-PT15M", "ACKNOWLEDGED:99991231T000000Z")...), "03-10 09:45", ""},

		{"insisting", Rules{}, event(alarm("TRIGGER:-PT15M", "X-ALMANAC-INSIST:P1D")...), "03-10 09:45, 03-19 09:45 again 9", "2026-03-11 09:45"},
		{"insisting on each of a series", Rules{}, event(join(daily, alarm("TRIGGER:-PT15M", "X-ALMANAC-INSIST:PT10H"))...),
			"03-10 09:45, 03-11 09:45, 03-12 09:45, 03-19 21:45 again 18", "2026-03-10 19:45"},
		{"insisting by the calendar", Rules{Insist: 24 * time.Hour}, event(alarm("TRIGGER:-PT15M")...), "03-10 09:45, 03-19 09:45 again 9", "2026-03-11 09:45"},
		{"not insisting although the calendar does", Rules{Insist: 24 * time.Hour}, event(alarm("TRIGGER:-PT15M", "X-ALMANAC-INSIST:P0D")...), "03-10 09:45", ""},
		{"insisting not faster than the floor", Rules{Floor: 12 * time.Hour}, event(alarm("TRIGGER:-PT15M", "X-ALMANAC-INSIST:PT1S")...),
			"03-10 09:45, 03-19 21:45 again 19", "2026-03-10 21:45"},
		{"insisting until stopped", Rules{}, event(alarm("TRIGGER:-PT15M", "X-ALMANAC-INSIST:P1D", "ACKNOWLEDGED:20260310T100000Z")...), "", ""},
		{"not insisting on what was past when it was first seen", Rules{Since: 1773200000}, event(alarm("TRIGGER:-PT15M", "X-ALMANAC-INSIST:P1D")...), "03-10 09:45", ""},

		{"in the year 1 and 9999", Rules{}, event(append(alarm("TRIGGER;VALUE=DATE-TIME:00010101T000000Z"), alarm("TRIGGER;VALUE=DATE-TIME:99991231T000000Z")...)...), "", "9999-12-31 00:00"},
		{"repeating a million times", Rules{}, event(alarm("TRIGGER:-PT15M", "REPEAT:1000000", "DURATION:P1D")...),
			"03-10 09:45, 03-11 09:45 repeated, 03-12 09:45 repeated, 03-13 09:45 repeated, 03-14 09:45 repeated, 03-15 09:45 repeated, 03-16 09:45 repeated, 03-17 09:45 repeated, 03-18 09:45 repeated, 03-19 09:45 repeated", "2026-03-11 09:45"},
		{"repeating without a pause", Rules{}, event(alarm("TRIGGER:-PT15M", "REPEAT:1000000", "DURATION:PT0S")...), "03-10 09:45", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := agendaOf(t, c.rules, c.lines...)
			if got := told(t, a, "2026-03-01 00:00", "2026-03-20 00:00"); got != c.rings {
				t.Errorf("goes off\n%s, want\n%s", got, c.rings)
			}
			if got := next(t, a, "2026-03-10 09:45"); got != c.next {
				t.Errorf("next %q, want %q", got, c.next)
			}
		})
	}
}

// TestAlarmsWithoutEnd asks about objects made to cost: each answer is bounded.
func TestAlarmsWithoutEnd(t *testing.T) {
	many := event()
	many = many[:len(many)-1]
	for range 1000 {
		many = append(many, alarm("TRIGGER:-PT15M", "REPEAT:1000000", "DURATION:PT1S", "X-ALMANAC-INSIST:PT1S")...)
	}
	many = append(many, "END:VEVENT")
	series := event("RRULE:FREQ=DAILY;COUNT=1000")
	series = series[:len(series)-1]
	for i := range 10 {
		series = append(series, alarm(fmt.Sprintf("TRIGGER:-PT%dM", i))...)
	}
	series = append(series, "END:VEVENT")
	for name, c := range map[string]struct {
		lines []string
		rings int // within the day of the event
	}{
		"a thousand alarms that repeat and insist": {many, 500*maxRings + 500},
		"a thousand instances with ten alarms":     {series, 10},
		"each second":                              {event(append(alarm("TRIGGER:PT0S"), "RRULE:FREQ=SECONDLY")...), maxRings},
	} {
		t.Run(name, func(t *testing.T) {
			a := agendaOf(t, Rules{Env: ical.Env{Budget: maxSteps}}, c.lines...)
			rings, _ := a.Rings(at(t, "2026-03-10 00:00"), at(t, "2026-03-10 23:00"))
			if len(rings) == 0 || len(rings) > c.rings {
				t.Errorf("%d rings, at most %d wanted", len(rings), c.rings)
			}
			if _, ok := a.Next(at(t, "2026-03-10 09:45")); !ok {
				t.Error("nothing goes off any more")
			}
		})
	}
}
