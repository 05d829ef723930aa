package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/store"
)

func resourceCommand(env *Env) *cobra.Command {
	return group(&cobra.Command{
		Use:   "resource",
		Short: "Add, list, change and remove rooms and equipment",
		Long: `A room or a piece of equipment is an account without a password, with one calendar.
The owners and administrators of its organisation manage that calendar as delegates;
"almanac share add" shows it to others.`,
	}, resourceAdd(env), resourceList(env), resourceSet(env), resourceRemove(env))
}

// resourceWord is how commands call a type of resource.
func resourceWord(t account.ResourceType) string {
	if t == account.Equipment {
		return "equipment"
	}
	return "room"
}

func parseResourceType(cmd *cobra.Command, word string) (account.ResourceType, error) {
	for _, t := range []account.ResourceType{account.Room, account.Equipment} {
		if resourceWord(t) == word {
			return t, nil
		}
	}
	return "", usagef(cmd, "--type is room or equipment, not %q", word)
}

func resourceAdd(env *Env) *cobra.Command {
	var kind, org string
	var home store.Home
	cmd := &cobra.Command{
		Use:     "add NAME --type room|equipment --org ORG [--display-name TEXT] [--email ADDR]...",
		Short:   "Add a room or a piece of equipment to an organisation",
		Example: "  almanac resource add blue-room --type room --org acme --display-name \"Blue room\" --email blue@example.org",
		Args:    exactArgs(1),
		RunE: env.onStore(env.audited(func(cmd *cobra.Command, args []string) error {
			t, err := parseResourceType(cmd, kind)
			if err != nil {
				return err
			}
			if org == "" {
				return usagef(cmd, "give --org: whose administrators manage it")
			}
			if err := checkEmails(home.Emails); err != nil {
				return &usageError{cmd, err}
			}
			r := account.Resource{Type: t}
			if r.Org, err = env.orgID(org); err != nil {
				return err
			}
			home.Name = account.CanonicalUserName(args[0])
			_, err = account.CreateResource(env.Ctx, env.Store, home, r, env.by(), env.Now())
			if errors.Is(err, store.ErrExists) {
				return fmt.Errorf("there is an account %q already; choose another name", home.Name)
			}
			return env.made(cmd, err, "resource", home.Name, "almanac resource set")
		})),
	}
	f := cmd.Flags()
	f.StringVar(&kind, "type", "", "`kind`: room or equipment")
	f.StringVar(&org, "org", "", "the `organisation` that it is of")
	f.StringVar(&home.DisplayName, "display-name", "", "its name as people read it (`text`)")
	f.StringArrayVar(&home.Emails, "email", nil, "mail `address` by which it is invited; may be given more than once")
	return cmd
}

// resourceInfo is what list prints.
type resourceInfo struct {
	Name        string   `json:"name"`
	DisplayName string   `json:"displayName"`
	Emails      []string `json:"emails"`
	Type        string   `json:"type"`
	Org         string   `json:"org"`
}

func resourceList(env *Env) *cobra.Command {
	var asJSON bool
	var org string
	cmd := &cobra.Command{
		Use:   "list [--org ORG] [--json]",
		Short: "List rooms and equipment",
		Args:  exactArgs(0),
		RunE: env.onStore(func(*cobra.Command, []string) error {
			id := ""
			if org != "" {
				var err error
				if id, err = env.orgID(org); err != nil {
					return err
				}
			}
			all := []resourceInfo{}
			err := env.Store.View(env.Ctx, func(s store.Snapshot) error {
				return account.ResourcesOf(s, id, func(home store.HomeID, r *account.Resource) error {
					h, err := s.Home(home)
					if err != nil {
						return err
					}
					of, err := account.NameOf(s, account.Principal{Type: account.Org, ID: r.Org})
					all = append(all, resourceInfo{h.Name, h.DisplayName, append([]string{}, h.Emails...), resourceWord(r.Type), of.Name})
					return err
				})
			})
			if err != nil {
				return fmt.Errorf("list the resources: %w", err)
			}
			slices.SortFunc(all, func(a, b resourceInfo) int { return strings.Compare(a.Name, b.Name) })
			if asJSON {
				return env.printJSON(all)
			}
			t := env.table("NAME", "DISPLAY NAME", "EMAIL", "TYPE", "ORGANISATION")
			for _, r := range all {
				t.row(r.Name, r.DisplayName, strings.Join(r.Emails, ","), r.Type, r.Org)
			}
			return t.Flush()
		}),
	}
	cmd.Flags().StringVar(&org, "org", "", "only those of one `organisation`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// findResource looks up a room or a piece of equipment.
func (env *Env) findResource(name string) (*store.Home, *account.Resource, error) {
	h, err := env.findUser(name)
	if err != nil {
		return nil, nil, fmt.Errorf("there is no resource %q; \"almanac resource list\" shows all", name)
	}
	var r *account.Resource
	err = env.Store.View(env.Ctx, func(s store.Snapshot) (err error) {
		r, err = account.FindResource(s, h.ID)
		return err
	})
	if err == nil && r == nil {
		err = fmt.Errorf("%s is a person's account, not a room or a piece of equipment: use \"almanac user\"", h.Name)
	}
	return h, r, err
}

func resourceSet(env *Env) *cobra.Command {
	var kind, display string
	var emails []string
	cmd := &cobra.Command{
		Use:   "set NAME [--type room|equipment] [--display-name TEXT] [--email ADDR]...",
		Short: "Change a room or a piece of equipment",
		Args:  exactArgs(1),
		RunE: env.onStore(env.audited(func(cmd *cobra.Command, args []string) error {
			h, r, err := env.findResource(args[0])
			if err != nil {
				return err
			}
			var ops []store.Op
			if cmd.Flags().Changed("type") {
				if r.Type, err = parseResourceType(cmd, kind); err != nil {
					return err
				}
				ops = append(ops, account.ResourceOps(h, *r)...)
			}
			var set store.SetHome
			if cmd.Flags().Changed("display-name") {
				set.DisplayName = &display
			}
			if cmd.Flags().Changed("email") {
				if len(emails) == 1 && emails[0] == "" {
					emails = nil // --email= removes them all
				}
				if err := checkEmails(emails); err != nil {
					return &usageError{cmd, err}
				}
				set.Emails = &emails
			}
			if set != (store.SetHome{}) {
				ops = append(ops, set)
			}
			if len(ops) == 0 {
				return usagef(cmd, "nothing to change: give one of the flags")
			}
			return env.apply(fmt.Sprintf("change resource %q", h.Name), h.ID, ops...)
		})),
	}
	f := cmd.Flags()
	f.StringVar(&kind, "type", "", "`kind`: room or equipment")
	f.StringVar(&display, "display-name", "", "its name as people read it (`text`)")
	f.StringArrayVar(&emails, "email", nil, "mail `address`, in place of all there are; may be given more than once; empty for none")
	return cmd
}

func resourceRemove(env *Env) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "remove NAME [--yes]",
		Short: "Remove a room or a piece of equipment with its calendar, for good",
		Args:  exactArgs(1),
		RunE: env.onStore(env.audited(func(cmd *cobra.Command, args []string) error {
			h, r, err := env.findResource(args[0])
			if err != nil {
				return err
			}
			if err := env.confirm(cmd, yes, fmt.Sprintf("Remove %s %s with its calendar, for good?", resourceWord(r.Type), h.Name)); err != nil {
				return err
			}
			return env.removeUser(h)
		})),
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}
