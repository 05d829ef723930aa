package account

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"almanac/store"
)

// TestJudgeRole writes down, for every actor, every role that a member has and
// every one that the member shall get, what judgeRole says.
func TestJudgeRole(t *testing.T) {
	const actor, target, other = 1, 2, 3
	roles := append([]Role{""}, Roles...)
	show := func(r Role) string {
		if r == "" {
			return "none"
		}
		return string(r)
	}
	word := func(err error) string {
		switch {
		case err == nil:
			return "yes"
		case errors.Is(err, ErrNotManager):
			return "not a manager"
		case errors.Is(err, ErrNotOwner):
			return "not an owner"
		case errors.Is(err, ErrLastOwner):
			return "the last owner"
		}
		return err.Error()
	}
	var b strings.Builder
	matrix := func(title string, judge func(from, to Role) (error, bool)) {
		head := fmt.Sprintf("%-15s", "from \\ to")
		for _, to := range roles {
			head += fmt.Sprintf(" %-15s", show(to))
		}
		fmt.Fprintf(&b, "%s\n%s\n", title, strings.TrimRight(head, " "))
		for _, from := range roles {
			row := fmt.Sprintf("%-15s", show(from))
			some := false
			for _, to := range roles {
				err, ok := judge(from, to)
				cell := "."
				if ok {
					cell, some = word(err), true
				}
				row += fmt.Sprintf(" %-15s", cell)
			}
			if some {
				b.WriteString(strings.TrimRight(row, " ") + "\n")
			}
		}
		b.WriteByte('\n')
	}
	members := func(with ...Membership) (all []Membership) {
		for _, m := range with {
			if m.Role != "" {
				all = append(all, m)
			}
		}
		return all
	}
	for _, is := range roles {
		title := "a member who is " + show(is) + " changes another one's role; there is another owner"
		matrix(title, func(from, to Role) (error, bool) {
			all := members(Membership{Home: actor, Role: is}, Membership{Home: target, Role: from}, Membership{Home: other, Role: Owner})
			return judgeRole(all, Actor{Home: actor}, target, to), true
		})
	}
	for _, owners := range []int{0, 1} {
		matrix(fmt.Sprintf("a member changes the own role; there are %d other owners", owners), func(from, to Role) (error, bool) {
			all := members(Membership{Home: actor, Role: from})
			if owners > 0 {
				all = append(all, Membership{Home: other, Role: Owner})
			}
			return judgeRole(all, Actor{Home: actor}, actor, to), true
		})
		matrix(fmt.Sprintf("the command line; there are %d other owners", owners), func(from, to Role) (error, bool) {
			all := members(Membership{Home: target, Role: from})
			if owners > 0 {
				all = append(all, Membership{Home: other, Role: Owner})
			}
			return judgeRole(all, Actor{CommandLine: true}, target, to), true
		})
	}
	matrix("an administrator changes the role of the only owner", func(from, to Role) (error, bool) {
		all := members(Membership{Home: actor, Role: Administrator}, Membership{Home: target, Role: Owner})
		return judgeRole(all, Actor{Home: actor}, target, to), from == Owner
	})
	golden(t, "roles.txt", b.String())

	if err := judgeRole(nil, Actor{CommandLine: true}, target, "boss"); err == nil || !strings.Contains(err.Error(), "no role") {
		t.Errorf("a role that there is not: %v", err)
	}
	// Somebody without an account is not the member without an account.
	if err := judgeRole([]Membership{{Role: Owner}}, Actor{}, target, Guest); !errors.Is(err, ErrNotManager) {
		t.Errorf("nobody: %v", err)
	}
}

