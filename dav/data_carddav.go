package dav

import (
	"fmt"
	"strings"

	"almanac/dav/wire"
	"almanac/vcard"
)

// A cardData is what a CARDDAV:address-data element asks for. RFC 6352 section 10.4.
type cardData struct {
	version string // vcard.V30 or V40
	part    bool   // only some properties
	props   []vcard.PropSel
}

// readCardData reads CARDDAV:address-data. Without a version it means 3.0, as
// RFC 6352 section 10.4 has it: macOS Contacts reads nothing else, and one card of
// 4.0 stops the sync of its whole book. The attributes are taken in any case,
// since vdirsyncer writes Content-Type.
func readCardData(e *wire.Elem) (dataWriter, error) {
	d := cardData{version: vcard.V30}
	mediaType, _ := e.Attr("content-type")
	version, _ := e.Attr("version")
	switch strings.TrimSpace(version) {
	case "", vcard.V30:
	case vcard.V40:
		d.version = vcard.V40
	default:
		return nil, forbidden(wire.Card("supported-address-data"), fmt.Errorf("no cards of version %.20q", version))
	}
	if mediaType = strings.TrimSpace(mediaType); mediaType != "" && !strings.EqualFold(mediaType, "text/vcard") {
		return nil, forbidden(wire.Card("supported-address-data"), fmt.Errorf("no cards of type %.40q", mediaType))
	}
	// KDE writes allprop, which is the same as nothing.
	if e.Child(wire.Card("allprop")) == nil {
		for p := range e.ChildrenNamed(wire.Card("prop")) {
			name, _ := p.Attr("name")
			if name = strings.TrimSpace(name); name == "" {
				return nil, badRequest("a prop in address-data has no name")
			}
			d.part = true
			d.props = append(d.props, vcard.PropSel{Name: name, NoValue: isYes(p, "novalue")})
		}
	}
	return d.write, nil
}

// isYes reads an attribute that is yes or no, absent for no.
func isYes(e *wire.Elem, attr string) bool {
	v, _ := e.Attr(attr)
	return strings.EqualFold(strings.TrimSpace(v), "yes")
}

// write writes a card in the version asked for. Its entity tag stays that of the
// stored octets, whatever is written here: clients compare it with a PROPFIND's.
func (d *cardData) write(rq *request, res *resource, w *wire.Writer) bool {
	body := res.obj.Body
	if !d.isVersion(body) {
		body = rq.convertedCard(res, d.version)
	}
	if d.part {
		if c, err := vcard.Parse(body); err == nil {
			body = vcard.Select(c, d.props, false)
		}
	}
	writeText(w, body)
	return true
}

// isVersion tells whether a stored card can go out as it is. One without VERSION
// is taken for the older version.
func (d *cardData) isVersion(body []byte) bool {
	v := vcard.VersionOf(body)
	return v == d.version || v == "" && d.version == vcard.V30
}

// convertedCard returns a card in another version. A stored text that cannot be
// converted goes out as it is: one bad card must not hide from its owner, nor
// harm the others.
func (rq *request) convertedCard(res *resource, version string) []byte {
	key := conversionKey{rq.keyOf(res.coll, res.obj), version}
	if text, ok := rq.caches.cards.get(key); ok {
		return text
	}
	text, err := vcard.Convert(res.obj.Body, version)
	if err != nil {
		rq.log.Warn("card cannot be converted", "user", rq.who.Name, "collection", res.coll.Name, "object", res.obj.Name, "version", version, "err", err)
		return res.obj.Body
	}
	rq.caches.cards.put(key, text, len(text))
	return text
}
