package dav_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"almanac/account"
	"almanac/dav/davtest"
	"almanac/store"
	"almanac/store/memstore"
)

// Words in Ann's data that tell where something in an answer comes from.
const (
	// secretWord is in what Bob may never see: her other collections, private and
	// confidential objects, alarms.
	secretWord = "zanzibar"
	// plainWord is in what a share of her calendar and her address book shows, from
	// the level read on.
	plainWord = "plovdiv"
)

// The ways in which Ann shares with Bob, in FuzzOthersData.
var sharings = []account.Level{"", account.ShareFreeBusy, account.ShareRead, account.ShareWrite, account.ShareManage}

// A glass is a server on which Ann has something to hide from Bob.
type glass struct {
	*davtest.Server
	t       testing.TB
	level   account.Level
	hidden  map[store.CollID]string // Ann's collections that are not shared, as they have to stay
	filling *strings.Replacer       // of what only an answer to Ann tells
}

func newGlass(t testing.TB, level account.Level) *glass {
	t.Helper()
	g := &glass{Server: davtest.NewServer(quiet{t}, memstore.New()), t: t, level: level}
	ann := func(method, target, body string, want int, header ...string) string {
		t.Helper()
		res, _ := g.Do(t, davtest.Request{User: "ann", Method: method, Target: target, Body: body, Header: header})
		if res.Code != want {
			t.Fatalf("%s %s: %d\n%s", method, target, res.Code, res.Body)
		}
		return res.Body.String()
	}
	object := func(uid, summary, more string) string {
		return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:" + uid + "\r\nDTSTAMP:20260301T090000Z\r\nDTSTART:20260302T090000Z\r\nDTEND:20260302T100000Z\r\n" +
			"SUMMARY:" + summary + "\r\n" + more + "END:VEVENT\r\nEND:VCALENDAR\r\n"
	}
	const alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:" + secretWord + "\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n"
	const open, other, book, friends = "/dav/calendars/ann/calendar/", "/dav/calendars/ann/hidden/", "/dav/addressbooks/ann/contacts/", "/dav/addressbooks/ann/friends/"
	ann("MKCALENDAR", other, "", 201)
	ann("MKCOL", friends, `<mkcol xmlns="DAV:"><set><prop><resourcetype><collection/><addressbook xmlns="urn:ietf:params:xml:ns:carddav"/></resourcetype></prop></set></mkcol>`, 201)
	ann("PUT", open+"1.ics", object("u1", plainWord, alarm), 201)
	ann("PUT", open+"2.ics", object("u2", secretWord, "CLASS:PRIVATE\r\n"), 201)
	ann("PUT", open+"3.ics", object("u3", secretWord, "CLASS:CONFIDENTIAL\r\nLOCATION:"+secretWord+"\r\n"), 201)
	ann("PUT", other+"1.ics", object("u4", secretWord, ""), 201)
	ann("PUT", other+"4.ics", object("u4b", secretWord, "CLASS:PUBLIC\r\n"), 201)
	ann("PUT", book+"1.vcf", "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u5\r\nFN:"+secretWord+"\r\nN:"+secretWord+";;;;\r\nEND:VCARD\r\n", 201)
	ann("PUT", friends+"1.vcf", "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u6\r\nFN:"+plainWord+"\r\nN:"+plainWord+";;;;\r\nEND:VCARD\r\n", 201)
	for _, c := range []string{other, book, other + "1.ics", book + "1.vcf", "/dav/calendars/ann/"} {
		ann("PROPPATCH", c, `<propertyupdate xmlns="DAV:"><set><prop><displayname>`+secretWord+`</displayname><note xmlns="urn:x">`+secretWord+`</note></prop></set></propertyupdate>`, 207)
	}
	ann("PROPPATCH", open, `<propertyupdate xmlns="DAV:"><set><prop><C:default-alarm-vevent-datetime xmlns:C="urn:ietf:params:xml:ns:caldav">`+secretWord+`</C:default-alarm-vevent-datetime></prop></set></propertyupdate>`, 207)
	ann("PUT", other+"gone.ics", object("u7", secretWord, ""), 201)
	ann("DELETE", other+"gone.ics", "", 204)
	if level != "" {
		shareWith(t, g.Store, store.Calendar, "calendar", level)
		if level != account.ShareFreeBusy {
			shareWith(t, g.Store, store.AddressBook, "friends", level)
		}
	}
	token := func(target string) string {
		body := ann("PROPFIND", target, `<propfind xmlns="DAV:"><prop><sync-token/></prop></propfind>`, 207, "Depth: 0")
		_, after, _ := strings.Cut(body, "sync-token>")
		token, _, _ := strings.Cut(after, "<")
		return token
	}
	g.filling = strings.NewReplacer("{token}", token(other), "{opentoken}", token(open), "{booktoken}", token(book))
	g.hidden = g.state()
	return g
}

