// Package sync holds the rules of collection synchronisation (RFC 6578): what a
// sync-token says, what it is still worth, and which rows of a change log make
// up one answer. It is pure: the change log and its reach are handed in.
//
// A token names an epoch (one unbroken history of revisions of a store), a
// collection and a revision of it. The change log keeps one row for each member
// that ever existed, so that a token practically never expires; the only ones
// that are refused name another collection, a revision that is still to come,
// or a history that was rolled back by restoring a backup.
//
// The package shares its name with a standard one. It is imported as davsync
// everywhere, and needs no locks itself.
package sync
