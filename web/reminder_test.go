package web_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"almanac/account"
	"almanac/notify"
	"almanac/remind"
	"almanac/seal"
	"almanac/store"
	"almanac/web"
)

// A remindSite is a site with reminders.
type remindSite struct {
	*site
	service *remind.Service
	sealer  *seal.Sealer
	written int
	coll    store.CollID
}

const testPushKey = "BDd3_hVL9fZi9Ybo2UUzA284WG5FZR30_95YeZJsiApwXKpNcF1rRPF3foIiBHXRdJI2Qhumhf6_LFTeZaNndIo"

// newRemindSite makes a site on which ann has a calendar with a meeting on 30 November
// at 9:00 in Zurich, of which an alarm reminds a quarter of an hour before.
func newRemindSite(t *testing.T, change func(*web.Config)) *remindSite {
	t.Helper()
	s := &remindSite{}
	s.sealer, _ = seal.New(make([]byte, 32))
	s.site = newSite(t, func(c *web.Config) {
		s.service = &remind.Service{Store: c.Store, Log: c.Log, Now: c.Now, Late: 6 * time.Hour, Floor: time.Minute}
		c.Reminders, c.Links, c.PushKey = s.service, s.sealer, testPushKey
		courier := notify.NewCourier(false, nil, c.Now)
		pusher, err := notify.NewPusher(courier, make([]byte, 32), "admin@example.org", c.Now)
		if err != nil {
			t.Fatal(err)
		}
		c.Senders = map[account.ChannelKind]notify.Sender{account.Mail: &notify.Mailer{}, account.Browser: pusher, account.Chat: notify.NewChatter(courier)}
		c.Written = func() { s.written++ }
		if change != nil {
			change(c)
		}
	})
	ann := s.home("ann")
	mails := []string{"ann@example.org"}
	s.apply(ann.ID, store.SetHome{Emails: &mails})
	res, err := s.store.Apply(t.Context(), &store.Batch{Home: ann.ID, Ops: []store.Op{
		store.CreateCollection{Collection: store.Collection{Kind: store.Calendar, Name: "meetings", Components: []string{"VEVENT", "VTODO"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	s.coll = res.Ops[0].Coll
	if err := account.SetPreferences(t.Context(), s.store, ann.ID, "test", s.now(), account.Preferences{Timezone: "Europe/Zurich"}); err != nil {
		t.Fatal(err)
	}
	s.put("meeting", "EMAIL", "")
	return s
}

// put puts the meeting into ann's calendar, with more in its alarm.
func (s *remindSite) put(uid, action, more string) {
	s.t.Helper()
	body := []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//test//EN\r\nBEGIN:VEVENT\r\nUID:" + uid +
		"\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20261130T080000Z\r\nDTEND:20261130T090000Z\r\nSUMMARY:Budget <2027>\r\n" +
		"BEGIN:VALARM\r\nUID:a1\r\nACTION:" + action + "\r\nTRIGGER:-PT15M\r\nDESCRIPTION:x\r\n" + more + "END:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	x, err := store.IndexOf(store.Calendar, body)
	if err != nil {
		s.t.Fatal(err)
	}
	s.apply(s.home("ann").ID, store.PutObject{Coll: s.coll, Name: uid + ".ics", Body: body, Index: x})
}

func (s *remindSite) text(name string) (text string) {
	s.t.Helper()
	err := s.store.View(context.Background(), func(snap store.Snapshot) error {
		o, err := snap.Object(s.coll, name, store.WantBody)
		if err == nil {
			text = string(o.Body)
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

// link is the link of the reminder, which has just been sent.
func (s *remindSite) link() string {
	s.t.Helper()
	ann := s.home("ann").ID
	all, err := s.service.Upcoming(context.Background(), ann, s.now(), s.now().Add(72*time.Hour), 1)
	if err != nil || len(all) != 1 {
		s.t.Fatal(all, err)
	}
	text, err := s.sealer.Seal(notify.StopPurpose, all[0].Reminder.Ref, s.now().Add(60*24*time.Hour))
	if err != nil {
		s.t.Fatal(err)
	}
	s.pass(all[0].At.Sub(s.now()) + 10*time.Second)
	return "/remind/" + text
}

func (p *page) has(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(p.body, text) {
			t.Errorf("%q is not in\n%s", text, p.body)
		}
	}
}

func TestReminderIsStopped(t *testing.T) {
	s := newRemindSite(t, nil)
	link := s.link()
	before := s.text("meeting.ics")
	b := s.browser()                                        // nobody is signed in
	for _, method := range []string{"GET", "HEAD", "GET"} { // what looks for harm in mail
		p := b.send(method, link, nil)
		if p.StatusCode != http.StatusOK {
			t.Fatal(method, p.StatusCode)
		}
		for name, want := range map[string]string{"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store"} {
			if got := p.Header.Get(name); got != want {
				t.Errorf("%s: %q", name, got)
			}
		}
		if len(p.Cookies()) > 0 || strings.Contains(p.body, "<script") {
			t.Error("a cookie, or a script", p.Cookies())
		}
	}
	if s.text("meeting.ics") != before {
		t.Fatal("looking at the page has changed something")
	}
	p := b.get(link)
	p.is(t, http.StatusOK, link, "Budget &lt;2027&gt;")
	p.has(t, "Monday 30 November 2026, 09:00 – 10:00", "meetings", "Tomorrow at 8:00")

	// A form of which a browser does not say where it comes from: the link is enough.
	p = b.post(link, url.Values{"do": {"stop"}}, "Origin: null")
	p.is(t, http.StatusOK, link, "Budget &lt;2027&gt;")
	p.has(t, "Stopped, on all your devices.")
	if strings.Contains(p.body, `value="stop"`) {
		t.Error("what is stopped can be stopped")
	}
	if !strings.Contains(s.text("meeting.ics"), "ACKNOWLEDGED:20261130T074510Z\r\n") {
		t.Error(s.text("meeting.ics"))
	}
	b.post(link, url.Values{"do": {"stop"}}).has(t, "Stopped, on all your devices.")

	if strings.Contains(s.log.String(), strings.TrimPrefix(link, "/remind/")[:40]) {
		t.Error("the log has the link")
	}
}

func TestReminderLater(t *testing.T) {
	for _, c := range []struct{ value, shown, stored string }{
		{"10m", "Monday 30 November 2026, 08:55", "20261130T075510Z"},
		{"1h", "Monday 30 November 2026, 09:45", "20261130T084510Z"},
		{"tomorrow", "Tuesday 1 December 2026, 08:00", "20261201T070000Z"},
	} {
		s := newRemindSite(t, nil)
		link := s.link()
		p := s.browser().post(link, url.Values{"do": {"later"}, "for": {c.value}})
		p.is(t, http.StatusOK, link, "Budget &lt;2027&gt;")
		p.has(t, "You will be reminded again: "+c.shown+".", `value="stop"`)
		if !strings.Contains(s.text("meeting.ics"), "TRIGGER;VALUE=DATE-TIME:"+c.stored+"\r\n") {
			t.Error(s.text("meeting.ics"))
		}
		s.pass(time.Second)
		s.browser().post(link, url.Values{"do": {"stop"}}).has(t, "Stopped, on all your devices.")
	}
}

// TestReminderLanguage: that of the account, or what was chosen on the page.
func TestReminderLanguage(t *testing.T) {
	s := newRemindSite(t, nil)
	link := s.link()
	b := s.browser()
	b.get(link).has(t, "Stop</button>")
	b.get(link, "Accept-Language: it").has(t, "Ferma</button>")
	if err := account.SetPreferences(t.Context(), s.store, s.home("ann").ID, "test", s.now(), account.Preferences{Language: "fr", Timezone: "Europe/Zurich"}); err != nil {
		t.Fatal(err)
	}
	b.get(link).has(t, "Arrêter</button>", "lundi 30 novembre 2026, 09:00")
	p := b.get(link + "?lang=de")
	p.has(t, "Stopp</button>", "Montag 30. November 2026", `<html lang="de">`)
	p = b.post(link+"?lang=de", url.Values{"do": {"stop"}})
	p.has(t, "Gestoppt, auf allen Ihren Geräten.")
}

// TestReminderForPrograms: what the service worker of a browser sends and gets.
func TestReminderForPrograms(t *testing.T) {
	s := newRemindSite(t, nil)
	link := s.link()
	b := s.browser()
	const asks = "Accept: application/json"
	for _, c := range []struct {
		method, path string
		form         url.Values
		status       int
		body         string
	}{
		{"GET", link, nil, 200, `{"stopped":false}`},
		{"POST", link, url.Values{"do": {"later"}, "for": {"10m"}}, 200, `{"stopped":true,"again":"2026-11-30T07:55:12Z"}`},
		{"POST", link, url.Values{"do": {"stop"}}, 200, `{"stopped":true}`},
		{"POST", link, url.Values{"do": {"later"}, "for": {"100000h"}}, 400, `{"problem":"The form could not be read."}`},
		{"POST", link, url.Values{}, 400, `{"problem":"The form could not be read."}`},
		{"POST", link + "x", url.Values{"do": {"stop"}}, 404, `{"problem":"It is too old, or a part of it is missing. Newer messages have a newer link."}`},
	} {
		s.pass(time.Second)
		p := b.send(c.method, c.path, c.form, asks)
		if p.StatusCode != c.status || p.body != c.body {
			t.Errorf("%s %v: %d %s", c.method, c.form, p.StatusCode, p.body)
		}
	}
}

// TestReminderIsNoMore: links that lead nowhere say so, each in its way.
func TestReminderIsNoMore(t *testing.T) {
	s := newRemindSite(t, nil)
	link := s.link()
	b := s.browser()
	wrong, _ := s.sealer.Seal("else", notify.Ref{}, s.now().Add(time.Hour))
	for _, path := range []string{"/remind/", "/remind/x/y", "/remind"} {
		if p := b.get(path); p.StatusCode == http.StatusOK && strings.HasPrefix(p.Request.URL.Path, "/remind") {
			t.Error(path, p.StatusCode)
		}
	}
	for _, token := range []string{"x", wrong, strings.Repeat("A", 5000)} {
		b.get("/remind/"+token).is(t, http.StatusNotFound, "/remind/"+token, "This link is no longer valid")
		b.post("/remind/"+token, url.Values{"do": {"stop"}}).is(t, http.StatusNotFound, "/remind/"+token, "This link is no longer valid")
	}
	s.apply(s.home("ann").ID, store.DeleteObject{Coll: s.coll, Name: "meeting.ics"})
	b.get(link).is(t, http.StatusGone, link, "No longer there")
	b.post(link, url.Values{"do": {"stop"}}).is(t, http.StatusGone, link, "No longer there")
	s.apply(s.home("ann").ID, store.DeleteHome{})
	b.get(link).is(t, http.StatusGone, link, "No longer there")
	s.pass(61 * 24 * time.Hour)
	b.get(link).is(t, http.StatusNotFound, link, "This link is no longer valid")
	if p := newSite(t, nil).browser().get(link); p.StatusCode == http.StatusOK {
		t.Error("without reminders there are no pages of them", p.StatusCode)
	}
}

func TestVerify(t *testing.T) {
	s := newRemindSite(t, nil)
	ann := s.home("ann").ID
	c, err := account.AddChannel(t.Context(), s.store, ann, "test", s.now(), rand.Reader, account.Channel{Kind: account.Mail, Name: "work", Address: "ann@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := s.sealer.Seal(notify.VerifyPurpose, notify.Verify{Home: ann, Channel: c.ID}, s.now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	verified := func() (at time.Time) {
		err := s.store.View(t.Context(), func(snap store.Snapshot) error {
			c, err := account.ChannelOf(snap, ann, c.ID)
			at = c.Verified
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	link := "/remind/verify/" + text
	b := s.browser()
	b.get(link).is(t, http.StatusOK, link, "Reminders by mail")
	b.get(link).has(t, "ann@example.com", "Confirm the address")
	if !verified().IsZero() {
		t.Error("opening the link has confirmed the address")
	}
	b.post(link, url.Values{}).has(t, "Reminders will come to ann@example.com.")
	if !verified().Equal(s.now()) {
		t.Error(verified())
	}
	// Neither kind of link is one of the other kind.
	b.post("/remind/"+text, url.Values{"do": {"stop"}}).is(t, http.StatusNotFound, "/remind/"+text, "This link is no longer valid")
	if err := account.RemoveChannel(t.Context(), s.store, ann, c.ID, "test", s.now()); err != nil {
		t.Fatal(err)
	}
	b.get(link).is(t, http.StatusGone, link, "No longer there")
	b.post(link, url.Values{}).is(t, http.StatusGone, link, "No longer there")
}
