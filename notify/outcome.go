package notify

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"almanac/account"
	"almanac/store"
)

const (
	// oldReminder and oldNotice are when a message that could not be sent is given up.
	oldReminder = 24 * time.Hour
	oldNotice   = 3 * 24 * time.Hour
	// troubled is how long a message is tried before its channel is said to have a
	// problem.
	troubled = time.Hour
	// maxReason bounds what is kept of what a provider said, in octets.
	maxReason = 500
)

// pauses are the times between the tries of a message.
var pauses = []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour}

// A try is one try of a message. Its methods say what has to be written of it.
type try struct {
	*Outbox
	w    *Waiting
	kind account.ChannelKind
	job  *store.Job
	host string           // who was asked
	to   *account.Channel // nil when it has gone
	own  *account.Channel // the person's own mail address; nil for none
}

// channel finds the message's channel among those of the person.
func (t *try) channel(all []*account.Channel) {
	find := func(id string) *account.Channel {
		if i := slices.IndexFunc(all, func(c *account.Channel) bool { return c.ID == id }); i >= 0 {
			return all[i]
		}
		return nil
	}
	t.to, t.own = find(t.w.Channel), find(account.OwnMail)
}

// finish takes the message out of the outbox.
func (t *try) finish() []store.Op {
	return append(t.w.unlist(), store.FinishJob{Queue: t.job.Queue, ID: t.job.ID, Claim: t.job.Claim})
}

// again has it tried at a moment.
func (t *try) again(at time.Time) []store.Op {
	return []store.Op{store.Enqueue{Job: t.w.job(t.job.Queue, t.job.ID, at)}}
}

// giveUp moves it to those that can be looked at, with the reason, which is that of its
// channel from now on.
func (t *try) giveUp(reason string) []store.Op {
	ops, w, now := t.finish(), t.w, t.Now()
	reason = Cut(reason, maxReason)
	w.Error, w.Failed, w.KindOf, w.Named = reason, now, t.kind, t.to.Name
	t.Log.Error("a message is given up", "kind", w.Kind, "by", t.kind, "home", w.Home, "message", w.ID, "tries", w.Tries, "reason", reason)
	return slices.Concat(ops, w.Keep(now.Add(keepFailed)), t.problem(reason))
}

// problem notes what is wrong with the channel, or with "" that nothing is, unless that
// is known.
func (t *try) problem(reason string) []store.Op {
	if reason = Cut(reason, maxReason); t.to.Problem == reason {
		return nil
	}
	return []store.Op{account.ProblemOp(t.w.Home, t.to, reason, t.Now())}
}

// old tells whether the message has been tried for long enough.
func (t *try) old() bool {
	most := oldNotice
	if t.w.Kind == KindReminder {
		most = oldReminder
	}
	return t.Now().Sub(t.w.At) > most
}

// closed is what becomes of it while its host is left alone, or has enough on the way.
func (t *try) closed(wait time.Duration, ready bool) []store.Op {
	if t.old() && t.hosts.closed(t.host) > 0 {
		return t.giveUp(cmp.Or(t.w.Error, t.host+" does not answer"))
	}
	t.w.Turn = ready
	return t.again(t.Now().Add(wait))
}

// outcome is what follows from what the sender said.
func (t *try) outcome(err error) []store.Op {
	w, now := t.w, t.Now()
	if err == nil {
		t.Log.Info("a message was sent", "kind", w.Kind, "by", t.kind, "home", w.Home, "message", w.ID, "tries", w.Tries+1)
		return append(t.finish(), t.problem("")...)
	}
	listed := w.unlist()
	w.Error, w.Tried, w.Turn = Cut(err.Error(), maxReason), now, false
	if w.Since.IsZero() {
		w.Since = now
	}
	var final *GiveUp
	var later *Later
	switch {
	case errors.As(err, &final) && final.Gone:
		return append(t.giveUp(final.Reason), t.gone()...)
	case final != nil:
		return t.giveUp(final.Reason)
	case errors.As(err, &later) && later.Outage:
	default:
		w.Tries++
	}
	if t.old() {
		return t.giveUp(err.Error())
	}
	wait := pauses[min(max(w.Tries-1, 0), len(pauses)-1)]
	if later != nil && later.After > 0 {
		wait = min(later.After, pauses[len(pauses)-1])
	}
	if later != nil && (later.Outage || later.Slower) {
		wait = max(wait, t.hosts.closed(t.host))
	}
	wait += rand.N(wait/4 + 1) // lest all come back at once
	t.Log.Warn("a message could not be sent yet", "kind", w.Kind, "by", t.kind, "home", w.Home, "message", w.ID, "tries", w.Tries, "again", wait.Round(time.Second), "error", err)
	ops := t.again(now.Add(wait))
	if listed == nil {
		ops = append(ops, w.list(t.job.Queue))
	}
	if now.Sub(w.Since) > troubled {
		ops = append(ops, t.problem(err.Error())...)
	}
	return ops
}

// gone takes the channel away, whose push service says that it has ended (RFC 8030
// section 7.3), and tells the person by mail, if there is any.
func (t *try) gone() []store.Op {
	ops := account.RemoveChannelOps(t.w.Home, t.to.ID)
	t.Log.Info("a channel has gone and is removed", "home", t.w.Home, "channel", t.to.Name, "by", t.kind)
	if t.own == nil || t.to == t.own || t.Senders[account.Mail] == nil {
		return ops
	}
	m := &Message{ID: "gone-" + t.to.ID, Home: t.w.Home, Channel: t.own.ID, Kind: KindGone, At: t.Now(), Lost: t.to.Name}
	return append(ops, m.Op(account.Mail))
}

// unsent is the kind of record by which messages that failed are found: by whom they are
// for, those that were given up first, and then the newest first. Its value is the queue
// in which the message is.
const unsent = "unsent"

func unsentOf(home store.HomeID) string { return fmt.Sprintf("%016x/", home) }

func (w *Waiting) unsentKey() string {
	state := 1
	if !w.Failed.IsZero() {
		state = 0
	}
	return fmt.Sprintf("%s%d/%016x/%s", unsentOf(w.Home), state, ^uint64(w.At.Unix()), w.ID)
}

// Keep are the operations that keep a message that was given up, until a moment.
func (w *Waiting) Keep(until time.Time) []store.Op {
	return []store.Op{store.Enqueue{Job: w.job(FailedQueue, w.ID, until)}, w.list(FailedQueue)}
}

// list has a message that failed found.
func (w *Waiting) list(queue string) store.Op {
	return store.PutRecord{Record: store.Record{Kind: unsent, Key: w.unsentKey(), Value: []byte(queue)}}
}

// unlist undoes list; it is nothing for a message that never failed.
func (w *Waiting) unlist() []store.Op {
	if w.Error == "" {
		return nil
	}
	return []store.Op{store.DeleteRecord{Kind: unsent, Key: w.unsentKey()}}
}
