package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/store"
)

func appPasswordCommand(env *Env) *cobra.Command {
	return group(&cobra.Command{
		Use:   "app-password",
		Short: "Add, list and remove passwords for single devices",
	}, appPasswordAdd(env), appPasswordList(env), appPasswordRemove(env))
}

// The words of --only that stand for every collection of a kind.
var onlyWords = map[string]store.Kind{"calendars": store.Calendar, "contacts": store.AddressBook}

func appPasswordAdd(env *Env) *cobra.Command {
	var p account.AppPassword
	var only []string
	var expires string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "add USER --label TEXT [--read-only] [--only WHAT]... [--expires DURATION] [--json]",
		Short: "Make a password for one device; it is shown once",
		Long: `Make a password for one device or program of an account. It is shown this once.
It works beside the account's own password and the others, and can be taken away
alone. With two-factor authentication on, devices take no other password.

--only limits it, and may be given more than once: "calendars" stands for every
calendar and task list, "contacts" for every address book, anything else for the
collection of that name ("addressbooks/contacts" for one that is called so).`,
		Example: "  almanac app-password add ann --label 'her phone'\n" +
			"  almanac app-password add ann --label 'kitchen screen' --read-only --only calendar --expires 90d",
		Args: exactArgs(1),
		RunE: env.onStore(func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(p.Label) == "" {
				return usagef(cmd, "give a label that tells the device, as in --label \"her phone\"")
			}
			now := env.Now()
			if expires != "" {
				d, err := parseDuration(expires)
				if err != nil || d == 0 {
					return usagef(cmd, "--expires: %q is not a duration like 90d", expires)
				}
				p.Expires = now.Add(d)
			}
			h, err := env.findUser(args[0])
			if err != nil {
				return err
			}
			if p.Scope.Kinds, p.Scope.Colls, err = env.parseOnly(h, only); err != nil {
				return err
			}
			id, secret, err := account.AddAppPassword(env.Ctx, env.Store, h.ID, p, env.actor(), env.Random, now)
			if err != nil {
				return err
			}
			if asJSON {
				return env.printJSON(struct {
					ID       string `json:"id"`
					User     string `json:"user"`
					Label    string `json:"label"`
					Password string `json:"password"`
				}{id, h.Name, p.Label, secret})
			}
			env.printf("App password %s of %s is made, for %s.\nPassword: %s    (shown only now)\n", id, clean(h.Name), clean(p.Label), secret)
			return nil
		}),
	}
	f := cmd.Flags()
	f.StringVar(&p.Label, "label", "", "what the device is called (`text`)")
	f.BoolVar(&p.Scope.ReadOnly, "read-only", false, "it can change nothing")
	f.StringArrayVar(&only, "only", nil, "`what` it is for: calendars, contacts, or the name of a collection; may be given more than once")
	f.StringVar(&expires, "expires", "", "how long it is valid (`duration`; default: for ever)")
	f.BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func (env *Env) parseOnly(h *store.Home, only []string) (kinds []store.Kind, colls []store.CollID, err error) {
	err = env.Store.View(env.Ctx, func(s store.Snapshot) error {
		for _, word := range only {
			if k, ok := onlyWords[word]; ok {
				kinds = append(kinds, k)
				continue
			}
			c, err := findCollection(s, h.ID, word)
			if errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("--only: %s has no collection %q; \"almanac calendar list\" and \"addressbook list\" show them", h.Name, word)
			}
			if err != nil {
				return err
			}
			colls = append(colls, c.ID)
		}
		return nil
	})
	return kinds, colls, err
}

// appPasswordInfo is what list prints.
type appPasswordInfo struct {
	ID         string     `json:"id"`
	Label      string     `json:"label"`
	ReadOnly   bool       `json:"readOnly"`
	Only       []string   `json:"only"` // empty: everything
	Created    time.Time  `json:"created"`
	Expires    *time.Time `json:"expires"`
	Ended      bool       `json:"ended"`
	LastUsed   *time.Time `json:"lastUsed"`
	LastAddr   string     `json:"lastAddress"`
	LastClient string     `json:"lastClient"`
}

