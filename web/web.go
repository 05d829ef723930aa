package web

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"almanac/account"
	"almanac/notify"
	"almanac/seal"
	"almanac/store"
)

// Config is what a Server stands on.
type Config struct {
	Store  store.Store
	Auth   *account.Authenticator
	Log    *slog.Logger     // nil: slog.Default
	Now    func() time.Time // nil: time.Now
	Random io.Reader        // secure; required

	// PublicURL is how clients reach the server; nil: as each request says. Its
	// path is understood before ours, and also left out by a proxy.
	PublicURL *url.URL

	// Certificate returns what profiles are signed with; nil, and an error, mean
	// that they are not signed.
	Certificate func() (*tls.Certificate, error)

	// Provider is where people may sign in beside their passwords; nil for nowhere.
	Provider *IdentityProvider

	// Principal returns the path of a user's principal, escaped.
	Principal func(user string) string

	// Reminders stops reminders and tells what is to come; nil: there are no pages of
	// reminders, and nothing else below is looked at.
	Reminders Reminders
	// Links opens what stands in the links of messages.
	Links *seal.Sealer
	// Senders send messages on channels of a kind; those of other kinds cannot be added.
	// A sender may have a method Check(*account.Channel) error, which judges a new one.
	Senders map[account.ChannelKind]notify.Sender
	// PushKey is by what browsers know the server when they are subscribed
	// (notify.Pusher.PublicKey); "" when it sends to none.
	PushKey string
	// Written, which may be nil, is called after a message was written into the outbox.
	Written func()
}

// A Server serves the pages.
type Server struct {
	store       store.Store
	auth        *account.Authenticator
	log         *slog.Logger
	now         func() time.Time
	random      io.Reader
	public      *Address
	prefix      string
	certificate func() (*tls.Certificate, error)
	principal   func(string) string
	provider    *IdentityProvider
	reminders   Reminders
	opener      *seal.Sealer // of the links of messages
	senders     map[account.ChannelKind]notify.Sender
	pushKey     string
	written     func()

	sealer *seal.Sealer
	links  *waiting[device] // profiles that a phone may fetch
	grants *waiting[device] // login flows that were granted
	flows  *limiter[netip.Prefix]
	polls  *limiter[netip.Prefix]

	tests, verifies *limiter[store.HomeID]
	verifiesTo      *limiter[string]

	origins *http.CrossOriginProtection
	mux     *http.ServeMux
}

// root is where the pages are.
const root = "/account/"