// TestOwnersRace has the owners of an organisation take the role from each other at
// the same moment, again and again: one is always left.
func TestOwnersRace(t *testing.T) {
	for _, backend := range backends {
		t.Run(backend.name, func(t *testing.T) {
			st := backend.open(t)
			defer st.Close()
			p := newPeople(t, st, "ann", "bob", "carl")
			org := p.body(Org, "acme", "")
			for range 20 {
				for _, name := range []string{"ann", "bob", "carl"} {
					p.role("acme", name, Owner)
				}
				var wg sync.WaitGroup
				act := func(fn func() error) {
					wg.Go(func() {
						err := fn()
						if err != nil && !errors.Is(err, ErrLastOwner) && !errors.Is(err, ErrNotOwner) && !errors.Is(err, ErrNotManager) &&
							!strings.Contains(err.Error(), "try again") {
							t.Error(err)
						}
					})
				}
				set := func(by, whom string, r Role) {
					act(func() error {
						return SetRole(t.Context(), st, Actor{Home: p.homes[by], Name: by}, "acme", p.homes[whom], r, noon)
					})
				}
				set("ann", "bob", Administrator)
				set("bob", "carl", Guest)
				set("carl", "ann", "")
				set("ann", "ann", "")
				set("bob", "bob", Collaborator)
				wg.Wait()
				owners := 0
				p.view(func(s store.Snapshot) error {
					members, err := Members(s, org)
					for _, m := range members {
						if m.Role == Owner {
							owners++
						}
					}
					return err
				})
				if owners == 0 {
					t.Fatal("no owner is left")
				}
			}
		})
	}
}

// TestRemoveUser removes somebody with all that others gave to them.
func TestRemoveUser(t *testing.T) {
	for _, backend := range backends {
		t.Run(backend.name, func(t *testing.T) {
			st := backend.open(t)
			defer st.Close()
			p := newPeople(t, st, "ann", "bob", "carl")
			acme, staff := p.body(Org, "acme", ""), Principal{}
			p.body(Org, "other", "")
			staff = p.body(Group, "staff", "acme")
			p.role("acme", "ann", Owner)
			p.role("other", "ann", Owner)
			p.role("acme", "bob", Collaborator)
			p.must(AddToGroup(t.Context(), st, "staff", p.homes["bob"], "test", noon))
			p.share(p.coll("carl", store.Calendar, "calendar"), UserPrincipal(p.homes["ann"]), ShareRead)
			p.share(p.coll("carl", store.Calendar, "calendar"), UserPrincipal(p.homes["bob"]), ShareRead)
			p.delegate("carl", UserPrincipal(p.homes["bob"]), true)
			p.delegate("ann", UserPrincipal(p.homes["bob"]), true)

			err := RemoveUser(t.Context(), st, p.homes["ann"], "test", noon)
			var last *LastOwnerError
			if !errors.As(err, &last) || !errors.Is(err, ErrLastOwner) || cmp.Diff(last.Orgs, []string{"acme", "other"}) != "" {
				t.Fatalf("the last owner: %v", err)
			}
			p.role("acme", "carl", Owner)
			p.must(RemoveBody(t.Context(), st, Org, "other", "test", noon))
			p.must(RemoveUser(t.Context(), st, p.homes["ann"], "test", noon))
			p.must(RemoveUser(t.Context(), st, p.homes["bob"], "test", noon))
			p.view(func(s store.Snapshot) error {
				for _, kind := range []string{factShare, factDelegate, factMount, factAllowance} {
					if err := s.Records(kind, "", "", func(r *store.Record) bool {
						t.Errorf("%s %q is left", kind, r.Key)
						return true
					}); err != nil {
						return err
					}
				}
				for of, want := range map[Principal]int{acme: 1, staff: 0} {
					n := 0
					if err := s.Records(factMember, of.String()+"/", "", func(*store.Record) bool { n++; return true }); err != nil || n != want {
						t.Errorf("%s has %d members, %v", of, n, err)
					}
				}
				return nil
			})
			if err := RemoveUser(t.Context(), st, p.homes["ann"], "test", noon); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("again: %v", err)
			}
		})
	}
}

