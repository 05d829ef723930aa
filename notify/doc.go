// Package notify tells people what concerns them.
//
// What is to be told is a job in the store ([account.NoticeQueue]), written in the
// batch of what happened: what was done is told, and nothing else is. A [Postman]
// takes the jobs from the queue and hands each notice to a [Channel]. There is one
// channel so far, the log.
//
// A notice is told at least once. The postman holds a lease on a job while it works
// on it; should the process end in between, the lease runs out and the next postman
// has it. A channel that fails is tried again when the lease runs out, each time
// later, until the notice is too old to matter.
package notify
