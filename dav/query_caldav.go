package dav

import (
	"errors"

	"almanac/dav/wire"
	"almanac/ical"
	"almanac/search"
	"almanac/store"
)

// errOverBudget ends a query that has met too many objects whose recurrence takes
// too long to work out.
var errOverBudget = errors.New("too many objects that take too long")

// maxTough is how many objects of one query may exhaust their budget of time. Each
// costs some ten milliseconds; honest calendars have none.
const maxTough = 100

// A calendarQuery judges the candidates of a calendar-query.
type calendarQuery struct {
	rq     *request
	filter *ical.Filter
	hint   ical.Hint
	window store.Window // of the hint, when that is Bounded
	env    ical.Env
	tough  int // objects met that exhausted their budget
}

// readCalendarQuery reads a calendar-query. RFC 4791 section 7.8.
func readCalendarQuery(rq *request, coll *store.Collection, body *wire.Elem) (*memberQuery, error) {
	filter, words, err := readCalendarFilter(body.Child(wire.C("filter")))
	if err != nil {
		return nil, err
	}
	q := &calendarQuery{rq: rq, filter: filter, hint: filter.Hint()}
	if q.env, err = rq.queryEnv(coll, body); err != nil {
		return nil, err
	}
	within := store.RangeQuery{Component: q.hint.Kind, Start: q.hint.Window.Start, End: q.hint.Window.End}
	q.window = within.Window()
	source, err := rq.calendarSource(coll, within, q.hint, words)
	return &memberQuery{source: source, match: q.match}, err
}

// calendarSource chooses where the candidates of a filter come from: words find
// fewest, then a time, then all of one kind.
func (rq *request) calendarSource(coll *store.Collection, within store.RangeQuery, hint ical.Hint, words search.Query) (source, error) {
	if hint.None {
		return &namedSource{coll: coll.ID}, nil
	}
	names, ok, err := rq.candidates(rq.ctx, coll, words)
	switch {
	case err != nil:
		return nil, err
	case ok:
		return &namedSource{coll: coll.ID, names: names}, nil
	case hint.Bounded:
		return &rangeSource{coll: coll.ID, query: within}, nil
	}
	return &listSource{coll: coll.ID, component: hint.Kind}, nil
}

// match judges by the index record where that decides, and else by the octets. An
// object that cannot be read matches nothing. One whose recurrence takes too long
// to work out counts as matching: an event too many is looked at again by the
// client, one too few is a meeting missed.
func (q *calendarQuery) match(c *candidate) (bool, error) {
	x := &c.obj.Index
	switch {
	case q.hint.None, q.hint.Kind != "" && q.hint.Kind != x.Component:
		return false, nil
	case q.hint.Bounded && !q.window.Candidate(x):
		return false, nil
	case q.hint.Exact && (x.Exact || !q.hint.Bounded):
		return true, nil
	}
	series, err := q.rq.series(c)
	var unreadable *unreadableError
	if errors.As(err, &unreadable) {
		q.rq.log.Warn("calendar object cannot be read", "user", q.rq.who.Name, "object", c.obj.Name, "err", err)
		return false, nil
	} else if err != nil {
		return false, err
	}
	matches, err := q.filter.Match(series, q.env)
	if errors.Is(err, ical.ErrTooManyInstances) {
		if q.tough++; q.tough > maxTough {
			return false, errOverBudget
		}
		return true, nil
	}
	return matches, err
}
