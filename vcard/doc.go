// Package vcard knows what a vCard means to an address book: which texts a
// collection takes, which versions there are and how to get from one to
// another, which cards a query asks for and which of their properties.
//
// # Versions
//
// A card is written in vCard 2.1, 3.0 (RFC 2426) or 4.0 (RFC 6350). Address
// books hold 3.0 and 4.0 as their clients wrote them, byte for byte; 2.1 comes
// in by imports only and is made 3.0 by Upgrade. Most clients read 3.0, and
// Apple's Contacts (macOS 15.5) nothing else: one card of 4.0 stops the sync of
// the whole book. Convert therefore makes 3.0 of 4.0 and back.
//
// A conversion changes the properties that the versions write differently and
// leaves the octets of all others alone. Nothing is lost: what the other version
// cannot say stays where it is when that is harmless, or travels as a property
// with the prefix X-VCARD4- that the way back removes.
//
// # Conditions on stored cards
//
// Parse reads whatever is stored. Validate says whether a card may be stored at
// all; its error, an *Invalid, names the precondition of RFC 6352 section
// 6.3.2.1 that a server answers with.
package vcard
