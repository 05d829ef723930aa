package remind

import (
	"context"
	"slices"
	"time"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/store"
)

// page is how many objects of a calendar that is looked at whole share a batch.
const page = 1000

// wakeAll has all objects of a calendar looked at in which something may go off; with a
// person only those in which it may for them, who is not the owner, or 0 for all others.
func (s *Service) wakeAll(ctx context.Context, coll store.CollID, person *store.HomeID, now time.Time) error {
	var home store.HomeID
	var of func(*store.Index) bool
	var mark []store.Op
	err := s.Store.View(ctx, func(snap store.Snapshot) error {
		c, err := snap.Collection(coll)
		if err != nil {
			return err
		}
		if c.Kind != store.Calendar {
			return store.ErrNotFound
		}
		home = c.Home
		mark, of, err = concerned(snap, c, person)
		return err
	})
	if err == nil && len(mark) > 0 {
		_, err = s.Store.Apply(ctx, &store.Batch{Home: home, By: "reminders", At: now, Ops: mark})
	}
	for after, more := "", true; more && err == nil; {
		var ops []store.Op
		n := 0
		err = s.Store.View(ctx, func(snap store.Snapshot) error {
			return snap.List(coll, after, store.WantMeta, func(o *store.Object) bool {
				after = string(append([]byte(nil), o.Name...))
				if of(&o.Index) {
					ops = append(ops, store.WakeObject{Coll: coll, Name: after})
				}
				n++
				return n < page
			})
		})
		more = n == page
		if err == nil {
			err = s.wake(ctx, home, now, ops)
		}
	}
	if gone(err) {
		return nil
	}
	return err
}

// wake carries out operations, each for itself should one of the objects have been
// deleted meanwhile.
func (s *Service) wake(ctx context.Context, home store.HomeID, now time.Time, ops []store.Op) error {
	if len(ops) == 0 {
		return nil
	}
	_, err := s.Store.Apply(ctx, &store.Batch{Home: home, By: "reminders", At: now, Ops: ops})
	if !gone(err) {
		return err
	}
	for _, op := range ops {
		if _, err = s.Store.Apply(ctx, &store.Batch{Home: home, By: "reminders", At: now, Ops: []store.Op{op}}); err != nil && !gone(err) {
			return err
		}
	}
	return nil
}

// concerned tells in which objects of a calendar something may go off, as for wakeAll,
// and what is to be done first: the calendar has a mark when others have default alarms.
func concerned(snap store.Snapshot, c *store.Collection, person *store.HomeID) (mark []store.Op, of func(*store.Index) bool, err error) {
	owner, err := snap.Home(c.Home)
	if err != nil {
		return nil, nil, err
	}
	with, err := account.WithDefaultAlarms(snap, c.ID)
	if err != nil {
		return nil, nil, err
	}
	is := c.Props.Get(store.OthersProp.Space, store.OthersProp.Local) != ""
	switch patch := (store.PatchProps{Target: store.OnCollection, Coll: c.ID}); {
	case is && len(with) == 0:
		patch.Remove = []store.PropName{store.OthersProp}
		mark = []store.Op{patch}
	case !is && len(with) > 0:
		patch.Set = []store.Prop{{Space: store.OthersProp.Space, Local: store.OthersProp.Local,
			XML: wire.TextFragment(store.OthersProp.Space, store.OthersProp.Local, "yes")}}
		mark = []store.Op{patch}
	}
	all := func(*store.Index) bool { return true }
	switch {
	case person == nil && store.HasDefaultAlarms(owner, c), person == nil && len(with) > 0:
		return mark, all, nil
	case person != nil && *person == 0 && len(with) > 0, person != nil && slices.Contains(with, *person):
		return mark, all, nil
	case person != nil && *person != 0:
		theirs, err := account.AlarmsOf(snap, c.ID, *person)
		return mark, func(x *store.Index) bool { return theirs[account.AlarmsKey(x.UID)] != nil }, err
	}
	others, err := account.AlarmsIn(snap, c.ID)
	return mark, func(x *store.Index) bool { return person == nil && x.Alarms || others[account.AlarmsKey(x.UID)] }, err
}
