package ical

import "almanac/contentline"

// A CompSel says what to give back of a component (RFC 4791 section 9.6.1). One
// that names nothing, neither properties nor components, gives the whole
// component, as the example of RFC 4791 section 7.8.1 does with VTIMEZONE.
type CompSel struct {
	Name     string    // upper case
	AllProps bool      // RFC 4791 section 9.6.3
	Props    []PropSel // RFC 4791 section 9.6.4
	AllComps bool      // RFC 4791 section 9.6.2: every component inside, whole
	Comps    []CompSel
}

// A PropSel names one property to give back.
type PropSel struct {
	Name    string // upper case
	NoValue bool   // only name and parameters, with nothing behind the colon
}

func (s *CompSel) whole() bool {
	return len(s.Comps) == 0 && len(s.Props) == 0 && !s.AllProps && !s.AllComps
}

// Select gives the part of an object that sel asks for. Kept lines keep their
// octets and their order, only lines without value are printed anew. A sel for
// another component than VCALENDAR is taken as one inside of it; the zero sel
// asks for everything.
//
// The result may lack what iCalendar demands (VERSION, UID): a client gets what
// it asked for, RFC 4791 section 9.6.
func Select(o *Object, sel CompSel) []byte {
	sel = sel.root()
	return appendSelected(nil, o.Doc.Src, o.Root, &sel)
}

// appendSelected recurses as deep as the selection, which the XML reader bounds,
// and the text, which contentline bounds.
func appendSelected(dst []byte, src string, c *contentline.Component, sel *CompSel) []byte {
	if sel.whole() {
		return append(dst, src[c.Start:c.End]...)
	}
	first := c.BodyEnd
	if len(c.Props) > 0 {
		first = min(first, c.Props[0].Start)
	}
	if len(c.Children) > 0 {
		first = min(first, c.Children[0].Start)
	}
	dst = append(dst, src[c.Start:first]...)

	// Properties and components lie interleaved in the source.
	child := 0
	children := func(before int) {
		for ; child < len(c.Children) && c.Children[child].Start < before; child++ {
			inner := c.Children[child]
			if want := sel.inside(inner.Name); want != nil {
				dst = appendSelected(dst, src, inner, want)
			}
		}
	}
	for i := range c.Props {
		p := &c.Props[i]
		children(p.Start)
		switch keep, noValue := sel.prop(p.Name); {
		case noValue:
			dst = contentline.AppendProperty(dst, contentline.Property{Group: p.Group, Name: p.Name, Params: p.Params})
		case keep:
			dst = append(dst, src[p.Start:p.End]...)
		}
	}
	children(c.BodyEnd)
	return append(dst, src[c.BodyEnd:c.End]...)
}

// prop tells whether a property is given back, and whether without its value.
func (s *CompSel) prop(name string) (keep, noValue bool) {
	for i := range s.Props {
		if s.Props[i].Name == name {
			return true, s.Props[i].NoValue
		}
	}
	return s.AllProps, false
}

// inside returns what is given back of a component inside, nil for nothing.
func (s *CompSel) inside(name string) *CompSel {
	if want := selOf(s.Comps, name); want != nil {
		return want
	}
	if s.AllComps || s.whole() {
		return &everything
	}
	return nil
}

// everything selects a whole component, whichever.
var everything CompSel

// root returns the selection as one of VCALENDAR.
func (s CompSel) root() CompSel {
	if s.Name == "VCALENDAR" || s.Name == "" {
		return s
	}
	return CompSel{Name: "VCALENDAR", Comps: []CompSel{s}}
}

func selOf(sels []CompSel, name string) *CompSel {
	for i := range sels {
		if sels[i].Name == name {
			return &sels[i]
		}
	}
	return nil
}
