package ical

import (
	"testing"
	"time"

	"almanac/contentline"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseDateTimeValue(t *testing.T) {
	date := func(y, m, d int) DateTime { return DateTime{Year: y, Month: m, Day: d, IsDate: true} }
	at := func(y, mo, d, h, mi, s int) DateTime {
		return DateTime{Year: y, Month: mo, Day: d, Hour: h, Minute: mi, Second: s}
	}
	utc := func(d DateTime) DateTime { d.UTC = true; return d }
	zoned := func(d DateTime) DateTime { d.TZID = "Europe/Zurich"; return d }
	tests := []struct {
		in     string
		want   DateTime
		reason string
	}{
		{in: "20240229", want: date(2024, 2, 29)},
		{in: "20240501T101112", want: zoned(at(2024, 5, 1, 10, 11, 12))},
		{in: "20240501T101112Z", want: utc(at(2024, 5, 1, 10, 11, 12))},
		{in: " 20240501t101112z ", want: utc(at(2024, 5, 1, 10, 11, 12))},
		{in: "20240501T1011", want: zoned(at(2024, 5, 1, 10, 11, 0))},
		{in: "20240501T1011Z", want: utc(at(2024, 5, 1, 10, 11, 0))},
		{in: "2024-05-01", want: date(2024, 5, 1)},
		{in: "2024-05-01T10:11:12Z", want: utc(at(2024, 5, 1, 10, 11, 12))},
		{in: "00001231T000000Z", want: utc(at(0, 12, 31, 0, 0, 0))},
		{in: "20161231T235960Z", want: utc(at(2016, 12, 31, 23, 59, 59))},
		{in: "", reason: "not a date or date-time"},
		{in: "2024", reason: "not a date or date-time"},
		{in: "2024050", reason: "not a date or date-time"},
		{in: "20240501T", reason: "not a date or date-time"},
		{in: "20240501T10111", reason: "not a date or date-time"},
		{in: "20240501Z", reason: "not a date or date-time"},
		{in: "20240501T101112+0200", reason: "not a date or date-time"},
		{in: "2024--0501", reason: "not a date or date-time"},
		{in: "202405011011121", reason: "not a date or date-time: too many digits"},
		{in: "20241301", reason: "no such month"},
		{in: "20230229", reason: "no such day"},
		{in: "20240500", reason: "no such day"},
		{in: "20240501T250000", reason: "no such time of day"},
	}
	for _, test := range tests {
		got, reason := scanDateTime(test.in, "Europe/Zurich")
		if test.reason != "" {
			if reason != test.reason {
				t.Errorf("%q: reason %q, want %q", test.in, reason, test.reason)
			}
			continue
		}
		if reason != "" || got != test.want {
			t.Errorf("%q = %+v, %q; want %+v", test.in, got, reason, test.want)
		}
	}
}

func TestParseDateTimeList(t *testing.T) {
	p := &contentline.Property{Name: "EXDATE", Line: 7, Value: "20240101,,20240199,20240102T100000Z,x,",
		Params: []contentline.Param{{Name: "TZID", Values: []string{"Asia/Tokyo"}}}}
	got, err := ParseDateTime(p)
	want := []DateTime{
		{Year: 2024, Month: 1, Day: 1, IsDate: true},
		{Year: 2024, Month: 1, Day: 2, Hour: 10, UTC: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err == nil || err.Error() != `line 7: EXDATE "20240199": no such day` {
		t.Errorf("error %v", err)
	}
}

func TestCivilSecondsAgreesWithTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Int64Range(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()).Draw(t, "seconds")
		text := time.Unix(want, 0).UTC().Format("20060102T150405Z")
		d, err := ParseDateTimeValue(text, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := d.CivilSeconds(); got != want || d.String() != text {
			t.Fatalf("%s = %d printed %s, want %d", text, got, d, want)
		}
	})
}

func TestParseDuration(t *testing.T) {
	tests := []struct {
		in   string
		want Duration
		ok   bool
	}{
		{"P1W", Duration{Days: 7}, true},
		{"P15DT5H0M20S", Duration{Days: 15, Seconds: 5*3600 + 20}, true},
		{"-PT15M", Duration{Seconds: -900}, true},
		{"+P1D", Duration{Days: 1}, true},
		{"-P1DT1H", Duration{Days: -1, Seconds: -3600}, true},
		{"PT0S", Duration{}, true},
		{" pt90m ", Duration{Seconds: 5400}, true},
		{"P1W2D", Duration{Days: 9}, true},
		{"P3660000D", Duration{Days: 3_660_000}, true},
		{"P3660001D", Duration{}, false},
		{"P9999999999W", Duration{}, false},
		{"PT99999999999999999999999999S", Duration{}, false},
		{"", Duration{}, false},
		{"P", Duration{}, false},
		{"PT", Duration{}, false},
		{"P1", Duration{}, false},
		{"P1H", Duration{}, false},
		{"PT1D", Duration{}, false},
		{"PD", Duration{}, false},
		{"P1TD", Duration{}, false},
		{"--P1D", Duration{}, false},
		{"P-1D", Duration{}, false},
		{"PT1.5H", Duration{}, false},
	}
	for _, test := range tests {
		got, err := ParseDuration(test.in)
		if (err == nil) != test.ok || got != test.want {
			t.Errorf("%q = %+v, %v; want %+v, %v", test.in, got, err, test.want, test.ok)
		}
	}
}

func TestParsePeriods(t *testing.T) {
	p := &contentline.Property{Name: "FREEBUSY", Line: 3,
		Value: "20240101T100000Z/20240101T110000Z,20240102T100000Z/PT1H,20240103/P1D,nonsense,20240104T000000Z/-PT1H"}
	got, err := ParsePeriods(p)
	want := []Period{
		{Start: DateTime{Year: 2024, Month: 1, Day: 1, Hour: 10, UTC: true}, End: DateTime{Year: 2024, Month: 1, Day: 1, Hour: 11, UTC: true}, HasEnd: true},
		{Start: DateTime{Year: 2024, Month: 1, Day: 2, Hour: 10, UTC: true}, Duration: Duration{Seconds: 3600}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err == nil || err.Error() != `line 3: FREEBUSY "20240103/P1D": a period needs times of day` {
		t.Errorf("error %v", err)
	}
}

func FuzzValues(f *testing.F) {
	for _, s := range []string{"20240501T101112Z", "P1DT2H", "20240101T100000Z/PT1H", "P9999999999W", "2024-05-01"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, reason := scanDateTime(s, "X"); reason == "" {
			again, reason := scanDateTime(d.String(), d.TZID)
			if reason != "" || again != d {
				t.Errorf("%q reads as %+v, printed and read again %+v, %s", s, d, again, reason)
			}
		}
		if d, err := ParseDuration(s); err == nil {
			if e := d.Exact(); e > 2*maxDurationDays*86400 || e < -2*maxDurationDays*86400 {
				t.Errorf("%q is %d seconds", s, e)
			}
		}
		scanPeriod(s, "")
	})
}
