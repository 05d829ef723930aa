package account

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"almanac/store"
)

// A fakeDirectory is a directory in memory.
type fakeDirectory struct {
	mu        sync.Mutex
	people    map[string]Person // by user name
	passwords map[string]string
	away      bool
	asked     int
}

func (d *fakeDirectory) Source() string { return "ldap" }

func (d *fakeDirectory) Verify(_ context.Context, user, password string) (Person, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	if d.away {
		return Person{}, &UnavailableError{RetryAfter: time.Minute, Err: errors.New("no answer")}
	}
	p, ok := d.people[user]
	if !ok || d.passwords[user] != password {
		return Person{}, ErrCredentials
	}
	return p, nil
}

func (d *fakeDirectory) Find(_ context.Context, subject string) (Person, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	if d.away {
		return Person{}, &UnavailableError{RetryAfter: time.Minute, Err: errors.New("no answer")}
	}
	for _, p := range d.people {
		if p.Subject == subject {
			return p, nil
		}
	}
	return Person{}, ErrCredentials
}

// withDirectory has dora, who is known to the directory alone, and an ann there who
// is somebody else.
func withDirectory(t *testing.T) (*scene, *fakeDirectory) {
	s := newScene(t)
	d := &fakeDirectory{
		people: map[string]Person{
			"dora": {Source: "ldap", Subject: "id-dora", Name: "dora", DisplayName: "Dora", Emails: []string{"dora@example.org"}},
			"Dora": {Source: "ldap", Subject: "id-dora", Name: "dora", DisplayName: "Dora", Emails: []string{"dora@example.org"}},
			"ann":  {Source: "ldap", Subject: "id-ann", Name: "ann"},
			"mute": {Source: "ldap", Subject: "id-mute", Name: "mute"},
			"a:b":  {Source: "ldap", Subject: "id-odd", Name: "a:b"},
		},
		passwords: map[string]string{"dora": "blue", "Dora": "blue", "ann": "theirs", "mute": "m", "a:b": "x"},
	}
	s.auth.dir = d
	return s, d
}

