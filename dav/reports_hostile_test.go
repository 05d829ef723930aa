package dav_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"almanac/dav/davtest"
	"almanac/store"
	"almanac/store/memstore"
)

// calendarOf returns ann's calendar.
func calendarOf(t testing.TB, s *davtest.Server) (coll *store.Collection) {
	t.Helper()
	err := s.Store.View(context.Background(), func(snap store.Snapshot) error {
		home, err := snap.HomeByName("ann")
		if err != nil {
			return err
		}
		coll, err = snap.CollectionByName(home.ID, store.Calendar, "calendar")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return coll
}

const calendarSpaces = `xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"`

func calendarQuery(prop, inner string) string {
	return `<C:calendar-query ` + calendarSpaces + `><prop>` + prop + `</prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">` + inner + `</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`
}

func reportOn(t testing.TB, s *davtest.Server, target, body string) (status int, answer string) {
	t.Helper()
	res, aborted := s.Do(t, davtest.Request{User: "ann", Method: "REPORT", Target: target, Header: []string{"Depth: 1"}, Body: body})
	if aborted {
		t.Fatal("the answer was broken off")
	}
	return res.Code, res.Body.String()
}

// TestUnreadableObjectHarmsNoQuery: a stored text that no parser takes, as only a
// damaged disk can bring it about, is told where octets do not matter, matches
// nothing where they do, and leaves its neighbours alone.
func TestUnreadableObjectHarmsNoQuery(t *testing.T) {
	s := davtest.NewServer(t, memstore.New())
	coll := calendarOf(t, s)
	if res, _ := s.Do(t, davtest.Request{User: "ann", Method: "PUT", Target: benchCalendar + "good.ics", Body: object("VEVENT", "good", 1)}); res.Code != http.StatusCreated {
		t.Fatal(res.Code)
	}
	index := store.Index{UID: "bad", Component: "VEVENT", Start: davtest.Now.Unix(), End: davtest.Now.AddDate(1, 0, 0).Unix(), Recurring: true, Weeks: ^uint64(0)}
	_, err := s.Store.Apply(context.Background(), &store.Batch{Home: coll.Home, Ops: []store.Op{
		store.PutObject{Coll: coll.ID, Name: "bad.ics", Body: []byte("BEGIN:VCALENDAR\r\nBEGIN:"), Index: index},
	}})
	if err != nil {
		t.Fatal(err)
	}
	window := `<C:time-range start="20260309T000000Z" end="20260316T000000Z"/>`
	for _, c := range []struct {
		name, body string
		status     int
		good, bad  bool
	}{
		{"by kind", calendarQuery("<getetag/>", ""), 207, true, true},
		{"by time", calendarQuery("<getetag/>", window), 207, true, false},
		{"by words", calendarQuery("<getetag/>", `<C:prop-filter name="SUMMARY"><C:text-match>number</C:text-match></C:prop-filter>`), 207, true, false},
		{"expanded", calendarQuery(`<C:calendar-data><C:expand start="20260309T000000Z" end="20260316T000000Z"/></C:calendar-data>`, ""), 207, true, true},
		{"in part", calendarQuery(`<C:calendar-data><C:comp name="VCALENDAR"/></C:calendar-data>`, ""), 207, true, true},
		{"busy", `<C:free-busy-query ` + calendarSpaces + `>` + window + `</C:free-busy-query>`, 200, false, false},
	} {
		status, answer := reportOn(t, s, benchCalendar, c.body)
		if status != c.status || strings.Contains(answer, "good.ics") != c.good || strings.Contains(answer, "bad.ics") != c.bad {
			t.Errorf("%s: %d\n%s", c.name, status, answer)
		}
	}
}

// TestSeriesWithoutMeasure: an event each second for ever takes bounded time in
// every question, and does not hide other events.
func TestSeriesWithoutMeasure(t *testing.T) {
	s := davtest.NewServer(t, memstore.New())
	for i, rule := range []string{"FREQ=SECONDLY", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", "FREQ=MINUTELY;BYSETPOS=-2", "FREQ=DAILY;COUNT=2000000000"} {
		body := strings.Replace(object("VEVENT", fmt.Sprint(i), i), "SUMMARY", "DTEND:20260310T090001Z\r\nRRULE:"+rule+"\r\nSUMMARY", 1)
		if res, _ := s.Do(t, davtest.Request{User: "ann", Method: "PUT", Target: fmt.Sprintf("%s%d.ics", benchCalendar, i), Body: body}); res.Code != http.StatusCreated {
			t.Fatal(res.Code, res.Body)
		}
	}
	window := `start="20260101T000000Z" end="20360101T000000Z"`
	for name, body := range map[string]string{
		"query":  calendarQuery("<getetag/>", `<C:time-range `+window+`/>`),
		"alarm":  calendarQuery("<getetag/>", `<C:comp-filter name="VALARM"><C:time-range `+window+`/></C:comp-filter>`),
		"expand": calendarQuery(`<C:calendar-data><C:expand `+window+`/></C:calendar-data>`, ""),
		"limit":  calendarQuery(`<C:calendar-data><C:limit-recurrence-set `+window+`/></C:calendar-data>`, ""),
		"busy":   `<C:free-busy-query ` + calendarSpaces + `><C:time-range ` + window + `/></C:free-busy-query>`,
	} {
		status, answer := reportOn(t, s, benchCalendar, body)
		if name == "expand" || name == "busy" {
			// Neither has an answer that is true and small.
			if status != http.StatusForbidden || !strings.Contains(answer, "number-of-matches-within-limits") {
				t.Errorf("%s: %d %.300s", name, status, answer)
			}
			continue
		}
		if status != http.StatusMultiStatus {
			t.Errorf("%s: %d", name, status)
		}
		if name == "query" && !strings.Contains(answer, "3.ics") {
			t.Errorf("%s: the daily event is missing", name)
		}
	}
}

// TestLargeFilters: a filter is bounded, however it grows.
func TestLargeFilters(t *testing.T) {
	s := davtest.NewServer(t, memstore.New())
	prop := `<C:prop-filter name="SUMMARY"><C:text-match>number</C:text-match></C:prop-filter>`
	for name, c := range map[string]struct {
		body   string
		status int
		tells  string
	}{
		"wide":        {calendarQuery("<getetag/>", strings.Repeat(prop, 10_000)), 403, "supported-filter"},
		"deep":        {calendarQuery("<getetag/>", strings.Repeat(`<C:comp-filter name="X-A">`, 500)+strings.Repeat(`</C:comp-filter>`, 500)), 413, "levels"},
		"long needle": {calendarQuery("<getetag/>", `<C:prop-filter name="SUMMARY"><C:text-match>`+strings.Repeat("é", 100_000)+`</C:text-match></C:prop-filter>`), 207, ""},
		"names":       {`<C:calendar-query ` + calendarSpaces + `><prop>` + strings.Repeat("<getetag/>", 50_000) + `</prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>`, 207, ""},
	} {
		status, answer := reportOn(t, s, benchCalendar, c.body)
		if status != c.status || !strings.Contains(answer, c.tells) {
			t.Errorf("%s: %d %.300s", name, status, answer)
		}
	}
}

// FuzzReport sends any body as a report: the answer has one of the statuses that
// there are for it, and nothing breaks off.
func FuzzReport(f *testing.F) {
	for _, body := range []string{
		calendarQuery(`<C:calendar-data><C:expand start="20260309T000000Z" end="20260316T000000Z"/></C:calendar-data>`, `<C:time-range start="20260309T000000Z"/>`),
		calendarQuery(`<getetag/>`, `<C:prop-filter name="SUMMARY"><C:text-match collation="i;octet" negate-condition="yes">n</C:text-match><C:param-filter name="X"><C:is-not-defined/></C:param-filter></C:prop-filter>`),
		`<C:calendar-multiget ` + calendarSpaces + `><prop><getetag/></prop><href>` + benchCalendar + `1.ics</href><href>%zz</href></C:calendar-multiget>`,
		`<sync-collection xmlns="DAV:"><sync-token/><limit><nresults>1</nresults></limit><prop><getetag/></prop></sync-collection>`,
		`<C:free-busy-query ` + calendarSpaces + `><C:time-range start="20260309T000000Z" end="20260316T000000Z"/></C:free-busy-query>`,
		`<expand-property xmlns="DAV:"><property name="owner"><property name="calendar-home-set" namespace="urn:ietf:params:xml:ns:caldav"/></property></expand-property>`,
		`<principal-match xmlns="DAV:"><principal-property><owner/></principal-property></principal-match>`,
		`<acl-principal-prop-set xmlns="DAV:"><prop><displayname/></prop></acl-principal-prop-set>`,
		`<C:calendar-query ` + calendarSpaces + `><C:timezone>BEGIN:VCALENDAR</C:timezone><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>`,
	} {
		f.Add(body)
	}
	s := davtest.NewServer(f, memstore.New())
	for i := range 3 {
		s.Do(f, davtest.Request{User: "ann", Method: "PUT", Target: fmt.Sprintf("%s%d.ics", benchCalendar, i), Body: object("VEVENT", fmt.Sprint(i), i)})
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, target := range []string{benchCalendar, benchCalendar + "1.ics", benchBook, "/dav/calendars/ann/", "/dav/principals/ann/"} {
			switch status, answer := reportOn(t, s, target, body); status {
			case 200, 207, 400, 403, 404, 413:
			default:
				t.Fatalf("%s: %d %s", target, status, answer)
			}
		}
	})
}
