package account

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxName is the longest name of a user, a collection or a member, in octets:
// what file systems take, so that every export can keep the names.
const MaxName = 255

// A NameError tells why a name cannot be used.
type NameError struct {
	Name   string
	Reason string
}

func (e *NameError) Error() string { return fmt.Sprintf("name %q %s", e.Name, e.Reason) }

// CheckName tells whether a name can be the last path segment of a collection or
// a member, by a *NameError if not. Nearly everything can: clients name their
// objects with any of ": ; @ & = + $ , ! ' ( ) *" and with letters of all scripts.
func CheckName(name string) error {
	switch {
	case name == "":
		return &NameError{name, "is empty"}
	case len(name) > MaxName:
		return &NameError{name, fmt.Sprintf("is longer than %d octets", MaxName)}
	case name == "." || name == "..":
		return &NameError{name, "has a meaning of its own in paths (RFC 3986 section 5.2.4)"}
	case !utf8.ValidString(name):
		return &NameError{name, "is not valid UTF-8"}
	}
	for _, r := range name {
		if r == '/' {
			return &NameError{name, "contains a slash"}
		}
		if unicode.IsControl(r) {
			return &NameError{name, "contains a control character"}
		}
	}
	return nil
}

// CheckUserName tells whether a name can be that of an account, by a *NameError
// if not. It may look like a mail address and have letters of all scripts.
func CheckUserName(name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	if strings.ContainsRune(name, ':') {
		return &NameError{name, "contains a colon, which ends the user name in RFC 7617 section 2"}
	}
	if strings.TrimSpace(name) != name {
		return &NameError{name, "begins or ends with a blank"}
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return &NameError{name, "contains an invisible character"}
		}
	}
	if CanonicalUserName(name) != name {
		return &NameError{name, fmt.Sprintf("is not in Unicode form NFC; use %q", CanonicalUserName(name))}
	}
	return nil
}

// CanonicalUserName returns the form in which user names are kept and looked up:
// Unicode's NFC (RFC 8265 section 3.4), since Apple's systems send others.
func CanonicalUserName(name string) string { return norm.NFC.String(name) }

// alikeName is the same for all names that a directory may take for one: it tells
// neither large letters from small ones nor wide ones from others, and passes over
// blanks and what is invisible (RFC 4518 section 2). Names that are not alike for a
// directory may be so here.
func alikeName(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
			return -1
		}
		return r
	}, strings.ToLower(norm.NFKC.String(name)))
}
