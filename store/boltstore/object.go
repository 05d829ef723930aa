package boltstore

import (
	"bytes"
	"fmt"

	"go.etcd.io/bbolt"

	"almanac/store"
)

// parts are the buckets of one collection in a snapshot, opened when asked for.
// The cursors are for looking up one key at a time; unlike Bucket.Get a cursor
// that is used again allocates nothing.
type parts struct {
	id      store.CollID
	top     *bbolt.Bucket
	buckets [numParts]*bbolt.Bucket
	cursors [numParts]*bbolt.Cursor
}

func (p *parts) bucket(n part) *bbolt.Bucket {
	if p.buckets[n] == nil {
		b := p.top.Bucket(partNames[n])
		if b != nil && ascending[n] {
			b.FillPercent = ascendingFill
		}
		p.buckets[n] = b
	}
	return p.buckets[n]
}

// get looks up a key.
func (p *parts) get(n part, key []byte) []byte {
	if p.cursors[n] == nil {
		p.cursors[n] = p.bucket(n).Cursor()
	}
	if k, v := p.cursors[n].Seek(key); bytes.Equal(k, key) {
		return v
	}
	return nil
}

// parts opens a collection that is not in the trash.
func (sn *snapshot) parts(id store.CollID) (*parts, error) {
	if sn.last != nil && sn.last.id == id {
		return sn.last, nil
	}
	if _, err := sn.Collection(id); err != nil {
		return nil, err
	}
	sn.last = openParts(sn.tx, id)
	return sn.last, nil
}

func openParts(tx *bbolt.Tx, id store.CollID) *parts {
	return &parts{id: id, top: tx.Bucket(bColls).Bucket(key8(uint64(id)))}
}

// A loan reads members into one Object again and again.
type loan struct {
	p    *parts
	want store.Want
	m    member
	key  [8]byte
}

// read fills in the object from its record.
func (l *loan) read(name, rec []byte) (*store.Object, error) {
	m := &l.m
	m.Name = alias(name)
	if err := decodeMember(rec, m); err != nil {
		return nil, fmt.Errorf("collection %d, member %q: %w", l.p.id, name, err)
	}
	if l.want&store.WantBody != 0 {
		b, err := l.p.body(l.key[:0], m.body)
		if err != nil {
			return nil, fmt.Errorf("collection %d, member %q: %w", l.p.id, name, err)
		}
		m.Body = b.octets
	}
	if l.want&store.WantProps != 0 {
		m.Props = m.Props[:0]
		if m.props {
			r := reader{b: l.p.get(pProps, name)}
			m.Props = r.props(m.Props)
			if err := r.end(); err != nil {
				return nil, fmt.Errorf("properties of collection %d, member %q: %w", l.p.id, name, err)
			}
		}
	}
	return &m.Object, nil
}

// body reads the body of that number; key is memory to make the key in.
func (p *parts) body(key []byte, id uint64) (body, error) {
	for shift := 56; shift >= 0; shift -= 8 {
		key = append(key, byte(id>>shift))
	}
	row := p.get(pBodies, key)
	if row == nil {
		return body{}, fmt.Errorf("body %d is missing: %w", id, store.ErrDamaged)
	}
	return decodeBody(row)
}

func (sn *snapshot) Object(c store.CollID, name string, want store.Want) (*store.Object, error) {
	p, err := sn.parts(c)
	if err != nil {
		return nil, err
	}
	rec := p.get(pMembers, []byte(name))
	if rec == nil {
		return nil, missing("member", name)
	}
	l := loan{p: p, want: want}
	o, err := l.read([]byte(name), rec)
	if err != nil {
		return nil, err
	}
	return o.Clone(), nil
}

func (sn *snapshot) Objects(c store.CollID, names []string, want store.Want, visit func(i int, o *store.Object) bool) error {
	p, err := sn.parts(c)
	if err != nil {
		return err
	}
	l := loan{p: p, want: want}
	var key []byte
	for i, name := range names {
		key = append(key[:0], name...)
		var o *store.Object
		if rec := p.get(pMembers, key); rec != nil {
			if o, err = l.read(key, rec); err != nil {
				return err
			}
			o.Name = name
		}
		if !visit(i, o) {
			return nil
		}
	}
	return nil
}

