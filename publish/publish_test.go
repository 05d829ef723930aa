package publish

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"almanac/account"
	"almanac/store"
	"almanac/store/boltstore"
	"almanac/store/memstore"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// A site is a server with the account ann.
type site struct {
	*testing.T
	*Server
	st   store.Store
	home store.HomeID
	now  time.Time
	log  bytes.Buffer
}

func newSite(t *testing.T, st store.Store) *site {
	s := &site{T: t, st: st, now: noon}
	t.Cleanup(func() { st.Close() })
	gate, err := account.NewLinkGate(rand.Reader, account.DefaultThrottle)
	s.must(err)
	s.home, err = account.Create(t.Context(), st, store.Home{Name: "ann"}, "test", noon)
	s.must(err)
	s.Server = New(Config{Store: st, Gate: gate, Log: slog.New(slog.NewTextHandler(&s.log, nil)), Now: func() time.Time { return s.now }, Prefix: "/cal"})
	return s
}

func (s *site) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *site) coll(kind store.Kind, name string) (c *store.Collection) {
	s.Helper()
	s.must(s.st.View(s.Context(), func(sn store.Snapshot) (err error) { c, err = sn.CollectionByName(s.home, kind, name); return err }))
	return c
}

func (s *site) apply(ops ...store.Op) {
	s.Helper()
	_, err := s.st.Apply(s.Context(), &store.Batch{Home: s.home, At: s.now, Ops: ops})
	s.must(err)
}

func (s *site) put(c *store.Collection, name, body string) {
	s.Helper()
	body = strings.ReplaceAll(body, "\n", "\r\n")
	x, err := store.IndexOf(c.Kind, []byte(body))
	s.must(err)
	s.apply(store.PutObject{Coll: c.ID, Name: name, Body: []byte(body), Index: x})
}

// link publishes a collection and returns its path.
func (s *site) link(c *store.Collection, l account.Link, password string) string {
	s.Helper()
	_, token, err := account.AddLink(s.Context(), s.st, c, l, password, rand.Reader, s.now)
	s.must(err)
	return Path + token + extensions[c.Kind]
}

// ask sends a request, whose headers are "Name: value" lines.
func (s *site) ask(method, path string, header ...string) *httptest.ResponseRecorder {
	s.Helper()
	r := httptest.NewRequest(method, path, nil)
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	if !s.Owns(r) {
		s.Errorf("%s is not ours", path)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Header().Get("Set-Cookie") != "" || w.Header().Get("X-Robots-Tag") != "noindex, nofollow" || w.Header().Get("Referrer-Policy") != "no-referrer" {
		s.Errorf("headers of %s: %v", path, w.Header())
	}
	return w
}

func (s *site) is(what string, got, want any) {
	s.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		s.Errorf("%s:\n%v\nwant:\n%v", what, got, want)
	}
}

func event(uid, more string) string {
	return "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//example.org//test//EN\nBEGIN:VTIMEZONE\nTZID:Europe/Zurich\nBEGIN:STANDARD\nDTSTART:19701025T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE\n" +
		"BEGIN:VEVENT\nUID:" + uid + "\nDTSTAMP:20260301T090000Z\nDTSTART;TZID=Europe/Zurich:20260310T090000\nDTEND;TZID=Europe/Zurich:20260310T100000\nSUMMARY:About " + uid + "\n" + more + "END:VEVENT\nEND:VCALENDAR\n"
}

const alarm = "BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:Ring\nTRIGGER:-PT5M\nEND:VALARM\n"

func stores(t *testing.T) map[string]store.Store {
	bolt, err := boltstore.Open(filepath.Join(t.TempDir(), "almanac.db"), boltstore.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]store.Store{"memory": memstore.New(), "bolt": bolt}
}

