package vcard

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"almanac/contentline"
)

// carrier is the prefix of a 3.0 property that carries a 4.0 property which 3.0
// has no form for, with its parameters and value as they were.
const carrier = "X-VCARD4-"

// Convert returns the card in src as vCard of version to, V30 or V40: src itself
// when it is of that version already, otherwise a text in which the properties
// that the two versions write differently are replaced and all others keep their
// octets and order. The result depends on src alone. A card of 2.1 is upgraded
// first, and so is one without VERSION.
func Convert(src []byte, to string) ([]byte, error) {
	c, err := Parse(src)
	if err != nil {
		return nil, err
	}
	from := c.Version
	if from == V21 || from == "" {
		if src, err = Upgrade(src); err != nil {
			return nil, err
		}
		if c, err = Parse(src); err != nil {
			return nil, err
		}
		from = V30
	}
	rules := toV3
	switch {
	case from != V30 && from != V40 || to != V30 && to != V40:
		return nil, fmt.Errorf("convert vCard %.20q to %.20q: unknown version", from, to)
	case c.Version == to:
		return src, nil
	case to == V40:
		rules = toV4
	}
	return newConversion(c).run(to, rules)
}

// A rule changes one property to the form of another version.
type rule func(c *conversion, r *rewrite)

// A conversion is the state of one Convert.
type conversion struct {
	card   *Card
	groups map[string]bool // every group in use
	labels map[string]*contentline.Property
	size   map[string]int  // how many properties each group has
	names  map[string]bool // of all properties
	seen   map[string]bool // names of single properties that came already

	drop map[*contentline.Property]bool // replaced by what another property became
	adr  map[*contentline.Property]*contentline.Property
	sort string // of SORT-STRING

	edits []contentline.Edit
	crlf  func(lines string) string // gives new lines the line breaks of the source
}

func newConversion(card *Card) *conversion {
	c := &conversion{
		card: card, groups: map[string]bool{}, labels: map[string]*contentline.Property{}, size: map[string]int{}, names: map[string]bool{},
		seen: map[string]bool{}, drop: map[*contentline.Property]bool{}, adr: map[*contentline.Property]*contentline.Property{},
		crlf: lineBreaksOf(card.Doc.Src),
	}
	for i := range card.Root.Props {
		p := &card.Root.Props[i]
		c.names[p.Name] = true
		if p.Group == "" {
			continue
		}
		group := strings.ToLower(p.Group)
		c.groups[group] = true
		c.size[group]++
		if p.Name == "X-ABLABEL" {
			c.labels[group] = p
		}
	}
	return c
}

func (c *conversion) run(to string, rules map[string]rule) ([]byte, error) {
	if to == V40 {
		c.pairLabels()
		c.pairSortString()
	}
	root := c.card.Root
	outs := make([]*rewrite, len(root.Props))
	for i := range root.Props {
		r := &rewrite{src: &root.Props[i], prop: root.Props[i]}
		r.prop.Params = slices.Clone(r.prop.Params)
		outs[i] = r
		if r.prop.Name == "VERSION" {
			r.drop = true
			continue
		}
		if to == V40 {
			paramsTo4(r)
		} else {
			paramsTo3(r)
		}
		if rule := rules[r.prop.Name]; rule != nil {
			rule(c, r)
		} else if to == V40 && strings.HasPrefix(r.prop.Name, carrier) && len(r.prop.Name) > len(carrier) {
			r.restore()
		}
	}
	c.require(to, outs)
	for _, r := range outs {
		c.edit(r, c.drop[r.src])
	}
	out, err := contentline.Splice(c.card.Doc.Src[root.Start:root.End], c.edits)
	if err != nil {
		return nil, fmt.Errorf("convert vCard to %s: %w", to, err)
	}
	return out, nil
}

// edit puts what has become of a property into the list of edits, which are
// relative to the card.
func (c *conversion) edit(r *rewrite, drop bool) {
	var text []byte
	if (r.changed || len(r.after) > 0) && !r.drop && !drop {
		text = contentline.AppendProperty(text, r.prop)
	}
	for _, p := range r.after {
		text = contentline.AppendProperty(text, p)
	}
	if len(text) > 0 || r.drop || drop {
		c.replace(r.src.Start, r.src.End, string(text))
	}
}