func (s *scene) home(name string) *store.Home {
	s.t.Helper()
	var h *store.Home
	err := s.st.View(s.t.Context(), func(sn store.Snapshot) (err error) {
		h, err = sn.HomeByName(name)
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		s.t.Fatal(err)
	}
	return h
}

func TestSomebodyFromTheDirectoryGetsAnAccount(t *testing.T) {
	s, d := withDirectory(t)
	if err := s.try("dora", "red", "192.0.2.1", 0); err != ErrCredentials || s.home("dora") != nil {
		t.Errorf("with a wrong password: %v, account %+v", err, s.home("dora"))
	}
	if err := s.try("Dora", "blue", "192.0.2.1", 0); err != nil {
		t.Fatal(err)
	}
	h := s.home("dora")
	if h == nil || h.DisplayName != "Dora" || fmt.Sprint(h.Emails) != "[dora@example.org]" || h.Secret != "" || s.home("Dora") != nil {
		t.Fatalf("the account is %+v", h)
	}
	if events := s.events(AuditFilter{User: "dora"}); len(events) != 1 || events[0].Act != AccountAdded || events[0].Actor != "source:ldap" {
		t.Errorf("the log says %+v", events)
	}
	// What changes there changes here, and whoever has the name next is another.
	d.people["dora"] = Person{Source: "ldap", Subject: "id-dora", Name: "dora", DisplayName: "Dora Married", Emails: []string{"dora@example.com"}}
	if err := s.try("dora", "blue", "192.0.2.1", time.Hour); err != nil {
		t.Fatal(err)
	}
	if h := s.home("dora"); h.DisplayName != "Dora Married" || fmt.Sprint(h.Emails) != "[dora@example.com]" {
		t.Errorf("the account is %+v", h)
	}
	d.people["dora"] = Person{Source: "ldap", Subject: "id-dora-2", Name: "dora"}
	if err := s.try("dora", "blue", "192.0.2.1", 2*time.Hour); err != ErrCredentials {
		t.Errorf("somebody else of that name: %v", err)
	}
}

func TestTheDirectoryDoesNotOpenOtherAccounts(t *testing.T) {
	s, _ := withDirectory(t)
	for _, c := range []struct {
		user, password string
		want           error
	}{
		{"ann", "right", nil},
		{"ann", "theirs", ErrCredentials}, // she has a password here
		{"mute", "m", ErrCredentials},     // made here, for nobody to sign in
		{"a:b", "x", ErrCredentials},      // no user name
		{"zoe", "x", ErrCredentials},
	} {
		if err := s.try(c.user, c.password, "192.0.2.1", 0); err != c.want {
			t.Errorf("%s with %q: %v, want %v", c.user, c.password, err, c.want)
		}
	}
}

func TestADirectoryThatIsAway(t *testing.T) {
	s, d := withDirectory(t)
	if err := s.try("dora", "blue", "192.0.2.1", 0); err != nil {
		t.Fatal(err)
	}
	_, secret, err := AddAppPassword(t.Context(), s.st, s.home("dora").ID, AppPassword{}, "dora", rand.Reader, noon)
	if err != nil {
		t.Fatal(err)
	}
	d.away = true
	if err := s.try("dora", "blue", "192.0.2.1", time.Minute); err != nil {
		t.Errorf("remembered: %v", err)
	}
	for i := range 100 { // it is nobody's failure: nobody is slowed
		var away *UnavailableError
		for _, password := range []string{"blue", secret} {
			if err := s.try("dora", password, "192.0.2.1", time.Hour); !errors.As(err, &away) || away.RetryAfter != time.Minute {
				t.Fatalf("try %d: %v", i, err)
			}
		}
	}
	if err := s.try("ann", "right", "192.0.2.1", time.Hour); err != nil {
		t.Errorf("who does not need it: %v", err)
	}
	d.away = false
	if err := s.try("dora", "blue", "192.0.2.1", time.Hour); err != nil {
		t.Errorf("when it is back: %v", err)
	}
}

func TestAPollDoesNotAskTheDirectory(t *testing.T) {
	s, d := withDirectory(t)
	if err := s.try("dora", "blue", "192.0.2.1", 0); err != nil {
		t.Fatal(err)
	}
	_, secret, err := AddAppPassword(t.Context(), s.st, s.home("dora").ID, AppPassword{}, "dora", rand.Reader, noon)
	if err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{"blue", secret} {
		if err := s.try("dora", password, "192.0.2.1", 0); err != nil {
			t.Fatal(err)
		}
	}
	before := d.asked
	for i := range 50 {
		for _, password := range []string{"blue", secret} {
			if err := s.try("dora", password, "192.0.2.1", time.Duration(i)*time.Second); err != nil {
				t.Fatal(err)
			}
		}
	}
	if d.asked != before {
		t.Errorf("it was asked %d times", d.asked-before)
	}
	// Who is gone there is gone here within the time that passwords are remembered.
	delete(d.people, "dora")
	delete(d.people, "Dora")
	for _, password := range []string{"blue", secret} {
		if err := s.try("dora", password, "192.0.2.1", 5*time.Minute); err != ErrCredentials {
			t.Errorf("after she left: %v", err)
		}
		if err := s.try("dora", password, "192.0.2.1", 5*time.Minute); err != ErrCredentials {
			t.Errorf("and again: %v", err)
		}
	}
}

func TestAdmit(t *testing.T) {
	s, _ := withDirectory(t)
	const issuer = "https://id.example.org"
	person := func(subject, name string) Person { return Person{Source: issuer, Subject: subject, Name: name} }
	existing, create := Admission{Existing: true}, Admission{Create: true}
	for i, c := range []struct {
		person Person
		rule   Admission
		want   string // the account
		err    error
	}{
		{person("1", "ann"), Admission{}, "", ErrNoAccount},
		{person("1", "ann"), create, "", ErrNoAccount}, // the name is taken
		{person("1", "ann"), existing, "ann", nil},
		{person("1", "ann"), Admission{}, "ann", nil},       // from now on she is tied to it
		{person("1", "anne"), create, "ann", nil},           // whatever she is called
		{person("2", "ann"), existing, "", ErrNoAccount},    // and another one is not she
		{person("3", "mute"), existing, "", ErrNoAccount},   // nobody's
		{person("4", "newman"), existing, "", ErrNoAccount}, // not there
		{person("4", "newman"), create, "newman", nil},
		{person("5", "a/b"), create, "", &NameError{}},
		{person("", "ann"), existing, "", ErrNoAccount},
		{Person{Source: "ldap", Subject: "9", Name: "newman"}, existing, "newman", nil}, // a second tie
	} {
		who, err := s.auth.Admit(t.Context(), c.person, c.rule, noon)
		var name *NameError
		if errors.As(c.err, &name) != errors.As(err, &name) || name == nil && !errors.Is(err, c.err) || who.Name != c.want {
			t.Errorf("case %d: %+v, %v", i, who, err)
		}
	}
}

// TestSpellingsAreOneAccount guesses at one person of the directory, each time in
// another spelling that LDAP takes for the same, and from another network.
func TestSpellingsAreOneAccount(t *testing.T) {
	s, _ := withDirectory(t)
	spellings := []string{"dora", "Dora", " dora", "dora ", "dora  ", "do\u00ADra", "d\u200Dora", "\uFF44ora", "dora\uFE0F", "dora\t", "dor\u034Fa", "\U0001D41Dora"}
	for i := range DefaultThrottle.AccountFree + 1 {
		if err := s.try(spellings[i], fmt.Sprint("guess ", i), fmt.Sprintf("192.0.2.%d", i), 0); err != ErrCredentials {
			t.Errorf("guess %d at %q: %v", i, spellings[i], err)
		}
	}
	for i, name := range spellings {
		wantThrottled(t, s.try(name, "another guess", fmt.Sprintf("198.51.100.%d", i), 0))
	}
	if err := s.try("dor", "a guess", "203.0.113.1", 0); err != ErrCredentials {
		t.Errorf("at somebody else: %v", err)
	}
}
