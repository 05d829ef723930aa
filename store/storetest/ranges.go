package storetest

import (
	"fmt"
	"math"
	"slices"
	"time"

	"almanac/store"
)

// ranged fills a calendar with members at all kinds of times.
func ranged(e *env) (home store.HomeID, c store.CollID) {
	home = e.home("ann")
	c = e.calendar(home, "work")
	put := func(name string, s span) {
		e.apply(home, Put(store.Calendar, c, name, calendarObject(name, "x", s)))
	}
	put("hour", span{"VEVENT", day(3, 10), day(3, 10).Add(time.Hour), ""})
	put("next hour", span{"VEVENT", day(3, 10).Add(time.Hour), day(3, 10).Add(2 * time.Hour), ""})
	put("instant", span{"VEVENT", day(3, 10), day(3, 10), ""})
	put("week", span{"VEVENT", day(3, 8), day(3, 15), ""})
	put("year", span{"VEVENT", day(1, 1), day(12, 31), ""})
	put("old", span{"VEVENT", day(1, 1).AddDate(-40, 0, 0), day(1, 2).AddDate(-40, 0, 0), ""})
	put("daily", span{"VEVENT", day(3, 1), day(3, 1).Add(time.Hour), "FREQ=DAILY"})
	put("ended", span{"VEVENT", day(2, 1), day(2, 1).Add(time.Hour), "FREQ=DAILY;COUNT=3"})
	put("yearly", span{"VEVENT", day(3, 10).AddDate(-30, 0, 0), day(3, 10).AddDate(-30, 0, 0).Add(time.Hour), "FREQ=YEARLY"})
	put("six years", span{"VEVENT", day(8, 1), day(8, 1).Add(time.Hour), "FREQ=YEARLY;COUNT=6"})
	put("new year", span{"VEVENT", day(12, 31), day(12, 31).Add(time.Hour), "FREQ=YEARLY"})
	put("weekly", span{"VEVENT", day(3, 3), day(3, 3).Add(time.Hour), "FREQ=WEEKLY"})
	put("todo", span{"VTODO", day(3, 10), day(3, 11), ""})
	put("undated", span{component: "VTODO"})
	return home, c
}

func (e *env) inRange(c store.CollID, q store.RangeQuery) (names []string) {
	e.Helper()
	e.view(func(sn store.Snapshot) {
		next, err := sn.Range(c, q, "", store.WantBody, nil, func(o *store.Object) bool {
			names = append(names, string([]byte(o.Name)))
			if int(o.Size) != len(o.Body) || o.ETag != store.ETagOf(o.Body) {
				e.Errorf("%s has not its body", o.Name)
			}
			return true
		})
		e.is(err, nil)
		e.same("next", next, "")
	})
	slices.Sort(names)
	return names
}

