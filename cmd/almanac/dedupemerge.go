package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"almanac/dedupe/merge"
	"almanac/duplicates"
)

// dedupeMergeCommand merges cards of a user, or those of a file of cards.
func dedupeMergeCommand(env *Env) *cobra.Command {
	var from, requests, output, into string
	var certain, dryRun, asJSON bool
	cmd := &cobra.Command{
		Use:   "merge USER CARD CARD... [--into CARD] | merge USER GROUP | merge USER --certain [--dry-run] | merge --from CARDS --requests FILE [-o FILE]",
		Short: "Merge cards into one, which keeps all that they say",
		Long: `Merge contact cards of a user into the first that is named, or the one of --into. A
card is named by BOOK/NAME, its name or its UID; GROUP is one that "almanac dedupe
find" tells, and is merged into the card proposed there. Every value of every card
stays. The other cards are deleted; groups and related people that named them name
the one that is kept. "almanac dedupe undo" takes a merge back, at any time.

--certain merges all groups that are surely one; --dry-run prints what that would
merge, and changes nothing.

--json prints dedupe-merges/1.

With --from the cards are those of a file outside of any account, with one JSON
object a line, {"book": "...", "href": "...", "vcard": "..."}; --requests is a file of
the format dedupe-merges/1, whose merges name a reference and members. The answer is
the same with the merged cards in it. Without -o it goes to standard output.`,
		Example: `  almanac dedupe merge ann private/bob.vcf work/robert.vcf --into work/robert.vcf
  almanac dedupe merge ann --certain --dry-run
  almanac dedupe merge --from cards.jsonl --requests requests.json -o merges.json`,
		Args: rangeArgs(0, 1<<10),
		RunE: func(cmd *cobra.Command, args []string) error {
			if from != "" || requests != "" {
				if from == "" || requests == "" || len(args) > 0 {
					return usagef(cmd, "without a USER, merge needs --from and --requests")
				}
				return env.here(func(*cobra.Command, []string) error { return env.mergeFile(from, requests, output) })(cmd, args)
			}
			switch {
			case len(args) == 0:
				return usagef(cmd, "merge needs a USER, or --from and --requests")
			case certain && (len(args) > 1 || into != ""):
				return usagef(cmd, "--certain chooses the cards itself")
			case dryRun && !certain:
				return usagef(cmd, "--dry-run goes with --certain; \"almanac dedupe show\" tells what one merge would do")
			case output != "":
				return usagef(cmd, "-o goes with --from")
			case !certain && len(args) < 3 && !isGroup(args[1:]):
				return usagef(cmd, "merge needs two cards, or a group, or --certain")
			}
			run := func(cmd *cobra.Command, args []string) error { return env.mergeOfUser(args, into, asJSON) }
			if certain {
				run = func(cmd *cobra.Command, args []string) error { return env.mergeCertain(args[0], dryRun, asJSON) }
			}
			if !dryRun {
				run = env.audited(run)
			}
			return env.onStore(run)(cmd, args)
		},
	}
	cmd.Flags().StringVar(&into, "into", "", "`card` that is kept")
	cmd.Flags().BoolVar(&certain, "certain", false, "merge all that is surely one")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "with --certain: print what would be merged")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	cmd.Flags().StringVar(&from, "from", "", "read the cards from this `file`")
	cmd.Flags().StringVar(&requests, "requests", "", "read what to merge from this `file`")
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to this `file`, which appears when it is complete")
	return cmd
}

// chosen finds the cards that are to be merged, the one to be kept first.
func (env *Env) chosen(d *duplicates.Desk, typed []string, into string) (reference duplicates.Card, others []duplicates.Card, err error) {
	var cards []duplicates.Card
	at := 0
	if isGroup(typed) {
		g, err := env.groupTyped(d, typed[0])
		if err != nil {
			return reference, nil, err
		}
		cards, at = g.Cards, g.Reference
	} else if cards, err = env.cardsTyped(d, typed); err != nil {
		return reference, nil, err
	}
	return env.kept(d, cards, at, into)
}

