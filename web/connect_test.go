package web_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"html"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"howett.net/plist"

	"almanac/store"
	"almanac/web"
)

var (
	secretOnPage = regexp.MustCompile(`<dd class="secret"><span class="value"><code>([^<]*)</code>`)
	passwordForm = regexp.MustCompile(`^[a-z2-9]{5}(-[a-z2-9]{5}){3}$`)
)

// TestPasswordForADevice: it is shown once, works, is listed, and is revoked.
func TestPasswordForADevice(t *testing.T) {
	s := newSite(t, nil)
	b := s.signIn("ann")
	p := b.post("/account/connect/computer", url.Values{"label": {"  Work \t laptop\n<b> "}, "scope": {"calendars"}, "readonly": {"1"}})
	p.is(t, http.StatusOK, "/account/connect/computer", "Ready: Work laptop &lt;b&gt;")
	secret := secretOnPage.FindStringSubmatch(p.body)[1]
	if !passwordForm.MatchString(secret) {
		t.Fatalf("%q", secret)
	}
	if status, _ := s.propfind("/", "ann", secret); status != http.StatusMultiStatus {
		t.Errorf("PROPFIND: %d", status)
	}
	if status, _ := s.propfind("/", "bob", secret); status != http.StatusUnauthorized {
		t.Errorf("PROPFIND of another account: %d", status)
	}
	list := b.get("/account/devices")
	if !strings.Contains(list.body, "Work laptop &lt;b&gt;</h2>") || !strings.Contains(list.body, "Calendars only, read only") || strings.Contains(list.body, secret) {
		t.Error(list.body)
	}
	id := list.find(t, `name="id" value="([^"]*)"`)
	// Another account cannot take it away, its owner can, twice.
	s.signIn("bob").post("/account/devices/remove", url.Values{"id": {id}})
	if status, _ := s.propfind("/", "ann", secret); status != http.StatusMultiStatus {
		t.Error("bob has revoked ann's password")
	}
	for range 2 {
		b.post("/account/devices/remove", url.Values{"id": {id}}).is(t, http.StatusOK, "/account/devices", "Devices")
	}
	if status, _ := s.propfind("/", "ann", secret); status != http.StatusUnauthorized {
		t.Error("the password is taken after it was revoked")
	}
	// One that no device uses ends.
	unused := secretOnPage.FindStringSubmatch(b.post("/account/connect/other", url.Values{"label": {strings.Repeat("x", 300)}}).body)[1]
	s.pass(15 * 24 * time.Hour)
	if status, _ := s.propfind("/", "ann", unused); status != http.StatusUnauthorized {
		t.Error("the password is taken two weeks later")
	}
}

// TestPlatforms: the browser chooses the way, and names the device.
func TestPlatforms(t *testing.T) {
	s := newSite(t, nil)
	for agent, want := range map[string][2]string{
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1":                     {"apple", "iPhone, 28 Nov 2026"},
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1":                            {"apple", "Mac, 28 Nov 2026"},
		"Mozilla/5.0 (Linux; Android 15; Pixel 8) Chrome/130.0 Mobile":                            {"android", "Android, 28 Nov 2026"},
		"Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0":                  {"computer", "Linux, 28 Nov 2026"},
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36": {"computer", "Windows, 28 Nov 2026"},
		"Lynx/2.9": {"other", "Device, 28 Nov 2026"},
	} {
		b := s.signIn("ann")
		p := b.get("/account/connect", "User-Agent: "+agent)
		if got := p.find(t, `connect/(\w+)" aria-current="page"`); got != want[0] {
			t.Errorf("%s: %s", agent, got)
		}
		if got := p.find(t, `name="label" value="([^"]*)"`); got != want[1] {
			t.Errorf("%s: %s", agent, got)
		}
	}
}

