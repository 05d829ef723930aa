package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/rivo/uniseg"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"almanac/dedupe"
	"almanac/duplicates"
	"almanac/store"
)

// dedupeFindCommand finds the duplicates of a user, or those in a file of cards.
func dedupeFindCommand(env *Env) *cobra.Command {
	var from, mask, country, output string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "find USER [BOOK...] [--json] | find --from CARDS [--mask FILE] [--country CC] [-o FILE]",
		Short: "Find the cards that are one person or company",
		Long: `Find duplicates among the contact cards of a user: in all address books, those that
others share with the user too, or in the books that are named. Each group is told
with how sure it is, the card proposed to be kept (marked with *) and why. Nothing is
changed.

--json prints dedupe-groups/1: groups of cards, each with its score, which is a
probability, the card proposed to be kept, and for each pair its score, the reasons
in words, and whether it could be merged unseen ("auto").

With --from the cards are those of a file outside of any account, with one JSON
object a line, {"book": "...", "href": "...", "vcard": "..."}; --mask is a file of the
format dedupe-mask/1 with pairs that are known not to be the same, and --country is
where numbers without a country code are dialled, as two letters. Without -o the
answer, in the same format, goes to standard output.`,
		Example: `  almanac dedupe find ann
  almanac dedupe find ann private work --json
  almanac dedupe find --from cards.jsonl --country CH -o groups.json`,
		Args: rangeArgs(0, 1<<10),
		RunE: func(cmd *cobra.Command, args []string) error {
			if from == "" {
				if len(args) == 0 {
					return usagef(cmd, "find needs a USER, or --from")
				}
				if mask != "" || country != "" || output != "" {
					return usagef(cmd, "--mask, --country and -o go with --from")
				}
				return env.onStore(func(cmd *cobra.Command, args []string) error { return env.findOfUser(args, asJSON) })(cmd, args)
			}
			if len(args) > 0 {
				return usagef(cmd, "find takes a USER or --from, not both")
			}
			if len(country) != 0 && len(country) != 2 {
				return usagef(cmd, "--country %q is not a country's two letters, such as CH", country)
			}
			return env.here(func(*cobra.Command, []string) error { return env.findInFile(from, mask, country, output) })(cmd, args)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	cmd.Flags().StringVar(&from, "from", "", "read the cards from this `file`")
	cmd.Flags().StringVar(&mask, "mask", "", "read from this `file` which pairs are not the same")
	cmd.Flags().StringVar(&country, "country", "", "`country` of numbers that do not say theirs")
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to this `file`, which appears when it is complete")
	return cmd
}

// findOfUser does what dedupe find says, for a user.
func (env *Env) findOfUser(args []string, asJSON bool) error {
	d, err := env.desk(args[0])
	if err != nil {
		return err
	}
	started, compared := env.Now(), 0
	bar := env.findProgress()
	groups, err := d.Find(env.Ctx, duplicates.FindOptions{Books: args[1:], Progress: bar.show, Compared: func(n int) { compared = n }})
	bar.end()
	if err != nil {
		return env.notFound(d, err)
	}
	if asJSON {
		stats := groupsStats{Cards: compared, Seconds: env.Now().Sub(started).Seconds()}
		return writeGroups(env.Stdout, stats, len(groups), func(i int) groupInfo { return groupInfoOfUser(&groups[i]) })
	}
	for i := range groups {
		names, err := env.namesIn(d, groups[i].Cards)
		if err != nil {
			return err
		}
		env.printGroup(&groups[i], names)
	}
	env.printf("%s among %s.\n", plural(len(groups), "group"), plural(compared, "card"))
	if len(groups) > 0 {
		user := shellWord(d.Who.Name)
		if certain := len(duplicates.CertainOf(groups)); certain > 0 {
			env.printf("%s can be done unseen: almanac dedupe merge %s --certain\n", plural(certain, "merge"), user)
		}
		env.printf("One by one: almanac dedupe review %s\n", user)
	}
	return nil
}

// notFound is the error of a search.
func (env *Env) notFound(d *duplicates.Desk, err error) error {
	err = fmt.Errorf("find duplicates of %s: %w", d.Who.Name, err)
	if errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("%w; \"almanac addressbook list %s\" shows all", err, shellWord(d.Who.Name))
	}
	return err
}

// percent is a probability for people: never certainty.
func percent(p float64) float64 { return min(100*p, 99.9) }

// namesIn are what cards say their names are.
func (env *Env) namesIn(d *duplicates.Desk, cards []duplicates.Card) ([]string, error) {
	octets, err := d.Octets(env.Ctx, cards)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(cards))
	for i, o := range octets {
		names[i] = duplicates.NameIn(o)
	}
	return names, nil
}

