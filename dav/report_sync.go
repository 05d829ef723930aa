package dav

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"almanac/dav/wire"
	"almanac/store"
	davsync "almanac/sync"
)

// syncRows is how many rows of the change log are read ahead of their members.
const syncRows = 64

// syncCollection answers sync-collection: what changed since a token, RFC 6578
// section 3.2. It costs the changes told, whatever the collection holds.
//
// Depth 0, 1 and none are alike: Apple's clients and Thunderbird send 1. Nor does
// the level matter, since no collection here has another inside it.
func (rq *request) syncCollection(body *wire.Elem) error {
	if _, err := rq.depth(); err != nil {
		return err
	}
	switch level := body.Child(wire.D("sync-level")).TrimmedText(); level {
	case "", "1", "infinite":
	default:
		return badRequest("sync-level %.20q is neither 1 nor infinite", level)
	}
	limit, err := readLimit(body.Child(wire.D("limit")), wire.D("nresults"))
	if err != nil {
		return err
	}
	f := flavourOf(rq.at.kind)
	want, err := rq.reportProps(body, f)
	if err != nil {
		return err
	}
	res, err := rq.target(store.WantMeta)
	if err != nil {
		return err
	}
	now := rq.token(res)
	since, err := davsync.Since(body.Child(wire.D("sync-token")).TrimmedText(), now, func(epoch string, rev uint64) bool {
		return rq.store.Lineage(epoch, res.coll.ID, store.Rev(rev))
	})
	if errors.Is(err, davsync.ErrToken) {
		return rq.invalidToken(err)
	} else if err != nil {
		return err
	}
	m := rq.multistatus(want.spaces()...)
	defer m.Release()
	s := &syncAnswer{
		multistatus: m, want: want, member: res.member(), lens: rq.lens(res),
		since: store.Rev(since), told: store.Rev(since), began: res.coll.Rev,
		left: limit, limited: limit > 0,
	}
	page := s.page
	if s.since == 0 && !s.limited {
		page = s.first
	}
	for !s.done {
		if err := rq.view(page); err != nil {
			return m.broken(err)
		}
		if !s.done {
			if err := m.flush(); err != nil {
				return err
			}
		}
	}
	if s.cut {
		// RFC 6578 section 3.6.
		m.StatusResponse(rq.href(res.location), http.StatusInsufficientStorage, wire.Condition{Name: wire.D("number-of-matches-within-limits")})
	}
	now.Rev = uint64(s.state)
	m.ElementBytes(wire.D("sync-token"), now.AppendTo(rq.scratch[:0]))
	return m.end()
}

// invalidToken refuses a token that names no state of this collection. RFC 6578
// section 3.2 has the precondition valid-sync-token; clients start anew. For
// Thunderbird's address book that is 400 alone: at 403 it never syncs again.
func (rq *request) invalidToken(err error) error {
	e := forbidden(wire.D("valid-sync-token"), err)
	if rq.at.kind == kindAddressBook && strings.Contains(rq.r.UserAgent(), "Thunderbird/") {
		e.Status = http.StatusBadRequest
	}
	return e
}

// readLimit reads the number in an element that limits an answer; 0 for none.
// DAV:limit is of RFC 5323 section 5.17, CARDDAV:limit of RFC 6352 section 10.6.
func readLimit(limit *wire.Elem, number wire.Name) (int, error) {
	if limit == nil {
		return 0, nil
	}
	text := limit.Child(number).TrimmedText()
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil || n == 0 {
		return 0, badRequest("nresults %.20q is not a number above 0", text)
	}
	return int(n), nil
}

// A syncAnswer tells the rows of a change log.
type syncAnswer struct {
	*multistatus
	want   *propRequest
	member *resource
	lens   *lens

	since   store.Rev // what the client has
	began   store.Rev // the collection when the answer began
	told    store.Rev // all rows up to this one are told
	state   store.Rev // what the client has with this answer
	left    int       // responses that the client still takes
	limited bool
	cut     bool // there is more than it takes
	done    bool

	rows  []store.Change
	names []string

	after string // the last member told by first
	begun bool   // first has told a page
}

// first tells a client that has nothing what there is: a page of the members in
// the order of their names, each read where it lies. The change log would have
// each of them looked up.
//
// The state told is that of the first page's snapshot. What changes until the last
// page, and so may be missing, or told though it has gone since, is in the change
// log behind that, and is told by the next sync.
func (s *syncAnswer) first(snap store.Snapshot) error {
	coll, err := snap.Collection(s.member.coll.ID)
	if err != nil {
		return err
	}
	if !s.begun {
		s.begun, s.state = true, coll.Rev
	}
	var last []byte
	more := false
	var failed error
	err = snap.List(coll.ID, s.after, s.want.on(s.member.kind).want, func(o *store.Object) bool {
		last = append(last[:0], o.Name...)
		if o, failed = s.lens.see(snap, o); o != nil {
			s.member.become(o.Name, o, s.lens)
			s.response(s.member, s.want)
		}
		more = failed == nil && s.full()
		return failed == nil && !more
	})
	s.after, s.done = string(last), !more
	return errors.Join(err, failed)
}

// page tells rows from one snapshot, until a page is full or the log ends.
//
// Why the token may be that of the last snapshot, though earlier pages are of
// earlier ones: a member has one row, which only ever moves to a revision above
// all there are. So whatever row the last snapshot has was there when the answer
// passed its revision, and was told then with the state it still has; or it is
// still to come. Of an answer that is cut the same holds up to the last row told.
//
// A client that has nothing need not hear of deletions, but only of those that
// are older than the answer: a later one may be of a member told on an earlier page.
func (s *syncAnswer) page(snap store.Snapshot) error {
	coll, err := snap.Collection(s.member.coll.ID)
	if err != nil {
		return err
	}
	for !s.done && !s.full() {
		s.rows, s.names = s.rows[:0], s.names[:0]
		end := true
		err := snap.Changes(s.member.coll.ID, s.told, func(c store.Change) bool {
			if len(s.rows) == syncRows {
				end = false
				return false
			}
			s.rows = append(s.rows, c)
			s.names = append(s.names, c.Name)
			return true
		})
		if err != nil {
			return err
		}
		var failed error
		err = snap.Objects(s.member.coll.ID, s.names, s.want.on(s.member.kind).want, func(i int, o *store.Object) bool {
			failed = s.row(snap, &s.rows[i], o)
			return failed == nil && !s.cut && !s.full()
		})
		if err = errors.Join(err, failed); err != nil {
			return err
		}
		s.done = s.cut || end && (len(s.rows) == 0 || s.told == s.rows[len(s.rows)-1].Rev)
	}
	s.state = coll.Rev
	if s.cut {
		s.state = s.told
	}
	return nil
}

// row tells one change.
func (s *syncAnswer) row(snap store.Snapshot, c *store.Change, o *store.Object) error {
	there := o != nil
	o, err := s.lens.see(snap, o)
	if err != nil {
		return err
	}
	// What the client must not see is gone for it: it may have been shown before.
	gone := c.Deleted || there && o == nil
	switch {
	case gone && s.since == 0 && c.Rev <= s.began:
	case s.limited && s.left == 0:
		s.cut = true
		return nil
	case gone:
		s.gone(s.member, c.Name)
		s.left--
	case o == nil:
		// Never told as a deletion: clients would believe it.
		return fmt.Errorf("change %d of collection %d is about %q: %w", c.Rev, s.member.coll.ID, c.Name, store.ErrDamaged)
	default:
		s.member.become(c.Name, o, s.lens)
		s.response(s.member, s.want)
		s.left--
	}
	s.told = c.Rev
	return nil
}
