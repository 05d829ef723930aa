package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/store"
)

func shareCommand(env *Env) *cobra.Command {
	return group(&cobra.Command{
		Use:   "share",
		Short: "Share calendars and address books, and publish them by link",
	}, shareAdd(env), shareList(env), shareRemove(env),
		shareAnswer(env, "accept", "Take what is shared with a user into the user's home", true),
		shareAnswer(env, "decline", "Put what is shared with a user out of the user's home", false))
}

// kindFlag is --kind, for a name that a calendar and an address book have both.
type kindFlag string

func (k *kindFlag) add(cmd *cobra.Command) {
	cmd.Flags().StringVar((*string)(k), "kind", "", "`calendar` or addressbook, where both have the name")
}

// find looks up a collection.
func (k *kindFlag) find(env *Env, cmd *cobra.Command, user, name string) (*store.Home, *store.Collection, error) {
	switch *k {
	case "":
		return env.findAny(user, name)
	case "calendar":
		return env.findOf(calendars, user, name)
	case "addressbook":
		return env.findOf(addressBooks, user, name)
	}
	return nil, nil, usagef(cmd, "--kind is calendar or addressbook, not %q", string(*k))
}

// toLink is how a public link is named in place of somebody to share with.
const toLink = "link"

// parseLevel reads a level.
func parseLevel(cmd *cobra.Command, word string) (account.Level, error) {
	l := account.Level(word)
	if !slices.Contains(account.Levels, l) {
		words := make([]string, len(account.Levels))
		for i, l := range account.Levels {
			words[i] = string(l)
		}
		return "", usagef(cmd, "%q is no level: there are %s", word, strings.Join(words, ", "))
	}
	return l, nil
}

// principal finds whom a command line means: a user, group:NAME or org:NAME.
func (env *Env) principal(label string) (n account.Named, err error) {
	err = env.Store.View(env.Ctx, func(s store.Snapshot) error {
		n, err = account.ParseNamed(s, label)
		return err
	})
	if errors.Is(err, account.ErrNoPrincipal) {
		return n, fmt.Errorf("%w; \"almanac user list\", \"group list\" and \"org list\" show all", err)
	}
	return n, err
}

func shareAdd(env *Env) *cobra.Command {
	var kind kindFlag
	var fromStdin bool
	var expires, label string
	cmd := &cobra.Command{
		Use:   "add OWNER COLLECTION TO LEVEL [--kind KIND] | add OWNER COLLECTION link freebusy|read [--password-stdin] [--expires TIME] [--label TEXT]",
		Short: "Share a collection with somebody, or publish it by link",
		Long: `Share a calendar or an address book. TO is a user, group:NAME, org:NAME (all of an
organisation but its guests), or link. LEVEL is

  freebusy  when something is, and nothing else; of calendars only
  read      what is not private
  write     read, and change
  manage    write, and say with whom it is shared

It is in the sharee's home at once, beside what is theirs, with the owner named.
Sharing again with the same changes the level.

A link is an address that nobody can guess. Whoever has it reads, without an account:
a calendar to subscribe to, or the contacts as one file. It is shown this once.`,
		Example: `  almanac share add ann work bob write
  almanac share add ann work group:staff read
  almanac share add ann work link freebusy --expires 30d --label "climbing club"`,
		Args: exactArgs(4),
		RunE: env.onStore(env.audited(func(cmd *cobra.Command, args []string) error {
			level, err := parseLevel(cmd, args[3])
			if err != nil {
				return err
			}
			if args[2] != toLink {
				for _, f := range []string{"password-stdin", "expires", "label"} {
					if cmd.Flags().Changed(f) {
						return usagef(cmd, "--%s belongs to a link", f)
					}
				}
			}
			h, c, err := kind.find(env, cmd, args[0], args[1])
			if err != nil {
				return err
			}
			if args[2] == toLink {
				l := account.Link{Level: level, Label: label, By: env.by()}
				if expires != "" {
					d, err := parseDuration(expires)
					if err != nil || d <= 0 {
						return usagef(cmd, "--expires: %q is not a while like 30d or 12h", expires)
					}
					l.Expires = env.Now().Add(d)
				}
				return env.addLink(cmd, c, l, fromStdin)
			}
			to, err := env.principal(args[2])
			if err != nil {
				return err
			}
			err = account.ShareWith(env.Ctx, env.Store, c, to.Principal, level, env.by(), env.Now())
			switch {
			case errors.Is(err, account.ErrLevel), errors.Is(err, account.ErrOwnShare):
				return &usageError{cmd, err}
			case err != nil:
				return fmt.Errorf("share %s of %s: %w", c.Name, h.Name, err)
			}
			return nil
		})),
	}
	kind.add(cmd)
	f := cmd.Flags()
	f.BoolVar(&fromStdin, "password-stdin", false, "link: the first line of standard input is a password that it needs")
	f.StringVar(&expires, "expires", "", "link: `how long` it works, like 30d; for ever without it")
	f.StringVar(&label, "label", "", "link: a note for yourself (`text`)")
	return cmd
}

