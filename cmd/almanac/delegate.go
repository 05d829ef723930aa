package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/store"
)

func delegateCommand(env *Env) *cobra.Command {
	return group(&cobra.Command{
		Use:   "delegate",
		Short: "Let others act in somebody's calendars",
		Long: `A delegate has all calendars of a person: to read, or with --write to act for the
person, private events included. Clients show them as an account of their own.`,
	}, delegateAdd(env), delegateList(env), delegateRemove(env))
}

func delegateAdd(env *Env) *cobra.Command {
	var write bool
	cmd := &cobra.Command{
		Use:   "add OWNER TO [--write]",
		Short: "Make a user or group:NAME a delegate, or change what a delegate may do",
		Args:  exactArgs(2),
		RunE: env.onStore(env.audited(func(cmd *cobra.Command, args []string) error {
			h, to, err := env.delegation(args)
			if err != nil {
				return err
			}
			ops, err := account.DelegateOps(account.Delegate{Of: h.ID, To: to.Principal, Write: write, Since: store.Moment(env.Now()), By: env.by()})
			if err != nil {
				return &usageError{cmd, err}
			}
			return env.apply("make a delegate", h.ID, ops...)
		})),
	}
	cmd.Flags().BoolVar(&write, "write", false, "the delegate writes and sees everything; only reads without it")
	return cmd
}

// delegateInfo is what list prints.
type delegateInfo struct {
	Owner string    `json:"owner"`
	To    string    `json:"to"`
	Write bool      `json:"write"`
	Since time.Time `json:"since"`
	By    string    `json:"by"`
}

func delegateList(env *Env) *cobra.Command {
	var with string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list OWNER [--json] | list --with USER [--json]",
		Short: "List the delegates of somebody, or for whom somebody is one",
		Args:  rangeArgs(0, 1),
		RunE: env.onStore(func(cmd *cobra.Command, args []string) error {
			if (with == "") == (len(args) == 0) {
				return usagef(cmd, "list wants OWNER, or --with USER")
			}
			h, err := env.findUser(append(args, with)[0])
			if err != nil {
				return err
			}
			list := []delegateInfo{}
			err = env.Store.View(env.Ctx, func(s store.Snapshot) error {
				find := account.DelegatesOf
				if with != "" {
					find = account.DelegatorsOf
				}
				all, err := find(s, h.ID)
				if err != nil {
					return err
				}
				for _, d := range all {
					of, err := account.NameOf(s, account.UserPrincipal(d.Of))
					if err != nil {
						return err
					}
					to, err := account.NameOf(s, d.To)
					if errors.Is(err, account.ErrNoPrincipal) {
						continue
					} else if err != nil {
						return err
					}
					list = append(list, delegateInfo{of.Name, to.Label(), d.Write, d.Since.UTC(), d.By})
				}
				return nil
			})
			if err != nil {
				return fmt.Errorf("list the delegates: %w", err)
			}
			if asJSON {
				return env.printJSON(list)
			}
			t := env.table("OWNER", "DELEGATE", "MAY", "SINCE", "BY")
			for _, d := range list {
				may := "read"
				if d.Write {
					may = "write"
				}
				t.row(d.Owner, d.To, may, d.Since.Format(timeForm), d.By)
			}
			return t.Flush()
		}),
	}
	cmd.Flags().StringVar(&with, "with", "", "for whom this `user` is a delegate, in person or by a group")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// delegation finds the owner and the delegate of a command line.
func (env *Env) delegation(args []string) (*store.Home, account.Named, error) {
	h, err := env.findUser(args[0])
	if err != nil {
		return nil, account.Named{}, err
	}
	to, err := env.principal(args[1])
	return h, to, err
}

func delegateRemove(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "remove OWNER TO",
		Short: "End a delegation",
		Args:  exactArgs(2),
		RunE: env.onStore(env.audited(func(_ *cobra.Command, args []string) error {
			h, to, err := env.delegation(args)
			if err != nil {
				return err
			}
			var all []account.Delegate
			if err := env.Store.View(env.Ctx, func(s store.Snapshot) (err error) {
				all, err = account.DelegatesOf(s, h.ID)
				return err
			}); err != nil {
				return err
			}
			if !slices.ContainsFunc(all, func(d account.Delegate) bool { return d.To == to.Principal }) {
				return fmt.Errorf("%s is no delegate of %s; \"almanac delegate list %s\" shows all", args[1], h.Name, shellWord(h.Name))
			}
			return env.apply("end a delegation", h.ID, account.UndelegateOps(h.ID, to.Principal)...)
		})),
	}
}
