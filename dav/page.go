package dav

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"almanac/dav/wire"
	"almanac/store"
)

// pageText is the one page there is for browsers. It is made for phones too, loads
// nothing, and runs no script.
//
//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// A page tells a person who opened an address in a browser what it is, and how a
// device gets there.
type page struct {
	Title   string
	What    string // what this address is, a sentence
	Address string // of the server, to be typed into a device
	Host    string // the same without the scheme, for clients that ask for a host
	User    string
	Secure  bool
	DAVx5   template.URL // link that opens DAVx5 with the address filled in

	Collections []pageCollection
}

type pageCollection struct {
	Name, Kind, URL string
	Members         int
}

// showPage answers GET of a container.
func (rq *request) showPage() error {
	var res *resource
	p := page{User: rq.who.Name}
	err := rq.view(func(snap store.Snapshot) (err error) {
		if res, err = rq.find(snap, store.WantMeta); err != nil {
			return err
		}
		if !res.exists() {
			return errNotFound
		}
		return p.collect(rq, snap, res)
	})
	if err != nil {
		return err
	}
	p.describe(rq, res)
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, &p); err != nil {
		return err
	}
	h := rq.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(out.Len()))
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	rq.w.WriteHeader(http.StatusOK)
	if rq.r.Method != http.MethodHead {
		rq.w.Write(out.Bytes())
	}
	return nil
}

// collect lists the collections that the page shows: the one asked for, those of
// the home asked for, or the reader's own.
func (p *page) collect(rq *request, snap store.Snapshot, res *resource) error {
	if res.coll != nil {
		p.add(rq, res)
		return nil
	}
	colls, err := snap.Collections(rq.who.Home)
	if err != nil {
		return err
	}
	for _, coll := range colls {
		for _, f := range flavours {
			if coll.Kind == f.store && (res.flavour() == nil || res.flavour() == f) {
				at := location{kind: f.collection, user: rq.who.Name, coll: coll.Name}
				p.add(rq, &resource{location: at, coll: coll})
			}
		}
	}
	return nil
}

func (p *page) add(rq *request, res *resource) {
	c := pageCollection{Name: res.coll.Name, Kind: kindWord(res.coll), URL: rq.href(res.location), Members: res.coll.Count}
	if xml := res.coll.Props.Get(wire.DAV, "displayname"); xml != "" {
		if text := wire.FragmentText(xml); text != "" {
			c.Name = text
		}
	}
	p.Collections = append(p.Collections, c)
}

// kindWord names a collection for people.
func kindWord(c *store.Collection) string {
	switch {
	case c.Kind == store.AddressBook:
		return "address book"
	case len(c.Components) == 1 && c.Components[0] == "VTODO":
		return "task list"
	case len(c.Components) == 1 && c.Components[0] == "VJOURNAL":
		return "journal"
	}
	return "calendar"
}

func (p *page) describe(rq *request, res *resource) {
	switch {
	case res.coll != nil:
		c := p.Collections[0]
		p.Title = c.Name
		p.What = "This is the address of one " + c.Kind + "."
	case res.kind == kindCalendarHome:
		p.Title, p.What = "Calendars", "This is where the calendars and task lists of "+personName(res.home)+" are kept."
	case res.kind == kindAddressBookHome:
		p.Title, p.What = "Address books", "This is where the address books of "+personName(res.home)+" are kept."
	case res.kind == kindPrincipal:
		p.Title, p.What = personName(res.home), "This is the account of "+personName(res.home)+"."
	default:
		p.Title, p.What = "almanac", "This server keeps calendars, address books and tasks."
	}
	scheme, host := rq.origin()
	p.Secure = scheme == "https"
	p.Host = host + rq.prefix
	p.Address = scheme + "://" + p.Host + "/"
	if p.Secure {
		p.DAVx5 = template.URL("davx5://" + string(wire.AppendSegment(nil, p.User)) + "@" + p.Host + "/")
	}
}

// origin is how the reader's browser calls this server. A reverse proxy tells
// scheme and host in headers; they are only shown to who sent them.
func (rq *request) origin() (scheme, host string) {
	scheme, host = "http", rq.r.Host
	if rq.r.TLS != nil {
		scheme = "https"
	}
	if first, _, _ := strings.Cut(rq.r.Header.Get("X-Forwarded-Proto"), ","); strings.EqualFold(strings.TrimSpace(first), "https") {
		scheme = "https"
	}
	if first, _, _ := strings.Cut(rq.r.Header.Get("X-Forwarded-Host"), ","); isHost(strings.TrimSpace(first)) {
		host = strings.TrimSpace(first)
	}
	if !isHost(host) {
		host = "localhost"
	}
	return scheme, host
}

// isHost tells whether a text can stand where a URL has host and port.
func isHost(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c|0x20 < 'a' || c|0x20 > 'z' {
			if (c < '0' || c > '9') && !strings.ContainsRune(".-:[]_", rune(c)) {
				return false
			}
		}
	}
	return s != ""
}
