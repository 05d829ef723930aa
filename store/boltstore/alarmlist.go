package boltstore

import (
	"bytes"
	"fmt"
	"time"

	"almanac/store"
)

// Alarms walks the wakes of the calendar up to the moment, and its jobs, which lie side
// by side; those that are not due cost no more than their moment.
func (sn *snapshot) Alarms(c store.CollID, until time.Time, visit func(*store.Job) bool) error {
	rec, err := recordOf(sn.tx, c)
	if err != nil {
		return err
	}
	// Of a clock that cannot be read all wakes count: rather is too much visited.
	clock, _ := readClock(sn.tx.Bucket(bWakes).Get(key8(uint64(c))))
	for j := range wakesIn(openParts(sn.tx, c), rec.Home, clock.taken) {
		if j.Due.After(until) {
			break
		}
		if !visit(&j.Job) {
			return nil
		}
	}
	prefix := jobKey(store.AlarmQueue, store.AlarmJobID(c, ""))
	id := len(prefix) - len(store.AlarmJobID(c, ""))
	cur := sn.tx.Bucket(bJobs).Cursor()
	for k, v := cur.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = cur.Next() {
		j, err := decodeJob(store.AlarmQueue, "", v)
		if err != nil {
			return fmt.Errorf("job %q of queue %q: %w", k[id:], store.AlarmQueue, err)
		}
		if j.Due.After(until) {
			continue
		}
		if j.ID = string(k[id:]); !visit(&j.Job) {
			break
		}
	}
	return nil
}
