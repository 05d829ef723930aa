//go:build interop

package ldap

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
)

const (
	base     = "dc=example,dc=org"
	people   = "ou=people," + base
	adminDN  = "cn=admin," + base
	admin    = "the administrator's"
	serviceD = "cn=almanac," + base
	service  = "the service's"
)

// A slapd is an LDAP server in a folder of its own, with the people that the tests
// put into it.
type slapd struct {
	t      *testing.T
	dir    string
	ca     *x509.CertPool
	caFile string
	plain  string // ldap:// address
	tls    string // ldaps:// address
	cmd    *exec.Cmd
	log    bytes.Buffer
}

// nobody is whose process slapd is when the tests run as root.
const nobody = 65534

// configuration is slapd.conf: people can be searched by the service alone, and
// nobody reads a password.
const configuration = `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile %[1]s/pid
TLSCertificateFile %[1]s/cert.pem
TLSCertificateKeyFile %[1]s/key.pem
database mdb
maxsize 10485760
suffix "%[2]s"
rootdn "%[3]s"
rootpw "%[4]s"
directory %[1]s/data
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="%[5]s" read by * none
`

func startSlapd(t *testing.T) *slapd {
	t.Helper()
	dir, err := os.MkdirTemp("", "almanac-slapd-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &slapd{t: t, dir: dir, plain: "ldap://" + freeAddress(t), tls: "ldaps://" + freeAddress(t), caFile: filepath.Join(dir, "cert.pem")}
	s.makeCertificate()
	s.write("slapd.conf", fmt.Sprintf(configuration, dir, base, adminDN, admin, serviceD))
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := filepath.Walk(dir, func(path string, _ os.FileInfo, err error) error {
			if err == nil {
				err = os.Chown(path, nobody, nobody)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	s.start()
	t.Cleanup(s.stop)
	s.add(base, "objectClass", "organization", "objectClass", "dcObject", "dc", "example", "o", "Example")
	s.add(people, "objectClass", "organizationalUnit", "ou", "people")
	s.add(serviceD, "objectClass", "organizationalRole", "objectClass", "simpleSecurityObject", "cn", "almanac", "userPassword", service)
	return s
}

func freeAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func (s *slapd) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// makeCertificate makes a certificate of 127.0.0.1 that signs itself.
func (s *slapd) makeCertificate() {
	s.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		s.t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		s.t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	s.ca = x509.NewCertPool()
	s.ca.AppendCertsFromPEM(cert)
	s.write("cert.pem", string(cert))
	s.write("key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
}

// start runs slapd in the foreground, as nobody if this is root.
func (s *slapd) start() {
	s.t.Helper()
	program, err := exec.LookPath("slapd")
	if err != nil {
		program = "/usr/sbin/slapd"
	}
	s.cmd = exec.Command(program, "-h", s.plain+" "+s.tls, "-f", filepath.Join(s.dir, "slapd.conf"), "-d", "0")
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	if os.Getuid() == 0 {
		s.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatalf("%v: install Debian's slapd", err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := ldap.DialURL(s.plain)
		if err == nil {
			conn.Close()
			return
		}
		if time.Now().After(deadline) {
			s.cmd.Process.Kill()
			s.cmd.Wait()
			s.t.Fatalf("slapd does not answer: %v\n%s", err, s.log.String())
		}
	}
}

func (s *slapd) stop() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
	s.cmd = nil
}

// as runs a dialogue as the administrator.
func (s *slapd) as(dialogue func(*ldap.Conn) error) {
	s.t.Helper()
	conn, err := ldap.DialURL(s.plain)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.Bind(adminDN, admin); err != nil {
		s.t.Fatal(err)
	}
	if err := dialogue(conn); err != nil {
		s.t.Fatal(err)
	}
}

// add makes an entry of attributes and values.
func (s *slapd) add(dn string, pairs ...string) {
	s.t.Helper()
	values := map[string][]string{}
	var names []string
	for i := 0; i < len(pairs); i += 2 {
		if values[pairs[i]] == nil {
			names = append(names, pairs[i])
		}
		values[pairs[i]] = append(values[pairs[i]], pairs[i+1])
	}
	req := ldap.NewAddRequest(dn, nil)
	for _, name := range names {
		req.Attribute(name, values[name])
	}
	s.as(func(conn *ldap.Conn) error { return conn.Add(req) })
}

// person makes somebody who can sign in.
func (s *slapd) person(uid, cn, password string, pairs ...string) (dn string) {
	s.t.Helper()
	dn = "uid=" + ldap.EscapeDN(uid) + "," + people
	pairs = append([]string{"objectClass", "inetOrgPerson", "uid", uid, "cn", cn, "sn", cn}, pairs...)
	if password != "" {
		pairs = append(pairs, "userPassword", password)
	}
	s.add(dn, pairs...)
	return dn
}

func (s *slapd) remove(dn string) {
	s.t.Helper()
	s.as(func(conn *ldap.Conn) error { return conn.Del(ldap.NewDelRequest(dn, nil)) })
}

func (s *slapd) set(dn, attribute, value string) {
	s.t.Helper()
	req := ldap.NewModifyRequest(dn, nil)
	req.Replace(attribute, []string{value})
	s.as(func(conn *ldap.Conn) error { return conn.Modify(req) })
}
