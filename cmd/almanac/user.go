package main

import (
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/store"
)

func userCommand(env *Env) *cobra.Command {
	return group(&cobra.Command{
		Use:   "user",
		Short: "Add, list, change and remove accounts",
	}, userAdd(env), userList(env), userShow(env), userSet(env), userPasswd(env), userRemove(env))
}

const passwordHelp = `The password is the first line of standard input with --password-stdin, and
otherwise typed on the terminal. Where there is no terminal, and when nothing is
typed, a random one is made and shown once.`

func userAdd(env *Env) *cobra.Command {
	var home store.Home
	var fromStdin bool
	cmd := &cobra.Command{
		Use:   "add NAME [--password-stdin] [--email ADDR]... [--display-name TEXT]",
		Short: "Add an account with a calendar, a task list and an address book",
		Long: `Add an account with a calendar ("calendar"), a task list ("tasks") and an
address book ("contacts"). The data folder is made when it is not there.

` + passwordHelp,
		Args: exactArgs(1),
		RunE: env.onNewStore(func(cmd *cobra.Command, args []string) error {
			home.Name = account.CanonicalUserName(args[0])
			if err := account.CheckUserName(home.Name); err != nil {
				return usagef(cmd, "user %w", err)
			}
			if err := checkEmails(home.Emails); err != nil {
				return &usageError{cmd, err}
			}
			// Before a password is typed for nothing.
			if _, err := env.findUser(home.Name); err == nil {
				return fmt.Errorf("user %q exists already; \"almanac user set\" and \"user passwd\" change it", home.Name)
			}
			password, random, err := env.newPassword(fromStdin)
			if err != nil {
				return err
			}
			if home.Secret, err = account.NewSecret(password, env.Random); err != nil {
				return err
			}
			if _, err := account.Create(env.Ctx, env.Store, home, env.by(), env.Now()); err != nil {
				return err
			}
			if err := env.audit(account.AccountAdded, home.Name, ""); err != nil {
				return err
			}
			env.printf("User %s added, with calendar \"calendar\", task list \"tasks\" and address book \"contacts\".\n", home.Name)
			if random {
				env.printf("Password: %s\n", password)
			}
			return nil
		}),
	}
	f := cmd.Flags()
	f.BoolVar(&fromStdin, "password-stdin", false, "read the password from standard input")
	f.StringArrayVar(&home.Emails, "email", nil, "mail `address`; may be given more than once, the first is the sender of invitations")
	f.StringVar(&home.DisplayName, "display-name", "", "the person's name as others read it (`text`)")
	return cmd
}

