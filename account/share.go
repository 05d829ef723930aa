package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"almanac/store"
)

// A Level is how much of a collection is shared.
type Level string

// The levels. Each may do what the ones before it may.
const (
	ShareFreeBusy Level = "freebusy" // when something is, not what; of calendars only
	ShareRead     Level = "read"
	ShareWrite    Level = "write"
	ShareManage   Level = "manage" // write, and say with whom it is shared
)

// Levels are all there are, lowest first.
var Levels = []Level{ShareFreeBusy, ShareRead, ShareWrite, ShareManage}

// grants is what each level allows.
var grants = map[Level]Access{
	ShareFreeBusy: {Read | ReadFreeBusy | ReadCurrentUserPrivilegeSet, SeesBusy},
	ShareRead:     {Read | ReadFreeBusy | ReadCurrentUserPrivilegeSet, SeesShared},
	ShareWrite:    {Read | ReadFreeBusy | ReadCurrentUserPrivilegeSet | Write, SeesShared},
	ShareManage:   {Read | ReadFreeBusy | ReadCurrentUserPrivilegeSet | Write | ReadACL | ManageShares, SeesShared},
}

// A Status is what became of an invitation to a shared collection.
type Status string

// The statuses. What a group, an organisation or the command line is concerned in
// is accepted from the start.
const (
	Pending  Status = "pending"
	Accepted Status = "accepted"
	Declined Status = "declined"
)

// A Share is a collection that somebody may use who does not own it.
type Share struct {
	Coll    store.CollID
	To      Principal
	Level   Level
	Status  Status
	Summary string    `json:",omitempty"` // what the owner calls it towards the sharee; "" for its name
	Invite  string    // names the invitation for as long as it stands
	Since   time.Time // of the first invitation
	Changed time.Time // of level or status
	By      string    // who shared it

	Of       store.HomeID // whose the collection is
	Told     bool         `json:",omitempty"` // the sharee has put the invitation aside
	Answered time.Time    `json:",omitzero"`  // when the sharee accepted or declined; zero once the owner has put that aside
}

// ErrLevel tells that a collection cannot be shared at a level.
var ErrLevel = errors.New("only a calendar can be shared as free/busy")

// ErrOwnShare tells that somebody shares with the owner.
var ErrOwnShare = errors.New("a collection is not shared with its owner")

func shareKey(coll store.CollID, to Principal) string { return collKey(coll) + "/" + to.String() }

// ShareOps are the operations, on the home of the collection's owner, that share a
// collection or change how it is shared. old is the share so far, nil for none. An
// invitation that was declined is made anew.
func ShareOps(coll *store.Collection, old *Share, s Share, now time.Time) ([]store.Op, error) {
	switch {
	case !slices.Contains(Levels, s.Level):
		return nil, fmt.Errorf("%q is no level: there are %v", s.Level, Levels)
	case s.Level == ShareFreeBusy && coll.Kind != store.Calendar:
		return nil, ErrLevel
	case s.To == UserPrincipal(coll.Home):
		return nil, ErrOwnShare
	}
	s.Coll, s.Of, s.Changed = coll.ID, coll.Home, store.Moment(now)
	if old != nil {
		s.Since, s.Invite = old.Since, old.Invite
		if old.Status == Accepted {
			s.Status = Accepted // whoever has it is not asked again
		}
	}
	if s.Since.IsZero() {
		s.Since = s.Changed
	}
	if s.Invite == "" {
		s.Invite = newID()
	}
	if s.To.Type != User {
		s.Status = Accepted
	}
	return []store.Op{s.put(), s.wake(now)}, nil
}

// wake has looked at what goes off for the sharee in a calendar.
func (s *Share) wake(now time.Time) store.Op {
	return store.Enqueue{Job: store.AlarmJobOfPerson(s.Coll, s.To.Home, now)}
}

func (s *Share) put() store.PutRecord {
	return fact(factShare, shareKey(s.Coll, s.To), s, toRef(s.To), ofRef(s.Of))
}

func ofRef(home store.HomeID) string { return "of:" + homeKey(home) }

func toRef(p Principal) string { return "to:" + p.String() }

// UnshareOps are the operations, on the home of the collection's owner, that end a
// share.
func UnshareOps(coll store.CollID, to Principal) []store.Op {
	return []store.Op{store.DeleteRecord{Kind: factShare, Key: shareKey(coll, to)}}
}

// Stands holds as long as the share is there and as it was read: an answer to what
// was taken back meanwhile must not bring it to life again.
func (s Share) Stands() store.Pre {
	return store.RecordIs{Kind: factShare, Key: shareKey(s.Coll, s.To), Value: s.put().Record.Value}
}

// AnswerOps are the operations, on the home of the collection's owner, by which a
// sharee accepts or declines; they are for a batch in which the share Stands.
func (s Share) AnswerOps(accept bool, now time.Time) []store.Op {
	s.Status, s.Changed = Declined, store.Moment(now)
	if accept {
		s.Status = Accepted
	}
	s.Answered = s.Changed
	return []store.Op{s.put(), s.wake(now)}
}

