package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"almanac/duplicates"
	"almanac/store"
)

func dedupeReviewCommand(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "review USER [BOOK...]",
		Short: "Go through the duplicates on the terminal, group by group",
		Long: `Show one group of duplicates after the other on the terminal, side by side, and ask
what to do, with one key: choose the card to be kept (1 to 9), merge the others into
it (m), say that they are not the same (h), leave them for another time (s), take back
what was done last (u), or stop (q). Nothing happens without a key.`,
		Args: rangeArgs(1, 1<<10),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !env.Term.Stdin {
				return usagef(cmd, "review asks on a terminal, and this is none; \"almanac dedupe find\" and \"almanac dedupe merge\" work without one")
			}
			return env.onStore(env.audited(func(_ *cobra.Command, args []string) error {
				d, err := env.desk(args[0])
				if err != nil {
					return err
				}
				bar := env.findProgress()
				groups, err := d.Find(env.Ctx, duplicates.FindOptions{Books: args[1:], Progress: bar.show})
				bar.end()
				if err != nil {
					return env.notFound(d, err)
				}
				return (&review{env: env, desk: d, groups: groups, p: env.painter()}).run()
			}))(cmd, args)
		},
	}
}

// A review goes through groups.
type review struct {
	env    *Env
	desk   *duplicates.Desk
	groups []duplicates.Group
	p      painter

	merged, hidden int
	last           func() (string, error) // takes back what was done last
	lastAt         int                    // to which group
}

// maxReviewed is how many cards of a group are shown; the numbers end at 9.
const maxReviewed = 9

func (r *review) run() error {
	for i := 0; i < len(r.groups); {
		step, err := r.group(i)
		if err != nil {
			return err
		}
		if step == stop {
			break
		}
		if step == next {
			i++
		} else {
			i = r.lastAt
		}
	}
	r.env.printf("\n%s merged, %d said not to be the same, %d left.\n", plural(r.merged, "group"), r.hidden, len(r.groups)-r.merged-r.hidden)
	return nil
}

// A step is to which group the review goes.
type step uint8

const (
	next step = iota
	back      // to the one that was changed last
	stop
)

// group shows one group and does what is asked.
func (r *review) group(i int) (step, error) {
	g := r.groups[i]
	more := max(len(g.Cards)-maxReviewed, 0)
	// The proposed card comes first, and stays among those shown.
	g.Cards[0], g.Cards[g.Reference] = g.Cards[g.Reference], g.Cards[0]
	for j := range g.Pairs {
		p := &g.Pairs[j]
		p.A, p.B = swapped(p.A, g.Reference), swapped(p.B, g.Reference)
	}
	g.Reference = 0
	r.groups[i].Reference = 0
	cards := g.Cards[:len(g.Cards)-more]
	keep := 0
	shown := false
	for {
		if !shown {
			ok, err := r.show(i, &g, cards, keep, more)
			if err != nil {
				return stop, err
			}
			if !ok {
				r.env.printf("%s\n", r.p.paint(faintText, "This group has changed meanwhile: it is left."))
				return next, nil
			}
			shown = true
		}
		r.env.printf("%s ", r.prompt(&g, len(cards)))
		key, err := r.env.Key()
		if err != nil {
			return stop, err
		}
		switch {
		case key >= "1" && key <= "9" && len(key) == 1 && int(key[0]-'1') < len(cards):
			keep = int(key[0] - '1')
			r.env.printf("keep %s\n", cardPath(cards[keep]))
			shown = false
		case key == "m" && g.Mergeable, key == "\r" && g.Mergeable, key == "\n" && g.Mergeable:
			r.lastAt = i
			return next, r.merge(cards, keep)
		case key == "h":
			r.lastAt = i
			return next, r.hide(cards)
		case key == "s", key == " ":
			r.env.printf("left\n")
			return next, nil
		case key == "u" && r.last != nil:
			what, err := r.last()
			if err != nil {
				r.env.printf("%v\n", err)
				continue
			}
			r.env.printf("%s\n", what)
			r.last = nil
			return back, nil
		case key == "q", key == "\x03", key == "\x04": // Ctrl-C, Ctrl-D
			r.env.printf("stop\n")
			return stop, nil
		default:
			r.env.printf("%s\n", r.p.paint(faintText, "that key does nothing here"))
		}
	}
}

func swapped(at, with int) int {
	switch at {
	case 0:
		return with
	case with:
		return 0
	}
	return at
}

