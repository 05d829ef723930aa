package store

import (
	"crypto/sha256"
	"encoding/base64"
)

// ETagOf returns the strong entity tag of a body (RFC 9110 section 8.8.3), its
// quotes included: 120 bits of the SHA-256, so that equal octets have equal tags
// in every store and after every restore.
func ETagOf(body []byte) string {
	sum := sha256.Sum256(body)
	var tag [22]byte
	tag[0], tag[21] = '"', '"'
	base64.RawURLEncoding.Encode(tag[1:21], sum[:15])
	return string(tag[:])
}
