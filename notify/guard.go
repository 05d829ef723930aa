package notify

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// A Courier makes the requests that people ask for by naming an address: a push
// service's, a chat server's. Whoever has an account may name any, so that a courier
// goes to public ones alone, by https, and follows nobody elsewhere. What it judges is
// the address of the connection that is made: a name can have another one by the time
// that it is asked again.
type Courier struct {
	client  *http.Client
	private bool
	now     func() time.Time
}

// NewCourier makes a courier. With private it goes to any address, by http too: that is
// for who runs a chat server in their own network. Roots are who signs certificates,
// nil for those whom the system trusts.
//
// It uses no proxy of the environment: that would connect to anything for it.
func NewCourier(private bool, roots *x509.CertPool, now func() time.Time) *Courier {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	if !private {
		dialer.Control = func(_, address string, _ syscall.RawConn) error { return checkPublic(address) }
	}
	return &Courier{private: private, now: now, client: &http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    10 * time.Second,
			ResponseHeaderTimeout:  20 * time.Second,
			IdleConnTimeout:        time.Minute,
			MaxIdleConns:           100,
			MaxIdleConnsPerHost:    8,
			MaxResponseHeaderBytes: 64 << 10,
			ForceAttemptHTTP2:      true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

var errNotPublic = errors.New("its address is not one of the public internet")

// checkPublic judges the address of a connection, with its port.
func checkPublic(address string) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || !isPublic(ap.Addr()) {
		return errNotPublic
	}
	return nil
}

// notPublic are the addresses of special purpose that nobody can have on the internet
// (RFC 6890 section 2.2), and those of IPv6 that stand for one of IPv4.
var notPublic = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)

var (
	unicast6 = netip.MustParsePrefix("2000::/3")     // all of IPv6 that has been given out so far
	nat64    = netip.MustParsePrefix("64:ff9b::/96") // how networks without IPv4 reach it (RFC 6052 section 2.1)
)

func prefixes(texts ...string) (all []netip.Prefix) {
	for _, s := range texts {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}

func isPublic(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if nat64.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	if a.Is6() && !unicast6.Contains(a) {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(a) {
			return false
		}
	}
	return a.IsValid()
}

// check judges an address as far as it can be without asking for it.
func (c *Courier) check(u *url.URL) error {
	switch a, err := netip.ParseAddr(u.Hostname()); {
	case u.Hostname() == "":
		return errors.New("it names no host")
	case u.Scheme != "https" && (u.Scheme != "http" || !c.private):
		return errors.New("it has to begin with https://")
	case err == nil && !c.private && !isPublic(a):
		return errNotPublic
	}
	return nil
}
