package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"almanac/contentline"
	"almanac/ical"
	"almanac/ical/zone"
	"almanac/store"
	"almanac/vcard"
)

func lintCommand(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "lint FILE... | lint USER [COLLECTION] [--json]",
		Short: "Tell what is odd about calendar objects and cards",
		Long: `Read calendar and vCard files, or what an account has, and tell of each object
that is stored but odd (an unknown time zone, an end before the start, a rule
without instances and so on) and of each that would not be stored: where it is,
its UID, what is odd, what the standard says and what almanac does about it.
Nothing is changed. When anything was found, the exit code is 1.

"-", a name that ends in .ics, .ical, .ifb, .vcf or .vcard, and one that is a file
here or has a slash in it, is a file; anything else is an account. Files are read
as "almanac import" reads them.`,
		Example: `  almanac lint holidays.ics phone.vcf
  almanac lint ann
  almanac lint ann calendar --json`,
		Args: rangeArgs(1, 1<<20),
		RunE: func(cmd *cobra.Command, args []string) error {
			// A command that has reached a server is about an account: files are
			// read where they are.
			if !env.live && isFileArg(args[0]) {
				return env.here(func(*cobra.Command, []string) error {
					return env.lint(asJSON, func(l *doctor) error { return l.files(args) })
				})(cmd, args)
			}
			return env.onStore(func(cmd *cobra.Command, args []string) error {
				if len(args) > 2 {
					return usagef(cmd, "too many arguments, from %q on: %q is no file, so it is an account", args[2], args[0])
				}
				return env.lint(asJSON, func(l *doctor) error { return l.account(args) })
			})(cmd, args)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	return cmd
}

// isFileArg tells a file from the name of an account.
func isFileArg(arg string) bool {
	ext := []string{".ics", ".ical", ".ifb", ".vcf", ".vcard"}
	if arg == "-" || strings.ContainsRune(arg, os.PathSeparator) || slices.Contains(ext, strings.ToLower(filepath.Ext(arg))) {
		return true
	}
	info, err := os.Stat(arg)
	return err == nil && !info.IsDir()
}

// A lintInfo is what lint prints for one finding.
type lintInfo struct {
	Source   string `json:"source"` // the file, or USER/COLLECTION/OBJECT
	Line     int    `json:"line,omitempty"`
	UID      string `json:"uid,omitempty"`
	Rule     string `json:"rule"`
	RFC      string `json:"rfc"`
	Text     string `json:"text"`
	Handling string `json:"handling"`
}

// A doctor looks at objects and tells what it finds.
type doctor struct {
	env   *Env
	zones *zone.Resolver
	tell  func(lintInfo)
	found int
}

func (env *Env) lint(asJSON bool, look func(*doctor) error) error {
	rows := []lintInfo{}
	d := &doctor{env: env, zones: zone.NewResolver(64), tell: func(i lintInfo) {
		switch {
		case !asJSON:
			where := clean(i.Source)
			if i.Line > 0 {
				where = fmt.Sprintf("%s:%d", where, i.Line)
			}
			if i.UID != "" {
				where += ": UID " + clean(i.UID)
			}
			env.printf("%s: %s: %s\n    %s; %s\n", where, i.Rule, clean(i.Text), i.RFC, i.Handling)
		case len(rows) < maxFindings:
			rows = append(rows, i)
		}
	}}
	err := look(d)
	if err != nil {
		return err
	}
	if asJSON {
		if err := env.printJSON(rows); err != nil {
			return err
		}
	} else if d.found == 0 {
		env.printf("Nothing odd.\n")
	}
	if d.found > 0 {
		return exitCode(1)
	}
	return nil
}

func (d *doctor) report(i lintInfo) {
	d.found++
	d.tell(i)
}

// What is said about an object that cannot be stored or read.
const (
	handlingRefused = "refused: import and clients cannot store it"
	handlingMended  = "read as mended; stored and served as it came"
	handlingKept    = "stored before; served as it came, and found by no query"
)

// account looks at all that an account has, or at one collection of it.
func (d *doctor) account(args []string) error {
	h, err := d.env.findUser(args[0])
	if err != nil {
		return fmt.Errorf("%w; and there is no file of that name here", err)
	}
	var colls []*store.Collection
	if len(args) == 2 {
		_, c, err := d.env.findAny(args[0], args[1])
		if err != nil {
			return err
		}
		colls = []*store.Collection{c}
	} else if err := d.env.Store.View(d.env.Ctx, func(s store.Snapshot) (err error) {
		colls, err = s.Collections(h.ID)
		return err
	}); err != nil {
		return fmt.Errorf("list the collections of %s: %w", h.Name, err)
	}
	for _, c := range colls {
		bar := d.env.progress(c.Name, int64(c.Count), false)
		err := d.env.eachBody(c.ID, func(name string, body []byte) error {
			bar.Add(1)
			source := h.Name + "/" + shelfOf(c.Kind).prefix + c.Name + "/" + name
			if c.Kind == store.Calendar {
				d.storedObject(source, body)
			} else {
				d.card(source, body, 1)
			}
			return nil
		})
		_ = bar.Finish()
		if err != nil {
			return fmt.Errorf("lint %s: %w", c.Name, err)
		}
	}
	return nil
}

// storedObject looks at a calendar object that is there.
func (d *doctor) storedObject(source string, body []byte) {
	same := func(line int) int { return line }
	if o, err := ical.Validate(body, ical.Rules{}); err == nil {
		d.object(source, o, same)
		return
	} else if o, parseErr := ical.ParseObject(body); parseErr == nil {
		d.invalid(source, o.UID, err, handlingMended)
		d.object(source, o, same)
	} else {
		d.invalid(source, "", err, handlingKept)
	}
}

// object looks at a calendar object that can be read. line gives the line of the
// source for one of the object.
func (d *doctor) object(source string, o *ical.Object, line func(int) int) {
	for _, f := range ical.Lint(o, d.zones) {
		d.report(lintInfo{source, line(f.Line), f.UID, f.Rule, f.RFC, f.Text, f.Handling})
	}
}

// invalid tells of a calendar object that must not be stored.
func (d *doctor) invalid(source, uid string, err error, handling string) {
	i := lintInfo{Source: source, UID: uid, Rule: "valid-calendar-data", RFC: "RFC 4791 section 5.3.2.1", Text: err.Error(), Handling: handling}
	var inv *ical.Invalid
	if errors.As(err, &inv) {
		i.Line, i.Rule, i.Text = inv.Line, inv.Precondition, inv.Reason
	}
	d.report(i)
}

// files looks at files, one after the other.
func (d *doctor) files(names []string) error {
	var failed bool
	for _, name := range names {
		if err := d.file(name); err != nil {
			failed = true
			fmt.Fprintf(d.env.Stderr, "almanac: %s: %v\n", clean(name), err)
		}
		if err := d.env.Ctx.Err(); err != nil {
			return err
		}
	}
	if failed && d.found == 0 {
		return exitCode(1)
	}
	return nil
}

func (d *doctor) file(name string) error {
	r, err := d.env.openInput(name)
	if err != nil {
		return err
	}
	defer r.Close()
	text := bufio.NewReaderSize(r, 64<<10)
	if begin, _ := text.Peek(512); begins(begin, "BEGIN:VCARD") {
		return d.cardFile(name, text)
	}
	return d.calendarFile(name, text)
}

func (d *doctor) calendarFile(name string, r io.Reader) error {
	split, done, err := splitFile(r)
	if err != nil {
		return err
	}
	defer done()
	n := 0
	lines := map[string]int{} // by UID
	for item, err := range split.Items() {
		if err != nil {
			return err
		}
		n++
		if item.Err != nil {
			d.invalid(name, item.UID, item.Err, handlingRefused)
			continue
		}
		o, err := ical.Validate(item.Data, ical.Rules{})
		if err != nil {
			d.invalid(name, item.UID, item.InSource(err), handlingRefused)
			continue
		}
		if first, again := lines[o.UID]; again {
			d.report(lintInfo{name, item.Line, o.UID, "no-uid-conflict", "RFC 4791 section 5.3.2.1",
				fmt.Sprintf("line %d has another object with this UID", first), handlingRefused})
			continue
		}
		lines[o.UID] = item.Line
		d.object(name, o, item.SourceLine)
	}
	if n == 0 {
		return errors.New("there is no calendar object in it")
	}
	return nil
}

func (d *doctor) cardFile(name string, r io.Reader) error {
	scan := contentline.NewScanner(r, "VCARD")
	scan.Limit(maxImported)
	refused := func(line int, uid, rule, text string) {
		d.report(lintInfo{name, line, uid, rule, "RFC 6352 section 6.3.2.1", text, handlingRefused})
	}
	type place struct {
		line int
		sum  [16]byte
	}
	places := map[string]place{} // by UID
	for {
		block, line, err := scan.Next()
		var syntax *contentline.SyntaxError
		switch {
		case err == io.EOF:
			for _, r := range scan.Repairs() {
				refused(r.Line, "", vcard.ValidAddressData, "text outside of a vCard")
			}
			return nil
		case errors.As(err, &syntax):
			refused(syntax.Line, "", vcard.ValidAddressData, syntax.Reason)
			continue
		case err != nil:
			return err
		}
		c := d.card(name, block, line)
		if c == nil || c.UID == "" {
			continue
		}
		sum := hash16(block)
		if first, again := places[c.UID]; !again {
			places[c.UID] = place{line, sum}
		} else if first.sum != sum {
			refused(line, c.UID, "no-uid-conflict", fmt.Sprintf("line %d has another card with this UID", first.line))
		}
	}
}

// card looks at a card that begins in a line of its source. It returns nil for
// one that cannot be stored.
func (d *doctor) card(source string, block []byte, line int) *vcard.Card {
	uid := ""
	c, err := vcard.Parse(block)
	if err == nil {
		uid = c.UID
		var body []byte
		if body, err = storableCard(block); err == nil {
			_, err = vcard.Validate(body, maxImported)
		}
	}
	if err != nil {
		i := lintInfo{source, line, uid, vcard.ValidAddressData, "RFC 6352 section 6.3.2.1", "", handlingRefused}
		var inv *vcard.Invalid
		if errors.As(err, &inv) {
			i.Rule = inv.Precondition
		}
		var at int
		if at, i.Text = cardFault(err); at > 0 {
			i.Line += at - 1
		}
		d.report(i)
		return nil
	}
	for _, r := range c.Doc.Repairs {
		if r.What != contentline.RepairSplitRune {
			d.report(lintInfo{source, line + r.Line - 1, uid, "repaired", "RFC 6350 section 3.3", r.What, handlingMended})
		}
	}
	return c
}
