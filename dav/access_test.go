package dav_test

import (
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"almanac/account"
	"almanac/dav"
	"almanac/dav/davtest"
	"almanac/store"
	"almanac/store/memstore"
)

// The flag -update is davtest's.
func updating() bool { return flag.Lookup("update").Value.String() == "true" }

// golden compares text with a file that a reader can judge.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if updating() {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		old, now := strings.Split(string(want), "\n"), strings.Split(got, "\n")
		for i := range min(len(old), len(now)) {
			if old[i] != now[i] {
				t.Errorf("%s:%d:\n%s\nis now\n%s", path, i+1, old[i], now[i])
			}
		}
		t.Errorf("%s has changed; judge the difference of \"go test ./dav -run Access -update\"", path)
	}
}

// An actor is somebody who asks for Ann's things, by the relation to her.
type actor struct {
	column string
	user   string // "" for nobody
	give   func(*cast)
}

// A cast gives one actor what the relation is.
type cast struct {
	*davtest.Server
	t    testing.TB
	home map[string]store.HomeID
}

func (c *cast) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *cast) share(to account.Principal, l account.Level) {
	c.t.Helper()
	for kind, name := range map[store.Kind]string{store.Calendar: "calendar", store.AddressBook: "contacts"} {
		if kind == store.AddressBook && l == account.ShareFreeBusy {
			continue
		}
		var coll *store.Collection
		c.must(c.Store.View(c.t.Context(), func(s store.Snapshot) (err error) {
			coll, err = s.CollectionByName(c.home["ann"], kind, name)
			return err
		}))
		c.must(account.ShareWith(c.t.Context(), c.Store, coll, to, l, "test", davtest.Now))
	}
}

func (c *cast) bob() account.Principal { return account.UserPrincipal(c.home["bob"]) }

func (c *cast) delegate(write bool) {
	ops, err := account.DelegateOps(account.Delegate{Of: c.home["ann"], To: c.bob(), Write: write})
	c.must(err)
	_, err = c.Store.Apply(c.t.Context(), &store.Batch{Home: c.home["ann"], At: davtest.Now, Ops: ops})
	c.must(err)
}

// org makes bob a member of an organisation, and returns it.
func (c *cast) org(r account.Role) account.Principal {
	b, err := account.CreateBody(c.t.Context(), c.Store, account.Org, "acme", account.Body{}, "test", davtest.Now)
	c.must(err)
	c.must(account.SetRole(c.t.Context(), c.Store, account.Actor{CommandLine: true}, "acme", c.home["bob"], r, davtest.Now))
	return account.Principal{Type: account.Org, ID: b.ID}
}

// room makes Ann's account a room of the organisation in which bob has a role.
func (c *cast) room(r account.Role) {
	op := account.ResourceOp("ann", account.Resource{Type: account.Room, Org: c.org(r).ID})
	_, err := c.Store.Apply(c.t.Context(), &store.Batch{Home: c.home["ann"], At: davtest.Now, Ops: []store.Op{op}})
	c.must(err)
}

// actors are every relation that there is: owner, share levels, roles, delegates.
var actors = []actor{
	{"owner", "ann", func(*cast) {}},
	{"freebusy", "bob", func(c *cast) { c.share(c.bob(), account.ShareFreeBusy) }},
	{"read", "bob", func(c *cast) { c.share(c.bob(), account.ShareRead) }},
	{"write", "bob", func(c *cast) { c.share(c.bob(), account.ShareWrite) }},
	{"manage", "bob", func(c *cast) { c.share(c.bob(), account.ShareManage) }},
	{"org-owner", "bob", func(c *cast) { c.share(c.org(account.Owner), account.ShareRead) }},
	{"org-admin", "bob", func(c *cast) { c.share(c.org(account.Administrator), account.ShareRead) }},
	{"org-collab", "bob", func(c *cast) { c.share(c.org(account.Collaborator), account.ShareRead) }},
	{"org-guest", "bob", func(c *cast) { c.share(c.org(account.Guest), account.ShareRead) }},
	{"del-read", "bob", func(c *cast) { c.delegate(false) }},
	{"del-write", "bob", func(c *cast) { c.delegate(true) }},
	{"room-owner", "bob", func(c *cast) { c.room(account.Owner) }},
	{"room-admin", "bob", func(c *cast) { c.room(account.Administrator) }},
	{"room-collab", "bob", func(c *cast) { c.room(account.Collaborator) }},
	{"stranger", "bob", func(*cast) {}},
	{"nobody", "", func(*cast) {}},
}

