package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"almanac/ical"
	"almanac/ical/zone"
	"almanac/store"
	"almanac/store/boltstore"
)

// A putCost is what one PUT takes: microseconds of processor time, and on the wall.
type putCost struct{ CPU, Wall float64 }

// An alarmPut compares PUTs of events without an alarm and with one.
type alarmPut struct{ Without, With putCost }

// more is how much more processor time an alarm takes, in percent.
func (a alarmPut) more() float64 { return 100 * (a.With.CPU/a.Without.CPU - 1) }

// alternate has puts without and with an alarm take turns, so that both see the same
// machine, each turn being n of them.
func alternate(turns, n int, clock func() (time.Duration, error), put func(i int, alarm bool) error) (a alarmPut, err error) {
	var wall, used [2]time.Duration
	for turn := range 2 * turns {
		before, err := clock()
		if err != nil {
			return a, err
		}
		start := time.Now()
		for i := range n {
			if err := put(turn*n+i, turn%2 == 1); err != nil {
				return a, err
			}
		}
		wall[turn%2] += time.Since(start)
		after, err := clock()
		if err != nil {
			return a, err
		}
		used[turn%2] += after - before
	}
	all := time.Duration(turns * n)
	a.Without = putCost{micros(used[0] / all), micros(wall[0] / all)}
	a.With = putCost{micros(used[1] / all), micros(wall[1] / all)}
	return a, nil
}

// alarmPuts measures PUTs as DAV does them, in the store: of new events, and of the same
// events with another summary.
func alarmPuts(st *boltstore.Store, home store.HomeID, coll store.CollID, turns int) (fresh, edited alarmPut, err error) {
	now := time.Now()
	later := now.Add(24 * time.Hour)
	clock := func() (time.Duration, error) { return ownCPU(), nil }
	put := func(text string) func(int, bool) error {
		return func(i int, alarm bool) error {
			body := append([]byte(nil), alarmed(1_000_000_000+i, later.Add(time.Duration(i*7919%10_000)*time.Hour), alarm)...)
			body = append(body[:len(body)-len("END:VCALENDAR\r\n")], "X-EDIT:"+text+"\r\nEND:VCALENDAR\r\n"...)
			o, err := ical.Validate(body, ical.Rules{Components: []string{"VEVENT"}})
			if err != nil {
				return err
			}
			series := ical.Compile(o, resolver)
			op := store.PutObject{Coll: coll, Name: fmt.Sprintf("%d.ics", i), Body: body, Index: store.IndexOfSeries(series)}
			if op.Index.Alarms {
				op.Wake = store.WakeOf(series, now)
			}
			_, err = st.Apply(context.Background(), &store.Batch{Home: home, At: time.Now(), Ops: []store.Op{op}})
			return err
		}
	}
	if fresh, err = alternate(turns, 1, clock, put("1")); err != nil {
		return fresh, edited, err
	}
	edited, err = alternate(turns, 1, clock, put("2"))
	return fresh, edited, err
}

var resolver = zone.NewResolver(8)

// alarmPutsOverHTTP measures them as a client does them.
func alarmPutsOverHTTP(work string, turns int) (a alarmPut, err error) {
	const size = 1000
	if err := os.MkdirAll(work, 0o700); err != nil {
		return a, err
	}
	server, err := startAlmanac(work, []int{size})
	if err != nil {
		return a, err
	}
	defer server.stop()
	later := time.Now().Add(24 * time.Hour)
	path := server.collection(true, size)
	put := func(i int, alarm bool) error {
		at := later.Add(time.Duration(i*7919%10_000) * time.Hour)
		_, err := server.do(request{method: "PUT", path: fmt.Sprintf("%salarm-%d.ics", path, i), body: string(alarmed(i, at, alarm)), want: 201})
		return err
	}
	for i := range 20 {
		if err := put(1_000_000+i, i%2 == 1); err != nil { // warm up: connections, caches
			return a, err
		}
	}
	return alternate(turns, 25, server.cpu, put)
}
