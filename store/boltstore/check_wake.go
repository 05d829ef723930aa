package boltstore

import (
	"bytes"

	"almanac/store"
)

// checkWakes finds clocks of collections that are not there.
func checkWakes(l *look, after []byte) ([]byte, error) {
	return rows(l.tx.Bucket(bWakes), after, func(key, rec []byte) {
		l.home, l.coll = 0, store.CollID(num8(key))
		if _, err := recordOf(l.tx, l.coll); err != nil {
			l.bad("", drop(top(bWakes), key), "a collection that is not there has members to be looked at")
		}
	}), nil
}

// clockDue tells whether a row of due is that of a calendar's wakes.
func clockDue(l *look, key []byte, coll store.CollID) bool {
	c, err := decodeClock(l.tx.Bucket(bWakes).Get(key8(uint64(coll))))
	return err == nil && c.due != noWake && bytes.Equal(key, dueKey(store.AlarmQueue, c.due, clockID(coll)))
}

// clock sees that the earliest wake of a calendar is found.
func (c *collCheck) clock(l *look, _ []byte) ([]byte, error) {
	p := c.parts(l)
	if p == nil {
		return nil, nil
	}
	if l.t != nil {
		l.t.setClocks() // which may be what the commit did before
	}
	got, err := readClock(l.tx.Bucket(bWakes).Get(key8(uint64(c.id))))
	want := clock{taken: got.taken}
	if err != nil {
		want = clock{}
	}
	want.due, _ = firstWake(p, want.taken)
	key := dueKey(store.AlarmQueue, want.due, clockID(c.id))
	if err == nil && got == want && (want.due == noWake || l.tx.Bucket(bDue).Get(key) != nil) {
		return nil, nil
	}
	l.bad("", func(t *txn) error {
		w, failed := t.open(c.id)
		if failed != nil {
			return failed
		}
		if err == nil && got.due != want.due && got.due != noWake {
			t.remove(t.bucket(bDue), dueKey(store.AlarmQueue, got.due, clockID(c.id)))
		}
		t.save(w)
		w.clock, w.kept, w.clockRead, w.lapsed = want, want, true, false
		if want.zero() {
			t.remove(t.bucket(bWakes), key8(uint64(c.id)))
			return nil
		}
		t.put(t.bucket(bWakes), key8(uint64(c.id)), appendClock(nil, want))
		if want.due != noWake {
			t.put(t.bucket(bDue), key, nil)
		}
		return nil
	}, "its members would not be looked at when it is time")
	return nil, nil
}

// checkWake tells what is wrong with a member's wake.
func checkWake(l *look, p *parts, m *member) (what string) {
	switch {
	case m.wake == 0:
		return ""
	case p.bucket(pTimes).Get(wakeKey(m.wake, m.Name)) == nil:
		return "the moment at which it has to be looked at is not found"
	case l.tx.Bucket(bJobs).Get(jobKey(store.AlarmQueue, store.AlarmJobID(p.id, m.Name))) == nil:
		return ""
	}
	if c, err := readClock(l.tx.Bucket(bWakes).Get(key8(uint64(p.id)))); err == nil && !c.waits(m.wake, m.Name) {
		return ""
	}
	return "two moments tell when it has to be looked at"
}

// restateWake gives a member back its wake, where no job is in its place: the one of
// its record as it was, or that of its octets.
func (t *txn) restateWake(c *collection, m, old *member, octets []byte) {
	own, err := t.ownJob(store.AlarmQueue, store.AlarmJobID(c.id, m.Name))
	switch {
	case c.rec.Kind != store.Calendar || own != nil || err != nil:
	case old != nil:
		m.wake, m.since = old.wake, old.since
	case m.Index.Alarms:
		wake := store.WakeOfBody(octets, m.Modified)
		if wake.Before(m.Modified) {
			wake = m.Modified
		}
		if wake.Before(store.Never) {
			m.wake, m.since = store.Moment(wake).UnixMilli(), m.Modified.UnixMilli()
		}
	}
}
