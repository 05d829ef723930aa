package web

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// chain makes a root, an intermediate and a certificate of cal.example.org with
// that key; the pair has no root in it, as from a certificate authority.
func chain(t *testing.T, key crypto.Signer) (pair *tls.Certificate, root []byte) {
	t.Helper()
	now := time.Now()
	issue := func(serial int64, name string, ca bool, public crypto.PublicKey, parent *x509.Certificate, signer crypto.Signer) *x509.Certificate {
		c := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
			NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), BasicConstraintsValid: true, IsCA: ca,
			KeyUsage: x509.KeyUsageDigitalSignature}
		if ca {
			c.KeyUsage = x509.KeyUsageCertSign
		} else {
			c.DNSNames, c.ExtKeyUsage = []string{name}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		}
		if parent == nil {
			parent = c
		}
		der, err := x509.CreateCertificate(rand.Reader, c, parent, public, signer)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	ecKey := func() crypto.Signer {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	rootKey, middleKey := ecKey(), ecKey()
	top := issue(1, "Root", true, rootKey.Public(), nil, rootKey)
	middle := issue(2, "Intermediate", true, middleKey.Public(), top, rootKey)
	leaf := issue(3, "cal.example.org", false, key.Public(), middle, middleKey)
	return &tls.Certificate{Certificate: [][]byte{leaf.Raw, middle.Raw}, PrivateKey: key},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: top.Raw})
}

// TestSignature has the openssl program verify what Sign signed, with nothing but
// the root to begin from.
func TestSignature(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("there is no openssl program")
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	content := testProfile().Encode()
	for name, key := range map[string]crypto.Signer{"RSA": rsaKey, "P-256": p256, "P-384": p384} {
		t.Run(name, func(t *testing.T) {
			pair, root := chain(t, key)
			signed, err := Sign(content, pair)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			in, ca := filepath.Join(dir, "in.mobileconfig"), filepath.Join(dir, "root.pem")
			if err := errors.Join(os.WriteFile(in, signed, 0o600), os.WriteFile(ca, root, 0o600)); err != nil {
				t.Fatal(err)
			}
			for _, program := range []string{"smime", "cms"} {
				verify := func(args ...string) (string, string, error) {
					cmd := exec.Command("openssl", append([]string{program, "-verify", "-inform", "DER", "-in", in, "-purpose", "any"}, args...)...)
					var out, said bytes.Buffer
					cmd.Stdout, cmd.Stderr = &out, &said
					err := cmd.Run()
					return out.String(), said.String(), err
				}
				out, said, err := verify("-CAfile", ca, "-binary")
				if err != nil || !strings.Contains(said, "erification successful") || out != string(content) {
					t.Errorf("openssl %s: %v\n%s", program, err, said)
				}
				if _, _, err := verify("-no-CAfile", "-no-CApath"); err == nil {
					t.Errorf("openssl %s trusts a root that it was not given", program)
				}
			}
			// One octet of the content changed: no longer what was signed.
			at := bytes.Index(signed, []byte("PayloadContent"))
			if at < 0 {
				t.Fatal("the content is not inside")
			}
			signed[at] ^= 1
			if err := os.WriteFile(in, signed, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := exec.Command("openssl", "cms", "-verify", "-inform", "DER", "-in", in, "-CAfile", ca, "-purpose", "any").Run(); err == nil {
				t.Error("a changed profile is verified")
			}
		})
	}
}

func TestSignRefuses(t *testing.T) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pair, _ := chain(t, key)
	if _, err := Sign([]byte("x"), pair); !errors.Is(err, ErrCannotSign) {
		t.Errorf("Ed25519: %v", err)
	}
}
