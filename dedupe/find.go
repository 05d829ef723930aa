package dedupe

import (
	"cmp"
	"slices"
	"sync"
)

// A Confidence is what a group may be used for.
type Confidence string

const (
	Certain  Confidence = "certain" // could be merged unseen
	Likely   Confidence = "likely"
	Possible Confidence = "possible"
)

// A Pair is two members of a group, by their places in it, the smaller first.
type Pair struct {
	A, B    int
	Score   float64
	Auto    bool // certain
	Reasons []string
}

// A MatchGroup is cards that are one person or organisation.
type MatchGroup struct {
	Members    []int   // indexes of the records, in order
	Reference  int     // index of the record proposed to be kept
	Score      float64 // of the weakest link that holds the group together
	Confidence Confidence
	Pairs      []Pair
}

// Auto reports whether all of the group could be merged unseen.
func (g *MatchGroup) Auto() bool { return g.Confidence == Certain }

// Options are for Find.
type Options struct {
	// Mask are pairs of records that are not the same: they come into no group
	// together, nor by way of a third.
	Mask [][2]int
	// Progress, if not nil, is told from time to time how much of the work is done.
	// Calls come from several goroutines, one at a time.
	Progress func(done, all int)
	// Frequency, if not nil, is used instead of counting the records.
	Frequency Frequency
	// Uncalibrated leaves scores as the model gives them, and a confidence that is not
	// Certain empty: for training.
	Uncalibrated bool
}

// Find returns the groups of records that are one person or organisation, in order
// of their first members. The groups do not depend on the order of the records.
func Find(recs []*Record, o Options) []MatchGroup {
	recs, mask, place := inOrder(recs, o.Mask)
	freq := o.Frequency
	if freq == nil {
		c := &Counts{}
		for _, r := range recs {
			c.Add(r)
		}
		freq = c
	}
	links := scoreAll(recs, candidates(recs), freq, o.Progress)
	f := &finder{recs: recs, freq: freq, known: make(map[[2]int32]verdict, len(links)), old: map[[2]int32]verdict{}}
	for _, l := range links {
		f.known[[2]int32{min(l.a, l.b), max(l.a, l.b)}] = verdict{float64(l.score), l.opposed, l.certain}
	}
	c := newClusters(len(recs), mask, f)
	c.grow(links)
	best := bestLinks(c, links)
	var of []int32 // of each group: its number among the clusters
	for g, m := range c.members {
		if len(m) > 1 {
			of = append(of, int32(g))
		}
	}
	groups := make([]MatchGroup, len(of))
	inTwo(func(w int) {
		f := f.again()
		for i := w; i < len(of); i += workers {
			g := of[i]
			groups[i] = f.group(c.members[g], c.weakest[g], best[g])
			if !o.Uncalibrated {
				groups[i].calibrate()
			}
			groups[i].moveTo(place)
		}
	})
	slices.SortFunc(groups, func(a, b MatchGroup) int { return cmp.Compare(a.Members[0], b.Members[0]) })
	return groups
}

// inOrder returns the records in the order of their contents, so that nothing
// depends on the order in which they came, the mask in the new places, and the old
// place of each.
func inOrder(recs []*Record, mask [][2]int) (sorted []*Record, moved [][2]int, place []int) {
	place = make([]int, len(recs))
	for i := range place {
		place[i] = i
	}
	slices.SortStableFunc(place, func(a, b int) int { return cmp.Compare(recs[a].Content, recs[b].Content) })
	sorted = make([]*Record, len(recs))
	at := make([]int, len(recs))
	for i, p := range place {
		sorted[i] = recs[p]
		at[p] = i
	}
	for _, m := range mask {
		if m[0] >= 0 && m[1] >= 0 && m[0] < len(recs) && m[1] < len(recs) {
			moved = append(moved, [2]int{at[m[0]], at[m[1]]})
		}
	}
	return sorted, moved, place
}

// moveTo gives the members their old places again.
func (g *MatchGroup) moveTo(place []int) {
	order := make([]int, len(g.Members)) // old member of each new one
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(place[g.Members[a]], place[g.Members[b]]) })
	members, at := make([]int, len(order)), make([]int, len(order))
	for i, o := range order {
		members[i] = place[g.Members[o]]
		at[o] = i
	}
	g.Members = members
	g.Reference = place[g.Reference]
	for i := range g.Pairs {
		p := &g.Pairs[i]
		p.A, p.B = min(at[p.A], at[p.B]), max(at[p.A], at[p.B])
	}
	slices.SortFunc(g.Pairs, func(x, y Pair) int { return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B)) })
}

// workers is how many goroutines share the work of one call, so that a server that
// looks for duplicates has the other cores for its clients.
const workers = 2

