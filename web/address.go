package web

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// An Address is how clients reach the server.
type Address struct {
	Secure bool   // https
	Host   string // with the port where it is not the scheme's own; IPv6 in brackets
	Prefix string // path of the proxy before almanac's own, "/cal", escaped; mostly ""
}

// ParseAddress reads an http or https URL without query; other parts of it are
// not looked at.
func ParseAddress(u *url.URL) Address {
	return Address{Secure: u.Scheme == "https", Host: u.Host, Prefix: strings.TrimSuffix(u.EscapedPath(), "/")}
}

// String is the URL that people type into clients.
func (a Address) String() string { return a.Origin() + a.Prefix + "/" }

// Origin is scheme and host.
func (a Address) Origin() string {
	if a.Secure {
		return "https://" + a.Host
	}
	return "http://" + a.Host
}

// HostPort takes the host apart; the port is always there.
func (a Address) HostPort() (host string, port int) {
	port = 80
	if a.Secure {
		port = 443
	}
	if h, p, err := net.SplitHostPort(a.Host); err == nil {
		if n, err := strconv.Atoi(p); err == nil {
			return h, n
		}
	}
	return strings.Trim(a.Host, "[]"), port
}

// DAVx5 is the link that opens DAVx5 with address and user name filled in, and
// with the password unless it is "". DAVx5 reads davx5: as https, and takes user
// and password apart at the first colon after decoding, so that a password with
// a colon would be cut; those of this server have none. Over plain HTTP only
// caldav: leads to it, and it then asks for the kind of login first.
func (a Address) DAVx5(user, password string) string {
	if !a.Secure {
		return a.link("caldav", user, password)
	}
	return a.link("davx5", user, password)
}

// CalDAV is the link that every Android client of the DAVx5 family opens, kSync
// among them.
func (a Address) CalDAV(user string) string {
	if !a.Secure {
		return a.link("caldav", user, "")
	}
	return a.link("caldavs", user, "")
}

func (a Address) link(scheme, user, password string) string {
	who := url.User(user)
	if password != "" {
		who = url.UserPassword(user, password)
	}
	return scheme + "://" + who.String() + "@" + a.Host + a.Prefix + "/"
}

// reverse turns a host name around, as identifiers do: "org.example.cal". An IP
// address has no such form and is "local".
func (a Address) reverse() string {
	host, _ := a.HostPort()
	if _, err := netip.ParseAddr(host); err == nil {
		return "local"
	}
	labels := strings.Split(strings.ToLower(host), ".")
	for i, j := 0, len(labels)-1; i < j; i, j = i+1, j-1 {
		labels[i], labels[j] = labels[j], labels[i]
	}
	return strings.Join(labels, ".")
}
