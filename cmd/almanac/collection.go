package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/store"
)

// A shelf is one kind of collection, as the command line sees it.
type shelf struct {
	kind    store.Kind
	name    string // of the command
	noun    string
	prefix  string // before a collection's name where both kinds are meant
	example string
	props   []propFlag
}

var (
	calendars = &shelf{store.Calendar, "calendar", "calendar", "calendars/", "work", []propFlag{
		{"display-name", "text", "name that clients show", wire.D("displayname"), plainText},
		{"color", "#RRGGBB", "colour that clients show", wire.AppleICal("calendar-color"), colorText},
		{"order", "number", "place in the clients' lists", wire.AppleICal("calendar-order"), orderText},
		{"description", "text", "description", wire.C("calendar-description"), plainText},
		{"timezone", "zone", "zone of times without one, like Europe/Zurich", wire.C("calendar-timezone"), timezoneText},
		{"insist", "duration", "how often alarms that do not say it themselves go off again until they are stopped, like 1h or 1d; none for not", wire.Name(store.InsistProp), insistText},
	}}
	addressBooks = &shelf{store.AddressBook, "addressbook", "address book", "addressbooks/", "friends", []propFlag{
		{"display-name", "text", "name that clients show", wire.D("displayname"), plainText},
		{"description", "text", "description", wire.Card("addressbook-description"), plainText},
	}}
	shelves = []*shelf{calendars, addressBooks}
)

func shelfOf(k store.Kind) *shelf {
	if k == store.AddressBook {
		return addressBooks
	}
	return calendars
}

func (k *shelf) command(env *Env) *cobra.Command {
	return group(&cobra.Command{
		Use:   k.name,
		Short: fmt.Sprintf("Add, list, change and remove %ss", k.noun),
	}, k.add(env), k.list(env), k.set(env), k.remove(env))
}

func (k *shelf) add(env *Env) *cobra.Command {
	var components []string
	cmd := &cobra.Command{
		Use:     "add USER NAME [flags]",
		Short:   fmt.Sprintf("Add a %s to an account", k.noun),
		Example: fmt.Sprintf("  almanac %s add ann %s --display-name \"Ann's %s\"", k.name, k.example, k.example),
		Args:    exactArgs(2),
		RunE: env.onStore(env.audited(func(cmd *cobra.Command, args []string) error {
			h, err := env.findUser(args[0])
			if err != nil {
				return err
			}
			c := store.Collection{Kind: k.kind, Name: args[1]}
			if err := account.CheckName(c.Name); err != nil {
				return usagef(cmd, "%s %w", k.noun, err)
			}
			if k.kind == store.Calendar {
				if c.Components, err = parseComponents(components); err != nil {
					return &usageError{cmd, err}
				}
			}
			set, _, err := k.changedProps(cmd)
			if err != nil {
				return &usageError{cmd, err}
			}
			if c.Props = store.PropSet(nil).Patch(set, nil); c.Props.Get(wire.DAV, "displayname") == "" {
				// Some clients show nothing at all otherwise.
				c.Props = c.Props.Patch([]store.Prop{prop(wire.D("displayname"), c.Name)}, nil)
			}
			err = env.apply(fmt.Sprintf("add %s %q", k.noun, c.Name), h.ID, store.CreateCollection{Collection: c})
			if errors.Is(err, store.ErrExists) {
				return fmt.Errorf("%s %q of %s exists already; \"almanac %s set\" changes it", k.noun, c.Name, h.Name, k.name)
			}
			return err
		})),
	}
	k.addPropFlags(cmd)
	if k.kind == store.Calendar {
		cmd.Flags().StringSliceVar(&components, "components", []string{"VEVENT"}, "`kinds` of component that it takes: VEVENT, VTODO, VJOURNAL. Apple's programs want one kind in each calendar")
	}
	return cmd
}

