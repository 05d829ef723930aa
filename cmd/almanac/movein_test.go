package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"almanac/account"
	"almanac/cmd/almanac/control"
	"almanac/dav/davtest"
	"almanac/dav/wire"
	"almanac/store"
	"almanac/store/memstore"
)

// A place is a store with an account "ann", with shorthands for tests.
type place struct {
	t     testing.TB
	store store.Store
	home  *store.Home
}

func newPlace(t testing.TB, st store.Store) *place {
	p := &place{t: t, store: st}
	p.view(func(s store.Snapshot) (err error) {
		p.home, err = s.HomeByName("ann")
		return err
	})
	return p
}

func (p *place) view(fn func(store.Snapshot) error) {
	p.t.Helper()
	if err := p.store.View(context.Background(), fn); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) apply(ops ...store.Op) {
	p.t.Helper()
	if _, err := p.store.Apply(context.Background(), &store.Batch{Home: p.home.ID, By: "test", Ops: ops}); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) coll(typed string) (c *store.Collection) {
	p.t.Helper()
	p.view(func(s store.Snapshot) (err error) {
		c, err = findCollection(s, p.home.ID, typed)
		return err
	})
	return c
}

func (p *place) put(coll, name, body string) {
	p.t.Helper()
	c := p.coll(coll)
	index, err := store.IndexOf(c.Kind, []byte(body))
	if err != nil {
		p.t.Fatal(err)
	}
	p.apply(store.PutObject{Coll: c.ID, Name: name, Body: []byte(body), Index: index})
}

func (p *place) remove(coll, name string) {
	p.t.Helper()
	p.apply(store.DeleteObject{Coll: p.coll(coll).ID, Name: name})
}

// objects returns what an account has, by collection and name.
func (p *place) objects() map[string]string {
	p.t.Helper()
	out := map[string]string{}
	p.view(func(s store.Snapshot) error {
		colls, err := s.Collections(p.home.ID)
		if err != nil {
			return err
		}
		for _, c := range colls {
			if err := s.List(c.ID, "", store.WantBody, func(o *store.Object) bool {
				out[c.Name+"/"+o.Name] = string(o.Body)
				return true
			}); err != nil {
				return err
			}
		}
		return nil
	})
	return out
}

// run carries out a command on the place's store.
func (p *place) run(stdin string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	env := &Env{
		Caller: control.Caller{Request: control.Request{Args: args}, Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs,
			Open:   func(name string) (io.ReadCloser, error) { return os.Open(name) },
			Create: createOutput},
		Ctx: context.Background(), Store: p.store, Now: time.Now, Random: rand.Reader,
		Getenv: func(string) string { return "" }, Environ: func() []string { return nil }, live: true,
	}
	code = execute(env)
	return code, out.String(), errs.String()
}

func newAccount(t testing.TB) *place { return newPlace(t, withAccount(t, memstore.New())) }

func withAccount(t testing.TB, st store.Store) store.Store {
	t.Cleanup(func() { st.Close() })
	if _, err := account.Create(context.Background(), st, store.Home{Name: "ann"}, "test", time.Now()); err != nil {
		t.Fatal(err)
	}
	return st
}

// A strange server is a real one with the ways of others in front of it.
type strange struct {
	next     http.Handler
	weak     bool              // entity tags are weak
	tagless  bool              // there are no entity tags
	moved    string            // path that redirects to the root
	instead  map[string]string // body of a GET by path
	requests []string
}

var etagElement = regexp.MustCompile(`(<(?:\w+:)?getetag>)(&quot;|")`)

func (s *strange) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.moved != "" && strings.HasPrefix(r.URL.Path, s.moved) {
		http.Redirect(w, r, "/"+strings.TrimPrefix(r.URL.Path, s.moved), http.StatusMovedPermanently)
		return
	}
	if body, ok := s.instead[r.URL.Path]; ok && r.Method == http.MethodGet {
		if body == "" {
			http.Error(w, "no", http.StatusInternalServerError)
			return
		}
		io.WriteString(w, body)
		return
	}
	if r.Method == http.MethodGet {
		s.requests = append(s.requests, r.URL.Path)
	}
	rec := httptest.NewRecorder()
	r.Header.Del("Accept-Encoding")
	s.next.ServeHTTP(rec, r)
	body := rec.Body.Bytes()
	switch {
	case r.Method != "PROPFIND":
	case s.weak:
		body = etagElement.ReplaceAll(body, []byte("${1}W/$2"))
	case s.tagless:
		body = regexp.MustCompile(`<(\w+:)?getetag>[^<]*</(\w+:)?getetag>`).ReplaceAll(body, nil)
	}
	rec.Header().Del("Content-Length")
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(rec.Code)
	w.Write(body)
}

