package synth

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// A Card is a card with its label.
type Card struct {
	Book, Href string
	VCard      string
	Cluster    int // cards of one person or company
	Tags       []string
}

// Options say what a book is made of. Nil lists mean all there is.
type Options struct {
	Seed      uint64
	Cards     int // about
	Languages []string
	Exporters []string
	Damages   []string
	// Doubles is the share of people with more than one card, 0.37 when it is 0.
	Doubles float64
}

// A Book is cards in no order, and the pairs of clusters that look like one.
type Book struct {
	Cards []Card
	Hard  []HardPair
}

// Make makes a book.
func Make(o Options) *Book {
	r := rand.New(rand.NewPCG(o.Seed, 0x5eed))
	if o.Doubles == 0 {
		o.Doubles = 0.37
	}
	w := &world{r: r}
	for _, l := range languages() {
		if o.Languages == nil || slices.Contains(o.Languages, l.name) {
			w.langs = append(w.langs, l)
		}
	}
	if o.Languages == nil && chance(r, 0.7) { // most books are of a few languages
		r.Shuffle(len(w.langs), func(i, j int) { w.langs[i], w.langs[j] = w.langs[j], w.langs[i] })
		w.langs = w.langs[:3+r.IntN(7)]
	}
	var exps []*exporter
	for i := range exporters {
		if o.Exporters == nil || slices.Contains(o.Exporters, exporters[i].name) {
			exps = append(exps, &exporters[i])
		}
	}
	var kinds []damage
	var sum float64
	for _, d := range damages {
		if o.Damages == nil || slices.Contains(o.Damages, d.name) {
			kinds = append(kinds, d)
			sum += d.weight
		}
	}
	w.populate(int(float64(o.Cards) / (1 + 1.8*o.Doubles)))
	b := &Book{Hard: w.hard}
	books := []string{"private", "work", "phone", "google"}
	homes := map[string]*exporter{}
	for _, n := range books {
		homes[n] = pick(r, exps)
	}
	for _, p := range w.all {
		base := p.base(r)
		copies := 0
		if chance(r, o.Doubles) {
			for copies = 1; copies < 5 && chance(r, 0.45); copies++ {
			}
		}
		var first string
		for i := range copies + 1 {
			c, tags := base.clone(), []string{"base"}
			e := homes[pick(r, books)]
			if chance(r, 0.3) {
				e = pick(r, exps)
			}
			text := ""
			if i > 0 {
				d := choose(r, kinds, sum)
				if !d.do(r, c) {
					c = base.clone()
					subset(r, c, 0.4)
					d.name = "subset"
				}
				tags = []string{d.name}
				if d.name == "exact" && chance(r, 0.5) {
					text = first
				} else if chance(r, 0.12) { // a second kind on top
					if d := choose(r, kinds, sum); d.do(r, c) {
						tags = append(tags, d.name)
					} else {
						continue
					}
				}
				if !chance(r, 0.15) {
					c.uid = p.base(r).uid
				}
			}
			for tries := 0; e.poor && len(c.tels) == 0 && tries < 20; tries++ {
				e = pick(r, exps) // a SIM card has no entry without a number
			}
			if text == "" {
				text = c.write(r, e)
			}
			if i == 0 {
				first = text
			}
			if len(c.tels)+len(c.mails)+len(c.homes) == 0 && c.born.y == 0 && c.org == "" && i > 0 {
				continue // nobody could know
			}
			b.Cards = append(b.Cards, Card{Book: pick(r, books), Href: fmt.Sprintf("%016x.vcf", r.Uint64()), VCard: text, Cluster: p.id, Tags: tags})
		}
	}
	r.Shuffle(len(b.Cards), func(i, j int) { b.Cards[i], b.Cards[j] = b.Cards[j], b.Cards[i] })
	return b
}

func choose(r *rand.Rand, kinds []damage, sum float64) damage {
	x := r.Float64() * sum
	for _, d := range kinds {
		if x -= d.weight; x < 0 {
			return d
		}
	}
	return kinds[len(kinds)-1]
}
