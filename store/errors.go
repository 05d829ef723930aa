package store

import (
	"errors"
	"fmt"
)

// What a read or an Op can meet.
var (
	ErrNotFound = errors.New("not found")
	ErrExists   = errors.New("exists already")
	// ErrInvalid is a batch that no state of the store could take: see Batch.Valid.
	ErrInvalid = errors.New("invalid batch")
	ErrClosed  = errors.New("store is closed")
	// ErrDamaged is a record that cannot be read. Check tells more and may mend it.
	ErrDamaged = errors.New("damaged record")
	// ErrReadOnly is a write to a store that was opened for reading.
	ErrReadOnly = errors.New("store is open for reading only")
	// ErrTooNew is met on opening: the file was written by a newer almanac.
	ErrTooNew = errors.New("written by a newer version of almanac")
	// ErrLocked is met on opening: another process has the file open.
	ErrLocked = errors.New("in use by another process")
)

// A PreconditionError tells which precondition of a batch did not hold.
type PreconditionError struct {
	Index int // in Batch.Pre
	Pre   Pre
}

func (e *PreconditionError) Error() string {
	return fmt.Sprintf("precondition %d does not hold: %T", e.Index, e.Pre)
}

// A UIDConflictError tells which member of the collection has the UID already.
type UIDConflictError struct {
	Coll CollID
	Name string
	UID  string
}

func (e *UIDConflictError) Error() string {
	return fmt.Sprintf("UID %q is already used by member %q", e.UID, e.Name)
}
