package dav_test

import (
	"fmt"
	"strings"
	"testing"

	"almanac/account"
	"almanac/dav/davtest"
	"almanac/store"
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
	c.group()
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

// TestLookOfWhatWasPutAside changes Bob's own properties of a calendar that he put
// aside, by Ann's path: he sees them there, and it stays aside. There is an end to
// what he can note.
func TestLookOfWhatWasPutAside(t *testing.T) {
	c, _ := newTroupe(t, davtest.Backends[1].Open, account.ShareRead)
	name := func(text string) string {
		return `<propertyupdate xmlns="DAV:"><set><prop><displayname>` + text + `</displayname></prop></set></propertyupdate>`
	}
	const mine, hers = "/dav/calendars/bob/calendar@ann/", "/dav/calendars/ann/calendar/"
	c.ask(207, "bob", "PROPPATCH", mine, name("Mine"))
	c.ask(204, "bob", "DELETE", mine, "")
	c.must(account.ShareWith(t.Context(), c.Store, c.calendar(), account.Principal{Type: account.Group, ID: c.group("bob")}, account.ShareRead, "test", davtest.Now))
	c.ask(404, "bob", "PROPFIND", mine, "", "Depth: 0")
	c.ask(207, "bob", "PROPPATCH", hers, name("Aside"))
	c.ask(404, "bob", "PROPFIND", mine, "", "Depth: 0")
	res, _ := c.Do(t, davtest.Request{User: "bob", Method: "PROPFIND", Target: hers, Header: []string{"Depth: 0"}})
	if !strings.Contains(res.Body.String(), "Aside") {
		t.Errorf("Bob sees %s", res.Body)
	}
	c.ask(207, "bob", "PROPPATCH", hers, name(strings.Repeat("x", 40_000)))
	c.ask(507, "bob", "PROPPATCH", hers, strings.ReplaceAll(name(strings.Repeat("y", 40_000)), "displayname", "another"))
	c.ask(404, "bob", "PROPFIND", mine, "", "Depth: 0")
	c.CheckClean(t)
}

// calendar returns Ann's.
func (c *cast) calendar() *store.Collection {
	c.t.Helper()
	return c.calendarNamed("calendar")
}

func (c *cast) calendarNamed(name string) (coll *store.Collection) {
	c.t.Helper()
	c.must(c.Store.View(c.t.Context(), func(s store.Snapshot) (err error) {
		coll, err = s.CollectionByName(c.home["ann"], store.Calendar, name)
		return err
	}))
	return coll
}

// group makes a group with some members and returns its ID.
func (c *cast) group(members ...string) string {
	c.t.Helper()
	b, err := account.CreateBody(c.t.Context(), c.Store, account.Group, "staff", account.Body{}, "test", davtest.Now)
	c.must(err)
	for _, m := range members {
		c.must(account.AddToGroup(c.t.Context(), c.Store, "staff", c.home[m], "test", davtest.Now))
	}
	return b.ID
}

// TestPrivilegesInListings: what a sharee may do with an event is the same in every
// answer that tells it, listings of others included.
func TestPrivilegesInListings(t *testing.T) {
	c, _ := newTroupe(t, davtest.Backends[0].Open, account.ShareWrite)
	const calendar = "/dav/calendars/bob/calendar@ann/"
	want := map[string]bool{"a": true, "b": false, "c": true}
	for name, writes := range want {
		class := ""
		if !writes {
			class = "CLASS:CONFIDENTIAL\r\n"
		}
		c.ask(201, "ann", "PUT", "/dav/calendars/ann/calendar/"+name+".ics", fmt.Sprintf(accessEvent, name, "Summary", class))
	}
	const prop = `<prop xmlns="DAV:"><current-user-privilege-set/></prop>`
	const caldav = `xmlns="urn:ietf:params:xml:ns:caldav"`
	hrefs := ""
	for name := range want {
		hrefs += `<href xmlns="DAV:">` + calendar + name + `.ics</href>`
	}
	for what, q := range map[string]davtest.Request{
		"propfind": {Method: "PROPFIND", Header: []string{"Depth: 1"}, Body: `<propfind xmlns="DAV:">` + prop + `</propfind>`},
		"multiget": {Method: "REPORT", Body: `<calendar-multiget ` + caldav + `>` + prop + hrefs + `</calendar-multiget>`},
		"query":    {Method: "REPORT", Header: []string{"Depth: 1"}, Body: `<calendar-query ` + caldav + `>` + prop + `<filter><comp-filter name="VCALENDAR"/></filter></calendar-query>`},
		"first":    {Method: "REPORT", Body: `<sync-collection xmlns="DAV:"><sync-token/><sync-level>1</sync-level>` + prop + `</sync-collection>`},
		"sync":     {Method: "REPORT", Body: `<sync-collection xmlns="DAV:"><sync-token/><sync-level>1</sync-level><limit><nresults>9</nresults></limit>` + prop + `</sync-collection>`},
	} {
		q.User, q.Target = "bob", calendar
		res, _ := c.Do(t, q)
		for name, writes := range want {
			_, rest, found := strings.Cut(res.Body.String(), name+".ics</d:href>")
			response, _, _ := strings.Cut(rest, "</d:response>")
			if !found || !strings.Contains(response, "<d:read/>") || strings.Contains(response, "<d:write-content/>") != writes {
				t.Errorf("%s: %s.ics is said to be writable: %v, want %v\n%s", what, name, !writes, writes, response)
			}
		}
	}
}
