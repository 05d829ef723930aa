package account

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
)

var testSalt = []byte("0123456789abcdef")

func TestHashIsPHC(t *testing.T) {
	got := Hash("correct horse", testSalt)
	const prefix = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$"
	if !strings.HasPrefix(got, prefix) || len(got) != len(prefix)+43 {
		t.Fatalf("Hash = %s", got)
	}
	for _, c := range []struct {
		password string
		want     bool
	}{{"correct horse", true}, {"correct Horse", false}, {"", false}, {"correct horse ", false}} {
		ok, err := Verify(got, c.password)
		if err != nil || ok != c.want {
			t.Errorf("Verify(%q) = %v, %v; want %v", c.password, ok, err, c.want)
		}
	}
	if NeedsRehash(got) {
		t.Error("a fresh hash needs a rehash")
	}
}

func TestVerifyAnotherParametersHash(t *testing.T) {
	p := phc{memory: 64, time: 1, lanes: 4, salt: testSalt}
	p.sum = p.derive("pass", 16)
	if ok, err := Verify(p.String(), "pass"); !ok || err != nil {
		t.Errorf("Verify = %v, %v", ok, err)
	}
	if !NeedsRehash(p.String()) {
		t.Error("a cheap hash needs no rehash")
	}
}

func TestPasswordsAreComparedInNFC(t *testing.T) {
	if ok, _ := Verify(Hash("gr\u00fcn", testSalt), "gru\u0308n"); !ok {
		t.Error("a decomposed letter is another password")
	}
}

func TestVerifyRefusesWhatIsNoHash(t *testing.T) {
	good := Hash("x", testSalt)
	for name, hash := range map[string]string{
		"empty":             "",
		"another function":  strings.Replace(good, "argon2id", "argon2i", 1),
		"another version":   strings.Replace(good, "v=19", "v=16", 1),
		"no parameters":     strings.Replace(good, "m=19456,t=2,p=1", "", 1),
		"too much memory":   strings.Replace(good, "m=19456", "m=4194304", 1),
		"too many passes":   strings.Replace(good, "t=2", "t=4294967295", 1),
		"no passes":         strings.Replace(good, "t=2", "t=0", 1),
		"negative lanes":    strings.Replace(good, "p=1", "p=-1", 1),
		"parameter order":   strings.Replace(good, "m=19456,t=2", "t=2,m=19456", 1),
		"salt not base64":   strings.Replace(good, "$MDEy", "$M*Ey", 1),
		"short salt":        strings.Replace(good, "MDEyMzQ1Njc4OWFiY2RlZg", "MDEy", 1),
		"sum cut off":       good[:len(good)-30],
		"one part too many": good + "$",
	} {
		if ok, err := Verify(hash, "x"); ok || !errors.Is(err, ErrHash) {
			t.Errorf("%s: Verify(%q) = %v, %v", name, hash, ok, err)
		}
		if !NeedsRehash(hash) {
			t.Errorf("%s: needs no rehash", name)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(Hash("x", testSalt))
	f.Add("$argon2id$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg")
	f.Add("$$$$$")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parsePHC(s)
		if err != nil {
			return
		}
		again, err := parsePHC(p.String())
		if err != nil || again.memory != p.memory || again.time != p.time || again.lanes != p.lanes ||
			!bytes.Equal(again.salt, p.salt) || !bytes.Equal(again.sum, p.sum) {
			t.Fatalf("%q prints as %q, which reads as %+v, %v", s, p.String(), again, err)
		}
	})
}

func TestNewPassword(t *testing.T) {
	got, err := NewPassword(bytes.NewReader([]byte("\x00\x01\x1f\x20\xff0123456789abcde")))
	if want := "ab9a9-stuvw-xyz23-bcdef"; err != nil || got != want {
		t.Errorf("NewPassword = %q, %v; want %q", got, err, want)
	}
	if _, err := NewPassword(strings.NewReader("short")); err == nil {
		t.Error("too little randomness makes a password")
	}
}

func TestNewSecretRefuses(t *testing.T) {
	for _, p := range []string{"", strings.Repeat("x", MaxPassword+1)} {
		if s, err := NewSecret(p, bytes.NewReader(testSalt)); err == nil {
			t.Errorf("NewSecret of %d octets = %q", len(p), s)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	h := Hash("correct horse", testSalt)
	for b.Loop() {
		Verify(h, "correct horse")
	}
}

func TestDecoyIsReadLikeAHashAndFitsNothing(t *testing.T) {
	decoy, err := newDecoy(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if NeedsRehash(decoy) {
		t.Errorf("%s costs less than a real hash", decoy)
	}
	if ok, err := Verify(decoy, ""); ok || err != nil {
		t.Errorf("Verify: %v, %v", ok, err)
	}
}
