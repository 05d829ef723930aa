package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/store"
)

func planCommand(env *Env) *cobra.Command {
	return group(&cobra.Command{
		Use:   "plan",
		Short: "Add, list, change and remove plans: what accounts may hold",
		Long: `A plan is a set of limits under a name. It is given to one account with "user set
--plan", or to all members of an organisation but its guests with "org set --plan".
An account under several plans has the most generous of each limit; one under none
has that of the setting default-plan, or no limits. What is in the trash and in the
history does not count, and a shared calendar counts for its owner.`,
	}, planAdd(env), planList(env), planSet(env), planRemove(env))
}

// limitFlags are the flags of a plan's limits.
var limitFlags = []struct {
	name, unit, help string
	parse            func(string) (int64, error)
	set              func(*store.Limits, int64)
}{
	{"collections", "number", "calendars and address books of an account", parseCount, func(l *store.Limits, n int64) { l.Collections = int(n) }},
	{"objects", "number", "events, tasks and contacts in one collection", parseCount, func(l *store.Limits, n int64) { l.Members = int(n) }},
	{"size", "size", "all objects of an account, like 1G", parseSize, func(l *store.Limits, n int64) { l.Octets = n }},
	{"object-size", "size", "one object, like 20M", parseSize, func(l *store.Limits, n int64) { l.ObjectOctets = n }},
}

func addLimitFlags(cmd *cobra.Command) {
	for _, l := range limitFlags {
		cmd.Flags().String(l.name, "", fmt.Sprintf("%s (`%s`); \"none\" for no limit", l.help, l.unit))
	}
}

// changedLimits returns what the flags of a command change.
func changedLimits(cmd *cobra.Command) (change func(*store.Limits), any bool, err error) {
	var all []func(*store.Limits)
	for _, l := range limitFlags {
		f := cmd.Flags().Lookup(l.name)
		if !f.Changed {
			continue
		}
		var n int64
		if v := f.Value.String(); v != "none" {
			if n, err = l.parse(v); err != nil {
				return nil, false, usagef(cmd, "--%s: %w", l.name, err)
			}
		}
		all = append(all, func(to *store.Limits) { l.set(to, n) })
	}
	return func(to *store.Limits) {
		for _, set := range all {
			set(to)
		}
	}, len(all) > 0, nil
}

func parseCount(v string) (int64, error) {
	n, err := strconv.ParseInt(v, 10, 32)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q is not a number above 0", v)
	}
	return n, nil
}

func planAdd(env *Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "add NAME [--collections N] [--objects N] [--size SIZE] [--object-size SIZE]",
		Short:   "Add a plan",
		Example: "  almanac plan add small --collections 10 --objects 5000 --size 100M --object-size 1M",
		Args:    exactArgs(1),
		RunE: env.onStore(env.audited(func(cmd *cobra.Command, args []string) error {
			change, _, err := changedLimits(cmd)
			if err != nil {
				return err
			}
			var l store.Limits
			change(&l)
			name := account.CanonicalUserName(args[0])
			err = account.CreatePlan(env.Ctx, env.Store, name, l, env.by(), env.Now())
			return env.made(cmd, err, "plan", name, "almanac plan set")
		})),
	}
	addLimitFlags(cmd)
	return cmd
}

// made puts into words why something with a name could not be made.
func (env *Env) made(cmd *cobra.Command, err error, noun, name, change string) error {
	var bad *account.NameError
	switch {
	case errors.As(err, &bad):
		return usagef(cmd, "%s %w", noun, bad)
	case errors.Is(err, store.ErrExists):
		return fmt.Errorf("%s %q exists already; \"%s\" changes it", noun, name, change)
	}
	return err
}

// limitInfo is how limits are printed as JSON; null is no limit.
type limitInfo struct {
	Collections  *int64 `json:"collections"`
	Objects      *int64 `json:"objects"`
	Octets       *int64 `json:"octets"`
	ObjectOctets *int64 `json:"objectOctets"`
}

func describeLimits(l store.Limits) limitInfo {
	some := func(n int64) *int64 {
		if n == 0 {
			return nil
		}
		return &n
	}
	return limitInfo{some(int64(l.Collections)), some(int64(l.Members)), some(l.Octets), some(l.ObjectOctets)}
}

// Behind what is used of a limit, the limit.

func ofCount(limit *int64) string {
	if limit == nil {
		return ""
	}
	return " of " + limitText(limit)
}

func ofSize(limit *int64) string {
	if limit == nil {
		return ""
	}
	return " of " + humanSize(*limit)
}

