package remind

import (
	"strings"
	"testing"
	"time"

	"almanac/notify"
	"almanac/store"
)

// rung are the references in what was sent, in order.
func (c *scene) rung(until string) (refs []notify.Ref) {
	c.Helper()
	end, err := time.Parse("2006-01-02 15:04", until)
	c.must(err)
	for {
		wait, err := c.s.Round(c.Context())
		c.must(err)
		for _, m := range c.messages() {
			refs = append(refs, m.Reminder.Ref)
		}
		if c.now.Equal(end) {
			return refs
		}
		if c.now = c.now.Add(max(wait, time.Millisecond)); c.now.After(end) {
			c.now = end
		}
	}
}

func (c *scene) state(ref notify.Ref) *State {
	c.Helper()
	st, err := c.s.Look(c.Context(), ref)
	c.must(err)
	return st
}

// TestLinksOfSnoozes has somebody put off an alarm twice, and then press Stop in what was
// told first, second and third: each link works, and tells how it stands.
func TestLinksOfSnoozes(t *testing.T) {
	for pressed := range 3 {
		c := newScene(t, "ann")
		c.put("ann", "work", "a", event(append(alarm("TRIGGER:-PT15M", "X-WR-ALARMUID:D6B2", "X-APPLE-DEFAULT-ALARM:TRUE"), "SUMMARY:Dentist")...)...)
		refs := c.rung("2026-03-10 09:46")
		c.must(c.s.Snooze(t.Context(), refs[0], c.now.Add(4*time.Minute), "link"))
		if n := strings.Count(c.body("ann", "work", "a"), "D6B2"); n != 1 {
			t.Errorf("%d alarms have Apple's UID", n)
		}
		refs = append(refs, c.rung("2026-03-10 09:51")...)
		c.must(c.s.Snooze(t.Context(), refs[1], c.now.Add(4*time.Minute), "link"))
		c.is("put off", c.state(refs[1]).SnoozedUntil.Format(utcForm), "20260310T095500Z")
		c.is("what was put off", c.state(refs[1]).Stopped, true)
		refs = append(refs, c.rung("2026-03-10 09:56")...)
		if len(refs) != 3 {
			t.Fatalf("%d went off", len(refs))
		}
		c.is("what goes off", c.state(refs[2]).Stopped, false)
		c.must(c.s.Stop(t.Context(), refs[pressed], "link"))
		for _, ref := range refs {
			c.is("stopped", c.state(ref).Stopped, true)
		}
		text := c.body("ann", "work", "a")
		if strings.Count(text, "BEGIN:VALARM") != 1 || strings.Count(text, "X-WR-ALARMUID") != 1 {
			t.Error(text)
		}
		c.is("silent", c.until("2026-03-12 00:00"), []string(nil))
	}
}

// TestSnoozeThenMove moves the event while its alarm is put off: what was put off is
// about a time that is not so any more.
func TestSnoozeThenMove(t *testing.T) {
	c := newScene(t, "ann")
	c.put("ann", "work", "a", event(append(alarm("TRIGGER:-PT15M", "X-ALMANAC-INSIST:PT1H"), "SUMMARY:Dentist")...)...)
	c.until("2026-03-10 09:46")
	c.must(c.s.Snooze(t.Context(), c.refOf("ann", "work", "a"), c.now.Add(time.Hour), "link"))
	text := strings.NewReplacer("DTSTART:20260310", "DTSTART:20260317", "DTEND:20260310", "DTEND:20260317").Replace(c.body("ann", "work", "a"))
	x, err := store.IndexOf(store.Calendar, []byte(text))
	c.must(err)
	c.apply("ann", store.PutObject{Coll: c.coll["ann/work"], Name: "a", Body: []byte(text), Index: x})
	c.is("moved", c.until("2026-03-17 10:00"), []string{"ann: Dentist 03-17 09:45"})
}

// TestSnoozedByThunderbird has one time of a series put off, as Thunderbird writes it,
// and stopped by the link of what was told then.
func TestSnoozedByThunderbird(t *testing.T) {
	c := newScene(t, "ann")
	series := func(more ...string) []string {
		return event(append(append(alarm("TRIGGER:-PT15M", "X-ALMANAC-INSIST:PT2H"), "SUMMARY:Pill", "RRULE:FREQ=DAILY;COUNT=3"), more...)...)
	}
	c.put("ann", "work", "a", series()...)
	c.until("2026-03-10 09:46")
	c.put("ann", "work", "a", series("X-MOZ-LASTACK:20260310T094600Z", "X-MOZ-SNOOZE-TIME-1773136800000000:20260310T095600Z")...)
	refs := c.rung("2026-03-10 09:57")
	if len(refs) != 1 {
		t.Fatalf("%d went off", len(refs))
	}
	c.is("it insists", c.until("2026-03-10 12:00"), []string{"ann: Pill 03-10 11:56 again 1"})
	c.must(c.s.Stop(t.Context(), refs[0], "link"))
	c.is("stopped", c.state(refs[0]).Stopped, true)
	text := c.body("ann", "work", "a")
	if strings.Contains(text, "X-MOZ-SNOOZE-TIME") || !strings.Contains(text, "X-MOZ-LASTACK:20260310T120000Z") || !strings.Contains(text, "ACKNOWLEDGED:20260310T120000Z") {
		t.Error(text)
	}
	c.is("goes on", c.until("2026-03-11 10:00"), []string{"ann: Pill 03-11 09:45"})
}

