package boltstore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"almanac/store"
)

// maxSparse is in how many slices of the year a member may have a row, and
// sparseSpan from how many seconds on that is better than a place by its length:
// from there on the queries of a year would all meet it.
const (
	maxSparse  = 6
	sparseSpan = 366 * 86400
)

// openGroup is behind the slices of the year in r.
const openGroup = 64

// timeKeys returns in which part of the time index a member is, and the keys of its
// rows there: none when it can match no range.
func timeKeys(x *store.Index, name string) (p part, keys [][]byte) {
	open := x.Start == math.MinInt64 || x.End == math.MaxInt64
	switch n := bits.OnesCount64(x.Weeks); {
	case !x.Timed():
		return 0, nil
	case x.Recurring && 0 < n && n <= maxSparse && (open || uint64(x.End)-uint64(x.Start) > sparseSpan):
		for weeks := x.Weeks; weeks != 0; weeks &= weeks - 1 {
			keys = append(keys, timeKey(byte(bits.TrailingZeros64(weeks)), x.Start, name))
		}
		return pRecurring, keys
	case open:
		return pRecurring, [][]byte{timeKey(openGroup, x.Start, name)}
	}
	return pTimes, [][]byte{timeKey(levelOf(x.Start, x.End), x.Start, name)}
}

// putMember writes a member's record, and its rows in the time index and of its wake.
// x is its Index with what is only in these.
func (t *txn) putMember(c *collection, m *member, x *store.Index) {
	rec := appendMember(make([]byte, 0, 128), m)
	t.put(c.bucket(pMembers), []byte(m.Name), rec)
	p, keys := timeKeys(x, m.Name)
	for _, k := range keys {
		t.put(c.bucket(p), k, appendTimes(nil, x, rec))
	}
	t.putWake(c, m)
}

// dropTimes removes a member's rows in the time index.
func (t *txn) dropTimes(c *collection, m *member) {
	t.dropWake(c, m)
	p, keys := timeKeys(&m.Index, m.Name)
	for _, k := range keys {
		t.remove(c.bucket(p), k)
	}
}

// timed returns the index of a member with what is only in its rows of the time
// index.
func (c *collection) timed(m *member) store.Index {
	x := m.Index
	p, keys := timeKeys(&x, m.Name)
	if len(keys) == 0 {
		return x
	}
	r := reader{b: bytes.Clone(c.get(p, keys[0]))}
	if r.times(&x); r.bad {
		return m.Index // Check tells of it
	}
	return x
}

// Range walks t and then r. A token to go on from is the letter of the bucket
// and the last key.
func (sn *snapshot) Range(c store.CollID, q store.RangeQuery, resume string, want store.Want, judge store.Judge, visit func(*store.Object) bool) (next string, err error) {
	p, err := sn.parts(c)
	if err != nil {
		return "", err
	}
	r := ranger{loan: loan{p: p, want: want}, q: q, w: q.Window(), judge: judge, visit: visit}
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
	judge store.Judge
	visit func(*store.Object) bool
}

// times visits the members with a finite span.
func (r *ranger) times(after string) (next string, err error) {
	cur := r.loan.p.bucket(pTimes).Cursor()
	k, v := seekAfter(cur, after)
	for k != nil && k[0] < wakeGroup {
		if len(k) < 10 {
			return "", fmt.Errorf("row of the time index: %w", store.ErrDamaged)
		}
		level, start := k[0], unflip(num8(k[1:]))
		switch first := firstStart(r.q.Start, level); {
		case start < first:
			k, v = cur.Seek(levelKey(level, first))
			continue
		case start > r.q.End:
			k, v = cur.Seek(levelKey(level+1, math.MinInt64))
			continue
		}
		switch more, err := r.row(noGroup, k[9:], v); {
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

// noGroup is for rows that are their member's only one.
const noGroup = openGroup

// recurring visits the members that come in few slices of the year, in those that
// the window touches, and those with an open end.
func (r *ranger) recurring(after string) (next string, err error) {
	cur := r.loan.p.bucket(pRecurring).Cursor()
	k, v := seekAfter(cur, after)
	for k != nil {
		if len(k) < 10 || k[0] > openGroup {
			return "", fmt.Errorf("row of the time index: %w", store.ErrDamaged)
		}
		group := k[0]
		if wanted := r.nextGroup(group); wanted > group {
			k, v = cur.Seek(levelKey(wanted, math.MinInt64))
			continue
		}
		if unflip(num8(k[1:])) >= r.q.End {
			if group == openGroup {
				return "", nil
			}
			k, v = cur.Seek(levelKey(group+1, math.MinInt64))
			continue
		}
		switch more, err := r.row(group, k[9:], v); {
		case err != nil:
			return "", err
		case !more:
			return "r" + string(k), nil
		}
		k, v = cur.Next()
	}
	return "", nil
}

// nextGroup returns the first group of r from that one on which the window needs.
func (r *ranger) nextGroup(group byte) byte {
	if group < openGroup {
		if rest := r.w.Slices() >> group; rest != 0 {
			return group + byte(bits.TrailingZeros64(rest))
		}
	}
	return openGroup
}

// row visits the member of a row, if it is a candidate. Of a member with several
// rows the first counts that the window needs.
func (r *ranger) row(group byte, name, row []byte) (more bool, err error) {
	rd := reader{b: row}
	rd.times(&r.x)
	if err := rd.err(); err != nil {
		return false, fmt.Errorf("time index of collection %d, member %q: %w", r.loan.p.id, name, err)
	}
	if !r.w.Candidate(&r.x) || group != openGroup && bits.TrailingZeros64(r.x.Weeks&r.w.Slices()) != int(group) {
		return true, nil
	}
	read, more := true, true
	if r.judge != nil {
		if read, more = r.judge(&r.x); !read {
			return more, nil
		}
	}
	o, err := r.loan.read(name, rd.b)
	if err != nil {
		return false, err
	}
	return r.visit(o) && more, nil
}
