package wire

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// startTag reads a start tag or an empty element, and returns the element.
func (p *parser) startTag() (*Elem, error) {
	start := p.pos
	p.pos++
	prefix, local, err := p.qname()
	if err != nil {
		return nil, err
	}
	tag := p.src[start+1 : p.pos]
	if len(p.stack) == p.lim.Depth {
		return nil, fmt.Errorf("%w: more than %d levels of elements", ErrTooLarge, p.lim.Depth)
	}
	if p.elements++; p.elements > p.lim.Elements {
		return nil, fmt.Errorf("%w: more than %d elements", ErrTooLarge, p.lim.Elements)
	}
	outer, inOuter := p.scope, p.inScope
	p.attrs = p.attrs[:0]
	empty, err := p.attributes(tag)
	if err != nil {
		return nil, err
	}
	if err := p.declare(outer); err != nil {
		return nil, err
	}

	e := p.newElem()
	e.doc, e.scope, e.start = p.doc, p.scope, int32(start)
	space, ok := p.scope.resolve(prefix)
	if !ok {
		return nil, p.fail(start, "undeclared prefix "+clip(prefix))
	}
	e.Name = Name{space, local}
	if err := p.resolveAttrs(e); err != nil {
		return nil, err
	}
	if n := len(p.stack); n > 0 {
		e.parent = p.stack[n-1].elem
		p.pending = append(p.pending, e)
	}
	if empty {
		e.end = int32(p.pos)
		p.scope, p.inScope = outer, inOuter
		return e, nil
	}
	p.stack = append(p.stack, frame{
		elem: e, tag: tag, scope: outer, inScope: inOuter,
		children: len(p.pending), textStart: -1,
	})
	return e, nil
}

// endTag reads an end tag and completes the innermost element.
func (p *parser) endTag() error {
	start := p.pos
	if len(p.stack) == 0 {
		return p.fail(start, "end tag without a start tag")
	}
	f := &p.stack[len(p.stack)-1]
	p.pos += 2
	if strings.HasPrefix(p.src[p.pos:], f.tag) {
		p.pos += len(f.tag)
		p.skipSpace()
		if p.pos < len(p.src) && p.src[p.pos] == '>' {
			p.pos++
			p.complete(f)
			return nil
		}
	}
	return p.fail(start, "expected </"+clip(f.tag)+">")
}

// complete gives the element of the innermost frame its children and text, and
// leaves it.
func (p *parser) complete(f *frame) {
	e := f.elem
	e.end = int32(p.pos)
	if kids := p.pending[f.children:]; len(kids) > 0 {
		if cap(p.kidSlab)-len(p.kidSlab) < len(kids) {
			p.kidSlab = make([]*Elem, 0, max(len(kids), cap(p.elemSlab)))
		}
		n := len(p.kidSlab)
		p.kidSlab = append(p.kidSlab, kids...)
		e.Children = p.kidSlab[n:len(p.kidSlab):len(p.kidSlab)]
		p.pending = p.pending[:f.children]
	}
	if f.textStart >= 0 {
		if f.solid || e.Children == nil {
			e.Text = string(p.text[f.textStart:])
		}
		p.text = p.text[:f.textStart]
	} else if f.solid || e.Children == nil {
		e.Text = f.run
	}
	p.scope, p.inScope = f.scope, f.inScope
	p.stack = p.stack[:len(p.stack)-1]
}

// newElem cuts an element from the slab.
func (p *parser) newElem() *Elem {
	if len(p.elemSlab) == cap(p.elemSlab) {
		size := min(2*cap(p.elemSlab), 1024)
		if size == 0 {
			// There are at most as many elements as there are angle brackets.
			size = min(strings.Count(p.src[p.pos:], "<")+1, 64)
		}
		p.elemSlab = make([]Elem, 0, size)
	}
	n := len(p.elemSlab)
	p.elemSlab = p.elemSlab[:n+1]
	return &p.elemSlab[n]
}

// qname reads a name with or without a prefix.
func (p *parser) qname() (prefix, local string, err error) {
	start := p.pos
	n := scanName(p.src[p.pos:])
	local = p.src[start : start+n]
	p.pos += n
	if n > 0 && p.pos < len(p.src) && p.src[p.pos] == ':' {
		p.pos++
		n = scanName(p.src[p.pos:])
		prefix, local = local, p.src[p.pos:p.pos+n]
		p.pos += n
	}
	if n == 0 {
		return "", "", p.fail(start, "expected a name")
	}
	if len(prefix) > maxName || len(local) > maxName {
		return "", "", fmt.Errorf("%w: a name of more than %d octets", ErrTooLarge, maxName)
	}
	return prefix, local, nil
}

