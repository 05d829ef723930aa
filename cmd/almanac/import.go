package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"almanac/ical"
	"almanac/store"
)

func importCommand(env *Env) *cobra.Command {
	var asJSON bool
	var from remoteFlags
	cmd := &cobra.Command{
		Use:   "import USER COLLECTION FILE... | import USER --from URL --login NAME [--password-stdin]",
		Short: "Take in .ics and .vcf files, or everything from another server",
		Long: `Take in calendar and vCard files, of any size and with any number of objects
in one file; "-" is standard input. A calendar file is split into one object for
each UID, with its overrides and the time zones that it names; a vCard file into
its cards; vCard 2.1 is brought to 3.0. What has a UID that is there already takes
the place of that member, so that the same file can be imported again; the earlier
version is in the history. What cannot be stored is reported with its line, and
does not stop the rest; the exit code then is 1.

With --from, everything that an account has on another CalDAV and CardDAV server
is fetched: collections with their names, colours and order, and the objects as
they are there. Done again, it fetches what changed since.`,
		Example: `  almanac import ann calendar holidays.ics
  almanac import ann contacts phone.vcf sim.vcf
  almanac import ann --from https://dav.example.com/ --login ann@example.com`,
		Args: rangeArgs(1, 1<<20),
		RunE: env.onStore(env.audited(func(cmd *cobra.Command, args []string) error {
			if from.url != "" {
				if len(args) > 1 {
					return usagef(cmd, "--from brings its own collections: leave %q out", args[1])
				}
				return env.moveIn(cmd, args[0], &from, asJSON)
			}
			if cmd.Flags().Changed("login") || from.passwordStdin {
				return usagef(cmd, "--login and --password-stdin belong to --from")
			}
			if len(args) < 3 {
				return usagef(cmd, "import wants USER COLLECTION FILE..., or USER --from URL")
			}
			h, c, err := env.findAny(args[0], args[1])
			if err != nil {
				return err
			}
			return env.importFiles(h, c, args[2:], asJSON)
		})),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what was done as JSON")
	from.add(cmd)
	return cmd
}

// importInfo is what import prints with --json.
type importInfo struct {
	Added   int       `json:"added"`
	Changed int       `json:"changed"`
	Same    int       `json:"same"`
	Refused []refusal `json:"refused"`
}

// importGC is by how much, in hundredths, the memory of an import in a process of its
// own grows before garbage is looked for: to some 100 MiB.
const importGC = 400

// importFiles takes in files, one after the other.
func (env *Env) importFiles(h *store.Home, c *store.Collection, files []string, asJSON bool) error {
	if !env.live {
		// What this process keeps is little, and nearly all that it makes is garbage.
		defer debug.SetGCPercent(debug.SetGCPercent(importGC))
	}
	info := importInfo{Refused: []refusal{}}
	in := env.newIntake(h, c, func(r refusal) {
		if asJSON {
			info.Refused = append(info.Refused, r)
		} else {
			fmt.Fprintf(env.Stderr, "almanac: refused: %s\n", r)
		}
	})
	for _, name := range files {
		err := in.file(name)
		var bad *partError
		if errors.As(err, &bad) {
			in.reject(arrival{source: name}, bad.err)
			err = nil
		}
		if err != nil {
			return fmt.Errorf("import %s: %w; what came before is stored (%s)", name, err, in.summary())
		}
	}
	info.Added, info.Changed, info.Same = in.added, in.changed, in.same
	if asJSON {
		if err := env.printJSON(info); err != nil {
			return err
		}
	} else {
		env.printf("%s\n", in.summary())
	}
	if in.refused > 0 {
		return exitCode(1)
	}
	return nil
}

// A partError is about one of the things that a command works on, a file or an
// object: it is reported, and the others are still done.
type partError struct{ err error }

func (e *partError) Error() string { return e.err.Error() }

func partErrorf(format string, args ...any) error {
	return &partError{fmt.Errorf(format, args...)}
}

// file takes in one file, which is stored when it returns.
func (in *intake) file(name string) error {
	r, err := in.env.openInput(name)
	if err != nil {
		return err
	}
	defer r.Close()
	clear(in.origins)
	text := bufio.NewReaderSize(r, 64<<10)
	cards := in.coll.Kind == store.AddressBook
	switch begin, _ := text.Peek(512); {
	case bytes.IndexByte(begin, 0) >= 0:
		// A database or a picture can hold whole objects amid the rest.
		return partErrorf("it is a binary file, not one of calendars or contacts")
	case cards && begins(begin, "BEGIN:VCALENDAR"):
		return partErrorf("it is a calendar, and %s is an address book", in.coll.Name)
	case !cards && begins(begin, "BEGIN:VCARD"):
		return partErrorf("it holds contacts, and %s is a calendar", in.coll.Name)
	case cards:
		err = in.cardFile(name, text)
	default:
		err = in.calendarFile(name, text)
	}
	// What was read goes in, whatever became of the rest.
	if flushErr := in.flush(); flushErr != nil {
		return flushErr
	}
	return err
}

// openInput opens a file of the command line, or standard input for "-".
func (env *Env) openInput(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(env.Stdin), nil
	}
	r, err := env.Open(name)
	if err != nil {
		return nil, partErrorf("%s", strings.TrimPrefix(err.Error(), "open "+name+": "))
	}
	return r, nil
}

// begins tells whether a text begins with that line in capitals.
func begins(text []byte, line string) bool {
	text = bytes.TrimLeft(bytes.TrimPrefix(text, []byte("\ufeff")), " \t\r\n")
	return len(text) >= len(line) && bytes.EqualFold(text[:len(line)], []byte(line))
}

// splitFile cuts a file of calendar objects. Overrides of one UID may lie far
// apart in it, so that it is read twice, from a copy on disk, which done removes.
func splitFile(r io.Reader) (split *ical.Splitter, done func(), err error) {
	spool, err := os.CreateTemp("", "almanac-*.ics")
	if err != nil {
		return nil, nil, fmt.Errorf("make a temporary file: %w", err)
	}
	done = func() {
		spool.Close()
		os.Remove(spool.Name())
	}
	size, err := io.Copy(spool, r)
	if err == nil {
		split, err = ical.NewSplitter(spool, size)
	}
	if err != nil {
		done()
		return nil, nil, &partError{err}
	}
	return split, done, nil
}

// calendarFile takes in a file of calendar objects.
func (in *intake) calendarFile(name string, r io.Reader) error {
	split, done, err := splitFile(r)
	if err != nil {
		return err
	}
	defer done()
	bar := in.env.progress(name, int64(split.Len()), false)
	defer bar.Finish()
	found := false
	for item, err := range split.Items() {
		if err != nil {
			return &partError{err}
		}
		if err := in.env.Ctx.Err(); err != nil {
			return err
		}
		bar.Add(1)
		found = true
		a := arrival{source: name, line: item.Line, body: item.Data}
		err := item.Err
		if err == nil {
			a.index, err = in.validate(item.Data)
			err = item.InSource(err)
		}
		if err != nil {
			a.index.UID = item.UID
			var inv *ical.Invalid
			if errors.As(err, &inv) {
				a.line, err = inv.Line, errors.New(inv.Reason)
			}
			in.reject(a, err)
			continue
		}
		if _, err := in.take(a); err != nil {
			return err
		}
	}
	if !found {
		return partErrorf("there is no calendar object in it")
	}
	return nil
}
