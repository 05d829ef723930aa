package wire

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits bounds what [Parse] takes. A zero field means the one of
// [DefaultLimits].
type Limits struct {
	Octets   int // of the whole body, at most 1 GiB
	Depth    int // nesting of elements; the root has depth 1
	Elements int
	Attrs    int // of one element, namespace declarations included
	Text     int // octets of one element's text or one attribute's value
}

// DefaultLimits lets a calendar-multiget for 50 000 hrefs pass, and dead
// properties of a megabyte each.
var DefaultLimits = Limits{
	Octets:   16 << 20,
	Depth:    64,
	Elements: 200_000,
	Attrs:    64,
	Text:     1 << 20,
}

// Bounds that do not depend on the use. Names are echoed in answers, once per
// resource, so a long one would be a lever.
const (
	maxName     = 256 // octets of a prefix or a local name
	maxSpace    = 512 // octets of a namespace
	maxBindings = 64  // namespace declarations in force at one element
)

func (l Limits) withDefaults() Limits {
	set := func(field *int, def int) {
		if *field <= 0 {
			*field = def
		}
	}
	set(&l.Octets, DefaultLimits.Octets)
	set(&l.Depth, DefaultLimits.Depth)
	set(&l.Elements, DefaultLimits.Elements)
	set(&l.Attrs, DefaultLimits.Attrs)
	set(&l.Text, DefaultLimits.Text)
	l.Octets = min(l.Octets, 1<<30) // Elem keeps 32-bit offsets
	return l
}

// Parse reads one XML body to its end and returns its root element.
//
// The body is UTF-8, with or without a byte order mark, or UTF-16 with one; a
// declared encoding must agree. Document type declarations, and with them all
// entities but the five of XML itself, are refused. Comments and processing
// instructions are skipped.
//
// The error is [ErrEmpty] for a body of nothing but white space, wraps
// [ErrTooLarge] for one beyond the limits, is a [*SyntaxError] for one that is
// not well-formed, and otherwise wraps the reader's own.
func Parse(r io.Reader, lim Limits) (*Elem, error) {
	lim = lim.withDefaults()
	src, err := readBody(r, lim.Octets)
	if err != nil {
		return nil, err
	}
	src, wide, err := toUTF8(src)
	if err != nil {
		return nil, err
	}
	if strings.Trim(src, " \t\r\n") == "" {
		return nil, ErrEmpty
	}
	if at, reason := badChar(src); at >= 0 {
		return nil, syntaxError(src, at, reason)
	}
	p := parsers.Get().(*parser)
	p.begin(src, wide, lim)
	root, err := p.parse()
	p.end()
	parsers.Put(p)
	return root, err
}

var readBuffers = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// readBody reads r to its end, up to max octets.
func readBody(r io.Reader, max int) (string, error) {
	buf := readBuffers.Get().(*[64 << 10]byte)
	defer readBuffers.Put(buf)
	var long strings.Builder // what came before the buffer, for a body larger than it
	n, idle := 0, 0
	for {
		m, err := r.Read(buf[n:])
		n += m
		if long.Len()+n > max {
			return "", fmt.Errorf("%w: more than %d octets", ErrTooLarge, max)
		}
		switch {
		case errors.Is(err, io.EOF):
			if long.Len() == 0 {
				return string(buf[:n]), nil
			}
			long.Write(buf[:n])
			return long.String(), nil
		case err != nil:
			return "", fmt.Errorf("read XML body: %w", err)
		case m > 0:
			idle = 0
		default:
			if idle++; idle == 100 {
				return "", fmt.Errorf("read XML body: %w", io.ErrNoProgress)
			}
		}
		if n == len(buf) {
			if long.Len() == 0 {
				long.Grow(min(8*n, max))
			}
			long.Write(buf[:n])
			n = 0
		}
	}
}

// toUTF8 removes the byte order mark and converts UTF-16, and tells whether it
// was that. It does not check UTF-8.
func toUTF8(src string) (out string, wide bool, err error) {
	switch {
	case strings.HasPrefix(src, "\uFEFF"):
		return src[len("\uFEFF"):], false, nil
	case strings.HasPrefix(src, "\xFE\xFF"):
		out, err = fromUTF16(src[2:], 0, 1)
		return out, true, err
	case strings.HasPrefix(src, "\xFF\xFE"):
		out, err = fromUTF16(src[2:], 1, 0)
		return out, true, err
	case strings.HasPrefix(src, "<\x00"), strings.HasPrefix(src, "\x00<"):
		return "", true, &SyntaxError{1, 1, "UTF-16 without byte order mark"}
	}
	return src, false, nil
}

// fromUTF16 converts src; hi and lo are the places of the high and the low octet
// in each pair.
func fromUTF16(src string, hi, lo int) (string, error) {
	if len(src)%2 != 0 {
		return "", &SyntaxError{1, 1, "UTF-16 of an odd number of octets"}
	}
	unit := func(i int) rune {
		if i >= len(src) {
			return 0
		}
		return rune(src[i+hi])<<8 | rune(src[i+lo])
	}
	out := make([]byte, 0, len(src))
	for i := 0; i < len(src); i += 2 {
		r := unit(i)
		if utf16.IsSurrogate(r) {
			if r = utf16.DecodeRune(r, unit(i+2)); r == utf8.RuneError {
				return "", syntaxError(string(out), len(out), "unpaired UTF-16 surrogate")
			}
			i += 2
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out), nil
}

// syntaxError makes the error for the octet at src[at].
func syntaxError(src string, at int, reason string) error {
	line, column := position(src, at)
	return &SyntaxError{line, column, reason}
}

func position(src string, at int) (line, column int) {
	before := src[:at]
	line = 1 + strings.Count(before, "\n")
	before = before[strings.LastIndexByte(before, '\n')+1:]
	return line, 1 + utf8.RuneCountInString(before)
}

// clip shortens what a peer sent for use in an error.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
