package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// A far is an HTTPS server that stands for whatever host a courier asks: it keeps what
// it is asked, and answers as it is told.
type far struct {
	t       *testing.T
	server  *httptest.Server
	courier *Courier

	mu     sync.Mutex
	asked  []asked
	answer http.HandlerFunc // nil for 200
}

type asked struct {
	Method, URL string
	Header      http.Header
	Body        string
}

func newFar(t *testing.T, private bool) *far {
	f := &far{t: t}
	f.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		f.mu.Lock()
		f.asked = append(f.asked, asked{r.Method, "https://" + r.Host + r.URL.RequestURI(), r.Header, string(body)})
		answer := f.answer
		f.mu.Unlock()
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(f.server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(f.server.Certificate())
	f.courier = NewCourier(private, roots, func() time.Time { return noon })
	transport := f.courier.client.Transport.(*http.Transport)
	t.Cleanup(transport.CloseIdleConnections)
	dialer := new(net.Dialer)
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, f.server.Listener.Addr().String())
	}
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, ServerName: "example.com"}
	return f
}

// answers sets what the next requests get.
func (f *far) answers(status int, header, body string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = func(w http.ResponseWriter, _ *http.Request) {
		if header != "" {
			w.Header().Set("Retry-After", header)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// take returns what was asked since the last time.
func (f *far) take() []asked {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := f.asked
	f.asked = nil
	return all
}

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
