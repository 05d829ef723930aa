package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"almanac/account"
	"almanac/account/ldap"
	"almanac/account/oidc"
)

// directory returns where accounts come from beside the store, nil for nowhere.
func (s *Settings) directory() (account.Directory, error) {
	if len(s.LDAP.URLs) == 0 {
		return nil, nil
	}
	c := s.LDAP
	var err error
	if c.BindPassword, err = secretOr(c.BindPassword, "ldap-bind-password-file", s.LDAPPasswordFile); err != nil {
		return nil, err
	}
	if s.LDAPCA != "" {
		if c.CAs, err = certPool("ldap-ca", s.LDAPCA); err != nil {
			return nil, err
		}
	}
	d, err := ldap.New(c)
	if err != nil {
		return nil, err // not d: a nil *Directory would not be a nil Directory
	}
	return d, nil
}

// provider returns where people sign in to the pages beside passwords, nil for
// nowhere. redirect is the address of the page that they come back to.
func (s *Settings) provider(redirect string) (*oidc.Provider, error) {
	if s.OIDC.Issuer == "" {
		return nil, nil
	}
	c := s.OIDC
	c.RedirectURL = redirect
	var err error
	if c.ClientSecret, err = secretOr(c.ClientSecret, "oidc-client-secret-file", s.OIDCSecretFile); err != nil {
		return nil, err
	}
	return oidc.New(c)
}

// admission says who of the provider's people is let in.
func (s *Settings) admission() account.Admission {
	return account.Admission{Existing: true, Create: s.OIDCAccounts == "create"}
}

// certPool reads the certificates in the file that a setting names.
func certPool(setting, file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s: there is no certificate in %s", setting, file)
	}
	return pool, nil
}

// secretOr returns a secret or, where a file is named, the first line of that.
func secretOr(secret, setting, file string) (string, error) {
	if file == "" {
		return secret, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s: %w", setting, err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" {
		return "", fmt.Errorf("%s: %s begins with an empty line", setting, file)
	}
	return line, nil
}

// checkSignIn finds what no single setting of LDAP and OpenID Connect shows.
func (s *Settings) checkSignIn() error {
	plain := false
	for _, u := range s.LDAP.URLs {
		plain = plain || strings.HasPrefix(u, "ldap://")
	}
	switch {
	case len(s.LDAP.URLs) > 0 && s.LDAP.Base == "":
		return errors.New("ldap-url wants ldap-base: below which entry people are")
	case s.LDAP.StartTLS && !plain:
		return errors.New("ldap-starttls is for addresses that begin with ldap://")
	case s.LDAP.BindPassword != "" && s.LDAPPasswordFile != "":
		return errors.New("set ldap-bind-password or ldap-bind-password-file, not both")
	case s.LDAP.BindDN != "" && s.LDAP.BindPassword == "" && s.LDAPPasswordFile == "":
		return errors.New("ldap-bind-dn wants a password: set ldap-bind-password-file")
	case len(s.LDAP.URLs) == 0 && (s.LDAP.Base != "" || s.LDAP.BindDN != ""):
		return errors.New("ldap-base and ldap-bind-dn want ldap-url: which server to ask")
	case s.OIDC.ClientSecret != "" && s.OIDCSecretFile != "":
		return errors.New("set oidc-client-secret or oidc-client-secret-file, not both")
	case s.OIDC.Issuer != "" && s.OIDC.ClientID == "":
		return errors.New("oidc-issuer wants oidc-client-id: what the provider calls this server")
	case s.OIDC.Issuer == "" && s.OIDC.ClientID != "":
		return errors.New("oidc-client-id wants oidc-issuer: the provider where people sign in")
	}
	return nil
}
