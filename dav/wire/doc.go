// Package wire reads and writes what WebDAV peers say to each other: XML bodies,
// hrefs, and the request headers with a grammar of their own. It knows no
// resources, no properties and no methods, does no I/O beyond reading the one
// body it is given, and imports nothing of this module.
//
// # Reading
//
// [Parse] turns a request body into a tree of [Elem]. The peer is taken to be
// hostile: the scanner is written for this protocol, takes no document type
// declaration (so there are no entities to expand), and is bounded by [Limits]
// in octets, depth, elements, attributes and text. Time and memory are linear in
// the body. What is not well-formed, or not namespace-well-formed, is refused
// with the line and the reason. RFC 4918 section 8.2 asks for that: a body that
// is not well-formed must be answered with 400.
//
// Names are namespace and local name, never prefixes (RFC 4918 section 17).
// [Elem.Fragment] gives an element back as self-contained source text, in the
// way a dead property has to be kept: prefixes, attributes, nested and mixed
// content and the language in force (RFC 4918 section 4.3).
//
// # Writing
//
// A [Writer] appends to a pooled buffer. It is not told what to write by
// reflection or tags: the caller opens and closes elements, and a name in any
// namespace, or in none, comes out well-formed. The four shapes every answer is
// made of (response, propstat, status, error) are methods of their own, because
// clients are strict about them: Thunderbird's address book compares the status
// line with "HTTP/1.1 200 OK" letter by letter, and takes only the first one.
//
// # Hrefs
//
// [AppendSegment] writes the one canonical percent-encoding, and [DecodePath] reads
// all the others.
//
// # Headers
//
// Depth, Overwrite, If (RFC 4918 section 10), the entity-tag lists
// of If-Match and If-None-Match (RFC 9110 section 13.1) and Prefer (RFC 7240)
// have a parser here each. A header that is absent is the caller's business.
package wire
