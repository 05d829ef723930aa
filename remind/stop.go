package remind

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/account"
	"almanac/contentline"
	"almanac/ical"
	"almanac/notify"
	"almanac/store"
)

// ErrGone tells that the object, the alarm, or the right to it is no more.
var ErrGone = errors.New("this reminder is no more")

// ErrEarly tells that an alarm is to go off in more than a day: the moment up to which it
// would be silent is one that is not believed.
var ErrEarly = errors.New("this reminder does not go off within a day")

// A State is what is known of an alarm that went off.
type State struct {
	Summary, Calendar string
	Start, End        time.Time // zero for none
	AllDay, Task      bool
	Zone              string        // IANA name, in which moments are shown
	Language          string        // of the person, "" when it was not said
	Stopped           bool          // nothing of it goes off any more, but for what is still to be triggered
	SnoozedUntil      time.Time     // zero for not
	Insist            time.Duration // how often it goes off until it is stopped; 0 for once
}

// Look tells how it stands with an alarm that went off.
func (s *Service) Look(ctx context.Context, ref notify.Ref) (st *State, err error) {
	err = s.Store.View(ctx, func(snap store.Snapshot) error {
		f, err := s.find(snap, ref)
		if err != nil {
			return err
		}
		a := f.alarm
		r := Ring{Alarm: a, At: ref.At, Trigger: ref.At}
		f.place(&r)
		m := f.reminder(&r, false)
		st = &State{Summary: m.Summary, Calendar: m.Calendar, Start: m.Start, End: m.End, AllDay: m.AllDay, Task: m.Task,
			Zone: m.Zone, Language: f.lang, Stopped: !f.live(s.Now()), Insist: a.Insist}
		for _, v := range f.snoozes() {
			if at := utcOf(v.Value("TRIGGER")); at > s.Now().Unix() {
				st.SnoozedUntil = time.Unix(at, 0).UTC()
			}
		}
		return nil
	})
	return st, err
}

// Stale tells why a message that has waited is of no use any more, "" when it is.
func (s *Service) Stale(ctx context.Context, m *notify.Message) string {
	if m.Kind != notify.KindReminder || m.Reminder == nil {
		return ""
	}
	st, err := s.Look(ctx, m.Reminder.Ref)
	switch {
	case errors.Is(err, ErrGone):
		return "it is no more"
	case err == nil && st.Stopped:
		return "it was stopped"
	}
	return "" // what cannot be asked is told
}

// Stop silences an alarm that went off, its repetitions and its follow-ups, as RFC 9074
// section 6 says: for all devices of the person, and nobody else. One that goes off within
// a day is silent beforehand, else it is ErrEarly. Stopping twice is no error.
func (s *Service) Stop(ctx context.Context, ref notify.Ref, by string) error {
	if s.early(ref) {
		return ErrEarly
	}
	return s.change(ctx, ref, by, func(f *found, now time.Time) []contentline.Edit {
		edits := f.dropSnoozes()
		if f.alarm.ackBy(now.Unix()) < max(ref.At, now.Unix()) {
			edits = append(edits, f.acknowledge(now)...)
		}
		return edits
	})
}

func (s *Service) early(ref notify.Ref) bool { return ref.At > s.Now().Unix()+maxSilence }

// The bounds of how far ahead a snooze is.
const (
	minSnooze = time.Second
	maxSnooze = 366 * 24 * time.Hour
)

