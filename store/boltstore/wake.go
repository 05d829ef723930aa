package boltstore

import (
	"bytes"
	"fmt"
	"iter"
	"math"
	"strings"

	"almanac/store"
)

// A member that is written with a moment at which it has to be looked at has no job
// of its own in jobs and due: that would be two trees of all that waits in the file,
// for each write of an event with an alarm. The moment, its wake, stands in the
// member's record, and it has a row in t, the tree that has the member's span anyway.
// Of all the wakes of a calendar, due has the earliest, and wakes says which that is
// and up to which row of t they were handed out. What is handed out, moved or put off
// becomes a job like any other; its wake is taken out of the member's record, or lies
// before what was handed out, and counts no more.

// wakeGroup is the octet that begins the rows of wakes in t, behind all levels.
const wakeGroup = 0x80

// noWake is the moment of none.
const noWake = math.MaxInt64

// wakeKey is the key in t of a member's wake.
func wakeKey(ms int64, name string) []byte { return timeKey(wakeGroup, ms, name) }

// A clock is what wakes has of a calendar.
type clock struct {
	due   int64  // ms: of the first wake that was not handed out; noWake for none
	taken string // key in t of the last that was handed out; "" for none
}

func (c clock) zero() bool { return c == clock{due: noWake} }

// waits tells whether a wake was not handed out yet.
func (c clock) waits(ms int64, name string) bool {
	return ms != 0 && string(wakeKey(ms, name)) > c.taken
}

// clockID is the ID in due of a calendar's wakes; jobs have a slash in theirs.
func clockID(id store.CollID) string {
	return strings.TrimSuffix(store.AlarmJobID(id, ""), "/")
}

func clockOf(id string) (c store.CollID, ok bool) {
	if strings.Contains(id, "/") {
		return 0, false
	}
	c, _, ok = store.ParseAlarmJobID(id + "/")
	return c, ok
}

func readClock(rec []byte) (clock, error) {
	if rec == nil {
		return clock{due: noWake}, nil
	}
	return decodeClock(rec)
}

// firstWake returns the first wake of a calendar behind a key of t, and its key.
func firstWake(p *parts, after string) (ms int64, key []byte) {
	cur := p.bucket(pTimes).Cursor()
	k, _ := cur.Seek([]byte{wakeGroup})
	if after != "" {
		k, _ = seekAfter(cur, after)
	}
	if len(k) < 9 || k[0] != wakeGroup {
		return noWake, nil
	}
	return unflip(num8(k[1:])), k
}

// jobOfWake is the job for which a member's wake stands. What was done before the
// member was written is done.
func jobOfWake(home store.HomeID, c store.CollID, m *member) *job {
	j := &job{Job: store.AlarmJob(c, m.Name, moment(m.wake), store.AlarmMark{Since: moment(m.since), Done: m.Modified})}
	j.Home = home
	return j
}

// ring makes the clock of a collection ready to be changed. One that cannot be read
// begins anew: rather is something looked at twice.
func (t *txn) ring(c *collection) *clock {
	if !c.clockRead {
		k, err := readClock(t.bucket(bWakes).Get(key8(uint64(c.id))))
		if err != nil {
			k, c.lapsed = clock{due: noWake}, true
		}
		c.clock, c.kept, c.clockRead = k, k, true
	}
	return &c.clock
}

// putWake writes the row of a member's wake.
func (t *txn) putWake(c *collection, m *member) {
	if m.wake == 0 {
		return
	}
	t.put(c.bucket(pTimes), wakeKey(m.wake, m.Name), nil)
	if k := t.ring(c); k.waits(m.wake, m.Name) && m.wake < k.due {
		t.save(c)
		k.due = m.wake
	}
}

// dropWake removes it.
func (t *txn) dropWake(c *collection, m *member) {
	if m.wake == 0 {
		return
	}
	t.remove(c.bucket(pTimes), wakeKey(m.wake, m.Name))
	if k := t.ring(c); k.waits(m.wake, m.Name) && m.wake <= k.due {
		t.save(c)
		c.lapsed = true
	}
}

