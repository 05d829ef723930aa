package boltstore

import (
	"bytes"
	"errors"
	"slices"

	"almanac/store"
)

// bodies finds octets that neither a member nor a version has. The newest of a
// name without a member, if the name was not deleted since, is that member's; any
// other belongs in the history. They are walked from the newest to the oldest.
func (c *collCheck) bodies(l *look, after []byte) ([]byte, error) {
	p := c.parts(l)
	if p == nil {
		return nil, nil
	}
	bound := key8(c.limit + 1)
	if after != nil {
		bound = after
	}
	cur := p.bucket(pBodies).Cursor()
	step := cur.Prev
	if key, _ := cur.Seek(bound); key == nil {
		step = cur.Last
	}
	key, row := step()
	for n := 0; key != nil; key, row = cur.Prev() {
		if n++; n > sliceRows {
			return key8(num8(key) + 1), nil // below which to go on
		}
		id := num8(key)
		if c.used.has(id) {
			continue
		}
		b, err := decodeBody(row)
		if err != nil {
			l.bad("", drop(c.part(pBodies), key), "body %d cannot be read, and nothing has it", id)
			continue
		}
		l.bad(string([]byte(b.name)), c.adopt(id), "nothing has body %d", id)
	}
	return nil, nil
}

// adopt returns a fix that gives a body back to a member or to the history.
func (c *collCheck) adopt(id uint64) func(*txn) error {
	return func(t *txn) error {
		w, err := t.open(c.id)
		if err != nil {
			return err
		}
		b, err := bodyAt(&w.parts, id)
		if err != nil {
			return err
		}
		name := string([]byte(b.name))
		gone := w.get(pGone, []byte(name))
		if w.get(pMembers, []byte(name)) == nil && num8(gone) < uint64(b.rev) {
			return t.restate(w, id, nil)
		}
		t.change(w)
		last, _ := w.bucket(pHistory).Cursor().Last()
		w.n.version = max(w.n.version, num8(last)) + 1
		w.dirty = true
		v := version{body: id, Version: store.Version{
			ID: w.n.version, Name: name, ETag: store.ETagOf(b.octets), Size: int64(len(b.octets)),
			Modified: moment(b.modified), Replaced: store.Moment(t.s.opt.Now()), Deleted: gone != nil, By: "check",
		}}
		if v.Index, err = store.IndexOf(c.kind, b.octets); err != nil {
			v.Index = store.Index{}
		}
		t.putVersion(w, &v)
		return nil
	}
}

// history compares each version with its body.
func (c *collCheck) history(l *look, after []byte) ([]byte, error) {
	p := c.parts(l)
	if p == nil {
		return nil, nil
	}
	return rows(p.bucket(pHistory), after, func(key, rec []byte) {
		id := num8(key)
		v, err := decodeVersion(id, rec)
		if err != nil {
			l.bad("", drop(c.part(pHistory), key), "version %d cannot be read", id)
			return
		}
		b, err := bodyAt(p, v.body)
		if err != nil || b.name != v.Name {
			l.bad(v.Name, drop(c.part(pHistory), key), "version %d has lost its body", id)
			return
		}
		c.use(v.body)
		x, err := store.IndexOf(c.kind, b.octets)
		if err != nil {
			x = v.Index
		}
		if x = x.Plain(); v.Index != x || v.ETag != store.ETagOf(b.octets) || v.Size != int64(len(b.octets)) || v.Modified.UnixMilli() != b.modified {
			l.bad(v.Name, c.restateVersion(id, x), "version %d is not what its octets say", id)
		}
		if p.bucket(pVersions).Get(versionKey(v.Name, id)) == nil {
			l.bad(v.Name, c.restateVersion(id, x), "version %d is not found by its name", id)
		}
		if l.tx.Bucket(bExpiry).Get(expiryKey(v.Replaced.UnixMilli(), c.id, id)) == nil {
			l.bad(v.Name, c.restateVersion(id, x), "version %d would never expire", id)
		}
	}), nil
}

func (c *collCheck) restateVersion(id uint64, x store.Index) func(*txn) error {
	return func(t *txn) error {
		w, err := t.open(c.id)
		if err != nil {
			return err
		}
		v, err := decodeVersion(id, w.get(pHistory, key8(id)))
		if err != nil {
			return err
		}
		b, err := bodyAt(&w.parts, v.body)
		if err != nil {
			return err
		}
		v.Index, v.ETag, v.Size, v.Modified = x, store.ETagOf(b.octets), int64(len(b.octets)), moment(b.modified)
		t.putVersion(w, v)
		return nil
	}
}

// versions finds names of versions that are not there.
func (c *collCheck) versions(l *look, after []byte) ([]byte, error) {
	p := c.parts(l)
	if p == nil {
		return nil, nil
	}
	return rows(p.bucket(pVersions), after, func(key, _ []byte) {
		id := key[max(0, len(key)-8):]
		v, err := decodeVersion(num8(id), p.bucket(pHistory).Get(id))
		if err != nil || !bytes.Equal(versionKey(v.Name, v.ID), key) {
			l.bad("", drop(c.part(pVersions), key), "a name leads to no version: %q", key)
		}
	}), nil
}

// uids finds UIDs that lead to no member.
func (c *collCheck) uids(l *look, after []byte) ([]byte, error) {
	p := c.parts(l)
	if p == nil {
		return nil, nil
	}
	return rows(p.bucket(pUIDs), after, func(key, name []byte) {
		m, err := memberAt(p, name)
		if err != nil || m.Index.UID == "" || !bytes.Equal(uidKey(m.Index.UID), key) {
			l.bad(string(name), drop(c.part(pUIDs), key), "the UID %q leads to a member that does not have it", key)
		}
	}), nil
}

