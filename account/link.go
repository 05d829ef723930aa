package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"almanac/store"
)

// A Link publishes a collection under an address that nobody can guess: whoever has
// it reads, without an account.
//
// The address has a token of 130 random bits, which is shown once. What is kept is
// its SHA-256, under which the link is found: who reads the store learns no address.
type Link struct {
	ID      string       `json:"-"` // names it for its owner: the first digits of the hash
	Coll    store.CollID // what is published
	Of      store.HomeID // whose it is
	Level   Level        // ShareFreeBusy or ShareRead
	Label   string       `json:",omitempty"` // whom it was given to, say
	Secret  string       `json:",omitempty"` // password hash in PHC form; "" for none
	Since   time.Time
	Expires time.Time `json:",omitzero"` // zero for never
	By      string
}

// Sight is how much of a calendar's objects the link shows.
func (l *Link) Sight() Sight { return grants[l.Level].Sight }

const factLink = "link"

// ErrLinkLevel tells that a collection cannot be published at a level.
var ErrLinkLevel = errors.New("a public link is for reading: freebusy or read")

// linkKey is the key under which the link of a token is kept.
func linkKey(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func linkID(key string) string { return key[:10] }

// AddLink publishes a collection. Level, Label, Expires and By of l are used; with a
// password, who has the address needs that too. The token is returned this once.
func AddLink(ctx context.Context, st store.Store, coll *store.Collection, l Link, password string, random io.Reader, now time.Time) (Link, string, error) {
	switch {
	case l.Level != ShareFreeBusy && l.Level != ShareRead:
		return l, "", ErrLinkLevel
	case l.Level == ShareFreeBusy && coll.Kind != store.Calendar:
		return l, "", ErrLevel
	}
	if password != "" {
		var err error
		if l.Secret, err = NewSecret(password, random); err != nil {
			return l, "", err
		}
	}
	token := newID()
	key := linkKey(token)
	l.ID, l.Coll, l.Of, l.Since = linkID(key), coll.ID, coll.Home, store.Moment(now)
	if !l.Expires.IsZero() {
		l.Expires = store.Moment(l.Expires)
	}
	pre := []store.Pre{store.RecordIs{Kind: factLink, Key: key}}
	return l, token, write(ctx, st, coll.Home, l.By, now, pre, fact(factLink, key, l, linkRef(coll.ID)))
}

func linkRef(coll store.CollID) string { return "coll:" + collKey(coll) }

// FindLink returns the link of a token, and the collection. Whatever the token is
// no good for, unknown, revoked, expired, its collection gone, is store.ErrNotFound.
func FindLink(snap store.Snapshot, token string, now time.Time) (*Link, *store.Collection, error) {
	key := linkKey(token)
	l, _, err := factOf[Link](snap, factLink, key)
	if err != nil {
		return nil, nil, err
	}
	if !l.Expires.IsZero() && !now.Before(l.Expires) {
		return nil, nil, store.ErrNotFound
	}
	l.ID = linkID(key)
	c, err := snap.Collection(l.Coll)
	if err != nil {
		return nil, nil, err
	}
	if c.Home != l.Of {
		return nil, nil, store.ErrNotFound
	}
	return l, c, nil
}

// LinksOf returns the links to a collection, expired ones too.
func LinksOf(snap store.Snapshot, coll store.CollID) ([]Link, error) {
	var all []Link
	err := each(func(visit func(*store.Record) bool) error { return snap.Referring(factLink, linkRef(coll), visit) },
		func(r *store.Record, l *Link) error {
			l.ID = linkID(strings.Clone(r.Key))
			all = append(all, *l)
			return nil
		})
	return all, err
}

// RemoveLink revokes a link of a collection by its ID: from now on the address leads
// nowhere. One that is not there is store.ErrNotFound.
func RemoveLink(ctx context.Context, st store.Store, coll *store.Collection, id, by string, now time.Time) error {
	var ops []store.Op
	err := st.View(ctx, func(snap store.Snapshot) error {
		return snap.Referring(factLink, linkRef(coll.ID), func(r *store.Record) bool {
			if linkID(r.Key) == id {
				ops = append(ops, store.DeleteRecord{Kind: factLink, Key: strings.Clone(r.Key)})
			}
			return true
		})
	})
	if err == nil && ops == nil {
		err = fmt.Errorf("link %q: %w", id, store.ErrNotFound)
	}
	if err != nil {
		return err
	}
	return write(ctx, st, coll.Home, by, now, nil, ops...)
}
