package contentline

import "strings"

// A class says what an octet can be at the start of a line; classes are or-ed
// over a name.
type class uint8

const (
	lower   class = 1 << iota // to be upper-cased
	odd                       // legal nowhere, seen in property names all the same
	dot                       // ends a vCard group
	control                   // never legal in a name
	stop                      // no part of a name
)

var classes = func() (t [256]class) {
	for c := range t {
		switch {
		case c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-':
		case c >= 'a' && c <= 'z':
			t[c] = lower
		case c == '.':
			t[c] = dot
		case c == '\t', c == '\r', c == '\n', strings.IndexByte(" \";:=,", byte(c)) >= 0, c >= 0x80:
			t[c] = stop
		case c < ' ', c == 0x7f:
			t[c] = control | stop
		default:
			t[c] = odd
		}
	}
	return t
}()

// fileProps carry whole files in their values and get the longer line limit.
var fileProps = []string{"ATTACH", "IMAGE", "KEY", "LOGO", "PHOTO", "SOUND"}

// fileLineFactor is how much longer a line of one of fileProps may be.
const fileLineFactor = 32

// foldWidth is the least length, in octets, of a physical line that a program
// would have folded. A shorter line was broken because the text had a line
// break there.
const foldWidth = 70

// physical returns the end of the physical line at pos without its line break,
// and the start of the next one.
func (p *parser) physical(pos int) (end, next int) {
	i := strings.IndexByte(p.src[pos:], p.newline)
	if i < 0 {
		end, next = len(p.src), len(p.src)
	} else {
		end, next = pos+i, pos+i+1
	}
	for end > pos && p.src[end-1] == '\r' {
		end--
	}
	return end, next
}

// skipBlank moves to the next line that is not empty and returns how many were.
// Outside of components, where nothing can be folded, white space is empty too.
func (p *parser) skipBlank() int {
	n := 0
	for p.pos < len(p.src) {
		c := p.src[p.pos]
		space := (c == ' ' || c == '\t') && len(p.open) == 0
		if c != '\n' && c != '\r' && !space {
			break
		}
		end, next := p.physical(p.pos)
		if end > p.pos && !(space && strings.Trim(p.src[p.pos:end], " \t") == "") {
			break
		}
		p.pos = next
		p.line++
		n++
	}
	return n
}

// propertyAt reports whether the line at pos can be a property: a name and then
// a colon, or a semicolon, a parameter and a colon further on. Prose such as
// "Dear all: please; read" is none. The name or the parameters may be folded.
func (p *parser) propertyAt(pos int) bool {
	src := p.src
	i := pos
	for {
		for i < len(src) && classes[src[i]]&stop == 0 {
			i++
		}
		if i == len(src) {
			return false
		}
		if src[i] != '\r' && src[i] != p.newline {
			break
		}
		// The name goes on behind a fold, or the line ends without a colon.
		_, next := p.physical(i)
		if next >= len(src) || src[next] != ' ' && src[next] != '\t' {
			return false
		}
		i = next + 1
	}
	switch c := src[i]; {
	case i == pos:
		return classes[c]&control != 0
	case c == ':', classes[c]&control != 0:
		return true // a control character is an error, not prose
	case c != ';':
		return false
	}
	i++
	for i < len(src) && src[i] == ' ' {
		i++
	}
	for i < len(src) && classes[src[i]]&stop == 0 {
		i++
	}
	if i < len(src) && strings.IndexByte(" \",", src[i]) >= 0 {
		return false
	}
	for pos = i; ; {
		end, next := p.physical(pos)
		if strings.IndexByte(src[pos:end], ':') >= 0 {
			return true
		}
		if next >= len(src) || src[next] != ' ' && src[next] != '\t' {
			return false
		}
		pos = next
	}
}

// logical reads the content line at p.pos, unfolded, and moves behind it. A line
// on a single physical line is a substring of the source.
func (p *parser) logical() (string, error) {
	start := p.pos
	end, next := p.physical(start)
	p.pos = next
	p.line++
	text := p.src[start:end]
	if next < len(p.src) {
		// The common case, decided by one octet: the next line begins with a letter.
		c := p.src[next]
		plain := classes[c]&stop == 0 && p.propertyAt(next) && !(p.v21 && softBreak(text))
		if !plain {
			return p.assemble(text)
		}
	}
	if len(text) > p.lim.Line && len(text) > p.lineLimit(text) {
		return "", &SyntaxError{Line: p.line - 1, Reason: "line too long"}
	}
	return text, nil
}

