package storetest

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"almanac/store"
)

// Alarmed returns the text of an event with an alarm.
func Alarmed(uid, text string) []byte {
	return withAlarm(Event(uid, text))
}

// withAlarm adds an alarm to an event or a task.
func withAlarm(body []byte) []byte {
	const alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT10M\r\nEND:VALARM\r\n"
	at := max(bytes.LastIndex(body, []byte("END:VEVENT")), bytes.LastIndex(body, []byte("END:VTODO")))
	return slices.Concat(body[:at], []byte(alarm), body[at:])
}

// watched tells, of the jobs of alarms that can be claimed an hour from now, when each
// is due, since when it watches and what is done, as minutes after e.now.
func (e *env) watched(at time.Time) map[string][3]int {
	e.Helper()
	out := map[string][3]int{}
	for _, j := range e.claim(store.AlarmQueue, at, 100) {
		c, member, mark, err := store.ParseAlarmJob(&j)
		e.is(err, nil)
		e.view(func(sn store.Snapshot) {
			coll, err := sn.Collection(c)
			e.is(err, nil)
			minutes := func(t time.Time) int { return int(t.Sub(e.now).Round(time.Minute) / time.Minute) }
			out[coll.Name+"/"+member] = [3]int{minutes(j.Due), minutes(mark.Since), minutes(mark.Done)}
		})
	}
	return out
}

func (e *env) at(minutes int) time.Time { return e.now.Add(time.Duration(minutes) * time.Minute) }

// write applies a batch at a moment, in minutes after e.now.
func (e *env) write(home store.HomeID, minutes int, ops ...store.Op) {
	e.Helper()
	_, err := e.s.Apply(e.ctx, &store.Batch{Home: home, At: e.at(minutes), Ops: ops})
	e.is(err, nil)
}

type minutes = map[string][3]int

