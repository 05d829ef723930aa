package dedupe

import (
	_ "embed"
	"sync"

	"almanac/dedupe/forest"
)

// model.txt is written by the program in dedupe/train.
//
//go:embed model.txt
var modelText string

var model = sync.OnceValue(func() *forest.Forest {
	f, err := forest.Parse(modelText)
	if err != nil || f.Features != int(Features) {
		panic("dedupe: model.txt was trained for other features: run go run ./dedupe/train")
	}
	return f
})

// Thresholds on the score of a pair.
const (
	// suggest is from where on two cards are shown as perhaps one.
	suggest = 0.5
	// likely is from where on they are called likely one.
	likely = 0.9
	// certain is from where on they could be merged unseen, when nothing contradicts.
	certain = 0.98
	// apart is below which the whole of two groups says that they are two, whatever
	// the best pair of their cards says.
	apart = 0.2
	// together is from where on it says that they are one, when no pair does.
	together = 0.9
	// keep is from where on a pair is remembered while groups are made.
	keep = 0.05
)

// Score returns the probability that the two records are of one person or
// organisation. It is the same in both orders.
func (c *Comparison) Score() float64 {
	return model().Probability(c.v[:])
}

// checks give up what would come to nothing, at a tenth of the cost.
var checks = []forest.Check{{Trees: 30, Below: -5}, {Trees: 70, Below: -5}, {Trees: 150, Below: -4.5}}

// promising is Score of what may be worth to be remembered.
func (c *Comparison) promising() (score float64, ok bool) {
	x, ok := model().Promising(c.v[:], checks)
	return forest.Logistic(x), ok
}

// Opposed reports whether something speaks against the two that no slip of the pen
// explains: other given names, a son and a father, other birthdays, a company and
// a person. Such cards come into no group, not even by way of a third.
func (c *Comparison) Opposed() bool {
	return c.opposedByName() || !c.copies() && c.v[fBorn] == 0 && c.v[fBornYears] >= 1
}

// copies reports whether one card was made of the other.
func (c *Comparison) copies() bool {
	return c.v[fUID] > 0 && c.v[fSameName] > 0 || c.v[fContent] > 0
}

func (c *Comparison) opposedByName() bool {
	v := &c.v
	switch {
	case c.copies():
		return false
	case v[fKind] == 1 && v[fSameName] <= 0, v[fJoint] > 0, v[fGeneration] > 1, v[fSex] > 0:
		return true
	case v[fFirst] != absent && v[fFirst] < 0.5 && v[fGivenClash] > 0 && v[fNickname] < 0.8:
		return true
	}
	return v[fGenders] > 0 && v[fBothKnown] > 0
}
