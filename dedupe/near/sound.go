package near

import "strings"

// Sound is what is left of a word when it is written down by ear in any language
// of Latin letters: consonants in a few classes, and a vowel only at the start.
// Müller, Mueller and Miller are "mlr", Yusuf and Youssef "sf"; Khaled, Chaled
// and خالد (read letter by letter) are "kld". Words that differ in their sounds
// only in rare ways have one code, so it serves as a key under which candidates
// are kept, not as proof.
func Sound(word string) string {
	word = cut(word)
	var out [MaxLen]byte
	n := 0
	put := func(c byte) {
		// An x is two sounds, so that a word of them has more than it has letters.
		if n < len(out) && (n == 0 || out[n-1] != c) {
			out[n] = c
			n++
		}
	}
	for i := 0; i < len(word); {
		rest := word[i:]
		if code, used := cluster(rest, i == 0); used > 0 {
			for k := range len(code) {
				put(code[k])
			}
			i += used
			continue
		}
		switch c := word[i]; c {
		case 'b', 'd', 'f', 'g', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't':
			put(c)
		case 'v', 'w':
			if c == 'v' || i == 0 {
				put('f')
			}
		case 'c', 'q':
			put('k')
		case 'x':
			put('k')
			put('s')
		case 'z':
			put('s')
		case 'j':
			if i == 0 {
				put('j')
			}
		case 'a', 'e', 'i', 'o', 'u':
			if i == 0 {
				put('a')
			}
		case 'y':
			if i == 0 {
				put('j')
			}
		}
		i++
	}
	if n == 0 && word != "" {
		return "a"
	}
	return string(out[:n])
}

// clusters are letters that stand for one sound, longest first.
var clusters = []struct{ letters, code string }{
	{"tsch", "s"}, {"tch", "s"}, {"sch", "s"}, {"szcz", "s"}, {"shch", "s"},
	{"sh", "s"}, {"sz", "s"}, {"cz", "s"}, {"ck", "k"}, {"ph", "f"}, {"pf", "f"}, {"th", "t"}, {"dh", "d"},
	{"kh", "k"}, {"gh", "g"}, {"qu", "k"}, {"ts", "s"}, {"tz", "s"}, {"zh", "s"}, {"dj", "j"}, {"ch", "k"},
}

// cluster returns the code of the letters that a word begins with.
func cluster(s string, first bool) (code string, used int) {
	switch s[0] {
	case 't', 's', 'c', 'p', 'd', 'k', 'g', 'q', 'z':
	default:
		return "", 0
	}
	for i := range clusters {
		if strings.HasPrefix(s, clusters[i].letters) {
			return clusters[i].code, len(clusters[i].letters)
		}
	}
	if s[0] == 'c' && len(s) > 1 && (s[1] == 'e' || s[1] == 'i' || s[1] == 'y') {
		return "s", 1
	}
	if s[0] == 'g' && first && len(s) > 1 && (s[1] == 'e' || s[1] == 'i') {
		return "j", 1
	}
	return "", 0
}
