package memstore

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/store"
)

// An edit is a state in the making.
type edit struct {
	*state
	own    map[store.CollID]bool // collections that are copies of this edit's
	events []store.Event

	home store.HomeID
	at   time.Time
	by   string
}

func (e *edit) apply(b *store.Batch) (*store.Result, error) {
	e.home, e.by, e.at = b.Home, b.By, store.Moment(b.At)
	if b.At.IsZero() {
		e.at = store.Moment(time.Now())
	}
	for i, p := range b.Pre {
		if !e.holds(p) {
			return nil, &store.PreconditionError{Index: i, Pre: p}
		}
	}
	for _, p := range b.Pre {
		if w, ok := p.(store.Within); ok {
			if err := w.Limits.JudgeOps(b.Ops); err != nil {
				return nil, err
			}
		}
	}
	before := e.usage()
	res := &store.Result{Ops: make([]store.OpResult, len(b.Ops))}
	for i, op := range b.Ops {
		if err := e.op(op, &res.Ops[i]); err != nil {
			return nil, err
		}
	}
	for _, p := range b.Pre {
		if w, ok := p.(store.Within); ok {
			if err := w.Limits.Judge(before, e.usage()); err != nil {
				return nil, err
			}
		}
	}
	return res, nil
}

func (e *edit) usage() store.Usage {
	u := store.Usage{Members: make(map[store.CollID]int)}
	for id, c := range e.Colls {
		if c.Home == e.home && !c.Trash {
			u.Members[id] = c.Count
			u.Octets += c.Octets
		}
	}
	return u
}

func (e *edit) holds(p store.Pre) bool {
	switch p := p.(type) {
	case store.ETagIs:
		o := e.member(p.Coll, p.Name)
		return o != nil && (len(p.ETags) == 0 || slices.Contains(p.ETags, o.ETag))
	case store.ETagIsNot:
		o := e.member(p.Coll, p.Name)
		return o == nil || len(p.ETags) > 0 && !slices.Contains(p.ETags, o.ETag)
	case store.KeepsUID:
		o := e.member(p.Coll, p.Name)
		return o == nil || o.Index.UID == "" || o.Index.UID == p.UID
	case store.RevIs:
		c := e.live(p.Coll)
		return c != nil && c.Home == e.home && c.Rev == p.Rev
	case store.JobIs:
		j, ok := e.Jobs[jobKey{p.Queue, p.ID}]
		return ok && j.Claim == p.Claim
	case store.Within:
		return true // judged after the operations
	case store.RecordIs:
		r := e.Records[recordKey{p.Kind, p.Key}]
		return (r != nil) == (p.Value != nil) && (r == nil || bytes.Equal(r.Value, p.Value))
	}
	return false
}

func (e *edit) member(id store.CollID, name string) *store.Object {
	if c := e.live(id); c != nil && c.Home == e.home {
		return c.Members[name]
	}
	return nil
}

func (e *edit) op(op store.Op, res *store.OpResult) error {
	switch op := op.(type) {
	case store.CreateHome:
		return e.createHome(op, res)
	case store.Enqueue:
		return e.enqueue(op, res)
	case store.PutRecord:
		return e.putRecord(op.Record)
	case store.DeleteRecord:
		return e.deleteRecord(op)
	case store.FinishJob:
		k := jobKey{op.Queue, op.ID}
		if op.Claim == 0 || e.Jobs[k].Claim == op.Claim {
			delete(e.Jobs, k)
		}
		return nil
	}
	if e.Homes[e.home] == nil {
		return fmt.Errorf("home %d: %w", e.home, store.ErrNotFound)
	}
	switch op := op.(type) {
	case store.SetHome:
		e.setHome(op)
	case store.DeleteHome:
		e.deleteHome()
	case store.CreateCollection:
		return e.createCollection(op, res)
	case store.RestoreCollection:
		return e.restoreCollection(op)
	case store.WakeObject:
		c, err := e.collection(op.Coll)
		if err != nil {
			return err
		}
		if c.Members[op.Name] == nil {
			return fmt.Errorf("member %q: %w", op.Name, store.ErrNotFound)
		}
		e.watch(c, op.Name, e.at, nil)
	case store.MoveObject:
		return e.moveObject(op, res)
	case store.PatchProps:
		return e.patchProps(op)
	case store.RenameCollection:
		return e.renameCollection(op)
	case store.SetComponents:
		c, err := e.collection(op.Coll)
		if err != nil {
			return err
		}
		c.Components = slices.Clone(op.Components)
	case store.DeleteCollection:
		c, err := e.collection(op.Coll)
		if err != nil {
			return err
		}
		c.Trash, c.Deleted, c.By = true, e.at, e.by
		e.tell(c)
	case store.PutObject:
		return e.putObject(op, res)
	case store.DeleteObject:
		c, err := e.collection(op.Coll)
		if err != nil {
			return err
		}
		return e.deleteObject(c, op.Name, res)
	case store.TouchObject:
		return e.touchObject(op, res)
	}
	return nil
}

