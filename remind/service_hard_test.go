package remind

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"almanac/account"
	"almanac/store"
)

func (c *scene) collection(id store.CollID) (coll *store.Collection) {
	c.Helper()
	c.must(c.st.View(c.Context(), func(snap store.Snapshot) (err error) {
		coll, err = snap.Collection(id)
		return err
	}))
	return coll
}

// share shares a calendar of ann's, or takes the share back.
func (c *scene) share(calendar, with string, level account.Level) {
	c.Helper()
	c.must(account.ShareWith(c.Context(), c.st, c.collection(c.coll["ann/"+calendar]), account.UserPrincipal(c.home[with]), level, "test", c.now))
}

// own has somebody have alarms of their own on an object of ann's, as DAV writes them.
func (c *scene) own(who, calendar, name, uid string, alarms ...string) {
	c.Helper()
	coll := c.coll["ann/"+calendar]
	ops, _ := account.AlarmsOps(coll, c.home[who], uid, account.Alarms{"": strings.Join(alarms, "\r\n") + "\r\n"})
	c.apply("ann", append(ops, store.TouchObject{Coll: coll, Name: name})...)
}

// TestClockStepAndChange has the clock set back, and an object written before it has
// caught up.
func TestClockStepAndChange(t *testing.T) {
	c := newScene(t, "ann")
	put := func(summary string) {
		c.put("ann", "work", "a", "BEGIN:VEVENT", "UID:a", "SUMMARY:"+summary, "DTSTART:20260310T100000Z", "RRULE:FREQ=HOURLY;COUNT=6", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:PT0S", "END:VALARM", "END:VEVENT")
	}
	put("up")
	c.is("first", c.until("2026-03-10 11:30"), []string{"ann: up 03-10 10:00", "ann: up 03-10 11:00"})
	c.now = c.now.Add(-2 * time.Hour)
	put("on")
	c.is("goes on", c.until("2026-03-10 12:30"), []string{"ann: on 03-10 12:00"})
	// A clock that was wrong by a year, once, does not silence the rest.
	c.now = c.now.AddDate(1, 0, 0)
	c.until("2027-03-10 12:31")
	c.now = c.now.AddDate(-1, 0, 0)
	put("back")
	c.is("back", c.until("2026-03-10 16:00"), []string{"ann: back 03-10 13:00", "ann: back 03-10 14:00", "ann: back 03-10 15:00"})
}

// TestTwoAlarmsAtOnce has an event with two alarms at one moment, as programs write them
// that display and sound: it is told once, and stopped once.
func TestTwoAlarmsAtOnce(t *testing.T) {
	c := newScene(t, "ann")
	more := append(alarm("TRIGGER:-PT15M", "X-ALMANAC-INSIST:PT1H"), alarm("TRIGGER:-PT15M", "X-ALMANAC-INSIST:PT1H", "UID:b")...)
	c.put("ann", "work", "a", event(append(more, "SUMMARY:Dentist")...)...)
	c.is("told", c.until("2026-03-10 11:00"), []string{"ann: Dentist 03-10 09:45", "ann: Dentist 03-10 10:45 again 1"})
	c.must(c.s.Stop(t.Context(), c.refOf("ann", "work", "a"), "link"))
	c.is("stopped", c.until("2026-03-12 10:00"), []string(nil))
}

// TestManySharees has many with alarms of their own on one event: what one of them is
// told at once is bounded, what all are is not.
func TestManySharees(t *testing.T) {
	people := []string{"ann"}
	for i := range 25 {
		people = append(people, fmt.Sprintf("p%02d", i))
	}
	c := newScene(t, people...)
	for i := range 10 {
		c.put("ann", "work", fmt.Sprint(i), "BEGIN:VEVENT", fmt.Sprint("UID:", i), "DTSTART:20260310T100000Z", "RRULE:FREQ=MINUTELY;COUNT=10", "END:VEVENT")
	}
	for _, who := range people[1:] {
		c.share("work", who, account.ShareRead)
		c.own(who, "work", "0", "0", alarm("TRIGGER;VALUE=DATE-TIME:20260310T090000Z")...)
	}
	var many []string
	for i := range 300 {
		many = append(many, alarm(fmt.Sprintf("TRIGGER;VALUE=DATE-TIME:20260310T08%02d%02dZ", i/60, i%60))...)
	}
	c.own("p00", "work", "0", "0", append(many, alarm("TRIGGER;VALUE=DATE-TIME:20260310T090000Z")...)...)
	c.until("2026-03-10 07:00")
	c.now = time.Date(2026, 3, 10, 9, 0, 30, 0, time.UTC)
	if got := c.until("2026-03-10 09:01"); len(got) != 25+199 {
		t.Errorf("%d were told", len(got))
	}
}

// TestShareesCalendar follows a shared calendar as a sharee has it: put aside and taken
// back, their zone another, the share ended and made anew, the calendar in the trash.
func TestShareesCalendar(t *testing.T) {
	day := func(n int) string { return fmt.Sprintf("2026-03-%02d 12:00", n) }
	for _, x := range []struct {
		name  string
		gone  func(c *scene)
		again func(c *scene)
	}{
		{"put aside", func(c *scene) {
			c.must(account.Answer(c.Context(), c.st, c.home["bob"], c.collection(c.coll["ann/work"]), false, "bob", c.now))
		}, func(c *scene) {
			c.must(account.Answer(c.Context(), c.st, c.home["bob"], c.collection(c.coll["ann/work"]), true, "bob", c.now))
		}},
		{"not shared", func(c *scene) {
			c.apply("ann", account.UnshareOps(c.coll["ann/work"], account.UserPrincipal(c.home["bob"]))...)
		}, func(c *scene) { c.share("work", "bob", account.ShareRead) }},
		{"shared for busy times", func(c *scene) { c.share("work", "bob", account.ShareFreeBusy) },
			func(c *scene) { c.share("work", "bob", account.ShareRead) }},
		{"in the trash", func(c *scene) { c.apply("ann", store.DeleteCollection{Coll: c.coll["ann/work"]}) },
			func(c *scene) { c.apply("ann", store.RestoreCollection{Coll: c.coll["ann/work"]}) }},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := newScene(t, "ann", "bob")
			c.put("ann", "work", "a", "BEGIN:VEVENT", "UID:1", "SUMMARY:Run", "DTSTART:20260301T180000", "RRULE:FREQ=DAILY", "END:VEVENT")
			c.share("work", "bob", account.ShareRead)
			c.own("bob", "work", "a", "1", alarm("TRIGGER:PT0S")...)
			c.is("told", c.until(day(3)), []string{"bob: Run 03-01 18:00", "bob: Run 03-02 18:00"})
			x.gone(c)
			c.is("not told", c.until(day(5)), []string(nil))
			x.again(c)
			c.is("told again", c.until(day(6)), []string{"bob: Run 03-05 18:00"})
			c.must(account.SetPreferences(t.Context(), c.st, c.home["bob"], "test", c.now, account.Preferences{Timezone: "America/New_York"}))
			c.is("in New York", c.until(day(7)), []string{"bob: Run 03-06 23:00"})
		})
	}
}

