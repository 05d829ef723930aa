package memstore

import (
	"context"
	"encoding/gob"
	"fmt"
	"io"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"almanac/store"
	"almanac/store/feed"
)

// A Store is a store.Store in memory.
type Store struct {
	writing sync.Mutex // held by who makes the next state
	state   atomic.Pointer[state]
	closed  atomic.Bool
	epoch   string
	feed    *feed.Feed
}

var _ store.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store { return with(newState()) }

// Load returns a store with what Backup wrote, in a new epoch.
func Load(r io.Reader) (*Store, error) {
	st := newState()
	if err := gob.NewDecoder(r).Decode(st); err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	return with(st), nil
}

func with(st *state) *Store {
	s := &Store{epoch: strconv.FormatUint(rand.Uint64(), 36), feed: feed.New(rand.Uint32())}
	s.state.Store(st)
	return s
}

// View implements store.Store.
func (s *Store) View(ctx context.Context, fn func(store.Snapshot) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.closed.Load() {
		return store.ErrClosed
	}
	return fn(&snapshot{s.state.Load()})
}

// change makes the next state from the present one, or leaves it when fn fails.
func (s *Store) change(ctx context.Context, fn func(*edit) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.closed.Load() {
		return store.ErrClosed
	}
	e := &edit{state: s.state.Load().clone(), own: make(map[store.CollID]bool)}
	if err := fn(e); err != nil {
		return err
	}
	s.state.Store(e.state)
	s.feed.Publish(e.events...)
	return nil
}

// Apply implements store.Store.
func (s *Store) Apply(ctx context.Context, b *store.Batch) (*store.Result, error) {
	if err := b.Valid(); err != nil {
		return nil, err
	}
	var res *store.Result
	err := s.change(ctx, func(e *edit) (err error) {
		res, err = e.apply(b)
		return err
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}

// Watch implements store.Store.
func (s *Store) Watch(ctx context.Context, from store.Cursor) iter.Seq2[store.Event, error] {
	return s.feed.Watch(ctx, from, func(after store.CollID) ([]store.Event, error) {
		var page []store.Event
		st := s.state.Load()
		for _, id := range slices.Sorted(maps.Keys(st.Colls)) {
			if c := st.Colls[id]; id > after && !c.Trash {
				page = append(page, store.Event{Home: c.Home, Coll: id, Rev: c.Rev})
			}
		}
		return page, nil
	})
}

// Claim implements store.Store.
func (s *Store) Claim(ctx context.Context, queue, worker string, now time.Time, n int, lease time.Duration) ([]store.Job, error) {
	var got []store.Job
	now = store.Moment(now)
	err := s.change(ctx, func(e *edit) error {
		for _, j := range e.queue(queue) {
			if len(got) == n || j.ready().After(now) {
				break
			}
			e.Claims++
			j.Claim = e.Claims
			j.Lease = store.Moment(now.Add(lease))
			out := j.Job
			out.Payload = slices.Clone(j.Payload)
			got = append(got, out)
			j.Tries++
			e.Jobs[jobKey{queue, j.ID}] = j
		}
		return nil
	})
	return got, err
}

// Epoch implements store.Store.
func (s *Store) Epoch() string { return s.epoch }

// Lineage implements store.Store: nothing from before this store is known.
func (s *Store) Lineage(epoch string, _ store.CollID, _ store.Rev) bool { return epoch == s.epoch }

// Backup implements store.Store; Load reads what it writes.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	return s.View(ctx, func(store.Snapshot) error {
		return gob.NewEncoder(w).Encode(s.state.Load())
	})
}

// Check implements store.Store. All that is derived here is each object's Index
// and entity tag and the sums over a collection.
func (s *Store) Check(ctx context.Context, repair bool, progress func(done, all int), report func(store.Finding)) error {
	return s.change(ctx, func(e *edit) error {
		done, all := 0, len(e.Colls)
		for id, c := range e.Colls {
			c.check(func(name, what string) {
				report(store.Finding{Home: c.Home, Coll: id, Name: name, What: what})
			})
			if done++; progress != nil {
				progress(done, all)
			}
		}
		return nil
	})
}

func (c *collection) check(report func(name, what string)) {
	octets := int64(0)
	for name, o := range c.Members {
		octets += o.Size
		x, err := store.IndexOf(c.Kind, o.Body)
		switch {
		case err != nil:
			report(name, err.Error())
		case x != o.Index:
			report(name, fmt.Sprintf("index is %+v, want %+v", o.Index, x))
		case o.ETag != store.ETagOf(o.Body) || o.Size != int64(len(o.Body)):
			report(name, "entity tag or size is not of the body")
		case c.Log[name] != store.Change{Rev: o.Rev, Name: name}:
			report(name, "change log does not have it")
		}
	}
	if octets != c.Octets || len(c.Members) != c.Count {
		report("", "counters are wrong")
	}
}

// Expire implements store.Store with the default retention.
func (s *Store) Expire(ctx context.Context, now time.Time) error {
	limit := store.Moment(now.Add(-store.DefaultHistoryKeep))
	return s.change(ctx, func(e *edit) error {
		for id, c := range e.Colls {
			if c.Trash && !c.Deleted.After(limit) {
				e.bury(c)
				continue
			}
			e.edit(id).Versions = slices.DeleteFunc(slices.Clone(c.Versions), func(v *store.Version) bool {
				return !v.Replaced.After(limit)
			})
		}
		return nil
	})
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.closed.Swap(true) {
		return store.ErrClosed
	}
	s.feed.Close()
	return nil
}
