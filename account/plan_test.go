package account

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"almanac/store"
)

func TestPlans(t *testing.T) {
	for _, backend := range backends {
		t.Run(backend.name, func(t *testing.T) {
			st := backend.open(t)
			defer st.Close()
			ctx := t.Context()
			p := newPeople(t, st, "ann", "bob", "guest")
			small := store.Limits{Collections: 4, Members: 2, Octets: 400, ObjectOctets: 200}
			p.must(CreatePlan(ctx, st, "small", small, "test", noon))
			p.must(CreatePlan(ctx, st, "large", store.Limits{Collections: 3, Members: 10, ObjectOctets: 300}, "test", noon))
			if err := CreatePlan(ctx, st, "small", small, "test", noon); !errors.Is(err, store.ErrExists) {
				t.Errorf("a taken name: %v", err)
			}
			p.body(Org, "acme", "")
			p.role("acme", "ann", Owner)
			p.role("acme", "bob", Collaborator)
			p.role("acme", "guest", Guest)
			limits := func(user string, want store.Limits) {
				t.Helper()
				p.view(func(s store.Snapshot) error {
					got, err := LimitsOf(s, p.homes[user])
					if d := cmp.Diff(want, got); d != "" {
						t.Errorf("limits of %s (-want +got):\n%s", user, d)
					}
					return err
				})
			}
			limits("ann", store.Limits{})
			p.apply("ann", AllowanceOps(p.homes["ann"], "small")...)
			p.apply("guest", AllowanceOps(p.homes["guest"], "small")...)
			large := "large"
			p.must(SetBody(ctx, st, Org, "acme", BodyChange{Plan: &large}, "test", noon))
			// Each limit is the most generous one.
			limits("ann", store.Limits{Collections: 4, Members: 10, ObjectOctets: 300})
			limits("bob", store.Limits{Collections: 3, Members: 10, ObjectOctets: 300})
			limits("guest", small)

			p.view(func(s store.Snapshot) error {
				users, orgs, err := PlanUsers(s, "small")
				if d := cmp.Diff([]string{"ann", "guest"}, users); d != "" || len(orgs) > 0 {
					t.Errorf("under small: %v, %v", users, orgs)
				}
				if err != nil {
					return err
				}
				if _, orgs, err = PlanUsers(s, "large"); cmp.Diff([]string{"acme"}, orgs) != "" {
					t.Errorf("under large: %v", orgs)
				}
				return err
			})
			for _, name := range []string{"small", "large"} {
				if err := RemovePlan(ctx, st, name, "test", noon); !errors.Is(err, ErrPlanUsed) {
					t.Errorf("%s is removed: %v", name, err)
				}
			}
			p.must(SetPlan(ctx, st, "large", func(l *store.Limits) { l.Members = 20 }, "test", noon))
			limits("bob", store.Limits{Collections: 3, Members: 20, ObjectOctets: 300})
			if err := SetPlan(ctx, st, "none", func(*store.Limits) {}, "test", noon); !errors.Is(err, ErrNoPlan) {
				t.Errorf("no plan: %v", err)
			}
			p.apply("ann", AllowanceOps(p.homes["ann"], "")...)
			p.must(RemoveUser(ctx, st, p.homes["guest"], "test", noon))
			p.must(RemovePlan(ctx, st, "small", "test", noon))
			limits("ann", store.Limits{Collections: 3, Members: 20, ObjectOctets: 300})
		})
	}
}

