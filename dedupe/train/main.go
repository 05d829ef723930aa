// Train makes dedupe/model.txt: it compares the candidates of synthetic address
// books, and of labelled ones that it is given, and grows a forest that tells which
// pairs are one person. It is deterministic.
//
//	go run ./dedupe/train [-dev ../shared/dedupe/dev] [-o dedupe/model.txt]
//	go run ./dedupe/train -calibrate
//
// The second makes dedupe/calibration.txt for the model that is there.
package main

import (
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"almanac/dedupe"
	"almanac/dedupe/forest"
	"almanac/dedupe/synth"
)

var (
	dev    = flag.String("dev", "", "folder with labelled sets to train on as well")
	out    = flag.String("o", "dedupe/model.txt", "where the model goes")
	trees  = flag.Int("trees", 460, "")
	depth  = flag.Int("depth", 5, "")
	rate   = flag.Float64("rate", 0.1, "")
	leaf   = flag.Float64("leaf", 5, "")
	books  = flag.Int("books", 13, "synthetic books")
	dump   = flag.String("dump", "", "write a synthetic book in this folder and stop")
	size   = flag.Int("size", 5000, "cards of the book to write")
	seed   = flag.Uint64("seed", 7000, "of the book to write")
	ignore = flag.String("ignore", "", "features to leave out, separated by commas")
	noLang = flag.String("without-languages", "", "languages to leave out")
	noExp  = flag.String("without-exporters", "", "exporters to leave out")
	noDam  = flag.String("without-damages", "", "kinds of damage to leave out")
	onLang = flag.String("languages", "", "only these, of the book to write")
	onExp  = flag.String("exporters", "", "only these, of the book to write")
	onDam  = flag.String("damages", "", "only these, of the book to write")
	look   = flag.String("review", "", "print what is decided wrongly on the labelled set in this folder, and stop")
	doubt  = flag.String("uncertain", "", "print what is one and not certain in this folder or in the invented book of this seed, and stop")
	rated  = flag.String("score", "", "print how well the engine does on these folders and invented books (seeds), separated by commas, and stop")
	most   = flag.Int("most", 100, "decisions to print")
	second = flag.Bool("calibrate", false, "write what the scores of the model that is built in come to, to calibration.txt beside -o, and stop")
	noSet  = flag.String("without-set", "", "labelled sets to leave out")
)

func main() {
	log.SetFlags(0)
	flag.Parse()
	if *dump != "" {
		if err := write(*dump); err != nil {
			log.Fatal(err)
		}
		return
	}
	if *look != "" {
		s, err := labelled(*look, "")
		if err != nil {
			log.Fatal(err)
		}
		review(s, *most)
		return
	}
	if *rated != "" {
		if err := score(*rated); err != nil {
			log.Fatal(err)
		}
		return
	}
	if *doubt != "" {
		all, err := sets(*doubt)
		if err != nil {
			log.Fatal(err)
		}
		for _, s := range all {
			uncertain(s, *most)
		}
		return
	}
	if *second {
		if err := calibrate(filepath.Join(filepath.Dir(*out), "calibration.txt")); err != nil {
			log.Fatal(err)
		}
		return
	}
	var learn, check examples
	gather(&learn, &check)
	started := time.Now()
	way := make([]int, dedupe.Features)
	skip := make([]bool, dedupe.Features)
	for i, f := range dedupe.FeatureNames {
		way[i] = f.Way
		skip[i] = slices.Contains(strings.Split(*ignore, ","), f.Name)
	}
	f := forest.Grow(learn.rows, learn.answers, learn.weights, forest.Options{Trees: *trees, Depth: *depth, Rate: *rate, Leaf: *leaf, Ridge: 4, Way: way, Ignore: skip,
		Watch: func(t int, loss float64) {
			if t%40 == 0 || t == *trees-1 {
				log.Printf("tree %d of %d rows: loss %.5f, %v", t, len(learn.rows), loss, time.Since(started).Round(time.Second))
			}
		}})
	// Trees that do not help with books that were not learned from go.
	best, least := f.Trees(), math.Inf(1)
	for n := 20; n <= f.Trees(); n += 10 {
		loss := f.First(n).Loss(check.rows, check.answers, check.weights)
		log.Printf("%d trees: loss %.5f on other books", n, loss)
		if loss < least-1e-5 {
			best, least = n, loss
		}
	}
	f = f.First(best)
	if err := os.WriteFile(*out, []byte(f.String()), 0o666); err != nil {
		log.Fatal(err)
	}
}

func except(all []string, without string) []string {
	if without == "" {
		return nil
	}
	var keep []string
	for _, x := range all {
		if !slices.Contains(strings.Split(without, ","), x) {
			keep = append(keep, x)
		}
	}
	return keep
}

// examples are comparisons with their answers.
type examples struct {
	rows    [][]float32
	answers []bool
	weights []float32
}

// take compares the candidates of a set.
func (e *examples) take(s *set, weight float32) {
	n, pos := 0, 0
	dedupe.Candidates(s.recs, func(i, j int, c *dedupe.Comparison) {
		same := s.cluster[i] == s.cluster[j]
		n++
		w := weight
		if same {
			pos++
		} else if easy(c.Features()) {
			// There are very many that nobody would take for one. A few stand for all.
			if n%8 != 0 {
				return
			}
			w *= 8
		}
		v := *c.Features()
		e.rows = append(e.rows, v[:])
		e.answers = append(e.answers, same)
		e.weights = append(e.weights, w)
	})
	log.Printf("%s: %d cards, %d pairs compared, %d of %d found", s.name, len(s.recs), n, pos, truePairs(s))
}

// gather makes the books to learn from, and others to check on.
func gather(learn, check *examples) {
	for i := range *books {
		o := synth.Options{Seed: uint64(100 + i), Cards: []int{1500, 3000, 6000}[i%3],
			Languages: except(synth.Languages(), *noLang), Exporters: except(synth.Exporters(), *noExp), Damages: except(synth.Damages(), *noDam)}
		if i == *books-1 {
			o.Cards = 20000
		}
		learn.take(made(fmt.Sprintf("synthetic %d", i), o), 1)
	}
	for i := range 3 {
		check.take(made(fmt.Sprintf("check %d", i), synth.Options{Seed: uint64(500 + i), Cards: 4000}), 1)
	}
	if *dev == "" {
		return
	}
	for _, name := range []string{"febrl1", "febrl2", "intl"} {
		if slices.Contains(strings.Split(*noSet, ","), name) {
			continue
		}
		for _, without := range []string{"", "TEL", "BDAY"} {
			if without != "" && name == "intl" {
				continue
			}
			s, err := labelled(filepath.Join(*dev, name), without)
			if err != nil {
				log.Fatal(err)
			}
			weight := float32(1)
			if name != "intl" {
				// Two people of one name, address and birthday who have other given
				// names are one in these sets, and spouses or twins in real books.
				weight = 0.4
			}
			learn.take(s, weight)
		}
	}
}

func truePairs(s *set) int {
	n := map[string]int{}
	pairs := 0
	for _, c := range s.cluster {
		pairs += n[c]
		n[c]++
	}
	return pairs
}

// easy reports whether two names are not alike and nothing else is shared.
func easy(v *dedupe.Vector) bool { return v.Shared() == 0 && !v.NamesAlike() }