func appPasswordList(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list USER [--json]",
		Short: "List the app passwords of an account, and when each was used last",
		Args:  exactArgs(1),
		RunE: env.onStore(func(_ *cobra.Command, args []string) error {
			h, err := env.findUser(args[0])
			if err != nil {
				return err
			}
			if err := env.flush(); err != nil {
				return err
			}
			rows := []appPasswordInfo{}
			err = env.Store.View(env.Ctx, func(s store.Snapshot) error {
				all, err := account.AppPasswords(s, h.ID)
				for _, p := range all {
					rows = append(rows, describeAppPassword(s, p, env.Now()))
				}
				return err
			})
			if err != nil {
				return err
			}
			if asJSON {
				return env.printJSON(rows)
			}
			w := tabwriter.NewWriter(env.Stdout, 0, 8, 2, ' ', 0)
			fmt.Fprintln(w, "ID\tLABEL\tFOR\tENDS\tLAST USED\tADDRESS\tCLIENT")
			for _, r := range rows {
				may := "everything"
				if len(r.Only) > 0 {
					may = strings.Join(r.Only, ", ")
				}
				if r.ReadOnly {
					may += ", read-only"
				}
				ends := "-"
				if r.Ended {
					ends = "ended"
				} else if r.Expires != nil {
					ends = r.Expires.Format(timeForm)
				}
				used := "never"
				if r.LastUsed != nil {
					used = r.LastUsed.Format(timeForm)
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, clean(r.Label), clean(may), ends, used, orDash(r.LastAddr), orDash(r.LastClient))
			}
			return w.Flush()
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func describeAppPassword(s store.Snapshot, p account.AppPassword, now time.Time) appPasswordInfo {
	r := appPasswordInfo{ID: p.ID, Label: p.Label, ReadOnly: p.Scope.ReadOnly, Only: []string{}, Created: p.Created,
		Ended: p.Ended(now), LastAddr: p.LastAddr, LastClient: p.LastClient}
	for _, k := range p.Scope.Kinds {
		for word, kind := range onlyWords {
			if k == kind {
				r.Only = append(r.Only, word)
			}
		}
	}
	for _, id := range p.Scope.Colls {
		name := "a collection that is gone"
		if c, err := s.Collection(id); err == nil {
			name = c.Name
		}
		r.Only = append(r.Only, name)
	}
	if p.Scope.Kinds != nil && len(r.Only) == 0 {
		r.Only = append(r.Only, "nothing")
	}
	if ends := p.Ends(); !ends.IsZero() {
		r.Expires = &ends
	}
	if !p.LastUsed.IsZero() {
		r.LastUsed = &p.LastUsed
	}
	return r
}

func appPasswordRemove(env *Env) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "remove USER ID | remove USER --all",
		Short: "Take an app password away; the device that has it is refused at once",
		Long: `Take an app password away, or all of an account; a device that has it is refused
at once. ID is as "almanac app-password list" shows it, or a label that only one has.`,
		Args: rangeArgs(1, 2),
		RunE: env.onStore(func(cmd *cobra.Command, args []string) error {
			if all == (len(args) == 2) {
				return usagef(cmd, "say which: an ID as \"almanac app-password list\" shows it, or --all")
			}
			h, err := env.findUser(args[0])
			if err != nil {
				return err
			}
			var there []account.AppPassword
			err = env.Store.View(env.Ctx, func(s store.Snapshot) error {
				there, err = account.AppPasswords(s, h.ID)
				return err
			})
			if err != nil {
				return err
			}
			chosen := there
			if !all {
				if chosen, err = chooseAppPassword(there, h.Name, args[1]); err != nil {
					return err
				}
			}
			for _, p := range chosen {
				if err := account.RemoveAppPassword(env.Ctx, env.Store, h.ID, p.ID, env.actor(), env.Now()); err != nil {
					return err
				}
				env.printf("App password %s of %s, for %s, is removed.\n", p.ID, clean(h.Name), clean(p.Label))
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&all, "all", false, "remove all of the account")
	return cmd
}

func chooseAppPassword(there []account.AppPassword, user, typed string) (chosen []account.AppPassword, err error) {
	for _, p := range there {
		if p.ID == typed {
			return []account.AppPassword{p}, nil
		}
		if p.Label == typed {
			chosen = append(chosen, p)
		}
	}
	switch len(chosen) {
	case 0:
		return nil, fmt.Errorf("%s has no app password %q; \"almanac app-password list %s\" shows all", user, typed, shellWord(user))
	case 1:
		return chosen, nil
	}
	return nil, fmt.Errorf("%d app passwords of %s have the label %q: name one by its ID", len(chosen), user, typed)
}
