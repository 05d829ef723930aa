package account

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/store"
	"almanac/store/memstore"
)

var privilegeWords = []struct {
	p    Privilege
	word string
}{
	{Read, "read"}, {ReadFreeBusy, "freebusy"}, {WriteContent, "content"}, {WriteProperties, "props"}, {Bind, "bind"},
	{Unbind, "unbind"}, {ReadACL, "acl"}, {ManageShares, "manage"}, {ReadCurrentUserPrivilegeSet, "own-privs"},
}

var sightWords = map[Sight]string{SeesNothing: "nothing", SeesBusy: "busy time", SeesShared: "what is shared", SeesAll: "all"}

// TestRights writes down what everybody may do with a calendar, an address book and
// a home, for each way in which they were given to them.
func TestRights(t *testing.T) {
	st := backends[0].open(t)
	defer st.Close()
	p := newPeople(t, st, "ann", "bob", "group-member", "owner", "administrator", "collaborator", "guest", "stranger",
		"delegate-read", "delegate-write", "delegate-by-group", "room")
	acme := p.body(Org, "acme", "")
	for _, r := range Roles {
		p.role("acme", string(r), r)
	}
	staff, helpers := p.body(Group, "staff", ""), p.body(Group, "helpers", "")
	p.must(AddToGroup(t.Context(), st, "staff", p.homes["group-member"], "test", noon))
	p.must(AddToGroup(t.Context(), st, "helpers", p.homes["delegate-by-group"], "test", noon))
	p.apply("room", ResourceOp("room", Resource{Type: Room, Org: acme.ID}))
	calendar, book := p.coll("ann", store.Calendar, "calendar"), p.coll("ann", store.AddressBook, "contacts")

	var b strings.Builder
	head := fmt.Sprintf("%-18s", "")
	for _, w := range privilegeWords {
		head += " " + w.word
	}
	row := func(user string, a Access) {
		line := fmt.Sprintf("%-18s", user)
		for _, w := range privilegeWords {
			cell := "."
			if a.Privilege&w.p != 0 {
				cell = "x"
			}
			line += fmt.Sprintf(" %-*s", len(w.word), cell)
		}
		fmt.Fprintf(&b, "%s  sees %s\n", line, sightWords[a.Sight])
	}
	table := func(title string, thing Thing, users ...string) {
		fmt.Fprintf(&b, "%s\n%s\n", title, head)
		for _, u := range users {
			row(u, p.rights(u, thing))
		}
		b.WriteByte('\n')
	}
	unshare := func(c *store.Collection, to Principal) { p.apply("ann", UnshareOps(c.ID, to)...) }

	everybody := []string{"ann", "bob", "group-member", "owner", "administrator", "collaborator", "guest", "stranger"}
	table("a calendar that is not shared", Of(calendar), everybody...)
	for _, c := range []*store.Collection{calendar, book} {
		noun := map[store.Kind]string{store.Calendar: "a calendar", store.AddressBook: "an address book"}[c.Kind]
		for _, l := range Levels {
			if c.Kind == store.AddressBook && l == ShareFreeBusy {
				continue
			}
			p.share(c, UserPrincipal(p.homes["bob"]), l)
			table(fmt.Sprintf("%s, shared with bob: %s", noun, l), Of(c), "bob", "group-member", "collaborator", "stranger")
			unshare(c, UserPrincipal(p.homes["bob"]))
			p.share(c, staff, l)
			table(fmt.Sprintf("%s, shared with group:staff: %s", noun, l), Of(c), "bob", "group-member", "collaborator")
			unshare(c, staff)
			p.share(c, acme, l)
			table(fmt.Sprintf("%s, shared with org:acme: %s", noun, l), Of(c), "owner", "administrator", "collaborator", "guest", "stranger")
			unshare(c, acme)
		}
	}
	p.share(calendar, acme, ShareRead)
	p.share(calendar, UserPrincipal(p.homes["guest"]), ShareFreeBusy)
	p.share(calendar, UserPrincipal(p.homes["collaborator"]), ShareWrite)
	table("a calendar, shared with org:acme to read, with the guest as free/busy, with the collaborator to write", Of(calendar), "collaborator", "guest", "owner")
	unshare(calendar, acme)
	for _, answer := range []Status{Pending, Declined} {
		share := Share{To: UserPrincipal(p.homes["stranger"]), Level: ShareManage, Status: answer}
		ops, err := ShareOps(calendar, nil, share, noon)
		p.must(err)
		p.apply("ann", ops...)
		table(fmt.Sprintf("a calendar, shared with stranger to manage: %s", answer), Of(calendar), "stranger")
	}

	p.delegate("ann", UserPrincipal(p.homes["delegate-read"]), false)
	p.delegate("ann", UserPrincipal(p.homes["delegate-write"]), true)
	p.delegate("ann", helpers, true)
	delegates := []string{"ann", "delegate-read", "delegate-write", "delegate-by-group", "stranger"}
	table("a calendar of somebody with delegates", Of(p.coll("ann", store.Calendar, "tasks")), delegates...)
	table("the address book of somebody with delegates", Of(book), delegates...)
	table("the home of somebody with delegates", HomeOf(p.homes["ann"]), delegates...)

	table("the calendar of a room of acme", Of(p.coll("room", store.Calendar, "calendar")), "owner", "administrator", "collaborator", "guest", "stranger")
	table("the home of a room of acme", HomeOf(p.homes["room"]), "owner", "administrator", "collaborator", "guest", "stranger")
	golden(t, "rights.txt", b.String())

	p.view(func(s store.Snapshot) error {
		for _, who := range []Identity{{}, {Name: "ann"}} {
			for _, thing := range []Thing{Of(calendar), HomeOf(p.homes["ann"]), {}} {
				if a, err := Rights(s, who, thing); a != (Access{}) || err != nil {
					t.Errorf("somebody without an account: %v, %v", a, err)
				}
			}
		}
		return nil
	})
}

