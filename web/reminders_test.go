package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"almanac/account"
	"almanac/notify"
	"almanac/store"
	"almanac/web"
)

// sent empties the outbox, and returns what was in it as "kind channel".
func (s *remindSite) sent() (all []string) {
	s.t.Helper()
	var ops []store.Op
	ann := s.home("ann").ID
	err := s.store.View(s.t.Context(), func(snap store.Snapshot) error {
		return notify.Each(snap, func(w *notify.Waiting, by account.ChannelKind, _ time.Time) bool {
			c, err := account.ChannelOf(snap, w.Home, w.Channel)
			if err != nil {
				s.t.Error(err)
				return false
			}
			all = append(all, string(w.Kind)+" "+c.Name)
			ops = append(ops, w.Drop(by)...)
			return true
		})
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.apply(ann, ops...)
	return all
}

func (s *remindSite) channels() (all []*account.Channel) {
	s.t.Helper()
	err := s.store.View(s.t.Context(), func(snap store.Snapshot) (err error) {
		all, err = account.Channels(snap, s.home("ann").ID)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

const remindersPath = "/account/reminders"

func TestRemindersPage(t *testing.T) {
	s := newRemindSite(t, nil)
	b := s.signIn("ann")
	p := b.get(remindersPath)
	p.is(t, http.StatusOK, remindersPath, "Reminders")
	p.has(t, "Budget &lt;2027&gt;", "Monday 30 November 2026, 08:45", "Comes by: mail", "ann@example.org", testPushKey)
	if strings.Contains(p.body, "<style") || regexp.MustCompile(` (style|on\w+)="`).MatchString(p.body) {
		t.Error("the page has styles or scripts inside, which its policy forbids")
	}
	b.get(p.find(t, `src="(/account/push-[^"]*)"`)).is200(t)
	s.put("other", "DISPLAY", "X-ALMANAC-INSIST:PT1H\r\n")
	b.get(remindersPath).has(t, "Only your devices ring", "until you stop it")
	b.get(remindersPath+"?lang=fr").has(t, "Les sept prochains jours")
	s.signIn("bob").get(remindersPath).has(t, "Nothing reminds you")
}

func (p *page) is200(t *testing.T) {
	t.Helper()
	if p.StatusCode != http.StatusOK {
		t.Errorf("%s: %d", p.Request.URL, p.StatusCode)
	}
}

func TestMailChannel(t *testing.T) {
	s := newRemindSite(t, nil)
	b := s.signIn("ann")
	add := func(address string) *page {
		return b.post(remindersPath+"/add", url.Values{"kind": {"mail"}, "address": {address}})
	}
	add("not an address").has(t, "That is no mail address.", `value="not an address"`)
	add("ann@example.com\r\nBcc: x@example.com").has(t, "That is no mail address.")
	add(" ann@example.com ").has(t, "A mail is on its way", "not confirmed", "Send the mail again")
	add("ann@example.com").has(t, "You have one of that name already.")
	if got := s.sent(); len(got) != 1 || got[0] != "verify ann@example.com" || s.written != 1 {
		t.Error(got, s.written)
	}
	c := s.channels()[1]
	if c.Kind != account.Mail || !c.Verified.IsZero() || c.Address != "ann@example.com" {
		t.Fatalf("%+v", c)
	}
	id := url.Values{"id": {c.ID}}
	// Until it is confirmed, nothing else goes there, and that not often.
	b.post(remindersPath+"/test", id).is(t, http.StatusOK, remindersPath, "Reminders")
	if got := s.sent(); len(got) != 0 {
		t.Error(got)
	}
	b.post(remindersPath+"/verify", id).has(t, "A mail is on its way")
	b.post(remindersPath+"/verify", id).has(t, "A mail is on its way")
	b.post(remindersPath+"/verify", id).is(t, http.StatusTooManyRequests, remindersPath+"/verify", "That did not work")
	if got := s.sent(); len(got) != 2 {
		t.Error(got)
	}
	// Not even by another person.
	bob := s.signIn("bob")
	bob.post(remindersPath+"/add", url.Values{"kind": {"mail"}, "address": {"ann@Example.com"}}).is(t, http.StatusTooManyRequests, remindersPath+"/add", "That did not work")
	b.post(remindersPath+"/remove", id).has(t, "Removed.")
	b.post(remindersPath+"/remove", id).has(t, "Removed.")
	b.post(remindersPath+"/verify", id).is(t, http.StatusOK, remindersPath, "Reminders")
	if got := s.channels(); len(got) != 1 {
		t.Error(got)
	}
	for i := range 12 {
		p := add("ann" + string(rune('a'+i)) + "@example.com")
		if want := map[bool]int{true: http.StatusOK, false: http.StatusTooManyRequests}[i < 5]; p.StatusCode != want && i != 5 && i != 6 {
			t.Error(i, p.StatusCode)
		}
	}
}

func TestChatChannel(t *testing.T) {
	s := newRemindSite(t, nil)
	b := s.signIn("ann")
	const secret = "4x1bhooks"
	add := func(name, address string) *page {
		return b.post(remindersPath+"/add", url.Values{"kind": {"chat"}, "name": {name}, "address": {address}})
	}
	add("a,b", "https://chat.example.org/hooks/"+secret).has(t, "A name has up to 64 characters")
	add("family", "hooks").has(t, "Nothing can be sent to that address.")
	p := add("family", "https://chat.example.org/hooks/"+secret)
	p.has(t, "Added.", "Nothing comes here by itself yet", "https://chat.example.org/…")
	if strings.Contains(p.body, secret) {
		t.Error("the page has the secret")
	}
	c := s.channels()[1]
	if len(c.Takes) != 0 || c.Verified.IsZero() {
		t.Errorf("%+v", c)
	}
	b.post(remindersPath+"/change", url.Values{"id": {c.ID}, "takes": {"DISPLAY", "AUDIO"}}).has(t, "Saved.", `value="DISPLAY" checked`)
	if got := s.channels()[1].Takes; len(got) != 2 {
		t.Error(got)
	}
	b.post(remindersPath+"/change", url.Values{"id": {c.ID}, "takes": {"PROCEDURE"}}).is(t, http.StatusBadRequest, remindersPath+"/change", "That did not work")
	b.post(remindersPath+"/change", url.Values{"id": {account.OwnMail}}).has(t, "Saved.")
	if got := s.channels()[0]; got.ID != account.OwnMail || len(got.Takes) != 0 {
		t.Errorf("%+v", got)
	}
	b.post(remindersPath+"/remove", url.Values{"id": {account.OwnMail}})
	b.post(remindersPath+"/test", url.Values{"id": {c.ID}}).has(t, "A test is on its way.")
	if got := s.sent(); len(got) != 1 || got[0] != "test family" {
		t.Error(got)
	}
	for range 30 {
		p = b.post(remindersPath+"/test", url.Values{"id": {c.ID}})
	}
	p.is(t, http.StatusTooManyRequests, remindersPath+"/test", "That did not work")
	// Nobody sees, changes or takes away another's.
	bob := s.signIn("bob")
	for _, action := range []string{"/change", "/remove", "/test", "/verify"} {
		bob.post(remindersPath+action, url.Values{"id": {c.ID}, "takes": {"EMAIL"}})
	}
	if got := s.channels()[1]; got.ID != c.ID || len(got.Takes) != 2 {
		t.Errorf("%+v", got)
	}
	for i := range 30 {
		p = add("chat"+string(rune('a'+i)), "https://chat.example.org/hooks/x")
	}
	if got := s.channels(); len(got) != account.MaxChannels {
		t.Error(len(got))
	}
	if strings.Contains(p.body, `name="kind" value="chat"`) {
		t.Error("one more can be added")
	}
}

func TestBrowserChannel(t *testing.T) {
	s := newRemindSite(t, nil)
	b := s.signIn("ann")
	form := url.Values{"kind": {"browser"}, "address": {"https://push.example.org/x1"}, "p256dh": {testPushKey}, "auth": {"AAAAAAAAAAAAAAAAAAAAAA"}}
	const chrome = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"
	for range 2 { // the same again is the same
		p := b.post(remindersPath+"/add", form, chrome)
		p.has(t, "Added.", "<h3>Chrome Linux ", "https://push.example.org/…",
			`data-mark="04e303f0886fe77135083f8dec6a4c59d385cab3eaf9e3e70557f212792c1fc8"`)
		if strings.Contains(p.body, "push.example.org/x1") {
			t.Error("the page has the address")
		}
	}
	form.Set("address", "https://push.example.org/x2")
	b.post(remindersPath+"/add", form, chrome).has(t, "<h3>Chrome Linux 2 ")
	form.Set("address", "javascript:alert(1)")
	b.post(remindersPath+"/add", form, chrome).has(t, "Nothing can be sent to that address.")
	if got := s.channels(); len(got) != 3 || strings.Join(got[1].Takes, " ") != "DISPLAY AUDIO" {
		t.Error(got)
	}
	w := b.get("/sw.js", "Accept: */*")
	if w.StatusCode != http.StatusOK || w.Header.Get("Content-Type") != "text/javascript; charset=utf-8" || w.Header.Get("Cache-Control") != "no-store" ||
		w.Header.Get("Content-Security-Policy") != "default-src 'none'; connect-src 'self'" {
		t.Error(w.StatusCode, w.Header)
	}
	// Where nothing is sent, nothing is offered.
	s = newRemindSite(t, func(c *web.Config) { c.Senders = nil })
	b = s.signIn("ann")
	p := b.get(remindersPath)
	p.has(t, "This server sends nothing on this way.")
	for _, text := range []string{"Send a test", testPushKey, `name="kind" value="mail"`, `name="kind" value="chat"`} {
		if strings.Contains(p.body, text) {
			t.Errorf("the page offers %s", text)
		}
	}
	b.post(remindersPath+"/add", form, chrome).is(t, http.StatusBadRequest, remindersPath+"/add", "That did not work")
}

// TestStuckMessages: what could not be sent is shown with the reason, sent again, or
// dropped.
func TestStuckMessages(t *testing.T) {
	s := newRemindSite(t, nil)
	ann := s.home("ann").ID
	m := notify.Message{ID: "m1", Home: ann, Channel: account.OwnMail, Kind: notify.KindTest, At: s.now()}
	give := func() {
		w := notify.Waiting{Message: m, Tries: 3, Error: "550 <no such user>", Failed: s.now(), KindOf: account.Mail}
		s.apply(ann, w.Keep(s.now().Add(time.Hour))...)
	}
	give()
	b := s.signIn("ann")
	p := b.get(remindersPath)
	s.apply(ann, account.ProblemOp(ann, s.channels()[0], "550 <no such user>", s.now()))
	b.get(remindersPath).has(t, `<p class="off">550 &lt;no such user&gt; (<time`)
	p.has(t, "Messages that could not be sent", "A test from almanac", "550 &lt;no such user&gt;", "Given up")
	bob := s.signIn("bob")
	if p := bob.get(remindersPath); strings.Contains(p.body, "550") {
		t.Error("bob sees ann's message")
	}
	bob.post(remindersPath+"/message", url.Values{"id": {"m1"}, "do": {"drop"}})
	b.post(remindersPath+"/message", url.Values{"id": {"m1"}, "do": {"forget"}}).is(t, http.StatusBadRequest, remindersPath+"/message", "That did not work")
	p = b.post(remindersPath+"/message", url.Values{"id": {"m1"}, "do": {"retry"}})
	p.has(t, "It is being sent again.")
	if got := s.sent(); len(got) != 1 || got[0] != "test mail" || s.written != 1 {
		t.Error(got, s.written)
	}
	give()
	b.post(remindersPath+"/message", url.Values{"id": {"m1"}, "do": {"drop"}}).has(t, "Dropped.")
	if got := s.sent(); len(got) != 0 {
		t.Error(got)
	}
}

func TestPreferences(t *testing.T) {
	s := newRemindSite(t, nil)
	b := s.signIn("ann")
	b.post(remindersPath+"/preferences", url.Values{"language": {"it"}, "zone": {"Mars/<Olympus"}}).has(t, "There is no time zone of that name. Choose one from the list",
		`value="Mars/&lt;Olympus"`, `<option value="America/Argentina/Buenos_Aires"></option>`, `list="zones"`)
	b.post(remindersPath+"/preferences", url.Values{"language": {"it"}, "zone": {" america/new york "}}).has(t, "Saved.", `value="America/New_York" maxlength`)
	b.post(remindersPath+"/preferences", url.Values{"language": {"xx"}, "zone": {""}}).is(t, http.StatusUnprocessableEntity, remindersPath+"/preferences", "Reminders")
	b.post(remindersPath+"/preferences", url.Values{"language": {"it"}, "zone": {"America/New_York"}}).has(t, "Saved.", `value="America/New_York"`, `value="it" lang="it" selected`,
		"Monday 30 November 2026, 02:45")
	b.post(remindersPath+"/preferences", url.Values{"language": {""}, "zone": {""}}).has(t, "Saved.")
	err := s.store.View(t.Context(), func(snap store.Snapshot) error {
		p, err := account.PreferencesOf(snap, s.home("ann").ID)
		if p != (account.Preferences{}) {
			t.Errorf("%+v", p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestRemindersActions: nobody who is not signed in, and no other site, does anything.
func TestRemindersActions(t *testing.T) {
	s := newRemindSite(t, nil)
	ann := s.signIn("ann")
	s.browser().get(remindersPath).is(t, http.StatusOK, "/account/signin", "Sign in")
	for _, action := range []string{"add", "change", "verify", "test", "remove", "message", "preferences"} {
		path := remindersPath + "/" + action
		form := url.Values{"kind": {"mail"}, "address": {"ann@example.com"}, "id": {account.OwnMail}, "zone": {"Europe/Rome"}}
		s.browser().post(path, form).is(t, http.StatusOK, "/account/signin", "Sign in")
		ann.post(path, form, "Sec-Fetch-Site: cross-site", "Origin: https://example.net").is(t, http.StatusForbidden, path, "That did not work")
		if got := s.sent(); len(got) != 0 || len(s.channels()) != 1 {
			t.Error(action, got)
		}
	}
	if p := newSite(t, nil).signIn("ann").get(remindersPath); p.StatusCode != http.StatusNotFound || strings.Contains(p.body, "nav.reminders") {
		t.Error("without reminders there is no page of them", p.StatusCode)
	}
}
