package main

import (
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"almanac/duplicates"
	"almanac/store"
)

func dedupeHideCommand(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "hide USER CARD CARD... [--json] | hide USER GROUP [--json]",
		Short: "Say that cards are not the same",
		Long: `Remember that cards are not the same, each of each other. They are in no group
together from then on, not by way of a third card either, whatever is edited,
renamed or moved later, and a card that one of them is merged into is not the
other either. "almanac dedupe unhide" takes it back. --json prints the pairs, as
"almanac dedupe hidden" does.`,
		Example: `  almanac dedupe hide ann private/bob.vcf work/robert.vcf`,
		Args:    rangeArgs(2, 1<<7),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) < 3 && !isGroup(args[1:]) {
				return usagef(cmd, "hide needs two cards, or a group")
			}
			return env.onStore(env.audited(func(_ *cobra.Command, args []string) error {
				d, err := env.desk(args[0])
				if err != nil {
					return err
				}
				reference, others, err := env.chosen(d, args[1:], "")
				if err != nil {
					return err
				}
				cards := append([]duplicates.Card{reference}, others...)
				if err := d.Hide(env.Ctx, cards, env.Now()); err != nil {
					return fmt.Errorf("hide: %w", err)
				}
				if !asJSON {
					env.printf("Noted: %s are not the same.\n", plural(len(cards), "card"))
					return nil
				}
				pairs, err := d.Hidden(env.Ctx)
				if err != nil {
					return err
				}
				said := func(c duplicates.Card) bool {
					return slices.ContainsFunc(cards, func(o duplicates.Card) bool { return o.Coll == c.Coll && o.Name == c.Name })
				}
				return env.printHidden(slices.DeleteFunc(pairs, func(p duplicates.HiddenPair) bool { return !said(p.Cards[0]) || !said(p.Cards[1]) }))
			}))(cmd, args)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func dedupeUnhideCommand(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "unhide USER PAIR [--json] | unhide USER CARD CARD [--json]",
		Short: "Take back that two cards are not the same",
		Long: `Forget that two cards are not the same. PAIR is one that "almanac dedupe hidden"
tells. --json prints that pair, as "almanac dedupe hidden" does.`,
		Args: rangeArgs(2, 3),
		RunE: env.onStore(env.audited(func(_ *cobra.Command, args []string) error {
			d, err := env.desk(args[0])
			if err != nil {
				return err
			}
			id := args[1]
			if len(args) == 3 {
				cards, err := env.cardsTyped(d, args[1:])
				if err != nil {
					return err
				}
				if id, err = d.PairOf(env.Ctx, cards[0], cards[1]); errors.Is(err, store.ErrNotFound) {
					return errors.New("nobody has said that these are not the same")
				} else if err != nil {
					return err
				}
			}
			pairs, err := d.Hidden(env.Ctx)
			if err != nil {
				return fmt.Errorf("list hidden pairs of %s: %w", d.Who.Name, err)
			}
			if err := d.Unhide(env.Ctx, id, env.Now()); errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("there is no hidden pair %q; \"almanac dedupe hidden %s\" shows all", clean(id), shellWord(d.Who.Name))
			} else if err != nil {
				return fmt.Errorf("unhide: %w", err)
			}
			if asJSON {
				return env.printHidden(slices.DeleteFunc(pairs, func(p duplicates.HiddenPair) bool { return p.ID != id }))
			}
			env.printf("Taken back.\n")
			return nil
		})),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// A hiddenInfo is what hidden tells of one pair.
type hiddenInfo struct {
	ID    string      `json:"id"`
	Cards [2]cardName `json:"cards"`
	Names [2]string   `json:"names"`
	Gone  [2]bool     `json:"gone"`
	At    time.Time   `json:"at"`
	By    string      `json:"by"`
}

// printHidden prints pairs as dedupe-mask/1.
func (env *Env) printHidden(pairs []duplicates.HiddenPair) error {
	doc := struct {
		Format string        `json:"format"`
		Pairs  [][2]cardName `json:"pairs"`
		Hidden []hiddenInfo  `json:"hidden"`
	}{maskFormat, [][2]cardName{}, []hiddenInfo{}}
	for _, p := range pairs {
		info := hiddenInfo{ID: p.ID, Names: p.Names, Gone: [2]bool{!p.There[0], !p.There[1]}, At: p.At, By: p.By}
		info.Cards = [2]cardName{nameOfCard(p.Cards[0]), nameOfCard(p.Cards[1])}
		doc.Pairs, doc.Hidden = append(doc.Pairs, info.Cards), append(doc.Hidden, info)
	}
	return env.printJSON(doc)
}

func dedupeHiddenCommand(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "hidden USER [--json]",
		Short: "List the cards that are not the same",
		Long: `List the pairs of cards of which somebody said that they are not the same. Of one
that was merged into another card since, that card is told. --json prints
dedupe-mask/1, with more about each pair under "hidden".`,
		Args: exactArgs(1),
		RunE: env.onStore(func(_ *cobra.Command, args []string) error {
			d, err := env.desk(args[0])
			if err != nil {
				return err
			}
			pairs, err := d.Hidden(env.Ctx)
			if err != nil {
				return fmt.Errorf("list hidden pairs of %s: %w", d.Who.Name, err)
			}
			if asJSON {
				return env.printHidden(pairs)
			}
			if len(pairs) == 0 {
				env.printf("Nobody has said of any cards that they are not the same.\n")
				return nil
			}
			w := tabwriter.NewWriter(env.Stdout, 0, 8, 2, ' ', 0)
			fmt.Fprintln(w, "PAIR\tSINCE\tNAME\tCARD\tNAME\tCARD")
			for _, p := range pairs {
				var cells [2]string
				for i := range cells {
					cells[i] = cardPath(p.Cards[i])
					if !p.There[i] {
						cells[i] += " (gone)"
					}
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", p.ID, p.At.Format(timeForm), orNoName(p.Names[0]), cells[0], orNoName(p.Names[1]), cells[1])
			}
			return w.Flush()
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}
