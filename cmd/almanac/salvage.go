package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/cmd/almanac/control"
	"almanac/store"
	"almanac/store/boltstore"
)

func salvageCommand(env *Env) *cobra.Command {
	var from, output string
	cmd := &cobra.Command{
		Use:   "salvage -o FOLDER [--from FILE]",
		Short: "Read what is left in a damaged file, into a folder of .ics and .vcf files",
		Long: `Read a damaged data file as far as it goes, and write what is left into a new
folder, octet for octet: USER/calendars/NAME/ and USER/addressbooks/NAME/ with a
file for each object, NAME.json beside them with the collection's properties, and
accounts.json. What no list leads to any more is in lost-and-found/; what is there
only in part is in damaged/. Where lists are lost, things that were deleted a while
ago may come out too.

What could not be read is told, and is in lost.txt; the exit code is then 1. The
file itself is only read. The server must not run. The history, deleted
collections and passwords are left out.`,
		Example: "  almanac salvage -o salvaged\n  almanac salvage --from copy-of-almanac.db -o salvaged",
		Args:    exactArgs(0),
		RunE: env.here(func(cmd *cobra.Command, _ []string) error {
			if output == "" {
				return usagef(cmd, "name a folder to write to with --output")
			}
			if from == "" {
				from = env.databasePath()
				if conn, err := control.Dial(env.Ctx, env.Data); err == nil {
					conn.Close()
					return fmt.Errorf("a server is running on %s: stop it first", env.Data)
				}
			}
			return env.salvage(from, output)
		}),
	}
	cmd.Flags().StringVar(&from, "from", "", "read this `file`; the data folder's by default")
	cmd.Flags().StringVarP(&output, "output", "o", "", "write into this `folder`, which must be new or empty")
	return cmd
}

func (env *Env) salvage(from, output string) error {
	file, err := openShared(from)
	if err != nil {
		return fmt.Errorf("salvage: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("salvage %s: %w", from, err)
	}
	if err := emptyFolder(output); err != nil {
		return err
	}
	s := &salvager{env: env, dir: output, homes: make(map[store.HomeID]string), bar: env.progress("salvage", -1, false)}
	err = boltstore.Salvage(env.Ctx, file, info.Size(), &boltstore.Salvaged{
		Homes: s.accounts, Collections: s.collections, Object: s.object, Lost: s.tell,
	})
	_ = s.bar.Finish()
	if err == nil && len(s.lost) > 0 {
		err = os.WriteFile(filepath.Join(output, "lost.txt"), []byte(strings.Join(s.lost, "\n")+"\n"), 0o600)
	}
	if err != nil {
		return fmt.Errorf("salvage %s: %w", from, err)
	}
	return s.report()
}

// emptyFolder makes a folder, or takes one that is empty.
func emptyFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("%s is not empty: name a new folder", dir)
	}
	return err
}

// A salvager writes what comes out of a damaged file.
type salvager struct {
	env   *Env
	dir   string
	homes map[store.HomeID]string // folders
	bar   *progressbar.ProgressBar

	sound, unchecked, strays, damaged int
	lost                              []string
	shown                             int
}

// maxShown is how many losses are shown; lost.txt has all of them.
const maxShown = 20

func (s *salvager) tell(what string) {
	s.lost = append(s.lost, clean(what))
	if s.shown++; s.shown <= maxShown {
		fmt.Fprintf(s.env.Stderr, "almanac: %s\n", clean(what))
	}
}

func (s *salvager) report() error {
	if n := s.shown - maxShown; n > 0 {
		fmt.Fprintf(s.env.Stderr, "almanac: and %d more: see %s\n", n, filepath.Join(s.dir, "lost.txt"))
	}
	s.env.printf("Wrote %s of %s to %s.\n", plural(s.sound, "object"), plural(len(s.homes), "account"), s.dir)
	for _, line := range []struct {
		n    int
		text string
	}{
		{s.unchecked, "of these had no record left to be compared with"},
		{s.strays, "without a collection are in lost-and-found"},
		{s.damaged, "are damaged themselves, in damaged"},
	} {
		if line.n > 0 {
			s.env.printf("%d %s.\n", line.n, line.text)
		}
	}
	if len(s.lost) > 0 {
		s.env.printf("%s: not everything could be read.\n", plural(len(s.lost), "fault"))
		return exitCode(1)
	}
	s.env.printf("Everything could be read.\n")
	return nil
}

