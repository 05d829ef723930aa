//go:build interop

package ldap

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"almanac/account"
	directory "almanac/account/ldap"
)

// config is how almanac is told of a slapd.
func (s *slapd) config() directory.Config {
	attributes, err := directory.ParseAttributes(directory.DefaultAttributes)
	if err != nil {
		s.t.Fatal(err)
	}
	return directory.Config{URLs: []string{s.plain}, CAs: s.ca, BindDN: serviceD, BindPassword: service, Base: people,
		Filter: directory.DefaultFilter, Attributes: attributes, Timeout: 5 * time.Second}
}

func (s *slapd) directory(change func(*directory.Config)) *directory.Directory {
	s.t.Helper()
	c := s.config()
	if change != nil {
		change(&c)
	}
	d, err := directory.New(c)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

func isAway(err error) bool {
	var away *account.UnavailableError
	return errors.As(err, &away)
}

func TestDirectory(t *testing.T) {
	s := startSlapd(t)
	dora := s.person("dora", "Dora Blue", "blue", "mail", "dora@example.org", "mail", "d@example.org", "mail", "no address")
	s.person("o'neil (x)*\\", "O’Neil, the 2nd", "sea")
	s.person("nopass", "No Password", "")
	d := s.directory(nil)

	t.Run("tells who somebody is", func(t *testing.T) {
		p, err := d.Verify(t.Context(), "dora", "blue")
		want := account.Person{Source: "ldap", Subject: p.Subject, Name: "dora", DisplayName: "Dora Blue", Emails: []string{"dora@example.org", "d@example.org"}}
		if diff := cmp.Diff(want, p); err != nil || diff != "" || len(p.Subject) != 36 {
			t.Errorf("%+v, %v\n%s", p, err, diff)
		}
		again, err := d.Find(t.Context(), p.Subject)
		if diff := cmp.Diff(p, again); err != nil || diff != "" {
			t.Errorf("found again: %v\n%s", err, diff)
		}
		if p, err := d.Verify(t.Context(), "DORA", "blue"); err != nil || p.Name != "dora" {
			t.Errorf("in large letters: %+v, %v", p, err)
		}
	})
	t.Run("refuses what is wrong", func(t *testing.T) {
		for _, c := range []struct{ user, password string }{
			{"dora", "red"}, {"dora", ""}, {"dora", "Blue"}, {"zoe", "blue"}, {"", "blue"}, {"*", "blue"}, {"d*", "blue"},
			{"dora)(uid=*", "blue"}, {"dora\x00", "blue"}, {"nopass", "x"}, {"almanac", service}, {"admin", admin},
		} {
			if p, err := d.Verify(t.Context(), c.user, c.password); err != account.ErrCredentials {
				t.Errorf("%q with %q: %+v, %v", c.user, c.password, p, err)
			}
		}
		if p, err := d.Find(t.Context(), "00000000-0000-0000-0000-000000000000"); err != account.ErrCredentials {
			t.Errorf("a stranger is found: %+v, %v", p, err)
		}
		if p, err := d.Find(t.Context(), "*"); err != account.ErrCredentials {
			t.Errorf("anybody is found: %+v, %v", p, err)
		}
	})
	t.Run("takes odd names", func(t *testing.T) {
		if p, err := d.Verify(t.Context(), "o'neil (x)*\\", "sea"); err != nil || p.Name != "o'neil (x)*\\" || p.DisplayName != "O’Neil, the 2nd" {
			t.Errorf("%+v, %v", p, err)
		}
	})
	t.Run("encrypts", func(t *testing.T) {
		for name, change := range map[string]func(*directory.Config){
			"ldaps":    func(c *directory.Config) { c.URLs = []string{s.tls} },
			"starttls": func(c *directory.Config) { c.StartTLS = true },
		} {
			if _, err := s.directory(change).Verify(t.Context(), "dora", "blue"); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := s.directory(func(c *directory.Config) { change(c); c.CAs = nil }).Verify(t.Context(), "dora", "blue"); !isAway(err) {
				t.Errorf("%s with a certificate of nobody known: %v", name, err)
			}
		}
	})
	t.Run("other settings", func(t *testing.T) {
		byMail := s.directory(func(c *directory.Config) { c.Filter = "(&(objectClass=person)(|(uid=%s)(mail=%s)))" })
		if p, err := byMail.Verify(t.Context(), "d@example.org", "blue"); err != nil || p.Name != "dora" {
			t.Errorf("by mail address: %+v, %v", p, err)
		}
		byDN := s.directory(func(c *directory.Config) { c.Attributes.ID = "dn" })
		p, err := byDN.Verify(t.Context(), "dora", "blue")
		if err != nil || p.Subject != dora {
			t.Errorf("by DN: %+v, %v", p, err)
		}
		if again, err := byDN.Find(t.Context(), p.Subject); err != nil || again.Name != "dora" {
			t.Errorf("by DN again: %+v, %v", again, err)
		}
		if _, err := byDN.Find(t.Context(), "uid=zoe,"+people); err != account.ErrCredentials {
			t.Errorf("by a DN that is not there: %v", err)
		}
		second := s.directory(func(c *directory.Config) { c.URLs = []string{"ldap://" + freeAddress(t), s.plain} })
		if _, err := second.Verify(t.Context(), "dora", "blue"); err != nil {
			t.Errorf("the second address: %v", err)
		}
	})
	t.Run("a fault of the set-up is nobody's wrong password", func(t *testing.T) {
		for name, change := range map[string]func(*directory.Config){
			"the service's password":  func(c *directory.Config) { c.BindPassword = "x" },
			"nobody may search":       func(c *directory.Config) { c.BindDN = "" },
			"two entries":             func(c *directory.Config) { c.Filter = "(|(uid=%s)(uid=nopass))" },
			"an ID that is not there": func(c *directory.Config) { c.Attributes.ID = "employeeNumber" },
		} {
			if p, err := s.directory(change).Verify(t.Context(), "dora", "blue"); !isAway(err) {
				t.Errorf("%s: %+v, %v", name, p, err)
			}
		}
	})
	t.Run("who may not, and who is gone", func(t *testing.T) {
		d := s.directory(func(c *directory.Config) { c.Filter = "(&(uid=%s)(!(employeeType=left)))" })
		p, err := d.Verify(t.Context(), "dora", "blue")
		if err != nil {
			t.Fatal(err)
		}
		s.set(dora, "employeeType", "left")
		if _, err := d.Verify(t.Context(), "dora", "blue"); err != account.ErrCredentials {
			t.Errorf("who left: %v", err)
		}
		if _, err := d.Find(t.Context(), p.Subject); err != account.ErrCredentials {
			t.Errorf("who left, by ID: %v", err)
		}
		s.remove(dora)
		s.person("dora", "Another Dora", "blue")
		other, err := d.Verify(t.Context(), "dora", "blue")
		if err != nil || other.Subject == p.Subject {
			t.Errorf("another one of that name is %+v, %v", other, err)
		}
	})
	t.Run("is away, and back", func(t *testing.T) {
		s.stop()
		if _, err := d.Verify(t.Context(), "dora", "blue"); !isAway(err) {
			t.Errorf("away: %v", err)
		}
		s.start()
		if _, err := d.Verify(t.Context(), "dora", "blue"); err != nil {
			t.Errorf("back: %v", err)
		}
	})
}
