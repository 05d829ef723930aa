package remind

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/account"
	"almanac/notify"
	"almanac/store"
)

// An Upcoming is a moment at which something will go off for a person, if nobody stops
// it before.
type Upcoming struct {
	ID       string // of the alarm, for Find
	At       time.Time
	Action   string   // DISPLAY, AUDIO, EMAIL …
	Channels []string // names of the channels on which it is told; none when only devices ring
	Reminder notify.Reminder
}

// Upcoming returns what goes off for a person in (from, to], the first max of it, in the
// order of the moments: triggers, repetitions, and of what insists already the next
// follow-up. Of what is to come it reads no more than goes off until to.
func (s *Service) Upcoming(ctx context.Context, home store.HomeID, from, to time.Time, max int) (all []Upcoming, err error) {
	now := s.Now()
	err = s.Store.View(ctx, func(snap store.Snapshot) error {
		channels, err := account.Channels(snap, home)
		if err != nil {
			return err
		}
		add := func(v *view) {
			rings, _ := v.agenda.Rings(from.Unix(), to.Unix())
			for i := range rings {
				if rings[i].FollowUp == 0 {
					all = append(all, v.upcoming(&rings[i], channels))
				}
			}
			all = append(all, v.followUps(channels, from, to, now)...)
		}
		full := func(due time.Time) bool {
			if len(all) < max {
				return false
			}
			all = firstOf(all, max)
			return !all[max-1].At.After(due)
		}
		if from.Before(now.Add(-brief)) {
			return s.eachOf(ctx, snap, home, now.Add(-maxSnooze), func(v *view) bool {
				add(v)
				if len(all) > 4*max+1000 {
					all = firstOf(all, max)
				}
				return true
			})
		}
		n := 0
		return s.eachDue(ctx, snap, home, to, func(v *view, due time.Time) bool {
			add(v)
			n++
			return n%100 != 0 || !full(due)
		})
	})
	return firstOf(all, max), err
}

// brief is how far what is past may be asked about without reading all objects.
const brief = 2 * time.Second

// Find finds an alarm of a person's by its ID, as Upcoming tells it: ErrGone when there
// is none. What goes off next is looked at first.
func (s *Service) Find(ctx context.Context, home store.HomeID, id string) (ref notify.Ref, err error) {
	now := s.Now().Unix()
	found := false
	is := func(v *view) bool {
		for _, a := range v.agenda.alarms {
			if found = v.id(a) == id; found {
				ref = v.ref(&Ring{Alarm: a, At: now})
				if last, ok := v.agenda.last(a, now, v.agenda.env()); ok {
					ref.At = last.At
				} else if next, ok := v.agenda.nextOf(a, now, v.agenda.env()); ok {
					ref.At = next
				}
				return true
			}
		}
		return false
	}
	err = s.Store.View(ctx, func(snap store.Snapshot) error {
		err := s.eachDue(ctx, snap, home, store.Never, func(v *view, _ time.Time) bool { return !is(v) })
		if err == nil && !found {
			err = s.eachOf(ctx, snap, home, s.Now().Add(-maxSnooze), func(v *view) bool { return !is(v) })
		}
		if err == nil && !found {
			err = ErrGone
		}
		return err
	})
	return ref, err
}

// id names an alarm of an object for people: short, and the same as long as the alarm is,
// also when it is put off, or gets a UID.
func (v *view) id(a *Alarm) string {
	if a.putsOff != nil {
		a = a.putsOff
	}
	return short(fmt.Sprintf("%d\x00%d\x00%s\x00%s\x00%s", v.home.ID, v.coll.ID, v.object.UID, cmp.Or(a.also, a.Key), a.Instance))[:10]
}

// calendarsOf returns the calendars in which something may go off for a person: their
// own, those that are shared with them, and those in which they act for somebody.
func calendarsOf(snap store.Snapshot, home store.HomeID) (all []*store.Collection, err error) {
	add := func(colls []*store.Collection) {
		for _, c := range colls {
			if c.Kind == store.Calendar && !slices.ContainsFunc(all, func(x *store.Collection) bool { return x.ID == c.ID }) {
				all = append(all, c)
			}
		}
	}
	own, err := snap.Collections(home)
	if err != nil {
		return nil, err
	}
	add(own)
	mounts, err := account.Mounts(snap, home, store.Calendar)
	if err != nil {
		return nil, err
	}
	for _, m := range mounts {
		add([]*store.Collection{m.Coll})
	}
	bosses, err := account.DelegatorsOf(snap, home)
	for _, d := range bosses {
		theirs, e := snap.Collections(d.Of)
		err = errors.Join(err, e)
		add(theirs)
	}
	return all, err
}

