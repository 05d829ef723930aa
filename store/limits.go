package store

import (
	"fmt"
	"maps"
	"slices"
)

// Limits bound what a home may hold; 0 is no limit. What is in the trash and in the
// history does not count: it goes by itself.
type Limits struct {
	Collections  int   // how many
	Members      int   // of each collection
	Octets       int64 // of all members' bodies
	ObjectOctets int64 // of one member's body
}

// Within has a batch judged by Limits, after its Ops and in their transaction. It
// fails, with a *LimitError, when they leave the home with more than a limit allows
// and more than was there before: a home that is over a limit, since that was
// lowered, can still be made smaller.
type Within struct{ Limits Limits }

func (Within) isPre() {}

// A Limit is one of Limits.
type Limit uint8

// The limits, in the order in which they are judged.
const (
	LimitObjectOctets Limit = iota + 1
	LimitCollections
	LimitMembers
	LimitOctets
)

// A LimitError tells which limit a batch would have gone beyond.
type LimitError struct {
	Limit Limit
	Most  int64  // what the limit allows
	Would int64  // what there would have been
	Coll  CollID // LimitMembers: in which collection. LimitObjectOctets: of the object
	Name  string // LimitObjectOctets: of the object
}

func (e *LimitError) Error() string {
	switch e.Limit {
	case LimitObjectOctets:
		return fmt.Sprintf("an object may have %d octets, and this one has %d", e.Most, e.Would)
	case LimitCollections:
		return fmt.Sprintf("the account may have %d collections", e.Most)
	case LimitMembers:
		return fmt.Sprintf("a collection of the account may have %d objects", e.Most)
	}
	return fmt.Sprintf("the account may hold %d octets, and this would make it %d", e.Most, e.Would)
}

// Usage is what a home holds.
type Usage struct {
	Octets  int64          // of the members' bodies
	Members map[CollID]int // of each collection that is not in the trash
}

// JudgeOps judges what needs no look at the store: the size of each object.
func (l *Limits) JudgeOps(ops []Op) error {
	for _, op := range ops {
		put, ok := op.(PutObject)
		if size := int64(len(put.Body)); ok && over(size, l.ObjectOctets, 0) {
			return &LimitError{Limit: LimitObjectOctets, Most: l.ObjectOctets, Would: size, Coll: put.Coll, Name: put.Name}
		}
	}
	return nil
}

// Judge judges what a home held before the Ops of a batch, and holds after.
func (l *Limits) Judge(before, after Usage) error {
	if n := len(after.Members); over(int64(n), int64(l.Collections), int64(len(before.Members))) {
		return &LimitError{Limit: LimitCollections, Most: int64(l.Collections), Would: int64(n)}
	}
	for _, c := range slices.Sorted(maps.Keys(after.Members)) {
		if n := after.Members[c]; over(int64(n), int64(l.Members), int64(before.Members[c])) {
			return &LimitError{Limit: LimitMembers, Most: int64(l.Members), Would: int64(n), Coll: c}
		}
	}
	if over(after.Octets, l.Octets, before.Octets) {
		return &LimitError{Limit: LimitOctets, Most: l.Octets, Would: after.Octets}
	}
	return nil
}

func over(n, most, before int64) bool { return most != 0 && n > most && n > before }
