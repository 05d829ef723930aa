package dav

import (
	"errors"
	"fmt"
	"math"

	"almanac/dav/wire"
	"almanac/ical"
)

// An allowance is what recurrence may still cost one request. A few octets of
// stored text can mean any number of instances, so that what a request costs is
// bounded by what it makes, not by what it reads. A request that needs more is
// refused whole: a part of an answer would tell busy time to be free, and hide
// meetings.
type allowance struct {
	steps int // instances looked at and steps of rules, see ical.Env
	// made is what expanded objects may add to what is stored of them.
	made ical.Size
}

// fullAllowance is what each request begins with. A year of a thousand endless
// daily series, expanded, stays below it.
//
//   - A step takes from ten nanoseconds to some two hundred: with exceptions, in
//     a zone. All of them are two seconds at worst.
//   - Expanding makes some 150 MB in a second. Memory does not grow with it, since
//     an answer is sent page by page.
var fullAllowance = allowance{steps: 10_000_000, made: ical.Size{Instances: 1_000_000, Octets: 256 << 20}}

// maxExpansion is what expanding may add to one object, which is in memory as a
// whole, and again as XML: a daily event of 20 KB over a year, or one of 1 KB over
// twenty.
var maxExpansion = ical.Size{Instances: 50_000, Octets: 8 << 20}

// errOverAllowance is the reason of a refusal by overAllowance.
var errOverAllowance = errors.New("recurrence takes more than one request may")

// overAllowance refuses a request that would cost too much. RFC 4791 section 7.8
// for calendar-query, section 7.10 for free-busy-query.
func overAllowance(what string) error {
	return forbidden(wire.D("number-of-matches-within-limits"), fmt.Errorf("%s: %w", what, errOverAllowance))
}

// expand appends one object's expansion, and takes what it makes from what the
// request may cost; while the answer is measured it does only that. It fails with
// ical.ErrTooManyInstances.
func (rq *request) expand(dst []byte, s *ical.Series, e ical.Expansion, env ical.Env) ([]byte, error) {
	rq.expands = true
	left := &rq.left
	before := left.steps
	env.Budget = math.MaxInt // any one object may take what the request may
	most := ical.Size{
		Instances: min(maxExpansion.Instances, left.made.Instances),
		Octets:    min(maxExpansion.Octets, left.made.Octets),
	}
	var size ical.Size
	var err error
	if rq.measuring {
		size, err = s.ExpandSize(e, env, most)
		left.steps -= before - left.steps // writing may go through the instances once more
	} else {
		dst, size, err = s.ExpandWithin(dst, e, env, most)
	}
	if err == nil {
		left.made = left.made.Sub(size)
	}
	return dst, err
}
