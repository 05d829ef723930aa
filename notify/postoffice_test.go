package notify

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"almanac/account"
)

// A postOffice is a mail server on loopback that wants TLS and a login.
type postOffice struct {
	*testing.T
	url    *url.URL
	roots  *x509.CertPool
	server *smtp.Server

	mu          sync.Mutex
	mails       []letterBox
	connections []*smtp.Conn
	logins      int
	// refuse says what is answered to a command, MAIL, RCPT or DATA; it may be nil.
	refuse func(command string) error
}

// A letterBox is one mail as the server took it.
type letterBox struct{ from, to, text string }

// selfSigned is a certificate for 127.0.0.1 and example.com, and who trusts it.
func selfSigned(t *testing.T) (*tls.Config, *x509.CertPool) {
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates}, roots
}

// newPostOffice starts a server: scheme smtps has TLS from the start, smtp STARTTLS, and
// "plain" neither.
func newPostOffice(t *testing.T, scheme string) *postOffice {
	p := &postOffice{T: t}
	var config *tls.Config
	config, p.roots = selfSigned(t)
	p.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.connections = append(p.connections, c)
		return &sorter{office: p, conn: c}, nil
	}))
	p.server.Domain = "mail.example.org"
	p.server.ErrorLog = log.New(io.Discard, "", 0)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.url = &url.URL{Scheme: scheme, User: url.User("almanac"), Host: listener.Addr().String()}
	switch scheme {
	case "smtps":
		listener = tls.NewListener(listener, config)
	case "smtp":
		p.server.TLSConfig = config
	default:
		p.url.Scheme = "smtp"
		p.server.AllowInsecureAuth = true
	}
	go func() { _ = p.server.Serve(listener) }()
	t.Cleanup(func() { _ = p.server.Close() })
	return p
}

// mailer makes a Mailer for the server.
func (p *postOffice) mailer() *Mailer {
	p.Helper()
	m, err := NewMailer(MailConfig{URL: p.url, Password: "secret", From: "Kalender <almanac@example.org>", TLS: &tls.Config{RootCAs: p.roots}})
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(m.Close)
	return m
}

// came returns what the server took.
func (p *postOffice) came() []letterBox {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]letterBox(nil), p.mails...)
}

// counts returns how many connected, and how many signed in.
func (p *postOffice) counts() (connections, logins int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.connections), p.logins
}

// hangUp ends all connections, as a server does with those that are idle.
func (p *postOffice) hangUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.connections {
		_ = c.Conn().Close()
	}
}

func (p *postOffice) answer(command string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuse == nil {
		return nil
	}
	return p.refuse(command)
}

// A sorter is one connection of a postOffice.
type sorter struct {
	office *postOffice
	conn   *smtp.Conn
	known  bool
	mail   letterBox
}

func (s *sorter) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *sorter) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		s.office.mu.Lock()
		defer s.office.mu.Unlock()
		s.office.logins++
		if user != "almanac" || password != "secret" {
			return smtp.ErrAuthFailed
		}
		s.known = true
		return nil
	}), nil
}

func (s *sorter) Mail(from string, _ *smtp.MailOptions) error {
	if !s.known {
		return smtp.ErrAuthRequired
	}
	if _, encrypted := s.conn.TLSConnectionState(); !encrypted && s.office.url.Scheme != "smtps" {
		return errors.New("it is not encrypted")
	}
	s.mail = letterBox{from: from}
	return s.office.answer("MAIL")
}

func (s *sorter) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mail.to = to
	return s.office.answer("RCPT")
}

func (s *sorter) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.office.answer("DATA"); err != nil {
		return err
	}
	s.mail.text = string(text)
	s.office.mu.Lock()
	defer s.office.mu.Unlock()
	s.office.mails = append(s.office.mails, s.mail)
	return nil
}

func (s *sorter) Reset()        {}
func (s *sorter) Logout() error { return nil }

// ann is where the mail of these tests goes.
var ann = &account.Channel{ID: account.OwnMail, Kind: account.Mail, Name: account.OwnMail, Address: "ann@example.com"}
