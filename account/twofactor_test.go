package account

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// An app is an authenticator app.
type app struct{ secret []byte }

func (a app) code(after time.Duration) string {
	return totpCode(a.secret, uint64(noon.Add(after).Unix())/30)
}

// enrol turns two-factor authentication on for ann.
func (s *scene) enrol(after time.Duration) (app, []string) {
	s.t.Helper()
	text, uri, err := BeginTwoFactor(s.t.Context(), s.st, s.ann, "almanac", rand.Reader, noon.Add(after))
	if err != nil || !strings.Contains(uri, text) {
		s.t.Fatal(uri, err)
	}
	secret, err := base32Secret.DecodeString(text)
	if err != nil {
		s.t.Fatal(err)
	}
	codes, err := ConfirmTwoFactor(s.t.Context(), s.st, s.ann, app{secret}.code(after), "ann", rand.Reader, noon.Add(after))
	if err != nil {
		s.t.Fatal(err)
	}
	return app{secret}, codes
}

func (s *scene) signIn(password, code, addr string, after time.Duration) error {
	s.t.Helper()
	who, err := s.auth.SignIn(s.t.Context(), "ann", password, code, from(addr), noon.Add(after))
	if (err == nil) != (who.Home == s.ann) || who.App != "" {
		s.t.Errorf("SignIn = %+v, %v", who, err)
	}
	return err
}

func (s *scene) twoFactor() TwoFactor {
	s.t.Helper()
	two, err := s.auth.twoFactor(s.t.Context(), s.ann)
	if err != nil {
		s.t.Fatal(err)
	}
	return two
}

func TestTwoFactorAsksForACode(t *testing.T) {
	s := newScene(t)
	if err := s.signIn("right", "", "192.0.2.1", 0); err != nil {
		t.Errorf("while it is off: %v", err)
	}
	phone, recovery := s.enrol(0)
	if got := s.twoFactor(); got != (TwoFactor{On: true, Since: noon, RecoveryCodes: 10}) || len(recovery) != 10 {
		t.Errorf("it stands at %+v, with %d codes", got, len(recovery))
	}
	for _, c := range []struct {
		password, code string
		after          time.Duration
		want           error
	}{
		{"wrong", "", time.Minute, ErrCredentials},
		{"wrong", phone.code(time.Minute), time.Minute, ErrCredentials},
		{"right", "", time.Minute, ErrCodeWanted},
		{"right", "000000", time.Minute, ErrCode},
		{"right", phone.code(0), 0, ErrCode}, // it confirmed the beginning
		{"right", phone.code(time.Minute), time.Minute, nil},
		{"right", phone.code(time.Minute), time.Minute, ErrCode}, // once only
		{"right", " " + phone.code(2 * time.Minute)[:3] + " " + phone.code(2 * time.Minute)[3:], 2 * time.Minute, nil},
		{"right", recovery[3], 3 * time.Minute, nil},
		{"right", recovery[3], 3 * time.Minute, ErrCode},
		{"right", strings.ToUpper(strings.ReplaceAll(recovery[4], "-", " ")), 3 * time.Minute, nil},
	} {
		if err := s.signIn(c.password, c.code, "192.0.2.1", c.after); err != c.want {
			t.Errorf("%q with code %q: %v, want %v", c.password, c.code, err, c.want)
		}
	}
	if got := s.twoFactor().RecoveryCodes; got != 8 {
		t.Errorf("%d recovery codes are left", got)
	}
	renewed, err := NewRecoveryCodes(t.Context(), s.st, s.ann, "ann", rand.Reader, noon)
	if err != nil || len(renewed) != 10 {
		t.Fatal(renewed, err)
	}
	if err := s.signIn("right", recovery[0], "192.0.2.1", 4*time.Minute); err != ErrCode {
		t.Errorf("an old recovery code: %v", err)
	}
	if err := s.signIn("right", renewed[0], "192.0.2.1", 4*time.Minute); err != nil {
		t.Errorf("a new one: %v", err)
	}
	if err := EndTwoFactor(t.Context(), s.st, s.ann, "ann", noon); err != nil {
		t.Fatal(err)
	}
	if err := s.signIn("right", "", "192.0.2.1", 5*time.Minute); err != nil {
		t.Errorf("when it is off again: %v", err)
	}
	if err := s.try("ann", "right", "192.0.2.1", 5*time.Minute); err != nil {
		t.Errorf("and devices: %v", err)
	}
}

func TestWithTwoFactorDevicesNeedAppPasswords(t *testing.T) {
	s := newScene(t)
	_, secret := s.add(AppPassword{Label: "phone"})
	if err := s.try("ann", "right", "192.0.2.1", 0); err != nil {
		t.Fatal(err)
	}
	s.enrol(0)
	if err := s.try("ann", "right", "192.0.2.1", time.Second); err != ErrCredentials {
		t.Errorf("the account's own password, remembered: %v", err)
	}
	if err := s.try("ann", secret, "192.0.2.1", time.Second); err != nil {
		t.Errorf("an app password: %v", err)
	}
	// Whether a refused password is the right one shows in nothing: not in how
	// many tries are heard either.
	tries := func(password, addr string) (n int) {
		for err := s.try("ann", password, addr, 0); errors.Is(err, ErrCredentials); err = s.try("ann", password, addr, 0) {
			n++
		}
		return n
	}
	s = newScene(t)
	s.enrol(0)
	right := tries("right", "192.0.2.1")
	s = newScene(t)
	s.enrol(0)
	if wrong := tries("wrong", "192.0.2.1"); right != wrong {
		t.Errorf("%d tries with the right password are heard, %d with a wrong one", right, wrong)
	}
}

