package publish

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"mime"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/ical"
	"almanac/store"
)

// Path is what all addresses begin with, below the prefix of the server.
const Path = "/public/"

// Config is what a Server stands on.
type Config struct {
	Store store.Store
	Gate  *account.LinkGate
	Log   *slog.Logger
	Now   func() time.Time
	// Prefix is that of a reverse proxy that serves almanac below a path of its own:
	// "/cal", without a final slash.
	Prefix string
}

// A Server is the http.Handler of the addresses of public links.
type Server struct {
	Config
	ages     ages
	pageSize int // octets of a page; smaller in tests
}

// New returns a Server.
func New(c Config) *Server {
	return &Server{Config: c, ages: newAges(), pageSize: pageOctets}
}

// Owns tells whether a request is for the address of a public link.
func (s *Server) Owns(r *http.Request) bool {
	_, ok := s.name(r)
	return ok
}

// name is what comes after Path, as it was sent: tokens need no escapes.
func (s *Server) name(r *http.Request) (string, bool) {
	path := r.URL.EscapedPath()
	if rest, ok := strings.CutPrefix(path, s.Prefix); ok && strings.HasPrefix(rest, "/") {
		path = rest
	}
	return strings.CutPrefix(path, Path)
}

// form is part of every entity tag: whoever changes what a feed looks like gives it
// another number.
const form = "1"

// refresh is how often subscribers shall ask. Calendar programs offer an hour as the
// shortest time or nearly so.
const refresh = "PT1H"

// A feed is one link with what is published by it, as it was in one snapshot.
type feed struct {
	link    *account.Link
	coll    *store.Collection
	heading ical.Heading
	etag    string
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'")
	h.Set("Accept-Ranges", "none") // a feed is not kept as one text: RFC 9110 section 14.3
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed)
		return
	}
	f, err := s.find(r)
	if err == nil {
		err = s.admit(f.link, r)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", f.etag)
	h.Set("Vary", "Accept-Encoding")
	modified := s.ages.of(f.link.ID, f.etag, s.Now())
	h.Set("Last-Modified", modified.UTC().Format(http.TimeFormat))
	if unchanged(r, f.etag, modified) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", mediaTypes[f.coll.Kind])
	h.Set("Content-Disposition", disposition(f.coll))
	s.send(w, r, f)
}

var mediaTypes = map[store.Kind]string{store.Calendar: "text/calendar; charset=utf-8", store.AddressBook: "text/vcard; charset=utf-8"}

var extensions = map[store.Kind]string{store.Calendar: ".ics", store.AddressBook: ".vcf"}

// disposition gives a browser a better name for the file than the token.
func disposition(c *store.Collection) string {
	if d := mime.FormatMediaType("inline", map[string]string{"filename": c.Name + extensions[c.Kind]}); d != "" {
		return d
	}
	return "inline"
}

// find looks the link up. What there is not, and what is no more, is
// store.ErrNotFound.
func (s *Server) find(r *http.Request) (*feed, error) {
	name, _ := s.name(r)
	token, extension := name, ""
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		token, extension = name[:dot], name[dot:]
	}
	f := &feed{}
	err := s.Store.View(r.Context(), func(snap store.Snapshot) (err error) {
		f.link, f.coll, err = account.FindLink(snap, token, s.Now())
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case extensions[f.coll.Kind] != extension:
		return nil, store.ErrNotFound
	}
	text := func(n wire.Name) string { return wire.FragmentText(f.coll.Props.Get(n.Space, n.Local)) }
	f.heading = ical.Heading{Name: text(wire.D("displayname")), Color: text(wire.AppleICal("calendar-color")), Refresh: refresh}
	if f.heading.Name == "" {
		f.heading.Name = f.coll.Name
	}
	if len(f.heading.Color) == len("#RRGGBBAA") {
		f.heading.Color = f.heading.Color[:len("#RRGGBB")]
	}
	if f.link.Level != account.ShareFreeBusy {
		f.heading.Description = text(wire.C("calendar-description"))
	}
	// Weak: compressed or not, it says the same.
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %s %d %d %q", form, ical.ProdID, s.Store.Epoch(), f.coll.ID, f.coll.Rev, []string{
		string(f.link.Level), f.heading.Name, f.heading.Description, f.heading.Color}))
	f.etag = `W/"` + base64.RawURLEncoding.EncodeToString(sum[:18]) + `"`
	return f, nil
}

// admit asks for the password of a link that has one. Any user name will do.
func (s *Server) admit(l *account.Link, r *http.Request) error {
	_, password, _ := r.BasicAuth()
	var from netip.Addr
	if ap, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		from = ap.Addr()
	}
	return s.Gate.Check(l, password, from, s.Now())
}

// unchanged judges the conditions of a GET. RFC 9110 sections 13.1.2 and 13.1.3.
func unchanged(r *http.Request, etag string, modified time.Time) bool {
	if lines := r.Header["If-None-Match"]; len(lines) > 0 {
		tags, err := wire.ParseETags("If-None-Match", lines)
		return err == nil && (tags.Any || tags.Weak(strings.Trim(strings.TrimPrefix(etag, "W/"), `"`)))
	}
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && !modified.After(since)
}

// fail answers what cannot be served.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	var throttled *account.ThrottledError
	switch {
	case errors.Is(err, store.ErrNotFound):
		refuse(w, http.StatusNotFound)
	case errors.Is(err, account.ErrCredentials):
		h.Set("WWW-Authenticate", `Basic realm="almanac link", charset="UTF-8"`)
		refuse(w, http.StatusUnauthorized)
	case errors.As(err, &throttled):
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(throttled.RetryAfter.Seconds()))))
		refuse(w, http.StatusServiceUnavailable)
	case r.Context().Err() != nil, errors.Is(err, store.ErrClosed):
		h.Set("Retry-After", "5")
		refuse(w, http.StatusServiceUnavailable)
	default:
		s.Log.Error("a public link could not be served", "error", err)
		refuse(w, http.StatusInternalServerError)
	}
}

func refuse(w http.ResponseWriter, status int) {
	h := w.Header()
	text := http.StatusText(status) + "\n"
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}
