package remind

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"almanac/account"
	"almanac/contentline"
	"almanac/ical"
)

// Rules say how the alarms of an object are read.
type Rules struct {
	Env ical.Env // with the zone of the person
	// Mine tells whether a calendar user address is the person's: an invitation that
	// they declined is silent. Nil for nobody's.
	Mine func(address string) bool
	// Insist is how often alarms without X-ALMANAC-INSIST insist; 0 for not at all.
	Insist time.Duration
	// Floor is the shortest time between two follow-ups.
	Floor time.Duration
	// Since is from when on the object is watched, in Unix seconds: what was triggered
	// before insists on nothing.
	Since int64
}

// An Agenda is what goes off in one object for one person.
type Agenda struct {
	series *ical.Series
	rules  Rules
	alarms []*Alarm
}

// An Alarm is a VALARM that can go off.
type Alarm struct {
	Key      string // what it is found by again: see keysOf
	Instance string // RECURRENCE-ID of its component as written, "" for the main one
	Action   string // upper case
	Channels []string
	Insist   time.Duration // 0: it goes off once
	Text     string        // its DESCRIPTION, unescaped

	also         string // its key as long as it had no UID
	comp, valarm *contentline.Component
	putsOff      *Alarm // which it has go off once more, nil for none
	acknowledged int64  // what was triggered up to then is silent
}

// A Ring is one moment at which an alarm goes off. Times are Unix seconds.
type Ring struct {
	*Alarm
	At       int64
	Trigger  int64 // of which At is a repetition or a follow-up, or the same
	FollowUp int   // counted from 1; 0 for the trigger and its repetitions
	// Start and End are those of the instance; Timed is false when there is none.
	Start, End int64
	Timed      bool
	AllDay     bool
}

// Names of properties of our own, in a VALARM.
const (
	propInsist  = "X-ALMANAC-INSIST"  // DURATION: how often it goes off again until it is stopped
	propChannel = "X-ALMANAC-CHANNEL" // names of channels, commas between
)

// Thunderbird's, in a component: when something of it was dismissed last, and until when
// something of it is put off. For one time of a series more follows.
const (
	propLastAck = "X-MOZ-LASTACK"
	propSnooze  = "X-MOZ-SNOOZE-TIME"
)

// maxRings bounds what one question hands out for one alarm.
const maxRings = 1000

// NewAgenda reads the alarms of an object as the person sees it.
func NewAgenda(s *ical.Series, r Rules) *Agenda {
	a := &Agenda{series: s, rules: r}
	env := a.env()
	for _, c := range s.Object.Components() {
		if silent(c, r.Mine) {
			continue
		}
		for _, alarm := range r.alarmsOf(s.Object, c) {
			if !a.overtaken(alarm, env) {
				a.alarms = append(a.alarms, alarm)
			}
		}
	}
	return a
}

// alarmsOf reads the alarms of a component that can go off.
func (r *Rules) alarmsOf(o *ical.Object, c *contentline.Component) (alarms []*Alarm) {
	dismissed := utcOf(c.Value(propLastAck))
	if o.Main != nil { // Thunderbird dismisses all of a series there
		dismissed = max(dismissed, utcOf(o.Main.Value(propLastAck)))
	}
	seen, n := map[string]int{}, 0
	snoozed := snoozesIn(c)
	for v := range c.ChildrenNamed("VALARM") {
		if n++; n > ical.MaxAlarms {
			break
		}
		key, also := keysOf(v, seen)
		a := &Alarm{
			Key: key, also: also, Instance: strings.TrimSpace(c.Value("RECURRENCE-ID")), Action: actionOf(v),
			Channels: channelsOf(v), Text: contentline.UnescapeText(v.Value("DESCRIPTION")),
			comp: c, valarm: v, acknowledged: max(utcOf(v.Value("ACKNOWLEDGED")), dismissed),
		}
		if a.Insist = r.insistOf(v); a.rings() {
			alarms = append(alarms, a)
		}
	}
	for _, a := range alarms {
		of, moz := snoozed[a.valarm], isMozSnooze(a.valarm)
		if of == nil && !moz {
			continue
		}
		i := slices.IndexFunc(alarms, func(x *Alarm) bool { return x.valarm == of || moz && !isMozSnooze(x.valarm) })
		if i < 0 {
			continue
		}
		// Programs that put an alarm off do not know what is ours.
		a.putsOff = alarms[i]
		if len(a.Channels) == 0 {
			a.Channels = a.putsOff.Channels
		}
		if a.valarm.Prop(propInsist) == nil {
			a.Insist = a.putsOff.Insist
		}
	}
	return alarms
}

