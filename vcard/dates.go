package vcard

import (
	"regexp"
	"strings"
)

// The formats of dates and times. 3.0 writes them in the extended form of ISO
// 8601 (RFC 2426 section 3.1.5), 4.0 in the basic form, where a leading part can
// be left out (RFC 6350 section 4.3).
var (
	datePattern   = regexp.MustCompile(`^(\d{4})-?(\d{2})-?(\d{2})(?:T(.+))?$`)
	timePattern   = regexp.MustCompile(`^(\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?$`)
	noYearPattern = regexp.MustCompile(`^--(\d{2})-?(\d{2})$`)
	zonePattern   = regexp.MustCompile(`^([+-]\d{2})(?::?(\d{2}))?$`)
	geoPattern    = regexp.MustCompile(`^(-?\d+(?:\.\d+)?)[;,]\s*(-?\d+(?:\.\d+)?)$`)
)

// appleNoYear is the year that Apple writes for a birthday without one, together
// with the parameter X-APPLE-OMIT-YEAR of the same value. It is a leap year.
const appleNoYear = "1604"

// extendedDate makes 1985-04-12 or 1985-04-12T10:22:00-08:00 of a complete date
// in either form. ok is false for any other text.
func extendedDate(s string) (out string, ok bool) {
	return formatDate(s, "-", ":")
}

// basicDate makes 19850412 or 19850412T102200-0800 of a complete date in either
// form. ok is false for any other text.
func basicDate(s string) (out string, ok bool) {
	return formatDate(s, "", "")
}

func formatDate(s, dash, colon string) (out string, ok bool) {
	m := datePattern.FindStringSubmatch(strings.ToUpper(strings.TrimSpace(s)))
	if m == nil {
		return "", false
	}
	out = m[1] + dash + m[2] + dash + m[3]
	if m[4] == "" {
		return out, true
	}
	t := timePattern.FindStringSubmatch(m[4])
	if t == nil {
		return "", false
	}
	for i := range t {
		if i > 1 && i < 4 && t[i] == "" {
			t[i] = "00"
		}
	}
	zone := t[4]
	if zone != "" && zone != "Z" {
		zone = formatZone(zone, colon)
	}
	return out + "T" + t[1] + colon + t[2] + colon + t[3] + zone, true
}

// formatZone writes an offset from UTC with colon between hours and minutes, ""
// when it is none.
func formatZone(s, colon string) string {
	m := zonePattern.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return ""
	}
	if m[2] == "" {
		m[2] = "00"
	}
	return m[1] + colon + m[2]
}
