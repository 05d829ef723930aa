package account

import (
	"crypto/rand"
	"path/filepath"
	"testing"

	"almanac/store"
	"almanac/store/boltstore"
)

// BenchmarkCheckRemembered is what every poll pays: a password that was verified a
// short while ago, the account's own or an app password.
func BenchmarkCheckRemembered(b *testing.B) {
	st, err := boltstore.Open(filepath.Join(b.TempDir(), "almanac.db"), boltstore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	ann, err := Create(b.Context(), st, store.Home{Name: "ann", Secret: cheap("right")}, "test", noon)
	if err != nil {
		b.Fatal(err)
	}
	var app string
	for range 5 {
		if _, app, err = AddAppPassword(b.Context(), st, ann, AppPassword{Label: "phone"}, "test", rand.Reader, noon); err != nil {
			b.Fatal(err)
		}
	}
	auth, err := New(st, Options{Random: rand.Reader})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct{ name, password string }{{"own", "right"}, {"app", app}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := auth.Check(b.Context(), "ann", c.password, from("192.0.2.1"), noon); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
