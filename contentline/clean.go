package contentline

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Clean returns text that XML can carry: src itself in the usual case, else with
// the content lines changed that hold what it cannot. A character split by
// folding is put together and the line folded anew, a control character is
// dropped, and an octet that is no UTF-8 becomes U+FFFD.
func Clean(src []byte) []byte {
	ascii, controls := scan(src)
	if !controls && (ascii || utf8.Valid(src)) {
		return src
	}
	out := make([]byte, 0, len(src)+len(src)/8)
	for len(src) > 0 {
		end := lineEnd(src)
		for end < len(src) && (src[end] == ' ' || src[end] == '\t') {
			end += lineEnd(src[end:])
		}
		line := src[:end]
		src = src[end:]
		if _, controls := scan(line); !controls && utf8.Valid(line) {
			out = append(out, line...)
			continue
		}
		text := strings.ToValidUTF8(unfold(line), "\ufffd")
		text = strings.Map(func(r rune) rune {
			if r < ' ' && r != '\t' || r == 0x7f {
				return -1
			}
			return r
		}, text)
		out = AppendLine(out, text)
	}
	return out
}

// lineEnd returns where the next physical line begins.
func lineEnd(src []byte) int {
	if i := bytes.IndexByte(src, '\n'); i >= 0 {
		return i + 1
	}
	return len(src)
}

// unfold removes line breaks and the white space that folding put behind them.
func unfold(line []byte) string {
	var b strings.Builder
	b.Grow(len(line))
	for first := true; len(line) > 0; first = false {
		end := lineEnd(line)
		text := line[:end]
		if !first {
			text = text[1:]
		}
		b.Write(bytes.TrimRight(text, "\r\n"))
		line = line[end:]
	}
	return b.String()
}
