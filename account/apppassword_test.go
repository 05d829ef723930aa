package account

import (
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"almanac/store"
)

// add makes an app password of ann.
func (s *scene) add(p AppPassword) (id, secret string) {
	s.t.Helper()
	id, secret, err := AddAppPassword(s.t.Context(), s.st, s.ann, p, "ann", rand.Reader, noon)
	if err != nil {
		s.t.Fatal(err)
	}
	return id, secret
}

func (s *scene) remove(id string) {
	s.t.Helper()
	if err := RemoveAppPassword(s.t.Context(), s.st, s.ann, id, "ann", noon); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) list() []AppPassword {
	s.t.Helper()
	var all []AppPassword
	err := s.st.View(s.t.Context(), func(sn store.Snapshot) (err error) {
		all, err = AppPasswords(sn, s.ann)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// labelled returns ann's app password with that label.
func (s *scene) labelled(label string) AppPassword {
	s.t.Helper()
	for _, p := range s.list() {
		if p.Label == label {
			return p
		}
	}
	s.t.Fatalf("there is none for %s", label)
	return AppPassword{}
}

func (s *scene) flush(after time.Duration) {
	s.t.Helper()
	if err := s.auth.Flush(s.t.Context(), noon.Add(after)); err != nil {
		s.t.Fatal(err)
	}
}

func TestAnAppPasswordOpensTheAccount(t *testing.T) {
	s := newScene(t)
	scope := Scope{ReadOnly: true, Kinds: []store.Kind{store.Calendar}, Colls: []store.CollID{7}}
	id, secret := s.add(AppPassword{Label: "phone", Scope: scope})
	want := Identity{Home: s.ann, Name: "ann", App: id, Scope: scope}
	// With and without hyphens, as phones write it, and again from the cache.
	for _, typed := range []string{secret, strings.ReplaceAll(secret, "-", ""), strings.ToUpper(secret[:1]) + secret[1:], strings.ReplaceAll(secret, "-", " "), secret} {
		for _, user := range []string{"ann", "Ann"} {
			who, err := s.auth.Check(t.Context(), user, typed, from("192.0.2.1"), noon)
			if err != nil || !reflect.DeepEqual(who, want) {
				t.Errorf("%q with %q: %+v, %v; want %+v", user, typed, who, err, want)
			}
		}
	}
	if err := s.try("mute", secret, "192.0.2.1", 0); err != ErrCredentials {
		t.Errorf("another user with it: %v", err)
	}
	if _, err := s.auth.SignIn(t.Context(), "ann", secret, "", from("192.0.2.1"), noon); err != ErrCredentials {
		t.Errorf("pages take it: %v", err)
	}
	if err := s.try("ann", "right", "192.0.2.1", 0); err != nil {
		t.Errorf("the account's own password: %v", err)
	}
}

func TestARemovedAppPasswordIsRefusedAtOnce(t *testing.T) {
	s := newScene(t)
	lost, secret := s.add(AppPassword{Label: "lost phone"})
	_, other := s.add(AppPassword{Label: "laptop"})
	for _, pw := range []string{secret, other} {
		if err := s.try("ann", pw, "192.0.2.1", 0); err != nil {
			t.Fatal(err)
		}
	}
	s.remove(lost)
	if err := s.try("ann", secret, "192.0.2.1", time.Second); err != ErrCredentials {
		t.Errorf("the removed one: %v", err)
	}
	if err := s.try("ann", other, "192.0.2.1", time.Second); err != nil {
		t.Errorf("the other one: %v", err)
	}
	if err := RemoveAppPassword(t.Context(), s.st, s.ann, lost, "ann", noon); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("removed again: %v", err)
	}
	// What was noted of its use before leaves nothing behind.
	s.flush(time.Second)
	err := s.st.View(t.Context(), func(sn store.Snapshot) error {
		return sn.Records(factAppUse, "", "", func(r *store.Record) bool {
			if r.Key == appKey(s.ann, lost) {
				t.Error("its use is still there")
			}
			return true
		})
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAnAppPasswordEnds(t *testing.T) {
	s := newScene(t)
	_, dated := s.add(AppPassword{Label: "dated", Expires: noon.Add(time.Hour)})
	_, came := s.add(AppPassword{Label: "came", Unused: noon.Add(time.Hour)})
	_, never := s.add(AppPassword{Label: "never came", Unused: noon.Add(time.Hour)})
	for _, pw := range []string{dated, came} {
		if err := s.try("ann", pw, "192.0.2.1", 59*time.Minute); err != nil {
			t.Errorf("before the end: %v", err)
		}
	}
	s.flush(59 * time.Minute)
	for pw, want := range map[string]error{dated: ErrCredentials, came: nil, never: ErrCredentials} {
		if err := s.try("ann", pw, "192.0.2.1", time.Hour); err != want {
			t.Errorf("after it: %v, want %v", err, want)
		}
	}
	if err := ExpireAppPasswords(t.Context(), s.st, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if all := s.list(); len(all) != 1 || all[0].Label != "came" {
		t.Errorf("left are %+v", all)
	}
}

func TestTheLastUseIsWrittenNowAndThen(t *testing.T) {
	s := newScene(t)
	s.add(AppPassword{Label: "phone"})
	_, secret := s.add(AppPassword{Label: "laptop"})
	used := func() string {
		p := s.labelled("laptop")
		if p.LastUsed.IsZero() {
			return "never"
		}
		return fmt.Sprint(p.LastUsed.Sub(noon), " from ", p.LastAddr, " with ", p.LastClient)
	}
	poll := func(addr string, after time.Duration) {
		t.Helper()
		if err := s.try("ann", secret, addr, after); err != nil {
			t.Fatal(err)
		}
	}
	if got := used(); got != "never" {
		t.Error(got)
	}
	poll("192.0.2.1", 0)
	poll("192.0.2.1", time.Minute)
	if got := used(); got != "never" {
		t.Errorf("a request wrote it: %s", got)
	}
	s.flush(0)
	if got := used(); got != "0s from 192.0.2.1 with test" {
		t.Error(got)
	}
	poll("192.0.2.2", 2*time.Minute)
	s.flush(2 * time.Minute)
	if got := used(); got != "0s from 192.0.2.1 with test" {
		t.Errorf("within minutes: %s", got)
	}
	poll("192.0.2.2", 5*time.Minute)
	s.flush(5 * time.Minute)
	if got := used(); got != "5m0s from 192.0.2.2 with test" {
		t.Error(got)
	}
	if p := s.labelled("phone"); !p.LastUsed.IsZero() {
		t.Errorf("of another one: %+v", p)
	}
}

func TestAGuesserDoesNotSlowADevice(t *testing.T) {
	const phone, train, guesser = "192.0.2.1", "203.0.113.9", "198.51.100.66"
	s := newScene(t)
	_, secret := s.add(AppPassword{Label: "phone"})
	s.wear(guesser, 0)
	for _, addr := range []string{phone, train, guesser} { // the last may be the same office
		if err := s.try("ann", secret, addr, 0); err != nil {
			t.Errorf("from %s: %v", addr, err)
		}
	}
	wantThrottled(t, s.try("ann", "right", train, 0))
	// What only looks like one is a guess like others.
	wantThrottled(t, s.try("ann", "aaaaa-bbbbb-ccccc-ddddd", train, 0))
}

func TestAppPasswordsAreBounded(t *testing.T) {
	s := newScene(t)
	for range MaxAppPasswords {
		s.add(AppPassword{Label: strings.Repeat("long ", 100)})
	}
	_, _, err := AddAppPassword(t.Context(), s.st, s.ann, AppPassword{}, "ann", rand.Reader, noon)
	if !errors.Is(err, ErrTooMany) {
		t.Errorf("one more: %v", err)
	}
	if all := s.list(); len(all) != MaxAppPasswords || len(all[0].Label) != 200 {
		t.Errorf("%d, with labels of %d octets", len(all), len(all[0].Label))
	}
	if _, _, err := AddAppPassword(t.Context(), s.st, 77, AppPassword{}, "ann", rand.Reader, noon); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of nobody: %v", err)
	}
}

func TestASecretIsKeptAsAHash(t *testing.T) {
	s := newScene(t)
	_, secret := s.add(AppPassword{Label: "phone"})
	err := s.st.View(t.Context(), func(sn store.Snapshot) error {
		return sn.Records(factAppPassword, "", "", func(r *store.Record) bool {
			for _, text := range append([]string{r.Key, string(r.Value)}, r.Refs...) {
				if strings.Contains(text, secret) || strings.Contains(text, strings.ReplaceAll(secret, "-", "")) {
					t.Errorf("the secret is in %q", text)
				}
			}
			return true
		})
	})
	if err != nil {
		t.Error(err)
	}
}

func FuzzAppSecret(f *testing.F) {
	for _, text := range []string{"k3wtq-9xj2m-aaaaa-bbbbb", "K3WTQ 9XJ2M AAAAA BBBBB", "k3wtq", "k3wtq-9xj2m-aaaaa-bbbb0", "", "k3wtq-9xj2m-aaaaa-bbbbbb", strings.Repeat("-", 100)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ref, ok := appSecretRef(text)
		if !ok {
			return
		}
		plain := strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(text))
		again, ok := appSecretRef(plain)
		if !ok || again != ref || len(plain) != appSecretLetters || strings.Trim(plain, passwordLetters) != "" {
			t.Errorf("%q is taken, and %q is not or is another", text, plain)
		}
	})
}
