package remind

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"almanac/account"
	"almanac/contentline"
	"almanac/ical"
	"almanac/notify"
	"almanac/store"
)

// A look is what follows from looking at one object.
type look struct {
	pre      store.Pre // while it holds
	ops      []store.Op
	job      *store.Job
	at       time.Time     // as of which it is
	says     []saying      // what is to be told, of ops
	late     []string      // what came too late
	calendar store.CollID  // its objects are to be looked at
	person   *store.HomeID // but only those that go off for others than the owner: one, or 0 for all
}

// A saying is a message, and which of the ops writes it.
type saying struct {
	op int
	by account.ChannelKind
	m  *notify.Message
}

// tooMany is how many messages to one person one look at an object may make.
const tooMany = 200

// look works out what went off in the object of a job since the last look, and when to
// look again.
func (s *Service) look(snap store.Snapshot, j *store.Job, now time.Time) (look, error) {
	l := look{job: j, at: now, pre: store.JobIs{Queue: j.Queue, ID: j.ID, Claim: j.Claim}}
	finish := []store.Op{store.FinishJob{Queue: j.Queue, ID: j.ID, Claim: j.Claim}}
	coll, name, mark, err := store.ParseAlarmJob(j)
	if err != nil {
		s.Log.Error("a job cannot be read and is dropped", "error", err)
		l.ops = finish
		return l, nil
	}
	if person, is := store.PersonOfAlarmJob(name); is || name == "" {
		l.calendar, l.ops = coll, finish
		if is {
			l.person = &person
		}
		return l, nil
	}
	c, err := snap.Collection(coll)
	if gone(err) { // or in the trash: coming back has all looked at
		l.ops = finish
		return l, nil
	} else if err != nil {
		return l, err
	}
	o, err := snap.Object(coll, name, store.WantBody)
	if gone(err) {
		l.ops = finish
		return l, nil
	} else if err != nil {
		return l, err
	}
	next, ok := int64(0), false
	err = s.each(snap, c, o, mark.Since, func(v *view) error {
		if at, more := v.agenda.Next(now.Unix()); more && (!ok || at < next) {
			next, ok = at, true
		}
		return s.tell(snap, v, o, mark.Done, now, &l)
	})
	if err != nil {
		return l, err
	}
	if !ok {
		l.ops = append(l.ops, finish...)
		return l, nil
	}
	mark.Done = mark.DoneBy(time.Unix(now.Unix(), 0))
	l.ops = append(l.ops, store.Enqueue{Job: store.AlarmJob(coll, name, time.Unix(next, 0), mark)})
	return l, nil
}

// each makes an object ready for each person for whom something may go off in it. One
// that cannot be read goes off for nobody.
func (s *Service) each(snap store.Snapshot, c *store.Collection, o *store.Object, since time.Time, fn func(*view) error) error {
	others, err := account.AlarmsOn(snap, c.ID, o.Index.UID)
	if err != nil {
		return err
	}
	homes := slices.AppendSeq([]store.HomeID{c.Home}, maps.Keys(others))
	if c.Props.Get(store.OthersProp.Space, store.OthersProp.Local) != "" {
		with, err := account.WithDefaultAlarms(snap, c.ID)
		if err != nil {
			return err
		}
		homes = append(homes, with...)
	}
	slices.Sort(homes[1:])
	for _, home := range slices.Compact(homes) {
		p, err := personOf(snap, c, home)
		if gone(err) {
			continue // the calendar is not shared with them any more
		} else if err != nil {
			return err
		}
		v, err := s.viewOf(snap, p, o, since)
		if err != nil {
			s.Log.Warn("an object cannot be read for its alarms", "calendar", c.Name, "object", o.Name, "error", err)
			continue
		}
		if v != nil {
			if err := fn(v); err != nil {
				return err
			}
		}
	}
	return nil
}

// tell adds the messages of what went off for a person in (done, now].
func (s *Service) tell(snap store.Snapshot, v *view, o *store.Object, done, now time.Time, l *look) error {
	rings, err := v.agenda.Rings(done.Unix(), now.Unix())
	if err != nil {
		s.Log.Warn("an object has more alarms than are looked at", "home", v.home.ID, "calendar", v.coll.Name, "object", o.Name)
	}
	if len(rings) == 0 {
		return nil
	}
	channels, err := account.Channels(snap, v.home.ID)
	if err != nil {
		return err
	}
	type once struct { // what is told only once, however many alarms say it
		channel   string
		at, start int64
	}
	said := map[once]bool{}
	for i := range rings {
		r := &rings[i]
		to := chosen(channels, r.Alarm)
		if len(to) == 0 {
			continue
		}
		v.place(r)
		late := now.Sub(time.Unix(r.At, 0))
		// Of several moments of one alarm that were missed, the last is told.
		again := slices.ContainsFunc(rings[i+1:], func(x Ring) bool { return x.Alarm == r.Alarm })
		if late > s.Late && !v.lasts(r, now) || late > grace && again {
			l.late = append(l.late, fmt.Sprintf("%s, due %s", o.Name, time.Unix(r.At, 0).UTC().Format(time.RFC3339)))
			continue
		}
		for _, c := range to {
			what := once{c.ID, r.At, r.Start}
			if said[what] {
				continue
			}
			if len(said) == tooMany {
				s.Log.Warn("an object has more alarms at once than are told", "home", v.home.ID, "calendar", v.coll.Name, "object", o.Name)
				return nil
			}
			said[what] = true
			m := v.message(r, c, o)
			m.Late = late > grace
			l.says = append(l.says, saying{len(l.ops), c.Kind, m})
			l.ops = append(l.ops, m.Op(c.Kind))
		}
	}
	return nil
}

