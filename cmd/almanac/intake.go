package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"almanac/account"
	"almanac/ical"
	"almanac/store"
	"almanac/vcard"
)

// An intake stores objects that come from elsewhere into one collection, many to
// a commit. An object whose UID is there already takes that member's place, so
// that what is taken in twice makes no doubles; one that is the same octet for
// octet is left alone. Two different objects with one UID that come from the same
// place cannot both be stored: the second is refused.
type intake struct {
	env  *Env
	home store.HomeID
	coll *store.Collection

	// refuse is told of what cannot be stored; the rest goes on.
	refuse func(refusal)

	// origins says by UID where in the present source an object was met.
	origins map[string]origin

	waiting []arrival
	octets  int
	names   map[string]bool // of the waiting
	uids    map[string]bool

	added, changed, same, refused int
}

// An arrival is one object to be stored.
type arrival struct {
	source string // file or path it comes from, for messages
	line   int    // in the file, from 1; 0 when it is not from a file
	name   string // member name wanted; "": made from the UID
	body   []byte
	index  store.Index
}

// An origin is where an object came from, and a hash of it.
type origin struct {
	source string
	line   int
	sum    [16]byte
}

// A refusal tells what was not taken in, and why.
type refusal struct {
	Source string `json:"source"`
	Line   int    `json:"line,omitempty"`
	UID    string `json:"uid,omitempty"`
	Reason string `json:"reason"`
}

func (r refusal) String() string {
	where := clean(r.Source)
	if r.Line > 0 {
		where = fmt.Sprintf("%s:%d", where, r.Line)
	}
	if r.UID != "" {
		where += ": UID " + clean(r.UID)
	}
	return where + ": " + clean(r.Reason)
}

// One commit takes so many objects, or so many octets.
const (
	intakeObjects = 2000
	intakeOctets  = 8 << 20
)

func (env *Env) newIntake(home *store.Home, coll *store.Collection, refuse func(refusal)) *intake {
	return &intake{env: env, home: home.ID, coll: coll, refuse: refuse,
		origins: map[string]origin{}, names: map[string]bool{}, uids: map[string]bool{}}
}

// maxImported bounds one imported object, in octets.
const maxImported = 32 << 20

// validate judges what is to be stored as a PUT would be.
func (in *intake) validate(body []byte) (store.Index, error) {
	if in.coll.Kind == store.AddressBook {
		c, err := vcard.Validate(body, maxImported)
		if err != nil {
			return store.Index{}, err
		}
		return store.IndexOfCard(c), nil
	}
	if _, err := ical.Validate(body, ical.Rules{Components: in.coll.Components, MaxSize: maxImported}); err != nil {
		return store.Index{}, err
	}
	return store.IndexOf(in.coll.Kind, body)
}

// take stores an object, sooner or later: flush ends the waiting. It tells
// whether it did; one that came before from the same source is not taken again.
func (in *intake) take(a arrival) (bool, error) {
	from := origin{a.source, a.line, hash16(a.body)}
	if first, again := in.origins[a.index.UID]; again && (a.line > 0 || first.source != a.source) {
		switch {
		case first.sum == from.sum:
			in.same++
		case first.line > 0:
			in.reject(a, fmt.Errorf("line %d has another object with this UID", first.line))
		default:
			in.reject(a, fmt.Errorf("%s is another object with this UID", first.source))
		}
		return false, nil
	}
	in.origins[a.index.UID] = from
	if in.uids[a.index.UID] || a.name != "" && in.names[a.name] {
		// The earlier one must be there to be compared with.
		if err := in.flush(); err != nil {
			return false, err
		}
	}
	in.waiting = append(in.waiting, a)
	in.octets += len(a.body)
	in.uids[a.index.UID] = true
	in.names[a.name] = true
	if len(in.waiting) >= intakeObjects || in.octets >= intakeOctets {
		return true, in.flush()
	}
	return true, nil
}

func (in *intake) reject(a arrival, err error) {
	in.refused++
	in.refuse(refusal{a.source, a.line, a.index.UID, err.Error()})
}

// maxReplans bounds how often a commit is planned anew because a client wrote to
// the same members in between.
const maxReplans = 10

// flush stores what waits.
func (in *intake) flush() error {
	waiting := in.waiting
	in.waiting, in.octets = nil, 0
	clear(in.names)
	clear(in.uids)
	return in.store(waiting)
}

