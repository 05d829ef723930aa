package ical

import (
	"math"
	"strings"

	"almanac/contentline"
	"almanac/ical/zone"
)

// An Alarm is one moment at which a VALARM goes off.
type Alarm struct {
	At         int64 // Unix seconds
	Trigger    int64 // At of the trigger itself, which At repeats
	Repetition int   // 0 for the trigger itself, then counted by REPEAT
	Comp       *contentline.Component
	// Instance is what the alarm belongs to; nil when the trigger is an absolute
	// time. It is valid during the call only.
	Instance *Instance
}

// alarm is a VALARM with its times read (RFC 5545 section 3.6.6).
type alarm struct {
	comp     *contentline.Component
	absolute bool
	at       int64  // if absolute
	offset   length // else from the start, or the end
	fromEnd  bool
	repeat   int64
	gap      int64 // seconds between repetitions
}

// MaxAlarms bounds the alarms read from one component.
const MaxAlarms = 500

// maxRepeat bounds REPEAT; a hundred thousand repetitions at one a minute last
// ten weeks.
const maxRepeat = 100_000

func (c *compiler) readAlarms(it *item) {
	for comp := range it.comp.ChildrenNamed("VALARM") {
		p := comp.Prop("TRIGGER")
		if p == nil || len(it.alarms) == MaxAlarms {
			continue
		}
		a := alarm{comp: comp, fromEnd: strings.EqualFold(p.Param("RELATED"), "END")}
		if d, reason := scanDuration(p.Value); reason == "" {
			a.offset = length{d.Days, d.Seconds}
		} else if at, reason := scanDateTime(p.Value, p.Param("TZID")); reason == "" {
			// RFC 5545 section 3.8.6.3 demands UTC; other forms are read as they stand.
			a.absolute, a.at = true, momentOf(c.o, c.zones, at).Instant(zone.UTC)
		} else {
			continue
		}
		if d, reason := scanDuration(comp.Value("DURATION")); reason == "" {
			a.gap = d.Exact()
			a.repeat = min(decimal(comp.Value("REPEAT")), maxRepeat)
		}
		if a.gap <= 0 {
			a.gap, a.repeat = 0, 0
		}
		it.alarms = append(it.alarms, a)
	}
}

// decimal reads a number, 0 when it is none; it saturates far above any use.
func decimal(s string) (n int64) {
	for _, c := range []byte(strings.TrimSpace(s)) {
		if c < '0' || c > '9' {
			return 0
		}
		n = min(n*10+int64(c-'0'), 1<<40)
	}
	return n
}

// trigger returns when the alarm goes off for an instance.
func (a *alarm) trigger(i *Instance, floating *zone.Zone) int64 {
	at := i.From
	if a.fromEnd {
		z := at.Zone
		if z == nil {
			z = floating
		}
		at = Moment{Civil: z.Civil(i.End), Zone: z}
	}
	return a.offset.end(at, floating)
}

// Alarms hands out, in no order, the alarms of an object that go off within a time
// range, until fn returns false. The *Alarm is valid during the call only.
// Whether an alarm has been acknowledged, or its event cancelled, is the caller's
// question.
func (s *Series) Alarms(w Span, env Env, fn func(*Alarm) bool) error {
	return s.alarms(nil, nil, w, env, false, fn)
}

// AlarmsOf is Alarms for one VALARM of one component.
func (s *Series) AlarmsOf(comp, alarm *contentline.Component, w Span, env Env, fn func(*Alarm) bool) error {
	return s.alarms(comp, alarm, w, env, false, fn)
}

// FirstAlarmsOf is AlarmsOf with the first only of each trigger and its repetitions that
// goes off within the range.
func (s *Series) FirstAlarmsOf(comp, alarm *contentline.Component, w Span, env Env, fn func(*Alarm) bool) error {
	return s.alarms(comp, alarm, w, env, true, fn)
}

// alarmWindows are how far NextAlarm looks, in seconds: most alarms go off soon. Of what
// recurs within a day it looks less far first, since a day of it may be too much.
var (
	alarmWindows = []int64{86400, 64 * 86400, 400 * 86400}
	shortWindows = append([]int64{60, 3600}, alarmWindows...)
)

// NextAlarm returns the first moment after another at which an alarm goes off; ok is
// false when none ever does. Of an endless series nothing beyond some 400 days is
// looked for, and of one that takes too many steps only what is near: then the answer is
// a moment up to which nothing goes off, to be asked about again. What takes too many
// steps in the first window already is to be asked about after an hour, or a minute when
// it recurs within a day.
func (s *Series) NextAlarm(after int64, env Env) (at int64, ok bool) {
	return s.nextAlarm(nil, nil, after, math.MinInt64, env)
}