var alarmCases = []testCase{
	{"are looked at when the writer says, and at once when it does not", func(e *env) {
		home := e.home("ann")
		work := e.calendar(home, "work")
		later, past := Put(store.Calendar, work, "later", Alarmed("1", "a")), Put(store.Calendar, work, "past", Alarmed("2", "b"))
		later.Wake, past.Wake = e.at(30), store.Never
		e.write(home, 0, later, past, Put(store.Calendar, work, "now", Alarmed("3", "c")), putEvent(work, "none", "4", "d"))
		e.same("jobs", e.watched(e.at(60)), minutes{"work/later": {30, 0, 0}, "work/now": {0, 0, 0}})
	}},
	{"are listed by calendar, up to a moment", func(e *env) {
		home := e.home("ann")
		work, play := e.calendar(home, "work"), e.calendar(home, "play")
		soon, later, other := Put(store.Calendar, work, "soon", Alarmed("1", "a")), Put(store.Calendar, work, "later", Alarmed("2", "b")), Put(store.Calendar, play, "other", Alarmed("3", "c"))
		soon.Wake, later.Wake, other.Wake = e.at(10), e.at(30), e.at(10)
		e.write(home, 0, soon, later, other, store.Enqueue{Job: store.AlarmJobOfPerson(work, home, e.now)})
		list := func(c store.CollID, until int) map[string]int {
			out := map[string]int{}
			e.view(func(sn store.Snapshot) {
				e.is(sn.Alarms(c, e.at(until), func(j *store.Job) bool {
					_, member, _, err := store.ParseAlarmJob(j)
					e.is(err, nil)
					out[member] = int(j.Due.Sub(e.now).Round(time.Minute) / time.Minute)
					return true
				}), nil)
			})
			return out
		}
		person := fmt.Sprintf("/%x", uint64(home))
		e.same("soon", list(work, 10), map[string]int{person: 0, "soon": 10})
		e.same("all", list(work, 60), map[string]int{person: 0, "soon": 10, "later": 30})
		e.same("other", list(play, 60), map[string]int{"other": 10})
		e.same("none", list(play, 9), map[string]int{})
	}},
	{"stay due when the object changes at that moment", func(e *env) {
		home := e.home("ann")
		work := e.calendar(home, "work")
		put := func(text string, wake int) store.PutObject {
			p := Put(store.Calendar, work, "a", Alarmed("1", text))
			p.Wake = e.at(wake)
			return p
		}
		e.write(home, 0, put("a", 10))
		e.write(home, 5, put("b", 20)) // before it is due: what was due may have moved, the look has not
		e.write(home, 11, put("c", 40))
		e.same("overdue", e.watched(e.at(11)), minutes{"work/a": {10, 0, 5}})
		e.write(home, 12, put("d", 50)) // in somebody's hands
		e.same("taken from them", e.watched(e.at(12)), minutes{"work/a": {10, 0, 5}})
	}},
	{"are finished only while they are in one's hands", func(e *env) {
		home := e.home("ann")
		work := e.calendar(home, "work")
		e.write(home, 0, Put(store.Calendar, work, "a", Alarmed("1", "a")))
		job := e.claim(store.AlarmQueue, e.now, 1)[0]
		next := store.Enqueue{Job: store.AlarmJob(work, "a", e.at(60), store.AlarmMark{Since: e.now, Done: e.at(1)})}
		mine := []store.Pre{store.JobIs{Queue: job.Queue, ID: job.ID, Claim: job.Claim}}
		_, err := e.tryIf(home, mine, next)
		e.is(err, nil)
		_, err = e.tryIf(home, mine, next)
		e.precondition(err, 0)
		e.same("jobs", e.watched(e.at(60)), minutes{"work/a": {60, 0, 1}})
	}},
	{"go with the object, and come along when it moves", func(e *env) {
		home := e.home("ann")
		work, old := e.calendar(home, "work"), e.calendar(home, "old")
		e.write(home, 0, Put(store.Calendar, work, "a", Alarmed("1", "a")), Put(store.Calendar, work, "b", Alarmed("2", "b")))
		e.write(home, 5, store.DeleteObject{Coll: work, Name: "a"},
			store.MoveObject{From: work, FromName: "b", To: old, ToName: "c"})
		e.same("jobs", e.watched(e.at(60)), minutes{"old/c": {0, 0, 0}})
	}},
	{"of an object that is touched may be somebody else's", func(e *env) {
		home := e.home("ann")
		work := e.calendar(home, "work")
		e.write(home, 0, putEvent(work, "a", "1", "a"))
		e.write(home, 3, store.TouchObject{Coll: work, Name: "a"})
		e.same("jobs", e.watched(e.at(60)), minutes{"work/a": {3, 3, 3}})
	}},
	{"of a calendar are all looked at when its defaults change, and when it comes back", func(e *env) {
		home := e.home("ann")
		work, other := e.calendar(home, "work"), e.calendar(home, "other")
		e.book(home, "people")
		prop := store.Prop{Space: "urn:ietf:params:xml:ns:caldav", Local: "default-alarm-vevent-datetime", XML: "<x/>"}
		e.write(home, 1, store.PatchProps{Target: store.OnCollection, Coll: work, Set: []store.Prop{prop}})
		e.write(home, 1, store.PatchProps{Target: store.OnCollection, Coll: other, Set: []store.Prop{{Space: "x", Local: "y", XML: "<x/>"}}})
		e.same("one", e.watched(e.at(60)), minutes{"work/": {1, 1, 1}})
		e.write(home, 2, putEvent(work, "a", "1", "a"), putEvent(other, "a", "1", "a"))
		e.same("object without alarms", e.watched(e.at(60)), minutes{"work/a": {2, 2, 2}})
		e.write(home, 3, store.PatchProps{Target: store.OnCalendarHome, Set: []store.Prop{prop}})
		e.same("all", e.watched(e.at(60)), minutes{"work/": {3, 3, 3}, "other/": {3, 3, 3}})
		e.write(home, 4, store.DeleteCollection{Coll: other})
		e.write(home, 5, store.RestoreCollection{Coll: other})
		e.same("back", e.watched(e.at(60)), minutes{"other/": {5, 5, 5}})
	}},
}
