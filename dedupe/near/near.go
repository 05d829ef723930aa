// Package near tells how alike two short words are, in the ways in which people
// and machines get a word wrong: a finger on the next key, two letters in the
// wrong order, a scanner that takes rn for m, a spelling by ear.
//
// It works on folded ASCII words (lower case, no accents) of at most MaxLen
// octets; what is longer is cut. Cost is the product of the lengths.
package near

// MaxLen is how many octets of a word are looked at.
const MaxLen = 40

// Similarity is 1 for equal words and falls to 0 for words that share nothing.
// It is symmetric. A confusion that keyboards or scanners make costs half of an
// arbitrary one.
func Similarity(a, b string) float32 {
	if a == b {
		return 1
	}
	a, b = cut(a), cut(b)
	longest := max(len(a), len(b))
	if longest == 0 {
		return 1
	}
	return max(0, 1-Distance(a, b)/float32(longest))
}

func cut(s string) string { return s[:min(len(s), MaxLen)] }

// AtLeast is Similarity when that is at least so much, and else 0, which is found out
// sooner.
func AtLeast(a, b string, least float32) float32 {
	if a == b {
		return 1
	}
	a, b = cut(a), cut(b)
	longest := float32(max(len(a), len(b)))
	if d := distance(a, b, (1-least)*longest+0.001); d >= 0 {
		if s := 1 - d/longest; s >= least {
			return s
		}
	}
	return 0
}

// Distance is the least cost of the edits that make b of a: insertion, deletion,
// exchange of one letter, and two neighbours swapped. An arbitrary edit costs 1,
// a likely confusion and a letter doubled 0.5.
func Distance(a, b string) float32 { return distance(cut(a), cut(b), 2*MaxLen) }

// Within reports whether Distance is at most so much.
func Within(a, b string, most float32) bool {
	d := distance(cut(a), cut(b), most)
	return d >= 0 && d <= most
}

// distance is Distance, or -1 when that is above a limit.
func distance(a, b string, limit float32) float32 {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] && !(len(a) > 1 && a[1] == a[0]) && !(len(b) > 1 && b[1] == b[0]) {
		a, b = a[1:], b[1:]
	}
	if len(a) == 0 || len(b) == 0 {
		return float32(max(len(a), len(b)))
	}
	if float32(max(len(a), len(b))-min(len(a), len(b)))*0.5 > limit {
		return -1
	}
	var rows [3][MaxLen + 1]float32
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := 1; j <= len(b); j++ {
		last[j] = float32(j)
	}
	for i := 1; i <= len(a); i++ {
		row[0] = float32(i)
		least := row[0]
		for j := 1; j <= len(b); j++ {
			x, y := a[i-1], b[j-1]
			best := last[j-1]
			if x != y {
				best += exchange(x, y)
			}
			del, ins := float32(1), float32(1)
			if i > 1 && a[i-2] == x {
				del = 0.5
			}
			if j > 1 && b[j-2] == y {
				ins = 0.5
			}
			best = min(best, last[j]+del, row[j-1]+ins)
			if i > 1 && j > 1 && x == b[j-2] && y == a[i-2] {
				best = min(best, before[j-2]+0.75)
			}
			row[j] = best
			least = min(least, best)
		}
		// Two neighbours swapped reach over one row.
		if least > limit+0.75 {
			return -1
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// exchange is the cost of one letter for another.
func exchange(x, y byte) float32 {
	if likely[x][y>>5]&(1<<(y&31)) != 0 {
		return 0.5
	}
	return 1
}

// likely has a bit for each pair of letters that are often taken for each other.
var likely = func() (t [256][8]uint32) {
	set := func(x, y byte) {
		t[x][y>>5] |= 1 << (y & 31)
		t[y][x>>5] |= 1 << (x & 31)
	}
	for _, keys := range [][]string{
		{"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"},
		{"1234567890", "azertyuiop", "qsdfghjklm", "wxcvbn"},
		{"1234567890", "qwertzuiop", "asdfghjkl", "yxcvbnm"},
	} {
		for r, row := range keys {
			for i := range row {
				if i > 0 {
					set(row[i], row[i-1])
				}
				if r > 0 && r+1 < len(keys) && i < len(keys[r+1]) {
					set(row[i], keys[r+1][i])
				}
			}
		}
	}
	for _, shape := range []string{"0oq", "1li", "5s", "8b", "2z", "6gb", "9g", "ce", "uv", "nh", "hb", "ft", "vy", "ij", "mn", "rn", "ao", "ea", "ck", "iy", "sz", "dt", "bp", "vw", "gk", "fv", "eo", "ou", "ie"} {
		for i := range shape {
			for j := i + 1; j < len(shape); j++ {
				set(shape[i], shape[j])
			}
		}
	}
	return t
}()

// NearDigits reports whether two numbers of at least seven digits are one slip
// apart: a digit wrong, left out or doubled, or two neighbours swapped.
func NearDigits(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < 7 || len(b)-len(a) > 1 || a == b {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	return a[i+1:] == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
