package ical

import "testing"

func TestSelect(t *testing.T) {
	text := calendar(
		"CALSCALE:GREGORIAN",
		"BEGIN:VTIMEZONE", "TZID:Z", "BEGIN:STANDARD", "TZNAME:Z", "END:STANDARD", "END:VTIMEZONE",
		"BEGIN:VEVENT", "uid:1", "SUMMARY:a long", "  and folded", " one", "DTSTART;TZID=Z:20240101T000000",
		"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", "END:VALARM",
		"ATTENDEE;CN=\"Example, Dora\";X-P=1:mailto:dora@example.org", "END:VEVENT")
	zone := crlf("BEGIN:VTIMEZONE", "TZID:Z", "BEGIN:STANDARD", "TZNAME:Z", "END:STANDARD", "END:VTIMEZONE")
	tests := []struct {
		name string
		sel  CompSel
		want string
	}{
		{"nothing named is everything", CompSel{Name: "VCALENDAR"}, text},
		{"allprop and allcomp is everything", CompSel{Name: "VCALENDAR", AllProps: true, AllComps: true}, text},
		{"the example of RFC 4791 section 7.8.1",
			CompSel{Name: "VCALENDAR", Props: []PropSel{{Name: "VERSION"}}, Comps: []CompSel{
				{Name: "VEVENT", Props: []PropSel{{Name: "SUMMARY"}, {Name: "UID"}, {Name: "RRULE"}}},
				{Name: "VTIMEZONE"},
			}},
			"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + zone +
				"BEGIN:VEVENT\r\nuid:1\r\nSUMMARY:a long\r\n  and folded\r\n one\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"},
		{"novalue",
			CompSel{Name: "VCALENDAR", Comps: []CompSel{{Name: "VEVENT", Props: []PropSel{{Name: "UID"}, {Name: "ATTENDEE", NoValue: true}}}}},
			crlf("BEGIN:VCALENDAR", "BEGIN:VEVENT", "uid:1", `ATTENDEE;CN="Example, Dora";X-P=1:`, "END:VEVENT", "END:VCALENDAR")},
		{"allprop leaves components out",
			CompSel{Name: "VCALENDAR", AllProps: true},
			crlf("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example.org//test//EN", "CALSCALE:GREGORIAN", "END:VCALENDAR")},
		{"allcomp leaves properties out",
			CompSel{Name: "VCALENDAR", Comps: []CompSel{{Name: "VEVENT", AllComps: true}}},
			crlf("BEGIN:VCALENDAR", "BEGIN:VEVENT", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", "END:VALARM", "END:VEVENT", "END:VCALENDAR")},
		{"a component inside of VCALENDAR",
			CompSel{Name: "VTIMEZONE"},
			"BEGIN:VCALENDAR\r\n" + zone + "END:VCALENDAR\r\n"},
		{"unknown names",
			CompSel{Name: "VCALENDAR", Props: []PropSel{{Name: "X-NO"}}, Comps: []CompSel{{Name: "X-NO"}}},
			crlf("BEGIN:VCALENDAR", "END:VCALENDAR")},
	}
	for _, test := range tests {
		if got := string(Select(mustParse(t, text), test.sel)); got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}
