package storetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"almanac/store"
)

// A World is all that a snapshot tells, as plain values to compare.
type World struct {
	Homes []HomeDump
	Next  map[string]time.Time // by queue: when its next job can be claimed

	Alarms  []string            `json:",omitempty"` // the jobs of store.AlarmQueue, by their IDs
	Records []string            `json:",omitempty"` // of the kinds that the suite uses
	ByRef   map[string][]string `json:",omitempty"` // by kind and ref
}

// A HomeDump is a home with what is in it.
type HomeDump struct {
	Home        store.Home
	Collections []CollectionDump
	Trash       []store.Trashed
}

// A CollectionDump is a collection with what is in it.
type CollectionDump struct {
	Collection store.Collection
	Members    []store.Object
	UIDs       map[string]string
	Changes    []store.Change         // after revision 0
	All        []store.Change         // with the deleted, but for a deletion at revision 1
	InRange    map[string]store.Index // by component and name, what a Judge was asked
	Versions   []store.Version        // with bodies
	ByName     map[string][]uint64
}

// queues are those that the suite uses.
var queues = []string{"mail", "alarm", "mai"}

// window is a range that most members of the suite lie around; windows are those
// that a dump asks for.
var (
	window  = store.RangeQuery{Start: day(3, 10).Unix(), End: day(3, 12).Unix()}
	windows = []store.RangeQuery{
		window,
		{Component: "VTODO", Start: math.MinInt64, End: math.MaxInt64},
		{Component: "VEVENT", Start: day(12, 20).AddDate(2, 0, 0).Unix(), End: day(1, 10).AddDate(3, 0, 0).Unix()},
		{Start: day(3, 8).AddDate(5, 0, 0).Unix(), End: math.MaxInt64},
	}
)

// Dump reads the whole store.
func Dump(ctx context.Context, s store.Store) (*World, error) {
	w := &World{Next: make(map[string]time.Time), ByRef: make(map[string][]string)}
	err := s.View(ctx, func(sn store.Snapshot) error {
		var homes []store.HomeID
		err := sn.Homes("", func(h *store.Home) bool {
			homes = append(homes, h.ID)
			return true
		})
		if err != nil {
			return err
		}
		for _, id := range homes {
			h, err := dumpHome(sn, id)
			if err != nil {
				return fmt.Errorf("home %d: %w", id, err)
			}
			w.Homes = append(w.Homes, *h)
		}
		for _, kind := range []string{"m", "n"} {
			if err := dumpRecords(sn, kind, w); err != nil {
				return err
			}
		}
		err = sn.Jobs(store.AlarmQueue, "", func(j *store.Job) bool {
			_, _, mark, err := store.ParseAlarmJob(j)
			claimed := j.Claim != 0
			w.Alarms = append(w.Alarms, fmt.Sprintf("%s of %d at %v, since %v, done %v, %v, claimed %v, tries %d: %v",
				j.ID, j.Home, j.Due, mark.Since, mark.Done, j.Payload, claimed, j.Tries, err))
			return true
		})
		if err != nil {
			return err
		}
		for _, q := range queues {
			due, ok, err := sn.NextJob(q)
			if err != nil {
				return err
			}
			if ok {
				w.Next[q] = due
			}
		}
		return nil
	})
	return w, err
}