// New returns a Server.
func New(c Config) (*Server, error) {
	s := &Server{store: c.Store, auth: c.Auth, log: c.Log, now: c.Now, random: c.Random,
		certificate: c.Certificate, principal: c.Principal, provider: c.Provider,
		reminders: c.Reminders, opener: c.Links, senders: c.Senders, pushKey: c.PushKey, written: c.Written,
		links: newWaiting[device](linkLife, linksMost), grants: newWaiting[device](flowLife, linksMost),
		flows: newLimiter[netip.Prefix](30, time.Minute), polls: newLimiter[netip.Prefix](240, time.Minute),
		tests: newLimiter[store.HomeID](testsMost, testsSpan), verifies: newLimiter[store.HomeID](verifiesMost, verifiesSpan),
		verifiesTo: newLimiter[string](verifiesTo, verifiesSpan),
		origins:    http.NewCrossOriginProtection(), mux: http.NewServeMux(),
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	if c.PublicURL != nil {
		a := ParseAddress(c.PublicURL)
		s.public, s.prefix = &a, a.Prefix
		// A proxy may call us by another host than the browser does.
		if err := s.origins.AddTrustedOrigin(a.Origin()); err != nil {
			return nil, fmt.Errorf("public URL: %w", err)
		}
	}
	var err error
	if s.sealer, err = seal.NewRandom(c.Random); err != nil {
		return nil, err
	}
	for _, r := range routes() {
		s.mux.HandleFunc(r.pattern, func(w http.ResponseWriter, hr *http.Request) { s.serve(w, hr, &r) })
	}
	return s, nil
}

// Before returns a handler that answers what is for people, and leaves the rest to
// next: DAV clients notice nothing of the pages. A browser at the bare address,
// which knows no password yet, is led to them.
func (s *Server) Before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := s.strip(r.URL.Path)
		switch {
		case path == "/" && isBrowser(r), path+"/" == root:
			header(w.Header())
			http.Redirect(w, r, s.prefix+root, http.StatusSeeOther)
		case strings.HasPrefix(path, root), strings.HasPrefix(path, flowRoot),
			s.reminders != nil && (strings.HasPrefix(path, notify.StopPath) || path == workerPath || path == manifestPath):
			inner := r.Clone(r.Context())
			inner.URL.Path, inner.URL.RawPath = path, ""
			s.mux.ServeHTTP(w, inner)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (s *Server) strip(path string) string {
	if rest, ok := strings.CutPrefix(path, s.prefix); ok && s.prefix != "" && strings.HasPrefix(rest, "/") {
		return rest
	}
	return path
}

// isBrowser tells whether a person has typed the bare address: a browser asks for
// HTML, and for nothing else there. No DAV client does.
func isBrowser(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && r.Header.Get("Authorization") == "" &&
		strings.Contains(r.Header.Get("Accept"), "text/html")
}

// A route is one page or action.
type route struct {
	pattern string // as of http.ServeMux
	access  access
	run     func(*request) error
}

// access says who may use a route.
type access int

const (
	open     access = iota // anybody
	signedIn               // others sign in first
	machine                // programs: no session is looked for, and no origin
	byLink                 // whoever has the link, whether they are signed in or not
)

// A request is one request on its way through a handler.
type request struct {
	*Server
	ctx     context.Context
	w       http.ResponseWriter
	r       *http.Request
	lang    lang
	address Address
	session *session // nil: nobody is signed in
	byLink  bool
	program bool // a program asks, and reads JSON
}

// maxForm is the longest form that is read, in octets.
const maxForm = 16 << 10

func (s *Server) serve(w http.ResponseWriter, r *http.Request, to *route) {
	rq := &request{Server: s, ctx: r.Context(), w: w, r: r, lang: langOf(r), address: s.addressOf(r)}
	header(w.Header())
	if err := rq.serve(to); err != nil {
		rq.fail(err)
	}
}

func (rq *request) serve(to *route) error {
	switch to.access {
	case machine:
		return to.run(rq)
	case byLink:
		return rq.followed(to)
	}
	if err := rq.origins.Check(rq.r); err != nil {
		return &pageError{status: http.StatusForbidden, title: "error.title", text: "error.origin"}
	}
	if err := rq.form(); err != nil {
		return err
	}
	if rq.r.Method != http.MethodPost && rq.switchLang() {
		return nil
	}
	if err := rq.resume(); err != nil {
		return err
	}
	if to.access == signedIn && rq.session == nil {
		rq.redirect("signin?" + url.Values{"next": {rq.here()}}.Encode())
		return nil
	}
	return to.run(rq)
}

// form reads what was filled in.
func (rq *request) form() error {
	if rq.r.Method != http.MethodPost {
		return nil
	}
	rq.r.Body = http.MaxBytesReader(rq.w, rq.r.Body, maxForm)
	if err := rq.r.ParseForm(); err != nil {
		return errForm
	}
	return nil
}

// header sets what every answer has. Pages hold passwords and tokens: they are
// kept nowhere and told to no other server. (Told to ours they must be: without a
// Referer, browsers leave out the Origin as well, by which we know our own forms.)
func header(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}

// addressOf is how clients reach the server: as it was told, or as this request
// has it. A reverse proxy tells scheme and host in headers; what is made of them is
// only shown to who sent them.
func (s *Server) addressOf(r *http.Request) Address {
	if s.public != nil {
		return *s.public
	}
	a := Address{Secure: r.TLS != nil, Host: r.Host}
	if strings.EqualFold(firstOf(r.Header.Get("X-Forwarded-Proto")), "https") {
		a.Secure = true
	}
	if host := firstOf(r.Header.Get("X-Forwarded-Host")); isHost(host) {
		a.Host = host
	}
	if !isHost(a.Host) {
		a.Host = "localhost"
	}
	return a
}

func firstOf(list string) string {
	first, _, _ := strings.Cut(list, ",")
	return strings.TrimSpace(first)
}

// isHost tells whether a text can stand where a URL has host and port.
func isHost(s string) bool {
	u, err := url.Parse("http://" + s + "/")
	return err == nil && s != "" && u.Host == s && u.Path == "/" && !strings.ContainsAny(s, `"'<>%*\ `)
}

// remote is the address that the request came from.
func (rq *request) remote() netip.Addr {
	ap, err := netip.ParseAddrPort(rq.r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

// here is the page that was asked for, as next has it: below root.
func (rq *request) here() string {
	to := strings.TrimPrefix(rq.r.URL.Path, root)
	if rq.r.URL.RawQuery != "" {
		to += "?" + rq.r.URL.RawQuery
	}
	return to
}

// redirect leads to another page, named below root.
func (rq *request) redirect(to string) {
	rq.w.Header().Set("Location", rq.prefix+root+to)
	rq.w.WriteHeader(http.StatusSeeOther)
}

// A pageError is a refusal that people read: title and text are messages.
type pageError struct {
	status      int
	title, text string
}

func (e *pageError) Error() string { return fmt.Sprintf("%d %s", e.status, e.text) }

var (
	errNoPage = &pageError{http.StatusNotFound, "error.title", "error.nopage"}
	errForm   = &pageError{http.StatusBadRequest, "error.title", "error.form"}
)

// fail shows an error. What it does not know is a fault of ours: it is logged and
// said blandly.
func (rq *request) fail(err error) {
	var page *pageError
	var slow *account.ThrottledError
	switch {
	case errors.As(err, &page):
	case errors.As(err, &slow):
		rq.w.Header().Set("Retry-After", fmt.Sprint(int(slow.RetryAfter/time.Second)))
		page = &pageError{http.StatusTooManyRequests, "error.title", "error.slow"}
	case errors.As(err, new(*account.UnavailableError)):
		rq.w.Header().Set("Retry-After", "60")
		page = &pageError{http.StatusServiceUnavailable, "error.title", "error.unavailable"}
	case rq.ctx.Err() != nil:
		return // nobody waits for the answer
	default:
		rq.log.Error("a page failed", "path", rq.loggedPath(), "error", err)
		page = &pageError{http.StatusInternalServerError, "error.title", "error.fault"}
	}
	show := func() error {
		return rq.show(page.status, "message", map[string]any{"Title": page.title, "Text": page.text})
	}
	if rq.program {
		show = func() error { return rq.json(page.status, map[string]string{"problem": rq.lang.text(page.text)}) }
	}
	if err := show(); err != nil {
		rq.log.Error("a page failed", "path", rq.loggedPath(), "error", err)
	}
}

// show sends a page.
func (rq *request) show(status int, name string, data map[string]any) error {
	if data == nil {
		data = map[string]any{}
	}
	if title, ok := titles[name]; ok {
		data["Title"] = title
	}
	data["Lang"] = rq.lang
	data["Langs"] = langs
	data["Tab"], _, _ = strings.Cut(strings.TrimPrefix(rq.r.URL.Path, root), "/")
	data["Query"] = rq.r.URL.RawQuery
	data["Root"] = rq.prefix + root
	data["Style"] = rq.prefix + root + stylePath
	data["Reminds"] = rq.reminders != nil
	data["Icons"], data["Light"], data["Dark"] = iconPaths, lightGround, darkGround
	if rq.reminders != nil && !rq.byLink {
		data["Manifest"] = rq.prefix + manifestPath + "?lang=" + string(rq.lang)
	}
	if !rq.byLink { // such pages need none
		data["Script"] = rq.prefix + root + scriptPath
	}
	data["Address"] = rq.address.String()
	data["Host"] = rq.address.Host
	data["Secure"] = rq.address.Secure
	if rq.session != nil {
		data["User"] = rq.session.home.Name
	}
	var out bytes.Buffer
	if err := pages[rq.lang].ExecuteTemplate(&out, name, data); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	h := rq.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(rq.lang))
	h.Set("Content-Length", strconv.Itoa(out.Len()))
	h.Set("Vary", "Accept-Language, Cookie")
	rq.w.WriteHeader(status)
	if rq.r.Method != http.MethodHead {
		_, _ = rq.w.Write(out.Bytes())
	}
	return nil
}

// short cuts a text from outside to what is kept of it.
func short(s string, most int) string {
	if len(s) > most {
		s = s[:most]
	}
	return strings.ToValidUTF8(s, "")
}
