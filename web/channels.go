package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"almanac/account"
	"almanac/ical/zone"
	"almanac/notify"
	"almanac/store"
)

// How many messages somebody may cause on the page: tests, and mails to addresses that
// may be strangers'.
const (
	testsMost    = 20
	testsSpan    = 10 * time.Minute
	verifiesMost = 10 // by one person
	verifiesTo   = 3  // to one address
	verifiesSpan = 24 * time.Hour
)

var errTooMany = &pageError{http.StatusTooManyRequests, "error.title", "channels.toomany"}

// reminding tells who acts on the page of reminders. Where there are none there is no
// such action.
func (rq *request) reminding() (ctx context.Context, home *store.Home, by string, err error) {
	if rq.reminders == nil {
		return nil, nil, "", errNoPage
	}
	home = rq.session.home
	return context.WithoutCancel(rq.ctx), home, home.Name + " with the web pages", nil
}

// done leads to the page, which says what was done.
func (rq *request) done(what string) error {
	rq.redirect("reminders?done=" + what)
	return nil
}

// addChannel adds a mail address, a chat, or the browser whose script has filled in the
// form.
func (rq *request) addChannel() error {
	ctx, home, by, err := rq.reminding()
	if err != nil {
		return err
	}
	f := rq.r.PostForm
	c := account.Channel{Kind: account.ChannelKind(f.Get("kind")), Name: strings.TrimSpace(f.Get("name")), Address: strings.TrimSpace(f.Get("address")),
		P256dh: f.Get("p256dh"), Auth: f.Get("auth")}
	if !rq.sendsBy(c.Kind) {
		return errForm
	}
	now := rq.now()
	var all []*account.Channel
	err = rq.store.View(rq.ctx, func(snap store.Snapshot) error {
		all, err = account.Channels(snap, home.ID)
		return err
	})
	if err != nil {
		return err
	}
	taken := func(name string) bool {
		return slices.ContainsFunc(all, func(o *account.Channel) bool { return strings.EqualFold(o.Name, name) })
	}
	switch c.Kind {
	case account.Mail:
		if c.Name == "" {
			c.Name = c.Address
		}
	case account.Browser:
		if slices.ContainsFunc(all, func(o *account.Channel) bool { return o.Kind == c.Kind && o.Address == c.Address }) {
			return rq.done("added") // it is there
		}
		c.Name, c.Verified = browserName(rq.r.UserAgent(), taken), now
	case account.Chat:
		c.Verified = now
	}
	if problem := rq.problemWith(c, len(all), taken); problem != "" {
		return rq.remindersWith(http.StatusUnprocessableEntity, "", problem)
	}
	if c.Kind == account.Mail && !rq.mayVerify(home.ID, c.Address, now) {
		return errTooMany
	}
	added, err := account.AddChannel(ctx, rq.store, home.ID, by, now, rq.random, c)
	if errors.Is(err, account.ErrChannel) {
		return rq.remindersWith(http.StatusUnprocessableEntity, "", "channels.bad")
	} else if err != nil {
		return err
	}
	if added.Verified.IsZero() {
		if err := rq.write(home, added, notify.KindVerify); err != nil {
			return err
		}
		return rq.done("verify")
	}
	return rq.done("added")
}

// problemWith is the message for what is wrong with a new channel, "" when nothing is.
func (rq *request) problemWith(c account.Channel, have int, taken func(string) bool) string {
	can := func(c account.Channel) bool {
		sender, judges := rq.senders[c.Kind].(interface{ Check(*account.Channel) error })
		return c.Check() == nil && (!judges || sender.Check(&c) == nil)
	}
	named := c
	named.Name = "x"
	switch {
	case have >= account.MaxChannels:
		return "channels.many"
	case taken(c.Name):
		return "channels.taken"
	case can(c):
		return ""
	case can(named):
		return "channels.badname"
	case c.Kind == account.Mail:
		return "channels.badmail"
	}
	return "channels.bad"
}

// browserName is what a browser is called: names have no commas, and each is another.
func browserName(agent string, taken func(string) bool) string {
	name := short(strings.NewReplacer(",", "", ";", "").Replace(clientWords(agent)), 50)
	if name == "" {
		name = "browser"
	}
	for i, base := 2, name; taken(name); i++ {
		name = fmt.Sprintf("%s %d", base, i)
	}
	return name
}

func (rq *request) mayVerify(home store.HomeID, address string, now time.Time) bool {
	return rq.verifies.allow(home, now) && rq.verifiesTo.allow(strings.ToLower(address), now)
}

// write writes a message on a channel into the outbox.
func (rq *request) write(home *store.Home, c *account.Channel, kind notify.MessageKind) error {
	m := &notify.Message{ID: notify.NewID(rq.random), Home: home.ID, Channel: c.ID, Kind: kind, At: rq.now()}
	if err := rq.apply(home, m.Op(c.Kind)); err != nil {
		return err
	}
	rq.kick()
	return nil
}