const (
	// maxListed is how many cards of a group are printed for people.
	maxListed = 20
	// maxNameColumn is how far a long name pushes the other cards of its group.
	maxNameColumn = 32
	reasonIndent  = "        "
)

func (env *Env) printGroup(g *duplicates.Group, names []string) {
	only := ""
	if !g.Mergeable {
		only = ", not to be merged here"
	}
	env.printf("%s  %s, %.1f %%%s\n", g.ID, g.Confidence, percent(g.Score), only)
	cards := g.Cards[:min(len(g.Cards), maxListed)]
	widest := 0
	for i := range cards {
		names[i] = orNoName(names[i])
		widest = max(widest, uniseg.StringWidth(names[i]))
	}
	for i, c := range cards {
		mark := " "
		if i == g.Reference {
			mark = "*"
		}
		env.printf("  %s %s  %s\n", mark, pad(names[i], min(widest, maxNameColumn)), cardPath(c))
		if i == g.Reference {
			continue
		}
		for _, line := range wrap(clean(strings.Join(reasonsFor(g, i), "; ")), env.width()-len(reasonIndent)) {
			env.printf("%s%s\n", reasonIndent, line)
		}
	}
	if more := len(g.Cards) - len(cards); more > 0 {
		env.printf("    and %d more\n", more)
	}
	env.printf("\n")
}

// reasonsFor says why a card is in its group: what it has in common with the one
// proposed to be kept, or with the card that it is surest the same as.
func reasonsFor(g *duplicates.Group, card int) []string {
	var best *dedupe.Pair
	for i := range g.Pairs {
		p := &g.Pairs[i]
		if p.A != card && p.B != card {
			continue
		}
		if p.A == g.Reference || p.B == g.Reference {
			return p.Reasons
		}
		if best == nil || p.Score > best.Score {
			best = p
		}
	}
	if best == nil {
		return nil
	}
	return best.Reasons
}

func groupInfoOfUser(g *duplicates.Group) groupInfo {
	info := groupInfo{ID: g.ID, Score: rounded(g.Score), Confidence: g.Confidence, Auto: g.Auto(), Members: namesOfCards(g.Cards), Reference: nameOfCard(g.Cards[g.Reference]), Pairs: []pairInfo{}}
	for _, p := range g.Pairs {
		info.Pairs = append(info.Pairs, pairInfo{p.A, p.B, rounded(p.Score), p.Auto && g.Mergeable, p.Reasons})
	}
	return info
}

// The forms of the files.
const (
	groupsFormat = "dedupe-groups/1"
	maskFormat   = "dedupe-mask/1"
)

type groupsStats struct {
	Cards   int     `json:"cards"`
	Seconds float64 `json:"seconds"`
}

// A groupInfo is what find tells of one group.
type groupInfo struct {
	ID         string            `json:"id"`
	Score      float64           `json:"score"`
	Confidence dedupe.Confidence `json:"confidence"`
	Auto       bool              `json:"auto"`
	Members    []cardName        `json:"members"`
	Reference  cardName          `json:"reference"`
	Pairs      []pairInfo        `json:"pairs"`
}

type pairInfo struct {
	A       int      `json:"a"`
	B       int      `json:"b"`
	Score   float64  `json:"score"`
	Auto    bool     `json:"auto"`
	Reasons []string `json:"reasons"`
}

// findInFile does what dedupe find says.
func (env *Env) findInFile(from, mask, country, output string) (err error) {
	started := env.Now()
	// Records live until the end, and what else is made is short-lived: with the
	// usual setting the heap would be twice as large as it need be.
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	cards, recs, err := env.readRecords(from, country)
	if err != nil {
		return err
	}
	var o dedupe.Options
	if mask != "" {
		if o.Mask, err = env.readMask(mask, cards); err != nil {
			return err
		}
	}
	var bar *progressbar.ProgressBar
	o.Progress = func(done, all int) {
		if bar == nil {
			bar = env.progress("compare", int64(all), false)
		}
		_ = bar.Set(done)
	}
	groups := dedupe.Find(recs, o)
	if bar != nil {
		_ = bar.Finish()
	}
	return env.writeOutput(output, func(w io.Writer) error {
		stats := groupsStats{Cards: len(cards), Seconds: env.Now().Sub(started).Seconds()}
		return writeGroups(w, stats, len(groups), func(i int) groupInfo { return groupInfoOf(i+1, &groups[i], cards) })
	})
}