// edit returns the collection as a copy that may be changed.
func (e *edit) edit(id store.CollID) *collection {
	if !e.own[id] {
		e.Colls[id] = e.Colls[id].clone()
		e.own[id] = true
	}
	return e.Colls[id]
}

// collection returns a live collection of the batch's home that may be changed.
func (e *edit) collection(id store.CollID) (*collection, error) {
	if c := e.live(id); c == nil || c.Home != e.home {
		return nil, fmt.Errorf("collection %d: %w", id, store.ErrNotFound)
	}
	c := e.edit(id)
	e.tell(c)
	return c, nil
}

func (e *edit) tell(c *collection) {
	e.events = slices.DeleteFunc(e.events, func(ev store.Event) bool { return ev.Coll == c.ID })
	e.events = append(e.events, store.Event{Home: c.Home, Coll: c.ID, Rev: c.Rev, Gone: c.Trash})
}

func (e *edit) createHome(op store.CreateHome, res *store.OpResult) error {
	if e.homeByName(op.Home.Name) != nil {
		return fmt.Errorf("home %q: %w", op.Home.Name, store.ErrExists)
	}
	h := op.Home
	e.LastHome++
	h.ID, h.SecretRev, h.Created = e.LastHome, 1, e.at
	h.Emails = slices.Clone(h.Emails)
	h.Principal = store.PropSet(nil).Patch(h.Principal, nil)
	h.CalendarHome = store.PropSet(nil).Patch(h.CalendarHome, nil)
	h.AddressBookHome = store.PropSet(nil).Patch(h.AddressBookHome, nil)
	e.Homes[h.ID] = &h
	e.home, res.Home = h.ID, h.ID
	return nil
}

func (e *edit) setHome(op store.SetHome) {
	h := *e.Homes[e.home]
	if op.DisplayName != nil {
		h.DisplayName = *op.DisplayName
	}
	if op.Emails != nil {
		h.Emails = slices.Clone(*op.Emails)
	}
	if op.Secret != nil {
		h.Secret = *op.Secret
	}
	if op.Secret != nil || op.NewRev {
		h.SecretRev++
	}
	e.Homes[h.ID] = &h
}

// bury ends a collection for good, with the jobs of its members.
func (e *edit) bury(c *collection) {
	delete(e.Colls, c.ID)
	for k := range e.Jobs {
		if id, _, ok := store.ParseAlarmJobID(k.ID); ok && k.Queue == store.AlarmQueue && id == c.ID {
			delete(e.Jobs, k)
		}
	}
}

func (e *edit) deleteHome() {
	for _, c := range e.Colls {
		if c.Home == e.home {
			gone := *c
			gone.Trash = true
			e.tell(&gone)
			e.bury(c)
		}
	}
	for k, j := range e.Jobs {
		if j.Home == e.home {
			delete(e.Jobs, k)
		}
	}
	for k, r := range e.Records {
		if r.Home == e.home {
			delete(e.Records, k)
		}
	}
	delete(e.Homes, e.home)
}

