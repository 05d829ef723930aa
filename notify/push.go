package notify

import (
	"context"
	"crypto/ecdh"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/SherClockHolmes/webpush-go"

	"almanac/account"
)

// A Pusher sends to browsers through the push services of who makes them (RFC 8030),
// encrypted for the browser (RFC 8291) and signed with the server's key (RFC 8292).
type Pusher struct {
	courier         *Courier
	contact         string
	public, private string
	now             func() time.Time
}

// A Push is what the service worker of a browser gets, as JSON. The labels are in the
// person's language, and empty together with what they are of.
type Push struct {
	Title  string `json:"title"`
	Body   string `json:"body"`
	Tag    string `json:"tag"` // a notification takes the place of another one with the same
	Lang   string `json:"lang"`
	URL    string `json:"url"`    // Words.StopURL
	Stop   string `json:"stop"`   // label
	Later  string `json:"later"`  // label
	Insist bool   `json:"insist"` // it stays until somebody does something about it
}

// NewPusher makes a Pusher. The key is a secret of 32 octets, such as
// account.ServerKey's: browsers that were subscribed with another one are lost. Contact
// is how push services reach who runs the server, a mail address or an https URL
// (RFC 8292 section 2.1).
func NewPusher(courier *Courier, key []byte, contact string, now func() time.Time) (*Pusher, error) {
	private, err := signingKey(key)
	if err != nil {
		return nil, err
	}
	enc := base64.RawURLEncoding
	return &Pusher{courier: courier, contact: strings.TrimPrefix(contact, "mailto:"), now: now,
		public: enc.EncodeToString(private.PublicKey().Bytes()), private: enc.EncodeToString(private.Bytes())}, nil
}

// signingKey makes a key of P-256 from a secret. Of four
// thousand million secrets one is not a key as it is: for that it is its digest.
func signingKey(secret []byte) (*ecdh.PrivateKey, error) {
	if len(secret) != sha256.Size {
		return nil, fmt.Errorf("a key for browsers has %d octets, not %d", sha256.Size, len(secret))
	}
	private, err := ecdh.P256().NewPrivateKey(secret)
	if err != nil {
		digest := sha256.Sum256(secret)
		private, err = ecdh.P256().NewPrivateKey(digest[:])
	}
	return private, err
}

// PublicKey is what a page subscribes a browser with, its applicationServerKey: 65
// octets in base64url (RFC 8292 section 3.2).
func (p *Pusher) PublicKey() string { return p.public }

// Check judges a browser's channel, beyond what account.Channel.Check does.
func (p *Pusher) Check(c *account.Channel) error {
	u, err := url.Parse(c.Address)
	if err != nil {
		return errors.New("the push service's address is no URL")
	}
	if err := p.courier.check(u); err != nil {
		return fmt.Errorf("the push service %s: %w", u.Hostname(), err)
	}
	point, err := fromBase64(c.P256dh)
	if err == nil {
		_, err = ecdh.P256().NewPublicKey(point)
	}
	if err != nil {
		return errors.New("the browser's key p256dh is not a point of the curve P-256")
	}
	if auth, err := fromBase64(c.Auth); err != nil || len(auth) != 16 {
		return errors.New("the browser's secret auth has not 16 octets")
	}
	return nil
}

func fromBase64(s string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
}

// Host is the host of the browser's push service.
func (p *Pusher) Host(to *account.Channel) string { return hostOf(to.Address) }

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// Send sends a message to a browser.
func (p *Pusher) Send(ctx context.Context, to *account.Channel, m *Message, w *Words) error {
	if err := p.Check(to); err != nil {
		return &GiveUp{Reason: err.Error()}
	}
	urgency := webpush.UrgencyNormal
	if m.Kind == KindReminder {
		urgency = webpush.UrgencyHigh // also to a phone that saves its battery
	}
	_, err := webpush.SendNotificationWithContext(ctx, pushOf(m, w),
		&webpush.Subscription{Endpoint: to.Address, Keys: webpush.Keys{Auth: to.Auth, P256dh: to.P256dh}},
		&webpush.Options{HTTPClient: pushClient{p.courier}, Subscriber: p.contact, Topic: topic(m.ID),
			TTL: int(ttl(m, p.now()) / time.Second), Urgency: urgency, RecordSize: pushRecord,
			VAPIDPublicKey: p.public, VAPIDPrivateKey: p.private})
	return err
}

