package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"almanac/dav/wire"
	"almanac/ical"
	"almanac/ical/zone"
	"almanac/store"
	"almanac/vcard"
)

func exportCommand(env *Env) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "export USER COLLECTION [-o FILE]",
		Short: "Write a collection as one .ics or .vcf file",
		Long: `Write a collection as one file: a calendar as one VCALENDAR with every object's
components as they are stored and each time zone once, an address book as its cards
one behind the other. Without -o it goes to standard output.`,
		Args: exactArgs(2),
		RunE: env.onStore(env.audited(func(cmd *cobra.Command, args []string) error {
			_, c, err := env.findAny(args[0], args[1])
			if err != nil {
				return err
			}
			if output == "" || output == "-" {
				return leftOut(env.export(c, env.Stdout))
			}
			f, err := env.Create(output)
			if err != nil {
				return err
			}
			defer f.Close()
			left, err := env.export(c, f)
			if err == nil {
				err = f.Commit()
			}
			return leftOut(left, err)
		})),
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to this `file`, which appears when it is complete")
	return cmd
}

// leftOut is the error of an export: objects left out are one, though the rest is
// written.
func leftOut(left int, err error) error {
	if err == nil && left > 0 {
		return exitCode(1)
	}
	return err
}

// export writes a collection's members in the order of their names. One that
// cannot be read is reported and left out.
func (env *Env) export(c *store.Collection, to io.Writer) (left int, err error) {
	out := bufio.NewWriterSize(to, 64<<10)
	bar := env.progress("export", int64(c.Count), false)
	defer bar.Finish()
	add, end := exportCards(out)
	if c.Kind == store.Calendar {
		add, end = exportCalendar(out, c)
	}
	err = env.eachBody(c.ID, func(name string, body []byte) error {
		bar.Add(1)
		err := add(withLineFeeds(body))
		var bad *partError
		if errors.As(err, &bad) {
			left++
			fmt.Fprintf(env.Stderr, "almanac: left out: %s: %v\n", clean(name), bad)
			return nil
		}
		return err
	})
	if err == nil {
		err = errors.Join(end(), out.Flush())
	}
	if err != nil {
		return left, fmt.Errorf("export %s: %w", c.Name, err)
	}
	return left, nil
}

// One page of a listing has so many members, or so many octets.
const (
	pageObjects = 500
	pageOctets  = 8 << 20
)

// eachBody visits the members page by page, so that no snapshot is held while
// the reader of the export is slow.
func (env *Env) eachBody(c store.CollID, visit func(name string, body []byte) error) error {
	for after, more := "", true; more; {
		var members []*store.Object
		octets := 0
		more = false
		err := env.Store.View(env.Ctx, func(s store.Snapshot) error {
			return s.List(c, after, store.WantBody, func(o *store.Object) bool {
				members = append(members, o.Clone())
				octets += len(o.Body)
				more = len(members) >= pageObjects || octets >= pageOctets
				return !more
			})
		})
		if err != nil {
			return err
		}
		for _, o := range members {
			if err := env.Ctx.Err(); err != nil {
				return err
			}
			if err := visit(o.Name, o.Body); err != nil {
				return err
			}
			after = o.Name
		}
	}
	return nil
}

// exportCards writes each card alone: what lies around it, such as a byte order
// mark, would be in the way of the next.
func exportCards(out *bufio.Writer) (add func([]byte) error, end func() error) {
	add = func(body []byte) error {
		c, err := vcard.Parse(body)
		if err != nil {
			return &partError{err}
		}
		card := body[c.Root.Start:c.Root.End]
		_, err = out.Write(card)
		if n := len(card); n > 0 && card[n-1] != '\n' {
			_, err = out.WriteString("\r\n")
		}
		return err
	}
	return add, func() error { return nil }
}

func exportCalendar(out *bufio.Writer, c *store.Collection) (add func([]byte) error, end func() error) {
	text := func(n wire.Name) string { return wire.FragmentText(c.Props.Get(n.Space, n.Local)) }
	join := ical.NewJoiner(out, ical.Heading{
		Name:        text(wire.D("displayname")),
		Description: text(wire.C("calendar-description")),
		Color:       text(wire.AppleICal("calendar-color")),
	}, zone.NewResolver(64))
	add = func(body []byte) error {
		o, err := ical.ParseObject(body)
		if err != nil {
			return &partError{err}
		}
		return join.Add(o)
	}
	return add, join.Close
}
