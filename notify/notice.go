package notify

import (
	"context"
	"errors"

	"almanac/account"
	"almanac/store"
)

// notices makes messages of what the account package has to tell: mail to the person's
// own address. Where there is none, or no mail is sent from here, a line in the log says
// it.
func (o *Outbox) notices(ctx context.Context) (int, error) {
	jobs, err := o.Store.Claim(ctx, account.NoticeQueue, "outbox", o.Now(), most, lease)
	if err != nil {
		return 0, err
	}
	for i := range jobs {
		j := &jobs[i]
		b := &store.Batch{Home: j.Home, By: "outbox", At: o.Now(), Ops: []store.Op{store.FinishJob{Queue: j.Queue, ID: j.ID, Claim: j.Claim}}}
		if n, err := account.ReadNotice(j.Payload); err != nil {
			o.Log.Error("a notice cannot be read and is dropped", "job", j.ID, "error", err)
		} else if m, err := o.message(ctx, j.ID, n); err != nil {
			return 0, err
		} else if m != nil {
			b.Home, b.Ops = n.To, append(b.Ops, m.Op(account.Mail))
		} else {
			o.logNotice(n)
		}
		if _, err := o.Store.Apply(context.WithoutCancel(ctx), b); err != nil && !errors.Is(err, store.ErrNotFound) {
			return 0, err
		}
	}
	if len(jobs) > 0 {
		o.Kick()
	}
	return len(jobs), nil
}

// message is the mail that tells a notice; nil when it cannot be mailed.
func (o *Outbox) message(ctx context.Context, id string, n account.Notice) (m *Message, err error) {
	if o.Senders[account.Mail] == nil {
		return nil, nil
	}
	err = o.Store.View(ctx, func(snap store.Snapshot) error {
		_, err := account.ChannelOf(snap, n.To, account.OwnMail)
		if errors.Is(err, account.ErrNoChannel) || errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err == nil {
			m = &Message{ID: "notice-" + id, Home: n.To, Channel: account.OwnMail, Kind: KindRole, At: n.At, Role: &n}
		}
		return err
	})
	return m, err
}

// logNotice writes who is told what, and who did it.
func (o *Outbox) logNotice(n account.Notice) {
	none := func(role string) string {
		if role == "" {
			return "none"
		}
		return role
	}
	o.Log.Info("a role has changed", "user", n.ToName, "organisation", n.Org, "from", none(n.From), "to", none(n.Now), "by", n.By, "at", n.At)
}
