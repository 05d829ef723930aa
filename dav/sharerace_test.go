package dav_test

import (
	"net/http"
	"testing"

	"almanac/account"
	"almanac/dav/davtest"
	"almanac/store"
)

// newTroupe returns Ann and Bob, of whom Ann's calendar is shared with Bob at a
// level, with a store in which one can meddle.
func newTroupe(t *testing.T, open func(testing.TB) store.Store, level account.Level) (*cast, *meddler) {
	t.Helper()
	st := &meddler{Store: open(t)}
	c := &cast{davtest.NewServer(t, st), t, map[string]store.HomeID{}}
	for _, u := range davtest.Users {
		c.home[u] = homeOf(t, st, u).ID
	}
	if level != "" {
		c.share(c.bob(), level)
	}
	return c, st
}

// ask sends a request and wants a status.
func (c *cast) ask(status int, user, method, target, body string, header ...string) http.Header {
	c.t.Helper()
	res, _ := c.Do(c.t, davtest.Request{User: user, Method: method, Target: target, Body: body, Header: header})
	if res.Code != status {
		c.t.Errorf("%s's %s %s: %d, want %d: %s", user, method, target, res.Code, status, res.Body)
	}
	return res.Result().Header
}

// read returns what somebody sees.
func (c *cast) read(user, target string) string {
	c.t.Helper()
	res, _ := c.Do(c.t, davtest.Request{User: user, Method: "GET", Target: target})
	return res.Body.String()
}

// TestAnswerToWhatWasTakenBack has Bob answer an invitation, put the calendar aside,
// or dismiss what tells of it, in the moment in which Ann takes it back: it stays so.
func TestAnswerToWhatWasTakenBack(t *testing.T) {
	const calendar = "/dav/calendars/ann/calendar/"
	share := func(what string) string {
		return `<CS:share xmlns:CS="http://calendarserver.org/ns/" xmlns="DAV:"><CS:` + what + `><href>mailto:bob@example.org</href><CS:read-write/></CS:` + what + `></CS:share>`
	}
	xml := "Content-Type: application/xml"
	for _, backend := range davtest.Backends {
		for _, what := range []string{"accept", "dismiss", "put aside"} {
			t.Run(what+"/"+backend.Name, func(t *testing.T) {
				c, st := newTroupe(t, backend.Open, "")
				c.ask(200, "ann", "POST", calendar, share("set"), xml)
				var invite string
				c.must(st.View(t.Context(), func(s store.Snapshot) error {
					all, err := account.SharedWith(s, c.bob())
					invite = all[0].Invite
					return err
				}))
				reply := `<CS:invite-reply xmlns:CS="http://calendarserver.org/ns/" xmlns="DAV:"><CS:invite-accepted/><CS:in-reply-to>` + invite + `</CS:in-reply-to></CS:invite-reply>`
				if what == "put aside" {
					c.ask(200, "bob", "POST", "/dav/calendars/bob/", reply, xml)
				}
				takeBack := func() { c.ask(200, "ann", "POST", calendar, share("remove"), xml) }
				switch st.before = takeBack; what {
				case "accept":
					c.ask(403, "bob", "POST", "/dav/calendars/bob/", reply, xml)
				case "dismiss":
					c.ask(412, "bob", "DELETE", "/dav/notifications/bob/"+invite+".xml", "")
				case "put aside":
					c.ask(204, "bob", "DELETE", "/dav/calendars/bob/calendar@ann/", "")
				}
				c.must(st.View(t.Context(), func(s store.Snapshot) error {
					all, err := account.SharedWith(s, c.bob())
					if len(all) != 0 {
						t.Errorf("it is shared again: %+v", all)
					}
					return err
				}))
				c.CheckClean(t)
			})
		}
	}
}
