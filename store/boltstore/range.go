package boltstore

import (
	"encoding/binary"
	"fmt"
	"math"

	"almanac/store"
)

// inTimes tells in which of the two time indexes a member is, if any: t for one
// finite span, r for what recurs or has an open end.
func inTimes(x *store.Index) (p part, ok bool) {
	switch {
	case !x.Timed():
		return 0, false
	case x.Recurring || x.Start == math.MinInt64 || x.End == math.MaxInt64 || x.End < x.Start:
		return pRecurring, true
	}
	return pTimes, true
}

// timeRow returns the member's row in the time index.
func timeRow(x *store.Index, name string) (p part, key []byte, ok bool) {
	if p, ok = inTimes(x); !ok {
		return 0, nil, false
	}
	if p == pTimes {
		return p, timeKey(x, name), true
	}
	return p, []byte(name), true
}

// Range walks t and then r. A token to go on from is the letter of the bucket
// and the last key.
func (sn *snapshot) Range(c store.CollID, q store.RangeQuery, resume string, want store.Want, visit func(*store.Object) bool) (next string, err error) {
	p, err := sn.parts(c)
	if err != nil {
		return "", err
	}
	r := ranger{loan: loan{p: p, want: want}, q: q, w: q.Window(), visit: visit}
	if resume == "" || resume[0] == 't' {
		after := ""
		if resume != "" {
			after = resume[1:]
		}
		if next, err := r.times(after); next != "" || err != nil {
			return next, err
		}
		resume = ""
	}
	if resume != "" {
		resume = resume[1:]
	}
	return r.recurring(resume)
}

// A ranger carries out one Range.
type ranger struct {
	loan  loan
	q     store.RangeQuery
	w     store.Window
	x     store.Index // of the row at hand
	visit func(*store.Object) bool
}

// times visits the members with a finite span.
func (r *ranger) times(after string) (next string, err error) {
	cur := r.loan.p.bucket(pTimes).Cursor()
	k, v := seekAfter(cur, after)
	for k != nil {
		if len(k) < 10 {
			return "", fmt.Errorf("row of the time index: %w", store.ErrDamaged)
		}
		level, start := k[0], unflip(num8(k[1:]))
		switch first := firstStart(r.q.Start, level); {
		case start < first:
			k, v = cur.Seek(levelKey(level, first))
			continue
		case start > r.q.End:
			if level == math.MaxUint8 {
				return "", nil
			}
			k, v = cur.Seek(levelKey(level+1, math.MinInt64))
			continue
		}
		switch more, err := r.row(k[9:], v); {
		case err != nil:
			return "", err
		case !more:
			return "t" + string(k), nil
		}
		k, v = cur.Next()
	}
	return "", nil
}

// firstStart is the earliest start of a span of this level that reaches from.
func firstStart(from int64, level byte) int64 {
	if level >= 63 || from < math.MinInt64+1<<level {
		return math.MinInt64
	}
	return from - 1<<level
}

func levelKey(level byte, start int64) []byte {
	return binary.BigEndian.AppendUint64([]byte{level}, flip(start))
}

// recurring visits the members that recur or have an open end.
func (r *ranger) recurring(after string) (next string, err error) {
	cur := r.loan.p.bucket(pRecurring).Cursor()
	for k, v := seekAfter(cur, after); k != nil; k, v = cur.Next() {
		switch more, err := r.row(k, v); {
		case err != nil:
			return "", err
		case !more:
			return "r" + string(k), nil
		}
	}
	return "", nil
}

// row visits the member of a row, if it is a candidate.
func (r *ranger) row(name, span []byte) (more bool, err error) {
	rd := reader{b: span}
	rd.span(&r.x)
	if err := rd.end(); err != nil {
		return false, fmt.Errorf("time index of collection %d, member %q: %w", r.loan.p.id, name, err)
	}
	if !r.w.Candidate(&r.x) {
		return true, nil
	}
	rec := r.loan.p.get(pMembers, name)
	if rec == nil {
		return false, fmt.Errorf("time index of collection %d has no member %q: %w", r.loan.p.id, name, store.ErrDamaged)
	}
	o, err := r.loan.read(name, rec)
	if err != nil {
		return false, err
	}
	return r.visit(o), nil
}
