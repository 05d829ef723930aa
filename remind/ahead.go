package remind

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"almanac/store"
)

// What is due within the next seconds is looked at before it is due, so that at nine
// o'clock ten thousand messages are ready to be written. Its job is in the service's
// hands meanwhile: whoever writes the object takes it back, and it is looked at anew.
const (
	// ahead is how long before it is due something is looked at.
	ahead = 5 * time.Second
	// aheadLease is how late it comes when the process ends in between.
	aheadLease = 15 * time.Second
	// moment is how long it waits for what others have in hands.
	moment = 10 * time.Millisecond
	// maxAhead and maxAheadOctets bound what is held ready; the rest is looked at when it
	// is due. A message takes about twice its octets.
	maxAhead       = 20_000
	maxAheadOctets = 16 << 20
)

// A shelf holds looks whose moment is to come, the earliest first.
type shelf struct {
	looks  []look
	octets int
}

// next is how long nothing on the shelf is due.
func (f *shelf) next(now time.Time) time.Duration {
	if len(f.looks) == 0 {
		return nap
	}
	return max(f.looks[0].at.Sub(now), 0)
}

func (f *shelf) full() bool { return len(f.looks) >= maxAhead || f.octets >= maxAheadOctets }

func (f *shelf) add(looks []look) {
	for i := range looks {
		f.octets += looks[i].octets()
	}
	f.looks = append(f.looks, looks...)
	slices.SortStableFunc(f.looks, func(a, b look) int { return a.at.Compare(b.at) })
}

// take takes off what is due at a moment, some of it if that is much.
func (f *shelf) take(now time.Time) []look {
	n := 0
	for n < len(f.looks) && n < most && !f.looks[n].at.After(now) {
		f.octets -= f.looks[n].octets()
		n++
	}
	due := slices.Clone(f.looks[:n])
	f.looks = slices.Delete(f.looks, 0, n)
	return due
}

// octets is about how much a look holds.
func (l *look) octets() (n int) {
	for _, t := range l.says {
		n += len(l.ops[t.op].(store.Enqueue).Job.Payload)
	}
	return n
}

// prepare puts on the shelf what is due within the next seconds, if anything is within
// wait, which is how long nothing is. It returns how long there is nothing to do then.
func (s *Service) prepare(ctx context.Context, f *shelf, wait time.Duration) (time.Duration, error) {
	now := s.Now()
	if wait <= ahead && !f.full() {
		jobs, err := s.Store.Claim(ctx, store.AlarmQueue, "remind", now.Add(ahead), most, aheadLease)
		if err != nil {
			return 0, err
		}
		if len(jobs) > 0 {
			looks, err := s.looks(ctx, jobs, func(j *store.Job) time.Time {
				if j.Due.Before(now) {
					return now
				}
				return j.Due
			})
			if err != nil {
				return 0, err
			}
			f.add(looks)
			return 0, nil // perhaps there is more
		}
	}
	if !f.full() {
		wait = max(wait-ahead, moment)
	}
	return min(wait, f.next(s.Now())), nil
}

// deliver writes what is due of what is on the shelf: while some of it is being put on
// disk, the store takes what comes next.
func (s *Service) deliver(ctx context.Context, f *shelf) error {
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(2)
	now := s.Now()
	for due := f.take(now); len(due) > 0; due = f.take(now) {
		group.Go(func() error { return s.writeAll(inner, now, due) })
	}
	return group.Wait()
}

// clear gives back what is on the shelf.
func (s *Service) clear(ctx context.Context, f *shelf) {
	for i := range f.looks {
		l := &f.looks[i]
		b := &store.Batch{Home: l.job.Home, By: "reminders", At: s.Now(), Pre: []store.Pre{l.pre}, Ops: []store.Op{store.Enqueue{Job: *l.job}}}
		if _, err := s.Store.Apply(ctx, b); err != nil {
			s.Log.Debug("an alarm was not given back", "error", err)
		}
	}
	*f = shelf{}
}
