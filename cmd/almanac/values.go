package main

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The forms of values that settings and flags have.

func notEmpty(v string) error {
	if v == "" {
		return errors.New("is empty")
	}
	return nil
}

func optional(v string, check func(string) error) error {
	if v == "" {
		return nil
	}
	return check(v)
}

func oneOf(v string, choices ...string) error {
	if slices.Contains(choices, v) {
		return nil
	}
	return fmt.Errorf("%q is none of %s", v, strings.Join(choices, ", "))
}

// parseRate reads how many a second.
func parseRate(v string) (float64, error) {
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || !(n > 0) || n > 1e6 {
		return 0, fmt.Errorf("%q is no number above 0", v)
	}
	return n, nil
}

func checkHostPort(v string) error {
	_, port, err := net.SplitHostPort(v)
	if err != nil {
		return fmt.Errorf("%q is not HOST:PORT", v)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q has no port between 0 and 65535", v)
	} else if n > math.MaxUint16 {
		return fmt.Errorf("port %d does not exist", n)
	}
	return nil
}

func splitList(v string) []string {
	var out []string
	for part := range strings.SplitSeq(v, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func parsePrefixes(v string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, part := range splitList(v) {
		p, err := netip.ParsePrefix(part)
		if err != nil {
			a, errAddr := netip.ParseAddr(part)
			if errAddr != nil {
				return nil, fmt.Errorf("%q is neither an address nor a network like 10.0.0.0/8", part)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, p)
	}
	return out, nil
}

func parsePublicURL(v string) (*url.URL, error) {
	if v == "" {
		return nil, nil
	}
	u, err := url.Parse(v)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fmt.Errorf("%q is not a URL like https://calendar.example.org", v)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	return u, nil
}

// checkHTTPS refuses what is no address of a server that is known by a certificate.
func checkHTTPS(v string) error {
	u, err := url.Parse(v)
	if err == nil && (u.Scheme != "https" || u.Host == "") {
		err = fmt.Errorf("%q is not a URL like https://acme.example.org/directory", v)
	}
	return err
}

// parseDuration takes what time.ParseDuration takes, and days: "30d", "1d12h".
func parseDuration(v string) (time.Duration, error) {
	rest, days := v, 0.0
	if num, after, ok := strings.Cut(v, "d"); ok {
		n, err := strconv.ParseFloat(num, 64)
		if err != nil || n < 0 || n > 100_000 || n != n {
			return 0, fmt.Errorf("%q is not a duration like 30d or 36h", v)
		}
		days, rest = n, after
	}
	d := time.Duration(days * float64(24*time.Hour))
	if rest != "" {
		r, err := time.ParseDuration(rest)
		if err != nil || r < 0 {
			return 0, fmt.Errorf("%q is not a duration like 30d or 36h", v)
		}
		d += r
	}
	if v == "" || d < 0 {
		return 0, fmt.Errorf("%q is not a duration like 30d or 36h", v)
	}
	return d, nil
}

var sizeUnits = []struct {
	suffix string
	octets int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30},
	{"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9},
	{"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {"B", 1}, {"", 1},
}

// parseSize reads a number of octets: "20MiB", "20M", "512KiB", "1000000".
func parseSize(v string) (int64, error) {
	for _, u := range sizeUnits {
		num, ok := strings.CutSuffix(v, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(num), 10, 64)
		if err != nil || n <= 0 || n > math.MaxInt64/u.octets {
			break
		}
		return n * u.octets, nil
	}
	return 0, fmt.Errorf("%q is not a size like 20MiB", v)
}

// formatSize writes a number of octets so that parseSize reads it again.
func formatSize(n int64) string {
	for _, u := range []struct {
		suffix string
		octets int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= u.octets && n%u.octets == 0 {
			return strconv.FormatInt(n/u.octets, 10) + u.suffix
		}
	}
	return strconv.FormatInt(n, 10)
}

// humanSize writes a number of octets for people.
func humanSize(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	case n < 1<<30:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}