// state is what Ann's collections that are not shared hold.
func (g *glass) state() map[store.CollID]string {
	all := map[store.CollID]string{}
	err := g.Store.View(g.t.Context(), func(s store.Snapshot) error {
		h, err := s.HomeByName("ann")
		if err != nil {
			return err
		}
		colls, err := s.Collections(h.ID)
		for _, c := range colls {
			if c.Name != "calendar" && c.Name != "friends" || g.level == "" || g.level == account.ShareFreeBusy || g.level == account.ShareRead {
				all[c.ID] = fmt.Sprint(c.Name, c.Rev, c.Count, c.Octets, c.Props)
			}
		}
		return err
	})
	if err != nil {
		g.t.Fatal(err)
	}
	return all
}

// forbidden are the words that no answer to Bob may have.
func (g *glass) forbidden() []string {
	if g.level == "" || g.level == account.ShareFreeBusy {
		return []string{secretWord, plainWord}
	}
	return []string{secretWord}
}

// names tells whether a request itself has a word, as it stands or decoded: an answer
// may repeat it.
func names(word string, parts ...string) bool {
	for _, p := range parts {
		for range 3 {
			if strings.Contains(strings.ToLower(p), word[:4]) {
				return true
			}
			decoded, err := url.PathUnescape(p)
			if err != nil || decoded == p {
				break
			}
			p = decoded
		}
	}
	return false
}

// said is all that an answer says, unpacked.
func said(w *httptest.ResponseRecorder) string {
	body := w.Body.Bytes()
	if w.Header().Get("Content-Encoding") == "gzip" {
		if z, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
			body, _ = io.ReadAll(z)
		}
	}
	return strings.ToLower(fmt.Sprint(w.Code, w.Header(), string(body)))
}

// try sends one request as Bob and judges the answer, and what is left of Ann's.
func (g *glass) try(t *testing.T, method, target, header, value, body string) {
	t.Helper()
	target, value, body = g.filling.Replace(target), g.filling.Replace(value), g.filling.Replace(body)
	r, err := http.NewRequest(method, "http://cal.example.org", strings.NewReader(body))
	if err != nil {
		t.Skip(err)
	}
	if r.URL, err = r.URL.Parse(target); err != nil {
		t.Skip(err)
	}
	r.SetBasicAuth("bob", "bob")
	r.RemoteAddr = "192.0.2.1:1"
	if header != "" && !strings.EqualFold(header, "Authorization") {
		r.Header[http.CanonicalHeaderKey(header)] = []string{value}
	}
	if r.Header.Get("Depth") == "" && method == "PROPFIND" {
		r.Header.Set("Depth", "1")
	}
	w := httptest.NewRecorder()
	func() {
		defer func() {
			if p := recover(); p != nil && p != any(http.ErrAbortHandler) {
				panic(p)
			}
		}()
		g.Handler.ServeHTTP(w, r)
	}()
	if w.Code == http.StatusInternalServerError {
		t.Errorf("%s %s: 500", method, target)
	}
	answer := said(w)
	for _, word := range g.forbidden() {
		if strings.Contains(answer, word) && !names(word, target, value, body) {
			t.Fatalf("shared %q: %s %s (%s: %s)\n%s\ntells %q:\n%s", g.level, method, target, header, value, body, word, answer)
		}
	}
	if now := g.state(); fmt.Sprint(now) != fmt.Sprint(g.hidden) {
		t.Fatalf("shared %q: %s %s (%s: %s)\n%s\nchanged what is Ann's to\n%v\nfrom\n%v", g.level, method, target, header, value, body, now, g.hidden)
	}
}

