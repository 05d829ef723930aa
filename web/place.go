package web

import (
	"net/http"
)

// A Place is an address of DAV's that a person opened in a browser.
type Place struct {
	User string
	What string // "server", "principal", "calendars", "addressbooks" or "collection"
	Name string // of the person or the collection

	Kept []Kept
}

// Kept is a collection at a Place.
type Kept struct {
	Name    string
	Kind    string // "calendar", "tasks", "journal" or "addressbook"
	Path    string // escaped, with the prefix
	Members int
}

// ShowPlace sends the page of a Place, whose reader has signed in there by other
// means than ours: it leads to the pages.
func (s *Server) ShowPlace(w http.ResponseWriter, r *http.Request, p Place) {
	rq := &request{Server: s, ctx: r.Context(), w: w, r: r, lang: langOf(r), address: s.addressOf(r)}
	header(w.Header())
	name := p.Name
	if name == "" {
		name = "almanac"
	}
	err := rq.show(http.StatusOK, "place", map[string]any{"Plain": name, "What": "place." + p.What, "Name": name,
		"Kept": p.Kept, "Origin": rq.address.Origin(), "Reader": p.User})
	if err != nil {
		rq.fail(err)
	}
}