// Snooze silences an alarm and has it go off once more at a later moment, as RFC 9074
// section 7.1 says: by an alarm of its own, in place of an earlier such one.
func (s *Service) Snooze(ctx context.Context, ref notify.Ref, until time.Time, by string) error {
	until = until.UTC().Truncate(time.Second)
	if ahead := until.Sub(s.Now()); ahead < minSnooze || ahead > maxSnooze {
		return fmt.Errorf("later has to be within the next year, not %s", until.Format(time.RFC3339))
	}
	if s.early(ref) {
		return ErrEarly
	}
	return s.change(ctx, ref, by, func(f *found, now time.Time) []contentline.Edit {
		edits := append(f.acknowledge(now), f.dropSnoozes()...)
		of := f.original()
		var b []byte
		b = append(b, "BEGIN:VALARM\r\n"...)
		b = contentline.AppendLine(b, "UID:"+newUID())
		if !isMozSnooze(of) {
			uid := strings.TrimSpace(of.Value("UID"))
			if uid == "" {
				uid = newUID()
				edits = append(edits, contentline.Edit{Start: of.BodyEnd, End: of.BodyEnd, Text: "UID:" + uid + "\r\n"})
			}
			b = contentline.AppendLine(b, "RELATED-TO;RELTYPE=SNOOZE:"+uid)
		}
		b = contentline.AppendLine(b, "TRIGGER;VALUE=DATE-TIME:"+until.Format(utcForm))
		for i := range of.Props {
			p := &of.Props[i]
			if !slices.Contains(ownOfAlarm, p.Name) {
				b = append(b, strings.TrimRight(p.Text(f.doc.Doc), "\r\n")+"\r\n"...)
			}
		}
		b = append(b, "END:VALARM\r\n"...)
		return append(edits, contentline.Edit{Start: f.comp.BodyEnd, End: f.comp.BodyEnd, Text: string(b)})
	})
}

// ownOfAlarm are the properties of an alarm that one which snoozes it does not take over.
var ownOfAlarm = []string{"UID", "X-WR-ALARMUID", "X-APPLE-DEFAULT-ALARM", "TRIGGER", "REPEAT", "DURATION", "ACKNOWLEDGED", "RELATED-TO"}

func newUID() string { return strings.ToLower(rand.Text()) }

// A found is an alarm in the object that it is in.
type found struct {
	*view
	name   string // of the member
	etag   string
	own    account.Alarms // of a sharee: what is kept
	doc    *ical.Object   // in which the alarm stands: as stored, or with what whole adds
	alarms []*Alarm       // of the component
	alarm  *Alarm
	at     int64 // when it went off, Unix seconds
	comp   *contentline.Component
}

// find finds the alarm of a reference. When there is none any more it is ErrGone.
func (s *Service) find(snap store.Snapshot, ref notify.Ref) (*found, error) {
	f, err := s.findIn(snap, ref)
	if gone(err) {
		err = ErrGone
	}
	return f, err
}

func (s *Service) findIn(snap store.Snapshot, ref notify.Ref) (*found, error) {
	c, err := snap.Collection(ref.Coll)
	if err != nil {
		return nil, err
	}
	name, err := snap.ByUID(ref.Coll, ref.UID)
	if err != nil {
		return nil, err
	}
	o, err := snap.Object(ref.Coll, name, store.WantBody)
	if err != nil {
		return nil, err
	}
	p, err := personOf(snap, c, ref.Home)
	if err != nil {
		return nil, err
	}
	v, err := s.viewOf(snap, p, o, time.Unix(0, 0))
	if err != nil || v == nil {
		return nil, errors.Join(err, ErrGone)
	}
	f := &found{view: v, name: name, etag: o.ETag, at: ref.At}
	if !p.owner {
		all, err := account.AlarmsOn(snap, c.ID, o.Index.UID)
		if err != nil {
			return nil, err
		}
		f.own = all[ref.Home]
	}
	text, err := p.sees(snap, o)
	if err != nil {
		return nil, err
	}
	stored, err := ical.ParseObject(text)
	if err != nil {
		return nil, err
	}
	for _, f.doc = range []*ical.Object{stored, v.object} {
		for _, f.comp = range f.doc.Components() {
			f.alarms = v.rules.alarmsOf(f.doc, f.comp)
			for _, f.alarm = range f.alarms {
				if (f.alarm.Key == ref.Alarm || f.alarm.also == ref.Alarm) && f.alarm.Instance == ref.Instance {
					return f, nil
				}
			}
		}
	}
	return nil, ErrGone
}