func (env *Env) addLink(cmd *cobra.Command, c *store.Collection, l account.Link, fromStdin bool) error {
	password := ""
	if fromStdin {
		var err error
		if password, _, err = env.newPassword(true); err != nil {
			return err
		}
	}
	l, token, err := account.AddLink(env.Ctx, env.Store, c, l, password, env.Random, env.Now())
	switch {
	case errors.Is(err, account.ErrLinkLevel), errors.Is(err, account.ErrLevel):
		return &usageError{cmd, err}
	case err != nil:
		return fmt.Errorf("publish %s: %w", c.Name, err)
	}
	url, err := env.publicURL(cmd)
	if err != nil {
		return err
	}
	url += "/public/" + token + extension(c.Kind)
	env.printf("Address: %s\n", url)
	if c.Kind == store.Calendar {
		_, rest, _ := strings.Cut(url, "://")
		env.printf("To subscribe: webcal://%s\n", rest)
	}
	env.printf("It is shown only now. Revoke it with: almanac share remove %s %s link:%s\n",
		shellWord(env.nameOf(c.Home)), shellWord(shelfOf(c.Kind).prefix+c.Name), l.ID)
	return nil
}

// publicURL is where the outside reaches the server, without a slash at its end.
func (env *Env) publicURL(cmd *cobra.Command) (string, error) {
	s := env.serving // what holds is what the running server was told
	if s == nil {
		var err error
		if s, _, err = newResolver(cmd, env).resolve(); err != nil {
			return "", err
		}
	}
	return strings.TrimRight(addressesFor(s).urls[0], "/"), nil
}

// nameOf is the user name of an account that was there a moment ago.
func (env *Env) nameOf(home store.HomeID) (name string) {
	_ = env.Store.View(env.Ctx, func(s store.Snapshot) error {
		h, err := s.Home(home)
		if err == nil {
			name = h.Name
		}
		return err
	})
	return name
}

// shareInfo is what list prints: a share or a link.
type shareInfo struct {
	Owner      string     `json:"owner"`
	Collection string     `json:"collection"`
	To         string     `json:"to"`
	Level      string     `json:"level"`
	Status     string     `json:"status"` // of a link: "open" or "expired"
	Since      time.Time  `json:"since"`
	By         string     `json:"by"`
	Label      string     `json:"label,omitempty"`
	Password   bool       `json:"password,omitempty"`
	Expires    *time.Time `json:"expires,omitempty"`
}

func shareList(env *Env) *cobra.Command {
	var kind kindFlag
	var with string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list OWNER [COLLECTION] [--kind KIND] [--json] | list --with USER [--json]",
		Short: "List with whom something is shared, or what is shared with somebody",
		Args:  rangeArgs(0, 2),
		RunE: env.onStore(func(cmd *cobra.Command, args []string) error {
			if (with == "") == (len(args) == 0) {
				return usagef(cmd, "list wants OWNER [COLLECTION], or --with USER")
			}
			list := []shareInfo{}
			var err error
			if with != "" {
				list, err = env.sharedWith(with)
			} else {
				var h *store.Home
				var only *store.Collection
				if len(args) == 2 {
					h, only, err = kind.find(env, cmd, args[0], args[1])
				} else {
					h, err = env.findUser(args[0])
				}
				if err == nil {
					list, err = env.sharesOf(h, only)
				}
			}
			if err != nil {
				return err
			}
			if asJSON {
				return env.printJSON(list)
			}
			t := env.table("OWNER", "COLLECTION", "TO", "LEVEL", "STATUS", "SINCE", "LABEL")
			for _, s := range list {
				t.row(s.Owner, s.Collection, s.To, s.Level, s.status(), s.Since.Format(timeForm), s.Label)
			}
			return t.Flush()
		}),
	}
	kind.add(cmd)
	cmd.Flags().StringVar(&with, "with", "", "what is shared with this `user`, in person or by a group or an organisation")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// status says the status with what is needed besides.
func (s *shareInfo) status() string {
	out := s.Status
	if s.Password {
		out += ", with password"
	}
	if s.Expires != nil && s.Status != "expired" {
		out += ", until " + s.Expires.Format(timeForm)
	}
	return out
}

// describeShare says a share; ok is false when somebody in it is no more.
func describeShare(sn store.Snapshot, sh *account.Share) (info shareInfo, ok bool, err error) {
	c, err := sn.Collection(sh.Coll)
	if errors.Is(err, store.ErrNotFound) {
		return info, false, nil // in the trash
	} else if err != nil {
		return info, false, err
	}
	h, err := sn.Home(c.Home)
	if err != nil {
		return info, false, err
	}
	to, err := account.NameOf(sn, sh.To)
	if errors.Is(err, account.ErrNoPrincipal) {
		return info, false, nil
	}
	return shareInfo{Owner: h.Name, Collection: shelfOf(c.Kind).prefix + c.Name, To: to.Label(), Level: string(sh.Level),
		Status: string(sh.Status), Since: sh.Since.UTC(), By: sh.By}, true, err
}