// A duty is an object that is to be looked at.
type duty struct {
	*person
	name string
	due  time.Time
	mark store.AlarmMark
}

// eachDue visits the objects that are to be looked at up to a moment, in the order of
// when, as a person sees them, until fn returns false. due is when the next one is: before
// that nothing of it goes off.
func (s *Service) eachDue(ctx context.Context, snap store.Snapshot, home store.HomeID, until time.Time, fn func(v *view, due time.Time) bool) error {
	colls, err := calendarsOf(snap, home)
	if err != nil {
		return err
	}
	_, err = snap.Record(recordKind, "begun")
	if err != nil && !gone(err) {
		return err
	}
	all := err != nil // nothing has been looked at yet
	var duties []duty
	for _, c := range colls {
		p, err := personOf(snap, c, home)
		if gone(err) {
			continue
		} else if err != nil {
			return err
		}
		whole := all
		begun := len(duties)
		err = snap.Alarms(c.ID, until, func(j *store.Job) bool {
			_, name, mark, err := store.ParseAlarmJob(j)
			if _, person := store.PersonOfAlarmJob(name); person || name == "" || err != nil {
				whole = true
				return false
			}
			duties = append(duties, duty{p, name, j.Due, mark})
			return ctx.Err() == nil
		})
		if err == nil && whole {
			duties = duties[:begun]
			now := s.Now()
			err = s.list(ctx, snap, p, store.WantMeta, func(o *store.Object) bool {
				duties = append(duties, duty{p, strings.Clone(o.Name), now, store.AlarmMark{Since: now.Add(-maxSnooze)}})
				return true
			})
		}
		if err := cmp.Or(err, ctx.Err()); err != nil {
			return err
		}
	}
	slices.SortStableFunc(duties, func(a, b duty) int { return a.due.Compare(b.due) })
	for i := range duties {
		d := &duties[i]
		o, err := snap.Object(d.coll.ID, d.name, store.WantBody)
		if gone(err) {
			continue
		} else if err = cmp.Or(err, ctx.Err()); err != nil {
			return err
		}
		due := until
		if i+1 < len(duties) {
			due = duties[i+1].due
		}
		// What cannot be read goes off for nobody; the look at it logs why.
		if v, err := s.viewOf(snap, d.person, o, d.mark.Since); err == nil && v != nil && !fn(v, due) {
			return nil
		}
	}
	return nil
}

// eachOf visits all objects in which something went off, or may, for a person, as they
// see them, until fn returns false.
func (s *Service) eachOf(ctx context.Context, snap store.Snapshot, home store.HomeID, since time.Time, fn func(*view) bool) error {
	colls, err := calendarsOf(snap, home)
	if err != nil {
		return err
	}
	more := true
	for _, c := range colls {
		p, err := personOf(snap, c, home)
		if err == nil {
			err = s.list(ctx, snap, p, store.WantBody, func(o *store.Object) bool {
				if v, err := s.viewOf(snap, p, o, since); err == nil && v != nil {
					more = fn(v)
				}
				return more
			})
		}
		if err = cmp.Or(err, ctx.Err()); !more || err != nil && !gone(err) {
			return err
		}
	}
	return nil
}

// list visits the objects of a calendar in which something may go off for a person.
func (s *Service) list(ctx context.Context, snap store.Snapshot, p *person, want store.Want, visit func(*store.Object) bool) error {
	concerned := func(x *store.Index) bool { return x.Alarms }
	switch {
	case p.owner && (store.DefaultAlarmsIn(p.home.CalendarHome) || store.DefaultAlarmsIn(p.coll.Props)),
		!p.owner && store.DefaultAlarmsIn(p.mount.Look.Props):
		concerned = func(*store.Index) bool { return true }
	case !p.owner:
		mine, err := account.AlarmsOf(snap, p.coll.ID, p.home.ID)
		if err != nil {
			return err
		}
		concerned = func(x *store.Index) bool { return len(mine[account.AlarmsKey(x.UID)]) > 0 }
	}
	return snap.List(p.coll.ID, "", want, func(o *store.Object) bool {
		return (!concerned(&o.Index) || visit(o)) && ctx.Err() == nil
	})
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
	u := Upcoming{ID: v.id(r.Alarm), At: time.Unix(r.At, 0).UTC(), Action: r.Action, Reminder: *v.reminder(r, false)}
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
