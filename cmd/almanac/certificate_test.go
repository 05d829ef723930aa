package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"almanac/web"
)

// writeCertificate makes a certificate for localhost with a serial number.
func writeCertificate(t *testing.T, dir string, serial int64, modified time.Time) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, modified, modified); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

func TestACertificateIsReadAgainWhenItChanged(t *testing.T) {
	dir, now := t.TempDir(), time.Now().Truncate(time.Second)
	certFile, keyFile := writeCertificate(t, dir, 1, now.Add(-time.Hour))
	c, err := newCertificate(certFile, keyFile, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		c.looked = time.Time{} // as if a minute had passed
		pair, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.SerialNumber.Int64()
	}
	if got := serial(); got != 1 {
		t.Errorf("serial %d", got)
	}
	if err := os.WriteFile(certFile, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got != 1 {
		t.Errorf("with a file half written: serial %d", got)
	}
	writeCertificate(t, dir, 2, now.Add(time.Hour))
	if got := serial(); got != 2 {
		t.Errorf("after the renewal: serial %d", got)
	}
}

func TestServeTLS(t *testing.T) {
	certFile, keyFile := writeCertificate(t, t.TempDir(), 1, time.Now())
	log := slog.New(slog.DiscardHandler)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) })
	es, err := listen(t.Context(), testSettings(t, "listen", "127.0.0.1:0", "tls-cert", certFile, "tls-key", keyFile), handler, log)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); es[0].server.Serve(es[0].ln) }()
	defer func() { es[0].server.Close(); <-done }()
	pool := x509.NewCertPool()
	text, err := os.ReadFile(certFile)
	if err != nil || !pool.AppendCertsFromPEM(text) {
		t.Fatal(err)
	}
	for _, http2 := range []bool{false, true} {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: http2}}
		resp, err := client.Get(es[0].url)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		client.CloseIdleConnections()
		if want := map[bool]string{false: "HTTP/1.1", true: "HTTP/2.0"}[http2]; string(body) != want {
			t.Errorf("served %s, want %s", body, want)
		}
	}
}

func TestListenRefuses(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for name, s := range map[string]*Settings{
		"an address in use": testSettings(t, "listen", busy.Addr().String()),
		"no certificate":    testSettings(t, "listen", "127.0.0.1:0", "tls-cert", "nix", "tls-key", "nix"),
		"the helper's port": testSettings(t, "listen", "127.0.0.1:0", "acme-domain", "calendar.example.org", "acme-listen", busy.Addr().String()),
	} {
		if _, err := listen(t.Context(), s, http.NotFoundHandler(), log); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			t.Logf("%s: %v", name, err)
		}
	}
}

// TestSigningPair finds what profiles are signed with: the files of the settings,
// the authority's certificate once it was got, or nothing.
func TestSigningPair(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := writeCertificate(t, dir, 7, time.Now())
	serial := func(s *Settings) int64 {
		t.Helper()
		pair, err := signingPair(s)
		if err != nil {
			t.Fatal(err)
		}
		if pair == nil {
			return 0
		}
		if _, err := web.Sign([]byte("x"), pair); err != nil {
			t.Error(err)
		}
		return pair.Leaf.SerialNumber.Int64()
	}
	if got := serial(&Settings{TLSCert: certFile, TLSKey: keyFile}); got != 7 {
		t.Errorf("files: serial %d", got)
	}
	if got := serial(&Settings{}); got != 0 {
		t.Errorf("without TLS: serial %d", got)
	}
	acme := &Settings{Data: dir, ACMEDomain: []string{"cal.example.org"}}
	if got := serial(acme); got != 0 {
		t.Errorf("before the authority was asked: serial %d", got)
	}
	// autocert writes the key first, then the chain, into one file.
	var both []byte
	for _, name := range []string{keyFile, certFile} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		both = append(both, text...)
	}
	if err := errors.Join(os.Mkdir(acmeCache(acme), 0o700), os.WriteFile(filepath.Join(acmeCache(acme), "cal.example.org"), both, 0o600)); err != nil {
		t.Fatal(err)
	}
	if got := serial(acme); got != 7 {
		t.Errorf("from the authority: serial %d", got)
	}
	if _, err := signingPair(&Settings{TLSCert: keyFile, TLSKey: keyFile}); err == nil {
		t.Error("a key is no certificate")
	}
}