// TestShareRules refuses what cannot be shared, and keeps what stands.
func TestShareRules(t *testing.T) {
	st := backends[0].open(t)
	defer st.Close()
	p := newPeople(t, st, "ann", "bob")
	calendar, book := p.coll("ann", store.Calendar, "calendar"), p.coll("ann", store.AddressBook, "contacts")
	bob := UserPrincipal(p.homes["bob"])
	for _, tc := range []struct {
		coll *store.Collection
		s    Share
		want string
	}{
		{calendar, Share{To: bob, Level: "all"}, "no level"},
		{book, Share{To: bob, Level: ShareFreeBusy}, ErrLevel.Error()},
		{calendar, Share{To: UserPrincipal(p.homes["ann"]), Level: ShareRead}, ErrOwnShare.Error()},
	} {
		if _, err := ShareOps(tc.coll, nil, tc.s, noon); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%+v: %v", tc.s, err)
		}
	}
	find := func() (s *Share) {
		p.view(func(sn store.Snapshot) (err error) { s, err = FindShare(sn, calendar.ID, bob); return err })
		return s
	}
	step := func(ops []store.Op, err error) *Share {
		t.Helper()
		p.must(err)
		p.apply("ann", ops...)
		return find()
	}
	first := step(ShareOps(calendar, nil, Share{To: bob, Level: ShareRead, Status: Pending, By: "ann"}, noon))
	if p.rights("bob", Of(calendar)) != (Access{}) {
		t.Error("before it is accepted")
	}
	accepted := step(first.AnswerOps(true, noon), nil)
	again := step(ShareOps(calendar, accepted, Share{To: bob, Level: ShareWrite, Status: Pending, By: "ann"}, noon.AddDate(0, 0, 1)))
	if again.Status != Accepted || again.Invite != first.Invite || !again.Since.Equal(noon) || again.Level != ShareWrite {
		t.Errorf("changed to %+v", again)
	}
	declined := step(again.AnswerOps(false, noon), nil)
	if step(ShareOps(calendar, declined, Share{To: bob, Level: ShareRead, Status: Pending, By: "ann"}, noon)).Status != Pending {
		t.Error("what was declined is not asked again")
	}
	for _, d := range []Delegate{{Of: p.homes["ann"], To: UserPrincipal(p.homes["ann"])}, {Of: p.homes["ann"], To: Principal{Type: Org, ID: "x"}}} {
		if _, err := DelegateOps(d); err == nil {
			t.Errorf("%+v is taken", d)
		}
	}
}

// TestResourceOfAnEarlierVersion finds a room whose record has the account's number for
// its key, and writes it anew under its name.
func TestResourceOfAnEarlierVersion(t *testing.T) {
	st, now := memstore.New(), time.Now()
	id, err := Create(t.Context(), st, store.Home{Name: "blue-room"}, "test", now)
	if err != nil {
		t.Fatal(err)
	}
	apply := func(ops ...store.Op) {
		t.Helper()
		if err := write(t.Context(), st, id, "test", now, nil, ops...); err != nil {
			t.Fatal(err)
		}
	}
	kinds := func() (out []ResourceType) {
		err := st.View(t.Context(), func(snap store.Snapshot) error {
			r, err := FindResource(snap, id)
			if err != nil || r == nil {
				t.Fatal(r, err)
			}
			out = append(out, r.Type)
			return ResourcesOf(snap, "", func(_ store.HomeID, r *Resource) error {
				out = append(out, r.Type)
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	apply(fact(factResource, homeKey(id), Resource{Type: Room}, "org:"))
	if got := kinds(); !slices.Equal(got, []ResourceType{Room, Room}) {
		t.Errorf("found %v", got)
	}
	apply(ResourceOps(&store.Home{ID: id, Name: "blue-room"}, Resource{Type: Equipment})...)
	if got := kinds(); !slices.Equal(got, []ResourceType{Equipment, Equipment}) {
		t.Errorf("after it was changed %v", got)
	}
}

// TestNobodyIsARoomByName: a name can be what the number of an old room spells.
func TestNobodyIsARoomByName(t *testing.T) {
	p := newPeople(t, memstore.New(), "room")
	name := homeKey(p.homes["room"])
	p.user(name)
	p.apply("room", fact(factResource, name, Resource{Type: Room, Org: "o"}, "org:o"))
	p.view(func(s store.Snapshot) error {
		room, err := FindResource(s, p.homes["room"])
		p.must(err)
		person, err := FindResource(s, p.homes[name])
		if room == nil || person != nil {
			t.Errorf("the room is %v, the person %v", room, person)
		}
		return err
	})
}
