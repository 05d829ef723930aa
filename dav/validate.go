package dav

import (
	"errors"

	"almanac/dav/wire"
	"almanac/ical"
	"almanac/store"
	"almanac/vcard"
)

// validateCalendarObject judges the octets of a calendar object resource. RFC 4791
// section 5.3.2.1.
func validateCalendarObject(_ *Server, coll *store.Collection, body []byte) (store.Index, error) {
	if _, err := ical.Validate(body, ical.Rules{Components: coll.Components}); err != nil {
		var invalid *ical.Invalid
		if errors.As(err, &invalid) {
			return store.Index{}, forbidden(wire.C(invalid.Precondition), err)
		}
		return store.Index{}, forbidden(wire.C("valid-calendar-data"), err)
	}
	index, err := store.IndexOf(store.Calendar, body)
	if err != nil {
		return index, forbidden(wire.C("valid-calendar-data"), err)
	}
	return index, nil
}

// validateCard judges the octets of an address object resource. RFC 6352 section
// 6.3.2.1.
func validateCard(_ *Server, _ *store.Collection, body []byte) (store.Index, error) {
	if _, err := vcard.Validate(body, 0); err != nil {
		var invalid *vcard.Invalid
		if errors.As(err, &invalid) {
			return store.Index{}, forbidden(wire.Card(invalid.Precondition), err)
		}
		return store.Index{}, forbidden(wire.Card("valid-address-data"), err)
	}
	index, err := store.IndexOf(store.AddressBook, body)
	if err != nil {
		return index, forbidden(wire.Card("valid-address-data"), err)
	}
	return index, nil
}

// checkComponent tells whether a calendar takes an object of that kind, as COPY
// and MOVE need it (RFC 4791 section 5.3.2.1); an address book takes every card.
func checkComponent(coll *store.Collection, component string) error {
	if coll.Kind != store.Calendar {
		return nil
	}
	for _, c := range coll.Components {
		if c == component {
			return nil
		}
	}
	return forbidden(wire.C("supported-calendar-component"), errors.New(component+" is not taken by calendar "+coll.Name))
}
