package notify

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"almanac/account"
)

// testLinks are links that say what they are for.
type testLinks struct{}

func (testLinks) Stop(r Ref) string {
	return "https://calendar.example.org/remind/" + r.UID + "?a=1&b=2"
}
func (testLinks) Verify(m *Message) string {
	return "https://calendar.example.org/remind/verify/" + m.Channel
}

// review is a message with everything in it.
func review() *Message {
	ics := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//test//EN\r\nBEGIN:VEVENT\r\nUID:review\r\nSUMMARY:Bücherschau\r\nDESCRIPTION:" +
		strings.Repeat("x", 60) + "\r\n " + strings.Repeat("é", 30) + "\r\n.\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	return &Message{
		ID: "0123456789abcdef0123456789abcdef", Home: 7, Channel: account.OwnMail, Kind: KindReminder,
		At: time.Date(2026, 3, 10, 8, 45, 0, 0, time.UTC),
		Reminder: &Reminder{
			Ref: Ref{Home: 7, Coll: 3, UID: "review", Alarm: "a"}, Summary: "Bücherschau <quartalsweise> & mehr", Location: "Zürich\nSaal 2",
			Description: "Mitnehmen:\n- Zahlen\n- <b>Kaffee</b>", Calendar: "Büro", URL: "https://example.com/review?x=1&y=2",
			Start: time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC), End: time.Date(2026, 3, 10, 10, 30, 0, 0, time.UTC), Zone: "Europe/Zurich",
			Trigger: time.Date(2026, 3, 10, 7, 45, 0, 0, time.UTC), FollowUp: 1, Insist: time.Hour,
			NextAt: time.Date(2026, 3, 10, 9, 45, 0, 0, time.UTC), ICS: []byte(ics),
		},
	}
}

var boundary = regexp.MustCompile(`boundary=[0-9a-f]+`)

// read takes a mail apart as a mail client does: the sorted lines of its header, and each
// part with its own.
func read(t *testing.T, text string) (header string, parts []string) {
	t.Helper()
	r, err := mail.CreateReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for f := r.Header.Fields(); f.Next(); {
		value, err := f.Text()
		if err != nil {
			t.Error(err)
		}
		lines = append(lines, fmt.Sprintf("%s: %s\n", f.Key(), boundary.ReplaceAllString(value, "boundary=B")))
	}
	slices.Sort(lines)
	for {
		p, err := r.NextPart()
		if err == io.EOF {
			return strings.Join(lines, ""), parts
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(p.Body)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, fmt.Sprintf("%s %s\n%s", p.Header.Get("Content-Type"), p.Header.Get("Content-Disposition"), body))
	}
}

const reviewHeader = `Auto-Submitted: auto-generated
Content-Language: de
Content-Type: multipart/mixed; boundary=B
Date: Tue, 10 Mar 2026 08:45:00 +0000
From: "Kalender" <almanac@example.org>
List-Unsubscribe: <https://calendar.example.org/remind/review?a=1&b=2>
Message-Id: <0123456789abcdef0123456789abcdef.reminder@example.org>
Mime-Version: 1.0
Subject: Bücherschau <quartalsweise> & mehr
To: <ann@example.com>
`

const reviewPlain = `text/plain; charset=UTF-8 
Bücherschau <quartalsweise> & mehr

Dienstag 10. März 2026, 10:00 – 11:30
Erinnerung 2
Ort: Zürich
Saal 2
Kalender: Büro
Link: https://example.com/review?x=1&y=2
Notizen: Mitnehmen:
- Zahlen
- <b>Kaffee</b>

Sie werden Dienstag 10. März 2026, 10:45 wieder erinnert, bis Sie es stoppen.

Stopp / Später: https://calendar.example.org/remind/review?a=1&b=2

-- 
Sie erhalten dies, weil ein Alarm in Ihrem Kalender es so vorsieht.
`

