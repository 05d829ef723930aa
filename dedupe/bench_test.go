package dedupe_test

import (
	"fmt"
	"sync"
	"testing"

	"almanac/dedupe"
	"almanac/dedupe/synth"
)

var madeBooks sync.Map

// texts returns the cards of an invented book.
func texts(cards int) []string {
	if t, ok := madeBooks.Load(cards); ok {
		return t.([]string)
	}
	var out []string
	for _, c := range synth.Make(synth.Options{Seed: 77, Cards: cards}).Cards {
		out = append(out, c.VCard)
	}
	madeBooks.Store(cards, out)
	return out
}

func records(t testing.TB, texts []string) []*dedupe.Record {
	var recs []*dedupe.Record
	for _, text := range texts {
		rec, err := dedupe.Read([]byte(text), "CH")
		if err != nil {
			t.Fatal(err)
		}
		recs = append(recs, rec)
	}
	return recs
}

func BenchmarkRead(b *testing.B) {
	cards := texts(1000)
	b.ReportAllocs()
	for b.Loop() {
		records(b, cards)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(cards)), "µs/card")
}

func BenchmarkFind(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			recs := records(b, texts(n))
			b.ReportAllocs()
			for b.Loop() {
				dedupe.Find(recs, dedupe.Options{})
			}
		})
	}
}