// sharesOf lists with whom collections of somebody are shared.
func (env *Env) sharesOf(h *store.Home, only *store.Collection) ([]shareInfo, error) {
	list := []shareInfo{}
	now := env.Now()
	err := env.Store.View(env.Ctx, func(s store.Snapshot) error {
		colls, err := s.Collections(h.ID)
		if err != nil {
			return err
		}
		for _, c := range colls {
			if only != nil && only.ID != c.ID {
				continue
			}
			shares, err := account.SharesOf(s, c.ID)
			if err != nil {
				return err
			}
			for i := range shares {
				info, ok, err := describeShare(s, &shares[i])
				if err != nil {
					return err
				}
				if ok {
					list = append(list, info)
				}
			}
			links, err := account.LinksOf(s, c.ID)
			if err != nil {
				return err
			}
			for _, l := range links {
				list = append(list, describeLink(h, c, l, now))
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the shares of %s: %w", h.Name, err)
	}
	return list, nil
}

func describeLink(h *store.Home, c *store.Collection, l account.Link, now time.Time) shareInfo {
	info := shareInfo{Owner: h.Name, Collection: shelfOf(c.Kind).prefix + c.Name, To: toLink + ":" + l.ID, Level: string(l.Level),
		Status: "open", Since: l.Since.UTC(), By: l.By, Label: l.Label, Password: l.Secret != ""}
	if !l.Expires.IsZero() {
		at := l.Expires.UTC()
		if info.Expires = &at; !now.Before(at) {
			info.Status = "expired"
		}
	}
	return info
}

// sharedWith lists what is shared with a user.
func (env *Env) sharedWith(user string) ([]shareInfo, error) {
	h, err := env.findUser(user)
	if err != nil {
		return nil, err
	}
	list := []shareInfo{}
	err = env.Store.View(env.Ctx, func(s store.Snapshot) error {
		principals, err := account.PrincipalsOf(s, h.ID)
		if err != nil {
			return err
		}
		for _, p := range principals {
			shares, err := account.SharedWith(s, p)
			if err != nil {
				return err
			}
			for i := range shares {
				info, ok, err := describeShare(s, &shares[i])
				if err != nil {
					return err
				}
				if look, err := account.LookOf(s, h.ID, shares[i].Coll); err != nil {
					return err
				} else if look.Hidden && info.Status == string(account.Accepted) {
					info.Status = string(account.Declined)
				}
				if ok && info.Owner != h.Name {
					list = append(list, info)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list what is shared with %s: %w", h.Name, err)
	}
	return list, nil
}

func shareRemove(env *Env) *cobra.Command {
	var kind kindFlag
	cmd := &cobra.Command{
		Use:   "remove OWNER COLLECTION TO [--kind KIND]",
		Short: "End a share, or revoke a link (link:ID, as list shows it)",
		Args:  exactArgs(3),
		RunE: env.onStore(env.audited(func(cmd *cobra.Command, args []string) error {
			h, c, err := kind.find(env, cmd, args[0], args[1])
			if err != nil {
				return err
			}
			notShared := fmt.Errorf("%s of %s is not shared with %s; \"almanac share list %s\" shows all", c.Name, h.Name, args[2], shellWord(h.Name))
			if id, ok := strings.CutPrefix(args[2], toLink+":"); ok {
				if err := account.RemoveLink(env.Ctx, env.Store, c, id, env.by(), env.Now()); !errors.Is(err, store.ErrNotFound) {
					return err
				}
				return notShared
			}
			if args[2] == toLink {
				return usagef(cmd, "which link? Say link:ID; \"almanac share list %s %s\" shows the IDs", shellWord(h.Name), shellWord(args[1]))
			}
			to, err := env.principal(args[2])
			if err != nil {
				return err
			}
			var share *account.Share
			if err := env.Store.View(env.Ctx, func(s store.Snapshot) (err error) {
				share, err = account.FindShare(s, c.ID, to.Principal)
				return err
			}); err != nil {
				return err
			}
			if share == nil {
				return notShared
			}
			return env.apply("end the share", h.ID, account.UnshareOps(c.ID, to.Principal)...)
		})),
	}
	kind.add(cmd)
	return cmd
}

func shareAnswer(env *Env, verb, short string, accept bool) *cobra.Command {
	var kind kindFlag
	cmd := &cobra.Command{
		Use:   verb + " USER OWNER COLLECTION [--kind KIND]",
		Short: short,
		Args:  exactArgs(3),
		RunE: env.onStore(env.audited(func(cmd *cobra.Command, args []string) error {
			u, err := env.findUser(args[0])
			if err != nil {
				return err
			}
			h, c, err := kind.find(env, cmd, args[1], args[2])
			if err != nil {
				return err
			}
			err = account.Answer(env.Ctx, env.Store, u.ID, c, accept, env.by(), env.Now())
			if errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("%s of %s is not shared with %s; \"almanac share list --with %s\" shows what is", c.Name, h.Name, u.Name, shellWord(u.Name))
			}
			return err
		})),
	}
	kind.add(cmd)
	return cmd
}
