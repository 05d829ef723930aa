package ical

import (
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const sighted = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//test//EN\r\nX-WR-CALNAME:Secret\r\n" +
	"BEGIN:VTIMEZONE\r\nTZID:Custom\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n" +
	"BEGIN:VEVENT\r\nUID:s\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Custom:20260105T090000\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY\r\n" +
	"BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT10M\r\nDESCRIPTION:One\r\nEND:VALARM\r\n" +
	"SUMMARY:Board\r\n meeting\r\nLOCATION:Room 5\r\nATTENDEE:mailto:bob@example.org\r\nX-SECRET:y\r\n" +
	"BEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nUID:s\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID;TZID=Custom:20260112T090000\r\nDTSTART;TZID=Custom:20260112T100000\r\nSUMMARY:Later\r\nEND:VEVENT\r\n" +
	"END:VCALENDAR\r\n"

func sightedObject(t interface{ Fatal(...any) }, text string) *Object {
	o, err := ParseObject([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestClass(t *testing.T) {
	for _, c := range []struct {
		lines []string // CLASS of the main component and of an override
		want  Class
	}{
		{[]string{"", ""}, Public},
		{[]string{"CLASS:PUBLIC\r\n", "CLASS:public \r\n"}, Public},
		{[]string{"CLASS:CONFIDENTIAL\r\n", ""}, Confidential},
		{[]string{"", "CLASS:confidential\r\n"}, Confidential},
		{[]string{"CLASS:PRIVATE\r\n", "CLASS:PUBLIC\r\n"}, Private},
		{[]string{"CLASS:CONFIDENTIAL\r\n", "CLASS:X-OURS\r\n"}, Private},
	} {
		text := strings.Replace(sighted, "SUMMARY:Board", c.lines[0]+"SUMMARY:Board", 1)
		text = strings.Replace(text, "SUMMARY:Later", c.lines[1]+"SUMMARY:Later", 1)
		if got := sightedObject(t, text).Class(); got != c.want {
			t.Errorf("%q: class %d, want %d", c.lines, got, c.want)
		}
	}
}

func TestBusyOnly(t *testing.T) {
	want := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//test//EN\r\n" +
		"BEGIN:VTIMEZONE\r\nTZID:Custom\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n" +
		"BEGIN:VEVENT\r\nUID:s\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Custom:20260105T090000\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY\r\nSUMMARY:Away\\, sorry\r\nEND:VEVENT\r\n" +
		"BEGIN:VEVENT\r\nUID:s\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID;TZID=Custom:20260112T090000\r\nDTSTART;TZID=Custom:20260112T100000\r\nSUMMARY:Away\\, sorry\r\nEND:VEVENT\r\n" +
		"END:VCALENDAR\r\n"
	if got := string(BusyOnly(sightedObject(t, sighted), "Away, sorry")); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for what, text := range map[string]string{
		"a transparent event": strings.ReplaceAll(sighted, "SUMMARY", "TRANSP:TRANSPARENT\r\nSUMMARY"),
		"a cancelled event":   strings.ReplaceAll(sighted, "SUMMARY", "STATUS:CANCELLED\r\nSUMMARY"),
		"a task":              strings.ReplaceAll(sighted, "VEVENT", "VTODO"),
	} {
		if got := BusyOnly(sightedObject(t, text), "Busy"); got != nil {
			t.Errorf("%s is shown as busy:\n%s", what, got)
		}
	}
}

func TestWithAlarms(t *testing.T) {
	o := sightedObject(t, sighted)
	one := "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT10M\r\nDESCRIPTION:One\r\nEND:VALARM\r\n"
	two := "BEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n"
	if got, want := o.Alarms(), (Alarms{"": one + two}); !maps.Equal(got, want) {
		t.Fatalf("alarms %q, want %q", got, want)
	}
	bare := strings.NewReplacer(one, "", two, "").Replace(sighted)
	for _, c := range []struct {
		what   string
		alarms Alarms
		want   string
	}{
		{"its own", o.Alarms(), sighted},
		{"none", nil, bare},
		{"another", Alarms{"": two}, strings.Replace(bare, "X-SECRET:y\r\n", "X-SECRET:y\r\n"+two, 1)},
		{"one of an instance", Alarms{"20260112T090000": one}, strings.Replace(bare, "SUMMARY:Later\r\n", "SUMMARY:Later\r\n"+one, 1)},
		{"one that was put off", Alarms{"": "X-MOZ-LASTACK:20260112T080000Z\r\nX-MOZ-SNOOZE-TIME-17:20260112T090000Z\r\n" + two},
			strings.NewReplacer("SUMMARY:Board", "X-MOZ-LASTACK:20260112T080000Z\r\nX-MOZ-SNOOZE-TIME-17:20260112T090000Z\r\nSUMMARY:Board", "X-SECRET:y\r\n", "X-SECRET:y\r\n"+two).Replace(bare)},
		{"one that is not there, dismissed", Alarms{"20260112T090000": "X-MOZ-LASTACK:20260112T080000Z\r\n"},
			strings.Replace(bare, "SUMMARY:Later\r\n", "SUMMARY:Later\r\nX-MOZ-LASTACK:20260112T080000Z\r\n", 1)},
		{"lines that are none", Alarms{"": "X-MOZ-LASTACK:\u0250\u0250\u0250 BEGIN:VALARM\r\nbegin:valarm\r\nEND:VALARM\r\n"},
			strings.NewReplacer("SUMMARY:Board", "X-MOZ-LASTACK:\u0250\u0250\u0250 BEGIN:VALARM\r\nSUMMARY:Board", "X-SECRET:y\r\n", "X-SECRET:y\r\nbegin:valarm\r\nEND:VALARM\r\n").Replace(bare)},
		{"one of an instance that is not there", Alarms{"20260119T090000": one}, bare},
	} {
		if got := string(WithAlarms(o, c.alarms)); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.what, got, c.want)
		}
	}
}

func TestSameButAlarms(t *testing.T) {
	o := sightedObject(t, sighted)
	for _, c := range []struct {
		what     string
		old, new string
		same     bool
	}{
		{"nothing changed", "", "", true},
		{"another alarm", "TRIGGER:-PT10M", "TRIGGER:-PT20M", true},
		{"an alarm acknowledged", "TRIGGER:-PT10M\r\n", "TRIGGER:-PT10M\r\nACKNOWLEDGED:20260112T090000Z\r\n", true},
		{"written later", "DTSTAMP:20260101T000000Z", "DTSTAMP:20260201T000000Z\r\nLAST-MODIFIED:20260201T000000Z\r\nSEQUENCE:3", true},
		{"dismissed by Thunderbird", "DTSTAMP:20260101T000000Z", "DTSTAMP:20260201T000000Z\r\nX-MOZ-GENERATION:1\r\nX-MOZ-LASTACK:20260201T000000Z", true},
		{"put off by Thunderbird", "DTSTAMP:20260101T000000Z", "DTSTAMP:20260201T000000Z\r\nX-MOZ-SNOOZE-TIME-1768208400000000:20260201T000000Z", true},
		{"folded otherwise", "SUMMARY:Board\r\n meeting", "SUMMARY:Boardmeeting", true},
		{"in another order", "LOCATION:Room 5\r\nATTENDEE:mailto:bob@example.org\r\n", "ATTENDEE:mailto:bob@example.org\r\nLOCATION:Room 5\r\n", true},
		{"another place", "Room 5", "Room 6", false},
		{"another parameter", "ATTENDEE:", "ATTENDEE;PARTSTAT=ACCEPTED:", false},
		{"another time of an instance", "DTSTART;TZID=Custom:20260112T100000", "DTSTART;TZID=Custom:20260112T110000", false},
		{"another UID", "UID:s", "UID:t", false},
		{"another instance", "RECURRENCE-ID;TZID=Custom:20260112T090000", "RECURRENCE-ID;TZID=Custom:20260119T090000", false},
	} {
		other := sightedObject(t, strings.ReplaceAll(sighted, c.old, c.new))
		if c.old == "" {
			other = o
		}
		if SameButAlarms(o, other) != c.same || SameButAlarms(other, o) != c.same {
			t.Errorf("%s: not %v both ways", c.what, c.same)
		}
	}
}

// TestAlarmsComeAndGo puts alarms in and takes them out again: what else an object
// says stays octet for octet, and the alarms are those that were put in.
func TestAlarmsComeAndGo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := sightedObject(t, sighted)
		bare := WithAlarms(o, nil)
		alarm := rapid.Custom(func(t *rapid.T) string {
			return "BEGIN:VALARM\r\nTRIGGER:-PT" + rapid.StringMatching(`[1-9][0-9]?`).Draw(t, "minutes") + "M\r\nEND:VALARM\r\n"
		})
		want := Alarms{}
		for _, key := range []string{"", "20260112T090000"} {
			lines := strings.Join(rapid.SliceOfN(rapid.StringMatching("X-MOZ-(LASTACK|SNOOZE-TIME|SNOOZE-TIME-[1-9]):20260112T0[0-9]0000Z\r\n"), 0, 2).Draw(t, "lines"), "")
			if text := lines + strings.Join(rapid.SliceOfN(alarm, 0, 3).Draw(t, "alarms"), ""); text != "" {
				want[key] = text
			}
		}
		with := sightedObject(t, string(WithAlarms(o, want)))
		if got := with.Alarms(); !maps.Equal(got, want) {
			t.Fatalf("alarms %q, want %q", got, want)
		}
		if got := WithAlarms(with, nil); string(got) != string(bare) {
			t.Fatalf("without them again\n%s\nwant\n%s", got, bare)
		}
		if !SameButAlarms(o, with) {
			t.Fatal("not the same but for alarms")
		}
	})
}

