package dedupe

import (
	"bytes"
	"strings"

	"almanac/dedupe/names"
	"almanac/dedupe/near"
)

// How two words of names are taken for one, from the strongest.
type likeness uint8

const (
	unlike      likeness = iota
	slip                 // a few letters differ
	cutOff               // one is the beginning of the other
	byEar                // one sound, another spelling
	oneName              // one name in two languages
	shortForm            // Bob for Robert
	initialOnly          // R. for Robert
	equal
)

// A wordPair is two words that are taken for one.
type wordPair struct {
	i, j  int // in the names of the two records
	sim   float32
	how   likeness
	cross bool // given name here, family name there
}

// leastAlike is from where on two words are taken for one.
const leastAlike = 0.6

// alike compares two words. Likeness below least may be told as 0.
func alike(a, b *Name, least float32) (float32, likeness) {
	x, y := a.Text, b.Text
	if x == y {
		return 1, equal
	}
	if len(x) == 1 || len(y) == 1 {
		if x[0] == y[0] {
			return 0.8, initialOnly
		}
		return 0, unlike
	}
	if a.Known && b.Known {
		switch names.FormOf(x, y) {
		case names.OneName:
			return 0.93, oneName
		case names.ShortA, names.ShortB:
			return 0.92, shortForm
		case names.SameShort:
			return 0.85, shortForm
		}
	}
	if a.Script != b.Script && (a.Script == names.Abjad || b.Script == names.Abjad) {
		switch s := near.Similarity(consonants(a.Sound), consonants(b.Sound)); {
		case s == 1 && len(a.Sound) >= 2:
			return 0.93, byEar
		case s >= 0.75:
			return 0.8, byEar
		}
	}
	if len(x) > len(y) {
		x, y = y, x
	}
	// One slip leaves the beginning or the end of a word.
	if x[0] != y[0] && x[len(x)-2:] != y[len(y)-2:] && a.Sound != b.Sound && (x[0] != y[1] || x[1] != y[0]) {
		return 0, unlike
	}
	sim := near.AtLeast(x, y, least)
	if len(x) >= 3 && strings.HasPrefix(y, x) && sim < 0.86 {
		return 0.8, cutOff
	}
	if a.Sound == b.Sound && len(a.Sound) >= 2 && sim < 0.93 {
		return max(sim, 0.8), byEar
	}
	if sim < leastAlike {
		return sim, unlike
	}
	return sim, slip
}

// consonants leaves out what scripts without vowels leave out.
func consonants(sound string) string {
	if len(sound) > 1 && (sound[0] == 'a' || sound[0] == 'j') {
		sound = sound[1:]
	}
	return strings.ReplaceAll(sound, "h", "")
}

// A nameMatch is what comparing two names has found.
type nameMatch struct {
	pairs  [maxNames]wordPair
	n      int
	freeA  []int // words of a that no word of b is taken for
	freeB  []int
	store  [2 * maxNames]int
	joined bool // the same letters, cut into other words
}

// match takes the words of two names for one another, the most alike first.
func (m *nameMatch) match(a, b []Name, joined bool) {
	var sims [maxNames][maxNames]wordPair
	for i := range a {
		for j := range b {
			s, how := alike(&a[i], &b[j], leastAlike)
			if how == unlike {
				continue
			}
			cross := a[i].Role != AnyRole && b[j].Role != AnyRole && a[i].Role != b[j].Role
			sims[i][j] = wordPair{i, j, s, how, cross}
		}
	}
	var usedA, usedB [maxNames]bool
	for {
		best, at := float32(0), wordPair{}
		for i := range a {
			for j := range b {
				p := sims[i][j]
				if usedA[i] || usedB[j] || p.how == unlike {
					continue
				}
				s := p.sim
				if p.cross {
					s -= 0.04
					if p.how == initialOnly {
						s -= 0.1
					}
				}
				if s > best {
					best, at = s, p
				}
			}
		}
		if best == 0 {
			break
		}
		usedA[at.i], usedB[at.j] = true, true
		m.pairs[m.n] = at
		m.n++
	}
	free := m.store[:0]
	for i := range a {
		if !usedA[i] {
			free = append(free, i)
		}
	}
	cut := len(free)
	for j := range b {
		if !usedB[j] {
			free = append(free, j)
		}
	}
	m.freeA, m.freeB = free[:cut:cut], free[cut:]
	m.joined = joined
}

// sameLetters reports whether two names are the same letters in other words: Xiao
// Ming and Xiaoming, Lo Presti and Lopresti, in this order or family name first.
func sameLetters(a, b *Record) bool {
	if a.GivenAll == "" && a.FamilyAll == "" || b.GivenAll == "" && b.FamilyAll == "" {
		var x, y [maxNames * maxWord]byte
		return bytes.Equal(inRoles(x[:0], a.Names, AnyRole), inRoles(y[:0], b.Names, AnyRole))
	}
	return a.GivenAll == b.GivenAll && a.FamilyAll == b.FamilyAll || a.GivenAll == b.FamilyAll && a.FamilyAll == b.GivenAll
}

// cutName is of how many letters a name is that is the beginning of the other,
// given or family names first: SIM cards and old telephones cut names to what fits.
// It is 0 for names that are none, and for equal ones.
func (c *Comparison) cutName() float32 {
	a, b, v := c.a.Names, c.b.Names, &c.v
	if v[fCutOff]+v[fInitial] == 0 && len(c.name.freeA)+len(c.name.freeB) == 0 {
		return 0
	}
	var x, y [maxNames * maxWord]byte
	for _, p := range [][2][]Name{{a, b}, {b, a}} {
		for _, firstA := range []Role{AnyRole, Given, Family} {
			short := inRoles(x[:0], p[0], firstA)
			for _, firstB := range []Role{AnyRole, Given, Family} {
				if long := inRoles(y[:0], p[1], firstB); len(short) < len(long) && bytes.HasPrefix(long, short) {
					return float32(min(len(short), 20))
				}
				if !hasRole(p[1], Given) {
					break
				}
			}
			if !hasRole(p[0], Given) {
				break
			}
		}
	}
	return 0
}

// inRoles appends the letters of a name, the words of one role first unless that is
// AnyRole.
func inRoles(to []byte, ns []Name, first Role) []byte {
	for i := range ns {
		if first == AnyRole || ns[i].Role == first {
			to = append(to, ns[i].Text...)
		}
	}
	for i := range ns {
		if first != AnyRole && ns[i].Role != first {
			to = append(to, ns[i].Text...)
		}
	}
	return to
}

// genders reports whether two given names differ as those of a man and a woman do:
// Daniele and Daniela, Andreas and Andrea, Louis and Louise.
func genders(x, y string) bool {
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(x) < 3 || len(y)-len(x) > 3 {
		return false
	}
	n := 0
	for n < len(x) && x[n] == y[n] {
		n++
	}
	switch x, y = x[n:], y[n:]; {
	case n < 3:
		return false
	case x == "":
		switch y {
		case "a", "e", "ne", "le", "te", "ette", "ie", "ine", "ina", "ia", "s", "us", "o", "os", "in", "la", "na", "ka", "ova", "et", "is", "as", "i", "y":
			return true
		}
	case len(x) <= 2 && len(y) <= 3:
		switch x + " " + y {
		case "a o", "o a", "a e", "e a", "e o", "o e", "a us", "us a", "a os", "os a", "i a", "a i", "a is", "a as", "os ia", "us ia", "er ra", "y a", "a y", "a u", "u a", "is a":
			return true
		}
	}
	return false
}
