package merge

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"almanac/contentline"
	"almanac/vcard"
)

// A Link is a line of a card that names another card by its UID, as Relink
// follows it.
type Link struct {
	UID  string // in small letters, without urn:uuid:
	Kind string // MEMBER, or RELATED with its types
	Line string // as the card has it, its line break included
}

// PlainUID is a UID in the form of Link.UID.
func PlainUID(uid string) string { return plainUID(uid) }

// Links returns the links of a card.
func Links(src []byte) ([]Link, error) {
	c, err := vcard.Parse(src)
	if err != nil {
		return nil, err
	}
	var out []Link
	for i := range c.Root.Props {
		if p := &c.Root.Props[i]; isLink(p) {
			out = append(out, linkOf(c.Doc, p))
		}
	}
	return out, nil
}

func linkOf(doc *contentline.Doc, p *contentline.Property) Link {
	uid := plainUID(p.Value)
	kind, rest, _ := strings.Cut(linkKey(p, uid), " ")
	return Link{uid, strings.TrimSpace(kind + strings.TrimPrefix(rest, uid)), p.Text(doc)}
}

// LinkKey is what a card that names a UID is found by: the upper six octets of a hash
// of the plain UID. It must stay the same for ever: stores keep it.
func LinkKey(uid string) uint64 {
	sum := sha256.Sum256([]byte("link\x00" + plainUID(uid)))
	return binary.BigEndian.Uint64(sum[:]) &^ 0xffff
}

// LinkKeys returns the keys of all that a card names, ascending, each once.
func LinkKeys(c *vcard.Card) (keys []uint64) {
	for i := range c.Root.Props {
		if p := &c.Root.Props[i]; isLink(p) {
			keys = append(keys, LinkKey(p.Value))
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Unlink takes back what Relink did to a card: it drops the links of these UIDs and
// kinds, whatever their line is, and adds others unless there is one of that UID and
// kind: where the first that is dropped of their kind stood, else at the end. Every
// other octet stays.
func Unlink(src []byte, drop, add []Link) ([]byte, error) {
	c, err := vcard.Parse(src)
	if err != nil {
		return nil, fmt.Errorf("card with links: %w", err)
	}
	same := func(a, b Link) bool { return a.UID == b.UID && a.Kind == b.Kind }
	var there []Link
	var edits []contentline.Edit
	places := map[string]int{} // of the first that is dropped of each kind
	for i := range c.Root.Props {
		p := &c.Root.Props[i]
		if !isLink(p) {
			continue
		}
		l := linkOf(c.Doc, p)
		there = append(there, l)
		if slices.ContainsFunc(drop, func(d Link) bool { return same(d, l) }) {
			edits = append(edits, dropLine(c.Root, p)...)
			if _, known := places[l.Kind]; !known {
				places[l.Kind] = p.Start
			}
		}
	}
	var lines []contentline.Edit
	for _, l := range add {
		if slices.ContainsFunc(there, func(t Link) bool { return same(t, l) }) {
			continue
		}
		there = append(there, l)
		at, known := places[l.Kind]
		if !known {
			at = c.Root.BodyEnd
		}
		lines = append(lines, contentline.Edit{Start: at, End: at, Text: likeBreaks(c.Doc.Src, strings.TrimRight(l.Line, "\r\n")+"\r\n")})
	}
	if edits = append(lines, edits...); len(edits) == 0 {
		return src, nil
	}
	slices.SortStableFunc(edits, func(a, b contentline.Edit) int { return a.Start - b.Start })
	return contentline.Splice(c.Doc.Src, edits)
}
