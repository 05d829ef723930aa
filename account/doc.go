// Package account knows who somebody is and what they may do.
//
// A principal (RFC 3744 section 2) is a [store.Home]: a user name, a password
// hash, and the calendars and address books that are kept with it. This package
// has the four questions about it that every door of the program asks:
//
//   - Who is this? [Authenticator.Check] judges a user name and a password, and
//     makes guessing slow without locking the owner out.
//   - May they? [Rights] is the one function that decides it.
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
// Beside it an account has app passwords ([AddAppPassword]), one for each device,
// which can be limited in what they do and taken away alone. They are 100 random
// bits, so that SHA-256 keeps them well, and a hash is looked up in a microsecond.
//
// Two-factor authentication ([BeginTwoFactor]) asks for a code at sign-ins on pages
// ([Authenticator.SignIn]). Programs that poll can give none: then they need an app
// password, and the account's own is refused like a wrong one.
//
// Who has no password here may have one elsewhere: a [Directory] verifies it, and a
// provider vouches for people with [Authenticator.SignInWith]. Either way the account
// is tied to the lasting name that the person has there, not to the user name.
//
// # Guessing
//
// Each failed try counts against the account that was named and against the
// network that it came from; beyond a few, further tries are refused unheard for
// a delay that doubles. The owner is known by what a guesser cannot have: the
// right password, sent from an address from which it was right before. Such a
// try is always heard. So is an app password: nobody guesses one. An account that
// does not exist behaves in every respect like one that does.
//
// Codes have a throttle of their own, and a much slower one, since there are only a
// million. Where the owner's codes were right before, and for recovery codes, tries
// are counted apart from those of the rest of the world.
//
// # The audit log
//
// [Audit] appends to a log that nothing in the program changes: each entry has the
// SHA-256 of the one before, and [VerifyAudit] recomputes them. Who can write the file
// itself can write the whole chain anew; only a head that was noted elsewhere shows
// that. Entries go by age alone, from the old end, and the hash before the oldest
// stays in the head. Sign-ins and failures are noted in memory, within bounds, and
// written by [Authenticator.Run]: no request waits for them.
//
// # What is kept for signing in
//
// Records of the store, whose values are JSON. HOME is the account's number in 16 hex
// digits.
//
//	kind              key             refs                what
//	app-password      HOME/ID         SHA-256 of secret   label, scope, when made and when it ends; never changes
//	app-password-use  HOME/ID         -                   last use: when, address, client
//	two-factor        HOME            -                   secret, last step used, SHA-256 of recovery codes
//	two-factor-begun  HOME            -                   a secret that waits for its first code
//	tie               source NUL ID   user name           whom a directory or provider knows the account's owner as
//	seen              HOME            -                   from which clients and networks sign-ins were told
//	audit             number          actor, subject      an [Event]; of no home
//	audit-head        "head"          -                   an [AuditHead]; of no home
//
// # Organisations, shares and limits
//
// A [Body] is a group or an organisation. Its members have no rights of their own:
// what is shared with it, its members may do ([Is]), all but the guests of an
// organisation. Its changes are judged on the members as they are and written only
// while they are so, which is how an organisation always keeps an owner.
//
// A [Share] is how somebody may use a collection of another; a [Mount] is how it
// appears in their home; a [Delegate] acts in all calendars of a person; a [Link] is
// for whoever has its address. A [Plan] is what an account may hold, and [Apply] the
// one way to write within it.
//
// Records again; COLL is a collection's number, PRINCIPAL as [Principal.String] has it.
//
//	kind       key                of whom   refs                what
//	org        name               nobody    id:ID               a [Body]
//	group      name               nobody    id:ID               a [Body]
//	member     PRINCIPAL/HOME     nobody    home:HOME           a [Membership]
//	resource   NAME               itself    org:ID              a [Resource]: which account is a room
//	share      COLL/PRINCIPAL     owner     to:PRINCIPAL, of:HOME   a [Share]
//	delegate   HOME/PRINCIPAL     whose     to:PRINCIPAL        a [Delegate]
//	mount      HOME/COLL          sharee    -                   a [Look]
//	alarms     COLL/HOME/UID      owner     -                   [Alarms] of a sharee
//	link       SHA-256 of token   owner     coll:COLL           a [Link]
//	plan       name               nobody    -                   a [Plan]
//	allowance  HOME               itself    plan:NAME           an [Allowance]: which plan the account has
//	default-plan  "server"        nobody    -                   an [Allowance]: the plan of who has no other
//	country    HOME               itself                        a [Country]: where its phone numbers are dialled
//	preferences HOME              itself                        [Preferences]: language and time zone
//	channel    HOME/ID            itself    a browser's endpoint  a [Channel] on which somebody is reminded
//	channel-problem HOME/ID       itself                        why messages on a channel do not arrive
//	key        NAME               nobody                        a key of the server: see [ServerKey]
//
// The secret of two-factor authentication is kept as it is: each check needs it, and a
// key beside it would guard nothing. The file, and each backup of it, is as secret as
// the passwords.
package account