// attributes reads the attributes of a tag and its end into p.attrs, and reports
// whether the tag is that of an empty element.
func (p *parser) attributes(tag string) (empty bool, err error) {
	for {
		spaced := p.skipSpace()
		if p.pos == len(p.src) {
			return false, p.fail(p.pos, "ends inside a tag")
		}
		switch p.src[p.pos] {
		case '>':
			p.pos++
			return false, nil
		case '/':
			p.pos++
			if p.pos == len(p.src) || p.src[p.pos] != '>' {
				return false, p.fail(p.pos, "/ inside a tag")
			}
			p.pos++
			return true, nil
		}
		if !spaced {
			return false, p.fail(p.pos, "expected white space before an attribute")
		}
		a := rawAttr{at: p.pos}
		if a.prefix, a.local, err = p.qname(); err != nil {
			return false, err
		}
		if err := p.equals(); err != nil {
			return false, err
		}
		if a.value, err = p.attrValue(); err != nil {
			return false, err
		}
		if len(p.attrs) == p.lim.Attrs {
			return false, fmt.Errorf("%w: more than %d attributes in <%s>", ErrTooLarge, p.lim.Attrs, clip(tag))
		}
		p.attrs = append(p.attrs, a)
	}
}

// attrValue reads a quoted value and normalises it: references are resolved, each
// white space character and each line end becomes a space (XML 1.0 section 3.3.3).
func (p *parser) attrValue() (string, error) {
	if p.pos == len(p.src) || p.src[p.pos] != '"' && p.src[p.pos] != '\'' {
		return "", p.fail(p.pos, "attribute value without quotes")
	}
	src, quote := p.src, p.src[p.pos]
	start := p.pos + 1
	i := start
	scratch := len(p.text) // above the text of the open elements
	for {
		for i < len(src) && class[src[i]]&attrStop == 0 {
			i++
		}
		if i == len(src) {
			return "", p.fail(p.pos, "attribute value without end")
		}
		switch src[i] {
		case quote:
			value := src[start:i]
			if len(p.text) > scratch {
				p.text = append(p.text, value...)
				value = string(p.text[scratch:])
				p.text = p.text[:scratch]
			}
			if len(value) > p.lim.Text {
				return "", fmt.Errorf("%w: an attribute of more than %d octets", ErrTooLarge, p.lim.Text)
			}
			p.pos = i + 1
			return value, nil
		case '<':
			return "", p.fail(i, "< in an attribute value")
		case '"', '\'':
			i++
			continue
		}
		p.text = append(p.text, src[start:i]...)
		if src[i] == '&' {
			r, length, reason := reference(src[i:])
			if reason != "" {
				return "", p.fail(i, reason)
			}
			p.text = utf8.AppendRune(p.text, r)
			i += length
		} else {
			if strings.HasPrefix(src[i:], "\r\n") {
				i++
			}
			p.text = append(p.text, ' ')
			i++
		}
		start = i
	}
}

// declare takes the namespace declarations out of p.attrs and puts them in force;
// outer is what was in force before. Names are bound as Namespaces in XML 1.0
// lets them: no prefix to nothing, and neither of the two reserved namespaces to
// any other prefix.
func (p *parser) declare(outer *binding) error {
	kept := p.attrs[:0]
	for _, a := range p.attrs {
		prefix := ""
		switch {
		case a.prefix == "xmlns":
			prefix = a.local
		case a.prefix != "" || a.local != "xmlns":
			kept = append(kept, a)
			continue
		}
		for b := p.scope; b != outer; b = b.outer {
			if b.prefix == prefix {
				return p.fail(a.at, "namespace prefix declared twice")
			}
		}
		switch {
		case prefix == "xml" && a.value == XML:
			continue
		case prefix == "xml", prefix == "xmlns", a.value == XML, a.value == xmlnsSpace:
			return p.fail(a.at, "reserved namespace or prefix declared")
		case prefix != "" && a.value == "":
			return p.fail(a.at, "prefix "+clip(prefix)+" declared without a namespace")
		case len(a.value) > maxSpace:
			return fmt.Errorf("%w: a namespace of more than %d octets", ErrTooLarge, maxSpace)
		}
		if p.inScope++; p.inScope > maxBindings {
			return fmt.Errorf("%w: more than %d namespace declarations in force", ErrTooLarge, maxBindings)
		}
		p.scope = &binding{prefix, intern(a.value), p.scope}
	}
	p.attrs = kept
	return nil
}

// resolveAttrs gives e the attributes left in p.attrs.
func (p *parser) resolveAttrs(e *Elem) error {
	if len(p.attrs) == 0 {
		return nil
	}
	if cap(p.attrSlab)-len(p.attrSlab) < len(p.attrs) {
		p.attrSlab = make([]Attr, 0, max(len(p.attrs), min(2*cap(p.attrSlab), 512)))
	}
	first := len(p.attrSlab)
	for _, a := range p.attrs {
		space := ""
		if a.prefix != "" {
			var ok bool
			if space, ok = p.scope.resolve(a.prefix); !ok {
				return p.fail(a.at, "undeclared prefix "+clip(a.prefix))
			}
		}
		name := Name{space, a.local}
		if slices.ContainsFunc(p.attrSlab[first:], func(b Attr) bool { return b.Name == name }) {
			return p.fail(a.at, "attribute "+clip(a.local)+" given twice")
		}
		p.attrSlab = append(p.attrSlab, Attr{name, a.value})
	}
	e.Attrs = p.attrSlab[first:len(p.attrSlab):len(p.attrSlab)]
	return nil
}
