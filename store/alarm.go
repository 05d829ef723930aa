package store

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"almanac/ical"
	"almanac/ical/zone"
)

// AlarmQueue is the queue of the moments at which calendar objects have to be looked
// at, because an alarm may go off. The store keeps it by itself: what writes an
// object writes its job in the same transaction, whoever wrote and why. A job may
// come early, or for an object of which nothing goes off any more; it is never
// missing, and never late.
//
// A job with an empty member name stands for a whole calendar: the default alarms
// or the zone have changed, or it came out of the trash. See also AlarmJobOfPerson.
const AlarmQueue = "alarm"

// An AlarmMark is the payload of a job of AlarmQueue, in moments of the store.
type AlarmMark struct {
	// Since is from when on the object is watched. What went off before is past, and
	// insists on nothing.
	Since time.Time
	// Done is up to when all that went off has been dealt with.
	Done time.Time
}

// Never is the Wake of an object whose alarms have all gone off.
var Never = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// AlarmJobID is the ID of the job of a member.
func AlarmJobID(c CollID, member string) string { return fmt.Sprintf("%016x/%s", uint64(c), member) }

// ParseAlarmJobID takes such an ID apart; the member of a calendar's is "".
func ParseAlarmJobID(id string) (c CollID, member string, ok bool) {
	number, member, ok := strings.Cut(id, "/")
	n, err := strconv.ParseUint(number, 16, 64)
	return CollID(n), member, ok && err == nil && len(number) == 16
}

// ParseAlarmJob reads a job of AlarmQueue.
func ParseAlarmJob(j *Job) (c CollID, member string, mark AlarmMark, err error) {
	c, member, ok := ParseAlarmJobID(j.ID)
	if !ok {
		return 0, "", mark, fmt.Errorf("%.40q is no job of an alarm", j.ID)
	}
	since, k := binary.Varint(j.Payload)
	if k <= 0 {
		return 0, "", mark, fmt.Errorf("job %.40q cannot be read", j.ID)
	}
	done, k := binary.Varint(j.Payload[k:])
	if k <= 0 {
		return 0, "", mark, fmt.Errorf("job %.40q cannot be read", j.ID)
	}
	return c, member, AlarmMark{time.UnixMilli(since).UTC(), time.UnixMilli(done).UTC()}, nil
}

// AlarmJob makes the job that has a member looked at.
func AlarmJob(c CollID, member string, due time.Time, m AlarmMark) Job {
	payload := binary.AppendVarint(nil, m.Since.UnixMilli())
	payload = binary.AppendVarint(payload, m.Done.UnixMilli())
	return Job{Queue: AlarmQueue, ID: AlarmJobID(c, member), Due: due, Payload: payload}
}

// AlarmJobAfter returns the job of a member that is written at a moment: what has to
// follow from old, the one that it has so far. ok is false for none. What is due already stays due, and what was done stays
// done, lest a change in that very moment swallow an alarm.
func AlarmJobAfter(old *Job, c CollID, member string, at, wake time.Time) (j Job, ok bool) {
	at = Moment(at)
	if wake.Before(at) {
		wake = at
	}
	if old == nil {
		return AlarmJob(c, member, wake, AlarmMark{at, at}), wake.Before(Never)
	}
	_, _, mark, err := ParseAlarmJob(old)
	if err != nil {
		return AlarmJob(c, member, at, AlarmMark{at, at}), true
	}
	if !old.Due.After(at) {
		return AlarmJob(c, member, old.Due, mark), true // due, or in somebody's hands
	}
	if old.Due.Before(wake) {
		wake = old.Due // a follow-up that the object does not tell
	}
	mark.Done = mark.DoneBy(at)
	return AlarmJob(c, member, wake, mark), true
}

// AlarmJobOfCalendar is the job that has all members of a calendar looked at.
func AlarmJobOfCalendar(c CollID, at time.Time) Job {
	return AlarmJob(c, "", at, AlarmMark{at, at})
}

// AlarmJobOfPerson is the job that has looked at what may go off for somebody else than
// the owner in a calendar: it was shared anew, or they have another zone or other default
// alarms. Home 0 is for all of them.
func AlarmJobOfPerson(c CollID, home HomeID, at time.Time) Job {
	return AlarmJob(c, personMark+strconv.FormatUint(uint64(home), 16), at, AlarmMark{at, at})
}

// personMark begins, in the place of a member's name, what no name begins with.
const personMark = "/"

// PersonOfAlarmJob tells whom AlarmJobOfPerson is about, by what ParseAlarmJob has for a
// member; ok is false for a member, or a whole calendar.
func PersonOfAlarmJob(member string) (home HomeID, ok bool) {
	number, ok := strings.CutPrefix(member, personMark)
	n, err := strconv.ParseUint(number, 16, 64)
	return HomeID(n), ok && err == nil
}