// NextAlarmOf is NextAlarm for one VALARM of one component, of which what was triggered
// up to a moment is silent, with its repetitions.
func (s *Series) NextAlarmOf(comp, alarm *contentline.Component, after, silent int64, env Env) (at int64, ok bool) {
	return s.nextAlarm(comp, alarm, after, silent, env)
}

func (s *Series) nextAlarm(comp, alarm *contentline.Component, after, silent int64, env Env) (at int64, ok bool) {
	if !s.Object.HasAlarms() {
		return 0, false
	}
	windows, again := alarmWindows, int64(3600)
	if s.subDaily() {
		windows, again = shortWindows, 60
	}
	w := Span{after + 1, after + 1}
	for i := 0; i <= len(windows); i++ {
		if i < len(windows) {
			w.End = addClamped(after, windows[i])
		} else if b := s.Bounds(); b.Recurring && b.End == math.MaxInt64 {
			return w.Start, true
		} else {
			w.End = math.MaxInt64
		}
		err := s.alarms(comp, alarm, w, env, true, func(a *Alarm) bool {
			if a.Trigger > silent && (!ok || a.At < at) {
				at, ok = a.At, true
			}
			return true
		})
		if err != nil {
			return max(w.Start, addClamped(after, again)), true
		}
		if ok {
			return at, true
		}
		w.Start = w.End
	}
	return 0, false
}

// AlarmOverlaps reports whether a VALARM of a component overlaps a time range
// (RFC 4791 section 9.9): whether it goes off, or repeats, within it for any
// instance the component describes. A nil alarm asks about all of the component,
// a nil comp about all components.
func (s *Series) AlarmOverlaps(comp, alarm *contentline.Component, w Span, env Env) (bool, error) {
	found := false
	err := s.alarms(comp, alarm, w, env, true, func(*Alarm) bool { found = true; return false })
	return found, err
}

// alarms hands out what goes off, with first only the first of each trigger and its
// repetitions.
func (s *Series) alarms(comp, only *contentline.Component, w Span, env Env, first bool, fn func(*Alarm) bool) error {
	granted := env.budget()
	budget := granted
	defer func() { env.settle(granted, budget) }()
	stopped := false
	for _, it := range s.items() {
		if comp != nil && it.comp != comp {
			continue
		}
		for i := range it.alarms {
			a := &it.alarms[i]
			if only != nil && a.comp != only {
				continue
			}
			one := Alarm{Comp: a.comp}
			if a.absolute {
				if stopped = !a.ring(&one, a.at, w, first, &budget.Left, fn); stopped {
					break
				}
				continue
			}
			if !it.shape.dated() {
				continue
			}
			// Instances whose start or end lies where the trigger may hit w, with a
			// margin: for days of 23 to 25 hours, or what a reach has more on a side.
			offset, margin := a.offset.days*86400+a.offset.seconds, int64(2)
			if a.offset.days != 0 || a.fromEnd {
				margin = 2 * 86400
			}
			q := newQuery(Span{addClamped(w.Start, -offset-a.repeat*a.gap-margin), addClamped(w.End, -offset+margin)}, env, nil)
			q.only, q.budget = it.comp, budget
			q.fn = func(i *Instance) bool {
				one.Instance = i
				stopped = !a.ring(&one, a.trigger(i, q.floating), w, first, &q.budget.Left, fn)
				return !stopped
			}
			err := s.visit(&q)
			budget = q.budget
			if err != nil {
				return err
			}
			if stopped {
				break
			}
		}
		if stopped {
			break
		}
	}
	if budget.Left < 0 {
		return ErrTooManyInstances
	}
	return nil
}

// ring hands out those of the trigger at and its repetitions that lie in w. It
// returns false when fn does, or the budget is spent.
func (a *alarm) ring(one *Alarm, at int64, w Span, first bool, budget *int, fn func(*Alarm) bool) bool {
	n := int64(0)
	if at < w.Start && a.repeat > 0 {
		n = max(min((w.Start-at+a.gap-1)/a.gap, a.repeat), 0)
	}
	for ; n <= a.repeat; n++ {
		one.At, one.Trigger, one.Repetition = at+n*a.gap, at, int(n)
		if one.At < w.Start {
			continue
		}
		if one.At >= w.End {
			break
		}
		if *budget--; *budget < 0 || !fn(one) {
			return false
		}
		if first {
			break
		}
	}
	return true
}

// items returns all compiled components.
func (s *Series) items() []*item {
	items := append([]*item(nil), s.loose...)
	if s.main != nil {
		items = append(items, s.main)
	}
	for _, o := range s.overrides {
		items = append(items, o.item)
	}
	return items
}
