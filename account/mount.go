package account

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"

	"almanac/store"
)

// A Mount is somebody else's collection as it appears in a user's own home: most
// clients look for collections nowhere else.
type Mount struct {
	Name   string // its last path segment there: see MountName
	Coll   *store.Collection
	Owner  *store.Home
	Access Access
	Look   Look
}

// A Look is what a user says of a shared collection for their own eyes.
type Look struct {
	Hidden bool         `json:",omitempty"` // the user put it aside
	Props  []store.Prop `json:",omitempty"` // instead of those of the collection: name, colour, order …
}

// MountName is the name of a shared collection in a sharee's home: "work@ann". A
// collection's name has its own "@" and "=" written as "=40" and "=3D", so that the
// first "@" ends it.
func MountName(coll *store.Collection, owner *store.Home) string {
	return mountEscape.Replace(coll.Name) + "@" + owner.Name
}

var (
	mountEscape   = strings.NewReplacer("=", "=3D", "@", "=40")
	mountUnescape = strings.NewReplacer("=3D", "=", "=40", "@")
)

// splitMountName takes apart what MountName made; other texts are not ok.
func splitMountName(name string) (coll, owner string, ok bool) {
	coll, owner, ok = strings.Cut(name, "@")
	plain := mountUnescape.Replace(coll)
	return plain, owner, ok && mountEscape.Replace(plain) == coll
}

// FindMount finds what MountName names in a home. Without such a collection, or
// when who lives there may not see it, it is store.ErrNotFound.
func FindMount(snap store.Snapshot, home store.HomeID, kind store.Kind, name string) (*Mount, error) {
	coll, owner, ok := splitMountName(name)
	if !ok {
		return nil, store.ErrNotFound
	}
	h, err := snap.HomeByName(owner)
	if err != nil {
		return nil, err
	}
	c, err := snap.CollectionByName(h.ID, kind, coll)
	if err != nil {
		return nil, err
	}
	if c.Home == home {
		return nil, store.ErrNotFound
	}
	return mountOf(snap, home, c, h)
}

// mountOf makes the mount of a collection, if it is shared with a user.
func mountOf(snap store.Snapshot, home store.HomeID, c *store.Collection, owner *store.Home) (*Mount, error) {
	access, err := shared(snap, home, c.ID)
	if err != nil {
		return nil, err
	}
	if access.Privilege == 0 {
		return nil, store.ErrNotFound
	}
	look, err := LookOf(snap, home, c.ID)
	if err != nil {
		return nil, err
	}
	if look.Hidden {
		return nil, store.ErrNotFound
	}
	return &Mount{MountName(c, owner), c, owner, access, look}, nil
}

// Mounts returns all that is shared with a user and appears in their home, in the
// order in which the collections were made.
func Mounts(snap store.Snapshot, home store.HomeID, kind store.Kind) ([]*Mount, error) {
	principals, err := PrincipalsOf(snap, home)
	if err != nil {
		return nil, err
	}
	var ids []store.CollID
	for _, p := range principals {
		shares, err := SharedWith(snap, p)
		if err != nil {
			return nil, err
		}
		for _, s := range shares {
			ids = append(ids, s.Coll)
		}
	}
	slices.Sort(ids)
	var all []*Mount
	for _, id := range slices.Compact(ids) {
		m, err := MountOf(snap, home, kind, id)
		if errors.Is(err, store.ErrNotFound) {
			continue // of another kind, in the trash, put aside, declined
		} else if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	slices.SortStableFunc(all, func(a, b *Mount) int { return cmp.Compare(a.Coll.ID, b.Coll.ID) })
	return all, nil
}

// MountOf returns a collection as it appears in a user's home: store.ErrNotFound when it
// does not, or is of another kind.
func MountOf(snap store.Snapshot, home store.HomeID, kind store.Kind, id store.CollID) (*Mount, error) {
	c, err := snap.Collection(id)
	if err != nil {
		return nil, err
	}
	if c.Kind != kind || c.Home == home {
		return nil, store.ErrNotFound
	}
	owner, err := snap.Home(c.Home)
	if err != nil {
		return nil, err
	}
	return mountOf(snap, home, c, owner)
}

func mountKey(home store.HomeID, coll store.CollID) string {
	return homeKey(home) + "/" + collKey(coll)
}

// LookOf returns what a user says of a shared collection.
func LookOf(snap store.Snapshot, home store.HomeID, coll store.CollID) (Look, error) {
	l, _, err := factOf[Look](snap, factMount, mountKey(home, coll))
	if errors.Is(err, store.ErrNotFound) {
		return Look{}, nil
	} else if err != nil {
		return Look{}, err
	}
	return *l, nil
}

// LookOps are the operations, on the sharee's home, that keep a Look. fits is false
// when it is larger than can be kept.
func LookOps(home store.HomeID, coll store.CollID, l Look) (ops []store.Op, fits bool) {
	if !l.Hidden && len(l.Props) == 0 {
		return []store.Op{store.DeleteRecord{Kind: factMount, Key: mountKey(home, coll)}}, true
	}
	var refs []string
	if store.DefaultAlarmsIn(l.Props) {
		refs = []string{defaultsRef(coll)}
	}
	put := fact(factMount, mountKey(home, coll), l, refs...)
	return []store.Op{put}, len(put.Record.Value) <= store.MaxRecordValue
}

// defaultsRef is what the Look of who has default alarms in a calendar refers to.
func defaultsRef(coll store.CollID) string { return "alarms:" + collKey(coll) }

// WithDefaultAlarms returns who, other than the owner, has default alarms in a calendar,
// if they still see it.
func WithDefaultAlarms(snap store.Snapshot, coll store.CollID) (homes []store.HomeID, err error) {
	err = snap.Referring(factMount, defaultsRef(coll), func(r *store.Record) bool {
		homes = append(homes, r.Home)
		return true
	})
	return homes, err
}

// SeenBy returns a calendar of somebody else as a user sees it: in their home, or, as a
// delegate, in its owner's. store.ErrNotFound when they do not.
func SeenBy(snap store.Snapshot, home store.HomeID, id store.CollID) (*Mount, error) {
	m, err := MountOf(snap, home, store.Calendar, id)
	if !errors.Is(err, store.ErrNotFound) {
		return m, err
	}
	c, err := snap.Collection(id)
	if err != nil {
		return nil, err
	}
	access, err := delegated(snap, home, c.Home)
	if err != nil {
		return nil, err
	}
	if access.Privilege == 0 || c.Kind != store.Calendar || c.Home == home {
		return nil, store.ErrNotFound
	}
	owner, err := snap.Home(c.Home)
	if err != nil {
		return nil, err
	}
	look, err := LookOf(snap, home, id)
	return &Mount{MountName(c, owner), c, owner, access, look}, err
}

// hide puts a shared collection aside, or takes it back.
func hide(ctx context.Context, st store.Store, home store.HomeID, coll store.CollID, hidden bool, by string, now time.Time) error {
	var l Look
	err := st.View(ctx, func(snap store.Snapshot) (err error) {
		l, err = LookOf(snap, home, coll)
		return err
	})
	if err != nil || l.Hidden == hidden {
		return err
	}
	l.Hidden = hidden
	ops, fits := LookOps(home, coll, l)
	if !fits { // by some octets: better without its colours than not put aside
		ops, _ = LookOps(home, coll, Look{Hidden: hidden})
	}
	return write(ctx, st, home, by, now, nil, append(ops, store.Enqueue{Job: store.AlarmJobOfPerson(coll, home, now)})...)
}

func newID() string { return strings.ToLower(rand.Text()) }
