package store_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"almanac/dedupe"
	"almanac/ical"
	"almanac/store"
)

func TestETagOfIsStrongAndOfTheOctets(t *testing.T) {
	for _, tc := range []struct{ body, want string }{
		{"", `"47DEQpj8HBSa-_TImW-5"`},
		{"a", `"ypeBEsobvcr6wjGzmiPc"`},
		{"a ", store.ETagOf([]byte("a "))},
	} {
		got := store.ETagOf([]byte(tc.body))
		if got != tc.want || len(got) != 22 || strings.HasPrefix(got, "W/") {
			t.Errorf("ETagOf(%q) = %s, want %s", tc.body, got, tc.want)
		}
	}
}

func TestPropSetPatch(t *testing.T) {
	p := func(local, xml string) store.Prop { return store.Prop{Space: "DAV:", Local: local, XML: xml} }
	s := store.PropSet(nil).Patch([]store.Prop{p("b", "1"), p("a", "2"), p("b", "3")}, nil)
	if want := (store.PropSet{p("a", "2"), p("b", "3")}); !slices.Equal(s, want) {
		t.Fatalf("got %v, want %v", s, want)
	}
	r := s.Patch([]store.Prop{p("c", "4")}, []store.PropName{{Space: "DAV:", Local: "a"}, {Space: "X:", Local: "b"}})
	if want := (store.PropSet{p("b", "3"), p("c", "4")}); !slices.Equal(r, want) {
		t.Errorf("got %v, want %v", r, want)
	}
	if want := (store.PropSet{p("a", "2"), p("b", "3")}); !slices.Equal(s, want) {
		t.Errorf("the patched set became %v", s)
	}
	if s.Get("DAV:", "b") != "3" || s.Get("DAV:", "bb") != "" || s.Get("X:", "b") != "" {
		t.Error("Get finds the wrong property")
	}
}

func TestMomentIsWholeMillisecondsInUTC(t *testing.T) {
	zone := time.FixedZone("", 3600)
	got := store.Moment(time.Date(2026, 3, 1, 9, 0, 0, 1999999, zone))
	if want := time.Date(2026, 3, 1, 8, 0, 0, 1000000, time.UTC); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestValidNamesTheOp(t *testing.T) {
	b := store.Batch{Home: 1, Ops: []store.Op{store.DeleteHome{}, store.DeleteObject{Coll: 1, Name: "a\x00b"}}}
	err := b.Valid()
	if !errors.Is(err, store.ErrInvalid) || !strings.Contains(err.Error(), "op 1 (store.DeleteObject): the name of a member has a NUL in it") {
		t.Errorf("error is %v", err)
	}
}

func TestWindowCandidates(t *testing.T) {
	const week = 7 * 86400
	event := func(start, end int64) store.Index {
		return store.Index{Component: "VEVENT", Start: start, End: end, Exact: true}
	}
	for _, tc := range []struct {
		name string
		x    store.Index
		want bool
	}{
		{"inside", event(10, 20), true},
		{"around", event(-10, 2*week), true},
		{"ends when the window begins", event(-10, 0), false},
		{"begins when the window ends", event(week, week+10), false},
		{"a second at the window's begin", event(0, 1), true},
		{"a second at the window's end", event(week, week+1), false},
		{"that matches nothing", event(math.MaxInt64, math.MinInt64), false},
		{"of another component", store.Index{Component: "VTODO", Start: 10, End: 20}, false},
		{"without limits", store.Index{Component: "VEVENT", Start: math.MinInt64, End: math.MaxInt64}, true},
		{"a card", store.Index{Component: "VCARD"}, false},
		{"recurring in no week", store.Index{Component: "VEVENT", Start: 10, End: math.MaxInt64, Recurring: true}, false},
		{"recurring in every week", store.Index{Component: "VEVENT", Start: 10, End: math.MaxInt64, Recurring: true, Weeks: math.MaxUint64}, true},
	} {
		w := store.RangeQuery{Component: "VEVENT", Start: 0, End: week}.Window()
		if got := w.Candidate(&tc.x); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

// TestWindowIsCandidate holds Window to the rule that it makes quick.
func TestWindowIsCandidate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seconds := rapid.OneOf(rapid.Int64Range(-1<<34, 1<<34), rapid.Int64())
		x := store.Index{
			Component: "VEVENT", Start: seconds.Draw(t, "start"), End: seconds.Draw(t, "end"),
			Recurring: rapid.Bool().Draw(t, "recurring"), Weeks: rapid.Uint64().Draw(t, "weeks"),
		}
		q := store.RangeQuery{Start: seconds.Draw(t, "from"), End: seconds.Draw(t, "to")}
		w := q.Window()
		b := ical.Bounds{Start: x.Start, End: x.End, Recurring: x.Recurring, Weeks: x.Weeks}
		if got, want := w.Candidate(&x), ical.Candidate(b, ical.Span{Start: q.Start, End: q.End}); got != want {
			t.Fatalf("%+v in %+v: %v, want %v", x, q, got, want)
		}
	})
}

