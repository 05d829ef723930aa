package dav

import (
	"cmp"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/ical"
	"almanac/store"
)

// mergeAbove is how many periods are gathered at least before they are merged: a
// hostile series has one each second. maxBusyPeriods is how many an answer may
// have then; the free time between them is what RFC 4791 section 7.10 has no way
// to leave open.
const (
	mergeAbove     = 20_000
	maxBusyPeriods = 200_000
)

// freeBusy answers free-busy-query: when a calendar's owner is busy, and nothing
// else. RFC 4791 section 7.10. All depths are alike, as in query.
//
// A calendar that schedule-calendar-transp calls transparent answers all the same:
// RFC 6638 section 9.1 leaves it out of what is told about its owner, not of what
// is told about itself.
func (rq *request) freeBusy(body *wire.Elem) error {
	if _, err := rq.depth(); err != nil {
		return err
	}
	e := body.Child(wire.C("time-range"))
	if e == nil {
		return badRequest("free-busy-query has no time-range")
	}
	w, err := readFullSpan(e)
	if err != nil {
		return asBadRequest(err)
	}
	var res *resource
	err = rq.view(func(snap store.Snapshot) error {
		if res, err = rq.lookupFor(snap, rq.who, rq.at, account.ReadFreeBusy, store.WantMeta); err == nil && !res.exists() {
			err = errNotFound
		}
		return err
	})
	if err != nil {
		return err
	}
	b := &busyTime{rq: rq, coll: res.coll, window: w, env: rq.env(res.coll), simple: ical.NewPatternSeries()}
	b.env.Budget = math.MaxInt // any one object may take what the request may
	b.note = b.take
	if err := b.gatherAll(res); err != nil {
		return err
	}
	reply := ical.FreeBusyReply{ProdID: prodID, Stamp: rq.now().Unix()}
	out := reply.AppendFreeBusy(nil, w, b.periods)
	h := rq.w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(out)))
	rq.w.WriteHeader(http.StatusOK)
	_, err = rq.w.Write(out)
	return err
}

// busySources are where busy time may be: events, and periods that were stored as
// such. RFC 4791 section 7.10.
func busySources(res *resource, w ical.Span) []source {
	if res.kind&kindMember != 0 {
		return []source{&namedSource{coll: res.coll.ID, names: []string{res.name}}}
	}
	var sources []source
	for _, component := range []string{"VEVENT", "VFREEBUSY"} {
		if slices.Contains(res.coll.Components, component) {
			sources = append(sources, &rangeSource{coll: res.coll.ID, query: store.RangeQuery{Component: component, Start: w.Start, End: w.End}})
		}
	}
	return sources
}

// A busyTime gathers busy periods.
type busyTime struct {
	rq      *request
	coll    *store.Collection
	window  ical.Span
	env     ical.Env
	periods []ical.Busy
	mergeAt int // how many are merged next

	simple *ical.PatternSeries // of the candidate at hand
	load   int                 // of the page, in candidates judged
	failed error
	began  bool      // a page has been read
	rev    store.Rev // the collection's, when it was

	few  bool                 // there are not too many periods
	note func(ical.Busy) bool // takes a period down, made once; it returns few
}

// busyTries is how often the busy time of a calendar is gathered, at most, in which
// somebody writes meanwhile.
const busyTries = 4

// errMoved says that pages of an answer are of different revisions.
var errMoved = errors.New("the collection has changed since the answer began")

// gatherAll gathers all that is asked for. An event that is moved between two pages
// could be in none of them; so when there was a write between pages it begins anew.
// The last try takes what it finds.
func (b *busyTime) gatherAll(res *resource) error {
	allowed := b.rq.left
	for try := range busyTries {
		b.rq.left, b.periods, b.mergeAt, b.began, b.few = allowed, b.periods[:0], mergeAbove, false, true
		var err error
		for _, source := range busySources(res, b.window) {
			if err = b.gather(source, try == busyTries-1); err != nil {
				break
			}
		}
		switch {
		case errors.Is(err, errMoved):
			continue
		case err != nil:
			return err
		case !b.merge():
			return overAllowance("free-busy")
		}
		return nil
	}
	return errMoved
}

// merge tells whether the periods so far are few enough for an answer.
func (b *busyTime) merge() bool {
	b.periods = append(b.periods[:0], ical.MergeBusy(b.periods)...)
	b.mergeAt = max(mergeAbove, 2*len(b.periods))
	return len(b.periods) <= maxBusyPeriods
}

// gather gathers what a source has. Unless anyway is set, it fails with errMoved
// when the collection is not as it was for the page before.
func (b *busyTime) gather(from source, anyway bool) error {
	c := &candidate{coll: b.coll}
	for more := true; more; {
		err := b.rq.view(func(snap store.Snapshot) error {
			coll, err := snap.Collection(b.coll.ID)
			if err != nil {
				return err
			}
			if b.began && coll.Rev != b.rev && !anyway {
				return errMoved
			}
			b.began, b.rev = true, coll.Rev
			c.snap, b.load, b.failed = snap, 0, nil
			more, err = from.page(snap, store.WantMeta, b.judge, func(o *store.Object) bool {
				c.obj = o
				b.failed = b.add(c)
				b.load += pageJudged / pageObjects
				return b.failed == nil && b.load < b.rq.pageLoad
			})
			return cmp.Or(b.failed, err)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// judge gathers the busy time of a candidate of which the index knows all.
func (b *busyTime) judge(x *store.Index) (read, more bool) {
	b.load++
	switch {
	case x.Busy == ical.BusyUnknown:
		return true, true
	case x.Busy == ical.NeverBusy:
	case x.Exact:
		if span := b.window.Clip(ical.Span{Start: x.Start, End: x.End}); span.Start < span.End {
			b.take(ical.Busy{Span: span, Type: x.Busy.Type()})
			b.failed = b.enough(nil)
		}
	case x.Pattern == "" || b.simple.Read(x.Pattern) != nil:
		return true, true
	default:
		b.failed = b.enough(b.simple.Busy(b.window, x.Busy.Type(), b.env, b.note))
	}
	return false, b.failed == nil && b.load < b.rq.pageLoad
}

// add gathers one object's periods. An object that cannot be read has none.
func (b *busyTime) add(c *candidate) error {
	series, err := b.rq.series(c)
	if series == nil {
		return err
	}
	return b.enough(series.BusyPeriods(b.window, b.env, b.note))
}

// take takes a period down.
func (b *busyTime) take(p ical.Busy) (few bool) {
	if b.periods = append(b.periods, p); len(b.periods) >= b.mergeAt {
		b.few = b.merge()
	}
	return b.few
}

// enough makes an error of an object's answer that is not whole.
func (b *busyTime) enough(err error) error {
	if !b.few || errors.Is(err, ical.ErrTooManyInstances) {
		return overAllowance("free-busy")
	}
	return cmp.Or(err, b.rq.ctx.Err())
}
