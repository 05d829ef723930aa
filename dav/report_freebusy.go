package dav

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/ical"
	"almanac/store"
)

// mergeAbove is how many periods are gathered at least before they are merged: a
// hostile series has one each second.
const mergeAbove = 20_000

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
	for _, source := range busySources(res, w) {
		if err := b.gather(source); err != nil {
			return err
		}
	}
	reply := ical.FreeBusyReply{ProdID: prodID, Stamp: rq.now().Unix()}
	out := reply.AppendFreeBusy(nil, w, ical.MergeBusy(b.periods))
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
	tough   int
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

// add gathers one object's periods. An object that cannot be read has none. Of one
// that takes too long to work out those found so far count, unless there are many
// such: RFC 4791 section 7.10 has number-of-matches-within-limits for that.
func (b *busyTime) add(c *candidate) error {
	series, err := b.rq.series(c)
	var unreadable *unreadableError
	if errors.As(err, &unreadable) {
		b.rq.log.Warn("calendar object cannot be read", "user", b.rq.who.Name, "object", c.obj.Name, "err", err)
		return nil
	} else if err != nil {
		return err
	}
	err = series.BusyPeriods(b.window, b.env, func(p ical.Busy) bool {
		if b.periods = append(b.periods, p); len(b.periods) >= b.mergeAt {
			b.periods = ical.MergeBusy(b.periods)
			b.mergeAt = max(mergeAbove, 2*len(b.periods))
		}
		return true
	})
	if errors.Is(err, ical.ErrTooManyInstances) {
		if b.tough++; b.tough > maxTough {
			return forbidden(wire.D("number-of-matches-within-limits"), errOverBudget)
		}
		return nil
	}
	return err
}
