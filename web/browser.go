package web

import (
	"context"
	"errors"
	"net/http"

	"almanac/account"
)

// renewBrowser tells that a browser is reached elsewhere from now on, as its service
// worker asks when the push service has given it another subscription. That happens at
// any time, long after somebody was signed in: who has the secret of the old subscription
// is the browser that was subscribed, and need be nobody else.
func (rq *request) renewBrowser() error {
	rq.program = true
	if rq.reminders == nil || !rq.sendsBy(account.Browser) {
		return errNoPage
	}
	f := rq.r.PostForm
	was := &account.Channel{Kind: account.Browser, Address: f.Get("old"), Auth: f.Get("oldauth")}
	is := &account.Channel{Kind: account.Browser, Name: "x", Address: f.Get("address"), P256dh: f.Get("p256dh"), Auth: f.Get("auth")}
	if was.Auth == "" || rq.problemWith(*is, 0, func(string) bool { return false }) != "" {
		return errForm
	}
	err := account.RenewBrowser(context.WithoutCancel(rq.ctx), rq.store, was, is, rq.now())
	if errors.Is(err, account.ErrNoChannel) {
		return errNoPage
	} else if err != nil {
		return err
	}
	rq.w.WriteHeader(http.StatusNoContent)
	return nil
}
