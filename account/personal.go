package account

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"almanac/store"
)

// Alarms are the alarms that a sharee has on an object of somebody else's calendar:
// VALARM components as text, by the RECURRENCE-ID of what they are in, "" for the
// main component. They are kept with the calendar and seen by that sharee alone.
type Alarms map[string]string

const factAlarms = "alarms"

func alarmsPrefix(coll store.CollID, home store.HomeID) string {
	return collKey(coll) + "/" + homeKey(home) + "/"
}

// AlarmsKey stands for a UID, which may be longer than a key, in what AlarmsOf
// returns. It is of the UID and not of the name, since an object may be renamed.
func AlarmsKey(uid string) string {
	sum := sha256.Sum256([]byte(uid))
	return hex.EncodeToString(sum[:16])
}

// AlarmsOf returns all alarms that a user has in a calendar of somebody else, by
// AlarmsKey.
func AlarmsOf(snap store.Snapshot, coll store.CollID, home store.HomeID) (map[string]Alarms, error) {
	all := make(map[string]Alarms)
	prefix := alarmsPrefix(coll, home)
	err := each(func(visit func(*store.Record) bool) error { return snap.Records(factAlarms, prefix, "", visit) },
		func(r *store.Record, a *Alarms) error {
			all[strings.Clone(r.Key[len(prefix):])] = *a
			return nil
		})
	return all, err
}

// AlarmsIn returns on which objects of a calendar somebody other than the owner has
// alarms, by AlarmsKey.
func AlarmsIn(snap store.Snapshot, coll store.CollID) (map[string]bool, error) {
	all := make(map[string]bool)
	err := snap.Records(factAlarms, collKey(coll)+"/", "", func(r *store.Record) bool {
		all[strings.Clone(r.Key[strings.LastIndexByte(r.Key, '/')+1:])] = true
		return true
	})
	return all, err
}

// AlarmsOn returns who, other than the owner, has alarms on an object, and which. It
// costs a look-up for each person who has alarms anywhere in the calendar.
func AlarmsOn(snap store.Snapshot, coll store.CollID, uid string) (map[store.HomeID]Alarms, error) {
	var all map[store.HomeID]Alarms
	prefix, key, after := collKey(coll)+"/", AlarmsKey(uid), ""
	for {
		home := ""
		err := snap.Records(factAlarms, prefix, after, func(r *store.Record) bool {
			home, _, _ = strings.Cut(r.Key[len(prefix):], "/")
			home = strings.Clone(home)
			return false
		})
		if err != nil || home == "" {
			return all, err
		}
		after = prefix + home + "/~" // behind the last of this person
		id, err := strconv.ParseUint(home, 16, 64)
		if err != nil {
			continue
		}
		a, _, err := factOf[Alarms](snap, factAlarms, prefix+home+"/"+key)
		if errors.Is(err, store.ErrNotFound) {
			continue
		} else if err != nil {
			return nil, err
		}
		if all == nil {
			all = make(map[store.HomeID]Alarms)
		}
		all[store.HomeID(id)] = *a
	}
}

// AlarmsOps are the operations, on the home of the calendar's owner, that keep a
// user's alarms on an object; none removes them. ok is false when they are larger
// than can be kept.
func AlarmsOps(coll store.CollID, home store.HomeID, uid string, a Alarms) (ops []store.Op, ok bool) {
	key := alarmsPrefix(coll, home) + AlarmsKey(uid)
	if len(a) == 0 {
		return []store.Op{store.DeleteRecord{Kind: factAlarms, Key: key}}, true
	}
	put := fact(factAlarms, key, a)
	return []store.Op{put}, len(put.Record.Value) <= store.MaxRecordValue
}

// MoveAlarms takes the alarms of others along when an object goes into another
// calendar of the same owner. Who sees no more than that it is busy there, if at all,
// has none on it any more. The operations are for the batch that moves it, and for as
// long as pre holds.
func MoveAlarms(snap store.Snapshot, from, to *store.Collection, x *store.Index) (pre []store.Pre, ops []store.Op, err error) {
	if from.ID == to.ID || from.Kind != store.Calendar {
		return nil, nil, nil
	}
	all, err := AlarmsOn(snap, from.ID, x.UID)
	if err != nil {
		return nil, nil, err
	}
	for _, home := range slices.Sorted(maps.Keys(all)) {
		there, err := Rights(snap, Identity{Home: home}, Of(to))
		if err != nil {
			return nil, nil, err
		}
		pre = append(pre, AlarmsAre(from.ID, home, x.UID, all[home]))
		gone, _ := AlarmsOps(from.ID, home, x.UID, nil)
		ops = append(ops, gone...)
		if there.Sight.Of(x.Class) > SeesBusy {
			put, _ := AlarmsOps(to.ID, home, x.UID, all[home])
			ops = append(ops, put...)
		}
	}
	return pre, ops, nil
}

// TakeAlarms is MoveAlarms for a calendar of another owner, who has those alarms for an
// owner's that are told in owners. That of who moves the object, and what stands in it for
// its former owner, former, is known to whoever writes it. put is for the home of the
// new owner, gone for that of the former one.
func TakeAlarms(snap store.Snapshot, from, to *store.Collection, x *store.Index, mover store.HomeID, former Alarms) (owners Alarms, put, gone []store.Op, err error) {
	all, err := AlarmsOn(snap, from.ID, x.UID)
	if err != nil {
		return nil, nil, nil, err
	}
	for _, home := range slices.Sorted(maps.Keys(all)) {
		ops, _ := AlarmsOps(from.ID, home, x.UID, nil)
		gone = append(gone, ops...)
	}
	if all == nil {
		all = make(map[store.HomeID]Alarms)
	}
	all[from.Home] = former
	owners = all[to.Home]
	for _, home := range slices.Sorted(maps.Keys(all)) {
		if home == mover || home == to.Home || len(all[home]) == 0 {
			continue
		}
		there, err := Rights(snap, Identity{Home: home}, Of(to))
		if err != nil {
			return nil, nil, nil, err
		}
		if ops, fits := AlarmsOps(to.ID, home, x.UID, all[home]); fits && there.Sight.Of(x.Class) > SeesBusy {
			put = append(put, ops...)
		}
	}
	return owners, put, gone, nil
}

// AlarmsAre holds as long as a user's alarms on an object are these.
func AlarmsAre(coll store.CollID, home store.HomeID, uid string, a Alarms) store.Pre {
	key := alarmsPrefix(coll, home) + AlarmsKey(uid)
	if len(a) == 0 {
		return store.RecordIs{Kind: factAlarms, Key: key}
	}
	return store.RecordIs{Kind: factAlarms, Key: key, Value: fact(factAlarms, key, a).Record.Value}
}
