package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	netmail "net/mail"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"almanac/account"
)

// A MailConfig says how mail is sent.
type MailConfig struct {
	// URL is the server that takes mail to all the world: smtp://user@host:587 with
	// STARTTLS, smtps://user@host:465 with TLS from the start. With a user, STARTTLS is
	// demanded; without one it is used where the server offers it.
	URL      *url.URL
	Password string // unless the URL has it
	From     string // a mail address, with or without a name
	TLS      *tls.Config
}

// ParseSMTPURL reads the URL of a MailConfig.
func ParseSMTPURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, errors.New("it is no URL") // it may have a password in it
	case u.Scheme != "smtp" && u.Scheme != "smtps":
		return nil, fmt.Errorf("%q does not begin with smtp:// or smtps://", u.Redacted())
	case u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "":
		return nil, fmt.Errorf("%q is not like smtp://user@mail.example.org:587", u.Redacted())
	}
	return u, nil
}

// A Mailer sends by mail. It keeps some connections for a while, since reminders come in
// swarms.
type Mailer struct {
	client *mail.Client
	from   *netmail.Address
	host   string

	mu   sync.Mutex
	idle []idleMail
}

type idleMail struct {
	client *smtp.Client
	since  time.Time
}

const (
	mailTimeout = 30 * time.Second
	// maxIdle and idleFor are how many connections are kept, and how long: servers end
	// them after some minutes.
	maxIdle = 4
	idleFor = 30 * time.Second
	// maxHeader is the longest link that fits into a line of a header (RFC 5322 section
	// 2.1.1).
	maxHeader = 900
	// goodbye is how long a server may take to say it.
	goodbye = 5 * time.Second
)

var errNoSTARTTLS = errors.New("it offers no STARTTLS, and no password is sent without; smtps:// has TLS from the start, and a server that wants no login needs no user in smtp-url")

// NewMailer makes a Mailer. It does not connect yet.
func NewMailer(c MailConfig) (*Mailer, error) {
	from, err := netmail.ParseAddress(c.From)
	if err != nil {
		return nil, fmt.Errorf("mail-from: %q is no mail address", c.From)
	}
	options := []mail.Option{mail.WithTimeout(mailTimeout), mail.WithoutRset()}
	if c.TLS != nil {
		tlsConfig := c.TLS.Clone()
		if tlsConfig.ServerName == "" {
			tlsConfig.ServerName = c.URL.Hostname()
		}
		options = append(options, mail.WithTLSConfig(tlsConfig))
	}
	user := c.URL.User.Username()
	port := 587
	switch {
	case c.URL.Scheme == "smtps":
		port = 465
		options = append(options, mail.WithSSL())
	case user != "":
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic))
	}
	if p := c.URL.Port(); p != "" {
		if port, err = strconv.Atoi(p); err != nil {
			return nil, fmt.Errorf("smtp-url: %q is no port", p)
		}
	}
	options = append(options, mail.WithPort(port))
	if user != "" {
		password := c.Password
		if p, ok := c.URL.User.Password(); ok {
			password = p
		}
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(user), mail.WithPassword(password))
	}
	client, err := mail.NewClient(c.URL.Hostname(), options...)
	if err != nil {
		return nil, fmt.Errorf("smtp-url: %w", err)
	}
	return &Mailer{client: client, from: from, host: c.URL.Host}, nil
}

// Host is the server: all mail goes there, whoever it is for.
func (m *Mailer) Host(*account.Channel) string { return m.host }

// Send sends a mail. What the server refuses for good is given up; while it cannot be
// reached, all mail waits.
func (m *Mailer) Send(ctx context.Context, to *account.Channel, msg *Message, w *Words) error {
	letter, err := m.letter(to.Address, msg, w)
	if err != nil {
		return &GiveUp{Reason: err.Error()}
	}
	for {
		c, used, err := m.take(ctx)
		if err != nil {
			return &Later{Reason: fmt.Sprintf("%s: %v", m.host, err), Outage: true}
		}
		err = m.client.SendWithSMTPClient(c, letter)
		if err == nil {
			m.give(c)
			return nil
		}
		var failed *mail.SendError
		if !errors.As(err, &failed) {
			end(c)
			return &Later{Reason: err.Error(), Outage: true}
		}
		verdict := judgeMail(failed)
		var later *Later
		if !errors.As(verdict, &later) && failed.Reason != mail.ErrSMTPData {
			m.give(c) // it is as before the mail that it refused
			return verdict
		}
		end(c)
		if used && failed.ErrorCode() == 0 && failed.Reason != mail.ErrSMTPDataClose {
			continue // it had been idle; after DATA nobody knows whether it was taken
		}
		return verdict
	}
}

