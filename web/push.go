package web

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"almanac/account"
	"almanac/store"
)

// A Pusher is what sends to browsers (notify.Pusher).
type Pusher interface {
	// PublicKey is what browsers subscribe with (RFC 8292 section 3.2), base64url.
	PublicKey() string
	// Check judges a browser's subscription: whether it can be sent to at all.
	Check(*account.Channel) error
}

//go:embed static/push.js
var pushScript []byte

//go:embed static/sw.js
var workerScript []byte

var pushScriptPath = "push-" + mark(pushScript) + ".js"

// workerPath is where the service worker is: above all pages, as it may act for what is
// below its own place alone.
const workerPath = "/sw.js"

// worker serves the service worker. Browsers look by themselves whether there is
// another one, under the same name.
func (rq *request) worker() error {
	h := rq.w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(workerScript)))
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Security-Policy", "default-src 'none'; connect-src 'self'")
	rq.w.WriteHeader(http.StatusOK)
	_, _ = rq.w.Write(workerScript)
	return nil
}

// A pushPart is what the part of a page about this browser needs.
type pushPart struct {
	Key, Script, Worker, Scope, Action string
	Known                              string // marks of the endpoints that the account has, in a row
}

// pushPart returns nil where nothing is sent to browsers.
func (rq *request) pushPart(channels []*account.Channel) *pushPart {
	if rq.pusher == nil {
		return nil
	}
	var known []string
	for _, c := range channels {
		if c.Kind == account.Browser {
			known = append(known, markOf(c.Address))
		}
	}
	return &pushPart{Key: rq.pusher.PublicKey(), Script: rq.prefix + root + pushScriptPath, Worker: rq.prefix + workerPath,
		Scope: rq.prefix + "/", Action: rq.prefix + root + "reminders/browser", Known: strings.Join(known, " ")}
}

// markOf names an endpoint, which is a secret of the browser and its push service.
func markOf(endpoint string) string {
	sum := digestOf(endpoint)
	return fmt.Sprintf("%x", sum[:8])
}

// browserOn has reminders shown in a browser that has subscribed. One that replaces
// another keeps its name and what it takes.
func (rq *request) browserOn() error {
	if rq.pusher == nil {
		return errNoPage
	}
	home, now, f := rq.session.home, rq.now(), rq.r.PostForm
	ctx := context.WithoutCancel(rq.ctx)
	c := account.Channel{Kind: account.Browser, Address: f.Get("endpoint"), P256dh: f.Get("p256dh"), Auth: f.Get("auth"), Verified: now}
	mine, err := rq.channels()
	if err != nil {
		return err
	}
	c.Name = freeName(mine, cmp.Or(strings.ReplaceAll(clientWords(rq.r.UserAgent()), ", ", " "), rq.lang.text("push.browser")))
	if err := errors.Join(c.Check(), rq.pusher.Check(&c)); err != nil {
		rq.log.Info("a browser's subscription is refused", "user", home.Name, "reason", err)
		return &pageError{http.StatusUnprocessableEntity, "error.title", "error.push"}
	}
	i := slices.IndexFunc(mine, func(o *account.Channel) bool {
		return o.Kind == account.Browser && (o.Address == c.Address || o.Address == f.Get("replaces"))
	})
	switch {
	case i >= 0:
		err = account.ChangeChannel(ctx, rq.store, home.ID, mine[i].ID, home.Name, now, func(o *account.Channel) {
			o.Address, o.P256dh, o.Auth, o.Verified, o.Problem = c.Address, c.P256dh, c.Auth, now, ""
		})
	case len(mine) >= account.MaxChannels:
		return &pageError{http.StatusUnprocessableEntity, "error.title", "error.push.many"}
	default:
		_, err = account.AddChannel(ctx, rq.store, home.ID, home.Name, now, rq.random, c)
	}
	if err != nil {
		return err
	}
	rq.redirect("reminders")
	return nil
}

// browserOff ends that. A browser that is not known is as was wished.
func (rq *request) browserOff() error {
	home := rq.session.home
	mine, err := rq.channels()
	if err != nil {
		return err
	}
	for _, c := range mine {
		if c.Kind == account.Browser && c.Address == rq.r.PostForm.Get("endpoint") {
			if err := account.RemoveChannel(context.WithoutCancel(rq.ctx), rq.store, home.ID, c.ID, home.Name, rq.now()); err != nil {
				return err
			}
		}
	}
	rq.redirect("reminders")
	return nil
}

// channels are the ways on which the one who is signed in is reminded.
func (rq *request) channels() (all []*account.Channel, err error) {
	err = rq.store.View(rq.ctx, func(snap store.Snapshot) error {
		all, err = account.Channels(snap, rq.session.home.ID)
		return err
	})
	return all, err
}

// freeName makes a name that none of the channels has yet: with a number, from the second
// on.
func freeName(taken []*account.Channel, want string) string {
	name := want
	for n := 2; slices.ContainsFunc(taken, func(c *account.Channel) bool { return strings.EqualFold(c.Name, name) }); n++ {
		name = fmt.Sprintf("%s %d", want, n)
	}
	return name
}
