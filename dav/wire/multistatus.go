package wire

import (
	"net/http"
	"strconv"
)

// StartResponse begins a D:response for href, which must be in its final encoding
// (see [AppendSegment]). It is followed by propstats and EndResponse.
//
// Clients rely on an order that is the caller's to keep: the response for the
// requested URL comes first, in each response the propstat with 200 comes before
// the one with 404, and a D:sync-token comes last (Thunderbird reads the first
// status of a response and stops).
func (w *Writer) StartResponse(href string) {
	w.buf = append(w.buf, "<d:response>"...)
	w.Href(href)
	w.response = w.Mark()
}

// StartResponseBytes is StartResponse for octets.
func (w *Writer) StartResponseBytes(href []byte) {
	w.buf = append(w.buf, "<d:response>"...)
	w.HrefBytes(href)
	w.response = w.Mark()
}

// StartResponseIn is StartResponse for the member of a collection: collection is that
// one's href with its slash, as [AppendHrefText] has it, and name not yet encoded.
func (w *Writer) StartResponseIn(collection []byte, name string) {
	w.buf = append(w.buf, "<d:response><d:href>"...)
	w.buf = append(w.buf, collection...)
	w.buf = AppendSegment(w.buf, name) // has nothing that XML knows
	w.buf = append(w.buf, "</d:href>"...)
	w.response = w.Mark()
}

// AppendHrefText appends an href as the text of a D:href.
func AppendHrefText(dst, href []byte) []byte { return appendText(dst, href) }

// EndResponse ends the response. If nothing came after the href, an empty propstat
// with 200 is written first: RFC 4918 section 14.24 demands a propstat or a status,
// and a client that asked for return=minimal can get this far without either.
func (w *Writer) EndResponse() {
	if w.Mark() == w.response {
		w.buf = append(w.buf, "<d:propstat><d:prop/>"...)
		w.Status(http.StatusOK)
		w.buf = append(w.buf, "</d:propstat>"...)
	}
	w.buf = append(w.buf, "</d:response>"...)
}

// StatusResponse writes a whole response that has a status instead of properties:
// a member that is gone or missing (404), or the requested collection when an
// answer is cut short (507). Thunderbird and Outlook CalDav Synchronizer know a
// deleted member only by this form. Conditions, if any, follow as D:error.
func (w *Writer) StatusResponse(href string, code int, conditions ...Condition) {
	w.StartResponse(href)
	w.Status(code)
	w.Error(conditions...)
	w.EndResponse()
}

// StartPropstat begins a D:propstat. The properties follow as elements, and then
// EndPropstat.
func (w *Writer) StartPropstat() {
	w.buf = append(w.buf, "<d:propstat><d:prop>"...)
	w.propstat = w.Mark()
}

// EndPropstat ends the propstat with its status and, if there are conditions, with
// D:error. A propstat without properties is taken back altogether, and EndPropstat
// returns false: so a caller need not know beforehand whether any property will
// have this status.
func (w *Writer) EndPropstat(code int, conditions ...Condition) bool {
	if w.Mark() == w.propstat {
		w.Truncate(w.propstat - len("<d:propstat><d:prop>"))
		return false
	}
	w.buf = append(w.buf, "</d:prop>"...)
	w.Status(code)
	w.Error(conditions...)
	w.buf = append(w.buf, "</d:propstat>"...)
	return true
}

// Status writes a D:status. The line always speaks of HTTP/1.1 and always has a
// reason: Thunderbird's address book compares it with "HTTP/1.1 200 OK", and
// Outlook CalDav Synchronizer wants a space and a word behind the 404.
func (w *Writer) Status(code int) {
	switch code {
	case http.StatusOK:
		w.buf = append(w.buf, "<d:status>HTTP/1.1 200 OK</d:status>"...)
		return
	case http.StatusNotFound:
		w.buf = append(w.buf, "<d:status>HTTP/1.1 404 Not Found</d:status>"...)
		return
	}
	reason := http.StatusText(code)
	if reason == "" {
		reason = "Unknown"
	}
	w.buf = append(w.buf, "<d:status>HTTP/1.1 "...)
	w.buf = strconv.AppendInt(w.buf, int64(code), 10)
	w.buf = append(w.buf, ' ')
	w.buf = append(w.buf, reason...)
	w.buf = append(w.buf, "</d:status>"...)
}

// Href writes a D:href. The href must be in its final percent-encoding.
func (w *Writer) Href(href string) {
	w.buf = append(w.buf, "<d:href>"...)
	w.Text(href)
	w.buf = append(w.buf, "</d:href>"...)
}

// HrefBytes is Href for octets.
func (w *Writer) HrefBytes(href []byte) {
	w.buf = append(w.buf, "<d:href>"...)
	w.TextBytes(href)
	w.buf = append(w.buf, "</d:href>"...)
}
