package merge

import (
	"slices"
	"strconv"

	"almanac/contentline"
	"almanac/vcard"
)

// An altID is an ALTID (RFC 6350 section 5.4) among the properties of a name: those
// that have it are one value in several languages.
type altID struct{ property, id string }

// An altOf is one of another card.
type altOf struct {
	from int
	altID
}

// sameALTID reports whether two properties are one in several languages.
func sameALTID(a, b *entry) bool {
	id := a.prop.Param("ALTID")
	return id != "" && id == b.prop.Param("ALTID")
}

// renumber gives a property that comes in an ALTID that nothing of the result has,
// the same to all that had the same in their card. 3.0 has none.
func (m *merger) renumber(e *entry) {
	id := e.prop.Param("ALTID")
	e.prop.Params = slices.DeleteFunc(e.prop.Params, func(p contentline.Param) bool { return p.Name == "ALTID" })
	if id == "" || m.ref.version != vcard.V40 {
		return
	}
	of := altOf{e.from, altID{e.prop.Name, id}}
	for m.newAltIDs[of] == "" {
		m.lastID[of.property]++
		if next := strconv.Itoa(m.lastID[of.property]); !m.altIDs[altID{of.property, next}] {
			m.newAltIDs[of] = next
		}
	}
	e.prop.Params = append(e.prop.Params, contentline.Param{Name: "ALTID", Values: []string{m.newAltIDs[of]}})
}