// TestAndroidLinks: what the links and the codes hold.
func TestAndroidLinks(t *testing.T) {
	public, _ := url.Parse("https://cal.example.org/cal")
	s := newSite(t, func(c *web.Config) { c.PublicURL = public })
	b := s.browser()
	b.header.Set("Origin", "https://cal.example.org")
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	cookie := b.post("/cal/account/signin", url.Values{"user": {"ann"}, "password": {passwordOf("ann")}}).Cookies()[0]
	b.header.Set("Cookie", cookie.Name+"="+cookie.Value)
	p := b.get("/cal/account/connect/android")
	for _, want := range []string{`href="davx5://ann@cal.example.org/cal/"`, `href="caldavs://ann@cal.example.org/cal/"`, "https://cal.example.org/cal/"} {
		if !strings.Contains(p.body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	made := b.post("/cal/account/connect/android", url.Values{"label": {"Pixel"}})
	secret := secretOnPage.FindStringSubmatch(made.body)[1]
	if !strings.Contains(made.body, `href="davx5://ann:`+secret+`@cal.example.org/cal/"`) {
		t.Error(made.body)
	}
}

// TestProfile: a link works once, for ten minutes, without signing in; looking at
// it does not use it up.
func TestProfile(t *testing.T) {
	s := newSite(t, nil)
	ann := s.signIn("ann")
	scan := func() string {
		p := ann.post("/account/connect/apple", url.Values{"label": {"iPad"}, "how": {"scan"}})
		p.is(t, http.StatusOK, "/account/connect/apple", "Scan with the device")
		return html.UnescapeString(p.find(t, `<code>(http[^<]*)</code>`))
	}
	link := scan()
	if !strings.HasPrefix(link, s.http.URL+"/account/link?token=") {
		t.Fatal(link)
	}
	phone := s.browser()
	phone.get(link).is(t, http.StatusOK, "/account/link", "Your profile is ready")
	p := phone.get(link)
	p.is(t, http.StatusOK, "/account/link", "Your profile is ready")
	if n := strings.Count(ann.get("/account/devices").body, "iPad</h2>"); n != 0 {
		t.Error("there is a password before the profile is fetched")
	}
	download := html.UnescapeString(p.find(t, `href="(/account/profile[^"]*)"`))
	if p := phone.send(http.MethodHead, download, nil); p.StatusCode != http.StatusOK || p.body != "" {
		t.Errorf("HEAD: %d with %q", p.StatusCode, p.body)
	}
	if n := strings.Count(ann.get("/account/devices").body, "iPad</h2>"); n != 0 {
		t.Error("there is a password before the profile is fetched")
	}
	got := phone.get(download)
	for name, want := range map[string]string{"Content-Type": "application/x-apple-aspen-config", "Cache-Control": "no-store", "Content-Disposition": "attachment; filename=almanac.mobileconfig"} {
		if got.Header.Get(name) != want {
			t.Errorf("%s: %q", name, got.Header.Get(name))
		}
	}
	var profile struct {
		PayloadContent []map[string]any
	}
	if _, err := plist.Unmarshal([]byte(got.body), &profile); err != nil || len(profile.PayloadContent) != 2 {
		t.Fatalf("%v\n%s", err, got.body)
	}
	secret := profile.PayloadContent[0]["CalDAVPassword"].(string)
	if status, _ := s.propfind("/", "ann", secret); status != http.StatusMultiStatus || secret != profile.PayloadContent[1]["CardDAVPassword"] {
		t.Errorf("PROPFIND with the profile's password: %d", status)
	}
	for _, again := range []string{link, download} {
		if p := phone.get(again); p.StatusCode != http.StatusGone {
			t.Errorf("%s again: %d", again, p.StatusCode)
		}
	}
	link = scan()
	s.pass(10 * time.Minute)
	phone.get(link).is(t, http.StatusGone, "/account/link", "This link is over")
	// An account has five links at a time, and they end with it.
	first := scan()
	for range 5 {
		link = scan()
	}
	if p := phone.get(first); p.StatusCode != http.StatusGone {
		t.Errorf("the first of six links: %d", p.StatusCode)
	}
	s.apply(s.home("ann").ID, store.DeleteHome{})
	if p := phone.get(strings.Replace(link, "/link?", "/profile?", 1)); p.StatusCode != http.StatusGone {
		t.Errorf("a link of an account that is gone: %d", p.StatusCode)
	}
	// On the device itself the profile comes at once.
	p = s.signIn("bob").post("/account/connect/apple", url.Values{"label": {"Mac"}, "how": {"here"}})
	if p.StatusCode != http.StatusOK || p.Request.URL.Path != "/account/profile" || p.Request.Method != "GET" || !strings.Contains(p.body, "<string>bob</string>") {
		t.Errorf("%d %s\n%s", p.StatusCode, p.Request.URL.Path, p.body)
	}
}

// TestSignedProfile has openssl verify what a device downloads, and goes without a
// signature where there is no certificate to be had.
func TestSignedProfile(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "cal.example.org"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pair, pairErr := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, error(nil)
	s := newSite(t, func(c *web.Config) {
		c.Certificate = func() (*tls.Certificate, error) { return pair, pairErr }
	})
	b := s.signIn("ann")
	fetch := func() string {
		return b.post("/account/connect/apple", url.Values{"label": {"Mac"}, "how": {"here"}}).body
	}
	file := filepath.Join(t.TempDir(), "signed")
	if err := os.WriteFile(file, []byte(fetch()), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("openssl", "smime", "-verify", "-inform", "DER", "-in", file, "-noverify")
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil || !strings.Contains(out.String(), "<key>CalDAVPassword</key>") {
		t.Errorf("openssl: %v\n%s", err, out.String())
	}
	pair = nil
	if body := fetch(); !strings.HasPrefix(body, "<?xml") || strings.Contains(s.log.String(), "signature") {
		t.Errorf("without a certificate: %.100q", body)
	}
	pairErr = errors.New("the certificate cannot be read")
	if body := fetch(); !strings.HasPrefix(body, "<?xml") || !strings.Contains(s.log.String(), "the certificate cannot be read") {
		t.Errorf("with a broken certificate: %.100q", body)
	}
}

// A davx5 does what the app does, in its order and with its headers.
type davx5 struct{ *site }

func (d davx5) call(method, target string, body io.Reader, header ...string) (*http.Response, string) {
	d.t.Helper()
	r, err := http.NewRequest(method, target, body)
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("User-Agent", "DAVx5/4.5.1-ose (at.bitfire.davdroid; okhttp/5.1.0) Android/16")
	r.Header.Set("Accept-Language", "de-CH, en;q=0.7, *;q=0.5")
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	// It follows no redirect by itself, and refuses one on OPTIONS.
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return res, string(text)
}

// TestLoginFlowOfDAVx5 goes from the app's first request to the detection of its
// services.
func TestLoginFlowOfDAVx5(t *testing.T) {
	s := newSite(t, nil)
	app := davx5{s}
	res, body := app.call("POST", s.http.URL+"/index.php/login/v2", strings.NewReader(""))
	var begun struct {
		Poll  struct{ Token, Endpoint string }
		Login string
	}
	if err := json.Unmarshal([]byte(body), &begun); err != nil || res.StatusCode != 200 || res.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Fatalf("%d %v %v\n%s", res.StatusCode, res.Header, err, body)
	}
	poll := func() (*http.Response, string) {
		return app.call("POST", begun.Poll.Endpoint, strings.NewReader("token="+begun.Poll.Token), "Content-Type: application/x-www-form-urlencoded")
	}
	if res, body := poll(); res.StatusCode != http.StatusNotFound || body != "[]" {
		t.Errorf("before the grant: %d %s", res.StatusCode, body)
	}

	// The person is led to the link, through the sign-in, and says no, then yes.
	b := s.browser()
	p := b.get(begun.Login)
	p.is(t, http.StatusOK, "/account/signin", "Sign in")
	next := html.UnescapeString(p.find(t, `name="next" value="([^"]*)"`))
	p = b.post("/account/signin", url.Values{"user": {"ann"}, "password": {passwordOf("ann")}, "next": {next}})
	p.is(t, http.StatusOK, "/account/grant", "Connect this app?")
	if !strings.Contains(p.body, "DAVx5/4.5.1-ose (at.bitfire.davdroid; okhttp/5.1.0) Android/16") {
		t.Error("the page does not name the client")
	}
	flow, label := p.find(t, `name="flow" value="([^"]*)"`), p.find(t, `name="label" value="([^"]*)"`)
	if label != "DAVx5, 28 Nov 2026" {
		t.Errorf("label %q", label)
	}
	b.post("/account/grant", url.Values{"flow": {flow}, "answer": {"no"}}).is(t, http.StatusOK, "/account/grant", "Not connected")
	if res, _ := poll(); res.StatusCode != http.StatusNotFound {
		t.Errorf("after the refusal: %d", res.StatusCode)
	}
	b.post("/account/grant", url.Values{"flow": {flow}, "answer": {"yes"}, "label": {label}}).is(t, http.StatusOK, "/account/grant", "Connected")

	// The app gets its password, once.
	res, body = poll()
	var done struct{ Server, LoginName, AppPassword string }
	if err := json.Unmarshal([]byte(body), &done); err != nil || res.StatusCode != 200 {
		t.Fatalf("%d %v\n%s", res.StatusCode, err, body)
	}
	if done.Server != s.http.URL || done.LoginName != "ann" || !passwordForm.MatchString(done.AppPassword) {
		t.Fatalf("%+v", done)
	}
	if res, _ := poll(); res.StatusCode != http.StatusNotFound {
		t.Errorf("a second time: %d", res.StatusCode)
	}

	// It goes on at server + "/remote.php/dav", and finds both services there.
	base, _ := url.Parse(strings.TrimSuffix(done.Server, "/") + "/")
	base = base.ResolveReference(&url.URL{Path: "remote.php/dav"})
	r, _ := http.NewRequest("GET", base.String(), nil)
	r.SetBasicAuth(done.LoginName, done.AppPassword)
	basic := "Authorization: " + r.Header.Get("Authorization")
	propfind := func(target, depth, props string) string {
		t.Helper()
		res, body := app.call("PROPFIND", target, strings.NewReader(`<?xml version='1.0' encoding='UTF-8' ?><propfind xmlns="DAV:" xmlns:CAL="urn:ietf:params:xml:ns:caldav" xmlns:CARD="urn:ietf:params:xml:ns:carddav"><prop>`+props+`</prop></propfind>`),
			basic, "Depth: "+depth, "Content-Type: application/xml; charset=utf-8", "Accept: application/xml, text/xml")
		if res.StatusCode != http.StatusMultiStatus || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/xml") {
			t.Fatalf("PROPFIND %s: %d %v\n%s", target, res.StatusCode, res.Header, body)
		}
		return body
	}
	for _, c := range []struct{ props, token, home string }{
		{"<resourcetype/><displayname/><current-user-principal/><CARD:addressbook-home-set/><CARD:addressbook-description/>", "addressbook", "CARD:addressbook-home-set"},
		{"<resourcetype/><displayname/><current-user-principal/><current-user-privilege-set/><CAL:calendar-home-set/><CAL:supported-calendar-component-set/>", "calendar-access", "CAL:calendar-home-set"},
	} {
		body := propfind(base.String(), "0", c.props)
		m := regexp.MustCompile(`current-user-principal><\w*:?href>([^<]*)<`).FindStringSubmatch(body)
		if m == nil {
			t.Fatalf("no principal in %s", body)
		}
		principal := s.http.URL + m[1]
		res, _ := app.call("OPTIONS", principal, nil, basic)
		if res.StatusCode != 200 || !strings.Contains(res.Header.Get("DAV"), c.token) {
			t.Errorf("OPTIONS of the principal: %d %v", res.StatusCode, res.Header)
		}
		body = propfind(principal, "0", "<"+c.home+"/>")
		m = regexp.MustCompile(`home-set[^>]*><\w*:?href[^>]*>([^<]*)<`).FindStringSubmatch(body)
		if m == nil {
			t.Fatalf("no home in %s", body)
		}
		if body := propfind(s.http.URL+m[1], "1", "<resourcetype/><displayname/>"); strings.Count(body, "response>") < 4 {
			t.Errorf("the home has nothing in it:\n%s", body)
		}
	}
	// GNOME asks nothing but OPTIONS, of this address.
	for _, path := range []string{"/remote.php/dav", "/remote.php/dav/", "/remote.php/webdav/"} {
		res, _ := app.call("OPTIONS", s.http.URL+path, nil, basic)
		if res.StatusCode != 200 || !strings.Contains(res.Header.Get("DAV"), "calendar-access") || !strings.Contains(res.Header.Get("DAV"), "addressbook") {
			t.Errorf("OPTIONS %s: %d %v", path, res.StatusCode, res.Header)
		}
		if res, _ := app.call("OPTIONS", s.http.URL+path, nil); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("OPTIONS %s without credentials: %d", path, res.StatusCode)
		}
	}
	if list := b.get("/account/devices"); !strings.Contains(list.body, "DAVx5, 28 Nov 2026</h2>") {
		t.Error(list.body)
	}
}

