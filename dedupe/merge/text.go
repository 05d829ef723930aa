package merge

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"almanac/dedupe/value"
)

// maxPiece is how much of a text package value is asked about at once, in octets: it
// looks at the beginning of longer ones only, which is no way to tell texts apart.
const maxPiece = 32 << 10

// pieces calls do with the parts of a text, cut between words where there are any.
func pieces(s string, do func(piece string)) {
	for len(s) > maxPiece {
		cut := strings.LastIndexAny(s[:maxPiece], " \n")
		if cut <= 0 {
			for cut = maxPiece; cut > maxPiece-utf8.UTFMax && !utf8.RuneStart(s[cut]); cut-- {
			}
		}
		do(s[:cut])
		s = s[cut:]
	}
	do(s)
}

// wordsOf is value.Words of all of a text.
func wordsOf(s string) (words []string) {
	if len(s) <= maxPiece {
		return value.Words(s)
	}
	pieces(s, func(piece string) { words = append(words, value.Words(piece)...) })
	return words
}

// squashed is what a text is compared by: squash of it, unless it has no words.
func squashed(s string) string {
	if words := squash(s); words != "" {
		return words
	}
	return s
}

// squash is a text without case, accents and punctuation. Signs that say something
// are words of their own: C, C++ and C# are three things.
func squash(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	pieces(s, func(piece string) {
		piece = value.Fold(piece)
		gap := b.Len() > 0
		for _, r := range piece {
			sign := isSign(r)
			if !sign && !value.InWord(r) || isSelector(r) {
				gap = gap || !isSelector(r)
				continue
			}
			if (gap || sign) && b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteRune(r)
			gap = sign
		}
	})
	return b.String()
}

// isSign reports whether a character that is in no word says something all the same:
// a sign of mathematics or of telephones, an emoji.
func isSign(r rune) bool {
	switch r {
	case '+', '#', '*':
		return true
	case '©', '®', '°':
		return false
	}
	return r > 0xff && (unicode.Is(unicode.So, r) || unicode.Is(unicode.Sm, r) || r >= 0x1f3fb && r <= 0x1f3ff)
}

// isSelector reports whether a character says only how the one before it is drawn.
func isSelector(r rune) bool { return r >= 0xfe00 && r <= 0xfe0f }