func (k *shelf) set(env *Env) *cobra.Command {
	var components []string
	var rename string
	cmd := &cobra.Command{
		Use:   "set USER NAME [flags]",
		Short: fmt.Sprintf("Change a %s", k.noun),
		Long:  fmt.Sprintf("Change a %s. An empty value removes what was set.", k.noun),
		Args:  exactArgs(2),
		RunE: env.onStore(env.audited(func(cmd *cobra.Command, args []string) error {
			h, c, err := env.findOf(k, args[0], args[1])
			if err != nil {
				return err
			}
			var ops []store.Op
			set, remove, err := k.changedProps(cmd)
			if err != nil {
				return &usageError{cmd, err}
			}
			if len(set)+len(remove) > 0 {
				ops = append(ops, store.PatchProps{Target: store.OnCollection, Coll: c.ID, Set: set, Remove: remove})
			}
			if f := cmd.Flags().Lookup("components"); f != nil && f.Changed {
				kinds, err := parseComponents(components)
				if err != nil {
					return &usageError{cmd, err}
				}
				ops = append(ops, store.SetComponents{Coll: c.ID, Components: kinds})
			}
			if cmd.Flags().Changed("name") {
				if err := account.CheckName(rename); err != nil {
					return usagef(cmd, "%s %w", k.noun, err)
				}
				ops = append(ops, store.RenameCollection{Coll: c.ID, Name: rename})
			}
			if len(ops) == 0 {
				return usagef(cmd, "nothing to change: give one of the flags")
			}
			err = env.apply(fmt.Sprintf("change %s %q", k.noun, c.Name), h.ID, ops...)
			if errors.Is(err, store.ErrExists) {
				return fmt.Errorf("%s %q of %s exists already; choose another name", k.noun, rename, h.Name)
			}
			return err
		})),
	}
	k.addPropFlags(cmd)
	cmd.Flags().StringVar(&rename, "name", "", "new `name` in the URL; clients take it for another collection")
	if k.kind == store.Calendar {
		cmd.Flags().StringSliceVar(&components, "components", nil, "`kinds` of component that it takes from now on: VEVENT, VTODO, VJOURNAL")
	}
	return cmd
}

// A collectionInfo is what list prints.
type collectionInfo struct {
	Name        string     `json:"name"`
	DisplayName string     `json:"displayName"`
	Components  []string   `json:"components,omitempty"`
	Color       string     `json:"color,omitempty"`
	Order       string     `json:"order,omitempty"`
	Description string     `json:"description,omitempty"`
	Insist      string     `json:"insist,omitempty"` // a DURATION
	Objects     int        `json:"objects"`
	Octets      int64      `json:"octets"`
	Created     time.Time  `json:"created"`
	Deleted     *time.Time `json:"deleted,omitempty"`
}

func (k *shelf) describe(c *store.Collection) collectionInfo {
	text := func(n wire.Name) string { return wire.FragmentText(c.Props.Get(n.Space, n.Local)) }
	info := collectionInfo{Name: c.Name, DisplayName: text(wire.D("displayname")), Components: c.Components,
		Objects: c.Count, Octets: c.Octets, Created: c.Created.UTC()}
	for _, p := range k.props {
		switch p.flag {
		case "color":
			info.Color = text(p.prop)
		case "order":
			info.Order = text(p.prop)
		case "description":
			info.Description = text(p.prop)
		case "insist":
			info.Insist = text(p.prop)
		}
	}
	return info
}