// live tells whether what went off is still to be told, and insisted on: neither
// acknowledged, nor silent, nor by now at another time. In doubt it is.
func (f *found) live(now time.Time) bool {
	env := f.agenda.env()
	for _, a := range f.agenda.alarms {
		if a.name() != f.alarm.Key || a.Instance != f.alarm.Instance || f.at <= a.ackBy(now.Unix()) {
			continue
		}
		if _, ok := f.agenda.last(a, f.at, env); ok && a.Insist > 0 {
			return true
		}
		alive := false
		err := f.agenda.each(f.agenda.series.AlarmsOf, a, f.at-1, f.at, env, func(*Ring) bool { alive = true; return false })
		if alive || err != nil {
			return true
		}
	}
	return false
}

// original is the alarm that a snooze is of, else the alarm itself.
func (f *found) original() *contentline.Component {
	if f.alarm.putsOff != nil {
		return f.alarm.putsOff.valarm
	}
	return f.alarm.valarm
}

// snoozesIn tells of the alarms of a component that put off another which it is: of one
// that puts off one that puts off, the first.
func snoozesIn(c *contentline.Component) map[*contentline.Component]*contentline.Component {
	var of map[*contentline.Component]string
	byUID, n := map[string]*contentline.Component{}, 0
	for v := range c.ChildrenNamed("VALARM") {
		if n++; n > ical.MaxAlarms {
			break
		}
		if uid := strings.TrimSpace(v.Value("UID")); uid != "" && byUID[uid] == nil {
			byUID[uid] = v
		}
		if uid := snoozeOf(v); uid != "" {
			if of == nil {
				of = map[*contentline.Component]string{}
			}
			of[v] = uid
		}
	}
	var all map[*contentline.Component]*contentline.Component
	for v := range of {
		first := byUID[of[v]]
		for range maxSnoozed { // they may point at each other
			if next := byUID[of[first]]; first != nil && next != nil {
				first = next
			}
		}
		if first != nil && of[first] == "" {
			if all == nil {
				all = map[*contentline.Component]*contentline.Component{}
			}
			all[v] = first
		}
	}
	return all
}

// snoozeOf returns the UID of the alarm that a VALARM snoozes, "" for none.
func snoozeOf(v *contentline.Component) string {
	for p := range v.PropsNamed("RELATED-TO") {
		if strings.EqualFold(p.Param("RELTYPE"), "SNOOZE") {
			return strings.TrimSpace(p.Value)
		}
	}
	return ""
}

// snoozes returns the alarms by which the alarm is snoozed.
func (f *found) snoozes() (all []*contentline.Component) {
	original, of := f.original(), snoozesIn(f.comp)
	for v := range f.comp.ChildrenNamed("VALARM") {
		if of[v] == original {
			all = append(all, v)
		}
	}
	return all
}

func (f *found) dropSnoozes() (edits []contentline.Edit) {
	for _, v := range f.snoozes() {
		edits = append(edits, contentline.Edit{Start: v.Start, End: v.End})
	}
	return edits
}

func isMozSnooze(v *contentline.Component) bool { return strings.HasPrefix(v.Value("UID"), snoozedUID) }

const utcForm = "20060102T150405Z"

// together are the original and the alarms of the component that went off with it: they
// are told as one, and stopped as one.
func (f *found) together() (all []*contentline.Component) {
	of := f.original()
	if isMozSnooze(of) {
		return nil
	}
	when := func(v *contentline.Component) string {
		p := v.Prop("TRIGGER")
		return strings.ToUpper(p.Param("RELATED")+"\x00"+p.Param("TZID")+"\x00") + strings.ToUpper(strings.TrimSpace(p.Value))
	}
	for _, a := range f.alarms {
		if a.valarm == of || when(a.valarm) == when(of) {
			all = append(all, a.valarm)
		}
	}
	return all
}

