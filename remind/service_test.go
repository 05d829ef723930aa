package remind

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"almanac/account"
	"almanac/notify"
	"almanac/store"
	"almanac/store/boltstore"
	"almanac/store/memstore"
)

// A scene is a store with people, a clock that is moved by hand, and an outbox that
// nobody empties but the test.
type scene struct {
	*testing.T
	st   store.Store
	s    *Service
	now  time.Time
	log  bytes.Buffer
	home map[string]store.HomeID
	coll map[string]store.CollID // by "ann/work"
}

func newScene(t *testing.T, people ...string) *scene {
	return newSceneOn(t, memstore.New(), people...)
}

func newSceneOn(t *testing.T, st store.Store, people ...string) *scene {
	c := &scene{T: t, st: st, home: map[string]store.HomeID{}, coll: map[string]store.CollID{}}
	c.now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c.s = &Service{Store: st, Log: slog.New(slog.NewTextHandler(&c.log, nil)), Now: func() time.Time { return c.now }, Late: 6 * time.Hour, Floor: time.Second}
	for _, name := range people {
		id, err := account.Create(t.Context(), st, store.Home{Name: name, Emails: []string{name + "@example.org"}}, "test", c.now)
		c.must(err)
		c.home[name] = id
		_, err = account.AddChannel(t.Context(), st, id, "test", c.now, rand.Reader, account.Channel{
			Kind: account.Chat, Name: "chat", Address: "ntfy://ntfy.example.org/" + name, Takes: []string{"DISPLAY"}, Verified: c.now})
		c.must(err)
		c.calendar(name, "work")
	}
	return c
}

func (c *scene) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

func (c *scene) calendar(owner, name string, props ...store.Prop) {
	c.Helper()
	res := c.apply(owner, store.CreateCollection{Collection: store.Collection{Kind: store.Calendar, Name: name, Components: []string{"VEVENT", "VTODO"}, Props: props}})
	c.coll[owner+"/"+name] = res.Ops[0].Coll
}

func (c *scene) apply(owner string, ops ...store.Op) *store.Result {
	c.Helper()
	res, err := c.st.Apply(c.Context(), &store.Batch{Home: c.home[owner], By: "test", At: c.now, Ops: ops})
	c.must(err)
	return res
}

func object(lines ...string) []byte {
	return []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//test//EN\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VCALENDAR\r\n")
}

// put writes an object, as DAV does.
func (c *scene) put(owner, calendar, name string, lines ...string) {
	c.Helper()
	body := object(lines...)
	x, err := store.IndexOf(store.Calendar, body)
	c.must(err)
	c.apply(owner, store.PutObject{Coll: c.coll[owner+"/"+calendar], Name: name, Body: body, Index: x})
}

// body is what is stored of an object.
func (c *scene) body(owner, calendar, name string) (text string) {
	c.Helper()
	c.must(c.st.View(c.Context(), func(snap store.Snapshot) error {
		o, err := snap.Object(c.coll[owner+"/"+calendar], name, store.WantBody)
		if err == nil {
			text = string(o.Body)
		}
		return err
	}))
	return text
}

