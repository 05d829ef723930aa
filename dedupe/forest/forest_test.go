package forest

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestGrow: a forest finds a rule of two features, keeps to a direction, and is the
// same when it is read back.
func TestGrow(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var rows [][]float32
	var answers []bool
	var weights []float32
	for range 4000 {
		r := []float32{rnd.Float32(), rnd.Float32(), rnd.Float32()}
		rows = append(rows, r)
		answers = append(answers, (r[0] > 0.5) != (r[1] > 0.7) || rnd.Float32() < 0.02)
		weights = append(weights, 1)
	}
	f := Grow(rows, answers, weights, Options{Trees: 40, Depth: 3, Rate: 0.3, Leaf: 2, Ridge: 1, Way: []int{0, 0, 1}})
	again, err := Parse(f.String())
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for i, r := range rows {
		if f.LogOdds(r) != again.LogOdds(r) {
			t.Fatalf("%v and %v after reading it back", f.LogOdds(r), again.LogOdds(r))
		}
		if x, ok := f.Promising(r, []Check{{10, -1e9}, {1000, -1e9}}); !ok || math.Abs(x-f.LogOdds(r)) > 1e-9 {
			t.Fatalf("%v, %v, not %v", x, ok, f.LogOdds(r))
		}
		if _, ok := f.Promising(r, []Check{{10, 1e9}}); ok {
			t.Fatal("a check that nothing passes is passed")
		}
		if (f.Probability(r) > 0.5) != answers[i] {
			wrong++
		}
		up := []float32{r[0], r[1], r[2] + 0.3}
		if f.LogOdds(up) < f.LogOdds(r) {
			t.Fatalf("%v falls to %v with a feature it may only rise with", f.LogOdds(r), f.LogOdds(up))
		}
	}
	if wrong > len(rows)/20 {
		t.Errorf("%d of %d wrong", wrong, len(rows))
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "wood 3 1", "forest 2 0\n0<=1?0:1 1", "forest 2 0\n5<=1?1:2 1 1", "forest 2 0\n0<=1?1:9 1 1", "forest 2 0\n0<=1?1:3 1 1 1", "forest 2 0\n\n", "forest 2 0\nx"} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%q is a forest", text)
		}
	}
}