// pathTricks are paths to what Ann hides, straight and in disguise.
var pathTricks = []string{
	"/dav/calendars/ann/hidden/1.ics", "/dav/calendars/ann/hidden/", "/dav/calendars/ann/", "/dav/addressbooks/ann/contacts/1.vcf", "/dav/calendars/ann/calendar/2.ics",
	"/dav/calendars/ann/calendar/3.ics", "/dav/calendars/ann/calendar/1.ics", "/dav/calendars/ann/calendar/", "/dav/addressbooks/ann/friends/1.vcf",
	"/dav/calendars/bob/calendar@ann/1.ics", "/dav/calendars/bob/calendar@ann/2.ics", "/dav/calendars/bob/calendar@ann/3.ics", "/dav/calendars/bob/calendar@ann/",
	"/dav/calendars/bob/hidden@ann/1.ics", "/dav/calendars/bob/hidden@ann/", "/dav/addressbooks/bob/contacts@ann/1.vcf", "/dav/addressbooks/bob/friends@ann/",
	"/dav/calendars/bob/../ann/hidden/1.ics", "/dav/calendars/bob/%2e%2e/ann/hidden/1.ics", "/dav/calendars/bob/%2E%2E/%2E%2E/calendars/ann/hidden/1.ics",
	"/dav/calendars/bob/..%2Fann%2Fhidden/1.ics", "/dav/calendars/bob%2F..%2Fann/hidden/1.ics", "/dav/calendars/bob/%252e%252e/ann/hidden/1.ics",
	"/dav/calendars/ann%2Fhidden/1.ics", "/dav/calendars/ann/hidden%2F1.ics", "/dav/calendars/ANN/hidden/1.ics", "/dav/calendars/Ann/HIDDEN/1.ics", "/DAV/calendars/ann/hidden/1.ics",
	"/dav/calendars/%61nn/hidden/1.ics", "/dav/calendars/a%6en/hidden/%31.ics", "/dav/calendars/a\u0301nn/hidden/1.ics", "/dav/calendars/ａｎｎ/hidden/1.ics",
	"//dav//calendars//ann//hidden//1.ics", "/./dav/calendars/./ann/hidden/1.ics", "/dav/calendars/ann/hidden/1.ics/", "/dav/calendars/ann/hidden/./1.ics", "/dav/calendars/ann/hidden;x=1/1.ics",
	"/dav/calendars/ann%00/hidden/1.ics", "/dav/calendars/bob/calendar@ann/../../ann/hidden/1.ics", "/dav/calendars/bob/calendar%40ann/..%2f..%2fann%2fhidden%2f1.ics",
	"/dav/calendars/bob/calendar=40ann/1.ics", "/dav/calendars/bob/calendar@ann@bob/1.ics", "/dav/calendars/bob/hidden=@ann/", "/dav/calendars/bob/@ann/", "/dav/calendars/bob/calendar@ANN/", "/dav/calendars/ann/calendar@ann/1.ics",
	"/dav/calendars/ann/calendar@bob/", "/dav/addressbooks/bob/calendar@ann/1.ics", "/dav/calendars/bob/friends@ann/1.vcf", "/dav/calendars/bob/contacts@ann/", "/dav/addressbooks/bob/hidden@ann/1.ics",
	"/dav/principals/ann/", "/dav/principals/", "/dav/", "/", "/principals/", "/.well-known/caldav", "/dav/calendars/", "/dav/notifications/ann/", "/dav/notifications/ann/x.xml", "/dav/notifications/bob/",
	"/dav/principals/ann/calendar-proxy-read/", "/dav/principals/ann/calendar-proxy-write/", "/dav/calendars/ann/trash/", "/dav/calendars/ann/hidden/gone.ics", "/public/x.ics",
}

