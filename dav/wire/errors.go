package wire

import (
	"errors"
	"fmt"
)

// Faults of a request body.
var (
	// ErrEmpty says that there is no body, or only white space. For PROPFIND
	// that means allprop (RFC 4918 section 9.1).
	ErrEmpty = errors.New("empty XML body")

	// ErrTooLarge says that a body exceeds one of the [Limits]. The error that
	// wraps it names the limit.
	ErrTooLarge = errors.New("XML body exceeds a limit")
)

// A SyntaxError tells why a body is not well-formed XML.
type SyntaxError struct {
	Line   int    // counted from 1
	Column int    // in characters, counted from 1
	Reason string // in words, lower case
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("XML line %d column %d: %s", e.Line, e.Column, e.Reason)
}

// Faults of a path or an href. The error that [DecodePath] returns wraps one of
// them and names the path.
var (
	ErrPathScheme   = errors.New("neither a path nor an http URL")
	ErrPathRelative = errors.New("does not begin with a slash")
	ErrPathQuery    = errors.New("has a query or a fragment")
	ErrPathEscape   = errors.New("percent sign without two hexadecimal digits")
	ErrPathControl  = errors.New("has a control character")
	ErrPathUTF8     = errors.New("is not UTF-8")
	ErrPathDots     = errors.New("has a . or .. segment")
	ErrPathTooLong  = errors.New("is too long")
)

// ErrHeader says that a header's value does not follow its grammar. The error
// that wraps it names the header and the reason.
var ErrHeader = errors.New("malformed header")

func headerError(header, reason string) error {
	return fmt.Errorf("%w %s: %s", ErrHeader, header, reason)
}
