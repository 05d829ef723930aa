package account

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"almanac/store"
)

// notes is what an Authenticator has yet to write down: uses of app passwords,
// sign-ins and failures. Requests only put it here; Run writes it.
type notes struct {
	kick chan struct{} // holds one when there is something to write

	mu       sync.Mutex
	uses     map[string]appNote // by the key of the app password
	signIns  []signIn
	failures map[failureKey]*failureNote
	missed   int       // failures for which there was no room
	told     time.Time // when failures were last written
}

// The room for notes between two writings. What finds none is counted, or comes
// again with the next request.
const (
	maxUseNotes     = 8192
	maxSignInNotes  = 1024
	maxFailureNotes = 1024
)

type appNote struct {
	home  store.HomeID
	value []byte // of the app password's record
	use   appUse
}

type signIn struct {
	who    Identity
	door   door
	by     string // the identity provider; "" for a password
	addr   netip.Addr
	net    network
	client string
	at     time.Time
}

type failureKey struct {
	user   string
	net    network
	reason string
}

type failureNote struct {
	count  int
	at     time.Time // of the last
	addr   netip.Addr
	client string
}

func newNotes() *notes {
	return &notes{kick: make(chan struct{}, 1), uses: map[string]appNote{}, failures: map[failureKey]*failureNote{}}
}

func (n *notes) wake() {
	select {
	case n.kick <- struct{}{}:
	default:
	}
}

// use tells whether there was room.
func (n *notes) use(key string, use appNote) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, there := n.uses[key]; !there && len(n.uses) >= maxUseNotes {
		return false
	}
	n.uses[key] = use
	n.wake()
	return true
}

func (n *notes) signIn(s signIn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s.client = shorten(s.client, 200)
	if len(n.signIns) < maxSignInNotes {
		n.signIns = append(n.signIns, s)
	}
	n.wake()
}

func (n *notes) fail(t *attempt, reason string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	key := failureKey{t.user, t.net, reason}
	f := n.failures[key]
	if f == nil {
		if len(n.failures) >= maxFailureNotes {
			n.missed++
			return
		}
		f = new(failureNote)
		n.failures[key] = f
	}
	f.count++
	f.at, f.addr, f.client = t.now, t.from.Addr, shorten(t.from.Client, 200)
	n.wake()
}

// take hands over what there is; failures only if some time has passed since they
// were told last.
func (n *notes) take(now time.Time, all bool) (uses map[string]appNote, signIns []signIn, failures map[failureKey]*failureNote, missed int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	uses, n.uses = n.uses, map[string]appNote{}
	signIns, n.signIns = n.signIns, nil
	if len(n.failures) > 0 && (all || now.Sub(n.told) >= failureEvery || now.Before(n.told)) {
		failures, n.failures = n.failures, map[failureKey]*failureNote{}
		missed, n.missed = n.missed, 0
		n.told = now
	}
	return uses, signIns, failures, missed
}

// How long notes wait for others to be written with, and failures to be counted
// together.
const (
	noteDelay    = 2 * time.Second
	failureEvery = time.Minute
)

// Run writes down what the Authenticator notes, until ctx ends; then the rest.
// Without it nothing is written.
func (a *Authenticator) Run(ctx context.Context, now func() time.Time) {
	for more := true; more; {
		select {
		case <-a.notes.kick:
		case <-time.After(failureEvery): // failures that waited
		case <-ctx.Done():
		}
		select {
		case <-time.After(noteDelay):
		case <-ctx.Done():
			more = false
		}
		if err := a.write(context.WithoutCancel(ctx), now(), !more); err != nil {
			a.log.Error("sign-ins could not be written down", "error", err)
		}
	}
}

// Flush writes down at once what Run would write.
func (a *Authenticator) Flush(ctx context.Context, now time.Time) error {
	return a.write(ctx, now, true)
}

func (a *Authenticator) write(ctx context.Context, now time.Time, all bool) error {
	uses, signIns, failures, missed := a.notes.take(now, all)
	return errors.Join(a.writeUses(ctx, uses), a.tell(ctx, signIns, failures, missed, now))
}

// tell writes sign-ins and failures into the audit log, in the order in which they
// were.
func (a *Authenticator) tell(ctx context.Context, signIns []signIn, failures map[failureKey]*failureNote, missed int, now time.Time) error {
	var events []Event
	var seen []*store.Batch
	err := a.st.View(ctx, func(s store.Snapshot) (err error) {
		if events, seen, err = signInEvents(s, signIns); err != nil {
			return err
		}
		failed, err := failureEvents(s, failures, missed, now)
		events = append(events, failed...)
		return err
	})
	if err != nil {
		return fmt.Errorf("read what is known of sign-ins: %w", err)
	}
	slices.SortStableFunc(events, func(a, b Event) int { return a.At.Compare(b.At) })
	// Told twice is better than not at all: what is remembered comes after.
	if err := Audit(ctx, a.st, events...); err != nil {
		return err
	}
	for _, b := range seen {
		if _, err := a.st.Apply(ctx, b); err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("remember sign-ins: %w", err)
		}
	}
	return nil
}

