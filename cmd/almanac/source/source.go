package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/emersion/go-webdav"

	"almanac/dav/wire"
)

// MaxObject bounds one object, and maxListing one listing, in octets.
const (
	MaxObject  = 32 << 20
	maxListing = 256 << 20
)

// Parallel is how many requests at a time are fair to another server.
const Parallel = 6

// timeout bounds one request. Listing a large collection takes some servers minutes.
const timeout = 10 * time.Minute

// ErrLogin says that the other server does not take the name and the password.
var ErrLogin = errors.New("the server does not take that name and password")

// An Account is somebody's account on another server. Its methods may be called
// by several goroutines.
type Account struct {
	base *url.URL
	http webdav.HTTPClient
	idle func() // closes the connections
}

// A Collection is a calendar or address book there.
type Collection struct {
	Calendar   bool
	Path       string // still encoded, as the server wrote it
	Name       string // last segment of the path, decoded; "" where it cannot be told
	Components []string
	// Props are the properties worth taking along, as self-contained fragments.
	Props []Prop

	at *url.URL
}

// A Prop is a property as the other server gave it.
type Prop struct {
	Name wire.Name
	XML  string
}

// A Member is an object there, unread.
type Member struct {
	Path string // still encoded, as the server wrote it
	Name string // last segment, decoded; "" where it cannot be told
	ETag string // as the server wrote it; "" if it gave none

	at *url.URL // nil when Path is no address
}

// Redact takes a password out of a URL, as somebody typed it, which may be none.
func Redact(typed string) string {
	scheme, rest, ok := strings.Cut(typed, "://")
	if ok {
		scheme += "://"
	} else {
		scheme, rest = "", typed
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	at := strings.LastIndexByte(rest[:end], '@')
	if at < 0 {
		// One that should have been escaped: a host has nothing but a port behind it.
		_, port, colon := strings.Cut(rest[:end], ":")
		if !colon || port != "" && strings.Trim(port, "0123456789") == "" {
			return typed
		}
		at = strings.LastIndexByte(rest, '@')
	}
	if at < 0 {
		return typed
	}
	user, _, ok := strings.Cut(rest[:at], ":")
	if !ok {
		return typed
	}
	return scheme + user + ":xxxxx" + rest[at:]
}

// Open prepares to read the account that a login has behind a URL: of its
// principal, a collection, or just the server. Nothing is asked yet.
func Open(typed, login, password string) (*Account, error) {
	if !strings.Contains(typed, "://") {
		typed = "https://" + typed
	}
	base, err := url.Parse(typed)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("%q is not a URL like https://dav.example.com/", Redact(typed))
	}
	if base.Path == "" {
		base.Path = "/"
	}
	base.User, base.RawQuery, base.Fragment = nil, "", ""
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = Parallel
	client := &http.Client{
		Transport: transport,
		Timeout:   timeout,
		// WebDAV methods are redirected by hand: net/http would turn them into GET.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &Account{base, &follower{webdav.HTTPClientWithBasicAuth(client, login, password)}, client.CloseIdleConnections}, nil
}

// Close ends the connections.
func (a *Account) Close() { a.idle() }

// A follower repeats a request where a redirect sends it: with its method and
// body, on the same host only, which is where the password belongs.
type follower struct{ next webdav.HTTPClient }

func (f *follower) Do(req *http.Request) (*http.Response, error) {
	for range 5 {
		resp, err := f.next.Do(req)
		if err != nil {
			return nil, err
		}
		switch resp.StatusCode {
		case http.StatusUnauthorized:
			drop(resp)
			return nil, fmt.Errorf("%s %s: %w", req.Method, req.URL, ErrLogin)
		case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		default:
			return resp, nil
		}
		to, err := resp.Location()
		drop(resp)
		if err != nil {
			return nil, fmt.Errorf("%s redirects to nowhere: %w", req.URL, err)
		}
		if to.Host != req.URL.Host || req.URL.Scheme == "https" && to.Scheme != "https" {
			return nil, fmt.Errorf("%s redirects to %s: start from there if that is the right server", req.URL, to)
		}
		again := req.Clone(req.Context())
		again.URL = to
		if req.GetBody != nil {
			if again.Body, err = req.GetBody(); err != nil {
				return nil, err
			}
		}
		req = again
	}
	return nil, fmt.Errorf("%s: too many redirects", req.URL)
}

// drop ends a response so that its connection can be used again.
func drop(resp *http.Response) {
	io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	resp.Body.Close()
}

// services are what an account can have, and where each begins (RFC 6764 section 5).
var services = []struct {
	noun, wellKnown string
	calendar        bool
	homeSet         wire.Name
}{
	{"calendars", "/.well-known/caldav", true, wire.C("calendar-home-set")},
	{"address books", "/.well-known/carddav", false, wire.Card("addressbook-home-set")},
}

// Collections finds every calendar and address book of the account. A service
// that the server has not is no error, as long as there is one.
func (a *Account) Collections(ctx context.Context) ([]Collection, error) {
	var all []Collection
	var errs []error
	for _, s := range services {
		homes, err := a.homes(ctx, s.wellKnown, s.homeSet)
		if errors.Is(err, ErrLogin) {
			return nil, err
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("find %s: %w", s.noun, err))
			continue
		}
		for _, home := range homes {
			found, err := a.listHome(ctx, home)
			if err != nil {
				return nil, fmt.Errorf("list %s: %w", s.noun, err)
			}
			for _, c := range found {
				if c.Calendar == s.calendar {
					all = append(all, c)
				}
			}
		}
	}
	if len(errs) == len(services) {
		return nil, errors.Join(errs...)
	}
	return all, nil
}

