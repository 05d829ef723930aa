package boltstore

import (
	"bytes"
	"fmt"
	"time"

	"almanac/store"
)

// Alarms walks the jobs of the calendar, which lie side by side. Most of them are not
// due, and cost no more than their moment.
func (sn *snapshot) Alarms(c store.CollID, until time.Time, visit func(*store.Job) bool) error {
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
