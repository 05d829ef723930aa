package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/notify"
	"almanac/store"
)

func outboxCommand(env *Env) *cobra.Command {
	return group(&cobra.Command{
		Use:   "outbox",
		Short: "List what is to be sent or was given up; send it again, or drop it",
	}, outboxList(env), outboxRetry(env), outboxDrop(env))
}

// outboxInfo is what outbox list prints.
type outboxInfo struct {
	ID      string     `json:"id"`
	User    string     `json:"user"`
	Kind    string     `json:"kind"`    // reminder, role, test, verify, gone
	By      string     `json:"by"`      // mail, browser, chat
	Channel string     `json:"channel"` // its name
	What    string     `json:"what"`
	Due     time.Time  `json:"due"`   // what it is about
	Tries   int        `json:"tries"` // that failed
	Next    *time.Time `json:"next"`  // when it is tried; null when it was given up
	Failed  *time.Time `json:"failed"`
	Reason  string     `json:"reason"` // of the last failure
}

func outboxList(env *Env) *cobra.Command {
	var asJSON, failed bool
	cmd := &cobra.Command{
		Use:   "list [USER] [--failed] [--json]",
		Short: "List the messages that wait, and those that were given up, with the reason",
		Args:  cobra.MaximumNArgs(1),
		RunE: env.onStore(func(_ *cobra.Command, args []string) error {
			only := store.HomeID(0)
			if len(args) == 1 {
				h, err := env.findUser(args[0])
				if err != nil {
					return err
				}
				only = h.ID
			}
			rows := []outboxInfo{}
			err := env.Store.View(env.Ctx, func(s store.Snapshot) error {
				visit := func(w *notify.Waiting, by account.ChannelKind, next time.Time) bool {
					if (only == 0 || w.Home == only) && (!failed || !w.Failed.IsZero()) {
						rows = append(rows, describeWaiting(s, w, by, next))
					}
					return true
				}
				switch {
				case !failed:
					return notify.Each(s, visit)
				case only == 0:
					return notify.EachFailed(s, visit)
				}
				return notify.EachUnsent(s, only, func(w *notify.Waiting, by account.ChannelKind, next time.Time) bool {
					return visit(w, by, next) && !w.Failed.IsZero() // those that were given up come first
				})
			})
			if err != nil {
				return err
			}
			slices.SortStableFunc(rows, func(a, b outboxInfo) int { return a.Due.Compare(b.Due) })
			if asJSON {
				return env.printJSON(rows)
			}
			if len(rows) == 0 {
				env.printf("The outbox is empty.\n")
				return nil
			}
			t := env.table("ID", "USER", "BY", "WHAT", "DUE", "STATE", "REASON")
			for _, r := range rows {
				state := "waits"
				switch {
				case r.Failed != nil:
					state = "given up"
				case r.Reason != "":
					state = "again at " + r.Next.In(time.Local).Format("15:04:05")
				}
				t.row(r.ID, clean(r.User), r.By, clean(r.What), r.Due.In(time.Local).Format("2006-01-02 15:04"), state, clean(r.Reason))
			}
			return t.Flush()
		}),
	}
	cmd.Flags().BoolVar(&failed, "failed", false, "only what was given up")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func describeWaiting(s store.Snapshot, w *notify.Waiting, by account.ChannelKind, next time.Time) outboxInfo {
	r := outboxInfo{ID: w.ID, Kind: string(w.Kind), By: string(by), Due: w.At, Tries: w.Tries, Reason: w.Error,
		Channel: w.Named, What: notify.WordsOf(&w.Message, "", nil).Title}
	if h, err := s.Home(w.Home); err == nil {
		r.User = h.Name
	}
	if c, err := account.ChannelOf(s, w.Home, w.Channel); err == nil {
		r.Channel = c.Name
	}
	if w.Failed.IsZero() {
		r.Next = &next
	} else {
		r.Failed = &w.Failed
	}
	return r
}

func outboxRetry(env *Env) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "retry ID... | --all",
		Short: "Send messages again that were given up, or wait for their next try",
		RunE: env.onStore(func(cmd *cobra.Command, args []string) error {
			n, err := env.eachWaiting(cmd, args, all, failedOnce, func(w *notify.Waiting, by account.ChannelKind) []store.Op { return w.Retry(by, env.Now()) })
			if err != nil {
				return err
			}
			env.printf("%s to be sent again.\n", count(n, "message is", "messages are"))
			env.kickOutbox()
			return nil
		}),
	}
	cmd.Flags().BoolVar(&all, "all", false, "all that were given up, or failed and wait for another try")
	return cmd
}

func outboxDrop(env *Env) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "drop ID... | --all",
		Short: "Drop messages: they are not sent",
		RunE: env.onStore(func(cmd *cobra.Command, args []string) error {
			n, err := env.eachWaiting(cmd, args, all, givenUp, func(w *notify.Waiting, by account.ChannelKind) []store.Op { return w.Drop(by) })
			if err != nil {
				return err
			}
			env.printf("%s dropped.\n", count(n, "message is", "messages are"))
			return nil
		}),
	}
	cmd.Flags().BoolVar(&all, "all", false, "all that were given up")
	return cmd
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// What --all stands for: who has mended the settings wants to have everything sent that
// failed, and drops only what is not tried any more.
func failedOnce(w *notify.Waiting) bool { return w.Error != "" }
func givenUp(w *notify.Waiting) bool    { return !w.Failed.IsZero() }

// eachWaiting changes the messages of these IDs, or those that --all stands for.
func (env *Env) eachWaiting(cmd *cobra.Command, ids []string, all bool, meant func(*notify.Waiting) bool, ops func(*notify.Waiting, account.ChannelKind) []store.Op) (int, error) {
	if all == (len(ids) > 0) {
		return 0, usagef(cmd, "name messages by their IDs, or give --all")
	}
	type change struct {
		home store.HomeID
		ops  []store.Op
	}
	var changes []change
	var names []string
	err := env.Store.View(env.Ctx, func(s store.Snapshot) error {
		visit := func(w *notify.Waiting, by account.ChannelKind, _ time.Time) bool {
			if !all || meant(w) {
				changes = append(changes, change{w.Home, ops(w, by)})
			}
			return true
		}
		if all {
			return notify.EachUnsent(s, 0, visit)
		}
		slices.Sort(ids)
		for _, id := range slices.Compact(ids) {
			before := len(changes)
			if err := notify.Find(s, id, visit); err != nil {
				return err
			}
			if len(changes) == before {
				names = append(names, fmt.Sprintf("%q", id))
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if len(names) > 0 {
		return 0, fmt.Errorf("there is no message %s in the outbox; \"almanac outbox list\" shows them", strings.Join(names, ", "))
	}
	for _, c := range changes {
		if err := env.apply("change the outbox", c.home, c.ops...); err != nil {
			return 0, err
		}
	}
	return len(changes), nil
}
