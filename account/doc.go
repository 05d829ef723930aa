// Package account knows who somebody is and what they may do.
//
// A principal (RFC 3744 section 2) is a [store.Home]: a user name, a password
// hash, and the calendars and address books that are kept with it. This package
// has the four questions about it that every door of the program asks:
//
//   - Who is this? [Authenticator.Check] judges a user name and a password, and
//     makes guessing slow without locking the owner out.
//   - May they? [Can] is the one function that decides it.
//   - What may a name be? [CheckUserName] and [CheckName].
//   - What does a new account have? [Create].
//
// # Passwords
//
// A password is kept as argon2id in PHC string form (see [Hash]). CalDAV and
// CardDAV clients send it with every request, so a verified one is remembered
// for a few minutes under a key that only this process knows; nothing from which
// the password could be read is kept in memory longer than the request.
//
// # Guessing
//
// Each failed try counts against the account that was named and against the
// network that it came from; beyond a few, further tries are refused unheard for
// a delay that doubles. The owner is known by what a guesser cannot have: the
// right password, sent from an address from which it was right before. Such a
// try is always heard. An account that does not exist behaves in every respect
// like one that does.
package account
