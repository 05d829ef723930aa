package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"almanac/account"
	"almanac/store"
)

// A connected is a row of the page of devices.
type connected struct {
	account.AppPassword
	Over bool // no longer valid
	What string
}

// A browser is a row of the page of devices: a session.
type browser struct {
	Key, Client, Addr string
	Seen              time.Time
	This              bool
}

// devicesPage lists what is connected: the last used first, and what was never used
// by when it was made.
func (rq *request) devicesPage() error {
	home, now := rq.session.home, rq.now()
	var devices []connected
	var browsers []browser
	var zone *time.Location
	err := rq.store.View(rq.ctx, func(snap store.Snapshot) error {
		prefs, err := account.PreferencesOf(snap, home.ID)
		if err != nil {
			return err
		}
		zone = rq.zoneOf(prefs)
		all, err := account.AppPasswords(snap, home.ID)
		if err != nil {
			return err
		}
		for _, p := range all {
			devices = append(devices, connected{p, p.Ended(now), scopeWord(p.Scope)})
		}
		open, err := sessionsOf(snap, home)
		for _, x := range open {
			if !x.over(now) && x.SecretRev == home.SecretRev {
				browsers = append(browsers, browser{x.key, clientWords(x.Client), x.Addr, x.Seen, x.key == rq.session.key})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	lastOf := func(d connected) time.Time {
		if d.LastUsed.IsZero() {
			return d.Created
		}
		return d.LastUsed
	}
	slices.SortStableFunc(devices, func(a, b connected) int { return lastOf(b).Compare(lastOf(a)) })
	return rq.show(http.StatusOK, "devices", map[string]any{"Devices": devices, "Browsers": browsers, "Zone": zone})
}

// scopeWord is the message that says what a device may do.
func scopeWord(s account.Scope) string {
	switch {
	case s.Colls != nil:
		return "scope.some"
	case slices.Equal(s.Kinds, []store.Kind{store.Calendar}):
		return "scope.calendars"
	case slices.Equal(s.Kinds, []store.Kind{store.AddressBook}):
		return "scope.contacts"
	}
	return "scope.all"
}

func (rq *request) removeDevice() error {
	home := rq.session.home
	err := account.RemoveAppPassword(context.WithoutCancel(rq.ctx), rq.store, home.ID, rq.r.PostForm.Get("id"), home.Name, rq.now())
	// One that is gone already is as was wished.
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	rq.redirect("devices")
	return nil
}

// endSession signs another browser of the same account out.
func (rq *request) endSession() error {
	key := rq.r.PostForm.Get("key")
	if key == rq.session.key {
		return rq.signOut()
	}
	// The store removes no record of another account.
	if len(key) == len(rq.session.key) {
		if err := rq.apply(rq.session.home, store.DeleteRecord{Kind: sessionKind, Key: key}); err != nil {
			return err
		}
	}
	rq.redirect("devices")
	return nil
}
