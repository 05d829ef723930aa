package web

import (
	"context"
	"errors"
	"net/http"

	"almanac/account"
	"almanac/notify"
	"almanac/store"
)

// verified finds the mail address that a link confirms.
func (rq *request) verified() (v notify.Verify, h *store.Home, c *account.Channel, err error) {
	if err = rq.open(notify.VerifyPurpose, &v); err != nil {
		return v, nil, nil, err
	}
	if h, err = rq.of(v.Home); err != nil {
		return v, nil, nil, err
	}
	err = rq.store.View(rq.ctx, func(snap store.Snapshot) error {
		c, err = account.ChannelOf(snap, v.Home, v.Channel)
		return err
	})
	if errors.Is(err, account.ErrNoChannel) {
		err = &pageError{http.StatusGone, "stop.gone.title", "verify.gone"}
	}
	return v, h, c, err
}

// verifyPage asks whoever reads the mail of an address whether it is to have somebody's
// reminders.
func (rq *request) verifyPage() error {
	_, h, c, err := rq.verified()
	if err != nil {
		return err
	}
	return rq.show(http.StatusOK, "verify", map[string]any{"Mail": c.Address, "Whose": h.Name, "Confirmed": !c.Verified.IsZero()})
}

func (rq *request) verify() error {
	v, h, c, err := rq.verified()
	if err != nil {
		return err
	}
	if c.Verified.IsZero() {
		now := rq.now()
		err = account.ChangeChannel(context.WithoutCancel(rq.ctx), rq.store, v.Home, v.Channel, h.Name+" with a link by mail", now,
			func(c *account.Channel) { c.Verified = store.Moment(now) })
		if err != nil && !errors.Is(err, account.ErrNoChannel) {
			return err
		}
	}
	rq.again()
	return nil
}
