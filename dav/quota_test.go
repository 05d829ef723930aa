package dav_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"almanac/account"
	"almanac/dav/davtest"
	"almanac/store"
)

// limited returns a server with ann under a plan, and bob under none.
func limited(t testing.TB, st store.Store, l store.Limits) *davtest.Server {
	t.Helper()
	s := davtest.NewServer(t, st)
	ctx := t.Context()
	if err := account.CreatePlan(ctx, st, "small", l, "test", davtest.Now); err != nil {
		t.Fatal(err)
	}
	b := &store.Batch{Home: homeOf(t, st, "ann").ID, By: "test", At: davtest.Now, Ops: account.AllowanceOps(homeOf(t, st, "ann").ID, "small")}
	if _, err := st.Apply(ctx, b); err != nil {
		t.Fatal(err)
	}
	return s
}

func homeOf(t testing.TB, st store.Store, user string) (h *store.Home) {
	t.Helper()
	if err := st.View(t.Context(), func(s store.Snapshot) (err error) { h, err = s.HomeByName(user); return err }); err != nil {
		t.Fatal(err)
	}
	return h
}

// shareWith shares one of ann's collections with bob.
func shareWith(t testing.TB, st store.Store, kind store.Kind, name string, l account.Level) {
	t.Helper()
	var c *store.Collection
	err := st.View(t.Context(), func(s store.Snapshot) (err error) {
		h, err := s.HomeByName("ann")
		if err == nil {
			c, err = s.CollectionByName(h.ID, kind, name)
		}
		return err
	})
	if err == nil {
		err = account.ShareWith(t.Context(), st, c, account.UserPrincipal(homeOf(t, st, "bob").ID), l, "test", davtest.Now)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func card(uid string, octets int) string {
	head := fmt.Sprintf("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%s\r\nFN:%s\r\nN:%s;;;;\r\nNOTE:", uid, uid, uid)
	const tail = "\r\nEND:VCARD\r\n"
	return head + strings.Repeat("x", octets-len(head)-len(tail)) + tail
}

func TestQuota(t *testing.T) {
	for _, backend := range davtest.Backends {
		t.Run(backend.Name, func(t *testing.T) {
			s := limited(t, backend.Open(t), store.Limits{Collections: 4, Members: 3, Octets: 1000, ObjectOctets: 400})
			shareWith(t, s.Store, store.AddressBook, "contacts", account.ShareWrite)
			shareWith(t, s.Store, store.Calendar, "calendar", account.ShareRead)
			do := func(want int, user, method, target, body string, holds ...string) {
				t.Helper()
				var header []string
				if i := strings.IndexByte(target, ' '); i > 0 {
					header, target = []string{"Destination: " + target[i+1:]}, target[:i]
				}
				if method == "PROPFIND" {
					header = []string{"Depth: 0"}
				}
				res, _ := s.Do(t, davtest.Request{User: user, Method: method, Target: target, Header: header, Body: body})
				if res.Code != want {
					t.Errorf("%s %s %s: %d, want %d\n%s", user, method, target, res.Code, want, res.Body)
				}
				for _, text := range holds {
					if not, ok := strings.CutPrefix(text, "!"); ok == strings.Contains(res.Body.String(), strings.TrimPrefix(text, "!")) {
						t.Errorf("%s %s %s: %q in the answer, or not (%q)\n%s", user, method, target, text, not, res.Body)
					}
				}
			}
			const ask = `<propfind xmlns="DAV:"><prop><quota-available-bytes/><quota-used-bytes/><max-resource-size xmlns="urn:ietf:params:xml:ns:carddav"/></prop></propfind>`
			quota := func(user, target string, holds ...string) {
				t.Helper()
				do(http.StatusMultiStatus, user, "PROPFIND", target, ask, holds...)
			}
			const ours, theirs = "/dav/addressbooks/ann/contacts/", "/dav/addressbooks/bob/contacts@ann/"
			quota("ann", ours, "quota-available-bytes>1000<", "quota-used-bytes>0<", "max-resource-size>400<")
			do(http.StatusCreated, "ann", "PUT", ours+"a.vcf", card("a", 400))
			do(http.StatusCreated, "ann", "PUT", ours+"b.vcf", card("b", 300))
			quota("ann", ours, "quota-available-bytes>300<", "quota-used-bytes>700<")
			quota("ann", "/dav/calendars/ann/", "quota-available-bytes>300<", "quota-used-bytes>700<")
			quota("ann", "/dav/principals/ann/", "404 Not Found", "!>300<")
			quota("ann", ours+"a.vcf", "404 Not Found", "!>300<")
			// A sharee who writes has to know what room there is, and nothing else.
			quota("bob", theirs, "quota-available-bytes>300<", "!quota-used-bytes>", "max-resource-size>400<")
			quota("bob", "/dav/calendars/bob/calendar@ann/", "404 Not Found", "!>300<", "!>700<")
			quota("bob", "/dav/addressbooks/bob/", "404 Not Found", "!>300<", "!>700<")

			const large, full = "max-resource-size", "quota-not-exceeded"
			do(http.StatusForbidden, "ann", "PUT", ours+"c.vcf", card("c", 401), large, "!"+full)
			do(http.StatusForbidden, "bob", "PUT", theirs+"c.vcf", card("c", 401), large)
			do(http.StatusInsufficientStorage, "ann", "PUT", ours+"c.vcf", card("c", 301), full, "!"+large)
			do(http.StatusInsufficientStorage, "bob", "PUT", theirs+"c.vcf", card("c", 301), full, "!1000", "!1001")
			do(http.StatusInsufficientStorage, "ann", "POST", ours, card("c", 301), full)
			do(http.StatusNoContent, "ann", "PUT", ours+"b.vcf", card("b", 400))
			do(http.StatusNoContent, "ann", "PUT", ours+"b.vcf", card("b", 200))
			do(http.StatusCreated, "bob", "PUT", theirs+"c.vcf", card("c", 300))
			do(http.StatusInsufficientStorage, "ann", "PUT", ours+"d.vcf", card("d", 90), full)

			// Into another account, where there is room, and back.
			const bobs = "/dav/addressbooks/bob/contacts/"
			do(http.StatusCreated, "bob", "COPY", theirs+"a.vcf "+bobs+"a.vcf", "")
			do(http.StatusCreated, "bob", "MOVE", theirs+"c.vcf "+bobs+"c.vcf", "")
			do(http.StatusCreated, "ann", "PUT", ours+"e.vcf", card("e", 90))
			do(http.StatusInsufficientStorage, "bob", "MOVE", bobs+"c.vcf "+theirs+"c.vcf", "", full, "!1000")
			do(http.StatusOK, "bob", "GET", bobs+"c.vcf", "")

			// Collections.
			const make = `<mkcol xmlns="DAV:"><set><prop><resourcetype><collection/><addressbook xmlns="urn:ietf:params:xml:ns:carddav"/></resourcetype></prop></set></mkcol>`
			do(http.StatusCreated, "ann", "MKCOL", "/dav/addressbooks/ann/friends/", make)
			do(http.StatusInsufficientStorage, "ann", "COPY", ours+"a.vcf /dav/addressbooks/ann/friends/copy.vcf", "", full)
			do(http.StatusInsufficientStorage, "ann", "MKCOL", "/dav/addressbooks/ann/more/", make, "!"+full)
			do(http.StatusInsufficientStorage, "ann", "MKCALENDAR", "/dav/calendars/ann/more/", "", "!"+full)
			do(http.StatusCreated, "bob", "MKCALENDAR", "/dav/calendars/bob/more/", "")
			do(http.StatusCreated, "bob", "MKCALENDAR", "/dav/calendars/bob/still-more/", "")
			// From one full collection into another of the same account.
			for i := range 2 {
				do(http.StatusCreated, "ann", "PUT", fmt.Sprintf("/dav/addressbooks/ann/friends/%d.vcf", i), card(fmt.Sprint(i), 90))
			}
			do(http.StatusInsufficientStorage, "ann", "MOVE", "/dav/addressbooks/ann/friends/0.vcf "+ours+"0.vcf", "", full)
			do(http.StatusCreated, "ann", "MOVE", ours+"e.vcf /dav/addressbooks/ann/friends/e.vcf", "")
			do(http.StatusNoContent, "ann", "DELETE", ours+"a.vcf", "")
			s.CheckClean(t)
		})
	}
}

// TestQuotaWithoutLimit has no property where there is no limit on octets.
func TestQuotaWithoutLimit(t *testing.T) {
	s := limited(t, davtest.OpenBolt(t), store.Limits{Members: 3})
	for _, user := range davtest.Users {
		res, _ := s.Do(t, davtest.Request{User: user, Method: "PROPFIND", Target: "/dav/calendars/" + user + "/calendar/", Header: []string{"Depth: 0"},
			Body: `<propfind xmlns="DAV:"><prop><quota-available-bytes/><quota-used-bytes/></prop></propfind>`})
		if body := res.Body.String(); strings.Contains(body, "200 OK") || !strings.Contains(body, "404 Not Found") {
			t.Errorf("%s: %s", user, body)
		}
	}
}

// TestQuotaRace has many devices write at once: together they stay within the limit.
func TestQuotaRace(t *testing.T) {
	for _, backend := range davtest.Backends {
		t.Run(backend.Name, func(t *testing.T) {
			s := limited(t, backend.Open(t), store.Limits{Octets: 1000})
			codes := make([]int, 16)
			var wg sync.WaitGroup
			for i := range codes {
				wg.Go(func() {
					res, _ := s.Do(t, davtest.Request{User: "ann", Method: "PUT", Target: fmt.Sprintf("/dav/addressbooks/ann/contacts/%d.vcf", i), Body: card(fmt.Sprint(i), 200)})
					codes[i] = res.Code
				})
			}
			wg.Wait()
			count := map[int]int{}
			for _, c := range codes {
				count[c]++
			}
			if count[http.StatusCreated] != 5 || count[http.StatusInsufficientStorage] != 11 {
				t.Errorf("statuses %v", count)
			}
		})
	}
}
