package boltstore

import (
	"time"

	"almanac/store"
)

// watchMember writes the job of a member in which something may go off.
func (a *applier) watchMember(home *store.Home, c *collection, m *member, wake time.Time, before *job) error {
	if c.rec.Kind != store.Calendar {
		return nil
	}
	if !m.Index.Alarms && before == nil && !store.HasDefaultAlarms(home, &c.rec.Collection) {
		wake = store.Never // nobody's alarm, unless somebody else has one on it
	}
	return a.watch(c, m.Name, wake, before)
}

// watch writes a member's job as it has to follow from before, the one that it had
// under another name, else from the one that it has.
func (a *applier) watch(c *collection, name string, wake time.Time, before *job) error {
	if c.rec.Kind != store.Calendar {
		return nil
	}
	old, err := a.job(store.AlarmQueue, store.AlarmJobID(c.id, name))
	if err != nil {
		return err
	}
	from := before
	if from == nil {
		from = old
	}
	var was *store.Job
	if from != nil {
		was = &from.Job
	}
	next, ok := store.AlarmJobAfter(was, c.id, name, a.at, wake)
	if old != nil {
		a.dropJob(old)
	}
	if ok {
		next.Home = a.home
		next.Due = store.Moment(next.Due)
		a.putJob(&job{Job: next})
	}
	return nil
}

func (a *applier) wakeObject(op store.WakeObject) error {
	c, _, err := a.liveMember(op.Coll, op.Name)
	if err != nil {
		return err
	}
	return a.watch(c, op.Name, a.at, nil)
}

// watchCalendar has all members of a calendar looked at.
func (a *applier) watchCalendar(c *collection) error {
	if c.rec.Kind != store.Calendar {
		return nil
	}
	return a.enqueue(store.Enqueue{Job: store.AlarmJobOfCalendar(c.id, a.at)})
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

// unwatch drops a member's job, and returns it.
func (a *applier) unwatch(c *collection, name string) (*job, error) {
	if c.rec.Kind != store.Calendar {
		return nil, nil
	}
	j, err := a.job(store.AlarmQueue, store.AlarmJobID(c.id, name))
	if j != nil {
		a.dropJob(j)
	}
	return j, err
}