// lineLimit is the limit for a line that begins with text, in octets.
func (p *parser) lineLimit(text string) int {
	for i := 0; i < len(text); i++ {
		if classes[text[i]]&(stop|dot) == 0 {
			continue
		}
		for _, name := range fileProps {
			if len(name) == i && strings.EqualFold(name, text[:i]) {
				return p.lim.Line * fileLineFactor
			}
		}
		if text[i] != '.' {
			break
		}
		text, i = text[i+1:], -1 // a vCard group
	}
	return p.lim.Line
}

// assemble unfolds the line whose first physical line is text. It takes folded
// lines, in vCard 2.1 the lines behind a soft break, and lines that cannot be a
// property.
func (p *parser) assemble(text string) (string, error) {
	first := p.line - 1
	limit := p.lineLimit(text)
	frame := isFrame(text)
	encoding := encodingOf(text)
	buf := p.buf[:0]
	last := text // the physical line before
	joined := false
	for {
		soft := p.v21 && encoding == quotedPrintable && softBreak(last)
		line, pos := p.line, p.pos
		blank := 0
		if !soft {
			blank = p.skipBlank()
		}
		end, next := p.physical(p.pos)
		more, sep := p.src[p.pos:end], ""
		take := p.pos < len(p.src)
		switch {
		case !take:
		case soft && !endsCard(more):
		case more != "" && (more[0] == ' ' || more[0] == '\t'):
			more = more[1:]
			if blank > 0 {
				p.repair(p.line, RepairBlankFold)
			}
		case soft || frame || p.propertyAt(p.pos):
			take = false
		case encoding == base64:
			// The body of a vCard 2.1 file need not be indented.
			if !p.v21 {
				p.repair(p.line, RepairJoined)
			}
		default:
			if blank > 0 {
				sep = `\n\n`
			} else if len(last) < foldWidth {
				sep = `\n`
			}
			p.repair(p.line, RepairJoined)
		}
		if !take {
			p.line, p.pos = line, pos
			break
		}
		if !joined {
			joined = true
			buf = append(buf, text...)
		}
		if soft && !endsCard(more) {
			buf = buf[:len(buf)-1] // the "=" of the soft break
		}
		if len(buf)+len(sep)+len(more) > limit {
			return "", &SyntaxError{Line: first, Reason: "line too long"}
		}
		buf = append(append(buf, sep...), more...)
		last = p.src[p.pos:end]
		p.pos = next
		p.line++
	}
	if joined {
		p.buf = buf
		text = p.unfolded.keep(buf)
	}
	if len(text) > limit {
		return "", &SyntaxError{Line: first, Reason: "line too long"}
	}
	return text, nil
}

// isFrame reports whether a line begins or ends a component.
func isFrame(line string) bool {
	return len(line) >= 4 && (strings.EqualFold(line[:4], "END:") ||
		len(line) >= 6 && strings.EqualFold(line[:6], "BEGIN:"))
}

// endsCard reports whether a line behind a soft break is the end of the card
// all the same: some exporters leave a soft break at the end of a value.
func endsCard(line string) bool {
	return strings.EqualFold(strings.TrimRight(line, " \t"), "END:VCARD")
}

// softBreak reports whether a physical line ends in the soft line break of
// QUOTED-PRINTABLE (RFC 2045 section 6.7).
func softBreak(line string) bool { return strings.HasSuffix(line, "=") }

// How the value of a line is encoded.
const (
	plain = iota
	quotedPrintable
	base64
)

// encodingOf finds the value's encoding among the parameters of a physical
// line: ENCODING=BASE64, ENCODING=b, or the bare words of vCard 2.1.
func encodingOf(line string) int {
	head, _, _ := strings.Cut(line, ":")
	_, head, _ = strings.Cut(head, ";")
	for head != "" {
		var param string
		param, head, _ = strings.Cut(head, ";")
		name, value, ok := strings.Cut(param, "=")
		if !ok {
			value = name
		} else if !strings.EqualFold(strings.TrimSpace(name), "ENCODING") {
			continue
		}
		value = strings.TrimSpace(value)
		switch {
		case strings.EqualFold(value, "QUOTED-PRINTABLE"):
			return quotedPrintable
		case strings.EqualFold(value, "BASE64"), ok && strings.EqualFold(value, "B"):
			return base64
		}
	}
	return plain
}
