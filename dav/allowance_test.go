package dav_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"almanac/dav"
	"almanac/dav/davtest"
	"almanac/store/memstore"
)

// putSeries stores n events that differ in their UID.
func putSeries(t testing.TB, s *davtest.Server, n int, lines string) {
	t.Helper()
	for i := range n {
		body := fmt.Sprintf("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:%d\r\nDTSTAMP:20200101T000000Z\r\n%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", i, lines)
		if res, _ := s.Do(t, davtest.Request{User: "ann", Method: "PUT", Target: fmt.Sprintf("%s%d.ics", benchCalendar, i), Body: body}); res.Code != http.StatusCreated {
			t.Fatal(res.Code, res.Body)
		}
	}
}

func expandQuery(window string) string {
	return calendarQuery(`<C:calendar-data><C:expand `+window+`/></C:calendar-data>`, `<C:time-range `+window+`/>`)
}

func freeBusyQuery(window string) string {
	return `<C:free-busy-query ` + calendarSpaces + `><C:time-range ` + window + `/></C:free-busy-query>`
}

const (
	oneDay  = `start="20300101T000000Z" end="20300102T000000Z"`
	oneWeek = `start="20300101T000000Z" end="20300108T000000Z"`
	oneYear = `start="20300101T000000Z" end="20310101T000000Z"`
	decades = `start="20200101T000000Z" end="20400101T000000Z"`
)

const (
	eachSecond = "DTSTART:20200101T000000Z\r\nDTEND:20200101T000001Z\r\nRRULE:FREQ=SECONDLY"
	eachDay    = "DTSTART:20200101T000000Z\r\nDTEND:20200101T010000Z\r\nRRULE:FREQ=DAILY"
)