func TestIndexOf(t *testing.T) {
	text := func(lines ...string) []byte {
		return []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VCALENDAR\r\n")
	}
	noon := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC).Unix()
	ann, err := dedupe.Read([]byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nFN:Ann\r\nEND:VCARD\r\n"), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		kind store.Kind
		body []byte
		want store.Index
	}{
		{
			"event", store.Calendar,
			text("BEGIN:VEVENT", "UID:u@example.org", "DTSTART:20260310T120000Z", "DTEND:20260310T130000Z", "END:VEVENT"),
			store.Index{UID: "u@example.org", Component: "VEVENT", Start: noon, End: noon + 3600, Exact: true, Weeks: math.MaxUint64, Busy: ical.AlwaysBusy},
		},
		{
			"day", store.Calendar, text("BEGIN:VEVENT", "UID:u", "DTSTART;VALUE=DATE:20260310", "STATUS:TENTATIVE", "END:VEVENT"),
			store.Index{
				UID: "u", Component: "VEVENT", Start: noon - 36*3600, End: noon + 36*3600, Weeks: math.MaxUint64,
				Busy: ical.TentativeBusy, Pattern: "\x13\x80\xfc\xfa\x9a\x0d\x02\x00",
			},
		},
		{
			"undated task", store.Calendar, text("BEGIN:VTODO", "UID:u", "SUMMARY:x", "END:VTODO"),
			store.Index{UID: "u", Component: "VTODO", Start: math.MinInt64, End: math.MaxInt64, Exact: true, Weeks: math.MaxUint64, Busy: ical.NeverBusy},
		},
		{
			"card", store.AddressBook, []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nFN:Ann\r\nEND:VCARD\r\n"),
			store.Index{UID: "u", Component: "VCARD", Digest: ann.Digest()},
		},
	} {
		got, err := store.IndexOf(tc.kind, tc.body)
		got.Weeks |= tc.want.Weeks // of a single instance nobody asks for them
		if got != tc.want || err != nil {
			t.Errorf("%s: got %+v, want %+v (%v)", tc.name, got, tc.want, err)
		}
	}
	for _, kind := range []store.Kind{store.Calendar, store.AddressBook} {
		if _, err := store.IndexOf(kind, []byte("no content lines")); err == nil {
			t.Errorf("kind %d: no error", kind)
		}
	}
}

func TestCloneSharesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		o := &store.Object{Name: "n", Body: body, Props: store.PropSet{{Space: "s"}}}
		c := o.Clone()
		want := slices.Clone(body)
		for i := range body {
			body[i]++
		}
		o.Props[0].Space = "x"
		if !slices.Equal(c.Body, want) || c.Props[0].Space != "s" {
			t.Fatalf("the clone changed: %v, %v", c.Body, c.Props)
		}
	})
}