// headerTricks are headers that lead to something else than the path.
var headerTricks = [][2]string{
	{"", ""}, {"Destination", "/dav/calendars/bob/calendar/stolen.ics"}, {"Destination", "http://cal.example.org/dav/calendars/ann/hidden/planted.ics"},
	{"Destination", "/dav/calendars/bob/..%2fann/hidden/1.ics"}, {"Destination", "/dav/calendars/bob/calendar@ann/planted.ics"}, {"Destination", "/dav/calendars/bob/taken/"}, {"Destination", "/dav/addressbooks/bob/contacts/stolen.vcf"},
	{"If", `</dav/calendars/ann/hidden/> (<{token}>)`}, {"If", `</dav/calendars/ann/hidden/1.ics> (["x"])`}, {"If", `(Not <{token}>)`}, {"If-None-Match", "*"}, {"If-Match", "*"},
	{"X-HTTP-Method-Override", "GET"}, {"X-Original-URL", "/dav/calendars/ann/hidden/1.ics"}, {"X-Forwarded-For", "127.0.0.1"}, {"X-Remote-User", "ann"}, {"Depth", "infinity"}, {"Depth", "1"}, {"Depth", "0"},
	{"Accept-Encoding", "gzip"}, {"Prefer", "return=representation"}, {"Cookie", "user=ann"}, {"Overwrite", "F"}, {"Content-Type", "text/xml"}, {"Range", "bytes=0-99"},
}

// bodyTricks are bodies that ask for more than the path.
var bodyTricks = func() []string {
	const d, c, a = `xmlns="DAV:"`, `xmlns:C="urn:ietf:params:xml:ns:caldav"`, `xmlns:A="urn:ietf:params:xml:ns:carddav"`
	hrefs := ""
	for _, p := range pathTricks[:40] {
		hrefs += "<href>" + strings.ReplaceAll(p, "&", "&amp;") + "</href>"
	}
	return []string{
		"",
		`<propfind ` + d + `><allprop/></propfind>`,
		`<propfind ` + d + `><propname/></propfind>`,
		`<propfind ` + d + ` ` + c + ` ` + a + `><prop><displayname/><resourcetype/><C:calendar-data/><A:address-data/><C:calendar-description/><C:default-alarm-vevent-datetime/><note xmlns="urn:x"/><sync-token/><acl/><owner/><C:calendar-home-set/><invite xmlns="http://calendarserver.org/ns/"/><quota-used-bytes/></prop></propfind>`,
		`<C:calendar-multiget ` + d + ` ` + c + `><prop><getetag/><C:calendar-data/><displayname/></prop>` + hrefs + `</C:calendar-multiget>`,
		`<A:addressbook-multiget ` + d + ` ` + a + `><prop><getetag/><A:address-data/><displayname/></prop>` + hrefs + `</A:addressbook-multiget>`,
		`<C:calendar-query ` + d + ` ` + c + `><prop><C:calendar-data/></prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>`,
		`<C:calendar-query ` + d + ` ` + c + `><prop><C:calendar-data><C:comp name="VCALENDAR"><C:allprop/><C:comp name="VEVENT"><C:allprop/><C:comp name="VALARM"><C:allprop/></C:comp></C:comp></C:comp></C:calendar-data></prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:comp-filter name="VALARM"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`,
		`<C:calendar-query ` + d + ` ` + c + `><prop><C:calendar-data><C:expand start="20260301T000000Z" end="20260401T000000Z"/></C:calendar-data></prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range start="20260301T000000Z" end="20260401T000000Z"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`,
		`<A:addressbook-query ` + d + ` ` + a + `><prop><A:address-data/></prop><A:filter/></A:addressbook-query>`,
		`<C:free-busy-query ` + c + `><C:time-range start="20260301T000000Z" end="20260401T000000Z"/></C:free-busy-query>`,
		`<sync-collection ` + d + ` ` + c + `><sync-token/><sync-level>1</sync-level><prop><getetag/><C:calendar-data/><displayname/></prop></sync-collection>`,
		`<sync-collection ` + d + ` ` + c + `><sync-token>{token}</sync-token><sync-level>1</sync-level><prop><C:calendar-data/></prop></sync-collection>`,
		`<sync-collection ` + d + ` ` + c + `><sync-token>{opentoken}</sync-token><sync-level>1</sync-level><prop><C:calendar-data/></prop></sync-collection>`,
		`<sync-collection ` + d + ` ` + a + `><sync-token>{booktoken}</sync-token><sync-level>infinite</sync-level><prop><A:address-data/></prop></sync-collection>`,
		`<expand-property ` + d + `><property name="owner"><property name="calendar-home-set" namespace="urn:ietf:params:xml:ns:caldav"><property name="displayname"/><property name="note" namespace="urn:x"/></property><property name="displayname"/></property><property name="group-membership"><property name="displayname"/></property><property name="calendar-proxy-read-for" namespace="http://calendarserver.org/ns/"><property name="displayname"/></property></expand-property>`,
		`<principal-property-search ` + d + `><property-search><prop><displayname/></prop><match>a</match></property-search><prop><displayname/><C:calendar-home-set ` + c + `/><note xmlns="urn:x"/></prop></principal-property-search>`,
		`<principal-match ` + d + `><self/><prop><displayname/><note xmlns="urn:x"/></prop></principal-match>`,
		`<acl-principal-prop-set ` + d + `><prop><displayname/><note xmlns="urn:x"/></prop></acl-principal-prop-set>`,
		`<propertyupdate ` + d + `><set><prop><displayname>mine</displayname></prop></set><remove><prop><note xmlns="urn:x"/></prop></remove></propertyupdate>`,
		`<CS:share ` + d + ` xmlns:CS="http://calendarserver.org/ns/"><CS:set><href>mailto:bob@example.org</href><CS:read-write/></CS:set></CS:share>`,
		`<CS:invite-reply ` + d + ` xmlns:CS="http://calendarserver.org/ns/"><href>/dav/principals/bob/</href><CS:invite-accepted/><CS:hosturl><href>/dav/calendars/ann/hidden/</href></CS:hosturl><CS:in-reply-to>x</CS:in-reply-to></CS:invite-reply>`,
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:u4\r\nDTSTAMP:20260301T090000Z\r\nDTSTART:20260302T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:u2\r\nDTSTAMP:20260301T090000Z\r\nDTSTART:20260302T090000Z\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
		"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u5\r\nFN:x\r\nN:x;;;;\r\nEND:VCARD\r\n",
	}
}()

