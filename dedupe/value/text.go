package value

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxText is how much of a text is looked at, in octets. A longer one is compared
// by its beginning.
const maxText = 64 << 10

// special letters that no decomposition takes apart, in the way that people
// without them on their keyboard write them.
var special = map[rune]string{
	'ß': "ss", 'ẞ': "ss", 'ø': "o", 'Ø': "o", 'ł': "l", 'Ł': "l", 'đ': "d", 'Đ': "d", 'æ': "ae", 'Æ': "ae",
	'œ': "oe", 'Œ': "oe", 'ı': "i", 'İ': "i", 'ð': "d", 'Ð': "d", 'þ': "th", 'Þ': "th", 'ħ': "h", 'Ħ': "h",
	'ŧ': "t", 'Ŧ': "t", 'ŋ': "n", 'Ŋ': "n", 'ĸ': "k", 'ς': "σ", 'ә': "ə",
	'’': "'", '‘': "'", 'ʼ': "'", '´': "'", '`': "'", 'ʹ': "'", '′': "'",
}

// Fold returns s without case, accents, compatibility forms and characters that
// only direct the writing: "Größe" is "grosse", "ＡＢＣ" is "abc", "Ångström" is
// "angstrom". Punctuation stays. It does not transliterate: ü is u, not ue.
func Fold(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	plain, lower := true, true
	for i := 0; i < len(s); i++ {
		c := s[i]
		plain = plain && c < utf8.RuneSelf && c != '`'
		lower = lower && (c < 'A' || c > 'Z')
	}
	if plain {
		if lower {
			return s
		}
		return strings.ToLower(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if to, ok := special[r]; ok {
			b.WriteString(to)
		} else if !unicode.Is(unicode.Cf, r) {
			b.WriteRune(r)
		}
	}
	decomposed := norm.NFKD.String(b.String())
	b.Reset()
	marks := false
	for _, r := range decomposed {
		if r >= utf8.RuneSelf && norm.NFKD.PropertiesString(string(r)).CCC() != 0 {
			continue // an accent
		}
		marks = marks || r >= 0x1100
		if to, ok := special[unicode.ToLower(r)]; ok {
			b.WriteString(to)
			continue
		}
		b.WriteRune(unicode.ToLower(r))
	}
	if marks { // the syllables of Hangul come together again
		return norm.NFC.String(b.String())
	}
	return b.String()
}

// Words returns the words of Fold(s): runs of letters, digits and the marks that
// belong to letters.
func Words(s string) []string {
	return strings.FieldsFunc(Fold(s), func(r rune) bool { return !InWord(r) })
}

// InWord reports whether a character of Fold(s) is part of a word.
func InWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_'
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}

// Squash returns the words of s with single blanks between: what two texts have in
// common that differ in case, accents, punctuation and spacing. It is "" when s
// has no words.
func Squash(s string) string { return strings.Join(Words(s), " ") }
