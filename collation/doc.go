// Package collation compares texts as the filters of CalDAV and CardDAV ask: by
// a collation of RFC 4790, and by how much of the text has to match.
//
// There are three collations. i;octet compares octets. i;ascii-casemap makes
// the letters a to z equal to A to Z and nothing else, so that it works on any
// octets (RFC 4790 section 9.2). i;unicode-casemap maps each character to title
// case and decomposes it (RFC 5051): "É" is "é", but "STRASSE" is
// not "straße".
//
// A Matcher holds one search, prepared once and used on many texts. It is
// immutable and safe for concurrent use.
package collation
