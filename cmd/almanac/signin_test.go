package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"almanac/account/oidc"
)

func TestSignInSettingsBelongTogether(t *testing.T) {
	for _, c := range []struct {
		pairs []string
		want  string // a part of the error; "" for none
	}{
		{nil, ""},
		{[]string{"ldap-url", "ldaps://a.example.org", "ldap-base", "dc=example"}, ""},
		{[]string{"ldap-url", "ldap://a.example.org,ldaps://b.example.org", "ldap-base", "dc=example", "ldap-starttls", "yes"}, ""},
		{[]string{"ldap-url", "ldaps://a.example.org", "ldap-base", "dc=example", "ldap-starttls", "yes"}, "ldap-starttls"},
		{[]string{"ldap-url", "ldaps://a.example.org"}, "ldap-base"},
		{[]string{"ldap-bind-dn", "cn=x"}, "password"},
		{[]string{"ldap-bind-dn", "cn=x", "ldap-bind-password", "x", "ldap-bind-password-file", "f"}, "not both"},
		{[]string{"ldap-base", "dc=example"}, "ldap-url"},
		{[]string{"oidc-issuer", "https://id.example.org"}, "oidc-client-id"},
		{[]string{"oidc-client-id", "almanac"}, "oidc-issuer"},
		{[]string{"oidc-client-secret", "x", "oidc-client-secret-file", "f"}, "not both"},
	} {
		s, err := changedSettings(c.pairs...)
		if err == nil {
			err = s.check()
		}
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.pairs, err)
		}
	}
}

func TestDirectoryAndProviderOfSettings(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	s, err := changedSettings()
	if err != nil {
		t.Fatal(err)
	}
	if d, err := s.directory(); d != nil || err != nil {
		t.Errorf("without settings: %v, %v", d, err)
	}
	if p, err := s.provider("https://cal.example.org/back"); p != nil || err != nil {
		t.Errorf("without settings: %v, %v", p, err)
	}
	for _, c := range []struct {
		pairs []string
		ok    bool
	}{
		{[]string{"ldap-bind-dn", "cn=x", "ldap-bind-password-file", file("password", "hush\r\nmore\n")}, true},
		{[]string{"ldap-bind-dn", "cn=x", "ldap-bind-password-file", file("empty", "\n")}, false},
		{[]string{"ldap-bind-dn", "cn=x", "ldap-bind-password-file", filepath.Join(dir, "none")}, false},
		{[]string{"ldap-ca", file("ca", "no certificate")}, false},
		{[]string{"ldap-ca", filepath.Join(dir, "none")}, false},
	} {
		s, err := changedSettings(append(c.pairs, "ldap-url", "ldap://127.0.0.1", "ldap-base", "dc=example")...)
		if err != nil {
			t.Fatal(err)
		}
		d, err := s.directory()
		if (err == nil) != c.ok || (d == nil) == c.ok {
			t.Errorf("%q: %v, %v", c.pairs, d, err)
		}
	}
	s, err = changedSettings("oidc-issuer", "https://id.example.org", "oidc-client-id", "almanac", "oidc-client-secret-file", file("secret", "hush"), "oidc-accounts", "create")
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.provider("https://cal.example.org/back")
	if err != nil || p == nil || !s.admission().Create {
		t.Errorf("%v, %v", p, err)
	}
	if s.OIDC.UserClaim != oidc.DefaultUserClaim {
		t.Errorf("the claim is %q", s.OIDC.UserClaim)
	}
}
