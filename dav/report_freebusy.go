package dav

import (
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
	b := &busyTime{rq: rq, coll: res.coll, window: w, env: rq.env(res.coll), mergeAt: mergeAbove}
	b.env.Budget = math.MaxInt // any one object may take what the request may
	for _, source := range busySources(res, w) {
		if err := b.gather(source); err != nil {
			return err
		}
	}
	if !b.merge() {
		return overAllowance("free-busy")
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
}

// merge tells whether the periods so far are few enough for an answer.
func (b *busyTime) merge() bool {
	b.periods = append(b.periods[:0], ical.MergeBusy(b.periods)...)
	b.mergeAt = max(mergeAbove, 2*len(b.periods))
	return len(b.periods) <= maxBusyPeriods
}

func (b *busyTime) gather(from source) error {
	c := &candidate{coll: b.coll}
	for more := true; more; {
		err := b.rq.view(func(snap store.Snapshot) (err error) {
			c.snap = snap
			visited := 0
			var failed error
			more, err = from.page(snap, store.WantMeta, func(o *store.Object) bool {
				c.obj = o
				failed = b.add(c)
				visited++
				return failed == nil && visited < pageObjects
			})
			if failed != nil {
				return failed
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// add gathers one object's periods. An object that cannot be read has none.
func (b *busyTime) add(c *candidate) error {
	series, err := b.rq.series(c)
	if series == nil {
		return err
	}
	few := true
	err = series.BusyPeriods(b.window, b.env, func(p ical.Busy) bool {
		if b.periods = append(b.periods, p); len(b.periods) >= b.mergeAt {
			few = b.merge()
		}
		return few
	})
	if !few || errors.Is(err, ical.ErrTooManyInstances) {
		return overAllowance("free-busy")
	}
	return err
}
