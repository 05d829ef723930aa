package wire

import (
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"
)

// A parser scans one body. It holds no state between bodies but the capacity of
// its stacks. It never recurses.
type parser struct {
	src  string
	wide bool // the body came as UTF-16
	pos  int
	lim  Limits
	doc  *document

	stack    []frame   // open elements
	pending  []*Elem   // closed children of the open elements, bottom up
	text     []byte    // text of open elements that consists of several runs, bottom up
	attrs    []rawAttr // of the start tag being read
	scope    *binding
	inScope  int // length of scope
	elements int

	// Slabs from which the tree is cut, so that a small body costs a handful of
	// allocations. Nothing in a slab moves once handed out.
	elemSlab []Elem
	kidSlab  []*Elem
	attrSlab []Attr
}

// A frame is one open element.
type frame struct {
	elem     *Elem
	tag      string // its name as written, to match the end tag
	scope    *binding
	inScope  int
	children int // where its children begin in pending

	// Its text so far: run alone while textStart < 0, else what is in text from
	// there on. solid means that there is more than white space.
	run       string
	textStart int
	textLen   int
	solid     bool
}

type rawAttr struct {
	prefix, local, value string
	at                   int
}

var parsers = sync.Pool{New: func() any { return new(parser) }}

func (p *parser) begin(src string, wide bool, lim Limits) {
	p.src, p.wide, p.lim, p.doc = src, wide, lim, &document{src}
}

// end lets go of the body and the tree, and of stacks that grew beyond what the
// next body is likely to need.
func (p *parser) end() {
	keep := parser{stack: p.stack[:0], pending: p.pending[:0], text: p.text[:0], attrs: p.attrs[:0]}
	if cap(keep.stack) > 128 {
		keep.stack = nil
	}
	if cap(keep.pending) > 256 {
		keep.pending = nil
	}
	if cap(keep.text) > 64<<10 {
		keep.text = nil
	}
	if cap(keep.attrs) > 128 {
		keep.attrs = nil
	}
	clear(keep.stack[:cap(keep.stack)])
	clear(keep.pending[:cap(keep.pending)])
	clear(keep.attrs[:cap(keep.attrs)])
	*p = keep
}

func (p *parser) fail(at int, reason string) error {
	return syntaxError(p.src, at, reason)
}

// parse reads the document: prolog, root, and what may follow it.
func (p *parser) parse() (*Elem, error) {
	if err := p.declaration(); err != nil {
		return nil, err
	}
	var root *Elem
	for p.pos < len(p.src) {
		if p.src[p.pos] != '<' {
			if err := p.characters(); err != nil {
				return nil, err
			}
			continue
		}
		rest := p.src[p.pos+1:]
		var err error
		switch {
		case rest == "":
			err = p.fail(p.pos, "ends inside a tag")
		case rest[0] == '/':
			err = p.endTag()
		case rest[0] == '?':
			err = p.instruction()
		case rest[0] == '!':
			err = p.bang(rest)
		case len(p.stack) == 0 && root != nil:
			err = p.fail(p.pos, "second root element")
		default:
			var e *Elem
			if e, err = p.startTag(); root == nil {
				root = e
			}
		}
		if err != nil {
			return nil, err
		}
	}
	if n := len(p.stack); n > 0 {
		return nil, p.fail(len(p.src), "ends before </"+clip(p.stack[n-1].tag)+">")
	}
	if root == nil {
		return nil, p.fail(len(p.src), "no root element")
	}
	return root, nil
}

