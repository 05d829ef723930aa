package boltstore

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"strings"

	"almanac/store"
)

// Salvaged takes what Salvage finds. What it is given may be kept. An error of
// its functions ends the salvage and is its result.
type Salvaged struct {
	// Homes is called once, before all others. A home of which only its number is
	// known has no Created and a name made of that number.
	Homes func([]*store.Home) error
	// Collections is called once, with those that are not in the trash. ID, Rev,
	// Count and Octets are 0 where they are not known; so is Kind, and then the
	// name is made of the number.
	Collections func([]*store.Collection) error
	Object      func(*SalvagedObject) error
	// Lost tells, in words, what could not be read.
	Lost func(what string)
}

// A SalvagedObject is one object with its octets.
type SalvagedObject struct {
	Coll *store.Collection // nil when nothing tells which it was in
	Kind store.Kind
	Name string
	Body []byte
	// Damaged says that the octets are not those that a client stored: their entity
	// tag is another, or they cannot be read as an object.
	Damaged bool
	// Unchecked says that no record was left to compare the octets with.
	Unchecked bool
}

// Salvage reads a store's file as far as it goes, whatever its state, and never
// writes to it. Nobody else may write to it meanwhile.
//
// First it follows the tree of the newest transaction. Where that is damaged, it
// does the same with the tree of the transaction before, which bbolt keeps; and
// then it looks at every page, whether anything leads there or not. So what lies
// on pages that are not damaged is found, even when those that lead to them are.
// An object found is compared with its entity tag, where the member's record can
// be read. What was found without its collection may be an object that was
// deleted a while ago.
//
// The history and the trash are left out, and the dead properties of objects.
func Salvage(ctx context.Context, file io.ReaderAt, size int64, to *Salvaged) error {
	s := &salvage{
		ctx: ctx, to: to,
		homes: make(map[store.HomeID]*store.Home), names: make(map[store.HomeID]string),
		places: make(map[store.CollID]store.Collection), hidden: make(map[store.CollID]bool),
		done: make(map[string]bool), pending: make(map[*wanted]bool),
	}
	s.wreck = newWreck(file, size, func(what string) { to.Lost(what) })
	heads, err := s.heads()
	if err != nil {
		return err
	}
	for _, h := range heads {
		before := s.faults
		s.catalog(h.root)
		if s.faults == before {
			break
		}
	}
	s.compareLists()
	if s.faults > 0 || len(heads) == 0 {
		s.sweepCatalog()
	}
	if err := s.announce(); err != nil {
		return err
	}
	for _, c := range s.colls {
		if err := s.collection(c); err != nil {
			return err
		}
	}
	if s.faults > 0 || len(s.pending) > 0 {
		if err := s.sweepBodies(); err != nil {
			return err
		}
	}
	return s.rest()
}

type salvage struct {
	*wreck
	ctx context.Context
	to  *Salvaged

	homes  map[store.HomeID]*store.Home
	names  map[store.HomeID]string           // by the index of names
	places map[store.CollID]store.Collection // home, kind and name by the index of places
	hidden map[store.CollID]bool             // in the trash, or about to be emptied
	colls  []*foundCollection

	done    map[string]bool  // entity tags of what was found or is history
	pending map[*wanted]bool // members without a sound body yet
	kept    int              // octets of their remains
}

// A foundCollection is a collection and where its rows are.
type foundCollection struct {
	store.Collection
	known bool // the record was read
	trash bool
	rev   store.Rev
	trees []uint64 // pages at which its bucket begins, the newest first
}

// maxRemains bounds the octets of damaged bodies that are kept until it is known
// that there is no better copy.
const maxRemains = 64 << 20

// wanted is a member whose body is looked for.
type wanted struct {
	coll    *foundCollection
	name    string
	etag    string // "" when the member's record cannot be read
	body    uint64
	remains []byte // what stands in the place of the body, if it is not the body
}

// fits tells whether octets are the member's body: by its entity tag, or, where
// that is not known, by whether they can be read at all.
func (m *wanted) fits(octets []byte) bool {
	if m.etag != "" {
		return store.ETagOf(octets) == m.etag
	}
	return readable(octets)
}

// readable tells whether octets are an object, as far as that can be seen: it may
// be another one than was stored.
func readable(octets []byte) bool {
	_, err := store.IndexOf(kindOf(octets), octets)
	return err == nil && bytes.IndexByte(octets, 0) < 0
}

// where names a collection for people.
func (s *salvage) where(c *foundCollection) string {
	kind := "collection"
	switch c.Kind {
	case store.Calendar:
		kind = "calendar"
	case store.AddressBook:
		kind = "address book"
	}
	home := fmt.Sprintf("user %d", c.Home)
	if h := s.homes[c.Home]; h != nil {
		home = h.Name
	}
	return fmt.Sprintf("%s %q of %s", kind, c.Name, home)
}

func (s *salvage) lost(format string, args ...any) { s.fault(fmt.Errorf(format, args...)) }

// whole is the length of a value that is read whole.
const whole = math.MaxInt64

// secret tells whether a collection is not to be shown: it was deleted.
func (s *salvage) secret(c *foundCollection) bool { return c.trash || !c.known && s.hidden[c.ID] }

