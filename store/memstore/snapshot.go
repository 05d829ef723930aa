package memstore

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"almanac/store"
)

// A snapshot is a store.Snapshot over one state.
type snapshot struct{ *state }

func missing(what string, key any) error {
	return fmt.Errorf("%s %v: %w", what, key, store.ErrNotFound)
}

func cloneHome(h *store.Home) *store.Home {
	c := *h
	c.Emails = slices.Clone(h.Emails)
	c.Principal = slices.Clone(h.Principal)
	c.CalendarHome = slices.Clone(h.CalendarHome)
	c.AddressBookHome = slices.Clone(h.AddressBookHome)
	return &c
}

func cloneCollection(c *collection) *store.Collection {
	d := c.Collection
	d.Components = slices.Clone(c.Components)
	d.Props = slices.Clone(c.Props)
	return &d
}

func (s *snapshot) Home(id store.HomeID) (*store.Home, error) {
	if h := s.state.Homes[id]; h != nil {
		return cloneHome(h), nil
	}
	return nil, missing("home", id)
}

func (s *snapshot) HomeByName(name string) (*store.Home, error) {
	if h := s.homeByName(name); h != nil {
		return cloneHome(h), nil
	}
	return nil, missing("home", name)
}

func (s *snapshot) Homes(after string, visit func(*store.Home) bool) error {
	homes := slices.SortedFunc(maps.Values(s.state.Homes), func(a, b *store.Home) int { return strings.Compare(a.Name, b.Name) })
	for _, h := range homes {
		if h.Name > after && !visit(cloneHome(h)) {
			return nil
		}
	}
	return nil
}

func (s *snapshot) Collection(id store.CollID) (*store.Collection, error) {
	c, err := s.get(id)
	if err != nil {
		return nil, err
	}
	return cloneCollection(c), nil
}

func (s *snapshot) get(id store.CollID) (*collection, error) {
	if c := s.live(id); c != nil {
		return c, nil
	}
	return nil, missing("collection", id)
}

func (s *snapshot) CollectionByName(home store.HomeID, kind store.Kind, name string) (*store.Collection, error) {
	if c := s.place(home, kind, name); c != nil {
		return cloneCollection(c), nil
	}
	return nil, missing("collection", name)
}

func (s *snapshot) Collections(home store.HomeID) ([]*store.Collection, error) {
	if s.state.Homes[home] == nil {
		return nil, missing("home", home)
	}
	var all []*store.Collection
	for _, c := range s.collectionsOf(home, false) {
		all = append(all, cloneCollection(c))
	}
	return all, nil
}

func (s *snapshot) Trash(home store.HomeID) ([]*store.Trashed, error) {
	if s.state.Homes[home] == nil {
		return nil, missing("home", home)
	}
	var all []*store.Trashed
	for _, c := range s.collectionsOf(home, true) {
		all = append(all, &store.Trashed{Collection: *cloneCollection(c), Deleted: c.Deleted, By: c.By})
	}
	slices.Reverse(all)
	slices.SortStableFunc(all, func(a, b *store.Trashed) int { return b.Deleted.Compare(a.Deleted) })
	return all, nil
}

func (s *snapshot) Object(id store.CollID, name string, want store.Want) (*store.Object, error) {
	c, err := s.get(id)
	if err != nil {
		return nil, err
	}
	o := c.Members[name]
	if o == nil {
		return nil, missing("member", name)
	}
	return only(o, want).Clone(), nil
}

// only returns the object without what is not wanted.
func only(o *store.Object, want store.Want) *store.Object {
	c := *o
	c.Index = o.Index.Plain()
	if want&store.WantBody == 0 {
		c.Body = nil
	}
	if want&store.WantProps == 0 {
		c.Props = nil
	}
	return &c
}

func (s *snapshot) Objects(id store.CollID, names []string, want store.Want, visit func(i int, o *store.Object) bool) error {
	c, err := s.get(id)
	if err != nil {
		return err
	}
	for i, name := range names {
		more := false
		if o := c.Members[name]; o == nil {
			more = visit(i, nil)
		} else {
			more = lend(o, want, func(o *store.Object) bool { return visit(i, o) })
		}
		if !more {
			return nil
		}
	}
	return nil
}