// name is what an alarm is stopped by: of one that puts another off the Key of that one,
// which stays when the first is gone.
func (alarm *Alarm) name() string {
	if alarm.putsOff != nil {
		return alarm.putsOff.Key
	}
	return alarm.Key
}

// actionOf is what an alarm does, upper case. One that does not say so displays.
func actionOf(v *contentline.Component) string {
	if action := strings.ToUpper(strings.TrimSpace(v.Value("ACTION"))); action != "" {
		return action
	}
	return "DISPLAY"
}

// rings tells of an alarm that goes off by time, and in a way that is known: others are
// to be ignored (RFC 5545 section 3.8.6.1), unless it names a channel of ours.
func (alarm *Alarm) rings() bool {
	switch v := alarm.valarm; {
	case v.Prop("TRIGGER") == nil:
		return false
	case v.Prop("PROXIMITY") != nil || v.Prop("X-APPLE-PROXIMITY") != nil:
		return false // by place: the TRIGGER stands for nothing (RFC 9074 section 8.1)
	case alarm.Action == "NONE": // Apple: no alarm, not even a default one
		return false
	}
	return slices.Contains(account.AlarmActions, alarm.Action) || len(alarm.Channels) > 0
}

// overtaken tells of an alarm that puts another off which has not gone off at all, as
// the object is now: the event was moved to a later time, and reminds anew then.
func (a *Agenda) overtaken(alarm *Alarm, env ical.Env) bool {
	if alarm.putsOff == nil || alarm.putsOff.acknowledged == 0 {
		return false
	}
	by := alarm.putsOff.acknowledged
	went, comes := false, false
	look := func(from, to int64, found *bool) bool {
		return a.series.FirstAlarmsOf(alarm.comp, alarm.putsOff.valarm, ical.Span{Start: from, End: to}, env, func(*ical.Alarm) bool {
			*found = true
			return false
		}) == nil
	}
	return look(math.MinInt64, by+1, &went) && !went && look(by+1, math.MaxInt64, &comes) && comes
}

// silent tells of a component that reminds nobody, or not this person.
func silent(c *contentline.Component, mine func(string) bool) bool {
	switch strings.ToUpper(strings.TrimSpace(c.Value("STATUS"))) {
	case "CANCELLED", "COMPLETED":
		return true
	}
	if c.Name == "VTODO" && (c.Prop("COMPLETED") != nil || strings.TrimSpace(c.Value("PERCENT-COMPLETE")) == "100") {
		return true
	}
	return mine != nil && declined(c, mine)
}

// declined tells whether somebody declined an invitation, by one of their addresses, and
// has not accepted it by another.
func declined(c *contentline.Component, mine func(string) bool) (no bool) {
	for p := range c.PropsNamed("ATTENDEE") {
		if !mine(strings.TrimSpace(p.Value)) && !mine("mailto:"+strings.TrimSpace(p.Param("EMAIL"))) {
			continue
		}
		switch strings.ToUpper(p.Param("PARTSTAT")) {
		case "DECLINED":
			no = true
		case "ACCEPTED", "TENTATIVE":
			return false
		}
	}
	return no
}

