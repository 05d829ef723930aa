package notify

import (
	"context"
	"log/slog"
	"time"

	"almanac/account"
	"almanac/store"
)

// A Channel is a way to tell people something.
type Channel interface {
	// Tell tells one notice. An error means that it was not told and shall be tried
	// again. It may be called again with what was told before: see the package.
	Tell(ctx context.Context, n account.Notice) error
}

// A Postman carries notices from the queue to a channel.
type Postman struct {
	Store   store.Store
	Channel Channel
	Log     *slog.Logger
	Now     func() time.Time
}

const (
	// lease is how long a postman may take for what it has claimed.
	lease = time.Minute
	// most is how many notices are claimed at a time.
	most = 20
	// look is how often the queue is looked at; a look at an empty one reads a key.
	look = 2 * time.Second
	// tooOld is when a notice that could not be told is given up.
	tooOld = 3 * 24 * time.Hour
)

// Run works until ctx ends. What is being told then is told.
func (p *Postman) Run(ctx context.Context) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		for more := true; more && ctx.Err() == nil; {
			n, err := p.round(ctx)
			if err != nil && ctx.Err() == nil {
				p.Log.Error("notices could not be told", "error", err)
			}
			more = err == nil && n == most
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// round tells what is due now, and returns how much was claimed.
func (p *Postman) round(ctx context.Context) (claimed int, err error) {
	jobs, err := p.Store.Claim(ctx, account.NoticeQueue, "postman", p.Now(), most, lease)
	if err != nil {
		return 0, err
	}
	for i := range jobs {
		if ctx.Err() != nil {
			break // the lease of the rest runs out
		}
		// Once begun, a notice is told and taken from the queue, so that an orderly
		// end repeats nothing.
		if err := p.deliver(context.WithoutCancel(ctx), &jobs[i]); err != nil {
			return len(jobs), err
		}
	}
	return len(jobs), nil
}

func (p *Postman) deliver(ctx context.Context, j *store.Job) error {
	n, err := account.ReadNotice(j.Payload)
	if err != nil {
		p.Log.Error("a notice cannot be read and is dropped", "job", j.ID, "error", err)
		return p.finish(ctx, j)
	}
	if err := p.Channel.Tell(ctx, n); err != nil {
		now := p.Now()
		if now.Sub(n.At) > tooOld {
			p.Log.Error("a notice could not be told and is dropped", "kind", n.Kind, "to", n.ToName, "error", err)
			return p.finish(ctx, j)
		}
		p.Log.Warn("a notice could not be told yet", "kind", n.Kind, "to", n.ToName, "error", err)
		again := *j
		again.Due = now.Add(lease << min(j.Tries, 6))
		return p.apply(ctx, store.Enqueue{Job: again})
	}
	return p.finish(ctx, j)
}

func (p *Postman) finish(ctx context.Context, j *store.Job) error {
	return p.apply(ctx, store.FinishJob{Queue: j.Queue, ID: j.ID, Claim: j.Claim})
}

func (p *Postman) apply(ctx context.Context, op store.Op) error {
	_, err := p.Store.Apply(ctx, &store.Batch{By: "postman", At: p.Now(), Ops: []store.Op{op}})
	return err
}

// Log is the channel for where there is no other: a line in the log, with who is
// told, what, and who did it.
type Log struct{ Log *slog.Logger }

// Tell writes the line.
func (l Log) Tell(_ context.Context, n account.Notice) error {
	none := func(role string) string {
		if role == "" {
			return "none"
		}
		return role
	}
	switch n.Kind {
	case account.NoticeRole:
		l.Log.Info("a role has changed", "user", n.ToName, "organisation", n.Org, "from", none(n.From), "to", none(n.Now), "by", n.By, "at", n.At)
	default:
		l.Log.Info("notice", "kind", n.Kind, "user", n.ToName, "by", n.By, "at", n.At)
	}
	return nil
}
