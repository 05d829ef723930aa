package duplicates_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/account"
	"almanac/dedupe/synth"
	"almanac/duplicates"
	"almanac/store"
	"almanac/store/boltstore"
)

// invented returns a store with an address book of n invented cards.
func invented(t testing.TB, n int) (*duplicates.Desk, []string) {
	t.Helper()
	s, err := boltstore.Open(filepath.Join(t.TempDir(), "store.db"), boltstore.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	ctx := context.Background()
	res, err := s.Apply(ctx, &store.Batch{Ops: []store.Op{
		store.CreateHome{Home: store.Home{Name: "ann"}},
		store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: "people"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	b := &store.Batch{Home: res.Ops[0].Home}
	cards := synth.Make(synth.Options{Seed: 78, Cards: n}).Cards
	for i, c := range cards {
		body := withUID(c.VCard, i)
		x, err := store.IndexOf(store.AddressBook, body)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, fmt.Sprintf("%06d.vcf", i))
		b.Ops = append(b.Ops, store.PutObject{Coll: res.Ops[1].Coll, Name: names[i], Body: body, Index: x})
		if len(b.Ops) == 2000 || i == len(cards)-1 {
			if _, err := s.Apply(ctx, b); err != nil {
				t.Fatal(err)
			}
			b = &store.Batch{Home: b.Home}
		}
	}
	return &duplicates.Desk{Store: s, Who: account.Identity{Home: res.Ops[0].Home}, By: "test"}, names
}

// withUID gives a card a UID of its own in its book.
func withUID(text string, i int) []byte {
	if at := strings.Index(text, "\nUID:"); at >= 0 {
		return []byte(text[:at+5] + fmt.Sprint(i) + "-" + text[at+5:])
	}
	end := strings.LastIndex(text, "END:VCARD")
	return []byte(text[:end] + fmt.Sprintf("UID:card-%d\r\n", i) + text[end:])
}

func BenchmarkFind(b *testing.B) {
	for _, n := range []int{10000, 100000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			d, _ := invented(b, n)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := d.Find(context.Background(), duplicates.FindOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAround(b *testing.B) {
	for _, n := range []int{10000, 100000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			d, names := invented(b, n)
			var took []time.Duration
			r := rand.New(rand.NewPCG(1, 2))
			for b.Loop() {
				c, err := d.Resolve(context.Background(), names[r.IntN(len(names))])
				if err != nil {
					b.Fatal(err)
				}
				start := time.Now()
				if _, err := d.Around(context.Background(), c); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			for _, q := range []int{50, 90, 99} {
				b.ReportMetric(float64(took[(len(took)-1)*q/100].Microseconds()), fmt.Sprintf("p%d-µs", q))
			}
		})
	}
}
