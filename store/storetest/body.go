package storetest

import (
	"fmt"
	"strings"
	"time"

	"almanac/store"
)

// A Span of an invented calendar object.
type span struct {
	component  string // VEVENT or VTODO
	start, end time.Time
	rule       string // RRULE, or ""
}

func day(month time.Month, day int) time.Time {
	return time.Date(2026, month, day, 10, 0, 0, 0, time.UTC)
}

// Event returns the text of an event on the tenth of March 2026.
func Event(uid, text string) []byte {
	return calendarObject(uid, text, span{"VEVENT", day(3, 10), day(3, 10).Add(time.Hour), ""})
}

func calendarObject(uid, text string, s span) []byte {
	const layout = "20060102T150405Z"
	lines := []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example.org//storetest//EN",
		"BEGIN:" + s.component, "UID:" + uid, "DTSTAMP:20260301T090000Z", "SUMMARY:" + text,
	}
	if !s.start.IsZero() {
		lines = append(lines, "DTSTART:"+s.start.Format(layout))
	}
	if !s.end.IsZero() {
		end := "DTEND:"
		if s.component == "VTODO" {
			end = "DUE:"
		}
		lines = append(lines, end+s.end.Format(layout))
	}
	if s.rule != "" {
		lines = append(lines, "RRULE:"+s.rule)
	}
	lines = append(lines, "END:"+s.component, "END:VCALENDAR", "")
	return []byte(strings.Join(lines, "\r\n"))
}

// Card returns the text of a card.
func Card(uid, name string) []byte {
	return fmt.Appendf(nil, "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%s\r\nFN:%s\r\nN:%s;;;;\r\nEND:VCARD\r\n", uid, name, name)
}

// Put returns the operation that writes a body, with its index.
func Put(kind store.Kind, c store.CollID, name string, body []byte) store.PutObject {
	x, err := store.IndexOf(kind, body)
	if err != nil {
		panic(fmt.Sprintf("storetest: index of %q: %v", body, err))
	}
	return store.PutObject{Coll: c, Name: name, Body: body, Index: x}
}

func putEvent(c store.CollID, name, uid, text string) store.PutObject {
	return Put(store.Calendar, c, name, Event(uid, text))
}

func putCard(c store.CollID, name, uid, fn string) store.PutObject {
	return Put(store.AddressBook, c, name, Card(uid, fn))
}