// kick has what is in the outbox sent at once.
func (rq *request) kick() {
	if rq.written != nil {
		rq.written()
	}
}

// channel finds the channel that a form is about. One that is gone is nil: the page
// shows what there is.
func (rq *request) channel(home *store.Home) (c *account.Channel, err error) {
	err = rq.store.View(rq.ctx, func(snap store.Snapshot) error {
		c, err = account.ChannelOf(snap, home.ID, rq.r.PostForm.Get("id"))
		return err
	})
	if errors.Is(err, account.ErrNoChannel) {
		return nil, nil
	}
	return c, err
}

// sendAgain sends a test, or once more the mail that confirms an address.
func (rq *request) sendAgain(kind notify.MessageKind, done string) error {
	_, home, _, err := rq.reminding()
	if err != nil {
		return err
	}
	c, err := rq.channel(home)
	if err != nil {
		return err
	}
	if c == nil || c.Verified.IsZero() != (kind == notify.KindVerify) {
		rq.redirect("reminders")
		return nil
	}
	now := rq.now()
	if kind == notify.KindVerify && !rq.mayVerify(home.ID, c.Address, now) || kind == notify.KindTest && !rq.tests.allow(home.ID, now) {
		return errTooMany
	}
	if err := rq.write(home, c, kind); err != nil {
		return err
	}
	return rq.done(done)
}

func (rq *request) testChannel() error   { return rq.sendAgain(notify.KindTest, "test") }
func (rq *request) verifyChannel() error { return rq.sendAgain(notify.KindVerify, "verify") }

// changeChannel sets what a channel takes.
func (rq *request) changeChannel() error {
	ctx, home, by, err := rq.reminding()
	if err != nil {
		return err
	}
	takes := slices.Clone(rq.r.PostForm["takes"])
	if takes == nil {
		takes = []string{} // nothing, and not what it takes at first
	}
	err = account.ChangeChannel(ctx, rq.store, home.ID, rq.r.PostForm.Get("id"), by, rq.now(), func(c *account.Channel) { c.Takes = takes })
	switch {
	case errors.Is(err, account.ErrNoChannel):
	case errors.Is(err, account.ErrChannel):
		return errForm
	case err != nil:
		return err
	}
	return rq.done("changed")
}

func (rq *request) removeChannel() error {
	ctx, home, by, err := rq.reminding()
	if err != nil {
		return err
	}
	c, err := rq.channel(home)
	if err != nil {
		return err
	}
	if c != nil && c.ID != account.OwnMail {
		if err := account.RemoveChannel(ctx, rq.store, home.ID, c.ID, by, rq.now()); err != nil {
			return err
		}
	}
	return rq.done("removed")
}

// stuckMessage has a message sent again that failed, or drops it.
func (rq *request) stuckMessage() error {
	_, home, _, err := rq.reminding()
	if err != nil {
		return err
	}
	id, do := rq.r.PostForm.Get("id"), rq.r.PostForm.Get("do")
	if do != "retry" && do != "drop" {
		return errForm
	}
	var ops []store.Op
	err = rq.store.View(rq.ctx, func(snap store.Snapshot) error {
		return notify.Find(snap, id, func(w *notify.Waiting, by account.ChannelKind, _ time.Time) bool {
			switch {
			case w.Home != home.ID: // somebody else's
			case do == "drop":
				ops = w.Drop(by)
			default:
				ops = w.Retry(by, rq.now())
			}
			return true
		})
	})
	if err != nil {
		return err
	}
	if len(ops) > 0 {
		if err := rq.apply(home, ops...); err != nil {
			return err
		}
		rq.kick()
	}
	return rq.done(do)
}

// setPreferences keeps a person's language and time zone.
func (rq *request) setPreferences() error {
	ctx, home, by, err := rq.reminding()
	if err != nil {
		return err
	}
	var p account.Preferences
	err = rq.store.View(rq.ctx, func(snap store.Snapshot) error {
		p, err = account.PreferencesOf(snap, home.ID)
		return err
	})
	if err != nil {
		return err
	}
	p.Language, p.Timezone = rq.r.PostForm.Get("language"), strings.TrimSpace(rq.r.PostForm.Get("zone"))
	if name, ok := zone.Spelled(p.Timezone); ok {
		p.Timezone = name
	}
	err = account.SetPreferences(ctx, rq.store, home.ID, by, rq.now(), p)
	if errors.Is(err, account.ErrPreferences) {
		return rq.remindersWith(http.StatusUnprocessableEntity, "", "preferences.bad")
	} else if err != nil {
		return err
	}
	return rq.done("preferences")
}