// event and card are objects as clients write them.
func event(uid, summary string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//old server//EN\r\nBEGIN:VEVENT\r\nUID:" + uid +
		"\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260504T100000Z\r\nX-ODD;X-P=\"a b\":kept as\r\n  it is\r\nSUMMARY:" + summary + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
}

func card(uid, name string) string {
	return "BEGIN:VCARD\nVERSION:4.0\nUID:" + uid + "\nFN:" + name + "\nitem1.X-ODD:kept\nEND:VCARD\n"
}

// oldServer is a server to move in from, with an account that has something.
func oldServer(t *testing.T) (old *place, front *strange, url string) {
	s := davtest.NewServer(t, memstore.New())
	old = newPlace(t, s.Store)
	old.apply(
		store.CreateCollection{Collection: store.Collection{Kind: store.Calendar, Name: "Büro & so", Components: []string{"VEVENT", "VTODO"},
			Props: store.PropSet(nil).Patch([]store.Prop{prop(wire.D("displayname"), "Büro"), prop(wire.AppleICal("calendar-color"), "#112233FF"),
				prop(wire.AppleICal("calendar-order"), "7"), prop(wire.C("calendar-description"), "Work <only>")}, nil)}},
		store.PatchProps{Target: store.OnCollection, Coll: old.coll("calendar").ID, Set: []store.Prop{prop(wire.D("displayname"), "Private")}},
	)
	old.put("calendar", "a.ics", event("a@example.org", "Lunch"))
	old.put("calendar", "b b@%.ics", event("b@example.org", "Dinner"))
	old.put("Büro & so", "c.ics", event("c@example.org", "Meeting"))
	old.put("contacts", "zoe.vcf", card("zoe@example.org", "Zoë"))
	front = &strange{next: s.Handler}
	web := httptest.NewServer(front)
	t.Cleanup(web.Close)
	return old, front, web.URL
}

func (p *place) moveIn(url string, more ...string) (int, string, string) {
	return p.run("ann\n", append([]string{"import", "ann", "--from", url, "--login", "ann", "--password-stdin"}, more...)...)
}

