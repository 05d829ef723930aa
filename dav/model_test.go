package dav_test

import (
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"almanac/dav/davtest"
	"almanac/store"
	"almanac/store/memstore"
)

// TestModel sends random requests and compares each answer, and what is there
// afterwards, with a model of what RFC 4918, RFC 4791 and RFC 6352 say about them.
func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := newModel(t, rt)
		m.mkcalendar(rt)
		actions := map[string]func(*rapid.T){
			"PUT":        m.put,
			"PUT more":   m.put,
			"DELETE":     m.delete,
			"COPY":       func(rt *rapid.T) { m.transfer(rt, false) },
			"MOVE":       func(rt *rapid.T) { m.transfer(rt, true) },
			"PROPPATCH":  m.proppatch,
			"MKCALENDAR": m.mkcalendar,
			"": func(rt *rapid.T) {
				if rapid.IntRange(0, 4).Draw(rt, "look") == 0 {
					m.compare(rt)
				}
			},
		}
		for range 3 {
			rt.Repeat(actions)
			m.rename(rt)
			m.drop(rt)
		}
		m.compare(rt)
		m.server.CheckClean(t)
	})
}

// A model is what the server should hold: collections by path, members by name.
type model struct {
	t      *testing.T
	server *davtest.Server
	colls  map[string]*modelColl
}

type modelColl struct {
	takes   string // component
	members map[string]modelMember
}

type modelMember struct{ kind, uid, etag, note string }

func newModel(t *testing.T, rt *rapid.T) *model {
	return &model{t: t, server: davtest.NewServer(t, memstore.New()), colls: map[string]*modelColl{
		"/dav/calendars/ann/calendar/":    {"VEVENT", map[string]modelMember{}},
		"/dav/calendars/ann/tasks/":       {"VTODO", map[string]modelMember{}},
		"/dav/addressbooks/ann/contacts/": {"VCARD", map[string]modelMember{}},
	}}
}

var (
	modelColls = []string{
		"/dav/calendars/ann/calendar/", "/dav/calendars/ann/tasks/", "/dav/calendars/ann/extra/",
		"/dav/addressbooks/ann/contacts/", "/dav/calendars/ann/nowhere/",
	}
	modelNames = []string{"a", "b.ics", "c@d"}
)

func (m *model) do(rt *rapid.T, q davtest.Request) *http.Response {
	q.User = "ann"
	rt.Logf("%s %s %v", q.Method, q.Target, q.Header)
	res, _ := m.server.Do(m.t, q)
	return res.Result()
}

// want fails unless the status is that.
func want(rt *rapid.T, res *http.Response, status int) {
	if res.StatusCode != status {
		rt.Fatalf("status %d, want %d", res.StatusCode, status)
	}
}

// member draws where a member may be, most often in a task list.
func member(rt *rapid.T) (coll, name string) {
	often := []int{0, 1, 1, 1, 1, 2, 2, 3, 3, 4}
	return modelColls[rapid.SampledFrom(often).Draw(rt, "collection")], rapid.SampledFrom(modelNames).Draw(rt, "name")
}

// condition draws conditional headers and tells whether they hold for a member
// with that entity tag, "" if there is none.
func condition(rt *rapid.T, etag string) (header []string, holds bool) {
	current := etag
	if current == "" {
		current = `"none"`
	}
	switch rapid.IntRange(0, 14).Draw(rt, "condition") {
	case 0:
		return []string{"If-Match: *"}, etag != ""
	case 1:
		return []string{"If-None-Match: *"}, etag == ""
	case 2:
		return []string{`If-Match: "stale", ` + current}, etag != ""
	case 3:
		return []string{`If-Match: "stale"`}, false
	case 4:
		return []string{"If-None-Match: W/" + current}, etag == ""
	case 5:
		return []string{`If: (["stale"]) ([` + current + `] Not <DAV:no-lock>)`}, etag != ""
	case 6:
		return []string{`If: (Not [` + current + `])`}, etag == ""
	}
	return nil, true
}

func object(kind, uid string, n int) string {
	if kind == "VCARD" {
		return fmt.Sprintf("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%s\r\nFN:Number %d\r\nEND:VCARD\r\n", uid, n)
	}
	start := ""
	if kind == "VEVENT" {
		start = "DTSTART:20260310T090000Z\r\n"
	}
	return fmt.Sprintf("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:%s\r\nUID:%s\r\n%sSUMMARY:Number %d\r\nEND:%s\r\nEND:VCALENDAR\r\n", kind, uid, start, n, kind)
}

