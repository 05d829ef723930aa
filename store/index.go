package store

import (
	"encoding/binary"
	"fmt"

	"almanac/dedupe"
	"almanac/dedupe/merge"
	"almanac/ical"
	"almanac/ical/zone"
	"almanac/vcard"
)

// An Index is what is kept beside a body so that questions can be answered
// without parsing it. It follows from the body alone: IndexOf makes it, Check
// compares it.
type Index struct {
	UID       string
	Component string // VEVENT, VTODO, VJOURNAL …, or VCARD

	// For calendar objects, see ical.Bounds: all instances lie in [Start, End),
	// Unix seconds UTC, whatever zone floating values are read in. What can match
	// no range has Start > End.
	Start, End int64
	Recurring  bool
	Exact      bool   // one zoned instance: [Start, End) decides a time-range by itself
	Weeks      uint64 // recurring: which slices of the year instances may touch

	Class  ical.Class // calendar objects: who else than the owner may see it
	Alarms bool       // calendar objects: there are alarms in it

	// What a Judge is asked with besides. In an Object or Version that was read both
	// are zero, and in a Judge's Index the UID is "".
	Busy    ical.Busyness
	Pattern ical.Pattern

	// For cards: what comparing looks at, and by which a card is found (Sharing). In
	// an Object or Version that was read it is "": Digests tells it.
	Digest dedupe.Digest
	// For cards: the keys of the cards that it names (merge.LinkKeys), six octets each,
	// under which Sharing has it too. In an Object or Version that was read it is "".
	Links string
}

// LinkPostings returns the keys in Links, ascending.
func (x *Index) LinkPostings() []dedupe.Posting {
	ps := make([]dedupe.Posting, 0, len(x.Links)/6)
	for s := x.Links; len(s) >= 6; s = s[6:] {
		ps = append(ps, dedupe.Posting{Key: binary.BigEndian.Uint64([]byte(s[:6] + "\x00\x00"))})
	}
	return ps
}

// Plain returns the Index as it is in an Object that was read.
func (x Index) Plain() Index {
	x.Busy, x.Pattern, x.Digest, x.Links = 0, "", "", ""
	return x
}

// zones remembers the time zones that bodies name, for IndexOf.
var zones = zone.NewResolver(64)

// IndexOf reads a body as leniently as can be. It fails when the body is not
// content lines, or holds no VCALENDAR or VCARD.
func IndexOf(kind Kind, body []byte) (Index, error) {
	if kind == AddressBook {
		c, err := vcard.Parse(body)
		if err != nil {
			return Index{}, fmt.Errorf("index: %w", err)
		}
		return IndexOfCard(c), nil
	}
	o, err := ical.ParseObject(body)
	if err != nil {
		return Index{}, fmt.Errorf("index: %w", err)
	}
	return IndexOfSeries(ical.Compile(o, zones)), nil
}

// IndexAgain is IndexOf for octets that are stored already, of which was is what a
// snapshot told. Should they not be readable any more, that is what is known.
func IndexAgain(kind Kind, body []byte, was Index) Index {
	if x, err := IndexOf(kind, body); err == nil {
		return x
	}
	return was
}

// IndexOfSeries is IndexOf for a calendar object that is compiled already.
func IndexOfSeries(s *ical.Series) Index {
	b := s.Bounds()
	return Index{
		UID: s.Object.UID, Component: s.Object.Kind,
		Start: b.Start, End: b.End, Recurring: b.Recurring, Exact: b.Exact, Weeks: b.Weeks,
		Class: s.Object.Class(), Alarms: s.Object.HasAlarms(),
		Busy: s.Busyness(), Pattern: s.Pattern(),
	}
}

// IndexOfCard is IndexOf for a card that is parsed already.
func IndexOfCard(c *vcard.Card) Index {
	x := Index{UID: c.UID, Component: "VCARD", Digest: dedupe.Of(c, "").Digest()}
	if keys := merge.LinkKeys(c); len(keys) > 0 {
		links := make([]byte, 0, 6*len(keys)+2)
		for _, k := range keys {
			links = binary.BigEndian.AppendUint64(links, k)[:len(links)+6]
		}
		x.Links = string(links)
	}
	return x
}
