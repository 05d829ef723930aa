package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"almanac/account"
	"almanac/web"
)

// TestRenewBrowser: what the push service changes keeps its name and what it takes, for
// whoever has the old subscription's secret, whether they are signed in or not.
func TestRenewBrowser(t *testing.T) {
	s := newRemindSite(t, nil)
	const (
		one, two = "https://push.example.org/one", "https://push.example.org/two"
		secret   = "AAAAAAAAAAAAAAAAAAAAAA"
		fresh    = "AQAAAAAAAAAAAAAAAAAAAA"
	)
	ann, bob, nobody := s.signIn("ann"), s.signIn("bob"), s.browser()
	add := func(b *browser, endpoint, auth string) {
		b.post(remindersPath+"/add", url.Values{"kind": {"browser"}, "address": {endpoint}, "p256dh": {testPushKey}, "auth": {auth}}).has(t, "Added.")
	}
	list := func() (all []string) {
		for _, c := range s.channels()[1:] {
			all = append(all, fmt.Sprintf("%s %s %s %s %s", c.Name, strings.TrimPrefix(c.Address, "https://push.example.org/"), c.Auth, strings.Join(c.Takes, "+"), c.Problem))
		}
		slices.Sort(all)
		return all
	}
	is := func(what string, want ...string) {
		t.Helper()
		if got := list(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	renew := func(status int, change url.Values, header ...string) {
		t.Helper()
		form := url.Values{"old": {one}, "oldauth": {secret}, "address": {two}, "p256dh": {testPushKey}, "auth": {fresh}}
		for k, v := range change {
			form[k] = v
		}
		if p := nobody.post(remindersPath+"/renew", form, header...); p.StatusCode != status {
			t.Errorf("%v: %d, want %d", change, p.StatusCode, status)
		}
	}
	add(ann, one, secret)
	add(bob, one, fresh) // another secret: it was not this browser
	mine := s.channels()[1]
	ann.post(remindersPath+"/change", url.Values{"id": {mine.ID}, "takes": {"EMAIL"}}).has(t, "Saved.")
	s.apply(s.home("ann").ID, account.ProblemOp(s.home("ann").ID, mine, "403", s.now()))
	before := "Go-http-client one " + secret + " EMAIL 403"
	is("before", before)

	renew(http.StatusNotFound, url.Values{"oldauth": {"BBBBBBBBBBBBBBBBBBBBBB"}})
	renew(http.StatusNotFound, url.Values{"old": {two}})
	renew(http.StatusBadRequest, url.Values{"oldauth": {""}})
	renew(http.StatusBadRequest, url.Values{"address": {"https://127.0.0.1/x"}})
	renew(http.StatusBadRequest, url.Values{"address": {"javascript:alert(1)"}})
	renew(http.StatusBadRequest, url.Values{"p256dh": {"AAAA"}})
	renew(http.StatusForbidden, nil, "Sec-Fetch-Site: cross-site", "Origin: https://example.net")
	is("after what is refused", before)

	renew(http.StatusNoContent, nil)
	after := "Go-http-client two " + fresh + " EMAIL "
	is("renewed", after)
	if got := s.channels()[1]; got.ID != mine.ID || got.Verified != mine.Verified {
		t.Errorf("%+v was %+v", got, mine)
	}
	renew(http.StatusNotFound, nil) // the old one is gone
	renew(http.StatusNoContent, url.Values{"old": {two}, "oldauth": {fresh}})
	is("the same again", after)

	// The page was quicker, and has added it as a new one.
	add(ann, one, secret)
	renew(http.StatusNoContent, url.Values{"old": {two}, "oldauth": {fresh}, "address": {one}, "auth": {secret}})
	is("in the place of both", "Go-http-client one "+secret+" EMAIL ")
	if p := bob.get(remindersPath); !strings.Contains(p.body, "https://push.example.org/…") {
		t.Error("bob's has gone")
	}
	s = newRemindSite(t, func(c *web.Config) { c.Senders = nil })
	nobody = s.browser()
	renew(http.StatusNotFound, nil)
}
