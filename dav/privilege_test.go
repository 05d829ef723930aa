package dav_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"almanac/account"
	"almanac/dav"
	"almanac/dav/davtest"
	"almanac/store"
	"almanac/store/memstore"
)

// privilegeNames are the elements that stand for the privileges.
var privilegeNames = map[account.Privilege]string{
	account.Read: "read", account.WriteProperties: "write-properties", account.WriteContent: "write-content",
	account.Bind: "bind", account.Unbind: "unbind",
}

// TestEachPrivilege takes the privileges of RFC 3744 appendix B one by one: a
// request succeeds with those that it needs and no others, and without any of them
// it is refused with its name, and changes nothing.
func TestEachPrivilege(t *testing.T) {
	const (
		home      = "/dav/calendars/ann/"
		calendar  = home + "calendar/"
		there     = calendar + "there.ics"
		other     = calendar + "other.ics"
		fresh     = calendar + "fresh.ics"
		proppatch = `<propertyupdate xmlns="DAV:"><set><prop><displayname>x</displayname></prop></set></propertyupdate>`
	)
	event := func(uid string) string { return strings.Replace(someEvent, "UID:1", "UID:"+uid, 1) }
	for _, c := range []struct {
		method, target, to, body string
		needs                    account.Privilege
		status                   int
	}{
		{"GET", there, "", "", account.Read, 200},
		{"PUT", fresh, "", event("fresh"), account.Bind, 201},
		{"PUT", there, "", strings.Replace(event("there"), "UID", "SUMMARY:x\r\nUID", 1), account.WriteContent, 204},
		{"POST", calendar, "", event("posted"), account.Bind, 201},
		{"DELETE", there, "", "", account.Unbind, 204},
		{"DELETE", calendar, "", "", account.Unbind, 204},
		{"PROPPATCH", calendar, "", proppatch, account.WriteProperties, 207},
		{"PROPPATCH", there, "", proppatch, account.WriteProperties, 207},
		{"PROPPATCH", "/dav/principals/ann/", "", proppatch, account.WriteProperties, 207},
		{"MKCALENDAR", home + "new/", "", "", account.Bind, 201},
		{"MKCOL", "/dav/addressbooks/ann/new/", "", `<mkcol xmlns="DAV:"><set><prop><resourcetype><collection/><addressbook xmlns="urn:ietf:params:xml:ns:carddav"/></resourcetype></prop></set></mkcol>`, account.Bind, 201},
		{"COPY", other, home + "second/fresh.ics", "", account.Bind, 201},
		{"COPY", there, home + "second/there.ics", "", account.WriteContent | account.WriteProperties, 204},
		{"MOVE", there, fresh, "", account.Bind | account.Unbind, 201},
		{"MOVE", there, home + "second/there.ics", "", account.Bind | account.Unbind, 204},
		{"MOVE", calendar, home + "renamed/", "", account.Bind | account.Unbind, 201},
	} {
		t.Run(fmt.Sprintf("%s %s %s", c.method, c.target, c.to), func(t *testing.T) {
			s := davtest.NewServer(t, memstore.New())
			server := s.Handler.(*dav.Server)
			do := func(method, target, body string, header ...string) (int, string) {
				res, _ := s.Do(t, davtest.Request{User: "ann", Method: method, Target: target, Header: header, Body: body})
				return res.Code, res.Body.String()
			}
			do("MKCALENDAR", home+"second/", "")
			do("PUT", there, event("there"))
			do("PUT", other, event("other"))
			do("PUT", home+"second/there.ics", event("there"))
			var header []string
			if c.to != "" {
				header = []string{"Destination: " + c.to}
			}
			rev := func() (n store.Rev) {
				err := s.Store.View(t.Context(), func(sn store.Snapshot) error {
					for id := store.CollID(1); id < 20; id++ {
						if c, err := sn.Collection(id); err == nil {
							n += 1000 + c.Rev
						}
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
			before := rev()
			granted := account.Privilege(0)
			server.SetRights(func(_ store.Snapshot, who account.Identity, _ account.Thing) (account.Access, error) {
				if who.Name != "ann" {
					return account.Access{}, nil
				}
				return account.Access{Privilege: granted, Sight: account.SeesAll}, nil
			})
			const all = account.Read | account.Write
			for p, name := range privilegeNames {
				if (c.needs|account.Read)&p == 0 {
					continue
				}
				granted = all &^ p
				status, body := do(c.method, c.target, c.body, header...)
				if strings.HasPrefix(c.target, "/dav/principals/") && p == account.Read {
					continue // everybody with an account reads principals
				}
				if status != http.StatusForbidden || !strings.Contains(body, "need-privileges") || !strings.Contains(body, name+"/>") {
					t.Errorf("without %s: %d %s", name, status, body)
				}
				if rev() != before {
					t.Fatalf("without %s something was changed", name)
				}
			}
			granted = c.needs | account.Read
			if status, body := do(c.method, c.target, c.body, header...); status != c.status {
				t.Errorf("with what it needs: %d %s", status, body)
			}
			s.CheckClean(t)
		})
	}
}
