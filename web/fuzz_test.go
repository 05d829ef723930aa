package web

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"almanac/account"
	"almanac/notify"
	"almanac/remind"
	"almanac/seal"
	"almanac/store"
	"almanac/store/memstore"
)

// TestWaiting holds waiting against a list.
func TestWaiting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWaiting[int](10*time.Second, 3)
		type item struct {
			token byte
			home  store.HomeID
			until time.Time
		}
		var model []item // oldest first
		now := time.Unix(1000, 0)
		for i := range 40 {
			now = now.Add(time.Duration(rapid.IntRange(0, 4).Draw(t, "passes")) * time.Second)
			token := rapid.ByteRange('a', 'z').Draw(t, "token")
			at := -1
			for j, x := range model {
				if x.token == token {
					at = j
				}
			}
			switch rapid.IntRange(0, 2).Draw(t, "act") {
			case 0:
				if at >= 0 {
					continue // tokens do not come twice
				}
				home := store.HomeID(rapid.IntRange(1, 2).Draw(t, "home"))
				w.add(digestOf(string(token)), home, i, now)
				alive := model[:0]
				for _, x := range model {
					if now.Before(x.until) {
						alive = append(alive, x)
					}
				}
				model = append(alive, item{token, home, now.Add(10 * time.Second)})
				count := 0
				for j := len(model) - 1; j >= 0; j-- {
					if model[j].home == home {
						if count++; count > 3 {
							model = append(model[:j], model[j+1:]...)
						}
					}
				}
			case 1, 2:
				var home store.HomeID
				ok, _ := w.use(digestOf(string(token)), now, func(_ int, h store.HomeID) error { home = h; return nil })
				want := at >= 0 && now.Before(model[at].until)
				if ok != want || ok && home != model[at].home {
					t.Fatalf("take %c: %t %d, want %t", token, ok, home, want)
				}
				if at >= 0 {
					model = append(model[:at], model[at+1:]...)
				}
			}
		}
		if len(w.items) > 6 || len(w.homes) > 2 {
			t.Fatalf("%d things wait", len(w.items))
		}
	})
}

// FuzzNextPage: whatever the form says, somebody who signs in stays on this server,
// on our pages.
func FuzzNextPage(f *testing.F) {
	for _, next := range []string{"connect/apple", "grant?flow=a%2Bb", "//example.com", "https://example.com", "/dav/", "../dav/", "\\\\example.com", "a/../../x", "%2e%2e/", "javascript:alert(1)", "connect\r\nSet-Cookie: a=b", "?next=x", "#x"} {
		f.Add(next)
	}
	base, _ := url.Parse("https://cal.example.org" + root)
	f.Fuzz(func(t *testing.T, next string) {
		to := root + nextPage(next)
		u, err := base.Parse(to)
		if err != nil || u.Host != base.Host || u.Scheme != "https" || !strings.HasPrefix(u.Path, root) || strings.ContainsAny(to, "\r\n\\") {
			t.Errorf("%q leads to %q", next, to)
		}
	})
}

func FuzzIsHost(f *testing.F) {
	for _, s := range []string{"cal.example.org:8443", "[::1]:80", "a b", "a/b", "a@b", "<script>", "x\x00", "ä.example", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !isHost(s) {
			return
		}
		a := Address{Secure: true, Host: s}
		u, err := url.Parse(a.String())
		if err != nil || u.Host != s || u.Path != "/" || u.User != nil {
			t.Errorf("%q: %v %v", s, u, err)
		}
		a.reverse()
		a.HostPort()
	})
}

// FuzzRequests sends any form and query to any of our pages, signed in and not: no
// answer is a fault of ours, none leads elsewhere, and no stranger gets a device's
// password or a session.
func FuzzRequests(f *testing.F) {
	st := memstore.New()
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	id, err := account.Create(f.Context(), st, store.Home{Name: "ann"}, "test", now) // without a password: nothing is hashed
	if err != nil {
		f.Fatal(err)
	}
	auth, err := account.New(st, account.Options{Random: rand.Reader})
	if err != nil {
		f.Fatal(err)
	}
	clock := func() time.Time { return now }
	links, err := seal.NewRandom(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	s, err := New(Config{Store: st, Auth: auth, Now: clock, Random: rand.Reader, Principal: func(string) string { return "/p/" },
		Reminders: &remind.Service{Store: st, Log: slog.Default(), Now: clock}, Links: links, Senders: map[account.ChannelKind]notify.Sender{account.Mail: &notify.Mailer{}}})
	if err != nil {
		f.Fatal(err)
	}
	w := httptest.NewRecorder()
	rq := &request{Server: s, ctx: f.Context(), w: w, r: httptest.NewRequest("GET", root, nil), lang: english}
	if err := rq.begin(account.Identity{Home: id, Name: "ann"}); err != nil {
		f.Fatal(err)
	}
	cookie := strings.SplitN(w.Header().Get("Set-Cookie"), ";", 2)[0]
	handler := s.Before(http.NotFoundHandler())
	for _, r := range routes() {
		method, path, ok := strings.Cut(r.pattern, " ")
		if !ok {
			method, path = "POST", method
		}
		f.Add(method == "POST", true, strings.NewReplacer("{$}", "", "{device}", "apple", "{token}", "x").Replace(path), "token=x&flow=x&lang=de&next=//x", "label=%3Cb%3E&code=1&key=x&id=x&answer=yes&scope=calendars&token=x")
	}
	f.Fuzz(func(t *testing.T, post, signedIn bool, path, query, form string) {
		if !strings.HasPrefix(path, root) && !strings.HasPrefix(path, flowRoot) && !strings.HasPrefix(path, notify.StopPath) || strings.Contains(path, "signout") || strings.Contains(path, "security/password") {
			return // not ours; or ends the session
		}
		method := http.MethodGet
		if post {
			method = http.MethodPost
		}
		r := &http.Request{Method: method, URL: &url.URL{Path: path, RawQuery: query}, Header: http.Header{}, Host: "cal.example.org", RemoteAddr: "192.0.2.1:1", Body: http.NoBody, Proto: "HTTP/1.1"}
		if post {
			r = httptest.NewRequest(method, "http://cal.example.org/", strings.NewReader(form))
			r.URL = &url.URL{Path: path, RawQuery: query}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		if signedIn {
			r.Header.Set("Cookie", cookie)
		}
		r = r.WithContext(t.Context())
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code >= 500 && w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s %q: %d", method, path, w.Code)
		}
		if to := w.Header().Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, "/\\")) {
			t.Errorf("%s %q leads to %q", method, path, to)
		}
		if !signedIn && (strings.Contains(w.Body.String(), `class="secret"`) || w.Header().Get("Content-Type") == MediaType || strings.Contains(w.Header().Get("Set-Cookie"), cookieName+"=a")) {
			t.Errorf("%s %q: a stranger gets %q", method, path, w.Body)
		}
	})
}
