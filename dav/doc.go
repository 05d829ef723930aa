// Package dav serves calendars and address books over HTTP: WebDAV (RFC 4918,
// class 1 and 3), CalDAV (RFC 4791), CardDAV (RFC 6352), collection
// synchronisation (RFC 6578) and the parts of access control that their clients
// read (RFC 3744, RFC 5397).
//
// # The URL space
//
//	/                                        root: where people's typing ends up
//	/.well-known/caldav, /.well-known/carddav  the same resource (RFC 6764 section 5)
//	/remote.php/dav/, /remote.php/webdav/    the same resource, as Nextcloud's clients know it
//	/dav/                                    root, the context path
//	/dav/principals/                         principal collection
//	/dav/principals/ann/                     principal
//	/dav/principals/ann/calendar-proxy-read/ those who may read ann's calendars
//	/dav/principals/group:staff/             a group
//	/dav/notifications/ann/                  notification collection, with ann's invitations
//	/dav/calendars/ann/                      calendar home
//	/dav/calendars/ann/work/                 calendar
//	/dav/calendars/ann/work/1.ics            calendar object resource
//	/dav/calendars/ann/team@bob/             calendar that bob shares with ann
//	/dav/addressbooks/ann/                   address book home
//	/dav/addressbooks/ann/contacts/          address book
//	/dav/addressbooks/ann/contacts/1.vcf     address object resource (a card)
//
// A collection answers with and without its trailing slash, and never redirects:
// macOS, Thunderbird and Tasks.org each lose their way at one. Every home has one
// href for each service, since Apple's clients, tsdav, vdirsyncer and Tasks.org
// follow a single one.
//
// # How a request goes
//
// server.go authenticates, resolves the path to a resource (path.go, resource.go)
// and looks up the method's row (method.go). A handler returns an error or writes
// its answer; errors become status codes and precondition elements in one place
// (error.go). Reading happens in short store snapshots, one page at a time, and
// writing to the network between them (multistatus.go). What a query had to work
// out from stored octets is kept for the next one (cache.go, textindex.go).
//
// A write is judged in a snapshot: is there such a place, may one, do the
// conditions of the request hold (precondition.go). Its body is read and validated
// outside of any snapshot or transaction. Then the store gets one batch, with the
// conditions as preconditions of it. What was refused has changed nothing.
//
// Methods, properties and reports are rows of tables: method.go, props.go with
// its prop_*.go, and report.go with its report_*.go. Allow, allprop, propname,
// supported-report-set, supported-method-set and the refusals of protected
// properties follow from the rows. What differs between a calendar and an address
// book is one value, the flavour (flavour.go).
package dav
