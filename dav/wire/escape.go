package wire

import "unicode/utf8"

// appendText appends s as character data. The carriage return is written as a
// reference, since a reader would otherwise take it for a line end and calendar
// data would lose it. What XML forbids becomes U+FFFD: vdirsyncer complains about
// control characters and python's parser refuses the whole answer.
func appendText[T string | []byte](dst []byte, s T) []byte {
	return appendEscaped(dst, s, escapeText)
}

// appendAttrValue appends s as the inside of a value in double quotes. Tabs and
// line ends are written as references, since a reader makes spaces of them.
func appendAttrValue[T string | []byte](dst []byte, s T) []byte {
	return appendEscaped(dst, s, escapeAttr)
}

func appendEscaped[T string | []byte](dst []byte, s T, stop uint8) []byte {
	start := 0 // what lies before is written
	for i := 0; i < len(s); {
		c := s[i]
		if class[c]&stop == 0 {
			i++
			continue
		}
		size := 1
		var with string
		switch c {
		case '<':
			with = "&lt;"
		case '>':
			with = "&gt;"
		case '&':
			with = "&amp;"
		case '"':
			with = "&#34;"
		case '\t':
			with = "&#9;"
		case '\n':
			with = "&#10;"
		case '\r':
			with = "&#13;"
		default:
			with = "\uFFFD"
			if c >= utf8.RuneSelf {
				var r rune
				r, size = decodeRune(s, i)
				if (r != utf8.RuneError || size > 1) && isChar(r) {
					i += size
					continue
				}
			}
		}
		dst = append(dst, s[start:i]...)
		dst = append(dst, with...)
		i += size
		start = i
	}
	return append(dst, s[start:]...)
}

// decodeRune decodes the character at s[i] without converting all of s.
func decodeRune[T string | []byte](s T, i int) (rune, int) {
	var enc [utf8.UTFMax]byte
	n := copy(enc[:], s[i:min(i+utf8.UTFMax, len(s))])
	return utf8.DecodeRune(enc[:n])
}
