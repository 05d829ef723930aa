package memstore

import (
	"bytes"
	"fmt"

	"almanac/store"
)

func (e *edit) putObject(op store.PutObject, res *store.OpResult) error {
	c, err := e.collection(op.Coll)
	if err != nil {
		return err
	}
	o := &store.Object{
		Name: op.Name, ETag: store.ETagOf(op.Body), Size: int64(len(op.Body)),
		Created: e.at, Modified: e.at, Index: op.Index, Body: bytes.Clone(op.Body),
	}
	old := c.Members[op.Name]
	if old != nil && bytes.Equal(old.Body, op.Body) {
		res.ETag, res.Rev = old.ETag, c.Rev
		return nil
	}
	if err := c.uidFree(o.Index.UID, op.Name); err != nil {
		return err
	}
	if old != nil {
		o.Created, o.Props = old.Created, old.Props
	}
	e.set(c, o, res)
	e.watchMember(c, o, o.Index.Wake(e.at, op.Wake), nil)
	return nil
}

// uidFree tells whether the members of these names may have the UID.
func (c *collection) uidFree(uid string, names ...string) error {
	owner, taken := c.byUID(uid)
	for _, name := range names {
		taken = taken && owner != name
	}
	if taken {
		return &store.UIDConflictError{Coll: c.ID, Name: owner, UID: uid}
	}
	return nil
}

// set writes a member over whatever has its name.
func (e *edit) set(c *collection, o *store.Object, res *store.OpResult) {
	old := c.Members[o.Name]
	if old != nil {
		e.retire(c, old, false)
	}
	c.Rev++
	o.Rev = c.Rev
	c.Members[o.Name] = o
	c.Log[o.Name] = store.Change{Rev: c.Rev, Name: o.Name}
	c.Count++
	c.Octets += o.Size
	res.ETag, res.Created, res.Rev = o.ETag, old == nil, c.Rev
	e.tell(c)
}

// retire moves a member to the history.
func (e *edit) retire(c *collection, o *store.Object, deleted bool) {
	c.LastVersion++
	c.Versions = append(c.Versions, &store.Version{
		ID: c.LastVersion, Name: o.Name, ETag: o.ETag, Size: o.Size, Index: o.Index.Plain(),
		Modified: o.Modified, Replaced: e.at, Deleted: deleted, By: e.by, Body: o.Body,
	})
	delete(c.Members, o.Name)
	c.Count--
	c.Octets -= o.Size
}

func (e *edit) deleteObject(c *collection, name string, res *store.OpResult) error {
	o := c.Members[name]
	if o == nil {
		return fmt.Errorf("member %q: %w", name, store.ErrNotFound)
	}
	e.retire(c, o, true)
	c.Rev++
	c.Log[name] = store.Change{Rev: c.Rev, Name: name, Deleted: true}
	res.Rev = c.Rev
	e.tell(c)
	delete(e.Jobs, alarmKey(c, name))
	return nil
}

func (e *edit) moveObject(op store.MoveObject, res *store.OpResult) error {
	from, err := e.collection(op.From)
	if err != nil {
		return err
	}
	to, err := e.collection(op.To)
	if err != nil {
		return err
	}
	o := from.Members[op.FromName]
	if o == nil {
		return fmt.Errorf("member %q: %w", op.FromName, store.ErrNotFound)
	}
	if from == to && op.FromName == op.ToName {
		res.ETag, res.Rev = o.ETag, to.Rev
		return nil
	}
	if to.Members[op.ToName] != nil && !op.Overwrite {
		return fmt.Errorf("member %q: %w", op.ToName, store.ErrExists)
	}
	names := []string{op.ToName}
	if from == to {
		names = append(names, op.FromName)
	}
	if err := to.uidFree(o.Index.UID, names...); err != nil {
		return err
	}
	var before *store.Job
	if j, ok := e.Jobs[alarmKey(from, op.FromName)]; ok {
		before = &j.Job
	}
	if err := e.deleteObject(from, op.FromName, &store.OpResult{}); err != nil {
		return err
	}
	moved := *o
	moved.Name = op.ToName
	e.set(to, &moved, res)
	e.watchMember(to, &moved, e.at, before)
	return nil
}

func (e *edit) touchObject(op store.TouchObject, res *store.OpResult) error {
	c, err := e.collection(op.Coll)
	if err != nil {
		return err
	}
	if c.Members[op.Name] == nil {
		return fmt.Errorf("member %q: %w", op.Name, store.ErrNotFound)
	}
	o := *c.Members[op.Name]
	c.Rev++
	o.Rev = c.Rev
	c.Members[op.Name] = &o
	c.Log[op.Name] = store.Change{Rev: c.Rev, Name: op.Name}
	res.ETag, res.Rev = o.ETag, o.Rev
	e.tell(c)
	e.watch(c, op.Name, e.at, nil)
	return nil
}