func inEach(limit *int64) string {
	if limit == nil {
		return ""
	}
	return fmt.Sprintf(" (at most %d in each collection)", *limit)
}

func largestObject(limit *int64) string {
	if limit == nil {
		return ""
	}
	return fmt.Sprintf(" (one object: at most %s)", humanSize(*limit))
}

// limitText says a limit for a cell of a table.
func limitText(limit *int64) string {
	if limit == nil {
		return "-"
	}
	return strconv.FormatInt(*limit, 10)
}

func sizeText(limit *int64) string {
	if limit == nil {
		return "-"
	}
	return humanSize(*limit)
}

// limitReason says a limit that stands in the way, for people.
func limitReason(e *store.LimitError) error {
	switch e.Limit {
	case store.LimitObjectOctets:
		return fmt.Errorf("an object may have %s, and this one has %s", humanSize(e.Most), humanSize(e.Would))
	case store.LimitOctets:
		return fmt.Errorf("the account may hold %s", humanSize(e.Most))
	}
	return e
}

// planInfo is what list prints.
type planInfo struct {
	Name string `json:"name"`
	limitInfo
	Default bool     `json:"default"` // of accounts that have no other
	Users   []string `json:"users"`
	Orgs    []string `json:"orgs"`
}

func planList(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list [--json]",
		Short: "List all plans, and who is under them",
		Args:  exactArgs(0),
		RunE: env.onStore(func(*cobra.Command, []string) error {
			plans := []planInfo{}
			err := env.Store.View(env.Ctx, func(s store.Snapshot) error {
				standard, err := account.DefaultPlan(s)
				if err != nil {
					return err
				}
				return account.Plans(s, func(name string, p *account.Plan) error {
					users, orgs, err := account.PlanUsers(s, name)
					plans = append(plans, planInfo{name, describeLimits(p.Limits), name == standard, append([]string{}, users...), append([]string{}, orgs...)})
					return err
				})
			})
			if err != nil {
				return fmt.Errorf("list the plans: %w", err)
			}
			if asJSON {
				return env.printJSON(plans)
			}
			t := env.table("NAME", "COLLECTIONS", "OBJECTS", "SIZE", "OBJECT SIZE", "DEFAULT", "USERS", "ORGANISATIONS")
			for _, p := range plans {
				t.row(p.Name, limitText(p.Collections), limitText(p.Objects), sizeText(p.Octets), sizeText(p.ObjectOctets), map[bool]string{true: "yes"}[p.Default],
					strings.Join(p.Users, ","), strings.Join(p.Orgs, ","))
			}
			return t.Flush()
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func planSet(env *Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set NAME [--collections N] [--objects N] [--size SIZE] [--object-size SIZE]",
		Short: "Change the limits of a plan",
		Long: `Change the limits of a plan, for all who are under it. What an account holds
beyond a limit stays; it can become less, and not more.`,
		Args: exactArgs(1),
		RunE: env.onStore(env.audited(func(cmd *cobra.Command, args []string) error {
			change, any, err := changedLimits(cmd)
			if err != nil {
				return err
			}
			if !any {
				return usagef(cmd, "nothing to change: give one of the flags")
			}
			return explainPlan(account.SetPlan(env.Ctx, env.Store, account.CanonicalUserName(args[0]), change, env.by(), env.Now()))
		})),
	}
	addLimitFlags(cmd)
	return cmd
}

func planRemove(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "Remove a plan that nobody is under",
		Args:  exactArgs(1),
		RunE: env.onStore(env.audited(func(_ *cobra.Command, args []string) error {
			return explainPlan(account.RemovePlan(env.Ctx, env.Store, account.CanonicalUserName(args[0]), env.by(), env.Now()))
		})),
	}
}

// checkPlan tells whether there is a plan; "" stands for none.
func (env *Env) checkPlan(name string) error {
	if name == "" {
		return nil
	}
	return explainPlan(env.Store.View(env.Ctx, func(s store.Snapshot) error {
		_, err := account.FindPlan(s, name)
		return err
	}))
}

// explainPlan says what to do about an error.
func explainPlan(err error) error {
	switch {
	case errors.Is(err, account.ErrNoPlan):
		return fmt.Errorf("%w; \"almanac plan list\" shows all", err)
	case errors.Is(err, account.ErrPlanUsed):
		return fmt.Errorf("%w: \"almanac plan list\" shows by whom; give them another with \"user set --plan\" and \"org set --plan\", or the server another default-plan", err)
	}
	return err
}
