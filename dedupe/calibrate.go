package dedupe

import (
	_ "embed"
	"fmt"
	"sort"
	"strings"
	"sync"
)

// calibration.txt is written by the program in dedupe/train: on each line a score and
// how many of the pairs of that score are one, in books that the model has not seen.
//
//go:embed calibration.txt
var calibrationText string

type knot struct{ score, probability float64 }

var knots = sync.OnceValue(func() []knot {
	ks, err := parseKnots(calibrationText)
	if err != nil {
		panic(err)
	}
	return ks
})

func parseKnots(text string) ([]knot, error) {
	ks := []knot{{0, 0}}
	for line := range strings.Lines(text) {
		var k knot
		if _, err := fmt.Sscan(line, &k.score, &k.probability); err != nil {
			return nil, fmt.Errorf("dedupe: read calibration.txt, line %d: %w", len(ks), err)
		}
		if last := ks[len(ks)-1]; !(k.score > last.score && k.score < 1 && k.probability >= last.probability && k.probability <= 1) {
			return nil, fmt.Errorf("dedupe: calibration.txt falls in line %d", len(ks))
		}
		ks = append(ks, k)
	}
	return append(ks, knot{1, 1}), nil
}

// calibrated makes a probability of a score in a group. A pair's score is a
// probability among all pairs that are compared; those in a group are what was left
// of them when all members had been weighed, and of many links the strongest. It
// never falls when the score rises.
func calibrated(score float64) float64 {
	ks := knots()
	i := sort.Search(len(ks)-1, func(i int) bool { return ks[i].score >= score })
	if i == 0 {
		return ks[0].probability
	}
	a, b := ks[i-1], ks[i]
	return a.probability + (b.probability-a.probability)*(score-a.score)/(b.score-a.score)
}
