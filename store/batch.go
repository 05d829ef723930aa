package store

import "time"

// A Batch is one write: preconditions and operations on one home, applied all
// or nothing. It is plain data, so that it can share a commit with others, be
// retried, or travel to a database in one round trip.
type Batch struct {
	Home HomeID    // 0 only for CreateHome, whose home the Ops after it are about, and for jobs and records of no home
	By   string    // who writes, for the history: the user and the client program
	At   time.Time // the moment of the write, for Modified and the history; zero for the store's clock
	Pre  []Pre     // all must hold, judged inside the transaction before any Op
	Ops  []Op      // carried out in order; a later one sees what an earlier one did
}

// A Result tells what a batch did; Ops has one entry for each Op of the batch.
type Result struct {
	Ops []OpResult
}

// An OpResult is what one Op did. Fields that do not concern it are zero.
type OpResult struct {
	Home    HomeID // CreateHome
	Coll    CollID // CreateCollection
	ETag    string // PutObject, MoveObject
	Created bool   // PutObject, MoveObject: there was no member of that name before
	Claim   uint64 // Enqueue with Until
	Rev     Rev    // of the collection, after an Op on a member
}

// A Pre is a precondition.
type Pre interface{ isPre() }

// ETagIs holds when the member exists and its entity tag is one of ETags; with
// no ETags it holds for any existing member (If-Match: *, RFC 9110 section 13.1.1).
type ETagIs struct {
	Coll  CollID
	Name  string
	ETags []string
}

// ETagIsNot holds when the member does not exist or its entity tag is none of
// ETags; with no ETags only when it does not exist (If-None-Match: *, RFC 9110
// section 13.1.2).
type ETagIsNot struct {
	Coll  CollID
	Name  string
	ETags []string
}

// KeepsUID holds when the member does not exist, has that UID or has none: an
// object with the UID can be written there without changing a member's UID
// (no-uid-conflict in RFC 4791 section 5.3.2.1 and RFC 6352 section 6.3.2.1).
type KeepsUID struct {
	Coll CollID
	Name string
	UID  string
}

// RevIs holds when the collection is at that revision.
type RevIs struct {
	Coll CollID
	Rev  Rev
}

// JobIs holds as long as a job is in the hands of whom Job.Claim names.
type JobIs struct {
	Queue, ID string
	Claim     uint64
}

// An Op is an operation.
type Op interface{ isOp() }

// CreateHome makes an account. Its ID, SecretRev and Created are given by the
// store. A taken name is ErrExists.
type CreateHome struct{ Home Home }

// SetHome changes an account: nil fields stay as they are. A Secret, even the
// same again, gives a new SecretRev.
type SetHome struct {
	DisplayName *string
	Emails      *[]string
	Secret      *string
	NewRev      bool // gives a new SecretRev, whatever becomes of Secret
}

// DeleteHome removes the account and everything in it, for good.
type DeleteHome struct{}

// CreateCollection makes a collection; a taken name is ErrExists. The names of
// collections in the trash are free. ID, Home, Created and the counters of the
// given value are not looked at.
type CreateCollection struct{ Collection Collection }

// RenameCollection gives a collection another name; its revisions go on.
type RenameCollection struct {
	Coll CollID
	Name string
}

// SetComponents changes the kinds of component that a calendar takes.
type SetComponents struct {
	Coll       CollID
	Components []string
}

// DeleteCollection moves a collection to the trash, from where it can be
// restored for as long as the history is kept.
type DeleteCollection struct{ Coll CollID }

// RestoreCollection takes a collection out of the trash, under Name if that is
// not empty. A taken name is ErrExists.
type RestoreCollection struct {
	Coll CollID
	Name string
}

// PutObject writes a member, new or in place of the one of that name, which
// then is in the history. Index must be IndexOf the body. A UID that another
// member of the collection has is a *UIDConflictError. Writing the very octets
// that are there already changes nothing, not even the revision.
type PutObject struct {
	Coll  CollID
	Name  string
	Body  []byte // owned by the store from here on
	Index Index
	// Wake is when the alarms in it have to be looked at first (WakeOf); zero for at
	// once, which is right for everything.
	Wake time.Time
}

// DeleteObject removes a member, which then is in the history.
type DeleteObject struct {
	Coll CollID
	Name string
}

// MoveObject moves a member inside a home, with its dead properties and its
// times, over an existing member only if Overwrite, else that is ErrExists. To
// the collections it is a deletion and a creation. The same UID elsewhere in the
// target is a *UIDConflictError, unless it is the member that is overwritten.
// Onto itself it changes nothing.
type MoveObject struct {
	From      CollID
	FromName  string
	To        CollID
	ToName    string
	Overwrite bool
}

// TouchObject gives a member a new revision and leaves everything else of it as it
// is: clients are told to look at it again. It is for what one of them sees
// otherwise than the others do.
type TouchObject struct {
	Coll CollID
	Name string
}

// WakeObject has the alarms of a member looked at, and changes nothing of it.
type WakeObject struct {
	Coll CollID
	Name string
}

// Target says whose properties a PatchProps changes.
type Target uint8

const (
	OnPrincipal Target = iota + 1
	OnCalendarHome
	OnAddressBookHome
	OnCollection
	OnObject
)

// PatchProps sets and removes stored properties. It changes no revision: a
// sync-token speaks of members (RFC 6578 section 4).
type PatchProps struct {
	Target Target
	Coll   CollID // OnCollection, OnObject
	Name   string // OnObject
	Set    []Prop
	Remove []PropName
}

// Enqueue adds a job, or moves the one with this ID to another due time and
// payload and takes it from a worker that has it. Job's Home, Tries and Claim are
// not looked at.
type Enqueue struct {
	Job Job
	// Until, if not zero, has the job in the hands of who writes it up to that moment, as
	// if claimed: OpResult.Claim names this handing out.
	Until time.Time
}

// FinishJob removes a job; one that is not there is no error.
type FinishJob struct {
	Queue, ID string
	// Claim, if not 0, is Job.Claim of the job done: one that was enqueued anew or
	// claimed by another worker meanwhile stays.
	Claim uint64
}

// A Job is something to be done at or after a moment by one worker.
type Job struct {
	Queue   string
	ID      string // unique in its queue
	Home    HomeID // set by the store from the batch
	Due     time.Time
	Payload []byte
	Tries   int    // how often it was claimed before
	Claim   uint64 // names this handing out; for FinishJob
}

func (ETagIs) isPre()    {}
func (ETagIsNot) isPre() {}
func (KeepsUID) isPre()  {}
func (RevIs) isPre()     {}
func (JobIs) isPre()     {}

func (CreateHome) isOp()        {}
func (SetHome) isOp()           {}
func (DeleteHome) isOp()        {}
func (CreateCollection) isOp()  {}
func (RenameCollection) isOp()  {}
func (SetComponents) isOp()     {}
func (DeleteCollection) isOp()  {}
func (RestoreCollection) isOp() {}
func (PutObject) isOp()         {}
func (DeleteObject) isOp()      {}
func (MoveObject) isOp()        {}
func (TouchObject) isOp()       {}
func (WakeObject) isOp()        {}
func (PatchProps) isOp()        {}
func (Enqueue) isOp()           {}
func (FinishJob) isOp()         {}
