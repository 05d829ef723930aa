package collation

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The collations, by their names in the registry of RFC 4790.
const (
	Octet          = "i;octet"
	ASCIICasemap   = "i;ascii-casemap"   // the default of RFC 4791 section 9.7.5
	UnicodeCasemap = "i;unicode-casemap" // the default of RFC 6352 section 10.5.4
)

// Names are the collations that New takes: what supported-collation-set lists.
var Names = []string{ASCIICasemap, Octet, UnicodeCasemap}

// ErrUnsupported is returned for a collation that is not in Names. It is the
// precondition supported-collation of RFC 4791 section 7.5.1.
var ErrUnsupported = errors.New("unsupported collation")

// OrDefault returns def when a request names no collation or "default"
// (RFC 4790 section 3.1), else name.
func OrDefault(name, def string) string {
	if name == "" || name == "default" {
		return def
	}
	return name
}

// A MatchType says how much of a text has to match. RFC 6352 section 10.5.4.
type MatchType uint8

const (
	Contains MatchType = iota // the default
	Equals
	StartsWith
	EndsWith
)

// matchTypes are the words of the match-type attribute.
var matchTypes = [...]string{Contains: "contains", Equals: "equals", StartsWith: "starts-with", EndsWith: "ends-with"}

func (t MatchType) String() string { return matchTypes[t] }

// ParseMatchType reads a match-type attribute; "" is the default, Contains.
func ParseMatchType(s string) (MatchType, error) {
	if s == "" {
		return Contains, nil
	}
	for t, name := range matchTypes {
		if s == name {
			return MatchType(t), nil
		}
	}
	return 0, fmt.Errorf("unknown match-type %q", s)
}

// A Matcher is one prepared search.
type Matcher struct {
	collation string
	match     MatchType
	needle    string // mapped as the collation maps texts
	ascii     bool   // needle has no octet above 0x7f
}

// New prepares the search for needle. The collation is one of Names in any
// case; another gives an error that wraps ErrUnsupported.
func New(collation string, match MatchType, needle string) (*Matcher, error) {
	m := &Matcher{match: match, needle: needle}
	for _, name := range Names {
		if strings.EqualFold(name, collation) {
			m.collation = name
		}
	}
	switch m.collation {
	case Octet:
	case ASCIICasemap:
		m.needle = string(appendASCII(nil, needle))
	case UnicodeCasemap:
		m.needle = string(new(buffer).unicode(needle))
	default:
		return nil, fmt.Errorf("%w: %q", ErrUnsupported, collation)
	}
	m.ascii = isASCII(m.needle)
	return m, nil
}

// Type is how much of a text has to match.
func (m *Matcher) Type() MatchType { return m.match }

// Match reports whether s matches. It takes time linear in s and needle, and
// allocates nothing for a short needle in ASCII.
func (m *Matcher) Match(s string) bool {
	if m.collation == Octet {
		return find(m.match, s, m.needle)
	}
	if m.collation == UnicodeCasemap && !isASCII(s) {
		b := buffers.Get().(*buffer)
		defer b.release()
		return findBytes(m.match, b.unicode(s), m.needle)
	}
	if m.collation == UnicodeCasemap && !m.ascii {
		return m.needle == ""
	}
	// Upper case changes no length here, so s can be compared where it is.
	n := len(m.needle)
	switch m.match {
	case Equals:
		return len(s) == n && equalUpper(s, m.needle)
	case StartsWith:
		return len(s) >= n && equalUpper(s[:n], m.needle)
	case EndsWith:
		return len(s) >= n && equalUpper(s[len(s)-n:], m.needle)
	}
	return m.contains(s)
}

// find compares texts that are mapped already.
func find(match MatchType, s, needle string) bool {
	switch match {
	case Equals:
		return s == needle
	case StartsWith:
		return strings.HasPrefix(s, needle)
	case EndsWith:
		return strings.HasSuffix(s, needle)
	}
	return strings.Contains(s, needle)
}

// findBytes is find for a text in a buffer.
func findBytes(match MatchType, s []byte, needle string) bool {
	switch match {
	case Equals:
		return string(s) == needle
	case StartsWith:
		return len(s) >= len(needle) && string(s[:len(needle)]) == needle
	case EndsWith:
		return len(s) >= len(needle) && string(s[len(s)-len(needle):]) == needle
	}
	return bytes.Contains(s, []byte(needle))
}

// shortNeedle is the longest needle, in octets, that contains tries at each
// place: for longer ones the work could become the product of both lengths.
const shortNeedle = 32

// contains looks for the needle in s without regard to ASCII case.
func (m *Matcher) contains(s string) bool {
	n := len(m.needle)
	if n == 0 {
		return true
	}
	if n > shortNeedle {
		return findBytes(Contains, appendASCII(nil, s), m.needle)
	}
	first := m.needle[0]
	for i := 0; i+n <= len(s); i++ {
		if upper[s[i]] == first && equalUpper(s[i+1:i+n], m.needle[1:]) {
			return true
		}
	}
	return false
}

// upper maps the letters a to z to A to Z.
var upper = func() (t [256]byte) {
	for c := range t {
		t[c] = byte(c)
		if c >= 'a' && c <= 'z' {
			t[c] -= 'a' - 'A'
		}
	}
	return t
}()

// equalUpper compares s with a text of the same length that is in upper case.
func equalUpper(s, mapped string) bool {
	for i := 0; i < len(s); i++ {
		if upper[s[i]] != mapped[i] {
			return false
		}
	}
	return true
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendASCII appends s as i;ascii-casemap maps it.
func appendASCII(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		dst = append(dst, upper[s[i]])
	}
	return dst
}

// A buffer holds a text while it is mapped.
type buffer struct{ title, mapped []byte }

var buffers = sync.Pool{New: func() any { return new(buffer) }}

func (b *buffer) release() {
	const most = 64 << 10
	if cap(b.title) <= most && cap(b.mapped) <= most {
		buffers.Put(b)
	}
}

// unicode returns s as i;unicode-casemap maps it, valid until the next call:
// title case by the simple mappings of Unicode first, then the decomposition,
// canonical and compatible. RFC 5051 section 2. Octets that are no UTF-8 become
// U+FFFD.
func (b *buffer) unicode(s string) []byte {
	b.title = b.title[:0]
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			b.title = append(b.title, upper[c])
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		b.title = utf8.AppendRune(b.title, unicode.ToTitle(r))
		i += n
	}
	b.mapped = norm.NFKD.Append(b.mapped[:0], b.title...)
	return b.mapped
}