// places are the resources of Ann, one of each kind, and what is special about them.
var places = []struct{ what, path string }{
	{"root", "/dav/"},
	{"principals", "/dav/principals/"},
	{"principal", "/dav/principals/ann/"},
	{"proxy principal", "/dav/principals/ann/calendar-proxy-write/"},
	{"calendar homes", "/dav/calendars/"},
	{"calendar home", "/dav/calendars/ann/"},
	{"calendar", "/dav/calendars/ann/calendar/"},
	{"event", "/dav/calendars/ann/calendar/open.ics"},
	{"private event", "/dav/calendars/ann/calendar/private.ics"},
	{"confidential event", "/dav/calendars/ann/calendar/confidential.ics"},
	{"new event", "/dav/calendars/ann/calendar/new.ics"},
	{"new calendar", "/dav/calendars/ann/new/"},
	{"address book homes", "/dav/addressbooks/"},
	{"address book home", "/dav/addressbooks/ann/"},
	{"address book", "/dav/addressbooks/ann/contacts/"},
	{"card", "/dav/addressbooks/ann/contacts/card.vcf"},
	{"new card", "/dav/addressbooks/ann/contacts/new.vcf"},
	{"notifications", "/dav/notifications/ann/"},
}

const accessEvent = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:%s\r\nDTSTAMP:20260301T090000Z\r\nDTSTART:20260302T090000Z\r\nDTEND:20260302T100000Z\r\nSUMMARY:%s\r\n%sEND:VEVENT\r\nEND:VCALENDAR\r\n"
const accessCard = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%s\r\nFN:%s\r\nN:x;;;;\r\nEND:VCARD\r\n"

// A stage is Ann's account as it was before anybody asked, to begin from again.
type stage struct {
	t      testing.TB
	backup []byte
	now    *davtest.Server // that nobody has changed yet, nil when there is none
}

