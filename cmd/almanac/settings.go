package main

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/crypto/acme/autocert"

	"almanac/account"
	"almanac/account/ldap"
	"almanac/account/oidc"
	"almanac/dav"
	"almanac/notify"
)

// Settings is what the server can be told.
type Settings struct {
	Data             string
	Listen           string
	PublicURL        *url.URL // nil: as the listen address says
	TLSCert          string
	TLSKey           string
	ACMEDomain       []string
	ACMEListen       string
	ACMEDirectory    string // URL
	ACMECA           string
	TrustedProxies   []netip.Prefix
	HistoryKeep      time.Duration
	AuditKeep        time.Duration
	DefaultPlan      string // "": none
	MaxObjectSize    int64  // octets
	MaxBody          int64  // octets
	BodyRate         int64  // octets a second
	SeriesCache      int64  // octets
	TextIndex        int64  // octets
	LDAP             ldap.Config
	LDAPPasswordFile string
	LDAPCA           string
	OIDC             oidc.Config
	OIDCSecretFile   string
	OIDCAccounts     string
	Country          string   // of ISO 3166
	SMTPURL          *url.URL // nil: no mail is sent
	SMTPPassword     string
	SMTPPasswordFile string
	SMTPCA           string
	MailFrom         string
	MailRate         float64 // a second
	PushRate         float64
	ChatRate         float64
	PrivateTargets   bool
	RemindLate       time.Duration
	InsistFloor      time.Duration
	LogLevel         string
	LogFormat        string
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
	{"acme-directory", autocert.DefaultACMEDirectory, "URL", "certificate authority that acme-domain asks, by its directory",
		func(s *Settings, v string) error { s.ACMEDirectory = v; return checkHTTPS(v) }},
	{"acme-ca", "", "file", "certificates in PEM by which the certificate authority's own HTTPS is trusted; empty for those of the system",
		func(s *Settings, v string) error { s.ACMECA = v; return nil }},
	{"trusted-proxies", "127.0.0.0/8,::1/128", "networks", "reverse proxies whose X-Forwarded-For is believed",
		func(s *Settings, v string) (err error) { s.TrustedProxies, err = parsePrefixes(v); return err }},
	{"history-keep", "30d", "duration", "how long replaced and deleted objects can be brought back",
		func(s *Settings, v string) (err error) { s.HistoryKeep, err = parseDuration(v); return err }},
	{"audit-keep", "365d", "duration", "how long the audit log keeps an entry",
		func(s *Settings, v string) (err error) { s.AuditKeep, err = parseDuration(v); return err }},
	{"default-plan", "", "plan", "what accounts may hold that have no plan, neither by name nor through an organisation; empty for no limits",
		func(s *Settings, v string) error { s.DefaultPlan = account.CanonicalUserName(v); return nil }},
	{"max-object-size", formatSize(dav.DefaultMaxObject), "size", "largest calendar object or card",
		func(s *Settings, v string) (err error) { s.MaxObjectSize, err = parseSize(v); return err }},
	{"max-body", formatSize(dav.DefaultMaxBody), "size", "largest XML body of a request",
		func(s *Settings, v string) (err error) { s.MaxBody, err = parseSize(v); return err }},
	{"body-rate", "4KiB", "size a second", "slowest sending of a request's body that is waited for, beyond one minute",
		func(s *Settings, v string) (err error) { s.BodyRate, err = parseSize(v); return err }},
	{"series-cache", formatSize(dav.DefaultSeriesCache), "size", "memory for calendar objects made ready for questions about time, all accounts together",
		func(s *Settings, v string) (err error) { s.SeriesCache, err = parseSize(v); return err }},
	{"text-index", formatSize(dav.DefaultTextIndex), "size", "memory for the indexes of words by which text is found, all accounts together",
		func(s *Settings, v string) (err error) { s.TextIndex, err = parseSize(v); return err }},
	{"ldap-url", "", "URLs", "LDAP servers that know people who have no password here, such as ldaps://ldap.example.org; more with commas between are tried in this order",
		func(s *Settings, v string) error { s.LDAP.URLs = splitList(v); return optional(v, ldap.CheckURLs) }},
	{"ldap-starttls", "no", "yes|no", "encrypt connections to ldap:// addresses before anything is sent",
		func(s *Settings, v string) error { s.LDAP.StartTLS = v == "yes"; return oneOf(v, "yes", "no") }},
	{"ldap-ca", "", "file", "certificates in PEM of who signs the LDAP server's; the system's otherwise",
		func(s *Settings, v string) error { s.LDAPCA = v; return nil }},
	{"ldap-bind-dn", "", "DN", "as whom almanac searches the directory; anonymously otherwise",
		func(s *Settings, v string) error { s.LDAP.BindDN = v; return nil }},
	{"ldap-bind-password", "", "password", "password of ldap-bind-dn; others see it on a command line, so that the file is better",
		func(s *Settings, v string) error { s.LDAP.BindPassword = v; return nil }},
	{"ldap-bind-password-file", "", "file", "file whose first line is the password of ldap-bind-dn",
		func(s *Settings, v string) error { s.LDAPPasswordFile = v; return nil }},
	{"ldap-base", "", "DN", "below which entry people are, such as ou=people,dc=example,dc=org",
		func(s *Settings, v string) error { s.LDAP.Base = v; return nil }},
	{"ldap-user-filter", ldap.DefaultFilter, "filter", "which entry is a user's, %s being the user name; people whom it does not find cannot sign in",
		func(s *Settings, v string) error { s.LDAP.Filter = v; return ldap.CheckFilter(v) }},
	{"ldap-attributes", ldap.DefaultAttributes, "attributes", "which attributes say who somebody is; id never changes, and may be dn",
		func(s *Settings, v string) (err error) { s.LDAP.Attributes, err = ldap.ParseAttributes(v); return err }},
	{"oidc-issuer", "", "URL", "OpenID Connect provider where people sign in to the pages, such as https://id.example.org",
		func(s *Settings, v string) error { s.OIDC.Issuer = v; return optional(v, oidc.CheckIssuer) }},
	{"oidc-client-id", "", "text", "what the provider calls this server",
		func(s *Settings, v string) error { s.OIDC.ClientID = v; return nil }},
	{"oidc-client-secret", "", "secret", "what the provider knows this server by; others see it on a command line, so that the file is better",
		func(s *Settings, v string) error { s.OIDC.ClientSecret = v; return nil }},
	{"oidc-client-secret-file", "", "file", "file whose first line is that secret",
		func(s *Settings, v string) error { s.OIDCSecretFile = v; return nil }},
	{"oidc-user-claim", oidc.DefaultUserClaim, "claim", "which of the provider's claims is the user name; email, for instance",
		func(s *Settings, v string) error { s.OIDC.UserClaim = v; return notEmpty(v) }},
	{"oidc-accounts", "existing", "existing|create", "who may sign in through the provider: who has an account of that name, or everybody, with a new account where there is none",
		func(s *Settings, v string) error { s.OIDCAccounts = v; return oneOf(v, "existing", "create") }},
	{"country", "", "code", "country of accounts that have none of their own, such as CH: where numbers that do not say theirs are dialled when duplicates are looked for",
		func(s *Settings, v string) (err error) { s.Country, err = account.ParseCountry(v); return err }},
	{"smtp-url", "", "URL", "server that takes mail to all the world: smtp://user@mail.example.org:587 (STARTTLS) or smtps://user@mail.example.org (TLS from the start), and smtp://127.0.0.1:25 for one that wants no login; no mail is sent without one",
		func(s *Settings, v string) (err error) {
			s.SMTPURL = nil
			if v != "" {
				s.SMTPURL, err = notify.ParseSMTPURL(v)
			}
			return err
		}},
	{"smtp-password", "", "password", "password of the user in smtp-url; others see it on a command line, so that the file is better",
		func(s *Settings, v string) error { s.SMTPPassword = v; return nil }},
	{"smtp-password-file", "", "file", "file whose first line is that password",
		func(s *Settings, v string) error { s.SMTPPasswordFile = v; return nil }},
	{"smtp-ca", "", "file", "certificates in PEM of who signs the mail server's; the system's otherwise",
		func(s *Settings, v string) error { s.SMTPCA = v; return nil }},
	{"mail-from", "", "address", "address that mail comes from, such as \"almanac <calendar@example.org>\"",
		func(s *Settings, v string) error { s.MailFrom = v; return optional(v, notify.CheckFrom) }},
	{"mail-rate", "20", "number a second", "most mails a second",
		func(s *Settings, v string) (err error) { s.MailRate, err = parseRate(v); return err }},
	{"push-rate", "200", "number a second", "most messages a second to one browser maker's push service",
		func(s *Settings, v string) (err error) { s.PushRate, err = parseRate(v); return err }},
	{"chat-rate", "1", "number a second", "most messages a second to one chat server",
		func(s *Settings, v string) (err error) { s.ChatRate, err = parseRate(v); return err }},
	{"private-targets", "no", "yes|no", "let people name chat servers and push services within your own network; anybody with an account can then have almanac send requests there",
		func(s *Settings, v string) error { s.PrivateTargets = v == "yes"; return oneOf(v, "yes", "no") }},
	{"remind-late", "6h", "duration", "how late a reminder is still sent whatever it is about, after the server was down; what goes on or is not done is sent in any case",
		func(s *Settings, v string) (err error) { s.RemindLate, err = parseDuration(v); return err }},
	{"insist-floor", "1m", "duration", "shortest time between two reminders of an alarm that insists",
		func(s *Settings, v string) (err error) { s.InsistFloor, err = parseDuration(v); return err }},
	{"log-level", "info", "debug|info|warn|error", "least level of what is logged; debug has a line for each request",
		func(s *Settings, v string) error { s.LogLevel = v; return oneOf(v, "debug", "info", "warn", "error") }},
	{"log-format", "text", "text|json", "form of the log lines",
		func(s *Settings, v string) error { s.LogFormat = v; return oneOf(v, "text", "json") }},
}

// secretSettings are those whose values "almanac config" does not show.
var secretSettings = []string{"ldap-bind-password", "oidc-client-secret", "smtp-password"}

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
	if err := s.checkReminders(); err != nil {
		return err
	}
	return s.checkSignIn()
}

// tls tells whether the server speaks HTTPS itself.
func (s *Settings) tls() bool { return s.TLSCert != "" || len(s.ACMEDomain) > 0 }
