package dav

import (
	"almanac/account"
	"almanac/dav/wire"
	"almanac/ical"
	"almanac/store"
)

// SetPage makes the pages of answers so small that a test sees several.
func (s *Server) SetPage(octets int) { s.pageSize = octets }

// SetPageLoad is SetPage by the candidates that are judged.
func (s *Server) SetPageLoad(candidates int) { s.pageLoad = candidates }

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

// ForgetSeries throws the compiled objects away; SeriesKept tells how many there are.
func (s *Server) ForgetSeries() {
	s.caches.series = newSizedCache[objectKey, *ical.Series](DefaultSeriesCache)
}

func (s *Server) SeriesKept() int { return s.caches.series.entries.Len() }

// SetRights has another than account.Rights say what is allowed.
func (s *Server) SetRights(rights func(store.Snapshot, account.Identity, account.Thing) (account.Access, error)) {
	s.rights = rights
}

// MethodNames are the methods there are.
func MethodNames() (names []string) {
	for _, m := range methods {
		names = append(names, m.name)
	}
	return names
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
