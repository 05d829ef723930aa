package notify

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"almanac/account"
)

// A Sender sends messages on channels of one kind.
type Sender interface {
	// Send tells one message on a channel. A *GiveUp says that it never will be, a
	// *Later when to come again; after any other error it is tried again, each time
	// later. It may be called again with what was sent before: see the package.
	Send(ctx context.Context, to *account.Channel, m *Message, w *Words) error
	// Host names who is behind a channel, for limits of each.
	Host(to *account.Channel) string
}

// A GiveUp is an error after which a message is not tried again.
type GiveUp struct {
	Reason string
	Gone   bool // so is the channel, which is taken away: a browser that was unsubscribed
}

func (e *GiveUp) Error() string { return e.Reason }

// A Later is an error of who is behind a channel.
type Later struct {
	Reason string
	After  time.Duration // when to come again; 0 for the usual pause
	// Outage tells that it is not about this message: all that go there wait, and it
	// costs none of them a try.
	Outage bool
	// Slower tells that it gets too much: all that go there wait for a while, lest it
	// takes the sender for a flood.
	Slower bool
}

func (e *Later) Error() string {
	if e.After > 0 {
		return fmt.Sprintf("%s (again in %s)", e.Reason, e.After)
	}
	return e.Reason
}

// A Words is what a message says, in the language of whom it is for.
type Words struct {
	Lang    string // BCP 47
	Title   string // one line: what it is about
	When    string // one line: when that is; "" for nothing
	Lines   []Line // more of it
	Count   string // which of several it is; "" for the first
	Late    string // says that it comes late; "" when it does not
	Again   string // says when it comes again; "" when it does not
	StopURL string // a page that stops it, and shows it again later; "" for none
	Stop    string // what that is called
	Later   string // the same for showing it again later
	Footer  string // why this comes
}

// A Line is one fact of a message.
type Line struct{ Label, Text string }

// IsLink tells whether all of it is the address of a page.
func (l Line) IsLink() bool {
	u, err := url.Parse(l.Text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