// part visits a part of a collection in one of its trees.
func (s *salvage) part(c *foundCollection, root uint64, n part, visit func(*wreckRow)) {
	there := false
	s.rows(root, func(r *wreckRow) {
		if string(r.key) == string(partNames[n]) && r.bucket {
			there = true
			r.rows(visit)
		}
	})
	// One that is being emptied loses its parts one by one.
	if !there && !s.secret(c) {
		s.lost("the part %q of the collection at page %d is missing", partNames[n], root)
	}
}

// collection finds a collection's members and their bodies. The older states of it
// are looked into only where the newest has faults.
func (s *salvage) collection(c *foundCollection) error {
	members := make(map[string]*wanted)
	history := make(map[uint64]bool)
	complete := true
	for _, root := range c.trees {
		before := s.faults
		s.part(c, root, pMembers, func(r *wreckRow) {
			m := &member{}
			if err := decodeMember(r.value(whole), m); err != nil {
				s.lost("the record of %q in the %s cannot be read", r.key, s.where(c))
				return
			}
			if name := string(r.key); members[name] == nil {
				members[name] = &wanted{coll: c, name: name, etag: strings.Clone(m.ETag), body: m.body}
			}
		})
		s.part(c, root, pHistory, func(r *wreckRow) {
			if v, err := decodeVersion(num8(r.key), r.value(whole)); err == nil {
				history[v.body] = true
				s.done[v.ETag] = true
			}
		})
		if n, ok := s.count(root); ok && uint64(len(members)) < n {
			s.lost("the list of what is in the %s has %d of %d objects", s.where(c), len(members), n)
		}
		if s.faults == before {
			break
		}
		complete = false
	}
	if s.secret(c) {
		for _, m := range members {
			s.done[m.etag] = true
		}
		return nil
	}
	if !complete {
		s.unindexed(c, members, history)
	}
	for _, m := range members {
		s.pending[m] = true
	}
	for _, root := range c.trees {
		if err := s.bodies(c, root, members); err != nil {
			return err
		}
		maps.DeleteFunc(members, func(_ string, m *wanted) bool { return !s.pending[m] })
		if len(members) == 0 {
			break
		}
	}
	return s.ctx.Err()
}

// count returns how many members a collection had in one of its trees.
func (s *salvage) count(root uint64) (n uint64, ok bool) {
	s.rows(root, func(r *wreckRow) {
		if string(r.key) == string(kCounters) {
			c, err := decodeCounters(r.value(whole))
			n, ok = c.count, err == nil
		}
	})
	return n, ok
}

// unindexed adds the members of which only the body is there: the last one of each
// name that is no row of the history.
func (s *salvage) unindexed(c *foundCollection, members map[string]*wanted, history map[uint64]bool) {
	for _, root := range c.trees {
		s.part(c, root, pBodies, func(r *wreckRow) {
			b, err := decodeBody(r.value(maxBodyHead))
			id := num8(r.key)
			if err != nil || b.name == "" || history[id] || !begins(b.octets) {
				return
			}
			if m := members[b.name]; m == nil || m.etag == "" && m.body < id {
				name := strings.Clone(b.name)
				members[name] = &wanted{coll: c, name: name, body: id}
			}
		})
	}
}

// maxBodyHead is more than what stands before the octets in a body's row, and
// enough of them to know what they are.
const maxBodyHead = store.MaxName + 128

// begins tells whether octets may be a calendar object or a card.
func begins(octets []byte) bool { return kindOf(octets) != 0 }

func kindOf(octets []byte) store.Kind {
	text := bytes.TrimLeft(bytes.TrimPrefix(octets, []byte("\xEF\xBB\xBF")), "\r\n\t ")
	for kind, start := range map[store.Kind]string{store.Calendar: "BEGIN:VCALENDAR", store.AddressBook: "BEGIN:VCARD"} {
		if len(text) >= len(start) && strings.EqualFold(string(text[:len(start)]), start) {
			return kind
		}
	}
	return 0
}

// bodies hands out the members whose bodies are in one tree of their collection.
func (s *salvage) bodies(c *foundCollection, root uint64, members map[string]*wanted) (err error) {
	s.part(c, root, pBodies, func(r *wreckRow) {
		if err != nil || s.ctx.Err() != nil {
			return
		}
		start, bad := decodeBody(r.value(maxBodyHead))
		if bad != nil {
			return
		}
		m := members[start.name]
		if m == nil || m.body != num8(r.key) || !s.pending[m] {
			return
		}
		b, bad := decodeBody(r.value(whole))
		if bad != nil {
			return
		}
		if m.fits(b.octets) {
			err = s.found(m, b.octets)
		} else if s.kept += len(b.octets); s.kept <= maxRemains {
			m.remains = bytes.Clone(b.octets)
		}
	})
	return err
}

// found hands out a member.
func (s *salvage) found(m *wanted, octets []byte) error {
	delete(s.pending, m)
	kind := m.coll.Kind
	if kind == 0 {
		kind = kindOf(octets)
	}
	s.done[store.ETagOf(octets)] = true
	return s.to.Object(&SalvagedObject{Coll: &m.coll.Collection, Kind: kind, Name: m.name, Body: bytes.Clone(octets), Unchecked: m.etag == ""})
}