// inTwo calls work at the same time with each number of a worker, and waits.
func inTwo(work func(w int)) {
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() { work(w) })
	}
	wg.Wait()
}

// scoreAll scores pairs on two goroutines and returns those worth remembering.
func scoreAll(recs []*Record, pairs []pair, freq Frequency, progress func(done, all int)) []link {
	const chunk = 4096
	var parts [workers][]link
	var mu sync.Mutex
	next, done := 0, 0
	inTwo(func(w int) {
		var c Comparison
		for {
			mu.Lock()
			from := next
			next = min(next+chunk, len(pairs))
			to := next
			if progress != nil {
				progress(done, len(pairs))
			}
			mu.Unlock()
			if from == to {
				return
			}
			for _, p := range pairs[from:to] {
				a, b := p.cards()
				if strangers(recs[a], recs[b]) {
					continue
				}
				c.compare(recs[a], recs[b], freq)
				if s, ok := c.promising(); ok && s >= keep {
					parts[w] = append(parts[w], link{a, b, float32(s), c.Opposed(), c.Certain(s)})
				}
			}
			mu.Lock()
			done += to - from
			mu.Unlock()
		}
	})
	return slices.Concat(parts[:]...)
}

type verdict struct {
	score   float64
	opposed bool
	certain bool
}

// A finder scores pairs while groups are made.
type finder struct {
	recs  []*Record
	freq  Frequency
	known map[[2]int32]verdict
	old   map[[2]int32]verdict // what is known from before, only read
	c     Comparison
}

// again makes a finder for another goroutine that knows what this one knows.
func (f *finder) again() *finder {
	return &finder{recs: f.recs, freq: f.freq, known: map[[2]int32]verdict{}, old: f.known}
}

func (f *finder) verdict(a, b int32) verdict {
	k := [2]int32{min(a, b), max(a, b)}
	v, ok := f.known[k]
	if !ok {
		v, ok = f.old[k]
	}
	if !ok {
		f.c.compare(f.recs[a], f.recs[b], f.freq)
		v.score = f.c.Score()
		v.opposed = f.c.Opposed()
		v.certain = f.c.Certain(v.score)
		f.known[k] = v
	}
	return v
}

func (f *finder) score(a, b int32) (float64, bool) {
	v := f.verdict(a, b)
	return v.score, v.opposed
}

// together scores two groups as if each were one card that says all of what its
// members say.
func (f *finder) together(a, b []int32) (float64, bool) {
	f.c.compare(f.union(a), f.union(b), f.freq)
	return f.c.Score(), f.c.Opposed()
}

// certainTogether is Certain of two groups as one card each, by a birthday or
// something that is one person's own: what a household shares leaves open which of it
// a third card is of.
func (f *finder) certainTogether(a, b []int32) bool {
	s, _ := f.together(a, b)
	return s >= certain && f.c.Certain(s) && (f.c.own() || f.c.v[fBorn] >= 0.9)
}

// oneHousehold reports whether two groups, of which the pair is certain, may yet be
// two people of one household and one name: what the pair shares is the household's,
// and all members together say that each has things of his own.
func (f *finder) oneHousehold(p *Pair, a, b []int32) bool {
	if len(a)+len(b) == 2 {
		return false
	}
	if f.c.compare(f.recs[p.A], f.recs[p.B], f.freq); f.c.alone() {
		return false
	}
	s, opposed := f.together(a, b)
	return !f.c.Certain(s) && (s < likely || opposed || f.c.v[fEachOwn] > 0 || f.c.v[fBornYears] > 0)
}

// bestLinks sorts the links inside of groups by group.
func bestLinks(c *clusters, links []link) map[int32][]link {
	m := map[int32][]link{}
	for _, l := range links {
		if g := c.of[l.a]; g == c.of[l.b] {
			m[g] = append(m[g], l)
		}
	}
	return m
}

// maxPairs bounds the pairs that a group tells; hostile books have groups of
// thousands.
const maxPairs = 2000

// group makes the answer for one group.
func (f *finder) group(members []int32, weakest float32, links []link) MatchGroup {
	slices.Sort(members)
	g := MatchGroup{Score: float64(weakest)}
	for _, m := range members {
		g.Members = append(g.Members, int(m))
	}
	at := make(map[int32]int, len(members))
	local := &finder{freq: f.freq, known: map[[2]int32]verdict{}} // of members by their places
	for i, m := range members {
		at[m] = i
		local.recs = append(local.recs, f.recs[m])
	}
	if n := len(members); n*(n-1)/2 <= maxPairs {
		paths := strongestPaths(len(members), at, links)
		for i := range members {
			for j := i + 1; j < n; j++ {
				v := f.verdict(members[i], members[j])
				local.known[[2]int32{int32(i), int32(j)}] = v
				g.Pairs = append(g.Pairs, Pair{A: i, B: j, Score: max(v.score, paths[i][j]), Auto: v.certain})
			}
		}
	} else {
		for _, l := range links {
			v := f.verdict(l.a, l.b)
			i, j := at[l.a], at[l.b]
			g.Pairs = append(g.Pairs, Pair{A: min(i, j), B: max(i, j), Score: v.score, Auto: v.certain})
		}
	}
	local.settleAuto(&g)
	for i := range g.Pairs {
		p := &g.Pairs[i]
		f.c.compare(f.recs[members[p.A]], f.recs[members[p.B]], f.freq)
		p.Reasons = f.c.Reasons()
	}
	g.Reference = f.reference(members)
	return g
}

