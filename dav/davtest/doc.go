// Package davtest runs HTTP dialogues that are written down as text against the
// dav package, so that a test of the protocol reads like the protocol.
//
// A transcript is a file of exchanges:
//
//	# A deleted member is reported once, as 404. RFC 6578 section 3.5.2.
//	ann> REPORT /dav/calendars/ann/calendar/
//	Depth: 1
//
//	<sync-collection xmlns="DAV:"><sync-token>$token1</sync-token>...
//	<- 207
//	Content-Type: application/xml; charset=utf-8
//
//	<multistatus xmlns="DAV:">...
//
// A line that begins with "# " is a comment and ends what stands before it. A
// request begins with the name of the user, none for a request without
// credentials, "ann:secret" for another password than the usual one, which is
// the name. Then come its headers and, behind an empty line, its body. The reply
// begins with "<-" and the status. Only the headers listed are compared;
// "Header: -" says that there must be none. The body is compared whole.
//
// A body that begins with "BEGIN:" has CRLF line ends. One that begins with a
// double quote or a backquote is a Go string literal, for octets that a line of
// text cannot show. An XML body of a reply is compared after indenting and with
// one prefix for each namespace, so that the file shows it like that; its text is
// as on the wire, &#13; included.
//
// In a reply, $name stands for any text without line ends and angle brackets
// where it is first met, and for the same text from then on, in requests too. A
// dollar sign before anything else than a small letter stands for itself.
//
// With the flag -update the replies in the files are written anew, those that
// fit stay as they are.
//
// A server has the users ann and bob, each with the collections calendar, tasks
// and contacts, and a clock that stands still at [Now].
package davtest