// DismissOps are the operations, on the home of the collection's owner, by which the
// sharee puts the invitation aside, or the owner the answer; they are for a batch in
// which the share Stands.
func (s Share) DismissOps(by store.HomeID) []store.Op {
	if by == s.Of {
		s.Answered = time.Time{}
	} else {
		s.Told = true
	}
	return []store.Op{s.put()}
}

// FindShare returns how a collection is shared with somebody, nil when it is not.
func FindShare(snap store.Snapshot, coll store.CollID, to Principal) (*Share, error) {
	s, _, err := factOf[Share](snap, factShare, shareKey(coll, to))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return s, err
}

// SharesOf returns with whom a collection is shared, in the order of the keys.
func SharesOf(snap store.Snapshot, coll store.CollID) ([]Share, error) {
	var all []Share
	err := each(func(visit func(*store.Record) bool) error {
		return snap.Records(factShare, collKey(coll)+"/", "", visit)
	},
		func(_ *store.Record, s *Share) error { all = append(all, *s); return nil })
	return all, err
}

// SharedWith returns what is shared with a principal itself.
func SharedWith(snap store.Snapshot, to Principal) ([]Share, error) {
	var all []Share
	err := each(func(visit func(*store.Record) bool) error { return snap.Referring(factShare, toRef(to), visit) },
		func(_ *store.Record, s *Share) error { all = append(all, *s); return nil })
	return all, err
}

// SharedBy returns all shares of a home's collections, in the order of the keys.
func SharedBy(snap store.Snapshot, home store.HomeID) ([]Share, error) {
	var all []Share
	err := each(func(visit func(*store.Record) bool) error { return snap.Referring(factShare, ofRef(home), visit) },
		func(_ *store.Record, s *Share) error { all = append(all, *s); return nil })
	return all, err
}

// ShareWith shares a collection, for the command line and pages: accepted from the
// start.
func ShareWith(ctx context.Context, st store.Store, coll *store.Collection, to Principal, level Level, by string, now time.Time) error {
	var ops []store.Op
	err := st.View(ctx, func(snap store.Snapshot) error {
		old, err := FindShare(snap, coll.ID, to)
		if err != nil {
			return err
		}
		ops, err = ShareOps(coll, old, Share{To: to, Level: level, Status: Accepted, By: by}, now)
		return err
	})
	if err != nil {
		return err
	}
	if to.Type == User {
		// What the person put aside before comes back.
		if err := hide(ctx, st, to.Home, coll.ID, false, by, now); err != nil {
			return err
		}
	}
	return write(ctx, st, coll.Home, by, now, nil, ops...)
}

// Answer accepts or declines what is shared with a user. Of what is shared with a
// group or an organisation, which stays so for the others, the user takes it into the
// home or puts it aside. What is not shared with the user at all, or no more, is
// store.ErrNotFound.
func Answer(ctx context.Context, st store.Store, home store.HomeID, coll *store.Collection, accept bool, by string, now time.Time) error {
	for range changes {
		own, err := answered(ctx, st, home, coll)
		if err != nil {
			return err
		}
		// The look first: should the second batch fail, what was declined is gone from
		// the home all the same.
		if err := hide(ctx, st, home, coll.ID, !accept, by, now); err != nil || own == nil {
			return err
		}
		err = write(ctx, st, coll.Home, by, now, []store.Pre{own.Stands()}, own.AnswerOps(accept, now)...)
		if failed := new(store.PreconditionError); !errors.As(err, &failed) {
			return err
		}
	}
	return fmt.Errorf("how collection %d is shared is being changed by others: try again", coll.ID)
}

// answered returns the share with the user alone that Answer is about; nil where it
// is a group's or an organisation's.
func answered(ctx context.Context, st store.Store, home store.HomeID, coll *store.Collection) (own *Share, err error) {
	err = st.View(ctx, func(snap store.Snapshot) error {
		if own, err = FindShare(snap, coll.ID, UserPrincipal(home)); err != nil || own != nil {
			return err
		}
		a, err := shared(snap, home, coll.ID)
		if err == nil && a.Privilege == 0 {
			err = store.ErrNotFound
		}
		return err
	})
	return own, err
}

// A Delegate may act in the calendars of somebody else: read them, or write too.
type Delegate struct {
	Of    store.HomeID // whose calendars
	To    Principal    // a user or a group
	Write bool
	Since time.Time
	By    string
}

func delegateKey(of store.HomeID, to Principal) string { return homeKey(of) + "/" + to.String() }