func FuzzSight(f *testing.F) {
	f.Add([]byte(sighted), "BEGIN:VALARM\r\nEND:VALARM\r\n")
	f.Add([]byte("BEGIN:VCALENDAR\nBEGIN:VEVENT\nBEGIN:VALARM\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR"), "")
	f.Fuzz(func(t *testing.T, text []byte, alarm string) {
		o, err := ParseObject(text)
		if err != nil {
			return
		}
		if got := WithAlarms(o, o.Alarms()); string(got) != o.Doc.Src {
			t.Fatalf("its own alarms change it:\n%q\n%q", o.Doc.Src, got)
		}
		bare := WithAlarms(o, nil)
		b, err := ParseObject(bare)
		if err != nil {
			t.Fatalf("without alarms it cannot be read: %v\n%q", err, bare)
		}
		if b.HasAlarms() {
			t.Fatalf("alarms are left:\n%q", bare)
		}
		if busy := BusyOnly(o, "Busy"); busy != nil {
			x, err := ParseObject(busy)
			if err != nil {
				t.Fatalf("what is shown as busy cannot be read: %v\n%q", err, busy)
			}
			for _, c := range x.Components() {
				for i := range c.Props {
					if name := c.Props[i].Name; name != "SUMMARY" && !shownOfBusy[name] {
						t.Fatalf("%s is shown", name)
					}
				}
			}
		}
	})
}
