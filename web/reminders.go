package web

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"

	"almanac/account"
	"almanac/ical/zone"
	"almanac/notify"
	"almanac/store"
)

const (
	upcomingFor  = 7 * 24 * time.Hour
	upcomingMost = 50
	messagesMost = 50
)

// A ringing is a row of what is to come.
type ringing struct {
	At                      time.Time
	Moment, Summary, When   string
	Calendar, Channels      string // no channels: only devices ring
	Task, Insists, Untitled bool
}

// A way is a row of the channels.
type way struct {
	*account.Channel
	Shown     string
	Own       bool // the account's own address, which stays
	Mark      string
	Confirmed bool
	Sent      bool // messages of its kind are sent from here
	Takes     []taken
	Problem   string
	ProblemAt time.Time
}

// A taken is something that alarms do, and whether a channel takes it.
type taken struct {
	Action, Text string
	On           bool
}

// A stuck is a row of the messages that could not be sent.
type stuck struct {
	ID, Title, Channel, Reason string
	At, Next                   time.Time
	GivenUp                    bool
}

// actionText are the messages for what alarms do.
var actionText = map[string]string{"EMAIL": "takes.email", "DISPLAY": "takes.display", "AUDIO": "takes.audio"}

// dones are what is said after an action, by what its redirect says.
var dones = map[string]string{
	"added": "channels.added", "verify": "channels.verify.sent", "changed": "channels.changed", "removed": "channels.removed",
	"test": "channels.test.sent", "retry": "stuck.retry.done", "drop": "stuck.drop.done", "preferences": "preferences.done",
}

func (rq *request) remindersPage() error {
	return rq.remindersWith(http.StatusOK, dones[rq.r.URL.Query().Get("done")], "")
}

// remindersWith shows what reminds somebody, with what was done or what went wrong.
func (rq *request) remindersWith(status int, done, problem string) error {
	if rq.reminders == nil {
		return errNoPage
	}
	home, now := rq.session.home, rq.now()
	rows, err := rq.ringings(now)
	if err != nil {
		return err
	}
	var ways []way
	var waiting []stuck
	var prefs account.Preferences
	err = rq.store.View(rq.ctx, func(snap store.Snapshot) error {
		if prefs, err = account.PreferencesOf(snap, home.ID); err != nil {
			return err
		}
		channels, err := account.Channels(snap, home.ID)
		if err != nil {
			return err
		}
		for _, c := range channels {
			ways = append(ways, rq.wayOf(c))
		}
		waiting, err = rq.stuckOf(snap, channels)
		return err
	})
	if err != nil {
		return err
	}
	return rq.show(status, "reminders", map[string]any{"Done": done, "Problem": problem, "Rows": rows, "Ways": ways, "Stuck": waiting,
		"Prefs": prefs, "Zones": zone.Places(), "Zone": rq.zoneOf(prefs), "Form": rq.r.PostForm, "Full": len(ways) >= account.MaxChannels,
		"Mail": rq.sendsBy(account.Mail), "Chat": rq.sendsBy(account.Chat), "Browser": rq.sendsBy(account.Browser) && rq.pushKey != "",
		"Key": rq.pushKey, "Worker": rq.prefix + workerPath, "PushScript": rq.prefix + root + pushPath})
}

func (rq *request) sendsBy(kind account.ChannelKind) bool { return rq.senders[kind] != nil }

// zoneOf is the zone in which a person is told moments.
func (rq *request) zoneOf(p account.Preferences) *time.Location {
	if p.Timezone == "" {
		return rq.now().Location()
	}
	return notify.Location(p.Timezone)
}

func (rq *request) ringings(now time.Time) (rows []ringing, err error) {
	all, err := rq.reminders.Upcoming(rq.ctx, rq.session.home.ID, now, now.Add(upcomingFor), upcomingMost)
	for i := range all {
		u, r := &all[i], &all[i].Reminder
		at := u.At.In(notify.Location(r.Zone))
		rows = append(rows, ringing{At: at, Moment: notify.Moment(at, string(rq.lang)), Summary: r.Summary, When: r.When(string(rq.lang)),
			Calendar: r.Calendar, Channels: strings.Join(u.Channels, ", "), Task: r.Task, Insists: r.Insist > 0, Untitled: r.Summary == ""})
	}
	return rows, err
}

func (rq *request) wayOf(c *account.Channel) way {
	w := way{Channel: c, Shown: notify.Shown(c), Own: c.ID == account.OwnMail, Confirmed: !c.Verified.IsZero(), Sent: rq.sendsBy(c.Kind),
		Problem: c.Problem, ProblemAt: c.ProblemAt}
	if c.Kind == account.Browser {
		w.Mark = markOf(c.Address)
	}
	for _, a := range account.AlarmActions {
		w.Takes = append(w.Takes, taken{a, actionText[a], slices.Contains(c.Takes, a)})
	}
	return w
}

// markOf is by what the script finds the browser that it runs in among the channels:
// the address itself is a secret.
func markOf(endpoint string) string {
	sum := sha256.Sum256([]byte(endpoint))
	return hex.EncodeToString(sum[:])
}

// stuckOf lists the messages to somebody that failed, those that were given up first.
func (rq *request) stuckOf(snap store.Snapshot, channels []*account.Channel) (rows []stuck, err error) {
	name := func(id string) string {
		if i := slices.IndexFunc(channels, func(c *account.Channel) bool { return c.ID == id }); i >= 0 {
			return channels[i].Name
		}
		return ""
	}
	err = notify.EachUnsent(snap, rq.session.home.ID, func(w *notify.Waiting, _ account.ChannelKind, next time.Time) bool {
		rows = append(rows, stuck{ID: w.ID, Title: notify.WordsOf(&w.Message, string(rq.lang), nil).Title, Channel: cmp.Or(name(w.Channel), w.Named),
			Reason: w.Error, At: w.At, Next: next, GivenUp: !w.Failed.IsZero()})
		return len(rows) < messagesMost
	})
	return rows, err
}
