// Package feed is the waiting part of store.Store.Watch for backends whose
// writers and watchers are in one process: it remembers the last event of each
// collection and wakes who waits.
package feed

import (
	"container/list"
	"context"
	"iter"
	"sync"

	"almanac/store"
)

// capacity is how many collections' events are remembered. A watcher that is
// further behind gets the whole listing again.
const capacity = 1 << 16

// The upper bits of a Cursor name the process, the lower ones count its events:
// enough for centuries of writing at full speed.
const countBits = 40

// A Feed passes events on. Its methods may be called by many goroutines.
type Feed struct {
	mu     sync.Mutex
	base   store.Cursor // of this process; base itself is before all its events
	last   store.Cursor
	floor  store.Cursor // events up to here may be forgotten
	events *list.List   // of store.Event, oldest first, one for each collection
	of     map[store.CollID]*list.Element
	wake   chan struct{} // closed at the next event; nil when nobody waits
	closed bool
}

// New returns an empty feed. instance is random, to tell cursors of an earlier
// process from this one's.
func New(instance uint32) *Feed {
	base := store.Cursor(instance)<<countBits | 1
	return &Feed{base: base, last: base, floor: base, events: list.New(), of: make(map[store.CollID]*list.Element)}
}

// Publish passes on what a commit changed. Cursors are set here.
func (f *Feed) Publish(events ...store.Event) {
	if len(events) == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, ev := range events {
		f.last++
		ev.Cursor = f.last
		if e := f.of[ev.Coll]; e != nil {
			f.events.Remove(e)
		}
		f.of[ev.Coll] = f.events.PushBack(ev)
	}
	for f.events.Len() > capacity {
		ev := f.events.Remove(f.events.Front()).(store.Event)
		delete(f.of, ev.Coll)
		f.floor = ev.Cursor
	}
	f.awaken()
}

// Close ends every Watch with store.ErrClosed.
func (f *Feed) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	f.awaken()
}

func (f *Feed) awaken() {
	if f.wake != nil {
		close(f.wake)
		f.wake = nil
	}
}

// known tells whether all events after c are still remembered.
func (f *Feed) known(c store.Cursor) bool { return c >= f.floor && c <= f.last }

// since returns the events after c, oldest first, or a channel that is closed
// when there are some. ok is false when c is not known.
func (f *Feed) since(c store.Cursor) (events []store.Event, wake <-chan struct{}, ok bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed:
		return nil, nil, true, store.ErrClosed
	case !f.known(c):
		return nil, nil, false, nil
	}
	first := f.events.Back()
	if first == nil || first.Value.(store.Event).Cursor <= c {
		if f.wake == nil {
			f.wake = make(chan struct{})
		}
		return nil, f.wake, true, nil
	}
	for e := first.Prev(); e != nil && e.Value.(store.Event).Cursor > c; e = e.Prev() {
		first = e
	}
	for e := first; e != nil; e = e.Next() {
		events = append(events, e.Value.(store.Event))
	}
	return events, nil, true, nil
}

// Watch is store.Store.Watch. list gives the present state of the collections
// after the given one in the order of their ids, as many as it likes at a time,
// none at the end.
func (f *Feed) Watch(ctx context.Context, from store.Cursor, list func(after store.CollID) ([]store.Event, error)) iter.Seq2[store.Event, error] {
	return func(yield func(store.Event, error) bool) {
		at := from
		for ctx.Err() == nil {
			events, wake, ok, err := f.since(at)
			switch {
			case err != nil:
				yield(store.Event{}, err)
				return
			case !ok:
				if at, ok = f.listing(ctx, list, yield); !ok {
					return
				}
			case wake != nil:
				select {
				case <-wake:
				case <-ctx.Done():
				}
			}
			for _, ev := range events {
				if !yield(ev, nil) {
					return
				}
				at = ev.Cursor
			}
		}
	}
}

// listing yields every collection and returns the cursor from before it began.
// All but the last event have no cursor: who comes back with one of those has
// not seen all and gets the listing again.
func (f *Feed) listing(ctx context.Context, list func(after store.CollID) ([]store.Event, error), yield func(store.Event, error) bool) (at store.Cursor, ok bool) {
	f.mu.Lock()
	start := f.last
	f.mu.Unlock()
	var after store.CollID
	var held *store.Event
	for ctx.Err() == nil {
		page, err := list(after)
		if err != nil {
			yield(store.Event{}, err)
			return 0, false
		}
		if len(page) == 0 {
			break
		}
		for i := range page {
			if held != nil && !yield(*held, nil) {
				return 0, false
			}
			held = &page[i]
			held.Cursor = 0
		}
		after = held.Coll
	}
	if ctx.Err() != nil {
		return 0, false
	}
	if held != nil {
		held.Cursor = start
		if !yield(*held, nil) {
			return 0, false
		}
	}
	return start, true
}
