package main

import (
	"encoding/hex"
	"errors"
	"slices"

	"almanac/account"
	"almanac/cmd/almanac/source"
	"almanac/dav/wire"
	"almanac/store"
)

// target finds or makes the collection that one there becomes: of the same kind
// and name. Its name, colour and order are taken while nothing has been written
// to it; later they are whatever people set here.
func (m *mover) target(from *source.Collection) (*store.Collection, error) {
	k := addressBooks
	if from.Calendar {
		k = calendars
	}
	name := from.Name
	if account.CheckName(name) != nil {
		sum := hash16([]byte(from.Path))
		name = hex.EncodeToString(sum[:8])
	}
	var props []store.Prop
	for _, p := range from.Props {
		props = append(props, store.Prop{Space: p.Name.Space, Local: p.Name.Local, XML: p.XML})
	}
	coll, err := m.find(k.kind, name)
	if err == nil {
		return coll, m.adopt(coll, from, props)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	c := store.Collection{Kind: k.kind, Name: name}
	if from.Calendar {
		c.Components = components(from)
	}
	if c.Props = store.PropSet(nil).Patch(props, nil); c.Props.Get(wire.DAV, "displayname") == "" {
		c.Props = c.Props.Patch([]store.Prop{prop(wire.D("displayname"), name)}, nil)
	}
	if err := m.env.apply("make "+k.noun+" "+name, m.home.ID, store.CreateCollection{Collection: c}); err != nil {
		return nil, err
	}
	return m.find(k.kind, name)
}

func (m *mover) find(kind store.Kind, name string) (coll *store.Collection, err error) {
	err = m.env.Store.View(m.env.Ctx, func(s store.Snapshot) error {
		c, err := s.CollectionByName(m.home.ID, kind, name)
		if err == nil {
			found := *c
			coll = &found
		}
		return err
	})
	return coll, err
}

// components are the kinds that a calendar there takes; all the usual ones where
// it does not say.
func components(from *source.Collection) []string {
	var out []string
	for _, c := range from.Components {
		if slices.Contains(movable, c) {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return []string{"VEVENT", "VTODO", "VJOURNAL"}
	}
	return out
}

var movable = []string{"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY", "VPOLL"}

// adopt makes a collection that was here before what one there needs: it takes
// the same kinds of component, and, as long as nothing has been written to it, the
// same name, colour and order.
func (m *mover) adopt(coll *store.Collection, from *source.Collection, props []store.Prop) error {
	var ops []store.Op
	if coll.Rev == 0 && len(props) > 0 {
		ops = append(ops, store.PatchProps{Target: store.OnCollection, Coll: coll.ID, Set: props})
	}
	if from.Calendar {
		all := slices.Clone(coll.Components)
		for _, c := range components(from) {
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
		if len(all) > len(coll.Components) {
			ops = append(ops, store.SetComponents{Coll: coll.ID, Components: all})
			coll.Components = all
		}
	}
	if len(ops) == 0 {
		return nil
	}
	return m.env.apply("prepare "+coll.Name, m.home.ID, ops...)
}
