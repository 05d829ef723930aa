package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"almanac/account"
	"almanac/store"
)

func undeleteCommand(env *Env) *cobra.Command {
	var version uint64
	var all bool
	var since, as string
	cmd := &cobra.Command{
		Use:   "undelete USER COLLECTION [NAME | --version ID | --all --since TIME | --as NAME]",
		Short: "Bring back deleted objects, earlier versions and collections",
		Long: `Bring back what was deleted or replaced:

  undelete USER COLLECTION NAME              the deleted object NAME
  undelete USER COLLECTION --version ID      that version, as "almanac history" lists it
  undelete USER COLLECTION --all --since T   every object that was deleted since T and is not there
  undelete USER COLLECTION [--as NAME]       the deleted collection itself, with all its objects

T is a time like 2026-05-01, 2026-05-01T15:04 or 2026-05-01T15:04:05Z, or how long
ago: 2h, 3d. What is replaced by this is in the history in its turn.`,
		Args: rangeArgs(2, 3),
		RunE: env.onStore(env.audited(func(cmd *cobra.Command, args []string) error {
			changed := cmd.Flags().Changed
			name := ""
			ways := 0
			if len(args) == 3 {
				name = args[2]
				ways++
			}
			for _, f := range []string{"version", "all", "as"} {
				if changed(f) {
					ways++
				}
			}
			switch {
			case ways > 1:
				return usagef(cmd, "NAME, --version, --all and --as exclude each other")
			case changed("since") && !all:
				return usagef(cmd, "--since belongs to --all")
			case all && since == "":
				return usagef(cmd, "--all wants --since TIME")
			case name == "" && !changed("version") && !all:
				return env.undeleteCollection(cmd, args[0], args[1], as)
			}
			h, c, err := env.findAny(args[0], args[1])
			if errors.Is(err, store.ErrNotFound) && h == nil {
				return fmt.Errorf("%w; if it was deleted, bring it back first: almanac undelete %s %s", err, shellWord(args[0]), shellWord(args[1]))
			}
			if err != nil {
				return err
			}
			u := &undeleter{env: env, home: h, coll: c}
			switch {
			case all:
				from, err := parseSince(since, env.Now())
				if err != nil {
					return usagef(cmd, "--since: %w", err)
				}
				return u.since(from)
			case name != "":
				return u.object(name)
			}
			return u.version(version)
		})),
	}
	f := cmd.Flags()
	f.Uint64Var(&version, "version", 0, "the version with this `ID`")
	f.BoolVar(&all, "all", false, "everything that was deleted since a time")
	f.StringVar(&since, "since", "", "with --all: that `time`, or how long ago")
	f.StringVar(&as, "as", "", "bring the collection back under this `name`")
	return cmd
}

