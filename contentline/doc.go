// Package contentline reads and writes the lines that iCalendar (RFC 5545
// section 3.1) and vCard (RFC 2426, RFC 6350 section 3.2) are made of: folded
// lines of NAME;PARAM=value:value between BEGIN and END lines.
//
// It knows no property. A Doc is a lossless tree over the source: each
// component and property carries its span in the text, so that a program can
// change one line with Splice and leave every other octet, its order and its
// folding as the client wrote it.
//
// Reading is tolerant, because files in the wild are broken in a few well-known
// ways: a leading byte order mark, bare LF, blank lines, a value whose line
// breaks were never escaped, quotes that do not close. What was mended is
// recorded as a Repair; a caller that has to be strict looks at Doc.Repairs.
// What cannot be mended without guessing (an END that does not match its BEGIN,
// a property outside of a component, a control character in a name) is a
// *SyntaxError with its line.
//
// Reading is bounded: one pass without recursion, time and memory linear in the
// source, and Limits on everything that grows. A text that keeps to the limits
// may come from anyone.
//
// Values stay as they were written. UnescapeText, EscapeText and SplitText serve
// TEXT values; what a value means is for the packages above.
package contentline
