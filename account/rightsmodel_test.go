package account

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"almanac/store"
	"almanac/store/memstore"
)

// A naive model of who belongs to what and what is shared with whom: maps by the
// names of things, asked by trying everything.
type naive struct {
	users     []string
	roles     map[[2]string]Role      // organisation, user
	groups    map[[2]string]bool      // group, user
	shares    map[[2]string]naiveItem // owner, label of the principal
	hidden    map[[2]string]bool      // user, owner
	delegates map[[2]string]bool      // of, label: whether to write
}

type naiveItem struct {
	level  Level
	status Status
}

// is tells whether a user is what a label names.
func (n *naive) is(user, label string) bool {
	switch {
	case label == "org:acme" || label == "org:other":
		r := n.roles[[2]string{label[4:], user}]
		return r != "" && r != Guest
	case label == "group:staff" || label == "group:friends":
		return n.groups[[2]string{label[6:], user}]
	}
	return user == label
}

func (n *naive) rights(user, owner string) Access {
	if user == owner {
		return Access{ownerHas, SeesAll}
	}
	var a Access
	for key, item := range n.shares {
		if key[0] == owner && item.status == Accepted && n.is(user, key[1]) {
			a = a.and(grants[item.level])
		}
	}
	for key, write := range n.delegates {
		switch {
		case key[0] != owner || !n.is(user, key[1]):
		case write:
			a = a.and(grants[ShareWrite]).and(Access{Sight: SeesAll})
		default:
			a = a.and(grants[ShareRead])
		}
	}
	return a
}

// mounts are the owners whose calendar is in a user's home.
func (n *naive) mounts(user string) (all []string) {
	for _, owner := range n.users {
		shared := false
		for key, item := range n.shares {
			shared = shared || key[0] == owner && item.status == Accepted && n.is(user, key[1])
		}
		if shared && user != owner && !n.hidden[[2]string{user, owner}] {
			all = append(all, "calendar@"+owner)
		}
	}
	return all
}

func (n *naive) delegators(user string) (all []string) {
	for _, of := range n.users {
		found, write := false, false
		for key, w := range n.delegates {
			if key[0] == of && of != user && n.is(user, key[1]) {
				found, write = true, write || w
			}
		}
		if found {
			all = append(all, fmt.Sprint(of, write))
		}
	}
	return all
}

// owners counts the legal owners of an organisation.
func (n *naive) owners(org string) (count int) {
	for key, r := range n.roles {
		if key[0] == org && r == Owner {
			count++
		}
	}
	return count
}

// drop forgets a user.
func (n *naive) drop(user string) {
	n.users = slices.DeleteFunc(n.users, func(u string) bool { return u == user })
	gone := func(k [2]string) bool { return k[0] == user || k[1] == user }
	maps.DeleteFunc(n.roles, func(k [2]string, _ Role) bool { return gone(k) })
	maps.DeleteFunc(n.groups, func(k [2]string, _ bool) bool { return gone(k) })
	maps.DeleteFunc(n.shares, func(k [2]string, _ naiveItem) bool { return gone(k) })
	maps.DeleteFunc(n.hidden, func(k [2]string, _ bool) bool { return gone(k) })
	maps.DeleteFunc(n.delegates, func(k [2]string, _ bool) bool { return gone(k) })
}