// DoneBy is up to when all that went off has been dealt with, once it has been up to a
// moment: not less than before, since clocks are set back, unless by more than a day.
// Then it was wrong before, and nobody shall be reminded of nothing for so long.
func (m AlarmMark) DoneBy(at time.Time) time.Time {
	if ahead := m.Done.Sub(at); ahead > 0 && ahead <= 24*time.Hour {
		return m.Done
	}
	return at
}

// The stored properties that say what goes off in a calendar. The default alarms are
// Apple's, text with VALARMs: http://calendarserver.org's draft caldav-alarms,
// section 4. An empty one says that there is none.
const (
	calDAV     = "urn:ietf:params:xml:ns:caldav"
	ownSpace   = "urn:almanac"
	InsistName = "alarm-insist" // of ownSpace: a DURATION, how often alarms without X-ALMANAC-INSIST insist
)

// OthersProp marks a calendar in which others than its owner have default alarms. It is
// set by whoever looks at the alarms, before the calendar's objects are.
var OthersProp = PropName{ownSpace, "alarm-others"}

// AlarmProps are their names.
var AlarmProps = []PropName{
	{calDAV, "default-alarm-vevent-datetime"}, {calDAV, "default-alarm-vevent-date"},
	{calDAV, "default-alarm-vtodo-datetime"}, {calDAV, "default-alarm-vtodo-date"},
	{ownSpace, InsistName},
	{calDAV, "calendar-timezone"}, {calDAV, "calendar-timezone-id"},
}

// defaultAlarms is how many of AlarmProps are default alarms.
const defaultAlarms = 4

// InsistProp is the name of the property with a calendar's interval of insisting.
var InsistProp = AlarmProps[defaultAlarms]

// HasDefaultAlarms tells whether objects of a calendar go off that bring no alarm.
func HasDefaultAlarms(h *Home, c *Collection) bool {
	return c.Props.Get(OthersProp.Space, OthersProp.Local) != "" || DefaultAlarmsIn(c.Props) || DefaultAlarmsIn(h.CalendarHome)
}

// DefaultAlarmsIn tells whether properties have default alarms.
func DefaultAlarmsIn(props PropSet) bool {
	return slices.ContainsFunc(AlarmProps[:defaultAlarms], func(n PropName) bool { return props.Get(n.Space, n.Local) != "" })
}

// ConcernsAlarms tells whether a change of properties may change what goes off.
func (p *PatchProps) ConcernsAlarms() bool {
	if p.Target != OnCollection && p.Target != OnCalendarHome {
		return false
	}
	is := func(n PropName) bool { return slices.Contains(AlarmProps, n) }
	return slices.ContainsFunc(p.Set, func(p Prop) bool { return is(PropName{p.Space, p.Local}) }) ||
		slices.ContainsFunc(p.Remove, is)
}

// Wake tells when a member has to be looked at: at, for what only a closer look shows.
func (x *Index) Wake(at, wake time.Time) time.Time {
	if !x.Alarms || wake.IsZero() {
		return at
	}
	return wake
}

// earliest is the zone in which floating times come first.
var earliest = zone.Fixed("earliest", 14*3600)

// astern is how many seconds later than in earliest they come in the last zone.
const astern = (14 + 12) * 3600

// WakeOf tells when the alarms of an object that is written at a moment have to be
// looked at: not after the first that goes off later, in whatever zone. Never when
// there is none. Whether somebody has stopped them it does not ask.
func WakeOf(s *ical.Series, at time.Time) time.Time {
	if saysMore(s.Object) {
		return at
	}
	next, ok := s.NextAlarm(at.Unix()-astern, ical.Env{Floating: earliest, Zones: zones})
	if !ok {
		return Never
	}
	return time.Unix(next, 0).UTC()
}

// WakeOfBody is WakeOf for octets that are not compiled yet.
func WakeOfBody(body []byte, at time.Time) time.Time {
	o, err := ical.ParseObject(body)
	if err != nil {
		return at
	}
	return WakeOf(ical.Compile(o, zones), at)
}

// saysMore tells of an object whose alarms go off at other times than they tell.
func saysMore(o *ical.Object) bool {
	for _, c := range o.Components() {
		for i := range c.Props {
			if strings.HasPrefix(c.Props[i].Name, "X-MOZ-SNOOZE-TIME") {
				return true
			}
		}
		for a := range c.ChildrenNamed("VALARM") {
			if a.Prop("X-ALMANAC-INSIST") != nil {
				return true
			}
		}
	}
	return false
}
