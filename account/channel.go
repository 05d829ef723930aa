package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"almanac/store"
)

// A Channel is a way on which somebody wants to be reminded.
type Channel struct {
	ID      string // given once
	Kind    ChannelKind
	Name    string // what alarms and commands call it; unique for a person, whatever the case
	Address string // Mail: the address. Browser: the push service's endpoint. Chat: the URL of the service, which is a secret
	// P256dh and Auth are the keys of a Browser's subscription (RFC 8291 section 2), base64url.
	P256dh, Auth string   `json:",omitempty"`
	Takes        []string // what alarms do, as ACTION has it, for it to tell those that name no channel
	Verified     time.Time
	Created      time.Time
	// Problem is why messages do not arrive, and ProblemAt since when: of the last one
	// that was given up, or of one that has been tried for long. It is "" again once one
	// arrives. Senders keep it, by ProblemOp.
	Problem   string    `json:"-"`
	ProblemAt time.Time `json:"-"`
}

// A problem is what is kept of what is wrong with a channel: apart from the channel, so
// that who sends and who changes the channel do not undo what the other writes.
type problem struct {
	Of     string // the address; at another one it does not hold
	Reason string
	At     time.Time
}

// ChannelKind is how a channel works.
type ChannelKind string

// The kinds of channel.
const (
	Mail    ChannelKind = "mail"
	Browser ChannelKind = "browser"
	Chat    ChannelKind = "chat"
)

// ChannelKinds are all there are.
var ChannelKinds = []ChannelKind{Mail, Browser, Chat}

// takesByKind is what a channel takes unless it says otherwise. Phones ring by
// themselves, so that what they display is told where somebody asked for it.
var takesByKind = map[ChannelKind][]string{Mail: {"EMAIL"}, Browser: {"DISPLAY", "AUDIO"}, Chat: {}}

// AlarmActions are what alarms do (RFC 5545 section 3.8.6.1) and channels can take.
var AlarmActions = []string{"EMAIL", "DISPLAY", "AUDIO"}

// OwnMail is the ID of the channel that everybody has who has a mail address.
const OwnMail = "mail"

const (
	factChannel = "channel"
	factProblem = "channel-problem"
	// MaxChannels is how many channels somebody may have.
	MaxChannels    = 20
	maxChannelName = 64
	maxAddress     = 2000
)

// ErrChannel tells what is wrong with a channel; it is said to whoever made it.
var ErrChannel = errors.New("no such channel can be")

// ErrNoChannel tells that there is no such channel.
var ErrNoChannel = errors.New("no such channel")

func channelKey(home store.HomeID, id string) string { return homeKey(home) + "/" + id }

// Channels returns a person's channels in the order in which they were made. The first
// is their mail address, which administrators and directories set, unless they have a
// mail channel of that ID that says otherwise.
func Channels(snap store.Snapshot, home store.HomeID) ([]*Channel, error) {
	var all []*Channel
	err := each(func(visit func(*store.Record) bool) error {
		return snap.Records(factChannel, homeKey(home)+"/", "", visit)
	}, func(_ *store.Record, c *Channel) error {
		all = append(all, c)
		return nil
	})
	if err != nil {
		return nil, err
	}
	h, err := snap.Home(home)
	if err != nil {
		return nil, err
	}
	if len(h.Emails) > 0 {
		i := slices.IndexFunc(all, func(c *Channel) bool { return c.ID == OwnMail })
		if i < 0 {
			all = append(all, &Channel{ID: OwnMail, Kind: Mail, Name: OwnMail, Takes: takesByKind[Mail], Created: h.Created})
			i = len(all) - 1
		}
		all[i].Address, all[i].Verified = h.Emails[0], h.Created
	}
	for _, c := range all {
		p, _, err := factOf[problem](snap, factProblem, channelKey(home, c.ID))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		if err == nil && p.Of == c.Address {
			c.Problem, c.ProblemAt = p.Reason, p.At
		}
	}
	slices.SortStableFunc(all, func(a, b *Channel) int {
		return cmp.Or(a.Created.Compare(b.Created), strings.Compare(a.ID, b.ID))
	})
	return all, nil
}

// ChannelOf returns one channel by its ID: ErrNoChannel when there is none.
func ChannelOf(snap store.Snapshot, home store.HomeID, id string) (*Channel, error) {
	return findChannel(snap, home, func(c *Channel) bool { return c.ID == id })
}

// ChannelNamed returns one channel by its name.
func ChannelNamed(snap store.Snapshot, home store.HomeID, name string) (*Channel, error) {
	return findChannel(snap, home, func(c *Channel) bool { return strings.EqualFold(c.Name, name) })
}

func findChannel(snap store.Snapshot, home store.HomeID, is func(*Channel) bool) (*Channel, error) {
	all, err := Channels(snap, home)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], nil
	}
	return nil, ErrNoChannel
}

