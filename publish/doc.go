// Package publish serves collections to whoever has the secret address of a public
// link ([account.Link]): a calendar as a feed to subscribe to, an address book as a
// file of its cards. It is for reading, and needs no account.
//
//	/public/TOKEN.ics     a calendar
//	/public/TOKEN.vcf     an address book
//
// Programs ask for such a feed every hour, for years. Most of the time nothing has
// changed, so that the question costs a look-up: the entity tag is made of the
// collection's revision and of what the feed says of itself. A feed that did change
// is written page by page, each read in one short snapshot and sent after it, so
// that a calendar of any size takes the memory of a page.
//
// What an object shows is what a sharee of the same level sees of it
// ([account.Sight]), without any alarms. Subscribers are told how often to ask by
// REFRESH-INTERVAL (RFC 7986 section 5.7).
//
// A token that leads nowhere is answered in one way, whether it never was, was
// revoked or has expired. Answers set no cookies, ask search engines to stay away,
// and tell browsers not to pass the address on.
package publish