func newStage(t testing.TB, a actor) *stage {
	t.Helper()
	st := memstore.New()
	defer st.Close()
	// The plan is for the quota properties; it keeps nobody from anything.
	c := &cast{limited(quiet{t}, st, store.Limits{Octets: 1 << 20}), t, map[string]store.HomeID{}}
	for _, u := range davtest.Users {
		c.home[u] = homeOf(t, st, u).ID
	}
	for path, body := range map[string]string{
		"/dav/calendars/ann/calendar/open.ics":         fmt.Sprintf(accessEvent, "open", "Open", ""),
		"/dav/calendars/ann/calendar/private.ics":      fmt.Sprintf(accessEvent, "private", "Private", "CLASS:PRIVATE\r\n"),
		"/dav/calendars/ann/calendar/confidential.ics": fmt.Sprintf(accessEvent, "confidential", "Confidential", "CLASS:CONFIDENTIAL\r\n"),
		"/dav/addressbooks/ann/contacts/card.vcf":      fmt.Sprintf(accessCard, "card", "Card"),
	} {
		if res, _ := c.Do(t, davtest.Request{User: "ann", Method: "PUT", Target: path, Body: body}); res.Code != http.StatusCreated {
			t.Fatalf("PUT %s: %d %s", path, res.Code, res.Body)
		}
	}
	a.give(c)
	var b bytes.Buffer
	if err := st.Backup(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return &stage{t, b.Bytes(), nil}
}

// open returns a server on what the stage has.
func (g *stage) open() *davtest.Server {
	if g.now == nil {
		st, err := memstore.Load(bytes.NewReader(g.backup))
		if err != nil {
			g.t.Fatal(err)
		}
		g.now = davtest.Reopen(quiet{g.t}, st)
	}
	return g.now
}

// spoil has the next open begin anew.
func (g *stage) spoil() {
	g.now.Store.Close()
	g.now = nil
}

// probe is how a method is tried on a place: as it gets furthest.
func probe(method, what, path string) davtest.Request {
	q := davtest.Request{Method: method, Target: path}
	calendar := strings.Contains(path, "/calendars/")
	switch method {
	case "PROPFIND":
		q.Header = []string{"Depth: 0"}
		q.Body = `<propfind xmlns="DAV:"><prop><resourcetype/></prop></propfind>`
	case "PROPPATCH":
		q.Body = `<propertyupdate xmlns="DAV:"><set><prop><displayname>Other</displayname></prop></set></propertyupdate>`
	case "REPORT":
		q.Header = []string{"Depth: 0"}
		switch {
		case strings.Contains(what, "principal"):
			q.Body = `<principal-match xmlns="DAV:"><self/></principal-match>`
		case what == "calendar":
			q.Header = []string{"Depth: 1"}
			q.Body = `<C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><getetag/></prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>`
		case what == "address book":
			q.Header = []string{"Depth: 1"}
			q.Body = `<A:addressbook-query xmlns="DAV:" xmlns:A="urn:ietf:params:xml:ns:carddav"><prop><getetag/></prop><A:filter/></A:addressbook-query>`
		default:
			q.Body = `<expand-property xmlns="DAV:"><property name="owner"><property name="displayname"/></property></expand-property>`
		}
	case "PUT", "POST":
		uid := "other"
		if _, name, ok := strings.Cut(path, "/calendar/"); ok && method == "PUT" && what != "new event" {
			uid = strings.TrimSuffix(name, ".ics")
		}
		if q.Body = fmt.Sprintf(accessEvent, uid, "Changed", ""); !calendar {
			if what == "card" {
				uid = "card"
			}
			q.Body = fmt.Sprintf(accessCard, uid, "Changed")
		}
		if method == "POST" {
			q.Header = []string{"Content-Type: text/calendar"}
		}
	case "COPY", "MOVE":
		// To where the one who asks may write: what counts is the source.
		to := "/dav/calendars/USER/tasks/taken.ics"
		switch {
		case !calendar:
			to = "/dav/addressbooks/USER/taken.vcf"
			if strings.HasSuffix(path, ".vcf") {
				to = "/dav/addressbooks/USER/other/taken.vcf"
			}
		case strings.HasSuffix(path, ".ics"):
			to = "/dav/calendars/USER/other/taken.ics"
		case what == "calendar", what == "new calendar":
			to = "/dav/calendars/ann/renamed/"
		}
		q.Header = []string{"Destination: " + to}
	case "MKCOL":
		kind := `<addressbook xmlns="urn:ietf:params:xml:ns:carddav"/>`
		if calendar {
			kind = `<calendar xmlns="urn:ietf:params:xml:ns:caldav"/>`
		}
		q.Body = `<mkcol xmlns="DAV:"><set><prop><resourcetype><collection/>` + kind + `</resourcetype></prop></set></mkcol>`
	}
	return q
}

// TestAccessByMethod writes down what everybody gets for every method on every kind
// of resource: the status, and for what is refused one by one that of the property.
func TestAccessByMethod(t *testing.T) {
	stages := make([]*stage, len(actors))
	for i, a := range actors {
		stages[i] = newStage(t, a)
	}
	var b strings.Builder
	b.WriteString("What everybody gets for each method on what is Ann's: see access_test.go.\n")
	for _, place := range places {
		row(&b, place.what+" "+place.path, columns())
		for _, method := range dav.MethodNames() {
			cells := make([]string, len(actors))
			for i, a := range actors {
				s := stages[i].open()
				q := probe(method, place.what, place.path)
				if q.User = a.user; a.user != "" && (method == "COPY" || method == "MOVE") {
					for _, other := range []string{"/dav/calendars/" + a.user + "/other/", "/dav/addressbooks/" + a.user + "/other/"} {
						s.Do(t, davtest.Request{User: a.user, Method: "MKCOL", Target: other, Body: probe("MKCOL", "", other).Body})
					}
					q.Header[0] = strings.Replace(q.Header[0], "USER", a.user, 1)
				}
				res, _ := s.Do(t, q)
				cells[i] = fmt.Sprint(res.Code)
				if method == "PROPPATCH" && res.Code == http.StatusMultiStatus {
					cells[i] = "207:" + propStatus(res.Body.String(), "displayname")
				}
				if res.Code == http.StatusInternalServerError {
					t.Errorf("%s %s as %s: 500", method, place.path, a.column)
				}
				if method == "COPY" || method == "MOVE" || res.Code < 300 && method != "GET" && method != "HEAD" && method != "OPTIONS" && method != "PROPFIND" && method != "REPORT" {
					stages[i].spoil()
				}
			}
			row(&b, "  "+method, cells)
		}
	}
	golden(t, "testdata/access_methods.txt", b.String())
}

func columns() (all []string) {
	for _, a := range actors {
		all = append(all, a.column)
	}
	return all
}

// row writes one line; where all who have an account get the same, once.
func row(b *strings.Builder, head string, cells []string) {
	last := len(cells) - 1
	if same := slices.Compact(slices.Clone(cells[:last])); len(same) == 1 {
		fmt.Fprintf(b, "%-60s everybody %s, nobody %s\n", head, same[0], cells[last])
		return
	}
	line := fmt.Sprintf("%-60s", head)
	for i, c := range cells {
		line += fmt.Sprintf(" %-*s", max(len(actors[i].column), 7), c)
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}

// propStatus is the status of the propstat in which a property is, "" when it is in none.
func propStatus(body, local string) string {
	var m struct {
		Responses []struct {
			Status    string `xml:"DAV: status"`
			Propstats []struct {
				Prop struct {
					All []struct {
						XMLName xml.Name
						Inner   string `xml:",innerxml"`
					} `xml:",any"`
				} `xml:"DAV: prop"`
				Status string `xml:"DAV: status"`
			} `xml:"DAV: propstat"`
		} `xml:"DAV: response"`
	}
	if err := xml.Unmarshal([]byte(body), &m); err != nil {
		return "unreadable"
	}
	for _, r := range m.Responses {
		for _, ps := range r.Propstats {
			for _, p := range ps.Prop.All {
				if p.XMLName.Local == local {
					return strings.Fields(ps.Status)[1]
				}
			}
		}
	}
	return ""
}

// TestAccessByProperty writes down who reads each live property of each kind of
// resource, and who changes it: "r" and "w", or "." for neither; "-" where the
// resource itself is refused.
func TestAccessByProperty(t *testing.T) {
	var b strings.Builder
	b.WriteString("Who reads (r) and sets (w) each live property of what is Ann's: see access_test.go.\n")
	stages := make([]*stage, len(actors))
	for i, a := range actors {
		stages[i] = newStage(t, a)
	}
	for _, place := range places {
		if strings.HasPrefix(place.what, "new ") {
			continue
		}
		row(&b, place.what+" "+place.path, columns())
		rows := dav.LivePropertiesAt(place.path)
		cells := make([][]string, len(rows))
		for i, a := range actors {
			s := stages[i].open()
			names := ""
			for _, p := range rows {
				names += fmt.Sprintf("<p:%s xmlns:p=%q/>", p.Name.Local, p.Name.Space)
			}
			found, _ := s.Do(t, davtest.Request{User: a.user, Method: "PROPFIND", Target: place.path, Header: []string{"Depth: 0"},
				Body: `<propfind xmlns="DAV:"><prop>` + names + `</prop></propfind>`})
			for n, p := range rows {
				cell := ""
				switch {
				case found.Code != http.StatusMultiStatus:
					cell = "-"
				case propStatus(found.Body.String(), p.Name.Local) == "200":
					cell = "r"
				}
				set, _ := s.Do(t, davtest.Request{User: a.user, Method: "PROPPATCH", Target: place.path,
					Body: `<propertyupdate xmlns="DAV:"><set><prop>` + valueOf(p.Name.Local, p.Name.Space) + `</prop></set></propertyupdate>`})
				if propStatus(set.Body.String(), p.Name.Local) == "200" {
					if cell += "w"; !p.Settable {
						t.Errorf("%s sets %s of %s, which is protected", a.column, p.Name, place.what)
					}
				}
				if cell == "" {
					cell = "."
				}
				cells[n] = append(cells[n], cell)
			}
			stages[i].spoil()
		}
		for n, p := range rows {
			row(&b, "  "+p.Name.Local, cells[n])
		}
	}
	golden(t, "testdata/access_properties.txt", b.String())
}

// valueOf is an element that a settable property takes.
func valueOf(local, space string) string {
	value := "x"
	switch local {
	case "calendar-color":
		value = "#112233"
	case "calendar-order":
		value = "3"
	case "calendar-timezone":
		value = "BEGIN:VCALENDAR&#13;\nVERSION:2.0&#13;\nPRODID:x&#13;\nBEGIN:VTIMEZONE&#13;\nTZID:UTC&#13;\nBEGIN:STANDARD&#13;\nDTSTART:19700101T000000&#13;\nTZOFFSETFROM:+0000&#13;\nTZOFFSETTO:+0000&#13;\nEND:STANDARD&#13;\nEND:VTIMEZONE&#13;\nEND:VCALENDAR&#13;\n"
	case "calendar-timezone-id":
		value = "Europe/Zurich"
	case "schedule-calendar-transp":
		value = `<p:opaque/>`
	case "supported-calendar-component-set":
		value = `<p:comp name="VEVENT"/>`
	case "resourcetype":
		value = `<collection xmlns="DAV:"/>`
	}
	return fmt.Sprintf("<p:%s xmlns:p=%q>%s</p:%s>", local, space, value, local)
}
