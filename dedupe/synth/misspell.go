package synth

import (
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"
)

// misspell damages the given or the family name.
func misspell(r *rand.Rand, c *card, how func(*rand.Rand, string) string) {
	if c.family != "" && (chance(r, 0.6) || len(c.given) < 4) {
		c.family = how(r, c.family)
	} else {
		c.given = how(r, c.given)
	}
}

var keys = []string{"qwertyuiop", "asdfghjkl", "zxcvbnm"}

func typo(r *rand.Rand, s string) string {
	rs := []rune(s)
	if len(rs) < 3 {
		return s
	}
	i := 1 + r.IntN(len(rs)-1)
	switch r.IntN(4) {
	case 0:
		return string(slices.Delete(rs, i, i+1))
	case 1:
		return string(slices.Insert(rs, i, rs[i]))
	case 2:
		rs[i-1], rs[i] = rs[i], rs[i-1]
		if i == 1 {
			rs[0], rs[1] = unicode.ToUpper(rs[0]), unicode.ToLower(rs[1])
		}
	default:
		for _, row := range keys {
			if k := strings.IndexRune(row, rs[i]); k >= 0 {
				rs[i] = rune(row[(k+1)%len(row)])
				return string(rs)
			}
		}
		rs[i] = 'x'
	}
	return string(rs)
}

func replaceOne(r *rand.Rand, s string, pairs [][2]string) string {
	for range 12 {
		p := pick(r, pairs)
		if i := strings.LastIndex(s, p[0]); i > 0 {
			return s[:i] + p[1] + s[i+len(p[0]):]
		}
	}
	return typo(r, s)
}

func ocr(r *rand.Rand, s string) string {
	return replaceOne(r, s, [][2]string{{"m", "rn"}, {"rn", "m"}, {"l", "1"}, {"o", "0"}, {"e", "c"}, {"h", "b"}, {"i", "l"}, {"cl", "d"}, {"u", "v"}, {"s", "5"}, {"nn", "m"}})
}

func byEar(r *rand.Rand, s string) string {
	return replaceOne(r, s, [][2]string{{"ph", "f"}, {"f", "ph"}, {"ck", "k"}, {"k", "ck"}, {"c", "k"}, {"th", "t"}, {"t", "th"}, {"ei", "ai"}, {"ai", "ei"}, {"y", "i"}, {"i", "y"}, {"v", "w"}, {"w", "v"}, {"z", "s"}, {"s", "z"}, {"ll", "l"}, {"tt", "t"}, {"ss", "s"}, {"nn", "n"}, {"ou", "u"}, {"u", "ou"}, {"sch", "sh"}, {"ch", "sh"}, {"er", "ar"}, {"au", "o"}, {"eau", "o"}, {"d", "dt"}, {"sz", "s"}, {"cz", "c"}, {"j", "y"}, {"x", "ks"}})
}

func slipDigits(r *rand.Rand, s string) string {
	b := []byte(s)
	i := 2 + r.IntN(len(b)-3)
	switch r.IntN(3) {
	case 0:
		b[i] = byte('0' + (int(b[i]-'0')+1+r.IntN(8))%10)
	case 1:
		b[i], b[i+1] = b[i+1], b[i]
		if b[i] == b[i+1] {
			b[i] = byte('0' + (int(b[i]-'0')+3)%10)
		}
	default:
		b = slices.Delete(b, i, i+1)
	}
	return string(b)
}
