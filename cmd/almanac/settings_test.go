package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

func TestEverySettingHasADefaultThatIsValid(t *testing.T) {
	s := testSettings(t)
	if err := s.check(); err != nil {
		t.Error(err)
	}
	if s.HistoryKeep != 30*24*time.Hour || s.MaxObjectSize != 20<<20 || s.BodyRate != 4096 || len(s.TrustedProxies) != 2 {
		t.Errorf("defaults are %+v", s)
	}
}

func TestSettingsRefuse(t *testing.T) {
	for _, c := range []struct{ name, value string }{
		{"data", ""}, {"listen", "8008"}, {"listen", "host:"}, {"listen", "host:65536"}, {"listen", "host:http"},
		{"public-url", "calendar.example.org"}, {"public-url", "ftp://example.org"}, {"public-url", "https://ann:pw@example.org"},
		{"public-url", "https://example.org/?q"}, {"acme-listen", "80"}, {"trusted-proxies", "10.0.0.0/33"},
		{"history-keep", "30"}, {"history-keep", "-1h"}, {"history-keep", ""}, {"history-keep", "NaNd"},
		{"max-body", "0"}, {"max-body", "-1MiB"}, {"max-body", "much"}, {"max-body", "9999999999GiB"}, {"max-object-size", "MiB"},
		{"acme-directory", ""}, {"acme-directory", "http://acme.example.org/"}, {"acme-directory", "https:///directory"},
		{"series-cache", "0"}, {"text-index", "-1MiB"},
		{"ldap-url", "http://ldap.example.org"}, {"ldap-starttls", "true"}, {"ldap-user-filter", "(uid=ann)"}, {"ldap-user-filter", "(uid=%s"},
		{"ldap-attributes", "id="}, {"oidc-issuer", "http://id.example.org"}, {"oidc-user-claim", ""}, {"oidc-accounts", "all"}, {"audit-keep", "long"},
		{"log-level", "loud"}, {"log-format", "xml"},
	} {
		for _, row := range settings {
			if row.name == c.name && row.set(new(Settings), c.value) == nil {
				t.Errorf("%s takes %q", c.name, c.value)
			}
		}
	}
	for _, s := range []*Settings{{TLSCert: "c"}, {TLSKey: "k"}, {TLSCert: "c", TLSKey: "k", ACMEDomain: []string{"d"}}} {
		if s.check() == nil {
			t.Errorf("%+v is taken", s)
		}
	}
}

func TestSizesAndDurations(t *testing.T) {
	for v, want := range map[string]int64{"1": 1, "1B": 1, "2kB": 2000, "3KiB": 3 << 10, "4MiB": 4 << 20, "5MB": 5e6, "1GiB": 1 << 30, "10 MiB": 10 << 20} {
		if got, err := parseSize(v); err != nil || got != want {
			t.Errorf("parseSize(%q) = %d, %v", v, got, err)
		}
	}
	for _, n := range []int64{1, 1023, 1024, 1025, 20 << 20, 3 << 30} {
		if got, err := parseSize(formatSize(n)); err != nil || got != n {
			t.Errorf("%d is written %s, which is read as %d, %v", n, formatSize(n), got, err)
		}
	}
	for v, want := range map[string]time.Duration{"30d": 720 * time.Hour, "1d12h": 36 * time.Hour, "90m": 90 * time.Minute, "0.5d": 12 * time.Hour, "0s": 0} {
		if got, err := parseDuration(v); err != nil || got != want {
			t.Errorf("parseDuration(%q) = %s, %v", v, got, err)
		}
	}
}

func TestPrecedence(t *testing.T) {
	resolve := func(file string, environ []string, args ...string) (*Settings, string, error) {
		cmd := &cobra.Command{Use: "serve"}
		addSettingFlags(cmd)
		cmd.Flags().String("data", "", "")
		if err := cmd.ParseFlags(args); err != nil {
			t.Fatal(err)
		}
		r := &resolver{flags: cmd.Flags(), environ: environ,
			getenv: func(name string) string {
				for _, kv := range environ {
					if v, ok := strings.CutPrefix(kv, name+"="); ok {
						return v
					}
				}
				return ""
			},
			read: func(name string) ([]byte, error) {
				if file == "" || name != "almanac-data/almanac.toml" {
					return nil, os.ErrNotExist
				}
				return []byte(file), nil
			}}
		s, all, err := r.resolve()
		for _, v := range all {
			if v.name == "listen" {
				return s, v.source, err
			}
		}
		return s, "", err
	}
	const file = `listen = "file:1"`
	env := []string{"ALMANAC_LISTEN=env:1", "PATH=/bin", "ALMANACX=1"}
	for _, c := range []struct {
		file         string
		environ      []string
		args         []string
		want, source string
	}{
		{"", nil, nil, "127.0.0.1:8008", "default"},
		{file, nil, nil, "file:1", "almanac-data/almanac.toml"},
		{file, env, nil, "env:1", "$ALMANAC_LISTEN"},
		{file, env, []string{"--listen", "flag:1"}, "flag:1", "--listen"},
		{file, []string{"ALMANAC_LISTEN="}, nil, "file:1", "almanac-data/almanac.toml"},
	} {
		s, source, err := resolve(c.file, c.environ, c.args...)
		if err != nil || s.Listen != c.want || source != c.source {
			t.Errorf("%q %q %q: %+v from %s, %v", c.file, c.environ, c.args, s, source, err)
		}
	}
	if _, _, err := resolve(`data = "x"`, nil); err == nil || !strings.Contains(err.Error(), "data cannot be set") {
		t.Errorf("data in the file that is found through it: %v", err)
	}
}

func TestDidYouMean(t *testing.T) {
	names := []string{"listen", "log-level", "log-format"}
	for word, want := range map[string]string{"lisen": "; did you mean listen?", "LOG-LEVLE": "; did you mean log-level?", "colour": "", "": ""} {
		if got := didYouMean(word, names); got != want {
			t.Errorf("didYouMean(%q) = %q", word, got)
		}
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte("listen = \"a:1\"\nmax-body = 5\n"))
	f.Add([]byte("trusted-proxies = [\"10.0.0.0/8\", \"::1\"]"))
	f.Add([]byte("[listen]\nx = 1"))
	f.Fuzz(func(t *testing.T, text []byte) {
		values, err := parseConfig(text)
		if err != nil {
			return
		}
		s := new(Settings)
		for _, row := range settings {
			if v, ok := values[row.name]; ok {
				_ = row.set(s, v) // may refuse, must not panic
			}
		}
	})
}
