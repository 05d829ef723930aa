// Package duplicates finds, shows, merges, hides and undoes duplicates among the
// contact cards that a user has in a store. The command line and the web page are
// two views of it; what is a duplicate and what a merged card looks like is decided
// by packages dedupe and dedupe/merge, which see no store.
//
// # A desk
//
// A Desk is one user at work. It sees the address books of the user's own home and
// those of others that are shared with them. Cards of a book that the user may not
// write are found and shown, but not merged; nor are cards whose books belong to two
// homes, for a batch of the store is about one.
//
// Nothing is merged unseen unless that is asked for (Plan, with what dedupe calls
// certain).
//
// # What a card is
//
// A card is known by its UID in its home: so it stays itself when it is edited,
// renamed or moved to another book. Only where a UID is in two books of a home, the
// book counts too (see identity).
//
// # What is kept
//
// Five kinds of record of the store:
//
//	dup-hidden   a pair of cards that are not the same, for ever
//	dup-merge    a merge: what became of which cards, and which links were changed
//	dup-octets   the octets of its cards, packed, in pieces
//	dup-from     by which cards that were merged away a merge is found
//	dup-count    the number of a home's last merge
//
// They are written in the batch that does what they tell of. A merge is undone from
// them alone: the history of the store, which expires, is not needed.
//
// # What always holds
//
//   - A merge is one batch. It fails when one of the cards is not as it was seen.
//   - Undo brings back the cards that were merged away, octet for octet, under their
//     names or free ones, in any order and whatever else was merged into the same
//     card since. The card that they were merged into loses what came from them and
//     keeps what was edited since. Merges that came later and hold are told anew as
//     if the undone one had never been (retell.go), and so a card into which nothing is
//     merged any more, and that nobody edited, is what it was at first.
//   - Around, about one card, and Find, about all, tell the same group, with two
//     exceptions that dedupe.Around has to make: where a card belongs to a group by
//     what all of its cards say together, although no pair of them is suggested, Around
//     sees it for the card asked about and not always for the others; and of cards that
//     share nothing but what very many share, each compares those that it can find.
//   - Of two cards that are hidden from each other no group has both, not by way of
//     a third either, nor a card that one of them was merged into, whoever merged it.
//     What the owner has said of cards holds for those too who share the books.
package duplicates
