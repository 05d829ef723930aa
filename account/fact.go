package account

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"almanac/store"
)

// The kinds of record that this package keeps; doc.go has the table.
const (
	factOrg       = "org"
	factMember    = "member"
	factGroup     = "group"
	factResource  = "resource"
	factShare     = "share"
	factDelegate  = "delegate"
	factMount     = "mount"
	factPlan      = "plan"
	factAllowance = "allowance"
	factCountry   = "country"

	factDefaultPlan = "default-plan"
)

// fact makes the operation that keeps v under a key.
func fact(kind, key string, v any, refs ...string) store.PutRecord {
	value, err := json.Marshal(v)
	if err != nil {
		panic(err) // the types of this package can all be written
	}
	return store.PutRecord{Record: store.Record{Kind: kind, Key: key, Refs: refs, Value: value}}
}

// factOf reads what was kept under a key. raw is for a store.RecordIs.
func factOf[T any](snap store.Snapshot, kind, key string) (v *T, raw []byte, err error) {
	r, err := snap.Record(kind, key)
	if err != nil {
		return nil, nil, err
	}
	v, err = decode[T](r)
	return v, r.Value, err
}

func decode[T any](r *store.Record) (*T, error) {
	v := new(T)
	if err := json.Unmarshal(r.Value, v); err != nil {
		return nil, fmt.Errorf("read %s %q: %w", r.Kind, r.Key, err)
	}
	return v, nil
}

// each reads all that a listing of records visits.
func each[T any](list func(visit func(*store.Record) bool) error, fn func(r *store.Record, v *T) error) error {
	var failed error
	err := list(func(r *store.Record) bool {
		var v *T
		if v, failed = decode[T](r); failed == nil {
			failed = fn(r, v)
		}
		return failed == nil
	})
	return errors.Join(failed, err)
}

// Numbers in keys have one length, so that keys lie in their order.
func homeKey(id store.HomeID) string { return numberKey(uint64(id)) }
func collKey(id store.CollID) string { return numberKey(uint64(id)) }

func numberKey(n uint64) string {
	const digits = "0000000000000000"
	s := strconv.FormatUint(n, 16)
	return digits[len(s):] + s
}