// homes finds where the collections of one service are: from the URL itself, then
// from the well-known one (RFC 6764 section 6), then from the root.
func (a *Account) homes(ctx context.Context, wellKnown string, homeSet wire.Name) ([]*url.URL, error) {
	var first error
	for _, path := range []string{a.base.Path, wellKnown, "/"} {
		homes, err := a.homesFrom(ctx, a.base.ResolveReference(&url.URL{Path: path}), homeSet)
		if err == nil || errors.Is(err, ErrLogin) || ctx.Err() != nil {
			return homes, err
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

func (a *Account) homesFrom(ctx context.Context, endpoint *url.URL, homeSet wire.Name) ([]*url.URL, error) {
	c, err := webdav.NewClient(a.http, endpoint.String())
	if err != nil {
		return nil, err
	}
	path, err := c.FindCurrentUserPrincipal(ctx)
	if err != nil {
		return nil, err
	}
	principal := endpoint.ResolveReference(&url.URL{Path: path})
	// Not go-webdav's Find…HomeSet, which drops the host: Apple's servers have the
	// homes on another one than the principal.
	found, err := a.propfind(ctx, principal, "0", homeSet)
	if err != nil {
		return nil, err
	}
	var homes []*url.URL
	for _, r := range found {
		for e := range r.props[homeSet].ChildrenNamed(wire.D("href")) {
			home, err := resolve(principal, e.TrimmedText())
			if err != nil {
				return nil, fmt.Errorf("%s of %s: %w", homeSet.Local, principal, err)
			}
			homes = append(homes, home)
		}
	}
	if len(homes) == 0 {
		return nil, fmt.Errorf("%s has no %s", principal, homeSet.Local)
	}
	return homes, nil
}

// resolve finds what an href in an answer from a URL means. Another host is
// believed over TLS only; a scheme that a proxy in front of the server has
// changed is set right.
func resolve(from *url.URL, href string) (*url.URL, error) {
	ref, err := url.Parse(href)
	if err != nil {
		return nil, fmt.Errorf("%q is no address", href)
	}
	to := from.ResolveReference(ref)
	to.User, to.RawQuery, to.Fragment = nil, "", ""
	switch {
	case to.Hostname() == from.Hostname():
		to.Scheme, to.Host = from.Scheme, from.Host
	case to.Scheme != "https":
		return nil, fmt.Errorf("it is at %s, where the password would go unencrypted: start from there if that is right", to)
	}
	return to, nil
}

// Read returns an object's octets.
func (a *Account) Read(ctx context.Context, m Member) ([]byte, error) {
	if m.at == nil {
		return nil, fmt.Errorf("the server lists it as %q, which is no address", m.Path)
	}
	// Not go-webdav's Open, which encodes the path anew.
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.at.String(), nil)
	if err != nil {
		return nil, err
	}
	resp, err := a.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		drop(resp)
		return nil, fmt.Errorf("the server answers %s", resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxObject+1))
	if err != nil {
		return nil, err
	}
	if len(body) > MaxObject {
		return nil, fmt.Errorf("larger than %d MiB", MaxObject>>20)
	}
	return body, nil
}
