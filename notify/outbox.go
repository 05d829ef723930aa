package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"almanac/account"
	"almanac/store"
)

// An Outbox sends the messages that wait in the store.
type Outbox struct {
	Store   store.Store
	Senders map[account.ChannelKind]Sender // a kind without one has its messages given up
	Limits  map[account.ChannelKind]Limit
	Links   Links // may be nil
	Log     *slog.Logger
	Now     func() time.Time
	// Stale, which may be nil, tells of a message that has waited whether it is of no use
	// any more, and why: the reminder was stopped meanwhile.
	Stale func(ctx context.Context, m *Message) (why string)

	once  sync.Once
	hosts *hosts
	kicks map[string]chan struct{}
	hands map[account.ChannelKind]*hand
}

// A Limit is how fast messages of a kind go to one host, and how many at once.
type Limit struct {
	PerSecond float64
	Burst     int
	AtOnce    int // to one host
	Person    int // at once for one person, whatever hosts they named; 0 for as many as there are
	Workers   int // at once in all
}

// defaultLimits are far below what providers take for a flood.
var defaultLimits = map[account.ChannelKind]Limit{
	account.Mail:    {PerSecond: 20, Burst: 100, AtOnce: 2, Workers: 4},
	account.Browser: {PerSecond: 200, Burst: 1000, AtOnce: 32, Person: 8, Workers: 64},
	account.Chat:    {PerSecond: 1, Burst: 20, AtOnce: 2, Person: 8, Workers: 64},
}

// DefaultLimit is the limit of a kind unless something else is set.
func DefaultLimit(kind account.ChannelKind) Limit { return defaultLimits[kind] }

const (
	// lease is how long one message may take; a sender gives up long before.
	lease = 3 * time.Minute
	// sendFor is how long a sender may take.
	sendFor = 2 * time.Minute
	// most is how many messages are claimed at a time.
	most = 1000
	// share is how long what was sent may wait for its record, to share it.
	share = 50 * time.Millisecond
	// nap is the longest sleep: so late it notices that the clock was set.
	nap = time.Minute
	// pause is how long it waits after the store has failed.
	pause = 5 * time.Second
	// brief is what a worker waits for a host's next turn; longer waits go back into the
	// queue.
	brief = 200 * time.Millisecond
	// keepFailed is how long what was given up can be looked at.
	keepFailed = 30 * 24 * time.Hour
	// waited is how long a message may wait and be sent without asking whether it is
	// still of use.
	waited = time.Minute
)

// FailedQueue has the messages that were given up.
const FailedQueue = "outbox-failed"

// A Waiting is a message in the outbox with what became of it so far.
type Waiting struct {
	Message
	Tries  int       `json:",omitempty"` // that failed
	Error  string    `json:",omitempty"` // of the last
	Since  time.Time `json:",omitzero"`  // when the first failed
	Tried  time.Time `json:",omitzero"`
	Failed time.Time `json:",omitzero"`  // when it was given up
	Turn   bool      `json:",omitempty"` // it has waited for its turn at its host
	// KindOf is the kind of its channel, for one that was given up, and Named what the
	// channel was called: it may have been taken away with it.
	KindOf account.ChannelKind `json:",omitempty"`
	Named  string              `json:",omitempty"`
}

func (w *Waiting) job(queue, id string, due time.Time) store.Job {
	payload, err := json.Marshal(w)
	if err != nil {
		panic(err) // strings, numbers and moments can be written
	}
	return store.Job{Queue: queue, ID: id, Due: due, Payload: payload}
}

// ReadWaiting reads a job of the outbox.
func ReadWaiting(j *store.Job) (*Waiting, error) {
	w := &Waiting{}
	if err := json.Unmarshal(j.Payload, w); err != nil {
		return nil, fmt.Errorf("message %.40q cannot be read: %w", j.ID, err)
	}
	return w, nil
}

func (o *Outbox) begin() {
	o.once.Do(func() {
		o.hosts = newHosts(o.Now)
		o.kicks = map[string]chan struct{}{account.NoticeQueue: make(chan struct{}, 1)}
		o.hands = map[account.ChannelKind]*hand{}
		for _, kind := range account.ChannelKinds {
			o.kicks[Queue(kind)] = make(chan struct{}, 1)
			o.hands[kind] = newHand()
		}
	})
}

// Kick has the outbox look for what was written.
func (o *Outbox) Kick() {
	o.begin()
	for queue := range o.kicks {
		o.kick(queue)
	}
}

