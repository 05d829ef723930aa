// Package merge makes one contact card of several that describe one person, and
// takes it apart again.
//
// # What a merge keeps
//
// One card is the reference: the result has its UID, its version (3.0 when it was
// 2.1) and its octets, in which lines are spliced. Every value of the other cards
// that the reference does not have comes in, with types, label and unknown
// parameters. Values are compared by what they mean (package value): of one phone
// number in two spellings the better one stays, with the types of both.
//
// A property that a card has once (N, BDAY, and also FN) keeps the reference's
// value when the cards disagree. It cannot be repeated: 3.0 forbids it for some,
// ALTID of 4.0 (RFC 6350 section 5.4) is for one value in several languages, and
// several clients show the last of two and lose the first when they save. So the
// other value goes where people find it and no client takes it for the main one: a
// name becomes a NICKNAME, a date a line of the NOTE. What people do not read, such
// as the parts of the other name, is kept in a property with the prefix
// X-ALMANAC-.
//
// Nothing is invented. In particular a value is not made over into a property of
// another name: Apple's X-ABDATE stays beside an ANNIVERSARY, for each is read by
// clients that do not read the other.
//
// A parameter that two cards fill in differently for one value is kept in the same way:
// the text of an address label in the NOTE, others in an X-ALMANAC- property. That
// another card is an organisation's does not make one of a person's.
//
// Two values are one only when their notations agree plainly. A value kept twice
// is a nuisance, a value lost is a fault; so 011 41 79 ... stays beside +41 79 ...,
// although somebody in America may mean the same.
//
// # What always holds
//
// The result does not depend on the order of the other cards. Merging the same
// cards into the result again changes nothing. Unmerge gives back what Merge was
// given, octet for octet, and keeps edits made in between.
//
// Everything is pure. The functions work on cards that package vcard reads, in time
// linear in their length but for values of one kind, which are compared with at most
// maxCompared others.
package merge
