package names

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-unidecode"
	"golang.org/x/text/unicode/norm"
)

// Latin writes a word of a name in lower-case ASCII letters and digits, as nearly
// as two people who write the same name come to the same: accents go, ß is ss, the
// umlauts and their transcriptions ae, oe and ue are one letter, å is aa is a. Other
// scripts are transliterated, character by character. Everything but letters and
// digits is dropped.
func Latin(word string) string {
	s := fold(word)
	if strings.IndexByte(s, ' ') >= 0 {
		s = strings.ReplaceAll(s, " ", "")
	}
	return oneLetter(s)
}

// oneLetter makes one letter of the transcriptions of umlauts.
func oneLetter(s string) string {
	at := strings.IndexByte(s, 'e')
	if at <= 0 && !strings.Contains(s, "aa") {
		return s
	}
	var b [64]byte
	out := b[:0]
	for i := 0; i < len(s); i++ {
		c := s[i]
		if i > 0 && len(out) > 0 {
			switch prev := s[i-1]; {
			case c == 'e' && (prev == 'a' || prev == 'o' || prev == 'u') && i+1 < len(s):
				// A u behind a vowel or a q is no umlaut: Auer, Jacques.
				if !(prev == 'u' && i > 1 && strings.IndexByte("aeoqgi", s[i-2]) >= 0) {
					continue
				}
			case c == 'a' && prev == 'a':
				continue
			}
		}
		out = append(out, c)
	}
	return string(out)
}

// fold writes a text in lower-case ASCII words with single blanks between. Scripts
// that write no blanks get one behind each character that is a word.
func fold(s string) string {
	ascii := true
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if !ascii {
		s = transliterate(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	blank := false
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'A' && c <= 'Z':
			c |= 0x20
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case c == '\'' || c == '.' || c == '`' || c == '"':
			continue
		default:
			blank = b.Len() > 0
			continue
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteByte(c)
	}
	return b.String()
}

// letters that the table of the library writes in a way that nobody does.
var letters = map[rune]string{
	'ä': "a", 'ö': "o", 'ü': "u", 'Ä': "a", 'Ö': "o", 'Ü': "u", 'å': "a", 'Å': "a", 'ø': "o", 'Ø': "o",
	'й': "y", 'Й': "y", 'ы': "y", 'ъ': "", 'ь': "", 'Ь': "", 'э': "e", 'ё': "e", 'Ё': "e", 'ю': "yu", 'я': "ya", 'щ': "shch", 'х': "kh", 'Х': "kh",
	'ц': "ts", 'Ц': "ts", 'Я': "ya", 'Ю': "yu", 'є': "ye", 'Є': "ye", 'ї': "yi", 'Ї': "yi", 'і': "i", 'І': "i",
	'η': "i", 'Η': "i", 'ή': "i", 'Ή': "i", 'υ': "y", 'ύ': "y", 'χ': "ch", 'Χ': "ch", 'β': "v", 'Β': "v", 'φ': "f", 'Φ': "f",
	'ع': "", 'ء': "", 'ح': "h", 'خ': "kh", 'ش': "sh", 'ص': "s", 'ض': "d", 'ط': "t", 'ظ': "z", 'غ': "gh", 'ق': "q", 'ة': "a", 'ى': "a", 'ا': "a", 'أ': "a", 'إ': "i", 'آ': "a",
	'و': "u", 'ي': "i", 'ئ': "i", 'ؤ': "u", 'ث': "th", 'ذ': "dh", 'ج': "j", 'چ': "ch", 'پ': "p", 'گ': "g", 'ژ': "zh", 'ک': "k", 'ی': "i", 'ه': "h",
	'א': "a", 'ב': "v", 'ג': "g", 'ד': "d", 'ה': "h", 'ו': "o", 'ז': "z", 'ח': "h", 'ט': "t", 'י': "i", 'כ': "k", 'ך': "kh", 'ל': "l", 'מ': "m", 'ם': "m",
	'נ': "n", 'ן': "n", 'ס': "s", 'ע': "", 'פ': "p", 'ף': "f", 'צ': "tz", 'ץ': "tz", 'ק': "k", 'ר': "r", 'ש': "sh", 'ת': "t",
	'đ': "d", 'Đ': "d", 'ı': "i", 'İ': "i", 'ł': "l", 'Ł': "l", 'ð': "d", 'þ': "th", 'ə': "a", '’': "", '‘': "", 'ʼ': "", 'ʹ': "", '´': "",
}

func transliterate(s string) string {
	s = norm.NFKC.String(strings.ToValidUTF8(s, " "))
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r):
			if r == '\u200c' { // between the parts of a Persian name
				b.WriteByte(' ')
			}
		default:
			if l, ok := letters[r]; ok {
				b.WriteString(l)
			} else if l := unidecode.Unidecode(string(r)); l != "" {
				b.WriteString(l)
			} else if unicode.IsSpace(r) || unicode.IsPunct(r) {
				b.WriteByte(' ')
			}
		}
	}
	return b.String()
}

// A Script is how a name is written, as far as it matters for comparing.
type Script uint8

const (
	LatinScript Script = iota
	Alphabet           // Cyrillic, Greek and others that write vowels
	Abjad              // Arabic, Hebrew: consonants, and vowels at will
	Han                // Chinese and Japanese characters, Hangul: no blanks
)

// ScriptOf returns the script of the first letter that is not Latin.
func ScriptOf(s string) Script {
	for _, r := range s {
		switch {
		case r < 0x250:
		case r >= 0x590 && r <= 0x109f, r >= 0xfb1d && r <= 0xfefc:
			return Abjad
		case r >= 0x2e80 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3, r >= 0x20000 && r <= 0x323af:
			return Han
		case r >= 0x1e00 && r <= 0x1eff: // Vietnamese
		case unicode.IsLetter(r):
			return Alphabet
		}
	}
	return LatinScript
}

// SplitHan takes a name of Han characters without blanks apart: the family name,
// which comes first, and the given name, both in Latin letters. Names of one
// character have no given name.
func SplitHan(s string) (family, given string) {
	runes := []rune(norm.NFKC.String(strings.Join(strings.Fields(s), "")))
	if len(runes) == 0 || len(runes) > 12 {
		return "", Latin(s)
	}
	t := load()
	for n := min(3, len(runes)-1); n >= 1; n-- {
		head := string(runes[:n])
		if n > 1 && t.class[head]&cjkFamily != 0 {
			return Latin(head), Latin(string(runes[n:]))
		}
		if latin, ok := t.native[head]; ok && (n > 1 || len(runes) <= 3) {
			return Latin(latin), Han2Latin(string(runes[n:]))
		}
	}
	return Latin(string(runes[:1])), Latin(string(runes[1:]))
}

// Han2Latin is Latin, with the usual romanisation for the names that have one.
func Han2Latin(s string) string {
	if latin, ok := load().native[strings.TrimSpace(s)]; ok {
		return Latin(latin)
	}
	return Latin(s)
}

// Fold writes a text in lower-case ASCII words with single blanks between, umlauts
// without their transcriptions joined: for texts that are no names.
func Fold(s string) string { return fold(s) }
