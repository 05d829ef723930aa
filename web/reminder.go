package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"almanac/account"
	"almanac/notify"
	"almanac/remind"
	"almanac/store"
)

// Reminders stops reminders, and tells what is to come: a remind.Service.
type Reminders interface {
	Look(ctx context.Context, ref notify.Ref) (*remind.State, error)
	Stop(ctx context.Context, ref notify.Ref, by string) error
	Snooze(ctx context.Context, ref notify.Ref, until time.Time, by string) error
	Upcoming(ctx context.Context, home store.HomeID, from, to time.Time, max int) ([]remind.Upcoming, error)
}

// followed serves who has followed a link in a message. The link is all that they need:
// no cookie is looked at, so that no other site can make use of one, and what a form
// of another site could send it could send only with the link in its hands.
//
// Programs that look for harm in mail open links as people do. They make no POST; so
// only a POST changes something.
func (rq *request) followed(to *route) error {
	rq.byLink = true
	rq.program = strings.Contains(rq.r.Header.Get("Accept"), "application/json")
	h := rq.w.Header()
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	if rq.reminders == nil {
		return errNoPage
	}
	if err := rq.form(); err != nil {
		return err
	}
	return to.run(rq)
}

// loggedPath is the path that was asked for, without the secret of a link.
func (rq *request) loggedPath() string {
	if rq.byLink {
		return notify.StopPath + "…"
	}
	return rq.r.URL.Path
}

var (
	errOldLink = &pageError{http.StatusNotFound, "stop.old.title", "stop.old"}
	errGone    = &pageError{http.StatusGone, "stop.gone.title", "stop.gone"}
)

// open reads what the link holds.
func (rq *request) open(purpose string, v any) error {
	if rq.opener.Open(purpose, rq.r.PathValue("token"), rq.now(), v) != nil {
		return errOldLink
	}
	return nil
}

// of finds whose link it is, and speaks to them in their language: that which they
// have chosen on the page, else the one of their account, else their browser's.
func (rq *request) of(home store.HomeID) (h *store.Home, err error) {
	err = rq.store.View(rq.ctx, func(snap store.Snapshot) error {
		if h, err = snap.Home(home); err != nil {
			return err
		}
		p, err := account.PreferencesOf(snap, home)
		if p.Language != "" {
			rq.lang = lang(p.Language)
		}
		return err
	})
	if to := rq.r.URL.Query().Get("lang"); isLang(to) {
		rq.lang = lang(to)
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil, errGone
	}
	return h, err
}

// reminder finds which reminder the link is about, whose it is, and how it stands with it.
func (rq *request) reminder() (ref notify.Ref, h *store.Home, st *remind.State, err error) {
	if err = rq.open(notify.StopPurpose, &ref); err != nil {
		return ref, nil, nil, err
	}
	if h, err = rq.of(ref.Home); err != nil {
		return ref, nil, nil, err
	}
	st, err = rq.reminders.Look(rq.ctx, ref)
	if errors.Is(err, remind.ErrGone) {
		err = errGone
	}
	return ref, h, st, err
}

// reminderPage shows a reminder, with the buttons that stop it and put it off.
func (rq *request) reminderPage() error {
	_, _, st, err := rq.reminder()
	if err != nil {
		return err
	}
	if rq.program {
		return rq.answerState(st)
	}
	about := notify.Reminder{Task: st.Task, AllDay: st.AllDay, Start: st.Start, End: st.End, Zone: st.Zone}
	data := map[string]any{"Summary": st.Summary, "When": about.When(string(rq.lang)), "Calendar": st.Calendar,
		"Stopped": st.Stopped, "Insists": st.Insist > 0, "Laters": laters}
	if !st.SnoozedUntil.IsZero() {
		data["Again"] = notify.Moment(st.SnoozedUntil.In(notify.Location(st.Zone)), string(rq.lang))
	}
	return rq.show(http.StatusOK, "reminder", data)
}

// A later is a moment to which reminders are put off.
type later struct {
	Value string // in forms
	Text  string // a message
	of    func(now time.Time) time.Time
}

var laters = []later{
	{"10m", "stop.later.10m", func(now time.Time) time.Time { return now.Add(10 * time.Minute) }},
	{"1h", "stop.later.1h", func(now time.Time) time.Time { return now.Add(time.Hour) }},
	{"tomorrow", "stop.later.tomorrow", func(now time.Time) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()+1, 8, 0, 0, 0, now.Location())
	}},
}

// stopReminder stops a reminder or puts it off, as the button says.
func (rq *request) stopReminder() error {
	ref, h, st, err := rq.reminder()
	if err != nil {
		return err
	}
	by, ctx := h.Name+" with a reminder's link", context.WithoutCancel(rq.ctx)
	f := rq.r.PostForm
	switch f.Get("do") {
	case "stop":
		err = rq.reminders.Stop(ctx, ref, by)
	case "later":
		i := slices.IndexFunc(laters, func(l later) bool { return l.Value == f.Get("for") })
		if i < 0 {
			return errForm
		}
		err = rq.reminders.Snooze(ctx, ref, laters[i].of(rq.now().In(notify.Location(st.Zone))), by)
	default:
		return errForm
	}
	switch {
	case errors.Is(err, remind.ErrGone):
		return errGone
	case err != nil:
		return err
	case !rq.program:
		rq.again()
		return nil
	}
	if st, err = rq.reminders.Look(ctx, ref); err != nil {
		return err
	}
	return rq.answerState(st)
}

// answerState tells a program how it stands with a reminder.
func (rq *request) answerState(st *remind.State) error {
	state := struct {
		Stopped bool       `json:"stopped"`
		Again   *time.Time `json:"again,omitempty"` // when it goes off once more, put off
	}{Stopped: st.Stopped}
	if !st.SnoozedUntil.IsZero() {
		state.Again = &st.SnoozedUntil
	}
	return rq.json(http.StatusOK, state)
}

// again leads to the page on which the button was.
func (rq *request) again() {
	to := rq.prefix + rq.r.URL.Path
	if rq.r.URL.RawQuery != "" {
		to += "?" + rq.r.URL.RawQuery
	}
	rq.w.Header().Set("Location", to)
	rq.w.WriteHeader(http.StatusSeeOther)
}
