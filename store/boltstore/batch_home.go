package boltstore

import (
	"bytes"
	"fmt"
	"slices"

	"almanac/store"
)

// readHome reads the batch's home.
func (a *applier) readHome() (*store.Home, error) {
	rec := a.bucket(bHomes).Get(key8(uint64(a.home)))
	if rec == nil {
		return nil, missing("home", a.home)
	}
	h, err := decodeHome(a.home, rec)
	if err != nil {
		return nil, fmt.Errorf("home %d: %w", a.home, err)
	}
	return h, nil
}

func (a *applier) writeHome(h *store.Home) {
	a.put(a.bucket(bHomes), key8(uint64(h.ID)), appendHome(nil, h))
	a.mine.homes[h.ID] = true
}

func (a *applier) createHome(op store.CreateHome, res *store.OpResult) error {
	names := a.bucket(bHomeNames)
	if names.Get([]byte(op.Home.Name)) != nil {
		return fmt.Errorf("home %q: %w", op.Home.Name, store.ErrExists)
	}
	h := op.Home
	h.ID, h.SecretRev, h.Created = store.HomeID(a.next(homeNumbers)), 1, a.at
	h.Principal = store.PropSet(nil).Patch(h.Principal, nil)
	h.CalendarHome = store.PropSet(nil).Patch(h.CalendarHome, nil)
	h.AddressBookHome = store.PropSet(nil).Patch(h.AddressBookHome, nil)
	a.writeHome(&h)
	a.put(names, []byte(h.Name), key8(uint64(h.ID)))
	a.home, res.Home = h.ID, h.ID
	return nil
}

func (a *applier) setHome(h *store.Home, op store.SetHome) error {
	if op.DisplayName != nil {
		h.DisplayName = *op.DisplayName
	}
	if op.Emails != nil {
		h.Emails = *op.Emails
	}
	if op.Secret != nil {
		h.Secret = *op.Secret
	}
	if op.Secret != nil || op.NewRev {
		h.SecretRev++
	}
	a.writeHome(h)
	return nil
}

// deleteHome removes the home's records; its collections are emptied by Expire.
func (a *applier) deleteHome(h *store.Home) error {
	ids := append(trashOf(a.tx, h.ID), a.collectionsOf(h.ID)...)
	colls := make([]*collection, len(ids))
	for i, id := range ids {
		c, err := a.open(id)
		if err != nil {
			return err
		}
		colls[i] = c
	}
	jobs, err := a.jobsOf(h.ID)
	if err != nil {
		return err
	}
	records, err := a.recordsOf(h.ID)
	if err != nil {
		return err
	}
	for _, c := range colls {
		a.bury(c)
	}
	for _, r := range records {
		a.dropRecord(r)
	}
	for _, j := range jobs {
		a.dropJob(j)
	}
	a.remove(a.bucket(bHomes), key8(uint64(h.ID)))
	a.remove(a.bucket(bHomeNames), []byte(h.Name))
	a.mine.homes[h.ID] = true
	return nil
}

func (a *applier) patchProps(h *store.Home, op store.PatchProps) error {
	switch op.Target {
	case store.OnPrincipal:
		h.Principal = h.Principal.Patch(op.Set, op.Remove)
	case store.OnCalendarHome:
		h.CalendarHome = h.CalendarHome.Patch(op.Set, op.Remove)
	case store.OnAddressBookHome:
		h.AddressBookHome = h.AddressBookHome.Patch(op.Set, op.Remove)
	default:
		c, err := a.live(op.Coll)
		if err != nil {
			return err
		}
		if op.Target == store.OnObject {
			return a.patchMember(c, op)
		}
		rec := *c.rec
		rec.Props = rec.Props.Patch(op.Set, op.Remove)
		a.setRecord(c, &rec)
		if op.ConcernsAlarms() {
			return a.watchCalendar(c)
		}
		return nil
	}
	a.writeHome(h)
	if op.ConcernsAlarms() {
		return a.watchHome()
	}
	return nil
}

func (a *applier) patchMember(c *collection, op store.PatchProps) error {
	m, err := c.member(op.Name)
	if err != nil {
		return err
	}
	if m == nil {
		return missing("member", op.Name)
	}
	key := []byte(op.Name)
	old, err := c.memberProps(key)
	if err != nil {
		return err
	}
	a.change(c)
	m = c.own(m)
	ps := old.Patch(op.Set, op.Remove)
	if m.props = len(ps) > 0; m.props {
		a.put(c.bucket(pProps), key, appendProps(nil, ps))
	} else {
		a.remove(c.bucket(pProps), key)
	}
	x := c.timed(m)
	a.putMember(c, m, &x)
	return nil
}

// collectionsOf returns the home's collections that are not in the trash.
func (t *txn) collectionsOf(home store.HomeID) (ids []store.CollID) {
	prefix := key8(uint64(home))
	cur := t.bucket(bPlaces).Cursor()
	for k, v := cur.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = cur.Next() {
		ids = append(ids, store.CollID(num8(v)))
	}
	return ids
}

// jobsOf finds the jobs of a home; there is no index for it, since a home is
// rarely deleted.
func (t *txn) jobsOf(home store.HomeID) (all []*job, err error) {
	err = t.bucket(bJobs).ForEach(func(k, v []byte) error {
		queue, id, _ := bytes.Cut(k, []byte{0})
		j, err := decodeJob(string(queue), string(id), v)
		if err != nil {
			return fmt.Errorf("job %q: %w", k, err)
		}
		if j.rec = v; j.Home == home {
			all = append(all, j)
		}
		return nil
	})
	return slices.Clip(all), err
}
