package dedupe

import (
	"cmp"
	"slices"
)

// A link is a pair of records that may be one.
type link struct {
	a, b             int32
	score            float32
	opposed, certain bool
}

// Groups are grown from the strongest link down. Two groups become one unless that
// would bring a masked pair together, or two cards that contradict each other: the
// chain father, card without a birthday, son is cut at its weaker link.
type clusters struct {
	of      []int32   // of a card: its group
	members [][]int32 // of a group
	weakest []float32 // of a group: the weakest link that holds it
	masked  map[[2]int32]bool
	hidden  []bool // of a card: it is in some masked pair
	judge   *finder
}

func newClusters(n int, mask [][2]int, judge *finder) *clusters {
	c := &clusters{of: make([]int32, n), members: make([][]int32, n), weakest: make([]float32, n), masked: map[[2]int32]bool{}, hidden: make([]bool, n), judge: judge}
	for i := range n {
		c.of[i], c.members[i], c.weakest[i] = int32(i), []int32{int32(i)}, 1
	}
	for _, m := range mask {
		a, b := int32(m[0]), int32(m[1])
		c.masked[[2]int32{min(a, b), max(a, b)}] = true
		c.hidden[a], c.hidden[b] = true, true
	}
	return c
}

// maxCross bounds how many pairs are compared before two groups become one.
const maxCross = 64

// grow makes groups of links.
func (c *clusters) grow(links []link) {
	slices.SortFunc(links, func(x, y link) int {
		return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	for _, l := range links {
		a, b := c.of[l.a], c.of[l.b]
		switch {
		case a == b:
		case l.score >= suggest:
			if c.mayJoin(a, b) {
				c.join(a, b, l.score)
			}
		case len(c.members[a])+len(c.members[b]) > 2:
			// No two cards say enough, but all of them together may.
			if s, opposed := c.judge.together(c.members[a], c.members[b]); s >= together && !opposed && c.mayJoin(a, b) {
				c.join(a, b, float32(s))
			}
		}
	}
}

func (c *clusters) mayJoin(a, b int32) bool {
	ma, mb := c.members[a], c.members[b]
	for _, x := range ma {
		if !c.hidden[x] {
			continue
		}
		for _, y := range mb {
			if c.hidden[y] && c.masked[[2]int32{min(x, y), max(x, y)}] {
				return false
			}
		}
	}
	if len(ma)*len(mb) == 1 {
		return true
	}
	step := 1 + len(ma)*len(mb)/maxCross
	n := 0
	for _, x := range ma {
		for _, y := range mb {
			if n++; n%step != 0 {
				continue
			}
			if s, opposed := c.judge.score(x, y); opposed && s < 0.1 {
				return false
			}
		}
	}
	all, opposed := c.judge.together(ma, mb)
	return all >= apart && !(opposed && all < suggest)
}

func (c *clusters) join(a, b int32, score float32) {
	if len(c.members[a]) < len(c.members[b]) {
		a, b = b, a
	}
	for _, x := range c.members[b] {
		c.of[x] = a
	}
	c.members[a] = append(c.members[a], c.members[b]...)
	c.weakest[a] = min(c.weakest[a], c.weakest[b], score)
	c.members[b] = nil
}
