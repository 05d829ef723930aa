package dav

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestAccept chooses between the two versions of a card by the Accept header. RFC
// 9110 section 12.5.1.
func TestAccept(t *testing.T) {
	for _, c := range []struct {
		accept string
		v3, v4 float64
	}{
		{"*/*", 1, 1},
		{"text/*;q=0.3", 0.3, 0.3},
		{"text/vcard", 1, 1},
		{"text/x-vcard", 1, 1},
		{"text/vcard;version=4.0", 0, 1},
		{`text/vcard; version="3.0"`, 1, 0},
		{"text/vcard;version=4.0, text/vcard;version=3.0;q=0.4", 0.4, 1},
		{"text/vcard;version=4.0, */*;q=0.1", 0.1, 1},
		{"text/vcard;version=4.0;q=0, text/vcard", 1, 0},
		{"text/directory;profile=vcard", 1, 0},
		{"text/vcard;version=2.1", 0, 0},
		{"application/xml, text/html;level=1", 0, 0},
		{"TEXT/VCARD;VERSION=4.0", 0, 1},
		{"text/vcard;q=, ;;;, text", 1, 1},
	} {
		ranges := parseAccept([]string{c.accept})
		if v3, v4 := ranges.quality("3.0"), ranges.quality("4.0"); v3 != c.v3 || v4 != c.v4 {
			t.Errorf("%q: 3.0 with %v, 4.0 with %v; want %v and %v", c.accept, v3, v4, c.v3, c.v4)
		}
	}
}

// TestIsOurs tells a Destination on this server from one elsewhere.
func TestIsOurs(t *testing.T) {
	for _, c := range []struct {
		host, forwarded, destination string
		want                         bool
	}{
		{"cal.example.org", "", "", true},
		{"cal.example.org", "", "cal.example.org", true},
		{"cal.example.org", "", "CAL.example.org:443", true},
		{"cal.example.org:8443", "", "cal.example.org", true},
		{"cal.example.org", "", "example.org", false},
		{"cal.example.org", "a.example.com, cal.example.com:80", "cal.example.com", true},
		{"cal.example.org", "a.example.com", "cal.example.com", false},
		{"10.1.2.3:5232", "", "cal.example.com", true},
		{"[2001:db8::1]:5232", "", "cal.example.com", true},
		{"[2001:db8::1]", "", "[2001:db8::1]:5232", true},
		{"localhost:5232", "", "cal.example.com", true},
		{"almanac", "", "cal.example.com", true},
	} {
		r := httptest.NewRequest(http.MethodPut, "/", nil)
		r.Host = c.host
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-Host", c.forwarded)
		}
		rq := &request{r: r}
		if got := rq.isOurs(c.destination); got != c.want {
			t.Errorf("%q on %q (%q): %v", c.destination, c.host, c.forwarded, got)
		}
	}
}