func (e *edit) createCollection(op store.CreateCollection, res *store.OpResult) error {
	if e.place(e.home, op.Collection.Kind, op.Collection.Name) != nil {
		return fmt.Errorf("collection %q: %w", op.Collection.Name, store.ErrExists)
	}
	e.LastColl++
	c := &collection{
		Collection: store.Collection{
			ID: e.LastColl, Home: e.home, Kind: op.Collection.Kind, Name: op.Collection.Name,
			Components: slices.Clone(op.Collection.Components), Created: e.at,
			Props: store.PropSet(nil).Patch(op.Collection.Props, nil),
		},
		Members: make(map[string]*store.Object),
		Log:     make(map[string]store.Change),
	}
	e.Colls[c.ID], e.own[c.ID] = c, true
	e.tell(c)
	res.Coll = c.ID
	return nil
}

func (e *edit) renameCollection(op store.RenameCollection) error {
	c, err := e.collection(op.Coll)
	if err != nil {
		return err
	}
	if other := e.place(e.home, c.Kind, op.Name); other != nil && other != c {
		return fmt.Errorf("collection %q: %w", op.Name, store.ErrExists)
	}
	c.Name = op.Name
	return nil
}

func (e *edit) restoreCollection(op store.RestoreCollection) error {
	c := e.Colls[op.Coll]
	if c == nil || c.Home != e.home || !c.Trash {
		return fmt.Errorf("collection %d in the trash: %w", op.Coll, store.ErrNotFound)
	}
	name := op.Name
	if name == "" {
		name = c.Name
	}
	if e.place(e.home, c.Kind, name) != nil {
		return fmt.Errorf("collection %q: %w", name, store.ErrExists)
	}
	c = e.edit(op.Coll)
	c.Name, c.Trash, c.Deleted, c.By = name, false, time.Time{}, ""
	e.tell(c)
	return e.watchCalendar(c)
}

func (e *edit) patchProps(op store.PatchProps) error {
	h := *e.Homes[e.home]
	switch op.Target {
	case store.OnPrincipal:
		h.Principal = h.Principal.Patch(op.Set, op.Remove)
	case store.OnCalendarHome:
		h.CalendarHome = h.CalendarHome.Patch(op.Set, op.Remove)
	case store.OnAddressBookHome:
		h.AddressBookHome = h.AddressBookHome.Patch(op.Set, op.Remove)
	case store.OnCollection, store.OnObject:
		c, err := e.collection(op.Coll)
		if err != nil {
			return err
		}
		if op.Target == store.OnCollection {
			c.Props = c.Props.Patch(op.Set, op.Remove)
			if op.ConcernsAlarms() {
				return e.watchCalendar(c)
			}
			return nil
		}
		if c.Members[op.Name] == nil {
			return fmt.Errorf("member %q: %w", op.Name, store.ErrNotFound)
		}
		o := *c.Members[op.Name]
		o.Props = o.Props.Patch(op.Set, op.Remove)
		c.Members[op.Name] = &o
		return nil
	}
	e.Homes[h.ID] = &h
	if !op.ConcernsAlarms() {
		return nil
	}
	for _, c := range e.Colls {
		if c.Home == e.home && !c.Trash {
			if err := e.watchCalendar(c); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *edit) enqueue(op store.Enqueue, res *store.OpResult) error {
	if e.home != 0 && e.Homes[e.home] == nil {
		return fmt.Errorf("home %d: %w", e.home, store.ErrNotFound)
	}
	k := jobKey{op.Job.Queue, op.Job.ID}
	j := job{Job: op.Job}
	j.Home, j.Tries, j.Claim = e.home, e.Jobs[k].Tries, 0
	j.Due = store.Moment(j.Due)
	j.Payload = []byte(strings.Clone(string(j.Payload)))
	if !op.Until.IsZero() {
		e.Claims++
		j.Claim, j.Lease, j.Tries = e.Claims, store.Moment(op.Until), j.Tries+1
		res.Claim = j.Claim
	}
	e.Jobs[k] = j
	return nil
}
