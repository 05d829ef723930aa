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

// TestAlarmsGoToAnotherOwner has Ann, or Bob, move Ann's event into Bob's calendar: what
// Bob had on it as a sharee stands in it then, what the others had is theirs as before if
// they see Bob's calendar, and nothing of it is left behind.
func TestAlarmsGoToAnotherOwner(t *testing.T) {
	alarm := func(minutes string) string {
		return "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT" + minutes + "M\r\nEND:VALARM\r\n"
	}
	for _, backend := range davtest.Backends {
		for _, mover := range []string{"ann", "bob"} {
			t.Run(backend.Name+"/"+mover, func(t *testing.T) {
				c, st := newTroupe(t, backend.Open, account.ShareWrite)
				dan, err := account.Create(t.Context(), st, store.Home{Name: "dan"}, "test", davtest.Now)
				c.must(err)
				eve, err := account.Create(t.Context(), st, store.Home{Name: "eve"}, "test", davtest.Now)
				c.must(err)
				var bobs *store.Collection
				c.must(st.View(t.Context(), func(s store.Snapshot) (err error) {
					bobs, err = s.CollectionByName(c.home["bob"], store.Calendar, "calendar")
					return err
				}))
				for _, who := range []store.HomeID{dan, eve} {
					c.share(account.UserPrincipal(who), account.ShareWrite)
				}
				for _, who := range []store.HomeID{dan, c.home["ann"]} {
					c.must(account.ShareWith(t.Context(), st, bobs, account.UserPrincipal(who), account.ShareWrite, "test", davtest.Now))
				}
				from, to := "/dav/calendars/ann/calendar/", "/dav/calendars/bob/calendar/"
				c.ask(201, "ann", "PUT", from+"a.ics", fmt.Sprintf(accessEvent, "a", "Party", alarm("1")))
				for who, minutes := range map[store.HomeID]string{c.home["bob"]: "2", dan: "3", eve: "4"} {
					ops, _ := account.AlarmsOps(c.calendar().ID, who, "a", account.Alarms{"": alarm(minutes)})
					_, err := st.Store.Apply(context.Background(), &store.Batch{Home: c.home["ann"], Ops: ops})
					c.must(err)
				}
				c.ask(201, mover, "MOVE", from+"a.ics", "", "Destination: "+to+"a.ics")
				want := map[store.HomeID]account.Alarms{c.home["ann"]: {"": alarm("1")}, dan: {"": alarm("3")}}
				c.must(st.View(t.Context(), func(s store.Snapshot) error {
					left, err := account.AlarmsOn(s, c.calendar().ID, "a")
					if len(left) != 0 {
						t.Errorf("alarms left behind are %v", left)
					}
					c.must(err)
					there, err := account.AlarmsOn(s, bobs.ID, "a")
					if fmt.Sprint(there) != fmt.Sprint(want) {
						t.Errorf("alarms there are %v, want %v", there, want)
					}
					c.must(err)
					o, err := s.Object(bobs.ID, "a.ics", store.WantBody)
					c.must(err)
					if text := string(o.Body); strings.Count(text, "BEGIN:VALARM") != 1 || !strings.Contains(text, alarm("2")) {
						t.Errorf("in the object:\n%s", text)
					}
					return nil
				}))
			})
		}
	}
}

// TestDismissalsStayWithWhoMadeThem has Bob's Thunderbird dismiss an alarm, and put it off,
// in Ann's calendar, which he may only read, or write: it finds again what it wrote, and
// Ann's event says nothing of it.
func TestDismissalsStayWithWhoMadeThem(t *testing.T) {
	const marks = "X-MOZ-LASTACK:20260302T080000Z\r\nX-MOZ-SNOOZE-TIME-1772442000000000:20260302T083000Z\r\n"
	const alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n"
	for _, level := range []account.Level{account.ShareRead, account.ShareWrite} {
		c, _ := newTroupe(t, davtest.Backends[0].Open, level)
		at := "/dav/calendars/ann/calendar/a.ics"
		c.ask(201, "ann", "PUT", at, fmt.Sprintf(accessEvent, "a", "Party", "X-MOZ-LASTACK:20260301T070000Z\r\n"+alarm))
		if seen := c.read("bob", at); strings.Contains(seen, "X-MOZ") {
			t.Errorf("%s: Bob sees what Ann dismissed:\n%s", level, seen)
		}
		c.ask(204, "bob", "PUT", at, fmt.Sprintf(accessEvent, "a", "Party", "X-MOZ-GENERATION:1\r\n"+marks+alarm))
		if seen := c.read("bob", at); !strings.Contains(seen, marks+alarm) {
			t.Errorf("%s: Bob sees\n%s", level, seen)
		}
		if seen := c.read("ann", at); strings.Contains(seen, "SNOOZE") || !strings.Contains(seen, "X-MOZ-LASTACK:20260301T070000Z") {
			t.Errorf("%s: Ann sees\n%s", level, seen)
		}
	}
}