var davMethods = []string{"GET", "HEAD", "OPTIONS", "PROPFIND", "PROPPATCH", "REPORT", "PUT", "POST", "DELETE", "COPY", "MOVE", "MKCOL", "MKCALENDAR", "LOCK", "ACL"}

// TestOthersData tries every path with every method, the reading ones with every body,
// and the paths that are somebody's with every header, for every way of sharing.
func TestOthersData(t *testing.T) {
	for _, level := range sharings {
		t.Run("shared "+string(level), func(t *testing.T) {
			t.Parallel()
			g := newGlass(t, level)
			for i, target := range pathTricks {
				for _, method := range davMethods {
					bodies := []string{bodyFor[method]}
					switch method {
					case "REPORT":
						bodies = bodyTricks[4:19]
					case "PROPFIND":
						bodies = bodyTricks[:4]
					case "POST":
						bodies = bodyTricks[20:]
					}
					for _, body := range bodies {
						g.try(t, method, target, "", "", body)
					}
					if i < 15 && method != "OPTIONS" && method != "LOCK" && method != "ACL" {
						for _, h := range headerTricks {
							g.try(t, method, target, h[0], h[1], bodyFor[method])
						}
					}
					if destructive[method] && i < 15 {
						g = newGlass(t, level) // what was taken apart would hide a leak
					}
				}
			}
		})
	}
}

var destructive = map[string]bool{"DELETE": true, "MOVE": true, "PUT": true}

// bodyFor is a body with which a method gets far.
var bodyFor = map[string]string{"REPORT": bodyTricks[6], "PROPFIND": bodyTricks[3], "PUT": bodyTricks[22], "PROPPATCH": bodyTricks[19], "POST": bodyTricks[22]}

