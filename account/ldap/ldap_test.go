package ldap

import (
	"errors"
	"net"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"almanac/account"
)

func TestParseAttributes(t *testing.T) {
	for _, c := range []struct {
		text string
		want Attributes
	}{
		{"", Attributes{"entryUUID", "uid", "cn", "mail"}},
		{DefaultAttributes, Attributes{"entryUUID", "uid", "cn", "mail"}},
		{"id=objectGUID, name=sAMAccountName ,display=displayName", Attributes{"objectGUID", "sAMAccountName", "displayName", "mail"}},
		{"display=,mail=", Attributes{"entryUUID", "uid", "", ""}},
		{"id=dn", Attributes{"dn", "uid", "cn", "mail"}},
	} {
		if got, err := ParseAttributes(c.text); err != nil || got != c.want {
			t.Errorf("%q: %+v, %v", c.text, got, err)
		}
	}
	for _, text := range []string{"id=", "name=", "photo=jpegPhoto", "id", "id=a)(b", "id=a b"} {
		if got, err := ParseAttributes(text); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	good := Config{URLs: []string{"ldap://127.0.0.1:389"}, Base: "dc=example,dc=org", Filter: DefaultFilter, Attributes: Attributes{ID: "entryUUID", Name: "uid"}}
	if _, err := New(good); err != nil {
		t.Error(err)
	}
	for _, change := range []func(*Config){
		func(c *Config) { c.URLs = nil },
		func(c *Config) { c.URLs = []string{"127.0.0.1:389"} },
		func(c *Config) { c.URLs = []string{"http://127.0.0.1"} },
		func(c *Config) { c.URLs = []string{"ldap://a:b@127.0.0.1"} },
		func(c *Config) { c.URLs = []string{"ldap://127.0.0.1/dc=example"} },
		func(c *Config) { c.Filter = "(uid=ann)" },
		func(c *Config) { c.Filter = "(uid=%s" },
		func(c *Config) { c.Attributes.ID = "" },
		func(c *Config) { c.Attributes.Name = "" },
	} {
		c := good
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}

func TestVerdict(t *testing.T) {
	for code, wrong := range map[uint16]bool{
		ldap.LDAPResultInvalidCredentials: true, ldap.LDAPResultUnwillingToPerform: true, ldap.LDAPResultConstraintViolation: true,
		ldap.LDAPResultNoSuchObject: true, ldap.LDAPResultBusy: false, ldap.LDAPResultUnavailable: false, ldap.ErrorNetwork: false, ldap.LDAPResultOther: false,
	} {
		if got := errors.Is(verdict(ldap.NewError(code, errors.New("x"))), account.ErrCredentials); got != wrong {
			t.Errorf("code %d is wrong credentials: %v", code, got)
		}
	}
}

func TestIDsAreKeptAsText(t *testing.T) {
	for raw, want := range map[string]string{
		"8c7a1c7e-0000-103f-9d1b-0123456789ab": "8c7a1c7e-0000-103f-9d1b-0123456789ab",
		"\x01\x02\xff":                         "octets:0102ff",
		"octets:00":                            "octets:6f63746574733a3030",
	} {
		if got := idText([]byte(raw)); got != want || idFilter(got) != ldap.EscapeFilter(raw) {
			t.Errorf("%q is %q, and %q in a filter", raw, got, idFilter(got))
		}
	}
}

// TestAServerThatIsNotThere and one that is silent are no verdict on a password.
func TestAServerThatIsNotThere(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	for name, urls := range map[string][]string{
		"gone": {"ldap://" + gone.Addr().String()}, "silent": {"ldap://" + silent.Addr().String()},
		"silent in TLS": {"ldaps://" + silent.Addr().String()}, "both": {"ldap://" + gone.Addr().String(), "ldap://" + silent.Addr().String()},
	} {
		d, err := New(Config{URLs: urls, BindDN: "cn=almanac", BindPassword: "x", Base: "dc=example,dc=org", Filter: DefaultFilter,
			Attributes: Attributes{ID: "entryUUID", Name: "uid"}, Timeout: 200 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		var away *account.UnavailableError
		if _, err := d.Verify(t.Context(), "ann", "x"); !errors.As(err, &away) || away.RetryAfter < time.Second {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := d.Find(t.Context(), "id"); !errors.As(err, &away) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d, err := New(Config{URLs: []string{"ldap://" + gone.Addr().String()}, Filter: DefaultFilter, Attributes: Attributes{ID: "entryUUID", Name: "uid"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Verify(t.Context(), "ann", ""); err != account.ErrCredentials {
		t.Errorf("an empty password reaches the server: %v", err)
	}
}
