package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"almanac/web"
)

type manifest struct {
	ID              string `json:"id"`
	Name            string `json:"name"`
	ShortName       string `json:"short_name"`
	Description     string `json:"description"`
	Lang            string `json:"lang"`
	Dir             string `json:"dir"`
	StartURL        string `json:"start_url"`
	Scope           string `json:"scope"`
	Display         string `json:"display"`
	BackgroundColor string `json:"background_color"`
	ThemeColor      string `json:"theme_color"`
	Icons           []struct{ Src, Sizes, Type, Purpose string }
}

// TestManifest: what phones read when the pages are put on the home screen.
func TestManifest(t *testing.T) {
	public, err := url.Parse("https://cal.example.org/dav")
	if err != nil {
		t.Fatal(err)
	}
	for _, prefix := range []string{"", "/dav"} {
		s := newRemindSite(t, func(c *web.Config) {
			if prefix != "" {
				c.PublicURL = public
			}
		})
		b := s.browser()
		read := func(path string, header ...string) (m manifest) {
			p := b.get(path, header...)
			p.is200(t)
			if got := p.Header.Get("Content-Type"); got != "application/manifest+json; charset=utf-8" {
				t.Error(got)
			}
			if err := json.Unmarshal([]byte(p.body), &m); err != nil {
				t.Fatal(err)
			}
			return m
		}
		page := b.get(prefix + "/account/signin?lang=de")
		link := page.find(t, `<link rel="manifest" href="([^"]*)">`)
		if link != prefix+"/manifest.webmanifest?lang=de" {
			t.Error(link)
		}
		page.has(t, `<meta name="theme-color" media="(prefers-color-scheme: light)" content="#f8f6f1">`, `<meta name="theme-color" media="(prefers-color-scheme: dark)" content="#15181c">`)
		b.get(page.find(t, `<link rel="apple-touch-icon" href="([^"]*)">`)).is200(t)
		b.get(page.find(t, `<link rel="icon" type="image/png" sizes="32x32" href="([^"]*)">`)).is200(t)

		m := read(link)
		icons := map[string]bool{}
		for _, i := range m.Icons {
			p := b.get(i.Src)
			p.is200(t)
			c, err := png.DecodeConfig(bytes.NewReader([]byte(p.body)))
			if err != nil || i.Sizes != fmt.Sprintf("%dx%d", c.Width, c.Height) || i.Type != "image/png" || p.Header.Get("Content-Type") != i.Type || !strings.HasPrefix(i.Src, prefix+"/account/") {
				t.Errorf("%+v is %dx%d: %v", i, c.Width, c.Height, err)
			}
			icons[i.Sizes+" "+i.Purpose] = true
		}
		for _, need := range []string{"192x192 any", "512x512 any", "512x512 maskable"} {
			if !icons[need] {
				t.Errorf("no icon is %s", need)
			}
		}
		m.Icons = nil
		want := manifest{ID: prefix + "/account/", Name: "almanac", ShortName: "almanac", Description: "Erinnerungen Ihres Kalenders auf diesem Gerät", Lang: "de", Dir: "ltr",
			StartURL: prefix + "/account/reminders", Scope: prefix + "/", Display: "standalone", BackgroundColor: "#f8f6f1", ThemeColor: "#f8f6f1"}
		if diff := cmp.Diff(want, m); diff != "" {
			t.Error(diff)
		}
		other := s.browser()
		if p := other.get(prefix+"/manifest.webmanifest", "Accept-Language: it-CH, en"); !strings.Contains(p.body, "I promemoria del tuo calendario") {
			t.Error(p.body)
		}
		if p := other.get(prefix+"/manifest.webmanifest?lang=xx", "Accept-Language: fr"); !strings.Contains(p.body, "Les rappels de votre agenda") {
			t.Error(p.body)
		}
	}
	// The colours are those of the pages.
	css, err := os.ReadFile("static/style.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, colour := range []string{"--paper: #f8f6f1;", "--paper: #15181c;"} {
		if !bytes.Contains(css, []byte(colour)) {
			t.Errorf("the style has no %q", colour)
		}
	}
	// Where nothing reminds there is no app.
	b := newSite(t, nil).browser()
	if p := b.get("/account/signin"); strings.Contains(p.body, "manifest") {
		t.Error("the page names a manifest")
	}
	if p := b.get("/manifest.webmanifest"); p.StatusCode == http.StatusOK {
		t.Error("there is a manifest")
	}
}
