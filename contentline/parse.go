package contentline

import (
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"
)

// Parse reads iCalendar or vCard 3.0 and 4.0 text tolerantly. The error is a
// *SyntaxError. An empty text is a Doc without roots.
func Parse(src []byte, lim Limits) (*Doc, error) {
	return parse(src, lim, false)
}

// ParseV21 reads vCard 2.1 text: a QUOTED-PRINTABLE value goes on behind a soft
// line break, the body of a BASE64 value need not be indented and ends with a
// blank line, and parameters may be bare words. Values are not decoded.
func ParseV21(src []byte, lim Limits) (*Doc, error) {
	return parse(src, lim, true)
}

// maxRepairs bounds Doc.Repairs.
const maxRepairs = 1000

type parser struct {
	src     string
	v21     bool
	lim     Limits
	newline byte // '\n', or '\r' in a text that has no '\n'
	pos     int
	line    int // of pos, counted from 1

	ascii, utf8, controls bool // of the whole source: what the lines need not be checked for

	vcard   bool // the outermost open component is a VCARD: names may have groups
	roots   []*Component
	repairs []Repair
	nComps  int
	nProps  int
	nParams int // and parameter values
	upper   map[string]string

	*scratch
	unfolded  arena
	compSlab  slab[Component]
	propSlab  slab[Property]
	paramSlab slab[Param]
	valueSlab slab[string]
	childSlab slab[*Component]
}

// A scratch holds what a parser needs only until it is done.
type scratch struct {
	open     []open
	props    []Property // of all open components, the innermost last
	children []*Component
	buf      []byte // the folded line in hand
	params   []Param
	values   []string
	spans    []int // where the values of each of params end
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// release forgets every reference into the text, and large buffers with it.
func (s *scratch) release() {
	const most = 1 << 8
	if cap(s.props) > most || cap(s.params) > most || cap(s.values) > most || cap(s.children) > most || cap(s.buf) > 1<<20 {
		return
	}
	clear(s.open[:cap(s.open)])
	clear(s.props[:cap(s.props)])
	clear(s.children[:cap(s.children)])
	clear(s.params[:cap(s.params)])
	clear(s.values[:cap(s.values)])
	*s = scratch{s.open[:0], s.props[:0], s.children[:0], s.buf[:0], s.params[:0], s.values[:0], s.spans[:0]}
	scratches.Put(s)
}

// An open component, and how much of parser.props and parser.children belongs to
// the components around it.
type open struct {
	comp            *Component
	props, children int
}

func parse(src []byte, lim Limits, v21 bool) (*Doc, error) {
	if lim = lim.orDefault(); len(src) > lim.Octets {
		return nil, &SyntaxError{Line: 1, Reason: fmt.Sprintf("text of more than %d octets", lim.Octets)}
	}
	p := newParser(src, lim, v21)
	defer p.scratch.release()
	p.propSlab.next = min(strings.Count(p.src, "\n")+1, maxChunk)
	p.paramSlab.next, p.valueSlab.next = 16, 16
	p.compSlab.next, p.childSlab.next = 2, 2
	p.ascii, p.controls = scan(src)
	p.utf8 = p.ascii || utf8.Valid(src)
	if strings.HasPrefix(p.src, "\ufeff") {
		p.pos = len("\ufeff")
		p.repair(1, RepairBOM)
	}
	for {
		p.skipBlank()
		if p.pos >= len(p.src) {
			break
		}
		start, line := p.pos, p.line
		text, err := p.logical()
		if err == nil {
			err = p.content(text, start, line)
		}
		if err != nil {
			return nil, err
		}
	}
	if n := len(p.open); n > 0 {
		c := p.open[n-1].comp
		return nil, &SyntaxError{Line: c.Line, Reason: "BEGIN:" + c.Name + " without END"}
	}
	return &Doc{Src: p.src, Roots: p.roots, Repairs: p.repairs}, nil
}

// newParser stands before the first line of src. Its scratch has to be released.
func newParser(src []byte, lim Limits, v21 bool) *parser {
	p := &parser{src: string(src), v21: v21, lim: lim.orDefault(), line: 1, newline: '\n', scratch: scratches.Get().(*scratch)}
	if strings.IndexByte(p.src, '\n') < 0 {
		p.newline = '\r'
	}
	return p
}

// scan looks for what would need a closer look: octets above 0x7f, and control
// characters other than tab and line breaks. It goes by words of eight octets.
func scan(src []byte) (ascii, controls bool) {
	const (
		high = 0x8080808080808080
		ones = 0x0101010101010101
	)
	check := func(b []byte) {
		for _, c := range b {
			if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
				controls = true
			}
		}
	}
	var or uint64
	i := 0
	for ; i+8 <= len(src); i += 8 {
		w := binary.LittleEndian.Uint64(src[i:])
		or |= w
		// Some octet is below 0x20, or is 0x7f (0x7f + 1 sets the high bit).
		if ((w-ones*0x20)&^w|(w&^high+ones))&high != 0 {
			check(src[i : i+8])
		}
	}
	check(src[i:])
	for _, c := range src[i:] {
		or |= uint64(c)
	}
	return or&high == 0 && or&0x80 == 0, controls
}

// repair records a mended fault.
func (p *parser) repair(line int, what string) {
	if len(p.repairs) < maxRepairs {
		p.repairs = append(p.repairs, Repair{line, what})
	}
}

