package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"time"
)

// The seed is the same in every run, so that runs can be compared.
func seeded() *rand.Rand { return rand.New(rand.NewPCG(4791, 6352)) }

// weekStart is the Monday of the week that queries ask for; events lie around it.
var weekStart = time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC)

const stamp = "20260101T000000Z"

const vtimezone = "BEGIN:VTIMEZONE\r\nTZID:Europe/Zurich\r\n" +
	"BEGIN:DAYLIGHT\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\nDTSTART:19700329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\n" +
	"BEGIN:STANDARD\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nDTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\n" +
	"END:VTIMEZONE\r\n"

var topics = []string{"Budget", "Choir", "Dentist", "Football", "Garden", "Handover", "Interview", "Lunch", "Piano lesson", "Review", "School play", "Swimming"}

// A member is one object to be stored.
type member struct {
	name string
	body []byte
}

// events makes a calendar: a fifth of it recurring (yearly birthdays, weekly
// meetings, some that ended), the others spread over four years.
func events(n int) []member {
	rng := seeded()
	rules := []string{"FREQ=YEARLY", "FREQ=YEARLY", "FREQ=WEEKLY;UNTIL=20251231T000000Z", "FREQ=MONTHLY;COUNT=12", "FREQ=WEEKLY;INTERVAL=2"}
	out := make([]member, n)
	for i := range out {
		start := weekStart.AddDate(0, 0, rng.IntN(1460)-730).Add(time.Duration(7+rng.IntN(12)) * time.Hour)
		uid := fmt.Sprintf("bench-event-%06d", i)
		var b bytes.Buffer
		b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//bench//EN\r\n")
		b.WriteString(vtimezone)
		fmt.Fprintf(&b, "BEGIN:VEVENT\r\nUID:%s\r\nDTSTAMP:%s\r\nSEQUENCE:0\r\n", uid, stamp)
		fmt.Fprintf(&b, "DTSTART;TZID=Europe/Zurich:%s\r\nDTEND;TZID=Europe/Zurich:%s\r\n", local(start), local(start.Add(time.Hour)))
		if i%5 == 0 {
			fmt.Fprintf(&b, "RRULE:%s\r\n", rules[i/5%len(rules)])
		}
		fmt.Fprintf(&b, "SUMMARY:%s with person %d\r\nLOCATION:Room %d\r\n", topics[rng.IntN(len(topics))], rng.IntN(500), rng.IntN(40))
		b.WriteString("DESCRIPTION:Bring what was agreed\\, and call ahead when late. The agenda is in the \r\n shared folder.\r\n")
		b.WriteString("BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:Reminder\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
		out[i] = member{uid + ".ics", b.Bytes()}
	}
	return out
}

// endless makes n series without an end that began in 1970: most come once a year,
// some every week, one every day.
func endless(n int) []member {
	rng := seeded()
	out := make([]member, n)
	for i := range out {
		rule := "FREQ=YEARLY"
		switch {
		case i == 0:
			rule = "FREQ=DAILY"
		case i%10 == 0:
			rule = "FREQ=WEEKLY"
		}
		uid := fmt.Sprintf("bench-endless-%06d", i)
		day := time.Date(1970, 1, 1+rng.IntN(365), 8, 0, 0, 0, time.UTC)
		out[i] = member{uid + ".ics", fmt.Appendf(nil, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//bench//EN\r\n%s"+
			"BEGIN:VEVENT\r\nUID:%s\r\nDTSTAMP:%s\r\nDTSTART;TZID=Europe/Zurich:%s\r\nDURATION:PT1H\r\nRRULE:%s\r\nSUMMARY:%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
			vtimezone, uid, stamp, local(day), rule, topics[rng.IntN(len(topics))])}
	}
	return out
}

func local(t time.Time) string { return t.Format("20060102T150405") }

var (
	givenNames  = []string{"Ada", "Bruno", "Chiara", "Dario", "Elif", "Finn", "Greta", "Hugo", "Ines", "Jonas", "Klara", "Luca", "Mira", "Nils", "Olga", "Paul"}
	familyNames = []string{"Ackermann", "Bianchi", "Crettenand", "Dubois", "Egger", "Favre", "Gerber", "Huber", "Imhof", "Jenni", "Keller", "Lanz", "Moser", "Nguyen", "Odermatt", "Pereira"}
)

// endlessCount is how many endless series are queried.
const endlessCount = 5000

// A shelf is one collection that is laid out before measuring.
type shelf struct {
	name     string
	calendar bool
	members  []member
}

// shelves are the collections for the given sizes, and the endless one.
func shelves(sizes []int) []shelf {
	out := []shelf{{"endless", true, endless(endlessCount)}}
	for _, size := range sizes {
		out = append(out, shelf{calendarName(size), true, events(size)}, shelf{bookName(size), false, cards(size)})
	}
	return out
}

func calendarName(size int) string { return fmt.Sprintf("cal%d", size) }
func bookName(size int) string     { return fmt.Sprintf("book%d", size) }

// cards makes an address book of people of whom every name occurs often, and one
// rare word now and then that a search finds.
func cards(n int) []member {
	rng := seeded()
	out := make([]member, n)
	for i := range out {
		given, family := givenNames[rng.IntN(len(givenNames))], familyNames[rng.IntN(len(familyNames))]
		uid := fmt.Sprintf("bench-card-%06d", i)
		var b bytes.Buffer
		fmt.Fprintf(&b, "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%s\r\nN:%s;%s;;;\r\nFN:%s %s\r\n", uid, family, given, given, family)
		fmt.Fprintf(&b, "EMAIL;TYPE=INTERNET,HOME:%s.%s.%d@example.org\r\n", given, family, i)
		fmt.Fprintf(&b, "TEL;TYPE=CELL:+41 79 %03d %02d %02d\r\n", rng.IntN(1000), rng.IntN(100), rng.IntN(100))
		fmt.Fprintf(&b, "ADR;TYPE=HOME:;;Seeweg %d;Bern;;30%02d;Switzerland\r\nORG:Example %d Ltd\r\n", rng.IntN(200), rng.IntN(100), rng.IntN(300))
		if i%500 == 250 {
			b.WriteString("NOTE:Met at the Zytglogge choir\r\n")
		}
		b.WriteString("REV:20260101T000000Z\r\nEND:VCARD\r\n")
		out[i] = member{uid + ".vcf", b.Bytes()}
	}
	return out
}

// joined makes one import file of many objects: for a calendar one VCALENDAR with
// all components, for an address book the cards one behind the other.
func joined(members []member, calendar bool) []byte {
	var b bytes.Buffer
	if calendar {
		b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//bench//EN\r\n" + vtimezone)
	}
	for _, m := range members {
		body := m.body
		if calendar {
			body = body[bytes.Index(body, []byte("BEGIN:VEVENT")):bytes.Index(body, []byte("END:VCALENDAR"))]
		}
		b.Write(body)
	}
	if calendar {
		b.WriteString("END:VCALENDAR\r\n")
	}
	return b.Bytes()
}
