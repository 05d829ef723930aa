package dav

import (
	"context"
	"fmt"
	"iter"
	"sync"

	"almanac/contentline"
	"almanac/ical"
	"almanac/search"
	"almanac/store"
)

// unindexed are the properties whose values are left out of an index of words:
// media, and what is not searched by words. A filter about one of them reads the
// bodies.
var unindexed = map[string]bool{
	"PHOTO": true, "LOGO": true, "SOUND": true, "KEY": true, "ATTACH": true, "IMAGE": true, "STRUCTURED-DATA": true,
	"VERSION": true, "PRODID": true, "CALSCALE": true, "METHOD": true, "REV": true, "SEQUENCE": true,
	"DTSTAMP": true, "CREATED": true, "LAST-MODIFIED": true, "COMPLETED": true, "ACKNOWLEDGED": true,
	"DTSTART": true, "DTEND": true, "DUE": true, "DURATION": true, "TRIGGER": true, "REPEAT": true, "FREEBUSY": true,
	"RRULE": true, "EXRULE": true, "RDATE": true, "EXDATE": true, "RECURRENCE-ID": true,
	"PRIORITY": true, "PERCENT-COMPLETE": true, "TRANSP": true,
}

// isIndexed tells whether an index of words knows the properties of a name, in
// upper case and without group.
func isIndexed(name string) bool { return !unindexed[name] }

// A textIndex is the index of words of one collection, as of a revision.
type textIndex struct {
	mu    sync.Mutex
	words *search.Index // nil when it would be too large to keep
	rev   store.Rev
}

// indexPage is how many members are read into an index in one snapshot.
const indexPage = 500

// candidates returns the members of a collection that q may take, by an index that
// is made at the first question and brought forward by the change log at each
// later one. ok is false when there is no index to ask: q selects nothing, or the
// index would be too large to keep.
func (s *Server) candidates(ctx context.Context, coll *store.Collection, q search.Query) (names []string, ok bool, err error) {
	if q.IsAny() {
		return nil, false, nil
	}
	x, known := s.caches.texts.get(coll.ID)
	if !known {
		x = &textIndex{words: search.NewIndex()}
		s.caches.texts.put(coll.ID, x, 0)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.words != nil {
		// After an error the index is still right up to x.rev.
		if err := s.forward(ctx, coll, x); err != nil {
			return nil, false, err
		}
	}
	if x.words == nil {
		return nil, false, nil
	}
	return x.words.Candidates(q), true, nil
}

// forward brings an index up to the present revision. Each page is right by
// itself: a member is read in the snapshot in which its row was, and a row that
// moved since comes again.
func (s *Server) forward(ctx context.Context, coll *store.Collection, x *textIndex) error {
	read := textsOf[coll.Kind]
	var names []string
	for more := true; more; {
		before := x.rev
		err := s.store.View(ctx, func(snap store.Snapshot) error {
			names, more = names[:0], false
			rev := x.rev
			err := snap.Changes(coll.ID, x.rev, func(c store.Change) bool {
				if len(names) == indexPage {
					more = true
					return false
				}
				names = append(names, c.Name)
				rev = c.Rev
				return true
			})
			if err != nil || len(names) == 0 {
				return err
			}
			err = snap.Objects(coll.ID, names, store.WantBody, func(i int, o *store.Object) bool {
				if o == nil {
					x.words.Delete(names[i])
				} else {
					x.words.Put(names[i], read(o.Body))
				}
				return true
			})
			if err == nil {
				x.rev = rev
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("index the words of collection %d: %w", coll.ID, err)
		}
		if x.rev != before && !s.caches.texts.put(coll.ID, x, x.words.Size()) {
			// Remembered as too large, until that is forgotten in its turn.
			x.words = nil
			s.caches.texts.put(coll.ID, x, 0)
			return nil
		}
	}
	return nil
}

// textsOf yield the texts of a stored body that filters look into. A body that
// cannot be read has none: no filter takes it.
var textsOf = map[store.Kind]func(body []byte) iter.Seq[string]{
	store.Calendar:    calendarTexts,
	store.AddressBook: cardTexts,
}

func cardTexts(body []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		wanted := func(_, name string) bool { return isIndexed(name) }
		// The error is a text that cannot be read, which MatchText takes for no match.
		_ = contentline.Walk(body, contentline.DefaultLimits, wanted, func(p *contentline.Property) bool {
			return yieldTexts(p, yield)
		})
	}
}

func calendarTexts(body []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		o, err := ical.ParseObject(body)
		if err != nil {
			return
		}
		var visit func(c *contentline.Component) bool
		visit = func(c *contentline.Component) bool {
			for i := range c.Props {
				if p := &c.Props[i]; isIndexed(p.Name) && !yieldTexts(p, yield) {
					return false
				}
			}
			for _, child := range c.Children {
				if child.Name != "VTIMEZONE" && !visit(child) {
					return false
				}
			}
			return true
		}
		visit(o.Root)
	}
}

// yieldTexts yields a property's value, as filters compare it, and its parameters'.
func yieldTexts(p *contentline.Property, yield func(string) bool) bool {
	if !yield(contentline.UnescapeText(p.Value)) {
		return false
	}
	for i := range p.Params {
		for _, v := range p.Params[i].Values {
			if !yield(v) {
				return false
			}
		}
	}
	return true
}
