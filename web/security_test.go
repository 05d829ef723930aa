package web_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// totp is the code of an authenticator app (RFC 6238 section 4), made without the
// server's own code.
func totp(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(secret, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, at.Unix()/30)
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1000000)
}

// TestTwoFactor is a story: on, in with a code, in with a recovery code, off.
func TestTwoFactor(t *testing.T) {
	s := newSite(t, nil)
	b := s.signIn("ann")
	device := secretOnPage.FindStringSubmatch(b.post("/account/connect/other", url.Values{"label": {"Phone"}}).body)[1]
	for _, f := range []url.Values{{}, {"current": {"wrong"}}} { // a browser left alone
		b.post("/account/security/twofactor", f).is(t, http.StatusForbidden, "/account/security/twofactor", "Security")
	}
	p := b.post("/account/security/twofactor", url.Values{"current": {passwordOf("ann")}})
	p.is(t, http.StatusOK, "/account/security/twofactor", "Turn on two-factor authentication")
	secret := p.find(t, `<code>([A-Z2-7 ]+)</code>`)
	enrolment := p.find(t, `name="enrolment" value="([^"]*)"`)
	if strings.Contains(enrolment, strings.ReplaceAll(secret, " ", "")) {
		t.Error("the form has the secret in the clear")
	}
	// A mistyped code shows the same secret again; without the form it begins anew.
	p = b.post("/account/security/twofactor/on", url.Values{"code": {"000000"}, "enrolment": {enrolment}})
	p.is(t, http.StatusForbidden, "/account/security/twofactor/on", "Turn on two-factor authentication")
	if got := p.find(t, `<code>([A-Z2-7 ]+)</code>`); got != secret {
		t.Errorf("%q, then %q", secret, got)
	}
	b.post("/account/security/twofactor/on", url.Values{"code": {"000000"}}).is(t, http.StatusOK, "/account/security", "Security")
	p = b.post("/account/security/twofactor/on", url.Values{"code": {totp(t, secret, s.now())}, "enrolment": {enrolment}})
	p.is(t, http.StatusOK, "/account/security/twofactor/on", "Keep these recovery codes")
	recovery := regexp.MustCompile(`<li><code>([^<]*)</code>`).FindAllStringSubmatch(p.body, -1)
	if len(recovery) != 10 {
		t.Fatal(recovery)
	}

	if status, _ := s.propfind("/", "ann", passwordOf("ann")); status != http.StatusUnauthorized {
		t.Errorf("the main password over DAV: %d", status)
	}
	if status, _ := s.propfind("/", "ann", device); status != http.StatusMultiStatus {
		t.Errorf("the device's password over DAV: %d", status)
	}

	// In by password and code.
	enter := func(code string) (*browser, *page) {
		t.Helper()
		b := s.browser()
		p := b.post("/account/signin", url.Values{"user": {"ann"}, "password": {passwordOf("ann")}, "next": {"devices"}})
		p.is(t, http.StatusOK, "/account/signin", "One more step")
		if strings.Contains(p.body, passwordOf("ann")) || len(p.Cookies()) != 0 {
			t.Error("the page has the password in it, or signs in without a code")
		}
		b.get("/account/devices").is(t, http.StatusOK, "/account/signin", "Sign in")
		return b, b.post("/account/code", url.Values{"ticket": {p.find(t, `name="ticket" value="([^"]*)"`)}, "next": {"devices"}, "code": {code}})
	}
	_, p = enter("000000")
	p.is(t, http.StatusForbidden, "/account/code", "One more step")
	s.pass(30 * time.Second)
	code := totp(t, secret, s.now())
	b, p = enter(code)
	p.is(t, http.StatusOK, "/account/devices", "Devices")
	_, p = enter(code)
	p.is(t, http.StatusForbidden, "/account/code", "One more step")
	_, p = enter(recovery[0][1])
	p.is(t, http.StatusOK, "/account/devices", "Devices")
	_, p = enter(recovery[0][1])
	p.is(t, http.StatusForbidden, "/account/code", "One more step")

	// The step between password and code does not last.
	late := s.browser()
	p = late.post("/account/signin", url.Values{"user": {"ann"}, "password": {passwordOf("ann")}})
	ticket := p.find(t, `name="ticket" value="([^"]*)"`)
	s.pass(5 * time.Minute)
	late.post("/account/code", url.Values{"ticket": {ticket}, "code": {totp(t, secret, s.now())}}).is(t, http.StatusForbidden, "/account/code", "Sign in")

	// Off takes the password and a code.
	for _, f := range []url.Values{
		{}, {"current": {passwordOf("ann")}}, {"current": {"wrong"}, "code": {totp(t, secret, s.now())}}, {"current": {passwordOf("ann")}, "code": {"000000"}},
	} {
		b.post("/account/security/twofactor/off", f).is(t, http.StatusForbidden, "/account/security/twofactor/off", "Security")
	}
	b.post("/account/security/twofactor/off", url.Values{"current": {passwordOf("ann")}, "code": {recovery[1][1]}}).is(t, http.StatusOK, "/account/security", "Security")
	if status, _ := s.propfind("/", "ann", passwordOf("ann")); status != http.StatusMultiStatus {
		t.Errorf("the main password over DAV, afterwards: %d", status)
	}
	acts := b.get("/account/activity").body
	for _, want := range []string{"Two-factor authentication turned on", "Two-factor authentication turned off", "Recovery code used", "Device connected"} {
		if !strings.Contains(acts, want) {
			t.Errorf("%s is not among\n%s", want, acts)
		}
	}
}

