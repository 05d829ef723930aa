package memstore

import (
	"time"

	"almanac/store"
)

func alarmKey(c *collection, member string) jobKey {
	return jobKey{store.AlarmQueue, store.AlarmJobID(c.ID, member)}
}

func (e *edit) watchMember(c *collection, o *store.Object, wake time.Time, before *store.Job) {
	if !o.Index.Alarms && before == nil && !store.HasDefaultAlarms(e.Homes[e.home], &c.Collection) {
		wake = store.Never
	}
	e.watch(c, o.Name, wake, before)
}

// watch writes a member's job as it follows from before, else from the one it has.
func (e *edit) watch(c *collection, member string, wake time.Time, before *store.Job) {
	if c.Kind != store.Calendar {
		return
	}
	k := alarmKey(c, member)
	if j, ok := e.Jobs[k]; ok && before == nil {
		before = &j.Job
	}
	next, ok := store.AlarmJobAfter(before, c.ID, member, e.at, wake)
	delete(e.Jobs, k)
	if ok {
		next.Home, next.Due = e.home, store.Moment(next.Due)
		e.Jobs[k] = job{Job: next}
	}
}

func (e *edit) watchCalendar(c *collection) error {
	if c.Kind != store.Calendar {
		return nil
	}
	return e.enqueue(store.Enqueue{Job: store.AlarmJobOfCalendar(c.ID, e.at)}, nil)
}
