package ical

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"almanac/contentline"
)

// TestBusyPeriods: RFC 4791 section 7.10.
func TestBusyPeriods(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an event", component("VEVENT", "DTSTART:20240510T100000Z|DURATION:PT1H"), "BUSY:20240510T100000Z/20240510T110000Z"},
		{"cut to the range", component("VEVENT", "DTSTART:20240501T000000Z|DURATION:P30D"), "BUSY:20240510T000000Z/20240511T000000Z"},
		{"transparent", component("VEVENT", "DTSTART:20240510T100000Z|DURATION:PT1H|TRANSP:transparent"), ""},
		{"cancelled", component("VEVENT", "DTSTART:20240510T100000Z|DURATION:PT1H|STATUS:CANCELLED"), ""},
		{"tentative", component("VEVENT", "DTSTART:20240510T100000Z|DURATION:PT1H|STATUS:Tentative"), "BUSY-TENTATIVE:20240510T100000Z/20240510T110000Z"},
		{"without length", component("VEVENT", "DTSTART:20240510T100000Z"), ""},
		{"a series with a cancelled instance", calendar(joined(
			"BEGIN:VEVENT|UID:1|DTSTART:20240510T100000Z|DURATION:PT1H|RRULE:FREQ=HOURLY;INTERVAL=2;COUNT=3|END:VEVENT",
			"BEGIN:VEVENT|UID:1|RECURRENCE-ID:20240510T120000Z|DTSTART:20240510T120000Z|DURATION:PT1H|STATUS:CANCELLED|END:VEVENT")...),
			"BUSY:20240510T100000Z/20240510T110000Z BUSY:20240510T140000Z/20240510T150000Z"},
		{"a task", component("VTODO", "DTSTART:20240510T100000Z|DURATION:PT1H"), ""},
		{"VFREEBUSY", component("VFREEBUSY", "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20240510T100000Z/PT1H,20240520T100000Z/PT1H|FREEBUSY;FBTYPE=FREE:20240510T120000Z/PT1H|FREEBUSY;FBTYPE=X-OWN:20240510T140000Z/PT1H"),
			"BUSY-UNAVAILABLE:20240510T100000Z/20240510T110000Z BUSY:20240510T140000Z/20240510T150000Z"},
	} {
		var got []string
		err := compile(t, c.text).BusyPeriods(*window(t, "20240510T000000Z", "20240511T000000Z"), Env{}, func(b Busy) bool {
			got = append(got, b.Type.String()+":"+utcText(b.Start)+"/"+utcText(b.End))
			return true
		})
		slices.Sort(got)
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, %v; want %s", c.name, got, err, c.want)
		}
	}
}

// TestMergeBusy compares with a line of seconds on which the stronger type wins.
func TestMergeBusy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const size = 60
		list := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Busy {
			start := rapid.Int64Range(0, size-1).Draw(t, "start")
			return Busy{Span{start, rapid.Int64Range(start, size).Draw(t, "end")}, BusyType(rapid.IntRange(0, 2).Draw(t, "type"))}
		}), 0, 12).Draw(t, "list")
		var line [size + 1]int // 0 is free
		for _, b := range list {
			for i := b.Start; i < b.End; i++ {
				line[i] = max(line[i], int(b.Type)+1)
			}
		}
		var want []Busy
		for i, v := range line[:size] {
			if v == 0 {
				continue
			}
			if n := len(want); n > 0 && want[n-1].End == int64(i) && int(want[n-1].Type)+1 == v {
				want[n-1].End++
			} else {
				want = append(want, Busy{Span{int64(i), int64(i) + 1}, BusyType(v - 1)})
			}
		}
		text := append([]Busy(nil), list...)
		if got := MergeBusy(list); !slices.Equal(want, got) {
			t.Fatalf("%v\nwant %v\n got %v", text, want, got)
		}
	})
}

func TestFreeBusyReply(t *testing.T) {
	w := *window(t, "20240510T000000Z", "20240511T000000Z")
	at := func(from, to string, kind BusyType) Busy { return Busy{*window(t, from, to), kind} }
	reply := FreeBusyReply{ProdID: "-//example.org//test//EN", Stamp: w.Start, Method: "REPLY", UID: "42",
		Extra: []contentline.Property{{Name: "ATTENDEE", Value: "mailto:a@example.org"}}}
	got := reply.AppendFreeBusy(nil, w, []Busy{
		at("20240510T100000Z", "20240510T110000Z", BusyNormal), at("20240510T120000Z", "20240510T130000Z", BusyNormal),
		at("20240510T130000Z", "20240510T140000Z", BusyTentative)})
	want := strings.Join([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example.org//test//EN", "METHOD:REPLY", "BEGIN:VFREEBUSY", "UID:42",
		"DTSTAMP:20240510T000000Z", "DTSTART:20240510T000000Z", "DTEND:20240511T000000Z", "ATTENDEE:mailto:a@example.org",
		"FREEBUSY:20240510T100000Z/20240510T110000Z,20240510T120000Z/20240510T130000", " Z", "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20240510T130000Z/20240510T140000Z",
		"END:VFREEBUSY", "END:VCALENDAR", ""}, "\n")
	if diff := cmp.Diff(want, unixLines(got)); diff != "" {
		t.Error(diff)
	}
}

// TestLimitFreeBusySet: RFC 4791 section 9.6.7.
func TestLimitFreeBusySet(t *testing.T) {
	o := mustParse(t, component("VFREEBUSY", "FREEBUSY;FBTYPE=FREE:20240510T100000Z/PT1H,20240520T100000Z/PT1H|FREEBUSY:20240520T120000Z/PT1H|FREEBUSY:20240510T\r\n 140000Z/PT1H"))
	got, err := LimitFreeBusySet(o, *window(t, "20240510T000000Z", "20240511T000000Z"))
	want := component("VFREEBUSY", "FREEBUSY;FBTYPE=FREE:20240510T100000Z/PT1H|FREEBUSY:20240510T\r\n 140000Z/PT1H")
	if diff := cmp.Diff(want, string(got)); diff != "" || err != nil {
		t.Error(err, diff)
	}
}
