// Package boltstore keeps a store in one file with bbolt.
//
// # The file
//
// Buckets and their rows. id8, rev8, ms8 and so on are eight octets, big-endian,
// so that rows lie in the order of the numbers; signed ones (moments in
// milliseconds, seconds) have their sign bit flipped. Records begin with an octet
// that names their format; numbers in them are varints: see record.go.
//
//	meta                 schema        version of this layout
//	                     epoch         name of this history of revisions
//	                     home coll job last number given
//	                     edition       of what is in d and k
//	homes                home8         home record
//	homenames            name          home8
//	places               home8 kind name    coll8, collections that are not in the trash
//	trash                home8 coll8   (empty)
//	colls / coll8        "rec"         collection record
//	                     "cnt"         counters: revision, members, octets, last body, last version
//	              / b    body8         name, revision and times of the write, then the client's octets
//	              / i    name          member record: revision, body, size, times, entity tag, Index
//	              / p    name          dead properties
//	              / u    uid           name
//	              / l    rev8          change log: state and name; the last row of each name
//	              / x    name          rev8 of the log row of a name without a member
//	              / t    level start8 name    times: members with a beginning and an end
//	                     0x80 ms8 name       (empty): wakes, when members have to be looked at
//	              / r    slice start8 name    times: members in few slices of the year; in slice 64 those with an open end
//	              / h    version8      history: an earlier state; its body stays in b
//	              / n    name 0 version8      (empty)
//	              / d    card8         name and digest: what comparing the card looks at
//	              / k    key6 card     block of postings from that one on: key, card and initials of each
//	              / f    card8         card written lately: its name, its digest and what follows from it
//	expiry               ms8 coll8 [version8] (empty): when what was retired; without version: a trashed collection
//	dead                 coll8         (empty): collections to be emptied
//	jobs                 queue 0 id    job record
//	due                  queue 0 ms8 id       (empty): when it can be claimed; with a collection's number as id, its first wake
//	wakes                coll8         its first wake, and up to which they were handed out
//	records              kind 0 key    record
//	refs                 kind 0 size ref key      (empty): which records have a ref
//	owned                home8 kind 0 key         (empty): the records of a home
//	epochs / epoch       coll8         rev: where an earlier epoch ended
//
// The octets in b are the truth, and so are homes, collection records, p, h, jobs
// and records. The rest can be rebuilt from them, which is what Check does.
//
// A body is written once under an ascending number. When it is replaced, its row
// stays where it is and the history row points to it: replacing costs no copy.
//
// # Large bodies
//
// A card with a photo lies in b as a whole, in a leaf that spans many pages. Keeping
// values above some size apart, under their hash and with a count of references, was
// measured for and left out. Among 10 000 cards, replacing one writes 70 KiB for a
// small card, 0.4 MiB for one of 64 KiB, 1 MiB for 200 KiB and 4.5 MiB for 1 MiB:
// bbolt puts two to four such rows on a leaf and writes it anew with each. A small
// write right after one of 200 KiB writes 0.5 MiB, and then no more. Up to 200 KiB
// the write still takes as long as a small one does, whose time is that of the
// sync. A bucket of hashes would have the same leaves, and rows that point in a
// random order. Nor does the list of free pages suffer: 3600 replacements of cards
// of 20 to 420 KiB, with their history expiring, left the file at the size that it
// had after the first 750, 150 MB for 62 MB of bodies and 33 of history. What the
// history holds of a large card that changes often is what it is for.
//
// # The time index
//
// A member with a beginning and an end, recurring or not, lies in t at the level of
// its length: level n holds lengths below 2^n seconds. What touches a window begins,
// on each level, between the window's start less 2^n and its end, so a query reads
// one short stretch of each level in use.
//
// What comes round for years and in a few of the 64 slices of the year alone, a
// birthday mostly, has a row in r for each of these; a query reads the slices that
// its window touches, and of a member with several rows takes the first. What has
// no end, and comes oftener, lies behind them, by its beginning, so that what begins
// after the window is not read.
//
// A row holds the span, and what a store.Judge is asked with besides: busy time, and
// the pattern of a simple object. These are in the rows alone and follow from the
// octets. Behind them comes the member's record once more, for those who find it
// here.
//
// # Alarms that wait
//
// A member in which something goes off has a job of store.AlarmQueue. As long as nobody
// has had it in hands since the member was written, it has no row in jobs and due: these
// are trees of all that waits in the file, four pages deep with a million rows, and to
// write both with each event that has an alarm made its write a fifth dearer. The moment
// is in the member's record, and in t, of which the write changes a page anyway; due and
// wakes have only the earliest of the calendar. Handing them out moves a mark along the
// rows in t, so that a thousand calendars in which something goes off at nine o'clock
// are read then and not written: the rows stay until their members are written again.
//
// # Cards to compare
//
// A card has a number, that of its first body, which it keeps when it is written
// anew; the number is in the member's record. Its digest lies in d, and the some
// twenty postings that follow from the digest lie all over k, packed in blocks of
// which four fill a page: eight octets for each, where a row of its own takes forty.
// To write them with each card would make its write half as long again, for that many
// pages are written more. So the write puts all of it into one row of f, and when a
// thousand cards wait there, the writer adds their digests to d and writes k anew, in
// order and without gaps, in a transaction of its own (fresh.go). Who writes as many
// cards at once has this done in the same transaction. Whoever reads d and k lays f
// over them.
//
// # Writing
//
// One goroutine writes (writer.go). It takes batches from a queue, carries out as
// many as there are in one transaction, and commits; meanwhile the next gather.
// Nobody waits for a timer. Each batch is judged before it changes anything, and
// one that fails half-way is undone from a record of the old values (txn.go), so
// that its neighbours go on.
//
// # Reading
//
// A snapshot is a bbolt read transaction. Homes and collections come from a cache
// of decoded records that is exact for the snapshot's transaction (cache.go).
// Objects lent to visitors point into the memory map.
//
// # Damage
//
// bbolt trusts its pages, and one that is overwritten or missing would end the
// process. Open therefore looks at all of them first (pages.go) and refuses a file
// with a fault. Values are not looked at; their decoders take anything.
//
// Salvage reads such a file without bbolt (wreck.go): through the trees as far as
// they go, then page by page. What a body should be is known from the entity tag in
// the member's record.
package boltstore