// TestStoppedBeforeItWasTold has messages that wait in the outbox while a phone, whose
// clock is behind, stops what they are about.
func TestStoppedBeforeItWasTold(t *testing.T) {
	c := newScene(t, "ann")
	lines := func(more ...string) []string {
		return event(append(alarm("TRIGGER:-PT15M", append(more, "X-ALMANAC-INSIST:PT1H")...), "SUMMARY:Dentist")...)
	}
	c.put("ann", "work", "a", lines()...)
	c.rung("2026-03-10 10:44")
	refs := c.rung("2026-03-10 10:45")
	waiting := &notify.Message{Kind: notify.KindReminder, Reminder: &notify.Reminder{Ref: refs[0]}}
	c.is("waiting", c.s.Stale(t.Context(), waiting), "")
	c.put("ann", "work", "a", lines("ACKNOWLEDGED:20260310T104458Z")...)
	c.is("stopped", c.s.Stale(t.Context(), waiting), "it was stopped")
	c.put("ann", "work", "a", lines("ACKNOWLEDGED:99991231T000000Z")...)
	c.is("by a clock that is wrong", c.s.Stale(t.Context(), waiting), "")
	c.must(c.s.Stop(t.Context(), refs[0], "link"))
	c.is("and once more", c.s.Stale(t.Context(), waiting), "it was stopped")
}

// TestStopBeforeItGoesOff stops an alarm beforehand: within a day it is silent, and one
// that is farther off is not said to be.
func TestStopBeforeItGoesOff(t *testing.T) {
	c := newScene(t, "ann")
	c.put("ann", "work", "a", event(append(alarm("TRIGGER:-PT15M"), "SUMMARY:Dentist")...)...)
	id := func() string {
		ups, err := c.s.Upcoming(t.Context(), c.home["ann"], c.now, c.now.AddDate(0, 0, 30), 10)
		c.must(err)
		if len(ups) != 1 {
			t.Fatalf("%d are to come", len(ups))
		}
		return ups[0].ID
	}
	find := func() notify.Ref {
		ref, err := c.s.Find(t.Context(), c.home["ann"], id())
		c.must(err)
		return ref
	}
	first, before := id(), c.body("ann", "work", "a")
	c.is("stopped", c.s.Stop(t.Context(), find(), "test"), ErrEarly)
	c.is("put off", c.s.Snooze(t.Context(), find(), c.now.Add(time.Hour), "test"), ErrEarly)
	c.is("the octets", c.body("ann", "work", "a"), before)
	c.until("2026-03-10 00:00")
	c.must(c.s.Snooze(t.Context(), find(), c.now.Add(11*time.Hour), "test"))
	c.is("its name, put off", id(), first)
	c.is("put off", c.until("2026-03-10 10:30"), []string(nil))
	c.must(c.s.Stop(t.Context(), find(), "test"))
	c.is("stopped", c.until("2026-03-11 00:00"), []string(nil))
}

// TestSnoozedBeyondTheEnd has one time of a series put off until it is over: it is told of
// that time, and not of the next.
func TestSnoozedBeyondTheEnd(t *testing.T) {
	c := newScene(t, "ann")
	c.put("ann", "work", "a", event(append(alarm("TRIGGER:-PT15M"), "SUMMARY:Pill", "RRULE:FREQ=DAILY;COUNT=3")...)...)
	c.until("2026-03-11 09:50")
	c.must(c.s.Snooze(t.Context(), c.refOf("ann", "work", "a"), c.now.Add(3*time.Hour), "link"))
	c.now = time.Date(2026, 3, 11, 12, 50, 0, 0, time.UTC)
	_, err := c.s.Round(t.Context())
	c.must(err)
	all := c.messages()
	if len(all) != 1 {
		t.Fatalf("%d are told", len(all))
	}
	c.is("start", all[0].Reminder.Start.Format(utcForm), "20260311T100000Z")
}