// keysOf name a VALARM so that it is found again after a client has written the object
// anew: by its UID (RFC 9074 section 4), and by what it is, for programs give an alarm a
// UID when they touch it first. seen counts the equal ones of one component.
func keysOf(v *contentline.Component, seen map[string]int) (key, also string) {
	count := func(key string) string {
		seen[key]++
		if n := seen[key]; n > 1 {
			key += "." + strconv.Itoa(n)
		}
		return key
	}
	what := strings.ToUpper(strings.TrimSpace(v.Value("ACTION"))) + "\x00" + strings.TrimSpace(v.Value("TRIGGER"))
	if p := v.Prop("TRIGGER"); p != nil {
		what += "\x00" + strings.ToUpper(p.Param("RELATED"))
	}
	key = count("t" + short(what))
	if uid := strings.TrimSpace(v.Value("UID")); uid != "" {
		return count("u" + short(uid)), key
	}
	return key, ""
}

func short(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}

// maxChannels bounds how many channels an alarm may name.
const maxChannels = 10

func channelsOf(v *contentline.Component) (names []string) {
	for p := range v.PropsNamed(propChannel) {
		for _, name := range contentline.SplitText(p.Value, ',') {
			name = strings.TrimSpace(contentline.UnescapeText(name))
			if name != "" && len(names) < maxChannels {
				names = append(names, name)
			}
		}
	}
	return names
}

// insistOf is how often an alarm insists. A value that is no DURATION of a second or
// more counts as none, P0D says that the alarm does not insist whatever the calendar's
// default is.
func (r *Rules) insistOf(v *contentline.Component) time.Duration {
	every := r.Insist
	if p := v.Prop(propInsist); p != nil {
		every, _ = ParseInsist(p.Value)
	}
	if every < time.Second {
		return 0
	}
	return max(every, r.Floor)
}

// ParseInsist reads how often something insists: a DURATION (RFC 5545 section 3.3.6),
// of which what is longer than ten years counts as that. Not positive is 0.
func ParseInsist(value string) (time.Duration, error) {
	d, err := ical.ParseDuration(value)
	if err != nil {
		return 0, err
	}
	const longest = 10 * 366 * 86400
	return time.Duration(max(min(d.Exact(), longest), 0)) * time.Second, nil
}

// utcOf reads a DATE-TIME in UTC; 0 for none, which is before all that is watched.
func utcOf(value string) int64 {
	t, err := time.Parse("20060102T150405Z", strings.ToUpper(strings.TrimSpace(value)))
	if err != nil {
		return 0
	}
	return t.Unix()
}

// Rings returns what goes off in the seconds (from, to], in their order: triggers and
// their repetitions, and of each alarm that insists the last follow-up. When there is
// more than can be handed out, what is earliest comes.
func (a *Agenda) Rings(from, to int64) (rings []Ring, err error) {
	env := a.env()
	for _, alarm := range a.alarms {
		n := 0
		e := a.each(a.series.AlarmsOf, alarm, from, to, env, func(r *Ring) bool {
			rings = append(rings, *r)
			n++
			return n < maxRings
		})
		if e != nil {
			err = e
		}
		if r, ok := a.followUp(alarm, to, env); ok && r.At > from {
			rings = append(rings, r)
		}
	}
	slices.SortStableFunc(rings, func(x, y Ring) int { return int(min(max(x.At-y.At, -1), 1)) })
	return rings, err
}

// env is the environment of one question: all alarms share what it may cost.
func (a *Agenda) env() ical.Env {
	env := a.rules.Env
	left := env.Budget
	if left == 0 {
		left = ical.DefaultBudget
	}
	env.Left = &left
	return env
}

// ask is how a series is asked about one alarm.
type ask func(comp, alarm *contentline.Component, w ical.Span, env ical.Env, fn func(*ical.Alarm) bool) error

