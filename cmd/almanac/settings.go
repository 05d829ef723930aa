package main

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"almanac/dav"
)

// Settings is what the server can be told.
type Settings struct {
	Data           string
	Listen         string
	PublicURL      *url.URL // nil: as the listen address says
	TLSCert        string
	TLSKey         string
	ACMEDomain     []string
	ACMEListen     string
	TrustedProxies []netip.Prefix
	HistoryKeep    time.Duration
	AuditKeep      time.Duration
	MaxObjectSize  int64 // octets
	MaxBody        int64 // octets
	BodyRate       int64 // octets a second
	LogLevel       string
	LogFormat      string
}

// A setting is one row: a flag of serve (--name), an environment variable
// (ALMANAC_NAME) and a key of the configuration file (name) in one.
type setting struct {
	name     string
	standard string // the default, as one would write it
	unit     string // what the value is, for the help
	help     string
	set      func(s *Settings, value string) error
}

// settings is every setting, in the order in which they are listed.
var settings = []setting{
	{"data", "./" + defaultData, "folder", "data folder",
		func(s *Settings, v string) error { s.Data = v; return notEmpty(v) }},
	{"listen", "127.0.0.1:8008", "host:port", "address to serve on; 0.0.0.0:8008 for every network of this machine; :443 by default with acme-domain",
		func(s *Settings, v string) error { s.Listen = v; return checkHostPort(v) }},
	{"public-url", "", "URL", "how clients reach the server when a reverse proxy stands before it",
		func(s *Settings, v string) (err error) { s.PublicURL, err = parsePublicURL(v); return err }},
	{"tls-cert", "", "file", "certificate chain in PEM; serves HTTPS together with tls-key",
		func(s *Settings, v string) error { s.TLSCert = v; return nil }},
	{"tls-key", "", "file", "private key of the certificate in PEM",
		func(s *Settings, v string) error { s.TLSKey = v; return nil }},
	{"acme-domain", "", "names", "get certificates for these host names (commas between) from Let's Encrypt; the server must be reachable from the internet as port 443",
		func(s *Settings, v string) error { s.ACMEDomain = splitList(v); return nil }},
	{"acme-listen", ":80", "host:port", "plain HTTP for the certificate authority's visits, with acme-domain; empty for none",
		func(s *Settings, v string) error { s.ACMEListen = v; return optional(v, checkHostPort) }},
	{"trusted-proxies", "127.0.0.0/8,::1/128", "networks", "reverse proxies whose X-Forwarded-For is believed",
		func(s *Settings, v string) (err error) { s.TrustedProxies, err = parsePrefixes(v); return err }},
	{"history-keep", "30d", "duration", "how long replaced and deleted objects can be brought back",
		func(s *Settings, v string) (err error) { s.HistoryKeep, err = parseDuration(v); return err }},
	{"audit-keep", "365d", "duration", "how long the audit log keeps an entry",
		func(s *Settings, v string) (err error) { s.AuditKeep, err = parseDuration(v); return err }},
	{"max-object-size", formatSize(dav.DefaultMaxObject), "size", "largest calendar object or card",
		func(s *Settings, v string) (err error) { s.MaxObjectSize, err = parseSize(v); return err }},
	{"max-body", formatSize(dav.DefaultMaxBody), "size", "largest XML body of a request",
		func(s *Settings, v string) (err error) { s.MaxBody, err = parseSize(v); return err }},
	{"body-rate", "4KiB", "size a second", "slowest sending of a request's body that is waited for, beyond one minute",
		func(s *Settings, v string) (err error) { s.BodyRate, err = parseSize(v); return err }},
	{"log-level", "info", "debug|info|warn|error", "least level of what is logged; debug has a line for each request",
		func(s *Settings, v string) error { s.LogLevel = v; return oneOf(v, "debug", "info", "warn", "error") }},
	{"log-format", "text", "text|json", "form of the log lines",
		func(s *Settings, v string) error { s.LogFormat = v; return oneOf(v, "text", "json") }},
}

// acmeDefaultListen is the default of listen together with acme-domain.
const acmeDefaultListen = ":443"

// envName is the environment variable of a setting.
func (s setting) envName() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
}

const envPrefix = "ALMANAC_"

// check finds what no single value shows.
func (s *Settings) check() error {
	switch {
	case (s.TLSCert == "") != (s.TLSKey == ""):
		return fmt.Errorf("tls-cert and tls-key belong together: set both or none")
	case s.TLSCert != "" && len(s.ACMEDomain) > 0:
		return fmt.Errorf("acme-domain gets certificates by itself: set it or tls-cert, not both")
	}
	return nil
}

// tls tells whether the server speaks HTTPS itself.
func (s *Settings) tls() bool { return s.TLSCert != "" || len(s.ACMEDomain) > 0 }
