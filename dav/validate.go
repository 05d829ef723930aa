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
func validateCalendarObject(s *Server, coll *store.Collection, body []byte) (store.Index, *ical.Series, error) {
	o, err := ical.Validate(body, ical.Rules{Components: coll.Components})
	if err != nil {
		var invalid *ical.Invalid
		if errors.As(err, &invalid) {
			return store.Index{}, nil, forbidden(wire.C(invalid.Precondition), err)
		}
		return store.Index{}, nil, forbidden(wire.C("valid-calendar-data"), err)
	}
	series := ical.Compile(o, s.caches.zones)
	return store.IndexOfSeries(series), series, nil
}

// validateCard judges the octets of an address object resource. RFC 6352 section
// 6.3.2.1.
func validateCard(_ *Server, _ *store.Collection, body []byte) (store.Index, *ical.Series, error) {
	c, err := vcard.Validate(body, 0)
	if err != nil {
		var invalid *vcard.Invalid
		if errors.As(err, &invalid) {
			return store.Index{}, nil, forbidden(wire.Card(invalid.Precondition), err)
		}
		return store.Index{}, nil, forbidden(wire.Card("valid-address-data"), err)
	}
	return store.IndexOfCard(c), nil, nil
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
