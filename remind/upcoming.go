package remind

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"almanac/account"
	"almanac/notify"
	"almanac/store"
)

// An Upcoming is a moment at which something will go off for a person, if nobody stops
// it before.
type Upcoming struct {
	ID       string // of the alarm: see AlarmID
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
		channels, err := account.Channels(snap, home)
		if err != nil {
			return err
		}
		return s.eachOf(ctx, snap, home, now.Add(-maxSnooze), func(v *view) bool {
			rings, _ := v.agenda.Rings(from.Unix(), to.Unix())
			for i := range rings {
				if rings[i].FollowUp == 0 {
					all = append(all, v.upcoming(&rings[i], channels))
				}
			}
			all = append(all, v.followUps(channels, from, to, now)...)
			if len(all) > 4*max+1000 {
				all = firstOf(all, max)
			}
			return true
		})
	})
	return firstOf(all, max), err
}

// Find finds an alarm of a person's by its ID, as Upcoming tells it: ErrGone when there
// is none.
func (s *Service) Find(ctx context.Context, home store.HomeID, id string) (ref notify.Ref, err error) {
	err = s.Store.View(ctx, func(snap store.Snapshot) error {
		found := false
		err := s.eachOf(ctx, snap, home, s.Now().Add(-maxSnooze), func(v *view) bool {
			for _, a := range v.agenda.alarms {
				r := v.ref(&Ring{Alarm: a, At: s.Now().Unix()})
				if found = AlarmID(r) == id; found {
					ref = r
					if last, ok := v.agenda.last(a, s.Now().Unix(), v.agenda.env()); ok {
						ref.At = last.At
					} else if next, ok := v.agenda.Next(s.Now().Unix()); ok {
						ref.At = next
					}
					return false
				}
			}
			return true
		})
		if err == nil && !found {
			err = ErrGone
		}
		return err
	})
	return ref, err
}

// AlarmID names an alarm of an object for people: short, and the same as long as the
// alarm is.
func AlarmID(r notify.Ref) string {
	return short(fmt.Sprintf("%d\x00%d\x00%s\x00%s\x00%s", r.Home, r.Coll, r.UID, r.Alarm, r.Instance))[:10]
}

// eachOf visits the objects in which something may go off for a person, as they see
// them, until fn returns false.
func (s *Service) eachOf(ctx context.Context, snap store.Snapshot, home store.HomeID, since time.Time, fn func(*view) bool) error {
	h, err := snap.Home(home)
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
	colls = slices.Clone(colls)
	for _, m := range mounts {
		colls = append(colls, m.Coll)
	}
	bosses, err := account.DelegatorsOf(snap, home)
	if err != nil {
		return err
	}
	for _, d := range bosses {
		theirs, err := snap.Collections(d.Of)
		if err != nil {
			return err
		}
		for _, c := range theirs {
			if !slices.ContainsFunc(mounts, func(m *account.Mount) bool { return m.Coll.ID == c.ID }) {
				colls = append(colls, c)
			}
		}
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
		more := true
		err = snap.List(c.ID, "", store.WantBody, func(o *store.Object) bool {
			concerned := o.Index.Alarms || store.HasDefaultAlarms(h, c)
			if !p.owner {
				concerned = len(mine[account.AlarmsKey(o.Index.UID)]) > 0
			}
			if !concerned {
				return ctx.Err() == nil
			}
			// What cannot be read goes off for nobody; the look at it logs why.
			if v, err := s.viewOf(snap, p, o, since); err == nil && v != nil {
				more = fn(v)
			}
			return more && ctx.Err() == nil
		})
		if err := cmp.Or(err, ctx.Err()); err != nil || !more {
			return err
		}
	}
	return nil
}

// followUps tells when what insists goes off next.
func (v *view) followUps(channels []*account.Channel, from, to, now time.Time) (all []Upcoming) {
	for _, alarm := range v.agenda.alarms {
		if alarm.Insist == 0 {
			continue
		}
		last, ok := v.agenda.last(alarm, now.Unix(), v.agenda.env())
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
	u := Upcoming{ID: AlarmID(v.ref(r)), At: time.Unix(r.At, 0).UTC(), Action: r.Action, Reminder: *v.reminder(r, false)}
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
