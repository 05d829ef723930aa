package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"almanac/dav/wire"
)

// A canned server answers each "METHOD path" with a fixed body, status first.
type canned map[string]string

func (c canned) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, password, _ := r.BasicAuth(); password != "secret" {
		http.Error(w, "who?", http.StatusUnauthorized)
		return
	}
	answer, ok := c[r.Method+" "+r.URL.EscapedPath()]
	if !ok {
		http.NotFound(w, r)
		return
	}
	var status int
	head, body, _ := strings.Cut(answer, "\n")
	fmt.Sscan(head, &status)
	if _, to, redirect := strings.Cut(head, " "); redirect {
		w.Header().Set("Location", to)
	}
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	io.WriteString(w, body)
}

func (c canned) start(t *testing.T) string {
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	return s.URL
}

func multistatus(responses ...string) string {
	return "207\n" + `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:a="http://apple.com/ns/ical/">` +
		strings.Join(responses, "") + `</d:multistatus>`
}

func has(href, props string) string {
	return `<d:response><d:href>` + href + `</d:href><d:propstat><d:prop>` + props + `</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`
}

const (
	principalProp = `<d:current-user-principal><d:href>/p/ann/</d:href></d:current-user-principal>`
	calendarType  = `<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>`
)

func homeSet(href string) string {
	return `<c:calendar-home-set><d:href>` + href + `</d:href></c:calendar-home-set>`
}

func open(t *testing.T, url string) *Account {
	t.Helper()
	a, err := Open(url, "ann", "secret")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// TestCollections finds a home by the well-known URL and a redirect, below a URL
// that a proxy made http of, with hrefs that are absolute.
func TestCollections(t *testing.T) {
	server := canned{}
	at := server.start(t)
	host := strings.TrimPrefix(at, "http://")
	server["PROPFIND /.well-known/caldav"] = "301 /dav/"
	server["PROPFIND /dav/"] = multistatus(has("/dav/", principalProp))
	server["PROPFIND /p/ann/"] = multistatus(has("/p/ann/", homeSet("https://"+host+"/h/ann/")))
	server["PROPFIND /h/ann/"] = multistatus(
		has("/h/ann/", `<d:resourcetype><d:collection/></d:resourcetype>`),
		has("http://"+host+"/h/ann/w%C3%B6rk/", calendarType+`<d:displayname>Work</d:displayname><a:calendar-color>#123456</a:calendar-color>
			<c:supported-calendar-component-set><c:comp name="VEVENT"/><c:comp name="vtodo"/></c:supported-calendar-component-set>`),
		has("/h/ann/a%2Fb/", calendarType+`<d:displayname/>`),
		has("/h/ann/inbox/", `<d:resourcetype><d:collection/><c:schedule-inbox/></d:resourcetype>`),
	)
	got, err := open(t, at).Collections(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := []Collection{
		{Calendar: true, Path: "http://" + host + "/h/ann/w%C3%B6rk/", Name: "wörk", Components: []string{"VEVENT", "VTODO"}, Props: []Prop{
			{wire.D("displayname"), `<d:displayname xmlns:d="DAV:">Work</d:displayname>`},
			{wire.AppleICal("calendar-color"), `<a:calendar-color xmlns:a="http://apple.com/ns/ical/">#123456</a:calendar-color>`},
		}},
		{Calendar: true, Path: "/h/ann/a%2Fb/", Name: "a/b"},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Collection{})); diff != "" {
		t.Error(diff)
	}
}

func TestMembersAndRead(t *testing.T) {
	server := canned{
		"PROPFIND /p/ann/": multistatus(has("/p/ann/", homeSet("/h/ann/"))),
		"PROPFIND /":       multistatus(has("/", principalProp)),
		"PROPFIND /h/ann/": multistatus(has("/h/ann/work/", calendarType)),
		"PROPFIND /h/ann/work/": multistatus(
			has("/h/ann/work/", ""),
			has("/h/ann/work/below/", `<d:resourcetype><d:collection/></d:resourcetype>`),
			has("/h/ann/work/a%2fb.ics", `<d:getetag>W/"1"</d:getetag>`),
			has("/h/ann/work/none.ics", ""),
			`<d:response><d:href>/h/ann/work/gone.ics</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>`,
			has("/h/ann/work/%zz.ics", ""),
			has("http://elsewhere.example.org/x.ics", ""),
		),
		"GET /h/ann/work/a%2fb.ics": "200\nas it is\r\n",
	}
	a := open(t, server.start(t))
	colls, err := a.Collections(context.Background())
	if err != nil || len(colls) != 1 {
		t.Fatal(colls, err)
	}
	got, err := a.Members(context.Background(), &colls[0])
	if err != nil {
		t.Fatal(err)
	}
	want := []Member{
		{Path: "/h/ann/work/a%2fb.ics", Name: "a/b.ics", ETag: `W/"1"`},
		{Path: "/h/ann/work/none.ics", Name: "none.ics"},
		{Path: "/h/ann/work/%zz.ics"},
		{Path: "http://elsewhere.example.org/x.ics", Name: "x.ics"},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Member{})); diff != "" {
		t.Fatal(diff)
	}
	for i, want := range []struct{ body, err string }{
		{"as it is\r\n", ""},
		{"", "the server answers 404 Not Found"},
		{"", `the server lists it as "/h/ann/work/%zz.ics", which is no address`},
		{"", `the server lists it as "http://elsewhere.example.org/x.ics", which is no address`},
	} {
		body, err := a.Read(context.Background(), got[i])
		if string(body) != want.body || err == nil && want.err != "" || err != nil && err.Error() != want.err {
			t.Errorf("reading %s: %q, %v, want %+v", got[i].Path, body, err, want)
		}
	}
}

