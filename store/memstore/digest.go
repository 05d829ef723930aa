package memstore

import (
	"slices"
	"strings"

	"almanac/dedupe"
	"almanac/store"
)

// numbered returns a book's cards in the order of their numbers, which here are
// those of their places in the list of names.
func (s *snapshot) numbered(id store.CollID) ([]*store.Object, error) {
	c, err := s.get(id)
	if err != nil {
		return nil, err
	}
	var all []*store.Object
	for _, o := range c.Members {
		if o.Index.Digest != "" {
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b *store.Object) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func (s *snapshot) Digests(id store.CollID, cards []uint64, visit func(card uint64, name string, d dedupe.Digest) bool) error {
	all, err := s.numbered(id)
	if err != nil {
		return err
	}
	if cards == nil {
		for i := range all {
			cards = append(cards, uint64(i+1))
		}
	}
	for _, n := range cards {
		if n > 0 && n <= uint64(len(all)) && !visit(n, all[n-1].Name, all[n-1].Index.Digest) {
			break
		}
	}
	return nil
}

func (s *snapshot) Card(id store.CollID, name string) (uint64, error) {
	all, err := s.numbered(id)
	if err != nil {
		return 0, err
	}
	if i := slices.IndexFunc(all, func(o *store.Object) bool { return o.Name == name }); i >= 0 {
		return uint64(i + 1), nil
	}
	if s.live(id).Members[name] == nil {
		return 0, missing("member", name)
	}
	return 0, nil
}

func (s *snapshot) Sharing(id store.CollID, key uint64, visit func(card uint64, initials string) bool) error {
	all, err := s.numbered(id)
	if err != nil {
		return err
	}
	for i, o := range all {
		rec, err := o.Index.Digest.Record()
		if err != nil {
			continue
		}
		for _, p := range append(rec.Postings(), o.Index.LinkPostings()...) {
			if p.Key == dedupe.PostingKey(key) && !visit(uint64(i+1), p.Initials) {
				return nil
			}
		}
	}
	return nil
}