// each hands out, in no order, when an alarm is triggered or repeats in (from, to].
func (a *Agenda) each(how ask, alarm *Alarm, from, to int64, env ical.Env, fn func(*Ring) bool) error {
	if to <= from {
		return nil
	}
	return how(alarm.comp, alarm.valarm, ical.Span{Start: from + 1, End: to + 1}, env, func(x *ical.Alarm) bool {
		if x.Trigger <= alarm.ackBy(to) {
			return true
		}
		r := Ring{Alarm: alarm, At: x.At, Trigger: x.Trigger}
		if i := x.Instance; i != nil {
			r.Start, r.End, r.AllDay, r.Timed = i.Start, i.End, i.AllDay(), true
		}
		return fn(&r)
	})
}

// last returns the last trigger up to a moment, of those that are watched and not
// acknowledged.
func (a *Agenda) last(alarm *Alarm, at int64, env ical.Env) (last Ring, ok bool) {
	floor := max(a.rules.Since-1, alarm.ackBy(at))
	for reach, to := int64(64*86400), at; to > floor; reach *= 4 {
		from := max(floor, to-reach)
		err := a.each(a.series.FirstAlarmsOf, alarm, from, to, env, func(r *Ring) bool {
			if r.At == r.Trigger && (!ok || r.At > last.At) {
				last, ok = *r, true
			}
			return true
		})
		if ok || err != nil {
			return last, ok
		}
		to = from
	}
	return last, false
}

// followUp returns the last follow-up of an alarm up to a moment.
func (a *Agenda) followUp(alarm *Alarm, at int64, env ical.Env) (r Ring, ok bool) {
	every := int64(alarm.Insist / time.Second)
	if every == 0 {
		return r, false
	}
	r, ok = a.last(alarm, at, env)
	r.FollowUp = int((at - r.Trigger) / every)
	if !ok || r.FollowUp < 1 {
		return r, false
	}
	r.At = r.Trigger + int64(r.FollowUp)*every
	return r, true
}

// Next returns the first moment after another at which something goes off, if nobody
// stops it. It may come too early, never too late: see ical.Series.NextAlarm.
func (a *Agenda) Next(after int64) (at int64, ok bool) {
	env := a.env()
	for _, alarm := range a.alarms {
		if next, found := a.nextOf(alarm, after, env); found && (!ok || next < at) {
			at, ok = next, true
		}
	}
	return at, ok
}

// nextOf is Next for one alarm.
func (a *Agenda) nextOf(alarm *Alarm, after int64, env ical.Env) (at int64, ok bool) {
	at, ok = a.series.NextAlarmOf(alarm.comp, alarm.valarm, after, alarm.ackBy(after), env)
	if every := int64(alarm.Insist / time.Second); every > 0 {
		if last, went := a.last(alarm, after, env); went {
			if again := last.Trigger + ((after-last.Trigger)/every+1)*every; !ok || again < at {
				at, ok = again, true
			}
		}
	}
	return at, ok
}

// placeOf gives r the instance for which another alarm went off last when it was
// acknowledged.
func (a *Agenda) placeOf(alarm *Alarm, r *Ring) {
	const back = 64 * 86400
	last, w := int64(math.MinInt64), ical.Span{Start: alarm.acknowledged - back, End: alarm.acknowledged + 1}
	_ = a.series.FirstAlarmsOf(alarm.comp, alarm.valarm, w, a.env(), func(x *ical.Alarm) bool {
		if i := x.Instance; i != nil && x.Trigger > last {
			last = x.Trigger
			r.Start, r.End, r.AllDay, r.Timed = i.Start, i.End, i.AllDay(), true
		}
		return true
	})
}

// maxSilence is how far ahead an acknowledgement is believed, in seconds. Programs
// dismiss an alarm some time before it goes off; but a clock that was wrong once shall
// not silence one for years.
const maxSilence = 86400

// ackBy is up to when what was triggered is silent, as seen at a moment.
func (alarm *Alarm) ackBy(at int64) int64 {
	if alarm.acknowledged > at+maxSilence {
		return 0
	}
	return alarm.acknowledged
}