func TestTheAuditLogSaysWhyADeviceIsRefused(t *testing.T) {
	s := newScene(t)
	s.enrol(0)
	s.try("ann", "right", "192.0.2.1", time.Minute)
	s.flush(time.Minute)
	events := s.events(AuditFilter{Last: 1})
	if len(events) != 1 || events[0].Act != SignInFailed || events[0].Subject != "ann" || !strings.Contains(events[0].Detail, "two-factor") {
		t.Errorf("it says %+v", events)
	}
}

func TestEnrolling(t *testing.T) {
	s := newScene(t)
	ctx := t.Context()
	if _, err := ConfirmTwoFactor(ctx, s.st, s.ann, "123456", "ann", rand.Reader, noon); !errors.Is(err, ErrNotBegun) {
		t.Errorf("confirmed before it was begun: %v", err)
	}
	if _, err := NewRecoveryCodes(ctx, s.st, s.ann, "ann", rand.Reader, noon); !errors.Is(err, ErrNotBegun) {
		t.Errorf("recovery codes of nothing: %v", err)
	}
	text, _, err := BeginTwoFactor(ctx, s.st, s.ann, "almanac", rand.Reader, noon)
	if err != nil {
		t.Fatal(err)
	}
	secret, _ := base32Secret.DecodeString(text)
	if _, err := ConfirmTwoFactor(ctx, s.st, s.ann, "000000", "ann", rand.Reader, noon); !errors.Is(err, ErrCode) {
		t.Errorf("a wrong code: %v", err)
	}
	if s.twoFactor().On {
		t.Error("it is on before a code was seen")
	}
	late := 2 * time.Hour
	if _, err := ConfirmTwoFactor(ctx, s.st, s.ann, app{secret}.code(late), "ann", rand.Reader, noon.Add(late)); !errors.Is(err, ErrNotBegun) {
		t.Errorf("after two hours: %v", err)
	}
	// Another phone takes the place of the old one only when it has shown a code.
	old, _ := s.enrol(0)
	if _, _, err := BeginTwoFactor(ctx, s.st, s.ann, "almanac", rand.Reader, noon); err != nil {
		t.Fatal(err)
	}
	if err := s.signIn("right", old.code(time.Minute), "192.0.2.1", time.Minute); err != nil {
		t.Errorf("the old phone meanwhile: %v", err)
	}
	fresh, _ := s.enrol(2 * time.Minute)
	if err := s.signIn("right", old.code(3*time.Minute), "192.0.2.1", 3*time.Minute); err != ErrCode {
		t.Errorf("the old phone after that: %v", err)
	}
	if err := s.signIn("right", fresh.code(3*time.Minute), "192.0.2.1", 3*time.Minute); err != nil {
		t.Errorf("the new phone: %v", err)
	}
}

func TestACodeIsTakenOnceHoweverOftenItComesAtOnce(t *testing.T) {
	s := newScene(t)
	phone, recovery := s.enrol(0)
	for _, code := range []string{phone.code(time.Minute), recovery[0]} {
		var wg sync.WaitGroup
		var mu sync.Mutex
		in := 0
		for range 4 {
			wg.Go(func() {
				_, err := s.auth.SignIn(t.Context(), "ann", "right", code, from("192.0.2.1"), noon.Add(time.Minute))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					in++
				} else if err != ErrCode && !errors.As(err, new(*ThrottledError)) {
					t.Errorf("err = %v", err)
				}
			})
		}
		wg.Wait()
		if in != 1 {
			t.Errorf("%q let %d in", code, in)
		}
	}
}

func TestGuessingCodes(t *testing.T) {
	const home, guesser, cafe = "192.0.2.1", "198.51.100.66", "203.0.113.5"
	s := newScene(t)
	phone, recovery := s.enrol(0)
	if err := s.signIn("right", phone.code(time.Minute), home, time.Minute); err != nil {
		t.Fatal(err)
	}
	// Somebody has the password, and tries codes for a day.
	day, heard := 24*time.Hour, 0
	for after := 2 * time.Minute; after < day; after += time.Minute {
		err := s.signIn("right", fmt.Sprintf("%06d", heard), guesser, after)
		if errors.Is(err, ErrCode) {
			heard++
		} else {
			wantThrottled(t, err)
		}
	}
	if heard > 40 {
		t.Errorf("%d codes a day are heard", heard)
	}
	if err := s.signIn("right", phone.code(day), home, day); err != nil {
		t.Errorf("the owner at home: %v", err)
	}
	wantThrottled(t, s.signIn("right", phone.code(day+time.Minute), cafe, day+time.Minute))
	if err := s.signIn("right", recovery[0], cafe, day+time.Minute); err != nil {
		t.Errorf("the owner elsewhere, with a recovery code: %v", err)
	}
	if err := s.signIn("right", phone.code(day+2*time.Minute), cafe, day+2*time.Minute); err != nil {
		t.Errorf("and from there on with the app: %v", err)
	}
}

func FuzzCleanCode(f *testing.F) {
	for _, text := range []string{"123456", " 123 456 ", "abcde-fghij", "ABCDE FGHIJ", "", strings.Repeat("1", 1000), "１２３４５６"} {
		f.Add(text)
	}
	v := twoFactorValue{Secret: base32Secret.EncodeToString([]byte("12345678901234567890"))}
	f.Fuzz(func(t *testing.T, text string) {
		got := cleanCode(text)
		if len(got) > recoveryLetters+1 || strings.ContainsAny(got, "- ABCDEFGHIJKLMNOPQRSTUVWXYZ") || cleanCode(got) != got {
			t.Errorf("%q becomes %q", text, got)
		}
		if step, err := v.totp(text, noon); err == nil && totpCode([]byte("12345678901234567890"), step) != got {
			t.Errorf("%q is taken", text)
		}
	})
}