// sent empties the outbox: for whom, what, due when (and told when, if that is later).
func (c *scene) sent() (out []string) {
	c.Helper()
	for _, m := range c.messages() {
		who := ""
		for name, id := range c.home {
			if id == m.Home {
				who = name
			}
		}
		s := fmt.Sprintf("%s: %s %s", who, m.Reminder.Summary, m.At.Format("01-02 15:04"))
		if m.Reminder.FollowUp > 0 {
			s += fmt.Sprintf(" again %d", m.Reminder.FollowUp)
		}
		if m.Late {
			s += " late"
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

func (c *scene) messages() (all []notify.Message) {
	c.Helper()
	for _, kind := range []account.ChannelKind{account.Mail, account.Browser, account.Chat} {
		jobs, err := c.st.Claim(c.Context(), notify.Queue(kind), "test", c.now.Add(time.Hour), 100_000, time.Minute)
		c.must(err)
		for _, j := range jobs {
			var m notify.Message
			c.must(json.Unmarshal(j.Payload, &m))
			all = append(all, m)
			_, err := c.st.Apply(c.Context(), &store.Batch{Home: j.Home, Ops: []store.Op{store.FinishJob{Queue: j.Queue, ID: j.ID}}})
			c.must(err)
		}
	}
	return all
}

// until moves the clock, as the service asks to be woken, and returns what was sent. No
// message is told before it is due, or much later.
func (c *scene) until(s string) (out []string) {
	c.Helper()
	end, err := time.Parse("2006-01-02 15:04", s)
	c.must(err)
	for {
		wait, err := c.s.Round(c.Context())
		c.must(err)
		for _, m := range c.sent() {
			out = append(out, m)
		}
		if next := c.now.Add(max(wait, time.Millisecond)); next.Before(end) {
			c.now = next
			continue
		}
		if c.now.Equal(end) {
			return out
		}
		c.now = end
	}
}

func (c *scene) is(what string, got, want any) {
	c.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		c.Errorf("%s:\n%s, want\n%s\n%s", what, g, w, &c.log)
	}
}

func TestTold(t *testing.T) {
	c := newScene(t, "ann")
	c.put("ann", "work", "a", event(append(alarm("TRIGGER:-PT15M"), "SUMMARY:Dentist")...)...)
	c.is("before", c.until("2026-03-10 09:44"), []string(nil))
	c.is("told", c.until("2026-03-20 00:00"), []string{"ann: Dentist 03-10 09:45"})
	if _, some := c.waiting(); some {
		t.Error("something is still waited for")
	}
}

// waiting is when the next look is.
func (c *scene) waiting() (due time.Time, some bool) {
	c.Helper()
	c.must(c.st.View(c.Context(), func(snap store.Snapshot) (err error) {
		due, some, err = snap.NextJob(store.AlarmQueue)
		return err
	}))
	return due, some
}

// TestYear has alarms of a whole year across two changes of the clock: each at its
// minute of the day where the person is, once.
func TestYear(t *testing.T) {
	c := newScene(t, "ann")
	c.must(account.SetPreferences(t.Context(), c.st, c.home["ann"], "test", c.now, account.Preferences{Timezone: "Europe/Zurich"}))
	c.put("ann", "work", "a", append(append([]string{"BEGIN:VEVENT", "UID:a", "SUMMARY:up", "DTSTART:20260302T073000", "RRULE:FREQ=DAILY"}, alarm("TRIGGER:-PT30M")...), "END:VEVENT")...)
	zurich, err := time.LoadLocation("Europe/Zurich")
	c.must(err)
	got := c.until("2027-03-02 12:00")
	day := time.Date(2026, 3, 2, 7, 0, 0, 0, zurich)
	var want []string
	for ; day.Before(c.now); day = day.AddDate(0, 0, 1) {
		want = append(want, "ann: up "+day.UTC().Format("01-02 15:04"))
	}
	if d := cmp.Diff(want, got); d != "" || len(got) != 366 {
		t.Errorf("%d reminders in a year (-want +got):\n%s", len(got), d)
	}
}

// TestDown has the service stand still for a day.
func TestDown(t *testing.T) {
	c := newScene(t, "ann")
	c.put("ann", "work", "over", event(append(alarm("TRIGGER:-PT15M"), "SUMMARY:over")...)...)
	c.put("ann", "work", "long", "BEGIN:VEVENT", "UID:2", "SUMMARY:conference", "DTSTART:20260310T100000Z", "DTEND:20260313T100000Z", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:PT0S", "END:VALARM", "END:VEVENT")
	c.put("ann", "work", "task", "BEGIN:VTODO", "UID:3", "SUMMARY:taxes", "DUE:20260310T100000Z", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER;RELATED=END:PT0S", "END:VALARM", "END:VTODO")
	c.put("ann", "work", "hourly", "BEGIN:VEVENT", "UID:4", "SUMMARY:pill", "DTSTART:20260310T003000Z", "RRULE:FREQ=HOURLY;COUNT=40", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:PT0S", "END:VALARM", "END:VEVENT")
	c.until("2026-03-10 00:00")
	c.now = c.now.Add(24*time.Hour + 15*time.Minute) // nothing runs meanwhile
	c.is("a day later", c.until("2026-03-11 00:20"), []string{
		"ann: conference 03-10 10:00 late", "ann: pill 03-10 23:30 late", "ann: taxes 03-10 10:00 late"})
	if n := strings.Count(c.log.String(), "too late to be of use"); n != 24 {
		t.Errorf("%d lines tell of what was not told:\n%s", n, &c.log)
	}
}

// TestClockStep sets the clock back and forth: nothing is told twice, or lost.
func TestClockStep(t *testing.T) {
	c := newScene(t, "ann")
	c.put("ann", "work", "a", append(append([]string{"BEGIN:VEVENT", "UID:a", "SUMMARY:up", "DTSTART:20260310T100000Z", "RRULE:FREQ=HOURLY;COUNT=6"}, alarm("TRIGGER:PT0S")...), "END:VEVENT")...)
	c.is("first", c.until("2026-03-10 11:30"), []string{"ann: up 03-10 10:00", "ann: up 03-10 11:00"})
	c.now = c.now.Add(-2 * time.Hour)
	c.is("two hours back", c.until("2026-03-10 11:45"), []string(nil))
	c.is("goes on", c.until("2026-03-10 12:30"), []string{"ann: up 03-10 12:00"})
	c.now = c.now.Add(2 * time.Hour)
	c.is("two hours ahead", c.until("2026-03-10 16:00"), []string{"ann: up 03-10 14:00 late", "ann: up 03-10 15:00"})
}

// TestCrash ends the process after messages were written, and before: the job is there
// again when the lease has run out, and the same message is the same message.
func TestCrash(t *testing.T) {
	c := newScene(t, "ann")
	c.put("ann", "work", "a", event(append(alarm("TRIGGER:-PT15M"), "SUMMARY:Dentist")...)...)
	c.until("2026-03-10 09:44")
	c.now = c.now.Add(time.Minute)
	jobs, err := c.st.Claim(t.Context(), store.AlarmQueue, "another", c.now, 10, lease)
	c.must(err)
	if len(jobs) != 1 {
		t.Fatalf("%d jobs", len(jobs))
	}
	c.is("in the hands of who died", c.until("2026-03-10 09:45"), []string(nil))
	c.is("afterwards", c.until("2026-03-10 09:50"), []string{"ann: Dentist 03-10 09:45"})
}

// TestChangeMeanwhile has the object change while it is looked at.
func TestChangeMeanwhile(t *testing.T) {
	c := newScene(t, "ann")
	put := func(summary string) {
		c.put("ann", "work", "a", event(append(alarm("TRIGGER:-PT15M"), "SUMMARY:"+summary)...)...)
	}
	put("Dentist")
	c.until("2026-03-10 09:44")
	c.now = c.now.Add(time.Minute)
	jobs, err := c.st.Claim(t.Context(), store.AlarmQueue, "remind", c.now, 10, lease)
	c.must(err)
	put("Doctor")
	c.must(c.s.deal(t.Context(), jobs))
	c.is("what was looked at", c.sent(), []string(nil))
	c.is("what is there", c.until("2026-03-10 09:50"), []string{"ann: Doctor 03-10 09:45"})
}

func TestInsisting(t *testing.T) {
	insisting := func(lines ...string) []string {
		return event(append(alarm("TRIGGER:-PT15M", append([]string{"X-ALMANAC-INSIST:PT1H"}, lines...)...), "SUMMARY:Dentist")...)
	}
	for _, stop := range []struct {
		name string
		stop func(c *scene, ref notify.Ref)
	}{
		{"by the link", func(c *scene, ref notify.Ref) { c.must(c.s.Stop(c.Context(), ref, "link")) }},
		{"by a phone", func(c *scene, ref notify.Ref) {
			c.put("ann", "work", "a", insisting("ACKNOWLEDGED:"+c.now.Format(utcForm))...)
		}},
		{"by Thunderbird", func(c *scene, ref notify.Ref) {
			c.put("ann", "work", "a", append([]string{"BEGIN:VEVENT", "X-MOZ-LASTACK:" + c.now.Format(utcForm)}, insisting()[1:]...)...)
		}},
		{"by deleting it", func(c *scene, ref notify.Ref) {
			c.apply("ann", store.DeleteObject{Coll: c.coll["ann/work"], Name: "a"})
		}},
		{"by cancelling it", func(c *scene, ref notify.Ref) {
			c.put("ann", "work", "a", append([]string{"BEGIN:VEVENT", "STATUS:CANCELLED"}, insisting()[1:]...)...)
		}},
	} {
		t.Run(stop.name, func(t *testing.T) {
			c := newScene(t, "ann")
			c.put("ann", "work", "a", insisting()...)
			c.is("at first", c.until("2026-03-10 10:00"), []string{"ann: Dentist 03-10 09:45"})
			c.is("again", c.until("2026-03-10 12:00"), []string{"ann: Dentist 03-10 10:45 again 1", "ann: Dentist 03-10 11:45 again 2"})
			stop.stop(c, c.refOf("ann", "work", "a"))
			c.is("stopped", c.until("2026-03-12 12:00"), []string(nil))
			if _, some := c.waiting(); some {
				t.Error("something is still waited for")
			}
		})
	}
}

// refOf is the reference to the first alarm of an object.
func (c *scene) refOf(who, calendar, name string) (ref notify.Ref) {
	c.Helper()
	c.must(c.st.View(c.Context(), func(snap store.Snapshot) error {
		id := c.coll["ann/"+calendar]
		coll, err := snap.Collection(id)
		if err != nil {
			return err
		}
		o, err := snap.Object(id, name, store.WantBody)
		if err != nil {
			return err
		}
		p, err := personOf(snap, coll, c.home[who])
		if err != nil {
			return err
		}
		v, err := c.s.viewOf(snap, p, o, time.Unix(0, 0))
		if err != nil {
			return err
		}
		ref = v.ref(&Ring{Alarm: v.agenda.alarms[0], At: c.now.Unix()})
		return nil
	}))
	return ref
}

// TestStop writes what RFC 9074 section 6 says, and leaves every other octet.
func TestStop(t *testing.T) {
	c := newScene(t, "ann")
	lines := event(append(alarm("TRIGGER:-PT15M", "X-SOMETHING:kept"), "SUMMARY;X-P=1:Den\r\n tist")...)
	c.put("ann", "work", "a", lines...)
	c.now = time.Date(2026, 3, 10, 9, 50, 0, 0, time.UTC)
	ref := c.refOf("ann", "work", "a")
	c.must(c.s.Stop(t.Context(), ref, "link"))
	want := strings.Replace(string(object(lines...)), "X-SOMETHING:kept\r\n", "X-SOMETHING:kept\r\nACKNOWLEDGED:20260310T095000Z\r\n", 1)
	c.is("stopped", c.body("ann", "work", "a"), want)
	c.must(c.s.Stop(t.Context(), ref, "link"))
	c.is("stopped twice", c.body("ann", "work", "a"), want)
	st, err := c.s.Look(t.Context(), ref)
	c.must(err)
	c.is("state", fmt.Sprint(st.Summary, " ", st.Stopped, st.SnoozedUntil.IsZero(), st.Start.Format(utcForm)), "Dentist true true20260310T100000Z")
	c.apply("ann", store.DeleteObject{Coll: c.coll["ann/work"], Name: "a"})
	c.is("of what is gone", c.s.Stop(t.Context(), ref, "link"), ErrGone)
}

func TestSnooze(t *testing.T) {
	c := newScene(t, "ann")
	c.put("ann", "work", "a", event(append(alarm("TRIGGER:-PT15M", "X-ALMANAC-INSIST:PT1H"), "SUMMARY:Dentist")...)...)
	c.until("2026-03-10 09:50")
	c.must(c.s.Snooze(t.Context(), c.refOf("ann", "work", "a"), c.now.Add(25*time.Minute), "link"))
	if text := c.body("ann", "work", "a"); strings.Count(text, "BEGIN:VALARM") != 2 || !strings.Contains(text, "RELATED-TO;RELTYPE=SNOOZE:") || !strings.Contains(text, "TRIGGER;VALUE=DATE-TIME:20260310T101500Z") {
		t.Error(text)
	}
	c.is("later, and it insists as well", c.until("2026-03-10 11:30"), []string{"ann: Dentist 03-10 10:15", "ann: Dentist 03-10 11:15 again 1"})
	// Snoozed once more from the alarm that snoozes, which is replaced.
	var ref notify.Ref
	c.now = c.now.Add(time.Minute)
	ups, err := c.s.Upcoming(t.Context(), c.home["ann"], c.now, c.now.Add(2*time.Hour), 10)
	c.must(err)
	if len(ups) != 1 {
		t.Fatalf("%d are to come: %+v", len(ups), ups)
	}
	ref = ups[0].Reminder.Ref
	ref.At = c.now.Unix()
	c.must(c.s.Snooze(t.Context(), ref, c.now.Add(time.Hour), "link"))
	if text := c.body("ann", "work", "a"); strings.Count(text, "BEGIN:VALARM") != 2 || !strings.Contains(text, "TRIGGER;VALUE=DATE-TIME:20260310T123100Z") {
		t.Error(text)
	}
	c.is("once more", c.until("2026-03-10 12:40"), []string{"ann: Dentist 03-10 12:31"})
	ref = c.refOf("ann", "work", "a")
	c.must(c.s.Stop(t.Context(), ref, "link"))
	if text := c.body("ann", "work", "a"); strings.Count(text, "BEGIN:VALARM") != 1 {
		t.Error("an alarm that snoozed is left:\n" + text)
	}
	c.is("stopped", c.until("2026-03-12 12:40"), []string(nil))
	if err := c.s.Snooze(t.Context(), ref, c.now, "link"); err == nil {
		t.Error("snoozed to now")
	}
}

// TestStopAfterSnooze stops in the same second in which it was put off, by the link of
// before: the alarm has got a UID meanwhile.
func TestStopAfterSnooze(t *testing.T) {
	c := newScene(t, "ann")
	c.put("ann", "work", "a", event(alarm("TRIGGER:-PT15M")...)...)
	c.until("2026-03-10 09:50")
	ref := c.refOf("ann", "work", "a")
	c.must(c.s.Snooze(t.Context(), ref, c.now.Add(time.Hour), "link"))
	c.must(c.s.Stop(t.Context(), ref, "link"))
	if text := c.body("ann", "work", "a"); strings.Count(text, "BEGIN:VALARM") != 1 {
		t.Error("it is still put off:\n" + text)
	}
}

func TestDefaultAlarms(t *testing.T) {
	c := newScene(t, "ann")
	prop := store.Prop{Space: "urn:ietf:params:xml:ns:caldav", Local: "default-alarm-vevent-datetime",
		XML: `<default-alarm-vevent-datetime xmlns="urn:ietf:params:xml:ns:caldav">BEGIN:VALARM&#13;
ACTION:DISPLAY&#13;
TRIGGER:-PT15M&#13;
END:VALARM&#13;
</default-alarm-vevent-datetime>`}
	c.put("ann", "work", "a", event("SUMMARY:Dentist")...)
	c.put("ann", "work", "b", "BEGIN:VEVENT", "UID:2", "SUMMARY:Silent", "DTSTART:20260310T100000Z", "BEGIN:VALARM", "ACTION:NONE", "TRIGGER;VALUE=DATE-TIME:19760401T005545Z", "END:VALARM", "END:VEVENT")
	c.until("2026-03-02 00:00")
	c.apply("ann", store.PatchProps{Target: store.OnCollection, Coll: c.coll["ann/work"], Set: []store.Prop{prop}})
	c.is("told", c.until("2026-03-10 09:50"), []string{"ann: Dentist 03-10 09:45"})
	c.must(c.s.Stop(t.Context(), c.refOf("ann", "work", "a"), "link"))
	if text := c.body("ann", "work", "a"); !strings.Contains(text, "ACKNOWLEDGED:20260310T095000Z") {
		t.Error(text)
	}
}

// TestEachTheirOwn shares a calendar: alarms ring for whom they are.
func TestEachTheirOwn(t *testing.T) {
	c := newScene(t, "ann", "bob")
	var coll *store.Collection
	c.must(c.st.View(t.Context(), func(snap store.Snapshot) (err error) {
		coll, err = snap.Collection(c.coll["ann/work"])
		return err
	}))
	c.must(account.ShareWith(t.Context(), c.st, coll, account.UserPrincipal(c.home["bob"]), account.ShareRead, "test", c.now))
	c.put("ann", "work", "a", event(append(alarm("TRIGGER:-PT15M"), "SUMMARY:Dentist")...)...)
	mine := account.Alarms{"": "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT30M\r\nEND:VALARM\r\n"}
	ops, _ := account.AlarmsOps(coll.ID, c.home["bob"], "1", mine)
	c.apply("ann", append(ops, store.TouchObject{Coll: coll.ID, Name: "a"})...)
	c.is("both", c.until("2026-03-10 09:50"), []string{"bob: Dentist 03-10 09:30", "ann: Dentist 03-10 09:45"})
	before := c.body("ann", "work", "a")
	c.must(c.s.Stop(t.Context(), c.refOf("bob", "work", "a"), "link"))
	c.is("the owner's octets", c.body("ann", "work", "a"), before)
	c.must(c.st.View(t.Context(), func(snap store.Snapshot) error {
		all, err := account.AlarmsOn(snap, coll.ID, "1")
		c.is("bob's", all[c.home["bob"]], account.Alarms{"": "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT30M\r\nACKNOWLEDGED:20260310T095000Z\r\nEND:VALARM\r\n"})
		return err
	}))
}

// TestManyAtOnce has the same minute for many, and a restart of the store in between.
func TestManyAtOnce(t *testing.T) {
	path := t.TempDir() + "/almanac.db"
	st, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := newSceneOn(t, st, "ann", "bob")
	const n = 1200
	for _, who := range []string{"ann", "bob"} {
		var ops []store.Op
		for i := range n / 2 {
			body := object("BEGIN:VEVENT", fmt.Sprint("UID:", i), fmt.Sprint("SUMMARY:", i), "DTSTART:20260310T100000Z", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:PT0S", "END:VALARM", "END:VEVENT")
			x, err := store.IndexOf(store.Calendar, body)
			c.must(err)
			ops = append(ops, store.PutObject{Coll: c.coll[who+"/work"], Name: fmt.Sprint(i), Body: body, Index: x})
		}
		c.apply(who, ops...)
	}
	c.until("2026-03-09 00:00")
	c.must(st.Close())
	if c.st, err = boltstore.Open(path, boltstore.Options{}); err != nil {
		t.Fatal(err)
	}
	defer c.st.Close()
	c.s.Store = c.st
	told := c.until("2026-03-10 10:00")
	slices.Sort(told)
	if len(slices.Compact(told)) != n {
		t.Errorf("%d reminders", len(told))
	}
	c.must(c.st.Check(context.Background(), false, nil, func(f store.Finding) { t.Error(f.What) }))
}
