package wire

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// appendPath appends the path of the segments, each behind a slash.
func appendPath(dst []byte, segments ...string) []byte {
	for _, s := range segments {
		dst = AppendSegment(append(dst, '/'), s)
	}
	return dst
}

func TestAppendSegment(t *testing.T) {
	cases := []struct {
		segments []string
		want     string
	}{
		{nil, ""},
		{[]string{"dav", "ann", "work"}, "/dav/ann/work"},
		{[]string{"AZaz09-._~"}, "/AZaz09-._~"},
		{[]string{"ann@example.org", "a b"}, "/ann%40example.org/a%20b"},
		{[]string{"a/b", "100%"}, "/a%2Fb/100%25"},
		{[]string{"ü日"}, "/%C3%BC%E6%97%A5"},
		{[]string{"; : @ & = + $ , ! ' ( ) * ? #"}, "/%3B%20%3A%20%40%20%26%20%3D%20%2B%20%24%20%2C%20%21%20%27%20%28%20%29%20%2A%20%3F%20%23"},
	}
	for _, c := range cases {
		if got := string(appendPath([]byte("x"), c.segments...)); got != "x"+c.want {
			t.Errorf("%q: got %s, want %s", c.segments, got, c.want)
		}
	}
	if got := string(AppendSegment([]byte("/"), []byte("a b"))); got != "/a%20b" {
		t.Errorf("octets: got %s", got)
	}
}

func TestDecodePath(t *testing.T) {
	cases := []struct {
		raw      string
		segments []string
		slash    bool
	}{
		{"/", nil, true},
		{"//", nil, true},
		{"/dav/ann/work/", []string{"dav", "ann", "work"}, true},
		{"/dav/ann/work", []string{"dav", "ann", "work"}, false},
		{"/dav//ann///", []string{"dav", "ann"}, true},
		{"/ann%40example.org/ann@example.org", []string{"ann@example.org", "ann@example.org"}, false},
		{"/%7Eann/%7eann/~ann", []string{"~ann", "~ann", "~ann"}, false},
		{"/a%3Ab/a:b", []string{"a:b", "a:b"}, false},
		{"/a%2Fb/a%2fb/", []string{"a/b", "a/b"}, true},
		{"/a+b/a%2Bb", []string{"a+b", "a+b"}, false},
		{"/a b/a%20b", []string{"a b", "a b"}, false},
		{"/%C3%BC/ü", []string{"ü", "ü"}, false},
		{"/%2525", []string{"%25"}, false},
		{"/.../.a", []string{"...", ".a"}, false},
		{"/a%3F%23", []string{"a?#"}, false},
		{"/;:@&=+$,-_.!~*'()", []string{";:@&=+$,-_.!~*'()"}, false},
		{"https://example.org/dav/", []string{"dav"}, true},
		{"HTTP://user@[::1]:8443/dav", []string{"dav"}, false},
		{"http://example.org", nil, true},
	}
	for _, c := range cases {
		segments, slash, err := DecodePath(c.raw)
		if err != nil || slash != c.slash || (segments == nil) != (c.segments == nil) || !slices.Equal(segments, c.segments) {
			t.Errorf("%q: got %q %v %v, want %q %v", c.raw, segments, slash, err, c.segments, c.slash)
		}
	}
}

func TestDecodePathFaults(t *testing.T) {
	cases := []struct {
		raw  string
		want error
	}{
		{"", ErrPathRelative},
		{"a.ics", ErrPathRelative},
		{"./a:b", ErrPathRelative},
		{"?a:b", ErrPathRelative},
		{"*", ErrPathRelative},
		{"mailto:ann@example.org", ErrPathScheme},
		{"urn:uuid:1", ErrPathScheme},
		{"ftp://example.org/", ErrPathScheme},
		{"http:/dav/", ErrPathScheme},
		{"://x/", ErrPathScheme},
		{"/a?b", ErrPathQuery},
		{"/a#b", ErrPathQuery},
		{"https://example.org?a", ErrPathQuery},
		{"/%", ErrPathEscape},
		{"/%4", ErrPathEscape},
		{"/%4g", ErrPathEscape},
		{"/%g4", ErrPathEscape},
		{"/%u0041", ErrPathEscape},
		{"/a%4/0", ErrPathEscape},
		{"/%00", ErrPathControl},
		{"/a%0Ab", ErrPathControl},
		{"/a%7f", ErrPathControl},
		{"/a\x00", ErrPathControl},
		{"/a\nb", ErrPathControl},
		{"/%FF", ErrPathUTF8},
		{"/\xff", ErrPathUTF8},
		{"/%C0%AF", ErrPathUTF8},
		{"/%ED%A0%80", ErrPathUTF8},
		{"/a/../b", ErrPathDots},
		{"/a/.", ErrPathDots},
		{"/a/%2E%2e/b", ErrPathDots},
		{"/a/.%2E", ErrPathDots},
		{"/" + strings.Repeat("a", 8192), ErrPathTooLong},
		{"https://example.org/" + strings.Repeat("a", 8192), ErrPathTooLong},
	}
	for _, c := range cases {
		segments, slash, err := DecodePath(c.raw)
		if !errors.Is(err, c.want) || segments != nil || slash {
			t.Errorf("%.40q: got %q %v %v, want %v", c.raw, segments, slash, err, c.want)
		}
	}
	_, _, err := DecodePath("/%4g")
	if got, want := err.Error(), `path "/%4g" percent sign without two hexadecimal digits`; got != want {
		t.Errorf("error reads %q, want %q", got, want)
	}
}

func TestSplitHref(t *testing.T) {
	for href, want := range map[string][2]string{
		"/a/b":                        {"", "/a/b"},
		"//example.org/a":             {"", "//example.org/a"},
		"https://example.org:8443/a/": {"example.org:8443", "/a/"},
		"http://example.org":          {"example.org", "/"},
	} {
		authority, path, err := SplitHref(href)
		if err != nil || (want != [2]string{authority, path}) {
			t.Errorf("%q: got %q %q %v, want %q", href, authority, path, err, want)
		}
	}
}

// Decoding and encoding again gives one spelling, which decodes to the same.
func FuzzDecodePath(f *testing.F) {
	for _, raw := range []string{
		"/", "/dav/ann%40example.org/a%2Fb/", "https://example.org:1/x%20y?z", "//a/./%2e%2E/%zz", "/%E6%97%A5/\xff", "mailto:a",
	} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		segments, slash, err := DecodePath(raw)
		if err != nil {
			return
		}
		for _, s := range segments {
			if s == "" || s == "." || s == ".." || strings.ContainsAny(s, "\x00\n\r\x7f") {
				t.Fatalf("%q gave segment %q", raw, s)
			}
		}
		canonical := appendPath(nil, segments...)
		if slash {
			canonical = append(canonical, '/')
		}
		if len(canonical) > maxPath {
			return
		}
		again, slashAgain, err := DecodePath(string(canonical))
		if err != nil || slashAgain != slash {
			t.Fatalf("%q: %v %v", canonical, slashAgain, err)
		}
		if diff := cmp.Diff(segments, again); diff != "" {
			t.Fatalf("%q and %q differ\n%s", raw, canonical, diff)
		}
	})
}
