package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"almanac/store"
)

// An Act is what an entry of the audit log tells of.
type Act string

// The acts. Those of sign-ins come from the Authenticator, the others from whoever
// carries them out.
const (
	SignedIn     Act = "sign-in"        // the first of a client from a network
	SignInFailed Act = "sign-in-failed" // wrong or slowed tries, counted together

	AccountAdded   Act = "account-added"
	AccountChanged Act = "account-changed"
	AccountRemoved Act = "account-removed"
	AccountLinked  Act = "account-linked" // with a directory or an identity provider
	PasswordSet    Act = "password-set"

	AppPasswordAdded   Act = "app-password-added"
	AppPasswordRemoved Act = "app-password-removed"
	TwoFactorOn        Act = "two-factor-on"
	TwoFactorOff       Act = "two-factor-off"
	RecoveryCodesMade  Act = "recovery-codes-made"
	RecoveryCodeUsed   Act = "recovery-code-used"

	RoleChanged  Act = "role-changed"
	ShareAdded   Act = "share-added"
	ShareChanged Act = "share-changed"
	ShareRemoved Act = "share-removed"

	// AdminAct is what an administrator did that has no name of its own.
	AdminAct Act = "admin"
)

// An Event is an entry of the audit log.
type Event struct {
	Seq     uint64    `json:"seq"` // from 1, without gaps; given by Audit
	At      time.Time `json:"at"`
	Act     Act       `json:"act"`
	Actor   string    `json:"actor,omitempty"`   // who did it: a user name, or an operator of the machine
	Subject string    `json:"subject,omitempty"` // the account that it is about
	Addr    string    `json:"addr,omitempty"`    // IP address or network that it came from
	Client  string    `json:"client,omitempty"`  // as it calls itself
	Detail  string    `json:"detail,omitempty"`  // in words
	Count   int       `json:"count,omitempty"`   // how many such there were, if more than one
	Prev    string    `json:"prev"`              // SHA-256 of the entry before, in hex; given by Audit
}

// The kinds of record of the audit log: see doc.go.
const (
	factAudit     = "audit"
	factAuditHead = "audit-head"
	auditHeadKey  = "head"
)

// An AuditHead is what the whole log can be compared with. Who keeps one elsewhere
// can tell later whether the log was written anew.
type AuditHead struct {
	Seq    uint64 `json:"seq"`    // of the last entry; 0 when there was none yet
	Hash   string `json:"hash"`   // of the last entry
	First  uint64 `json:"first"`  // the oldest entry that is kept
	Anchor string `json:"anchor"` // Prev of that one
}

func auditKey(seq uint64) string { return numberKey(seq) }

func auditHash(value []byte) string {
	sum := sha256.Sum256(value)
	return hex.EncodeToString(sum[:])
}

// auditBatch is how many entries are written, or removed, at a time.
const auditBatch = 256

// Audit appends events to the audit log, in one piece for each auditBatch of them.
// It is the only way in: nothing changes an entry, and only ExpireAudit removes
// some, from the old end. Texts that are too long are cut.
func Audit(ctx context.Context, st store.Store, events ...Event) error {
	for len(events) > 0 {
		n := min(len(events), auditBatch)
		if err := appendAudit(ctx, st, events[:n]); err != nil {
			return fmt.Errorf("write the audit log: %w", err)
		}
		events = events[n:]
	}
	return nil
}

// appendAudit tries again when somebody else appended at the same moment: one of
// them always gets through.
func appendAudit(ctx context.Context, st store.Store, events []Event) error {
	for {
		head, old, err := readAuditHead(ctx, st)
		if err != nil {
			return err
		}
		b := &store.Batch{By: "audit", Pre: []store.Pre{store.RecordIs{Kind: factAuditHead, Key: auditHeadKey, Value: old}}}
		for _, e := range events {
			e.limit()
			e.Seq, e.Prev, e.At = head.Seq+1, head.Hash, e.At.UTC()
			entry := fact(factAudit, auditKey(e.Seq), e, e.refs()...)
			b.Ops = append(b.Ops, entry)
			head.Seq, head.Hash = e.Seq, auditHash(entry.Record.Value)
		}
		b.Ops = append(b.Ops, fact(factAuditHead, auditHeadKey, head))
		_, err = st.Apply(ctx, b)
		var raced *store.PreconditionError
		if !errors.As(err, &raced) {
			return err
		}
	}
}

func readAuditHead(ctx context.Context, st store.Store) (head AuditHead, value []byte, err error) {
	err = st.View(ctx, func(s store.Snapshot) error {
		head, value, err = auditHead(s)
		return err
	})
	return head, value, err
}

// auditHead returns the head with its octets, nil when there is none yet.
func auditHead(s store.Snapshot) (head AuditHead, value []byte, err error) {
	h, value, err := factOf[AuditHead](s, factAuditHead, auditHeadKey)
	if errors.Is(err, store.ErrNotFound) {
		return AuditHead{First: 1}, nil, nil
	}
	if err == nil {
		head = *h
	}
	return head, value, err
}

// limit bounds what came from outside.
func (e *Event) limit() {
	e.Actor, e.Subject, e.Addr = shorten(e.Actor, MaxName+64), shorten(e.Subject, MaxName), shorten(e.Addr, 64)
	e.Client, e.Detail = shorten(e.Client, 200), shorten(e.Detail, 1000)
}