// writeUses writes several at a time, so that they share a commit.
func (a *Authenticator) writeUses(ctx context.Context, uses map[string]appNote) error {
	var group errgroup.Group
	group.SetLimit(32)
	for key, n := range uses {
		group.Go(func() error {
			_, err := a.st.Apply(ctx, &store.Batch{Home: n.home,
				// An app password that was removed meanwhile leaves nothing behind.
				Pre: []store.Pre{store.RecordIs{Kind: factAppPassword, Key: key, Value: n.value}},
				Ops: []store.Op{fact(factAppUse, key, n.use)},
			})
			var gone *store.PreconditionError
			if errors.As(err, &gone) || errors.Is(err, store.ErrNotFound) {
				return nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("write uses of app passwords: %w", err)
	}
	return nil
}

// factSeen is the kind of record of the clients and networks that an account is
// known to come from: see doc.go.
const factSeen = "seen"

// maxSeen is how many an account has, those seen last.
const maxSeen = 100

type seenValue struct {
	Seen []seenEntry `json:"seen"` // oldest first
}

type seenEntry struct {
	Key string `json:"k"`
	Day string `json:"d"` // when it was last seen
}

// seenKey stands for a credential, a client whatever its version, and a network.
func (s *signIn) seenKey() string {
	client, _, _ := strings.Cut(s.client, "/")
	sum := sha256.Sum256([]byte(s.who.App + "\x00" + string(s.door) + "\x00" + client + "\x00" + string(s.net[:])))
	return hex.EncodeToString(sum[:8])
}

// signInEvents tells of those that are the first of their kind, and of all that were
// made on pages, with what remembers them.
func signInEvents(s store.Snapshot, all []signIn) (events []Event, seen []*store.Batch, err error) {
	byHome := map[store.HomeID][]signIn{}
	for _, in := range all {
		byHome[in.who.Home] = append(byHome[in.who.Home], in)
	}
	for home, ins := range byHome {
		fresh, batch, err := newSignIns(s, home, ins)
		if err != nil {
			return nil, nil, err
		}
		events = append(events, fresh...)
		if batch != nil {
			seen = append(seen, batch)
		}
	}
	return events, seen, nil
}

// newSignIns returns what is to be told of the sign-ins of a home, and what
// remembers them, nil when nothing changed.
func newSignIns(sn store.Snapshot, home store.HomeID, all []signIn) (events []Event, batch *store.Batch, err error) {
	v, _, err := factOf[seenValue](sn, factSeen, homeKey(home))
	if errors.Is(err, store.ErrNotFound) {
		v, err = new(seenValue), nil
	}
	if err != nil {
		return nil, nil, err
	}
	changed := false
	for _, s := range all {
		entry := seenEntry{s.seenKey(), s.at.UTC().Format(time.DateOnly)}
		i := slices.IndexFunc(v.Seen, func(e seenEntry) bool { return e.Key == entry.Key })
		if i < 0 || s.door == doorPages {
			events = append(events, s.event(sn))
		}
		if i >= 0 {
			if v.Seen[i].Day == entry.Day {
				continue
			}
			v.Seen = slices.Delete(v.Seen, i, i+1)
		} else if len(v.Seen) == maxSeen {
			v.Seen = slices.Delete(v.Seen, 0, 1)
		}
		v.Seen = append(v.Seen, entry)
		changed = true
	}
	if !changed {
		return events, nil, nil
	}
	return events, &store.Batch{Home: home, Ops: []store.Op{fact(factSeen, homeKey(home), v)}}, nil
}

func (s *signIn) event(sn store.Snapshot) Event {
	e := Event{At: s.at, Act: SignedIn, Actor: s.who.Name, Subject: s.who.Name, Addr: addrText(s.addr), Client: s.client, Detail: "with the account's password"}
	switch {
	case s.by != "":
		e.Detail = "on the pages, through " + s.by
	case s.door == doorPages:
		e.Detail = "on the pages"
	case s.who.App != "":
		e.Detail = "with app password " + s.who.App
		if r, err := sn.Record(factAppPassword, appKey(s.who.Home, s.who.App)); err == nil {
			if p, err := readApp(sn, r); err == nil {
				e.Detail = fmt.Sprintf("with app password %q", p.Label)
			}
		}
	}
	return e
}

func addrText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.Unmap().WithZone("").String()
}

// maxFailureEvents is how many entries one writing of failures may make; the
// others are summed up in one more. An attack of any size fills the log no faster.
const maxFailureEvents = 16

func failureEvents(s store.Snapshot, failures map[failureKey]*failureNote, missed int, now time.Time) (events []Event, err error) {
	// What was typed in place of a user name may be a password: names that nobody
	// has are not written down.
	known := map[string]bool{}
	merged := map[failureKey]*failureNote{}
	for key, f := range failures {
		there, done := known[key.user]
		if !done {
			_, err := s.HomeByName(key.user)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, err
			}
			there = err == nil
			known[key.user] = there
		}
		if !there {
			key.user = ""
		}
		m := merged[key]
		if m == nil {
			merged[key] = f
			continue
		}
		m.count += f.count
		if f.at.After(m.at) {
			m.at, m.addr, m.client = f.at, f.addr, f.client
		}
	}
	for key, f := range merged {
		e := Event{At: f.at, Act: SignInFailed, Subject: key.user, Addr: addrText(f.addr), Client: f.client, Detail: key.reason, Count: f.count}
		if key.user == "" {
			e.Detail += "; of users that are not there"
		}
		events = append(events, e)
	}
	slices.SortFunc(events, func(a, b Event) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), a.At.Compare(b.At), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Addr, b.Addr))
	})
	for len(events) > maxFailureEvents {
		missed += events[len(events)-1].Count
		events = events[:len(events)-1]
	}
	for i := range events {
		if events[i].Count == 1 {
			events[i].Count = 0
		}
	}
	if missed > 0 {
		events = append(events, Event{At: now, Act: SignInFailed, Detail: "others, of many users or from many networks", Count: missed})
	}
	return events, nil
}
