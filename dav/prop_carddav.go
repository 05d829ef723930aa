package dav

import "almanac/dav/wire"

// carddavProps are the properties of RFC 6352.
var carddavProps = []property{
	// RFC 6352 section 7.1.1.
	{name: wire.Card("addressbook-home-set"), on: kindPrincipal | kindRoot, get: homeSet(addressBooks)},
	// RFC 6352 section 6.2.1.
	{name: wire.Card("addressbook-description"), on: kindAddressBook, set: always, check: checkText},
	// RFC 6352 section 6.2.2. Only 3.0 is named, though 4.0 is taken and, for who
	// asks, given: seeing 4.0 here DAVx5 writes nothing else, and macOS Contacts
	// then fails the whole address book.
	{name: wire.Card("supported-address-data"), on: kindAddressBook, get: func(_ *request, _ *resource, w *wire.Writer) bool {
		w.Empty(wire.Card("address-data-type"), dataType("text/vcard", "3.0")...)
		return true
	}},
	// RFC 6352 section 6.2.3.
	{name: wire.Card("max-resource-size"), on: kindAddressBook, get: maxResourceSize},
	// RFC 6352 section 8.3.1.
	{name: wire.Card("supported-collation-set"), on: kindAddressBook, get: supportedCollations(wire.Card("supported-collation"))},
}
