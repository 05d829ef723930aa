package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// signingPair reads the server's own certificate for signing profiles; nil when
// there is none. With ACME it is the one of the first name, once it was got.
func signingPair(s *Settings) (*tls.Certificate, error) {
	var pair tls.Certificate
	var err error
	switch {
	case s.TLSCert != "":
		pair, err = tls.LoadX509KeyPair(s.TLSCert, s.TLSKey)
	case len(s.ACMEDomain) > 0:
		// autocert keeps key and chain in one file, and an RSA pair in another
		// for clients that need it.
		file := filepath.Join(acmeCache(s), s.ACMEDomain[0])
		pair, err = tls.LoadX509KeyPair(file, file)
		if errors.Is(err, os.ErrNotExist) {
			return nil, nil
		}
	default:
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	return &pair, nil
}

// A certificate is read again when its file changed, so that a renewal needs no
// restart.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu      sync.Mutex
	pair    *tls.Certificate
	changed time.Time // of the file that pair was read from
	looked  time.Time
}

// certificateLook is how often the files are looked at.
const certificateLook = time.Minute

func newCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	if err := c.read(); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *certificate) read() error {
	info, err := os.Stat(c.certFile)
	if err != nil {
		return fmt.Errorf("read the certificate: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("read the certificate %s with key %s: %w", c.certFile, c.keyFile, err)
	}
	c.pair, c.changed = &pair, info.ModTime()
	return nil
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.looked) >= certificateLook {
		c.looked = now
		if info, err := os.Stat(c.certFile); err == nil && !info.ModTime().Equal(c.changed) {
			if err := c.read(); err != nil {
				// Half-written, perhaps: the old one serves until the next look.
				c.log.Warn("the new certificate cannot be used yet", "error", err)
			}
		}
	}
	return c.pair, nil
}
