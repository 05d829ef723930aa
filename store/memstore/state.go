package memstore

import (
	"maps"
	"slices"
	"strings"
	"time"

	"almanac/store"
)

// A state is all that is kept, at one moment. It is never changed. Its fields are
// exported for gob.
type state struct {
	Homes    map[store.HomeID]*store.Home
	Colls    map[store.CollID]*collection
	Jobs     map[jobKey]job
	Records  map[recordKey]*store.Record
	LastHome store.HomeID
	LastColl store.CollID
	Claims   uint64
}

type collection struct {
	store.Collection
	Trash       bool
	Deleted     time.Time
	By          string
	Members     map[string]*store.Object // with Body and Props
	Log         map[string]store.Change  // the last state of each name ever used
	Versions    []*store.Version         // ascending, with Body
	LastVersion uint64
}

type jobKey struct{ Queue, ID string }

type recordKey struct{ Kind, Key string }

type job struct {
	store.Job
	Lease time.Time // zero when nobody has it
}

// ready is the moment from which the job can be claimed.
func (j job) ready() time.Time {
	if j.Lease.IsZero() {
		return j.Due
	}
	return j.Lease
}

func newState() *state {
	return &state{
		Homes: make(map[store.HomeID]*store.Home),
		Colls: make(map[store.CollID]*collection),
		Jobs:  make(map[jobKey]job),

		Records: make(map[recordKey]*store.Record),
	}
}

// clone copies the state so far that its maps can be changed; what they point
// to is shared.
func (s *state) clone() *state {
	c := *s
	c.Homes = maps.Clone(s.Homes)
	c.Colls = maps.Clone(s.Colls)
	c.Jobs = maps.Clone(s.Jobs)
	c.Records = maps.Clone(s.Records)
	return &c
}

func (c *collection) clone() *collection {
	d := *c
	d.Members = maps.Clone(c.Members)
	d.Log = maps.Clone(c.Log)
	d.Versions = slices.Clone(c.Versions)
	return &d
}

func (s *state) homeByName(name string) *store.Home {
	for _, h := range s.Homes {
		if h.Name == name {
			return h
		}
	}
	return nil
}

// live returns a collection that is not in the trash, or nil.
func (s *state) live(id store.CollID) *collection {
	if c := s.Colls[id]; c != nil && !c.Trash {
		return c
	}
	return nil
}

func (s *state) place(home store.HomeID, kind store.Kind, name string) *collection {
	for _, c := range s.Colls {
		if !c.Trash && c.Home == home && c.Kind == kind && c.Name == name {
			return c
		}
	}
	return nil
}

// collectionsOf returns the home's collections, in the trash or not, by id.
func (s *state) collectionsOf(home store.HomeID, trash bool) []*collection {
	var all []*collection
	for _, id := range slices.Sorted(maps.Keys(s.Colls)) {
		if c := s.Colls[id]; c.Home == home && c.Trash == trash {
			all = append(all, c)
		}
	}
	return all
}

func (c *collection) byUID(uid string) (name string, ok bool) {
	for _, o := range c.Members {
		if uid != "" && o.Index.UID == uid {
			return o.Name, true
		}
	}
	return "", false
}

// queue returns the jobs of a queue in the order in which they are handed out.
func (s *state) queue(name string) []job {
	var all []job
	for k, j := range s.Jobs {
		if k.Queue == name {
			all = append(all, j)
		}
	}
	slices.SortFunc(all, func(a, b job) int {
		if d := a.ready().Compare(b.ready()); d != 0 {
			return d
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all
}
