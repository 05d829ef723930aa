// Package forest is a sum of small decision trees: it makes a probability of a row
// of numbers. Trees are grown one after the other, each on what the sum of those
// before has got wrong (gradient boosting with the logistic loss), so the sum is a
// log-odds and its logistic a calibrated probability.
//
// A feature may be bound to one direction: the sum then never falls, or never
// rises, with it. A forest is written as text, a line for each tree, and reading it
// back gives the same sums to the last bit.
package forest

import (
	"bufio"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A Forest is read only once it is made.
type Forest struct {
	Features int
	Base     float64 // log-odds before the first tree
	trees    [][]node
	walks    []walk // of the same trees
}

// A node sends a row to its left child when the feature is at most x, and else to
// the one behind it. A leaf has no feature, -1, and x is its value.
type node struct {
	feature int16
	left    int16
	x       float32
}

// LogOdds returns the sum for a row.
func (f *Forest) LogOdds(row []float32) float64 {
	var store [128]int32
	return f.Base + sum(f.walks, ranks(store[:0], row))
}

// A Check gives a row up when its sum after some trees is below a limit: what the
// others add is small corrections.
type Check struct {
	Trees int
	Below float64
}

// Promising is LogOdds of a row that passes all checks, which are in the order of
// their trees; ok is false for another.
func (f *Forest) Promising(row []float32, checks []Check) (logOdds float64, ok bool) {
	var store [128]int32
	ranked := ranks(store[:0], row)
	x, done := f.Base, 0
	for _, c := range checks {
		n := min(c.Trees, len(f.walks))
		x += sum(f.walks[done:n], ranked)
		if done = n; x < c.Below {
			return x, false
		}
	}
	return x + sum(f.walks[done:], ranked), true
}

// Probability returns the logistic of LogOdds.
func (f *Forest) Probability(row []float32) float64 { return Logistic(f.LogOdds(row)) }

// Logistic makes a probability of log-odds.
func Logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// First returns a forest of the first trees.
func (f *Forest) First(trees int) *Forest {
	return &Forest{Features: f.Features, Base: f.Base, trees: f.trees[:trees], walks: f.walks[:trees]}
}

// Loss is the mean logistic loss on rows with weights.
func (f *Forest) Loss(rows [][]float32, answers []bool, weights []float32) float64 {
	var loss, all float64
	for i, r := range rows {
		x := f.LogOdds(r)
		if answers[i] {
			x = -x
		}
		loss += float64(weights[i]) * (max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))))
		all += float64(weights[i])
	}
	return loss / all
}

// Trees is how many trees there are.
func (f *Forest) Trees() int { return len(f.trees) }

// String writes the forest as Parse reads it.
func (f *Forest) String() string {
	var b strings.Builder
	num := func(x float32) string { return strconv.FormatFloat(float64(x), 'g', -1, 32) }
	fmt.Fprintf(&b, "forest %d %s\n", f.Features, strconv.FormatFloat(f.Base, 'g', -1, 64))
	for _, t := range f.trees {
		for i, n := range t {
			if i > 0 {
				b.WriteByte(' ')
			}
			if n.feature < 0 {
				b.WriteString(num(n.x))
			} else {
				fmt.Fprintf(&b, "%d<=%s?%d:%d", n.feature, num(n.x), n.left, n.left+1)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Parse reads a forest. It checks that every walk through a tree ends.
func Parse(text string) (*Forest, error) {
	f := &Forest{}
	s := bufio.NewScanner(strings.NewReader(text))
	s.Buffer(nil, 1<<20)
	for n := 0; s.Scan(); n++ {
		if n == 0 {
			if _, err := fmt.Sscanf(s.Text(), "forest %d %g", &f.Features, &f.Base); err != nil {
				return nil, fmt.Errorf("read a forest: %w", err)
			}
			continue
		}
		t, err := parseTree(s.Text(), f.Features)
		if err != nil {
			return nil, fmt.Errorf("read a forest, line %d: %w", n+1, err)
		}
		f.add(t)
	}
	if f.Features == 0 {
		return nil, fmt.Errorf("read a forest: no head")
	}
	return f, s.Err()
}

func parseTree(line string, features int) ([]node, error) {
	var t []node
	words := strings.Fields(line)
	for i, w := range words {
		cut := strings.Index(w, "<=")
		if cut < 0 {
			v, err := strconv.ParseFloat(w, 32)
			if err != nil {
				return nil, err
			}
			t = append(t, node{feature: -1, x: float32(v)})
			continue
		}
		limit, rest, _ := strings.Cut(w[cut+2:], "?")
		left, right, _ := strings.Cut(rest, ":")
		feature, err1 := strconv.Atoi(w[:cut])
		l, err2 := strconv.ParseFloat(limit, 32)
		a, err3 := strconv.Atoi(left)
		b, err4 := strconv.Atoi(right)
		for _, err := range []error{err1, err2, err3, err4} {
			if err != nil {
				return nil, err
			}
		}
		if feature < 0 || feature >= features || a <= i || b != a+1 || b >= len(words) || b > math.MaxInt16 {
			return nil, fmt.Errorf("node %d leads nowhere: %s", i, w)
		}
		t = append(t, node{feature: int16(feature), left: int16(a), x: float32(l)})
	}
	if len(t) == 0 {
		return nil, fmt.Errorf("empty tree")
	}
	return t, nil
}
