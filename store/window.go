package store

import (
	"math"

	"almanac/ical"
)

// A Window is a RangeQuery made ready to be asked about many members.
type Window struct {
	component string
	span      ical.Span
	weeks     uint64 // slices of the year that span touches
}

// Window makes the query ready.
func (q RangeQuery) Window() Window {
	span := ical.Span{Start: q.Start, End: q.End}
	return Window{q.Component, span, ical.WeeksOf(span)}
}

// Candidate tells whether a member with this index may match: ical.Candidate, and
// the component. Cards have no time and never do. When x.Exact is set, the answer
// is final.
func (w *Window) Candidate(x *Index) bool {
	if !x.Timed() || w.component != "" && w.component != x.Component {
		return false
	}
	return w.span.Touches(ical.Span{Start: x.Start, End: x.End}) &&
		(!x.Recurring || x.Weeks == math.MaxUint64 || x.Weeks&w.weeks != 0)
}

// Slices returns which slices of the year the window touches, as in Index.Weeks.
func (w *Window) Slices() uint64 { return w.weeks }

// Timed tells whether the member has a place in time at all. Cards have none, nor
// have calendar objects that can match no range.
func (x *Index) Timed() bool { return x.Component != "VCARD" && x.Start <= x.End }
