package web

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/account"
)

// TestMessages: every message that a page or the code names is there in every
// language, with the same arguments, and none is left that nothing names.
func TestMessages(t *testing.T) {
	files, err := filepath.Glob("pages/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	sources, _ := filepath.Glob("*.go")
	var text strings.Builder
	for _, file := range append(files, sources...) {
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "messages") {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(src)
	}
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`\bt "([^"]+)"|text\("([^"]+)"`).FindAllStringSubmatch(text.String(), -1) {
		used[m[1]+m[2]] = true
	}
	for key := range used {
		if _, ok := messages[key]; !ok {
			t.Errorf("there is no message %s", key)
		}
	}
	verbs := regexp.MustCompile(`%[a-z]`)
	made := regexp.MustCompile(`^(kind|act|channel|place|place\.kind)\.`) // named by code that puts a key together
	for key, m := range messages {
		for i, s := range m {
			if s == "" || strings.TrimSpace(s) != s {
				t.Errorf("%s: %q in %s", key, s, langs[i].Tag)
			}
			if !slices.Equal(verbs.FindAllString(s, -1), verbs.FindAllString(m[0], -1)) {
				t.Errorf("%s: %q and %q have other arguments", key, m[0], s)
			}
		}
		if !used[key] && !made.MatchString(key) && !strings.Contains(text.String(), `"`+key+`"`) {
			t.Errorf("nothing says %s", key)
		}
	}
	for _, kind := range deviceKinds {
		if _, ok := messages["kind."+kind]; !ok {
			t.Errorf("no message for %s", kind)
		}
	}
	for _, act := range []account.Act{account.SignedIn, account.SignInFailed, account.AccountAdded, account.AccountChanged, account.AccountLinked,
		account.PasswordSet, account.AppPasswordAdded, account.AppPasswordRemoved, account.TwoFactorOn, account.TwoFactorOff,
		account.RecoveryCodesMade, account.RecoveryCodeUsed, account.RoleChanged, account.ShareAdded, account.ShareChanged, account.ShareRemoved, account.AdminAct} {
		if _, ok := messages["act."+string(act)]; !ok {
			t.Errorf("no message for %s", act)
		}
	}
	for _, r := range reasons {
		if _, ok := messages[r.message]; !ok {
			t.Errorf("no message %s", r.message)
		}
	}
	for name, title := range titles {
		if _, ok := messages[title]; !ok || pages[english].Lookup(name) == nil {
			t.Errorf("title %s of page %s", title, name)
		}
	}
}

func TestLangOf(t *testing.T) {
	for _, c := range []struct {
		accept, cookie string
		want           lang
	}{
		{"", "", english}, {"de-CH, en;q=0.5", "", german}, {"fr-CA", "", french}, {"it;q=0.1, ja", "", italian}, {"ja, ko", "", english},
		{"en", "de", german}, {"de", "xx", german}, {"*", "", english}, {";;;=", "", english}, {strings.Repeat("de,", 1000), "", english},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", c.accept)
		if c.cookie != "" {
			r.Header.Set("Cookie", langCookie+"="+c.cookie)
		}
		if got := langOf(r); got != c.want {
			t.Errorf("%.20q with %q: %s, want %s", c.accept, c.cookie, got, c.want)
		}
	}
}

func TestDates(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 5, 0, 0, time.UTC)
	for l, want := range map[lang]string{english: "2 Mar 2026, 09:05 UTC", french: "2 mars 2026, 09:05 UTC", german: "2. März 2026, 09:05 UTC", italian: "2 mar 2026, 09:05 UTC"} {
		if got := l.moment(at); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestClientWords(t *testing.T) {
	for agent, want := range map[string]string{
		"": "", "DAVx5/4.5.1 (x)": "DAVx5", "iOS/26.1 (23B85) dataaccessd/1.0": "iOS",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile/15E148 Safari/604.1": "Safari, iPhone",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0":                "Edge, Windows",
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.3":                                       "Thunderbird, Linux",
		"Mozilla/5.0": "",
	} {
		if got := clientWords(agent); got != want {
			t.Errorf("%q: %q, want %q", agent, got, want)
		}
	}
}
