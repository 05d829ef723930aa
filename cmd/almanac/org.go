package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/store"
)

func orgCommand(env *Env) *cobra.Command {
	return group(&cobra.Command{
		Use:   "org",
		Short: "Add, list, change and remove organisations and their members",
		Long: `An organisation has members: legal owners, administrators, collaborators and
guests. What is shared with it (org:NAME) reaches all but the guests. Its owners and
administrators act for its rooms and equipment.`,
	}, orgAdd(env), orgList(env), orgShow(env), orgSet(env), orgRemove(env),
		group(&cobra.Command{Use: "member", Short: "Add, list, change and remove the members of an organisation"},
			orgMemberAdd(env), orgMemberList(env), orgMemberSet(env), orgMemberRemove(env)))
}

// administrator is who acts by the command line: it may do everything that leaves an
// organisation in order.
func (env *Env) administrator() account.Actor {
	return account.Actor{CommandLine: true, Name: env.by()}
}

func orgAdd(env *Env) *cobra.Command {
	var display, owner string
	cmd := &cobra.Command{
		Use:   "add NAME [--display-name TEXT] [--owner USER]",
		Short: "Add an organisation",
		Args:  exactArgs(1),
		RunE: env.onStore(env.audited(func(cmd *cobra.Command, args []string) error {
			name := account.CanonicalUserName(args[0])
			var first *store.Home
			if owner != "" {
				var err error
				if first, err = env.findUser(owner); err != nil {
					return err
				}
			}
			_, err := account.CreateBody(env.Ctx, env.Store, account.Org, name, account.Body{DisplayName: display}, env.by(), env.Now())
			if err := env.made(cmd, err, "organisation", name, "almanac org set"); err != nil {
				return err
			}
			if first == nil {
				return nil
			}
			return env.changeRole(name, first, "", account.Owner)
		})),
	}
	cmd.Flags().StringVar(&display, "display-name", "", "its name as people read it (`text`)")
	cmd.Flags().StringVar(&owner, "owner", "", "its first legal owner (`user`)")
	return cmd
}

// bodyInfo is what list and show print of an organisation or a group.
type bodyInfo struct {
	Name        string       `json:"name"`
	DisplayName string       `json:"displayName"`
	Org         string       `json:"org,omitempty"`
	Plan        string       `json:"plan,omitempty"`
	Created     time.Time    `json:"created"`
	Members     []memberInfo `json:"members"`
	Groups      []string     `json:"groups,omitempty"`
	Resources   []string     `json:"resources,omitempty"`
}

// memberInfo is one membership.
type memberInfo struct {
	User        string    `json:"user"`
	DisplayName string    `json:"displayName"`
	Role        string    `json:"role,omitempty"`
	Since       time.Time `json:"since"`
	By          string    `json:"by"`
}

// with returns the names of the members that have a role.
func (b *bodyInfo) with(r account.Role) string {
	var names []string
	for _, m := range b.Members {
		if m.Role == string(r) {
			names = append(names, m.User)
		}
	}
	return strings.Join(names, ",")
}

func describeBody(s store.Snapshot, kind account.PrincipalType, name string, b *account.Body) (bodyInfo, error) {
	info := bodyInfo{Name: name, DisplayName: b.DisplayName, Plan: b.Plan, Created: b.Created.UTC(), Members: []memberInfo{}}
	members, err := account.Members(s, account.Principal{Type: kind, ID: b.ID})
	if err != nil {
		return info, err
	}
	for _, m := range members {
		h, err := s.Home(m.Home)
		if err != nil {
			return info, err
		}
		info.Members = append(info.Members, memberInfo{h.Name, h.DisplayName, string(m.Role), m.Since.UTC(), m.By})
	}
	slices.SortFunc(info.Members, func(a, b memberInfo) int { return strings.Compare(a.User, b.User) })
	if kind == account.Group {
		if b.Org != "" {
			org, err := account.NameOf(s, account.Principal{Type: account.Org, ID: b.Org})
			info.Org = org.Name
			return info, err
		}
		return info, nil
	}
	if err := account.Bodies(s, account.Group, func(group string, g *account.Body) error {
		if g.Org == b.ID {
			info.Groups = append(info.Groups, group)
		}
		return nil
	}); err != nil {
		return info, err
	}
	err = account.ResourcesOf(s, b.ID, func(home store.HomeID, _ *account.Resource) error {
		h, err := s.Home(home)
		if err == nil {
			info.Resources = append(info.Resources, h.Name)
		}
		return err
	})
	slices.Sort(info.Resources)
	return info, err
}

