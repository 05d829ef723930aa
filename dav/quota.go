package dav

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/store"
)

// A quota is what an account may hold, and holds.
type quota struct {
	store.Limits
	used int64 // octets; known when there is a limit on them
}

// quotaOf reads the quota of an account, once for each account met in a request:
// a listing of a home asks for every collection in it. ok is false when the store
// failed.
func (rq *request) quotaOf(home store.HomeID) (q quota, ok bool) {
	if q, ok = rq.quotas[home]; ok {
		return q, true
	}
	var err error
	if q.Limits, err = account.LimitsOf(rq.snap, home); err == nil && q.Octets > 0 {
		q.used, err = account.Used(rq.snap, home)
	}
	if err != nil {
		rq.refusal = err
		return q, false
	}
	if rq.quotas == nil {
		rq.quotas = make(map[store.HomeID]quota)
	}
	rq.quotas[home] = q
	return q, true
}

// holder is the account for which what is in a resource counts.
func (r *resource) holder() *store.Home {
	if r.owner != nil {
		return r.owner
	}
	return r.home
}

// quotaProps are the properties of RFC 4331. They are where an account has a limit
// on octets, and count the whole account: that is what an object more is taken
// from. Somebody else who may add objects is told what is available, which they
// have to know; how much the owner holds is the owner's own affair.
var quotaProps = []property{
	// RFC 4331 section 3.
	{name: wire.D("quota-available-bytes"), on: kindHome | kindCollection, get: func(rq *request, res *resource, w *wire.Writer) bool {
		if res.holder().ID != rq.who.Home && !res.may(account.Bind) {
			return false
		}
		q, ok := rq.quotaOf(res.holder().ID)
		if !ok || q.Octets == 0 {
			return false
		}
		w.Text(strconv.FormatInt(max(q.Octets-q.used, 0), 10))
		return true
	}},
	// RFC 4331 section 4.
	{name: wire.D("quota-used-bytes"), on: kindHome | kindCollection, get: func(rq *request, res *resource, w *wire.Writer) bool {
		if res.holder().ID != rq.who.Home {
			return false
		}
		q, ok := rq.quotaOf(rq.who.Home)
		if !ok || q.Octets == 0 {
			return false
		}
		w.Text(strconv.FormatInt(q.used, 10))
		return true
	}},
}

// maxResourceSize is the server's limit, or that of the account where it is lower.
func maxResourceSize(rq *request, res *resource, w *wire.Writer) bool {
	most := rq.maxObject
	q, ok := rq.quotaOf(res.holder().ID)
	if !ok {
		return false
	}
	if q.ObjectOctets > 0 {
		most = min(most, q.ObjectOctets)
	}
	w.Text(strconv.FormatInt(most, 10))
	return true
}

// errOwnerFull is said in place of numbers that are the owner's own affair.
var errOwnerFull = errors.New("the account of the owner can hold no more")

// overLimit refuses what goes beyond the limits of the account that it counts for:
// an object that is too large (RFC 4791 section 5.3.2.1, RFC 6352 section 6.3.2.1),
// else with RFC 4331 section 6.
func (rq *request) overLimit(over *store.LimitError, home store.HomeID) error {
	var err error = over
	if over.Limit == store.LimitObjectOctets {
		f := flavourOf(rq.at.kind)
		return forbidden(wire.Name{Space: f.space, Local: "max-resource-size"}, fmt.Errorf("more than %d octets", over.Most))
	}
	if home != rq.who.Home {
		err = errOwnerFull
	}
	full := &Error{Status: http.StatusInsufficientStorage, Err: err}
	if over.Limit != store.LimitCollections {
		full.Conditions = []wire.Condition{{Name: wire.D("quota-not-exceeded")}}
	}
	return full
}