func dumpRecords(sn store.Snapshot, kind string, w *World) error {
	refs := make(map[string]bool)
	err := sn.Records(kind, "", "", func(r *store.Record) bool {
		r = r.Clone()
		w.Records = append(w.Records, text(r))
		for _, ref := range r.Refs {
			refs[ref] = true
		}
		return true
	})
	if err != nil {
		return err
	}
	for ref := range refs {
		err := sn.Referring(kind, ref, func(r *store.Record) bool {
			w.ByRef[kind+" "+ref] = append(w.ByRef[kind+" "+ref], text(r))
			return true
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func dumpHome(sn store.Snapshot, id store.HomeID) (*HomeDump, error) {
	h, err := sn.Home(id)
	if err != nil {
		return nil, err
	}
	byName, err := sn.HomeByName(h.Name)
	if err != nil || byName.ID != id {
		return nil, fmt.Errorf("by name %q: %v, %v", h.Name, byName, err)
	}
	d := &HomeDump{Home: *h}
	for _, ps := range []*store.PropSet{&d.Home.Principal, &d.Home.CalendarHome, &d.Home.AddressBookHome} {
		*ps = filled(*ps)
	}
	colls, err := sn.Collections(id)
	if err != nil {
		return nil, err
	}
	for _, c := range colls {
		cd, err := dumpCollection(sn, c)
		if err != nil {
			return nil, fmt.Errorf("collection %d: %w", c.ID, err)
		}
		d.Collections = append(d.Collections, *cd)
	}
	trash, err := sn.Trash(id)
	if err != nil {
		return nil, err
	}
	for _, c := range trash {
		c := *c
		c.Props = filled(c.Props)
		d.Trash = append(d.Trash, c)
	}
	return d, nil
}

// filled returns nil for an empty set, so that worlds are quickly compared.
func filled(ps store.PropSet) store.PropSet {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

func dumpCollection(sn store.Snapshot, c *store.Collection) (*CollectionDump, error) {
	byName, err := sn.CollectionByName(c.Home, c.Kind, c.Name)
	if err != nil || byName.ID != c.ID {
		return nil, fmt.Errorf("by name %q: %v, %v", c.Name, byName, err)
	}
	byID, err := sn.Collection(c.ID)
	if err != nil {
		return nil, err
	}
	d := &CollectionDump{Collection: *byID, UIDs: make(map[string]string), InRange: make(map[string]store.Index), ByName: make(map[string][]uint64)}
	d.Collection.Props = filled(d.Collection.Props)
	err = sn.List(c.ID, "", store.WantBody|store.WantProps, func(o *store.Object) bool {
		o = o.Clone()
		o.Props = filled(o.Props)
		d.Members = append(d.Members, *o)
		return true
	})
	if err != nil {
		return nil, err
	}
	for _, o := range d.Members {
		if name, err := sn.ByUID(c.ID, o.Index.UID); err != nil {
			d.UIDs[o.Index.UID] = err.Error()
		} else {
			d.UIDs[o.Index.UID] = name
		}
	}
	if err := sn.Changes(c.ID, 0, func(ch store.Change) bool { d.Changes = append(d.Changes, ch); return true }); err != nil {
		return nil, err
	}
	if err := sn.Changes(c.ID, 1, func(ch store.Change) bool { d.All = append(d.All, ch); return true }); err != nil {
		return nil, err
	}
	for i, q := range windows {
		err := dumpRange(sn, c.ID, q, func(name string, x store.Index) { d.InRange[fmt.Sprint(i, " ", name)] = x })
		if err != nil {
			return nil, err
		}
	}
	return d, dumpVersions(sn, c.ID, d)
}

func cloned[S ~string](s S) S { return S(strings.Clone(string(s))) }

// dumpRange tells each candidate of a range with what a Judge was asked about it.
func dumpRange(sn store.Snapshot, c store.CollID, q store.RangeQuery, tell func(name string, x store.Index)) error {
	var judged store.Index
	seen := make(map[string]bool)
	var failed error
	_, err := sn.Range(c, q, "", store.WantMeta, func(x *store.Index) (read, more bool) {
		judged = *x
		judged.Component, judged.Pattern = cloned(x.Component), cloned(x.Pattern)
		return true, true
	}, func(o *store.Object) bool {
		name := strings.Clone(o.Name)
		plain := judged.Plain()
		if plain.UID = o.Index.UID; plain != o.Index || seen[name] {
			failed = fmt.Errorf("judge of %q was asked about %+v, visited is %+v; seen before: %v", name, judged, o.Index, seen[name])
		}
		seen[name] = true
		tell(name, judged)
		return failed == nil
	})
	return errors.Join(err, failed)
}

func dumpVersions(sn store.Snapshot, c store.CollID, d *CollectionDump) error {
	var ids []uint64
	err := sn.Versions(c, "", func(v *store.Version) bool {
		ids = append(ids, v.ID)
		d.ByName[v.Name] = nil
		return true
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		v, err := sn.Version(c, id)
		if err != nil {
			return err
		}
		d.Versions = append(d.Versions, *v)
	}
	for name := range d.ByName {
		err := sn.Versions(c, name, func(v *store.Version) bool {
			d.ByName[name] = append(d.ByName[name], v.ID)
			return true
		})
		if err != nil {
			return err
		}
	}
	return nil
}