// acknowledge has the original silent, and Thunderbird too where it has its hand in it.
func (f *found) acknowledge(now time.Time) (edits []contentline.Edit) {
	// What is about to go off can be stopped before it does.
	if at := time.Unix(f.at, 0); at.After(now) && at.Sub(now) <= maxSilence*time.Second {
		now = at
	}
	stamp := now.UTC().Format(utcForm)
	for _, v := range f.together() {
		edits = setProp(edits, v, "ACKNOWLEDGED", stamp)
	}
	moz := false
	for i := range f.comp.Props {
		p := &f.comp.Props[i]
		if strings.HasPrefix(p.Name, propSnooze) {
			edits = append(edits, contentline.Edit{Start: p.Start, End: p.End})
		}
		moz = moz || strings.HasPrefix(p.Name, propSnooze) || p.Name == propLastAck
	}
	if moz {
		edits = setProp(edits, f.comp, propLastAck, stamp)
	}
	return edits
}

// setProp gives a component a property in place of those of its name.
func setProp(edits []contentline.Edit, c *contentline.Component, name, value string) []contentline.Edit {
	line := name + ":" + value + "\r\n"
	for p := range c.PropsNamed(name) {
		edits = append(edits, contentline.Edit{Start: p.Start, End: p.End, Text: line})
		line = ""
	}
	if line != "" {
		at := c.BodyEnd
		if len(c.Children) > 0 {
			at = c.Children[0].Start // properties stand before the components
		}
		edits = append(edits, contentline.Edit{Start: at, End: at, Text: line})
	}
	return edits
}

// tries bounds how often a change begins anew because somebody else was faster.
const tries = 10

// change edits the object of a reference, as the person sees it.
func (s *Service) change(ctx context.Context, ref notify.Ref, by string, edit func(*found, time.Time) []contentline.Edit) error {
	for range tries {
		now := s.Now()
		var b *store.Batch
		err := s.Store.View(ctx, func(snap store.Snapshot) error {
			f, err := s.find(snap, ref)
			if err != nil {
				return err
			}
			b, err = f.batch(edit(f, now))
			return err
		})
		if err != nil || b == nil {
			return err
		}
		b.By, b.At = by, now
		_, err = s.Store.Apply(ctx, b)
		var failed *store.PreconditionError
		if !errors.As(err, &failed) {
			return err
		}
	}
	return errors.New("the object changes all the time; try again")
}

// batch makes the write of edits to what the person sees; nil for no edits.
func (f *found) batch(edits []contentline.Edit) (*store.Batch, error) {
	if len(edits) == 0 {
		return nil, nil
	}
	slices.SortStableFunc(edits, func(a, b contentline.Edit) int { return a.Start - b.Start })
	text, err := contentline.Splice(f.doc.Doc.Src, edits)
	if err != nil {
		return nil, err
	}
	o, err := ical.ParseObject(text)
	if err != nil {
		return nil, err
	}
	if text, err = withoutMozSnoozes(o); err != nil {
		return nil, err
	}
	b := &store.Batch{Home: f.coll.Home}
	if f.owner {
		x, err := store.IndexOf(store.Calendar, text)
		if err != nil {
			return nil, err
		}
		b.Pre = []store.Pre{store.ETagIs{Coll: f.coll.ID, Name: f.name, ETags: []string{f.etag}}}
		b.Ops = []store.Op{store.PutObject{Coll: f.coll.ID, Name: f.name, Body: text, Index: x}}
		return b, nil
	}
	if o, err = ical.ParseObject(text); err != nil {
		return nil, err
	}
	ops, ok := account.AlarmsOps(f.coll.ID, f.home.ID, f.doc.UID, account.Alarms(o.Alarms()))
	if !ok {
		return nil, errors.New("these are more alarms than are kept of one object")
	}
	b.Pre = []store.Pre{account.AlarmsAre(f.coll.ID, f.home.ID, f.doc.UID, f.own)}
	b.Ops = append(ops, store.TouchObject{Coll: f.coll.ID, Name: f.name})
	return b, nil
}

// withoutMozSnoozes takes the alarms out again that stand for Thunderbird's.
func withoutMozSnoozes(o *ical.Object) ([]byte, error) {
	var edits []contentline.Edit
	for _, c := range o.Components() {
		for v := range c.ChildrenNamed("VALARM") {
			if isMozSnooze(v) {
				edits = append(edits, contentline.Edit{Start: v.Start, End: v.End})
			}
		}
	}
	return contentline.Splice(o.Doc.Src, edits)
}
