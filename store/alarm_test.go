package store

import (
	"strings"
	"testing"
	"time"
)

// TestWake: never after the first alarm that goes off later, in whatever zone the
// object is read; and not long before where the zone is known.
func TestWake(t *testing.T) {
	at := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	object := func(lines ...string) []byte {
		return []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//t//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	}
	alarm := "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:PT0S\r\n"
	for _, c := range []struct {
		name string
		body []byte
		want string // "" for never
	}{
		{"later", object("DTSTART:20260401T100000Z", alarm+"END:VALARM"), "2026-04-01T10:00:00Z"},
		{"long ago", object("DTSTART:20260301T100000Z", alarm+"END:VALARM"), ""},
		{"of a series", object("DTSTART:20200301T100000Z", "RRULE:FREQ=YEARLY", alarm+"END:VALARM"), "2027-03-01T10:00:00Z"},
		{"of a floating event that is past where the day begins, and not where it ends", object("DTSTART:20260310T060000", alarm+"END:VALARM"), "2026-03-10T12:00:00Z"},
		{"of a floating event", object("DTSTART:20260401T100000", alarm+"END:VALARM"), "2026-03-31T20:00:00Z"},
		{"insisting", object("DTSTART:20260301T100000Z", alarm+"X-ALMANAC-INSIST:P1D\r\nEND:VALARM"), "2026-03-10T12:00:00Z"},
		{"snoozed by Thunderbird", object("DTSTART:20260301T100000Z", "X-MOZ-SNOOZE-TIME:20260401T100000Z", alarm+"END:VALARM"), "2026-03-10T12:00:00Z"},
		{"unreadable", []byte("BEGIN:VCALENDAR"), "2026-03-10T12:00:00Z"},
	} {
		wake := WakeOfBody(c.body, at)
		if wake.Before(at) {
			wake = at // as the store has it
		}
		got := wake.Format(time.RFC3339)
		if wake.Equal(Never) {
			got = ""
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
