package notify

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestIsPublic(t *testing.T) {
	public := "1.1.1.1 8.8.8.8 100.63.255.255 172.32.0.1 192.0.1.1 223.255.255.255 ::ffff:8.8.8.8 2606:4700::1111 2a00:1450::1 64:ff9b::808:808"
	not := "0.0.0.0 0.1.2.3 10.1.2.3 100.64.0.1 127.0.0.1 127.255.255.255 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.168.1.1 " +
		"198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 " +
		":: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::a00:1 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:a00:1::1 3fff::1 fc00::1 fd12::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 4000::1"
	for _, s := range strings.Fields(public) {
		if !isPublic(netip.MustParseAddr(s)) {
			t.Errorf("%s is not public", s)
		}
	}
	for _, s := range strings.Fields(not) {
		if isPublic(netip.MustParseAddr(s)) {
			t.Errorf("%s is public", s)
		}
	}
	if isPublic(netip.Addr{}) {
		t.Error("no address is public")
	}
}

// A name is judged by the address that is dialled, and nothing arrives there.
func TestCourierStaysOutside(t *testing.T) {
	f := newFar(t, false)
	_, port, _ := strings.Cut(strings.TrimPrefix(f.server.URL, "https://"), ":")
	c := NewCourier(false, nil, time.Now)
	for _, host := range []string{"localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "0"} {
		r, err := http.NewRequest(http.MethodPost, "https://"+host+":"+port+"/", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.do(r)
		if host == "0" { // a resolver may or may not take it for an address
			if err == nil {
				t.Error("0 is reached")
			}
			continue
		}
		want := &GiveUp{Reason: r.URL.Hostname() + ": its address is not one of the public internet"}
		if got, want := fmt.Sprint(told(err)), fmt.Sprint(told(want)); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
	if n := len(f.take()); n > 0 {
		t.Errorf("%d requests arrived", n)
	}
}

func TestCourierCheck(t *testing.T) {
	for _, test := range []struct {
		url     string
		private bool
		want    string
	}{
		{"https://example.org/", false, ""},
		{"https://example.org:8443/", false, ""},
		{"http://example.org/", false, "it has to begin with https://"},
		{"http://example.org/", true, ""},
		{"file:///etc/passwd", true, "it names no host"},
		{"ftp://example.org", true, "it has to begin with https://"},
		{"https://10.0.0.1/", false, "its address is not one of the public internet"},
		{"https://10.0.0.1/", true, ""},
	} {
		u, err := url.Parse(test.url)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := NewCourier(test.private, nil, time.Now).check(u); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s, private %v: %q, want %q", test.url, test.private, got, test.want)
		}
	}
}
