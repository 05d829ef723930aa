package boltstore

import (
	"fmt"

	"almanac/store"
)

func (a *applier) placeFree(kind store.Kind, name string) error {
	if a.bucket(bPlaces).Get(placeKey(a.home, kind, name)) != nil {
		return fmt.Errorf("collection %q: %w", name, store.ErrExists)
	}
	return nil
}

func (t *txn) putPlace(rec *collRecord) {
	t.put(t.bucket(bPlaces), placeKey(rec.Home, rec.Kind, rec.Name), key8(uint64(rec.ID)))
}

func (t *txn) dropPlace(rec *collRecord) {
	t.remove(t.bucket(bPlaces), placeKey(rec.Home, rec.Kind, rec.Name))
}

func (a *applier) createCollection(op store.CreateCollection, res *store.OpResult) error {
	if err := a.placeFree(op.Collection.Kind, op.Collection.Name); err != nil {
		return err
	}
	rec := &collRecord{}
	rec.ID = store.CollID(a.next(collNumbers))
	rec.Home, rec.Kind, rec.Name = a.home, op.Collection.Kind, op.Collection.Name
	rec.Components = op.Collection.Components
	rec.Created = a.at
	rec.Props = store.PropSet(nil).Patch(op.Collection.Props, nil)

	key := key8(uint64(rec.ID))
	colls := a.bucket(bColls)
	top, err := colls.CreateBucket(key)
	if err != nil {
		a.must(err)
		return err
	}
	a.wrote = true
	a.steps = append(a.steps, step{b: colls, key: key, bucket: true})
	c := &collection{parts: parts{id: rec.ID, top: top}}
	for n, name := range partNames {
		c.buckets[n], err = top.CreateBucket(name)
		a.must(err)
	}
	a.saved[c] = collState{} // undone, it is no more
	a.colls[c.id] = c
	a.must(top.Put(kRecord, appendCollection(nil, rec)))
	c.rec, c.dirty = rec, true
	a.putPlace(rec)
	a.mine.homes[rec.Home] = true
	a.tell(c)
	res.Coll = c.id
	return nil
}

func (a *applier) renameCollection(op store.RenameCollection) error {
	c, err := a.live(op.Coll)
	if err != nil || c.rec.Name == op.Name {
		return err
	}
	if err := a.placeFree(c.rec.Kind, op.Name); err != nil {
		return err
	}
	rec := *c.rec
	rec.Name = op.Name
	a.dropPlace(c.rec)
	a.putPlace(&rec)
	a.setRecord(c, &rec)
	return nil
}

func (a *applier) setComponents(op store.SetComponents) error {
	c, err := a.live(op.Coll)
	if err != nil {
		return err
	}
	rec := *c.rec
	rec.Components = op.Components
	a.setRecord(c, &rec)
	return nil
}

func (a *applier) deleteCollection(op store.DeleteCollection) error {
	c, err := a.live(op.Coll)
	if err != nil {
		return err
	}
	rec := *c.rec
	rec.Trash, rec.Deleted, rec.By = true, a.at, a.b.By
	a.dropPlace(c.rec)
	a.put(a.bucket(bTrash), trashKey(rec.Home, rec.ID), nil)
	a.put(a.bucket(bExpiry), expiryKey(rec.Deleted.UnixMilli(), rec.ID, 0), nil)
	a.setRecord(c, &rec)
	return nil
}

func (a *applier) restoreCollection(op store.RestoreCollection) error {
	c, err := a.open(op.Coll)
	if err != nil {
		return err
	}
	if !c.rec.Trash || c.rec.Home != a.home {
		return missing("collection in the trash", op.Coll)
	}
	rec := collRecord{Trashed: store.Trashed{Collection: c.rec.Collection}}
	if op.Name != "" {
		rec.Name = op.Name
	}
	if err := a.placeFree(rec.Kind, rec.Name); err != nil {
		return err
	}
	a.remove(a.bucket(bTrash), trashKey(rec.Home, rec.ID))
	a.remove(a.bucket(bExpiry), expiryKey(c.rec.Deleted.UnixMilli(), rec.ID, 0))
	a.putPlace(&rec)
	a.setRecord(c, &rec)
	return a.watchCalendar(c)
}

// bury ends a collection for good: from now on there is none of this number, and
// its rows are for Expire to remove.
func (t *txn) bury(c *collection) {
	t.change(c)
	rec := c.rec
	if rec.Trash {
		t.remove(t.bucket(bTrash), trashKey(rec.Home, rec.ID))
		t.remove(t.bucket(bExpiry), expiryKey(rec.Deleted.UnixMilli(), rec.ID, 0))
	} else {
		t.dropPlace(rec)
	}
	t.put(t.bucket(bDead), key8(uint64(c.id)), nil)
	t.stopClock(c)
	t.remove(c.top, kRecord)
	t.mine.homes[rec.Home] = true
	t.mine.colls[c.id] = store.Event{Home: rec.Home, Coll: c.id, Rev: c.n.rev, Gone: true}
	c.rec = nil
}
