package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"almanac/dedupe/merge"
	"almanac/duplicates"
)

// A showInfo is what show tells.
type showInfo struct {
	Reference cardName      `json:"reference"`
	Others    []cardName    `json:"others"`
	Report    *merge.Report `json:"report"`
	Merged    string        `json:"merged"`
}

func dedupeShowCommand(env *Env) *cobra.Command {
	var into string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show USER GROUP | show USER CARD... [--into CARD] [--json]",
		Short: "Show cards side by side, and what a merge would do",
		Long: `Show the cards of a group, or those that are named, side by side, and what merging
them would do: what the card that is kept would get, and what conflicts and how that
is resolved. One CARD alone stands for the group that it is in. --into chooses the
card that is kept. Nothing is changed.`,
		Example: `  almanac dedupe show ann private/bob.vcf
  almanac dedupe show ann private/bob.vcf work/robert.vcf --into work/robert.vcf`,
		Args: rangeArgs(2, 1<<7),
		RunE: env.onStore(func(cmd *cobra.Command, args []string) error {
			d, err := env.desk(args[0])
			if err != nil {
				return err
			}
			reference, others, err := env.shown(d, args[1:], into)
			if err != nil {
				return err
			}
			if len(others) == 0 {
				if asJSON {
					return env.printJSON(showInfo{Reference: nameOfCard(reference), Others: []cardName{}, Report: merge.NewReport()})
				}
				env.printf("%s has no double.\n", cardPath(reference))
				return nil
			}
			s, err := d.Show(env.Ctx, reference, others, env.Now())
			if err != nil {
				return fmt.Errorf("show: %w", err)
			}
			if asJSON {
				return env.printJSON(showInfo{nameOfCard(s.Reference), namesOfCards(s.Others), s.Report, string(s.Merged)})
			}
			octets, err := d.Octets(env.Ctx, append([]duplicates.Card{s.Reference}, s.Others...))
			if err != nil {
				return err
			}
			var b strings.Builder
			p := env.painter()
			heads := []string{"keep " + cardPath(s.Reference)}
			for _, c := range s.Others {
				heads = append(heads, cardPath(c))
			}
			tableOf(octets).write(&b, env.Term.Width, heads, p)
			b.WriteString("\n")
			writeReport(&b, s.Report, p)
			env.printf("%s", b.String())
			return nil
		}),
	}
	cmd.Flags().StringVar(&into, "into", "", "`card` that is kept")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// shown finds the cards to be shown: one alone stands for its group.
func (env *Env) shown(d *duplicates.Desk, typed []string, into string) (reference duplicates.Card, others []duplicates.Card, err error) {
	if len(typed) > 1 || isGroup(typed) {
		return env.chosen(d, typed, into)
	}
	cards, err := env.cardsTyped(d, typed)
	if err != nil {
		return reference, nil, err
	}
	g, err := d.Around(env.Ctx, cards[0])
	if g == nil || err != nil {
		return cards[0], nil, err
	}
	return env.kept(d, g.Cards, g.Reference, into)
}

func (env *Env) painter() painter { return painter(env.Term.Stdout && !env.Term.Plain) }

// writeReport tells what a merge would do.
func writeReport(b *strings.Builder, r *merge.Report, p painter) {
	for _, v := range r.Added {
		fmt.Fprintf(b, "%s %s %s%s\n", p.paint(goodText, "adds"), clean(v.Word), clip(clean(v.Text), 200), inBrackets(v.Label))
	}
	for _, c := range r.Changed {
		switch {
		case c.Text != c.Was:
			fmt.Fprintf(b, "%s %s %s as %s\n", p.paint(boldText, "writes"), clean(c.Word), clip(clean(c.Was), 200), clip(clean(c.Text), 200))
		case len(c.Types) > 0:
			fmt.Fprintf(b, "%s %s %s as %s too\n", p.paint(boldText, "marks"), clean(c.Word), clip(clean(c.Text), 200), clean(strings.ToLower(strings.Join(c.Types, ", "))))
		case c.Label != "":
			fmt.Fprintf(b, "%s %s %s as %s\n", p.paint(boldText, "labels"), clean(c.Word), clip(clean(c.Text), 200), clean(c.Label))
		}
	}
	for _, c := range r.Conflicts {
		fmt.Fprintf(b, "%s %s %s; the other, %s, is %s\n", p.paint(oddText, "keeps"), clean(c.Word), clip(clean(c.Kept), 200), clip(clean(c.Other), 200), clean(c.How))
	}
	if len(r.Added)+len(r.Changed)+len(r.Conflicts) == 0 {
		b.WriteString("The card that is kept says all of it already.\n")
	}
}

func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return " (" + clean(s) + ")"
}
