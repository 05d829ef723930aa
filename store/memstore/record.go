package memstore

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"almanac/store"
)

func (e *edit) putRecord(r store.Record) error {
	if e.home != 0 && e.Homes[e.home] == nil {
		return fmt.Errorf("home %d: %w", e.home, store.ErrNotFound)
	}
	k := recordKey{r.Kind, r.Key}
	if old := e.Records[k]; old != nil && old.Home != e.home {
		return fmt.Errorf("record %q of kind %s: %w", r.Key, r.Kind, store.ErrExists)
	}
	kept := r.Clone()
	kept.Home, kept.Refs = e.home, store.SortRefs(kept.Refs)
	e.Records[k] = kept
	return nil
}

func (e *edit) deleteRecord(op store.DeleteRecord) error {
	if e.home != 0 && e.Homes[e.home] == nil {
		return fmt.Errorf("home %d: %w", e.home, store.ErrNotFound)
	}
	k := recordKey{op.Kind, op.Key}
	if r := e.Records[k]; r != nil && r.Home == e.home {
		delete(e.Records, k)
	}
	return nil
}

func (s *snapshot) Record(kind, key string) (*store.Record, error) {
	if r := s.state.Records[recordKey{kind, key}]; r != nil {
		return r.Clone(), nil
	}
	return nil, missing("record", key)
}

func (s *snapshot) Records(kind, prefix, after string, visit func(*store.Record) bool) error {
	return s.records(kind, visit, func(r *store.Record) bool {
		return strings.HasPrefix(r.Key, prefix) && r.Key > after
	})
}

func (s *snapshot) Referring(kind, ref string, visit func(*store.Record) bool) error {
	return s.records(kind, visit, func(r *store.Record) bool { return slices.Contains(r.Refs, ref) })
}

func (s *snapshot) records(kind string, visit func(*store.Record) bool, wanted func(*store.Record) bool) error {
	keys := slices.SortedFunc(maps.Keys(s.state.Records), func(a, b recordKey) int { return strings.Compare(a.Key, b.Key) })
	for _, k := range keys {
		if r := s.state.Records[k]; k.Kind == kind && wanted(r) && !lendRecord(r, visit) {
			return nil
		}
	}
	return nil
}

// lendRecord is lend for records.
func lendRecord(r *store.Record, visit func(*store.Record) bool) bool {
	var l loan
	value := slices.Clone(r.Value)
	c := store.Record{Kind: lent(&l, r.Kind), Key: lent(&l, r.Key), Home: r.Home, Value: value}
	for _, ref := range r.Refs {
		c.Refs = append(c.Refs, lent(&l, ref))
	}
	l = append(l, value)
	more := visit(&c)
	l.spoil()
	c = store.Record{}
	return more
}
