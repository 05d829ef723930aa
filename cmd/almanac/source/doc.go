// Package source reads an account on another CalDAV and CardDAV server, for moving
// in: what collections there are, what they hold, and the objects octet for octet.
//
// go-webdav's client logs in and finds the principal. The rest is read here:
// go-webdav drops the host of a home, gives up a whole listing at one weak entity
// tag, encodes paths anew, and knows neither colours nor order.
package source
