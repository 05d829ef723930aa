package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/notify"
	"almanac/store"
)

func channelCommand(env *Env) *cobra.Command {
	return group(&cobra.Command{
		Use:   "channel",
		Short: "Add, list and remove the ways on which people are reminded",
		Long: `Add, list and remove the ways on which people are reminded: mail, chat, and browsers,
which people add themselves on the pages.

An alarm is told on the channels that it names (X-ALMANAC-CHANNEL, which holds names of
channels), else on those that take what it does: "email", "display" or "audio". A mail
channel takes email unless told otherwise, a browser display and audio, a chat nothing.`,
	}, channelAdd(env), channelList(env), channelSet(env), channelRemove(env))
}

func channelAdd(env *Env) *cobra.Command {
	var name string
	var takes []string
	cmd := &cobra.Command{
		Use:   "add USER mail ADDRESS | chat URL [--name NAME] [--takes WHAT]",
		Short: "Add a mail address or a chat",
		Long: `Add a mail address or a chat on which a person is reminded. What an administrator adds
needs no confirmation.

For a chat, URL is the address of an incoming webhook, as kChat, Mattermost, Slack,
Teams (a workflow that posts what a webhook gets) and Google Chat give it out, or one of
a service: ntfy://ntfy.sh/TOPIC, matrix://…, telegram://…`,
		Example: "  almanac channel add ann mail ann@example.com --name office\n" +
			"  almanac channel add ann chat https://chat.example.org/hooks/4x1b --name family --takes display",
		Args: exactArgs(3),
		RunE: env.onStore(func(cmd *cobra.Command, args []string) error {
			kind := account.ChannelKind(args[1])
			if kind != account.Mail && kind != account.Chat {
				return usagef(cmd, "a channel is mail or chat, not %q; people add browsers themselves on the page \"Reminders\"", args[1])
			}
			h, err := env.findUser(args[0])
			if err != nil {
				return err
			}
			c := account.Channel{Kind: kind, Name: name, Address: args[2], Verified: env.Now()}
			if name == "" {
				c.Name = string(kind)
				if kind == account.Mail {
					c.Name = args[2]
				}
			}
			if cmd.Flags().Changed("takes") {
				c.Takes = takesOf(takes)
			}
			warning, err := env.checkTarget(&c)
			if err != nil {
				return err
			}
			added, err := account.AddChannel(env.Ctx, env.Store, h.ID, env.by(), env.Now(), env.Random, c)
			if err != nil {
				return channelError(err)
			}
			env.printf("%s is reminded on %s (%s), %s.\n", clean(h.Name), clean(added.Name), clean(notify.Shown(added)), takesText(added))
			if warning != "" {
				env.printf("Note: %s.\n", warning)
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&name, "name", "", "`name` by which alarms and commands call it")
	cmd.Flags().StringSliceVar(&takes, "takes", nil, "`what` alarms do that it takes by itself: email, display and audio with commas between, or none")
	return cmd
}

// checkTarget judges whether the server can send to a channel. A running one knows
// whether channels may lead into its own network; else the configuration says it, or
// nothing does: then the channel is taken, and warning says what it needs.
func (env *Env) checkTarget(c *account.Channel) (warning string, err error) {
	private, known := false, true
	switch {
	case env.serving != nil:
		private = env.serving.PrivateTargets
	case !env.live:
		_, all, err := env.configured()
		i := slices.IndexFunc(all, func(v resolved) bool { return v.name == "private-targets" })
		if known = err == nil && all[i].source != "default"; known {
			private = all[i].value == "yes"
		}
	}
	strict := notify.CheckTarget(c, private)
	if strict == nil || private {
		return "", channelError(strict)
	}
	if err := notify.CheckTarget(c, true); err != nil {
		return "", channelError(err) // whatever the setting is
	}
	if known {
		return "", fmt.Errorf("%w; private-targets = \"yes\" lets channels lead into your own network", channelError(strict))
	}
	return "it leads into your own network: the server sends there only with private-targets = \"yes\", which neither the configuration nor a running server says", nil
}

func takesOf(words []string) []string {
	takes := []string{}
	for _, w := range words {
		if w = strings.TrimSpace(w); w != "" && !strings.EqualFold(w, "none") {
			takes = append(takes, w)
		}
	}
	return takes
}

func takesText(c *account.Channel) string {
	if len(c.Takes) == 0 {
		return "by alarms that name it"
	}
	return "by alarms that name it or do " + strings.ToLower(strings.Join(c.Takes, ", "))
}

// channelError says what is wrong without the package's prefix.
func channelError(err error) error {
	if errors.Is(err, account.ErrChannel) {
		return errors.New(strings.TrimPrefix(err.Error(), account.ErrChannel.Error()+": "))
	}
	return err
}

// channelInfo is what channel list prints.
type channelInfo struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Kind      string     `json:"kind"`
	Address   string     `json:"address"` // of a chat or a browser, its host alone
	Takes     []string   `json:"takes"`
	Confirmed bool       `json:"confirmed"`
	Created   time.Time  `json:"created"`
	Problem   string     `json:"problem"`
	ProblemAt *time.Time `json:"problemAt"`
}

func channelList(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list USER [--json]",
		Short: "List the channels of a person",
		Args:  exactArgs(1),
		RunE: env.onStore(func(_ *cobra.Command, args []string) error {
			h, err := env.findUser(args[0])
			if err != nil {
				return err
			}
			rows := []channelInfo{}
			err = env.Store.View(env.Ctx, func(s store.Snapshot) error {
				all, err := account.Channels(s, h.ID)
				for _, c := range all {
					info := channelInfo{ID: c.ID, Name: c.Name, Kind: string(c.Kind), Address: notify.Shown(c), Takes: c.Takes,
						Confirmed: !c.Verified.IsZero(), Created: c.Created, Problem: c.Problem}
					if !c.ProblemAt.IsZero() {
						info.ProblemAt = &c.ProblemAt
					}
					rows = append(rows, info)
				}
				return err
			})
			if err != nil {
				return err
			}
			if asJSON {
				return env.printJSON(rows)
			}
			if len(rows) == 0 {
				env.printf("%s has no channel: only devices ring. \"almanac user set %s --email ADDRESS\" or \"almanac channel add\" gives one.\n", clean(h.Name), clean(h.Name))
				return nil
			}
			t := env.table("NAME", "KIND", "ADDRESS", "TAKES", "CONFIRMED", "PROBLEM")
			for _, r := range rows {
				confirmed := "yes"
				if !r.Confirmed {
					confirmed = "no"
				}
				t.row(clean(r.Name), r.Kind, clean(r.Address), strings.ToLower(strings.Join(r.Takes, ", ")), confirmed, clean(r.Problem))
			}
			return t.Flush()
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func channelSet(env *Env) *cobra.Command {
	var name string
	var takes []string
	cmd := &cobra.Command{
		Use:   "set USER NAME [--name NAME] [--takes WHAT]",
		Short: "Change what a channel is called, and what it takes",
		Args:  exactArgs(2),
		RunE: env.onStore(func(cmd *cobra.Command, args []string) error {
			h, c, err := env.findChannel(args[0], args[1])
			if err != nil {
				return err
			}
			err = account.ChangeChannel(env.Ctx, env.Store, h.ID, c.ID, env.by(), env.Now(), func(c *account.Channel) {
				if name != "" {
					c.Name = name
				}
				if cmd.Flags().Changed("takes") {
					c.Takes = takesOf(takes)
				}
			})
			if err != nil {
				return channelError(err)
			}
			env.printf("Changed.\n")
			return nil
		}),
	}
	cmd.Flags().StringVar(&name, "name", "", "another `name`")
	cmd.Flags().StringSliceVar(&takes, "takes", nil, "`what` alarms do that it takes by itself: email, display and audio with commas between, or none")
	return cmd
}

func channelRemove(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "remove USER NAME",
		Short: "Remove a channel",
		Args:  exactArgs(2),
		RunE: env.onStore(func(_ *cobra.Command, args []string) error {
			h, c, err := env.findChannel(args[0], args[1])
			if err != nil {
				return err
			}
			if c.ID == account.OwnMail {
				return fmt.Errorf("%s is the account's own mail address; \"almanac channel set %s %s --takes none\" keeps it from reminders", c.Name, h.Name, c.Name)
			}
			if err := account.RemoveChannel(env.Ctx, env.Store, h.ID, c.ID, env.by(), env.Now()); err != nil {
				return err
			}
			env.printf("Removed.\n")
			return nil
		}),
	}
}

func (env *Env) findChannel(user, name string) (h *store.Home, c *account.Channel, err error) {
	if h, err = env.findUser(user); err != nil {
		return nil, nil, err
	}
	err = env.Store.View(env.Ctx, func(s store.Snapshot) (err error) {
		c, err = account.ChannelNamed(s, h.ID, name)
		return err
	})
	if errors.Is(err, account.ErrNoChannel) {
		err = fmt.Errorf("%s has no channel %q; \"almanac channel list %s\" shows them", h.Name, name, h.Name)
	}
	return h, c, err
}
