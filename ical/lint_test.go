package ical

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"almanac/ical/zone"

	"github.com/google/go-cmp/cmp"
)

func TestLint(t *testing.T) {
	// Each case is an event; its first line is line 4 of the object.
	event := func(lines ...string) string {
		return calendar(append(append([]string{"BEGIN:VEVENT", "UID:u", "DTSTAMP:20240101T000000Z"}, lines...), "END:VEVENT")...)
	}
	series := func(more ...string) string {
		return event(append([]string{"DTSTART:20240101T100000Z", "RRULE:FREQ=DAILY;COUNT=5"}, more...)...)
	}
	withOverride := func(recurrenceID string) string {
		return calendar("BEGIN:VEVENT", "UID:u", "DTSTAMP:20240101T000000Z", "DTSTART;TZID=Europe/Zurich:20240101T100000", "RRULE:FREQ=WEEKLY", "RDATE;TZID=Asia/Tokyo:20240103T180000", "END:VEVENT",
			"BEGIN:VEVENT", "UID:u", "DTSTAMP:20240101T000000Z", recurrenceID, "DTSTART:20240109T100000Z", "END:VEVENT")
	}
	tests := []struct {
		name, text string
		want       []string
	}{
		{"nothing", series("DTEND:20240101T110000Z", "SUMMARY:fine"), nil},
		{"the fixture", fixture(t, "meeting.ics"), nil},
		{"repairs", "\ufeff" + event("DTSTART:20240101", "DESCRIPTION:Dear all", "please come", "SUMMARY:a\x08b"), []string{
			"1 repaired byte order mark at the start",
			"9 repaired line without a colon joined to the line before",
			"10 control-character control character in a value"}},
		{"nothing required", crlf("BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:u", "END:VEVENT", "END:VCALENDAR"), []string{
			"1 missing-property VCALENDAR without PRODID",
			"1 missing-property VCALENDAR without VERSION",
			"2 missing-property VEVENT without DTSTAMP",
			"2 missing-property VEVENT without DTSTART"}},
		{"doubled", event("DTSTART:20240101", "SUMMARY:a", "COMMENT:a", "SUMMARY:b", "COMMENT:b"), []string{
			"10 duplicate-property a second SUMMARY, the first is on line 8"}},
		{"values", event("DTSTART:tomorrow", "DURATION:P9999999999W", "EXDATE:20240101,20240132", "RDATE;VALUE=PERIOD:20240101T000000Z/x",
			"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER;VALUE=DATE-TIME:20240101T000000Z", "END:VALARM", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:soon", "END:VALARM"), []string{
			`7 unreadable-value DTSTART "tomorrow": not a date or date-time`,
			`8 unreadable-value DURATION "P9999999999W": duration longer than ten thousand years`,
			`9 unreadable-value EXDATE "20240132": no such day`,
			`10 unreadable-value RDATE "20240101T000000Z/x": not a date or date-time`,
			`17 unreadable-value TRIGGER "soon": not a duration`}},
		{"a rule", event("DTSTART:20240101", "RRULE:FREQ=DAYLY"), []string{`8 unreadable-rule recurrence rule part FREQ: unknown value "DAYLY"`}},
		{"a scale", event("DTSTART:20240101", "RRULE:RSCALE=HEBREW;FREQ=YEARLY"), []string{`8 unsupported-scale recurrence rule part RSCALE: unsupported calendar scale "HEBREW"`}},
		{"UNTIL", event("DTSTART:20240101T100000Z", "RRULE:FREQ=DAILY;UNTIL=20240201"), []string{"8 until-type UNTIL has to be a time in UTC, because DTSTART is 20240101T100000Z"}},
		{"UNTIL for a date", event("DTSTART:20240101", "RRULE:FREQ=DAILY;UNTIL=20240201T000000Z"), []string{"8 until-type UNTIL has to be a date, because DTSTART is 20240101"}},
		{"end type", event("DTSTART:20240101", "DTEND:20240102T000000Z"), []string{"8 end-type DTSTART is 20240101, but DTEND 20240102T000000Z"}},
		{"end before start", event("DTSTART:20240101T100000Z", "DTEND;TZID=Asia/Tokyo:20240101T120000"), []string{
			`8 end-before-start DTEND 20240101T120000 is before DTSTART 20240101T100000Z`,
			`8 missing-vtimezone no VTIMEZONE for "Asia/Tokyo", read as Asia/Tokyo (IANA name)`}},
		{"end and duration", series("DTEND:20240101T110000Z", "DURATION:PT1H"), []string{"10 end-and-duration DTEND and DURATION in one VEVENT"}},
		{"zones", calendar("BEGIN:VTIMEZONE", "TZID:Unused", "END:VTIMEZONE", "BEGIN:VEVENT", "UID:u", "DTSTAMP:20240101T000000Z", "DTSTART;TZID=Nowhere:20240101T100000",
			"DTEND;TZID=W. Europe Standard Time:20240101T110000", "EXDATE;TZID=Nowhere:20240101T100000", "END:VEVENT"), []string{
			`4 unused-vtimezone no property names the time zone "Unused"`,
			`10 unknown-zone nothing is known about the time zone "Nowhere"`,
			`11 missing-vtimezone no VTIMEZONE for "W. Europe Standard Time", read as Europe/Berlin (Windows name)`}},
		{"an override of no instance", withOverride("RECURRENCE-ID:20240108T100000Z"), []string{
			`7 missing-vtimezone no VTIMEZONE for "Europe/Zurich", read as Europe/Zurich (IANA name)`,
			`9 missing-vtimezone no VTIMEZONE for "Asia/Tokyo", read as Asia/Tokyo (IANA name)`,
			"14 orphan-override the series has no instance at 20240108T100000Z"}},
		{"a series without instances", series("EXDATE:20240101T100000Z,20240102T100000Z", "EXDATE:20240103", "EXDATE;TZID=Asia/Tokyo:20240104T190000", "EXDATE:20240105T100000Z"), []string{
			`8 no-instances EXDATE takes every instance of the series`,
			`11 missing-vtimezone no VTIMEZONE for "Asia/Tokyo", read as Asia/Tokyo (IANA name)`}},
		{"a rule without instances", event("DTSTART:20240101", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), []string{
			`8 no-instances the rule gives no instance besides DTSTART`}},
		{"an alarm", event("DTSTART:20240101", "BEGIN:VALARM", "END:VALARM"), []string{"8 incomplete-alarm VALARM without ACTION", "8 incomplete-alarm VALARM without TRIGGER"}},
		{"alarms that are too much", event(append([]string{"DTSTART:20240101T100000Z", "RRULE:FREQ=SECONDLY",
			"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER;VALUE=DATE-TIME:00010101T000000Z", "REPEAT:1000000", "DURATION:PT1S", "X-ALMANAC-INSIST:soon", "END:VALARM",
			"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER;VALUE=DATE-TIME:99991231T000000Z", "REPEAT:1", "DURATION:PT0S", "END:VALARM",
			"BEGIN:VALARM", "ACTION:NONE", "TRIGGER;VALUE=DATE-TIME:19760401T005545Z", "END:VALARM",
			"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:PT0S", "REPEAT:1", "END:VALARM"},
			slices.Repeat([]string{"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:PT0S", "END:VALARM"}, 1000)...)...), []string{
			"4 too-many-alarms 1004 VALARMs in one VEVENT",
			"8 frequent-alarm alarms of a rule that recurs each second or minute",
			"11 alarm-moment TRIGGER in the year 1",
			"12 alarm-repetition REPEAT 1000000",
			`14 insist-value X-ALMANAC-INSIST "soon" is no duration`,
			"18 alarm-moment TRIGGER in the year 9999",
			`19 alarm-repetition REPEAT with DURATION "PT0S" between the repetitions`,
			"29 alarm-repetition REPEAT without DURATION"}},
	}
	resolver := zone.NewResolver(10)
	for _, test := range tests {
		var got []string
		for _, f := range Lint(mustParse(t, test.text), resolver) {
			got = append(got, fmt.Sprintf("%d %s %s", f.Line, f.Rule, f.Text))
			if f.Handling == "" || !strings.HasPrefix(f.RFC, "RFC ") || f.UID == "" {
				t.Errorf("%s: incomplete finding %+v", test.name, f)
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
	for _, id := range []string{
		"RECURRENCE-ID;TZID=Europe/Zurich:20240108T100000", "RECURRENCE-ID:20240108T090000Z", "RECURRENCE-ID;VALUE=DATE:20240108",
		"RECURRENCE-ID:20240103T090000Z", "RECURRENCE-ID;VALUE=DATE:20240103", "RECURRENCE-ID;RANGE=THISANDFUTURE:20240701T080000Z",
	} {
		for _, f := range Lint(mustParse(t, withOverride(id)), resolver) {
			if f.Rule == "orphan-override" {
				t.Errorf("%s: %s", id, f.Text)
			}
		}
	}
}

func TestLintNamesAreInOrderAndUnique(t *testing.T) {
	if !slices.IsSorted(singleProps) {
		t.Error("singleProps is not sorted")
	}
	seen := map[string]bool{}
	for _, r := range lintRules {
		if seen[r.name] {
			t.Errorf("two rules named %s", r.name)
		}
		seen[r.name] = true
	}
}

func TestLintIsBounded(t *testing.T) {
	lines := []string{"BEGIN:VEVENT", "UID:u", "DTSTART:20240101T000000Z"}
	for i := range 2000 {
		lines = append(lines, "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", fmt.Sprintf("EXDATE:2024010%d", i%9+1))
	}
	if got := Lint(mustParse(t, calendar(append(lines, "END:VEVENT")...)), nil); len(got) > maxFindings*len(lintRules) {
		t.Errorf("%d findings", len(got))
	}
}

func FuzzLint(f *testing.F) {
	for _, s := range hostile(200) {
		f.Add(s)
	}
	resolver := zone.NewResolver(10)
	f.Fuzz(func(t *testing.T, text string) {
		o, err := ParseObject([]byte(text))
		if err != nil {
			return
		}
		for _, f := range Lint(o, resolver) {
			if f.Line < 1 || f.Text == "" {
				t.Errorf("finding %+v", f)
			}
		}
	})
}
