package contentline

import "strings"

// Walk reads the properties directly inside of the first component of src that
// wanted asks for by group and upper-case name, in source order, until visit
// returns false. It builds no tree and does not unfold what is not wanted, so it
// is the cheap way to look at a few properties of a stored object. The Property
// is valid until visit returns.
//
// The lines are told apart as Parse does it, but the rest of the text is not
// checked: src should be one that Parse took. A property whose very name is
// folded is passed over.
func Walk(src []byte, lim Limits, wanted func(group, name string) bool, visit func(*Property) bool) error {
	p := newParser(src, lim, false)
	defer p.scratch.release()
	p.utf8, p.controls = true, false // repairs are of no interest
	if strings.HasPrefix(p.src, "\ufeff") {
		p.pos = len("\ufeff")
	}
	depth := 0
	for {
		p.skipBlank()
		if p.pos >= len(p.src) {
			return nil
		}
		switch name := p.frameAt(); {
		case name == "BEGIN":
			if depth == 0 {
				text, err := p.logical()
				if err != nil {
					return err
				}
				if err := p.content(text, 0, p.line); err != nil {
					return err
				}
			} else {
				p.skipLine()
			}
			depth++
			continue
		case name == "END":
			if depth--; depth <= 0 {
				return nil
			}
			p.skipLine()
			continue
		case depth != 1 || !p.wantedAt(wanted):
			p.skipLine()
			continue
		}
		start, line := p.pos, p.line
		text, err := p.logical()
		if err == nil {
			err = p.content(text, start, line)
		}
		if err != nil {
			return err
		}
		last := len(p.props) - 1
		if !visit(&p.props[last]) {
			return nil
		}
		p.props = p.props[:last]
	}
}

// frameAt returns BEGIN or END when the line at p.pos is one, else "".
func (p *parser) frameAt() string {
	rest := p.src[p.pos:]
	switch {
	case len(rest) > 3 && strings.EqualFold(rest[:3], "END") && (rest[3] == ':' || rest[3] == ';'):
		return "END"
	case len(rest) > 5 && strings.EqualFold(rest[:5], "BEGIN") && (rest[5] == ':' || rest[5] == ';'):
		return "BEGIN"
	}
	return ""
}

// wantedAt asks wanted for the property at p.pos. A name
// that is folded itself is not recognised.
func (p *parser) wantedAt(wanted func(group, name string) bool) bool {
	var seen class
	i := p.pos
	for i < len(p.src) && classes[p.src[i]]&stop == 0 {
		seen |= classes[p.src[i]]
		i++
	}
	group, name := "", p.src[p.pos:i]
	if seen&dot != 0 && p.vcard {
		at := strings.LastIndexByte(name, '.')
		group, name = name[:at], name[at+1:]
	}
	if seen&lower != 0 {
		name = p.toUpper(name)
	}
	return wanted(group, name)
}

// skipLine moves behind the content line at p.pos, as logical does.
func (p *parser) skipLine() {
	frame := isFrame(p.src[p.pos:])
	for {
		_, next := p.physical(p.pos)
		p.pos = next
		p.line++
		line, pos := p.line, p.pos
		p.skipBlank()
		if p.pos < len(p.src) {
			if c := p.src[p.pos]; c == ' ' || c == '\t' {
				continue
			}
			if !frame && !p.propertyAt(p.pos) {
				continue
			}
		}
		p.line, p.pos = line, pos
		return
	}
}
