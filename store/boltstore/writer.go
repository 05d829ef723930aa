package boltstore

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"

	"almanac/store"
)

// One commit takes at most so many requests and so many octets of bodies, so
// that nobody waits long for the work of others.
const (
	maxGroup       = 1024
	maxGroupOctets = 4 << 20
)

// A request is something to be done by the writer.
type request struct {
	state  atomic.Int32 // waiting, taken or abandoned
	size   int          // octets of bodies
	single bool         // see txn.attempt
	// run changes the transaction; what it did before an error is undone.
	run  func(*txn) error
	err  error
	done chan struct{}
}

const (
	waiting int32 = iota
	taken
	abandoned
)

// Apply implements store.Store.
func (s *Store) Apply(ctx context.Context, b *store.Batch) (*store.Result, error) {
	if err := b.Valid(); err != nil {
		return nil, err
	}
	p := prepareBatch(b, s.opt.Now)
	err := s.submit(ctx, &request{size: p.size, single: len(b.Ops) == 1 && len(p.limits) == 0, run: p.run})
	if err != nil {
		return nil, err
	}
	return p.res, nil
}

// do has the writer run fn and waits until it is on disk.
func (s *Store) do(ctx context.Context, fn func(*txn) error) error {
	return s.submit(ctx, &request{run: fn})
}

func (s *Store) submit(ctx context.Context, r *request) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.opt.ReadOnly {
		return store.ErrReadOnly
	}
	r.done = make(chan struct{})
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return store.ErrClosed
	}
	s.queue = append(s.queue, r)
	s.mu.Unlock()
	s.rouse()
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
	}
	if r.state.CompareAndSwap(waiting, abandoned) {
		return ctx.Err()
	}
	<-r.done
	return r.err
}

// rouse tells the writer to look at the queue.
func (s *Store) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// take removes from the queue what fits into the group.
func (s *Store) take(g *group) (n int, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n < len(s.queue) && g.fits(s.queue[n].size) {
		r := s.queue[n]
		s.queue[n] = nil
		n++
		if r.state.CompareAndSwap(waiting, taken) {
			g.requests = append(g.requests, r)
			g.octets += r.size
		}
	}
	if s.queue = s.queue[n:]; len(s.queue) == 0 {
		s.queue = nil
	}
	return n, s.closed
}

// A group is the requests that share a commit.
type group struct {
	requests []*request
	octets   int
}

func (g *group) fits(size int) bool {
	return len(g.requests) == 0 || len(g.requests) < maxGroup && g.octets+size <= maxGroupOctets
}

// write is the writer: it runs until the store is closed and the queue is empty.
func (s *Store) write() {
	defer close(s.stopped)
	for {
		g := &group{}
		n, closed := s.take(g)
		switch {
		case len(g.requests) > 0:
			s.commit(g)
		case n > 0:
		case closed:
			return
		default:
			<-s.wake
		}
	}
}

// commit carries out a group, and whatever comes in meanwhile, in one transaction.
func (s *Store) commit(g *group) {
	events, err := s.carryOut(g)
	if err == nil {
		s.feed.Publish(events...)
	}
	for _, r := range g.requests {
		if err != nil {
			r.err = err
		}
		close(r.done)
	}
}

// carryOut runs the group's requests and commits. A request's own failure is in
// its err; the error returned is the failure of all.
func (s *Store) carryOut(g *group) (events []store.Event, err error) {
	if p := s.broken.Load(); p != nil {
		return nil, fmt.Errorf("writing has stopped until the store is opened again: %w", *p)
	}
	tx, err := s.db.Begin(true)
	if err != nil {
		return nil, fmt.Errorf("begin to write: %w", mapError(err))
	}
	t := newTxn(s, tx)
	finished := false
	defer func() {
		// A fault of ours in one batch must not end the service for all.
		if r := recover(); r != nil {
			err = fmt.Errorf("write: panic: %v\n%s", r, debug.Stack())
		}
		if !finished {
			tx.Rollback()
		}
	}()
	for i := 0; i < len(g.requests); i++ {
		g.requests[i].err = t.attempt(g.requests[i].run, g.requests[i].single)
		if t.fatal != nil {
			return nil, t.fatal
		}
		if i == len(g.requests)-1 {
			// Let those whose answer came with the last commit bring their next.
			runtime.Gosched()
			s.take(g)
		}
	}
	if !t.changed {
		return nil, nil
	}
	if err := errors.Join(s.foldNow(t), t.flush()); err != nil {
		return nil, err
	}
	txid := uint64(tx.ID())
	s.cache.announce(txid, &t.touched)
	if err := tx.Commit(); err != nil {
		err = fmt.Errorf("commit: %w", full(err))
		s.doubt(txid, err)
		return nil, err
	}
	finished = true
	s.foldLater(t)
	return t.events(), nil
}

// full marks the errors of a system that has no room. Of one met while the file
// grows, bbolt keeps only the text.
func full(err error) error {
	for _, no := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, no) || strings.HasSuffix(err.Error(), ": "+no.Error()) {
			return fmt.Errorf("%w: %w", store.ErrFull, err)
		}
	}
	return err
}

// doubt decides how to go on after a failed commit. As long as its meta page was
// not written, the file is as before and the next commit may succeed, say when
// the disk has space again. If the page was written but not confirmed, nobody
// knows what is on disk, and a further commit could overwrite pages that the file
// still needs after a crash: then writing stops.
func (s *Store) doubt(txid uint64, err error) {
	tx, viewErr := s.db.Begin(false)
	if viewErr != nil {
		s.broken.Store(&err)
		return
	}
	defer tx.Rollback()
	if uint64(tx.ID()) >= txid {
		s.broken.Store(&err)
	}
}