// refs are whom the entry is found by.
func (e *Event) refs() (refs []string) {
	for _, name := range []string{e.Actor, e.Subject} {
		if name != "" {
			refs = append(refs, name)
		}
	}
	return store.SortRefs(refs)
}

// An AuditFilter chooses entries. The zero value chooses all.
type AuditFilter struct {
	User  string    // actor or subject
	Since time.Time // at or after
	After uint64    // entries with a greater Seq
	Last  int       // no more than so many, the newest; 0: all
}

// AuditLog visits the entries that a filter chooses, the oldest first.
func AuditLog(s store.Snapshot, f AuditFilter, visit func(Event) bool) error {
	var ring []Event
	next := 0 // the oldest in a full ring
	var inner error
	each := func(r *store.Record) bool {
		var e Event
		if inner = json.Unmarshal(r.Value, &e); inner != nil {
			inner = fmt.Errorf("entry %s: %w", r.Key, inner)
			return false
		}
		switch {
		case e.Seq <= f.After || e.At.Before(f.Since):
			return true
		case f.Last == 0:
			return visit(e)
		case len(ring) < f.Last:
			ring = append(ring, e)
		default:
			ring[next] = e
			next = (next + 1) % f.Last
		}
		return true
	}
	var err error
	if f.User != "" {
		err = s.Referring(factAudit, f.User, each)
	} else {
		err = s.Records(factAudit, "", auditKey(f.After), each)
	}
	if err = errors.Join(err, inner); err != nil {
		return fmt.Errorf("read the audit log: %w", err)
	}
	for i := range ring {
		if !visit(ring[(next+i)%len(ring)]) {
			break
		}
	}
	return nil
}

// A ChainError tells where the audit log is not what was written.
type ChainError struct {
	Seq    uint64
	Reason string
}

func (e *ChainError) Error() string { return fmt.Sprintf("audit log, entry %d: %s", e.Seq, e.Reason) }

// VerifyAudit recomputes the chain of hashes through the whole log. What does not
// fit is a *ChainError. known, unless it is zero, is a head that was kept earlier:
// the log must still contain it, or have let go of it by age.
func VerifyAudit(s store.Snapshot, known AuditHead) (AuditHead, error) {
	head, _, err := auditHead(s)
	if err != nil {
		return head, fmt.Errorf("read the audit log: %w", err)
	}
	seq, prev := head.First, head.Anchor
	var wrong error
	err = s.Records(factAudit, "", "", func(r *store.Record) bool {
		var e Event
		switch {
		case r.Key != auditKey(seq):
			wrong = &ChainError{seq, "it is missing"}
		case json.Unmarshal(r.Value, &e) != nil:
			wrong = &ChainError{seq, "it cannot be read"}
		case e.Seq != seq:
			wrong = &ChainError{seq, fmt.Sprintf("it says that it is entry %d", e.Seq)}
		case e.Prev != prev:
			wrong = &ChainError{seq, "it does not follow on the entry before: one of them was changed"}
		}
		if wrong != nil {
			return false
		}
		prev = auditHash(r.Value)
		if seq == known.Seq && prev != strings.ToLower(known.Hash) {
			wrong = &ChainError{seq, "it is another one than was noted"}
			return false
		}
		seq++
		return true
	})
	switch {
	case err != nil:
		return head, fmt.Errorf("read the audit log: %w", err)
	case wrong != nil:
		return head, wrong
	case seq != head.Seq+1:
		return head, &ChainError{seq, "it is missing, and all after it"}
	case prev != head.Hash && head.Seq >= head.First:
		return head, &ChainError{head.Seq, "it was changed"}
	case known.Seq > head.Seq:
		return head, &ChainError{known.Seq, "it was noted, and is not there"}
	}
	return head, nil
}

// ExpireAudit removes the entries from before a moment, in short steps. The chain
// of those that stay can be verified as before.
func ExpireAudit(ctx context.Context, st store.Store, before time.Time) error {
	for {
		done, err := expireAuditStep(ctx, st, before)
		if err != nil {
			return fmt.Errorf("shorten the audit log: %w", err)
		}
		if done {
			return nil
		}
	}
}

func expireAuditStep(ctx context.Context, st store.Store, before time.Time) (done bool, err error) {
	b := &store.Batch{By: "expiry"}
	err = st.View(ctx, func(s store.Snapshot) error {
		head, old, err := auditHead(s)
		if err != nil {
			return err
		}
		b.Pre = []store.Pre{store.RecordIs{Kind: factAuditHead, Key: auditHeadKey, Value: old}}
		err = s.Records(factAudit, "", "", func(r *store.Record) bool {
			var e Event
			// An entry that cannot be read stays: VerifyAudit tells of it.
			if json.Unmarshal(r.Value, &e) != nil || !e.At.Before(before) || len(b.Ops) == auditBatch {
				return false
			}
			b.Ops = append(b.Ops, store.DeleteRecord{Kind: factAudit, Key: strings.Clone(r.Key)})
			head.First, head.Anchor = e.Seq+1, auditHash(r.Value)
			return true
		})
		if len(b.Ops) > 0 {
			b.Ops = append(b.Ops, fact(factAuditHead, auditHeadKey, head))
		}
		return err
	})
	if err != nil || len(b.Ops) == 0 {
		return true, err
	}
	_, err = st.Apply(ctx, b)
	var raced *store.PreconditionError
	if errors.As(err, &raced) {
		return false, nil
	}
	return false, err
}
