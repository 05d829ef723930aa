package remind

import (
	"strings"
	"testing"

	"almanac/account"
	"almanac/store"
)

// look says something of ann's calendar for somebody's own eyes, as PROPPATCH does.
func (c *scene) look(who, calendar string, props ...store.Prop) {
	c.Helper()
	coll := c.coll["ann/"+calendar]
	ops, _ := account.LookOps(c.home[who], coll, account.Look{Props: props})
	c.apply(who, append(ops, store.Enqueue{Job: store.AlarmJobOfPerson(coll, c.home[who], c.now)})...)
}

// TestDefaultsOfSharees has a sharee say when a shared calendar reminds them: of what is
// there, and of what is written later. The account's own default does not count there.
func TestDefaultsOfSharees(t *testing.T) {
	c := newScene(t, "ann", "bob", "eve")
	event := func(n, day string) []string {
		return []string{"BEGIN:VEVENT", "UID:" + n, "SUMMARY:" + n, "DTSTART:202603" + day + "T100000Z", "END:VEVENT"}
	}
	c.put("ann", "work", "a", event("a", "04")...)
	c.share("work", "bob", account.ShareRead)
	c.share("work", "eve", account.ShareRead)
	c.apply("eve", store.PatchProps{Target: store.OnCalendarHome, Set: []store.Prop{defaultAlarm("-PT5M")}})
	c.is("without", c.until("2026-03-03 00:00"), []string(nil))
	c.look("bob", "work", defaultAlarm("-PT15M"))
	c.is("of what was there", c.until("2026-03-05 00:00"), []string{"bob: a 03-04 09:45"})
	c.put("ann", "work", "b", event("b", "06")...)
	c.is("of what is new", c.until("2026-03-07 00:00"), []string{"bob: b 03-06 09:45"})

	ref := c.refOf("bob", "work", "b")
	before := c.body("ann", "work", "b")
	c.must(c.s.Stop(t.Context(), ref, "link"))
	c.is("the owner's octets", c.body("ann", "work", "b"), before)
	c.is("stopped", c.state(ref).Stopped, true)

	c.own("bob", "work", "a", "c", "BEGIN:VALARM", "ACTION:NONE", "TRIGGER;VALUE=DATE-TIME:19760401T005545Z", "END:VALARM")
	c.put("ann", "work", "c", event("c", "08")...)
	c.is("none at all", c.until("2026-03-09 00:00"), []string(nil))
	c.look("bob", "work")
	c.put("ann", "work", "d", event("d", "10")...)
	c.is("not any more", c.until("2026-03-11 00:00"), []string(nil))
	if c.collection(c.coll["ann/work"]).Props.Get(store.OthersProp.Space, store.OthersProp.Local) != "" {
		t.Error("the calendar still has the mark")
	}
}

// TestDelegatesAlarms has somebody who acts for another be reminded by their own alarms.
func TestDelegatesAlarms(t *testing.T) {
	c := newScene(t, "ann", "bob")
	c.put("ann", "work", "a", "BEGIN:VEVENT", "UID:1", "SUMMARY:Board", "DTSTART:20260302T100000Z", "RRULE:FREQ=DAILY", "END:VEVENT")
	ops, err := account.DelegateOps(account.Delegate{Of: c.home["ann"], To: account.UserPrincipal(c.home["bob"])})
	c.must(err)
	c.apply("ann", ops...)
	c.own("bob", "work", "a", "1", alarm("TRIGGER:-PT30M")...)
	c.is("told", c.until("2026-03-03 00:00"), []string{"bob: Board 03-02 09:30"})
	ups, err := c.s.Upcoming(t.Context(), c.home["bob"], c.now, c.now.AddDate(0, 0, 2), 10)
	c.must(err)
	c.is("listed", len(ups), 2)
	c.apply("ann", account.UndelegateOps(c.home["ann"], account.UserPrincipal(c.home["bob"]))...)
	c.is("not any more", c.until("2026-03-05 00:00"), []string(nil))
}

// TestDismissalsAreOnesOwn has Thunderbird dismiss an alarm of a sharee: it writes that
// into the event, and that silences neither the owner nor anybody else.
func TestDismissalsAreOnesOwn(t *testing.T) {
	c := newScene(t, "ann", "bob")
	c.put("ann", "work", "a", event(append(alarm("TRIGGER:-PT15M", "X-ALMANAC-INSIST:PT1H"), "SUMMARY:Dentist")...)...)
	c.share("work", "bob", account.ShareWrite)
	coll := c.coll["ann/work"]
	ops, _ := account.AlarmsOps(coll, c.home["bob"], "1", account.Alarms{"": strings.Join(append([]string{"X-MOZ-LASTACK:20260310T103000Z", "X-MOZ-SNOOZE-TIME:20260310T110000Z"},
		alarm("TRIGGER:-PT30M", "X-ALMANAC-INSIST:PT1H")...), "\r\n") + "\r\n"})
	c.until("2026-03-10 10:30")
	c.apply("ann", append(ops, store.TouchObject{Coll: coll, Name: "a"})...)
	c.is("each their own", c.until("2026-03-10 11:30"), []string{"ann: Dentist 03-10 10:45 again 1", "bob: Dentist 03-10 11:00"})
	c.must(c.s.Stop(t.Context(), c.refOf("bob", "work", "a"), "link"))
	c.is("stopped for one", c.until("2026-03-10 13:00"), []string{"ann: Dentist 03-10 11:45 again 2", "ann: Dentist 03-10 12:45 again 3"})
	c.must(c.st.View(t.Context(), func(snap store.Snapshot) error {
		all, err := account.AlarmsOn(snap, coll, "1")
		c.is("bob's", all[c.home["bob"]][""], "X-MOZ-LASTACK:20260310T113000Z\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT30M\r\nX-ALMANAC-INSIST:PT1H\r\nACKNOWLEDGED:20260310T113000Z\r\nEND:VALARM\r\n")
		return err
	}))
}
