package ical

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestValidateAccepts(t *testing.T) {
	event := func(lines ...string) string {
		return calendar(append(append([]string{"BEGIN:VEVENT", "UID:a@example.org", "DTSTAMP:20240101T000000Z", "DTSTART:20240101T100000Z"}, lines...), "END:VEVENT")...)
	}
	tests := map[string]string{
		"plain":                       event("SUMMARY:Plain"),
		"LF line ends":                strings.ReplaceAll(event(), "\r\n", "\n"),
		"byte order mark":             "\ufeff" + event(),
		"no final line break":         strings.TrimRight(event(), "\r\n"),
		"over-long line":              event("SUMMARY:" + strings.Repeat("long ", 5000)),
		"no PRODID, VERSION, DTSTAMP": crlf("BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1", "DTSTART:20240101", "END:VEVENT", "END:VCALENDAR"),
		"no DTSTART":                  calendar("BEGIN:VEVENT", "UID:1", "END:VEVENT"),
		"unreadable DTSTART":          calendar("BEGIN:VEVENT", "UID:1", "DTSTART:tomorrow", "END:VEVENT"),
		"malformed RRULE":             event("RRULE:FREQ=NEVER;=;BYDAY"),
		"missing VTIMEZONE":           event("DTEND;TZID=Europe/Zurich:20240101T120000"),
		"Outlook zone":                event(`DTEND;TZID="(UTC+01:00) Amsterdam, Berlin":20240101T120000`),
		"extensions":                  calendar("X-FOO:1", "BEGIN:X-BLOCK", "X-A:1", "END:X-BLOCK", "BEGIN:VEVENT", "UID:1", "X-BAR;X-P=1:2", "IANA-THING:1", "END:VEVENT"),
		"doubled singletons":          event("SUMMARY:one", "SUMMARY:two", "DTSTART:20240102T100000Z"),
		"RFC 9073 and 9074":           event("BEGIN:PARTICIPANT", "UID:p", "BEGIN:VLOCATION", "UID:l", "END:VLOCATION", "END:PARTICIPANT", "BEGIN:VALARM", "UID:v", "ACKNOWLEDGED:20240101T000000Z", "BEGIN:VLOCATION", "UID:l2", "END:VLOCATION", "END:VALARM"),
		"only overrides":              calendar("BEGIN:VEVENT", "UID:1", "RECURRENCE-ID:20240101T100000Z", "END:VEVENT", "BEGIN:VEVENT", "UID:1", "RECURRENCE-ID:20240102T100000Z", "END:VEVENT"),
		"override before its master":  calendar("BEGIN:VEVENT", "UID:1", "RECURRENCE-ID:20240101T100000Z", "END:VEVENT", "BEGIN:VEVENT", "UID:1", "RRULE:FREQ=DAILY", "END:VEVENT"),
		"VAVAILABILITY":               calendar("BEGIN:VAVAILABILITY", "UID:1", "BEGIN:AVAILABLE", "UID:2", "END:AVAILABLE", "END:VAVAILABILITY"),
		"VPOLL":                       calendar("BEGIN:VPOLL", "UID:1", "BEGIN:VEVENT", "UID:2", "END:VEVENT", "END:VPOLL"),
		"text broken over lines":      event("DESCRIPTION:Dear all", "please come", "bye"),
		"stray quote":                 event(`ATTENDEE;CN=A "B" C:mailto:a@example.org`),
		"UTF-8 split by folding":      event("SUMMARY:Z\xc3", " \xbcrich"),
		"blanks around the UID":       calendar("BEGIN:VEVENT", "UID:1 ", "RRULE:FREQ=DAILY", "END:VEVENT", "BEGIN:VEVENT", "UID: 1", "RECURRENCE-ID:20240101", "END:VEVENT"),
		"control character":           event("SUMMARY:a\x08b"),
		"VERSION range":               crlf("BEGIN:VCALENDAR", "VERSION:1.0;2.0", "BEGIN:VEVENT", "UID:1", "END:VEVENT", "END:VCALENDAR"),
	}
	for name, text := range tests {
		if _, err := Validate([]byte(text), Rules{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestValidateRefuses(t *testing.T) {
	all := Rules{Components: []string{"VEVENT", "VTODO"}, MaxSize: 2000, MaxAttendees: 2,
		MinDateTime: 0 - 10*365*86400, MaxDateTime: 4102444800} // 1960, 2100
	tests := []struct {
		name, text, precondition, message string
	}{
		{"nothing", "", "valid-calendar-data", "line 1: no VCALENDAR component in the text"},
		{"prose", "Dear server,\r\n", "valid-calendar-data", "line 1: line without a colon after a property name"},
		{"VCARD", crlf("BEGIN:VCARD", "VERSION:4.0", "END:VCARD"), "supported-calendar-data", "line 1: a VCARD is not calendar data"},
		{"bare VEVENT", crlf("BEGIN:VEVENT", "UID:1", "END:VEVENT"), "valid-calendar-data", "line 1: VEVENT outside of a VCALENDAR"},
		{"unclosed", crlf("BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1"), "valid-calendar-data", "line 2: BEGIN:VEVENT without END"},
		{"not UTF-8", calendar("BEGIN:VEVENT", "UID:1", "SUMMARY:Z\xfcrich", "END:VEVENT"), "valid-calendar-data", "line 6: text is not valid UTF-8"},
		{"two calendars", calendar("BEGIN:VEVENT", "UID:1", "END:VEVENT") + calendar("BEGIN:VEVENT", "UID:1", "END:VEVENT"), "valid-calendar-object-resource", "line 8: a second VCALENDAR in one object"},
		{"vCalendar 1.0", crlf("BEGIN:VCALENDAR", "VERSION:1.0", "BEGIN:VEVENT", "UID:1", "END:VEVENT", "END:VCALENDAR"), "supported-calendar-data", `line 2: VERSION is "1.0", only iCalendar 2.0 is taken`},
		{"METHOD", calendar("METHOD:REQUEST", "BEGIN:VEVENT", "UID:1", "END:VEVENT"), "valid-calendar-object-resource", "line 4: METHOD is not allowed in a stored object"},
		{"empty", calendar("BEGIN:VTIMEZONE", "TZID:X", "END:VTIMEZONE"), "valid-calendar-object-resource", "line 1: no component besides VTIMEZONE"},
		{"two kinds", calendar("BEGIN:VEVENT", "UID:1", "END:VEVENT", "BEGIN:VTODO", "UID:1", "END:VTODO"), "valid-calendar-object-resource", "line 7: VEVENT and VTODO in one object"},
		{"no UID", calendar("BEGIN:VEVENT", "END:VEVENT"), "valid-calendar-object-resource", "line 4: VEVENT without UID"},
		{"empty UID", calendar("BEGIN:VEVENT", "UID: ", "END:VEVENT"), "valid-calendar-object-resource", "line 4: VEVENT without UID"},
		{"two UIDs", calendar("BEGIN:VEVENT", "UID:1", "END:VEVENT", "BEGIN:VEVENT", "UID:2", "END:VEVENT"), "valid-calendar-object-resource", `line 8: two UIDs in one object: "1" and "2"`},
		{"two masters", calendar("BEGIN:VEVENT", "UID:1", "END:VEVENT", "BEGIN:VEVENT", "UID:1", "END:VEVENT"), "valid-calendar-object-resource", "line 7: a second VEVENT without RECURRENCE-ID, the first is on line 4"},
		{"two overrides of an instance", calendar("BEGIN:VEVENT", "UID:1", "RECURRENCE-ID:20240101", "END:VEVENT", "BEGIN:VEVENT", "UID:1", "RECURRENCE-ID;VALUE=DATE:2024-01-01", "END:VEVENT"), "valid-calendar-object-resource", "line 10: a second VEVENT with RECURRENCE-ID 2024-01-01"},
		{"wrong kind", calendar("BEGIN:VJOURNAL", "UID:1", "END:VJOURNAL"), "supported-calendar-component", "line 4: VJOURNAL is not taken here, only VEVENT, VTODO"},
		{"too large", calendar("BEGIN:VEVENT", "UID:1", "SUMMARY:"+strings.Repeat("x", 2000), "END:VEVENT"), "max-resource-size", "line 1: 2121 octets, but at most 2000 are taken"},
		{"too many attendees", calendar("BEGIN:VEVENT", "UID:1", "ATTENDEE:a", "ATTENDEE:b", "ATTENDEE:c", "END:VEVENT"), "max-attendees-per-instance", "line 8: more than 2 attendees"},
		{"too early", calendar("BEGIN:VEVENT", "UID:1", "DTSTART:19000101", "END:VEVENT"), "min-date-time", "line 6: DTSTART 19000101 is too early"},
		{"too late", calendar("BEGIN:VEVENT", "UID:1", "DTSTART:20991231T000000Z", "DTEND:20000101T000000Z", "RDATE:21000101T150000,21500101T000000Z", "END:VEVENT"), "max-date-time", "line 8: RDATE 21000101T150000 is too late"},
		{"stack bomb", strings.Repeat("BEGIN:A\n", 200), "valid-calendar-data", "line 9: components nested more than 8 deep"},
	}
	for _, test := range tests {
		rules := all
		if test.name == "stack bomb" {
			rules.MaxSize = 0
		}
		_, err := Validate([]byte(test.text), rules)
		var inv *Invalid
		if !errors.As(err, &inv) {
			t.Errorf("%s: error %v", test.name, err)
			continue
		}
		if inv.Precondition != test.precondition || inv.Error() != test.message {
			t.Errorf("%s: %s: %s\nwant %s: %s", test.name, inv.Precondition, inv, test.precondition, test.message)
		}
	}
}

func TestDatesJustInsideTheBoundsOfSomeZoneAreTaken(t *testing.T) {
	rules := Rules{MinDateTime: 4102444800 - 86400, MaxDateTime: 4102444800}
	for _, value := range []string{"20991231T000000Z", "20991230T100000", "21000101T000000Z", "21000101T140000"} {
		if _, err := Validate([]byte(calendar("BEGIN:VEVENT", "UID:1", "DTSTART:"+value, "END:VEVENT")), rules); err != nil {
			t.Errorf("%s: %v", value, err)
		}
	}
}

// drawCalendar makes calendars that are mostly right.
func drawCalendar(t *rapid.T) string {
	line := rapid.SampledFrom([]string{
		"BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTODO", "END:VTODO",
		"BEGIN:VALARM", "END:VALARM", "BEGIN:VTIMEZONE", "END:VTIMEZONE", "UID:1", "UID:2", "UID:", "VERSION:2.0",
		"RECURRENCE-ID:20240101T000000Z", "RECURRENCE-ID;RANGE=THISANDFUTURE:20240102", "DTSTART;TZID=Z:20240101T000000",
		"TZID:Z", "SUMMARY:a", " folded", "", "prose", "RRULE:FREQ=DAILY", "ATTENDEE;CN=\"x", "\ufeff", "METHOD:PUBLISH",
	})
	return strings.Join(rapid.SliceOfN(line, 0, 40).Draw(t, "lines"), rapid.SampledFrom([]string{"\r\n", "\n"}).Draw(t, "line end"))
}

func TestValidateAnswersEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkValidate(t, drawCalendar(t)) })
}

func FuzzValidate(f *testing.F) {
	for _, s := range hostile(200) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) { checkValidate(t, text) })
}

