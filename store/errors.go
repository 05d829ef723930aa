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
	// ErrDamaged is a record that cannot be read: Check tells more and may mend it.
	// On opening it is a file that needs a backup in its place.
	ErrDamaged = errors.New("damaged")
	// ErrForeign is met on opening: the file was not written by almanac.
	ErrForeign = errors.New("not a store of almanac")
	// ErrFull is a batch for which the disk, a quota or a limit on the size of files
	// leaves no room. Nothing of it was stored; smaller ones may succeed.
	ErrFull = errors.New("no space left for the store")
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
