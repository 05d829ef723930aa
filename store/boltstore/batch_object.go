package boltstore

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"almanac/store"
)

// member reads a member's record; nil when there is none. It points into the
// transaction.
func (c *collection) member(name string) (*member, error) {
	rec := c.get(pMembers, []byte(name))
	if rec == nil {
		return nil, nil
	}
	m := &member{}
	m.Name = name
	if err := decodeMember(rec, m); err != nil {
		return nil, fmt.Errorf("collection %d, member %q: %w", c.id, name, err)
	}
	return m, nil
}

// liveMember returns a member that has to be there, of a live collection.
func (a *applier) liveMember(id store.CollID, name string) (*collection, *member, error) {
	c, err := a.live(id)
	if err != nil {
		return nil, nil, err
	}
	m, err := c.member(name)
	if err == nil && m == nil {
		err = missing("member", name)
	}
	return c, m, err
}

// own copies what points into a record that is about to be replaced.
func (c *collection) own(m *member) *member {
	d := *m
	d.ETag = strings.Clone(m.ETag)
	d.Index.UID = strings.Clone(m.Index.UID)
	d.Index.Component = strings.Clone(m.Index.Component)
	return &d
}

func (c *collection) memberProps(name []byte) (store.PropSet, error) {
	rec := c.get(pProps, name)
	if rec == nil {
		return nil, nil
	}
	r := reader{b: bytes.Clone(rec)}
	ps := r.props(nil)
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("properties of collection %d, member %q: %w", c.id, name, err)
	}
	return ps, nil
}

// octets returns the client's octets of a body.
func (c *collection) octets(id uint64) ([]byte, error) {
	row := c.get(pBodies, key8(id))
	if row == nil {
		return nil, fmt.Errorf("collection %d, body %d: %w", c.id, id, store.ErrDamaged)
	}
	b, err := decodeBody(row)
	if err != nil {
		return nil, fmt.Errorf("collection %d, body %d: %w", c.id, id, err)
	}
	return b.octets, nil
}

// uidFree tells whether the members of these names may have the UID.
func (c *collection) uidFree(uid string, names ...string) error {
	if uid == "" {
		return nil
	}
	owner := c.get(pUIDs, uidKey(uid))
	if owner == nil {
		return nil
	}
	for _, name := range names {
		if string(owner) == name {
			return nil
		}
	}
	// A moved member's UID lies in the memory map, which the error outlives.
	return &store.UIDConflictError{Coll: c.id, Name: string(owner), UID: strings.Clone(uid)}
}