// undeleteCollection brings back the collection of that name that was deleted last.
func (env *Env) undeleteCollection(cmd *cobra.Command, user, typed, as string) error {
	h, err := env.findUser(user)
	if err != nil {
		return err
	}
	var found *store.Trashed
	ambiguous := false
	err = env.Store.View(env.Ctx, func(s store.Snapshot) error {
		trash, err := s.Trash(h.ID)
		for _, t := range trash { // newest first
			if name, ok := shelfOf(t.Kind).match(typed); !ok || name != t.Name {
				continue
			}
			if found == nil {
				found = t
			}
			ambiguous = ambiguous || t.Kind != found.Kind
		}
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("look up deleted collections of %s: %w", h.Name, err)
	case ambiguous:
		return usagef(cmd, "a calendar and an address book %q were deleted: say %s%s or %s%s", typed, calendars.prefix, typed, addressBooks.prefix, typed)
	case found == nil:
		if _, _, err := env.findAny(user, typed); err == nil {
			return usagef(cmd, "collection %q is there; name an object of it, or --version, or --all --since TIME", typed)
		}
		return fmt.Errorf("no deleted collection %q of %s is kept; \"almanac calendar list %s --deleted\" and \"almanac addressbook list %s --deleted\" show all",
			typed, h.Name, shellWord(h.Name), shellWord(h.Name))
	}
	name := found.Name
	if as != "" {
		if err := account.CheckName(as); err != nil {
			return usagef(cmd, "--as: %w", err)
		}
		name = as
	}
	k := shelfOf(found.Kind)
	err = env.apply(fmt.Sprintf("bring back %s %q", k.noun, found.Name), h.ID, store.RestoreCollection{Coll: found.ID, Name: name})
	if errors.Is(err, store.ErrExists) {
		return fmt.Errorf("%s has another %s %q now: bring the deleted one back beside it with --as NAME", h.Name, k.noun, name)
	}
	if err != nil {
		return err
	}
	env.printf("Brought back %s %s with %s.\n", k.noun, name, plural(found.Count, "object"))
	return nil
}

// An undeleter brings back objects of one collection.
type undeleter struct {
	env  *Env
	home *store.Home
	coll *store.Collection
}

// object brings back a deleted object in its last state.
func (u *undeleter) object(name string) error {
	var last *store.Version
	present := false
	err := u.env.Store.View(u.env.Ctx, func(s store.Snapshot) error {
		_, err := s.Object(u.coll.ID, name, store.WantMeta)
		if err == nil {
			present = true
			return nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		last, err = newestVersion(s, u.coll.ID, name)
		return err
	})
	switch {
	case present:
		return fmt.Errorf("object %q is there; to go back to an earlier version of it, name that with --version (see \"almanac history %s %s --object %s\")",
			name, shellWord(u.home.Name), shellWord(u.coll.Name), shellWord(name))
	case errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("no version of object %q is kept; \"almanac history %s %s\" shows all", name, shellWord(u.home.Name), shellWord(u.coll.Name))
	case err != nil:
		return fmt.Errorf("look up object %q: %w", name, err)
	}
	return u.bringBack(last)
}

func newestVersion(s store.Snapshot, c store.CollID, name string) (*store.Version, error) {
	var id uint64
	if err := s.Versions(c, name, func(v *store.Version) bool { id = v.ID; return false }); err != nil {
		return nil, err
	}
	if id == 0 {
		return nil, store.ErrNotFound
	}
	return s.Version(c, id)
}

// version brings back one version, in the place of the present state if there is one.
func (u *undeleter) version(id uint64) error {
	var v *store.Version
	err := u.env.Store.View(u.env.Ctx, func(s store.Snapshot) (err error) {
		v, err = s.Version(u.coll.ID, id)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("no version %d is kept; \"almanac history %s %s\" shows all", id, shellWord(u.home.Name), shellWord(u.coll.Name))
	}
	if err != nil {
		return fmt.Errorf("look up version %d: %w", id, err)
	}
	return u.bringBack(v)
}

func (u *undeleter) bringBack(v *store.Version) error {
	err := u.env.apply(fmt.Sprintf("bring back %q", v.Name), u.home.ID, u.put(v))
	if err := u.explain(err); err != nil {
		return err
	}
	u.env.printf("Brought back %s as it was until %s.\n", v.Name, v.Replaced.UTC().Format(timeForm))
	return nil
}

func (u *undeleter) put(v *store.Version) store.Op {
	return store.PutObject{Coll: u.coll.ID, Name: v.Name, Body: v.Body, Index: store.IndexAgain(u.coll.Kind, v.Body, v.Index)}
}

// explain says what to do about an object that has taken the UID.
func (u *undeleter) explain(err error) error {
	var taken *store.UIDConflictError
	if errors.As(err, &taken) {
		return fmt.Errorf("object %q has the same UID now; remove it first: %w", taken.Name, err)
	}
	return err
}

// undeleteBatch is how many objects share a write.
const undeleteBatch = 100

// since brings back every object that was deleted at or after a moment and is
// not there now, in its last state.
func (u *undeleter) since(from time.Time) error {
	latest := map[string]uint64{}
	err := u.env.Store.View(u.env.Ctx, func(s store.Snapshot) error {
		err := s.Versions(u.coll.ID, "", func(v *store.Version) bool { // newest first
			if v.Replaced.Before(from) {
				return false
			}
			if _, seen := latest[v.Name]; !seen && v.Deleted {
				latest[strings.Clone(v.Name)] = v.ID
			}
			return true
		})
		for name := range latest {
			if _, gone := s.Object(u.coll.ID, name, store.WantMeta); gone == nil {
				delete(latest, name)
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read the history of %q: %w", u.coll.Name, err)
	}
	names := slices.Sorted(maps.Keys(latest))
	bar := u.env.progress("undelete", int64(len(names)), false)
	done := 0
	var refused []error
	for chunk := range slices.Chunk(names, undeleteBatch) {
		n, errs, err := u.some(chunk, latest)
		if err != nil {
			return err
		}
		done += n
		refused = append(refused, errs...)
		_ = bar.Add(len(chunk))
	}
	_ = bar.Finish()
	u.env.printf("Brought back %s.\n", plural(done, "object"))
	for _, err := range refused {
		fmt.Fprintf(u.env.Stderr, "almanac: %v\n", err)
	}
	if len(refused) > 0 {
		return exitCode(1)
	}
	return nil
}

// some brings back a few versions in one write, or, when one of them cannot be,
// each by itself.
func (u *undeleter) some(names []string, latest map[string]uint64) (done int, refused []error, err error) {
	ops := make([]store.Op, 0, len(names))
	err = u.env.Store.View(u.env.Ctx, func(s store.Snapshot) error {
		for _, name := range names {
			v, err := s.Version(u.coll.ID, latest[name])
			if err != nil {
				return err
			}
			ops = append(ops, u.put(v))
		}
		return nil
	})
	if err != nil {
		return 0, nil, fmt.Errorf("read the history of %q: %w", u.coll.Name, err)
	}
	if err := u.env.apply("bring back objects", u.home.ID, ops...); err == nil {
		return len(ops), nil, nil
	} else if u.env.Ctx.Err() != nil {
		return 0, nil, err
	}
	for i, op := range ops {
		if err := u.env.apply(fmt.Sprintf("bring back %q", names[i]), u.home.ID, op); err != nil {
			refused = append(refused, u.explain(err))
		} else {
			done++
		}
	}
	return done, refused, nil
}

// parseSince reads a moment, or how long ago it was.
func parseSince(typed string, now time.Time) (time.Time, error) {
	if d, err := parseDuration(typed); err == nil {
		return now.Add(-d), nil
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(form, typed, now.Location()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is neither a time like 2026-05-01T15:04 nor a while ago like 2h", typed)
}
