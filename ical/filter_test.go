package ical

import (
	"math"
	"testing"

	"almanac/collation"
	"almanac/ical/zone"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// window makes a Span of two values such as 20240101T000000Z; empty is open.
func window(t testing.TB, start, end string) *Span {
	t.Helper()
	w := Span{math.MinInt64, math.MaxInt64}
	for _, side := range []struct {
		text string
		to   *int64
	}{{start, &w.Start}, {end, &w.End}} {
		if side.text == "" {
			continue
		}
		d, err := ParseDateTimeValue(side.text, "")
		if err != nil {
			t.Fatal(err)
		}
		*side.to = d.CivilSeconds()
	}
	return &w
}

func text(t testing.TB, needle string) *TextMatch {
	t.Helper()
	m, err := collation.New("i;ascii-casemap", collation.Contains, needle)
	if err != nil {
		t.Fatal(err)
	}
	return &TextMatch{Matcher: m}
}

func not(m *TextMatch) *TextMatch { return &TextMatch{m.Matcher, true} }

// on wraps component filters into one for VCALENDAR.
func on(comps ...CompFilter) Filter {
	return Filter{CompFilter{Name: "VCALENDAR", Comps: comps}}
}

func TestFilterText(t *testing.T) {
	meeting := fixture(t, "meeting.ics")
	todo := calendar("BEGIN:VTODO", "UID:t", "SUMMARY:Pay the rent", "CATEGORIES:HOME", "CATEGORIES:MONEY,URGENT", "ATTENDEE:mailto:a@example.org", "END:VTODO")
	prop := func(kind string, props ...PropFilter) Filter { return on(CompFilter{Name: kind, Props: props}) }
	tests := []struct {
		name          string
		filter        Filter
		meeting, todo bool
	}{
		{"just VCALENDAR", on(), true, true},
		{"no VCALENDAR", Filter{CompFilter{Name: "VCALENDAR", IsNotDefined: true}}, false, false},
		{"unknown root", Filter{CompFilter{Name: "VEVENT"}}, false, false},
		{"a kind", on(CompFilter{Name: "VEVENT"}), true, false},
		{"an unknown component", on(CompFilter{Name: "VNOTHING"}), false, false},
		{"not an unknown component", on(CompFilter{Name: "VNOTHING", IsNotDefined: true}), true, true},
		{"not a kind", on(CompFilter{Name: "VEVENT", IsNotDefined: true}), false, true},
		{"two kinds", on(CompFilter{Name: "VEVENT"}, CompFilter{Name: "VTODO"}), false, false},
		{"a kind and its zone", on(CompFilter{Name: "VEVENT"}, CompFilter{Name: "VTIMEZONE"}), true, false},
		{"an alarm", on(CompFilter{Name: "VEVENT", Comps: []CompFilter{{Name: "VALARM"}}}), true, false},
		{"no alarm: the override has none", on(CompFilter{Name: "VEVENT", Comps: []CompFilter{{Name: "VALARM", IsNotDefined: true}}}), true, false},
		{"a property of the calendar", Filter{CompFilter{Name: "VCALENDAR", Props: []PropFilter{{Name: "CALSCALE"}}}}, true, false},

		{"a property", prop("VEVENT", PropFilter{Name: "LOCATION"}), true, false},
		{"a property that is missing", prop("VTODO", PropFilter{Name: "LOCATION"}), false, false},
		{"not a property", prop("VTODO", PropFilter{Name: "LOCATION", IsNotDefined: true}), false, true},
		{"not a property that is there", prop("VTODO", PropFilter{Name: "SUMMARY", IsNotDefined: true}), false, false},
		{"text", prop("VTODO", PropFilter{Name: "SUMMARY", Text: text(t, "RENT")}), false, true},
		{"text behind an escape", prop("VEVENT", PropFilter{Name: "SUMMARY", Text: text(t, "planning, rev")}), true, false},
		{"text over a fold and a line break", prop("VEVENT", PropFilter{Name: "DESCRIPTION", Text: text(t, "way. Bring the list")}), true, false},
		{"no escapes in the text", prop("VEVENT", PropFilter{Name: "DESCRIPTION", Text: text(t, `\n`)}), false, false},
		{"text of a missing property", prop("VTODO", PropFilter{Name: "LOCATION", Text: text(t, "x")}), false, false},
		{"both conditions of one component", prop("VEVENT", PropFilter{Name: "SUMMARY", Text: text(t, "moved")}, PropFilter{Name: "CATEGORIES", Text: text(t, "work")}), true, false},
		{"conditions met by two components", prop("VEVENT", PropFilter{Name: "SUMMARY", Text: text(t, "moved")}, PropFilter{Name: "CATEGORIES", Text: text(t, "heron")}), false, false},
		{"one of several properties", prop("VTODO", PropFilter{Name: "CATEGORIES", Text: text(t, "urgent")}), false, true},
		{"a list as a whole", prop("VTODO", PropFilter{Name: "CATEGORIES", Text: text(t, "money,urgent")}), false, true},
		{"not text", prop("VTODO", PropFilter{Name: "SUMMARY", Text: not(text(t, "dentist"))}), false, true},
		{"not text that is there", prop("VTODO", PropFilter{Name: "SUMMARY", Text: not(text(t, "rent"))}), false, false},
		{"not text of a missing property", prop("VTODO", PropFilter{Name: "LOCATION", Text: not(text(t, "x"))}), false, false},
		{"not text of one of several properties", prop("VTODO", PropFilter{Name: "CATEGORIES", Text: not(text(t, "urgent"))}), false, false},

		{"a parameter", prop("VEVENT", PropFilter{Name: "ATTENDEE", Params: []ParamFilter{{Name: "RSVP"}}}), true, false},
		{"not a parameter", prop("VTODO", PropFilter{Name: "ATTENDEE", Params: []ParamFilter{{Name: "RSVP", IsNotDefined: true}}}), false, true},
		{"a parameter's text", prop("VEVENT", PropFilter{Name: "ATTENDEE", Params: []ParamFilter{{Name: "CN", Text: text(t, "example, ernst")}}}), true, false},
		{"not a parameter's text", prop("VEVENT", PropFilter{Name: "ORGANIZER", Params: []ParamFilter{{Name: "CN", Text: not(text(t, "dora"))}}}), false, false},
		{"not the text of a missing parameter", prop("VTODO", PropFilter{Name: "ATTENDEE", Params: []ParamFilter{{Name: "CN", Text: not(text(t, "dora"))}}}), false, false},
		{"value and parameters of one property", prop("VEVENT", PropFilter{Name: "ATTENDEE", Text: text(t, "ernst@"), Params: []ParamFilter{{Name: "PARTSTAT", Text: text(t, "accepted")}}}), true, false},
		{"value and parameters of two properties", prop("VEVENT", PropFilter{Name: "ATTENDEE", Text: text(t, "frida@"), Params: []ParamFilter{{Name: "PARTSTAT", Text: text(t, "accepted")}}}), false, false},
	}
	env := testEnv(t)
	for _, test := range tests {
		for _, object := range []struct {
			text string
			want bool
		}{{meeting, test.meeting}, {todo, test.todo}} {
			o := mustParse(t, object.text)
			got, err := test.filter.Match(Compile(o, env.Zones), env)
			if err != nil || got != object.want {
				t.Errorf("%s on %s: %v, %v; want %v", test.name, o.Kind, got, err, object.want)
			}
		}
	}
}

func testEnv(testing.TB) Env { return Env{Floating: zone.UTC, Zones: zone.NewResolver(50)} }

func TestFilterTimeRange(t *testing.T) {
	meeting := fixture(t, "meeting.ics") // Mondays 10:15 in Zurich in 2024, that of 12 February moved to Tuesday 14:00
	in := func(start, end string, props ...PropFilter) Filter {
		return on(CompFilter{Name: "VEVENT", TimeRange: window(t, start, end), Props: props})
	}
	alarm := func(start, end string) Filter {
		return on(CompFilter{Name: "VEVENT", Comps: []CompFilter{{Name: "VALARM", TimeRange: window(t, start, end)}}})
	}
	prop := func(name, start, end string) Filter {
		return on(CompFilter{Name: "VEVENT", Props: []PropFilter{{Name: name, TimeRange: window(t, start, end)}}})
	}
	moved := PropFilter{Name: "SUMMARY", Text: text(t, "moved")}
	tests := []struct {
		name   string
		filter Filter
		want   bool
	}{
		{"a Monday", in("20240115T000000Z", "20240116T000000Z"), true},
		{"a Tuesday", in("20240116T000000Z", "20240117T000000Z"), false},
		{"from a day on", in("20241230T000000Z", ""), true},
		{"behind the end", in("20250101T000000Z", ""), false},
		{"before the start", in("", "20240108T091500Z"), false},
		{"up to the start", in("", "20240108T091501Z"), true},
		{"an excluded day", in("20240401T000000Z", "20240402T000000Z"), false},
		{"the moved instance where it was", in("20240212T000000Z", "20240213T000000Z"), false},
		{"the moved instance where it is", in("20240213T000000Z", "20240214T000000Z"), true},
		{"the moved instance by its text", in("20240213T000000Z", "20240214T000000Z", moved), true},
		{"text and time of two components", in("20240115T000000Z", "20240116T000000Z", moved), false},
		{"within VCALENDAR", Filter{CompFilter{Name: "VCALENDAR", TimeRange: window(t, "20240115T000000Z", "20240116T000000Z")}}, true},
		{"outside within VCALENDAR", Filter{CompFilter{Name: "VCALENDAR", TimeRange: window(t, "20240116T000000Z", "20240117T000000Z")}}, false},
		{"of a zone", on(CompFilter{Name: "VTIMEZONE", TimeRange: window(t, "20240116T000000Z", "")}), false},
		{"an alarm", alarm("20240115T090000Z", "20240115T090001Z"), true},
		{"no alarm", alarm("20240115T091500Z", "20240115T100000Z"), false},
		{"the override has no alarm", alarm("20240213T000000Z", "20240214T000000Z"), false},

		{"created", prop("CREATED", "20240102T093000Z", "20240102T093001Z"), true},
		{"created before", prop("CREATED", "20240102T093001Z", ""), false},
		{"start of any instance", prop("DTSTART", "20240617T081500Z", "20240617T081501Z"), true},
		{"no start", prop("DTSTART", "20240617T081501Z", "20240617T090000Z"), false},
		{"end of any instance", prop("DTEND", "20240617T090000Z", "20240617T090001Z"), true},
		{"start of the override", prop("DTSTART", "20240213T130000Z", "20240213T130001Z"), true},
		{"not a date", prop("SUMMARY", "20240101T000000Z", ""), false},
	}
	env := testEnv(t)
	s := Compile(mustParse(t, meeting), env.Zones)
	for _, test := range tests {
		if got, err := test.filter.Match(s, env); err != nil || got != test.want {
			t.Errorf("%s: %v, %v; want %v", test.name, got, err, test.want)
		}
	}
}

func TestFilterDatesFollowTheFloatingZone(t *testing.T) {
	s := calendar("BEGIN:VTODO", "UID:t", "DUE;VALUE=DATE:20240701", "END:VTODO")
	filter := on(CompFilter{Name: "VTODO", Props: []PropFilter{{Name: "DUE", TimeRange: window(t, "20240702T000000Z", "20240702T010000Z")}}})
	for name, want := range map[string]bool{"Europe/Zurich": false, "America/New_York": true} {
		z, err := zone.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		env := Env{Floating: z, Zones: zone.NewResolver(5)}
		if got, err := filter.Match(Compile(mustParse(t, s), env.Zones), env); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestHint(t *testing.T) {
	w, v := window(t, "20240101T000000Z", "20240108T000000Z"), window(t, "20250101T000000Z", "")
	all := Span{math.MinInt64, math.MaxInt64}
	tests := []struct {
		name   string
		filter Filter
		want   Hint
	}{
		{"all", on(), Hint{Window: all, Exact: true}},
		{"a kind", on(CompFilter{Name: "VTODO"}), Hint{Kind: "VTODO", Window: all, Exact: true}},
		{"a week", on(CompFilter{Name: "VEVENT", TimeRange: w}), Hint{Kind: "VEVENT", Window: *w, Exact: true, Bounded: true}},
		{"a week of anything", Filter{CompFilter{Name: "VCALENDAR", TimeRange: w}}, Hint{Window: *w, Exact: true, Bounded: true}},
		{"a week with a text", on(CompFilter{Name: "VEVENT", TimeRange: w, Props: []PropFilter{{Name: "SUMMARY"}}}), Hint{Kind: "VEVENT", Window: *w, Bounded: true}},
		{"alarms of a week", on(CompFilter{Name: "VEVENT", Comps: []CompFilter{{Name: "VALARM", TimeRange: w}}}), Hint{Kind: "VEVENT", Window: all}},
		{"a kind and its zone", on(CompFilter{Name: "VTIMEZONE"}, CompFilter{Name: "VEVENT", TimeRange: w}), Hint{Kind: "VEVENT", Window: *w, Bounded: true}},
		{"not a kind", on(CompFilter{Name: "VEVENT", IsNotDefined: true}), Hint{Window: all}},
		{"two kinds", on(CompFilter{Name: "VEVENT"}, CompFilter{Name: "VTODO"}), Hint{Kind: "VEVENT", Window: all, Exact: true, None: true}},
		{"two weeks", on(CompFilter{Name: "VEVENT", TimeRange: w}, CompFilter{Name: "VEVENT", TimeRange: v}), Hint{Kind: "VEVENT", Window: *w, Bounded: true}},
		{"no calendar", Filter{CompFilter{Name: "VCALENDAR", IsNotDefined: true}}, Hint{Window: all, Exact: true, None: true}},
		{"another root", Filter{CompFilter{Name: "VEVENT"}}, Hint{Window: all, Exact: true, None: true}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, test.filter.Hint()); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func BenchmarkFilterText(b *testing.B) {
	env := testEnv(b)
	s := Compile(mustParse(b, fixture(b, "meeting.ics")), env.Zones)
	f := on(CompFilter{Name: "VEVENT", Props: []PropFilter{{Name: "SUMMARY", Text: text(b, "nowhere")}}})
	b.ReportAllocs()
	for b.Loop() {
		if ok, err := f.Match(s, env); ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

// Ensure that an index that follows a Hint finds what reading every object finds.
func TestHintNeverLosesAMatch(t *testing.T) {
	env := testEnv(t)
	dates := rapid.SampledFrom([]string{":20240105T100000Z", ";VALUE=DATE:20240105", ":20240105T233000", ";TZID=America/New_York:20240310T023000", ";TZID=Pacific/Apia:20111230T120000"})
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{"VEVENT", "VTODO", "VJOURNAL"}).Draw(t, "kind")
		lines := []string{"BEGIN:" + kind, "UID:u"}
		if rapid.Bool().Draw(t, "start") {
			lines = append(lines, "DTSTART"+dates.Draw(t, "dtstart"))
		}
		if rapid.Bool().Draw(t, "end") {
			lines = append(lines, rapid.SampledFrom([]string{"DTEND", "DUE"}).Draw(t, "end name")+dates.Draw(t, "dtend"))
		}
		lines = append(lines, rapid.SampledFrom([]string{"X-NONE:1", "DURATION:PT0S", "DURATION:P2D", "COMPLETED:20240107T000000Z"}).Draw(t, "more"))
		lines = append(lines, rapid.SampledFrom([]string{"X-NONE:1", "RRULE:FREQ=WEEKLY;COUNT=4", "RRULE:FREQ=YEARLY", "RDATE:20240301T000000Z"}).Draw(t, "rule"))
		o, err := ParseObject([]byte(calendar(append(lines, "END:"+kind)...)))
		if err != nil {
			t.Fatal(err)
		}
		start := rapid.Int64Range(1704067200-40*86400, 1704067200+400*86400).Draw(t, "range") / 900 * 900
		w := &Span{start, start + rapid.SampledFrom([]int64{1, 900, 86400, 30 * 86400, 1 << 40}).Draw(t, "length")}
		comp := CompFilter{Name: rapid.SampledFrom([]string{kind, "VEVENT"}).Draw(t, "filter kind"), TimeRange: w}
		filter := on(comp)
		switch rapid.IntRange(0, 3).Draw(t, "filter") {
		case 0:
			filter = Filter{CompFilter{Name: "VCALENDAR", TimeRange: w}}
		case 1:
			filter.Root.Comps[0].Props = []PropFilter{{Name: "DURATION"}}
		case 2:
			filter.Root.Comps = append(filter.Root.Comps, CompFilter{Name: "VTODO", IsNotDefined: true})
		}
		s := Compile(o, env.Zones)
		match, err := filter.Match(s, env)
		if err != nil {
			t.Fatal(err)
		}
		h, b := filter.Hint(), s.Bounds()
		candidate := !h.None && (h.Kind == "" || h.Kind == o.Kind) && (!h.Bounded || Candidate(b, h.Window))
		switch {
		case match && !candidate:
			t.Fatalf("a match is lost: hint %+v, bounds %+v\n%s", h, b, o.Doc.Src)
		case candidate && h.Exact && b.Exact && !match:
			t.Fatalf("decided wrongly: hint %+v, bounds %+v\n%s", h, b, o.Doc.Src)
		}
	})
}
