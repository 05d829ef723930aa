package forest

import "math"

// A walk is a tree in the form in which it is walked: leaves lead to themselves, so
// that every walk takes as many steps as the tree is deep, and there is no branch
// for the processor to guess.
type walk struct {
	steps  []step
	values []float32 // of the leaves, by the places of their steps
	depth  int
}

type step struct {
	limit   int32 // rank of it
	feature uint16
	left    uint16
}

func (f *Forest) add(t []node) {
	w := walk{steps: make([]step, len(t)), values: make([]float32, len(t))}
	depth := make([]int, len(t))
	for i, n := range t { // children lie behind their parents
		if n.feature < 0 {
			w.steps[i], w.values[i] = step{limit: math.MaxInt32, left: uint16(i)}, n.x
			continue
		}
		w.steps[i] = step{rank(n.x), uint16(n.feature), uint16(n.left)}
		depth[n.left], depth[n.left+1] = depth[i]+1, depth[i]+1
		w.depth = max(w.depth, depth[i]+1)
	}
	f.trees, f.walks = append(f.trees, t), append(f.walks, w)
}

// rank is an integer that is greater for greater numbers.
func rank(x float32) int32 {
	b := int32(math.Float32bits(x + 0)) // -0 is 0
	return b ^ b>>31&math.MaxInt32
}

// ranks appends those of a row.
func ranks(to []int32, row []float32) []int32 {
	for _, x := range row {
		to = append(to, rank(x))
	}
	return to
}

// next is where a row goes from a step: to the left, or one further when it is above
// the limit, by the sign of a difference.
func (w *walk) next(at int, row []int32) int {
	s := &w.steps[at]
	return int(s.left) + int(uint64(int64(s.limit)-int64(row[s.feature]))>>63)
}

// sum adds what the trees say of a row. Four are walked at the same time: a step
// waits for the one before it, but not for those of other trees.
func sum(trees []walk, row []int32) float64 {
	sum := 0.0
	for len(trees) >= 4 {
		a, b, c, d := &trees[0], &trees[1], &trees[2], &trees[3]
		var i, j, k, l int
		for range max(a.depth, b.depth, c.depth, d.depth) {
			i, j, k, l = a.next(i, row), b.next(j, row), c.next(k, row), d.next(l, row)
		}
		sum += float64(a.values[i])
		sum += float64(b.values[j])
		sum += float64(c.values[k])
		sum += float64(d.values[l])
		trees = trees[4:]
	}
	for t := range trees {
		w, i := &trees[t], 0
		for range w.depth {
			i = w.next(i, row)
		}
		sum += float64(w.values[i])
	}
	return sum
}
