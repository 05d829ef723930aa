package dav_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"almanac/account"
	"almanac/dav/davtest"
	"almanac/store"
)

// TestAlarmsOfOthersMoveAlong has Ann move events, on which Bob and Dan have alarms,
// from a calendar that both see into one that only Bob does: Bob's go along, unless
// the event is one that he sees as busy there; Dan's are gone. A change that Bob makes
// at the same moment is not lost.
func TestAlarmsOfOthersMoveAlong(t *testing.T) {
	for _, backend := range davtest.Backends {
		t.Run(backend.Name, func(t *testing.T) {
			c, st := newTroupe(t, backend.Open, account.ShareWrite)
			dan, err := account.Create(t.Context(), st, store.Home{Name: "dan"}, "test", davtest.Now)
			c.must(err)
			c.share(account.UserPrincipal(dan), account.ShareRead)
			from, at := "/dav/calendars/ann/calendar/", "/dav/calendars/ann/other/"
			c.ask(201, "ann", "MKCALENDAR", at, "")
			other := c.calendarNamed("other")
			c.must(account.ShareWith(t.Context(), st, other, c.bob(), account.ShareRead, "test", davtest.Now))
			bob := c.home["bob"]
			alarms := func(coll *store.Collection, uid string) (all map[store.HomeID]account.Alarms) {
				c.must(st.View(t.Context(), func(s store.Snapshot) (err error) {
					all, err = account.AlarmsOn(s, coll.ID, uid)
					return err
				}))
				return all
			}
			ring := func(home store.HomeID, uid, text string) {
				ops, _ := account.AlarmsOps(c.calendar().ID, home, uid, account.Alarms{"": text})
				_, err := st.Store.Apply(context.Background(), &store.Batch{Home: c.home["ann"], Ops: ops})
				c.must(err)
			}
			for _, class := range []string{"", "CLASS:CONFIDENTIAL\r\n", "CLASS:PRIVATE\r\n"} {
				uid := strings.TrimSpace(strings.ToLower("x" + strings.ReplaceAll(class, ":", "-")))
				c.ask(201, "ann", "PUT", from+uid+".ics", fmt.Sprintf(accessEvent, uid, "Summary", class))
				ring(bob, uid, "before")
				ring(dan, uid, "dans")
				st.before = func() { ring(bob, uid, "bobs") }
				c.ask(201, "ann", "MOVE", from+uid+".ics", "", "Destination: "+at+uid+".ics")
				want := map[store.HomeID]account.Alarms{}
				if class == "" {
					want[bob] = account.Alarms{"": "bobs"}
				}
				if got := alarms(other, uid); fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%q: alarms there are %v, want %v", class, got, want)
				}
				if got := alarms(c.calendar(), uid); len(got) != 0 {
					t.Errorf("%q: alarms left behind are %v", class, got)
				}
			}
		})
	}
}
