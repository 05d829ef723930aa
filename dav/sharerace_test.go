package dav_test

import (
	"fmt"
	"net/http"
	"strings"
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

// TestShareeWritesWhileTheOwnerDoes has Bob PUT an event in the moment in which Ann
// changes it: neither what she wrote nor her alarms may be lost by that, and Bob must
// not be told an entity tag of what he has not seen.
func TestShareeWritesWhileTheOwnerDoes(t *testing.T) {
	const (
		hers = "/dav/calendars/ann/calendar/1.ics"
		his  = "/dav/calendars/bob/calendar@ann/1.ics"
	)
	alarm := func(trigger string) string {
		return "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:" + trigger + "\r\nEND:VALARM\r\n"
	}
	event := func(summary, more string) string { return fmt.Sprintf(accessEvent, "1", summary, more) }
	for _, c := range []struct {
		name  string
		level account.Level
		put   string // Bob's
		ann   string // what Ann writes meanwhile
		want  int    // without a condition
		kept  string // of what Ann has then
	}{
		{"a reader adds an alarm", account.ShareRead, event("Before", alarm("-PT5M")), event("After", alarm("-PT10M")), 403, event("After", alarm("-PT10M"))},
		{"a reader changes nothing", account.ShareRead, event("Before", ""), event("After", alarm("-PT10M")), 403, event("After", alarm("-PT10M"))},
		{"a writer adds an alarm", account.ShareWrite, event("Before", alarm("-PT5M")), event("After", alarm("-PT10M")), 204, event("Before", alarm("-PT10M"))},
		{"a writer changes it", account.ShareWrite, event("Bob's", ""), event("After", alarm("-PT10M")), 204, event("Bob's", alarm("-PT10M"))},
		{"a writer changes what becomes private", account.ShareWrite, event("Bob's", ""), event("After", "CLASS:PRIVATE\r\n"), 403, event("After", "CLASS:PRIVATE\r\n")},
		{"a writer changes what becomes confidential", account.ShareWrite, event("Bob's", ""), event("After", "CLASS:CONFIDENTIAL\r\n"), 403, event("After", "CLASS:CONFIDENTIAL\r\n")},
	} {
		for _, backend := range davtest.Backends {
			for _, conditional := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/%v", c.name, backend.Name, conditional), func(t *testing.T) {
					c, p, st := c, (*cast)(nil), (*meddler)(nil)
					p, st = newTroupe(t, backend.Open, c.level)
					p.ask(201, "ann", "PUT", hers, event("Before", alarm("-PT15M")))
					var header []string
					if conditional {
						header = []string{"If-Match: " + p.ask(200, "bob", "GET", his, "").Get("ETag")}
						c.kept = c.ann
						if !strings.Contains(c.ann, "CLASS:") { // what may not be written is refused first
							c.want = 412
						}
					}
					st.before = func() { p.ask(204, "ann", "PUT", hers, c.ann) }
					etag := p.ask(c.want, "bob", "PUT", his, c.put, header...).Get("ETag")
					if got := p.read("ann", hers); got != c.kept {
						t.Errorf("Ann has\n%s\nwant\n%s", got, c.kept)
					}
					if etag != "" && p.read("bob", his) != c.put {
						t.Errorf("Bob was told %s, and sees\n%s", etag, p.read("bob", his))
					}
					p.CheckClean(t)
				})
			}
		}
	}
}