// Check judges a channel, and brings its texts into form. What its address may be,
// beside its form, the sender decides.
func (c *Channel) Check() error {
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrChannel, fmt.Sprintf(format, args...))
	}
	c.Name, c.Address = strings.TrimSpace(c.Name), strings.TrimSpace(c.Address)
	switch {
	case !slices.Contains(ChannelKinds, c.Kind):
		return wrong("%q is none of mail, browser and chat", c.Kind)
	case c.Name == "" || len(c.Name) > maxChannelName || !utf8.ValidString(c.Name) || strings.ContainsFunc(c.Name, func(r rune) bool { return r < ' ' || r == ',' || r == ';' || r == 0x7F }):
		return wrong("a name has 1 to %d octets, no commas, semicolons or control characters", maxChannelName)
	case len(c.Address) > maxAddress || strings.ContainsFunc(c.Address, func(r rune) bool { return r < ' ' || r == 0x7F }):
		return wrong("the address is too long, or has control characters")
	}
	for i, a := range c.Takes {
		c.Takes[i] = strings.ToUpper(strings.TrimSpace(a))
		if !slices.Contains(AlarmActions, c.Takes[i]) {
			return wrong("it can take %s, not %q", strings.ToLower(strings.Join(AlarmActions, ", ")), a)
		}
	}
	if c.Takes == nil {
		c.Takes = takesByKind[c.Kind]
	}
	switch c.Kind {
	case Mail:
		a, err := mail.ParseAddress(c.Address)
		if err != nil || a.Address != c.Address || a.Name != "" {
			return wrong("%q is no mail address", c.Address)
		}
	default:
		u, err := url.Parse(c.Address)
		if err != nil || u.Scheme == "" || c.Kind == Browser && u.Scheme != "https" && u.Scheme != "http" {
			return wrong("its address is no URL, such as https://chat.example.org/hooks/KEY or ntfy://ntfy.example.org/TOPIC")
		}
	}
	return nil
}

// AddChannel gives a person another channel, and returns it.
func AddChannel(ctx context.Context, st store.Store, home store.HomeID, by string, now time.Time, random io.Reader, c Channel) (*Channel, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	id := make([]byte, 8)
	if _, err := io.ReadFull(random, id); err != nil {
		return nil, fmt.Errorf("make an ID: %w", err)
	}
	c.ID, c.Created = fmt.Sprintf("%x", id), store.Moment(now)
	err := st.View(ctx, func(snap store.Snapshot) error {
		all, err := Channels(snap, home)
		if err != nil {
			return err
		}
		if len(all) >= MaxChannels {
			return fmt.Errorf("%w: %d are enough; remove one first", ErrChannel, MaxChannels)
		}
		if slices.ContainsFunc(all, func(o *Channel) bool { return strings.EqualFold(o.Name, c.Name) }) {
			return fmt.Errorf("%w: there is one called %q", ErrChannel, c.Name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &c, write(ctx, st, home, by, now, nil, channelFact(home, &c))
}

// ChangeChannel changes a channel; change gets it as it is. Its kind and its ID stay.
func ChangeChannel(ctx context.Context, st store.Store, home store.HomeID, id, by string, now time.Time, change func(*Channel)) error {
	var c *Channel
	err := st.View(ctx, func(snap store.Snapshot) (err error) {
		c, err = ChannelOf(snap, home, id)
		return err
	})
	if err != nil {
		return err
	}
	changed := *c
	changed.Takes = slices.Clone(c.Takes)
	change(&changed)
	changed.ID, changed.Kind = c.ID, c.Kind
	if err := changed.Check(); err != nil {
		return err
	}
	return write(ctx, st, home, by, now, nil, channelFact(home, &changed))
}

// RemoveChannelOps are the operations that take a channel away. That of the account's
// own mail address is as it was at first then.
func RemoveChannelOps(home store.HomeID, id string) []store.Op {
	key := channelKey(home, id)
	return []store.Op{store.DeleteRecord{Kind: factChannel, Key: key}, store.DeleteRecord{Kind: factProblem, Key: key}}
}

// ProblemOp is the operation that notes why messages on a channel do not arrive; with
// no reason, that they do.
func ProblemOp(home store.HomeID, c *Channel, reason string, at time.Time) store.Op {
	key := channelKey(home, c.ID)
	if reason == "" {
		return store.DeleteRecord{Kind: factProblem, Key: key}
	}
	return fact(factProblem, key, problem{Of: c.Address, Reason: reason, At: store.Moment(at)})
}

// RemoveChannel takes a channel away.
func RemoveChannel(ctx context.Context, st store.Store, home store.HomeID, id, by string, now time.Time) error {
	return write(ctx, st, home, by, now, nil, RemoveChannelOps(home, id)...)
}
