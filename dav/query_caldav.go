package dav

import (
	"cmp"
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
	simple *ical.PatternSeries // of the candidate at hand
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
	q := &calendarQuery{rq: rq, filter: filter, hint: filter.Hint(), simple: ical.NewPatternSeries()}
	if q.env, err = rq.queryEnv(coll, body); err != nil {
		return nil, err
	}
	within := store.RangeQuery{Component: q.hint.Kind, Start: q.hint.Window.Start, End: q.hint.Window.End}
	q.window = within.Window()
	source, err := rq.calendarSource(coll, within, q.hint, words)
	return &memberQuery{source: source, judge: q.judge, match: q.match, whole: !q.hint.None}, err
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

// judge decides by the index record. A series whose pattern is in it is judged
// without its octets; of one that happens in the time asked for there may be more to
// ask.
func (q *calendarQuery) judge(x *store.Index) (verdict, error) {
	switch {
	case q.hint.None, q.hint.Kind != "" && q.hint.Kind != x.Component:
		return notMatching, nil
	case q.hint.Bounded && !q.window.Candidate(x):
		return notMatching, nil
	case q.hint.Exact && (x.Exact || !q.hint.Bounded):
		return matching, nil
	case x.Pattern == "" || !q.hint.Bounded || q.simple.Read(x.Pattern) != nil:
		return undecided, nil
	}
	happens, err := q.enough(q.simple.Overlaps(q.hint.Window, q.env))
	switch {
	case err != nil:
		return undecided, err
	case !happens:
		return notMatching, nil
	case q.hint.Exact:
		return matching, nil
	}
	return undecided, nil
}

// match judges by the octets. An object that cannot be read matches nothing. A
// filter about nothing but a kind and a time needs no look at the components.
func (q *calendarQuery) match(c *candidate) (bool, error) {
	series, err := q.rq.series(c)
	switch {
	case series == nil:
		return false, err
	case q.hint.Exact && q.hint.Bounded:
		return q.enough(series.Overlaps(nil, q.hint.Window, q.env))
	}
	return q.enough(q.filter.Match(series, q.env))
}

// enough makes the best of an answer. An object whose recurrence takes too long to
// work out counts as matching: an event too many is looked at again by the client,
// one too few is a meeting missed.
func (q *calendarQuery) enough(matches bool, err error) (bool, error) {
	switch {
	case !errors.Is(err, ical.ErrTooManyInstances):
		// Nobody waits for the answer when the request has ended.
		return matches, cmp.Or(err, q.rq.ctx.Err())
	case q.rq.left.steps <= 0:
		return false, overAllowance("searching")
	}
	return true, q.rq.ctx.Err()
}
