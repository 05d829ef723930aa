package dav

import (
	"errors"

	"almanac/dav/wire"
	"almanac/ical"
	"almanac/search"
	"almanac/store"
)

// A calendarQuery judges the candidates of a calendar-query.
type calendarQuery struct {
	rq     *request
	filter *ical.Filter
	hint   ical.Hint
	window store.Window // of the hint, when that is Bounded
	env    ical.Env
}

// readCalendarQuery reads a calendar-query. RFC 4791 section 7.8.
func readCalendarQuery(rq *request, coll *store.Collection, body *wire.Elem) (*memberQuery, error) {
	filter, words, err := readCalendarFilter(body.Child(wire.C("filter")))
	if err != nil {
		return nil, err
	}
	if coll.Home != rq.who.Home {
		words = search.Any // the index is of what is stored, which a sharee may see otherwise
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
	if err := q.rq.ctx.Err(); err != nil {
		return false, err // nobody waits for the answer
	}
	series, err := q.rq.series(c)
	if series == nil {
		return false, err
	}
	matches, err := q.judge(series)
	if errors.Is(err, ical.ErrTooManyInstances) {
		if q.rq.left.steps <= 0 {
			return false, overAllowance("searching")
		}
		return true, nil
	}
	return matches, err
}

// judge asks the octets. A filter about nothing but a kind and a time needs no
// look at the components.
func (q *calendarQuery) judge(series *ical.Series) (bool, error) {
	if q.hint.Exact && q.hint.Bounded {
		return series.Overlaps(nil, q.hint.Window, q.env)
	}
	return q.filter.Match(series, q.env)
}
