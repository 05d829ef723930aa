package account

import (
	"net/url"
	"testing"
	"time"
)

// TestHOTPVectors are those of RFC 4226 appendix D.
func TestHOTPVectors(t *testing.T) {
	for i, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		if got := totpCode([]byte("12345678901234567890"), uint64(i)); got != want {
			t.Errorf("count %d: %s, want %s", i, got, want)
		}
	}
}

// TestTOTPVectors are those of RFC 6238 appendix B for SHA-1, the last six of their
// eight digits.
func TestTOTPVectors(t *testing.T) {
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		step, ok := totpMatch([]byte("12345678901234567890"), want, time.Unix(at, 0), 0)
		if !ok || step != uint64(at/30) {
			t.Errorf("at %d: step %d, %v", at, step, ok)
		}
	}
}

func TestACodeOfAClockThatIsWrongByOneStep(t *testing.T) {
	secret := []byte("12345678901234567890")
	now := time.Unix(3000, 0) // step 100
	for step, want := range map[uint64]bool{98: false, 99: true, 100: true, 101: true, 102: false} {
		if got, ok := totpMatch(secret, totpCode(secret, step), now, 0); ok != want || ok && got != step {
			t.Errorf("a code of step %d: %d, %v", step, got, ok)
		}
	}
	for last, want := range map[uint64]bool{99: true, 100: false, 101: false} {
		if _, ok := totpMatch(secret, totpCode(secret, 100), now, last); ok != want {
			t.Errorf("after step %d was used: %v", last, ok)
		}
	}
}

func TestTOTPURI(t *testing.T) {
	got := totpURI("cal & more", "ann@example.org", "ABC")
	u, err := url.Parse(got)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/cal & more:ann@example.org" ||
		u.Query().Get("issuer") != "cal & more" || u.Query().Get("secret") != "ABC" {
		t.Errorf("%s: %+v, %v", got, u, err)
	}
	if want := "otpauth://totp/cal%20&%20more:ann@example.org?issuer=cal%20%26%20more&secret=ABC"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
