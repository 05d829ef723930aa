package store

import (
	"context"
	"io"
	"iter"
	"time"

	"almanac/dedupe"
)

// A HomeID names an account and all that it owns. It is never reused.
type HomeID uint64

// A CollID names a collection for as long as it exists, whatever its name or
// place becomes. It is never reused.
type CollID uint64

// A Rev counts the changes of one collection's members, from 1. A collection
// nobody has written to is at Rev 0. It only ever grows.
type Rev uint64

// A Cursor is a place in the feed of changes. The zero Cursor is before all.
type Cursor uint64

// Kind tells what a collection holds.
type Kind uint8

const (
	Calendar    Kind = 1
	AddressBook Kind = 2
)

// A Home is an account: the principal and what is kept with it.
type Home struct {
	ID          HomeID
	Name        string   // unique among homes; the user name and the path segment
	DisplayName string   // "" until set
	Emails      []string // the first is the one invitations are sent from
	Secret      string   // password hash in PHC form; "" refuses every password
	SecretRev   uint64   // grows with each change of Secret
	Created     time.Time

	// What PROPPATCH and the command line stored on the home's own resources.
	Principal, CalendarHome, AddressBookHome PropSet
}

// A Collection is a calendar or an address book.
type Collection struct {
	ID         CollID
	Home       HomeID
	Kind       Kind
	Name       string   // last path segment, unique per home and kind
	Components []string // calendars: the kinds of component it takes, upper case, never empty; address books: nil
	Created    time.Time
	Rev        Rev   // of its newest change
	Count      int   // members
	Octets     int64 // of the members' bodies
	Props      PropSet
}

// An Object is one member of a collection: a calendar object resource or a card.
type Object struct {
	Name     string // last path segment, unique in its collection
	ETag     string // strong entity tag, its quotes included
	Rev      Rev    // of the change that wrote it
	Size     int64  // octets of the body
	Created  time.Time
	Modified time.Time
	Index    Index
	Body     []byte  // what the client stored, octet for octet; nil unless WantBody
	Props    PropSet // dead properties; nil unless WantProps
}

// Want says what of an Object is read. The fields before Body are always there.
type Want uint8

const (
	WantMeta  Want = 0
	WantBody  Want = 1 << 0
	WantProps Want = 1 << 1
)

// A Prop is one stored property: live ones that a client sets (displayname,
// calendar-color) and dead ones alike.
type Prop struct {
	Space, Local string
	// XML is the whole element as a self-contained fragment: every prefix that
	// it uses is declared inside it.
	XML string
}

// A PropName names a property.
type PropName struct{ Space, Local string }

// A Change is one row of a collection's change log: the last state of one member.
type Change struct {
	Rev     Rev
	Name    string
	Deleted bool
}

// An Event tells that a collection changed: its members, its properties, or
// whether it is there.
type Event struct {
	Cursor Cursor
	Home   HomeID
	Coll   CollID
	Rev    Rev
	Gone   bool // the collection was deleted
}

// A Version is an earlier state of a member: replaced or deleted.
type Version struct {
	ID       uint64 // unique in its collection, ascending in the order of replacement
	Name     string
	ETag     string
	Size     int64
	Index    Index
	Modified time.Time // when this version was written
	Replaced time.Time // when it was replaced or deleted
	Deleted  bool      // it was deleted, not replaced
	By       string    // who did that, as Batch.By had it
	Body     []byte    // nil unless asked for
}

// A Trashed is a deleted collection that can still be restored.
type Trashed struct {
	Collection
	Deleted time.Time
	By      string
}

// A RangeQuery asks for the members that may have something between two moments.
type RangeQuery struct {
	Component  string // VEVENT, VTODO …; "" for any
	Start, End int64  // half-open, Unix seconds UTC; math.MinInt64 and math.MaxInt64 for open ends
}

// A Judge is asked with the index of each candidate of a Range, in the place and
// order in which it would be visited, before anything else of the member is read.
// read tells whether the member is to be read and visited, more whether to go on.
// The Index, its Pattern included, is valid during the call only.
type Judge func(*Index) (read, more bool)

// A Store keeps homes, their collections and their objects. All methods may be
// called by many goroutines at once.
type Store interface {
	// View calls fn with one consistent snapshot. It is short: nothing inside
	// fn waits for the network. The snapshot, and every slice and string in the
	// Objects that its visitors hand out, are dead when View returns.
	View(ctx context.Context, fn func(Snapshot) error) error

	// Apply carries out a batch: all of it, durably, or nothing. It returns when
	// the batch is on disk. Batches of several callers may share one commit.
	// When a precondition fails, the error is a *PreconditionError and nothing
	// was written; see errors.go for the others.
	Apply(ctx context.Context, b *Batch) (*Result, error)

	// Watch yields what changed after a cursor, and then waits for more until ctx
	// ends. Events of one collection are coalesced; each change is told at least
	// once. The zero Cursor, and one of an earlier process, first yields every
	// collection at its present Rev. When the store is closed, it ends with
	// ErrClosed. An Event's Cursor is where to go on; it is zero as long as the
	// first listing is not complete.
	Watch(ctx context.Context, from Cursor) iter.Seq2[Event, error]

	// Claim hands up to n jobs of a queue that are due at now to one worker,
	// earliest first. A job not finished within lease is handed out again.
	Claim(ctx context.Context, queue, worker string, now time.Time, n int, lease time.Duration) ([]Job, error)

	// Epoch names this store's history of revisions. It changes when a backup is
	// restored, since revisions then count again from an earlier moment.
	Epoch() string

	// Lineage tells whether revision rev of collection c, told under an earlier
	// epoch, still means the same here: the store was restored from a backup
	// made at or after that revision.
	Lineage(epoch string, c CollID, rev Rev) bool

	// Backup writes a consistent copy of the whole store while it is in use.
	Backup(ctx context.Context, w io.Writer) error

	// Check rebuilds every index from the stored bytes, compares, and reports
	// each difference. With repair it writes what is right. progress, which may
	// be nil, is called now and then with objects done and in all.
	Check(ctx context.Context, repair bool, progress func(done, all int), report func(Finding)) error

	// Expire removes for good what was replaced or deleted longer than the
	// store's retention before now. It works in short steps and may be called
	// at any time.
	Expire(ctx context.Context, now time.Time) error

	// Close waits for the batches under way. Later calls return ErrClosed.
	Close() error
}

