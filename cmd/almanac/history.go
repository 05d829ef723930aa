package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"almanac/contentline"
	"almanac/store"
)

func historyCommand(env *Env) *cobra.Command {
	var object string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "history USER COLLECTION [--object NAME] [--json]",
		Short: "List what was replaced and deleted, newest first",
		Long: `List the earlier versions of the objects in a collection, newest first: when each
was replaced or deleted, and by whom. "almanac undelete" brings them back.`,
		Args: exactArgs(2),
		RunE: env.onStore(func(_ *cobra.Command, args []string) error {
			h, c, err := env.findAny(args[0], args[1])
			if err != nil {
				return err
			}
			return env.history(h, c, object, asJSON)
		}),
	}
	cmd.Flags().StringVar(&object, "object", "", "only of the object with this `name`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// A versionInfo is what history prints for one version.
type versionInfo struct {
	Version uint64    `json:"version"`
	At      time.Time `json:"at"`
	What    string    `json:"what"` // "replaced" or "deleted"
	Object  string    `json:"object"`
	UID     string    `json:"uid"`
	Title   string    `json:"title"`
	By      string    `json:"by"`
	Written time.Time `json:"written"`
	Octets  int64     `json:"octets"`
}

func (env *Env) history(h *store.Home, c *store.Collection, object string, asJSON bool) error {
	var rows []versionInfo
	err := env.Store.View(env.Ctx, func(s store.Snapshot) error {
		var inner error
		err := s.Versions(c.ID, object, func(v *store.Version) bool {
			var row versionInfo
			row, inner = describeVersion(s, c, v)
			rows = append(rows, row)
			return inner == nil && env.Ctx.Err() == nil
		})
		return errors.Join(err, inner, env.Ctx.Err())
	})
	if err != nil {
		return fmt.Errorf("read the history of %s: %w", c.Name, err)
	}
	if asJSON {
		if rows == nil {
			rows = []versionInfo{}
		}
		return env.printJSON(rows)
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "TIME\tWHAT\tOBJECT\tVERSION\tTITLE\tUID\tBY")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n", r.At.Format(timeForm), r.What, clean(r.Object), r.Version, orDash(r.Title), orDash(r.UID), orDash(r.By))
	}
	return w.Flush()
}

func describeVersion(s store.Snapshot, c *store.Collection, v *store.Version) (versionInfo, error) {
	row := versionInfo{Version: v.ID, At: v.Replaced.UTC(), What: "replaced", Object: strings.Clone(v.Name),
		UID: strings.Clone(v.Index.UID), By: strings.Clone(v.By), Written: v.Modified.UTC(), Octets: v.Size}
	if v.Deleted {
		row.What = "deleted"
	}
	full, err := s.Version(c.ID, v.ID)
	if err != nil {
		return row, err
	}
	row.Title = strings.Clone(titleOf(full.Body))
	return row, nil
}

// maxTitle is how much of a title is shown, in runes.
const maxTitle = 40

// titleOf returns what a person knows an object by: the summary of a calendar
// object, the formatted name of a card.
func titleOf(body []byte) string {
	doc, err := contentline.Parse(body, contentline.Limits{})
	if err != nil || len(doc.Roots) == 0 {
		return ""
	}
	title := findProperty(doc.Roots[0], "FN")
	for _, child := range doc.Roots[0].Children {
		if title != "" {
			break
		}
		title = findProperty(child, "SUMMARY")
	}
	title = strings.Join(strings.Fields(contentline.UnescapeText(title)), " ")
	if runes := []rune(title); len(runes) > maxTitle {
		title = string(runes[:maxTitle-1]) + "…"
	}
	return title
}

func findProperty(c *contentline.Component, name string) string {
	for i := range c.Props {
		if c.Props[i].Name == name {
			return c.Props[i].Value
		}
	}
	return ""
}

// findAny looks up a collection of either kind; see findCollection.
func (env *Env) findAny(user, typed string) (*store.Home, *store.Collection, error) {
	h, err := env.findUser(user)
	if err != nil {
		return nil, nil, err
	}
	var c *store.Collection
	err = env.Store.View(env.Ctx, func(s store.Snapshot) (err error) {
		c, err = findCollection(s, h.ID, typed)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, fmt.Errorf("user %s has no collection %q: %w; \"almanac calendar list %s\" and \"almanac addressbook list %s\" show all",
			h.Name, typed, store.ErrNotFound, h.Name, h.Name)
	}
	return h, c, err
}
