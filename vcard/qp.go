package vcard

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
)

// decodeQuotedPrintable resolves =XX (RFC 2045 section 6.7). What is no escape
// stays as it is.
func decodeQuotedPrintable(s string) string {
	if !strings.Contains(s, "=") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '=' && i+2 < len(s) {
			hi, lo := unhex(s[i+1]), unhex(s[i+2])
			if hi >= 0 && lo >= 0 {
				b.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		if s[i] == '=' && i == len(s)-1 {
			break // the soft break of a value that the file cuts short
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// decodeCharset makes UTF-8 of a text in the named charset. In text without a
// charset, or in one that nobody knows, an octet that is no UTF-8 is read as
// windows-1252, which has a character for nearly each.
func decodeCharset(s, charset string) string {
	if charset != "" && !strings.EqualFold(charset, "UTF-8") {
		if enc, err := htmlindex.Get(strings.TrimSpace(charset)); err == nil {
			if out, err := enc.NewDecoder().String(s); err == nil && utf8.ValidString(out) {
				return out
			}
		}
	}
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd") {
			r = charmap.Windows1252.DecodeByte(s[i])
		}
		b.WriteRune(r)
	}
	return b.String()
}