// Mail arrives whole by both ways to a server, and both after a login.
func TestMail(t *testing.T) {
	for _, scheme := range []string{"smtp", "smtps"} {
		t.Run(scheme, func(t *testing.T) {
			office := newPostOffice(t, scheme)
			m := review()
			if err := office.mailer().Send(t.Context(), ann, m, WordsOf(m, "de", testLinks{})); err != nil {
				t.Fatal(err)
			}
			came := office.came()
			if len(came) != 1 || came[0].from != "almanac@example.org" || came[0].to != "ann@example.com" {
				t.Fatalf("what came: %+v", came)
			}
			for line := range strings.SplitSeq(came[0].text, "\r\n") {
				if len(line) > 998 || strings.ContainsAny(line, "\r\n") {
					t.Errorf("a line that no mail may have: %.200q", line)
				}
			}
			header, parts := read(t, came[0].text)
			if d := cmp.Diff(reviewHeader, header); d != "" {
				t.Errorf("header: %s", d)
			}
			if len(parts) != 3 {
				t.Fatalf("%d parts: %q", len(parts), parts)
			}
			if d := cmp.Diff(reviewPlain, strings.ReplaceAll(parts[0], "\r\n", "\n")); d != "" {
				t.Errorf("text: %s", d)
			}
			for _, part := range []string{"text/html; charset=UTF-8 \n", `<html lang="de">`, "<title>Bücherschau &lt;quartalsweise&gt; &amp; mehr</title>",
				"- &lt;b&gt;Kaffee&lt;/b&gt;", `href="https://calendar.example.org/remind/review?a=1&amp;b=2"`, `href="https://example.com/review?x=1&amp;y=2"`,
				"Dienstag 10. März 2026, 10:00 – 11:30", "Stopp / Später", "Erinnerung 2", "weil ein Alarm in Ihrem Kalender es so vorsieht"} {
				if !strings.Contains(parts[1], part) {
					t.Errorf("there is no %s in the page:\n%s", part, parts[1])
				}
			}
			if want := `text/calendar; charset=utf-8; name="event.ics" attachment; filename="event.ics"` + "\n" + string(m.Reminder.ICS); parts[2] != want {
				t.Errorf("the object that is attached: %q, want %q", parts[2], want)
			}
		})
	}
}

// What somebody else wrote into an invitation stays in its place.
func TestMailInjection(t *testing.T) {
	office := newPostOffice(t, "smtp")
	mailer := office.mailer()
	for _, evil := range []string{
		"lunch\r\nBcc: eve@example.net", "lunch\nBcc: eve@example.net\n\nhello", "lunch\rBcc: eve@example.net", "lunch\x00\x1b[31m", "=?utf-8?q?lunch=0D=0ABcc:_eve@example.net?=",
		strings.Repeat("lunch ", 500), strings.Repeat("é", 1000), "lunch\xff\xfe", "\u2028Bcc: eve@example.net\u0085X: y", ".\r\n.\r\nQUIT",
	} {
		before := len(office.came())
		m := review()
		m.Reminder.Summary, m.Reminder.Location, m.Reminder.Description, m.Reminder.URL, m.Reminder.Calendar = evil, evil, evil, "javascript:alert(1)", evil
		if err := mailer.Send(t.Context(), ann, m, WordsOf(m, "en", testLinks{})); err != nil {
			t.Fatalf("%q: %v", evil, err)
		}
		came := office.came()[before:]
		if len(came) != 1 || came[0].to != "ann@example.com" {
			t.Fatalf("%q: what came: %+v", evil, came)
		}
		header, parts := read(t, came[0].text)
		var names []string
		for line := range strings.Lines(header) {
			name, _, _ := strings.Cut(line, ":")
			names = append(names, name)
		}
		if d := cmp.Diff([]string{"Auto-Submitted", "Content-Language", "Content-Type", "Date", "From", "List-Unsubscribe", "Message-Id", "Mime-Version", "Subject", "To"}, names); d != "" {
			t.Errorf("%q: header: %s", evil, d)
		}
		if len(parts) != 3 {
			t.Fatalf("%q: %d parts", evil, len(parts))
		}
		if strings.Contains(parts[1], `href="javascript:`) {
			t.Errorf("a link does something: %s", parts[1])
		}
	}
}

