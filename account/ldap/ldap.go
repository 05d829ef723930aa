package ldap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"almanac/account"
)

// Source is the source of the persons that come from here.
const Source = "ldap"

// A Config says where the server is and what its entries mean.
type Config struct {
	// URLs are ldap:// or ldaps:// addresses of one directory, tried in this order.
	URLs     []string
	StartTLS bool           // encrypt ldap:// connections before anything is sent
	CAs      *x509.CertPool // who signs the server's certificate; nil: the system's

	BindDN, BindPassword string // of the service that searches; "" to search anonymously
	Base                 string // where people are
	// Filter finds the entry of who may sign in; %s is the user name.
	Filter     string
	Attributes Attributes

	Timeout time.Duration // of one question, connecting included; 0 means ten seconds
	Most    int           // connections at a time; 0 means eight
}

// Defaults of Config.
const (
	DefaultFilter     = "(&(objectClass=person)(uid=%s))"
	DefaultAttributes = "id=entryUUID,name=uid,display=cn,mail=mail"
)

// Attributes name the attributes of an entry that say who somebody is.
type Attributes struct {
	ID      string // never changes; "dn" for the entry's own name
	Name    string // the user name
	Display string // "" for none
	Mail    string // "" for none
}

// ParseAttributes reads "id=entryUUID,name=uid,display=cn,mail=mail". What is not
// named is as there; display and mail may be empty.
func ParseAttributes(text string) (Attributes, error) {
	a := Attributes{ID: "entryUUID", Name: "uid", Display: "cn", Mail: "mail"}
	fields := map[string]*string{"id": &a.ID, "name": &a.Name, "display": &a.Display, "mail": &a.Mail}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		key, value, ok := strings.Cut(part, "=")
		field := fields[strings.TrimSpace(key)]
		value = strings.TrimSpace(value)
		if !ok || field == nil {
			return a, fmt.Errorf("%q is not one of id=, name=, display=, mail= with an attribute", part)
		}
		if strings.Trim(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-;") != "" {
			return a, fmt.Errorf("%q is not the name of an attribute", value)
		}
		*field = value
	}
	if a.ID == "" || a.Name == "" {
		return a, errors.New("id= and name= want an attribute")
	}
	return a, nil
}

// CheckFilter tells whether a text can be Config.Filter.
func CheckFilter(text string) error {
	if !strings.Contains(text, "%s") {
		return fmt.Errorf("%q has no %%s for the user name", text)
	}
	if _, err := ldap.CompileFilter(strings.ReplaceAll(text, "%s", "x")); err != nil {
		return fmt.Errorf("%q is not an LDAP filter: %w", text, err)
	}
	return nil
}

// CheckURLs tells whether addresses with commas between can be Config.URLs.
func CheckURLs(list string) error {
	for text := range strings.SplitSeq(list, ",") {
		u, err := url.Parse(strings.TrimSpace(text))
		if err != nil || u.Scheme != "ldap" && u.Scheme != "ldaps" || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" {
			return fmt.Errorf("%q is not an address like ldap://ldap.example.org", text)
		}
	}
	return nil
}

// A Directory is an LDAP server.
type Directory struct {
	c     Config
	slots chan struct{}
}

// New checks the configuration; it connects to nothing.
func New(c Config) (*Directory, error) {
	if len(c.URLs) == 0 {
		return nil, errors.New("ldap: no address of a server")
	}
	if err := CheckURLs(strings.Join(c.URLs, ",")); err != nil {
		return nil, fmt.Errorf("ldap: %w", err)
	}
	if err := CheckFilter(c.Filter); err != nil {
		return nil, fmt.Errorf("ldap: %w", err)
	}
	if c.Attributes.ID == "" || c.Attributes.Name == "" {
		return nil, errors.New("ldap: no attribute for the ID or the name")
	}
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	if c.Most == 0 {
		c.Most = 8
	}
	return &Directory{c: c, slots: make(chan struct{}, c.Most)}, nil
}