// TestPartOfAListing must not be taken for all: what is missing would be deleted.
func TestPartOfAListing(t *testing.T) {
	server := canned{"PROPFIND /h/": multistatus(has("/h/a.ics", ""),
		`<d:response><d:href>/h/</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>`)}
	at, _ := url.Parse(server.start(t) + "/h/")
	if m, err := open(t, at.String()).Members(context.Background(), &Collection{at: at}); err == nil {
		t.Errorf("%v, and no error", m)
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		name   string
		server canned
		want   string
	}{
		{"no DAV at all", canned{}, "404"},
		{"a principal without home", canned{
			"PROPFIND /":       multistatus(has("/", principalProp)),
			"PROPFIND /p/ann/": multistatus(has("/p/ann/", "")),
		}, "has no calendar-home-set"},
		{"redirect to another host", canned{"PROPFIND /": "302 http://elsewhere.example.org/"}, "redirects to http://elsewhere.example.org/: start from there"},
		{"redirects without end", canned{"PROPFIND /": "302 /"}, "too many redirects"},
		{"home on another host, unencrypted", canned{
			"PROPFIND /":       multistatus(has("/", principalProp)),
			"PROPFIND /p/ann/": multistatus(has("/p/ann/", homeSet("http://elsewhere.example.org/h/"))),
		}, "the password would go unencrypted"},
		{"entities", canned{"PROPFIND /": "207\n<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			colls, err := open(t, test.server.start(t)).Collections(context.Background())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, %v; want an error with %q", colls, err, test.want)
			}
		})
	}
	wrong, err := Open(canned{}.start(t), "ann", "guess")
	if err != nil {
		t.Fatal(err)
	}
	defer wrong.Close()
	if _, err := wrong.Collections(context.Background()); !errors.Is(err, ErrLogin) {
		t.Errorf("wrong password: %v", err)
	}
	for _, typed := range []string{"", "ftp://example.org", "https://", "http://a b/"} {
		if _, err := Open(typed, "ann", "secret"); err == nil {
			t.Errorf("Open(%q) has no error", typed)
		}
	}
}
