package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/store"
)

// A Plan is a set of limits under a name, for the accounts to which it is given:
// one by one, or to an organisation for all its members but the guests.
//
// Of several plans that an account is under, each limit is the most generous one.
// Who has a plan through an organisation can so be given more, and not less. Who has
// none, neither by name nor through an organisation, is under the server's default
// plan; where there is none, an account has no limits.
type Plan struct {
	Limits  store.Limits
	Created time.Time
}

// An Allowance is the plan that an account was given by name, or that is the default.
type Allowance struct {
	Plan string
}

// Why a plan is not given or removed.
var (
	ErrNoPlan   = errors.New("no such plan")
	ErrPlanUsed = errors.New("the plan is in use")
)

// CreatePlan makes a plan. A taken name is store.ErrExists, one that cannot be one a
// *NameError.
func CreatePlan(ctx context.Context, st store.Store, name string, l store.Limits, by string, now time.Time) error {
	if err := CheckUserName(name); err != nil {
		return err
	}
	p := Plan{Limits: l, Created: store.Moment(now)}
	err := write(ctx, st, 0, by, now, []store.Pre{store.RecordIs{Kind: factPlan, Key: name}}, fact(factPlan, name, p))
	if failed := new(store.PreconditionError); errors.As(err, &failed) {
		err = fmt.Errorf("plan %q: %w", name, store.ErrExists)
	}
	return err
}

// SetPlan changes the limits of a plan. They hold at once for whoever is under it;
// what an account holds beyond them stays, and can become less.
func SetPlan(ctx context.Context, st store.Store, name string, change func(*store.Limits), by string, now time.Time) error {
	for range changes {
		var p *Plan
		var raw []byte
		err := st.View(ctx, func(snap store.Snapshot) (err error) {
			p, raw, err = findPlan(snap, name)
			return err
		})
		if err != nil {
			return err
		}
		change(&p.Limits)
		err = write(ctx, st, 0, by, now, []store.Pre{store.RecordIs{Kind: factPlan, Key: name, Value: raw}}, fact(factPlan, name, p))
		if failed := new(store.PreconditionError); !errors.As(err, &failed) {
			return err
		}
	}
	return fmt.Errorf("plan %q is being changed by others: try again", name)
}

// RemovePlan removes a plan that nobody is under, else it is ErrPlanUsed.
func RemovePlan(ctx context.Context, st store.Store, name, by string, now time.Time) error {
	err := st.View(ctx, func(snap store.Snapshot) error {
		if _, _, err := findPlan(snap, name); err != nil {
			return err
		}
		users, orgs, err := PlanUsers(snap, name)
		if err != nil {
			return err
		}
		standard, err := DefaultPlan(snap)
		if err == nil && (len(users)+len(orgs) > 0 || standard == name) {
			err = fmt.Errorf("plan %q: %w", name, ErrPlanUsed)
		}
		return err
	})
	if err != nil {
		return err
	}
	return write(ctx, st, 0, by, now, nil, store.DeleteRecord{Kind: factPlan, Key: name})
}

// defaultPlanKey is the key of the one record of its kind.
const defaultPlanKey = "server"

// SetDefaultPlan says under which plan accounts are that have no other; "" under
// none. It is kept in the store, so that commands without a server go by it too. A
// plan that is not there is ErrNoPlan.
func SetDefaultPlan(ctx context.Context, st store.Store, name, by string, now time.Time) error {
	var pre []store.Pre
	same := false
	err := st.View(ctx, func(snap store.Snapshot) error {
		is, err := DefaultPlan(snap)
		if same = is == name; err != nil || name == "" {
			return err
		}
		_, raw, err := findPlan(snap, name)
		pre = []store.Pre{store.RecordIs{Kind: factPlan, Key: name, Value: raw}}
		return err
	})
	if err != nil || same {
		return err
	}
	op := store.Op(store.DeleteRecord{Kind: factDefaultPlan, Key: defaultPlanKey})
	if name != "" {
		op = fact(factDefaultPlan, defaultPlanKey, Allowance{Plan: name})
	}
	return write(ctx, st, 0, by, now, pre, op)
}

// DefaultPlan returns the plan of accounts that have no other, "" for none.
func DefaultPlan(snap store.Snapshot) (string, error) {
	a, _, err := factOf[Allowance](snap, factDefaultPlan, defaultPlanKey)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	return a.Plan, nil
}

// FindPlan reads a plan. One that is not there is ErrNoPlan.
func FindPlan(snap store.Snapshot, name string) (*Plan, error) {
	p, _, err := findPlan(snap, name)
	return p, err
}

func findPlan(snap store.Snapshot, name string) (*Plan, []byte, error) {
	p, raw, err := factOf[Plan](snap, factPlan, name)
	if errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("plan %q: %w", name, ErrNoPlan)
	}
	return p, raw, err
}

// Plans visits all plans in the order of their names.
func Plans(snap store.Snapshot, visit func(name string, p *Plan) error) error {
	return each(func(v func(*store.Record) bool) error { return snap.Records(factPlan, "", "", v) },
		func(r *store.Record, p *Plan) error { return visit(strings.Clone(r.Key), p) })
}