// Source implements account.Directory.
func (d *Directory) Source() string { return Source }

// Verify implements account.Directory.
func (d *Directory) Verify(ctx context.Context, user, password string) (account.Person, error) {
	if user == "" || password == "" {
		return account.Person{}, account.ErrCredentials
	}
	var p account.Person
	err := d.ask(ctx, func(conn *ldap.Conn) error {
		entry, err := d.search(conn, d.c.Base, ldap.ScopeWholeSubtree, strings.ReplaceAll(d.c.Filter, "%s", ldap.EscapeFilter(user)))
		if err != nil {
			return err
		}
		dn := "cn=nobody," + d.c.Base
		if entry != nil {
			dn = entry.DN
		}
		if err := conn.Bind(dn, password); err != nil {
			return verdict(err)
		}
		if entry == nil {
			return account.ErrCredentials
		}
		p, err = d.person(entry)
		return err
	})
	return p, err
}

// Find implements account.Directory.
func (d *Directory) Find(ctx context.Context, subject string) (account.Person, error) {
	var p account.Person
	err := d.ask(ctx, func(conn *ldap.Conn) error {
		base, scope, filter := d.c.Base, ldap.ScopeWholeSubtree, strings.ReplaceAll(d.c.Filter, "%s", "*")
		if d.c.Attributes.ID == "dn" {
			base, scope = subject, ldap.ScopeBaseObject
		} else {
			filter = "(&(" + d.c.Attributes.ID + "=" + idFilter(subject) + ")" + filter + ")"
		}
		entry, err := d.search(conn, base, scope, filter)
		if err == nil && entry == nil {
			err = account.ErrCredentials
		}
		if err == nil {
			p, err = d.person(entry)
		}
		return err
	})
	return p, err
}

// ask runs one dialogue on a connection of its own, as the service. What goes wrong
// without being somebody's wrong credentials is an UnavailableError.
func (d *Directory) ask(ctx context.Context, dialogue func(*ldap.Conn) error) error {
	ctx, cancel := context.WithTimeout(ctx, d.c.Timeout)
	defer cancel()
	select {
	case d.slots <- struct{}{}:
		defer func() { <-d.slots }()
	case <-ctx.Done():
		return unavailable(errors.New("too many questions at a time"))
	}
	conn, err := d.connect(ctx)
	if err == nil {
		defer conn.Close()
		// The library waits for each answer as long as it is told at most, and not
		// for the end of a context.
		defer context.AfterFunc(ctx, func() { conn.Close() })()
		err = dialogue(conn)
	}
	switch {
	case err == nil, errors.Is(err, account.ErrCredentials):
		return err
	case ctx.Err() != nil:
		return unavailable(fmt.Errorf("no answer within %s", d.c.Timeout))
	}
	return unavailable(err)
}

func unavailable(err error) error {
	return &account.UnavailableError{RetryAfter: 30 * time.Second, Err: fmt.Errorf("ldap: %w", err)}
}

// connect finds a server that takes the service's bind.
func (d *Directory) connect(ctx context.Context) (*ldap.Conn, error) {
	var failed error
	for _, address := range d.c.URLs {
		conn, err := d.dial(ctx, address)
		if err == nil {
			return conn, nil
		}
		failed = errors.Join(failed, fmt.Errorf("%s: %w", address, err))
		if ctx.Err() != nil {
			break
		}
	}
	return nil, failed
}

