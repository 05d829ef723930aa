package boltstore

import (
	"time"

	"almanac/store"
)

// jobOf is the job of a member; m is its record, and nil when it is not there: then it
// has none.
func (a *applier) jobOf(c *collection, m *member) (*job, error) {
	if c.rec.Kind != store.Calendar || m == nil {
		return nil, nil
	}
	if j := a.wakeJobOf(c, m); j != nil {
		return j, nil
	}
	return a.ownJob(store.AlarmQueue, store.AlarmJobID(c.id, m.Name))
}

// nextLook is the job that a member has after it was written. It follows from the one
// that it had under another name, else from that of what had its name. ok is false when
// nothing goes off in it.
func (a *applier) nextLook(home *store.Home, c *collection, m *member, wake time.Time, moved, was *job) (next job, ok bool) {
	if c.rec.Kind != store.Calendar {
		return next, false
	}
	if !m.Index.Alarms && moved == nil && !store.HasDefaultAlarms(home, &c.rec.Collection) {
		wake = store.Never // nobody's alarm, unless somebody else has one on it
	}
	if moved != nil {
		was = moved
	}
	return a.jobAfter(c, m.Name, wake, was)
}

func (a *applier) jobAfter(c *collection, name string, wake time.Time, before *job) (next job, ok bool) {
	var was *store.Job
	if before != nil {
		was = &before.Job
	}
	next.Job, ok = store.AlarmJobAfter(was, c.id, name, a.at, wake)
	next.Home, next.Due = a.home, store.Moment(next.Due)
	return next, ok
}

// asWake makes a member's job its wake, if that says the same.
func (a *applier) asWake(c *collection, m *member, next *job) bool {
	_, _, mark, err := store.ParseAlarmJob(&next.Job)
	ms := next.Due.UnixMilli()
	if err != nil || !mark.Done.Equal(m.Modified) || !a.ring(c).waits(ms, m.Name) {
		return false
	}
	m.wake, m.since = ms, mark.Since.UnixMilli()
	return true
}

// replace puts a job, or none, in the place of the one that was. A wake has gone from
// its member's record already.
func (a *applier) replace(was, next *job) {
	if was != nil && was.in == nil {
		a.dropJob(was)
	}
	if next != nil {
		a.putJob(next)
	}
}

// watch has a member looked at that is not written anew.
func (a *applier) watch(c *collection, name string, wake time.Time) error {
	if c.rec.Kind != store.Calendar {
		return nil
	}
	old, err := a.job(store.AlarmQueue, store.AlarmJobID(c.id, name))
	if err != nil {
		return err
	}
	next, ok := a.jobAfter(c, name, wake, old)
	if old != nil {
		a.dropJob(old)
	}
	if ok {
		a.putJob(&next)
	}
	return nil
}

func (a *applier) wakeObject(op store.WakeObject) error {
	c, _, err := a.liveMember(op.Coll, op.Name)
	if err != nil {
		return err
	}
	return a.watch(c, op.Name, a.at)
}

// watchCalendar has all members of a calendar looked at.
func (a *applier) watchCalendar(c *collection) error {
	if c.rec.Kind != store.Calendar {
		return nil
	}
	return a.enqueue(store.Enqueue{Job: store.AlarmJobOfCalendar(c.id, a.at)}, nil)
}

// watchHome does so with all calendars of the batch's home.
func (a *applier) watchHome() error {
	for _, id := range a.collectionsOf(a.home) {
		c, err := a.live(id)
		if err != nil {
			return err
		}
		if err := a.watchCalendar(c); err != nil {
			return err
		}
	}
	return nil
}