// bodies lists all groups or organisations.
func (env *Env) bodies(kind account.PrincipalType) ([]bodyInfo, error) {
	all := []bodyInfo{}
	err := env.Store.View(env.Ctx, func(s store.Snapshot) error {
		return account.Bodies(s, kind, func(name string, b *account.Body) error {
			info, err := describeBody(s, kind, name, b)
			all = append(all, info)
			return err
		})
	})
	return all, err
}

// body reads one group or organisation.
func (env *Env) body(kind account.PrincipalType, name string) (info bodyInfo, err error) {
	name = account.CanonicalUserName(name)
	err = env.Store.View(env.Ctx, func(s store.Snapshot) error {
		b, err := account.FindBody(s, kind, name)
		if err != nil {
			return err
		}
		info, err = describeBody(s, kind, name, b)
		return err
	})
	return info, explainBody(kind, err)
}

// explainBody says what to do about an error.
func explainBody(kind account.PrincipalType, err error) error {
	if errors.Is(err, account.ErrNoPrincipal) {
		return fmt.Errorf("%w; \"almanac %s list\" shows all", err, kind)
	}
	return err
}

func orgList(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list [--json]",
		Short: "List all organisations",
		Args:  exactArgs(0),
		RunE: env.onStore(func(*cobra.Command, []string) error {
			all, err := env.bodies(account.Org)
			if err != nil {
				return fmt.Errorf("list the organisations: %w", err)
			}
			if asJSON {
				return env.printJSON(all)
			}
			t := env.table("NAME", "DISPLAY NAME", "MEMBERS", "OWNERS", "PLAN")
			for _, b := range all {
				t.row(b.Name, b.DisplayName, fmt.Sprint(len(b.Members)), b.with(account.Owner), b.Plan)
			}
			return t.Flush()
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func orgShow(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show NAME [--json]",
		Short: "Show one organisation",
		Args:  exactArgs(1),
		RunE: env.onStore(func(_ *cobra.Command, args []string) error {
			b, err := env.body(account.Org, args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return env.printJSON(b)
			}
			t := env.table("Name:", clean(b.Name))
			t.row("Display name:", b.DisplayName)
			t.row("Created:", b.Created.Format(timeForm))
			t.row("Owners:", b.with(account.Owner))
			t.row("Administrators:", b.with(account.Administrator))
			t.row("Collaborators:", b.with(account.Collaborator))
			t.row("Guests:", b.with(account.Guest))
			t.row("Groups:", strings.Join(b.Groups, ","))
			t.row("Rooms and equipment:", strings.Join(b.Resources, ","))
			t.row("Plan:", b.Plan)
			return t.Flush()
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func orgSet(env *Env) *cobra.Command {
	var display, plan string
	cmd := &cobra.Command{
		Use:   "set NAME [--display-name TEXT] [--plan PLAN]",
		Short: "Change the display name or the plan of an organisation",
		Args:  exactArgs(1),
		RunE: env.onStore(env.audited(func(cmd *cobra.Command, args []string) error {
			var c account.BodyChange
			if cmd.Flags().Changed("display-name") {
				c.DisplayName = &display
			}
			if cmd.Flags().Changed("plan") {
				if err := env.checkPlan(plan); err != nil {
					return err
				}
				c.Plan = &plan
			}
			if c == (account.BodyChange{}) {
				return usagef(cmd, "nothing to change: give --display-name or --plan")
			}
			err := account.SetBody(env.Ctx, env.Store, account.Org, account.CanonicalUserName(args[0]), c, env.by(), env.Now())
			return explainBody(account.Org, err)
		})),
	}
	cmd.Flags().StringVar(&display, "display-name", "", "its name as people read it (`text`)")
	cmd.Flags().StringVar(&plan, "plan", "", "what the account of each member but the guests may hold: the name of a `plan`; empty for none")
	return cmd
}

func orgRemove(env *Env) *cobra.Command {
	return env.removeBody(account.Org, "organisation", "Remove an organisation; the accounts of its members stay")
}

// removeBody is the command that removes a group or an organisation.
func (env *Env) removeBody(kind account.PrincipalType, noun, short string) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "remove NAME [--yes]",
		Short: short,
		Args:  exactArgs(1),
		RunE: env.onStore(env.audited(func(cmd *cobra.Command, args []string) error {
			b, err := env.body(kind, args[0])
			if err != nil {
				return err
			}
			if err := env.confirm(cmd, yes, fmt.Sprintf("Remove %s %s with its %s?", noun, b.Name, plural(len(b.Members), "membership"))); err != nil {
				return err
			}
			err = account.RemoveBody(env.Ctx, env.Store, kind, b.Name, env.by(), env.Now())
			if errors.Is(err, account.ErrHasParts) {
				return fmt.Errorf("%w: \"almanac org show %s\" shows them", err, shellWord(b.Name))
			}
			return explainBody(kind, err)
		})),
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// setRole gives somebody a role, and puts into words why not.
func (env *Env) setRole(cmd *cobra.Command, org, user string, to account.Role, wantsMember bool) error {
	b, err := env.body(account.Org, org)
	if err != nil {
		return err
	}
	h, err := env.findUser(user)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(b.Members, func(m memberInfo) bool { return m.User == h.Name })
	is, from := at >= 0, account.Role("")
	if is {
		from = account.Role(b.Members[at].Role)
	}
	switch {
	case to != "" && !slices.Contains(account.Roles, to):
		return usagef(cmd, "%q is no role: there are %s", to, roleWords())
	case is && !wantsMember:
		return fmt.Errorf("%s is a member of %s already; \"almanac org member set\" changes the role", h.Name, b.Name)
	case !is && wantsMember:
		return fmt.Errorf("%s is no member of %s; \"almanac org member list %s\" shows all", h.Name, b.Name, shellWord(b.Name))
	}
	err = env.changeRole(b.Name, h, from, to)
	if errors.Is(err, account.ErrLastOwner) {
		return fmt.Errorf("%s is the only legal owner of %s: make another one first with \"almanac org member set %s USER --role owner\"", h.Name, b.Name, shellWord(b.Name))
	}
	return explainBody(account.Org, err)
}

// changeRole changes somebody's role, "" being none, and tells the audit log.
func (env *Env) changeRole(org string, h *store.Home, from, to account.Role) error {
	if err := account.SetRole(env.Ctx, env.Store, env.administrator(), org, h.ID, to, env.Now()); err != nil || from == to {
		return err
	}
	detail := org + ": " + cmp.Or(string(from), "none") + " to " + cmp.Or(string(to), "none")
	return env.audit(account.RoleChanged, h.Name, detail)
}

func roleWords() string {
	words := make([]string, len(account.Roles))
	for i, r := range account.Roles {
		words[i] = string(r)
	}
	return strings.Join(words, ", ")
}

func orgMemberAdd(env *Env) *cobra.Command {
	var role string
	cmd := &cobra.Command{
		Use:   "add ORG USER [--role ROLE]",
		Short: "Make a user a member of an organisation",
		Args:  exactArgs(2),
		RunE: env.onStore(func(cmd *cobra.Command, args []string) error {
			return env.setRole(cmd, args[0], args[1], account.Role(role), false)
		}),
	}
	cmd.Flags().StringVar(&role, "role", string(account.Collaborator), "`role`: "+roleWords())
	return cmd
}

func orgMemberSet(env *Env) *cobra.Command {
	var role string
	cmd := &cobra.Command{
		Use:   "set ORG USER --role ROLE",
		Short: "Change a member's role; the person is told",
		Args:  exactArgs(2),
		RunE: env.onStore(func(cmd *cobra.Command, args []string) error {
			if role == "" {
				return usagef(cmd, "give --role: %s", roleWords())
			}
			return env.setRole(cmd, args[0], args[1], account.Role(role), true)
		}),
	}
	cmd.Flags().StringVar(&role, "role", "", "`role`: "+roleWords())
	return cmd
}

func orgMemberRemove(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "remove ORG USER",
		Short: "Take a membership away, in the organisation's groups too",
		Args:  exactArgs(2),
		RunE: env.onStore(func(cmd *cobra.Command, args []string) error {
			return env.setRole(cmd, args[0], args[1], "", true)
		}),
	}
}

func orgMemberList(env *Env) *cobra.Command {
	return env.listMembers(account.Org, "ORG", "organisation")
}

// listMembers is the command that lists the members of a group or an organisation.
func (env *Env) listMembers(kind account.PrincipalType, arg, noun string) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list " + arg + " [--json]",
		Short: "List the members of one " + noun,
		Args:  exactArgs(1),
		RunE: env.onStore(func(_ *cobra.Command, args []string) error {
			b, err := env.body(kind, args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return env.printJSON(b.Members)
			}
			head := []string{"USER", "DISPLAY NAME", "ROLE", "SINCE", "BY"}
			if kind == account.Group {
				head = slices.Delete(head, 2, 3)
			}
			t := env.table(head...)
			for _, m := range b.Members {
				cells := []string{m.User, m.DisplayName, m.Role, m.Since.Format(timeForm), m.By}
				if kind == account.Group {
					cells = slices.Delete(cells, 2, 3)
				}
				t.row(cells...)
			}
			return t.Flush()
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}
