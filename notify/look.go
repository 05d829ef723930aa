package notify

import (
	"errors"
	"fmt"
	"io"
	"time"

	"almanac/account"
	"almanac/store"
)

// NewID makes the identity of a message that has none by what it tells.
func NewID(random io.Reader) string {
	id := make([]byte, 12)
	if _, err := io.ReadFull(random, id); err != nil {
		panic(err) // the system's source of randomness does not fail
	}
	return fmt.Sprintf("%x", id)
}

// Each visits the messages of the outbox: those that wait, by kind of channel, and then
// those that were given up.
func Each(snap store.Snapshot, visit func(w *Waiting, by account.ChannelKind, next time.Time) bool) error {
	return EachOf(snap, 0, visit)
}

// EachOf visits the messages of the outbox for one home; of all for 0.
func EachOf(snap store.Snapshot, home store.HomeID, visit func(w *Waiting, by account.ChannelKind, next time.Time) bool) error {
	more := true
	each := func(queue string, by account.ChannelKind) error {
		var failed error
		err := snap.Jobs(queue, "", func(j *store.Job) bool {
			if home != 0 && j.Home != home {
				return true
			}
			var w *Waiting
			if w, failed = ReadWaiting(j); failed != nil {
				return false
			}
			kind := by
			if kind == "" {
				kind = w.KindOf
			}
			w.ID = j.ID
			more = visit(w, kind, j.Due)
			return more
		})
		return errors.Join(err, failed)
	}
	for _, kind := range account.ChannelKinds {
		if err := each(Queue(kind), kind); err != nil || !more {
			return err
		}
	}
	return each(FailedQueue, "")
}

// queue is where the message is.
func (w *Waiting) queue(by account.ChannelKind) string {
	if w.Failed.IsZero() {
		return Queue(by)
	}
	return FailedQueue
}

// Retry are the operations, on the home of whom it is for, that have a message sent
// again at once.
func (w *Waiting) Retry(by account.ChannelKind, now time.Time) []store.Op {
	again := *w
	again.Tries, again.Failed, again.Turn, again.KindOf = 0, time.Time{}, false, ""
	ops := []store.Op{store.Enqueue{Job: again.job(Queue(by), w.ID, now)}}
	if !w.Failed.IsZero() {
		ops = append(ops, store.FinishJob{Queue: FailedQueue, ID: w.ID})
	}
	return ops
}

// Drop are the operations that take a message out of the outbox.
func (w *Waiting) Drop(by account.ChannelKind) []store.Op {
	return []store.Op{store.FinishJob{Queue: w.queue(by), ID: w.ID}}
}