func (sn *snapshot) List(c store.CollID, after string, want store.Want, visit func(*store.Object) bool) error {
	p, err := sn.parts(c)
	if err != nil {
		return err
	}
	l := loan{p: p, want: want}
	cur := p.bucket(pMembers).Cursor()
	for k, v := seekAfter(cur, after); k != nil; k, v = cur.Next() {
		o, err := l.read(k, v)
		if err != nil {
			return err
		}
		if !visit(o) {
			return nil
		}
	}
	return nil
}

func (sn *snapshot) ByUID(c store.CollID, uid string) (string, error) {
	p, err := sn.parts(c)
	if err != nil {
		return "", err
	}
	if uid != "" {
		if v := p.get(pUIDs, uidKey(uid)); v != nil {
			return string(v), nil
		}
	}
	return "", missing("UID", uid)
}

func (sn *snapshot) Changes(c store.CollID, since store.Rev, visit func(store.Change) bool) error {
	p, err := sn.parts(c)
	if err != nil {
		return err
	}
	var names slab
	cur := p.bucket(pLog).Cursor()
	for k, v := cur.Seek(key8(uint64(since) + 1)); k != nil; k, v = cur.Next() {
		if len(v) == 0 {
			return fmt.Errorf("change %d of collection %d: %w", num8(k), c, store.ErrDamaged)
		}
		deleted := v[0] == logDeleted
		if deleted && since == 0 {
			continue
		}
		if !visit(store.Change{Rev: store.Rev(num8(k)), Name: names.str(v[1:]), Deleted: deleted}) {
			return nil
		}
	}
	return nil
}

// The states in a row of the change log; the name follows.
const (
	logWritten = 'w'
	logDeleted = 'd'
)

// A slab makes strings out of larger pieces of memory.
type slab struct{ free []byte }

func (s *slab) str(b []byte) string {
	if len(b) > len(s.free) {
		s.free = make([]byte, max(4096, len(b)))
	}
	n := copy(s.free, b)
	out := s.free[:n:n]
	s.free = s.free[n:]
	return alias(out)
}

func (sn *snapshot) Versions(c store.CollID, name string, visit func(*store.Version) bool) error {
	p, err := sn.parts(c)
	if err != nil {
		return err
	}
	show := func(id uint64, rec []byte) (more bool, err error) {
		v, err := decodeVersion(id, rec)
		if err != nil {
			return false, fmt.Errorf("version %d of collection %d: %w", id, c, err)
		}
		return visit(&v.Version), nil
	}
	if name == "" {
		cur := p.bucket(pHistory).Cursor()
		for k, rec := cur.Last(); k != nil; k, rec = cur.Prev() {
			if more, err := show(num8(k), rec); !more {
				return err
			}
		}
		return nil
	}
	prefix := append([]byte(name), 0)
	cur := p.bucket(pVersions).Cursor()
	// No row has the end of the numbers itself: Seek lands after the name's rows.
	k, _ := cur.Seek(versionKey(name, ^uint64(0)))
	if k == nil {
		k, _ = cur.Last()
	} else {
		k, _ = cur.Prev()
	}
	for ; bytes.HasPrefix(k, prefix) && len(k) == len(prefix)+8; k, _ = cur.Prev() {
		id := k[len(prefix):]
		if more, err := show(num8(id), p.get(pHistory, id)); !more {
			return err
		}
	}
	return nil
}

func (sn *snapshot) Version(c store.CollID, id uint64) (*store.Version, error) {
	p, err := sn.parts(c)
	if err != nil {
		return nil, err
	}
	rec := p.get(pHistory, key8(id))
	if rec == nil {
		return nil, missing("version", id)
	}
	v, err := decodeVersion(id, rec)
	if err != nil {
		return nil, fmt.Errorf("version %d of collection %d: %w", id, c, err)
	}
	b, err := p.body(nil, v.body)
	if err != nil {
		return nil, fmt.Errorf("version %d of collection %d: %w", id, c, err)
	}
	v.Body = bytes.Clone(b.octets)
	return &v.Version, nil
}
