package main

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/notify"
	"almanac/remind"
	"almanac/store"
)

func remindCommand(env *Env) *cobra.Command {
	return group(&cobra.Command{
		Use:   "remind",
		Short: "List, stop and put off reminders, and try channels",
	}, remindList(env), remindStop(env), remindSnooze(env), remindTest(env))
}

// reminders is the service on the store of a command.
func (env *Env) reminders() *remind.Service {
	s := &remind.Service{Store: env.Store, Log: slog.New(slog.DiscardHandler), Now: env.Now, Floor: time.Minute}
	if env.serving != nil {
		s.Floor = env.serving.InsistFloor
	}
	return s
}

// reminderInfo is what remind list prints.
type reminderInfo struct {
	ID       string     `json:"id"`
	At       time.Time  `json:"at"`
	Summary  string     `json:"summary"`
	Calendar string     `json:"calendar"`
	Start    *time.Time `json:"start"`
	Action   string     `json:"action"`
	Channels []string   `json:"channels"` // empty: devices alone ring
	FollowUp int        `json:"followUp"` // 0: the alarm itself
	Insist   string     `json:"insist"`   // "": once
}

func remindList(env *Env) *cobra.Command {
	var from, to string
	var most int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list USER [--from WHEN] [--to WHEN] [--limit NUMBER] [--json]",
		Short: "List what will go off for a person when, and on which channels",
		Long: `List what will go off for a person when, and on which channels it is told. Where no
channel is named, only phones and programs ring, by themselves. What starts on the day of
the reminder is shown without the date.

WHEN is a date (2026-03-10), a moment (2026-03-10T09:00), or a duration from now (7d).
The ID stands for the alarm in "almanac remind stop" and "snooze".`,
		Example: "  almanac remind list ann\n  almanac remind list ann --to 30d --json",
		Args:    exactArgs(1),
		RunE: env.onStore(func(cmd *cobra.Command, args []string) error {
			h, loc, err := env.findReader(args[0])
			if err != nil {
				return err
			}
			begin, err := parseWhen(from, env.Now(), loc)
			if err != nil {
				return usagef(cmd, "--from: %v", err)
			}
			end, err := parseWhen(to, env.Now(), loc)
			if err != nil {
				return usagef(cmd, "--to: %v", err)
			}
			if end.Before(begin) {
				return usagef(cmd, "--to is before --from")
			}
			if most < 1 || most > 100_000 {
				return usagef(cmd, "--limit: %d is not between 1 and 100000", most)
			}
			all, err := env.reminders().Upcoming(env.Ctx, h.ID, begin.Add(-time.Second), end, most)
			if err != nil {
				return err
			}
			rows := []reminderInfo{}
			for i := range all {
				rows = append(rows, describeReminder(&all[i]))
			}
			if asJSON {
				return env.printJSON(rows)
			}
			if len(rows) == 0 {
				env.printf("Nothing goes off for %s until %s.\n", clean(h.Name), end.In(loc).Format("2006-01-02 15:04"))
				return nil
			}
			t := env.table("WHEN", "ID", "STARTS", "CHANNELS", "CALENDAR", "WHAT")
			for _, r := range rows {
				what, start, channels := r.Summary, "", strings.Join(r.Channels, ", ")
				switch {
				case r.FollowUp > 0:
					what += fmt.Sprintf(" (reminder %d, until stopped)", r.FollowUp+1)
				case r.Insist != "":
					what += " (until stopped)"
				}
				at := r.At.In(loc)
				if r.Start != nil {
					start = startOf(r.Start.In(loc), at)
				}
				t.row(at.Format("2006-01-02 15:04"), r.ID, start, clean(channels), clean(r.Calendar), clean(what))
			}
			if err := t.Flush(); err != nil || len(rows) < most {
				return err
			}
			env.printf("These are the first %d; --limit shows more.\n", most)
			return nil
		}),
	}
	f := cmd.Flags()
	f.StringVar(&from, "from", "0s", "`when` the list begins")
	f.StringVar(&to, "to", "7d", "`when` it ends")
	f.IntVar(&most, "limit", 100, "list at most this `number`")
	f.BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// startOf is when something starts of which the alarm goes off at a moment: with no more of
// the date than that moment does not tell.
func startOf(start, at time.Time) string {
	switch {
	case start.Year() != at.Year():
		return start.Format("2006-01-02 15:04")
	case start.YearDay() != at.YearDay():
		return start.Format("01-02 15:04")
	}
	return start.Format("15:04")
}

