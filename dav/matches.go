package dav

import (
	"cmp"
	"errors"
	"hash/maphash"

	"almanac/store"
)

// pageJudged is how many candidates that the index alone decides end a page: some
// milliseconds. A member that is read counts as many of them as pageObjects says.
const pageJudged = 20_000

// A matchAnswer tells the members that match a query.
//
// Its pages are read in a snapshot each. A member that is changed meanwhile may
// move, in the order of the source, from what is still to come to what was passed:
// an event that somebody puts off while the answer is on its way. So at the end the
// change log is asked what changed since the answer began, and what of that matches
// and was not told is told then; and what moves the other way is not told again. A
// member that matched all the while is in the answer once, whatever was written.
type matchAnswer struct {
	*multistatus
	q      *memberQuery
	want   *propRequest
	member *resource
	need   store.Want

	c       candidate
	verdict verdict // of the candidate at hand
	load    int     // of the page, in candidates judged
	number  int     // of members told
	cut     bool    // there may be more than the client takes
	failed  error

	began   store.Rev       // all changes up to it have been seen
	told    []uint64        // hashes of the names told, not yet in known
	known   map[uint64]bool // those of the names told; nil as long as nothing has changed
	seed    maphash.Seed
	names   []string
	catchUp bool // the source came to its end: what changed since is told
}

// matches writes a response for each member that matches. cut tells that there
// may be more.
func (m *multistatus) matches(q *memberQuery, want *propRequest, member *resource) (cut bool, err error) {
	a := &matchAnswer{
		multistatus: m, q: q, want: want, member: member, need: want.on(member.kind).want | q.want,
		c: candidate{coll: member.coll, lens: m.rq.lens(member)}, began: member.coll.Rev, seed: maphash.MakeSeed(),
	}
	for more := true; more; {
		err := m.rq.view(func(snap store.Snapshot) (err error) {
			more, err = a.page(snap)
			return err
		})
		if err != nil {
			return false, m.broken(err)
		}
		if a.cut {
			return true, nil
		}
		if more && m.full() {
			if err := m.measure(q, want, member); err != nil {
				return false, err
			}
			if err := m.flush(); err != nil {
				return false, err
			}
		}
	}
	return false, nil
}

// page tells what one snapshot has, until a page is full.
func (a *matchAnswer) page(snap store.Snapshot) (more bool, err error) {
	a.c.snap, a.load = snap, 0
	coll, err := snap.Collection(a.c.coll.ID)
	if err != nil {
		return false, err
	}
	changed := coll.Rev != a.began && a.q.whole && !a.rq.measuring
	if changed {
		a.remember()
	}
	if !a.catchUp {
		more, err := a.q.source.page(snap, a.need, a.judge, a.visit)
		if err = cmp.Or(a.failed, err); err != nil || more {
			return more, err
		}
	}
	if !changed || a.cut {
		return false, nil
	}
	a.catchUp = true
	return a.changed(snap)
}

// remember makes the names told so far known.
func (a *matchAnswer) remember() {
	if a.known == nil {
		a.known = make(map[uint64]bool, len(a.told))
	}
	for _, hash := range a.told {
		a.known[hash] = true
	}
	a.told = a.told[:0]
}

// judge is asked by sources that can before a candidate is read.
func (a *matchAnswer) judge(x *store.Index) (read, more bool) {
	if a.verdict, a.failed = a.q.judge(x); a.failed != nil {
		return false, false
	}
	if a.verdict == notMatching {
		a.load++
		return false, a.load < a.rq.pageLoad
	}
	return true, true
}

// visit tells a candidate, if it matches.
func (a *matchAnswer) visit(o *store.Object) (more bool) {
	v := a.verdict
	a.verdict = undecided
	if o, a.failed = a.c.lens.see(a.c.snap, o); o == nil {
		a.load += pageJudged / pageObjects
		return a.failed == nil && a.load < a.rq.pageLoad
	}
	if v == undecided && a.q.judge != nil {
		if v, a.failed = a.q.judge(&o.Index); a.failed != nil {
			return false
		}
	}
	a.load += pageJudged / pageObjects
	a.c.obj = o
	switch {
	case a.rq.measuring && !o.Index.Recurring: // nothing to measure
	case v == undecided:
		var matches bool
		if matches, a.failed = a.q.match(&a.c); a.failed != nil {
			return false
		}
		if matches {
			a.tell(o)
		}
	case v == matching:
		a.tell(o)
	}
	return !a.cut && !a.full() && a.load < a.rq.pageLoad
}

func (a *matchAnswer) tell(o *store.Object) {
	hash := uint64(0)
	if a.q.whole {
		if hash = maphash.String(a.seed, o.Name); a.known[hash] {
			return
		}
	}
	if a.q.limit > 0 && a.number == a.q.limit {
		a.cut = true
		return
	}
	a.member.become(o.Name, o, a.c.lens)
	a.response(a.member, a.want)
	a.number++
	if a.q.whole {
		a.told = append(a.told, hash)
	}
}

// changed tells, from the change log, what has come to match since the answer
// began, and was not told.
func (a *matchAnswer) changed(snap store.Snapshot) (more bool, err error) {
	for a.load < a.rq.pageLoad && !a.full() && !a.cut {
		a.remember()
		a.names = a.names[:0]
		var revs []store.Rev
		err := snap.Changes(a.c.coll.ID, a.began, func(c store.Change) bool {
			a.names, revs = append(a.names, c.Name), append(revs, c.Rev)
			return len(revs) < syncRows
		})
		if err != nil || len(revs) == 0 {
			return false, err
		}
		err = snap.Objects(a.c.coll.ID, a.names, a.need, func(i int, o *store.Object) bool {
			a.load++
			more := true
			if o != nil {
				more = a.visit(o)
			}
			if a.failed == nil && !a.cut {
				a.began = revs[i]
			}
			return more
		})
		if err = errors.Join(err, a.failed); err != nil {
			return false, err
		}
	}
	return !a.cut, nil
}

// measure looks through the rest of an answer with expanded objects before the
// first pages go out, so that one that is too large is refused and not broken
// off: clients ask again after a broken connection.
func (m *multistatus) measure(q *memberQuery, want *propRequest, member *resource) error {
	rq := m.rq
	if m.started || m.holds() || !rq.expands || rq.measuring || rq.refusal != nil {
		return nil
	}
	left, rest := rq.left, *q
	rest.source = q.source.fork()
	rq.measuring = true
	_, err := m.matches(&rest, want, member)
	rq.measuring, rq.left = false, left
	return cmp.Or(err, rq.refusal)
}
