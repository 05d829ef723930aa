package notify

import (
	"sync/atomic"
	"time"

	"almanac/account"
	"almanac/store"
)

// What is written into the outbox by the process that sends it need not be read again:
// it is written in the outbox's hands, and handed over when it is on disk. Should the
// process end in between, the lease runs out, as it does for what was claimed.

// maxHeld and maxHeldOctets are how many messages of a kind an outbox holds that were
// handed to it, and how large their jobs are together.
const (
	maxHeld       = 10_000
	maxHeldOctets = 16 << 20
)

// A hand takes messages of one kind.
type hand struct {
	open     atomic.Bool  // somebody sends
	places   atomic.Int64 // taken, of maxHeld
	octets   atomic.Int64 // taken, of maxHeldOctets
	held     chan task    // has room for all places
	onTheWay atomic.Int64 // to workers or with them, and not told as an outcome yet
}

func newHand() *hand { return &hand{held: make(chan task, maxHeld)} }

// leave gives the place of a job back.
func (h *hand) leave(j *store.Job) {
	h.places.Add(-1)
	h.octets.Add(-int64(len(j.Payload)))
}

// Hold takes a place for a message that is about to be written, by its job: with the
// moment that it returns as store.Enqueue's Until. ok is false when there is none; the
// message is then written for anybody. After the write comes either Hand or Release.
func (o *Outbox) Hold(kind account.ChannelKind, j *store.Job) (until time.Time, ok bool) {
	o.begin()
	h := o.hands[kind]
	if !h.open.Load() {
		return time.Time{}, false
	}
	if places, octets := h.places.Add(1), h.octets.Add(int64(len(j.Payload))); places > maxHeld || octets > maxHeldOctets {
		h.leave(j)
		return time.Time{}, false
	}
	return o.Now().Add(lease), true
}

// Release gives a place back of a message that was not written.
func (o *Outbox) Release(kind account.ChannelKind, j *store.Job) { o.hands[kind].leave(j) }

// Hand hands over a message that is on disk, and its job with the Claim of the write.
func (o *Outbox) Hand(kind account.ChannelKind, m *Message, j store.Job, until time.Time) {
	h := o.hands[kind]
	h.onTheWay.Add(1)
	h.held <- task{job: &j, message: m, claimed: until.Add(-lease)}
}

// next is the next task of a worker: one that was claimed, or handed over.
func (h *hand) next(claimed <-chan task) (t task, ok bool) {
	select {
	case t, ok = <-claimed:
		return t, ok
	case t = <-h.held:
		h.leave(t.job)
		return t, true
	}
}

// giveBack puts into the queue what nobody has begun to send.
func (h *hand) giveBack(done chan<- outcome) {
	for {
		select {
		case t := <-h.held:
			h.leave(t.job)
			done <- outcome{t.job.Home, []store.Op{store.Enqueue{Job: *t.job}}}
		default:
			return
		}
	}
}

// read returns what a task is about.
func (t *task) read() (*Waiting, error) {
	if t.message != nil {
		return &Waiting{Message: *t.message}, nil
	}
	return ReadWaiting(t.job)
}
