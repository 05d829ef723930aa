package account

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"almanac/ical/zone"
	"almanac/store"
)

// Preferences are what a person prefers, where nothing closer says otherwise.
type Preferences struct {
	Language string `json:",omitempty"` // one of Languages; "" when not said
	Timezone string `json:",omitempty"` // IANA name; "" when not said
}

// Languages are those in which almanac speaks to people.
var Languages = []string{"en", "fr", "de", "it"}

const (
	factPreferences = "preferences"
	factServerKey   = "key"
)

// PreferencesOf returns what a person prefers: nothing, until they have said so.
func PreferencesOf(snap store.Snapshot, home store.HomeID) (Preferences, error) {
	p, _, err := factOf[Preferences](snap, factPreferences, homeKey(home))
	if errors.Is(err, store.ErrNotFound) {
		return Preferences{}, nil
	} else if err != nil {
		return Preferences{}, err
	}
	return *p, nil
}

// ErrPreferences tells what cannot be preferred.
var ErrPreferences = errors.New("no such preference")

// Check judges preferences: ErrPreferences.
func (p Preferences) Check() error {
	if p.Language != "" && !slices.Contains(Languages, p.Language) {
		return fmt.Errorf("%w: %q is none of the languages %s", ErrPreferences, p.Language, strings.Join(Languages, ", "))
	}
	if p.Timezone != "" {
		if _, err := zone.Load(p.Timezone); err != nil {
			return fmt.Errorf("%w: %q is not a time zone like Europe/Zurich", ErrPreferences, p.Timezone)
		}
	}
	return nil
}

// PreferencesOps are the operations, on the person's home, that keep what a person
// prefers. All that goes off in their calendars is looked at again, since the zone may
// be another.
func PreferencesOps(snap store.Snapshot, home store.HomeID, p Preferences, now time.Time) ([]store.Op, error) {
	ops := []store.Op{fact(factPreferences, homeKey(home), p)}
	if p == (Preferences{}) {
		ops[0] = store.DeleteRecord{Kind: factPreferences, Key: homeKey(home)}
	}
	colls, err := snap.Collections(home)
	for _, c := range colls {
		if c.Kind == store.Calendar {
			ops = append(ops, store.Enqueue{Job: store.AlarmJobOfCalendar(c.ID, now)})
		}
	}
	mounts, e := Mounts(snap, home, store.Calendar)
	for _, m := range mounts {
		ops = append(ops, store.Enqueue{Job: store.AlarmJobOfPerson(m.Coll.ID, home, now)})
	}
	return ops, errors.Join(err, e)
}

// SetPreferences keeps what a person prefers.
func SetPreferences(ctx context.Context, st store.Store, home store.HomeID, by string, now time.Time, p Preferences) error {
	if err := p.Check(); err != nil {
		return err
	}
	var ops []store.Op
	err := st.View(ctx, func(snap store.Snapshot) (err error) {
		ops, err = PreferencesOps(snap, home, p, now)
		return err
	})
	if err != nil {
		return err
	}
	return write(ctx, st, home, by, now, nil, ops...)
}

// ServerKey returns a key of the whole server, 32 octets, by its name. It is made the
// first time, and is in the store: whoever has a backup has it.
func ServerKey(ctx context.Context, st store.Store, random io.Reader, name string, now time.Time) (key []byte, err error) {
	read := func() error {
		return st.View(ctx, func(snap store.Snapshot) error {
			r, err := snap.Record(factServerKey, name)
			if err == nil {
				key = r.Value
			}
			return err
		})
	}
	if err := read(); !errors.Is(err, store.ErrNotFound) {
		return key, err
	}
	if random == nil {
		random = rand.Reader
	}
	made := make([]byte, 32)
	if _, err := io.ReadFull(random, made); err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	none := []store.Pre{store.RecordIs{Kind: factServerKey, Key: name}}
	put := store.PutRecord{Record: store.Record{Kind: factServerKey, Key: name, Value: made}}
	var other *store.PreconditionError
	if err := write(ctx, st, 0, "server", now, none, put); err != nil && !errors.As(err, &other) {
		return nil, err
	}
	err = read()
	return key, err
}
