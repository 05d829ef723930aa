package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/store"
)

func groupCommand(env *Env) *cobra.Command {
	return group(&cobra.Command{
		Use:   "group",
		Short: "Add, list, change and remove groups of users",
		Long: `A group stands for its members wherever something is shared with it (group:NAME).
A group of an organisation has members of the organisation, guests too, and who leaves
the organisation leaves its groups.`,
	}, groupAdd(env), groupList(env), groupShow(env), groupSet(env),
		env.removeBody(account.Group, "group", "Remove a group; the accounts of its members stay"),
		group(&cobra.Command{Use: "member", Short: "Add, list and remove the members of a group"},
			groupMember(env, "add", "Make a user a member of a group", account.AddToGroup),
			env.listMembers(account.Group, "GROUP", "group"),
			groupMember(env, "remove", "Take a membership away", account.RemoveFromGroup)))
}

func groupAdd(env *Env) *cobra.Command {
	var display, org string
	cmd := &cobra.Command{
		Use:   "add NAME [--org ORG] [--display-name TEXT]",
		Short: "Add a group",
		Args:  exactArgs(1),
		RunE: env.onStore(env.audited(func(cmd *cobra.Command, args []string) error {
			name := account.CanonicalUserName(args[0])
			b := account.Body{DisplayName: display}
			if org != "" {
				var err error
				if b.Org, err = env.orgID(org); err != nil {
					return err
				}
			}
			_, err := account.CreateBody(env.Ctx, env.Store, account.Group, name, b, env.by(), env.Now())
			return env.made(cmd, err, "group", name, "almanac group set")
		})),
	}
	cmd.Flags().StringVar(&display, "display-name", "", "its name as people read it (`text`)")
	cmd.Flags().StringVar(&org, "org", "", "the `organisation` that it is of")
	return cmd
}

// orgID returns the ID of an organisation.
func (env *Env) orgID(name string) (id string, err error) {
	err = env.Store.View(env.Ctx, func(s store.Snapshot) error {
		b, err := account.FindBody(s, account.Org, account.CanonicalUserName(name))
		if err == nil {
			id = b.ID
		}
		return err
	})
	return id, explainBody(account.Org, err)
}

func groupList(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list [--json]",
		Short: "List all groups",
		Args:  exactArgs(0),
		RunE: env.onStore(func(*cobra.Command, []string) error {
			all, err := env.bodies(account.Group)
			if err != nil {
				return fmt.Errorf("list the groups: %w", err)
			}
			if asJSON {
				return env.printJSON(all)
			}
			t := env.table("NAME", "DISPLAY NAME", "ORGANISATION", "MEMBERS")
			for _, b := range all {
				t.row(b.Name, b.DisplayName, b.Org, fmt.Sprint(len(b.Members)))
			}
			return t.Flush()
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func groupShow(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show NAME [--json]",
		Short: "Show one group",
		Args:  exactArgs(1),
		RunE: env.onStore(func(_ *cobra.Command, args []string) error {
			b, err := env.body(account.Group, args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return env.printJSON(b)
			}
			names := make([]string, len(b.Members))
			for i, m := range b.Members {
				names[i] = m.User
			}
			t := env.table("Name:", clean(b.Name))
			t.row("Display name:", b.DisplayName)
			t.row("Organisation:", b.Org)
			t.row("Created:", b.Created.Format(timeForm))
			t.row("Members:", strings.Join(names, ","))
			return t.Flush()
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func groupSet(env *Env) *cobra.Command {
	var display string
	cmd := &cobra.Command{
		Use:   "set NAME --display-name TEXT",
		Short: "Change the display name of a group",
		Args:  exactArgs(1),
		RunE: env.onStore(env.audited(func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("display-name") {
				return usagef(cmd, "nothing to change: give --display-name")
			}
			c := account.BodyChange{DisplayName: &display}
			err := account.SetBody(env.Ctx, env.Store, account.Group, account.CanonicalUserName(args[0]), c, env.by(), env.Now())
			return explainBody(account.Group, err)
		})),
	}
	cmd.Flags().StringVar(&display, "display-name", "", "its name as people read it (`text`)")
	return cmd
}

// A groupChange is account.AddToGroup or account.RemoveFromGroup.
type groupChange = func(ctx context.Context, st store.Store, group string, home store.HomeID, by string, now time.Time) error

func groupMember(env *Env, verb, short string, change groupChange) *cobra.Command {
	return &cobra.Command{
		Use:   verb + " GROUP USER",
		Short: short,
		Args:  exactArgs(2),
		RunE: env.onStore(env.audited(func(_ *cobra.Command, args []string) error {
			h, err := env.findUser(args[1])
			if err != nil {
				return err
			}
			err = change(env.Ctx, env.Store, account.CanonicalUserName(args[0]), h.ID, env.by(), env.Now())
			return explainBody(account.Group, err)
		})),
	}
}
