package zone

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"almanac/ical/recur"
)

func load(t testing.TB, name string) *Zone {
	t.Helper()
	z, err := Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// The index only shortens the search.
func TestIndexedSearch(t *testing.T) {
	names := rapid.SampledFrom(ianaNames)
	edges := rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64, -1 << 62, 1 << 62, 0})
	rapid.Check(t, func(t *rapid.T) {
		z, err := Load(names.Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		plain := *z
		plain.begun = nil
		for range 50 {
			at := rapid.Int64Range(-6e9, 2e10).Draw(t, "at")
			switch rapid.IntRange(0, 3).Draw(t, "where") {
			case 0:
				s := rapid.SampledFrom(z.steps).Draw(t, "step")
				at = max(s.from, -1<<62) + rapid.Int64Range(-2, 2).Draw(t, "beside")
			case 1:
				s := rapid.SampledFrom(z.steps).Draw(t, "step")
				at = max(s.wall, -1<<62) + rapid.Int64Range(-2, 2).Draw(t, "beside")
			case 2:
				at = edges.Draw(t, "edge")
			}
			if got, want := z.Offset(at), plain.Offset(at); got != want {
				t.Fatalf("offset of %s at %d: %d, want %d", z, at, got, want)
			}
			if got, want := z.byWall(at), plain.byWall(at); got != want {
				t.Fatalf("step of %s by wall %d: %d, want %d", z, at, got, want)
			}
		}
	})
}

// TestGapsAndOverlaps: RFC 5545 section 3.3.5 on the days on which clocks change.
func TestGapsAndOverlaps(t *testing.T) {
	for _, c := range []struct{ zone, wall, instant string }{
		// The examples of the RFC: 1:30 EDT, and 2:30 read as EST.
		{"America/New_York", "20071104T013000", "2007-11-04T05:30:00Z"},
		{"America/New_York", "20070311T023000", "2007-03-11T07:30:00Z"},
		{"Europe/Zurich", "20240331T015959", "2024-03-31T00:59:59Z"},
		{"Europe/Zurich", "20240331T020000", "2024-03-31T01:00:00Z"},
		{"Europe/Zurich", "20240331T023000", "2024-03-31T01:30:00Z"},
		{"Europe/Zurich", "20240331T030000", "2024-03-31T01:00:00Z"},
		{"Europe/Zurich", "20241027T015959", "2024-10-26T23:59:59Z"},
		{"Europe/Zurich", "20241027T020000", "2024-10-27T00:00:00Z"},
		{"Europe/Zurich", "20241027T025959", "2024-10-27T00:59:59Z"},
		{"Europe/Zurich", "20241027T030000", "2024-10-27T02:00:00Z"},
		// Samoa had no 30 December 2011.
		{"Pacific/Apia", "20111229T235959", "2011-12-30T09:59:59Z"},
		{"Pacific/Apia", "20111230T120000", "2011-12-30T22:00:00Z"},
		{"Pacific/Apia", "20111231T000000", "2011-12-30T10:00:00Z"},
		// Half an hour of summer time.
		{"Australia/Lord_Howe", "20241006T021500", "2024-10-05T15:45:00Z"},
		{"Australia/Lord_Howe", "20240407T014500", "2024-04-06T14:45:00Z"},
		{"Australia/Lord_Howe", "20240407T020000", "2024-04-06T15:30:00Z"},
		// Beyond every table, and before every law.
		{"Europe/Zurich", "90000715T120000", "9000-07-15T10:00:00Z"},
		{"Europe/Zurich", "25010115T120000", "2501-01-15T11:00:00Z"},
		{"Africa/Casablanca", "25010715T120000", "2501-07-15T11:00:00Z"},
		{"UTC", "20240331T023000", "2024-03-31T02:30:00Z"},
		{"Asia/Kathmandu", "20240101T000000", "2023-12-31T18:15:00Z"},
	} {
		wall, ok := recur.ParseCivil(c.wall)
		want, err := time.Parse(time.RFC3339, c.instant)
		if !ok || err != nil {
			t.Fatal(c, err)
		}
		if got := load(t, c.zone).Instant(wall); got != want.Unix() {
			t.Errorf("%s in %s = %v, want %s", c.wall, c.zone, time.Unix(got, 0).UTC().Format(time.RFC3339), c.instant)
		}
	}
}

// TestAgainstTime: offsets are those of package time, and a wall-clock time is
// the earliest instant that shows it, or lies in a gap.
func TestAgainstTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(ianaNames).Draw(t, "zone")
		z, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		loc, err := newest()(name) // the machine may have an older release
		if err != nil {
			t.Fatal(err)
		}
		unix := rapid.Int64Range(-3e9, 30e9).Draw(t, "instant")
		if rapid.Bool().Draw(t, "near a transition") {
			if _, end := time.Unix(unix, 0).In(loc).ZoneBounds(); !end.IsZero() {
				unix = end.Unix() + rapid.Int64Range(-90000, 90000).Draw(t, "distance")
			}
		}
		offsetAt := func(unix int64) int64 {
			_, offset := time.Unix(unix, 0).In(loc).Zone()
			return int64(offset)
		}
		if got, want := z.Offset(unix), offsetAt(unix); int64(got) != want {
			t.Fatalf("%s: offset at %v is %d, want %d", name, time.Unix(unix, 0).UTC(), got, want)
		}
		wall := z.Civil(unix)
		first := z.Instant(wall)
		if first > unix || z.Civil(first) != wall {
			t.Fatalf("%s: %v is read as %v, which shows %v", name, time.Unix(unix, 0).UTC(), time.Unix(first, 0).UTC(), z.Civil(first))
		}
		if first < unix && z.Civil(first-1)+1 != wall {
			t.Fatalf("%s: %v: not the first of two", name, wall)
		}
		// Any wall time: when no instant shows it, the offset before the gap holds.
		wall += recur.Civil(rapid.Int64Range(-90000, 90000).Draw(t, "elsewhere"))
		at := z.Instant(wall)
		if z.Civil(at) == wall {
			return
		}
		if got := int64(wall) - at; got >= offsetAt(at) || got != offsetAt(at-90001) && got != offsetAt(at-int64(offsetAt(at)-got)) {
			t.Fatalf("%s: gap at %v read with offset %d", name, wall, got)
		}
	})
}

func BenchmarkInstant(b *testing.B) {
	z := load(b, "Europe/Zurich")
	c := recur.DateTime(2026, 7, 1, 9, 0, 0)
	b.ReportAllocs()
	for b.Loop() {
		c += 3600
		z.Instant(c)
	}
}

func BenchmarkCivil(b *testing.B) {
	z := load(b, "Europe/Zurich")
	at := int64(1780000000)
	b.ReportAllocs()
	for b.Loop() {
		at += 3600
		z.Civil(at)
	}
}

func BenchmarkFromLocation(b *testing.B) {
	loc, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		FromLocation(loc)
	}
}

func BenchmarkResolve(b *testing.B) {
	r := NewResolver(10)
	b.ReportAllocs()
	for b.Loop() {
		r.Resolve("/freeassociation.sourceforge.net/Europe/Zurich", nil)
	}
}
