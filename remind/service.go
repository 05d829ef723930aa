package remind

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"almanac/notify"
	"almanac/store"
)

// A Service has the alarms of all calendars of a store told, and stops them.
type Service struct {
	Store store.Store
	Log   *slog.Logger
	Now   func() time.Time
	// Late is how late something is still told whatever it is about; what lasts, or is
	// still to be done, is told in any case.
	Late time.Duration
	// Floor is the shortest time between two follow-ups.
	Floor time.Duration
	// Outbox, which may be nil, is told of the messages that were written.
	Outbox *notify.Outbox
}

const (
	// lease is how long the look at what has been claimed may take.
	lease = time.Minute
	// most is how many objects are looked at in one go.
	most = 2000
	// nap is the longest sleep: so late it notices that the clock was set.
	nap = time.Minute
	// pause is how long it waits after the store has failed.
	pause = 5 * time.Second
	// many is how many homes are written to at the same time, to share commits.
	many = 1000
)

// Run works until ctx ends. Between two alarms it sleeps, and is woken by whatever is
// written.
func (s *Service) Run(ctx context.Context) {
	written := make(chan struct{}, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, err := range s.Store.Watch(ctx, 0) {
			if err != nil {
				return // the store is closed, or ctx has ended
			}
			select {
			case written <- struct{}{}:
			default:
			}
		}
	}()
	defer func() { <-done }()
	if err := s.begin(ctx); err != nil && ctx.Err() == nil {
		s.Log.Error("the alarms of earlier versions were not looked for", "error", err)
	}
	f := &shelf{}
	defer func() { s.clear(context.WithoutCancel(ctx), f) }()
	for ctx.Err() == nil {
		wait, err := s.run(ctx, f)
		if err != nil && ctx.Err() == nil {
			s.Log.Error("alarms could not be looked at", "error", err)
			wait = pause
		}
		timer := time.NewTimer(min(wait, nap))
		select {
		case <-timer.C:
		case <-written:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// run deals with what is due, makes some of what will be ready, and returns how long
// there is nothing to do.
func (s *Service) run(ctx context.Context, f *shelf) (wait time.Duration, err error) {
	if err := s.deliver(ctx, f); err != nil {
		return 0, err
	}
	if wait, err = s.Round(ctx); err != nil {
		return 0, err
	}
	return s.prepare(ctx, f, wait)
}

// Round deals with all that is due, and returns how long nothing will be.
func (s *Service) Round(ctx context.Context) (wait time.Duration, err error) {
	for ctx.Err() == nil {
		jobs, err := s.Store.Claim(ctx, store.AlarmQueue, "remind", s.Now(), most, lease)
		if err != nil {
			return 0, err
		}
		if len(jobs) == 0 {
			break
		}
		if err := s.deal(ctx, jobs); err != nil {
			return 0, err
		}
	}
	wait = nap
	err = s.Store.View(ctx, func(snap store.Snapshot) error {
		due, ok, err := snap.NextJob(store.AlarmQueue)
		if ok {
			wait = max(due.Sub(s.Now()), 0)
		}
		return err
	})
	return wait, err
}

// deal looks at objects, each on its own, and writes what follows.
func (s *Service) deal(ctx context.Context, jobs []store.Job) error {
	now := s.Now()
	looks, err := s.looks(ctx, jobs, func(*store.Job) time.Time { return now })
	if err != nil {
		return err
	}
	return s.writeAll(ctx, now, looks)
}

// looks looks at the objects of jobs, as of some moment.
func (s *Service) looks(ctx context.Context, jobs []store.Job, at func(*store.Job) time.Time) ([]look, error) {
	looks := make([]look, len(jobs))
	group, inner := errgroup.WithContext(ctx)
	workers := min(runtime.GOMAXPROCS(0), 8)
	for w := range workers {
		group.Go(func() error {
			return s.Store.View(inner, func(snap store.Snapshot) error {
				for i := w; i < len(jobs) && inner.Err() == nil; i += workers {
					var err error
					if looks[i], err = s.look(snap, &jobs[i], at(&jobs[i])); err != nil {
						return err
					}
				}
				return nil
			})
		})
	}
	return looks, group.Wait()
}

// writeAll writes what follows from looks.
func (s *Service) writeAll(ctx context.Context, now time.Time, looks []look) error {
	homes := map[store.HomeID][]look{}
	for i := range looks {
		homes[looks[i].job.Home] = append(homes[looks[i].job.Home], looks[i])
	}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(many)
	for home, all := range homes {
		for _, l := range all {
			for _, name := range l.late {
				s.Log.Info("a reminder came too late to be of use", "home", home, "reminder", name)
			}
		}
		group.Go(func() error { return s.write(inner, home, now, all) })
	}
	return group.Wait()
}

// write writes what follows from looks at objects of one home: together, or one by one
// when somebody else was faster with one of them.
func (s *Service) write(ctx context.Context, home store.HomeID, now time.Time, all []look) error {
	b := &store.Batch{Home: home, By: "reminders", At: now}
	var out []saying
	for _, l := range all {
		if l.calendar != 0 {
			if err := s.wakeAll(ctx, l.calendar, l.person, now); err != nil {
				return err
			}
		}
		for _, t := range l.says {
			out = append(out, saying{len(b.Ops) + t.op, t.by, t.m})
		}
		b.Pre = append(b.Pre, l.pre)
		b.Ops = append(b.Ops, l.ops...)
	}
	err := s.apply(ctx, b, out)
	var failed *store.PreconditionError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &failed) && !gone(err):
		return fmt.Errorf("write reminders of home %d: %w", home, err)
	case len(all) == 1:
		return nil // it was written meanwhile, and is due again
	}
	for i := range all {
		l := all[i]
		l.calendar = 0 // done
		if err := s.write(ctx, home, now, []look{l}); err != nil {
			return err
		}
	}
	return nil
}

// apply writes a batch with messages, of which the outbox gets what it has room for as
// soon as they are on disk.
func (s *Service) apply(ctx context.Context, b *store.Batch, out []saying) error {
	if s.Outbox == nil || len(out) == 0 {
		_, err := s.Store.Apply(ctx, b)
		return err
	}
	held := 0
	for _, t := range out {
		put := b.Ops[t.op].(store.Enqueue)
		until, ok := s.Outbox.Hold(t.by, &put.Job)
		if !ok {
			continue
		}
		put.Until = until
		b.Ops[t.op] = put
		out[held] = t
		held++
	}
	res, err := s.Store.Apply(ctx, b)
	for _, t := range out[:held] {
		put := b.Ops[t.op].(store.Enqueue)
		if err != nil {
			s.Outbox.Release(t.by, &put.Job)
			continue
		}
		put.Job.Home, put.Job.Claim = b.Home, res.Ops[t.op].Claim
		s.Outbox.Hand(t.by, t.m, put.Job, put.Until)
	}
	if err == nil && held < len(out) {
		s.Outbox.Kick()
	}
	return err
}

// begin has everything looked at once that was written by a version without reminders.
func (s *Service) begin(ctx context.Context) error {
	type batch struct {
		home store.HomeID
		ops  []store.Op
	}
	var all []batch
	now := s.Now()
	err := s.Store.View(ctx, func(snap store.Snapshot) error {
		if _, err := snap.Record(recordKind, "begun"); !gone(err) {
			return err // or nil: it was done
		}
		var failed error
		err := snap.Homes("", func(h *store.Home) bool {
			colls, err := snap.Collections(h.ID)
			if failed = err; err != nil {
				return false
			}
			b := batch{home: h.ID}
			for _, c := range colls {
				if c.Kind == store.Calendar {
					b.ops = append(b.ops, store.Enqueue{Job: store.AlarmJobOfCalendar(c.ID, now)})
				}
			}
			all = append(all, b)
			return true
		})
		all = append(all, batch{ops: []store.Op{store.PutRecord{Record: store.Record{Kind: recordKind, Key: "begun", Value: []byte("1")}}}})
		return errors.Join(failed, err)
	})
	for _, b := range all {
		if len(b.ops) == 0 || err != nil {
			continue
		}
		if _, e := s.Store.Apply(ctx, &store.Batch{Home: b.home, By: "reminders", At: now, Ops: b.ops}); !gone(e) {
			err = e
		}
	}
	return err
}

// recordKind is the kind of this package's records.
const recordKind = "remind"