func (s *snapshot) List(id store.CollID, after string, want store.Want, visit func(*store.Object) bool) error {
	c, err := s.get(id)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(c.Members)) {
		if name > after && !lend(c.Members[name], want, visit) {
			return nil
		}
	}
	return nil
}

func (s *snapshot) Range(id store.CollID, q store.RangeQuery, resume string, want store.Want, judge store.Judge, visit func(*store.Object) bool) (next string, err error) {
	c, err := s.get(id)
	if err != nil {
		return "", err
	}
	w := q.Window()
	for _, name := range slices.Sorted(maps.Keys(c.Members)) {
		if name <= resume || !w.Candidate(&c.Members[name].Index) {
			continue
		}
		read, more := true, true
		if judge != nil {
			read, more = lendIndex(c.Members[name].Index, judge)
		}
		if read {
			more = lend(c.Members[name], want, visit) && more
		}
		if !more {
			return name, nil
		}
	}
	return "", nil
}

func (s *snapshot) ByUID(id store.CollID, uid string) (string, error) {
	c, err := s.get(id)
	if err != nil {
		return "", err
	}
	if name, ok := c.byUID(uid); ok {
		return name, nil
	}
	return "", missing("UID", strconv.Quote(uid))
}

func (s *snapshot) Changes(id store.CollID, since store.Rev, visit func(store.Change) bool) error {
	c, err := s.get(id)
	if err != nil {
		return err
	}
	rows := slices.SortedFunc(maps.Values(c.Log), func(a, b store.Change) int { return int(a.Rev) - int(b.Rev) })
	for _, ch := range rows {
		if ch.Rev <= since || since == 0 && ch.Deleted {
			continue
		}
		if !visit(ch) {
			return nil
		}
	}
	return nil
}

func (s *snapshot) Versions(id store.CollID, name string, visit func(*store.Version) bool) error {
	c, err := s.get(id)
	if err != nil {
		return err
	}
	for _, v := range slices.Backward(c.Versions) {
		if name != "" && v.Name != name {
			continue
		}
		row := *v
		row.Body = nil
		if !visit(&row) {
			return nil
		}
	}
	return nil
}

func (s *snapshot) Version(id store.CollID, version uint64) (*store.Version, error) {
	c, err := s.get(id)
	if err != nil {
		return nil, err
	}
	for _, v := range c.Versions {
		if v.ID == version {
			row := *v
			row.Body = slices.Clone(v.Body)
			return &row, nil
		}
	}
	return nil, missing("version", version)
}

func (s *snapshot) Job(queue, id string) (found *store.Job, err error) {
	err = s.Jobs(queue, "", func(j *store.Job) bool {
		if j.ID == id {
			found = j
		}
		return found == nil
	})
	if found == nil && err == nil {
		err = store.ErrNotFound
	}
	return found, err
}

func (s *snapshot) Jobs(queue, after string, visit func(*store.Job) bool) error {
	jobs := s.queue(queue)
	slices.SortFunc(jobs, func(a, b job) int { return strings.Compare(a.ID, b.ID) })
	for _, j := range jobs {
		if j.ID <= after {
			continue
		}
		out := j.Job
		out.Payload = bytes.Clone(out.Payload)
		if j.Lease.IsZero() {
			out.Claim = 0
		}
		if !visit(&out) {
			return nil
		}
	}
	return nil
}

func (s *snapshot) Alarms(c store.CollID, until time.Time, visit func(*store.Job) bool) error {
	prefix := store.AlarmJobID(c, "")
	return s.Jobs(store.AlarmQueue, prefix[:len(prefix)-1], func(j *store.Job) bool {
		return !strings.HasPrefix(j.ID, prefix) || j.Due.After(until) || visit(j)
	})
}

func (s *snapshot) NextJob(queue string) (due time.Time, ok bool, err error) {
	jobs := s.queue(queue)
	if len(jobs) == 0 {
		return time.Time{}, false, nil
	}
	return jobs[0].ready(), true, nil
}
