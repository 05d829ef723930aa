package notify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"almanac/account"
)

// A Chatter sends to chat services. A channel's address says which, and holds the
// secret that lets it in: https://… is an incoming webhook as Mattermost, kChat, Slack
// and others give; the rest are the schemes of chatServices, in the form of the library
// shoutrrr.
type Chatter struct{ courier *Courier }

// NewChatter makes a Chatter.
func NewChatter(courier *Courier) *Chatter { return &Chatter{courier} }

// A note is a message for a chat.
type note struct {
	id    string
	title string // one line
	text  string // without the title and the link
	link  string // "" for none
	label string // of the link
}

// maxNote is how many octets a chat service gets at most, the link not counted: the
// strictest takes 2000 letters.
const maxNote = 1800

// whole is the note as one text.
func (n *note) whole() string {
	s := Cut(strings.TrimSpace(n.title+"\n"+n.text), maxNote)
	if n.link != "" {
		s += "\n" + n.label + ": " + n.link
	}
	return s
}

func noteOf(m *Message, w *Words) *note {
	linkless := *w
	linkless.StopURL = ""
	n := &note{id: m.ID, title: tame(Cut(w.Title, 300)), text: tame(linkless.Plain()), link: w.StopURL}
	if n.link != "" {
		n.label = w.StopLabel()
	}
	return n
}

// tame takes the power from a text that may come from a stranger, by an invitation:
// without a letter that joins words and is not seen (U+2060) between them, @all would
// call everybody in a room, <!channel> too, and [a text](https://…) hides where it leads.
// Mail addresses and links stay as they are.
func tame(s string) string {
	const joiner = '\u2060'
	var b strings.Builder
	last := ' '
	for i, r := range s {
		switch {
		case r != '\n' && r != '\t' && unicode.IsControl(r):
			continue
		case last == '<', last == ']' && r == '(':
			b.WriteRune(joiner)
		}
		b.WriteRune(r)
		if r == '@' {
			inside := last == '/' || unicode.IsLetter(last) || unicode.IsDigit(last)
			rest := s[i+1:]
			if !inside || strings.HasPrefix(rest, "everyone") || strings.HasPrefix(rest, "here") { // Discord does not mind what is before these
				b.WriteRune(joiner)
			}
		}
		last = r
	}
	return b.String()
}

// service finds what a channel's address is of, and judges the address.
func (c *Chatter) service(address string) (*url.URL, chatService, error) {
	u, err := url.Parse(address)
	if err != nil || !utf8.ValidString(address) {
		return nil, chatService{}, errors.New("the address is no URL")
	}
	s, ok := chatServices[u.Scheme]
	if !ok {
		return nil, s, fmt.Errorf("%q is none of %s", u.Scheme, strings.Join(ChatSchemes(), ", "))
	}
	return u, s, nil
}

// ChatSchemes are what the address of a chat channel can begin with.
func ChatSchemes() []string {
	all := slices.Sorted(maps.Keys(chatServices))
	return slices.DeleteFunc(all, func(s string) bool { return s == "http" }) // of one's own network alone
}

// Check judges a chat channel's address, beyond what account.Channel.Check does. It
// sends nothing.
func (c *Chatter) Check(to *account.Channel) error {
	_, err := c.requests(context.Background(), to.Address, &note{id: "check", title: "check", text: "check"})
	return err
}

// Host is the host of the chat service.
func (c *Chatter) Host(to *account.Channel) string {
	u, s, err := c.service(to.Address)
	switch {
	case err != nil:
		return ""
	case s.host != "":
		return s.host
	}
	return strings.ToLower(u.Hostname())
}

// requests is what has to be asked of a service so that a note is told. Errors do not
// contain the address.
func (c *Chatter) requests(ctx context.Context, address string, n *note) ([]*http.Request, error) {
	u, s, err := c.service(address)
	if err != nil {
		return nil, err
	}
	all, err := s.encode(u, n)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; it has to be like %s", u.Scheme, innermost(err), s.like)
	}
	if len(all) > maxRooms {
		return nil, fmt.Errorf("%s: %d rooms are more than %d", u.Scheme, len(all), maxRooms)
	}
	for i, r := range all {
		if err := c.courier.check(r.URL); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", u.Scheme, r.URL.Hostname(), err)
		}
		r.Header.Set("User-Agent", "almanac")
		all[i] = r.WithContext(ctx)
	}
	return all, nil
}

// maxRooms is to how many rooms of a service a channel may go.
const maxRooms = 10

// innermost is the cause of an error: those around it tell of the address, a secret.
func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// Send sends a message to a chat.
func (c *Chatter) Send(ctx context.Context, to *account.Channel, m *Message, w *Words) error {
	all, err := c.requests(ctx, to.Address, noteOf(m, w))
	if err != nil {
		return &GiveUp{Reason: err.Error()}
	}
	for _, r := range all {
		if _, err := c.courier.do(r); err != nil {
			if final := (*GiveUp)(nil); errors.As(err, &final) {
				final.Gone = false // the person named it, and takes it away
			}
			return err
		}
	}
	return nil
}

// Shown is a channel's address as it is shown: of one with a secret in it, where it leads.
func Shown(c *account.Channel) string {
	if c.Kind == account.Mail {
		return c.Address
	}
	u, err := url.Parse(c.Address)
	if err != nil {
		return "…"
	}
	if s := chatServices[u.Scheme]; s.host != "" {
		return u.Scheme + "://…"
	}
	return u.Scheme + "://" + u.Host + "/…"
}
