// Package search narrows a text search down to the members of a collection that
// can match, so that a query reads those and not every body.
//
// An Index knows which trigrams occur in the texts of each member: three octets in
// a row of a folded text. A needle can only be in members that have all of the
// needle's trigrams. So an Index answers with candidates: never too few, often a
// few too many, and the caller judges each by the real condition on the body.
//
// # Folding
//
// Texts are folded so that whatever one of the collations of package collation
// calls a match stays one: to title case, decomposed (both as i;unicode-casemap
// has it, RFC 5051), and without combining marks. Each character folds by itself.
// So if needle n is in text t under a collation, then the folded n is in the
// folded t:
//
//   - i;unicode-casemap compares the same mapping. Marks are the only characters
//     whose order a decomposition can change, and they are dropped.
//   - i;ascii-casemap and i;octet tell more characters apart than that, never fewer.
//
// A needle with less than three octets left after folding selects nothing: every
// member is a candidate.
//
// # Cost
//
// An Index of 10 000 cards takes some megabytes and a few hundred milliseconds to
// fill; replacing one member costs that member. A query costs the shortest of its
// lists of members and a look at the others.
package search
