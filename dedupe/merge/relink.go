package merge

import (
	"slices"
	"strings"

	"almanac/contentline"
	"almanac/vcard"
)

// Relink returns a card in which links to some UIDs name others instead: the
// members of a group (MEMBER, RFC 6350 section 6.6.5, and Apple's property for
// 3.0) and related people (RELATED, RFC 6350 section 6.6.6). renamed has the new
// UID for each old one. A link that is there already does not come twice, and a
// card is not related to itself. Every other octet stays; without such links the
// card is returned as it is.
func Relink(src []byte, renamed map[string]string) ([]byte, error) {
	c, err := vcard.Parse(src)
	if err != nil {
		return nil, err
	}
	to := make(map[string]string, len(renamed))
	for from, uid := range renamed {
		to[plainUID(from)] = uid
	}
	there := map[string]bool{}
	var found []*contentline.Property
	for i := range c.Root.Props {
		p := &c.Root.Props[i]
		if !isLink(p) {
			continue
		}
		if _, old := to[plainUID(p.Value)]; old {
			found = append(found, p)
		} else {
			there[linkKey(p, plainUID(p.Value))] = true
		}
	}
	var edits []contentline.Edit
	for _, p := range found {
		uid := target(to, plainUID(p.Value))
		key := linkKey(p, plainUID(uid))
		if there[key] || p.Name == "RELATED" && plainUID(uid) == plainUID(c.UID) {
			edits = append(edits, dropLine(c.Root, p)...)
			continue
		}
		there[key] = true
		q := *p
		value := strings.TrimSpace(p.Value)
		if q.Value = uid; hasScheme(value) {
			q.Value = value[:len(uuidScheme)] + trimScheme(uid)
		}
		if q.Value != p.Value {
			q.Name = spelling(c.Doc.Src, p)
			edits = append(edits, contentline.Edit{Start: p.Start, End: p.End, Text: likeBreaks(c.Doc.Src, string(contentline.AppendProperty(nil, q)))})
		}
	}
	if len(edits) == 0 {
		return src, nil
	}
	slices.SortFunc(edits, func(a, b contentline.Edit) int { return a.Start - b.Start })
	return contentline.Splice(c.Doc.Src, edits)
}

func isLink(p *contentline.Property) bool {
	switch p.Name {
	case "MEMBER", "X-ADDRESSBOOKSERVER-MEMBER":
		return true
	case "RELATED":
		return !strings.EqualFold(p.Param("VALUE"), "text")
	}
	return false
}

// uuidScheme is how links write most UIDs, and some cards their own.
const uuidScheme = "urn:uuid:"

func hasScheme(s string) bool {
	return len(s) >= len(uuidScheme) && strings.EqualFold(s[:len(uuidScheme)], uuidScheme)
}

func trimScheme(uid string) string {
	if uid = strings.TrimSpace(uid); hasScheme(uid) {
		return uid[len(uuidScheme):]
	}
	return uid
}

// plainUID is a UID to compare by. UUIDs are the same in capitals.
func plainUID(uid string) string { return strings.ToLower(trimScheme(uid)) }

// target follows renamings of what was renamed before.
func target(to map[string]string, uid string) string {
	out := to[uid]
	for range to {
		next, again := to[plainUID(out)]
		if !again || plainUID(next) == uid {
			break
		}
		out = next
	}
	return out
}

// linkKey tells links apart: a relation also by its types.
func linkKey(p *contentline.Property, uid string) string {
	if p.Name != "RELATED" {
		return "MEMBER " + uid
	}
	types := typesOf(p)
	for i, t := range types {
		types[i] = strings.ToLower(t)
	}
	slices.Sort(types)
	return "RELATED " + uid + " " + strings.Join(slices.Compact(types), ",")
}

// dropLine removes a property, and the label that nothing else in its group has.
func dropLine(root *contentline.Component, p *contentline.Property) []contentline.Edit {
	edits := []contentline.Edit{{Start: p.Start, End: p.End}}
	if p.Group == "" {
		return edits
	}
	for i := range root.Props {
		q := &root.Props[i]
		if q == p || !strings.EqualFold(q.Group, p.Group) {
			continue
		}
		if rules[q.Name].how != beside {
			return edits[:1]
		}
		edits = append(edits, contentline.Edit{Start: q.Start, End: q.End})
	}
	return edits
}
