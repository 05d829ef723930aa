package main

import (
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"almanac/duplicates"
	"almanac/store"
)

// An undoInfo is what undo tells.
type undoInfo struct {
	ID        string     `json:"id"`
	Restored  []cardName `json:"restored"`
	Reference *cardName  `json:"reference"` // null when it is gone
}

func dedupeUndoCommand(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "undo USER MERGE... [--json]",
		Short: "Take merges back, whenever they were",
		Long: `Take merges back, of those that "almanac dedupe log" tells. The cards that were
merged away come back as they were, octet for octet; the card that was kept loses
what came from them and keeps what was edited since. There is no time limit, and the
order does not matter.`,
		Example: `  almanac dedupe undo ann 3`,
		Args:    rangeArgs(2, 1<<10),
		RunE: env.onStore(env.audited(func(_ *cobra.Command, args []string) error {
			d, err := env.desk(args[0])
			if err != nil {
				return err
			}
			infos := []undoInfo{}
			for _, id := range args[1:] {
				u, err := d.Undo(env.Ctx, id, env.Now())
				if errors.Is(err, store.ErrNotFound) {
					return fmt.Errorf("there is no merge %q; \"almanac dedupe log %s\" shows all", clean(id), shellWord(d.Who.Name))
				} else if err != nil {
					return fmt.Errorf("undo merge %s: %w", id, err)
				}
				if asJSON {
					info := undoInfo{ID: u.Merge.ID, Restored: namesOfCards(u.Restored)}
					if u.Reference != nil {
						name := nameOfCard(*u.Reference)
						info.Reference = &name
					}
					infos = append(infos, info)
					continue
				}
				for i, c := range u.Restored {
					env.printf("Brought back %s, %s.\n", cardPath(c), orNoName(u.Merge.Names[i]))
				}
				if u.Reference == nil {
					env.printf("The card that they were merged into is gone.\n")
				}
			}
			if asJSON {
				return env.printJSON(infos)
			}
			return nil
		})),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// A logInfo is what log tells of one merge.
type logInfo struct {
	ID        string     `json:"id"`
	At        time.Time  `json:"at"`
	By        string     `json:"by"`
	Reference cardName   `json:"reference"`
	Members   []cardName `json:"members"` // the reference first
	Names     []string   `json:"names"`
	Undone    *time.Time `json:"undone"`
}

func dedupeLogCommand(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "log USER [--json]",
		Short: "List the merges, the newest first",
		Args:  exactArgs(1),
		RunE: env.onStore(func(_ *cobra.Command, args []string) error {
			d, err := env.desk(args[0])
			if err != nil {
				return err
			}
			all, err := d.Log(env.Ctx)
			if err != nil {
				return fmt.Errorf("read the merges of %s: %w", d.Who.Name, err)
			}
			if asJSON {
				infos := []logInfo{}
				for _, m := range all {
					info := logInfo{ID: m.ID, At: m.At, By: m.By, Reference: nameOfCard(m.Reference), Names: append([]string{m.Name}, m.Names...)}
					info.Members = namesOfCards(append([]duplicates.Card{m.Reference}, m.Sources...))
					if !m.Undone.IsZero() {
						info.Undone = &m.Undone
					}
					infos = append(infos, info)
				}
				return env.printJSON(infos)
			}
			if len(all) == 0 {
				env.printf("Nothing has been merged.\n")
				return nil
			}
			w := tabwriter.NewWriter(env.Stdout, 0, 8, 2, ' ', 0)
			fmt.Fprintln(w, "MERGE\tTIME\tKEPT\tNAME\tMERGED INTO IT\tBY\tUNDONE")
			for _, m := range all {
				merged := ""
				if n := len(m.Sources); n > 0 {
					if merged = clip(cardPath(m.Sources[0]), maxNameColumn); n > 1 {
						merged += fmt.Sprintf(" and %d more", n-1)
					}
				}
				undone := "-"
				if !m.Undone.IsZero() {
					undone = m.Undone.Format(timeForm)
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", m.ID, m.At.Format(timeForm), clip(cardPath(m.Reference), maxNameColumn), clip(orNoName(m.Name), maxNameColumn), merged, orDash(m.By), undone)
			}
			return w.Flush()
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}