func (d *Directory) dial(ctx context.Context, address string) (*ldap.Conn, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	security := &tls.Config{RootCAs: d.c.CAs, ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	// One server that is silent leaves time for the next.
	dialer := &net.Dialer{Timeout: d.c.Timeout / 2}
	if end, ok := ctx.Deadline(); ok {
		dialer.Deadline = end
	}
	conn, err := ldap.DialURL(address, ldap.DialWithDialer(dialer), ldap.DialWithTLSConfig(security))
	if err != nil {
		return nil, err
	}
	conn.SetTimeout(d.c.Timeout)
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if d.c.StartTLS && u.Scheme == "ldap" {
		err = conn.StartTLS(security)
	}
	if err == nil && d.c.BindDN != "" {
		if err = conn.Bind(d.c.BindDN, d.c.BindPassword); err != nil {
			err = fmt.Errorf("bind as %s: %w", d.c.BindDN, err)
		}
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// search returns the one entry that a filter finds, nil for none. Several are an
// error: the filter must say who is meant.
func (d *Directory) search(conn *ldap.Conn, base string, scope int, filter string) (*ldap.Entry, error) {
	a := d.c.Attributes
	names := []string{"1.1"} // none: RFC 4511 section 4.5.1.8
	for _, name := range []string{a.ID, a.Name, a.Display, a.Mail} {
		if name != "" && name != "dn" {
			names = append(names, name)
		}
	}
	if len(names) > 1 {
		names = names[1:]
	}
	res, err := conn.Search(ldap.NewSearchRequest(base, scope, ldap.NeverDerefAliases, 2, int(d.c.Timeout/time.Second), false, filter, names, nil))
	switch {
	case ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded), err == nil && len(res.Entries) > 1:
		return nil, fmt.Errorf("%s finds more than one entry", filter)
	case ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject) && scope == ldap.ScopeBaseObject:
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("search below %s: %w", base, err)
	case len(res.Entries) == 0:
		return nil, nil
	}
	return res.Entries[0], nil
}

// verdict tells wrong credentials from a server that does not answer the question.
// RFC 4511 appendix A.2 lists what the codes mean.
func verdict(err error) error {
	for _, code := range []uint16{
		ldap.LDAPResultInvalidCredentials,
		ldap.LDAPResultNoSuchObject,
		ldap.LDAPResultInvalidDNSyntax,
		ldap.LDAPResultInappropriateAuthentication, // the entry has no password
		ldap.LDAPResultInsufficientAccessRights,
		ldap.LDAPResultConstraintViolation, // locked
		ldap.LDAPResultUnwillingToPerform,  // locked or expired, by some servers
	} {
		if ldap.IsErrorWithCode(err, code) {
			return account.ErrCredentials
		}
	}
	return err
}

// person reads an entry. One without a lasting ID or a name is of no use.
func (d *Directory) person(e *ldap.Entry) (account.Person, error) {
	a := d.c.Attributes
	p := account.Person{Source: Source, Subject: e.DN, Name: e.GetEqualFoldAttributeValue(a.Name)}
	if a.ID != "dn" {
		p.Subject = idText(e.GetEqualFoldRawAttributeValue(a.ID))
	}
	if p.Subject == "" || p.Name == "" {
		return p, fmt.Errorf("%s has no %s or no %s", e.DN, a.ID, a.Name)
	}
	if a.Display != "" {
		p.DisplayName = e.GetEqualFoldAttributeValue(a.Display)
	}
	if a.Mail != "" {
		p.Emails = slices.DeleteFunc(slices.Clone(e.GetEqualFoldAttributeValues(a.Mail)), func(m string) bool {
			a, err := mail.ParseAddress(m)
			return err != nil || a.Address != m
		})
		p.Emails = p.Emails[:min(len(p.Emails), 20)]
	}
	return p, nil
}

// An ID that is text is kept as it is; octets, such as objectGUID's sixteen, in hex
// behind this mark.
const octetsMark = "octets:"

func idText(raw []byte) string {
	if utf8.Valid(raw) && !slices.ContainsFunc(raw, func(c byte) bool { return c < ' ' || c == 0x7f }) && !strings.HasPrefix(string(raw), octetsMark) {
		return string(raw)
	}
	return octetsMark + hex.EncodeToString(raw)
}

// idFilter is the ID in a filter.
func idFilter(text string) string {
	if digits, ok := strings.CutPrefix(text, octetsMark); ok {
		if raw, err := hex.DecodeString(digits); err == nil {
			text = string(raw)
		}
	}
	return ldap.EscapeFilter(text)
}