// kept takes the card that is to be kept out of others: the one named, or a certain one.
func (env *Env) kept(d *duplicates.Desk, cards []duplicates.Card, at int, into string) (reference duplicates.Card, others []duplicates.Card, err error) {
	if into != "" {
		keep, err := env.cardsTyped(d, []string{into})
		if err != nil {
			return reference, nil, err
		}
		same := func(c duplicates.Card) bool { return c.Coll == keep[0].Coll && c.Name == keep[0].Name }
		if at = slices.IndexFunc(cards, same); at < 0 {
			cards, at = append(cards, keep[0]), len(cards)
		}
	}
	return cards[at], slices.Delete(slices.Clone(cards), at, at+1), nil
}

func (env *Env) mergeOfUser(args []string, into string, asJSON bool) error {
	d, err := env.desk(args[0])
	if err != nil {
		return err
	}
	reference, others, err := env.chosen(d, args[1:], into)
	if err != nil {
		return err
	}
	if len(others) == 0 {
		return errors.New("merge: there is one card, and nothing to merge into it")
	}
	doc := mergesDoc{Format: mergesFormat, Merges: []*mergeRequest{}}
	var failed error
	err = d.Carry(env.Ctx, duplicates.PlanOf(reference, others), env.Now, func(_ int, m *duplicates.Merge, err error) bool {
		if err != nil {
			failed = fmt.Errorf("merge: %w", err)
			if errors.Is(err, duplicates.ErrHidden) {
				failed = fmt.Errorf("%w; \"almanac dedupe unhide %s CARD CARD\" takes that back", failed, shellWord(d.Who.Name))
			}
			return false
		}
		if asJSON {
			var request *mergeRequest
			request, failed = env.mergedInfo(d, m)
			doc.Merges = append(doc.Merges, request)
			return failed == nil
		}
		env.printf("Merged %s into %s, %s.\nTo take it back: almanac dedupe undo %s %s\n", plural(len(m.Sources), "card"), cardPath(m.Reference), orNoName(m.Name), shellWord(d.Who.Name), m.ID)
		return true
	})
	if err = errors.Join(failed, err); err != nil || !asJSON {
		return err
	}
	return env.printJSON(doc)
}

// mergedInfo tells of a merge in the form of the file.
func (env *Env) mergedInfo(d *duplicates.Desk, m *duplicates.Merge) (*mergeRequest, error) {
	octets, err := d.Octets(env.Ctx, []duplicates.Card{m.Reference})
	if err != nil {
		return nil, err
	}
	id, err := json.Marshal(m.ID)
	return &mergeRequest{ID: id, Reference: nameOfCard(m.Reference), Members: namesOfCards(append([]duplicates.Card{m.Reference}, m.Sources...)), Merged: string(octets[0])}, err
}

// mergeCertain does what dedupe merge --certain says.
func (env *Env) mergeCertain(user string, dryRun, asJSON bool) error {
	d, err := env.desk(user)
	if err != nil {
		return err
	}
	bar := env.findProgress()
	groups, err := d.Find(env.Ctx, duplicates.FindOptions{Progress: bar.show})
	bar.end()
	if err != nil {
		return fmt.Errorf("find duplicates of %s: %w", d.Who.Name, err)
	}
	plan := duplicates.CertainOf(groups)
	doc := mergesDoc{Format: mergesFormat, Merges: []*mergeRequest{}}
	if dryRun {
		for _, step := range plan {
			cards := append([]duplicates.Card{step.Reference}, step.Others...)
			if asJSON {
				doc.Merges = append(doc.Merges, &mergeRequest{Reference: nameOfCard(step.Reference), Members: namesOfCards(cards)})
				continue
			}
			names, err := env.namesIn(d, cards)
			if err != nil {
				return err
			}
			env.printf("keep   %s  %s\n", cardPath(step.Reference), orNoName(names[0]))
			for i, c := range step.Others {
				env.printf("merge  %s  %s\n", cardPath(c), orNoName(names[i+1]))
			}
			env.printf("\n")
		}
		if asJSON {
			return env.printJSON(doc)
		}
		env.printf("%s would be done. Nothing was changed.\n", plural(len(plan), "merge"))
		return nil
	}
	done, failed := 0, 0
	bar = env.findProgress()
	err = d.Carry(env.Ctx, plan, env.Now, func(i int, m *duplicates.Merge, err error) bool {
		bar.show("merge", i+1, len(plan))
		if err != nil {
			failed++
			fmt.Fprintf(env.Stderr, "almanac: %s was not merged: %v\n", cardPath(plan[i].Reference), err)
			return true
		}
		done++
		if asJSON {
			info, err := env.mergedInfo(d, m)
			if err == nil {
				doc.Merges = append(doc.Merges, info)
			}
		}
		return true
	})
	bar.end()
	if asJSON {
		err = errors.Join(err, env.printJSON(doc))
	} else {
		env.printf("%s done.\n", plural(done, "merge"))
		if done > 0 {
			env.printf("Each can be taken back; they are in: almanac dedupe log %s\n", shellWord(d.Who.Name))
		}
	}
	if err == nil && failed > 0 {
		err = exitCode(1)
	}
	return err
}

