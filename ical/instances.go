package ical

import (
	"cmp"
	"math"
	"slices"

	"almanac/contentline"
	"almanac/ical/recur"
	"almanac/ical/zone"
)

// An Instance is one occurrence of an object: of a series or the only one.
type Instance struct {
	// Span is when it begins and ends. End may equal Start, and for a VTODO with
	// DUE before DTSTART precede it. A component without a start (a VTODO
	// without dates, a VFREEBUSY with periods only) has both ends open.
	Span
	// Comp describes it: the master or an override, of which the times must be
	// taken from here and everything else from there.
	Comp *contentline.Component
	// From is Start as the component writes it, on its own clock. It is the zero
	// Moment when there is no start.
	From Moment
	// RecurrenceID is the place in the recurrence set, on the clock of the
	// master; valid if Recurring.
	RecurrenceID Moment
	Recurring    bool
	// Override is true when Comp is an override with the RecurrenceID of this very
	// instance, and not one with RANGE=THISANDFUTURE that covers it.
	Override bool

	item   *item
	length length
	key    int64
	reach  Span
}

// AllDay reports whether the instance is a matter of dates.
func (i *Instance) AllDay() bool { return i.From.Date }

// Instances hands out, in the order in which they begin, the instances that
// overlap a time range by the tables of RFC 4791 section 9.9, until fn returns
// false. (A VTODO whose DUE lies before its DTSTART begins with DUE.) The
// *Instance is valid during the call only. Overrides stand where they were moved
// to; cancelled ones are handed out too. An override of an instance that the
// master does not have is an instance of its own.
//
// Memory follows the number of instances within stretches of the range that grow
// from some weeks on, some hundred octets each, and is bounded by the budget.
func (s *Series) Instances(w Span, env Env, fn func(*Instance) bool) error {
	return s.instances(w, env, math.MaxInt, fn)
}

// instances is Instances for at most that many; when there are more it ends with
// errMany, before any of that stretch is handed out.
func (s *Series) instances(w Span, env Env, most int, fn func(*Instance) bool) error {
	found := make([]Instance, 0, 4)
	q := newQuery(w, env, func(i *Instance) bool {
		found = append(found, *i)
		return len(found) <= most
	})
	defer q.settle()
	stretch := s.stretch()
	if s.main == nil || w.End-w.Start > 0 && w.End-w.Start <= stretch {
		stretch = forever
	}
	// The first stretch ends that far behind the first instance.
	q.w.End = max(w.Start, s.earliest(q.floating))
	for q.w.Start < w.End {
		if end := addClamped(q.w.End, stretch); q.w.End < end && end < w.End {
			q.w.End = end
		} else {
			q.w.End = w.End
		}
		found = found[:0]
		if err := s.visit(&q); err != nil {
			return err
		}
		if most -= len(found); most < 0 {
			return errMany
		}
		slices.SortFunc(found, compareInstances)
		for i := range found {
			if !fn(&found[i]) {
				return nil
			}
		}
		q.w.Start, q.anew = q.w.End, true
		stretch = min(4*stretch, forever)
	}
	return nil
}

func compareInstances(a, b Instance) int {
	if c := cmp.Compare(a.reach.Start, b.reach.Start); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.key, b.key), cmp.Compare(a.RecurrenceID.Civil, b.RecurrenceID.Civil))
}

// forever is more seconds than all years hold.
const forever = 1 << 40

// stretch is how many seconds Instances looks at first.
func (s *Series) stretch() int64 {
	if s.subDaily() {
		return 3600
	}
	return 64 * 86400
}

// subDaily tells whether a rule may recur more than once a day.
func (s *Series) subDaily() bool { return slices.ContainsFunc(s.rules, (*recur.Sequence).SubDaily) }

