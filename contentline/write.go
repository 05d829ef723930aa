package contentline

import (
	"strings"
	"unicode/utf8"
)

// maxLine is the most octets a physical line should have without its line
// break. RFC 5545 section 3.1 and RFC 6350 section 3.2.
const maxLine = 75

// AppendLine appends an unfolded content line to dst, folded after at most 75
// octets and never inside of a character, and ended by CRLF. Line breaks in the
// line would end it early, so a LF is written as the escape \n of TEXT values
// and a CR is dropped.
func AppendLine(dst []byte, line string) []byte {
	if strings.ContainsAny(line, "\r\n") {
		line = lineBreaks.Replace(line)
	}
	room := maxLine
	for len(line) > room {
		cut := room
		for cut > room-utf8.UTFMax && !utf8.RuneStart(line[cut]) {
			cut--
		}
		dst = append(dst, line[:cut]...)
		dst = append(dst, "\r\n "...)
		line = line[cut:]
		room = maxLine - 1
	}
	dst = append(dst, line...)
	return append(dst, "\r\n"...)
}

var lineBreaks = strings.NewReplacer("\n", `\n`, "\r", "")

// AppendProperty appends the content line of p to dst, folded. Parameter values
// are quoted where they need it and carry the escapes of RFC 6868; the value is
// written as it is. Line, Start and End play no part.
func AppendProperty(dst []byte, p Property) []byte {
	var stack [256]byte
	line := stack[:0]
	if p.Group != "" {
		line = append(append(line, p.Group...), '.')
	}
	line = append(line, p.Name...)
	for _, pa := range p.Params {
		line = append(line, ';')
		if pa.Name == "" && len(pa.Values) == 1 && pa.Values[0] != "" && !strings.ContainsAny(pa.Values[0], "=;:\r\n") {
			line = append(line, pa.Values[0]...)
			continue
		}
		line = append(append(line, pa.Name...), '=')
		for i, v := range pa.Values {
			if i > 0 {
				line = append(line, ',')
			}
			line = appendParamValue(line, v)
		}
	}
	line = append(append(line, ':'), p.Value...)
	return AppendLine(dst, string(line))
}

// appendParamValue appends one parameter value. RFC 5545 section 3.2 says what
// needs quotes, RFC 6868 section 3.1 what needs an escape.
func appendParamValue(dst []byte, v string) []byte {
	quoted := strings.ContainsAny(v, ",;:")
	if quoted {
		dst = append(dst, '"')
	}
	for i := 0; i < len(v); i++ {
		switch c := v[i]; c {
		case '^':
			dst = append(dst, "^^"...)
		case '"':
			dst = append(dst, "^'"...)
		case '\n':
			dst = append(dst, "^n"...)
		case '\r':
		default:
			dst = append(dst, c)
		}
	}
	if quoted {
		dst = append(dst, '"')
	}
	return dst
}
