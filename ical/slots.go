package ical

import (
	"cmp"
	"errors"
	"slices"
	"sort"

	"almanac/ical/recur"
	"almanac/ical/zone"
)

// A segment is the part of a recurrence set that one component describes: the
// master up to the first override with RANGE=THISANDFUTURE, then each of these
// up to the next (RFC 5545 section 3.2.13).
type segment struct {
	series   *Series
	item     *item
	from, to recur.Civil // on the clock of the master
	shifted  bool        // item is an override: its start gives the time, not the slot
}

func (g *segment) visit(q *query) error {
	s := g.series
	lo, hi := g.window(q, g.item.length)
	for n, r := range s.rules {
		err := r.Each(lo, hi, &q.budget, func(c recur.Civil) bool {
			if len(s.dates) > 0 && s.dateAt(c) >= 0 || s.inEarlierRule(n, c, q) {
				return true
			}
			return g.offer(q, c, g.item.length)
		})
		if err != nil {
			return instanceError(err)
		}
		if q.stopped {
			return nil
		}
	}
	if len(s.dates) == 0 {
		return nil
	}
	lo, _ = g.window(q, length{seconds: max(g.item.length.reach(), s.longest)})
	i := sort.Search(len(s.dates), func(i int) bool { return s.dates[i].civil >= lo })
	for ; i < len(s.dates) && s.dates[i].civil < hi; i++ {
		d := s.dates[i]
		l := g.item.length
		if d.hasLength {
			l = d.length
		}
		if !g.offer(q, d.civil, l) {
			return nil
		}
	}
	return nil
}

// window returns the slots whose instances may touch the query's window: none
// that does is left out.
func (g *segment) window(q *query, l length) (lo, hi recur.Civil) {
	// A reach may be a second longer on either side than the instance, and that of a
	// VTODO with DUE before DTSTART begins that long before the slot.
	from := addClamped(q.w.Start, -l.reach()-1)
	to := addClamped(q.w.End, length{-l.days, -l.seconds}.reach()+1)
	if g.shifted {
		shift := int64(g.item.start.Civil - g.item.rid.Civil)
		const slack = 2 * 86400 // other clocks, other offsets
		from, to = addClamped(from, -shift-slack), addClamped(to, -shift+slack)
	}
	z := g.series.main.start.Zone
	if z == nil {
		z = q.floating
	}
	return max(g.from, civilFloor(z, from)), min(g.to, civilCeil(z, to))
}

// addClamped adds within what a DATE can express, with a margin; far ends stay
// where they are.
func addClamped(t, d int64) int64 {
	const lo, hi = int64(recur.MinCivil) - 400*86400, int64(recur.MaxCivil) + 400*86400
	return min(max(min(max(t, lo), hi)+d, lo), hi)
}

// civilFloor returns a wall-clock time before which no slot lies whose instant is
// at or after t. Slots in a gap are read with the offset before it, so that
// their instants lie up to a day (Apia 2011) behind the times around them.
func civilFloor(z *zone.Zone, t int64) recur.Civil {
	return recur.Civil(t + int64(min(z.Offset(t), z.Offset(t-90000))))
}

// civilCeil returns a wall-clock time at or after which no slot lies whose
// instant is before t.
func civilCeil(z *zone.Zone, t int64) recur.Civil {
	return recur.Civil(t + int64(max(z.Offset(t), z.Offset(t-90000))))
}

// offer hands out the instance of a slot unless it is excluded or overridden.
func (g *segment) offer(q *query, c recur.Civil, l length) bool {
	s := g.series
	if c < g.from || c >= g.to {
		return true
	}
	key := s.key(c)
	if s.isExcluded(key, c, q) || s.isOverridden(key) || s.isDouble(key, c, q) {
		return !q.stopped
	}
	slot := Moment{c, s.main.start.Zone, s.main.start.Date}
	from := slot
	if g.shifted {
		it := g.item
		from = Moment{slot.on(it.start.Zone) + it.start.Civil - it.rid.on(it.start.Zone), it.start.Zone, it.start.Date}
		if from.Date {
			from.Civil = from.Civil.Midnight()
		}
	}
	q.inst.RecurrenceID, q.inst.key = slot, key
	return q.offer(g.item, from, l)
}

// isDouble reports whether the instant of a slot is that of another one: where clocks
// jump forward, times in the gap are read as times behind it (RFC 5545 section
// 3.3.5), which an hourly rule yields too. The time that clocks do show stays.
func (s *Series) isDouble(key int64, c recur.Civil, q *query) bool {
	z := s.main.start.Zone
	if z == nil {
		return false
	}
	shown := z.Civil(key)
	if shown == c {
		return false
	}
	for _, r := range s.rules {
		if has, _ := r.Has(shown, &q.budget); has {
			return true
		}
	}
	return s.dateAt(shown) >= 0
}

// dateAt returns the index of the RDATE at c, or -1.
func (s *Series) dateAt(c recur.Civil) int {
	i := sort.Search(len(s.dates), func(i int) bool { return s.dates[i].civil >= c })
	if i < len(s.dates) && s.dates[i].civil == c {
		return i
	}
	return -1
}

// inEarlierRule reports whether a rule before the n-th yields c too.
func (s *Series) inEarlierRule(n int, c recur.Civil, q *query) bool {
	for _, r := range s.rules[:n] {
		if has, _ := r.Has(c, &q.budget); has {
			return true
		}
	}
	return false
}

func (s *Series) isExcluded(key int64, c recur.Civil, q *query) bool {
	if len(s.excluded) > 0 {
		if _, found := slices.BinarySearch(s.excluded, key); found {
			return true
		}
	}
	if len(s.offDays) > 0 {
		if _, found := slices.BinarySearch(s.offDays, c.Midnight()); found {
			return true
		}
	}
	for _, r := range s.exrules {
		if has, _ := r.Produces(c, &q.budget); has {
			return true
		}
	}
	return false
}

func (s *Series) isOverridden(key int64) bool {
	if len(s.overrides) == 0 {
		return false
	}
	_, found := slices.BinarySearchFunc(s.overrides, key, func(o override, k int64) int { return cmp.Compare(o.key, k) })
	return found
}

func instanceError(err error) error {
	if errors.Is(err, recur.ErrBudget) {
		return ErrTooManyInstances
	}
	return err
}
