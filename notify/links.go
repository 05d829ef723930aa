package notify

import (
	"fmt"
	"net/mail"

	"almanac/store"
)

// Where the pages are that need no signing in, and the purposes for which what stands
// behind these paths is sealed.
const (
	StopPath      = "/remind/"
	StopPurpose   = "remind" // of a Ref
	VerifyPath    = "/remind/verify/"
	VerifyPurpose = "verify" // of a Verify
)

// A Verify is which address is confirmed.
type Verify struct {
	Home    store.HomeID
	Channel string
}

// CheckFrom judges the address that mail comes from.
func CheckFrom(s string) error {
	if _, err := mail.ParseAddress(s); err != nil {
		return fmt.Errorf("%q is no mail address", s)
	}
	return nil
}
