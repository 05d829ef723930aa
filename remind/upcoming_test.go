package remind

import (
	"context"
	"fmt"
	"testing"
	"time"

	"almanac/account"
	"almanac/store"
)

// A counting store counts the objects that are read from it.
type counting struct {
	store.Store
	read int
}

func (s *counting) View(ctx context.Context, fn func(store.Snapshot) error) error {
	return s.Store.View(ctx, func(snap store.Snapshot) error { return fn(&countingSnapshot{snap, s}) })
}

type countingSnapshot struct {
	store.Snapshot
	of *counting
}

func (s *countingSnapshot) Object(c store.CollID, name string, want store.Want) (*store.Object, error) {
	s.of.read++
	return s.Snapshot.Object(c, name, want)
}

func (s *countingSnapshot) List(c store.CollID, after string, want store.Want, visit func(*store.Object) bool) error {
	return s.Snapshot.List(c, after, want, func(o *store.Object) bool { s.of.read++; return visit(o) })
}

func (c *scene) upcoming(who string, from, to time.Time, max int) (out []string) {
	c.Helper()
	all, err := c.s.Upcoming(c.Context(), c.home[who], from, to, max)
	c.must(err)
	for _, u := range all {
		out = append(out, fmt.Sprint(u.At.Format("01-02 15:04:05 "), u.Reminder.Summary, u.Reminder.FollowUp, u.Channels))
	}
	return out
}

// TestUpcomingByTheQueue lists what is to come by the moments at which it is looked at:
// that is what reading everything gives, and reads little.
func TestUpcomingByTheQueue(t *testing.T) {
	c := newScene(t, "ann", "bob")
	c.must(c.s.begin(t.Context()))
	c.share("work", "bob", account.ShareRead)
	c.calendar("bob", "own", defaultAlarm("-PT7M"))
	var ops []store.Op
	for i := range 400 {
		day := c.now.AddDate(0, 0, 1+i/4)
		lines := []string{"BEGIN:VEVENT", fmt.Sprint("UID:", i), fmt.Sprint("SUMMARY:", i), "DTSTART:" + day.Format("20060102") + fmt.Sprintf("T%02d1000Z", i%24)}
		switch i % 8 {
		case 3:
			lines = append(lines, "RRULE:FREQ=WEEKLY")
		case 5:
			lines = append(lines, "RRULE:FREQ=DAILY;INTERVAL=40")
		}
		lines = append(append(lines, alarm("TRIGGER:-PT15M", []string{"REPEAT:1", "DURATION:PT5M"}[:2*(i%2)]...)...), "END:VEVENT")
		if i%50 == 0 {
			lines = append(lines[:len(lines)-2], "X-ALMANAC-INSIST:PT6H", "END:VALARM", "END:VEVENT")
		}
		body := object(lines...)
		x, err := store.IndexOf(store.Calendar, body)
		c.must(err)
		ops = append(ops, store.PutObject{Coll: c.coll["ann/work"], Name: fmt.Sprint(i), Body: body, Index: x})
	}
	c.apply("ann", ops...)
	for _, i := range []int{9, 10, 200} {
		c.own("bob", "work", fmt.Sprint(i), fmt.Sprint(i), alarm("TRIGGER:-PT45M")...)
	}
	c.put("bob", "own", "x", "BEGIN:VEVENT", "UID:x", "SUMMARY:x", "DTSTART:20260310T100000Z", "RRULE:FREQ=DAILY;COUNT=3", "END:VEVENT")
	at := c.until
	for _, moment := range []string{"2026-03-01 13:01", "2026-03-04 13:01", "2026-03-12 05:31"} {
		at(moment)
		st := &counting{Store: c.st}
		c.s.Store = st
		for _, who := range []string{"ann", "bob"} {
			for _, days := range []int{1, 3, 40} {
				for _, max := range []int{5, 10_000} {
					to := c.now.AddDate(0, 0, days)
					st.read = 0
					got := c.upcoming(who, c.now, to, max)
					read := st.read
					want := c.upcoming(who, c.now.Add(-time.Hour), to, max+100)
					for len(want) > 0 && want[0] <= c.now.Format("01-02 15:04:05") && want[0] >= c.now.Add(-time.Hour).Format("01-02 15:04:05") {
						want = want[1:]
					}
					want = want[:min(len(want), max)]
					c.is(fmt.Sprint(moment, who, days, max), got, want)
					if bound := 100 + 2*len(got); days <= 3 && read > bound {
						t.Errorf("%s %s: %d objects read for %d reminders", moment, who, read, len(got))
					}
				}
			}
		}
		// What is shown is found.
		all, err := c.s.Upcoming(t.Context(), c.home["ann"], c.now, c.now.AddDate(0, 0, 1), 3)
		c.must(err)
		for _, u := range all {
			st.read = 0
			ref, err := c.s.Find(t.Context(), c.home["ann"], u.ID)
			c.must(err)
			c.is("found", ref.UID, u.Reminder.Ref.UID)
			if st.read > 30 {
				t.Errorf("%d objects read to find one that is near", st.read)
			}
		}
		c.s.Store = c.st
	}
	_, err := c.s.Find(t.Context(), c.home["ann"], "0000000000")
	c.is("what is not there", err, ErrGone)
}
