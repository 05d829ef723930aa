package remind

import (
	"strings"
	"testing"
	"time"

	"almanac/ical/zone"
)

// lines joins parts of an object.
func lines(parts ...any) (all []string) {
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			all = append(all, p)
		case []string:
			all = append(all, p...)
		}
	}
	return all
}

// TestWhatPhonesWrite reads alarms as the RFCs allow them and programs write them.
func TestWhatPhonesWrite(t *testing.T) {
	ann := func(a string) bool {
		return a == "mailto:ann@example.org" || a == "mailto:ann@example.com" || a == "/principals/ann/"
	}
	comp := func(kind string, more ...any) []string {
		return lines("BEGIN:"+kind, "UID:1", "DTSTAMP:20260301T090000Z", lines(more...), "END:"+kind)
	}
	override := func(id string, more ...any) []string { return comp("VEVENT", "RECURRENCE-ID"+id, lines(more...)) }
	daily := func(more ...any) []string { return event(lines("RRULE:FREQ=DAILY;COUNT=5", lines(more...))...) }
	end := func(trigger string, more ...string) []string { return alarm("TRIGGER;RELATED=END:"+trigger, more...) }
	newYork, err := zone.Load("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	inNewYork := Rules{}
	inNewYork.Env.Floating = newYork
	for _, c := range []struct {
		name  string
		rules Rules
		lines []string
		rings string // from 1 to 20 March
	}{
		// RELATED=END.
		{"after the end by DURATION", Rules{}, comp("VEVENT", "DTSTART:20260310T100000Z", "DURATION:PT90M", end("PT0S")), "03-10 11:30"},
		{"after the end of what has none", Rules{}, comp("VEVENT", "DTSTART:20260310T100000Z", end("PT5M")), "03-10 10:05"},
		{"after the end of a day", Rules{}, comp("VEVENT", "DTSTART;VALUE=DATE:20260310", end("PT0S")), "03-10 23:00"},
		{"after the end of days", Rules{}, comp("VEVENT", "DTSTART;VALUE=DATE:20260310", "DTEND;VALUE=DATE:20260312", end("-PT1H")), "03-11 22:00"},
		{"after the end of a day elsewhere", inNewYork, comp("VEVENT", "DTSTART;VALUE=DATE:20260310", end("PT0S")), "03-11 04:00"},
		{"at the end of an RDATE with a PERIOD", Rules{}, event(lines("RDATE;VALUE=PERIOD:20260312T100000Z/PT3H,20260313T100000Z/20260313T140000Z", end("PT0S"))...),
			"03-10 11:00, 03-12 13:00, 03-13 14:00"},

		// Tasks.
		{"task due on a day", Rules{}, comp("VTODO", "DUE;VALUE=DATE:20260310", end("PT9H")), "03-10 08:00"},
		{"task that only starts", Rules{}, comp("VTODO", "DTSTART:20260310T100000Z", alarm("TRIGGER:PT0S"), end("PT1H")), "03-10 10:00, 03-10 11:00"},
		{"task with both", Rules{}, comp("VTODO", "DTSTART:20260310T100000Z", "DUE:20260312T100000Z", alarm("TRIGGER:PT0S"), end("PT0S")), "03-10 10:00, 03-12 10:00"},
		{"task that lasts", Rules{}, comp("VTODO", "DTSTART:20260310T100000Z", "DURATION:P1D", end("PT0S")), "03-11 10:00"},
		{"task due before it starts", Rules{}, comp("VTODO", "DTSTART:20260312T100000Z", "DUE:20260310T100000Z", end("PT0S")), "03-10 10:00"},
		{"task done by its percents", Rules{}, comp("VTODO", "DUE:20260310T100000Z", "PERCENT-COMPLETE:100", end("PT0S")), ""},
		{"task not quite done", Rules{}, comp("VTODO", "DUE:20260310T100000Z", "PERCENT-COMPLETE:99", "STATUS:IN-PROCESS", end("PT0S")), "03-10 10:00"},
		{"cancelled task", Rules{}, comp("VTODO", "DUE:20260310T100000Z", "STATUS:CANCELLED", end("PT0S")), ""},
		{"task of which one time is done", Rules{}, lines(comp("VTODO", "DUE:20260310T100000Z", "RRULE:FREQ=DAILY;COUNT=3", end("PT0S")),
			comp("VTODO", "RECURRENCE-ID:20260311T100000Z", "DUE:20260311T100000Z", "STATUS:COMPLETED", "COMPLETED:20260310T120000Z", end("PT0S"))), "03-10 10:00, 03-12 10:00"},

		// Overrides.
		{"override of this and all that follow", Rules{}, lines(daily(alarm("TRIGGER:-PT15M")),
			override(";RANGE=THISANDFUTURE:20260312T100000Z", "DTSTART:20260312T120000Z", "DTEND:20260312T130000Z", alarm("TRIGGER:-PT30M"))),
			"03-10 09:45, 03-11 09:45, 03-12 11:30, 03-13 11:30, 03-14 11:30"},
		{"override without the alarm", Rules{}, lines(daily(alarm("TRIGGER:-PT15M")), override(":20260312T100000Z", "DTSTART:20260312T100000Z")),
			"03-10 09:45, 03-11 09:45, 03-13 09:45, 03-14 09:45"},
		{"override with the only alarm", Rules{}, lines(daily(), override(":20260312T100000Z", "DTSTART:20260312T100000Z", alarm("TRIGGER:-PT15M"))), "03-12 09:45"},
		{"override acknowledged", Rules{}, lines(daily(alarm("TRIGGER:-PT15M")), override(":20260312T100000Z", "DTSTART:20260312T100000Z", alarm("TRIGGER:-PT15M", "ACKNOWLEDGED:20260312T094500Z"))),
			"03-10 09:45, 03-11 09:45, 03-13 09:45, 03-14 09:45"},
		{"override moved to where the series ended", Rules{}, lines(daily(alarm("TRIGGER:-PT15M")), override(":20260312T100000Z", "DTSTART:20260319T100000Z", alarm("TRIGGER:-PT15M"))),
			"03-10 09:45, 03-11 09:45, 03-13 09:45, 03-14 09:45, 03-19 09:45"},
		{"EXDATE", Rules{}, daily("EXDATE:20260312T100000Z", alarm("TRIGGER:-PT15M")), "03-10 09:45, 03-11 09:45, 03-13 09:45, 03-14 09:45"},

		// Clocks that change: New York's were set ahead on 8 March at two.
		{"in the hour that is not there", inNewYork, comp("VEVENT", "DTSTART:20260308T023000", alarm("TRIGGER:PT0S")), "03-08 07:30"},
		{"a day before, by the wall clock", inNewYork, comp("VEVENT", "DTSTART:20260308T120000", alarm("TRIGGER:-P1D")), "03-07 17:00"},
		{"24 hours before", inNewYork, comp("VEVENT", "DTSTART:20260308T120000", alarm("TRIGGER:-PT24H")), "03-07 16:00"},

		// TRIGGER.
		{"a moment without VALUE", Rules{}, event(alarm("TRIGGER:20260309T080000Z")...), "03-09 08:00"},
		{"a duration that says VALUE=DURATION", Rules{}, event(alarm("TRIGGER;VALUE=DURATION;RELATED=START:-PT1H")...), "03-10 09:00"},
		{"a moment on a series, once", Rules{}, daily(alarm("TRIGGER;VALUE=DATE-TIME:20260309T080000Z")), "03-09 08:00"},
		{"none", Rules{}, event("BEGIN:VALARM", "ACTION:DISPLAY", "END:VALARM"), ""},
		{"nonsense", Rules{}, event(alarm("TRIGGER:soon")...), ""},
		{"ten thousand years before", Rules{}, event(alarm("TRIGGER:-P99999999999999999W")...), ""},
		{"at once", Rules{}, event(alarm("TRIGGER:PT0S")...), "03-10 10:00"},

		// ACTION. What says nothing displays.
		{"no ACTION", Rules{}, event("BEGIN:VALARM", "TRIGGER:-PT15M", "END:VALARM"), "03-10 09:45"},
		{"PROCEDURE", Rules{}, event("BEGIN:VALARM", "ACTION:PROCEDURE", "TRIGGER:-PT15M", "ATTACH:ftp://example.org/x", "END:VALARM"), ""},
		{"an unknown ACTION", Rules{}, event("BEGIN:VALARM", "ACTION:X-DANCE", "TRIGGER:-PT15M", "END:VALARM"), ""},
		{"an unknown ACTION, but a channel", Rules{}, event("BEGIN:VALARM", "ACTION:X-DANCE", "X-ALMANAC-CHANNEL:chat", "TRIGGER:-PT15M", "END:VALARM"), "03-10 09:45"},

		// RFC 9074.
		{"where somebody arrives", Rules{}, event(alarm("TRIGGER:-PT15M", "PROXIMITY:ARRIVE")...), ""},
		{"where somebody arrives, as Apple has it", Rules{}, event(alarm("TRIGGER;VALUE=DATE-TIME:20260309T080000Z", "X-APPLE-PROXIMITY:DEPART")...), ""},
		{"acknowledged between repetitions", Rules{}, event(alarm("TRIGGER:-PT15M", "REPEAT:3", "DURATION:PT5M", "ACKNOWLEDGED:20260310T095200Z")...), ""},
		{"acknowledged, a series that repeats", Rules{}, daily(alarm("TRIGGER:-PT15M", "REPEAT:1", "DURATION:PT5M", "ACKNOWLEDGED:20260311T094500Z")),
			"03-12 09:45, 03-12 09:50 repeated, 03-13 09:45, 03-13 09:50 repeated, 03-14 09:45, 03-14 09:50 repeated"},
		{"snoozed several times", Rules{}, event(lines(alarm("TRIGGER:-PT15M", "UID:a", "ACKNOWLEDGED:20260310T094600Z"),
			alarm("TRIGGER;VALUE=DATE-TIME:20260310T095000Z", "UID:b", "RELATED-TO;RELTYPE=SNOOZE:a", "ACKNOWLEDGED:20260310T095100Z"),
			alarm("TRIGGER;VALUE=DATE-TIME:20260310T095500Z", "UID:c", "RELATED-TO;RELTYPE=SNOOZE:a"))...), "03-10 09:55"},
		{"snoozed, of a series", Rules{}, daily(alarm("TRIGGER:-PT15M", "UID:a", "ACKNOWLEDGED:20260311T094600Z"),
			alarm("TRIGGER;VALUE=DATE-TIME:20260311T095500Z", "RELATED-TO;RELTYPE=SNOOZE:a")), "03-11 09:55, 03-12 09:45, 03-13 09:45, 03-14 09:45"},
		{"snoozed, then moved to a later day", Rules{}, comp("VEVENT", "DTSTART:20260315T100000Z", alarm("TRIGGER:-PT15M", "UID:a", "ACKNOWLEDGED:20260310T094600Z"),
			alarm("TRIGGER;VALUE=DATE-TIME:20260310T095500Z", "RELATED-TO;RELTYPE=SNOOZE:a")), "03-15 09:45"},
		{"snoozed before it went off", Rules{}, event(lines(alarm("TRIGGER:-PT15M", "UID:a", "ACKNOWLEDGED:20260310T094500Z"),
			alarm("TRIGGER;VALUE=DATE-TIME:20260310T095500Z", "RELATED-TO;RELTYPE=SNOOZE:a"))...), "03-10 09:55"},
		{"snoozed by a phone that knows no insisting", Rules{}, event(lines(alarm("TRIGGER:-PT15M", "UID:a", "ACKNOWLEDGED:20260310T094600Z", "X-ALMANAC-INSIST:P1D"),
			alarm("TRIGGER;VALUE=DATE-TIME:20260310T095500Z", "RELATED-TO;RELTYPE=SNOOZE:a"))...), "03-10 09:55, 03-19 09:55 again 9"},

		// Apple, Thunderbird.
		{"a moment in 1976", Rules{Since: at(t, "2026-03-01 00:00")}, event(alarm("TRIGGER;VALUE=DATE-TIME:19760401T005545Z", "X-ALMANAC-INSIST:P1D")...), ""},
		{"Apple's default alarm", Rules{}, event(alarm("TRIGGER:-PT15M", "X-APPLE-DEFAULT-ALARM:TRUE", "X-WR-ALARMUID:D6B2")...), "03-10 09:45"},
		{"dismissed by Thunderbird, of a series", Rules{}, daily("X-MOZ-LASTACK:20260311T094500Z", alarm("TRIGGER:-PT15M")), "03-12 09:45, 03-13 09:45, 03-14 09:45"},
		{"dismissed by Thunderbird, with an override", Rules{}, lines(daily("X-MOZ-LASTACK:20260312T094500Z", alarm("TRIGGER:-PT15M")),
			override(":20260312T100000Z", "DTSTART:20260312T100000Z", alarm("TRIGGER:-PT15M"))), "03-13 09:45, 03-14 09:45"},

		// Who comes.
		{"declined by one address, accepted by another", Rules{Mine: ann}, event(lines("ATTENDEE;PARTSTAT=DECLINED:mailto:ann@example.com", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.org", alarm("TRIGGER:-PT15M"))...), "03-10 09:45"},
		{"declined by one address, not answered by another", Rules{Mine: ann}, event(lines("ATTENDEE;PARTSTAT=DECLINED:mailto:ann@example.com", "ATTENDEE:mailto:ann@example.org", alarm("TRIGGER:-PT15M"))...), ""},
		{"declined by a principal", Rules{Mine: ann}, event(lines("ATTENDEE;PARTSTAT=DECLINED:/principals/ann/", alarm("TRIGGER:-PT15M"))...), ""},
		{"declined, as Apple names people", Rules{Mine: ann}, event(lines("ATTENDEE;CUTYPE=INDIVIDUAL;EMAIL=ann@example.org;PARTSTAT=DECLINED:urn:uuid:5f1b", alarm("TRIGGER:-PT15M"))...), ""},
		{"declined one time of a series", Rules{Mine: ann}, lines(daily("ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.org", alarm("TRIGGER:-PT15M")),
			override(":20260312T100000Z", "DTSTART:20260312T100000Z", "ATTENDEE;PARTSTAT=DECLINED:mailto:ann@example.org", alarm("TRIGGER:-PT15M"))),
			"03-10 09:45, 03-11 09:45, 03-13 09:45, 03-14 09:45"},
		{"free time", Rules{}, event(lines("TRANSP:TRANSPARENT", alarm("TRIGGER:-PT15M"))...), "03-10 09:45"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := agendaOf(t, c.rules, c.lines...)
			if got := told(t, a, "2026-03-01 00:00", "2026-03-20 00:00"); got != c.rings {
				t.Errorf("goes off\n%s, want\n%s", got, c.rings)
			}
			// Each is announced: asked after the one before, Next is not after it.
			rings, err := a.Rings(at(t, "2026-03-01 00:00"), at(t, "2026-03-20 00:00"))
			if err != nil {
				t.Fatal(err)
			}
			after := at(t, "2026-03-01 00:00")
			for _, r := range rings {
				if next, ok := a.Next(after); r.At > after && (!ok || next > r.At) {
					t.Errorf("after %s comes %s %t, too late for %s", time.Unix(after, 0).UTC(), time.Unix(next, 0).UTC(), ok, time.Unix(r.At, 0).UTC())
				}
				after = r.At
			}
			if strings.Contains(got(rings), "!") {
				t.Error(got(rings))
			}
		})
	}
}

// got marks what has no instance although its trigger is relative.
func got(rings []Ring) (s string) {
	for _, r := range rings {
		if !r.Timed && strings.Contains(strings.ToUpper(r.valarm.Value("TRIGGER")), "P") {
			s += "!"
		}
	}
	return s
}
