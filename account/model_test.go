package account

import (
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"almanac/store"
	"almanac/store/memstore"
)

// TestModelOfTries has devices, guessers and an owner who changes everything act in
// any order, and compares with what is right at each moment:
//
//   - Only what is valid now opens a door, however often it did before.
//   - An app password that is valid is heard, whoever guesses.
//   - The right password is refused only for a while after failures.
//   - Guesses are heard no faster than the rule says.
func TestModelOfTries(t *testing.T) {
	secret := map[string]string{"one": cheap("one"), "two": cheap("two")}
	rapid.Check(t, func(rt *rapid.T) {
		st := memstore.New()
		defer st.Close()
		ann, err := Create(t.Context(), st, store.Home{Name: "ann", Secret: secret["one"]}, "test", noon)
		if err != nil {
			rt.Fatal(err)
		}
		auth, err := New(st, Options{Random: rand.Reader})
		if err != nil {
			rt.Fatal(err)
		}
		auth.decoy = cheap("nobody has this")

		now := noon
		main, two := "one", false
		apps := map[string]string{} // secret to ID, of those that are valid
		var dead []string           // secrets of those that were removed
		heard := 0                  // guesses at ann
		lastFailure := noon.Add(-24 * time.Hour)
		addrs := rapid.SampledFrom([]string{"192.0.2.1", "198.51.100.66", "203.0.113.5"})

		try := func(door door, password, addr string) error {
			var who Identity
			var err error
			if door == doorDAV {
				who, err = auth.Check(t.Context(), "ann", password, from(addr), now)
			} else {
				who, err = auth.SignIn(t.Context(), "ann", password, "", from(addr), now)
			}
			if err == nil && (who.Home != ann || who.App != apps[password]) {
				rt.Fatalf("%q is taken as %+v", password, who)
			}
			if errors.Is(err, ErrCredentials) {
				heard++
				lastFailure = now
				if most := DefaultThrottle.AccountFree + 1 + int(now.Sub(noon)/time.Second); heard > most {
					rt.Fatalf("%d guesses were heard in %s", heard, now.Sub(noon))
				}
			}
			return err
		}
		slowed := func(err error) bool {
			var e *ThrottledError
			return errors.As(err, &e)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"wait": func(rt *rapid.T) {
				now = now.Add(rapid.SampledFrom([]time.Duration{time.Second, time.Minute, 6 * time.Minute, 2 * time.Hour}).Draw(rt, "time"))
			},
			"guess": func(rt *rapid.T) {
				for i := range rapid.IntRange(1, 12).Draw(rt, "guesses") {
					if err := try(doorDAV, fmt.Sprint("guess ", i), addrs.Draw(rt, "addr")); !errors.Is(err, ErrCredentials) && !slowed(err) {
						rt.Fatalf("a guess: %v", err)
					}
				}
			},
			"device with the account's password": func(rt *rapid.T) {
				before := lastFailure
				err := try(doorDAV, main, addrs.Draw(rt, "addr"))
				switch {
				case two && (errors.Is(err, ErrCredentials) || slowed(err)):
				case !two && err == nil:
				case !two && slowed(err) && now.Sub(before) <= DefaultThrottle.NetworkMost:
				default:
					rt.Fatalf("two-factor %v, last failure %s ago: %v", two, now.Sub(before), err)
				}
			},
			"device with the other password": func(rt *rapid.T) {
				other := map[string]string{"one": "two", "two": "one"}[main]
				if err := try(doorDAV, other, addrs.Draw(rt, "addr")); !errors.Is(err, ErrCredentials) && !slowed(err) {
					rt.Fatal(err)
				}
			},
			"device with an app password": func(rt *rapid.T) {
				for password := range apps {
					if err := try(doorDAV, password, addrs.Draw(rt, "addr")); err != nil {
						rt.Fatal(err)
					}
				}
			},
			"device with a removed app password": func(rt *rapid.T) {
				for _, password := range dead {
					if err := try(doorDAV, password, addrs.Draw(rt, "addr")); !errors.Is(err, ErrCredentials) && !slowed(err) {
						rt.Fatal(err)
					}
				}
			},
			"pages": func(rt *rapid.T) {
				err := try(doorPages, main, addrs.Draw(rt, "addr"))
				if slowed(err) && now.Sub(lastFailure) <= DefaultThrottle.NetworkMost {
					return
				}
				if two && err != ErrCodeWanted || !two && err != nil {
					rt.Fatalf("two-factor %v: %v", two, err)
				}
			},
			"pages with an app password": func(rt *rapid.T) {
				for password := range apps {
					if err := try(doorPages, password, addrs.Draw(rt, "addr")); !errors.Is(err, ErrCredentials) && !slowed(err) {
						rt.Fatal(err)
					}
				}
			},
			"change the password": func(rt *rapid.T) {
				main = rapid.SampledFrom([]string{"one", "two"}).Draw(rt, "password")
				hash := secret[main]
				if _, err := st.Apply(t.Context(), &store.Batch{Home: ann, Ops: []store.Op{store.SetHome{Secret: &hash}}}); err != nil {
					rt.Fatal(err)
				}
			},
			"add an app password": func(rt *rapid.T) {
				id, password, err := AddAppPassword(t.Context(), st, ann, AppPassword{Label: "x"}, "ann", rand.Reader, now)
				if err != nil {
					rt.Fatal(err)
				}
				apps[password] = id
			},
			"remove an app password": func(rt *rapid.T) {
				for password, id := range apps {
					if err := RemoveAppPassword(t.Context(), st, ann, id, "ann", now); err != nil {
						rt.Fatal(err)
					}
					delete(apps, password)
					dead = append(dead, password)
					return
				}
			},
			"turn two-factor on or off": func(rt *rapid.T) {
				if two = !two; !two {
					if err := EndTwoFactor(t.Context(), st, ann, "ann", now); err != nil {
						rt.Fatal(err)
					}
					return
				}
				text, _, err := BeginTwoFactor(t.Context(), st, ann, "almanac", rand.Reader, now)
				if err != nil {
					rt.Fatal(err)
				}
				raw, _ := base32Secret.DecodeString(text)
				if _, err := ConfirmTwoFactor(t.Context(), st, ann, totpCode(raw, uint64(now.Unix())/30), "ann", rand.Reader, now); err != nil {
					rt.Fatal(err)
				}
			},
			"restart": func(rt *rapid.T) {
				if err := auth.Flush(t.Context(), now); err != nil {
					rt.Fatal(err)
				}
				auth.verified.Purge()
			},
			"": func(rt *rapid.T) {
				if _, err := verifyAudit(t, st, AuditHead{}); err != nil {
					rt.Fatal(err)
				}
			},
		})
	})
}
