package main

import "almanac/ical/zone"

// The years of daylight saving rules that are written out for a calendar's time
// zone: clients resolve its name by themselves and need the rules only where
// they do not know it.
const zoneFrom, zoneTo = 1990, 2050

// zoneCalendar returns a time zone as the iCalendar object that CALDAV:calendar-timezone has.
func zoneCalendar(z *zone.Zone) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//almanac//almanac//EN\r\n" +
		string(z.VTimezone(zoneFrom, zoneTo)) +
		"END:VCALENDAR\r\n"
}
