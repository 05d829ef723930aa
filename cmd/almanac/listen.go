package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// The times that the phases of a connection may take. How long a body may take
// depends on its length: see front.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 3 * time.Minute // longer than most phones poll with one connection
	maxHeader     = 64 << 10        // octets
)

// listen opens the sockets that the settings ask for.
func listen(ctx context.Context, s *Settings, handler http.Handler, log *slog.Logger) (ends, error) {
	server := newServer(handler, log)
	scheme := "http"
	var helper *http.Server // answers the certificate authority
	switch {
	case s.TLSCert != "":
		pair, err := newCertificate(s.TLSCert, s.TLSKey, log)
		if err != nil {
			return nil, err
		}
		server.TLSConfig = &tls.Config{GetCertificate: pair.get, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
		scheme = "https"
	case len(s.ACMEDomain) > 0:
		authority, err := acmeClient(s)
		if err != nil {
			return nil, err
		}
		m := &autocert.Manager{Prompt: autocert.AcceptTOS, HostPolicy: autocert.HostWhitelist(s.ACMEDomain...), Cache: autocert.DirCache(acmeCache(s)), Client: authority}
		server.TLSConfig = m.TLSConfig()
		server.TLSConfig.GetCertificate = told(m.GetCertificate, s.ACMEDomain, log)
		server.TLSConfig.MinVersion = tls.VersionTLS12
		scheme = "https"
		helper = newServer(m.HTTPHandler(nil), log)
	}
	ln, err := listenTCP(ctx, s.Listen)
	if err != nil {
		return nil, err
	}
	if server.TLSConfig != nil {
		ln = tls.NewListener(ln, server.TLSConfig)
	}
	es := ends{{ln, server, scheme + "://" + ln.Addr().String()}}
	if helper != nil && s.ACMEListen != "" {
		ln, err := listenTCP(ctx, s.ACMEListen)
		if err != nil {
			es[0].ln.Close()
			return nil, fmt.Errorf("%w; the certificate authority visits there: choose another with --acme-listen, or none with --acme-listen=\"\"", err)
		}
		es = append(es, end{ln, helper, "http://" + ln.Addr().String()})
	}
	return es, nil
}

// told logs why there is no certificate for one of our names, once in a while: all
// that a client sees is a broken handshake.
func told(get func(*tls.ClientHelloInfo) (*tls.Certificate, error), names []string, log *slog.Logger) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	var last atomic.Int64 // Unix seconds
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		c, err := get(hello)
		if err != nil && slices.Contains(names, hello.ServerName) {
			now, before := time.Now().Unix(), last.Load()
			if now-before >= 60 && last.CompareAndSwap(before, now) {
				log.Warn("no certificate", "name", hello.ServerName, "error", err)
			}
		}
		return c, err
	}
}

// acmeClient speaks with the certificate authority of the settings.
func acmeClient(s *Settings) (*acme.Client, error) {
	c := &acme.Client{DirectoryURL: s.ACMEDirectory, UserAgent: "almanac"}
	if s.ACMECA == "" {
		return c, nil
	}
	pem, err := os.ReadFile(s.ACMECA)
	if err != nil {
		return nil, fmt.Errorf("read acme-ca: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read acme-ca: %s has no certificate in PEM", s.ACMECA)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	c.HTTPClient = &http.Client{Transport: transport}
	return c, nil
}

func listenTCP(ctx context.Context, address string) (net.Listener, error) {
	var c net.ListenConfig
	ln, err := c.Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listen on %s: another program has that address, perhaps another almanac; end it, or choose another with --listen", address)
	}
	return ln, err // it says what it could not listen on
}

func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		WriteTimeout:      writeTimeout, // moved on by answer while pieces go out
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // broken handshakes of strangers
	}
}