// judgeMail says what follows from what a server answered. Who refuses the sender, or
// wants another login, refuses all mail; 552 is about the size of one.
func judgeMail(e *mail.SendError) error {
	// The names of our own message are of no use to who reads it.
	reason, _, _ := strings.Cut(e.Error(), ", affected message ID")
	switch code := e.ErrorCode(); {
	case code == 0, code == 421, code == 530, code == 535, code >= 500 && code != 552 && e.Reason == mail.ErrSMTPMailFrom:
		return &Later{Reason: reason, Outage: true}
	case code >= 500: // for good, RFC 5321 section 4.2.1
		return &GiveUp{Reason: reason}
	}
	return errors.New(reason)
}

// end ends a connection, also one that does not answer any more.
func end(c *smtp.Client) {
	_ = c.UpdateDeadline(goodbye)
	if c.Quit() != nil {
		_ = c.Close()
	}
}

// take returns a connection, one that was used before if there is one.
func (m *Mailer) take(ctx context.Context) (c *smtp.Client, used bool, err error) {
	m.mu.Lock()
	for len(m.idle) > 0 && c == nil {
		last := m.idle[len(m.idle)-1]
		m.idle = m.idle[:len(m.idle)-1]
		if time.Since(last.since) < idleFor {
			c = last.client
		} else {
			go end(last.client)
		}
	}
	m.mu.Unlock()
	if c != nil {
		return c, true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, mailTimeout)
	defer cancel()
	c, err = m.client.DialToSMTPClientWithContext(ctx)
	if err != nil && strings.Contains(err.Error(), "does not support STARTTLS") { // which has no type of its own
		err = errNoSTARTTLS
	}
	return c, false, err
}

func (m *Mailer) give(c *smtp.Client) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.idle) >= maxIdle {
		go end(c)
		return
	}
	m.idle = append(m.idle, idleMail{c, time.Now()})
}

// Close ends the connections that are kept.
func (m *Mailer) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.idle {
		end(c.client)
	}
	m.idle = nil
}

//go:embed mail.html
var mailHTML string

var mailPage = template.Must(template.New("mail").Parse(mailHTML))

// letter makes the mail: text and HTML, and the object as a file beside them.
func (m *Mailer) letter(to string, msg *Message, w *Words) (*mail.Msg, error) {
	letter := mail.NewMsg(mail.WithNoDefaultUserAgent())
	letter.FromMailAddress(m.from)
	if err := letter.To(to); err != nil {
		return nil, fmt.Errorf("%q is no mail address", to)
	}
	// A title that looks like an encoded word would be read as one (RFC 2047 section 5).
	letter.Subject(strings.ReplaceAll(w.Title, "=?", "= ?"))
	at := msg.At
	if msg.Late || at.IsZero() {
		at = time.Now()
	}
	letter.SetDateWithValue(at)
	_, domain, _ := strings.Cut(m.from.Address, "@")
	letter.SetMessageIDWithValue(msg.ID + ".reminder@" + domain)
	letter.SetGenHeader(mail.Header("Auto-Submitted"), "auto-generated") // RFC 3834 section 5
	letter.SetGenHeader(mail.Header("Content-Language"), w.Lang)
	// RFC 2369 section 3.2. It leads to a page with a button: without RFC 8058's header, no
	// mail program stops a reminder by itself.
	if msg.Kind == KindReminder && w.StopURL != "" && len(w.StopURL) <= maxHeader {
		letter.SetGenHeader(mail.HeaderListUnsubscribe, "<"+w.StopURL+">")
	}
	letter.SetBodyString(mail.TypeTextPlain, w.Title+"\n\n"+w.Plain()+"\n-- \n"+w.Footer+"\n")
	var page bytes.Buffer
	if err := mailPage.Execute(&page, w); err != nil {
		return nil, err
	}
	letter.AddAlternativeString(mail.TypeTextHTML, page.String())
	if msg.Reminder != nil && len(msg.Reminder.ICS) > 0 {
		// Without a METHOD: it is a file to keep, and no invitation (RFC 6047 section 2.4).
		err := letter.AttachReader("event.ics", bytes.NewReader(msg.Reminder.ICS), mail.WithFileContentType("text/calendar; charset=utf-8"))
		if err != nil {
			return nil, err
		}
	}
	return letter, nil
}
