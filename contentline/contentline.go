package contentline

import (
	"fmt"
	"iter"
)

// A Doc is one parsed text: its components in the order of the source. Src is
// the source itself, untouched; every span below points into it.
type Doc struct {
	Src     string
	Roots   []*Component // usually one VCALENDAR, or any number of VCARDs
	Repairs []Repair     // what tolerant reading mended, in source order; the first thousand
}

// A Component is a BEGIN:NAME … END:NAME block.
type Component struct {
	Name     string // upper case: VCALENDAR, VEVENT, VCARD
	Props    []Property
	Children []*Component

	Line       int // physical line of BEGIN, counted from 1
	Start, End int // octets of the whole block in Src, its BEGIN and END lines with their line breaks included
	BodyEnd    int // octet in Src where the END line begins: where new content is spliced in
}

// A Property is one content line.
type Property struct {
	Group  string // vCard property group as written ("item1"), else ""
	Name   string // upper case
	Params []Param
	Value  string // unfolded, otherwise as written: no unescaping of any kind

	Line       int // physical line where it begins, counted from 1
	Start, End int // octets in Src: the name's first octet to behind the final line break, folds included
}

// A Param is one property parameter.
type Param struct {
	Name   string   // upper case
	Values []string // unquoted, with the escapes of RFC 6868 resolved; a bare vCard 2.1 type (TEL;HOME) has Name "" and one value
}

// A Repair tells of a fault that tolerant reading mended: the object is usable,
// but a strict reader would refuse it.
type Repair struct {
	Line int    // physical line, counted from 1
	What string // in words, one of the Repair constants: "line without a colon joined to the line before"
}

// What a Repair can say.
const (
	RepairBOM         = "byte order mark at the start"
	RepairJoined      = "line without a colon joined to the line before"
	RepairBlankFold   = "blank line inside of a folded line"
	RepairName        = "unusual character in a property name"
	RepairSpace       = "space around a component name"
	RepairBeginParams = "parameters of a BEGIN or END line ignored"
	RepairBare        = "parameter without a value"
	RepairNameless    = "parameter without a name ignored"
	RepairOpenQuote   = "quote of a parameter value is not closed"
	RepairStrayQuote  = "quote inside of a parameter value"
	RepairUTF8        = "invalid UTF-8"
	RepairSplitRune   = "UTF-8 sequence split by folding" // legal, but Src as a whole is not valid UTF-8
	RepairControl     = "control character in a value"
	RepairJunk        = "text outside of a component skipped" // Scanner only
)

// Limits bounds what Parse takes. A zero field means the default of DefaultLimits.
type Limits struct {
	Octets     int // of the whole text
	Line       int // octets of one unfolded line; a line that carries a file (ATTACH, PHOTO and the like) may have 32 times as many
	Depth      int // nesting of components
	Components int
	Properties int // there may be eight times as many parameters and parameter values together
}

// DefaultLimits is what Parse uses for every field that is zero.
var DefaultLimits = Limits{
	Octets:     64 << 20,
	Line:       1 << 20,
	Depth:      8,
	Components: 10_000,
	Properties: 200_000,
}

// orDefault fills the zero fields.
func (l Limits) orDefault() Limits {
	fill := func(v *int, def int) {
		if *v == 0 {
			*v = def
		}
	}
	fill(&l.Octets, DefaultLimits.Octets)
	fill(&l.Line, DefaultLimits.Line)
	fill(&l.Depth, DefaultLimits.Depth)
	fill(&l.Components, DefaultLimits.Components)
	fill(&l.Properties, DefaultLimits.Properties)
	return l
}

// A SyntaxError tells where a text stops being readable.
type SyntaxError struct {
	Line   int // physical line, counted from 1
	Column int // octet in the unfolded line, counted from 1; 0 when the whole line is meant
	Reason string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
}

// Prop returns the first property of that upper-case name, nil when there is none.
func (c *Component) Prop(name string) *Property {
	for i := range c.Props {
		if c.Props[i].Name == name {
			return &c.Props[i]
		}
	}
	return nil
}

// PropsNamed yields the properties of that upper-case name in source order.
func (c *Component) PropsNamed(name string) iter.Seq[*Property] {
	return func(yield func(*Property) bool) {
		for i := range c.Props {
			if c.Props[i].Name == name && !yield(&c.Props[i]) {
				return
			}
		}
	}
}

// Value returns the value of the first property of that upper-case name as
// written, "" when there is none.
func (c *Component) Value(name string) string {
	if p := c.Prop(name); p != nil {
		return p.Value
	}
	return ""
}

// Child returns the first component of that upper-case name directly inside,
// nil when there is none.
func (c *Component) Child(name string) *Component {
	for _, ch := range c.Children {
		if ch.Name == name {
			return ch
		}
	}
	return nil
}

// ChildrenNamed yields the components of that upper-case name directly inside,
// in source order.
func (c *Component) ChildrenNamed(name string) iter.Seq[*Component] {
	return func(yield func(*Component) bool) {
		for _, ch := range c.Children {
			if ch.Name == name && !yield(ch) {
				return
			}
		}
	}
}

// Text returns the block as written, BEGIN and END lines included.
func (c *Component) Text(d *Doc) string { return d.Src[c.Start:c.End] }

// Text returns the property's lines as written, folds and final line break included.
func (p *Property) Text(d *Doc) string { return d.Src[p.Start:p.End] }

// Param returns the first value of the first parameter of that upper-case name,
// "" when there is none.
func (p *Property) Param(name string) string {
	for i := range p.Params {
		if pa := &p.Params[i]; pa.Name == name && len(pa.Values) > 0 {
			return pa.Values[0]
		}
	}
	return ""
}

// HasParam reports whether there is a parameter of that upper-case name.
func (p *Property) HasParam(name string) bool {
	for i := range p.Params {
		if p.Params[i].Name == name {
			return true
		}
	}
	return false
}

// ParamValues returns the values of all parameters of that upper-case name in
// order (TYPE=home;TYPE=work and TYPE=home,work are the same), nil when there
// is none. The slice belongs to the property: read only.
func (p *Property) ParamValues(name string) []string {
	var all []string
	for i := range p.Params {
		pa := &p.Params[i]
		switch {
		case pa.Name != name:
		case all == nil:
			all = pa.Values[:len(pa.Values):len(pa.Values)]
		default:
			all = append(all, pa.Values...)
		}
	}
	return all
}
