package web

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/smallstep/pkcs7"
)

// ErrCannotSign tells that a certificate's key is of a kind that Apple's devices
// take no signatures of.
var ErrCannotSign = errors.New("only RSA and ECDSA keys sign profiles")

// Sign wraps a profile in a signature by the server's certificate: CMS SignedData
// (RFC 5652 section 5) in DER, the content and the whole chain inside. A device
// that trusts the server for HTTPS then shows the profile as verified.
func Sign(content []byte, pair *tls.Certificate) ([]byte, error) {
	switch pair.PrivateKey.(type) {
	case *rsa.PrivateKey, *ecdsa.PrivateKey:
	default:
		return nil, ErrCannotSign
	}
	var chain []*x509.Certificate
	for _, der := range pair.Certificate {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("sign the profile: %w", err)
		}
		chain = append(chain, c)
	}
	if len(chain) == 0 {
		return nil, errors.New("sign the profile: no certificate")
	}
	signed, err := pkcs7.NewSignedData(content)
	if err != nil {
		return nil, fmt.Errorf("sign the profile: %w", err)
	}
	signed.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := signed.AddSigner(chain[0], pair.PrivateKey, pkcs7.SignerInfoConfig{}); err != nil {
		return nil, fmt.Errorf("sign the profile: %w", err)
	}
	for _, c := range chain[1:] {
		signed.AddCertificate(c)
	}
	out, err := signed.Finish()
	if err != nil {
		return nil, fmt.Errorf("sign the profile: %w", err)
	}
	return out, nil
}