// A second try has the identity of the first, so that a mail client can tell.
func TestMailAgain(t *testing.T) {
	office := newPostOffice(t, "smtp")
	mailer := office.mailer()
	m := review()
	for range 2 {
		if err := mailer.Send(t.Context(), ann, m, WordsOf(m, "de", nil)); err != nil {
			t.Fatal(err)
		}
	}
	came := office.came()
	first, _ := read(t, came[0].text)
	second, _ := read(t, came[1].text)
	if first != second {
		t.Errorf("the second time: %s", cmp.Diff(first, second))
	}
}

// A connection serves many mails, also after one was refused, and another is made when
// the server has ended it.
func TestMailConnections(t *testing.T) {
	office := newPostOffice(t, "smtps")
	mailer := office.mailer()
	send := func() error { m := review(); return mailer.Send(t.Context(), ann, m, WordsOf(m, "en", nil)) }
	is := func(what string, wantMails, wantConnections int) {
		t.Helper()
		connections, logins := office.counts()
		if mails := len(office.came()); mails != wantMails || connections != wantConnections || logins != wantConnections {
			t.Errorf("%s: %d mails, %d connections, %d logins; want %d and %d", what, mails, connections, logins, wantMails, wantConnections)
		}
	}
	for range 5 {
		if err := send(); err != nil {
			t.Fatal(err)
		}
	}
	is("five", 5, 1)
	office.mu.Lock()
	office.refuse = func(command string) error {
		if command == "RCPT" {
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
		}
		return nil
	}
	office.mu.Unlock()
	if err := send(); err == nil {
		t.Error("a refusal is no error")
	}
	office.mu.Lock()
	office.refuse = nil
	office.mu.Unlock()
	if err := send(); err != nil {
		t.Fatal(err)
	}
	is("one more after a refusal", 6, 1)
	office.hangUp()
	if err := send(); err != nil {
		t.Fatal(err)
	}
	is("one more after the server hung up", 7, 2)
	mailer.Close()
	if err := send(); err != nil {
		t.Fatal(err)
	}
	is("one more after the end", 8, 3)
}

// What the server says decides whether a message is given up, tried again, or whether all
// mail waits.
func TestMailRefused(t *testing.T) {
	office := newPostOffice(t, "smtp")
	mailer := office.mailer()
	for _, c := range []struct {
		command string
		code    int
		kind    string
	}{
		{"RCPT", 550, "give up"}, {"RCPT", 551, "give up"}, {"RCPT", 450, "again"}, {"RCPT", 451, "again"}, {"RCPT", 452, "again"}, {"RCPT", 421, "outage"},
		{"DATA", 552, "give up"}, {"DATA", 554, "give up"}, {"DATA", 451, "again"}, {"DATA", 421, "outage"},
		{"MAIL", 451, "again"}, {"MAIL", 421, "outage"},
		// Who we are displeases: that is about all mail.
		{"MAIL", 550, "outage"}, {"MAIL", 530, "outage"}, {"RCPT", 530, "outage"},
		{"MAIL", 552, "give up"},
	} {
		office.mu.Lock()
		office.refuse = func(command string) error {
			if command == c.command {
				return &smtp.SMTPError{Code: c.code, EnhancedCode: smtp.EnhancedCode{c.code / 100, 1, 1}, Message: "so says the server"}
			}
			return nil
		}
		office.mu.Unlock()
		m := review()
		err := mailer.Send(t.Context(), ann, m, WordsOf(m, "en", nil))
		if got := kindOf(err); got != c.kind {
			t.Errorf("%d after %s: %s (%v), want %s", c.code, c.command, got, err, c.kind)
		}
		if err == nil || !strings.Contains(err.Error(), "so says the server") || strings.Contains(err.Error(), m.ID) {
			t.Errorf("%d after %s: it says %v", c.code, c.command, err)
		}
	}
	if n := len(office.came()); n != 0 {
		t.Errorf("%d mails were taken", n)
	}
}

