package value

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"

	"almanac/contentline"
)

// Media returns what a PHOTO, LOGO, SOUND or KEY holds: the first half of the
// SHA-256 of its decoded octets and how many there are, whether they are base64 in
// a dialect of 2.1 or 3.0 or a data: URI of 4.0. Of a reference to a file
// elsewhere it is the hash of the normal form of the URL, and size is 0. ok is
// false when there is nothing.
func Media(p *contentline.Property) (hash [16]byte, size int, ok bool) {
	data, ok := MediaBytes(p)
	if ok {
		sum := sha256.Sum256(data)
		return [16]byte(sum[:16]), len(data), len(data) > 0
	}
	u := strings.TrimSpace(contentline.UnescapeText(p.Value))
	if u == "" {
		return hash, 0, false
	}
	if at, isURL := URL(u); isURL {
		u = at
	}
	sum := sha256.Sum256([]byte("reference " + u))
	return [16]byte(sum[:16]), 0, true
}

// MediaBytes returns the octets that a PHOTO, LOGO, SOUND or KEY carries itself.
// ok is false for a reference and for text.
func MediaBytes(p *contentline.Property) (data []byte, ok bool) {
	body := strings.TrimSpace(p.Value)
	if after, found := cutPrefixFold(body, "data:"); found {
		head, rest, found := strings.Cut(after, ",")
		if !found {
			return nil, false
		}
		if !strings.HasSuffix(strings.ToLower(head), ";base64") {
			plain, err := url.PathUnescape(rest)
			return []byte(plain), err == nil
		}
		body = rest
	} else if !isBase64(p) {
		return nil, false
	}
	return decodeBase64(body), true
}

func isBase64(p *contentline.Property) bool {
	for _, name := range []string{"ENCODING", ""} {
		for _, v := range p.ParamValues(name) {
			if strings.EqualFold(v, "BASE64") || strings.EqualFold(v, "B") {
				return true
			}
		}
	}
	return false
}

// decodeBase64 decodes what it can: white space and padding do not matter, either
// alphabet is taken. What is no base64 is taken as it is, so that it equals itself.
func decodeBase64(s string) []byte {
	clean := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case ' ', '\t', '\r', '\n', '=':
		case '-':
			clean = append(clean, '+')
		case '_':
			clean = append(clean, '/')
		default:
			clean = append(clean, c)
		}
	}
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(clean)))
	n, err := base64.RawStdEncoding.Decode(out, clean)
	if err != nil {
		return []byte(s)
	}
	return out[:n]
}