// check records what is wrong with the octets of the unfolded line text, whose
// physical lines are src.
func (p *parser) check(text, src string, line int) {
	if !p.utf8 {
		if !utf8.ValidString(text) {
			p.repair(line, RepairUTF8)
		} else if !utf8.ValidString(src) {
			p.repair(line, RepairSplitRune)
		}
	}
	if p.controls {
		for i := 0; i < len(text); i++ {
			if c := text[i]; c < ' ' && c != '\t' || c == 0x7f {
				p.repair(line, RepairControl)
				return
			}
		}
	}
}

// content takes one unfolded content line.
func (p *parser) content(text string, start, line int) error {
	fail := func(column int, reason string) error {
		return &SyntaxError{Line: line, Column: column, Reason: reason}
	}
	var seen class
	i := 0
	for i < len(text) && classes[text[i]]&stop == 0 {
		seen |= classes[text[i]]
		i++
	}
	switch {
	case i < len(text) && classes[text[i]]&control != 0:
		return fail(i+1, "control character in a property name")
	case i == len(text) || text[i] != ':' && text[i] != ';':
		return fail(i+1, "line without a colon after a property name")
	case i == 0:
		return fail(1, "line without a property name")
	}
	name := text[:i]
	p.check(text, p.src[start:p.pos], line)
	if len(name) == 5 && strings.EqualFold(name, "BEGIN") || len(name) == 3 && strings.EqualFold(name, "END") {
		if text[i] == ';' {
			p.repair(line, RepairBeginParams)
			i = max(i, strings.LastIndexByte(text, ':'))
		}
		comp := strings.TrimRight(text[i+1:], " \t")
		if t := strings.TrimLeft(comp, " \t"); len(t) != len(text)-i-1 {
			p.repair(line, RepairSpace)
			comp = t
		}
		if !isToken(comp) {
			return fail(i+2, "not a component name: "+quote(comp))
		}
		if len(name) == 5 {
			return p.begin(p.toUpper(comp), start, line)
		}
		return p.end(p.toUpper(comp), start, line)
	}
	if len(p.open) == 0 {
		return fail(0, "property "+quote(name)+" outside of a component")
	}
	if p.nProps++; p.nProps > p.lim.Properties {
		return fail(0, fmt.Sprintf("more than %d properties", p.lim.Properties))
	}
	if seen&odd != 0 || seen&dot != 0 && !p.vcard {
		p.repair(line, RepairName)
	}
	prop := Property{Line: line, Start: start, End: p.pos}
	if seen&dot != 0 && p.vcard {
		at := strings.LastIndexByte(name, '.')
		prop.Group, name = name[:at], name[at+1:]
		if name == "" {
			return fail(1, "property group without a property name")
		}
	}
	if seen&lower != 0 {
		name = p.toUpper(name)
	}
	prop.Name = name
	if text[i] == ';' {
		var err error
		if i, err = p.parameters(&prop, text, i, line); err != nil {
			return err
		}
	}
	prop.Value = text[i+1:]
	p.props = append(p.props, prop)
	return nil
}

// begin opens a component.
func (p *parser) begin(name string, start, line int) error {
	if p.nComps++; p.nComps > p.lim.Components {
		return &SyntaxError{Line: line, Reason: fmt.Sprintf("more than %d components", p.lim.Components)}
	}
	if len(p.open) >= p.lim.Depth {
		return &SyntaxError{Line: line, Reason: fmt.Sprintf("components nested more than %d deep", p.lim.Depth)}
	}
	if len(p.open) == 0 {
		p.vcard = name == "VCARD"
	}
	c := p.compSlab.one()
	*c = Component{Name: name, Line: line, Start: start}
	p.open = append(p.open, open{c, len(p.props), len(p.children)})
	return nil
}

// end closes the innermost component, which has to have that name.
func (p *parser) end(name string, start, line int) error {
	n := len(p.open) - 1
	if n < 0 {
		return &SyntaxError{Line: line, Reason: "END:" + quote(name) + " without BEGIN"}
	}
	o := p.open[n]
	if o.comp.Name != name {
		return &SyntaxError{Line: line, Reason: fmt.Sprintf("END:%s where END:%s is due for the BEGIN of line %d", quote(name), quote(o.comp.Name), o.comp.Line)}
	}
	o.comp.BodyEnd, o.comp.End = start, p.pos
	o.comp.Props = p.propSlab.keep(p.props[o.props:])
	o.comp.Children = p.childSlab.keep(p.children[o.children:])
	p.props = p.props[:o.props]
	p.children = p.children[:o.children]
	p.open = p.open[:n]
	if n > 0 {
		p.children = append(p.children, o.comp)
	} else {
		p.roots = append(p.roots, o.comp)
	}
	return nil
}

// toUpper is strings.ToUpper for ASCII alone. A name that a text repeats, such
// as the "type" of Apple's vCards, is converted once.
func (p *parser) toUpper(s string) string {
	i := 0
	for i < len(s) && classes[s[i]]&lower == 0 {
		i++
	}
	if i == len(s) {
		return s
	}
	if up, ok := p.upper[s]; ok {
		return up
	}
	b := []byte(s)
	for ; i < len(b); i++ {
		if classes[b[i]]&lower != 0 {
			b[i] -= 'a' - 'A'
		}
	}
	if p.upper == nil {
		p.upper = make(map[string]string)
	}
	up := string(b)
	p.upper[s] = up
	return up
}

// isToken reports whether a component may have that name.
func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if classes[s[i]]&stop != 0 {
			return false
		}
	}
	return s != ""
}

// quote shortens what a message shows of the source to one printable line.
func quote(s string) string {
	const most = 40
	if len(s) > most {
		s = s[:most] + "..."
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return '?'
		}
		return r
	}, s)
}