// mergesFormat is the name of the form of requests and answers.
const mergesFormat = "dedupe-merges/1"

// A mergesDoc is a file of requests, and of answers.
type mergesDoc struct {
	Format string          `json:"format"`
	Merges []*mergeRequest `json:"merges"`
}

type mergeRequest struct {
	ID        json.RawMessage `json:"id,omitempty"`
	Reference cardName        `json:"reference"`
	Members   []cardName      `json:"members"`
	Merged    string          `json:"merged,omitempty"`
}

// A cardName names a card of a file.
type cardName struct {
	Book string `json:"book"`
	Href string `json:"href"`
	UID  string `json:"uid,omitempty"`
}

func (n cardName) key() cardName { return cardName{Book: n.Book, Href: n.Href} }

func (env *Env) mergeFile(from, requests, output string) error {
	var doc mergesDoc
	if err := env.readJSON(requests, &doc); err != nil {
		return fmt.Errorf("%s: %w", requests, err)
	}
	if doc.Format != mergesFormat {
		return fmt.Errorf("%s: format %q, not %s", requests, clean(doc.Format), mergesFormat)
	}
	cards := map[cardName]string{}
	for _, r := range doc.Merges {
		for _, n := range append(r.Members, r.Reference) {
			cards[n.key()] = ""
		}
	}
	if err := env.readNamedCards(from, cards); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	bar := env.progress("merge", int64(len(doc.Merges)), false)
	defer bar.Finish()
	for i, r := range doc.Merges {
		if err := r.carryOut(cards); err != nil {
			return fmt.Errorf("%s: merge %d: %w", requests, i+1, err)
		}
		if err := env.Ctx.Err(); err != nil {
			return err
		}
		bar.Add(1)
	}
	return env.writeJSON(output, doc)
}

// carryOut makes the merged card of a request.
func (r *mergeRequest) carryOut(cards map[cardName]string) error {
	var others [][]byte
	for _, n := range append([]cardName{r.Reference}, r.Members...) {
		text := cards[n.key()]
		if text == "" {
			return fmt.Errorf("there is no card %q in book %q", clean(n.Href), clean(n.Book))
		}
		if n.key() != r.Reference.key() {
			others = append(others, []byte(text))
		}
	}
	merged, _, err := merge.Merge([]byte(cards[r.Reference.key()]), others, merge.Options{})
	r.Merged = string(merged)
	return err
}

// readNamedCards reads those cards of a file that are asked for.
func (env *Env) readNamedCards(name string, cards map[cardName]string) error {
	in, err := env.openInput(name)
	if err != nil {
		return err
	}
	defer in.Close()
	for d, n := json.NewDecoder(in), 1; ; n++ {
		var c struct {
			cardName
			VCard string `json:"vcard"`
		}
		if err := d.Decode(&c); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("card %d: %w", n, err)
		}
		if _, wanted := cards[c.key()]; wanted {
			cards[c.key()] = c.VCard
		}
	}
}

// readJSON reads a file that is one JSON value.
func (env *Env) readJSON(name string, into any) error {
	in, err := env.openInput(name)
	if err != nil {
		return err
	}
	defer in.Close()
	return json.NewDecoder(in).Decode(into)
}

// writeJSON writes a file that is one JSON value, or to standard output.
func (env *Env) writeJSON(name string, v any) error {
	encode := func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", " ")
		return e.Encode(v)
	}
	if name == "" || name == "-" {
		return encode(env.Stdout)
	}
	f, err := env.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := encode(f); err != nil {
		return err
	}
	return f.Commit()
}
