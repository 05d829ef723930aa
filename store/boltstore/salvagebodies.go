package boltstore

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"

	"almanac/store"
)

// sweepBodies looks at all pages for bodies: those of members that are known, and
// all others that neither were found otherwise nor are history.
func (s *salvage) sweepBodies() (err error) {
	wants := make(map[string][]*wanted) // by name and entity tag
	for m := range s.pending {
		wants[m.name+"\x00"+m.etag] = append(wants[m.name+"\x00"+m.etag], m)
	}
	s.sweep(func(uint64) {}, func(r *wreckRow) {
		if err != nil || s.ctx.Err() != nil {
			return
		}
		b := strayBody(r)
		if b == nil {
			return
		}
		etag := store.ETagOf(b.octets)
		for _, m := range wants[b.name+"\x00"+etag] {
			if s.pending[m] && err == nil {
				err = s.found(m, b.octets)
			}
		}
		if err != nil || s.done[etag] || !readable(b.octets) {
			return
		}
		s.done[etag] = true
		err = s.to.Object(&SalvagedObject{Kind: kindOf(b.octets), Name: strings.Clone(b.name), Body: bytes.Clone(b.octets), Unchecked: true})
	})
	return cmp.Or(err, s.ctx.Err())
}

// strayBody returns the body in a row of any leaf; nil when it is none.
func strayBody(r *wreckRow) *body {
	if len(r.key) != 8 || r.bucket {
		return nil
	}
	if start, err := decodeBody(r.value(maxBodyHead)); err != nil || start.name == "" || len(start.name) > store.MaxName || !begins(start.octets) {
		return nil
	}
	b, err := decodeBody(r.value(whole))
	if err != nil {
		return nil
	}
	return &b
}

// rest tells of the members without a sound body, and hands out what there is.
func (s *salvage) rest() error {
	left := slices.SortedFunc(maps.Keys(s.pending), func(a, b *wanted) int {
		return cmp.Or(cmp.Compare(a.coll.ID, b.coll.ID), strings.Compare(a.coll.Name, b.coll.Name), strings.Compare(a.name, b.name))
	})
	for _, m := range left {
		if m.remains == nil {
			s.lost("%q in the %s is lost", m.name, s.where(m.coll))
			continue
		}
		s.lost("%q in the %s is damaged", m.name, s.where(m.coll))
		err := s.to.Object(&SalvagedObject{Coll: &m.coll.Collection, Kind: m.coll.Kind, Name: m.name, Body: m.remains, Damaged: true})
		if err != nil {
			return err
		}
	}
	return s.ctx.Err()
}
