package boltstore

import (
	"bytes"

	"go.etcd.io/bbolt"

	"almanac/store"
)

// collections checks what is in each collection, those in the trash too.
func (k *checker) collections() error {
	var all []*collRecord
	err := k.s.view(func(sn *snapshot) error {
		return sn.tx.Bucket(bColls).ForEachBucket(func(key []byte) error {
			rec, err := collectionOf(sn.tx, store.CollID(num8(key)))
			if err == nil { // catalog has told of the others
				all = append(all, rec)
				k.all += rec.Count
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	k.advance(0)
	for _, rec := range all {
		if err := k.collection(rec); err != nil {
			return err
		}
	}
	return nil
}

// A collCheck is a collection under check.
type collCheck struct {
	*checker
	id    store.CollID
	kind  store.Kind
	limit uint64 // the last body's number when the check began
	used  bitmap // bodies that a member or a version has
}

func (k *checker) collection(rec *collRecord) error {
	c := &collCheck{checker: k, id: rec.ID, kind: rec.Kind, used: make(bitmap)}
	whole := true
	err := k.s.view(func(sn *snapshot) error {
		p := openParts(sn.tx, c.id)
		for n := range numParts {
			whole = whole && p.bucket(n) != nil
		}
		if whole {
			// The last row, should the counter be wrong.
			last, _ := p.bucket(pBodies).Cursor().Last()
			c.limit = num8(last)
		}
		return nil
	})
	if err != nil || !whole {
		return err // catalog has told of the parts that are missing
	}
	for _, sc := range []scan{
		c.members, c.history, c.bodies, c.uids, c.times(pTimes), c.times(pRecurring),
		c.log, c.gone, c.props, c.versions, c.freshRows, c.digests, c.postings, c.clock, c.counters,
	} {
		if err := k.walk(rec.Home, rec.ID, sc); err != nil {
			return err
		}
	}
	return nil
}

// A bitmap is a set of numbers. It is sparse, since a damaged number may be large.
type bitmap map[uint64]uint64

func (b bitmap) set(n uint64)      { b[n/64] |= 1 << (n % 64) }
func (b bitmap) has(n uint64) bool { return b[n/64]&(1<<(n%64)) != 0 }

// parts opens the collection's buckets in the look's transaction; nil when it
// was deleted for good meanwhile.
func (c *collCheck) parts(l *look) *parts {
	if _, err := recordOf(l.tx, c.id); err != nil {
		return nil
	}
	p := openParts(l.tx, c.id)
	return p
}

// memberAt reads a member's record.
func memberAt(p *parts, name []byte) (*member, error) {
	rec := p.bucket(pMembers).Get(name)
	if rec == nil {
		return nil, missing("member", string(name))
	}
	m := &member{}
	m.Name = string(name)
	return m, decodeMember(rec, m)
}

func bodyAt(p *parts, id uint64) (body, error) {
	row := p.bucket(pBodies).Get(key8(id))
	if row == nil {
		return body{}, missing("body", id)
	}
	return decodeBody(row)
}

// members compares each member's record, and its rows elsewhere, with its body.
func (c *collCheck) members(l *look, after []byte) ([]byte, error) {
	p := c.parts(l)
	if p == nil {
		return nil, nil
	}
	n := 0
	next := rows(p.bucket(pMembers), after, func(key, _ []byte) {
		n++
		name := string(key)
		m, err := memberAt(p, key)
		if err != nil {
			l.bad(name, drop(c.part(pMembers), key), "the member's record cannot be read")
			return
		}
		b, err := bodyAt(p, m.body)
		if err != nil {
			c.use(m.body)
			l.bad(name, c.lose(name), "the member's body is missing or cannot be read")
			return
		}
		if b.name != name {
			l.bad(name, drop(c.part(pMembers), key), "the member's body is that of %q", b.name)
			return
		}
		c.use(m.body)
		c.compare(l, p, m, &b)
	})
	if l.t == nil {
		c.advance(n)
	}
	return next, nil
}

func (c *collCheck) use(body uint64) {
	if body <= c.limit {
		c.used.set(body)
	}
}

// compare notes what of a member does not follow from its body.
func (c *collCheck) compare(l *look, p *parts, m *member, b *body) {
	bad := func(format string, args ...any) { l.bad(m.Name, c.restate(m.Name), format, args...) }
	x, err := store.IndexOf(c.kind, b.octets)
	switch {
	case err != nil:
		l.bad(m.Name, nil, "the octets cannot be read: %v", err)
	case x.Plain() != m.Index:
		bad("the index is %+v, but the octets say %+v", m.Index, x.Plain())
	}
	if err != nil {
		x = m.Index
	}
	if tag := store.ETagOf(b.octets); tag != m.ETag || m.Size != int64(len(b.octets)) {
		bad("entity tag %s and size %d are not of the octets: %s, %d", m.ETag, m.Size, tag, len(b.octets))
	}
	if b.rev != m.Rev || b.created != m.Created.UnixMilli() || b.modified != m.Modified.UnixMilli() {
		bad("revision or times are not those of the write")
	}
	if m.Index.UID != "" {
		owner := p.bucket(pUIDs).Get(uidKey(m.Index.UID))
		switch other, err := memberAt(p, owner); {
		case string(owner) == m.Name:
		case err == nil && other.Index.UID == m.Index.UID:
			l.bad(m.Name, nil, "the UID %q is also that of %q", m.Index.UID, owner)
		default:
			bad("the UID %q leads to %q", m.Index.UID, owner)
		}
	}
	n, keys := timeKeys(&x, m.Name)
	for _, key := range keys {
		if row := p.bucket(n).Get(key); !bytes.Equal(row, appendTimes(nil, &x, p.bucket(pMembers).Get([]byte(m.Name)))) {
			bad("the time index does not have the member's span, or not its record")
			break
		}
	}
	if what := checkDigest(p, m, &x); what != "" {
		bad("%s", what)
	}
	if what := checkWake(l, p, m); what != "" {
		bad("%s", what)
	}
	if props := p.bucket(pProps).Get([]byte(m.Name)) != nil; props != m.props {
		bad("the record says that there are properties: %v; there are: %v", m.props, props)
	}
	if row := p.bucket(pLog).Get(key8(uint64(m.Rev))); !isLog(row, logWritten, m.Name) {
		bad("the change log does not have revision %d", m.Rev)
	}
	if p.bucket(pGone).Get([]byte(m.Name)) != nil {
		bad("the member is marked as deleted")
	}
}

func isLog(row []byte, state byte, name string) bool {
	return len(row) > 1 && row[0] == state && string(row[1:]) == name
}

// part names a bucket of the collection for drop and set.
func (c *collCheck) part(n part) func(*txn) (*bbolt.Bucket, error) {
	return func(t *txn) (*bbolt.Bucket, error) {
		w, err := t.open(c.id)
		if err != nil {
			return nil, err
		}
		return w.bucket(n), nil
	}
}

// restate returns a fix that writes all rows of a member as its body says. Rows
// that are too many elsewhere are found from there.
func (c *collCheck) restate(name string) func(*txn) error {
	return func(t *txn) error {
		w, err := t.open(c.id)
		if err != nil {
			return err
		}
		m, err := w.member(name)
		if m == nil || err != nil {
			return err
		}
		return t.restate(w, m.body, m)
	}
}

// restate writes the rows of the member with that body. old is its record as it
// was, or nil.
func (t *txn) restate(c *collection, id uint64, old *member) error {
	b, err := bodyAt(&c.parts, id)
	if err != nil {
		return err
	}
	t.change(c)
	m := &member{body: id}
	m.Name, m.Rev, m.Size = b.name, b.rev, int64(len(b.octets))
	m.Created, m.Modified = moment(b.created), moment(b.modified)
	m.ETag = store.ETagOf(b.octets)
	key := []byte(m.Name)
	m.props = c.get(pProps, key) != nil
	if m.Index, err = store.IndexOf(c.rec.Kind, b.octets); err != nil && old != nil {
		m.Index = c.own(old).Index // the best that is known
	}
	t.restateDigest(c, old, m)
	t.restateWake(c, m, old, b.octets)
	if gone := c.get(pGone, key); gone != nil {
		if isLog(c.get(pLog, gone), logDeleted, m.Name) {
			t.remove(c.bucket(pLog), bytes.Clone(gone))
		}
		t.remove(c.bucket(pGone), key)
	}
	// Clients must fetch it again when its entity tag changes, or when its
	// revision is another's: then this is a new change.
	row := c.get(pLog, key8(uint64(m.Rev)))
	if m.Rev == 0 || old != nil && old.ETag != m.ETag || row != nil && !isLog(row, logWritten, m.Name) {
		if isLog(row, logWritten, m.Name) {
			t.remove(c.bucket(pLog), key8(uint64(m.Rev)))
		}
		c.n.rev = max(c.n.rev, lastRev(c)) + 1
		c.dirty = true
		m.Rev = c.n.rev
		moved := body{b.name, m.Rev, b.created, b.modified, b.octets}
		t.put(c.bucket(pBodies), key8(id), appendBody(nil, &moved))
	}
	t.putMember(c, m, &m.Index)
	if m.Index.UID != "" && !c.owned(m.Index.UID, m.Name) {
		t.put(c.bucket(pUIDs), uidKey(m.Index.UID), key)
	}
	t.put(c.bucket(pLog), key8(uint64(m.Rev)), append([]byte{logWritten}, key...))
	t.tell(c)
	return nil
}

// lastRev returns the newest revision in the change log.
func lastRev(c *collection) store.Rev {
	k, _ := c.bucket(pLog).Cursor().Last()
	return store.Rev(num8(k))
}

// owned tells whether another member truly has the UID.
func (c *collection) owned(uid, but string) bool {
	owner := c.get(pUIDs, uidKey(uid))
	if owner == nil || string(owner) == but {
		return false
	}
	m, err := c.member(string(owner))
	return err == nil && m != nil && m.Index.UID == uid
}

// lose returns a fix for a member whose octets are lost: it is deleted, so that
// the others can be read and clients bring theirs back.
func (c *collCheck) lose(name string) func(*txn) error {
	return func(t *txn) error {
		w, err := t.open(c.id)
		if err != nil {
			return err
		}
		m, err := w.member(name)
		if m == nil || err != nil {
			return err
		}
		m = w.own(m)
		t.change(w)
		key := []byte(name)
		t.remove(w.bucket(pMembers), key)
		t.remove(w.bucket(pProps), key)
		t.remove(w.bucket(pBodies), key8(m.body))
		t.entomb(w, key)
		return nil
	}
}

// entomb writes a new deletion of a name to the change log.
func (t *txn) entomb(c *collection, name []byte) {
	t.change(c)
	if gone := c.get(pGone, name); gone != nil && isLog(c.get(pLog, gone), logDeleted, string(name)) {
		t.remove(c.bucket(pLog), bytes.Clone(gone))
	}
	c.n.rev = max(c.n.rev, lastRev(c)) + 1
	c.dirty = true
	t.log(c, name, logDeleted)
	t.tell(c)
}