// TestComesBack deletes what has alarms and takes it back: nothing of before is told,
// and what comes is.
func TestComesBack(t *testing.T) {
	lines := func() []string {
		return []string{"BEGIN:VEVENT", "UID:1", "SUMMARY:Run", "DTSTART:20260301T180000Z", "RRULE:FREQ=DAILY", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:PT0S", "X-ALMANAC-INSIST:PT5H", "END:VALARM", "END:VEVENT"}
	}
	for _, x := range []struct {
		name        string
		gone, again func(c *scene)
	}{
		{"object", func(c *scene) { c.apply("ann", store.DeleteObject{Coll: c.coll["ann/work"], Name: "a"}) },
			func(c *scene) { c.put("ann", "work", "a", lines()...) }},
		{"calendar", func(c *scene) { c.apply("ann", store.DeleteCollection{Coll: c.coll["ann/work"]}) },
			func(c *scene) { c.apply("ann", store.RestoreCollection{Coll: c.coll["ann/work"]}) }},
		{"object moved to another calendar", func(c *scene) {
			c.calendar("ann", "home")
			c.apply("ann", store.MoveObject{From: c.coll["ann/work"], FromName: "a", To: c.coll["ann/home"], ToName: "b"}, store.DeleteObject{Coll: c.coll["ann/home"], Name: "b"})
		}, func(c *scene) { c.put("ann", "home", "c", lines()...) }},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := newScene(t, "ann")
			c.put("ann", "work", "a", lines()...)
			c.is("told", c.until("2026-03-02 00:00"), []string{"ann: Run 03-01 18:00", "ann: Run 03-01 23:00 again 1"})
			x.gone(c)
			c.is("not told", c.until("2026-03-05 12:00"), []string(nil))
			x.again(c)
			c.is("told again", c.until("2026-03-06 00:00"), []string{"ann: Run 03-05 18:00", "ann: Run 03-05 23:00 again 1"})
		})
	}
}

