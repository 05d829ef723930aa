package dav

import (
	"fmt"
	"regexp"
	"strconv"

	"almanac/dav/wire"
)

// appleProps come from Apple's clients; the others took them up.
var appleProps = []property{
	// Stored and given back as written: vdirsyncer copies it to the other side.
	{name: wire.AppleICal("calendar-color"), on: kindCollection, set: always, check: checkColor},
	{name: wire.AppleICal("calendar-order"), on: kindCollection, set: always, check: checkOrder},
	// Attendee completion on macOS.
	{name: wire.CalendarServer("email-address-set"), on: kindPrincipal, get: func(_ *request, res *resource, w *wire.Writer) bool {
		for _, addr := range res.home.Emails {
			w.Element(wire.CalendarServer("email-address"), addr)
		}
		return true
	}},
}

// colorForm is #RRGGBB, with an alpha that Apple's clients append; DAVx5 also
// reads one without #, and so it may have been stored elsewhere.
var colorForm = regexp.MustCompile(`^#?[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?$`)

func checkColor(_ *request, e *wire.Elem) error {
	text := e.TrimmedText()
	// Names of colours and an empty text are seen from other programs; nothing is
	// gained by refusing what they would store anywhere else.
	if len(text) > 64 || len(text) > 0 && text[0] == '#' && !colorForm.MatchString(text) {
		return conflict(wire.D("valid-property-value"), fmt.Errorf("colour %q is not of the form #RRGGBB", text))
	}
	return nil
}

func checkOrder(_ *request, e *wire.Elem) error {
	if _, err := strconv.ParseInt(e.TrimmedText(), 10, 64); err != nil {
		return conflict(wire.D("valid-property-value"), fmt.Errorf("order %q is not a whole number", e.TrimmedText()))
	}
	return nil
}
