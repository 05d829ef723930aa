package wire

import (
	"slices"
	"strings"
)

// Fragment returns the element as self-contained source text: as it was written,
// with a declaration added for each namespace that was declared further out and
// is used inside, and with the xml:lang that was in force. A dead property is
// kept and served in this form (RFC 4918 section 4.3). Parsing it gives an equal
// element.
//
// Used means that the prefix and a colon occur in the source, so that qualified
// names in values (xsi:type="x:string") keep their meaning too.
//
// A fragment can be longer than its source by the declarations in force, which
// are at most maxBindings of at most maxSpace octets. Who keeps fragments for a
// hostile peer bounds their number and length.
func (e *Elem) Fragment() string {
	src := e.doc.src[e.start:e.end]
	var missing []*binding // declared further out, to be declared here
	seen := make([]string, 0, 8)
	for b := e.scope; b != nil; b = b.outer {
		if slices.Contains(seen, b.prefix) {
			continue
		}
		seen = append(seen, b.prefix)
		if e.declares(b) {
			continue
		}
		if b.prefix == "" && b.space != "" && e.unprefixed() || b.prefix != "" && uses(src, b.prefix) {
			missing = append(missing, b)
		}
	}
	lang := ""
	if e.parent != nil && !e.hasLang() {
		lang = e.parent.Lang()
	}
	if len(missing) == 0 && lang == "" {
		return src
	}
	tag := 1 + e.tagNameLen()
	var out strings.Builder
	out.WriteString(src[:tag])
	// Innermost first would do as well; outermost first keeps the order of the
	// source.
	for i := len(missing) - 1; i >= 0; i-- {
		b := missing[i]
		out.WriteString(" xmlns")
		if b.prefix != "" {
			out.WriteByte(':')
			out.WriteString(b.prefix)
		}
		out.WriteString(`="`)
		out.Write(appendAttrValue(nil, b.space))
		out.WriteByte('"')
	}
	if lang != "" {
		out.WriteString(` xml:lang="`)
		out.Write(appendAttrValue(nil, lang))
		out.WriteByte('"')
	}
	out.WriteString(src[tag:])
	return out.String()
}

// declares reports whether b was declared by e itself.
func (e *Elem) declares(b *binding) bool {
	var outside *binding
	if e.parent != nil {
		outside = e.parent.scope
	}
	for own := e.scope; own != outside; own = own.outer {
		if own == b {
			return true
		}
	}
	return false
}

// unprefixed reports whether e or an element inside it is written without a
// prefix. The depth of the recursion is that of the tree, which Parse limits.
func (e *Elem) unprefixed() bool {
	if e.tagNameLen() == len(e.Name.Local) {
		return true
	}
	for _, c := range e.Children {
		if c.unprefixed() {
			return true
		}
	}
	return false
}

// tagNameLen returns the length of the name in the start tag, prefix included.
func (e *Elem) tagNameLen() int {
	src := e.doc.src[e.start+1 : e.end]
	n := scanName(src)
	if n < len(src) && src[n] == ':' {
		n += 1 + len(e.Name.Local)
	}
	return n
}

func (e *Elem) hasLang() bool {
	for i := range e.Attrs {
		if e.Attrs[i].Name == (Name{XML, "lang"}) {
			return true
		}
	}
	return false
}

// uses reports whether src has the prefix followed by a colon. That it may be the
// end of a longer word does no harm: a declaration too many changes nothing.
func uses(src, prefix string) bool { return strings.Contains(src, prefix+":") }