// store stores some objects together, or when the account may not hold them all, in
// smaller parts: what there is room for goes in, and the rest is refused one by one.
func (in *intake) store(waiting []arrival) error {
	if len(waiting) == 0 {
		return nil
	}
	for try := 0; ; try++ {
		p, err := in.plan(waiting)
		if err != nil {
			return err
		}
		if len(p.batch.Ops) > 0 {
			_, err = account.Apply(in.env.Ctx, in.env.Store, &p.batch)
		}
		var over *store.LimitError
		if errors.As(err, &over) {
			if len(waiting) == 1 {
				in.reject(waiting[0], limitReason(over))
				return nil
			}
			half := len(waiting) / 2
			if err := in.store(waiting[:half]); err != nil {
				return err
			}
			return in.store(waiting[half:])
		}
		var conflict *store.UIDConflictError
		var overtaken *store.PreconditionError
		if (errors.As(err, &conflict) || errors.As(err, &overtaken)) && try < maxReplans {
			continue
		}
		if err != nil {
			return fmt.Errorf("store what came in: %w", err)
		}
		in.added, in.changed, in.same = in.added+p.added, in.changed+p.changed, in.same+p.same
		return nil
	}
}

// A plan is what one commit is to do, provided that the members that it writes
// are still what they were when it was made.
type plan struct {
	batch                store.Batch
	added, changed, same int
}

// plan finds for each object the member it becomes.
func (in *intake) plan(waiting []arrival) (*plan, error) {
	p := &plan{batch: store.Batch{Home: in.home, By: in.env.by(), At: in.env.Now(),
		Pre: make([]store.Pre, 0, len(waiting)), Ops: make([]store.Op, 0, len(waiting))}}
	given := map[string]bool{}
	err := in.env.Store.View(in.env.Ctx, func(s store.Snapshot) error {
		for i := range waiting {
			a := &waiting[i]
			name, err := s.ByUID(in.coll.ID, a.index.UID)
			switch {
			case err == nil:
				o, err := s.Object(in.coll.ID, name, store.WantMeta)
				if err != nil {
					return err
				}
				if o.ETag == store.ETagOf(a.body) {
					p.same++
					continue
				}
				p.changed++
				p.batch.Pre = append(p.batch.Pre, store.ETagIs{Coll: in.coll.ID, Name: name, ETags: []string{o.ETag}})
			case errors.Is(err, store.ErrNotFound):
				if name, err = in.freeName(s, a, given); err != nil {
					return err
				}
				p.added++
				p.batch.Pre = append(p.batch.Pre, store.ETagIsNot{Coll: in.coll.ID, Name: name})
			default:
				return err
			}
			given[name] = true
			put := store.PutObject{Coll: in.coll.ID, Name: name, Body: a.body, Index: a.index}
			if a.index.Alarms {
				put.Wake = store.WakeOfBody(a.body, p.batch.At)
			}
			p.batch.Ops = append(p.batch.Ops, put)
		}
		return nil
	})
	return p, err
}

// freeName is the name that a new member gets: the wanted one, else one made of
// its UID as clients do it.
func (in *intake) freeName(s store.Snapshot, a *arrival, given map[string]bool) (string, error) {
	name := a.name
	if name == "" {
		name = memberName(a.index.UID, in.coll.Kind)
	}
	for n := 2; ; n++ {
		if !given[name] {
			if _, err := s.Object(in.coll.ID, name, store.WantMeta); errors.Is(err, store.ErrNotFound) {
				return name, nil
			} else if err != nil {
				return "", err
			}
		}
		name = fmt.Sprintf("%d-%s", n, hashedName(a.index.UID, in.coll.Kind))
	}
}

// memberName is the name of the member with a UID: the UID itself where it can be
// a path segment, which people recognise in a listing, else a hash of it.
func memberName(uid string, kind store.Kind) string {
	name := uid + extension(kind)
	if account.CheckName(name) == nil && !strings.ContainsAny(uid, `%?#\`) {
		return name
	}
	return hashedName(uid, kind)
}

func hashedName(uid string, kind store.Kind) string {
	sum := hash16([]byte(uid))
	return hex.EncodeToString(sum[:]) + extension(kind)
}

// extension is what member names of a kind of collection end in.
func extension(kind store.Kind) string {
	if kind == store.AddressBook {
		return ".vcf"
	}
	return ".ics"
}

// hash16 stands for a text: 128 bits of its SHA-256.
func hash16(text []byte) (out [16]byte) {
	sum := sha256.Sum256(text)
	copy(out[:], sum[:])
	return out
}

// summary says in one line what became of everything.
func (in *intake) summary() string {
	parts := []string{fmt.Sprintf("%d new", in.added), fmt.Sprintf("%d changed", in.changed), fmt.Sprintf("%d as before", in.same)}
	if in.refused > 0 {
		parts = append(parts, fmt.Sprintf("%d refused", in.refused))
	}
	return strings.Join(parts, ", ")
}
