package account

import (
	"crypto/rand"
	"encoding/json"
	"time"

	"almanac/store"
)

// NoticeQueue is the queue of the jobs whose payload is a Notice.
const NoticeQueue = "notice"

// A Notice is something that a person is to be told: by mail where there is one,
// else it is logged. It is written in the batch of what it tells.
type Notice struct {
	Kind   NoticeKind
	To     store.HomeID
	ToName string
	Org    string    `json:",omitempty"` // NoticeRole: the organisation's name
	From   string    `json:",omitempty"` // NoticeRole: the role before, "" for none
	Now    string    `json:",omitempty"` // NoticeRole: the role now, "" for none
	By     string    // who did it
	At     time.Time // when
}

// NoticeKind is what a Notice is about.
type NoticeKind string

// NoticeRole is a change of one's role in an organisation.
const NoticeRole NoticeKind = "role"

// job makes the operation that has the notice delivered.
func (n Notice) job() store.Enqueue {
	payload, err := json.Marshal(n)
	if err != nil {
		panic(err) // strings and moments can be written
	}
	return store.Enqueue{Job: store.Job{Queue: NoticeQueue, ID: rand.Text(), Due: n.At, Payload: payload}}
}

// ReadNotice reads the payload of a job of NoticeQueue.
func ReadNotice(payload []byte) (n Notice, err error) {
	err = json.Unmarshal(payload, &n)
	return n, err
}
