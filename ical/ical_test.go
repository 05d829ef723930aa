package ical

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// crlf makes a text of lines as iCalendar wants them.
func crlf(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n" }

// calendar wraps lines into a VCALENDAR.
func calendar(lines ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//test//EN\r\n" + crlf(lines...) + "END:VCALENDAR\r\n"
}

func mustParse(t testing.TB, text string) *Object {
	t.Helper()
	o, err := ParseObject([]byte(text))
	if err != nil {
		t.Fatalf("ParseObject: %v\n%s", err, text)
	}
	return o
}

// fixture reads a file of testdata.
func fixture(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// hostile are texts that other readers hang or crash on, with repetitions of n
// octets or lines. Every fuzz target starts with short ones.
func hostile(n int) []string {
	return []string{
		"",
		"\ufeff",
		"BEGIN:VCALENDAR",
		strings.Repeat("BEGIN:A\r\n", n),
		strings.Repeat("BEGIN:VCALENDAR\r\n", n),
		strings.Repeat("END:VEVENT\r\n", n),
		calendar("BEGIN:VEVENT", "UID:1", "ATTENDEE;CN", "END:VEVENT"),
		calendar("BEGIN:VEVENT", "UID:1", `ATTENDEE;CN="A"B:mailto:a@example.org`, "END:VEVENT"),
		calendar("BEGIN:VEVENT", "UID:1", `ATTENDEE;CN="A:mailto:a@example.org`, "END:VEVENT"),
		calendar("BEGIN:VEVENT", "UID:1", "ATTENDEE;CN="+strings.Repeat("x", n)+":mailto:a@example.org", "END:VEVENT"),
		calendar("BEGIN:VEVENT", "UID:1", "DURATION:P9999999999W", "END:VEVENT"),
		calendar("BEGIN:VEVENT", "UID:1", "SUMMARY:a\x00b\xff", "END:VEVENT"),
		calendar("BEGIN:VEVENT", "UID:1", "DTSTART:00000000T000000", "RRULE:;;;", "EXDATE:,,,", "END:VEVENT"),
		calendar("BEGIN:VEVENT", "UID:1", "DTSTART:20240101", strings.Repeat("RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30\r\n", n)+"END:VEVENT"),
		calendar("BEGIN:VEVENT", "UID:1", "DTSTART:20240101", "RDATE:"+strings.Repeat("20240101,", n), "END:VEVENT"),
		"BEGIN:VCALENDAR\r\n" + strings.Repeat("BEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID:20240101\r\nEND:VEVENT\r\n", n/100) + "END:VCALENDAR\r\n",
		"BEGIN:VCALENDAR\r\n" + strings.Repeat("BEGIN:VEVENT\r\nEND:VEVENT\r\n", n/100) + "END:VCALENDAR\r\n",
		calendar("BEGIN:VEVENT", "UID:1", "END:VTODO", "END:VEVENT"),
		calendar("BEGIN:VEVENT", "UID:1", "BEGIN:VEVENT", "UID:2", "END:VEVENT"),
		calendar("BEGIN:VTIMEZONE", "END:VTIMEZONE", "BEGIN:VEVENT", "DTSTART;TZID=:20240101T000000", "END:VEVENT"),
	}
}

// Ensure that a text of a few megabytes, whatever it holds, is answered: anything
// that is not linear in its size would outlast the test's limit.
func TestHostileTextTakesLinearTime(t *testing.T) {
	for _, text := range hostile(100_000) {
		src := []byte(text)
		Validate(src, Rules{})
		if o, err := ParseObject(src); err == nil {
			Lint(o, nil)
			Select(o, CompSel{Name: "VCALENDAR", AllProps: true})
		}
		s, err := NewSplitter(bytes.NewReader(src), int64(len(src)))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, err := range s.Items() {
			if err != nil {
				t.Error(err)
			}
		}
	}
}
