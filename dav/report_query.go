package dav

import (
	"cmp"
	"net/http"

	"almanac/dav/wire"
	"almanac/store"
)

// A memberQuery is what a calendar-query or addressbook-query asks: where
// candidates are found, and which of them match.
type memberQuery struct {
	source source
	want   store.Want // what of a candidate match needs beyond its index record
	match  func(*candidate) (matches bool, err error)
	limit  int // 0 for none
}

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
	// page visits the members that come next, until visit returns false. more is
	// false when it came to the end.
	page(snap store.Snapshot, want store.Want, visit func(*store.Object) bool) (more bool, err error)

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
		q.source = &namedSource{coll: res.coll.ID, names: []string{res.name}}
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

// matches writes a response for each member that matches. cut tells that there
// may be more.
func (m *multistatus) matches(q *memberQuery, want *propRequest, member *resource) (cut bool, err error) {
	need := want.on(member.kind).want | q.want
	c := &candidate{coll: member.coll, lens: m.rq.lens(member)}
	told := 0
	for more := true; more; {
		err := m.rq.view(func(snap store.Snapshot) error {
			c.snap = snap
			visited := 0
			var failed error
			more, err = q.source.page(snap, need, func(o *store.Object) bool {
				if visited++; m.rq.measuring && !o.Index.Recurring {
					return visited < pageObjects // nothing to measure
				}
				if o, failed = c.lens.see(snap, o); o == nil {
					return failed == nil && visited < pageObjects
				}
				c.obj = o
				matches, err := q.match(c)
				switch {
				case err != nil:
					failed = err
				case matches && q.limit > 0 && told == q.limit:
					cut = true
				case matches:
					member.name, member.obj = o.Name, o
					m.response(member, want)
					told++
				}
				return failed == nil && !cut && !m.full() && visited < pageObjects
			})
			if failed != nil {
				return failed
			}
			return err
		})
		if err != nil {
			return false, m.broken(err)
		}
		if cut {
			return true, nil
		}
		if more && m.full() {
			if err := m.measure(q, want, member); err != nil {
				return false, err
			}
			if err := m.flush(); err != nil {
				return false, err
			}
		}
	}
	return false, nil
}

// measure looks through the rest of an answer with expanded objects before the
// first pages go out, so that one that is too large is refused and not broken
// off: clients ask again after a broken connection.
func (m *multistatus) measure(q *memberQuery, want *propRequest, member *resource) error {
	rq := m.rq
	if m.started || m.holds() || !rq.expands || rq.measuring || rq.refusal != nil {
		return nil
	}
	left, rest := rq.left, *q
	rest.source = q.source.fork()
	rq.measuring = true
	_, err := m.matches(&rest, want, member)
	rq.measuring, rq.left = false, left
	return cmp.Or(err, rq.refusal)
}

// A listSource yields all members in the order of their names, of calendars those
// of one kind of component.
type listSource struct {
	coll      store.CollID
	component string // "" for any
	after     string
}

func (s *listSource) page(snap store.Snapshot, want store.Want, visit func(*store.Object) bool) (more bool, err error) {
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

func (s *rangeSource) page(snap store.Snapshot, want store.Want, visit func(*store.Object) bool) (more bool, err error) {
	s.resume, err = snap.Range(s.coll, s.query, s.resume, want, visit)
	return s.resume != "", err
}

func (s *rangeSource) fork() source { fork := *s; return &fork }

// A namedSource yields the members of a list; those that are gone are passed over.
type namedSource struct {
	coll  store.CollID
	names []string
}

func (s *namedSource) page(snap store.Snapshot, want store.Want, visit func(*store.Object) bool) (more bool, err error) {
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
	q := &memberQuery{source: &listSource{coll: coll.ID}, limit: limit}
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
