package boltstore

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"almanac/store"
)

// catalog reads what one transaction knew of homes and collections. What is known
// already is newer.
func (s *salvage) catalog(root uint64) {
	missing := map[string]bool{"homes": true, "colls": true}
	s.rows(root, func(r *wreckRow) {
		name := string(r.key)
		delete(missing, name)
		if !r.bucket {
			return
		}
		visit, ok := map[string]func(*wreckRow){
			"homes": s.home, "homenames": s.homeName, "places": s.place, "trash": s.trash, "dead": s.dead, "colls": s.anchor,
		}[name]
		if ok {
			r.rows(visit)
		}
	})
	for name := range missing {
		s.lost("the list of %s is missing", name)
	}
}

func (s *salvage) home(r *wreckRow) {
	id := store.HomeID(num8(r.key))
	if s.homes[id] != nil {
		return
	}
	h, err := decodeHome(id, r.value(whole))
	if err != nil {
		s.lost("the record of user %d cannot be read", id)
		return
	}
	s.homes[id] = h
}

func (s *salvage) homeName(r *wreckRow) {
	id := store.HomeID(num8(r.value(8)))
	if _, ok := s.names[id]; !ok {
		s.names[id] = string(r.key)
	}
}

func (s *salvage) place(r *wreckRow) {
	id := store.CollID(num8(r.value(8)))
	if _, ok := s.places[id]; !ok && len(r.key) > 9 {
		s.places[id] = store.Collection{ID: id, Home: store.HomeID(num8(r.key)), Kind: store.Kind(r.key[8]), Name: string(r.key[9:])}
	}
}

func (s *salvage) trash(r *wreckRow) {
	if len(r.key) == 16 {
		s.hidden[store.CollID(num8(r.key[8:]))] = true
	}
}

func (s *salvage) dead(r *wreckRow) { s.hidden[store.CollID(num8(r.key))] = true }

// compareLists tells of what one list knows and another does not: a page may be an
// older one, or another's, without a fault in itself.
func (s *salvage) compareLists() {
	for _, id := range slices.Sorted(maps.Keys(s.names)) {
		if s.homes[id] == nil {
			s.lost("the list of homes lacks %s", s.names[id])
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.places)) {
		if !slices.ContainsFunc(s.colls, func(c *foundCollection) bool { return c.ID == id }) {
			s.lost("the list of collections lacks number %d", id)
		}
	}
}

// anchor notes where a collection's rows are.
func (s *salvage) anchor(r *wreckRow) {
	root := r.root()
	if len(r.key) != 8 || root == 0 {
		s.lost("a row of the list of collections cannot be read")
		return
	}
	id := store.CollID(num8(r.key))
	for _, c := range s.colls {
		if c.ID == id {
			if !slices.Contains(c.trees, root) {
				c.trees = append(c.trees, root)
			}
			return
		}
	}
	s.colls = append(s.colls, &foundCollection{Collection: store.Collection{ID: id}, trees: []uint64{root}})
}

// sweepCatalog looks at all pages for homes, and for collections that no list has.
func (s *salvage) sweepCatalog() {
	var page uint64
	strays := make(map[uint64]*foundCollection)
	s.sweep(func(id uint64) { page = id }, func(r *wreckRow) {
		switch {
		case string(r.key) == string(kRecord):
			if rec, err := decodeCollection(0, r.value(whole)); err == nil && rec.Name != "" {
				strays[page] = &foundCollection{Collection: rec.Collection, known: true, trash: rec.Trash, rev: rev(r), trees: []uint64{page}}
			}
		case len(r.key) == 8 && !r.bucket:
			id := store.HomeID(num8(r.key))
			// A body's row has the same form of key, and reads otherwise.
			if h, err := decodeHome(id, r.value(1<<20)); err == nil && h.Name != "" && s.homes[id] == nil &&
				(h.Secret == "" || h.Secret[0] == '$') {
				s.homes[id] = h
			}
		}
	})
	for _, c := range s.colls {
		s.describe(c)
		for _, root := range c.trees {
			delete(strays, root)
		}
	}
	// The newest first: older states of a page may lie about.
	order := slices.SortedFunc(maps.Values(strays), func(a, b *foundCollection) int { return cmp.Compare(b.rev, a.rev) })
	for _, stray := range order {
		switch known := s.namesake(stray, s.colls); {
		case known == nil && !stray.trash:
			s.colls = append(s.colls, stray)
		case known != nil && len(known.trees) < maxTrees:
			known.trees = append(known.trees, stray.trees...)
		}
	}
}

// namesake returns the collection among others that has the place of c.
func (s *salvage) namesake(c *foundCollection, among []*foundCollection) *foundCollection {
	for _, other := range among {
		if c.Home == other.Home && c.Kind == other.Kind && c.Name == other.Name && !s.secret(c) && !s.secret(other) {
			return other
		}
	}
	return nil
}

// maxTrees bounds how many states of one collection are looked into.
const maxTrees = 4

// rev reads the revision of a collection from the row of its counters, which
// stands beside that of its record on the same page.
func rev(record *wreckRow) (n store.Rev) {
	p := record.p
	for i := range p.count {
		key, at, err := p.key(i, 4)
		if err != nil || string(key) != string(kCounters) {
			continue
		}
		if b, err := p.at(at, min(64, p.length-at)); err == nil {
			r := reader{b: b}
			r.format(fCounters)
			n = store.Rev(r.uint())
		}
	}
	return n
}

// describe reads a collection's record, from the newest tree that has it.
func (s *salvage) describe(c *foundCollection) {
	if c.known {
		return
	}
	for _, root := range c.trees {
		s.rows(root, func(r *wreckRow) {
			if c.known || string(r.key) != string(kRecord) {
				return
			}
			if rec, err := decodeCollection(c.ID, r.value(whole)); err == nil {
				c.Collection, c.known, c.trash = rec.Collection, true, rec.Trash
			}
		})
		if c.known {
			return
		}
	}
	if s.hidden[c.ID] {
		return
	}
	if place, ok := s.places[c.ID]; ok {
		c.Collection = place
	} else {
		c.Name = fmt.Sprintf("collection-%d", c.ID)
	}
	s.lost("the record of the %s cannot be read: its properties are lost", s.where(c))
}

// announce tells of homes and collections.
func (s *salvage) announce() error {
	var colls []*foundCollection
	for _, c := range s.colls {
		s.describe(c)
		// Two rows that lead to one collection: one of them is damaged.
		if s.namesake(c, colls) == nil {
			colls = append(colls, c)
		}
	}
	s.colls = colls
	for _, c := range s.colls {
		if s.homes[c.Home] == nil && !s.secret(c) {
			name := s.names[c.Home]
			if name == "" {
				name = fmt.Sprintf("user-%d", c.Home)
			}
			s.homes[c.Home] = &store.Home{ID: c.Home, Name: name}
			s.lost("the account of %s cannot be read", name)
		}
	}
	homes := slices.SortedFunc(maps.Values(s.homes), func(a, b *store.Home) int { return strings.Compare(a.Name, b.Name) })
	if err := s.to.Homes(homes); err != nil {
		return err
	}
	var shown []*store.Collection
	for _, c := range s.colls {
		if !s.secret(c) {
			shown = append(shown, &c.Collection)
		}
	}
	return s.to.Collections(shown)
}