// declaration reads the XML declaration, if there is one.
func (p *parser) declaration() error {
	if !strings.HasPrefix(p.src, "<?xml") || len(p.src) == 5 || !isSpace(p.src[5]) {
		return nil
	}
	p.pos = 5
	// The three pseudo attributes come in this order; only the first is required.
	fields := [3]string{"version", "encoding", "standalone"}
	next := 0
	for {
		spaced := p.skipSpace()
		if strings.HasPrefix(p.src[p.pos:], "?>") {
			break
		}
		at := p.pos
		n := scanName(p.src[at:])
		field := p.src[at : at+n]
		for next < len(fields) && fields[next] != field && next > 0 {
			next++
		}
		if !spaced || next == len(fields) || fields[next] != field {
			return p.fail(at, "malformed XML declaration")
		}
		p.pos += n
		if err := p.equals(); err != nil {
			return err
		}
		if p.pos == len(p.src) || p.src[p.pos] != '"' && p.src[p.pos] != '\'' {
			return p.fail(p.pos, "malformed XML declaration")
		}
		n = strings.IndexByte(p.src[p.pos+1:], p.src[p.pos])
		if n < 0 {
			return p.fail(p.pos, "malformed XML declaration")
		}
		value := p.src[p.pos+1 : p.pos+1+n]
		p.pos += n + 2
		if reason := p.declared(field, value); reason != "" {
			return p.fail(at, reason)
		}
		next++
	}
	if next == 0 {
		return p.fail(p.pos, "XML declaration without version")
	}
	p.pos += len("?>")
	return nil
}

// declared checks one value of the XML declaration and returns what is wrong with
// it, or "".
func (p *parser) declared(field, value string) string {
	ok := false
	switch field {
	case "version":
		ok = value == "1.0"
	case "encoding":
		switch strings.ToLower(value) {
		case "utf-8", "us-ascii", "ascii":
			ok = !p.wide
		case "utf-16", "utf-16le", "utf-16be":
			ok = p.wide
		}
	case "standalone":
		ok = value == "yes" || value == "no"
	}
	if ok {
		return ""
	}
	return "unsupported " + field + " " + clip(value)
}

func (p *parser) skipSpace() bool {
	start := p.pos
	for p.pos < len(p.src) && isSpace(p.src[p.pos]) {
		p.pos++
	}
	return p.pos > start
}

// equals reads the equals sign of an attribute and the white space about it.
func (p *parser) equals() error {
	p.skipSpace()
	if p.pos == len(p.src) || p.src[p.pos] != '=' {
		return p.fail(p.pos, "attribute without a value")
	}
	p.pos++
	p.skipSpace()
	return nil
}

// instruction skips a processing instruction.
func (p *parser) instruction() error {
	start := p.pos
	rest := p.src[start+2:]
	n := scanName(rest)
	length := strings.Index(rest, "?>")
	switch {
	case length < 0:
		return p.fail(start, "processing instruction without end")
	case n == 0 || n < length && !isSpace(rest[n]):
		return p.fail(start, "malformed processing instruction")
	case strings.EqualFold(rest[:n], "xml"):
		return p.fail(start, "XML declaration not at the very beginning")
	}
	p.pos += 2 + length + 2
	return nil
}

// bang reads a comment or a CDATA section; rest is what follows the <.
func (p *parser) bang(rest string) error {
	start := p.pos
	switch {
	case strings.HasPrefix(rest, "!--"):
		length := strings.Index(rest[3:], "--")
		if length < 0 {
			return p.fail(start, "comment without end")
		}
		p.pos += 1 + 3 + length + 2
		if p.pos == len(p.src) || p.src[p.pos] != '>' {
			return p.fail(p.pos-2, "-- inside a comment")
		}
		p.pos++
		return nil
	case strings.HasPrefix(rest, "![CDATA["):
		if len(p.stack) == 0 {
			return p.fail(start, "text outside the root element")
		}
		data := rest[len("![CDATA["):]
		length := strings.Index(data, "]]>")
		if length < 0 {
			return p.fail(start, "CDATA section without end")
		}
		data = data[:length]
		for {
			cr := strings.IndexByte(data, '\r')
			if cr < 0 {
				break
			}
			if err := p.addText(data[:cr]); err != nil {
				return err
			}
			if err := p.addText("\n"); err != nil {
				return err
			}
			data = strings.TrimPrefix(data[cr+1:], "\n")
		}
		p.pos += 1 + len("![CDATA[") + length + len("]]>")
		return p.addText(data)
	case strings.HasPrefix(rest, "!DOCTYPE"):
		return p.fail(start, "document type declaration is not accepted")
	}
	return p.fail(start, "malformed markup after <!")
}

