package contentline

import "strings"

// UnescapeText resolves the escapes of a TEXT value (RFC 5545 section 3.3.11,
// RFC 6350 section 3.4): \n and \N are a line break, \\ \; \, the character
// itself. So are \: and \", which older Apple and Google exports write. Any
// other backslash stands for itself, as in C:\dir.
func UnescapeText(s string) string {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for ; i >= 0 && i+1 < len(s); i = strings.IndexByte(s, '\\') {
		b.WriteString(s[:i])
		switch c := s[i+1]; c {
		case 'n', 'N':
			b.WriteByte('\n')
		case '\\', ';', ',', ':', '"':
			b.WriteByte(c)
		default:
			b.WriteByte('\\')
			s = s[i+1:]
			continue
		}
		s = s[i+2:]
	}
	b.WriteString(s)
	return b.String()
}

// EscapeText writes s as a TEXT value. Every line break (LF, CRLF, CR) becomes \n.
func EscapeText(s string) string {
	if !strings.ContainsAny(s, "\\;,\n\r") {
		return s
	}
	return textEscapes.Replace(s)
}

var textEscapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`)

// SplitText splits a value at each sep that no backslash escapes. The parts stay
// escaped, so that the part of a structured value (sep ';') can be split again
// into its list (sep ','); UnescapeText makes text of a part. There is always at
// least one part.
func SplitText(value string, sep byte) []string {
	n := strings.Count(value, string(rune(sep)))
	if n == 0 {
		return []string{value}
	}
	parts := make([]string, 0, n+1)
	start := 0
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '\\':
			i++
		case sep:
			parts = append(parts, value[start:i])
			start = i + 1
		}
	}
	return append(parts, value[start:])
}