func (o *Outbox) kick(queue string) {
	select {
	case o.kicks[queue] <- struct{}{}:
	default:
	}
}

// Run works until ctx ends. What is being sent then is sent to its end.
func (o *Outbox) Run(ctx context.Context) {
	o.begin()
	var group sync.WaitGroup
	for _, kind := range account.ChannelKinds {
		group.Go(func() { o.send(ctx, kind) })
	}
	group.Go(func() { o.loop(ctx, account.NoticeQueue, func() (int, error) { return o.notices(ctx) }) })
	group.Go(func() { o.loop(ctx, FailedQueue, func() (int, error) { return o.forget(ctx) }) })
	group.Wait()
}

// loop calls round whenever something of a queue is due, and again at once when there
// was something.
func (o *Outbox) loop(ctx context.Context, queue string, round func() (int, error)) {
	for ctx.Err() == nil {
		n, err := round()
		wait := nap
		switch {
		case err != nil && ctx.Err() == nil:
			o.Log.Error("the outbox does not work", "queue", queue, "error", err)
			wait = pause
		case n > 0:
			continue
		default:
			err := o.Store.View(ctx, func(snap store.Snapshot) error {
				due, ok, err := snap.NextJob(queue)
				if ok {
					wait = min(max(due.Sub(o.Now()), time.Millisecond), nap)
				}
				return err
			})
			if err != nil {
				wait = pause
			}
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-o.kicks[queue]: // nil for the queue of what was given up, which never comes
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// A task is a message in the hands of a worker, or on its way there.
type task struct {
	job     *store.Job
	message *Message // what it says; nil when that is not read yet
	claimed time.Time
}

// An outcome is what follows from a try.
type outcome struct {
	home store.HomeID
	ops  []store.Op
}

// send sends what is due on channels of a kind until ctx ends. Workers take one message
// after another, so that one that takes its time holds up none but its own worker.
func (o *Outbox) send(ctx context.Context, kind account.ChannelKind) {
	work, done := make(chan task), make(chan outcome)
	var workers, recorder sync.WaitGroup
	hand := o.hands[kind]
	onTheWay := &hand.onTheWay
	for range max(o.limit(kind).Workers, 1) {
		workers.Go(func() {
			for t, ok := hand.next(work); ok; t, ok = hand.next(work) {
				// What a lease is not long enough for any more is claimed anew: sent now, it
				// might be sent twice.
				if o.Now().Sub(t.claimed) > lease-sendFor {
					onTheWay.Add(-1)
					continue
				}
				// Once begun, a message is sent and taken from the queue, so that an orderly
				// end repeats nothing.
				done <- outcome{t.job.Home, o.attempt(context.WithoutCancel(ctx), kind, &t)}
			}
		})
	}
	recorder.Go(func() { o.recordAll(context.WithoutCancel(ctx), Queue(kind), done, onTheWay) })
	hand.open.Store(true)
	o.loop(ctx, Queue(kind), func() (int, error) {
		jobs, err := o.Store.Claim(ctx, Queue(kind), "outbox", o.Now(), most, lease)
		claimed := o.Now()
		for i := range jobs {
			onTheWay.Add(1)
			select {
			case work <- task{job: &jobs[i], claimed: claimed}:
			case <-ctx.Done(): // the lease of the rest runs out
				onTheWay.Add(-1)
				return i, nil
			}
		}
		return len(jobs), err
	})
	hand.open.Store(false)
	close(work)
	workers.Wait()
	hand.giveBack(done)
	close(done)
	recorder.Wait()
}

// recordAll records outcomes until there are no more; those that come shortly after one
// another share a write. It has the queue looked at again: what is to be tried again may
// be due before anything else.
func (o *Outbox) recordAll(ctx context.Context, queue string, done <-chan outcome, onTheWay *atomic.Int64) {
	for first := range done {
		homes := map[store.HomeID][]store.Op{first.home: first.ops}
		timer := time.NewTimer(share)
		for more := onTheWay.Add(-1) > 0; more; {
			select {
			case next, ok := <-done:
				if more = ok && onTheWay.Add(-1) > 0; ok {
					homes[next.home] = append(homes[next.home], next.ops...)
				}
			case <-timer.C:
				more = false
			}
		}
		timer.Stop()
		if err := o.record(ctx, homes); err != nil {
			o.Log.Error("what was sent could not be recorded, and may be sent again", "queue", queue, "error", err)
		}
		o.kick(queue)
		o.kickWritten(homes)
	}
}

// kickWritten has the queues looked at that something was written into: a mail that
// tells that a browser has gone.
func (o *Outbox) kickWritten(homes map[store.HomeID][]store.Op) {
	for _, ops := range homes {
		for _, op := range ops {
			if e, ok := op.(store.Enqueue); ok {
				o.kick(e.Job.Queue)
			}
		}
	}
}

// record writes what came of messages: the homes at the same time, so that they share
// commits.
func (o *Outbox) record(ctx context.Context, homes map[store.HomeID][]store.Op) error {
	var group errgroup.Group
	group.SetLimit(most)
	for home, ops := range homes {
		group.Go(func() error {
			_, err := o.Store.Apply(ctx, &store.Batch{Home: home, By: "outbox", At: o.Now(), Ops: ops})
			if errors.Is(err, store.ErrNotFound) {
				return nil // the home has gone, and its messages with it
			}
			return err
		})
	}
	return group.Wait()
}

func (o *Outbox) limit(kind account.ChannelKind) Limit {
	if l, ok := o.Limits[kind]; ok {
		return l
	}
	return defaultLimits[kind]
}

// attempt tries one message, and returns what has to be written.
func (o *Outbox) attempt(ctx context.Context, kind account.ChannelKind, what *task) []store.Op {
	j := what.job
	w, err := what.read()
	if err != nil {
		o.Log.Error("a message is dropped", "error", err)
		return []store.Op{store.FinishJob{Queue: j.Queue, ID: j.ID, Claim: j.Claim}}
	}
	t := &try{Outbox: o, w: w, kind: kind, job: j}
	now := o.Now()
	var to *account.Channel
	lang := ""
	err = o.Store.View(ctx, func(snap store.Snapshot) error {
		prefs, err := account.PreferencesOf(snap, w.Home)
		if err != nil {
			return err
		}
		lang = prefs.Language
		all, err := account.Channels(snap, w.Home)
		t.channel(all)
		to = t.to
		return err
	})
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && to == nil:
		o.Log.Info("a message has no channel any more and is dropped", "home", w.Home, "kind", w.Kind)
		return t.finish()
	case err != nil:
		o.Log.Error("a message could not be looked at", "error", err)
		return t.again(now.Add(pause))
	case to.Verified.IsZero() && w.Kind != KindVerify:
		return t.finish() // nobody has confirmed the address
	}
	if w.Tries > 0 || now.Sub(w.At) > waited {
		if o.Stale != nil {
			if why := o.Stale(ctx, &w.Message); why != "" {
				o.Log.Info("a message is of no use any more", "home", w.Home, "message", w.ID, "why", why)
				return t.finish()
			}
		}
	}
	sender := o.Senders[kind]
	if sender == nil {
		return t.giveUp(fmt.Sprintf("this server does not send by %s", kind))
	}
	person := fmt.Sprint(kind, " of home ", w.Home)
	if l := o.limit(kind); l.Person > 0 {
		if wait, _ := o.hosts.enter(person, Limit{PerSecond: math.Inf(1), AtOnce: l.Person}, true); wait > 0 {
			return t.again(now.Add(wait))
		}
		defer o.hosts.leave(person, nil)
	}
	t.host = string(kind) + " " + sender.Host(to)
	wait, ready := o.hosts.enter(t.host, o.limit(kind), w.Turn)
	if wait > brief {
		return t.closed(wait, ready)
	}
	time.Sleep(wait)
	sending, cancel := context.WithTimeout(ctx, sendFor)
	err = sender.Send(sending, to, &w.Message, WordsOf(&w.Message, lang, o.Links))
	cancel()
	o.hosts.leave(t.host, err)
	return t.outcome(err)
}

// forget drops what was given up long ago.
func (o *Outbox) forget(ctx context.Context) (int, error) {
	jobs, err := o.Store.Claim(ctx, FailedQueue, "outbox", o.Now(), most, lease)
	for i := range jobs {
		j := &jobs[i]
		ops := []store.Op{store.FinishJob{Queue: j.Queue, ID: j.ID, Claim: j.Claim}}
		if w, e := ReadWaiting(j); e == nil {
			ops = append(ops, w.unlist()...)
		}
		_, e := o.Store.Apply(ctx, &store.Batch{Home: j.Home, By: "outbox", At: o.Now(), Ops: ops})
		if e != nil && !errors.Is(e, store.ErrNotFound) {
			err = e
		}
	}
	return len(jobs), err
}
