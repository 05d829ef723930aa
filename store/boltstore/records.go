package boltstore

import (
	"bytes"
	"fmt"

	"almanac/store"
)

func appendRecord(b []byte, r *store.Record) []byte {
	b = append(b, fRecord)
	b = appendUint(appendUint(b, uint64(r.Home)), uint64(len(r.Refs)))
	for _, ref := range r.Refs {
		b = appendStr(b, ref)
	}
	return appendStr(b, r.Value)
}

// decodeRecord makes a record that points into its row.
func decodeRecord(kind, key, row []byte) (*store.Record, error) {
	rd := reader{b: row}
	rd.format(fRecord)
	r := &store.Record{Kind: alias(kind), Key: alias(key), Home: store.HomeID(rd.uint())}
	for range rd.count() {
		r.Refs = append(r.Refs, rd.str())
	}
	r.Value = rd.bytes()
	if err := rd.end(); err != nil {
		return nil, fmt.Errorf("record %q of kind %s: %w", key, kind, err)
	}
	return r, nil
}

func recordKey(kind, key string) []byte {
	k := make([]byte, 0, len(kind)+1+len(key))
	return append(append(append(k, kind...), 0), key...)
}

// refKey finds the record of that key by a ref, "" standing for the beginning.
func refKey(kind, ref, key string) []byte {
	k := make([]byte, 0, len(kind)+3+len(ref)+len(key))
	k = appendStr(append(append(k, kind...), 0), ref)
	return append(k, key...)
}

func ownKey(home store.HomeID, kind, key string) []byte {
	return append(key8(uint64(home)), recordKey(kind, key)...)
}

// record reads a record; nil when there is none.
func (t *txn) record(kind, key string) (*store.Record, error) {
	row := t.bucket(bRecords).Get(recordKey(kind, key))
	if row == nil {
		return nil, nil
	}
	return decodeRecord([]byte(kind), []byte(key), bytes.Clone(row))
}

func (t *txn) writeRecord(r *store.Record) {
	t.put(t.bucket(bRecords), recordKey(r.Kind, r.Key), appendRecord(nil, r))
	for _, ref := range r.Refs {
		t.put(t.bucket(bRefs), refKey(r.Kind, ref, r.Key), nil)
	}
	if r.Home != 0 {
		t.put(t.bucket(bOwned), ownKey(r.Home, r.Kind, r.Key), nil)
	}
}

func (t *txn) dropRecord(r *store.Record) {
	t.remove(t.bucket(bRecords), recordKey(r.Kind, r.Key))
	for _, ref := range r.Refs {
		t.remove(t.bucket(bRefs), refKey(r.Kind, ref, r.Key))
	}
	if r.Home != 0 {
		t.remove(t.bucket(bOwned), ownKey(r.Home, r.Kind, r.Key))
	}
}

// recordsOf returns the records of a home.
func (t *txn) recordsOf(home store.HomeID) (all []*store.Record, err error) {
	prefix := key8(uint64(home))
	cur := t.bucket(bOwned).Cursor()
	for k, _ := cur.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = cur.Next() {
		kind, key, _ := bytes.Cut(k[8:], []byte{0})
		r, err := t.record(string(kind), string(key))
		if err != nil {
			return nil, err
		}
		if r != nil && r.Home == home {
			all = append(all, r)
		}
	}
	return all, nil
}

func (a *applier) putRecord(op store.PutRecord) error {
	r := op.Record
	r.Home, r.Refs = a.home, store.SortRefs(r.Refs)
	old, err := a.ownRecord(r.Kind, r.Key)
	if err != nil {
		return err
	}
	if old != nil && old.Home != a.home {
		return fmt.Errorf("record %q of kind %s: %w", r.Key, r.Kind, store.ErrExists)
	}
	if old != nil {
		a.dropRecord(old)
	}
	a.writeRecord(&r)
	return nil
}

func (a *applier) deleteRecord(op store.DeleteRecord) error {
	old, err := a.ownRecord(op.Kind, op.Key)
	if err == nil && old != nil && old.Home == a.home {
		a.dropRecord(old)
	}
	return err
}

// ownRecord reads a record for a batch whose home, if it has one, is there.
func (a *applier) ownRecord(kind, key string) (*store.Record, error) {
	if a.home != 0 && a.bucket(bHomes).Get(key8(uint64(a.home))) == nil {
		return nil, missing("home", a.home)
	}
	return a.record(kind, key)
}

func (sn *snapshot) Record(kind, key string) (*store.Record, error) {
	row := sn.tx.Bucket(bRecords).Get(recordKey(kind, key))
	if row == nil {
		return nil, missing("record", key)
	}
	return decodeRecord([]byte(kind), []byte(key), bytes.Clone(row))
}

func (sn *snapshot) Records(kind, prefix, after string, visit func(*store.Record) bool) error {
	from, head := recordKey(kind, prefix), len(kind)+1
	cur := sn.tx.Bucket(bRecords).Cursor()
	k, row := cur.Seek(from)
	if after > prefix {
		k, row = seekAfter(cur, string(recordKey(kind, after)))
	}
	for ; bytes.HasPrefix(k, from); k, row = cur.Next() {
		if string(k[head:]) == after {
			continue // the prefix itself
		}
		r, err := decodeRecord(k[:len(kind)], k[head:], row)
		if err != nil {
			return err
		}
		if !visit(r) {
			return nil
		}
	}
	return nil
}

func (sn *snapshot) Referring(kind, ref string, visit func(*store.Record) bool) error {
	prefix := refKey(kind, ref, "")
	records := sn.tx.Bucket(bRecords)
	cur := sn.tx.Bucket(bRefs).Cursor()
	for k, _ := cur.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = cur.Next() {
		key := k[len(prefix):]
		row := records.Get(recordKey(kind, alias(key)))
		if row == nil {
			return fmt.Errorf("record %q of kind %s has a ref, but is not there: %w", key, kind, store.ErrDamaged)
		}
		r, err := decodeRecord(k[:len(kind)], key, row)
		if err != nil {
			return err
		}
		if !visit(r) {
			return nil
		}
	}
	return nil
}
