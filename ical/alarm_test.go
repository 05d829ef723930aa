package ical

import (
	"fmt"
	"testing"
	"time"
)

// TestNextAlarmIsNotLate asks for the next alarm of series that recur often, with little
// that it may cost: the answer comes too early at most.
func TestNextAlarmIsNotLate(t *testing.T) {
	after := time.Date(2026, 3, 10, 9, 0, 30, 0, time.UTC).Unix()
	for rule, first := range map[string]int64{
		"FREQ=SECONDLY":               after + 1,
		"FREQ=MINUTELY":               after + 30,
		"FREQ=HOURLY;BYMINUTE=1":      after + 30,
		"FREQ=SECONDLY;BYHOUR=12":     after + 3*3600 - 30,
		"FREQ=MINUTELY;INTERVAL=1440": after + 15*3600 - 30,
	} {
		for _, budget := range []int{1000, 10_000, 200_000} {
			t.Run(fmt.Sprint(rule, budget), func(t *testing.T) {
				s := compile(t, calendar(event("DTSTART:20260301T000000Z|DURATION:PT1S|RRULE:"+rule+"|BEGIN:VALARM|TRIGGER:PT0S|END:VALARM")...))
				at := after
				for range 500 {
					next, ok := s.NextAlarm(at, Env{Budget: budget})
					if !ok || next <= at || next > first {
						t.Fatalf("after %d comes %d, %t; the first is %d", at, next, ok, first)
					}
					if at = next; at == first {
						return
					}
				}
				t.Fatalf("%d is not reached, but %d", first, at)
			})
		}
	}
}
