// Package remind knows which alarm goes off when, and sees to it that people hear of
// it until they stop it.
//
// # What goes off
//
// The alarms of an object are the VALARMs in it as one person sees it: the owner those
// that are stored, somebody with whom the calendar is shared only alarms of their own.
// Components without any have the default alarms of their calendar or account
// (defaults.go). [NewAgenda] reads them, and tells what goes off within a stretch of
// time and when the next one does; it is pure.
//
// An alarm may insist: by X-ALMANAC-INSIST in it, or by its calendar's default. It then
// goes off again and again after its trigger, until it is stopped, or triggers anew.
//
// Stopping is what RFC 9074 section 6 says: ACKNOWLEDGED in the alarm, a moment; what
// was triggered up to then is silent, with its repetitions. Phones write it when
// somebody dismisses an alarm, and so does [Service.Stop]. Thunderbird writes
// X-MOZ-LASTACK into the component, which means the same for all its alarms.
//
// # When it is looked at
//
// The store has a job for each object in which something may go off, written with the
// object ([store.AlarmQueue]). [Service.Run] takes those that are due, works out what
// went off since the last look, and writes what is to be told into the outbox together
// with the moment of the next look: one batch, which holds only while nobody else has
// written the object. So nothing is told twice because of a restart, and nothing is
// missed because of a change. The message has its identity from the alarm and the
// moment; it is told at least once.
//
// What is due within the next seconds is looked at beforehand, so that many things that
// go off at once are told at once (ahead.go).
//
// What could not be told in time goes out late while it is of use: for a while, and as
// long as the event lasts or the task is not done.
package remind
