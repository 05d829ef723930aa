package account

import (
	"errors"
	"strings"
	"testing"
)

func TestCheckName(t *testing.T) {
	for _, c := range []struct {
		name, reason string // "" for a name that can be
	}{
		{"work", ""},
		{"a:b;c@d&e=f+g$h,i!j'k(l)m*n", ""},
		{"Ferien ☀ 2026", ""},
		{" lead", ""},
		{"...", ""},
		{strings.Repeat("é", 127), ""},
		{"", "is empty"},
		{".", "has a meaning of its own in paths (RFC 3986 section 5.2.4)"},
		{"..", "has a meaning of its own in paths (RFC 3986 section 5.2.4)"},
		{"a/b", "contains a slash"},
		{"a\x00b", "contains a control character"},
		{"a\nb", "contains a control character"},
		{"a\u0085b", "contains a control character"},
		{"a\xffb", "is not valid UTF-8"},
		{strings.Repeat("é", 128), "is longer than 255 octets"},
	} {
		checkReason(t, "CheckName", c.name, c.reason, CheckName(c.name))
	}
}

func TestCheckUserName(t *testing.T) {
	for _, c := range []struct{ name, reason string }{
		{"ann", ""},
		{"ann@example.org", ""},
		{"Zoë Müller", ""},
		{"山田", ""},
		{"a/b", "contains a slash"},
		{"a:b", "contains a colon, which ends the user name in RFC 7617 section 2"},
		{" ann", "begins or ends with a blank"},
		{"ann ", "begins or ends with a blank"},
		{"an\u200bn", "contains an invisible character"},
		{"an\u202en", "contains an invisible character"},
		{"an\u00a0n", "contains an invisible character"},
		{"Zoe\u0308", `is not in Unicode form NFC; use "Zoë"`},
	} {
		checkReason(t, "CheckUserName", c.name, c.reason, CheckUserName(c.name))
	}
}

func checkReason(t *testing.T, what, name, want string, err error) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Errorf("%s(%q) = %v", what, name, err)
		}
		return
	}
	var e *NameError
	if !errors.As(err, &e) || e.Name != name || e.Reason != want {
		t.Errorf("%s(%q) = %v, want reason %q", what, name, err, want)
	}
}
