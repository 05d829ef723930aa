package main

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"almanac/dedupe"
	"almanac/dedupe/synth"
)

// sets reads the books of a list: folders, and the seeds of books to invent.
func sets(list string) ([]*set, error) {
	var out []*set
	for name := range strings.SplitSeq(list, ",") {
		if n, err := strconv.ParseUint(name, 10, 64); err == nil {
			out = append(out, made(name, synth.Options{Seed: n, Cards: *size}))
			continue
		}
		s, err := labelled(name, "")
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// rates are how well pairs are found.
type rates struct{ right, wrong, all int }

func (r rates) precision() float64 { return float64(r.right) / float64(max(r.right+r.wrong, 1)) }
func (r rates) recall() float64    { return float64(r.right) / float64(max(r.all, 1)) }
func (r rates) f1() float64        { return 2 * float64(r.right) / float64(max(r.right+r.wrong+r.all, 1)) }

// rate counts the pairs of cards that are in one part.
func (s *set) rate(parts [][]int) rates {
	r := rates{all: truePairs(s)}
	for _, members := range parts {
		n := map[string]int{}
		for k, i := range members {
			same := n[s.cluster[i]]
			r.right += same
			r.wrong += k - same
			n[s.cluster[i]]++
		}
	}
	return r
}

// unseen are the parts of groups that could be merged without asking: what hangs
// together by pairs that are certain.
func unseen(groups []dedupe.MatchGroup) [][]int {
	var parts [][]int
	for _, g := range groups {
		of := make([]int, len(g.Members))
		for i := range of {
			of[i] = i
		}
		for _, p := range g.Pairs {
			if from, to := of[p.B], of[p.A]; p.Auto && from != to {
				for i := range of {
					if of[i] == from {
						of[i] = to
					}
				}
			}
		}
		by := map[int][]int{}
		for i, o := range of {
			by[o] = append(by[o], g.Members[i])
		}
		for _, part := range by {
			parts = append(parts, part)
		}
	}
	return parts
}

// steps are the lower ends of what is told of scores.
var steps = []float64{0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999}

// score prints how well the engine does on books, and what its scores come to.
func score(list string) error {
	all, err := sets(list)
	if err != nil {
		return err
	}
	fmt.Println("| book | cards | suggest F1 | auto P | auto R |")
	fmt.Println("| --- | ---: | ---: | ---: | ---: |")
	pairs, sums, same := make([]int, len(steps)), make([]float64, len(steps)), make([]int, len(steps))
	for _, s := range all {
		groups := dedupe.Find(s.recs, dedupe.Options{})
		var shown [][]int
		for _, g := range groups {
			shown = append(shown, g.Members)
			for _, p := range g.Pairs {
				i := sort.Search(len(steps), func(i int) bool { return steps[i] > p.Score }) - 1
				pairs[i]++
				sums[i] += p.Score
				if s.cluster[g.Members[p.A]] == s.cluster[g.Members[p.B]] {
					same[i]++
				}
			}
		}
		a := s.rate(unseen(groups))
		fmt.Printf("| %s | %d | %.4f | %.4f | %.3f |\n", s.name, len(s.recs), s.rate(shown).f1(), a.precision(), a.recall())
	}
	fmt.Println("\n| score from | pairs | mean score | share that is true |")
	fmt.Println("| ---: | ---: | ---: | ---: |")
	for i, from := range steps {
		if n := float64(pairs[i]); n > 0 {
			fmt.Printf("| %g | %d | %.3f | %.3f |\n", from, pairs[i], sums[i]/n, float64(same[i])/n)
		}
	}
	return nil
}

// uncertain prints what is one and is not certain: of each two parts of a cluster
// that could each be merged unseen, the pair with the best score, those first that
// miss most pairs.
func uncertain(s *set, most int) {
	groups := dedupe.Find(s.recs, dedupe.Options{})
	counts := &dedupe.Counts{}
	for _, r := range s.recs {
		counts.Add(r)
	}
	of := make([]int, len(s.recs))
	for i := range of {
		of[i] = i
	}
	for _, part := range unseen(groups) {
		for _, i := range part {
			of[i] = part[0]
		}
	}
	clusters := map[string][]int{}
	for i, c := range s.cluster {
		clusters[c] = append(clusters[c], i)
	}
	type miss struct {
		i, j, n int
		score   float64
	}
	best := map[[2]int]*miss{}
	for _, members := range clusters {
		for k, i := range members {
			for _, j := range members[:k] {
				if of[i] == of[j] {
					continue
				}
				score := dedupe.Compare(s.recs[i], s.recs[j], counts).Score()
				key := [2]int{min(of[i], of[j]), max(of[i], of[j])}
				m := best[key]
				if m == nil {
					m = &miss{i: i, j: j, score: score}
					best[key] = m
				}
				m.n++
				if score > m.score {
					m.i, m.j, m.score = i, j, score
				}
			}
		}
	}
	misses := make([]*miss, 0, len(best))
	by := map[string]int{}
	for _, m := range best {
		misses = append(misses, m)
		_, rule := dedupe.Compare(s.recs[m.i], s.recs[m.j], counts).Bar()
		by[rule] += m.n
	}
	sort.Slice(misses, func(x, y int) bool {
		a, b := misses[x], misses[y]
		if a.n != b.n {
			return a.n > b.n
		}
		return min(a.i, a.j) < min(b.i, b.j)
	})
	for _, m := range misses[:min(most, len(misses))] {
		c := dedupe.Compare(s.recs[m.i], s.recs[m.j], counts)
		from, rule := c.Bar()
		fmt.Printf("UNCERTAIN %d pairs: %.5f of %.4f, %s %v %v\n", m.n, m.score, from, rule, s.tags[m.i], s.tags[m.j])
		show(s, m.i, m.j, c)
	}
	for what, n := range by {
		fmt.Printf("%6d %s\n", n, what)
	}
}