var rangeCases = []testCase{
	{"finds the candidates", func(e *env) {
		_, c := ranged(e)
		all := store.RangeQuery{Start: math.MinInt64, End: math.MaxInt64}
		for _, tc := range []struct {
			q    store.RangeQuery
			want []string
		}{
			{all, []string{"daily", "ended", "hour", "instant", "new year", "next hour", "old", "six years", "todo", "undated", "week", "weekly", "year", "yearly"}},
			{store.RangeQuery{Component: "VTODO", Start: all.Start, End: all.End}, []string{"todo", "undated"}},
			{store.RangeQuery{Component: "VJOURNAL", Start: all.Start, End: all.End}, nil},
			{
				store.RangeQuery{Component: "VEVENT", Start: day(3, 10).Unix(), End: day(3, 10).Add(time.Hour).Unix()},
				[]string{"daily", "hour", "instant", "week", "weekly", "year", "yearly"},
			},
			{
				store.RangeQuery{Component: "VEVENT", Start: day(3, 10).Add(time.Hour).Unix(), End: day(3, 10).Add(90 * time.Minute).Unix()},
				[]string{"daily", "next hour", "week", "weekly", "year", "yearly"},
			},
			{store.RangeQuery{Component: "VEVENT", Start: math.MinInt64, End: day(1, 1).AddDate(-39, 0, 0).Unix()}, []string{"old"}},
			{store.RangeQuery{Component: "VEVENT", Start: math.MinInt64, End: day(1, 1).AddDate(-28, 0, 0).Unix()}, []string{"old", "yearly"}},
			{store.RangeQuery{Component: "VEVENT", Start: day(8, 1).AddDate(5, 0, 0).Unix(), End: day(8, 2).AddDate(5, 0, 0).Unix()}, []string{"daily", "six years", "weekly"}},
			{store.RangeQuery{Component: "VEVENT", Start: day(8, 1).AddDate(7, 0, 0).Unix(), End: day(8, 2).AddDate(7, 0, 0).Unix()}, []string{"daily", "weekly"}},
			{store.RangeQuery{Component: "VEVENT", Start: day(12, 30).AddDate(1, 0, 0).Unix(), End: day(1, 3).AddDate(2, 0, 0).Unix()}, []string{"daily", "new year", "weekly"}},
			{store.RangeQuery{Component: "VEVENT", Start: day(6, 1).AddDate(9, 0, 0).Unix(), End: math.MaxInt64}, []string{"daily", "new year", "weekly", "yearly"}},
			{store.RangeQuery{Component: "VTODO", Start: day(6, 1).Unix(), End: day(6, 2).Unix()}, []string{"undated"}},
		} {
			e.same(fmt.Sprint(tc.q), e.inRange(c, tc.q), tc.want)
		}
	}},
	{"can go on where it ended", func(e *env) {
		_, c := ranged(e)
		q := store.RangeQuery{Start: day(3, 1).Unix(), End: day(4, 1).Unix()}
		var whole []string
		e.view(func(sn store.Snapshot) {
			_, err := sn.Range(c, q, "", store.WantMeta, nil, func(o *store.Object) bool {
				whole = append(whole, string([]byte(o.Name)))
				return true
			})
			e.is(err, nil)
		})
		if len(whole) < 7 {
			e.Fatalf("only %v", whole)
		}
		for n := 1; n <= len(whole); n++ {
			var got []string
			resume := ""
			for range len(whole) + 1 {
				count := 0
				e.view(func(sn store.Snapshot) {
					next, err := sn.Range(c, q, resume, store.WantMeta, nil, func(o *store.Object) bool {
						got = append(got, string([]byte(o.Name)))
						count++
						return count < n
					})
					e.is(err, nil)
					resume = next
				})
				if resume == "" {
					break
				}
			}
			e.same(fmt.Sprintf("in steps of %d", n), got, whole)
		}
	}},
	{"follows every change of a member", func(e *env) {
		home, c := ranged(e)
		march := store.RangeQuery{Component: "VEVENT", Start: day(3, 20).Unix(), End: day(3, 21).Unix()}
		e.same("before", e.inRange(c, march), []string{"daily", "weekly", "year"})
		put := func(name string, s span) {
			e.apply(home, Put(store.Calendar, c, name, calendarObject(name, "y", s)))
		}
		put("hour", span{"VEVENT", day(3, 20), day(3, 20).Add(time.Hour), ""})
		put("year", span{"VEVENT", day(1, 1), day(1, 2), ""})
		put("daily", span{"VEVENT", day(3, 1), day(3, 1).Add(time.Hour), ""})
		put("week", span{"VEVENT", day(3, 8), day(3, 9), "FREQ=DAILY"})
		e.same("after", e.inRange(c, march), []string{"hour", "week", "weekly"})
		e.apply(home, store.DeleteObject{Coll: c, Name: "hour"})
		e.apply(home, store.MoveObject{From: c, FromName: "week", To: c, ToName: "moved"})
		e.same("at last", e.inRange(c, march), []string{"moved", "weekly"})
	}},
	{"asks the judge before it reads", func(e *env) {
		_, c := ranged(e)
		q := store.RangeQuery{Component: "VEVENT", Start: day(3, 1).Unix(), End: day(4, 1).Unix()}
		e.view(func(sn store.Snapshot) {
			var all []store.Index
			e.is(dumpRange(sn, c, q, func(name string, x store.Index) {
				o, err := sn.Object(c, name, store.WantBody)
				e.is(err, nil)
				want, err := store.IndexOf(store.Calendar, o.Body)
				e.is(err, nil)
				want.UID = ""
				e.same(name, x, want)
				all = append(all, x)
			}), nil)
			// Every second one is read, in calls that end at each third.
			var asked []store.Index
			visited, resume := 0, ""
			for calls := 0; calls == 0 || resume != ""; calls++ {
				if calls > len(all) {
					e.Fatal("does not end")
				}
				next, err := sn.Range(c, q, resume, store.WantMeta, func(x *store.Index) (read, more bool) {
					asked = append(asked, *x)
					last := &asked[len(asked)-1]
					last.Component, last.Pattern = cloned(x.Component), cloned(x.Pattern)
					return len(asked)%2 == 0, len(asked)%3 != 0
				}, func(o *store.Object) bool {
					x := asked[len(asked)-1].Plain()
					x.UID = cloned(o.Index.UID)
					e.same("visited", o.Index, x)
					visited++
					return true
				})
				e.is(err, nil)
				resume = next
			}
			e.same("asked", asked, all)
			e.same("visited", visited, len(all)/2)
		})
	}},
	{"has no cards in it", func(e *env) {
		home := e.home("ann")
		c := e.book(home, "contacts")
		e.apply(home, putCard(c, "a", "a", "Ann"))
		e.same("names", e.inRange(c, store.RangeQuery{Start: math.MinInt64, End: math.MaxInt64}), []string(nil))
	}},
}
