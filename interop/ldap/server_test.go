//go:build interop

package ldap

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// An almanac is the program, serving people of a slapd.
type almanac struct {
	t       *testing.T
	program string
	data    string
	url     string
}

func startAlmanac(t *testing.T, s *slapd, settings ...string) *almanac {
	t.Helper()
	a := &almanac{t: t, program: os.Getenv("INTEROP_BINARY"), data: filepath.Join(t.TempDir(), "data")}
	if a.program == "" {
		a.program = filepath.Join(t.TempDir(), "almanac")
		if out, err := exec.Command("go", "build", "-o", a.program, "almanac/cmd/almanac").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte(service+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	a.url = "http://" + address
	cmd := exec.Command(a.program, append([]string{"serve", "--data", a.data, "--listen", address,
		"--ldap-url", s.plain, "--ldap-starttls", "yes", "--ldap-ca", s.caFile, "--ldap-bind-dn", serviceD, "--ldap-bind-password-file", password, "--ldap-base", people}, settings...)...)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the server: %v", err)
		}
		if t.Failed() {
			t.Logf("the server's log:\n%s", log.String())
		}
		for _, secret := range []string{service, "blue", "green"} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("%q is in the log", secret)
			}
		}
	})
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return a
		}
	}
	t.Fatalf("almanac does not answer:\n%s", log.String())
	return nil
}

// poll asks for somebody's calendars as a phone does.
func (a *almanac) poll(user, password string) (status int, header http.Header) {
	a.t.Helper()
	req, err := http.NewRequestWithContext(a.t.Context(), "PROPFIND", a.url+"/", strings.NewReader(
		`<propfind xmlns="DAV:"><prop><current-user-principal/></prop></propfind>`))
	if err != nil {
		a.t.Fatal(err)
	}
	req.SetBasicAuth(user, password)
	req.Header.Set("Depth", "0")
	req.Header.Set("User-Agent", "phone/1")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	if resp.StatusCode == http.StatusMultiStatus && !strings.Contains(string(body), "/"+strings.ToLower(user)+"/") {
		a.t.Errorf("%s is told to be somebody else:\n%s", user, body)
	}
	return resp.StatusCode, resp.Header
}

func (a *almanac) want(user, password string, status int) {
	a.t.Helper()
	if got, _ := a.poll(user, password); got != status {
		a.t.Errorf("%s with %q: %d, want %d", user, password, got, status)
	}
}

func (a *almanac) run(args ...string) string {
	a.t.Helper()
	cmd := exec.Command(a.program, append([]string{"--data", a.data}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		a.t.Fatalf("almanac %q: %v\n%s", args, err, out)
	}
	return string(out)
}

func TestServer(t *testing.T) {
	s := startSlapd(t)
	s.person("dora", "Dora Blue", "blue", "mail", "dora@example.org")
	s.person("gus", "Gus Green", "green")
	a := startAlmanac(t, s)

	a.want("dora", "red", http.StatusUnauthorized)
	a.want("zoe", "blue", http.StatusUnauthorized)
	if list := a.run("user", "list"); strings.Contains(list, "dora") {
		t.Errorf("a wrong password made an account:\n%s", list)
	}
	a.want("Dora", "blue", http.StatusMultiStatus)
	a.want("dora", "blue", http.StatusMultiStatus)
	var users []struct {
		Name, DisplayName, Password string
		Emails                      []string
		Collections                 int
	}
	if err := json.Unmarshal([]byte(a.run("user", "list", "--json")), &users); err != nil || len(users) != 1 {
		t.Fatalf("%+v, %v", users, err)
	}
	if u := users[0]; u.Name != "dora" || u.DisplayName != "Dora Blue" || strings.Join(u.Emails, " ") != "dora@example.org" || u.Password != "none" || u.Collections != 3 {
		t.Errorf("the account is %+v", u)
	}
	var made struct{ Password string }
	if err := json.Unmarshal([]byte(a.run("app-password", "add", "dora", "--label", "phone", "--json")), &made); err != nil {
		t.Fatal(err)
	}
	a.want("dora", made.Password, http.StatusMultiStatus)

	// While the directory is away, who was here stays, and nobody is told that
	// their password is wrong.
	s.stop()
	a.want("dora", "blue", http.StatusMultiStatus)
	a.want("dora", made.Password, http.StatusMultiStatus)
	for range 12 {
		if status, header := a.poll("gus", "green"); status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || header.Get("WWW-Authenticate") != "" {
			t.Fatalf("%d, %v", status, header)
		}
	}
	s.start()
	a.want("gus", "green", http.StatusMultiStatus)

	list := a.run("app-password", "list", "dora")
	if !strings.Contains(list, "127.0.0.1") || !strings.Contains(list, "phone/1") {
		t.Errorf("the last use is not told:\n%s", list)
	}
	a.run("app-password", "remove", "dora", "phone")
	a.want("dora", made.Password, http.StatusUnauthorized)
	log := strings.Join(strings.Fields(a.run("audit", "--user", "dora")), " ")
	for _, want := range []string{"account-added source:ldap dora", `with app password "phone"`, "wrong password", "app-password-removed"} {
		if !strings.Contains(log, want) {
			t.Errorf("the audit log does not say %q:\n%s", want, log)
		}
	}
	if out := a.run("check"); !strings.Contains(out, "All is well") {
		t.Error(out)
	}
}
