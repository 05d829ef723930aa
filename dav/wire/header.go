package wire

import (
	"net/http"
	"strings"
)

// A Depth is the value of a Depth header.
type Depth int

// The depths of RFC 4918 section 10.2.
const (
	Depth0 Depth = iota
	Depth1
	DepthInfinity
)

func (d Depth) String() string {
	switch d {
	case Depth0:
		return "0"
	case Depth1:
		return "1"
	}
	return "infinity"
}

// ParseDepth reads a Depth header. What an absent one means depends on the method.
func ParseDepth(value string) (Depth, error) {
	switch strings.ToLower(trimHeader(value)) {
	case "0":
		return Depth0, nil
	case "1":
		return Depth1, nil
	case "infinity":
		return DepthInfinity, nil
	}
	return 0, headerError("Depth", "neither 0, 1 nor infinity")
}

// ParseOverwrite reads an Overwrite header (RFC 4918 section 10.6). An absent one
// means true.
func ParseOverwrite(value string) (bool, error) {
	switch trimHeader(value) {
	case "", "T", "t":
		return true, nil
	case "F", "f":
		return false, nil
	}
	return false, headerError("Overwrite", "neither T nor F")
}

// Preferences are the wishes of a client that a DAV server knows. The zero value
// has none.
type Preferences struct {
	// Minimal asks to leave out the 404 propstats and other things the client can
	// do without (RFC 8144 section 2).
	Minimal bool
	// Representation asks for the state after a successful PUT or the current one
	// after a 412 (RFC 8144 section 3).
	Representation bool
	// NoRoot asks a PROPFIND with Depth 1 to leave out the resource itself (RFC
	// 8144 section 5).
	NoRoot bool
}

// ParsePrefer reads the Prefer headers of a request (RFC 7240 section 2) and the
// older spellings of the same wish: a bare return-minimal or
// return-representation, and "Brief: t", which Apple clients sent. What is not
// known or not well-formed is ignored, as the RFC has it; of two contradicting
// preferences the first counts.
func ParsePrefer(h http.Header) Preferences {
	var p Preferences
	setReturn := func(how string) {
		if !p.Minimal && !p.Representation {
			p.Minimal = how == "minimal"
			p.Representation = how == "representation"
		}
	}
	for _, line := range h["Prefer"] {
		for line != "" {
			var item string
			item, line = cutList(line)
			item, _ = cutUnquoted(item, ';') // parameters of a preference
			name, value, _ := strings.Cut(item, "=")
			value = strings.Trim(trimHeader(value), `"`)
			switch strings.ToLower(trimHeader(name)) {
			case "return":
				setReturn(strings.ToLower(value))
			case "return-minimal":
				setReturn("minimal")
			case "return-representation":
				setReturn("representation")
			case "depth-noroot":
				p.NoRoot = true
			}
		}
	}
	if strings.EqualFold(trimHeader(h.Get("Brief")), "t") {
		setReturn("minimal")
	}
	return p
}

// trimHeader removes optional white space (RFC 9110 section 5.6.3).
func trimHeader(s string) string { return strings.Trim(s, " \t") }

// cutList cuts the first member off a comma separated list.
func cutList(s string) (member, rest string) {
	return cutUnquoted(s, ',')
}

// cutUnquoted cuts s at the first sep outside quoted strings, in which a backslash
// escapes (RFC 9110 section 5.6.4).
func cutUnquoted(s string, sep byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == sep && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}