// TestLeavingAnOrganisation ends what one is by the organisation's groups too.
func TestLeavingAnOrganisation(t *testing.T) {
	st := backends[0].open(t)
	defer st.Close()
	p := newPeople(t, st, "ann", "bob", "eve")
	p.body(Org, "acme", "")
	p.body(Org, "other", "")
	staff, friends := p.body(Group, "staff", "acme"), p.body(Group, "friends", "")
	p.role("acme", "ann", Owner)
	p.role("acme", "bob", Guest)
	if err := AddToGroup(t.Context(), st, "staff", p.homes["eve"], "test", noon); !errors.Is(err, ErrNotMember) {
		t.Errorf("a stranger in the group: %v", err)
	}
	for _, group := range []string{"staff", "friends", "friends"} {
		p.must(AddToGroup(t.Context(), st, group, p.homes["bob"], "test", noon))
	}
	is := func(want ...Principal) {
		t.Helper()
		p.view(func(s store.Snapshot) error {
			got, err := PrincipalsOf(s, p.homes["bob"])
			if d := cmp.Diff(append([]Principal{UserPrincipal(p.homes["bob"])}, want...), got, cmp.Transformer("text", Principal.String)); d != "" {
				t.Errorf("bob is (-want +got):\n%s", d)
			}
			return err
		})
	}
	sorted := func(a, b Principal) []Principal {
		if a.String() > b.String() {
			a, b = b, a
		}
		return []Principal{a, b}
	}
	is(sorted(staff, friends)...)
	p.role("acme", "bob", "")
	is(friends)
	p.must(RemoveFromGroup(t.Context(), st, "friends", p.homes["bob"], "test", noon))
	is()
	if err := RemoveBody(t.Context(), st, Org, "acme", "test", noon); !errors.Is(err, ErrHasParts) {
		t.Errorf("an organisation with a group: %v", err)
	}
	p.must(RemoveBody(t.Context(), st, Group, "staff", "test", noon))
	p.apply("eve", ResourceOp("eve", Resource{Type: Room, Org: p.named("org:acme").ID}))
	if err := RemoveBody(t.Context(), st, Org, "acme", "test", noon); !errors.Is(err, ErrHasParts) {
		t.Errorf("an organisation with a room: %v", err)
	}
	p.must(RemoveUser(t.Context(), st, p.homes["eve"], "test", noon))
	p.must(RemoveBody(t.Context(), st, Org, "acme", "test", noon))
	if _, err := CreateBody(t.Context(), st, Org, "other", Body{}, "test", noon); !errors.Is(err, store.ErrExists) {
		t.Errorf("a taken name: %v", err)
	}
}

// TestNotices has every change of a role told in its batch, and nothing else.
func TestNotices(t *testing.T) {
	st := backends[0].open(t)
	defer st.Close()
	p := newPeople(t, st, "ann", "bob")
	p.body(Org, "acme", "")
	p.role("acme", "ann", Owner)
	p.role("acme", "bob", Guest)
	p.role("acme", "bob", Guest)
	p.must(SetRole(t.Context(), st, Actor{Home: p.homes["ann"], Name: "ann"}, "acme", p.homes["bob"], Collaborator, noon))
	if err := SetRole(t.Context(), st, Actor{Home: p.homes["bob"], Name: "bob"}, "acme", p.homes["ann"], Guest, noon); !errors.Is(err, ErrLastOwner) {
		t.Error(err)
	}
	p.must(SetRole(t.Context(), st, Actor{Home: p.homes["bob"], Name: "bob"}, "acme", p.homes["bob"], "", noon))
	jobs, err := st.Claim(t.Context(), NoticeQueue, "test", noon, 10, 1)
	p.must(err)
	var got []string
	for _, j := range jobs {
		n, err := ReadNotice(j.Payload)
		p.must(err)
		got = append(got, fmt.Sprintf("%s %s (%d) in %s: %q to %q by %s", n.Kind, n.ToName, n.To, n.Org, n.From, n.Now, n.By))
	}
	want := map[string]bool{
		`role ann (1) in acme: "" to "owner" by command line`: true, `role bob (2) in acme: "" to "guest" by command line`: true,
		`role bob (2) in acme: "guest" to "collaborator" by ann`: true, `role bob (2) in acme: "collaborator" to "" by bob`: true,
	}
	for _, line := range got {
		if !want[line] {
			t.Errorf("got %s", line)
		}
		delete(want, line)
	}
	if len(want) > 0 {
		t.Errorf("not told: %v", want)
	}
}