// setClocks writes the clocks that changed. It is done before anybody reads due, and
// is right whatever becomes of the request under way.
func (t *txn) setClocks() {
	for _, c := range t.colls {
		if !c.clockRead || c.rec == nil {
			continue
		}
		if c.lapsed {
			c.clock.due, _ = firstWake(&c.parts, c.clock.taken)
			c.lapsed = false
		}
		if c.clock == c.kept {
			continue
		}
		wakes, due, id := t.bucket(bWakes), t.bucket(bDue), clockID(c.id)
		if c.kept.due != c.clock.due && c.kept.due != noWake {
			t.must(due.Delete(dueKey(store.AlarmQueue, c.kept.due, id)))
		}
		if c.kept.due != c.clock.due && c.clock.due != noWake {
			t.must(due.Put(dueKey(store.AlarmQueue, c.clock.due, id), []byte{}))
		}
		if c.clock.zero() {
			t.must(wakes.Delete(key8(uint64(c.id))))
		} else {
			t.must(wakes.Put(key8(uint64(c.id)), appendClock(nil, c.clock)))
		}
		c.kept = c.clock
	}
}

// stopClock removes a collection's clock and its jobs: it is no more.
func (t *txn) stopClock(c *collection) {
	if t.ring(c); !c.kept.zero() {
		t.remove(t.bucket(bDue), dueKey(store.AlarmQueue, c.kept.due, clockID(c.id)))
		t.remove(t.bucket(bWakes), key8(uint64(c.id)))
	}
	prefix := jobKey(store.AlarmQueue, store.AlarmJobID(c.id, ""))
	var ids []string
	cur := t.bucket(bJobs).Cursor()
	for k, _ := cur.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = cur.Next() {
		ids = append(ids, string(k[len(store.AlarmQueue)+1:]))
	}
	for _, id := range ids {
		if j, err := t.job(store.AlarmQueue, id); err == nil && j != nil {
			t.dropJob(j)
		}
	}
}

// wakeJob returns the job for which the wake of a member stands that was not handed
// out; nil when there is none.
func (t *txn) wakeJob(id string) (*job, error) {
	coll, name, ok := store.ParseAlarmJobID(id)
	if !ok || name == "" {
		return nil, nil
	}
	c, err := t.open(coll)
	if err != nil {
		return nil, onlyDamage(err)
	}
	if c.rec.Kind != store.Calendar {
		return nil, nil
	}
	m, err := c.member(name)
	if m == nil {
		return nil, err
	}
	return t.wakeJobOf(c, m), nil
}

// wakeJobOf is wakeJob for a member that was read.
func (t *txn) wakeJobOf(c *collection, m *member) *job {
	if m.wake == 0 || !t.ring(c).waits(m.wake, m.Name) {
		return nil
	}
	j := jobOfWake(c.rec.Home, c.id, m)
	j.in = c
	return j
}

// silence takes the wake out of a member's record.
func (t *txn) silence(c *collection, name string) error {
	m, err := c.member(name)
	if m == nil || err != nil {
		return err
	}
	t.save(c)
	m = c.own(m)
	x := c.timed(m)
	t.dropWake(c, m)
	m.wake, m.since = 0, 0
	t.putMember(c, m, &x)
	return nil
}

// wakesIn goes through the wakes of a calendar that were not handed out, as jobs, in
// their order in time. One that cannot be read, or is not that of its member, is left
// out: Check tells of it.
func wakesIn(p *parts, home store.HomeID, after string) iter.Seq2[*job, string] {
	return func(yield func(*job, string) bool) {
		for {
			ms, k := firstWake(p, after)
			if k == nil {
				return
			}
			after = string(k)
			m, err := memberAt(p, k[9:])
			if err != nil || m.wake != ms {
				continue
			}
			if !yield(jobOfWake(home, p.id, m), after) {
				return
			}
		}
	}
}

// jobsOfWakes goes through the same of all calendars, in the order of their IDs,
// from the first behind one.
func (sn *snapshot) jobsOfWakes(after string) iter.Seq2[*job, error] {
	coll, name, _ := store.ParseAlarmJobID(after)
	return func(yield func(*job, error) bool) {
		cur := sn.tx.Bucket(bWakes).Cursor()
		for k, v := cur.Seek(key8(uint64(coll))); k != nil; k, v = cur.Next() {
			id := store.CollID(num8(k))
			c, err := readClock(v)
			if err == nil && c.due == noWake {
				continue
			}
			rec, err2 := recordOf(sn.tx, id)
			if err != nil || err2 != nil {
				continue // Check tells of it
			}
			first := ""
			if id == coll {
				first = name
			}
			members := openParts(sn.tx, id).bucket(pMembers).Cursor()
			for n, r := seekAfter(members, first); n != nil; n, r = members.Next() {
				m := &member{}
				m.Name = string(n)
				if err := decodeMember(r, m); err != nil {
					if !yield(nil, fmt.Errorf("collection %d, member %q: %w", id, n, err)) {
						return
					}
					continue
				}
				if c.waits(m.wake, m.Name) && !yield(jobOfWake(rec.Home, id, m), nil) {
					return
				}
			}
		}
	}
}