// taken tells whether another member of the collection has the UID.
func (c *modelColl) taken(uid, except string) bool {
	for name, o := range c.members {
		if o.uid == uid && name != except {
			return true
		}
	}
	return false
}

func (m *model) put(rt *rapid.T) {
	path, name := member(rt)
	kind := rapid.SampledFrom([]string{"", "", "", "", "", "VEVENT", "VTODO", "VCARD"}).Draw(rt, "kind")
	if c := m.colls[path]; kind == "" && c != nil {
		kind = c.takes
	}
	uid := rapid.SampledFrom([]string{"u1", "u2", "u3"}).Draw(rt, "uid")
	body := object(kind, uid, rapid.IntRange(0, 3).Draw(rt, "version"))
	c := m.colls[path]
	old := modelMember{}
	if c != nil {
		old = c.members[name]
	}
	header, holds := condition(rt, old.etag)
	res := m.do(rt, davtest.Request{Method: "PUT", Target: path + name, Header: header, Body: body})
	switch {
	case c == nil:
		want(rt, res, http.StatusConflict)
	case !holds:
		want(rt, res, http.StatusPreconditionFailed)
	case kind != c.takes, c.taken(uid, name), old.etag != "" && old.uid != uid:
		want(rt, res, http.StatusForbidden)
	default:
		status := http.StatusCreated
		if old.etag != "" {
			status = http.StatusNoContent
		}
		want(rt, res, status)
		c.members[name] = modelMember{kind, uid, store.ETagOf([]byte(body)), old.note}
		if got := res.Header.Get("ETag"); got != c.members[name].etag {
			rt.Fatalf("ETag %s, want %s", got, c.members[name].etag)
		}
	}
}

func (m *model) delete(rt *rapid.T) {
	path, name := m.existing(rt)
	c := m.colls[path]
	if c == nil {
		c = &modelColl{}
	}
	header, holds := condition(rt, c.members[name].etag)
	res := m.do(rt, davtest.Request{Method: "DELETE", Target: path + name, Header: header})
	switch {
	case c.members[name].etag == "":
		want(rt, res, http.StatusNotFound)
	case !holds:
		want(rt, res, http.StatusPreconditionFailed)
	default:
		want(rt, res, http.StatusNoContent)
		delete(c.members, name)
	}
}

// existing draws a member that is there, if there is one, most of the time.
func (m *model) existing(rt *rapid.T) (coll, name string) {
	coll, name = member(rt)
	var there [][2]string
	for path, c := range m.colls {
		for name := range c.members {
			there = append(there, [2]string{path, name})
		}
	}
	slices.SortFunc(there, func(a, b [2]string) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) })
	if len(there) > 0 && rapid.IntRange(0, 5).Draw(rt, "known") > 0 {
		at := rapid.SampledFrom(there).Draw(rt, "member")
		return at[0], at[1]
	}
	return coll, name
}

func (m *model) transfer(rt *rapid.T, move bool) {
	fromPath, fromName := m.existing(rt)
	toPath, toName := member(rt)
	if rapid.Bool().Draw(rt, "among the lists") {
		toPath = rapid.SampledFrom(modelColls[1:3]).Draw(rt, "list")
	}
	overwrite := rapid.SampledFrom([]string{"", "T", "F"}).Draw(rt, "overwrite")
	from, to := m.colls[fromPath], m.colls[toPath]
	var o modelMember
	if from != nil {
		o = from.members[fromName]
	}
	header, holds := condition(rt, o.etag)
	header = append(header, "Destination: "+toPath+toName)
	if overwrite != "" {
		header = append(header, "Overwrite: "+overwrite)
	}
	method := map[bool]string{false: "COPY", true: "MOVE"}[move]
	res := m.do(rt, davtest.Request{Method: method, Target: fromPath + fromName, Header: header})
	except := ""
	if move && from == to {
		except = fromName
	}
	sameKind := strings.HasPrefix(fromPath, "/dav/calendars/") == strings.HasPrefix(toPath, "/dav/calendars/")
	switch {
	case o.etag == "":
		want(rt, res, http.StatusNotFound)
	case !sameKind:
		want(rt, res, http.StatusForbidden)
	case to == nil:
		want(rt, res, http.StatusConflict)
	case from == to && fromName == toName, to.takes != o.kind:
		want(rt, res, http.StatusForbidden)
	case !holds, overwrite == "F" && to.members[toName].etag != "":
		want(rt, res, http.StatusPreconditionFailed)
	case slices.ContainsFunc(slices.Collect(maps.Keys(to.members)), func(n string) bool {
		return to.members[n].uid == o.uid && n != toName && n != except
	}), to.members[toName].etag != "" && to.members[toName].uid != o.uid:
		want(rt, res, http.StatusForbidden)
	default:
		status := http.StatusCreated
		if to.members[toName].etag != "" {
			status = http.StatusNoContent
		}
		want(rt, res, status)
		if move {
			delete(from.members, fromName)
		}
		to.members[toName] = o
	}
}

