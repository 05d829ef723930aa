package vcard

import (
	"errors"
	"fmt"
	"strings"

	"almanac/contentline"
)

// The preconditions of RFC 6352 section 6.3.2.1 that a card itself can fail, by
// the names of their XML elements in the CardDAV namespace.
const (
	ValidAddressData     = "valid-address-data"
	SupportedAddressData = "supported-address-data"
	MaxResourceSize      = "max-resource-size"
)

// An Invalid tells why a text cannot be stored as an address object.
type Invalid struct {
	Precondition string // one of the constants above
	Line         int    // physical line, counted from 1; 0 when the whole text is meant
	Reason       string
}

func (e *Invalid) Error() string {
	if e.Line == 0 {
		return e.Reason
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
}

// Validate reads a text that a client wants to store. It has to be one vCard of
// 3.0 or 4.0 with a UID, of at most maxSize octets; 0 means no limit of its own.
// RFC 6352 sections 5.1 and 6.3.2.1. The error is an *Invalid.
//
// It is no stricter than that: a card without FN, with properties that nobody
// knows or with LF line ends is taken, since the clients that write them cannot
// be asked to write others.
func Validate(src []byte, maxSize int) (*Card, error) {
	if maxSize > 0 && len(src) > maxSize {
		return nil, &Invalid{Precondition: MaxResourceSize, Reason: fmt.Sprintf("vCard of %d octets, at most %d are taken", len(src), maxSize)}
	}
	lim := contentline.DefaultLimits
	lim.Octets = max(lim.Octets, len(src))
	c, err := parseLimited(src, lim)
	var syntax *contentline.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return nil, &Invalid{ValidAddressData, syntax.Line, syntax.Reason}
	case err != nil:
		return nil, &Invalid{SupportedAddressData, 0, "no VCARD component"}
	}
	for _, root := range c.Doc.Roots {
		if root != c.Root {
			return nil, &Invalid{ValidAddressData, root.Line, "more than one component: " + root.Name}
		}
	}
	versions := 0
	uids := 0
	for i := range c.Root.Props {
		p := &c.Root.Props[i]
		switch p.Name {
		case "VERSION":
			if versions++; versions > 1 {
				return nil, &Invalid{ValidAddressData, p.Line, "second VERSION property"}
			}
			if c.Version != V30 && c.Version != V40 {
				return nil, &Invalid{SupportedAddressData, p.Line, fmt.Sprintf("VERSION %.20q, only 3.0 and 4.0 are taken", c.Version)}
			}
		case "UID":
			if uids++; uids > 1 && strings.TrimSpace(p.Value) != c.UID {
				return nil, &Invalid{ValidAddressData, p.Line, "second UID property"}
			}
		}
	}
	switch {
	case versions == 0:
		return nil, &Invalid{ValidAddressData, c.Root.Line, "no VERSION property"}
	case c.UID == "":
		return nil, &Invalid{ValidAddressData, c.Root.Line, "no UID property"} // RFC 6352 section 5.1
	}
	// XML cannot carry such octets, so no client would get them back.
	for _, r := range c.Doc.Repairs {
		if r.What == contentline.RepairUTF8 {
			return nil, &Invalid{ValidAddressData, r.Line, r.What}
		}
	}
	return c, nil
}