// An accountInfo is a row of accounts.json.
type accountInfo struct {
	Name        string    `json:"name"`
	DisplayName string    `json:"displayName,omitempty"`
	Emails      []string  `json:"emails,omitempty"`
	Created     time.Time `json:"created,omitzero"`
	Folder      string    `json:"folder"`
}

func (s *salvager) accounts(homes []*store.Home) error {
	infos := []accountInfo{}
	taken := map[string]bool{"lost-and-found": true, "damaged": true, "accounts.json": true, "lost.txt": true}
	for _, h := range homes {
		folder := unique(taken, fileName(h.Name, ""))
		s.homes[h.ID] = folder
		infos = append(infos, accountInfo{h.Name, h.DisplayName, h.Emails, h.Created, folder})
	}
	return s.json("accounts.json", infos)
}

// A salvagedInfo is what NAME.json says of a collection.
type salvagedInfo struct {
	Name        string    `json:"name"`
	DisplayName string    `json:"displayName,omitempty"`
	Components  []string  `json:"components,omitempty"`
	Color       string    `json:"color,omitempty"`
	Created     time.Time `json:"created,omitzero"`
	Properties  []string  `json:"properties,omitempty"` // all of them, as XML
}

func (s *salvager) collections(all []*store.Collection) error {
	for _, c := range all {
		dir := s.folder(c)
		if err := os.MkdirAll(filepath.Join(s.dir, dir), 0o700); err != nil {
			return err
		}
		d := shelfOf(c.Kind).describe(c)
		info := salvagedInfo{Name: d.Name, DisplayName: d.DisplayName, Components: d.Components, Color: d.Color, Created: d.Created}
		for _, p := range c.Props {
			info.Properties = append(info.Properties, p.XML)
		}
		if err := s.json(dir+".json", info); err != nil {
			return err
		}
	}
	return nil
}

func (s *salvager) folder(c *store.Collection) string {
	kind := "collections"
	switch c.Kind {
	case store.Calendar:
		kind = "calendars"
	case store.AddressBook:
		kind = "addressbooks"
	}
	return filepath.Join(s.homes[c.Home], kind, fileName(c.Name, ""))
}

func (s *salvager) object(o *boltstore.SalvagedObject) error {
	_ = s.bar.Add(1)
	dir := "lost-and-found"
	switch {
	case o.Damaged:
		dir = "damaged"
		if o.Coll != nil {
			dir = filepath.Join(dir, s.folder(o.Coll))
		}
		s.damaged++
	case o.Coll != nil:
		dir = s.folder(o.Coll)
		if s.sound++; o.Unchecked {
			s.unchecked++
		}
	default:
		s.strays++
	}
	if err := os.MkdirAll(filepath.Join(s.dir, dir), 0o700); err != nil {
		return err
	}
	return s.write(filepath.Join(dir, fileName(o.Name, extension(o.Kind))), o.Body)
}

// write makes a new file; where there is one of the name, under another.
func (s *salvager) write(name string, data []byte) error {
	ext := filepath.Ext(name)
	for n := 1; ; n++ {
		path := filepath.Join(s.dir, name)
		if n > 1 {
			path = filepath.Join(s.dir, fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), n, ext))
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		_, err = f.Write(data)
		return errors.Join(err, f.Close())
	}
}

func (s *salvager) json(name string, v any) error {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	return s.write(name, out.Bytes())
}

// maxFileName is how long the names of files are on most systems, in octets, less
// what write may add.
const maxFileName = 240

// fileName makes a name for a file of a name that a damaged file had: one that
// stays in its folder, is not hidden, and ends in ext.
func fileName(name, ext string) string {
	plain := account.CheckName(name) == nil && !strings.HasPrefix(name, ".") && !strings.ContainsAny(name, `\:*?"<>|`)
	if !plain || len(name)+len(ext) > maxFileName {
		sum := hash16([]byte(name))
		return fmt.Sprintf("%x%s", sum[:], ext)
	}
	if !strings.HasSuffix(strings.ToLower(name), ext) {
		name += ext
	}
	return name
}

// unique returns a name that is not taken, and takes it.
func unique(taken map[string]bool, name string) string {
	free := name
	for n := 2; taken[free]; n++ {
		free = fmt.Sprintf("%s-%d", name, n)
	}
	taken[free] = true
	return free
}
