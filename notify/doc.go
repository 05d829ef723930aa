// Package notify tells people what concerns them: reminders, changes of their roles.
//
// What is to be told is a [Message] in the store, a job written in the batch of what
// it tells: what was done is told, and nothing else is. An [Outbox] takes the messages
// from their queues, one for each kind of channel, and hands them to a [Sender]: mail,
// a browser's push service, a chat service.
//
// A message is sent at least once. The outbox holds a lease on it while it is sent;
// should the process end in between, the lease runs out and it is sent again, with the
// same identity: the Message-ID of the mail, the Topic of the push. What fails is tried
// again with growing pauses, and given up in the end; what was given up stays to be
// looked at, with the reason, in a queue of its own ([FailedQueue]).
//
// A channel on which messages do not arrive has a problem, which its owner is shown until
// one arrives again; a browser that its push service no longer knows is taken away, and
// the person told by mail (outcome.go).
//
// Nobody waits for others: each provider has limits of its own, and one that is down, or asks
// for less, is left alone for a while (hosts.go). A message that
// has waited is asked once more whether it is of any use: a reminder that was stopped
// meanwhile is not told.
package notify
