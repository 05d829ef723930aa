package main

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"almanac/notify"
	"almanac/publish"
)

// A front stands before the handler of the protocols. It says whether the server
// is well, bounds the time that a request takes on the network, sees through
// trusted proxies, and keeps the panic of one request from the others.
type front struct {
	next     http.Handler
	log      *slog.Logger
	trusted  []netip.Prefix
	maxBody  int64
	bodyRate int64

	ready    atomic.Bool
	requests atomic.Uint64
}

// bodyGrace is how long a body may take beyond what its length and the slowest
// rate make: a phone on a train is silent for a while.
const bodyGrace = time.Minute

func newFront(next http.Handler, s *Settings, log *slog.Logger) *front {
	return &front{next: next, log: log, trusted: s.TrustedProxies, maxBody: max(s.MaxBody, s.MaxObjectSize), bodyRate: s.BodyRate}
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/healthz" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		f.health(w)
		return
	}
	id := f.requests.Add(1)
	began := time.Now()
	// A copy: net/http looks at the body that it made itself to know whether the
	// client still waits for 100 Continue, and would else wait for the body of a
	// request that is refused.
	r = r.WithContext(r.Context())
	r.RemoteAddr = f.remote(r)
	out := &answer{ResponseWriter: w, control: http.NewResponseController(w), extend: began.Add(writeTimeout / 4)}
	if r.ContentLength != 0 {
		length := r.ContentLength
		if length < 0 || length > f.maxBody {
			length = f.maxBody
		}
		// A transport without deadlines has its own.
		_ = out.control.SetReadDeadline(began.Add(bodyGrace + time.Duration(length/f.bodyRate)*time.Second))
		r.Body = &timedBody{r.Body, out.control}
	}
	defer func() {
		switch p := recover(); {
		case p == nil && !f.log.Enabled(r.Context(), slog.LevelDebug):
		case p == nil:
			f.log.Debug("request", "id", id, "method", r.Method, "path", loggedPath(r), "status", out.status,
				"octets", out.octets, "remote", r.RemoteAddr, "agent", r.UserAgent(), "took", time.Since(began))
		case p == any(http.ErrAbortHandler):
			panic(p)
		default:
			f.log.Error("a request failed by a fault in almanac", "id", id, "method", r.Method, "path", loggedPath(r),
				"panic", p, "stack", string(debug.Stack()))
			if out.status != 0 {
				panic(http.ErrAbortHandler) // what was sent must not look complete
			}
			// No body: DAV clients take only XML (RFC 4918 section 16).
			w.Header().Set("X-Request-Id", strconv.FormatUint(id, 10))
			w.WriteHeader(http.StatusInternalServerError)
		}
	}()
	f.next.ServeHTTP(out, r)
}

// loggedPath is the path of a request for the log, which must not lead whoever reads
// it to what is published under a secret address, nor to the pages of reminders.
func loggedPath(r *http.Request) string {
	for _, path := range []string{publish.Path, notify.StopPath} {
		if before, _, secret := strings.Cut(r.URL.Path, path); secret {
			return before + path + "…"
		}
	}
	return r.URL.Path
}

func (f *front) health(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	if !f.ready.Load() {
		http.Error(w, "stopping", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

// remote returns the address of the client. What a trusted proxy says in
// X-Forwarded-For is believed, from its end back to the first address that is
// not such a proxy's: the rest may be invented by the client.
func (f *front) remote(r *http.Request) string {
	hops := r.Header["X-Forwarded-For"]
	if len(hops) == 0 || len(f.trusted) == 0 {
		return r.RemoteAddr
	}
	addr, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !f.trusts(addr.Addr()) {
		return r.RemoteAddr
	}
	client := addr.Addr()
	for i := len(hops) - 1; i >= 0; i-- {
		rest := hops[i]
		for rest != "" {
			var hop string
			if at := strings.LastIndexByte(rest, ','); at >= 0 {
				rest, hop = rest[:at], rest[at+1:]
			} else {
				rest, hop = "", rest
			}
			a, err := netip.ParseAddr(strings.TrimSpace(hop))
			if err != nil {
				return net.JoinHostPort(client.String(), "0")
			}
			client = a.Unmap()
			if !f.trusts(client) {
				return net.JoinHostPort(client.String(), "0")
			}
		}
	}
	return net.JoinHostPort(client.String(), "0")
}

func (f *front) trusts(a netip.Addr) bool {
	a = a.Unmap()
	for _, p := range f.trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// A timedBody is a request's body that has a deadline until it is read. Beyond
// that the deadline would end the request: the server reads on in the background
// to notice a client that goes away.
type timedBody struct {
	io.ReadCloser
	control *http.ResponseController
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// writeTimeout is how long a client may take for the next piece of an answer.
// The whole of a first sync may take far longer.
const writeTimeout = 2 * time.Minute

// An answer knows what was sent, and gives the client a while for each piece.
type answer struct {
	http.ResponseWriter
	control *http.ResponseController
	status  int
	octets  int64
	extend  time.Time // when the deadline that the server set is to be moved on
}

func (a *answer) WriteHeader(status int) {
	if status >= 200 {
		a.status = status
	}
	a.moveDeadline()
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	a.moveDeadline()
	n, err := a.ResponseWriter.Write(p)
	a.octets += int64(n)
	return n, err
}

func (a *answer) moveDeadline() {
	if now := time.Now(); now.After(a.extend) {
		_ = a.control.SetWriteDeadline(now.Add(writeTimeout))
		a.extend = now.Add(writeTimeout / 4)
	}
}

// Unwrap lets http.ResponseController find what the transport can do.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