// TestSearchTellsNothing asks for objects by words in what is hidden: neither is one
// found, nor does the answer differ from that for a word that is nowhere.
func TestSearchTellsNothing(t *testing.T) {
	for _, level := range sharings {
		g := newGlass(t, level)
		ask := func(target, body string) string {
			res, _ := g.Do(t, davtest.Request{User: "bob", Method: "REPORT", Target: target, Header: []string{"Depth: 1"}, Body: body})
			return fmt.Sprint(res.Code, res.Body)
		}
		for _, target := range []string{"/dav/calendars/bob/calendar@ann/", "/dav/calendars/ann/calendar/", "/dav/calendars/ann/hidden/", "/dav/calendars/ann/", "/dav/addressbooks/bob/contacts@ann/", "/dav/addressbooks/ann/contacts/"} {
			for _, prop := range []string{"SUMMARY", "LOCATION"} {
				query := func(word string) string {
					return ask(target, `<C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><getetag/></prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:prop-filter name="`+prop+`"><C:text-match>`+word+`</C:text-match></C:prop-filter></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`)
				}
				for _, word := range g.forbidden() {
					if got, want := query(word), query("nowhere"); got != want {
						t.Errorf("shared %q, %s of %s: %s", level, prop, target, got)
					}
				}
			}
			query := func(word string) string {
				return ask(target, `<A:addressbook-query xmlns="DAV:" xmlns:A="urn:ietf:params:xml:ns:carddav"><prop><getetag/></prop><A:filter><A:prop-filter name="FN"><A:text-match>`+word+`</A:text-match></A:prop-filter></A:filter></A:addressbook-query>`)
			}
			if got, want := query(secretWord), query("nowhere"); got != want {
				t.Errorf("shared %q, FN of %s: %s", level, target, got)
			}
		}
		for _, word := range g.forbidden() {
			search := func(word string) string {
				return ask("/dav/principals/", `<principal-property-search xmlns="DAV:"><property-search><prop><displayname/></prop><match>`+word+`</match></property-search><prop><displayname/></prop></principal-property-search>`)
			}
			if got, want := search(word), search("nowhere"); got != want {
				t.Errorf("shared %q, principals: %s", level, got)
			}
		}
	}
}

// FuzzOthersData sends Bob's requests of any kind: no answer has a word of what Ann
// does not share, and nothing of it changes.
func FuzzOthersData(f *testing.F) {
	for i, target := range pathTricks {
		method := davMethods[i%len(davMethods)]
		h := headerTricks[i%len(headerTricks)]
		f.Add(byte(i), method, target, h[0], h[1], bodyFor[method])
		f.Add(byte(i), "GET", target, "", "", "")
		f.Add(byte(i+1), "PROPFIND", target, "Depth", "1", bodyTricks[3])
	}
	for i, body := range bodyTricks {
		for n, target := range []string{"/dav/calendars/bob/calendar@ann/", "/dav/calendars/ann/hidden/", "/dav/calendars/bob/"} {
			f.Add(byte(i+n), "REPORT", target, "Depth", "1", body)
		}
	}
	for i, h := range headerTricks {
		f.Add(byte(i), "COPY", "/dav/calendars/bob/calendar@ann/3.ics", h[0], h[1], "")
		f.Add(byte(i), "MOVE", "/dav/calendars/ann/hidden/1.ics", h[0], h[1], "")
		f.Add(byte(i), "PUT", "/dav/calendars/bob/calendar@ann/2.ics", h[0], h[1], bodyTricks[23])
	}
	made := make([]*glass, len(sharings))
	left := make([]int, len(sharings))
	f.Fuzz(func(t *testing.T, config byte, method, target, header, value, body string) {
		if strings.ContainsAny(method+target, " \t\r\n\x00") || method == "" || !strings.HasPrefix(target, "/") || strings.ContainsAny(header+value, "\r\n\x00") || strings.ContainsAny(header, ": ") {
			t.Skip("not a request that net/http would hand on")
		}
		i := int(config) % len(sharings)
		if left[i]--; left[i] < 0 {
			made[i], left[i] = newGlass(t, sharings[i]), 200
		}
		made[i].t = t
		made[i].try(t, method, target, header, value, body)
	})
}