// TestSmallObjectsOfManyInstances: twenty events of two kilobytes that happen each
// second cannot make an answer of gigabytes, or one that takes minutes. What has no
// answer of bounded size is refused, and quickly.
func TestSmallObjectsOfManyInstances(t *testing.T) {
	s := davtest.NewServer(t, memstore.New())
	putSeries(t, s, 20, eachSecond+strings.Repeat("\r\nX-FILLING:"+strings.Repeat("x", 60), 28))
	for _, c := range []struct {
		name, body string
		status     int
		most       uint64 // octets allocated
	}{
		{"expand a day", expandQuery(oneDay), 403, 1 << 20},
		{"expand a year", expandQuery(oneYear), 403, 1 << 20},
		{"free-busy of decades", freeBusyQuery(decades), 403, 8 << 20},
		{"free-busy of a day", freeBusyQuery(oneDay), 200, 8 << 20},
		{"a year of etags", calendarQuery("<getetag/>", `<C:time-range `+oneYear+`/>`), 207, 1 << 20},
		{"a property in no instance", calendarQuery("<getetag/>", `<C:prop-filter name="DTEND"><C:time-range start="19000101T000000Z" end="19100101T000000Z"/></C:prop-filter>`), 207, 1 << 20},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		status, answer := reportOn(t, s, benchCalendar, c.body)
		runtime.ReadMemStats(&after)
		if status != c.status || c.status == 403 && !strings.Contains(answer, "number-of-matches-within-limits") {
			t.Errorf("%s: %d %.300s", c.name, status, answer)
		}
		if strings.Contains(answer, "RRULE") {
			t.Errorf("%s: told unexpanded", c.name)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > c.most {
			t.Errorf("%s: allocated %d octets", c.name, n)
		}
	}
	s.CheckClean(t)
}

// TestAnswerTooLarge: no object alone is too large, but all of them are. A query
// is looked through before its first page goes out; where the client names the
// objects, the answer breaks off, so that nobody takes a part for the whole.
func TestAnswerTooLarge(t *testing.T) {
	s := davtest.NewServer(t, memstore.New())
	putSeries(t, s, 20, eachDay)
	server := s.Handler.(*dav.Server)
	server.SetPage(1000)
	var hrefs strings.Builder
	for i := range 20 {
		fmt.Fprintf(&hrefs, "<href>%s%d.ics</href>", benchCalendar, i)
	}
	query := expandQuery(oneWeek)
	multiget := `<C:calendar-multiget ` + calendarSpaces + `><prop><C:calendar-data><C:expand ` + oneWeek + `/></C:calendar-data></prop>` + hrefs.String() + `</C:calendar-multiget>`
	syncs := `<sync-collection ` + calendarSpaces + `><sync-token/><sync-level>1</sync-level><prop><C:calendar-data><C:expand ` + oneWeek + `/></C:calendar-data></prop></sync-collection>`
	for _, c := range []struct {
		name                     string
		steps, instances, octets int
		body                     string
		status                   int // 0 for an answer that breaks off
	}{
		// A series of seven instances adds six; each is looked at twice.
		{"enough", 1 << 20, 120, 1 << 20, query, 207},
		{"one instance more", 1 << 20, 119, 1 << 20, query, 403},
		{"too many octets", 1 << 20, 120, 10_000, query, 403},
		{"too many steps", 450, 120, 1 << 20, query, 403},
		{"enough for a multiget", 1 << 20, 120, 1 << 20, multiget, 207},
		{"too many for a multiget", 1 << 20, 119, 1 << 20, multiget, 0},
		{"none for a multiget", 1 << 20, 5, 1 << 20, multiget, 403},
		{"enough for a sync", 1 << 20, 120, 1 << 20, syncs, 207},
		{"too many for a sync", 1 << 20, 119, 1 << 20, syncs, 0},
		{"free-busy", 1 << 20, 0, 0, freeBusyQuery(oneWeek), 200},
		{"free-busy of too many steps", 100, 0, 0, freeBusyQuery(oneWeek), 403},
	} {
		server.SetAllowance(c.steps, c.instances, c.octets)
		res, aborted := s.Do(t, davtest.Request{User: "ann", Method: "REPORT", Target: benchCalendar, Header: []string{"Depth: 1"}, Body: c.body})
		answer := res.Body.String()
		switch {
		case aborted != (c.status == 0), !aborted && res.Code != c.status:
			t.Errorf("%s: %d, broken off: %v, %.200s", c.name, res.Code, aborted, answer)
		case res.Code == 403 && (!strings.Contains(answer, "number-of-matches-within-limits") || strings.Contains(answer, "multistatus")):
			t.Errorf("%s: %s", c.name, answer)
		case c.status == 207 && strings.Count(answer, "RECURRENCE-ID:") != 140:
			t.Errorf("%s: %d instances", c.name, strings.Count(answer, "RECURRENCE-ID:"))
		case c.status == 0 && strings.Contains(answer, "</multistatus>"):
			t.Errorf("%s: the part looks whole", c.name)
		}
	}
}

// TestLargeAnswersOfPeople: what a full calendar of a person is asked stays within
// the bounds.
func TestLargeAnswersOfPeople(t *testing.T) {
	s := davtest.NewServer(t, memstore.New())
	putSeries(t, s, 500, eachDay+"\r\nSUMMARY:Stand-up\r\nLOCATION:Room 1")
	for _, c := range []struct {
		name, body string
		status     int
		instances  int
	}{
		{"a week expanded", expandQuery(oneWeek), 207, 500 * 7},
		{"a quarter expanded", expandQuery(`start="20300101T000000Z" end="20300401T000000Z"`), 207, 500 * 90},
		{"two years busy", freeBusyQuery(`start="20300101T000000Z" end="20320101T000000Z"`), 200, 0},
	} {
		status, answer := reportOn(t, s, benchCalendar, c.body)
		if n := strings.Count(answer, "RECURRENCE-ID:"); status != c.status || n != c.instances {
			t.Errorf("%s: %d, %d instances", c.name, status, n)
		}
	}
}