// kindOf says in a word what an error of a sender means.
func kindOf(err error) string {
	var final *GiveUp
	var later *Later
	switch {
	case err == nil:
		return "sent"
	case errors.As(err, &final) && final.Gone:
		return "gone"
	case errors.As(err, &final):
		return "give up"
	case errors.As(err, &later) && later.Outage:
		return "outage"
	case errors.As(err, &later):
		return "later"
	}
	return "again"
}

// While a server cannot be used as it is asked for, mail waits; no password goes to one
// that is not known.
func TestMailServerDown(t *testing.T) {
	office := newPostOffice(t, "smtp")
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := silent.Accept()
			if err != nil {
				return
			}
			_ = c.Close() // without a word
		}
	}()
	defer silent.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	plain := newPostOffice(t, "plain")
	stranger := newPostOffice(t, "smtps")
	at := func(host string) *url.URL { return &url.URL{Scheme: "smtp", User: url.User("almanac"), Host: host} }
	for _, c := range []struct {
		name     string
		config   MailConfig
		password string
	}{
		{"nobody listens", MailConfig{URL: at(closed.Addr().String())}, "secret"},
		{"it hangs up", MailConfig{URL: at(silent.Addr().String())}, "secret"},
		{"wrong password", MailConfig{URL: office.url}, "wrong"},
		{"without STARTTLS", MailConfig{URL: plain.url}, "secret"},
		{"unknown certificate", MailConfig{URL: stranger.url}, "secret"},
	} {
		c.config.From, c.config.Password = "almanac@example.org", c.password
		if c.config.URL == office.url {
			c.config.TLS = &tls.Config{RootCAs: office.roots}
		}
		mailer, err := NewMailer(c.config)
		if err != nil {
			t.Fatal(err)
		}
		m := review()
		err = mailer.Send(t.Context(), ann, m, WordsOf(m, "en", nil))
		if got := kindOf(err); got != "outage" {
			t.Errorf("%s: %s (%v)", c.name, got, err)
		}
		if err != nil && strings.Contains(err.Error(), c.password) {
			t.Errorf("%s: the password is in the error: %v", c.name, err)
		}
	}
	for _, o := range []*postOffice{plain, stranger} {
		if _, logins := o.counts(); logins != 0 {
			t.Errorf("%s got the password", o.url)
		}
	}
}

func TestParseSMTPURL(t *testing.T) {
	for s, want := range map[string]string{
		"smtp://mail.example.org":                 "",
		"smtp://ann@mail.example.org:587":         "",
		"smtps://ann:secret@mail.example.org:465": "",
		"smtps://mail.example.org/":               "",
		"http://mail.example.org":                 `"http://mail.example.org" does not begin with smtp:// or smtps://`,
		"http://ann:secret@mail.example.org":      `"http://ann:xxxxx@mail.example.org" does not begin with smtp:// or smtps://`,
		"mail.example.org:25":                     `"mail.example.org:25" does not begin with smtp:// or smtps://`,
		"smtp://":                                 `"smtp:" is not like smtp://user@mail.example.org:587`,
		"smtp://mail.example.org/x":               `"smtp://mail.example.org/x" is not like smtp://user@mail.example.org:587`,
		"smtp://ann:secret@mail.example.org:x":    "it is no URL",
	} {
		_, err := ParseSMTPURL(s)
		if got := fmt.Sprint(err); err == nil && want != "" || err != nil && got != want {
			t.Errorf("%s: %v, want %q", s, err, want)
		}
	}
}