func TestCalendar(t *testing.T) {
	for name, st := range stores(t) {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, st)
			c := s.coll(store.Calendar, "calendar")
			s.put(c, "a.ics", event("open", alarm))
			s.put(c, "b.ics", event("hidden", "CLASS:PRIVATE\n"))
			s.put(c, "c.ics", event("discreet", "CLASS:CONFIDENTIAL\nLOCATION:Attic\n"))
			s.put(c, "d.ics", event("free", "TRANSP:TRANSPARENT\n"))
			const head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//almanac//almanac//EN\r\nCALSCALE:GREGORIAN\r\nNAME:Calendar\r\nX-WR-CALNAME:Calendar\r\n" +
				"X-APPLE-CALENDAR-COLOR:#2F6FDE\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\n"
			parts := func(uid, more string) (zone, ev string) {
				text := strings.ReplaceAll(event(uid, more), "\n", "\r\n")
				from, to := strings.Index(text, "BEGIN:VTIMEZONE"), strings.Index(text, "BEGIN:VEVENT")
				return text[from:to], strings.TrimSuffix(text[to:], "END:VCALENDAR\r\n")
			}
			zone, open := parts("open", "")
			busy := func(uid, more string) string {
				_, ev := parts(uid, more)
				ev = strings.Replace(ev, "SUMMARY:About "+uid+"\r\n", "", 1)
				ev = strings.Replace(ev, "LOCATION:Attic\r\n", "", 1)
				return strings.Replace(ev, "END:VEVENT", "SUMMARY:Busy\r\nEND:VEVENT", 1)
			}
			_, free := parts("free", "TRANSP:TRANSPARENT\n")
			read := s.ask("GET", s.link(c, account.Link{Level: account.ShareRead}, ""))
			s.is("details", read.Body, head+zone+open+busy("discreet", "CLASS:CONFIDENTIAL\nLOCATION:Attic\n")+free+"END:VCALENDAR\r\n")
			s.is("type", read.Header().Get("Content-Type"), "text/calendar; charset=utf-8")
			s.is("file name", read.Header().Get("Content-Disposition"), "inline; filename=calendar.ics")
			s.is("ranges", read.Header().Get("Accept-Ranges"), "none")
			times := s.ask("GET", "/cal"+s.link(c, account.Link{Level: account.ShareFreeBusy}, ""))
			s.is("free/busy", times.Body, head+zone+busy("open", "")+busy("hidden", "CLASS:PRIVATE\n")+busy("discreet", "CLASS:CONFIDENTIAL\n")+"END:VCALENDAR\r\n")
			if read.Header().Get("ETag") == times.Header().Get("ETag") {
				t.Error("two feeds have one entity tag")
			}
			s.is("log", s.log.String(), "")
		})
	}
}

func TestCards(t *testing.T) {
	s := newSite(t, memstore.New())
	c := s.coll(store.AddressBook, "contacts")
	const one, two = "BEGIN:VCARD\nVERSION:3.0\nUID:1\nFN:One\nN:One;;;;\nEND:VCARD\n", "BEGIN:VCARD\nVERSION:4.0\nUID:2\nFN:Two\nEND:VCARD"
	s.put(c, "1.vcf", one)
	s.put(c, "2.vcf", two)
	path := s.link(c, account.Link{Level: account.ShareRead}, "")
	w := s.ask("GET", path)
	s.is("cards", w.Body, strings.ReplaceAll(one+two+"\n", "\n", "\r\n"))
	s.is("type", w.Header().Get("Content-Type"), "text/vcard; charset=utf-8")
	s.is("another extension", s.ask("GET", strings.TrimSuffix(path, ".vcf")+".ics").Code, 404)
}

