package dav

import (
	"almanac/contentline"
	"almanac/dav/wire"
)

// writeText writes an object's text as character data. XML cannot carry every
// octet that GET gives: old programs fold lines inside a character (RFC 5545
// section 3.1 wants readers to put it together), and a replacement character for
// each half would go back into the store with the client's next edit.
func writeText(w *wire.Writer, body []byte) {
	if !w.CleanText(body) {
		w.TextBytes(contentline.Clean(body))
	}
}
