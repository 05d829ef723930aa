package dav

import (
	"almanac/dav/wire"
	"almanac/ical"
	"almanac/store"
)

// SetPage makes the pages of answers so small that a test sees several.
func (s *Server) SetPage(octets int) { s.pageSize = octets }

// SetTextIndexOctets bounds what the indexes of words may take together.
func (s *Server) SetTextIndexOctets(octets int) { s.caches.texts.max = octets }

// WithoutIndex runs fn while there is no room for indexes of words.
func (s *Server) WithoutIndex(fn func()) {
	kept := s.caches.texts
	s.caches.texts = newSizedCache[store.CollID, *textIndex](0)
	fn()
	s.caches.texts = kept
}

// ForgetWords throws the indexes of words away.
func (s *Server) ForgetWords() {
	s.caches.texts = newSizedCache[store.CollID, *textIndex](DefaultTextIndex)
}

// SetAllowance bounds what recurrence may cost one request.
func (s *Server) SetAllowance(steps, instances, octets int) {
	s.allowance = allowance{steps, ical.Size{Instances: instances, Octets: octets}}
}

// MethodNames are the methods of the table, in its order.
func MethodNames() (all []string) {
	for _, m := range methods {
		all = append(all, m.name)
	}
	return all
}

// A PropertyRow is one row of the property tables on one kind of resource.
type PropertyRow struct {
	Name     wire.Name
	Settable bool
}

// LivePropertiesAt are the rows on what a path names, in the order of the tables.
func LivePropertiesAt(path string) (all []PropertyRow) {
	l, err := locate(path)
	if err != nil {
		panic(err)
	}
	live(l.kind, func(p *property) { all = append(all, PropertyRow{p.name, p.set != protected}) })
	return all
}