func (k *shelf) list(env *Env) *cobra.Command {
	var asJSON, deleted bool
	cmd := &cobra.Command{
		Use:   "list USER [--deleted] [--json]",
		Short: fmt.Sprintf("List the %ss of an account", k.noun),
		Args:  exactArgs(1),
		RunE: env.onStore(func(_ *cobra.Command, args []string) error {
			h, err := env.findUser(args[0])
			if err != nil {
				return err
			}
			rows := []collectionInfo{}
			err = env.Store.View(env.Ctx, func(s store.Snapshot) error {
				if deleted {
					trash, err := s.Trash(h.ID)
					for _, t := range trash {
						if t.Kind == k.kind {
							info, at := k.describe(&t.Collection), t.Deleted.UTC()
							info.Deleted = &at
							rows = append(rows, info)
						}
					}
					return err
				}
				colls, err := s.Collections(h.ID)
				for _, c := range colls {
					if c.Kind == k.kind {
						rows = append(rows, k.describe(c))
					}
				}
				return err
			})
			if err != nil {
				return fmt.Errorf("list the %ss of %s: %w", k.noun, h.Name, err)
			}
			if asJSON {
				return env.printJSON(rows)
			}
			return k.printList(env, rows, deleted)
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	cmd.Flags().BoolVar(&deleted, "deleted", false, "list the deleted ones that can be brought back")
	return cmd
}

func (k *shelf) printList(env *Env, rows []collectionInfo, deleted bool) error {
	w := tabwriter.NewWriter(env.Stdout, 0, 8, 2, ' ', 0)
	head := []string{"NAME", "DISPLAY NAME"}
	if k.kind == store.Calendar {
		head = append(head, "COMPONENTS", "COLOR")
	}
	head = append(head, "OBJECTS", "SIZE")
	insists := slices.ContainsFunc(rows, func(r collectionInfo) bool { return r.Insist != "" })
	if insists {
		head = append(head, "INSISTS")
	}
	if deleted {
		head = append(head, "DELETED")
	}
	fmt.Fprintln(w, strings.Join(head, "\t"))
	for _, r := range rows {
		cells := []string{clean(r.Name), orDash(r.DisplayName)}
		if k.kind == store.Calendar {
			cells = append(cells, clean(strings.Join(r.Components, ",")), orDash(r.Color))
		}
		cells = append(cells, fmt.Sprint(r.Objects), humanSize(r.Octets))
		if insists {
			cells = append(cells, orDash(r.Insist))
		}
		if deleted {
			cells = append(cells, r.Deleted.Format(timeForm))
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	return w.Flush()
}

func (k *shelf) remove(env *Env) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "remove USER NAME [--yes]",
		Short: fmt.Sprintf("Remove a %s; it can be brought back for a while", k.noun),
		Args:  exactArgs(2),
		RunE: env.onStore(env.audited(func(cmd *cobra.Command, args []string) error {
			h, c, err := env.findOf(k, args[0], args[1])
			if err != nil {
				return err
			}
			if err := env.confirm(cmd, yes, fmt.Sprintf("Remove %s %q of %s with its %s?", k.noun, c.Name, h.Name, plural(c.Count, "object"))); err != nil {
				return err
			}
			if err := env.apply(fmt.Sprintf("remove %s %q", k.noun, c.Name), h.ID, store.DeleteCollection{Coll: c.ID}); err != nil {
				return err
			}
			env.printf("Removed %s %s. Bring it back with: almanac undelete %s %s\n", k.noun, c.Name, shellWord(h.Name), shellWord(k.prefix+c.Name))
			return nil
		})),
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// findOf looks up a collection of one kind.
func (env *Env) findOf(k *shelf, user, name string) (*store.Home, *store.Collection, error) {
	h, err := env.findUser(user)
	if err != nil {
		return nil, nil, err
	}
	var c *store.Collection
	err = env.Store.View(env.Ctx, func(s store.Snapshot) (err error) {
		c, err = s.CollectionByName(h.ID, k.kind, strings.TrimPrefix(name, k.prefix))
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, fmt.Errorf("user %s has no %s %q; \"almanac %s list %s\" shows all", h.Name, k.noun, name, k.name, h.Name)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("look up %s %q: %w", k.noun, name, err)
	}
	return h, c, nil
}

// findCollection looks up a collection of either kind by what somebody typed:
// its name, or "calendars/NAME" or "addressbooks/NAME" where both kinds have
// one. A missing one is store.ErrNotFound.
func findCollection(s store.Snapshot, home store.HomeID, typed string) (*store.Collection, error) {
	var found *store.Collection
	for _, k := range shelves {
		name, ok := k.match(typed)
		if !ok {
			continue
		}
		c, err := s.CollectionByName(home, k.kind, name)
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return nil, fmt.Errorf("look up collection %q: %w", typed, err)
		case found != nil:
			return nil, fmt.Errorf("there is a calendar and an address book %q: say %s%s or %s%s",
				typed, calendars.prefix, typed, addressBooks.prefix, typed)
		default:
			found = c
		}
	}
	if found == nil {
		return nil, fmt.Errorf("collection %q: %w", typed, store.ErrNotFound)
	}
	return found, nil
}

// match tells by which name a collection of this kind can be meant.
func (k *shelf) match(typed string) (name string, ok bool) {
	for _, other := range shelves {
		if rest, has := strings.CutPrefix(typed, other.prefix); has {
			return rest, other == k
		}
	}
	return typed, true
}

// plural says "1 object", "2 objects".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// shellWord quotes a word for a command line that is shown to be typed.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("@%+=:,./_-", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(clean(s), "'", `'\''`) + "'"
}