// earliest returns when a recurrence set begins, give or take a gap of the clock.
func (s *Series) earliest(floating *zone.Zone) int64 {
	if s.main == nil {
		return math.MinInt64
	}
	at := s.main.start.Instant(floating)
	if len(s.dates) > 0 {
		at = min(at, Moment{s.dates[0].civil, s.main.start.Zone, false}.Instant(floating))
	}
	for _, o := range s.overrides {
		if o.shape.dated() {
			at = min(at, o.start.Instant(floating))
		}
	}
	return at
}

// A query is one pass over the instances of a Series, in no order.
type query struct {
	w        Span
	floating *zone.Zone
	only     *contentline.Component // nil for all
	anew     bool                   // leave out what reaches back before w
	env      Env
	granted  recur.Budget
	budget   recur.Budget // what is left of it
	fn       func(*Instance) bool
	stopped  bool
	inst     Instance
}

func newQuery(w Span, env Env, fn func(*Instance) bool) query {
	budget := env.budget()
	return query{w: w, floating: env.floating(), env: env, granted: budget, budget: budget, fn: fn}
}

// settle is called once a question is answered.
func (q *query) settle() { q.env.settle(q.granted, q.budget) }

// offer hands out an instance if it touches the window; false stops the pass.
func (q *query) offer(it *item, from Moment, l length) bool {
	i := &q.inst
	i.Comp, i.item, i.From, i.length = it.comp, it, from, l
	i.Start = from.Instant(q.floating)
	i.End = l.end(from, q.floating)
	i.reach = it.shape.reach(i.Start, i.End)
	if !i.reach.Touches(q.w) || q.anew && i.reach.Start < q.w.Start {
		return true
	}
	return q.handOut()
}

func (q *query) handOut() bool {
	if q.budget.Left--; q.budget.Left < 0 {
		q.stopped = true
		return false
	}
	if !q.fn(&q.inst) {
		q.stopped = true
	}
	return !q.stopped
}

// visit hands out the instances that touch the window.
func (s *Series) visit(q *query) error {
	if q.w.Start >= q.w.End {
		return nil
	}
	for _, it := range s.loose {
		if q.only != nil && q.only != it.comp {
			continue
		}
		q.inst.Recurring, q.inst.Override, q.inst.key = it.hasRID, it.hasRID, 0
		q.inst.RecurrenceID = it.rid
		if !q.offerLoose(it) {
			return q.end()
		}
	}
	if s.main == nil {
		return nil
	}
	for _, o := range s.overrides {
		if q.only != nil && q.only != o.comp {
			continue
		}
		q.inst.Recurring, q.inst.Override, q.inst.key = true, true, o.key
		q.inst.RecurrenceID = Moment{o.civil, s.main.start.Zone, s.main.start.Date}
		if !q.offerLoose(o.item) {
			return q.end()
		}
	}
	q.inst.Recurring, q.inst.Override = s.Recurs(), false
	for i := -1; i < len(s.futures); i++ {
		part := segment{series: s, item: s.main, from: recur.MinCivil, to: recur.Forever}
		if i >= 0 {
			part.item, part.from, part.shifted = s.futures[i].item, s.futures[i].civil, true
		}
		if i+1 < len(s.futures) {
			part.to = s.futures[i+1].civil
		}
		if q.only != nil && q.only != part.item.comp {
			continue
		}
		if err := part.visit(q); err != nil || q.stopped {
			return cmp.Or(err, q.end())
		}
	}
	return q.end()
}

func (q *query) end() error {
	if q.budget.Left < 0 {
		return ErrTooManyInstances
	}
	return nil
}

// offerLoose hands out a component that stands for itself.
func (q *query) offerLoose(it *item) bool {
	if it.shape.dated() {
		return q.offer(it, it.start, it.length)
	}
	spans := it.static
	if it.shape == shapeAlways {
		spans = []Span{AllTime}
	}
	for _, s := range spans {
		if s.Touches(q.w) && !(q.anew && s.Start < q.w.Start) {
			q.inst.Comp, q.inst.item, q.inst.From, q.inst.length = it.comp, it, Moment{}, length{}
			q.inst.Span, q.inst.reach = AllTime, s
			return q.handOut()
		}
	}
	return true
}