// TestInsistingOnWhatMoved moves a whole series, and a single event ahead and far back:
// what went off before is no more.
func TestInsistingOnWhatMoved(t *testing.T) {
	insisting := func(start string, more ...string) []string {
		return append(append([]string{"BEGIN:VEVENT", "UID:1", "SUMMARY:Run", "DTSTART:" + start}, more...),
			"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:PT0S", "X-ALMANAC-INSIST:PT5H", "END:VALARM", "END:VEVENT")
	}
	for _, x := range []struct {
		name, start, to string
		more            []string
		then            []string
	}{
		{"series ahead", "20260302T080000Z", "20260305T080000Z", []string{"RRULE:FREQ=DAILY;COUNT=2"}, []string{"ann: Run 03-05 08:00", "ann: Run 03-05 13:00 again 1"}},
		{"event ahead", "20260302T080000Z", "20260305T080000Z", nil, []string{"ann: Run 03-05 08:00", "ann: Run 03-05 13:00 again 1"}},
		{"event to last year", "20260302T080000Z", "20250302T080000Z", nil, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := newScene(t, "ann")
			c.put("ann", "work", "a", insisting(x.start, x.more...)...)
			c.is("told", c.until("2026-03-02 14:00"), []string{"ann: Run 03-02 08:00", "ann: Run 03-02 13:00 again 1"})
			c.put("ann", "work", "a", insisting(x.to, x.more...)...)
			c.is("moved", c.until("2026-03-05 14:00"), x.then)
		})
	}
}

// TestDefaultsOfOverrides has no default alarm go off for one time of a series of which
// somebody took the alarm away.
func TestDefaultsOfOverrides(t *testing.T) {
	c := newScene(t, "ann")
	c.calendar("ann", "home", defaultAlarm("-PT15M"))
	c.put("ann", "home", "a", lines(event(append(alarm("TRIGGER:-PT30M"), "SUMMARY:Run", "RRULE:FREQ=DAILY;COUNT=3")...),
		"BEGIN:VEVENT", "UID:1", "SUMMARY:Walk", "RECURRENCE-ID:20260311T100000Z", "DTSTART:20260311T100000Z", "END:VEVENT")...)
	c.is("its own", c.until("2026-03-20 00:00"), []string{"ann: Run 03-10 09:30", "ann: Run 03-12 09:30"})
}

func defaultAlarm(trigger string) store.Prop {
	return store.Prop{Space: "urn:ietf:params:xml:ns:caldav", Local: "default-alarm-vevent-datetime",
		XML: `<default-alarm-vevent-datetime xmlns="urn:ietf:params:xml:ns:caldav">BEGIN:VALARM&#13;
ACTION:DISPLAY&#13;
TRIGGER:` + trigger + `&#13;
END:VALARM&#13;
</default-alarm-vevent-datetime>`}
}

// TestStopAtOnce has two devices stop while a third writes: all of it holds.
func TestStopAtOnce(t *testing.T) {
	c := newScene(t, "ann")
	put := func(n int) {
		c.put("ann", "work", "a", event(append(alarm("TRIGGER:-PT15M", "X-ALMANAC-INSIST:PT1H"), fmt.Sprint("SUMMARY:", n))...)...)
	}
	put(0)
	c.until("2026-03-10 10:00")
	ref := c.refOf("ann", "work", "a")
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			if err := c.s.Stop(c.Context(), ref, "link"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := strings.Count(c.body("ann", "work", "a"), "ACKNOWLEDGED"); n != 1 {
		t.Errorf("%d times acknowledged", n)
	}
	c.is("stopped", c.until("2026-03-12 00:00"), []string(nil))
}

// TestInsistingWhileDown has the service stand still for days: what insists is told once,
// late, and goes on.
func TestInsistingWhileDown(t *testing.T) {
	c := newScene(t, "ann")
	c.put("ann", "work", "a", event(append(alarm("TRIGGER:-PT15M", "X-ALMANAC-INSIST:P1W"), "SUMMARY:Dentist")...)...)
	c.until("2026-03-10 09:00")
	c.now = time.Date(2026, 3, 18, 0, 0, 0, 0, time.UTC)
	c.is("late", c.until("2026-03-18 00:01"), []string{"ann: Dentist 03-17 09:45 again 1 late"})
	c.is("goes on", c.until("2026-03-25 00:00"), []string{"ann: Dentist 03-24 09:45 again 2"})
}

// TestRestoredOnAnotherDay opens a backup a month later: what was to be told long ago is
// not told, but for what is still to be done.
func TestRestoredOnAnotherDay(t *testing.T) {
	c := newScene(t, "ann")
	c.put("ann", "work", "a", event(append(alarm("TRIGGER:-PT15M"), "SUMMARY:Dentist", "RRULE:FREQ=DAILY")...)...)
	c.put("ann", "work", "b", "BEGIN:VTODO", "UID:b", "SUMMARY:taxes", "DUE:20260310T100000Z", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER;RELATED=END:PT0S", "END:VALARM", "END:VTODO")
	c.until("2026-03-05 09:00")
	c.now = time.Date(2026, 4, 6, 6, 0, 0, 0, time.UTC)
	c.is("a month later", c.until("2026-04-06 12:00"), []string{"ann: taxes 03-10 10:00 late", "ann: Dentist 04-06 09:45"})
}
