package boltstore

import (
	"bytes"
	"slices"

	"almanac/store"
)

// checkRecords sees that each record is found by its refs and by its home.
func checkRecords(l *look, after []byte) ([]byte, error) {
	refs, owned := l.tx.Bucket(bRefs), l.tx.Bucket(bOwned)
	return rows(l.tx.Bucket(bRecords), after, func(k, row []byte) {
		kind, key, _ := bytes.Cut(k, []byte{0})
		l.home, l.coll = 0, 0
		r, err := decodeRecord(kind, key, row)
		if err != nil {
			l.bad("", nil, "record %q of kind %s cannot be read", key, kind)
			return
		}
		l.home = r.Home
		for _, ref := range r.Refs {
			if k := refKey(r.Kind, ref, r.Key); refs.Get(k) == nil {
				l.bad("", set(top(bRefs), k, nil), "record %q of kind %s is not found by %q", key, kind, ref)
			}
		}
		if r.Home == 0 {
			return
		}
		if _, err := homeOf(l.tx, r.Home); err != nil {
			l.bad("", nil, "record %q of kind %s is of a home that cannot be read", key, kind)
		}
		if k := ownKey(r.Home, r.Kind, r.Key); owned.Get(k) == nil {
			l.bad("", set(top(bOwned), k, nil), "record %q of kind %s would stay when its home goes", key, kind)
		}
	}), nil
}

// checkRefs sees that every ref leads to a record that has it.
func checkRefs(l *look, after []byte) ([]byte, error) {
	l.home, l.coll = 0, 0
	return rows(l.tx.Bucket(bRefs), after, func(k, _ []byte) {
		kind, rest, _ := bytes.Cut(k, []byte{0})
		rd := reader{b: rest}
		ref := rd.str()
		key := rd.b
		r := recordAt(l, kind, key)
		if rd.bad || r == nil || !slices.Contains(r.Refs, ref) || !bytes.Equal(k, refKey(r.Kind, ref, r.Key)) {
			l.bad("", drop(top(bRefs), k), "%q leads to no record %q of kind %s", ref, key, kind)
		}
	}), nil
}

// checkOwned sees that every record that goes with a home is its own.
func checkOwned(l *look, after []byte) ([]byte, error) {
	return rows(l.tx.Bucket(bOwned), after, func(k, _ []byte) {
		l.home, l.coll = store.HomeID(num8(k)), 0
		kind, key, _ := bytes.Cut(k[min(8, len(k)):], []byte{0})
		if r := recordAt(l, kind, key); r == nil || !bytes.Equal(k, ownKey(r.Home, r.Kind, r.Key)) {
			l.bad("", drop(top(bOwned), k), "the home has no record %q of kind %s", key, kind)
		}
	}), nil
}

// recordAt reads a record, nil when it is not there or cannot be read.
func recordAt(l *look, kind, key []byte) *store.Record {
	row := l.tx.Bucket(bRecords).Get(recordKey(string(kind), string(key)))
	if row == nil {
		return nil
	}
	r, err := decodeRecord(kind, key, row)
	if err != nil {
		return nil
	}
	return r
}
