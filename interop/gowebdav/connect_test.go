//go:build interop

package gowebdav

import (
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/emersion/go-webdav"
)

// A server is what interop/run started: its URL and a client with the
// account's credentials.
type server struct {
	url  string
	http webdav.HTTPClient
}

func connect(t *testing.T) server {
	t.Helper()
	address := os.Getenv("INTEROP_URL")
	if address == "" {
		t.Fatal("INTEROP_URL is not set; interop/run gowebdav sets it")
	}
	plain := &http.Client{Timeout: 30 * time.Second}
	return server{
		url:  address,
		http: webdav.HTTPClientWithBasicAuth(plain, os.Getenv("INTEROP_USER"), os.Getenv("INTEROP_PASSWORD")),
	}
}

// makeCollection sends a request without a body that makes a collection;
// go-webdav's client has no call for it.
func makeCollection(t *testing.T, s server, method, path string) {
	t.Helper()
	base, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, base.ResolveReference(&url.URL{Path: path}).String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := s.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		t.Fatalf("%s %s: %s", method, path, response.Status)
	}
}
