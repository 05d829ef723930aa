package dav

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"almanac/account"
	"almanac/dav/wire"
	"almanac/ical/zone"
	"almanac/store"
)

// Config is what a Server stands on.
type Config struct {
	Store store.Store
	Auth  *account.Authenticator
	Log   *slog.Logger     // nil: slog.Default
	Now   func() time.Time // nil: time.Now

	// Prefix is put before every href, for a reverse proxy that serves almanac
	// below a path of its own: "/cal", without a final slash. Requests are
	// understood with and without it.
	Prefix string

	// Page shows a person what the address of a container is; it sends the whole
	// answer to GET and HEAD. nil: both are refused.
	Page func(http.ResponseWriter, *http.Request, *Page)

	// MaxObject bounds the octets of one calendar object or card, MaxBody those
	// of an XML body. 0 means the default.
	MaxObject, MaxBody int64

	// SeriesCache and TextIndex bound the octets of what is kept in memory to
	// answer queries sooner: calendar objects made ready for questions about time,
	// and indexes of the words in a collection. 0 means the default.
	SeriesCache, TextIndex int64
}

// Defaults of Config. A card with a large photo is some megabytes; a multiget of
// 50 000 hrefs is five. The index of 10 000 events takes some ten megabytes.
const (
	DefaultMaxObject   = 20 << 20
	DefaultMaxBody     = 16 << 20
	DefaultSeriesCache = 64 << 20
	DefaultTextIndex   = 64 << 20
)

// A Server is the http.Handler for everything below "/" that is DAV's.
type Server struct {
	store     store.Store
	auth      *account.Authenticator
	log       *slog.Logger
	now       func() time.Time
	prefix    string
	page      func(http.ResponseWriter, *http.Request, *Page)
	maxObject int64
	maxBody   int64
	pageSize  int // pageOctets, smaller in tests
	pageLoad  int // pageJudged, smaller in tests
	// rights is account.Rights, but in tests.
	rights    func(store.Snapshot, account.Identity, account.Thing) (account.Access, error)
	allowance allowance
	caches    *caches
}

// New returns a Server. It keeps no state of its own beside caches.
func New(c Config) *Server {
	s := &Server{
		store: c.Store, auth: c.Auth, log: c.Log, now: c.Now,
		prefix:    strings.TrimSuffix(c.Prefix, "/"),
		page:      c.Page,
		maxObject: c.MaxObject, maxBody: c.MaxBody,
		pageSize: pageOctets, pageLoad: pageJudged, rights: account.Rights,
		allowance: fullAllowance, caches: newCaches(c.SeriesCache, c.TextIndex),
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.maxObject == 0 {
		s.maxObject = DefaultMaxObject
	}
	if s.maxBody == 0 {
		s.maxBody = DefaultMaxBody
	}
	return s
}

// realm is what browsers and Thunderbird store a password under: it never changes.
const challenge = `Basic realm="almanac", charset="UTF-8"`

// davClasses is the DAV header of every answer to OPTIONS. Thunderbird drops the
// first token as the version, so that "1" leads. A token stands here only when
// what it announces is complete.
const davClasses = "1, 3, extended-mkcol, access-control, calendar-access, addressbook, calendar-proxy, calendarserver-sharing"

// A request is one HTTP request on its way through a handler.
type request struct {
	*Server
	ctx    context.Context
	w      http.ResponseWriter
	r      *http.Request
	who    account.Identity
	at     location
	prefer wire.Preferences

	snap     store.Snapshot         // inside view
	quotas   map[store.HomeID]quota // as read in this request
	floating *zone.Zone             // of times without a zone, once that was asked for: see env

	left      allowance
	expands   bool  // the answer has expanded objects
	measuring bool  // they are only counted: see multistatus.measure
	refusal   error // why the answer being written must not go out: see multistatus.full

	scratch []byte // for hrefs and tokens, before they are in the answer
	room    [192]byte
	name    []byte
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rq := &request{Server: s, ctx: r.Context(), w: w, r: r, left: s.allowance}
	rq.scratch = rq.room[:0]
	if err := rq.serve(); err != nil {
		rq.fail(err)
	}
}

func (rq *request) serve() error {
	r := rq.r
	if r.Header.Get("Origin") != "" {
		allowOrigin(rq.w.Header())
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			return rq.preflight()
		}
	}
	at, err := rq.locate(r.URL.EscapedPath())
	if at.wellKnown && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		return rq.redirect()
	}
	if err := rq.authenticate(); err != nil {
		return err
	}
	if err != nil {
		return &Error{Status: http.StatusBadRequest, Err: err}
	}
	rq.at = at
	rq.prefer = wire.ParsePrefer(r.Header)
	m := methodNamed(r.Method)
	if m == nil {
		return &Error{Status: http.StatusNotImplemented}
	}
	if m.on&at.kind == 0 {
		return rq.misplaced(m)
	}
	if rq.who.Scope.ReadOnly && !slices.Contains(readingMethods, m.name) {
		// Rights would refuse most of it; what is the reader's own, such as an
		// invitation, has none.
		return needPrivileges(rq.href(at), account.Write)
	}
	return m.run(rq)
}