// grace is how late is still in time.
const grace = 2 * time.Minute

// chosen returns the channels on which an alarm is told: those that it names, else those
// that take what it does.
func chosen(all []*account.Channel, a *Alarm) (to []*account.Channel) {
	pick := func(which func(*account.Channel) bool) {
		for _, c := range all {
			if !c.Verified.IsZero() && which(c) && !slices.Contains(to, c) {
				to = append(to, c)
			}
		}
	}
	for _, name := range a.Channels {
		pick(func(c *account.Channel) bool {
			return strings.EqualFold(c.Name, name) || strings.EqualFold(string(c.Kind), name)
		})
	}
	if len(to) == 0 {
		pick(func(c *account.Channel) bool { return slices.Contains(c.Takes, a.Action) })
	}
	return to
}

// place finds the instance that an alarm at a fixed moment is about: of one that was put
// off the one that it went off for; else the one that is to come, or goes on, or the last
// before it.
func (v *view) place(r *Ring) {
	if r.Timed {
		return
	}
	if r.putsOff != nil {
		v.agenda.placeOf(r.putsOff, r)
		if r.Timed {
			return
		}
	}
	const around = 400 * 86400
	_ = v.agenda.series.Instances(ical.Span{Start: r.At - around, End: r.At + around}, v.rules.Env, func(i *ical.Instance) bool {
		if i.Start < -1<<40 || i.End > 1<<40 {
			return true // a task without a moment
		}
		r.Start, r.End, r.AllDay, r.Timed = i.Start, i.End, i.AllDay(), true
		return i.End <= r.At
	})
}

// lasts tells whether what goes off is still of use: an event that has not ended, a task
// that is to be done, or what insists until somebody stops it.
func (v *view) lasts(r *Ring, now time.Time) bool {
	return v.object.Kind == "VTODO" || r.Insist > 0 || r.Timed && r.End > now.Unix()
}

// identity is the same for the same alarm, moment and channel.
func (v *view) identity(r *Ring, channel string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\x00%d\x00%s\x00%s\x00%s\x00%d\x00%d\x00%s",
		v.home.ID, v.coll.ID, v.object.UID, r.Key, r.Instance, r.Trigger, r.At, channel))
	return hex.EncodeToString(sum[:16])
}

// Limits of what a message quotes, in octets.
const (
	maxTold   = 1000
	maxAttach = 64 << 10
)

func (v *view) message(r *Ring, c *account.Channel, o *store.Object) *notify.Message {
	return &notify.Message{
		ID: v.identity(r, c.ID), Home: v.home.ID, Channel: c.ID, Kind: notify.KindReminder,
		At: time.Unix(r.At, 0).UTC(), Reminder: v.reminder(r, c.Kind == account.Mail),
	}
}

// reminder is what an alarm has to say.
func (v *view) reminder(r *Ring, attach bool) *notify.Reminder {
	say := func(name string) string {
		value := contentline.UnescapeText(r.comp.Value(name))
		if value == "" && r.Instance != "" && v.object.Main != nil {
			value = contentline.UnescapeText(v.object.Main.Value(name))
		}
		return notify.Cut(strings.TrimSpace(value), maxTold)
	}
	m := &notify.Reminder{
		Ref:     v.ref(r),
		Summary: say("SUMMARY"), Location: say("LOCATION"), Description: say("DESCRIPTION"), URL: say("URL"),
		Calendar: v.name, Task: v.object.Kind == "VTODO", AllDay: r.AllDay, Zone: v.zone.Name(),
		Trigger: time.Unix(r.Trigger, 0).UTC(), FollowUp: r.FollowUp, Insist: r.Insist,
	}
	if m.Summary == "" {
		m.Summary = notify.Cut(strings.TrimSpace(r.Text), maxTold)
	}
	if r.Timed {
		m.Start, m.End = time.Unix(r.Start, 0).UTC(), time.Unix(r.End, 0).UTC()
	}
	if r.Insist > 0 {
		m.NextAt = time.Unix(r.At, 0).UTC().Add(r.Insist)
	}
	// Whoever keeps the attachment shall not be reminded once more.
	if attach && len(v.object.Doc.Src) <= maxAttach {
		m.ICS = ical.WithAlarms(v.object, nil)
	}
	return m
}

func (v *view) ref(r *Ring) notify.Ref {
	return notify.Ref{Home: v.home.ID, Coll: v.coll.ID, UID: v.object.UID, Alarm: r.name(), Instance: r.Instance, At: r.At}
}
