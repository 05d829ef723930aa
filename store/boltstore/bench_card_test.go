package boltstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"almanac/dedupe/synth"
	"almanac/store"
	"almanac/vcard"
)

var benchCards = sync.OnceValue(func() []string {
	var out []string
	for _, c := range synth.Make(synth.Options{Seed: 77, Cards: 24000}).Cards {
		out = append(out, c.VCard)
	}
	return out
})

// openBook returns a store with an address book of n cards.
func openBook(b *testing.B, n int, indexed bool) *benchStore {
	b.Helper()
	s := openBench(b, Options{})
	res, err := s.Apply(context.Background(), &store.Batch{Home: s.home, Ops: []store.Op{
		store.CreateCollection{Collection: store.Collection{Kind: store.AddressBook, Name: "people"}},
	}})
	if err != nil {
		b.Fatal(err)
	}
	s.coll = res.Ops[0].Coll
	for i := 0; i < n; {
		batch := &store.Batch{Home: s.home, At: time.Now()}
		for ; i < n && len(batch.Ops) < 1000; i++ {
			batch.Ops = append(batch.Ops, s.card(b, i, s.body(i, ""), indexed))
		}
		if _, err := s.Apply(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// body is the i-th invented card, with something of its own put in before its end.
func (s *benchStore) body(i int, more string) []byte {
	text := benchCards()[i]
	if at := strings.Index(text, "UID:"); at >= 0 {
		text = text[:at+4] + fmt.Sprint(i) + "-" + text[at+4:]
	} else {
		more += fmt.Sprintf("UID:%032x@example.org\r\n", i*7919)
	}
	end := strings.LastIndex(text, "END:VCARD")
	return []byte(text[:end] + more + text[end:])
}

// card is the operation that writes it.
func (s *benchStore) card(b *testing.B, i int, body []byte, indexed bool) store.PutObject {
	c, err := vcard.Parse(body)
	if err != nil {
		b.Fatal(err)
	}
	x := store.Index{UID: c.UID, Component: "VCARD"}
	if indexed {
		x = store.IndexOfCard(c)
	}
	return store.PutObject{Coll: s.coll, Name: fmt.Sprintf("%08x-%d.vcf", uint32(i)*2654435761, i), Body: body, Index: x}
}

// BenchmarkPutCard is durable, and what is derived from the octets is part of it: a
// card that is new among many, and one that gets another number, with what cards are
// compared and found by ("indexed") and without ("plain"), in turn.
func BenchmarkPutCard(b *testing.B) {
	const n = 20000
	stores := map[string]*benchStore{"plain": openBook(b, n, false), "indexed": openBook(b, n, true)}
	for _, what := range []string{"new", "edited"} {
		b.Run(what, func(b *testing.B) {
			took := map[string][]time.Duration{}
			i := 0
			for b.Loop() {
				i++
				at, more := n+i%4000, fmt.Sprintf("NOTE:%d\r\n", i)
				if what == "edited" {
					at, more = i*7919%n, fmt.Sprintf("TEL:+41 79 %07d\r\n", i*7907%10000000)
				}
				for name, s := range stores {
					body := s.body(at, more)
					start := time.Now()
					op := s.card(b, at, body, name == "indexed")
					if _, err := s.Apply(context.Background(), &store.Batch{Home: s.home, Ops: []store.Op{op}}); err != nil {
						b.Fatal(err)
					}
					took[name] = append(took[name], time.Since(start))
				}
			}
			for name, all := range took {
				slices.Sort(all)
				b.ReportMetric(float64(all[len(all)/2].Microseconds()), name+"-median-µs")
				sum := time.Duration(0)
				for _, d := range all {
					sum += d
				}
				b.ReportMetric(float64(sum.Microseconds())/float64(i), name+"-mean-µs")
			}
		})
	}
}