func TestChangingThePassword(t *testing.T) {
	s := newSite(t, nil)
	b, other := s.signIn("ann"), s.signIn("ann")
	change := func(current, next string) *page {
		return b.post("/account/security/password", url.Values{"current": {current}, "new": {next}})
	}
	change("wrong", "a new long password").is(t, http.StatusForbidden, "/account/security/password", "Security")
	change(passwordOf("ann"), "short").is(t, http.StatusUnprocessableEntity, "/account/security/password", "Security")
	change(passwordOf("ann"), strings.Repeat("x", 1100)).is(t, http.StatusUnprocessableEntity, "/account/security/password", "Security")
	p := change(passwordOf("ann"), "a new long password")
	p.is(t, http.StatusOK, "/account/security", "Security")
	if !strings.Contains(p.body, "The password is changed.") {
		t.Error(p.body)
	}
	b.get("/account/devices").is(t, http.StatusOK, "/account/devices", "Devices")
	other.get("/account/devices").is(t, http.StatusOK, "/account/signin", "Sign in")
	if status, _ := s.propfind("/", "ann", "a new long password"); status != http.StatusMultiStatus {
		t.Errorf("DAV with the new password: %d", status)
	}
}

// TestNoSecretIsLogged goes through whatever has secrets in it, with the log at its
// most talkative.
func TestNoSecretIsLogged(t *testing.T) {
	s := newSite(t, nil)
	b := s.signIn("ann")
	secrets := []string{passwordOf("ann"), "a new long password"}
	cookie, _ := url.Parse(s.http.URL + "/account/")
	secrets = append(secrets, b.client.Jar.Cookies(cookie)[0].Value)
	for _, kind := range []string{"other", "android"} {
		secrets = append(secrets, secretOnPage.FindStringSubmatch(b.post("/account/connect/"+kind, url.Values{"label": {"x"}}).body)[1])
	}
	link := b.post("/account/connect/apple", url.Values{"label": {"x"}, "how": {"scan"}}).find(t, `token=([\w-]+)`)
	secrets = append(secrets, link)
	secrets = append(secrets, regexp.MustCompile(`CalDAVPassword</key>\n<string>([^<]*)`).FindStringSubmatch(b.get("/account/profile?token=" + link).body)[1])
	b.post("/account/security/password", url.Values{"current": {passwordOf("ann")}, "new": {"a new long password"}})
	b.post("/account/signin", url.Values{"user": {"ann"}, "password": {"a new long password"}})
	s.http.Close()
	for _, secret := range secrets {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("%q is in the log:\n%s", secret, s.log.String())
		}
	}
}
