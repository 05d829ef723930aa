package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"almanac/dedupe/merge"
)

// dedupeMergeCommand carries out merges on a file of cards, without an account.
func dedupeMergeCommand(env *Env) *cobra.Command {
	var from, requests, output string
	cmd := &cobra.Command{
		Use:   "merge --from CARDS --requests FILE [-o FILE]",
		Short: "Merge cards of a file as a file of requests asks",
		Long: `Merge contact cards outside of any account. --from is a file with one JSON object
a line, {"book": "...", "href": "...", "vcard": "..."}; --requests is a file of the
format dedupe-merges/1, whose merges name a reference and members. The answer is the
same with the merged cards in it. Without -o it goes to standard output.`,
		Example: `  almanac dedupe merge --from cards.jsonl --requests requests.json -o merges.json`,
		Args:    exactArgs(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			if from == "" || requests == "" {
				return usagef(cmd, "merge needs --from and --requests")
			}
			return env.here(func(*cobra.Command, []string) error { return env.mergeFile(from, requests, output) })(cmd, args)
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "read the cards from this `file`")
	cmd.Flags().StringVar(&requests, "requests", "", "read what to merge from this `file`")
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to this `file`, which appears when it is complete")
	return cmd
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