func onlyDamage(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

func (a *applier) putObject(home *store.Home, op store.PutObject, put *prepared, res *store.OpResult) error {
	c, err := a.live(op.Coll)
	if err != nil {
		return err
	}
	old, err := c.member(op.Name)
	if err != nil {
		return err
	}
	if old != nil && old.ETag == put.etag {
		same, err := c.octets(old.body)
		if err != nil {
			return err
		}
		if bytes.Equal(same, op.Body) {
			res.ETag, res.Rev = put.etag, c.n.rev
			return nil
		}
	}
	if err := c.uidFree(op.Index.UID, op.Name); err != nil {
		return err
	}
	m := &member{}
	m.Name, m.ETag, m.Size, m.Index = op.Name, put.etag, int64(len(op.Body)), op.Index
	m.postings = put.postings
	m.Created, m.Modified = a.at, a.at
	if old != nil {
		old = c.own(old)
		m.Created, m.props, m.card = old.Created, old.props, old.card
	}
	was, err := a.jobOf(c, old)
	if err != nil {
		return err
	}
	var job *job
	if next, ok := a.nextLook(home, c, m, m.Index.Wake(a.at, op.Wake), nil, was); ok && !a.asWake(c, m, &next) {
		job = &next
	}
	a.write(c, old, m, op.Body, res)
	a.replace(was, job)
	return nil
}

// write writes a member over what has its name, which is old.
func (a *applier) write(c *collection, old, m *member, octets []byte, res *store.OpResult) {
	a.change(c)
	if old != nil {
		a.retire(c, old, false)
	}
	key := []byte(m.Name)
	c.n.rev++
	c.n.body++
	c.n.count++
	c.n.octets += m.Size
	c.dirty = true
	m.Rev, m.body = c.n.rev, c.n.body
	a.putDigest(c, old, m)
	b := body{m.Name, m.Rev, m.Created.UnixMilli(), m.Modified.UnixMilli(), octets}
	a.put(c.bucket(pBodies), key8(m.body), appendBody(make([]byte, 0, len(octets)+len(m.Name)+32), &b))
	a.putMember(c, m, &m.Index)
	if m.Index.UID != "" {
		a.put(c.bucket(pUIDs), uidKey(m.Index.UID), key)
	}
	a.log(c, key, logWritten)
	a.tell(c)
	res.ETag, res.Created, res.Rev = m.ETag, old == nil, m.Rev
}

// log writes the row of the change log for the revision that c is at now. The
// name's earlier row has gone when its member was retired; that of a name
// without a member goes here.
func (t *txn) log(c *collection, name []byte, state byte) {
	rev := key8(uint64(c.n.rev))
	if state == logDeleted {
		t.put(c.bucket(pGone), name, rev)
	} else if gone := c.get(pGone, name); gone != nil {
		t.remove(c.bucket(pLog), bytes.Clone(gone))
		t.remove(c.bucket(pGone), name)
	}
	t.put(c.bucket(pLog), rev, append([]byte{state}, name...))
}

// retire moves a member to the history: every row of it is gone afterwards, but
// for its body and its properties.
func (a *applier) retire(c *collection, m *member, deleted bool) {
	key := []byte(m.Name)
	a.remove(c.bucket(pMembers), key)
	a.remove(c.bucket(pLog), key8(uint64(m.Rev)))
	if m.Index.UID != "" {
		a.remove(c.bucket(pUIDs), uidKey(m.Index.UID))
	}
	a.dropTimes(c, m)
	c.n.version++
	c.n.count--
	c.n.octets -= m.Size
	c.dirty = true
	v := version{body: m.body, Version: store.Version{
		ID: c.n.version, Name: m.Name, ETag: m.ETag, Size: m.Size, Index: m.Index,
		Modified: m.Modified, Replaced: a.at, Deleted: deleted, By: a.b.By,
	}}
	a.putVersion(c, &v)
}

func (t *txn) putVersion(c *collection, v *version) {
	t.put(c.bucket(pHistory), key8(v.ID), appendVersion(make([]byte, 0, 160), v))
	t.put(c.bucket(pVersions), versionKey(v.Name, v.ID), nil)
	t.put(t.bucket(bExpiry), expiryKey(v.Replaced.UnixMilli(), c.id, v.ID), nil)
}

func (a *applier) deleteObject(op store.DeleteObject, res *store.OpResult) error {
	c, m, err := a.liveMember(op.Coll, op.Name)
	if err != nil {
		return err
	}
	job, err := a.jobOf(c, m)
	if err != nil {
		return err
	}
	a.delete(c, c.own(m))
	a.replace(job, nil)
	res.Rev = c.n.rev
	return nil
}

func (a *applier) delete(c *collection, m *member) {
	a.change(c)
	key := []byte(m.Name)
	a.retire(c, m, true)
	a.dropDigest(c, m.card)
	a.remove(c.bucket(pProps), key)
	c.n.rev++
	a.log(c, key, logDeleted)
	a.tell(c)
}

func (a *applier) touchObject(op store.TouchObject, res *store.OpResult) error {
	c, m, err := a.liveMember(op.Coll, op.Name)
	if err != nil {
		return err
	}
	row := c.get(pBodies, key8(m.body))
	b, err := decodeBody(bytes.Clone(row))
	if err != nil {
		return fmt.Errorf("collection %d, body %d: %w", c.id, m.body, err)
	}
	a.change(c)
	key := []byte(op.Name)
	m = c.own(m)
	a.remove(c.bucket(pLog), key8(uint64(m.Rev)))
	c.n.rev++
	c.dirty = true
	m.Rev, b.rev = c.n.rev, c.n.rev
	a.put(c.bucket(pBodies), key8(m.body), appendBody(nil, &b))
	x := c.timed(m)
	a.putMember(c, m, &x)
	a.log(c, key, logWritten)
	a.tell(c)
	res.ETag, res.Rev = m.ETag, m.Rev
	// Somebody may have set alarms of their own.
	return a.watch(c, op.Name, a.at)
}

func (a *applier) moveObject(home *store.Home, op store.MoveObject, res *store.OpResult) error {
	from, err := a.live(op.From)
	if err != nil {
		return err
	}
	to, err := a.live(op.To)
	if err != nil {
		return err
	}
	m, err := from.member(op.FromName)
	if err != nil {
		return err
	}
	if m == nil {
		return missing("member", op.FromName)
	}
	if from == to && op.FromName == op.ToName {
		res.ETag, res.Rev = strings.Clone(m.ETag), to.n.rev
		return nil
	}
	over, err := to.member(op.ToName)
	if err != nil {
		return err
	}
	if over != nil && !op.Overwrite {
		return fmt.Errorf("member %q: %w", op.ToName, store.ErrExists)
	}
	names := []string{op.ToName}
	if from == to {
		names = append(names, op.FromName)
	}
	if err := to.uidFree(m.Index.UID, names...); err != nil {
		return err
	}
	octets, err := from.octets(m.body)
	if err != nil {
		return err
	}
	props := bytes.Clone(from.get(pProps, []byte(m.Name)))
	job, err := a.jobOf(from, m)
	if err != nil {
		return err
	}
	there, err := a.jobOf(to, over)
	if err != nil {
		return err
	}

	m = from.own(m)
	if over != nil {
		over = to.own(over)
	}
	moved := *m
	moved.Name, moved.Index, moved.card = op.ToName, from.timed(m), 0
	moved.wake, moved.since = 0, 0
	d := from.digested(m.card)
	moved.Index.Digest, moved.Index.Links = d.digest, d.links
	if over != nil {
		moved.card = over.card
	}
	a.delete(from, m)
	a.write(to, over, &moved, octets, res)
	if moved.props {
		a.put(to.bucket(pProps), []byte(moved.Name), props)
	} else {
		a.remove(to.bucket(pProps), []byte(moved.Name))
	}
	a.replace(job, nil)
	a.replace(there, nil)
	if next, ok := a.nextLook(home, to, &moved, a.at, job, there); ok {
		a.putJob(&next)
	}
	return nil
}
