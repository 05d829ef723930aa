package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/notify"
	"almanac/store"
)

// testFor is how long remind test waits for what becomes of its messages.
const testFor = 15 * time.Second

func remindTest(env *Env) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "test USER [--channel NAME]",
		Short: "Send a test on all channels of a person, or on one, and tell whether it went out",
		Long: `Send a test on all channels of a person; with --channel on the one of that name, or on
all of a kind with mail, browser or chat. The server sends it, and for some seconds the
command waits for what becomes of it. It exits with 0 when all went out.`,
		Example: "  almanac remind test ann\n  almanac remind test ann --channel family",
		Args:    exactArgs(1),
		RunE: env.onStore(func(_ *cobra.Command, args []string) error {
			h, err := env.findUser(args[0])
			if err != nil {
				return err
			}
			channels, err := env.channelsTyped(h, name)
			if err != nil {
				return err
			}
			return env.tryChannels(h, channels)
		}),
	}
	cmd.Flags().StringVar(&name, "channel", "", "`name` of the channel, or mail, browser or chat")
	return cmd
}

// channelsTyped are the channels of a name or a kind; of no name all, of which there is
// at least one.
func (env *Env) channelsTyped(h *store.Home, name string) (found []*account.Channel, err error) {
	err = env.Store.View(env.Ctx, func(s store.Snapshot) error {
		all, err := account.Channels(s, h.ID)
		for _, c := range all {
			if name == "" || strings.EqualFold(c.Name, name) || string(c.Kind) == name {
				found = append(found, c)
			}
		}
		return err
	})
	if err != nil || len(found) > 0 {
		return found, err
	}
	who := clean(h.Name)
	switch account.ChannelKind(name) {
	case "":
		return nil, fmt.Errorf("%s has no channel: only devices ring. \"almanac user set %s --email ADDRESS\" or \"almanac channel add\" gives one", who, who)
	case account.Mail:
		return nil, fmt.Errorf("%s has no mail address; \"almanac user set %s --email ADDRESS\" gives one", who, who)
	case account.Chat:
		return nil, fmt.Errorf("%s has no chat; \"almanac channel add %s chat URL\" gives one", who, who)
	case account.Browser:
		return nil, fmt.Errorf("%s has no browser; people add theirs themselves on the page \"Reminders\"", who)
	}
	return nil, fmt.Errorf("%s has no channel %q; \"almanac channel list %s\" shows them", who, name, who)
}

// A trial is a test message on its way.
type trial struct {
	to *account.Channel
	id string
}

// tryChannels sends tests and tells what became of each.
func (env *Env) tryChannels(h *store.Home, channels []*account.Channel) error {
	var trials []trial
	failed := false
	tell := func(c *account.Channel, what string) {
		name := clean(c.Name)
		if shown := clean(notify.Shown(c)); shown != name {
			name += " (" + shown + ")"
		}
		env.printf("%s: %s\n", name, clean(what))
	}
	for _, c := range channels {
		switch {
		case c.Verified.IsZero():
			failed = true
			tell(c, "nothing is sent there before it is confirmed, by the link that was sent to it")
			continue
		case env.outbox != nil && env.outbox.Senders[c.Kind] == nil:
			failed = true
			tell(c, notSentFrom(c.Kind))
			continue
		}
		m := &notify.Message{ID: notify.NewID(env.Random), Home: h.ID, Channel: c.ID, Kind: notify.KindTest, At: env.Now()}
		if err := env.apply("send a test", h.ID, m.Op(c.Kind)); err != nil {
			return err
		}
		trials = append(trials, trial{c, m.ID})
		if env.outbox == nil {
			tell(c, "a test is on its way")
		}
	}
	if len(trials) > 0 {
		env.kickOutbox()
	}
	if env.outbox != nil {
		for _, t := range trials {
			what, ok, err := env.awaitTrial(h.ID, t)
			if err != nil {
				return err
			}
			failed = failed || !ok
			tell(t.to, what)
		}
	}
	if failed {
		return exitCode(1)
	}
	return nil
}

// notSentFrom says what a server needs that does not send by a kind.
func notSentFrom(kind account.ChannelKind) string {
	if kind == account.Mail {
		return "this server sends no mail: it needs the settings smtp-url and mail-from"
	}
	return fmt.Sprintf("this server does not send by %s", kind)
}

// awaitTrial waits until a message has gone out or failed: what is not in the outbox any
// more has gone out. What failed is taken out of it, since whoever asked has the answer:
// tests by the hour would fill it.
func (env *Env) awaitTrial(home store.HomeID, t trial) (what string, ok bool, err error) {
	for end, wait := time.Now().Add(testFor), 20*time.Millisecond; ; wait = min(2*wait, time.Second) {
		var w *notify.Waiting
		err := env.Store.View(env.Ctx, func(s store.Snapshot) error {
			return notify.Find(s, t.id, func(found *notify.Waiting, _ account.ChannelKind, _ time.Time) bool {
				w = found
				return false
			})
		})
		switch {
		case err != nil:
			return "", false, err
		case w == nil:
			return "sent", true, nil
		case w.Error != "":
			return "not sent: " + w.Error, false, env.apply("drop a test", home, w.Drop(t.to.Kind)...)
		case time.Now().After(end):
			return "still on its way; \"almanac outbox list\" tells what becomes of it", false, nil
		}
		select {
		case <-time.After(wait):
		case <-env.Ctx.Done():
			return "", false, env.Ctx.Err()
		}
	}
}