// TestApply has a batch judged only when it adds something.
func TestApply(t *testing.T) {
	for _, backend := range backends {
		t.Run(backend.name, func(t *testing.T) {
			st := backend.open(t)
			defer st.Close()
			ctx := t.Context()
			p := newPeople(t, st, "ann")
			p.must(CreatePlan(ctx, st, "small", store.Limits{Collections: 1, Members: 1, Octets: 1, ObjectOctets: 1}, "test", noon))
			c, d := p.coll("ann", store.Calendar, "calendar"), p.coll("ann", store.Calendar, "tasks")
			body := []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTAMP:20260301T090000Z\r\nDTSTART:20260301T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
			index, err := store.IndexOf(store.Calendar, body)
			p.must(err)
			try := func(ops ...store.Op) error {
				_, err := Apply(ctx, st, &store.Batch{Home: p.homes["ann"], By: "test", At: noon, Ops: ops})
				return err
			}
			put := store.PutObject{Coll: c.ID, Name: "a", Body: body, Index: index}
			p.must(try(put))
			p.apply("ann", AllowanceOps(p.homes["ann"], "small")...)
			beyond := func(want store.Limit, ops ...store.Op) {
				t.Helper()
				var over *store.LimitError
				if err := try(ops...); !errors.As(err, &over) || over.Limit != want {
					t.Errorf("%T: %v", ops[0], err)
				}
			}
			beyond(store.LimitObjectOctets, put)
			beyond(store.LimitCollections, store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: "x"}})
			p.must(try(store.DeleteCollection{Coll: d.ID}))
			beyond(store.LimitCollections, store.RestoreCollection{Coll: d.ID})
			p.must(try(store.RenameCollection{Coll: c.ID, Name: "other"}))
			p.must(try(store.DeleteObject{Coll: c.ID, Name: "a"}))
			if err := try(store.DeleteObject{Coll: c.ID, Name: "a"}); !errors.Is(err, store.ErrNotFound) {
				t.Error(err)
			}
		})
	}
}

func BenchmarkLimitsOf(b *testing.B) {
	st := backends[0].open(nil)
	defer st.Close()
	p := newPeople(b, st, "ann")
	for b.Loop() {
		p.view(func(s store.Snapshot) error {
			_, err := LimitsOf(s, p.homes["ann"])
			return err
		})
	}
}

// TestDefaultPlan gives the server a plan: it is that of whoever has no other, and no
// more generous one for those who have.
func TestDefaultPlan(t *testing.T) {
	for _, backend := range backends {
		t.Run(backend.name, func(t *testing.T) {
			st := backend.open(t)
			defer st.Close()
			ctx := t.Context()
			p := newPeople(t, st, "ann", "bob", "eve", "guest")
			limits := func(members map[string]int) {
				t.Helper()
				p.view(func(s store.Snapshot) error {
					for user, want := range members {
						if got, err := LimitsOf(s, p.homes[user]); err != nil || got.Members != want {
							t.Errorf("%s may have %d objects, want %d: %v", user, got.Members, want, err)
						}
					}
					return nil
				})
			}
			for name, n := range map[string]int{"small": 1, "standard": 10, "large": 100} {
				p.must(CreatePlan(ctx, st, name, store.Limits{Members: n}, "test", noon))
			}
			if err := SetDefaultPlan(ctx, st, "missing", "test", noon); !errors.Is(err, ErrNoPlan) {
				t.Errorf("a plan that is not there: %v", err)
			}
			limits(map[string]int{"ann": 0, "bob": 0, "eve": 0, "guest": 0})
			p.must(SetDefaultPlan(ctx, st, "standard", "test", noon))
			p.apply("ann", AllowanceOps(p.homes["ann"], "small")...)
			large, none := "large", ""
			p.body(Org, "acme", "")
			p.role("acme", "bob", Owner)
			p.role("acme", "guest", Guest)
			limits(map[string]int{"ann": 1, "bob": 10, "eve": 10, "guest": 10}) // acme names none
			p.must(SetBody(ctx, st, Org, "acme", BodyChange{Plan: &large}, "test", noon))
			limits(map[string]int{"ann": 1, "bob": 100, "eve": 10, "guest": 10})
			p.must(SetBody(ctx, st, Org, "acme", BodyChange{Plan: &none}, "test", noon))
			if err := RemovePlan(ctx, st, "standard", "test", noon); !errors.Is(err, ErrPlanUsed) {
				t.Errorf("removing the default: %v", err)
			}
			p.must(SetDefaultPlan(ctx, st, "", "test", noon))
			limits(map[string]int{"ann": 1, "bob": 0, "eve": 0, "guest": 0})
			p.must(RemovePlan(ctx, st, "standard", "test", noon))
		})
	}
}
