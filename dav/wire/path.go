package wire

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxPath is the longest path or href taken, in octets.
const maxPath = 8 << 10

// AppendSegment appends one path segment, without a slash, in the one encoding this
// server uses.
//
// The unreserved characters of RFC 3986 section 2.3 stand for themselves (letters,
// digits and - . _ ~); every other octet of the UTF-8 is percent-encoded in upper
// case, a slash inside the segment too. So a mail address in a path shows as
// ann%40example.org. It is the encoding of Radicale and Nextcloud, so all clients
// have met it. That there is only one matters more than which: DAVx5 compares the
// segments of the hrefs in an answer with those of its request without decoding
// them, Outlook CalDav Synchronizer sends hrefs back exactly as it got them, and a
// changed encoding makes all of a collection look new.
func AppendSegment[T string | []byte](dst []byte, segment T) []byte {
	const hex = "0123456789ABCDEF"
	plain := 0
	for plain < len(segment) && class[segment[plain]]&pathRaw != 0 {
		plain++
	}
	dst = append(dst, segment[:plain]...)
	for i := plain; i < len(segment); i++ {
		c := segment[i]
		if class[c]&pathRaw != 0 {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}

// SplitHref splits an href into the authority (host and port as written, "" for a
// path) and the still encoded path. It takes a path that begins with a slash and an
// http or https URL; the error wraps ErrPathScheme or ErrPathRelative otherwise.
func SplitHref(href string) (authority, path string, err error) {
	if strings.HasPrefix(href, "/") {
		return "", href, nil
	}
	// Only what stands before the first slash can be a scheme.
	colon := strings.IndexAny(href, ":/?#")
	if colon < 0 || href[colon] != ':' {
		return "", "", pathError(href, ErrPathRelative)
	}
	scheme := href[:colon]
	rest, ok := strings.CutPrefix(href[colon+1:], "//")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return "", "", pathError(href, ErrPathScheme)
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		return rest, "/", nil
	}
	if rest[end] != '/' {
		return "", "", pathError(href, ErrPathQuery)
	}
	return rest[:end], rest[end:], nil
}

// DecodePath decodes the path of a request or an href, given still encoded as a
// path or an http URL, into its segments, and tells whether it ended in a slash.
// The root has no segments and ends in a slash. The host of a URL is left to
// [SplitHref].
//
// Everything that RFC 3986 section 6.2.2 calls equivalent comes out equal: any
// character may be percent-encoded or, as far as it can be told apart, not be, in
// either case of hexadecimal digits. Only %2F is distinct from a slash: it is part
// of its segment. Empty segments are dropped, because clients that join a base URL
// and a path by hand leave them behind.
//
// Refused, with an error that wraps one of the ErrPath values, are what could mean
// something else elsewhere: . and .. segments in any spelling, control characters,
// what is not UTF-8, invalid escapes, queries, fragments, and paths of more than
// 8192 octets.
func DecodePath(raw string) (segments []string, slash bool, err error) {
	_, path, err := SplitHref(raw)
	if err != nil {
		return nil, false, err
	}
	if len(path) > maxPath {
		return nil, false, pathError(raw, ErrPathTooLong)
	}
	for rest := path[1:]; ; {
		segment, after, more := strings.Cut(rest, "/")
		if segment != "" {
			if segment, err = decodeSegment(segment); err != nil {
				return nil, false, pathError(raw, err)
			}
			if segments == nil {
				segments = make([]string, 0, 1+strings.Count(rest, "/"))
			}
			segments = append(segments, segment)
		}
		if !more {
			return segments, segment == "", nil
		}
		rest = after
	}
}

// decodeSegment decodes one segment that is not empty. It allocates only when there
// is something to decode.
func decodeSegment(raw string) (string, error) {
	escapes := 0
	ascii := true
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '%':
			if i+2 >= len(raw) || class[raw[i+1]]&class[raw[i+2]]&hexDigit == 0 {
				return "", ErrPathEscape
			}
			escapes++
			c = unhex(raw[i+1])<<4 | unhex(raw[i+2])
			if c < 0x20 || c == 0x7F {
				return "", ErrPathControl
			}
			ascii = ascii && c < utf8.RuneSelf
			i += 2
		case c < 0x20 || c == 0x7F:
			return "", ErrPathControl
		case c == '?' || c == '#':
			return "", ErrPathQuery
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	segment := raw
	if escapes > 0 {
		var b strings.Builder
		b.Grow(len(raw) - 2*escapes)
		for i := 0; i < len(raw); i++ {
			c := raw[i]
			if c == '%' {
				c = unhex(raw[i+1])<<4 | unhex(raw[i+2])
				i += 2
			}
			b.WriteByte(c)
		}
		segment = b.String()
	}
	switch {
	case segment == "." || segment == "..":
		return "", ErrPathDots
	case !ascii && !utf8.ValidString(segment):
		return "", ErrPathUTF8
	}
	return segment, nil
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}

func pathError(path string, err error) error {
	return fmt.Errorf("path %q %w", clip(path), err)
}