// settleAuto, of a finder for the members alone, lets certain pairs stand as long as what follows from them
// contradicts nothing, the strongest first, and calls the group certain when they
// hold all of it together.
func (f *finder) settleAuto(g *MatchGroup) {
	order := make([]int, 0, len(g.Pairs))
	for i := range g.Pairs {
		if g.Pairs[i].Auto {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(g.Pairs[y].Score, g.Pairs[x].Score) })
	c := newClusters(len(f.recs), nil, f)
	for _, i := range order {
		p := &g.Pairs[i]
		a, b := c.of[p.A], c.of[p.B]
		if a == b {
			continue
		}
		if c.mayJoin(a, b) && !f.oneHousehold(p, c.members[a], c.members[b]) {
			c.join(a, b, float32(p.Score))
		} else {
			p.Auto = false
		}
	}
	for i := range g.Pairs {
		if p := &g.Pairs[i]; p.Auto && c.of[p.A] != c.of[p.B] {
			p.Auto = false
		}
	}
	// What two cards alone leave open, all that are certainly one may settle.
	for i := range g.Pairs {
		p := &g.Pairs[i]
		a, b := c.of[p.A], c.of[p.B]
		if a == b || f.verdict(int32(p.A), int32(p.B)).score < likely || len(c.members[a])+len(c.members[b]) == 2 {
			continue
		}
		if f.certainTogether(c.members[a], c.members[b]) && c.mayJoin(a, b) && !f.verdict(int32(p.A), int32(p.B)).opposed {
			c.join(a, b, float32(p.Score))
			p.Auto = true
		}
	}
	if len(c.members[c.of[0]]) == len(f.recs) {
		g.Confidence = Certain
	}
}

// calibrate makes probabilities of the scores, and says what the group may be used
// for.
func (g *MatchGroup) calibrate() {
	g.Score = calibrated(g.Score)
	for i := range g.Pairs {
		g.Pairs[i].Score = calibrated(g.Pairs[i].Score)
	}
	switch {
	case g.Confidence == Certain:
	case g.Score >= likely:
		g.Confidence = Likely
	default:
		g.Confidence = Possible
	}
}

// strongestPaths gives for each pair the product of the scores along the best way
// from one to the other.
func strongestPaths(n int, at map[int32]int, links []link) [][]float64 {
	d := make([][]float64, n)
	for i := range d {
		d[i] = make([]float64, n)
	}
	for _, l := range links {
		i, j := at[l.a], at[l.b]
		d[i][j] = max(d[i][j], float64(l.score))
		d[j][i] = d[i][j]
	}
	for k := range n {
		for i := range n {
			for j := range n {
				d[i][j] = max(d[i][j], d[i][k]*d[k][j])
			}
		}
	}
	return d
}

// reference proposes the card to keep: the one that says most, of those the most
// recent, and of those the one whose contents come first.
func (f *finder) reference(members []int32) int {
	best := slices.MaxFunc(members, func(a, b int32) int {
		x, y := f.recs[a], f.recs[b]
		return cmp.Or(cmp.Compare(x.completeness(), y.completeness()), cmp.Compare(x.Revised, y.Revised), cmp.Compare(y.Content, x.Content), cmp.Compare(b, a))
	})
	return int(best)
}

// completeness weighs what a card says. A full name counts for more than one more
// number.
func (rec *Record) completeness() int {
	return rec.Values + 3*min(len(rec.Names), 2) + 2*kindsOf(rec) + int(flag(rec.UID != 0))
}

// Candidates compares all records that share keys, in order, and calls f with each
// pair: for training and measuring. The comparison is valid until f returns.
func Candidates(recs []*Record, f func(i, j int, c *Comparison)) {
	counts := &Counts{}
	for _, r := range recs {
		counts.Add(r)
	}
	var c Comparison
	for _, p := range candidates(recs) {
		if a, b := p.cards(); !strangers(recs[a], recs[b]) {
			c.compare(recs[a], recs[b], counts)
			f(int(a), int(b), &c)
		}
	}
}
