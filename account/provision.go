package account

import (
	"context"
	"fmt"
	"time"

	"almanac/dav/wire"
	"almanac/store"
)

// A starter is a collection that a new account begins with.
type starter struct {
	kind       store.Kind
	name       string
	display    string
	color      string // #RRGGBBAA, as Apple writes it
	components []string
}

// starters are made with each account. A calendar takes either events or tasks,
// since Apple Calendar shows the one kind and Reminders the other, and mixes
// them up otherwise; iOS makes a calendar of its own where it finds none. Many
// clients offer only collections that have a display name and a colour.
var starters = []starter{
	{store.Calendar, "calendar", "Calendar", "#2F6FDEFF", []string{"VEVENT"}},
	{store.Calendar, "tasks", "Tasks", "#E8912DFF", []string{"VTODO"}},
	{store.AddressBook, "contacts", "Contacts", "", nil},
}

// Create makes an account with the collections that one begins with, or
// nothing. Name, DisplayName, Emails and Secret of home are used.
// A name that cannot be one is a *NameError, a taken one is store.ErrExists.
// by is for the history; with is done to the new account in the same write.
func Create(ctx context.Context, st store.Store, home store.Home, by string, now time.Time, with ...store.Op) (store.HomeID, error) {
	return create(ctx, st, home, starters, by, now, with)
}

// CreateResource makes an account for a room or a piece of equipment, as Create does:
// without a password, since nobody signs in as a room, and with one calendar.
func CreateResource(ctx context.Context, st store.Store, home store.Home, r Resource, by string, now time.Time) (store.HomeID, error) {
	home.Secret = ""
	return create(ctx, st, home, starters[:1], by, now, []store.Op{ResourceOp(home.Name, r)})
}

func create(ctx context.Context, st store.Store, home store.Home, colls []starter, by string, now time.Time, with []store.Op) (store.HomeID, error) {
	if err := CheckUserName(home.Name); err != nil {
		return 0, err
	}
	// One batch: after CreateHome, the operations are on the new home.
	b := &store.Batch{By: by, At: now, Ops: []store.Op{store.CreateHome{Home: home}}}
	for _, s := range colls {
		b.Ops = append(b.Ops, store.CreateCollection{Collection: s.collection()})
	}
	b.Ops = append(b.Ops, with...)
	res, err := st.Apply(ctx, b)
	if err != nil {
		return 0, fmt.Errorf("create account %q: %w", home.Name, err)
	}
	return res.Ops[0].Home, nil
}

func (s starter) collection() store.Collection {
	props := []store.Prop{textProp(wire.D("displayname"), s.display)}
	if s.color != "" {
		props = append(props, textProp(wire.AppleICal("calendar-color"), s.color))
	}
	return store.Collection{Kind: s.kind, Name: s.name, Components: s.components, Props: store.PropSet(nil).Patch(props, nil)}
}

func textProp(n wire.Name, text string) store.Prop {
	return store.Prop{Space: n.Space, Local: n.Local, XML: wire.TextFragment(n.Space, n.Local, text)}
}