func TestConditional(t *testing.T) {
	s := newSite(t, memstore.New())
	c := s.coll(store.Calendar, "calendar")
	s.put(c, "a.ics", event("a", ""))
	path := s.link(c, account.Link{Level: account.ShareRead}, "")
	first := s.ask("GET", path).Header()
	etag, modified := first.Get("ETag"), first.Get("Last-Modified")
	s.is("first modified", modified, "Mon, 02 Mar 2026 12:00:00 GMT")
	s.now = s.now.Add(time.Hour)
	for _, header := range []string{"If-None-Match: " + etag, "If-None-Match: \"x\", " + strings.TrimPrefix(etag, "W/"), "If-None-Match: *", "If-Modified-Since: " + modified} {
		w := s.ask("GET", path, header)
		if w.Code != 304 || w.Body.Len() > 0 || w.Header().Get("ETag") != etag || w.Header().Get("Last-Modified") != modified {
			t.Errorf("%s: %d, %v", header, w.Code, w.Header())
		}
	}
	for _, header := range []string{"If-None-Match: \"x\"", "If-None-Match: x", "If-Modified-Since: Mon, 02 Mar 2026 11:59:59 GMT", "If-Modified-Since: never", "Range: bytes=0-9"} {
		if w := s.ask("GET", path, header); w.Code != 200 || !strings.HasPrefix(w.Body.String(), "BEGIN:VCALENDAR") {
			t.Errorf("%s: %d", header, w.Code)
		}
	}
	// Every change is noticed, by either header, even within one second.
	last := s.ask("GET", path, "If-None-Match: "+etag, "If-Modified-Since: "+modified)
	s.is("unchanged", last.Code, 304)
	for i, change := range []func(){
		func() { s.put(c, "b.ics", event("b", "")) },
		func() { s.apply(store.DeleteObject{Coll: c.ID, Name: "b.ics"}) },
		func() {
			s.apply(store.MoveObject{From: c.ID, FromName: "a.ics", To: s.coll(store.Calendar, "tasks").ID, ToName: "a.ics"})
		},
		func() {
			s.apply(store.PatchProps{Target: store.OnCollection, Coll: c.ID, Set: []store.Prop{{Space: "DAV:", Local: "displayname", XML: `<displayname xmlns="DAV:">Other</displayname>`}}})
		},
	} {
		change()
		since := s.ask("GET", path, "If-Modified-Since: "+last.Header().Get("Last-Modified"))
		tag := s.ask("GET", path, "If-None-Match: "+last.Header().Get("ETag"))
		if since.Code != 200 || tag.Code != 200 {
			t.Errorf("change %d: %d, %d", i, since.Code, tag.Code)
		}
		last = tag
	}
	head := s.ask("HEAD", path)
	if head.Code != 200 || head.Body.Len() > 0 || head.Header().Get("ETag") != last.Header().Get("ETag") {
		t.Errorf("HEAD: %d, %v", head.Code, head.Header())
	}
	packed := s.ask("GET", path, "Accept-Encoding: gzip")
	z, err := gzip.NewReader(packed.Body)
	s.must(err)
	text, err := io.ReadAll(z)
	s.must(err)
	s.is("unpacked", string(text), last.Body.String())
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"} {
		if w := s.ask(method, path); w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
}

// TestGone answers every token that leads nowhere alike.
func TestGone(t *testing.T) {
	s := newSite(t, memstore.New())
	c := s.coll(store.Calendar, "calendar")
	expired := s.link(c, account.Link{Level: account.ShareRead, Expires: noon.Add(time.Hour)}, "")
	revoked := s.link(c, account.Link{Level: account.ShareRead, Label: "x"}, "")
	s.is("before", s.ask("GET", expired).Code+s.ask("GET", revoked).Code, 400)
	var links []account.Link
	s.must(s.st.View(t.Context(), func(sn store.Snapshot) (err error) { links, err = account.LinksOf(sn, c.ID); return err }))
	for _, l := range links {
		if l.Label == "x" {
			s.must(account.RemoveLink(t.Context(), s.st, c, l.ID, "test", noon))
		}
	}
	s.now = noon.Add(time.Hour)
	want := s.ask("GET", Path+"nothing.ics")
	s.is("status", want.Code, 404)
	for _, path := range []string{expired, revoked, Path, Path + ".ics", Path + strings.Repeat("a", 26) + ".ics", Path + "a/b.ics", Path + "%00.ics",
		strings.ToUpper(expired[len(Path):]), Path + strings.Repeat("x", 9000)} {
		if !strings.HasPrefix(path, Path) {
			path = Path + path
		}
		w := s.ask("GET", path)
		s.is(path, fmt.Sprint(w.Code, w.Header(), w.Body), fmt.Sprint(want.Code, want.Header(), want.Body))
	}
	for _, path := range []string{"/", "/public", "/dav/public/x.ics", "/other/public/x.ics"} {
		if s.Owns(httptest.NewRequest("GET", path, nil)) {
			t.Errorf("%s is ours", path)
		}
	}
}

