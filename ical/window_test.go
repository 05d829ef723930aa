package ical

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"almanac/ical/recur"
	"almanac/ical/zone"
)

// drawSeries draws an object with whatever can make a series: exceptions, dates of
// its own, instances moved, cancelled and changed from one on, in zones with gaps.
func drawSeries(t *rapid.T, zones *zone.Resolver) *Series {
	compileText := func(text string) *Series {
		o, err := ParseObject([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return Compile(o, zones)
	}
	text := drawSimple(t)
	s := compileText(text)
	if s.main == nil || s.Object.Kind != "VEVENT" {
		return s
	}
	// Overrides of instances that there are.
	var ids []Moment
	from := s.main.start.Instant(zone.UTC)
	s.Instances(Span{from - 86400, from + 400*86400}, Env{}, func(i *Instance) bool {
		ids = append(ids, i.RecurrenceID)
		return len(ids) < 30
	})
	var more strings.Builder
	for n := range min(len(ids), rapid.IntRange(0, 3).Draw(t, "overrides")) {
		id := ids[rapid.IntRange(0, len(ids)-1).Draw(t, "which")]
		write := func(name string, m Moment) {
			switch {
			case m.Date:
				fmt.Fprintf(&more, "%s;VALUE=DATE:%s\r\n", name, m.Civil.String()[:8])
			case m.Zone == nil:
				fmt.Fprintf(&more, "%s:%s\r\n", name, m.Civil)
			default:
				fmt.Fprintf(&more, "%s:%s\r\n", name, utcText(m.Zone.Instant(m.Civil)))
			}
		}
		moved := id
		moved.Civil += recur.Civil(86400 * rapid.SampledFrom([]int{0, 1, -1, 20}).Draw(t, "days"))
		fmt.Fprintf(&more, "BEGIN:VEVENT\r\nUID:%s\r\n", s.Object.UID)
		name := "RECURRENCE-ID"
		if rapid.IntRange(0, 4).Draw(t, "and those behind") == 0 && !id.Date {
			name += ";RANGE=THISANDFUTURE"
		}
		write(name, id)
		write("DTSTART", moved)
		fmt.Fprintf(&more, "SUMMARY:Override %d\r\n%sEND:VEVENT\r\n", n, rapid.SampledFrom([]string{"", "DURATION:PT3H\r\n", "STATUS:CANCELLED\r\n"}).Draw(t, "what"))
	}
	return compileText(strings.Replace(text, "END:VCALENDAR", more.String()+"END:VCALENDAR", 1))
}

// seen is an instance as it is told apart from others.
func seen(i *Instance) string {
	return fmt.Sprintf("%d-%d of %v, reaching %d-%d, by %p", i.Start, i.End, i.RecurrenceID.Civil, i.reach.Start, i.reach.End, i.Comp)
}

// TestWindows holds windows against each other: what is in two adjacent ones is in
// both together; an instance is the same in whichever window it is seen; it is found
// in its own time, and nothing is found where none reaches.
func TestWindows(t *testing.T) {
	zones := zone.NewResolver(100)
	rapid.Check(t, func(t *rapid.T) {
		s := drawSeries(t, zones)
		env := Env{Zones: zones}
		base := int64(1_774_000_000)
		if s.main != nil {
			base = s.main.start.Instant(zone.UTC)
		} else if len(s.loose) > 0 && s.loose[0].shape.dated() {
			base = s.loose[0].start.Instant(zone.UTC)
		}
		in := func(w Span) (list []string, reach []Span) {
			if err := s.Instances(w, env, func(i *Instance) bool {
				list, reach = append(list, seen(i)), append(reach, i.reach)
				return true
			}); err != nil {
				t.Fatal(err)
			}
			return list, reach
		}
		from := base + rapid.Int64Range(-3*86400, 200*86400).Draw(t, "from")
		mid := from + rapid.Int64Range(1, 20*86400).Draw(t, "first")
		to := mid + rapid.Int64Range(1, 20*86400).Draw(t, "second")
		whole, reaches := in(Span{from, to})
		first, _ := in(Span{from, mid})
		second, _ := in(Span{mid, to})
		both := append(first, second...)
		slices.Sort(both)
		both = slices.Compact(both)
		all := slices.Sorted(slices.Values(whole))
		if !slices.Equal(both, slices.Compact(all)) || len(all) != len(slices.Compact(slices.Clone(all))) {
			t.Fatalf("%s\nin [%d, %d): %q\nup to %d, and from there: %q", s.Object.Doc.Src, from, to, all, mid, both)
		}
		for n, r := range reaches {
			own, _ := in(r)
			if !slices.Contains(own, whole[n]) {
				t.Fatalf("%s\n%s is not in its own time: %q", s.Object.Doc.Src, whole[n], own)
			}
			if found, err := s.Overlaps(nil, r, env); err != nil || !found {
				t.Fatalf("%s\na query for the time of %s finds nothing: %v", s.Object.Doc.Src, whole[n], err)
			}
			one, _ := in(Span{r.Start, r.Start + 1})
			if r.Start >= from && r.Start < to && !slices.Contains(one, whole[n]) {
				t.Fatalf("%s\n%s is not in its first second: %q", s.Object.Doc.Src, whole[n], one)
			}
		}
		// Where nothing reaches, nothing is found.
		at := from + rapid.Int64Range(0, to-from-1).Draw(t, "at")
		w := Span{at, min(at+rapid.Int64Range(1, 7200).Draw(t, "for"), to)}
		want := slices.ContainsFunc(reaches, w.Touches)
		if found, err := s.Overlaps(nil, w, env); err != nil || found != want {
			t.Fatalf("%s\nin [%d, %d): found %v (%v), want %v", s.Object.Doc.Src, w.Start, w.End, found, err, want)
		}
		if b := s.Bounds(); want && !Candidate(b, w) {
			t.Fatalf("%s\nthe index leaves [%d, %d) out", s.Object.Doc.Src, w.Start, w.End)
		}
	})
}
