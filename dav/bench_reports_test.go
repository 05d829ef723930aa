package dav_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"almanac/dav"
	"almanac/dav/davtest"
	"almanac/store"
)

// A fullServer is a server over boltstore with a full calendar and address book,
// made once for each size.
type fullServer struct {
	*davtest.Server
	n int
}

var fullServers = struct {
	sync.Mutex
	by map[int]*fullServer
}{by: map[int]*fullServer{}}

// full returns a server whose calendar has n events, a fifth of them recurring,
// over four years, and whose address book has n cards.
func full(b *testing.B, n int) *fullServer {
	fullServers.Lock()
	defer fullServers.Unlock()
	if s := fullServers.by[n]; s != nil {
		return s
	}
	s := &fullServer{davtest.NewServer(benchTB{b}, davtest.OpenBolt(benchTB{b})), n}
	fullServers.by[n] = s
	var home store.HomeID
	colls := map[store.Kind]store.CollID{}
	err := s.Store.View(context.Background(), func(snap store.Snapshot) error {
		h, err := snap.HomeByName("ann")
		if err != nil {
			return err
		}
		home = h.ID
		for kind, name := range map[store.Kind]string{store.Calendar: "calendar", store.AddressBook: "contacts"} {
			c, err := snap.CollectionByName(home, kind, name)
			if err != nil {
				return err
			}
			colls[kind] = c.ID
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for from := 0; from < n; from += 1000 {
		batch := &store.Batch{Home: home, At: davtest.Now}
		for i := from; i < min(n, from+1000); i++ {
			for kind, body := range map[store.Kind][]byte{store.Calendar: fullEvent(i), store.AddressBook: fullCard(i)} {
				x, err := store.IndexOf(kind, body)
				if err != nil {
					b.Fatal(err)
				}
				batch.Ops = append(batch.Ops, store.PutObject{Coll: colls[kind], Name: fullName(kind, i), Body: body, Index: x})
			}
		}
		if _, err := s.Store.Apply(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// benchTB keeps a server that several benchmarks share from being closed after the
// first: what is cleaned up is left to the end of the process.
type benchTB struct{ *testing.B }

func (benchTB) Cleanup(func())      {}
func (benchTB) Logf(string, ...any) {}

func (benchTB) TempDir() string {
	dir, err := os.MkdirTemp("", "almanac-bench")
	if err != nil {
		panic(err)
	}
	benchDirs = append(benchDirs, dir)
	return dir
}

var benchDirs []string

func TestMain(m *testing.M) {
	code := m.Run()
	for _, dir := range benchDirs {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

func fullName(kind store.Kind, i int) string {
	if kind == store.Calendar {
		return fmt.Sprintf("%08d.ics", i*7919%100_000_000)
	}
	return fmt.Sprintf("%08d.vcf", i*7919%100_000_000)
}

func fullEvent(i int) []byte {
	day := davtest.Now.AddDate(0, 0, i*37%1460-730)
	rule := ""
	if i%5 == 0 {
		rule = []string{
			"RRULE:FREQ=WEEKLY;COUNT=10\r\n", "RRULE:FREQ=YEARLY\r\n", "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20300101T000000Z\r\n", "RRULE:FREQ=MONTHLY;BYDAY=1FR\r\n",
		}[i/5%4]
	}
	return fmt.Appendf(nil, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//bench//EN\r\n"+
		"BEGIN:VTIMEZONE\r\nTZID:Europe/Zurich\r\nBEGIN:DAYLIGHT\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\nDTSTART:19700329T020000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\n"+
		"BEGIN:STANDARD\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nDTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"+
		"BEGIN:VEVENT\r\nUID:%d-event@example.org\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Europe/Zurich:%sT%02d0000\r\nDTEND;TZID=Europe/Zurich:%sT%02d3000\r\n%s"+
		"SUMMARY:Meeting number %d about %s\r\nLOCATION:Room %d\r\nDESCRIPTION:What was agreed last time\\, and what is open.\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Soon\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
		i, day.Format("20060102"), 8+i%10, day.Format("20060102"), 8+i%10, rule, i, benchWord(i), i%40)
}

func fullCard(i int) []byte {
	return fmt.Appendf(nil, "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%d-card@example.org\r\nFN:%s Example%d\r\nN:Example%d;%s;;;\r\nORG:Example Works\r\nEMAIL;TYPE=HOME:%s%d@example.org\r\nTEL;TYPE=CELL:+41 44 %07d\r\nADR;TYPE=HOME:;;Main Street %d;Zurich;;8000;Switzerland\r\nNOTE:Met at the conference\\, likes tea.\r\nREV:20260101T000000Z\r\nEND:VCARD\r\n",
		i, benchWord(i), i, i, benchWord(i), strings.ToLower(benchWord(i)), i, i*7919%10_000_000, i%200)
}

func benchWord(i int) string {
	return []string{"Ann", "Bruno", "Carla", "Dmitri", "Eva", "Fritz", "Gwen", "Hector"}[i%8]
}

// report measures a REPORT through ServeHTTP.
func (s *fullServer) report(b *testing.B, target, body string, status int) {
	b.Helper()
	q := newBenchRequest("REPORT", target, body, "Depth", "1")
	q.send(b, s.Server, status)
	b.ReportAllocs()
	for b.Loop() {
		q.send(b, s.Server, status)
	}
	b.ReportMetric(float64(q.sink.octets), "octets/op")
}

const (
	benchBook   = "/dav/addressbooks/ann/contacts/"
	benchSpaces = `xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:R="urn:ietf:params:xml:ns:carddav"`
)

func BenchmarkMultiget10(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint("of=", n), func(b *testing.B) {
			s := full(b, n)
			var hrefs strings.Builder
			for i := range 10 {
				fmt.Fprintf(&hrefs, "<href>%s%s</href>", benchCalendar, fullName(store.Calendar, i*97))
			}
			s.report(b, benchCalendar, `<C:calendar-multiget `+benchSpaces+`><prop><getcontenttype/><getetag/><C:calendar-data/></prop>`+hrefs.String()+`</C:calendar-multiget>`, http.StatusMultiStatus)
		})
	}
}

func BenchmarkDeltaOf1(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint("in=", n), func(b *testing.B) {
			s := full(b, n)
			token := benchToken(b, s, n-1)
			s.report(b, benchCalendar, `<sync-collection `+benchSpaces+`><sync-token>`+token+`</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>`, http.StatusMultiStatus)
		})
	}
}

// benchToken is the calendar's token at another revision.
func benchToken(b *testing.B, s *fullServer, rev int) string {
	res, _ := s.Do(b, davtest.Request{User: "ann", Method: "PROPFIND", Target: benchCalendar, Header: []string{"Depth: 0"}, Body: `<propfind xmlns="DAV:"><prop><sync-token/></prop></propfind>`})
	_, token, _ := strings.Cut(res.Body.String(), "sync-token>")
	token, _, _ = strings.Cut(token, "<")
	at := strings.LastIndexByte(token, ':')
	return token[:at+1] + base36(rev)
}

func base36(n int) string {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyz"
	if n < 36 {
		return digits[n : n+1]
	}
	return base36(n/36) + digits[n%36:n%36+1]
}

// BenchmarkFirstSync wants the memory of a page, whatever the calendar holds.
func BenchmarkFirstSync(b *testing.B) {
	for _, n := range []int{10_000, 50_000} {
		b.Run(fmt.Sprint("of=", n), func(b *testing.B) {
			full(b, n).report(b, benchCalendar, `<sync-collection `+benchSpaces+`><sync-token/><sync-level>1</sync-level><prop><getetag/><C:calendar-data/></prop></sync-collection>`, http.StatusMultiStatus)
		})
	}
}

// BenchmarkFirstSyncList is a first sync that asks for entity tags alone.
func BenchmarkFirstSyncList(b *testing.B) {
	full(b, 10_000).report(b, benchCalendar, `<sync-collection `+benchSpaces+`><sync-token/><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>`, http.StatusMultiStatus)
}

const benchWeek = `start="20260302T000000Z" end="20260309T000000Z"`

func BenchmarkWeek(b *testing.B) {
	for name, prop := range map[string]string{
		"etags":  `<getetag/>`,
		"data":   `<getetag/><C:calendar-data/>`,
		"expand": `<getetag/><C:calendar-data><C:expand ` + benchWeek + `/></C:calendar-data>`,
	} {
		b.Run(name, func(b *testing.B) {
			full(b, 10_000).report(b, benchCalendar, `<C:calendar-query `+benchSpaces+`><prop>`+prop+`</prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range `+benchWeek+`/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`, http.StatusMultiStatus)
		})
	}
}

func BenchmarkFreeBusyWeek(b *testing.B) {
	full(b, 10_000).report(b, benchCalendar, `<C:free-busy-query `+benchSpaces+`><C:time-range `+benchWeek+`/></C:free-busy-query>`, http.StatusOK)
}

// BenchmarkColdWeek is the first question after a start: nothing is remembered.
func BenchmarkColdWeek(b *testing.B) {
	for name, body := range map[string]string{
		"etags":     `<C:calendar-query ` + benchSpaces + `><prop><getetag/></prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range ` + benchWeek + `/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`,
		"free-busy": `<C:free-busy-query ` + benchSpaces + `><C:time-range ` + benchWeek + `/></C:free-busy-query>`,
	} {
		b.Run(name, func(b *testing.B) {
			s := full(b, 10_000)
			status := http.StatusMultiStatus
			if name == "free-busy" {
				status = http.StatusOK
			}
			q := newBenchRequest("REPORT", benchCalendar, body, "Depth", "1")
			for b.Loop() {
				s.Handler.(*dav.Server).ForgetSeries()
				q.send(b, s.Server, status)
			}
			b.ReportMetric(float64(s.Handler.(*dav.Server).SeriesKept()), "series")
		})
	}
}

// BenchmarkEndless asks 5 000 series without an end for a day and a week of 2090.
func BenchmarkEndless(b *testing.B) {
	s := davtest.NewServer(benchTB{b}, davtest.OpenBolt(benchTB{b}))
	putSeries(b, s, 1, "DTSTART;TZID=Europe/Zurich:19700101T080000\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY")
	batch := &store.Batch{Home: 1, At: davtest.Now}
	for i := range 5000 {
		rule := "YEARLY"
		if i%10 == 0 {
			rule = "WEEKLY"
		}
		body := fmt.Appendf(nil, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//bench//EN\r\nBEGIN:VEVENT\r\nUID:%d-endless\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Europe/Zurich:%sT080000\r\nDURATION:PT1H\r\nRRULE:FREQ=%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
			i, davtest.Now.AddDate(-56, 0, i*37%365).Format("20060102"), rule)
		x, err := store.IndexOf(store.Calendar, body)
		if err != nil {
			b.Fatal(err)
		}
		batch.Ops = append(batch.Ops, store.PutObject{Coll: 1, Name: fmt.Sprint(i, "-endless.ics"), Body: body, Index: x})
	}
	if _, err := s.Store.Apply(context.Background(), batch); err != nil {
		b.Fatal(err)
	}
	f := &fullServer{s, 5000}
	for name, end := range map[string]string{"day": "16", "week": "22"} {
		b.Run(name, func(b *testing.B) {
			f.report(b, benchCalendar, `<C:calendar-query `+benchSpaces+`><prop><getetag/></prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range start="20900615T000000Z" end="209006`+end+`T000000Z"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`, http.StatusMultiStatus)
		})
	}
}

func BenchmarkTextSearch(b *testing.B) {
	b.Run("cards", func(b *testing.B) {
		full(b, 10_000).report(b, benchBook, `<R:addressbook-query `+benchSpaces+`><prop><getetag/><R:address-data/></prop><R:filter><R:prop-filter name="FN"><R:text-match>example77</R:text-match></R:prop-filter></R:filter></R:addressbook-query>`, http.StatusMultiStatus)
	})
	b.Run("events", func(b *testing.B) {
		full(b, 10_000).report(b, benchCalendar, `<C:calendar-query `+benchSpaces+`><prop><getetag/><C:calendar-data/></prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:prop-filter name="SUMMARY"><C:text-match>number 77</C:text-match></C:prop-filter></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`, http.StatusMultiStatus)
	})
}

// BenchmarkFirstTextSearch is the first search after a start: the index is made.
func BenchmarkFirstTextSearch(b *testing.B) {
	for name, at := range map[string]string{"cards": benchBook, "events": benchCalendar} {
		b.Run(name, func(b *testing.B) {
			s := full(b, 10_000)
			body := `<R:addressbook-query ` + benchSpaces + `><prop><getetag/></prop><R:filter><R:prop-filter name="FN"><R:text-match>example7777</R:text-match></R:prop-filter></R:filter></R:addressbook-query>`
			if at == benchCalendar {
				body = `<C:calendar-query ` + benchSpaces + `><prop><getetag/></prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:prop-filter name="SUMMARY"><C:text-match>number 7777</C:text-match></C:prop-filter></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`
			}
			q := newBenchRequest("REPORT", at, body, "Depth", "1")
			b.ReportAllocs()
			for b.Loop() {
				s.Handler.(*dav.Server).ForgetWords()
				q.send(b, s.Server, http.StatusMultiStatus)
			}
		})
	}
}