func TestMoveIn(t *testing.T) {
	old, front, url := oldServer(t)
	here := newAccount(t)

	code, stdout, stderr := here.moveIn(url)
	want := `calendars/calendar: 2 new, 0 changed, 0 as before, 0 deleted there, 0 refused
calendars/tasks: 0 new, 0 changed, 0 as before, 0 deleted there, 0 refused
calendars/Büro & so: 1 new, 0 changed, 0 as before, 0 deleted there, 0 refused
addressbooks/contacts: 1 new, 0 changed, 0 as before, 0 deleted there, 0 refused
`
	if code != 0 || stderr != "" || stdout != want {
		t.Fatalf("exit code %d, standard error %q, difference:\n%s", code, stderr, cmp.Diff(want, stdout))
	}
	if diff := cmp.Diff(old.objects(), here.objects()); diff != "" {
		t.Errorf("the objects there and here:\n%s", diff)
	}
	c := here.coll("Büro & so")
	for name, want := range map[wire.Name]string{wire.D("displayname"): "Büro", wire.AppleICal("calendar-color"): "#112233FF",
		wire.AppleICal("calendar-order"): "7", wire.C("calendar-description"): "Work <only>"} {
		if got := wire.FragmentText(c.Props.Get(name.Space, name.Local)); got != want {
			t.Errorf("%s is %q, want %q", name.Local, got, want)
		}
	}
	if got := strings.Join(c.Components, " "); got != "VEVENT VTODO" {
		t.Errorf("components are %q", got)
	}
	if got := calendars.describe(here.coll("calendar")).DisplayName; got != "Private" {
		t.Errorf("the calendar that was there before, and empty, is called %q", got)
	}

	// Again: nothing is read, nothing changes.
	front.requests = nil
	code, stdout, _ = here.moveIn(url)
	if code != 0 || strings.Contains(stdout, " 1 new") || strings.Contains(stdout, "1 changed") || !strings.HasPrefix(stdout, "calendars/calendar: 0 new, 0 changed, 2 as before, 0 deleted") {
		t.Errorf("second run: exit code %d, output:\n%s", code, stdout)
	}
	if len(front.requests) > 0 {
		t.Errorf("second run read %q", front.requests)
	}

	// What changed since, there and here.
	old.put("calendar", "a.ics", event("a@example.org", "Late lunch"))
	old.remove("calendar", "b b@%.ics")
	old.put("calendar", "d.ics", event("d@example.org", "New"))
	old.remove("contacts", "zoe.vcf")
	here.put("contacts", "zoe.vcf", card("zoe@example.org", "Zoë, whom I call Zo"))
	here.put("calendar", "mine.ics", event("mine@example.org", "Only here"))
	old.remove("Büro & so", "c.ics")
	old.put("Büro & so", "renamed.ics", event("c@example.org", "Meeting"))
	here.apply(store.PatchProps{Target: store.OnCollection, Coll: c.ID, Set: []store.Prop{prop(wire.D("displayname"), "Office")}})
	code, stdout, stderr = here.moveIn(url)
	want = `calendars/calendar: 1 new, 1 changed, 0 as before, 1 deleted there, 0 refused
calendars/tasks: 0 new, 0 changed, 0 as before, 0 deleted there, 0 refused
calendars/Büro & so: 0 new, 0 changed, 1 as before, 0 deleted there, 0 refused
addressbooks/contacts: 0 new, 0 changed, 0 as before, 0 deleted there, 0 refused
`
	if code != 0 || stderr != "" || stdout != want {
		t.Fatalf("third run: exit code %d, standard error %q, difference:\n%s", code, stderr, cmp.Diff(want, stdout))
	}
	wantObjects := map[string]string{
		"calendar/a.ics":    event("a@example.org", "Late lunch"),
		"calendar/d.ics":    event("d@example.org", "New"),
		"calendar/mine.ics": event("mine@example.org", "Only here"),
		"Büro & so/c.ics":   event("c@example.org", "Meeting"),
		"contacts/zoe.vcf":  card("zoe@example.org", "Zoë, whom I call Zo"),
	}
	if diff := cmp.Diff(wantObjects, here.objects()); diff != "" {
		t.Errorf("the objects after the third run:\n%s", diff)
	}
	if got := calendars.describe(here.coll("Büro & so")).DisplayName; got != "Office" {
		t.Errorf("a name that was given here became %q", got)
	}
}

