package store

import (
	"fmt"
	"strings"
	"time"
)

// MaxName is how long the name of a home, a collection, a member, a queue or a
// job may be, in octets.
const MaxName = 1024

// DefaultHistoryKeep is how long a backend keeps the history unless told otherwise.
const DefaultHistoryKeep = 30 * 24 * time.Hour

// Moment returns t as a store keeps it: whole milliseconds, UTC.
func Moment(t time.Time) time.Time { return time.UnixMilli(t.UnixMilli()).UTC() }

// Valid tells whether the batch makes sense whatever the store holds: names that
// can be kept, a kind that exists, a home where one is needed. Every backend asks
// it first. The error is an ErrInvalid and says which Op is meant.
func (b *Batch) Valid() error {
	home := b.Home != 0
	for i, op := range b.Ops {
		if err := validOp(op, home); err != nil {
			return fmt.Errorf("%w: op %d (%T): %v", ErrInvalid, i, op, err)
		}
		if _, ok := op.(CreateHome); ok {
			home = true
		}
	}
	return nil
}

func validOp(op Op, home bool) error {
	switch op := op.(type) {
	case CreateHome:
		return validName("home", op.Home.Name)
	case Enqueue:
		return validJob(op.Job.Queue, op.Job.ID)
	case FinishJob:
		return validJob(op.Queue, op.ID)
	case PutRecord:
		return validRecord(&op.Record)
	case DeleteRecord:
		return validRecordKey(op.Kind, op.Key)
	}
	if !home {
		return fmt.Errorf("no home given")
	}
	switch op := op.(type) {
	case CreateCollection:
		if err := validKind(op.Collection.Kind, op.Collection.Components); err != nil {
			return err
		}
		return validName("collection", op.Collection.Name)
	case RenameCollection:
		return validName("collection", op.Name)
	case SetComponents:
		if len(op.Components) == 0 {
			return fmt.Errorf("a calendar without components")
		}
	case RestoreCollection:
		if op.Name != "" {
			return validName("collection", op.Name)
		}
	case PutObject:
		return validName("member", op.Name)
	case DeleteObject:
		return validName("member", op.Name)
	case TouchObject:
		return validName("member", op.Name)
	case WakeObject:
		return validName("member", op.Name)
	case MoveObject:
		if err := validName("member", op.FromName); err != nil {
			return err
		}
		return validName("member", op.ToName)
	case PatchProps:
		if op.Target < OnPrincipal || op.Target > OnObject {
			return fmt.Errorf("target %d does not exist", op.Target)
		}
		if op.Target == OnObject {
			return validName("member", op.Name)
		}
	case SetHome, DeleteHome, DeleteCollection:
	default:
		return fmt.Errorf("unknown kind of operation")
	}
	return nil
}

func validKind(k Kind, components []string) error {
	switch {
	case k != Calendar && k != AddressBook:
		return fmt.Errorf("kind %d does not exist", k)
	case k == Calendar && len(components) == 0:
		return fmt.Errorf("a calendar without components")
	case k == AddressBook && len(components) != 0:
		return fmt.Errorf("an address book with components")
	}
	return nil
}

func validJob(queue, id string) error {
	if err := validName("queue", queue); err != nil {
		return err
	}
	return validName("job", id)
}

// validName refuses what cannot be a key. NUL separates the parts of keys.
func validName(of, name string) error {
	switch {
	case name == "":
		return fmt.Errorf("empty name of a %s", of)
	case len(name) > MaxName:
		return fmt.Errorf("the name of a %s is longer than %d octets", of, MaxName)
	case strings.IndexByte(name, 0) >= 0:
		return fmt.Errorf("the name of a %s has a NUL in it", of)
	}
	return nil
}