func userList(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list [--json]",
		Short: "List all accounts",
		Args:  exactArgs(0),
		RunE: env.onStore(func(*cobra.Command, []string) error {
			users := []userInfo{}
			err := env.Store.View(env.Ctx, func(s store.Snapshot) error {
				var inner error
				err := s.Homes("", func(h *store.Home) bool {
					var u userInfo
					u, inner = describeUser(s, h)
					users = append(users, u)
					return inner == nil
				})
				return errors.Join(err, inner)
			})
			if err != nil {
				return fmt.Errorf("list the users: %w", err)
			}
			if asJSON {
				return env.printJSON(users)
			}
			w := tabwriter.NewWriter(env.Stdout, 0, 8, 2, ' ', 0)
			fmt.Fprintln(w, "NAME\tDISPLAY NAME\tEMAIL\tROLES\tPLAN\tCOLLECTIONS\tOBJECTS\tSIZE")
			for _, u := range users {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\n", clean(u.Name), orDash(u.DisplayName), orDash(strings.Join(u.Emails, ",")),
					orDash(u.roles(",")), orDash(strings.Join(u.Plans, ",")), u.Collections, u.Objects, humanSize(u.Octets))
			}
			return w.Flush()
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// userInfo is what list and show print.
type userInfo struct {
	Name        string    `json:"name"`
	DisplayName string    `json:"displayName"`
	Emails      []string  `json:"emails"`
	Country     string    `json:"country"`  // "" for the server's
	Language    string    `json:"language"` // "" when it was not said
	Timezone    string    `json:"timezone"` // the same
	Created     time.Time `json:"created"`
	Password    string    `json:"password"` // "set", "none" or "weak"
	Type        string    `json:"type"`     // "person", "room" or "equipment"
	Roles       []orgRole `json:"roles"`
	Groups      []string  `json:"groups"`
	Plans       []string  `json:"plans"` // its own, and those of its organisations
	Limits      limitInfo `json:"limits"`
	Collections int       `json:"collections"`
	Objects     int       `json:"objects"`
	Octets      int64     `json:"octets"`
}

func describeUser(s store.Snapshot, h *store.Home) (userInfo, error) {
	u := userInfo{Name: h.Name, DisplayName: h.DisplayName, Emails: append([]string{}, h.Emails...), Created: h.Created.UTC(),
		Password: "set", Type: "person", Roles: []orgRole{}, Groups: []string{}, Plans: []string{}}
	switch {
	case h.Secret == "":
		u.Password = "none"
	case account.NeedsRehash(h.Secret):
		u.Password = "weak"
	}
	var err error
	if u.Country, err = account.CountryOf(s, h.ID); err != nil {
		return u, err
	}
	prefs, err := account.PreferencesOf(s, h.ID)
	if err != nil {
		return u, err
	}
	u.Language, u.Timezone = prefs.Language, prefs.Timezone
	colls, err := s.Collections(h.ID)
	for _, c := range colls {
		u.Collections++
		u.Objects += c.Count
		u.Octets += c.Octets
	}
	if err != nil {
		return u, err
	}
	return u, u.describeStanding(s, h.ID)
}

// describeStanding adds what the account is to others, and what it may hold.
func (u *userInfo) describeStanding(s store.Snapshot, home store.HomeID) error {
	r, err := account.FindResource(s, home)
	if err != nil {
		return err
	}
	if r != nil {
		u.Type = resourceWord(r.Type)
	}
	memberships, err := account.MembershipsOf(s, home)
	if err != nil {
		return err
	}
	for _, m := range memberships {
		n, err := account.NameOf(s, m.Of)
		if errors.Is(err, account.ErrNoPrincipal) {
			continue
		} else if err != nil {
			return err
		}
		if m.Of.Type == account.Org {
			u.Roles = append(u.Roles, orgRole{n.Name, string(m.Role)})
		} else {
			u.Groups = append(u.Groups, n.Name)
		}
	}
	slices.SortFunc(u.Roles, func(a, b orgRole) int { return strings.Compare(a.Org, b.Org) })
	slices.Sort(u.Groups)
	plans, err := account.PlansOf(s, home)
	if err != nil {
		return err
	}
	u.Plans = append(u.Plans, plans...)
	limits, err := account.LimitsOf(s, home)
	u.Limits = describeLimits(limits)
	return err
}

// An orgRole is what a user is in one organisation.
type orgRole struct {
	Org  string `json:"org"`
	Role string `json:"role"`
}

// roles says the roles on one line: "acme: owner".
func (u *userInfo) roles(sep string) string {
	all := make([]string, len(u.Roles))
	for i, r := range u.Roles {
		all[i] = r.Org + ":" + r.Role
	}
	return strings.Join(all, sep)
}

func userShow(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show NAME [--json]",
		Short: "Show one account",
		Args:  exactArgs(1),
		RunE: env.onStore(func(_ *cobra.Command, args []string) error {
			h, err := env.findUser(args[0])
			if err != nil {
				return err
			}
			var u userInfo
			if err := env.Store.View(env.Ctx, func(s store.Snapshot) (err error) {
				u, err = describeUser(s, h)
				return err
			}); err != nil {
				return fmt.Errorf("show user %q: %w", h.Name, err)
			}
			if asJSON {
				return env.printJSON(u)
			}
			password := map[string]string{
				"set": "set", "none": "none: nobody can log in; set one with \"almanac user passwd\"",
				"weak": "set, but hashed at less cost than today's; set it anew with \"almanac user passwd\"",
			}[u.Password]
			w := tabwriter.NewWriter(env.Stdout, 0, 8, 2, ' ', 0)
			fmt.Fprintf(w, "Name:\t%s\nType:\t%s\nDisplay name:\t%s\nEmail:\t%s\nCountry:\t%s\nLanguage:\t%s\nTime zone:\t%s\nPassword:\t%s\nCreated:\t%s\nRoles:\t%s\nGroups:\t%s\nPlans:\t%s\nCollections:\t%d%s\nObjects:\t%d%s\nSize:\t%s%s\n",
				clean(u.Name), u.Type, orDash(u.DisplayName), orDash(strings.Join(u.Emails, ", ")), orDash(u.Country), orDash(u.Language), orDash(u.Timezone), password,
				u.Created.Format(timeForm), orDash(u.roles(", ")), orDash(strings.Join(u.Groups, ", ")), orDash(strings.Join(u.Plans, ", ")),
				u.Collections, ofCount(u.Limits.Collections), u.Objects, inEach(u.Limits.Objects),
				humanSize(u.Octets), ofSize(u.Limits.Octets)+largestObject(u.Limits.ObjectOctets))
			return w.Flush()
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func userSet(env *Env) *cobra.Command {
	var emails []string
	var display, plan, country, language, timezone string
	cmd := &cobra.Command{
		Use:   "set NAME [--email ADDR]... [--display-name TEXT] [--language CODE] [--timezone ZONE] [--country CC] [--plan PLAN]",
		Short: "Change the mail addresses, the display name, the language and other settings of an account",
		Args:  exactArgs(1),
		RunE: env.onStore(func(cmd *cobra.Command, args []string) error {
			h, err := env.findUser(args[0])
			if err != nil {
				return err
			}
			var set store.SetHome
			if cmd.Flags().Changed("email") {
				if len(emails) == 1 && emails[0] == "" {
					emails = nil // --email= removes them all
				}
				if err := checkEmails(emails); err != nil {
					return &usageError{cmd, err}
				}
				set.Emails = &emails
			}
			if cmd.Flags().Changed("display-name") {
				set.DisplayName = &display
			}
			var ops []store.Op
			if set != (store.SetHome{}) {
				ops = append(ops, set)
			}
			if cmd.Flags().Changed("country") {
				if country, err = account.ParseCountry(country); err != nil {
					return usagef(cmd, "--country %w", err)
				}
				ops = append(ops, account.CountryOps(h.ID, country)...)
			}
			if cmd.Flags().Changed("plan") {
				if err := env.checkPlan(plan); err != nil {
					return err
				}
				ops = append(ops, account.AllowanceOps(h.ID, plan)...)
			}
			preferred, err := env.preferenceOps(cmd, h, language, timezone)
			if err != nil {
				return err
			}
			if ops = append(ops, preferred...); len(ops) == 0 {
				return usagef(cmd, "nothing to change: give --email, --display-name, --language, --timezone, --country or --plan")
			}
			if err := env.apply(fmt.Sprintf("change user %q", h.Name), h.ID, ops...); err != nil {
				return err
			}
			detail := describeChange(set)
			if cmd.Flags().Changed("country") {
				detail = strings.TrimPrefix(detail+fmt.Sprintf("; country: %s", country), "; ")
			}
			for _, flag := range []string{"language", "timezone"} {
				if f := cmd.Flags().Lookup(flag); f.Changed {
					detail = strings.TrimPrefix(detail+fmt.Sprintf("; %s: %s", flag, f.Value), "; ")
				}
			}
			if cmd.Flags().Changed("plan") {
				detail = strings.TrimPrefix(detail+fmt.Sprintf(", plan %q", plan), ", ")
			}
			return env.audit(account.AccountChanged, h.Name, detail)
		}),
	}
	f := cmd.Flags()
	f.StringArrayVar(&emails, "email", nil, "mail `address`, in place of all there are; may be given more than once; empty for none")
	f.StringVar(&display, "display-name", "", "the person's name as others read it (`text`)")
	f.StringVar(&language, "language", "", "language of reminders: en, fr, de or it (`code`); empty for English")
	f.StringVar(&timezone, "timezone", "", "`zone` in which all-day events and times without a zone remind, like Europe/Zurich; empty for the calendar's")
	f.StringVar(&country, "country", "", "where phone numbers that do not say their `country` are dialled, as two letters; empty for the server's")
	f.StringVar(&plan, "plan", "", "what the account may hold: the name of a `plan`; empty for none of its own")
	return cmd
}

// preferenceOps are the operations that change language and time zone, if they change.
func (env *Env) preferenceOps(cmd *cobra.Command, h *store.Home, language, timezone string) (ops []store.Op, err error) {
	newLanguage, newZone := cmd.Flags().Changed("language"), cmd.Flags().Changed("timezone")
	if !newLanguage && !newZone {
		return nil, nil
	}
	err = env.Store.View(env.Ctx, func(s store.Snapshot) error {
		p, err := account.PreferencesOf(s, h.ID)
		if err != nil {
			return err
		}
		if newLanguage {
			p.Language = strings.ToLower(language)
		}
		if newZone {
			p.Timezone = timezone
		}
		if err := p.Check(); err != nil {
			return usagef(cmd, "%s", strings.TrimPrefix(err.Error(), account.ErrPreferences.Error()+": "))
		}
		ops, err = account.PreferencesOps(s, h.ID, p, env.Now())
		return err
	})
	return ops, err
}

// describeChange says what of an account was changed, for the audit log.
func describeChange(set store.SetHome) string {
	var what []string
	if set.Emails != nil {
		what = append(what, "mail addresses: "+strings.Join(*set.Emails, ", "))
	}
	if set.DisplayName != nil {
		what = append(what, "display name: "+*set.DisplayName)
	}
	return strings.Join(what, "; ")
}

func userPasswd(env *Env) *cobra.Command {
	var fromStdin bool
	cmd := &cobra.Command{
		Use:   "passwd NAME [--password-stdin]",
		Short: "Set the password of an account",
		Long:  "Set the password of an account; devices with the old one are refused at once.\n\n" + passwordHelp,
		Args:  exactArgs(1),
		RunE: env.onStore(func(_ *cobra.Command, args []string) error {
			h, err := env.findUser(args[0])
			if err != nil {
				return err
			}
			password, random, err := env.newPassword(fromStdin)
			if err != nil {
				return err
			}
			secret, err := account.NewSecret(password, env.Random)
			if err != nil {
				return err
			}
			if err := env.apply(fmt.Sprintf("set the password of %q", h.Name), h.ID, store.SetHome{Secret: &secret}); err != nil {
				return err
			}
			if err := env.audit(account.PasswordSet, h.Name, ""); err != nil {
				return err
			}
			env.printf("The password of %s is set.\n", h.Name)
			if random {
				env.printf("Password: %s\n", password)
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&fromStdin, "password-stdin", false, "read the password from standard input")
	return cmd
}

func userRemove(env *Env) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "remove NAME [--yes]",
		Short: "Remove an account and everything in it, for good",
		Long: `Remove an account and everything in it, for good, with its memberships, what was
shared with it and its delegations. The only legal owner of an organisation cannot
be removed.`,
		Args: exactArgs(1),
		RunE: env.onStore(func(cmd *cobra.Command, args []string) error {
			h, err := env.findUser(args[0])
			if err != nil {
				return err
			}
			if err := env.confirm(cmd, yes, fmt.Sprintf("Remove user %s and everything in it, for good?", h.Name)); err != nil {
				return err
			}
			if err := env.removeUser(h); err != nil {
				return err
			}
			if err := env.audit(account.AccountRemoved, h.Name, ""); err != nil {
				return err
			}
			env.printf("User %s is removed.\n", h.Name)
			return nil
		}),
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// removeUser removes an account, and says what stands in the way.
func (env *Env) removeUser(h *store.Home) error {
	err := account.RemoveUser(env.Ctx, env.Store, h.ID, env.by(), env.Now())
	var last *account.LastOwnerError
	if errors.As(err, &last) {
		org := shellWord(last.Orgs[0])
		return fmt.Errorf("%s is the only legal owner of %s: make another one with \"almanac org member set %s USER --role owner\", or remove it with \"almanac org remove %s\"",
			h.Name, strings.Join(last.Orgs, ", "), org, org)
	}
	if err != nil {
		return fmt.Errorf("remove user %q: %w", h.Name, err)
	}
	return nil
}

// findUser looks up an account by the name that somebody typed.
func (env *Env) findUser(name string) (*store.Home, error) {
	var home *store.Home
	err := env.Store.View(env.Ctx, func(s store.Snapshot) (err error) {
		home, err = s.HomeByName(account.CanonicalUserName(name))
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("there is no user %q; \"almanac user list\" shows all", name)
	}
	if err != nil {
		return nil, fmt.Errorf("look up user %q: %w", name, err)
	}
	return home, nil
}

// apply carries out operations on one account, within what it may hold.
func (env *Env) apply(what string, home store.HomeID, ops ...store.Op) error {
	_, err := account.Apply(env.Ctx, env.Store, &store.Batch{Home: home, By: env.by(), At: env.Now(), Ops: ops})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// checkEmails wants bare addresses: they go into calendar-user-address-set as
// mailto URLs (RFC 6638 section 2.4.1).
func checkEmails(addresses []string) error {
	for _, a := range addresses {
		p, err := mail.ParseAddress(a)
		if err != nil || p.Address != a {
			return fmt.Errorf("%q is not a mail address like ann@example.org", a)
		}
	}
	return nil
}

// timeForm is how times are printed.
const timeForm = "2006-01-02 15:04:05 MST"

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return clean(s)
}

// clean makes text from outside fit for one cell of a table on a terminal: no
// control characters, which could move its cursor or forge lines, nor what turns
// the direction of the text around it.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, s)
}
