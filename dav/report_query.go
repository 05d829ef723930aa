package dav

import (
	"net/http"

	"almanac/dav/wire"
	"almanac/store"
)

// A memberQuery is what a calendar-query or addressbook-query asks: where
// candidates are found, and which of them match.
type memberQuery struct {
	source source
	// judge decides by the index record as far as that goes; nil never does. It is
	// asked before match, and before the rest of a member is read where the source
	// can.
	judge func(*store.Index) (verdict, error)
	want  store.Want // what of a candidate match needs beyond its index record
	match func(*candidate) (matches bool, err error)
	limit int  // 0 for none
	whole bool // any member of the collection may match
}

// A verdict is what is known about a candidate.
type verdict uint8

const (
	undecided verdict = iota
	matching
	notMatching
)

// A candidate is a member to be judged, in the snapshot that it was read in.
type candidate struct {
	snap store.Snapshot
	coll *store.Collection
	obj  *store.Object
	lens *lens // through which obj was seen
}

// body returns the member's octets, also when the query hoped to do without and
// did not have them read. They are valid while the candidate is at hand.
func (c *candidate) body() ([]byte, error) {
	if c.obj.Body != nil {
		return c.obj.Body, nil
	}
	o, err := c.snap.Object(c.coll.ID, c.obj.Name, store.WantBody)
	if err != nil {
		return nil, err
	}
	if c.lens != nil {
		if o, err = c.lens.again().see(c.snap, o); err != nil || o == nil {
			return nil, err
		}
	}
	return o.Body, nil
}

// A source yields members of one collection, a page for each snapshot.
type source interface {
	// page visits the members that come next, until visit or judge say that it is
	// enough. more is false when it came to the end. A source that finds its members
	// in an index of times asks judge about each before; others leave it be.
	page(snap store.Snapshot, want store.Want, judge store.Judge, visit func(*store.Object) bool) (more bool, err error)

	// fork returns a source that yields the same from here on.
	fork() source
}

// query answers calendar-query (RFC 4791 section 7.8) and addressbook-query (RFC
// 6352 section 8.6). All depths are alike: Evolution asks a calendar with 0, which
// by the letter is about the calendar alone and finds nothing. Asked of a member,
// it is about that one.
func (rq *request) query(body *wire.Elem) error {
	if _, err := rq.depth(); err != nil {
		return err
	}
	f := flavourOf(rq.at.kind)
	want, err := rq.reportProps(body, f)
	if err != nil {
		return err
	}
	res, err := rq.target(store.WantMeta)
	if err != nil {
		return err
	}
	q, err := f.readQuery(rq, res.coll, body)
	if err != nil {
		return err
	}
	if res.kind&kindMember != 0 {
		q.source, q.whole = &namedSource{coll: res.coll.ID, names: []string{res.name}}, false
	}
	m := rq.multistatus(want.spaces()...)
	defer m.Release()
	cut, err := m.matches(q, want, res.member())
	if err != nil {
		return err
	}
	if cut {
		// RFC 6352 section 8.6.2.
		m.StatusResponse(rq.href(res.location), http.StatusInsufficientStorage, wire.Condition{Name: wire.D("number-of-matches-within-limits")})
	}
	return m.end()
}

// A listSource yields all members in the order of their names, of calendars those
// of one kind of component.
type listSource struct {
	coll      store.CollID
	component string // "" for any
	after     string
}

func (s *listSource) page(snap store.Snapshot, want store.Want, _ store.Judge, visit func(*store.Object) bool) (more bool, err error) {
	name := []byte(nil)
	err = snap.List(s.coll, s.after, want, func(o *store.Object) bool {
		name = append(name[:0], o.Name...)
		if s.component != "" && o.Index.Component != s.component {
			return true
		}
		more = !visit(o)
		return !more
	})
	s.after = string(name)
	return more, err
}

func (s *listSource) fork() source { fork := *s; return &fork }

// A rangeSource yields what may happen in a time.
type rangeSource struct {
	coll   store.CollID
	query  store.RangeQuery
	resume string
}

func (s *rangeSource) page(snap store.Snapshot, want store.Want, judge store.Judge, visit func(*store.Object) bool) (more bool, err error) {
	s.resume, err = snap.Range(s.coll, s.query, s.resume, want, judge, visit)
	return s.resume != "", err
}

func (s *rangeSource) fork() source { fork := *s; return &fork }

// A namedSource yields the members of a list; those that are gone are passed over.
type namedSource struct {
	coll  store.CollID
	names []string
}

func (s *namedSource) page(snap store.Snapshot, want store.Want, _ store.Judge, visit func(*store.Object) bool) (more bool, err error) {
	done := 0
	err = snap.Objects(s.coll, s.names, want, func(i int, o *store.Object) bool {
		done = i + 1
		return o == nil || visit(o)
	})
	s.names = s.names[done:]
	return len(s.names) > 0, err
}

func (s *namedSource) fork() source { fork := *s; return &fork }

// readAddressBookQuery reads an addressbook-query. RFC 6352 section 8.6.
func readAddressBookQuery(rq *request, coll *store.Collection, body *wire.Elem) (*memberQuery, error) {
	filter, words, err := readCardFilter(body.Child(wire.Card("filter")))
	if err != nil {
		return nil, err
	}
	limit, err := readLimit(body.Child(wire.Card("limit")), wire.Card("nresults"))
	if err != nil {
		return nil, err
	}
	q := &memberQuery{source: &listSource{coll: coll.ID}, limit: limit, whole: true}
	if len(filter.Props) == 0 {
		q.match = func(*candidate) (bool, error) { return true, nil }
		return q, nil
	}
	q.want = store.WantBody
	q.match = func(c *candidate) (bool, error) { return filter.MatchText(c.obj.Body), nil }
	names, ok, err := rq.candidates(rq.ctx, coll, words)
	if ok {
		q.source = &namedSource{coll: coll.ID, names: names}
	}
	return q, err
}
