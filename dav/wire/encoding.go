package wire

import (
	"net/http"
	"strings"
)

// AcceptsGzip reads Accept-Encoding (RFC 9110 section 12.5.3) as far as clients
// use it: a list of names, of which "gzip;q=0" is a refusal.
func AcceptsGzip(h http.Header) bool {
	for _, line := range h["Accept-Encoding"] {
		for item := range strings.SplitSeq(line, ",") {
			name, q, _ := strings.Cut(strings.TrimSpace(item), ";")
			if strings.EqualFold(strings.TrimSpace(name), "gzip") {
				weight, ok := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(q), " ", ""), "q=")
				return !ok || strings.Trim(weight, "0.") != ""
			}
		}
	}
	return false
}