// A pushClient makes the library's requests. It gives back answers without a body.
type pushClient struct{ *Courier }

func (c pushClient) Do(r *http.Request) (*http.Response, error) {
	res, err := c.do(r)
	final := (*GiveUp)(nil)
	switch {
	case !errors.As(err, &final) || res == nil:
	case final.Gone: // RFC 8030 section 7.3: the subscription has ended
		final.Reason += " (the browser was removed; turn notifications on in it again)"
	case res.StatusCode == http.StatusForbidden: // RFC 8292 section 4.2: it was subscribed with another key
		final.Reason += " (turn notifications off and on again in this browser)"
	}
	return res, err
}

// topic is an identity as a Topic: 32 letters of base64url (RFC 8030 section 5.4). A
// message that is sent again takes the place of itself while it waits.
func topic(id string) string {
	digest := sha256.Sum256([]byte(id))
	return base64.RawURLEncoding.EncodeToString(digest[:24])
}

// ttl is how long the push service keeps a message for a browser that is off (RFC 8030
// section 5.2): until what it is about is over, but no longer than until it comes again.
func ttl(m *Message, now time.Time) time.Duration {
	const least, day = 10 * time.Minute, 24 * time.Hour
	if m.Kind == KindTest {
		return least
	}
	r := m.Reminder
	if r == nil {
		return 7 * day
	}
	until := now
	for _, t := range []time.Time{r.Start, r.End} {
		if t.After(until) {
			until = t
		}
	}
	if r.Task {
		until = until.Add(day)
	}
	if r.NextAt.After(now) && r.NextAt.Before(until) || !until.After(now) {
		until = r.NextAt
	}
	return min(max(until.Sub(now), least), 7*day)
}

const (
	pushRecord = 4096 // what push services take at least (RFC 8030 section 7.2)
	// maxPush is what remains of a record for the message: beside the header with the
	// key, the octet that ends the padding, and the tag (RFC 8188 section 2).
	maxPush = pushRecord - (16 + 4 + 1 + 65) - 1 - 16
	maxBody = 1000
)

// pushOf is a message as it goes to a browser, shortened so that it fits.
func pushOf(m *Message, w *Words) []byte {
	p := Push{Title: Cut(w.Title, 300), Body: Cut(bodyOf(w), maxBody), Tag: topic(m.ID), Lang: w.Lang,
		URL: w.StopURL, Stop: w.Stop, Later: w.Later}
	if r := m.Reminder; r != nil {
		p.Tag, p.Insist = topic(fmt.Sprintf("%d %s %s %s", r.Ref.Coll, r.Ref.UID, r.Ref.Alarm, r.Ref.Instance)), r.Insist > 0
	}
	if p.URL == "" {
		p.Stop, p.Later = "", ""
	}
	for {
		text, err := json.Marshal(p)
		switch {
		case err != nil:
			panic(err) // it has texts alone
		case len(text) <= maxPush:
			return text
		case len(p.Body) > 10:
			p.Body = Cut(p.Body, len(p.Body)/2)
		default:
			p.URL, p.Stop, p.Later = "", "", "" // a UID of kilobytes
		}
	}
}

// bodyOf is what fits on a small screen: notes come last.
func bodyOf(w *Words) string {
	var lines []string
	for _, s := range []string{w.When, w.Late, w.Count} {
		if s != "" {
			lines = append(lines, s)
		}
	}
	for _, l := range w.Lines {
		lines = append(lines, l.Label+": "+l.Text)
	}
	return strings.Join(lines, "\n")
}
