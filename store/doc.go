// Package store says what almanac keeps and how it is asked and changed. It
// holds the interface, the plain data that passes through it, and the few rules
// that every backend shares; the backends are in the folders below.
//
// # What is kept
//
// A home is an account: its principal, its password and its collections. A
// collection is a calendar or an address book; its members are objects, the
// octets that clients stored. Everything else is derived: an Index of each
// object, which name has which UID, the change log. Store.Check builds the
// derived again from the octets and compares.
//
// Beside these there are records, small facts that the packages above keep about
// people and what they may do (Record), and jobs to be done at a moment (Job).
//
// # What a store promises
//
//   - Reads see one moment. A Snapshot never shows half a batch, nor anything
//     that is written after it was taken.
//   - There is one way to write. A Batch is plain data: preconditions and
//     operations on one home, all or nothing, judged inside the transaction.
//     When Apply returns without an error, the batch is on disk.
//   - A Rev counts the changes of one collection without gaps. The change log has
//     one row for each name that was ever in use, its last state, so that a
//     client with any old revision can catch up; nothing expires from it.
//   - What is replaced or deleted goes to the history, octets and all, where it
//     is outside the spaces of names and UIDs, and can be restored until the
//     retention ends.
//   - Numbers (HomeID, CollID) are never given twice.
//   - Moments are kept to the millisecond, in UTC: see Moment.
//   - Cost follows the answer: Home, Collection, Object and ByUID cost a look-up,
//     Changes its rows, Range its candidates.
//
// # Backends
//
// Package boltstore keeps one file with bbolt. Package memstore is the model in
// memory, for tests: simple and severe with callers that keep what they were only
// lent. Package storetest is the suite that each backend passes; package feed is
// the waiting part of Watch, which backends within one process share.
package store