// characters reads text up to the next tag.
func (p *parser) characters() error {
	if len(p.stack) == 0 {
		if p.skipSpace(); p.pos < len(p.src) && p.src[p.pos] != '<' {
			return p.fail(p.pos, "text outside the root element")
		}
		return nil
	}
	src, start := p.src, p.pos
	i := start
	for {
		for i < len(src) && class[src[i]]&textStop == 0 {
			i++
		}
		if i < len(src) && src[i] == ']' {
			if strings.HasPrefix(src[i:], "]]>") {
				return p.fail(i, "]]> in text")
			}
			i++
			continue
		}
		if i > start {
			if err := p.addText(src[start:i]); err != nil {
				return err
			}
		}
		if i == len(src) || src[i] == '<' {
			p.pos = i
			return nil
		}
		if src[i] == '\r' {
			if i++; i < len(src) && src[i] == '\n' {
				i++
			}
			if err := p.addText("\n"); err != nil {
				return err
			}
		} else {
			r, length, reason := reference(src[i:])
			if reason != "" {
				return p.fail(i, reason)
			}
			var enc [utf8.UTFMax]byte
			if err := p.addRune(enc[:utf8.EncodeRune(enc[:], r)]); err != nil {
				return err
			}
			i += length
		}
		start = i
	}
}

// addText adds a run to the text of the innermost element.
func (p *parser) addText(run string) error {
	f := &p.stack[len(p.stack)-1]
	if f.textStart < 0 && f.run == "" {
		f.run = run
	} else {
		p.buffer(f)
		p.text = append(p.text, run...)
	}
	if !f.solid {
		f.solid = strings.Trim(run, " \t\r\n") != ""
	}
	return p.grown(f, len(run))
}

// addRune adds one character that was written as a reference.
func (p *parser) addRune(enc []byte) error {
	f := &p.stack[len(p.stack)-1]
	p.buffer(f)
	p.text = append(p.text, enc...)
	f.solid = f.solid || !isSpace(enc[0])
	return p.grown(f, len(enc))
}

// buffer moves the only run of f to the text buffer. What lies there above f
// belongs to no open element: its children are closed, and took theirs away.
func (p *parser) buffer(f *frame) {
	if f.textStart < 0 {
		f.textStart = len(p.text)
		p.text = append(p.text, f.run...)
	}
}

func (p *parser) grown(f *frame, by int) error {
	if f.textLen += by; f.textLen > p.lim.Text {
		return fmt.Errorf("%w: more than %d octets of text in <%s>", ErrTooLarge, p.lim.Text, clip(f.tag))
	}
	return nil
}

// reference decodes the character or entity reference that s begins with.
func reference(s string) (r rune, length int, reason string) {
	// The longest is &#1114111; but leading zeros are allowed without end.
	end := strings.IndexByte(s[:min(len(s), 32)], ';')
	if end < 0 {
		return 0, 0, "& without a reference"
	}
	switch s[1:end] {
	case "lt":
		return '<', end + 1, ""
	case "gt":
		return '>', end + 1, ""
	case "amp":
		return '&', end + 1, ""
	case "quot":
		return '"', end + 1, ""
	case "apos":
		return '\'', end + 1, ""
	}
	if s[1] != '#' {
		return 0, 0, "undeclared entity " + s[:end+1]
	}
	digits, base := s[2:end], rune(10)
	if strings.HasPrefix(digits, "x") {
		digits, base = digits[1:], 16
	}
	for i := range len(digits) {
		c := rune(digits[i])
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case base == 16 && class[byte(c)]&hexDigit != 0:
			c = c&^0x20 - 'A' + 10
		default:
			return 0, 0, "malformed character reference"
		}
		if r = r*base + c; r > utf8.MaxRune {
			return 0, 0, "reference to a character not allowed in XML"
		}
	}
	if digits == "" {
		return 0, 0, "malformed character reference"
	}
	if !isChar(r) {
		return 0, 0, "reference to a character not allowed in XML"
	}
	return r, end + 1, ""
}