// PlanUsers returns the names of the accounts and of the organisations that were
// given a plan.
func PlanUsers(snap store.Snapshot, name string) (users, orgs []string, err error) {
	list := func(v func(*store.Record) bool) error { return snap.Referring(factAllowance, planRef(name), v) }
	err = each(list, func(r *store.Record, _ *Allowance) error {
		h, err := snap.Home(r.Home)
		if err == nil {
			users = append(users, h.Name)
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	err = Bodies(snap, Org, func(org string, b *Body) error {
		if b.Plan == name {
			orgs = append(orgs, org)
		}
		return nil
	})
	slices.Sort(users)
	return users, orgs, err
}

func planRef(name string) string { return "plan:" + name }

// AllowanceOps are the operations, on an account's home, that give it a plan; with
// "" none.
func AllowanceOps(home store.HomeID, plan string) []store.Op {
	if plan == "" {
		return []store.Op{store.DeleteRecord{Kind: factAllowance, Key: homeKey(home)}}
	}
	return []store.Op{fact(factAllowance, homeKey(home), Allowance{Plan: plan}, planRef(plan))}
}

// PlanOf returns the plan that an account was itself given, "" for none.
func PlanOf(snap store.Snapshot, home store.HomeID) (string, error) {
	a, _, err := factOf[Allowance](snap, factAllowance, homeKey(home))
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	return a.Plan, nil
}

// PlansOf returns all plans that an account is under, its own first; the default one
// only where there is no other.
func PlansOf(snap store.Snapshot, home store.HomeID) ([]string, error) {
	var all []string
	own, err := PlanOf(snap, home)
	if err != nil {
		return nil, err
	}
	if own != "" {
		all = append(all, own)
	}
	list := func(v func(*store.Record) bool) error { return snap.Referring(factMember, homeRef(home), v) }
	err = each(list, func(_ *store.Record, m *Membership) error {
		if m.Of.Type != Org || !m.counts() {
			return nil
		}
		return each(func(v func(*store.Record) bool) error { return snap.Referring(string(Org), "id:"+m.Of.ID, v) },
			func(_ *store.Record, b *Body) error {
				if b.Plan != "" && !slices.Contains(all, b.Plan) {
					all = append(all, b.Plan)
				}
				return nil
			})
	})
	if err != nil || len(all) > 0 {
		return all, err
	}
	standard, err := DefaultPlan(snap)
	if standard != "" {
		all = append(all, standard)
	}
	return all, err
}

// LimitsOf returns what an account may hold; the zero value for no limits.
func LimitsOf(snap store.Snapshot, home store.HomeID) (store.Limits, error) {
	// A server without plans pays one look for it, in every poll that asks for
	// max-resource-size.
	plans := false
	if err := snap.Records(factPlan, "", "", func(*store.Record) bool { plans = true; return false }); err != nil || !plans {
		return store.Limits{}, err
	}
	names, err := PlansOf(snap, home)
	if err != nil {
		return store.Limits{}, err
	}
	var all []store.Limits
	for _, name := range names {
		p, err := FindPlan(snap, name)
		if errors.Is(err, ErrNoPlan) {
			continue // removed while it was given: it limits nothing
		} else if err != nil {
			return store.Limits{}, err
		}
		all = append(all, p.Limits)
	}
	return mostGenerous(all), nil
}

// mostGenerous returns the highest of each limit, where 0 is higher than all.
func mostGenerous(all []store.Limits) store.Limits {
	if len(all) == 0 {
		return store.Limits{}
	}
	most := all[0]
	for _, l := range all[1:] {
		most.Collections = int(higher(int64(most.Collections), int64(l.Collections)))
		most.Members = int(higher(int64(most.Members), int64(l.Members)))
		most.Octets = higher(most.Octets, l.Octets)
		most.ObjectOctets = higher(most.ObjectOctets, l.ObjectOctets)
	}
	return most
}

func higher(a, b int64) int64 {
	if a == 0 || b == 0 {
		return 0
	}
	return max(a, b)
}

// Used returns how many octets the members of an account's collections have.
func Used(snap store.Snapshot, home store.HomeID) (octets int64, err error) {
	colls, err := snap.Collections(home)
	for _, c := range colls {
		octets += c.Octets
	}
	return octets, err
}

// Apply carries out a batch within the limits of the account on whose home it is:
// every door writes objects and collections through it. What goes beyond them is a
// *store.LimitError. A batch that adds nothing is not asked about.
func Apply(ctx context.Context, st store.Store, b *store.Batch) (*store.Result, error) {
	if b.Home == 0 || !slices.ContainsFunc(b.Ops, adds) {
		return st.Apply(ctx, b)
	}
	var l store.Limits
	err := st.View(ctx, func(snap store.Snapshot) (err error) {
		l, err = LimitsOf(snap, b.Home)
		return err
	})
	if err != nil {
		return nil, err
	}
	if l == (store.Limits{}) {
		return st.Apply(ctx, b)
	}
	limited := *b
	limited.Pre = append(b.Pre[:len(b.Pre):len(b.Pre)], store.Within{Limits: l})
	return st.Apply(ctx, &limited)
}

// adds tells whether an operation can make a home, or one of its collections, larger.
func adds(op store.Op) bool {
	switch op := op.(type) {
	case store.PutObject, store.CreateCollection, store.RestoreCollection:
		return true
	case store.MoveObject:
		return op.From != op.To
	}
	return false
}