// TestLoginFlowEnds: links and grants last twenty minutes, and strangers cannot ask
// without end.
func TestLoginFlowEnds(t *testing.T) {
	s := newSite(t, nil)
	app, b := davx5{s}, s.signIn("ann")
	begin := func() (login, token string) {
		_, body := app.call("POST", s.http.URL+"/index.php/login/v2", nil)
		var begun struct {
			Poll  struct{ Token string }
			Login string
		}
		if err := json.Unmarshal([]byte(body), &begun); err != nil {
			t.Fatal(err)
		}
		return begun.Login, begun.Poll.Token
	}
	login, _ := begin()
	s.pass(20 * time.Minute)
	b.get(login).is(t, http.StatusGone, "/account/grant", "Too late")
	login, token := begin()
	flow := b.get(login).find(t, `name="flow" value="([^"]*)"`)
	b.post("/account/grant", url.Values{"flow": {flow}, "answer": {"yes"}, "label": {"x"}}).is(t, http.StatusOK, "/account/grant", "Connected")
	s.pass(20 * time.Minute)
	if res, _ := app.call("POST", s.http.URL+"/index.php/login/v2/poll?token="+token, nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("a grant that was not picked up: %d", res.StatusCode)
	}
	// A store that fails leaves the grant; the account's end ends it.
	login, token = begin()
	flow = b.get(login).find(t, `name="flow" value="([^"]*)"`)
	b.post("/account/grant", url.Values{"flow": {flow}, "answer": {"yes"}, "label": {"x"}}).is(t, http.StatusOK, "/account/grant", "Connected")
	poll := func(want int) {
		t.Helper()
		if res, body := app.call("POST", s.http.URL+"/index.php/login/v2/poll?token="+token, nil); res.StatusCode != want {
			t.Errorf("the poll: %d %s, want %d", res.StatusCode, body, want)
		}
	}
	s.full.Store(true)
	poll(http.StatusInternalServerError)
	s.full.Store(false)
	poll(http.StatusOK)
	poll(http.StatusNotFound)
	bob := s.signIn("bob")
	login, token = begin()
	gone := bob.get(login).find(t, `name="flow" value="([^"]*)"`)
	bob.post("/account/grant", url.Values{"flow": {gone}, "answer": {"yes"}, "label": {"x"}}).is(t, http.StatusOK, "/account/grant", "Connected")
	s.apply(s.home("bob").ID, store.DeleteHome{})
	poll(http.StatusNotFound)
	s.pass(time.Minute)
	// Another server's, or a changed, link is none of ours.
	for _, bad := range []string{flow[:len(flow)-2] + "AA", "", "x", strings.Repeat("A", 5000)} {
		b.post("/account/grant", url.Values{"flow": {bad}, "answer": {"yes"}}).is(t, http.StatusGone, "/account/grant", "Too late")
	}
	begins, polls := 0, 0
	for range 300 {
		if res, _ := app.call("POST", s.http.URL+"/index.php/login/v2", nil); res.StatusCode == 200 {
			begins++
		} else if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
			t.Fatal(res.StatusCode)
		}
		if res, _ := app.call("POST", s.http.URL+"/index.php/login/v2/poll?token=x", nil); res.StatusCode == http.StatusNotFound {
			polls++
		}
	}
	if begins != 30 || polls != 240 {
		t.Errorf("%d begun and %d polls in a minute", begins, polls)
	}
	s.pass(time.Minute)
	if res, _ := app.call("POST", s.http.URL+"/index.php/login/v2", nil); res.StatusCode != 200 {
		t.Errorf("a minute later: %d", res.StatusCode)
	}
	for _, path := range []string{"/index.php/login/flow", "/index.php/login/v2/flow/x", "/index.php/login/"} {
		if res, _ := app.call("GET", s.http.URL+path, nil); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}
