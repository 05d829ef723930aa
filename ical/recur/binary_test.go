package recur

import (
	"bytes"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// offsetClock is a clock two hours ahead of UTC.
func offsetClock(unix int64) Civil { return Civil(unix) + 7200 }

func TestBinary(t *testing.T) {
	rules := ruleGen([]Freq{Yearly, Monthly, Weekly, Daily, Hourly, Minutely, Secondly})
	var used Sequence // what others were decoded into
	rapid.Check(t, func(t *rapid.T) {
		r := rules.Draw(t, "rule")
		start := startGen().Draw(t, "start")
		r.Skip = rapid.SampledFrom([]Skip{Omit, Omit, Backward, Forward}).Draw(t, "skip")
		r.UntilKind = rapid.SampledFrom([]UntilKind{NoUntil, NoUntil, UntilDate, UntilLocal, UntilUTC}).Draw(t, "kind of UNTIL")
		if r.UntilKind != NoUntil {
			r.Until = start + Civil(rapid.Int64Range(-1e6, 1e9).Draw(t, "until"))
		}
		s := New(r, start, r.Limit(offsetClock))
		b, ok := s.AppendBinary([]byte("x"))
		if left := len(r.ByYearDay) > 0 || r.Count > 0 && r.UntilKind == UntilUTC && !s.never; ok == left {
			t.Fatalf("%s: written: %v", r, ok)
		}
		if !ok {
			return
		}
		var fresh Sequence
		for _, d := range []*Sequence{&fresh, &used} {
			rest, err := d.Decode(append(b[1:len(b):len(b)], "rest"...), start, offsetClock)
			if err != nil || string(rest) != "rest" {
				t.Fatalf("%s: % x: %q, %v", r, b, rest, err)
			}
			again, _ := d.AppendBinary([]byte("x"))
			if !bytes.Equal(b, again) {
				t.Fatalf("%s:\n wrote % x\n again % x", r, b, again)
			}
		}
		if !reflect.DeepEqual(&fresh, s) {
			t.Fatalf("%s: % x\n made %+v\n read %+v", r, b, s, &fresh)
		}
	})
}

// An UNTIL in UTC follows the zone that it is read in.
func TestBinaryUntilMoves(t *testing.T) {
	r, err := Parse("FREQ=DAILY;UNTIL=20260103T223000Z")
	if err != nil {
		t.Fatal(err)
	}
	start := DateTime(2026, 1, 1, 0, 0, 0)
	b, _ := New(r, start, r.Limit(offsetClock)).AppendBinary(nil)
	for _, tc := range []struct {
		offset Civil
		want   int
	}{{3600, 3}, {5400, 4}, {7200, 4}} {
		var s Sequence
		if _, err := s.Decode(b, start, func(unix int64) Civil { return Civil(unix) + tc.offset }); err != nil {
			t.Fatal(err)
		}
		n := 0
		s.Each(MinCivil, MaxCivil, nil, func(Civil) bool { n++; return true })
		if n != tc.want {
			t.Errorf("%d seconds east: %d instances, want %d", tc.offset, n, tc.want)
		}
	}
}

// Whatever octets are taken for a sequence, asking it ends.
func FuzzBinary(f *testing.F) {
	for _, text := range []string{
		"FREQ=DAILY", "FREQ=YEARLY;BYWEEKNO=53,-1;BYDAY=MO;WKST=SU", "FREQ=MONTHLY;BYDAY=-1FR,2MO;BYSETPOS=-1,2;COUNT=99",
		"FREQ=HOURLY;INTERVAL=2;BYHOUR=1", "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD;BYMONTHDAY=31", "FREQ=SECONDLY;BYSECOND=59;UNTIL=20300101T000000Z",
	} {
		r, err := Parse(text)
		if err != nil {
			f.Fatal(err)
		}
		b, _ := New(r, 868957200, r.Limit(offsetClock)).AppendBinary(nil)
		f.Add(b, int64(868957200), int64(1e9))
	}
	f.Fuzz(func(t *testing.T, b []byte, start, from int64) {
		var s Sequence
		if _, err := s.Decode(b, Civil(start), offsetClock); err != nil {
			return
		}
		from = min(max(from, int64(MinCivil)), int64(MaxCivil))
		budget := Budget{Left: 10_000}
		last := Civil(from) - 1
		s.Each(Civil(from), Forever, &budget, func(c Civil) bool {
			if c <= last {
				t.Fatalf("% x: %v after %v", b, c, last)
			}
			last = c
			return true
		})
		s.Has(Civil(from), &budget)
	})
}
