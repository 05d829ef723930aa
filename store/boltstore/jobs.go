package boltstore

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"almanac/store"
)

// job reads a job; nil when there is none.
func (t *txn) job(queue, id string) (*job, error) {
	rec := t.bucket(bJobs).Get(jobKey(queue, id))
	if rec == nil {
		return nil, nil
	}
	j, err := decodeJob(queue, id, rec)
	if err != nil {
		return nil, fmt.Errorf("job %q of queue %q: %w", id, queue, err)
	}
	return j, nil
}

func (t *txn) putJob(j *job) {
	t.put(t.bucket(bJobs), jobKey(j.Queue, j.ID), appendJob(nil, j))
	t.put(t.bucket(bDue), dueKey(j.Queue, j.ready(), j.ID), nil)
}

func (t *txn) dropJob(j *job) {
	t.remove(t.bucket(bJobs), jobKey(j.Queue, j.ID))
	t.remove(t.bucket(bDue), dueKey(j.Queue, j.ready(), j.ID))
}

func (a *applier) enqueue(op store.Enqueue) error {
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
		jobs, err := t.due(queue, now.UnixMilli(), n)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			t.dropJob(j)
			j.Claim = t.next(kLastJob)
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

// due returns up to n jobs that can be claimed at a moment, earliest first.
func (t *txn) due(queue string, ms int64, n int) (jobs []*job, err error) {
	prefix := append([]byte(queue), 0)
	cur := t.bucket(bDue).Cursor()
	for k, _ := cur.Seek(prefix); bytes.HasPrefix(k, prefix) && len(jobs) < n; k, _ = cur.Next() {
		if unflip(num8(k[len(prefix):])) > ms {
			break
		}
		id := string(k[len(prefix)+8:])
		j, err := t.job(queue, id)
		if err != nil {
			return nil, err
		}
		if j == nil {
			return nil, fmt.Errorf("job %q of queue %q has gone: %w", id, queue, store.ErrDamaged)
		}
		jobs = append(jobs, j)
	}
	return jobs, nil
}
