package remind

import (
	"cmp"
	"context"
	"slices"
	"time"

	"almanac/account"
	"almanac/notify"
	"almanac/store"
)

// An Upcoming is a moment at which something will go off for a person, if nobody stops
// it before.
type Upcoming struct {
	At       time.Time
	Action   string   // DISPLAY, AUDIO, EMAIL …
	Channels []string // names of the channels on which it is told; none when only devices ring
	Reminder notify.Reminder
}

// Upcoming returns what goes off for a person in (from, to], the first max of it, in the
// order of the moments: triggers, repetitions, and of what insists already the next
// follow-up. It reads all objects with alarms in the person's calendars.
func (s *Service) Upcoming(ctx context.Context, home store.HomeID, from, to time.Time, max int) (all []Upcoming, err error) {
	now := s.Now()
	err = s.Store.View(ctx, func(snap store.Snapshot) error {
		h, err := snap.Home(home)
		if err != nil {
			return err
		}
		channels, err := account.Channels(snap, home)
		if err != nil {
			return err
		}
		colls, err := snap.Collections(home)
		if err != nil {
			return err
		}
		mounts, err := account.Mounts(snap, home, store.Calendar)
		if err != nil {
			return err
		}
		for _, m := range mounts {
			colls = append(slices.Clip(colls), m.Coll)
		}
		for _, c := range colls {
			if c.Kind != store.Calendar {
				continue
			}
			p, err := personOf(snap, c, home)
			if gone(err) {
				continue
			} else if err != nil {
				return err
			}
			var mine map[string]account.Alarms
			if !p.owner {
				if mine, err = account.AlarmsOf(snap, c.ID, home); err != nil {
					return err
				}
			}
			concerned := func(o *store.Object) bool {
				if p.owner {
					return o.Index.Alarms || store.HasDefaultAlarms(h, c)
				}
				return len(mine[account.AlarmsKey(o.Index.UID)]) > 0
			}
			err = snap.List(c.ID, "", store.WantBody, func(o *store.Object) bool {
				if !concerned(o) || ctx.Err() != nil {
					return ctx.Err() == nil
				}
				v, err := s.viewOf(snap, p, o, now.Add(-maxSnooze))
				if err != nil || v == nil {
					return true // it goes off for nobody; the look at it logs why
				}
				rings, _ := v.agenda.Rings(from.Unix(), to.Unix())
				for i := range rings {
					r := &rings[i]
					if r.FollowUp > 0 {
						continue
					}
					all = append(all, v.upcoming(r, channels))
				}
				all = append(all, v.followUps(channels, from, to, now)...)
				return true
			})
			if err := cmp.Or(err, ctx.Err()); err != nil {
				return err
			}
			all = firstOf(all, max)
		}
		return nil
	})
	return all, err
}

// followUps tells when what insists goes off next.
func (v *view) followUps(channels []*account.Channel, from, to, now time.Time) (all []Upcoming) {
	for _, alarm := range v.agenda.alarms {
		if alarm.Insist == 0 {
			continue
		}
		last, ok := v.agenda.last(alarm, now.Unix())
		if !ok {
			continue
		}
		every := int64(alarm.Insist / time.Second)
		base := max(now.Unix(), from.Unix())
		last.FollowUp = int((base-last.Trigger)/every) + 1
		last.At = last.Trigger + int64(last.FollowUp)*every
		if last.At > from.Unix() && last.At <= to.Unix() {
			all = append(all, v.upcoming(&last, channels))
		}
	}
	return all
}

func (v *view) upcoming(r *Ring, channels []*account.Channel) Upcoming {
	v.place(r)
	u := Upcoming{At: time.Unix(r.At, 0).UTC(), Action: r.Action, Reminder: *v.reminder(r, false)}
	for _, c := range chosen(channels, r.Alarm) {
		u.Channels = append(u.Channels, c.Name)
	}
	return u
}

// firstOf keeps the first of what goes off.
func firstOf(all []Upcoming, max int) []Upcoming {
	slices.SortStableFunc(all, func(a, b Upcoming) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Reminder.Summary, b.Reminder.Summary))
	})
	return all[:min(len(all), max)]
}