func (c *conversion) replace(start, end int, text string) {
	from := c.card.Root.Start
	c.edits = append(c.edits, contentline.Edit{Start: start - from, End: end - from, Text: c.crlf(text)})
}

// require adds VERSION behind BEGIN, where 4.0 wants it (RFC 6350 section 3.3),
// and the names that the version cannot be without: N and FN in 3.0 (RFC 2426
// section 3.1), FN in 4.0 (RFC 6350 section 6.2.1).
func (c *conversion) require(to string, outs []*rewrite) {
	root := c.card.Root
	text := "VERSION:" + to + "\r\n"
	has := func(name string) bool {
		return slices.ContainsFunc(outs, func(r *rewrite) bool { return !r.drop && r.prop.Name == name })
	}
	summary := contentline.EscapeText(Summary(c.card))
	if !has("FN") {
		text += string(contentline.AppendProperty(nil, contentline.Property{Name: "FN", Value: summary}))
	}
	if to == V30 && !has("N") {
		text += string(contentline.AppendProperty(nil, contentline.Property{Name: "N", Value: summary + ";;;;"}))
	}
	at := root.BodyEnd
	if len(root.Props) > 0 {
		at = root.Props[0].Start
	}
	if len(root.Children) > 0 {
		at = min(at, root.Children[0].Start)
	}
	c.replace(at, at, text)
}

// newGroup returns a group that the card does not use: item1, item2, …
func (c *conversion) newGroup() string {
	for i := len(c.groups) + 1; ; i++ {
		group := "item" + strconv.Itoa(i)
		if !c.groups[group] {
			c.groups[group] = true
			return group
		}
	}
}

// A rewrite is what becomes of one property.
type rewrite struct {
	src     *contentline.Property
	prop    contentline.Property // Params is a copy
	changed bool
	drop    bool                   // the property goes; after stays
	after   []contentline.Property // new properties behind it
}

func (r *rewrite) setName(name string)   { r.prop.Name, r.changed = name, true }
func (r *rewrite) setValue(value string) { r.prop.Value, r.changed = value, true }

func (r *rewrite) hasParam(name string) bool { return r.prop.HasParam(name) }

func (r *rewrite) addParam(name string, values ...string) {
	r.prop.Params = append(r.prop.Params, contentline.Param{Name: name, Values: values})
	r.changed = true
}

func (r *rewrite) removeParam(name string) {
	n := len(r.prop.Params)
	r.prop.Params = slices.DeleteFunc(r.prop.Params, func(p contentline.Param) bool { return p.Name == name })
	r.changed = r.changed || len(r.prop.Params) < n
}

// types are the values of TYPE, those of quoted lists (TYPE="work,voice") apart.
func (r *rewrite) types() []string {
	var out []string
	for _, v := range r.prop.ParamValues("TYPE") {
		out = append(out, strings.Split(v, ",")...)
	}
	return out
}

// setTypes replaces the TYPE parameters by one.
func (r *rewrite) setTypes(types []string) {
	at := slices.IndexFunc(r.prop.Params, func(p contentline.Param) bool { return p.Name == "TYPE" })
	r.removeParam("TYPE")
	if at < 0 {
		at = len(r.prop.Params)
	}
	if len(types) > 0 {
		r.prop.Params = slices.Insert(r.prop.Params, at, contentline.Param{Name: "TYPE", Values: types})
	}
	r.changed = true
}

func (r *rewrite) addType(v string) { r.setTypes(append(r.types(), v)) }

// removeType removes a value of TYPE, in any case, and reports whether it was there.
func (r *rewrite) removeType(v string) bool {
	types := r.types()
	rest := slices.DeleteFunc(slices.Clone(types), func(t string) bool { return strings.EqualFold(t, v) })
	if len(rest) == len(types) {
		return false
	}
	r.setTypes(rest)
	return true
}

// carry hides a 4.0 property behind the carrier prefix, as it was in the source.
func (r *rewrite) carry() {
	r.prop = *r.src
	r.setName(carrier + r.src.Name)
}

// restore brings a carried property back.
func (r *rewrite) restore() {
	r.prop = *r.src
	r.setName(strings.TrimPrefix(r.src.Name, carrier))
}
