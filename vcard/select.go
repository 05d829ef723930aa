package vcard

import (
	"strings"

	"almanac/contentline"
)

// A PropSel asks for the properties of one name in a partial answer. RFC 6352
// section 10.4.2.
type PropSel struct {
	Name    string // in any case; "item1.TEL" asks for one group, "TEL" for all
	NoValue bool   // name and parameters, but no value
}

// alwaysSelected are the properties that a card of either version is no card
// without, and the UID that clients know it by. They are returned unasked, so
// that a partial answer is still a vCard.
var alwaysSelected = []string{"VERSION", "UID", "FN", "N"}

// Select returns the card with the asked properties alone; allprop asks for all
// of them. Order and folding are those of the source. RFC 6352 section 10.4.
func Select(c *Card, props []PropSel, allprop bool) []byte {
	src := c.Doc.Src
	if allprop {
		return []byte(src[c.Root.Start:c.Root.End])
	}
	wanted := make(map[string][]PropSel, len(props)+len(alwaysSelected))
	for _, sel := range props {
		group, name := splitName(sel.Name)
		wanted[name] = append(wanted[name], PropSel{Name: group, NoValue: sel.NoValue})
	}
	for _, name := range alwaysSelected {
		if wanted[name] == nil || name == "VERSION" {
			wanted[name] = []PropSel{{}}
		}
	}
	begin := c.Root.BodyEnd
	if len(c.Root.Props) > 0 {
		begin = c.Root.Props[0].Start
	}
	if len(c.Root.Children) > 0 {
		begin = min(begin, c.Root.Children[0].Start)
	}
	out := append([]byte(nil), src[c.Root.Start:begin]...)
	crlf := lineBreaksOf(src)
	for i := range c.Root.Props {
		p := &c.Root.Props[i]
		take, value := false, false
		for _, sel := range wanted[p.Name] {
			if sel.Name == "" || strings.EqualFold(sel.Name, p.Group) {
				take = true
				value = value || !sel.NoValue
			}
		}
		switch {
		case take && value:
			out = append(out, src[p.Start:p.End]...)
		case take:
			bare := *p
			bare.Value = ""
			out = append(out, crlf(string(contentline.AppendProperty(nil, bare)))...)
		}
	}
	return append(out, src[c.Root.BodyEnd:c.Root.End]...)
}
