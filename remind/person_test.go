package remind

import (
	"testing"

	"almanac/store"
)

func TestWhoseAddress(t *testing.T) {
	p := &person{home: &store.Home{Name: "ann", Emails: []string{"ann@example.org", "Ann.Example@example.com"}}}
	for address, want := range map[string]bool{
		"mailto:ann@example.org":                        true,
		"MAILTO:ANN@EXAMPLE.ORG":                        true,
		"mailto:ann.example@example.com":                true,
		"mailto:ann%40example.org":                      true,
		"mailto:ann@example.org?subject=x":              true,
		"mailto:bob@example.org":                        false,
		"mailto:":                                       false,
		"/dav/principals/ann/":                          true,
		"https://cal.example.org/dav/principals/ann":    true,
		"/dav/principals/bob/":                          false,
		"/dav/principals/ann/calendar-proxy-read/":      false,
		"/dav/calendars/ann/":                           false,
		"urn:uuid:5f1b2c3d-0000-4000-8000-000000000000": false,
		"ann@example.org":                               false,
		"%zz":                                           false,
		"":                                              false,
	} {
		if got := p.mine(address); got != want {
			t.Errorf("%q is ann's: %t", address, got)
		}
	}
}
