package dav_test

import (
	"fmt"
	"strings"
	"testing"

	"almanac/account"
	"almanac/dav/davtest"
)

// TestVeiledProperties has Ann note something on her events: whoever sees only when
// an event is, or nothing of it, neither reads nor changes what is noted there, and a
// UID that is taken by such an event does not give its name away.
func TestVeiledProperties(t *testing.T) {
	note := func(text string) string {
		return `<propertyupdate xmlns="DAV:"><set><prop><note xmlns="http://example.org/">` + text + `</note></prop></set></propertyupdate>`
	}
	all := `<propfind xmlns="DAV:"><allprop/></propfind>`
	for _, level := range account.Levels {
		t.Run(string(level), func(t *testing.T) {
			c, _ := newTroupe(t, davtest.Backends[0].Open, level)
			for name, class := range map[string]string{"open": "", "private": "CLASS:PRIVATE\r\n", "confidential": "CLASS:CONFIDENTIAL\r\n"} {
				target := "/dav/calendars/ann/calendar/" + name + ".ics"
				c.ask(201, "ann", "PUT", target, fmt.Sprintf(accessEvent, name, "Summary", class))
				c.ask(207, "ann", "PROPPATCH", target, note("noted on "+name))
			}
			res, _ := c.Do(t, davtest.Request{User: "bob", Method: "PROPFIND", Target: "/dav/calendars/bob/calendar@ann/", Header: []string{"Depth: 1"}, Body: all})
			writes := level == account.ShareWrite || level == account.ShareManage
			for name, sees := range map[string]bool{"open": level != account.ShareFreeBusy, "private": false, "confidential": false} {
				if strings.Contains(res.Body.String(), "noted on "+name) != sees {
					t.Errorf("the note on %s is seen: %v, want %v", name, !sees, sees)
				}
				for _, at := range []string{"/dav/calendars/bob/calendar@ann/", "/dav/calendars/ann/calendar/"} {
					one, _ := c.Do(t, davtest.Request{User: "bob", Method: "PROPFIND", Target: at + name + ".ics", Header: []string{"Depth: 0"}, Body: all})
					if strings.Contains(one.Body.String(), "noted on") != sees {
						t.Errorf("the note on %s is seen at %s: %v, want %v", name, at, !sees, sees)
					}
				}
				want := 403
				switch {
				case name == "private" && level != account.ShareFreeBusy:
					want = 404
				case sees && writes:
					want = 207
				}
				c.ask(want, "bob", "PROPPATCH", "/dav/calendars/ann/calendar/"+name+".ics", note("bob was here"))
			}
			if !writes {
				return
			}
			for name, told := range map[string]bool{"open": true, "private": false, "confidential": true} {
				body := fmt.Sprintf(accessEvent, name, "Bob's", "")
				res, _ := c.Do(t, davtest.Request{User: "bob", Method: "PUT", Target: "/dav/calendars/bob/calendar@ann/new.ics", Body: body})
				if res.Code != 403 || !strings.Contains(res.Body.String(), "no-uid-conflict") || strings.Contains(res.Body.String(), name+".ics") != told {
					t.Errorf("the UID of %s: %d %s", name, res.Code, res.Body)
				}
			}
		})
	}
}

// TestSharingWithOthersGroups has a stranger share with a group and an organisation,
// whose members would have the calendar without being asked.
func TestSharingWithOthersGroups(t *testing.T) {
	c, st := newTroupe(t, davtest.Backends[0].Open, "")
	c.org(account.Guest)
	_, err := account.CreateBody(t.Context(), st, account.Group, "staff", account.Body{}, "test", davtest.Now)
	c.must(err)
	share := func(target string, want int) {
		t.Helper()
		c.ask(want, "bob", "POST", "/dav/calendars/bob/calendar/", `<CS:share xmlns:CS="http://calendarserver.org/ns/" xmlns="DAV:"><CS:set><href>/dav/principals/`+target+`/</href><CS:read-write/></CS:set></CS:share>`, "Content-Type: application/xml")
	}
	share("group:staff", 409)
	share("org:acme", 409) // of which he is a guest
	c.must(account.AddToGroup(t.Context(), st, "staff", c.home["bob"], "test", davtest.Now))
	c.must(account.SetRole(t.Context(), st, account.Actor{CommandLine: true}, "acme", c.home["bob"], account.Collaborator, davtest.Now))
	share("group:staff", 200)
	share("org:acme", 200)
	c.must(account.SetRole(t.Context(), st, account.Actor{CommandLine: true}, "acme", c.home["bob"], account.Guest, davtest.Now))
	share("org:acme", 200) // what is there can be changed
}
