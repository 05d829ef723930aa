package main

import (
	"fmt"
	"regexp"
	"strings"
)

// A workload is one kind of request, as a client sends it again and again.
type workload struct {
	name string
	goal float64 // times the floor's cost that almanac may take; 0: none is set
	// requests builds what is sent to a target that holds size objects in each
	// collection. They do not change anything there.
	requests func(t *target, size int) ([]request, error)
	own      int // objects of a collection of its own; 0: one of those of the sizes
}

const (
	davNS = `xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CR="urn:ietf:params:xml:ns:carddav" xmlns:CS="http://calendarserver.org/ns/"`
	xmlV  = `<?xml version="1.0" encoding="utf-8"?>` + "\n"
	xmlCT = "application/xml; charset=utf-8"
	week  = `start="20260615T000000Z" end="20260622T000000Z"`
)

// fixed is a workload of one request on one of the two collections.
func fixed(calendar bool, method, depth string, status int, body string) func(*target, int) ([]request, error) {
	return func(t *target, size int) ([]request, error) {
		headers := []string{"Content-Type", xmlCT}
		if depth != "" {
			headers = append(headers, "Depth", depth)
		}
		return []request{{method: method, path: t.collection(calendar, size), headers: headers, body: xmlV + body, want: status}}, nil
	}
}

var workloads = []workload{
	{name: "idle poll", goal: 3, requests: fixed(true, "PROPFIND", "0", 207,
		`<D:propfind `+davNS+`><D:prop><CS:getctag/><D:sync-token/></D:prop></D:propfind>`)},
	{name: "delta after one change", goal: 3, requests: delta},
	{name: "listing", goal: 3, requests: fixed(true, "PROPFIND", "1", 207,
		`<D:propfind `+davNS+`><D:prop><D:resourcetype/><D:getetag/><D:getcontenttype/></D:prop></D:propfind>`)},
	{name: "first sync, list", goal: 3, requests: fixed(true, "REPORT", "0", 207,
		`<D:sync-collection `+davNS+`><D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>`)},
	{name: "multiget of 10", goal: 3, requests: multiget},
	{name: "GET", goal: 3, requests: gets},
	{name: "week, etags", goal: 5, requests: fixed(true, "REPORT", "1", 207, weekQuery(`<D:getetag/>`))},
	{name: "week, data", goal: 5, requests: fixed(true, "REPORT", "1", 207, weekQuery(`<D:getetag/><C:calendar-data/>`))},
	{name: "week, expanded", goal: 10, requests: fixed(true, "REPORT", "1", 207, weekQuery(`<D:getetag/><C:calendar-data><C:expand `+week+`/></C:calendar-data>`))},
	{name: "free-busy, week", goal: 10, requests: fixed(true, "REPORT", "1", 200,
		`<C:free-busy-query `+davNS+`><C:time-range `+week+`/></C:free-busy-query>`)},
	{name: "endless series, a week of 2090", goal: 5, own: endlessCount, requests: endlessQuery(`start="20900612T000000Z" end="20900619T000000Z"`)},
	{name: "endless series, one day", goal: 5, own: endlessCount, requests: endlessQuery(`start="20260615T000000Z" end="20260616T000000Z"`)},
	{name: "text search, cards", goal: 5, requests: fixed(false, "REPORT", "1", 207,
		`<CR:addressbook-query `+davNS+`><D:prop><D:getetag/><CR:address-data/></D:prop><CR:filter><CR:prop-filter name="NOTE"><CR:text-match collation="i;unicode-casemap" match-type="contains">zytglogge</CR:text-match></CR:prop-filter></CR:filter></CR:addressbook-query>`)},
	{name: "text search, events", goal: 5, requests: fixed(true, "REPORT", "1", 207,
		`<C:calendar-query `+davNS+`><D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:prop-filter name="SUMMARY"><C:text-match>with person 123</C:text-match></C:prop-filter></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`)},
}

func endlessQuery(window string) func(*target, int) ([]request, error) {
	return func(t *target, _ int) ([]request, error) {
		return []request{{method: "REPORT", path: t.path(true, "endless"), want: 207, headers: []string{"Content-Type", xmlCT, "Depth", "1"},
			body: xmlV + strings.ReplaceAll(weekQuery(`<D:getetag/>`), week, window)}}, nil
	}
}

func weekQuery(props string) string {
	return `<C:calendar-query ` + davNS + `><D:prop>` + props + `</D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range ` + week + `/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`
}

func gets(t *target, size int) ([]request, error) {
	members := events(size)
	var out []request
	for i := 0; i < size; i += max(1, size/50) {
		out = append(out, request{method: "GET", path: t.collection(true, size) + members[i].name, want: 200})
	}
	return out, nil
}

func multiget(t *target, size int) ([]request, error) {
	members := events(size)
	path := t.collection(true, size)
	var out []request
	for first := 0; first+10 <= size; first += max(10, size/20) {
		var b strings.Builder
		b.WriteString(xmlV + `<C:calendar-multiget ` + davNS + `><D:prop><D:getcontenttype/><D:getetag/><C:calendar-data/></D:prop>`)
		for i := first; i < first+10; i++ {
			b.WriteString("<D:href>" + path + members[i].name + "</D:href>")
		}
		b.WriteString(`</C:calendar-multiget>`)
		out = append(out, request{method: "REPORT", path: path, headers: []string{"Content-Type", xmlCT}, body: b.String(), want: 207})
	}
	return out, nil
}

var tokenElement = regexp.MustCompile(`sync-token>([^<]+)</`)

// delta learns the token, changes one member, and then asks for what changed.
func delta(t *target, size int) ([]request, error) {
	path := t.collection(true, size)
	a, err := t.do(request{method: "PROPFIND", path: path, headers: []string{"Content-Type", xmlCT, "Depth", "0"}, want: 207,
		body: xmlV + `<D:propfind ` + davNS + `><D:prop><D:sync-token/></D:prop></D:propfind>`})
	if err != nil {
		return nil, err
	}
	token := tokenElement.FindSubmatch(a.body)
	if token == nil {
		return nil, fmt.Errorf("%s: no sync-token in %.300s", t.name, a.body)
	}
	m := events(size)[size/2]
	body := strings.Replace(string(m.body), "SEQUENCE:0", "SEQUENCE:1", 1)
	if _, err := t.do(request{method: "PUT", path: path + m.name, headers: []string{"Content-Type", "text/calendar; charset=utf-8"}, body: body}); err != nil {
		return nil, err
	}
	return fixed(true, "REPORT", "0", 207, `<D:sync-collection `+davNS+`><D:sync-token>`+string(token[1])+
		`</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>`)(t, size)
}
