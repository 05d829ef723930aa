package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"almanac/account"
	"almanac/store"
	"almanac/web"
)

// A pusher takes what is for a push service of its own.
type pusher struct{}

func (pusher) PublicKey() string { return "BKey" }

func (pusher) Check(c *account.Channel) error {
	if !strings.HasPrefix(c.Address, "https://push.example.org/") {
		return errors.New("it is no push service of ours")
	}
	return nil
}

// browsersOf lists somebody's channels that are browsers, a line for each.
func (s *site) browsersOf(user string) (lines []string) {
	s.t.Helper()
	err := s.store.View(context.Background(), func(snap store.Snapshot) error {
		all, err := account.Channels(snap, s.home(user).ID)
		for _, c := range all {
			if c.Kind != account.Browser {
				continue
			}
			lines = append(lines, fmt.Sprintf("%s %s %s %s %v %t", c.Name, c.Address, c.P256dh, c.Auth, c.Takes, !c.Verified.IsZero()))
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return lines
}

const firefox = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// TestBrowsersOnAndOff: what a browser sends becomes a channel, once; another
// subscription takes the place of the one that it replaces; and only one's own goes.
func TestBrowsersOnAndOff(t *testing.T) {
	s := newSite(t, func(c *web.Config) { c.Pusher = pusher{} })
	ann, bob := s.signIn("ann"), s.signIn("bob")
	for _, b := range []*browser{ann, bob} {
		b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	send := func(b *browser, path, endpoint, replaces string) {
		t.Helper()
		s.pass(time.Second) // channels are in the order in which they were made
		p := b.post("/account/reminders/browser"+path, url.Values{"endpoint": {endpoint}, "p256dh": {"P"}, "auth": {"A"}, "replaces": {replaces}}, firefox)
		if p.StatusCode != http.StatusSeeOther || p.Header.Get("Location") != "/account/reminders" {
			t.Fatalf("%d %v\n%s", p.StatusCode, p.Header, p.body)
		}
	}
	is := func(user string, want ...string) {
		t.Helper()
		if got := fmt.Sprintf("%q", s.browsersOf(user)); got != fmt.Sprintf("%q", want) {
			t.Errorf("%s has\n%s, want\n%q", user, got, want)
		}
	}
	const at = "https://push.example.org/"
	send(ann, "", at+"1", "")
	send(ann, "", at+"1", "") // pressed twice
	one := "Firefox Linux " + at + "1 P A [DISPLAY AUDIO] true"
	is("ann", one)
	send(ann, "", at+"2", "")
	is("ann", one, "Firefox Linux 2 "+at+"2 P A [DISPLAY AUDIO] true")
	send(ann, "", at+"3", at+"2")
	is("ann", one, "Firefox Linux 2 "+at+"3 P A [DISPLAY AUDIO] true")
	send(bob, "", at+"4", at+"1") // replaces nothing of bob's
	send(bob, "/off", at+"1", "")
	is("ann", one, "Firefox Linux 2 "+at+"3 P A [DISPLAY AUDIO] true")
	is("bob", "Firefox Linux "+at+"4 P A [DISPLAY AUDIO] true")
	send(ann, "/off", at+"1", "")
	send(ann, "/off", at+"nowhere", "")
	is("ann", "Firefox Linux 2 "+at+"3 P A [DISPLAY AUDIO] true")
}

// TestBrowsersRefused: what is no subscription, or one too many.
func TestBrowsersRefused(t *testing.T) {
	s := newSite(t, func(c *web.Config) { c.Pusher = pusher{} })
	ann := s.signIn("ann")
	on := func(endpoint string) *page {
		return ann.post("/account/reminders/browser", url.Values{"endpoint": {endpoint}})
	}
	for _, endpoint := range []string{"", "nonsense", "ftp://push.example.org/1", "https://169.254.169.254/", "https://push.example.org/\x00", "https://push.example.org/" + strings.Repeat("x", 3000)} {
		p := on(endpoint)
		p.is(t, http.StatusUnprocessableEntity, "/account/reminders/browser", "That did not work")
		if !strings.Contains(p.body, "The subscription of this browser cannot be used.") {
			t.Error(p.body)
		}
	}
	ann.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for i := range account.MaxChannels - 1 { // beside the mail address
		if p := on(fmt.Sprint("https://push.example.org/", i)); p.StatusCode != http.StatusSeeOther {
			t.Fatalf("%d: %d\n%s", i, p.StatusCode, p.body)
		}
	}
	on("https://push.example.org/more").is(t, http.StatusUnprocessableEntity, "/account/reminders/browser", "That did not work")
	if n := len(s.browsersOf("ann")); n != account.MaxChannels-1 {
		t.Errorf("%d browsers", n)
	}
	for _, path := range []string{"browser", "browser/off"} {
		s.signIn("bob").post("/account/reminders/"+path, url.Values{"endpoint": {"https://push.example.org/b"}}, "Origin: https://example.com").
			is(t, http.StatusForbidden, "/account/reminders/"+path, "That did not work")
		s.browser().post("/account/reminders/"+path, url.Values{}).is(t, http.StatusOK, "/account/signin", "Sign in")
	}
	if got := s.browsersOf("bob"); len(got) != 0 {
		t.Errorf("bob has %q", got)
	}
}

// TestWorker: where the service worker is, and that it is nowhere without a pusher.
func TestWorker(t *testing.T) {
	public, _ := url.Parse("https://cal.example.org/cal")
	for _, c := range []struct {
		pusher web.Pusher
		path   string
		status int
	}{
		{pusher{}, "/cal/sw.js", http.StatusOK}, {pusher{}, "/sw.js", http.StatusOK}, {nil, "/sw.js", http.StatusUnauthorized},
	} {
		p := newSite(t, func(w *web.Config) { w.Pusher, w.PublicURL = c.pusher, public }).browser().get(c.path)
		if p.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", c.path, p.StatusCode, c.status)
		}
		if c.status != http.StatusOK {
			continue
		}
		got := fmt.Sprint(p.Header.Get("Content-Type"), "|", p.Header.Get("Cache-Control"), "|", p.Header.Get("Content-Security-Policy"))
		if want := "text/javascript; charset=utf-8|no-cache|default-src 'none'; connect-src 'self'"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
