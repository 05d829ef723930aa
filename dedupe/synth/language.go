package synth

import (
	_ "embed"
	"math/rand/v2"
	"strings"
	"sync"
)

//go:embed languages.txt
var languageText string

// A word is a name in its own script and in Latin letters, with other spellings.
type word struct {
	native, latin string
	others        []string
}

type plan struct{ code, trunk, mobile, land string }

type language struct {
	name        string
	familyFirst bool
	men, women  []word
	family      []word
	begin, end  []string
	cities      []string
	streets     []string
	countries   []string
	phones      []plan
	mail        []string
}

// Languages returns the names of all languages, in order.
func Languages() []string {
	var out []string
	for _, l := range languages() {
		out = append(out, l.name)
	}
	return out
}

var languages = sync.OnceValue(func() []*language {
	var out []*language
	var l *language
	for line := range strings.Lines(languageText) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, rest, _ := strings.Cut(line, " ")
		switch key {
		case "lang":
			l = &language{name: rest}
			out = append(out, l)
		case "order":
			l.familyFirst = true
		case "men":
			l.men = words(rest)
		case "women":
			l.women = words(rest)
		case "family":
			l.family = words(rest)
		case "begin":
			l.begin = strings.Fields(rest)
		case "end":
			l.end = strings.Fields(rest)
		case "city":
			l.cities = strings.Split(rest, "|")
		case "street":
			l.streets = strings.Split(rest, "|")
		case "country":
			l.countries = strings.Split(rest, "|")
		case "phone":
			for _, p := range strings.Split(rest, "|") {
				f := strings.Split(p, ";")
				l.phones = append(l.phones, plan{f[0], f[1], f[2], f[3]})
			}
		case "mail":
			l.mail = strings.Fields(rest)
		}
	}
	return out
})

func words(s string) []word {
	var out []word
	for _, f := range strings.Fields(s) {
		p := strings.Split(strings.ReplaceAll(f, "~", " "), "|")
		w := word{native: p[0], latin: p[0]}
		if len(p) > 1 {
			w.latin = p[1]
		}
		if len(p) > 2 && p[2] != "" {
			w.others = strings.Split(p[2], ",")
		}
		out = append(out, w)
	}
	return out
}

func pick[T any](r *rand.Rand, s []T) T { return s[r.IntN(len(s))] }

// skewed prefers the first, as names are distributed.
func skewed[T any](r *rand.Rand, s []T) T {
	x := r.Float64()
	return s[int(x*x*float64(len(s)))]
}

func chance(r *rand.Rand, p float64) bool { return r.Float64() < p }

func (l *language) surname(r *rand.Rand) word {
	if len(l.begin) == 0 || chance(r, 0.35) {
		return skewed(r, l.family)
	}
	s := pick(r, l.begin)
	if chance(r, 0.4) {
		s += strings.ToLower(pick(r, l.begin))
	}
	s += pick(r, l.end)
	return word{native: s, latin: s}
}
