package store

import (
	"fmt"
	"slices"
	"strings"
)

// A Record is a small fact that the store keeps for the packages above it: an app
// password, a membership, a share. The store knows its key, whose it is and by
// which other keys it is found, not what it says.
//
// Records are for what a person or an administrator decides, some hundreds for a
// home; they have no revisions, no history, and nobody is told of them.
type Record struct {
	Kind  string   // what kind of fact: a short word, without NUL
	Key   string   // unique in its kind, whatever the home; any octets
	Home  HomeID   // whose it is, and with whom it goes; 0 for nobody's. Set by the store from the batch
	Refs  []string // other keys, by which Referring finds it; any octets. Kept sorted, each once
	Value []byte
}

// Limits of a Record.
const (
	MaxRecordKind  = 32       // octets
	MaxRecordKey   = 1024     // octets of Key, and of each of Refs
	MaxRecordRefs  = 16       // count
	MaxRecordValue = 64 << 10 // octets
)

// Clone returns a copy that shares nothing with r.
func (r *Record) Clone() *Record {
	c := *r
	c.Kind, c.Key = strings.Clone(r.Kind), strings.Clone(r.Key)
	c.Refs = make([]string, len(r.Refs))
	for i, ref := range r.Refs {
		c.Refs[i] = strings.Clone(ref)
	}
	c.Value = slices.Clone(r.Value)
	return &c
}

// PutRecord writes a record, new or in place of the one of that key. One that
// belongs to another home is ErrExists.
type PutRecord struct{ Record Record }

// DeleteRecord removes a record of the batch's home. One that is not there, or is
// another home's, is no error.
type DeleteRecord struct{ Kind, Key string }

// RecordIs holds when the record exists and has this Value; with a nil Value, when
// it does not exist.
type RecordIs struct {
	Kind, Key string
	Value     []byte
}

func (PutRecord) isOp()    {}
func (DeleteRecord) isOp() {}
func (RecordIs) isPre()    {}

func validRecord(r *Record) error {
	if err := validRecordKey(r.Kind, r.Key); err != nil {
		return err
	}
	if len(r.Refs) > MaxRecordRefs {
		return fmt.Errorf("a record with more than %d refs", MaxRecordRefs)
	}
	for _, ref := range r.Refs {
		if ref == "" || len(ref) > MaxRecordKey {
			return fmt.Errorf("a ref of %d octets", len(ref))
		}
	}
	if len(r.Value) > MaxRecordValue {
		return fmt.Errorf("a record of more than %d octets", MaxRecordValue)
	}
	return nil
}

func validRecordKey(kind, key string) error {
	switch {
	case kind == "" || len(kind) > MaxRecordKind || strings.IndexByte(kind, 0) >= 0:
		return fmt.Errorf("%.40q is no kind of record", kind)
	case key == "" || len(key) > MaxRecordKey:
		return fmt.Errorf("a record with a key of %d octets", len(key))
	}
	return nil
}

// SortRefs puts refs into the form in which they are kept.
func SortRefs(refs []string) []string { return slices.Compact(slices.Sorted(slices.Values(refs))) }
