package wire

import (
	"iter"
	"strings"
)

// An Elem is one element of a parsed body. Its strings point into the body, so
// whoever keeps one for longer than the request should clone it.
type Elem struct {
	Name     Name
	Attrs    []Attr // in the order of the source, without namespace declarations
	Children []*Elem

	// Text is the character data directly inside the element, concatenated, with
	// references resolved and line ends made \n. The white space that only lays
	// out child elements is left out: an element that has children and otherwise
	// nothing but white space has Text "".
	Text string

	doc    *document
	parent *Elem
	scope  *binding // the declarations in force here, innermost first

	start, end int32 // octets of the source: from < to behind the last >
}

// An Attr is one attribute. An attribute written without a prefix is in no
// namespace, whatever the element's is.
type Attr struct {
	Name  Name
	Value string
}

// A document is the source that all elements of one tree share.
type document struct {
	src string
}

// A binding is one namespace declaration, linked to those declared before it in
// the same or an outer element. Bindings are immutable once linked.
type binding struct {
	prefix string // "" for the default namespace
	space  string // "" only for the default namespace
	outer  *binding
}

// resolve returns the namespace bound to prefix, and whether there is one. The
// default namespace is "" until declared.
func (b *binding) resolve(prefix string) (string, bool) {
	for ; b != nil; b = b.outer {
		if b.prefix == prefix {
			return b.space, true
		}
	}
	switch prefix {
	case "":
		return "", true
	case "xml":
		return XML, true
	}
	return "", false
}

// Is reports whether e has the name n. A nil element has no name.
func (e *Elem) Is(n Name) bool { return e != nil && e.Name == n }

// Child returns the first child named n, or nil. It may be called on nil, so that
// look-ups chain: body.Child(set).Child(prop).
func (e *Elem) Child(n Name) *Elem {
	if e == nil {
		return nil
	}
	for _, c := range e.Children {
		if c.Name == n {
			return c
		}
	}
	return nil
}

// ChildrenNamed iterates over the children named n, in order. It may be called on
// nil.
func (e *Elem) ChildrenNamed(n Name) iter.Seq[*Elem] {
	return func(yield func(*Elem) bool) {
		if e == nil {
			return
		}
		for _, c := range e.Children {
			if c.Name == n && !yield(c) {
				return
			}
		}
	}
}

// Attr returns the value of the attribute that is in no namespace and has this
// local name, and whether there is one. Letter case is ignored where no attribute
// has the exact name: vdirsyncer writes Content-Type for the content-type of
// RFC 6352 section 10.4. It may be called on nil.
func (e *Elem) Attr(local string) (string, bool) {
	if e == nil {
		return "", false
	}
	found := -1
	for i := range e.Attrs {
		a := &e.Attrs[i]
		if a.Name.Space != "" {
			continue
		}
		if a.Name.Local == local {
			return a.Value, true
		}
		if found < 0 && strings.EqualFold(a.Name.Local, local) {
			found = i
		}
	}
	if found < 0 {
		return "", false
	}
	return e.Attrs[found].Value, true
}

// TrimmedText returns Text without white space at either end, as hrefs, tokens
// and numbers are to be read. It may be called on nil.
func (e *Elem) TrimmedText() string {
	if e == nil {
		return ""
	}
	return strings.Trim(e.Text, " \t\r\n")
}

// Lang returns the language in force: the xml:lang of the element or of the
// nearest element around it that has one, else "".
func (e *Elem) Lang() string {
	for ; e != nil; e = e.parent {
		for i := range e.Attrs {
			if e.Attrs[i].Name == (Name{XML, "lang"}) {
				return e.Attrs[i].Value
			}
		}
	}
	return ""
}

// Pos returns where the element begins in the body: line and column, both counted
// from 1, the column in characters. It costs a pass over the body.
func (e *Elem) Pos() (line, column int) { return position(e.doc.src, int(e.start)) }
