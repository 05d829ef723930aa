package dav

import (
	"errors"
	"mime"
	"strconv"
	"strings"

	"almanac/dav/wire"
	"almanac/vcard"
)

// A representation is a member in the form in which it is sent.
type representation struct {
	mediaType string
	etag      string // "" for one that is made, not stored
	body      []byte
}

// represent chooses the form of a member. A card is stored as vCard 3.0 or 4.0 and
// served like that, unless the Accept header names the other version and not the
// stored one. RFC 6352 section 5.1.1.
//
// A converted card has no entity tag: the stored one is strong and speaks of other
// octets (RFC 9110 section 8.8.1), and one of its own would fail in the If-Match of
// the client's next PUT.
func (rq *request) represent(res *resource) (representation, error) {
	f := res.flavour()
	stored := representation{res.contentType(), res.obj.ETag, res.obj.Body}
	lines := rq.r.Header["Accept"]
	if f != addressBooks || !namesCards(lines) {
		return stored, nil
	}
	version, other := vcard.VersionOf(res.obj.Body), vcard.V40
	if version == vcard.V40 {
		other = vcard.V30
	}
	ranges := parseAccept(lines)
	switch {
	case ranges.quality(version) > 0:
		return stored, nil
	case ranges.quality(other) == 0:
		// RFC 6352 section 5.1.1.1.
		return representation{}, forbidden(wire.Card("supported-address-data-conversion"), errors.New("a card is served as vCard 3.0 or 4.0"))
	}
	body := rq.convertedCard(res, other)
	return representation{mediaType: "text/vcard; charset=utf-8; version=" + vcard.VersionOf(body), body: body}, nil
}

// namesCards tells whether an Accept header says anything about cards. Others are
// passed over (RFC 9110 section 12.5.1): some clients send that of their last
// PROPFIND.
func namesCards(lines []string) bool {
	for _, line := range lines {
		line = strings.ToLower(line)
		if strings.Contains(line, "vcard") || strings.Contains(line, "text/directory") {
			return true
		}
	}
	return false
}

// An acceptRange is one media range of an Accept header.
type acceptRange struct {
	precision int    // 0 for */*, 1 for text/*, 2 for a type, 3 for a type and version
	version   string // with precision 3
	q         float64
}

type acceptRanges []acceptRange

// parseAccept reads the ranges that have to do with cards.
func parseAccept(lines []string) acceptRanges {
	const most = 50
	var ranges acceptRanges
	for _, line := range lines {
		for item := range strings.SplitSeq(line, ",") {
			mediaType, params, err := mime.ParseMediaType(item)
			if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) || len(ranges) == most {
				continue
			}
			r := acceptRange{q: 1}
			if q, err := strconv.ParseFloat(params["q"], 64); err == nil {
				r.q = q
			}
			switch mediaType {
			case "*/*":
			case "text/*":
				r.precision = 1
			case "text/vcard", "text/x-vcard":
				r.precision = 2
				if v := params["version"]; v != "" {
					r.precision, r.version = 3, v
				}
			case "text/directory": // what vCard 3.0 was registered as, RFC 2426 section 2
				r.precision, r.version = 3, vcard.V30
			default:
				continue
			}
			ranges = append(ranges, r)
		}
	}
	return ranges
}

// quality is how welcome a card of a version is: what the most precise range
// says. RFC 9110 section 12.5.1.
func (ranges acceptRanges) quality(version string) float64 {
	q, precision := 0.0, -1
	for _, r := range ranges {
		if r.precision == 3 && r.version != version {
			continue
		}
		if r.precision > precision || r.precision == precision && r.q > q {
			q, precision = r.q, r.precision
		}
	}
	return q
}
