package ical

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"almanac/contentline"

	"github.com/google/go-cmp/cmp"
)

func TestParseObject(t *testing.T) {
	type parts struct {
		Kind, UID       string
		Main, Overrides []int // lines
		Zones           []string
	}
	lines := func(comps ...*contentline.Component) (out []int) {
		for _, c := range comps {
			if c != nil {
				out = append(out, c.Line)
			}
		}
		return out
	}
	tests := []struct {
		name, text string
		want       parts
	}{
		{"the fixture", fixture(t, "meeting.ics"), parts{"VEVENT", "5d1c7a60-weekly@example.org", []int{23}, []int{52}, []string{"Europe/Zurich"}}},
		{"only overrides", calendar("BEGIN:VTODO", "RECURRENCE-ID:20240101", "END:VTODO", "BEGIN:VTODO", "uid: u ", "RECURRENCE-ID:20240102", "END:VTODO"),
			parts{"VTODO", "u", nil, []int{4, 7}, nil}},
		{"what Validate refuses: two kinds, two mains, two zones of a name",
			calendar("BEGIN:VTIMEZONE", "TZID:Z", "END:VTIMEZONE", "BEGIN:VTIMEZONE", "TZID:Z", "END:VTIMEZONE", "BEGIN:VTIMEZONE", "END:VTIMEZONE",
				"BEGIN:X-FIRST", "UID:x", "END:X-FIRST", "BEGIN:VJOURNAL", "UID:j", "END:VJOURNAL", "BEGIN:VEVENT", "UID:e", "END:VEVENT", "BEGIN:VJOURNAL", "UID:k", "END:VJOURNAL"),
			parts{"VJOURNAL", "j", []int{15}, nil, []string{"Z"}}},
		{"only an extension", calendar("BEGIN:X-FIRST", "UID:x", "END:X-FIRST"), parts{"X-FIRST", "x", []int{4}, nil, nil}},
		{"nothing", crlf("BEGIN:VCALENDAR", "END:VCALENDAR"), parts{}},
		{"behind a card", crlf("BEGIN:VCARD", "END:VCARD") + calendar("BEGIN:VEVENT", "UID:e", "END:VEVENT"), parts{"VEVENT", "e", []int{6}, nil, nil}},
	}
	for _, test := range tests {
		o := mustParse(t, test.text)
		got := parts{o.Kind, o.UID, lines(o.Main), lines(o.Overrides...), slices.Sorted(maps.Keys(o.Zones))}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func TestParseObjectErrors(t *testing.T) {
	if _, err := ParseObject([]byte(crlf("BEGIN:VCARD", "END:VCARD"))); !errors.Is(err, ErrNoCalendar) {
		t.Errorf("error %v", err)
	}
	_, err := ParseObject([]byte("BEGIN:VCALENDAR\n"))
	var syntax *contentline.SyntaxError
	if !errors.As(err, &syntax) || err.Error() != "read calendar object: line 1: BEGIN:VCALENDAR without END" {
		t.Errorf("error %v", err)
	}
}

func TestObjectText(t *testing.T) {
	o := mustParse(t, fixture(t, "meeting.ics"))
	if got := o.Text("LOCATION"); got != "Room 3; second floor" {
		t.Errorf("LOCATION %q", got)
	}
	if got := o.Text("COMMENT"); got != "" {
		t.Errorf("COMMENT %q", got)
	}
	o = mustParse(t, calendar("BEGIN:VEVENT", "UID:u", "RECURRENCE-ID:20240101", `SUMMARY:a\,b`, "END:VEVENT"))
	if got := o.Text("SUMMARY"); got != "a,b" {
		t.Errorf("SUMMARY %q", got)
	}
}
