package boltstore

import (
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"iter"
	"time"

	"almanac/store"
)

// job reads a job; nil when there is none.
func (t *txn) job(queue, id string) (*job, error) {
	j, err := t.ownJob(queue, id)
	if j == nil && err == nil && queue == store.AlarmQueue {
		return t.wakeJob(id)
	}
	return j, err
}

// ownJob reads a job that has a row of its own.
func (t *txn) ownJob(queue, id string) (*job, error) {
	rec := t.bucket(bJobs).Get(jobKey(queue, id))
	if rec == nil {
		return nil, nil
	}
	j, err := decodeJob(queue, id, rec)
	if err != nil {
		return nil, fmt.Errorf("job %q of queue %q: %w", id, queue, err)
	}
	j.rec = rec
	return j, nil
}

// putJob writes a job that is not there.
func (t *txn) putJob(j *job) {
	t.add(t.bucket(bJobs), jobKey(j.Queue, j.ID), appendJob(nil, j))
	t.add(t.bucket(bDue), dueKey(j.Queue, j.ready(), j.ID), nil)
}

func (t *txn) dropJob(j *job) {
	if j.in != nil {
		_, name, _ := store.ParseAlarmJobID(j.ID)
		t.must(t.silence(j.in, name))
		return
	}
	t.take(t.bucket(bJobs), jobKey(j.Queue, j.ID), j.rec)
	t.take(t.bucket(bDue), dueKey(j.Queue, j.ready(), j.ID), []byte{})
}

func (a *applier) enqueue(op store.Enqueue, res *store.OpResult) error {
	if a.home != 0 && a.bucket(bHomes).Get(key8(uint64(a.home))) == nil {
		return missing("home", a.home)
	}
	old, err := a.job(op.Job.Queue, op.Job.ID)
	if err != nil {
		return err
	}
	j := &job{Job: op.Job}
	j.Home, j.Due, j.Tries, j.Claim = a.home, store.Moment(j.Due), 0, 0
	if old != nil {
		j.Tries = old.Tries
		a.dropJob(old)
	}
	if !op.Until.IsZero() {
		j.Claim = a.next(jobNumbers)
		j.worker, j.lease, j.Tries = a.b.By, store.Moment(op.Until).UnixMilli(), j.Tries+1
		res.Claim = j.Claim
	}
	a.putJob(j)
	return nil
}

func (a *applier) finishJob(op store.FinishJob) error {
	j, err := a.job(op.Queue, op.ID)
	if j != nil && (op.Claim == 0 || op.Claim == j.Claim) {
		a.dropJob(j)
	}
	return err
}

// Claim implements store.Store.
func (s *Store) Claim(ctx context.Context, queue, worker string, now time.Time, n int, lease time.Duration) ([]store.Job, error) {
	now = store.Moment(now)
	// Most calls find nothing; they shall not cost a turn of the writer.
	idle := false
	err := s.View(ctx, func(sn store.Snapshot) error {
		due, ok, err := sn.NextJob(queue)
		idle = !ok || due.After(now)
		return err
	})
	if err != nil || idle {
		return nil, err
	}
	var got []store.Job
	err = s.do(ctx, func(t *txn) error {
		jobs, err := t.claim(queue, now.UnixMilli(), n)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			j.Claim = t.next(jobNumbers)
			j.worker, j.lease = worker, now.Add(lease).UnixMilli()
			got = append(got, j.Job)
			j.Tries++
			t.putJob(j)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return got, nil
}

// claim takes up to n jobs that can be claimed at a moment out of the queue, earliest
// first.
func (t *txn) claim(queue string, ms int64, n int) (jobs []*job, err error) {
	t.setClocks()
	var from sources
	var astray [][]byte
	prefix := append([]byte(queue), 0)
	cur := t.bucket(bDue).Cursor()
	for k, _ := cur.Seek(prefix); bytes.HasPrefix(k, prefix) && len(from) < n; k, _ = cur.Next() {
		at, id := unflip(num8(k[len(prefix):])), string(k[len(prefix)+8:])
		if at > ms {
			break
		}
		if coll, ok := clockOf(id); ok && queue == store.AlarmQueue {
			src, err := t.listen(coll)
			if err != nil {
				return nil, err
			}
			defer src.stop()
			switch {
			case src.in.kept.due != at:
				astray = append(astray, bytes.Clone(k)) // lest it is looked at for ever
			case src.at <= ms:
				from = append(from, src)
			}
			continue
		}
		j, err := t.job(queue, id)
		if err != nil {
			return nil, err
		}
		if j == nil {
			return nil, fmt.Errorf("job %q of queue %q has gone: %w", id, queue, store.ErrDamaged)
		}
		from = append(from, &source{at: at, job: j})
	}
	for _, k := range astray {
		t.remove(t.bucket(bDue), k)
	}
	heap.Init(&from)
	for len(from) > 0 && len(jobs) < n {
		src := from[0]
		jobs = append(jobs, src.job)
		if src.in == nil {
			t.dropJob(src.job)
			heap.Pop(&from)
			continue
		}
		src.in.clock.taken = src.key
		if src.step(); src.at <= ms {
			heap.Fix(&from, 0)
		} else {
			heap.Pop(&from)
		}
	}
	return jobs, nil
}

// A source is where jobs come from: one that has a row, or the wakes of a calendar.
type source struct {
	at   int64 // ms
	job  *job
	in   *collection
	key  string // of the wake
	next func() (*job, string, bool)
	stop func()
}

// listen makes a source of the wakes of a calendar.
func (t *txn) listen(id store.CollID) (*source, error) {
	c, err := t.open(id)
	if err != nil {
		return nil, err
	}
	t.save(c)
	src, k := &source{in: c}, t.ring(c)
	src.next, src.stop = iter.Pull2(wakesIn(&c.parts, c.rec.Home, k.taken))
	src.step()
	return src, nil
}

// step goes to the next wake, which is what the clock then shows.
func (s *source) step() {
	j, key, ok := s.next()
	if s.job, s.key, s.at = j, key, noWake; ok {
		s.at = j.Due.UnixMilli()
	}
	s.in.clock.due = s.at
}

type sources []*source

func (s sources) Len() int { return len(s) }
func (s sources) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(s[i].at, s[j].at), cmp.Compare(s[i].job.ID, s[j].job.ID)) < 0
}
func (s sources) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s *sources) Push(x any)   { *s = append(*s, x.(*source)) }
func (s *sources) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}