// readingMethods are those that an app password for reading is for.
var readingMethods = []string{"OPTIONS", http.MethodGet, http.MethodHead, "PROPFIND", "REPORT"}

// redirect leads from a well-known address to the context path. RFC 6764 section 5
// names 303 too, which DAVx5 does not follow. Only GET is led: Apple's clients want
// their PROPFIND and OPTIONS answered where they ask, and it tells nothing that
// needs a password.
func (rq *request) redirect() error {
	h := rq.w.Header()
	h.Set("Location", rq.href(location{kind: kindRoot}))
	h.Set("Content-Length", "0")
	rq.w.WriteHeader(http.StatusMovedPermanently)
	return nil
}

// locate takes the proxy's prefix off a path or href, and reads the rest.
func (s *Server) locate(raw string) (location, error) {
	if s.prefix != "" {
		if rest, ok := strings.CutPrefix(raw, s.prefix); ok && strings.HasPrefix(rest, "/") {
			raw = rest
		}
	}
	return locate(raw)
}

// authenticate learns who asks. Everything below the server's root is for
// accounts only, so that a client without credentials is told so wherever it
// knocks first: macOS and iOS try each new path without.
func (rq *request) authenticate() error {
	user, password, ok := rq.r.BasicAuth()
	if !ok {
		return errUnauthorized
	}
	from := account.Origin{Client: rq.r.UserAgent()}
	if ap, err := netip.ParseAddrPort(rq.r.RemoteAddr); err == nil {
		from.Addr = ap.Addr()
	}
	who, err := rq.auth.Check(rq.ctx, user, password, from, rq.now())
	var away *account.UnavailableError
	if errors.As(err, &away) {
		// What it says of the network behind is for the log of who found out.
		return &Error{Status: http.StatusServiceUnavailable, Err: errors.New("passwords cannot be checked at this moment")}
	}
	if err != nil {
		return err
	}
	rq.who = who
	return nil
}

// find looks the request's own resource up.
func (rq *request) find(snap store.Snapshot, want store.Want) (*resource, error) {
	return rq.lookup(snap, rq.who, rq.at, want)
}

// view runs fn on one snapshot, which properties find as rq.snap.
func (rq *request) view(fn func(store.Snapshot) error) error {
	return rq.store.View(rq.ctx, func(snap store.Snapshot) error {
		outer := rq.snap
		rq.snap = snap
		defer func() { rq.snap = outer }()
		return fn(snap)
	})
}

// apply carries out operations on one home in the requester's name, within what the
// account may hold.
func (rq *request) apply(home store.HomeID, pre []store.Pre, ops ...store.Op) (*store.Result, error) {
	res, err := account.Apply(rq.ctx, rq.store, &store.Batch{Home: home, By: rq.by(), At: rq.now(), Pre: pre, Ops: ops})
	if over := new(store.LimitError); errors.As(err, &over) {
		err = rq.overLimit(over, home)
	}
	return res, err
}

// by says who writes, for the history: the account and the client program.
func (rq *request) by() string {
	const most = 120
	agent := rq.r.UserAgent()
	if len(agent) > most {
		agent = strings.ToValidUTF8(agent[:most], "")
	}
	if agent == "" {
		return rq.who.Name
	}
	return rq.who.Name + " with " + agent
}

// body reads the request's XML body; nil when there is none.
func (rq *request) body() (*wire.Elem, error) {
	if rq.r.ContentLength == 0 {
		return nil, nil
	}
	if rq.r.ContentLength > rq.maxBody {
		return nil, wire.ErrTooLarge
	}
	in, err := rq.reader()
	if err != nil {
		return nil, err
	}
	e, err := wire.Parse(in, wire.Limits{Octets: int(rq.maxBody)})
	if errors.Is(err, wire.ErrEmpty) {
		return nil, nil
	}
	return e, err
}

// newName makes a name for a member whose client left it to the server. It ends
// in the usual extension: tsdav looks at nothing else.
func newName(f *flavour) string { return strings.ToLower(rand.Text()) + f.extension }
