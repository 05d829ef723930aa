package web

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"almanac/account"
	"almanac/store"
)

// A session is one browser that is signed in. The browser has a random token in a
// cookie; here is its digest alone, so that who reads the store cannot sign in.
type session struct {
	key  string // of its record
	home *store.Home

	SecretRev uint64    `json:"rev"` // it ends when the password changes
	Created   time.Time `json:"created"`
	Seen      time.Time `json:"seen"`
	Addr      string    `json:"addr"`
	Client    string    `json:"client"` // User-Agent
}

const (
	sessionKind = "session"
	cookieName  = "almanac-session"

	sessionIdle = 14 * 24 * time.Hour // after the last use
	sessionMost = 90 * 24 * time.Hour // after signing in
	sessionStep = time.Hour           // how exactly the last use is known
	sessions    = 20                  // of one account; the one unused for the longest goes
)

func sessionRef(home store.HomeID) string { return strconv.FormatUint(uint64(home), 10) }

func sessionKey(token string) string {
	sum := digestOf(token)
	return hex.EncodeToString(sum[:])
}

func (x *session) over(now time.Time) bool {
	return now.Sub(x.Seen) >= sessionIdle || now.Sub(x.Created) >= sessionMost
}

func (x *session) record() store.PutRecord {
	value, _ := json.Marshal(x) // strings, numbers and times always can be
	return store.PutRecord{Record: store.Record{Kind: sessionKind, Key: x.key, Refs: []string{sessionRef(x.home.ID)}, Value: value}}
}

func readSession(r *store.Record) (*session, error) {
	x := &session{key: strings.Clone(r.Key)}
	if err := json.Unmarshal(r.Value, x); err != nil {
		return nil, fmt.Errorf("session %.8s: %w", r.Key, err)
	}
	return x, nil
}

// begin signs a browser in.
func (rq *request) begin(who account.Identity) error {
	token, err := newToken(rq.random)
	if err != nil {
		return err
	}
	now := rq.now()
	x := &session{key: sessionKey(token), Created: now, Seen: now, Addr: rq.remote().String(), Client: short(rq.r.UserAgent(), 200)}
	var ops []store.Op
	err = rq.store.View(rq.ctx, func(snap store.Snapshot) error {
		home, err := snap.Home(who.Home)
		if err != nil {
			return err
		}
		x.home, x.SecretRev = home, home.SecretRev
		all, err := sessionsOf(snap, home)
		for i, old := range all {
			if i >= sessions-1 || old.over(now) || old.SecretRev != home.SecretRev {
				ops = append(ops, store.DeleteRecord{Kind: sessionKind, Key: old.key})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := rq.apply(x.home, append(ops, x.record())...); err != nil {
		return err
	}
	rq.session = x
	rq.setCookie(cookieName, token, sessionMost)
	return nil
}

// resume finds the session of the request's cookie; there may be none.
func (rq *request) resume() error {
	c, err := rq.r.Cookie(cookieName)
	if err != nil || c.Value == "" {
		return nil
	}
	now := rq.now()
	var x *session
	err = rq.store.View(rq.ctx, func(snap store.Snapshot) error {
		r, err := snap.Record(sessionKind, sessionKey(c.Value))
		if err != nil {
			return err
		}
		if x, err = readSession(r); err != nil {
			return err
		}
		x.home, err = snap.Home(r.Home)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if x.over(now) || x.SecretRev != x.home.SecretRev {
		return nil
	}
	if err := rq.auth.StillKnown(rq.ctx, x.home, now); errors.Is(err, account.ErrCredentials) {
		return nil
	} else if err != nil {
		return err
	}
	rq.session = x
	if age := now.Sub(x.Seen); age >= sessionStep || age < 0 {
		x.Seen, x.Addr = now, rq.remote().String()
		return rq.apply(x.home, x.record())
	}
	return nil
}

// end signs the browser out.
func (rq *request) end() error {
	rq.setCookie(cookieName, "", -1)
	if rq.session == nil {
		return nil
	}
	return rq.apply(rq.session.home, store.DeleteRecord{Kind: sessionKind, Key: rq.session.key})
}

// sessionsOf lists an account's sessions, the last used first.
func sessionsOf(snap store.Snapshot, home *store.Home) ([]*session, error) {
	var all []*session
	var inner error
	err := snap.Referring(sessionKind, sessionRef(home.ID), func(r *store.Record) bool {
		var x *session
		if x, inner = readSession(r); inner == nil && r.Home == home.ID {
			x.home = home
			all = append(all, x)
		}
		return inner == nil
	})
	slices.SortStableFunc(all, func(a, b *session) int { return b.Seen.Compare(a.Seen) })
	return all, errors.Join(err, inner)
}

// setCookie sets a cookie for our pages only: DAV's paths never see it. With a
// negative life it is taken away.
func (rq *request) setCookie(name, value string, life time.Duration) {
	http.SetCookie(rq.w, &http.Cookie{Name: name, Value: value, Path: rq.prefix + root, MaxAge: int(life / time.Second),
		HttpOnly: true, Secure: rq.address.Secure, SameSite: http.SameSiteLaxMode})
}

// apply writes to an account in the name of whoever is signed in.
func (rq *request) apply(home *store.Home, ops ...store.Op) error {
	_, err := rq.store.Apply(context.WithoutCancel(rq.ctx), &store.Batch{Home: home.ID, By: home.Name + " with the web pages", At: rq.now(), Ops: ops})
	return err
}