func (m *model) proppatch(rt *rapid.T) {
	path, name := m.existing(rt)
	note := rapid.SampledFrom([]string{"", "x", "y"}).Draw(rt, "note")
	spoilt := rapid.Bool().Draw(rt, "spoilt")
	body := `<propertyupdate xmlns="DAV:">`
	if note == "" {
		body += `<remove><prop><note xmlns="urn:x"/></prop></remove>`
	} else {
		body += `<set><prop><note xmlns="urn:x">` + note + `</note></prop></set>`
	}
	if spoilt {
		body += `<set><prop><getetag/></prop></set>`
	}
	res := m.do(rt, davtest.Request{Method: "PROPPATCH", Target: path + name, Body: body + `</propertyupdate>`})
	c := m.colls[path]
	if c == nil || c.members[name].etag == "" {
		want(rt, res, http.StatusNotFound)
		return
	}
	want(rt, res, http.StatusMultiStatus)
	if !spoilt {
		o := c.members[name]
		o.note = note
		c.members[name] = o
	}
}

const extra = "/dav/calendars/ann/extra/"

func (m *model) mkcalendar(rt *rapid.T) {
	body := `<C:mkcalendar xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop><C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set></prop></set></C:mkcalendar>`
	res := m.do(rt, davtest.Request{Method: "MKCALENDAR", Target: extra, Body: body})
	if m.colls[extra] != nil {
		want(rt, res, http.StatusForbidden)
		return
	}
	want(rt, res, http.StatusCreated)
	m.colls[extra] = &modelColl{"VTODO", map[string]modelMember{}}
}

func (m *model) drop(rt *rapid.T) {
	if rapid.Bool().Draw(rt, "keep") {
		return
	}
	res := m.do(rt, davtest.Request{Method: "DELETE", Target: extra})
	if m.colls[extra] == nil {
		want(rt, res, http.StatusNotFound)
		return
	}
	want(rt, res, http.StatusNoContent)
	delete(m.colls, extra)
}

// rename moves the task list to extra or back, now and then.
func (m *model) rename(rt *rapid.T) {
	if rapid.Bool().Draw(rt, "stay") {
		return
	}
	from, to := "/dav/calendars/ann/tasks/", extra
	if rapid.Bool().Draw(rt, "back") {
		from, to = to, from
	}
	res := m.do(rt, davtest.Request{Method: "MOVE", Target: from, Header: []string{"Destination: " + to, "Overwrite: F"}})
	switch {
	case m.colls[from] == nil:
		want(rt, res, http.StatusNotFound)
	case m.colls[to] != nil:
		want(rt, res, http.StatusPreconditionFailed)
	default:
		want(rt, res, http.StatusCreated)
		m.colls[to] = m.colls[from]
		delete(m.colls, from)
	}
}

// compare reads what the server has.
func (m *model) compare(rt *rapid.T) {
	for _, path := range modelColls {
		res := m.do(rt, davtest.Request{Method: "PROPFIND", Target: path, Header: []string{"Depth: 1", "Prefer: depth-noroot"},
			Body: `<propfind xmlns="DAV:"><prop><getetag/><note xmlns="urn:x"/></prop></propfind>`})
		c := m.colls[path]
		if c == nil {
			want(rt, res, http.StatusNotFound)
			continue
		}
		want(rt, res, http.StatusMultiStatus)
		var list struct {
			Response []struct {
				Href string `xml:"DAV: href"`
				ETag string `xml:"DAV: propstat>prop>getetag"`
				Note string `xml:"propstat>prop>note"`
			} `xml:"DAV: response"`
		}
		if err := xml.NewDecoder(res.Body).Decode(&list); err != nil {
			rt.Fatal(err)
		}
		got := map[string]string{}
		for _, r := range list.Response {
			name := strings.TrimPrefix(r.Href, path)
			got[strings.ReplaceAll(name, "%40", "@")] = r.ETag + r.Note
		}
		wanted := map[string]string{}
		for name, o := range c.members {
			wanted[name] = o.etag + o.note
		}
		if d := cmp.Diff(wanted, got); d != "" {
			rt.Fatalf("%s (-want +got)\n%s", path, d)
		}
	}
}
