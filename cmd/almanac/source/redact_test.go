package source

import "testing"

func TestRedact(t *testing.T) {
	for typed, want := range map[string]string{
		"https://dav.example.com/ann@example.com/": "https://dav.example.com/ann@example.com/",
		"https://dav.example.com:8443/a@b":         "https://dav.example.com:8443/a@b",
		"https://ann@dav.example.com/":             "https://ann@dav.example.com/",
		"https://ann:hush@dav.example.com/":        "https://ann:xxxxx@dav.example.com/",
		"ann:hush@dav.example.com":                 "ann:xxxxx@dav.example.com",
		"http://ann:h:u@sh@dav.example.com:1/x":    "http://ann:xxxxx@dav.example.com:1/x",
		"http://ann:hu/sh@dav.example.com/":        "http://ann:xxxxx@dav.example.com/",
		"http://ann:hu?s#h@dav.example.com/":       "http://ann:xxxxx@dav.example.com/",
		"ann@example.org":                          "ann@example.org",
		"":                                         "",
	} {
		if got := Redact(typed); got != want {
			t.Errorf("%q is shown as %q, want %q", typed, got, want)
		}
	}
}