// writeGroups writes the answer group by group: of a large book it is as large as
// the records.
func writeGroups(to io.Writer, stats groupsStats, n int, group func(i int) groupInfo) error {
	w := bufio.NewWriterSize(to, 1<<16)
	head, err := json.Marshal(stats)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "{\"format\": %q,\n \"stats\": %s,\n \"groups\": [", groupsFormat, head)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("  ", " ")
	for i := range n {
		if i > 0 {
			_, _ = w.WriteString(",")
		}
		_, _ = w.WriteString("\n  ")
		if err := e.Encode(group(i)); err != nil {
			return err
		}
	}
	_, _ = w.WriteString(" ]}\n")
	return w.Flush()
}

// writeOutput writes a file, which appears when it is complete, or to standard output.
func (env *Env) writeOutput(name string, write func(io.Writer) error) error {
	if name == "" || name == "-" {
		return write(env.Stdout)
	}
	f, err := env.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := write(f); err != nil {
		return err
	}
	return f.Commit()
}

func groupInfoOf(n int, g *dedupe.MatchGroup, cards []cardName) groupInfo {
	info := groupInfo{ID: fmt.Sprintf("g%d", n), Score: rounded(g.Score), Confidence: g.Confidence, Auto: g.Auto(), Reference: cards[g.Reference], Pairs: []pairInfo{}}
	for _, m := range g.Members {
		info.Members = append(info.Members, cards[m])
	}
	for _, p := range g.Pairs {
		info.Pairs = append(info.Pairs, pairInfo{p.A, p.B, rounded(p.Score), p.Auto, p.Reasons})
	}
	return info
}

// rounded keeps six digits of a probability, and never makes it certainty.
func rounded(p float64) float64 { return min(float64(int64(p*1e6+0.5))/1e6, 0.999999) }

// readRecords reads a file of cards. Of the texts nothing is kept.
func (env *Env) readRecords(name, country string) (cards []cardName, recs []*dedupe.Record, err error) {
	r, err := env.openInput(name)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", clean(name), err)
	}
	defer r.Close()
	bar := env.progress("read", -1, false)
	defer func() { _ = bar.Finish() }()
	d := json.NewDecoder(bufio.NewReaderSize(r, 1<<16))
	var texts [][]byte // of cards that have no record yet
	finish := func() error {
		made, err := makeRecords(texts, country)
		if err != nil {
			return fmt.Errorf("%s: card %d: %w", clean(name), len(recs)+len(made)+1, err)
		}
		recs, texts = append(recs, made...), texts[:0]
		_ = bar.Add(len(made))
		return env.Ctx.Err()
	}
	for {
		var c struct {
			cardName
			VCard string `json:"vcard"`
		}
		if err := d.Decode(&c); errors.Is(err, io.EOF) {
			return cards, recs, finish()
		} else if err != nil {
			return nil, nil, fmt.Errorf("%s: card %d: %w", clean(name), len(cards)+1, err)
		}
		cards, texts = append(cards, c.key()), append(texts, []byte(c.VCard))
		if len(texts) == 512 {
			if err := finish(); err != nil {
				return nil, nil, err
			}
		}
	}
}

// makeRecords makes records of cards, on two cores. When one is no card, those
// before it are returned with the error.
func makeRecords(texts [][]byte, country string) ([]*dedupe.Record, error) {
	recs, errs := make([]*dedupe.Record, len(texts)), make([]error, len(texts))
	var both sync.WaitGroup
	for w := range 2 {
		both.Go(func() {
			for i := w; i < len(texts); i += 2 {
				recs[i], errs[i] = dedupe.Read(texts[i], strings.ToUpper(country))
			}
		})
	}
	both.Wait()
	for i, err := range errs {
		if err != nil {
			return recs[:i], err
		}
	}
	return recs, nil
}

// readMask reads a mask. Pairs whose cards are not in the file concern nobody.
func (env *Env) readMask(name string, cards []cardName) ([][2]int, error) {
	var doc struct {
		Format string        `json:"format"`
		Pairs  [][2]cardName `json:"pairs"`
	}
	if err := env.readJSON(name, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", clean(name), err)
	}
	if doc.Format != maskFormat {
		return nil, fmt.Errorf("%s: the format is %q, not %q", clean(name), doc.Format, maskFormat)
	}
	at := make(map[cardName]int, len(cards))
	for i, c := range cards {
		at[c.key()] = i
	}
	var mask [][2]int
	for _, p := range doc.Pairs {
		i, have := at[p[0].key()]
		j, also := at[p[1].key()]
		if have && also && i != j {
			mask = append(mask, [2]int{i, j})
		}
	}
	return mask, nil
}