// times finds rows of a time index that no member has.
func (c *collCheck) times(n part) scan {
	return func(l *look, after []byte) ([]byte, error) {
		p := c.parts(l)
		if p == nil {
			return nil, nil
		}
		return rows(p.bucket(n), after, func(key, _ []byte) {
			name := key[min(9, len(key)):]
			m, err := memberAt(p, name)
			if err == nil && n == pTimes && key[0] == wakeGroup {
				if m.wake != 0 && bytes.Equal(wakeKey(m.wake, m.Name), key) {
					return
				}
			} else if err == nil {
				in, keys := timeKeys(&m.Index, m.Name)
				if in == n && slices.ContainsFunc(keys, func(want []byte) bool { return bytes.Equal(want, key) }) {
					return
				}
			}
			l.bad(string(name), drop(c.part(n), key), "the time index has a span that the member does not have")
		}), nil
	}
}

// log finds rows of the change log that are not some name's last state.
func (c *collCheck) log(l *look, after []byte) ([]byte, error) {
	p := c.parts(l)
	if p == nil {
		return nil, nil
	}
	return rows(p.bucket(pLog), after, func(key, row []byte) {
		if len(row) < 2 || len(key) != 8 || row[0] != logWritten && row[0] != logDeleted {
			l.bad("", drop(c.part(pLog), key), "row %d of the change log cannot be read", num8(key))
			return
		}
		name := string(row[1:])
		m, err := memberAt(p, []byte(name))
		gone := p.bucket(pGone).Get([]byte(name))
		switch {
		case err == nil && row[0] == logWritten && uint64(m.Rev) == num8(key):
		case err == nil:
			l.bad(name, drop(c.part(pLog), key), "the change log has revision %d, the member has %d", num8(key), m.Rev)
		case !errors.Is(err, store.ErrNotFound): // members has told
		case row[0] == logDeleted && bytes.Equal(gone, key):
		case isLog(p.bucket(pLog).Get(gone), logDeleted, name):
			l.bad(name, drop(c.part(pLog), key), "the change log has the name a second time, in revision %d", num8(key))
		case row[0] == logDeleted:
			l.bad(name, set(c.part(pGone), []byte(name), key), "the deletion in revision %d is not known", num8(key))
		default:
			l.bad(name, c.vanish(name, key), "the change log has a member that is not there")
		}
	}), nil
}

// vanish returns a fix for a member of the change log that is gone without trace.
func (c *collCheck) vanish(name string, key []byte) func(*txn) error {
	key = bytes.Clone(key)
	return func(t *txn) error {
		w, err := t.open(c.id)
		if err != nil {
			return err
		}
		t.remove(w.bucket(pLog), key)
		t.entomb(w, []byte(name))
		return nil
	}
}

// gone finds deleted names whose deletion is not in the change log.
func (c *collCheck) gone(l *look, after []byte) ([]byte, error) {
	p := c.parts(l)
	if p == nil {
		return nil, nil
	}
	return rows(p.bucket(pGone), after, func(name, rev []byte) {
		switch _, err := memberAt(p, name); {
		case err == nil: // members has told
		case isLog(p.bucket(pLog).Get(rev), logDeleted, string(name)):
		default:
			name := bytes.Clone(name)
			l.bad(string(name), func(t *txn) error {
				w, err := t.open(c.id)
				if err == nil {
					t.entomb(w, name)
				}
				return err
			}, "the deletion in revision %d is not in the change log", num8(rev))
		}
	}), nil
}

// props finds properties that nobody has or that cannot be read.
func (c *collCheck) props(l *look, after []byte) ([]byte, error) {
	p := c.parts(l)
	if p == nil {
		return nil, nil
	}
	return rows(p.bucket(pProps), after, func(name, rec []byte) {
		if _, err := memberAt(p, name); errors.Is(err, store.ErrNotFound) {
			l.bad(string(name), drop(c.part(pProps), name), "there are properties of a member that is not there")
			return
		}
		r := reader{b: rec}
		r.props(nil)
		if r.end() == nil {
			return
		}
		fix := drop(c.part(pProps), name)
		restate := c.restate(string(name))
		l.bad(string(name), func(t *txn) error {
			if err := fix(t); err != nil {
				return err
			}
			return restate(t)
		}, "the member's properties cannot be read")
	}), nil
}

// counters counts all members in one transaction; it reads only records.
func (c *collCheck) counters(l *look, _ []byte) ([]byte, error) {
	p := c.parts(l)
	if p == nil {
		return nil, nil
	}
	got, err := decodeCounters(p.top.Get(kCounters))
	if l.t != nil {
		// What this commit did before is not in the row yet.
		var w *collection
		if w, err = l.t.open(c.id); err == nil {
			got = w.n
		}
	}
	if err != nil {
		return nil, err
	}
	want := counters{rev: got.rev, body: got.body, version: got.version}
	cur := p.bucket(pMembers).Cursor()
	var m member
	for k, rec := cur.First(); k != nil; k, rec = cur.Next() {
		if decodeMember(rec, &m) == nil {
			want.count++
			want.octets += m.Size
		}
	}
	last := func(n part) uint64 {
		k, _ := p.bucket(n).Cursor().Last()
		return num8(k)
	}
	want.rev = max(want.rev, store.Rev(last(pLog)))
	want.body = max(want.body, last(pBodies))
	want.version = max(want.version, last(pHistory))
	if got != want {
		l.bad("", func(t *txn) error {
			w, err := t.open(c.id)
			if err != nil {
				return err
			}
			t.change(w)
			w.n, w.dirty = want, true
			t.tell(w)
			return nil
		}, "the counters are %+v, but there are %+v", got, want)
	}
	return nil, nil
}
