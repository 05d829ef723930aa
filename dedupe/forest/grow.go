package forest

import (
	"math"
	"slices"
	"sync"
)

// Options says how a forest grows. Way has for each feature +1, -1 or 0: the
// direction that the sum may move with it.
type Options struct {
	Trees  int
	Depth  int
	Rate   float64
	Leaf   float64 // least weight of a leaf, in sums of p(1-p)
	Ridge  float64
	Way    []int
	Ignore []bool // features not to look at
	Watch  func(tree int, loss float64)
}

const bins = 64

// Grow makes a forest of rows, each with its answer and weight. It is
// deterministic.
func Grow(rows [][]float32, answers []bool, weights []float32, o Options) *Forest {
	g := &grower{o: o, n: len(rows), features: len(rows[0])}
	g.bin(rows)
	var pos, all float64
	for i, y := range answers {
		all += float64(weights[i])
		if y {
			pos += float64(weights[i])
		}
	}
	f := &Forest{Features: g.features, Base: math.Log((pos + 1) / (all - pos + 1))}
	sum := make([]float64, g.n)
	for i := range sum {
		sum[i] = f.Base
	}
	g.grad, g.hess = make([]float64, g.n), make([]float64, g.n)
	for t := range o.Trees {
		loss := 0.0
		for i := range sum {
			p, w := Logistic(sum[i]), float64(weights[i])
			y := 0.0
			if answers[i] {
				y = 1
				loss -= w * math.Log(max(p, 1e-12))
			} else {
				loss -= w * math.Log(max(1-p, 1e-12))
			}
			g.grad[i], g.hess[i] = w*(p-y), w*max(p*(1-p), 1e-6)
		}
		if o.Watch != nil {
			o.Watch(t, loss/all)
		}
		f.add(g.tree(sum))
	}
	return f
}

// A grower holds rows in few octets each, next to one another: for each leaf all
// of its rows are read once, for all features.
type grower struct {
	o           Options
	n, features int
	binned      []uint8     // row by row
	limits      [][]float32 // by feature: the upper bound of each bin but the last
	grad, hess  []float64
	order       []int32
}

// A histogram has for each feature and bin the sums of its rows' gradients and
// second derivatives.
type histogram [][bins]struct{ g, h float64 }

func (g *grower) bin(rows [][]float32) {
	g.binned, g.limits = make([]uint8, g.features*g.n), make([][]float32, g.features)
	g.order = make([]int32, g.n)
	for f := range g.features {
		seen := map[float32]int{}
		for _, r := range rows {
			seen[r[f]]++
		}
		vals := make([]float32, 0, len(seen))
		for v := range seen {
			vals = append(vals, v)
		}
		slices.Sort(vals)
		var limits []float32
		step, have := g.n/bins, 0
		for i, v := range vals {
			have += seen[v]
			if i+1 < len(vals) && (len(vals) <= bins || have >= step) {
				limits = append(limits, (v+vals[i+1])/2)
				have = 0
			}
		}
		g.limits[f] = limits[:min(len(limits), bins-1)]
		for i, r := range rows {
			k, _ := slices.BinarySearch(g.limits[f], r[f])
			g.binned[i*g.features+f] = uint8(k)
		}
	}
}

type leaf struct {
	at        int // node
	rows      []int32
	g, h      float64
	depth     int
	low, high float64 // what directions of features above allow
	hist      histogram
}

type split struct {
	gain    float64
	feature int
	bin     int
}

func (g *grower) value(gr, h, low, high float64) float64 {
	return min(max(-gr/(h+g.o.Ridge), low), high)
}

// count makes the histogram of some rows, each half of them in a goroutine.
func (g *grower) count(rows []int32) histogram {
	var half [2]histogram
	var wg sync.WaitGroup
	for w := range half {
		wg.Go(func() {
			h := make(histogram, g.features)
			for _, i := range rows[w*len(rows)/2 : (w+1)*len(rows)/2] {
				gr, he := g.grad[i], g.hess[i]
				for f, k := range g.binned[int(i)*g.features : (int(i)+1)*g.features] {
					c := &h[f][k&(bins-1)]
					c.g += gr
					c.h += he
				}
			}
			half[w] = h
		})
	}
	wg.Wait()
	for f := range half[0] {
		for k := range half[0][f] {
			half[0][f][k].g += half[1][f][k].g
			half[0][f][k].h += half[1][f][k].h
		}
	}
	return half[0]
}

