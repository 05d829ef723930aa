package notify

import (
	"encoding/json"
	"time"

	"almanac/account"
	"almanac/store"
)

// A Message is what one person is to be told on one channel. It is a job of the queue of
// the channel's kind, written in the batch of what it tells.
type Message struct {
	// ID is its identity: what has the same ID is the same message. It is the ID of the
	// job, and in the Message-ID of a mail and the Topic of a push.
	ID       string
	Home     store.HomeID // whom it is for
	Channel  string       // ID of the account.Channel
	Kind     MessageKind
	At       time.Time       // when it is due
	Late     bool            `json:",omitempty"` // it was due a good while ago
	Reminder *Reminder       `json:",omitempty"`
	Role     *account.Notice `json:",omitempty"`
	Lost     string          `json:",omitempty"` // KindGone: the name of the channel
}

// MessageKind is what a message is about.
type MessageKind string

// The kinds.
const (
	KindReminder MessageKind = "reminder"
	KindRole     MessageKind = "role"
	KindTest     MessageKind = "test"
	KindVerify   MessageKind = "verify"
	KindGone     MessageKind = "gone" // a channel was taken away, since who is behind it said so
)

// A Reminder is what an alarm has to say.
type Reminder struct {
	Ref                                           Ref
	Summary, Location, Description, Calendar, URL string    `json:",omitempty"`
	Task, AllDay                                  bool      `json:",omitempty"`
	Start, End                                    time.Time // zero for none
	Zone                                          string    // IANA name, in which moments are shown
	Trigger                                       time.Time
	FollowUp                                      int           `json:",omitempty"` // counted from 1
	Insist                                        time.Duration `json:",omitempty"`
	NextAt                                        time.Time     // when it goes off again unless it is stopped; zero for never
	ICS                                           []byte        `json:",omitempty"` // the object, to attach
}

// A Ref says which alarm went off, for stopping it.
type Ref struct {
	Home     store.HomeID // whose reminder it is
	Coll     store.CollID
	UID      string
	Alarm    string // the alarm's key
	Instance string `json:",omitempty"` // RECURRENCE-ID of its component
	At       int64  // when it went off, Unix seconds
}

const queuePrefix = "outbox-"

// Queue is the queue of messages on channels of a kind.
func Queue(kind account.ChannelKind) string { return queuePrefix + string(kind) }

// Op makes the operation that sends the message on a channel of a kind. See also
// Outbox.Hold.
func (m *Message) Op(kind account.ChannelKind) store.Enqueue {
	payload, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings, numbers and moments can be written
	}
	return store.Enqueue{Job: store.Job{Queue: Queue(kind), ID: m.ID, Due: m.At, Payload: payload}}
}