// show draws a group. ok is false when a card of it is gone or changed.
func (r *review) show(i int, g *duplicates.Group, cards []duplicates.Card, keep, more int) (ok bool, err error) {
	octets, err := r.desk.Octets(r.env.Ctx, cards)
	if err != nil {
		return false, err
	}
	for j, o := range octets {
		if o == nil {
			return false, nil
		}
		cards[j].ETag = store.ETagOf(o) // what is shown is what may be merged
	}
	var b strings.Builder
	head := fmt.Sprintf("%d of %d", i+1, len(r.groups))
	fmt.Fprintf(&b, "\n%s  %s, %.1f %%", r.p.paint(boldText, head), g.Confidence, percent(g.Score))
	var reasons []string
	for j := range cards {
		if j != g.Reference {
			for _, why := range reasonsFor(g, j) {
				if why = clean(why); !slices.Contains(reasons, why) && len(reasons) < 6 {
					reasons = append(reasons, why)
				}
			}
		}
	}
	b.WriteString("\n")
	for _, line := range wrap(strings.Join(reasons, ", "), r.env.width()) {
		b.WriteString(line + "\n")
	}
	b.WriteString("\n")
	var others []duplicates.Card
	heads := make([]string, len(cards))
	for j, c := range cards {
		heads[j] = fmt.Sprintf("%d %s", j+1, cardPath(c))
		if j == keep {
			heads[j] += " (keep)"
		} else {
			others = append(others, c)
		}
	}
	tableOf(octets).write(&b, r.env.Term.Width, heads, r.p)
	b.WriteString("\n")
	if g.Mergeable {
		s, err := r.desk.Show(r.env.Ctx, cards[keep], others, r.env.Now())
		if err != nil {
			return false, nil
		}
		for _, c := range s.Report.Conflicts {
			fmt.Fprintf(&b, "%s %s %s; %s is %s\n", r.p.paint(oddText, "keeps"), clean(c.Word), clip(clean(c.Kept), 60), clip(clean(c.Other), 60), clean(c.How))
		}
	} else {
		b.WriteString("These cannot be merged: one is in a book that this user may not write, or that somebody else owns.\n")
	}
	if more > 0 {
		fmt.Fprintf(&b, "and %d more, which come another time\n", more)
	}
	r.env.printf("%s", b.String())
	return true, nil
}

// prompt tells which keys there are.
func (r *review) prompt(g *duplicates.Group, cards int) string {
	key := func(k, rest string) string {
		if !r.p {
			return "[" + k + "]" + rest
		}
		return r.p.paint(boldText, k) + rest
	}
	var keys []string
	if g.Mergeable {
		keys = append(keys, key(fmt.Sprintf("1-%d", cards), " keep that one"), key("m", "erge"))
	}
	keys = append(keys, key("h", "ide: not the same"), key("s", "kip"))
	if r.last != nil {
		keys = append(keys, key("u", "ndo"))
	}
	return strings.Join(append(keys, key("q", "uit")), "  ") + " >"
}

// width is that of the terminal; 80 where there is none.
func (env *Env) width() int {
	if env.Term.Width <= 0 {
		return 80
	}
	return env.Term.Width
}

func (r *review) merge(cards []duplicates.Card, keep int) error {
	var others []duplicates.Card
	for j, c := range cards {
		if j != keep {
			others = append(others, c)
		}
	}
	m, err := r.desk.Merge(r.env.Ctx, cards[keep], others, r.env.Now())
	if err != nil {
		r.env.printf("not merged: %v\n", err)
		return r.env.Ctx.Err()
	}
	r.merged++
	r.env.printf("%s into %s; to take it back later: almanac dedupe undo %s %s\n", r.p.paint(goodText, "merged"), cardPath(m.Reference), shellWord(r.desk.Who.Name), m.ID)
	r.last = func() (string, error) {
		if _, err := r.desk.Undo(r.env.Ctx, m.ID, r.env.Now()); err != nil {
			return "", err
		}
		r.merged--
		return "taken back: the merge into " + cardPath(m.Reference), nil
	}
	return nil
}

func (r *review) hide(cards []duplicates.Card) error {
	if err := r.desk.Hide(r.env.Ctx, cards, r.env.Now()); err != nil {
		r.env.printf("not hidden: %v\n", err)
		return r.env.Ctx.Err()
	}
	r.hidden++
	r.env.printf("%s: not the same\n", r.p.paint(goodText, "noted"))
	r.last = func() (string, error) {
		for i := range cards {
			for j := range i {
				id, err := r.desk.PairOf(r.env.Ctx, cards[i], cards[j])
				if err == nil {
					err = r.desk.Unhide(r.env.Ctx, id, r.env.Now())
				}
				if err != nil {
					return "", err
				}
			}
		}
		r.hidden--
		return "taken back: they may be the same", nil
	}
	return nil
}