// TestMoveInBadObject has an object that cannot be read, one that cannot be
// stored, and one that can be mended.
func TestMoveInBadObject(t *testing.T) {
	old, front, url := oldServer(t)
	old.put("calendar", "bad.ics", event("bad@example.org", "Bad"))
	old.put("contacts", "bad.vcf", card("bad@example.org", "Bad"))
	old.put("contacts", "old.vcf", card("old@example.org", "Old"))
	home := "/dav/calendars/ann/"
	if _, ok := pathOf(front, "/dav/calendars/ann/calendar/a.ics"); !ok {
		t.Fatal("the test does not know the paths of its server")
	}
	front.instead = map[string]string{
		home + "calendar/bad.ics":                "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:bad@example.org\r\n",
		home + "calendar/b b@%.ics":              "",
		"/dav/addressbooks/ann/contacts/bad.vcf": "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:bad@example.org\r\nUID:worse@example.org\r\nFN:x\r\nEND:VCARD\r\n",
		"/dav/addressbooks/ann/contacts/old.vcf": "BEGIN:VCARD\r\nVERSION:2.1\r\nUID:old@example.org\r\nN:Old;Otto\r\nEND:VCARD\r\n",
	}
	front.instead["/dav/calendars/ann/calendar/a.ics"] = strings.Replace(event("a@example.org", "Lunch"), "BEGIN:VEVENT", "METHOD:PUBLISH\r\nBEGIN:VEVENT", 1)

	here := newAccount(t)
	code, stdout, stderr := here.moveIn(url)
	wantErr := `almanac: refused: /dav/calendars/ann/calendar/b%20b%40%25.ics: the server answers 500 Internal Server Error
almanac: refused: /dav/calendars/ann/calendar/bad.ics: UID bad@example.org: line 2: BEGIN:VEVENT without END
almanac: refused: /dav/addressbooks/ann/contacts/bad.vcf: UID bad@example.org: line 4: second UID property
`
	if code != 1 || stderr != wantErr {
		t.Errorf("exit code %d, standard error:\n%s", code, cmp.Diff(wantErr, stderr))
	}
	want := `calendars/calendar: 1 new, 0 changed, 0 as before, 0 deleted there, 2 refused
calendars/tasks: 0 new, 0 changed, 0 as before, 0 deleted there, 0 refused
calendars/Büro & so: 1 new, 0 changed, 0 as before, 0 deleted there, 0 refused
addressbooks/contacts: 2 new, 0 changed, 0 as before, 0 deleted there, 1 refused
`
	if diff := cmp.Diff(want, stdout); diff != "" {
		t.Error(diff)
	}
	got := here.objects()
	if got["calendar/a.ics"] != event("a@example.org", "Lunch") {
		t.Errorf("without its METHOD, an object became %q", got["calendar/a.ics"])
	}
	if want := "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:old@example.org\r\nN:Old;Otto\r\nFN:Otto Old\r\nEND:VCARD\r\n"; got["contacts/old.vcf"] != want {
		t.Errorf("vCard 2.1 became %q, want %q", got["contacts/old.vcf"], want)
	}

	// What could not be read stays as it is here, and comes when it can be read.
	front.instead = nil
	if code, _, stderr := here.moveIn(url, "--json"); code != 0 || stderr != "" {
		t.Errorf("after the server was mended: exit code %d, %s", code, stderr)
	}
	if got := here.objects(); got["calendar/b b@%.ics"] != event("b@example.org", "Dinner") {
		t.Errorf("after the server was mended: %q", got["calendar/b b@%.ics"])
	}
}

// pathOf asks a server whether something is at a path.
func pathOf(s *strange, path string) (string, bool) {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.SetBasicAuth("ann", "ann")
	rec := httptest.NewRecorder()
	s.next.ServeHTTP(rec, r)
	return path, rec.Code == http.StatusOK
}

func TestMoveInWeakAndMissingTags(t *testing.T) {
	for _, test := range []struct {
		name   string
		set    func(*strange)
		reread int
	}{
		{"weak", func(s *strange) { s.weak = true }, 0},
		{"none", func(s *strange) { s.tagless = true }, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			old, front, url := oldServer(t)
			test.set(front)
			here := newAccount(t)
			if code, _, stderr := here.moveIn(url); code != 0 {
				t.Fatalf("exit code %d: %s", code, stderr)
			}
			front.requests = nil
			code, stdout, stderr := here.moveIn(url)
			if code != 0 || !strings.HasPrefix(stdout, "calendars/calendar: 0 new, 0 changed, 2 as before, 0 deleted") {
				t.Errorf("again: exit code %d, %s%s", code, stdout, stderr)
			}
			if len(front.requests) != test.reread {
				t.Errorf("the second run read %q, want %d objects", front.requests, test.reread)
			}
			if diff := cmp.Diff(old.objects(), here.objects()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMoveInRedirect(t *testing.T) {
	old, front, url := oldServer(t)
	front.moved = "/remote.php/dav/"
	here := newAccount(t)
	if code, _, stderr := here.moveIn(url + "/remote.php/dav/"); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if diff := cmp.Diff(old.objects(), here.objects()); diff != "" {
		t.Error(diff)
	}
}

func TestMoveInWrongPassword(t *testing.T) {
	_, _, url := oldServer(t)
	here := newAccount(t)
	code, stdout, stderr := here.run("wrong\n", "import", "ann", "--from", url, "--login", "ann", "--password-stdin")
	want := "almanac: move in from " + url + " as ann: PROPFIND " + url + "/: the server does not take that name and password\n"
	if code != 1 || stdout != "" || stderr != want {
		t.Errorf("exit code %d, %q, %q, want %q", code, stdout, stderr, want)
	}
}