// checkValidate makes sure that an object is either refused with a line and a
// precondition, or whole and readable again.
func checkValidate(t interface {
	Helper()
	Fatalf(string, ...any)
}, text string) {
	t.Helper()
	o, err := Validate([]byte(text), Rules{})
	if err != nil {
		var inv *Invalid
		if !errors.As(err, &inv) || inv.Line < 1 || inv.Precondition == "" || inv.Reason == "" {
			t.Fatalf("error %#v", err)
		}
		return
	}
	if o.UID == "" || o.Kind == "" || o.Main == nil && len(o.Overrides) == 0 {
		t.Fatalf("accepted, but UID %q kind %q main %v", o.UID, o.Kind, o.Main)
	}
	again, err := ParseObject([]byte(text))
	if err != nil || again.UID != o.UID || again.Kind != o.Kind || len(again.Overrides) != len(o.Overrides) {
		t.Fatalf("accepted, but read again %+v, %v", again, err)
	}
}

func FuzzParseObject(f *testing.F) {
	for _, s := range hostile(200) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := ParseObject([]byte(text))
		if err != nil {
			return
		}
		o.Components()
		o.Text("SUMMARY")
		if got := Select(o, CompSel{Name: "VCALENDAR"}); string(got) != o.Root.Text(o.Doc) {
			t.Errorf("Select of everything gives %q", got)
		}
	})
}

func BenchmarkValidate(b *testing.B) {
	text := []byte(fixture(b, "meeting.ics"))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Validate(text, Rules{Components: []string{"VEVENT", "VTODO"}}); err != nil {
			b.Fatal(err)
		}
	}
}