func TestPassword(t *testing.T) {
	s := newSite(t, memstore.New())
	path := s.link(s.coll(store.Calendar, "calendar"), account.Link{Level: account.ShareRead}, "open sesame")
	basic := func(user, password string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", path, nil)
		r.SetBasicAuth(user, password)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	without := s.ask("GET", path)
	s.is("without", fmt.Sprintf("%d %s %s", without.Code, without.Header().Get("WWW-Authenticate"), without.Body), `401 Basic realm="almanac link", charset="UTF-8" Unauthorized`+"\n")
	s.is("right", basic("anybody", "open sesame").Code, 200)
	s.is("right, without a name", basic("", "open sesame").Code, 200)
	for range account.DefaultThrottle.AccountFree + 1 {
		s.is("wrong", basic("ann", "open").Code, 401)
	}
	slowed := basic("ann", "open")
	s.is("guessing", fmt.Sprintf("%d %s", slowed.Code, slowed.Header().Get("Retry-After")), "503 2")
	s.is("right all the same", basic("x", "open sesame").Code, 200)
	s.is("HEAD without", s.ask("HEAD", path).Code, 401)
}

// TestPages writes a feed larger than a page, with a change in the middle.
func TestPages(t *testing.T) {
	for name, st := range stores(t) {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, st)
			s.pageSize = 1000
			c := s.coll(store.Calendar, "calendar")
			for i := range 50 {
				s.put(c, fmt.Sprintf("%02d.ics", i), event(fmt.Sprint("e", i, "-"), "DESCRIPTION:"+strings.Repeat("long ", 20)+"\n"))
			}
			path := s.link(c, account.Link{Level: account.ShareRead}, "")
			w := s.ask("GET", path)
			if n := strings.Count(w.Body.String(), "BEGIN:VEVENT"); n != 50 || strings.Count(w.Body.String(), "BEGIN:VTIMEZONE") != 1 {
				t.Errorf("%d events", n)
			}
			// While the third page is written, what comes last is deleted.
			pages := 0
			slow := &hooked{httptest.NewRecorder(), func() {
				if pages++; pages == 3 {
					s.apply(store.DeleteObject{Coll: c.ID, Name: "49.ics"})
				}
			}}
			s.ServeHTTP(slow, httptest.NewRequest("GET", path, nil))
			if n := strings.Count(slow.Body.String(), "BEGIN:VEVENT"); n != 49 || pages < 10 || !strings.HasSuffix(slow.Body.String(), "END:VCALENDAR\r\n") {
				t.Errorf("%d events in %d pages", n, pages)
			}
			pages = 0
			cut := &hooked{httptest.NewRecorder(), func() {
				if pages++; pages == 2 {
					s.st.Close()
				}
			}}
			func() {
				defer func() {
					if recover() != any(http.ErrAbortHandler) {
						t.Error("a part is taken for the whole")
					}
				}()
				s.ServeHTTP(cut, httptest.NewRequest("GET", path, nil))
			}()
			if !strings.Contains(s.log.String(), "broken off") {
				t.Error(s.log.String())
			}
			s.is("closed", s.ask("GET", path).Code, 503)
		})
	}
}

type hooked struct {
	*httptest.ResponseRecorder
	hook func()
}

func (h *hooked) Write(p []byte) (int, error) { h.hook(); return h.ResponseRecorder.Write(p) }

// TestDamage leaves out what cannot be read, since nobody knows what is in it.
func TestDamage(t *testing.T) {
	s := newSite(t, memstore.New())
	c := s.coll(store.Calendar, "calendar")
	s.put(c, "a.ics", event("a", ""))
	s.apply(store.PutObject{Coll: c.ID, Name: "b.ics", Body: []byte("secret"), Index: store.Index{UID: "b", Component: "VEVENT"}})
	if w := s.ask("GET", s.link(c, account.Link{Level: account.ShareRead}, "")); w.Code != 200 || strings.Contains(w.Body.String(), "secret") || !strings.Contains(w.Body.String(), "UID:a") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func BenchmarkUnchanged(b *testing.B) {
	st := memstore.New()
	defer st.Close()
	home, err := account.Create(context.Background(), st, store.Home{Name: "ann"}, "test", noon)
	if err != nil {
		b.Fatal(err)
	}
	var c *store.Collection
	if err := st.View(b.Context(), func(s store.Snapshot) (err error) {
		c, err = s.CollectionByName(home, store.Calendar, "calendar")
		return err
	}); err != nil {
		b.Fatal(err)
	}
	_, token, err := account.AddLink(b.Context(), st, c, account.Link{Level: account.ShareRead}, "", rand.Reader, noon)
	if err != nil {
		b.Fatal(err)
	}
	s := New(Config{Store: st, Log: slog.Default(), Now: time.Now})
	s.Gate, _ = account.NewLinkGate(rand.Reader, account.DefaultThrottle)
	r := httptest.NewRequest("GET", Path+token+".ics", nil)
	r.Header.Set("If-None-Match", "*")
	for b.Loop() {
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
}