func describeReminder(u *remind.Upcoming) reminderInfo {
	r := &u.Reminder
	info := reminderInfo{ID: u.ID, At: u.At, Summary: r.Summary, Calendar: r.Calendar, Action: u.Action, Channels: u.Channels, FollowUp: r.FollowUp}
	if !r.Start.IsZero() {
		info.Start = &r.Start
	}
	if info.Channels == nil {
		info.Channels = []string{}
	}
	if r.Insist > 0 {
		info.Insist = r.Insist.String()
	}
	return info
}

// findReader finds an account, and the zone in which its person reads moments.
func (env *Env) findReader(name string) (*store.Home, *time.Location, error) {
	h, err := env.findUser(name)
	if err != nil {
		return nil, nil, err
	}
	loc, err := env.locationOf(h)
	return h, loc, err
}

// locationOf is the zone in which a person reads moments.
func (env *Env) locationOf(h *store.Home) (*time.Location, error) {
	var p account.Preferences
	err := env.Store.View(env.Ctx, func(s store.Snapshot) (err error) {
		p, err = account.PreferencesOf(s, h.ID)
		return err
	})
	if err != nil || p.Timezone == "" {
		return time.Local, err
	}
	return time.LoadLocation(p.Timezone)
}

// parseWhen reads a date, a moment, or a duration from now.
func parseWhen(v string, now time.Time, loc *time.Location) (time.Time, error) {
	if d, err := parseDuration(v); err == nil {
		return now.Add(d), nil
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(form, v, loc); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no date like 2026-03-10, no moment like 2026-03-10T09:00, and no duration like 7d", v)
}

func remindStop(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "stop USER ID",
		Short: "Stop an alarm, on all devices of a person",
		Long: `Stop an alarm that went off, its repetitions and follow-ups; or the next time, when it
is to go off within a day. ACKNOWLEDGED is written into it (RFC 9074), which phones and
programs see. "almanac remind list" shows the ID.`,
		Args: exactArgs(2),
		RunE: env.onStore(func(_ *cobra.Command, args []string) error {
			ref, err := env.findReminder(args[0], args[1])
			if err != nil {
				return err
			}
			if err := env.reminders().Stop(env.Ctx, ref, env.by()); err != nil {
				return env.early(err, args[0], ref)
			}
			env.printf("Stopped.\n")
			return nil
		}),
	}
}

func remindSnooze(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:     "snooze USER ID WHEN",
		Short:   "Stop an alarm and have it go off again later",
		Long:    "Stop an alarm and have it go off again later. WHEN is a moment or a duration from now,\nas for \"almanac remind list\".",
		Example: "  almanac remind snooze ann 3f2a91c07b 10m",
		Args:    exactArgs(3),
		RunE: env.onStore(func(cmd *cobra.Command, args []string) error {
			_, loc, err := env.findReader(args[0])
			if err != nil {
				return err
			}
			until, err := parseWhen(args[2], env.Now(), loc)
			if err != nil {
				return usagef(cmd, "%v", err)
			}
			ref, err := env.findReminder(args[0], args[1])
			if err != nil {
				return err
			}
			if err := env.reminders().Snooze(env.Ctx, ref, until, env.by()); err != nil {
				return env.early(err, args[0], ref)
			}
			env.printf("It goes off again at %s.\n", until.In(loc).Format("2006-01-02 15:04:05"))
			return nil
		}),
	}
}

// early says of an alarm that cannot be stopped yet when it goes off.
func (env *Env) early(err error, user string, ref notify.Ref) error {
	if !errors.Is(err, remind.ErrEarly) {
		return err
	}
	_, loc, e := env.findReader(user)
	if e != nil {
		return err
	}
	return fmt.Errorf("it does not go off before %s: that can be stopped or put off within the day before",
		time.Unix(ref.At, 0).In(loc).Format("2006-01-02 15:04"))
}

// findReminder finds an alarm by the ID that remind list shows.
func (env *Env) findReminder(user, id string) (ref notify.Ref, err error) {
	h, err := env.findUser(user)
	if err != nil {
		return ref, err
	}
	ref, err = env.reminders().Find(env.Ctx, h.ID, id)
	if errors.Is(err, remind.ErrGone) {
		err = fmt.Errorf("%s has no alarm %q; \"almanac remind list %s\" shows them", h.Name, id, h.Name)
	}
	return ref, err
}

// kickOutbox has the server's outbox look at once; without a server it looks when it
// starts.
func (env *Env) kickOutbox() {
	if env.outbox != nil {
		env.outbox.Kick()
	} else {
		env.printf("It is sent once the server runs.\n")
	}
}