// TestModel changes memberships, shares and delegations at random and compares what
// everybody then may do, and finds at home, with the naive model.
func TestModel(t *testing.T) {
	bodies := []string{"org:acme", "org:other", "group:staff", "group:friends"}
	rapid.Check(t, func(r *rapid.T) {
		st := memstore.New()
		defer st.Close()
		n := &naive{[]string{"ann", "bob", "carl", "dora"}, map[[2]string]Role{}, map[[2]string]bool{}, map[[2]string]naiveItem{}, map[[2]string]bool{}, map[[2]string]bool{}}
		p := newPeople(t, st, n.users...)
		p.body(Org, "acme", "")
		p.body(Org, "other", "")
		p.body(Group, "staff", "acme")
		p.body(Group, "friends", "")
		user := func(what string) string { return rapid.SampledFrom(n.users).Draw(r, what) }
		label := func() string { return rapid.SampledFrom(append(bodies, n.users...)).Draw(r, "to") }
		check := func(*rapid.T) {
			for _, u := range n.users {
				for _, owner := range n.users {
					if got, want := p.rights(u, Of(p.coll(owner, store.Calendar, "calendar"))), n.rights(u, owner); got != want {
						r.Fatalf("%s in the calendar of %s: %+v, want %+v", u, owner, got, want)
					}
				}
				var mounts, delegators []string
				p.view(func(s store.Snapshot) error {
					all, err := Mounts(s, p.homes[u], store.Calendar)
					for _, m := range all {
						mounts = append(mounts, m.Name)
						again, err := FindMount(s, p.homes[u], store.Calendar, m.Name)
						if err != nil || again.Coll.ID != m.Coll.ID || again.Access != m.Access {
							r.Fatalf("%s finds %+v, %v by the name %s", u, again, err, m.Name)
						}
					}
					if err != nil {
						return err
					}
					list, err := DelegatorsOf(s, p.homes[u])
					for _, d := range list {
						h, err := s.Home(d.Of)
						if err != nil {
							return err
						}
						delegators = append(delegators, fmt.Sprint(h.Name, d.Write))
					}
					return err
				})
				if d := cmp.Diff(n.mounts(u), mounts); d != "" {
					r.Fatalf("in the home of %s (-want +got):\n%s", u, d)
				}
				if d := cmp.Diff(n.delegators(u), delegators); d != "" {
					r.Fatalf("delegators of %s (-want +got):\n%s", u, d)
				}
			}
		}
		r.Repeat(map[string]func(*rapid.T){
			"": check,
			"role": func(*rapid.T) {
				org, u := rapid.SampledFrom([]string{"acme", "other"}).Draw(r, "org"), user("user")
				key := [2]string{org, u}
				to := rapid.SampledFrom(append([]Role{""}, Roles...)).Draw(r, "role")
				err := SetRole(t.Context(), st, admin, org, p.homes[u], to, noon)
				if n.roles[key] == Owner && to != Owner && n.owners(org) == 1 {
					if !errors.Is(err, ErrLastOwner) {
						r.Fatalf("the last owner: %v", err)
					}
					return
				}
				p.must(err)
				if n.roles[key] = to; to == "" {
					delete(n.roles, key)
					if org == "acme" {
						delete(n.groups, [2]string{"staff", u})
					}
				}
			},
			"join": func(*rapid.T) {
				group, u := rapid.SampledFrom([]string{"staff", "friends"}).Draw(r, "group"), user("user")
				err := AddToGroup(t.Context(), st, group, p.homes[u], "test", noon)
				if group == "staff" && n.roles[[2]string{"acme", u}] == "" {
					if !errors.Is(err, ErrNotMember) {
						r.Fatalf("a stranger joins: %v", err)
					}
					return
				}
				p.must(err)
				n.groups[[2]string{group, u}] = true
			},
			"leave": func(*rapid.T) {
				group, u := rapid.SampledFrom([]string{"staff", "friends"}).Draw(r, "group"), user("user")
				p.must(RemoveFromGroup(t.Context(), st, group, p.homes[u], "test", noon))
				delete(n.groups, [2]string{group, u})
			},
			"share": func(*rapid.T) {
				owner, to, level := user("owner"), label(), rapid.SampledFrom(Levels).Draw(r, "level")
				if owner == to {
					return
				}
				p.share(p.coll(owner, store.Calendar, "calendar"), p.named(to).Principal, level)
				n.shares[[2]string{owner, to}] = naiveItem{level, Accepted}
				delete(n.hidden, [2]string{to, owner})
			},
			"invite and answer": func(*rapid.T) {
				owner, to, level := user("owner"), user("to"), rapid.SampledFrom(Levels).Draw(r, "level")
				key := [2]string{owner, to}
				if owner == to {
					return
				}
				coll := p.coll(owner, store.Calendar, "calendar")
				find := func() (s *Share) {
					p.view(func(sn store.Snapshot) (err error) {
						s, err = FindShare(sn, coll.ID, UserPrincipal(p.homes[to]))
						return err
					})
					return s
				}
				ops, err := ShareOps(coll, find(), Share{To: UserPrincipal(p.homes[to]), Level: level, Status: Pending}, noon)
				p.must(err)
				p.apply(owner, ops...)
				if n.shares[key].status != Accepted {
					n.shares[key] = naiveItem{level, Pending}
				}
				n.shares[key] = naiveItem{level, n.shares[key].status}
				if rapid.Bool().Draw(r, "answer") {
					accept := rapid.Bool().Draw(r, "accept")
					p.apply(owner, find().AnswerOps(accept, noon)...)
					n.shares[key] = naiveItem{level, Declined}
					if accept {
						n.shares[key] = naiveItem{level, Accepted}
					}
				}
			},
			"unshare": func(*rapid.T) {
				owner, to := user("owner"), label()
				p.apply(owner, UnshareOps(p.coll(owner, store.Calendar, "calendar").ID, p.named(to).Principal)...)
				delete(n.shares, [2]string{owner, to})
			},
			"put aside": func(*rapid.T) {
				u, owner := user("user"), user("owner")
				hidden := rapid.Bool().Draw(r, "hidden")
				p.must(hide(t.Context(), st, p.homes[u], p.coll(owner, store.Calendar, "calendar").ID, hidden, "test", noon))
				if n.hidden[[2]string{u, owner}] = hidden; !hidden {
					delete(n.hidden, [2]string{u, owner})
				}
			},
			"delegate": func(*rapid.T) {
				of, to, write := user("of"), rapid.SampledFrom(append(bodies[2:], n.users...)).Draw(r, "to"), rapid.Bool().Draw(r, "write")
				if of != to {
					p.delegate(of, p.named(to).Principal, write)
					n.delegates[[2]string{of, to}] = write
				}
			},
			"undelegate": func(*rapid.T) {
				of, to := user("of"), label()
				p.apply(of, UndelegateOps(p.homes[of], p.named(to).Principal)...)
				delete(n.delegates, [2]string{of, to})
			},
			"remove user": func(*rapid.T) {
				u := user("user")
				if len(n.users) == 2 || rapid.IntRange(0, 3).Draw(r, "really") > 0 {
					return
				}
				err := RemoveUser(t.Context(), st, p.homes[u], "test", noon)
				for _, org := range []string{"acme", "other"} {
					if n.roles[[2]string{org, u}] == Owner && n.owners(org) == 1 {
						if !errors.Is(err, ErrLastOwner) {
							r.Fatalf("the last owner of %s is removed: %v", org, err)
						}
						return
					}
				}
				p.must(err)
				n.drop(u)
				// One of the same name inherits nothing.
				n.users = append(n.users, u)
				p.user(u)
			},
		})
	})
}
