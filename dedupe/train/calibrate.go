package main

import (
	"cmp"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"

	"almanac/dedupe"
	"almanac/dedupe/synth"
)

// calibrationBooks are books that no model is trained on or chosen by.
const calibrationBooks = 60

// calibrate writes which share of the pairs in groups is true, by their scores: bins
// of some pairs each, joined until the share never falls (isotonic regression).
func calibrate(name string) error {
	type pair struct {
		score float64
		same  bool
	}
	var pairs []pair
	for i := range calibrationBooks {
		s := made(fmt.Sprintf("calibrate %d", i), synth.Options{Seed: uint64(700 + i), Cards: 5000})
		for _, g := range dedupe.Find(s.recs, dedupe.Options{Uncalibrated: true}) {
			for _, p := range g.Pairs {
				pairs = append(pairs, pair{p.Score, s.cluster[g.Members[p.A]] == s.cluster[g.Members[p.B]]})
			}
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int { return cmp.Compare(a.score, b.score) })
	type bin struct{ n, score, same float64 }
	var bins []bin
	// The surest pairs are a hundred times as many as all others.
	for _, p := range pairs {
		full := 300.0
		if p.score > 0.99 {
			full = 4000
		}
		if len(bins) == 0 || bins[len(bins)-1].n >= full {
			bins = append(bins, bin{})
		}
		b := &bins[len(bins)-1]
		b.n++
		b.score += p.score
		if p.same {
			b.same++
		}
	}
	var steps []bin
	for _, b := range bins {
		steps = append(steps, b)
		for n := len(steps); n > 1 && steps[n-2].same/steps[n-2].n >= steps[n-1].same/steps[n-1].n; n-- {
			a, b := &steps[n-2], steps[n-1]
			*a = bin{a.n + b.n, a.score + b.score, a.same + b.same}
			steps = steps[:n-1]
		}
	}
	var out strings.Builder
	for _, b := range steps {
		log.Printf("%6.0f pairs: score %.5f, %.5f are true", b.n, b.score/b.n, b.same/b.n)
		if b.score/b.n < 0.9995 { // above, the end of the line does
			fmt.Fprintf(&out, "%.5f %.5f\n", b.score/b.n, b.same/b.n)
		}
	}
	return os.WriteFile(name, []byte(out.String()), 0o666)
}
