// Package ldap asks an LDAP server who people are, as an [account.Directory].
//
// A sign-in takes four steps on one connection (RFC 4511): bind as the service,
// search for the person's entry, bind as that entry with the password that was
// given, and done. The second bind is the verdict. Which entries may sign in is
// said by the filter of the search, so that a group or a flag can be asked for.
//
// # What a stranger can try
//
// What was typed as a user name goes into the filter escaped (RFC 4515 section 3).
// An empty password never reaches the server: to a bind, it would be a wish to stay
// anonymous, which servers grant (RFC 4513 section 5.1.2). Somebody whom the search
// does not find costs a bind too, under a name that nobody has.
//
// # What counts as no answer
//
// A server that cannot be reached, is busy, or refuses the service itself says
// nothing about a person's password: that is an [account.UnavailableError], and
// clients come again. Only a refused bind as the person is wrong credentials.
//
// # Who is who
//
// A person is known by what the server never changes or gives twice, entryUUID
// (RFC 4530 section 2) or objectGUID, not by the user name: who gets the name of
// somebody who left does not get their calendars.
package ldap