// DelegateOps are the operations, on the home of whom the calendars are, that make
// a delegate.
func DelegateOps(d Delegate) ([]store.Op, error) {
	if d.To == UserPrincipal(d.Of) {
		return nil, errors.New("nobody is their own delegate")
	}
	if d.To.Type == Org {
		return nil, errors.New("a delegate is a user or a group, not an organisation")
	}
	return []store.Op{fact(factDelegate, delegateKey(d.Of, d.To), d, toRef(d.To))}, nil
}

// UndelegateOps are the operations, on the same home, that end it.
func UndelegateOps(of store.HomeID, to Principal) []store.Op {
	return []store.Op{store.DeleteRecord{Kind: factDelegate, Key: delegateKey(of, to)}}
}

// SetDelegates are the operations, on the home of whom the calendars are, after
// which those of one kind, readers or writers, are the given ones. Who was of the
// other kind changes over.
func SetDelegates(of store.HomeID, now []Delegate, want []Principal, write bool, by string, at time.Time) ([]store.Op, error) {
	var ops []store.Op
	for _, d := range now {
		if d.Write == write && !slices.Contains(want, d.To) {
			ops = append(ops, UndelegateOps(of, d.To)...)
		}
	}
	for _, to := range want {
		if slices.ContainsFunc(now, func(d Delegate) bool { return d.To == to && d.Write == write }) {
			continue
		}
		made, err := DelegateOps(Delegate{Of: of, To: to, Write: write, Since: store.Moment(at), By: by})
		if err != nil {
			return nil, err
		}
		ops = append(ops, made...)
	}
	return ops, nil
}

// DelegatesOf returns who may act for a user.
func DelegatesOf(snap store.Snapshot, of store.HomeID) ([]Delegate, error) {
	var all []Delegate
	err := each(func(visit func(*store.Record) bool) error {
		return snap.Records(factDelegate, homeKey(of)+"/", "", visit)
	},
		func(_ *store.Record, d *Delegate) error { all = append(all, *d); return nil })
	return all, err
}

// DelegatorsOf returns for whom a user may act, each person once with the most that
// is allowed, in the order of the accounts' creation.
func DelegatorsOf(snap store.Snapshot, home store.HomeID) ([]Delegate, error) {
	principals, err := PrincipalsOf(snap, home)
	if err != nil {
		return nil, err
	}
	by := make(map[store.HomeID]Delegate)
	for _, p := range principals {
		err := each(func(visit func(*store.Record) bool) error { return snap.Referring(factDelegate, toRef(p), visit) },
			func(_ *store.Record, d *Delegate) error {
				if have, ok := by[d.Of]; d.Of != home && (!ok || d.Write && !have.Write) {
					by[d.Of] = *d
				}
				return nil
			})
		if err != nil {
			return nil, err
		}
	}
	all := make([]Delegate, 0, len(by))
	for _, d := range by {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b Delegate) int { return int(a.Of) - int(b.Of) })
	return all, nil
}

// A Resource is an account that is a room or a piece of equipment. It has a
// calendar, and an organisation whose administrators manage it.
type Resource struct {
	Type ResourceType
	Org  string // ID of the organisation
}

// ResourceType is the CUTYPE of a resource (RFC 6638 section 2.4.2 with RFC 5545
// section 3.2.3), in lower case.
type ResourceType string

// The types of resources.
const (
	Room      ResourceType = "room"
	Equipment ResourceType = "resource"
)

// ResourceOp marks an account as a resource; it is for a batch on its home, also for
// the one that makes it: the record has the account's name, which is for ever, since
// no number is known before.
func ResourceOp(name string, r Resource) store.Op {
	return fact(factResource, name, r, "org:"+r.Org)
}

// formerResource is the key that the record of a resource had in earlier versions.
func formerResource(home store.HomeID) string { return homeKey(home) }

// ResourceOps mark an account that there is as a resource, whatever version made it one.
func ResourceOps(h *store.Home, r Resource) []store.Op {
	return []store.Op{store.DeleteRecord{Kind: factResource, Key: formerResource(h.ID)}, ResourceOp(h.Name, r)}
}

// FindResource tells what kind of resource an account is; nil for a person.
func FindResource(snap store.Snapshot, home store.HomeID) (*Resource, error) {
	h, err := snap.Home(home)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	for _, key := range []string{h.Name, formerResource(home)} {
		rec, err := snap.Record(factResource, key)
		// A name can look like a number: then the record is another's.
		if err == nil && rec.Home == home {
			return decode[Resource](rec)
		} else if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
	}
	return nil, nil
}

// ResourcesOf visits the resources of an organisation, or with "" all, in the order
// of their names.
func ResourcesOf(snap store.Snapshot, org string, visit func(store.HomeID, *Resource) error) error {
	list := func(v func(*store.Record) bool) error { return snap.Referring(factResource, "org:"+org, v) }
	if org == "" {
		list = func(v func(*store.Record) bool) error { return snap.Records(factResource, "", "", v) }
	}
	return each(list, func(rec *store.Record, r *Resource) error { return visit(rec.Home, r) })
}
