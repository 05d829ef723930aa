package dav

import (
	"net/http"
	"strings"
)

// options answers with what can be done here. DAVx5 and macOS take a principal
// without calendar-access for a wrong password; Thunderbird asks the parent of
// each calendar; GNOME Online Accounts asks nothing but OPTIONS. It is answered
// on places where nothing is yet, as RFC 9110 section 9.3.7 has no need of a resource.
func (rq *request) options() error {
	h := rq.w.Header()
	h.Set("DAV", davClasses)
	h.Set("Allow", allow(rq.at.kind))
	h.Set("Content-Length", "0")
	rq.w.WriteHeader(http.StatusOK)
	return nil
}

// corsMethods and corsHeaders are what a web page's script may use; the password
// still has to come with the request, as a header the script sets itself.
func corsMethods() string {
	var names []string
	for _, m := range methods {
		names = append(names, m.name)
	}
	return strings.Join(names, ", ")
}

const (
	corsHeaders = "Authorization, Content-Type, Depth, Destination, If, If-Match, If-None-Match, Overwrite, Prefer, Brief"
	corsExpose  = "Allow, DAV, ETag, Location, Preference-Applied, WWW-Authenticate"
)

// allowOrigin lets scripts of any page read the answer. There are no cookies
// here, and with "*" a browser sends no stored credentials: a page reaches what
// its own user types into it, as tsdav's web apps do.
func allowOrigin(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", corsExpose)
}

// preflight answers the only OPTIONS that comes without credentials.
func (rq *request) preflight() error {
	h := rq.w.Header()
	h.Set("Access-Control-Allow-Methods", corsMethods())
	h.Set("Access-Control-Allow-Headers", corsHeaders)
	h.Set("Access-Control-Max-Age", "86400")
	rq.w.WriteHeader(http.StatusNoContent)
	return nil
}
