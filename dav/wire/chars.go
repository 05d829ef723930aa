package wire

import "unicode/utf8"

// Classes of ASCII characters, as bits.
const (
	nameStart  = 1 << iota // may begin an XML name; the colon is kept apart
	nameRest               // may continue one
	textStop               // ends a plain run when text is read
	attrStop               // ends a plain run when an attribute value is read
	escapeText             // is written as something else in text
	escapeAttr             // is written as something else in an attribute value
	pathRaw                // stands for itself in an href
	hexDigit
)

var class = func() (t [256]uint8) {
	for c := range 256 {
		b := byte(c)
		letter := 'a' <= b|0x20 && b|0x20 <= 'z'
		digit := '0' <= b && b <= '9'
		if letter || b == '_' {
			t[c] |= nameStart | nameRest
		}
		if digit || b == '-' || b == '.' {
			t[c] |= nameRest
		}
		if letter || digit || b == '-' || b == '.' || b == '_' || b == '~' {
			t[c] |= pathRaw
		}
		if digit || 'a' <= b|0x20 && b|0x20 <= 'f' {
			t[c] |= hexDigit
		}
		switch b {
		case '<':
			t[c] |= textStop | attrStop | escapeText | escapeAttr
		case '&':
			t[c] |= textStop | attrStop | escapeText | escapeAttr
		case ']':
			t[c] |= textStop
		case '>':
			t[c] |= escapeText | escapeAttr
		case '"':
			t[c] |= attrStop | escapeAttr
		case '\'':
			t[c] |= attrStop
		case '\r':
			t[c] |= textStop | attrStop | escapeText | escapeAttr
		case '\t', '\n':
			t[c] |= attrStop | escapeAttr
		default:
			if b < 0x20 || b >= utf8.RuneSelf {
				t[c] |= escapeText | escapeAttr
			}
		}
	}
	return t
}()

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// isChar reports whether XML 1.0 lets r into a document at all (production Char).
func isChar(r rune) bool {
	switch {
	case r < 0x20:
		return r == '\t' || r == '\n' || r == '\r'
	case r < 0xD800:
		return true
	case r < 0xE000:
		return false
	case r < 0xFFFE:
		return true
	}
	return 0x10000 <= r && r <= utf8.MaxRune
}

// isNameStart and isNameRest decide for characters beyond ASCII, by the
// productions NameStartChar and NameChar of XML 1.0, fifth edition.
func isNameStart(r rune) bool {
	switch {
	case r < 0xC0 || r == 0xD7 || r == 0xF7:
		return false
	case r <= 0x2FF, 0x370 <= r && r <= 0x1FFF && r != 0x37E:
		return true
	case r == 0x200C, r == 0x200D, 0x2070 <= r && r <= 0x218F, 0x2C00 <= r && r <= 0x2FEF:
		return true
	case 0x3001 <= r && r <= 0xD7FF, 0xF900 <= r && r <= 0xFDCF, 0xFDF0 <= r && r <= 0xFFFD:
		return true
	}
	return 0x10000 <= r && r <= 0xEFFFF
}

func isNameRest(r rune) bool {
	return isNameStart(r) || r == 0xB7 || 0x300 <= r && r <= 0x36F || r == 0x203F || r == 0x2040
}

// scanName returns the length of the name without colons (an NCName) that s
// begins with, 0 if it begins with none.
func scanName(s string) int {
	i := 0
	for i < len(s) {
		c := s[i]
		if c < utf8.RuneSelf {
			want := uint8(nameRest)
			if i == 0 {
				want = nameStart
			}
			if class[c]&want == 0 {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || !isNameRest(r) || i == 0 && !isNameStart(r) {
			return i
		}
		i += size
	}
	return i
}

// badChar returns where s first has something that no XML document may contain,
// and what that is; -1 if there is no such place.
func badChar(s string) (at int, reason string) {
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < utf8.RuneSelf {
			i++
			continue
		}
		if c < 0x20 {
			if !isSpace(c) {
				return i, "control character"
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return i, "not UTF-8"
		case !isChar(r):
			return i, "character not allowed in XML"
		}
		i += size
	}
	return -1, ""
}
