package notify

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
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

// A Visit is told of a message in the outbox, on what kind of channel it goes, and when
// it is tried next or, once it was given up, forgotten. When it returns false, that was
// the last.
type Visit func(w *Waiting, by account.ChannelKind, next time.Time) bool

// Each visits the messages of the outbox: those that wait, by kind of channel, and then
// those that were given up. It reads all there are.
func Each(snap store.Snapshot, visit Visit) error {
	for _, kind := range account.ChannelKinds {
		if more, err := eachOf(snap, Queue(kind), visit); err != nil || !more {
			return err
		}
	}
	return EachFailed(snap, visit)
}

// EachFailed visits the messages that were given up.
func EachFailed(snap store.Snapshot, visit Visit) error {
	_, err := eachOf(snap, FailedQueue, visit)
	return err
}

func eachOf(snap store.Snapshot, queue string, visit Visit) (more bool, err error) {
	more = true
	var failed error
	err = snap.Jobs(queue, "", func(j *store.Job) bool {
		more, failed = visitJob(j, visit)
		return more
	})
	return more, errors.Join(err, failed)
}

func visitJob(j *store.Job, visit Visit) (more bool, err error) {
	w, err := ReadWaiting(j)
	if err != nil {
		return false, err
	}
	kind := w.KindOf
	if j.Queue != FailedQueue {
		kind = account.ChannelKind(strings.TrimPrefix(j.Queue, queuePrefix))
	}
	w.ID = j.ID
	return visit(w, kind, j.Due), nil
}

// EachUnsent visits the messages to one home that failed: those that were given up, and
// then those that will be tried again, in either case the newest first; for 0 those to
// all, one home after the other. It reads no others.
func EachUnsent(snap store.Snapshot, home store.HomeID, visit Visit) error {
	var failed error
	prefix := ""
	if home != 0 {
		prefix = unsentOf(home)
	}
	err := snap.Records(unsent, prefix, "", func(r *store.Record) (more bool) {
		parts := strings.SplitN(r.Key, "/", 4)
		var j *store.Job
		if j, failed = snap.Job(string(r.Value), parts[len(parts)-1]); failed == nil {
			more, failed = visitJob(j, func(w *Waiting, by account.ChannelKind, next time.Time) bool {
				return w.Error == "" || visit(w, by, next) // "": it is sent anew just now
			})
		} else if errors.Is(failed, store.ErrNotFound) {
			more, failed = true, nil
		}
		return more
	})
	return errors.Join(err, failed)
}

// Find visits the message of an ID, if it is in the outbox: one that waits, before one
// that was given up.
func Find(snap store.Snapshot, id string, visit Visit) error {
	for _, kind := range append(slices.Clone(account.ChannelKinds), "") {
		queue := FailedQueue
		if kind != "" {
			queue = Queue(kind)
		}
		j, err := snap.Job(queue, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err == nil {
			_, err = visitJob(j, visit)
		}
		return err
	}
	return nil
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
	again := Waiting{Message: w.Message}
	ops := []store.Op{store.Enqueue{Job: again.job(Queue(by), w.ID, now)}}
	if !w.Failed.IsZero() {
		ops = append(ops, store.FinishJob{Queue: FailedQueue, ID: w.ID})
	}
	return append(ops, w.unlist()...)
}

// Drop are the operations that take a message out of the outbox.
func (w *Waiting) Drop(by account.ChannelKind) []store.Op {
	return append(w.unlist(), store.FinishJob{Queue: w.queue(by), ID: w.ID})
}