// without makes of a leaf's histogram that of one child, given the other's.
func (h histogram) without(child histogram) {
	for f := range h {
		for k := range h[f] {
			h[f][k].g -= child[f][k].g
			h[f][k].h -= child[f][k].h
		}
	}
}

// tree grows one tree level by level, and adds its values to sum.
func (g *grower) tree(sum []float64) []node {
	for i := range g.order {
		g.order[i] = int32(i)
	}
	root := leaf{rows: g.order, low: math.Inf(-1), high: math.Inf(1)}
	for i := range g.n {
		root.g += g.grad[i]
		root.h += g.hess[i]
	}
	root.hist = g.count(root.rows)
	nodes := []node{{feature: -1}}
	open := []leaf{root}
	for len(open) > 0 {
		l := open[0]
		open = open[1:]
		s := split{feature: -1}
		if l.depth < g.o.Depth && l.h >= 2*g.o.Leaf {
			s = g.best(&l)
		}
		if s.feature < 0 {
			v := float32(g.value(l.g, l.h, l.low, l.high) * g.o.Rate)
			nodes[l.at].x = v
			for _, i := range l.rows {
				sum[i] += float64(v)
			}
			continue
		}
		// Rows keep their order, so that sums are the same in every run.
		left, right := make([]int32, 0, len(l.rows)/2), make([]int32, 0, len(l.rows)/2)
		a, b := l, l
		a.g, a.h = 0, 0
		for _, i := range l.rows {
			if int(g.binned[int(i)*g.features+s.feature]) <= s.bin {
				left = append(left, i)
				a.g += g.grad[i]
				a.h += g.hess[i]
			} else {
				right = append(right, i)
			}
		}
		b.g, b.h = l.g-a.g, l.h-a.h
		a.rows, b.rows = left, right
		a.depth, b.depth = l.depth+1, l.depth+1
		if a.depth < g.o.Depth {
			small, large := &a, &b
			if len(left) > len(right) {
				small, large = &b, &a
			}
			small.hist = g.count(small.rows)
			l.hist.without(small.hist)
			large.hist = l.hist
		}
		if way := g.o.Way[s.feature]; way != 0 {
			mid := (g.value(a.g, a.h, l.low, l.high) + g.value(b.g, b.h, l.low, l.high)) / 2
			if way > 0 {
				a.high, b.low = min(a.high, mid), max(b.low, mid)
			} else {
				a.low, b.high = max(a.low, mid), min(b.high, mid)
			}
		}
		a.at, b.at = len(nodes), len(nodes)+1
		nodes[l.at] = node{feature: int16(s.feature), left: int16(a.at), x: g.limits[s.feature][s.bin]}
		nodes = append(nodes, node{feature: -1}, node{feature: -1})
		open = append(open, a, b)
	}
	return nodes
}

// best finds the split of a leaf that gains most.
func (g *grower) best(l *leaf) split {
	found := split{feature: -1, gain: 1e-9}
	for f := range g.features {
		if g.o.Ignore == nil || !g.o.Ignore[f] {
			g.bestOf(l, f, &found)
		}
	}
	return found
}

func (g *grower) bestOf(l *leaf, f int, best *split) {
	score := func(gr, h float64) float64 {
		v := g.value(gr, h, l.low, l.high)
		return -(gr*v + (h+g.o.Ridge)*v*v/2)
	}
	whole := score(l.g, l.h)
	var gl, hl float64
	for k := range g.limits[f] {
		gl += l.hist[f][k].g
		hl += l.hist[f][k].h
		gr, hr := l.g-gl, l.h-hl
		if hl < g.o.Leaf || hr < g.o.Leaf {
			continue
		}
		if way := g.o.Way[f]; way != 0 {
			d := g.value(gr, hr, l.low, l.high) - g.value(gl, hl, l.low, l.high)
			if way > 0 && d < 0 || way < 0 && d > 0 {
				continue
			}
		}
		if gain := score(gl, hl) + score(gr, hr) - whole; gain > best.gain {
			*best = split{gain, f, k}
		}
	}
}