// A Finding is one difference that Check met.
type Finding struct {
	Home     HomeID
	Coll     CollID
	Name     string // member, or ""
	What     string // in words
	Repaired bool
}

// A Snapshot is the store at one moment. Missing things are ErrNotFound.
//
// What Home, Collection and their like return may be kept, but not changed:
// others have it too. Changes, Versions and names may be kept. The *Object given
// to a visitor is reused: it, its strings, Body and Props are valid only until
// the visitor returns; copy what is kept (Object.Clone).
//
// A Snapshot is for one goroutine. Visitors may ask it for more. Members and
// versions of a collection in the trash are ErrNotFound like the collection.
type Snapshot interface {
	Home(id HomeID) (*Home, error)
	HomeByName(name string) (*Home, error)
	// Homes visits every home in the order of the names, those after the given one.
	Homes(after string, visit func(*Home) bool) error

	Collection(id CollID) (*Collection, error)
	CollectionByName(home HomeID, kind Kind, name string) (*Collection, error)
	// Collections lists a home's collections in the order of their creation.
	// Apple Contacts on macOS shows only the first address book of a listing.
	Collections(home HomeID) ([]*Collection, error)
	// Trash lists a home's deleted collections, newest first.
	Trash(home HomeID) ([]*Trashed, error)

	// Object returns one member, as a value the caller may keep.
	Object(c CollID, name string, want Want) (*Object, error)
	// Objects visits the named members in the order asked; for a missing one o
	// is nil. A visitor that returns false ends the visit.
	Objects(c CollID, names []string, want Want, visit func(i int, o *Object) bool) error
	// List visits the members in the order of their names, those after the given one.
	List(c CollID, after string, want Want, visit func(*Object) bool) error
	// Range visits the members that may match, each once, in an order that is the
	// same in every snapshot in which they did not change: candidates by Index, to
	// be judged by the caller unless Index.Exact. judge, which may be nil, is asked
	// first. resume is "" or what the last call returned; the call returns "" when all
	// were visited, or passed over by judge.
	Range(c CollID, q RangeQuery, resume string, want Want, judge Judge, visit func(*Object) bool) (next string, err error)
	// ByUID returns the name of the member with that UID.
	ByUID(c CollID, uid string) (name string, err error)

	// Digests visits the cards of an address book with what comparing them looks at:
	// those of these numbers, or all with nil, in the order of the numbers. A card's
	// number is its own in its collection, and the same within one snapshot. Digest
	// and name may be kept.
	Digests(c CollID, cards []uint64, visit func(card uint64, name string, d dedupe.Digest) bool) error
	// Card returns the number of one card, 0 for one whose octets cannot be read.
	Card(c CollID, name string) (card uint64, err error)
	// Sharing visits the cards of an address book that have a posting with a key
	// (dedupe.PostingKey), or name a card by it (merge.LinkKey), in the order of their
	// numbers.
	Sharing(c CollID, key uint64, visit func(card uint64, initials string) bool) error

	// Changes visits the change log after a revision in the order of revisions:
	// one row for each member that changed since, its last state. After Rev 0 the
	// rows of deleted members are left out.
	Changes(c CollID, since Rev, visit func(Change) bool) error

	// Versions visits earlier states of one member, or with name "" of all, newest first.
	Versions(c CollID, name string, visit func(*Version) bool) error
	// Version returns one earlier state with its body.
	Version(c CollID, id uint64) (*Version, error)

	// Record returns one record, which the caller may keep.
	Record(kind, key string) (*Record, error)
	// Records visits the records of a kind whose keys begin with a prefix, in the
	// order of the keys, those after the given one. The *Record is valid until the
	// visitor returns.
	Records(kind, prefix, after string, visit func(*Record) bool) error
	// Referring visits the records of a kind that have a ref, in the order of the
	// keys, as Records does.
	Referring(kind, ref string, visit func(*Record) bool) error

	// Job returns one job, which may be kept, as Jobs does.
	Job(queue, id string) (*Job, error)
	// Jobs visits the jobs of a queue in the order of their IDs, those after the given
	// one. The *Job may be kept; Claim is 0 for one that nobody has.
	Jobs(queue, after string, visit func(*Job) bool) error
	// NextJob tells when the next job of a queue can be claimed: when it is due,
	// or when the lease of the worker that has it ends.
	NextJob(queue string) (due time.Time, ok bool, err error)
	// Alarms visits the jobs of AlarmQueue that a calendar has and that are due up to a
	// moment, in no order, as Jobs does.
	Alarms(c CollID, until time.Time, visit func(*Job) bool) error
}
