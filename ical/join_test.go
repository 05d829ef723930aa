package ical

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"almanac/ical/zone"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func join(t interface{ Fatal(...any) }, h Heading, texts ...string) string {
	var out strings.Builder
	j := NewJoiner(&out, h, zone.NewResolver(100))
	for _, text := range texts {
		o, err := ParseObject([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

const joinHead = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:" + ProdID + "\r\nCALSCALE:GREGORIAN\r\n"

func testZone(tzid, offset string, more ...string) string {
	return crlf("BEGIN:VTIMEZONE", "TZID:"+tzid) + crlf(append(more, "BEGIN:STANDARD", "DTSTART:19700101T000000",
		"TZOFFSETFROM:"+offset, "TZOFFSETTO:"+offset, "END:STANDARD", "END:VTIMEZONE")...)
}

func testEvent(uid, tzid string) string {
	return crlf("BEGIN:VEVENT", "UID:"+uid, "DTSTART;X-A=1;TZID="+tzid+":20240101T100000", "SUMMARY:kept as it is", "  is", "END:VEVENT")
}

func wrap(parts ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-LOST:1\r\n" + strings.Join(parts, "") + "END:VCALENDAR\r\n"
}

func TestJoinHeading(t *testing.T) {
	got := join(t, Heading{Name: "Home, sweet", Description: "a\nb", Color: "#1BADF8", Refresh: "PT1H"})
	want := joinHead + crlf(`NAME:Home\, sweet`, `X-WR-CALNAME:Home\, sweet`, `DESCRIPTION:a\nb`, `X-WR-CALDESC:a\nb`,
		"X-APPLE-CALENDAR-COLOR:#1BADF8", "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H", "END:VCALENDAR")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := join(t, Heading{Color: "turquoise"}); got != joinHead+"COLOR:turquoise\r\nEND:VCALENDAR\r\n" {
		t.Errorf("got %q", got)
	}
}

func TestJoinWritesEachZoneOnce(t *testing.T) {
	tests := []struct {
		name  string
		texts []string
		want  string
	}{
		{"the same zone", []string{
			wrap(testZone("Private", "+0100"), testEvent("a", "Private")),
			wrap(testZone("Private", "+0100", "LAST-MODIFIED:20240101T000000Z"), testEvent("b", "Private"))},
			testZone("Private", "+0100") + testEvent("a", "Private") + testEvent("b", "Private")},
		{"another zone under a private name", []string{
			wrap(testZone("Private", "+0100"), testEvent("a", "Private")),
			wrap(testZone("Private", "+0200"), testEvent("b", "Private")),
			wrap(testZone("Private", "+0300"), testEvent("c", "Private")),
			wrap(testZone("Private", "+0200"), testEvent("d", "Private"))},
			testZone("Private", "+0100") + testEvent("a", "Private") +
				testZone("Private (2)", "+0200") + testEvent("b", "Private (2)") +
				testZone("Private (3)", "+0300") + testEvent("c", "Private (3)") + testEvent("d", "Private (2)")},
		{"another zone under a known name", []string{
			wrap(testZone("Europe/Zurich", "+0100"), testEvent("a", "Europe/Zurich")),
			wrap(testZone("Europe/Zurich", "+0200"), testEvent("b", "Europe/Zurich"))},
			testZone("Europe/Zurich", "+0100") + testEvent("a", "Europe/Zurich") + testEvent("b", "Europe/Zurich")},
		{"unused, doubled and missing zones", []string{
			wrap(testZone("Unused", "+0100"), testZone("Private", "+0100"), testZone("Private", "+0500"), testEvent("a", "Private")),
			wrap(testEvent("b", "Nowhere"))},
			testZone("Private", "+0100") + testEvent("a", "Private") + testEvent("b", "Nowhere")},
		{"a taken name", []string{
			wrap(testZone("P (2)", "+0500"), testEvent("a", "P (2)")),
			wrap(testZone("P", "+0100"), testEvent("b", "P")),
			wrap(testZone("P", "+0200"), testEvent("c", "P"))},
			testZone("P (2)", "+0500") + testEvent("a", "P (2)") + testZone("P", "+0100") + testEvent("b", "P") +
				testZone("P (3)", "+0200") + testEvent("c", "P (3)")},
	}
	for _, test := range tests {
		if diff := cmp.Diff(joinHead+test.want+"END:VCALENDAR\r\n", join(t, Heading{}, test.texts...)); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func TestJoinEndsEachComponentWithALineBreak(t *testing.T) {
	got := join(t, Heading{}, "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nEND:VEVENT\nEND:VCALENDAR")
	if want := joinHead + "BEGIN:VEVENT\nUID:a\nEND:VEVENT\nEND:VCALENDAR\r\n"; got != want {
		t.Errorf("got %q", got)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.ErrUnsupported }

func TestJoinReportsWriteErrors(t *testing.T) {
	j := NewJoiner(failingWriter{}, Heading{}, nil)
	err := j.Add(mustParse(t, wrap(testEvent("a", "X"))))
	if !errors.Is(err, errors.ErrUnsupported) || err.Error() != "write calendar: unsupported operation" {
		t.Errorf("error %v", err)
	}
}

// Ensure that joined objects come apart again as they were: the same zones'
// rules, the same component octets.
func TestSplitOfJoinGivesTheComponentsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 8).Draw(t, "objects")
		var texts, want []string
		for i := range n {
			tzid := rapid.SampledFrom([]string{"Europe/Zurich", "Asia/Tokyo", "Missing"}).Draw(t, "zone")
			zones := ""
			if tzid != "Missing" {
				zones = testZone(tzid, "+0100")
			}
			uid := fmt.Sprintf("uid-%d", i)
			comps := testEvent(uid, tzid)
			for k := range rapid.IntRange(0, 3).Draw(t, "overrides") {
				comps += crlf("BEGIN:VEVENT", "UID:"+uid, fmt.Sprintf("RECURRENCE-ID:2024010%dT100000", k+1),
					"SUMMARY:"+rapid.StringMatching(`[ -~]{0,30}`).Draw(t, "summary"), "END:VEVENT")
			}
			texts = append(texts, wrap(zones, comps))
			want = append(want, comps)
		}
		file := join(t, Heading{Name: "x"}, texts...)
		s, err := NewSplitter(strings.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for it, err := range s.Items() {
			if err != nil || it.Err != nil {
				t.Fatal(err, it.Err)
			}
			o, err := Validate(it.Data, Rules{})
			if err != nil {
				t.Fatal(err)
			}
			var comps strings.Builder
			for _, c := range o.Root.Children {
				if c.Name != "VTIMEZONE" {
					comps.WriteString(c.Text(o.Doc))
				}
			}
			got = append(got, comps.String())
			for _, tzid := range []string{"Europe/Zurich", "Asia/Tokyo"} {
				if named := strings.Contains(comps.String(), "TZID="+tzid); named != (o.Zones[tzid] != nil) {
					t.Fatalf("zone %s named %v, there %v", tzid, named, o.Zones)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Fatal(cmp.Diff(want, got))
		}
	})
}
