package value

import (
	"strings"

	"almanac/contentline"
)

// appleNoYear is the year that Apple writes for a birthday without one.
const appleNoYear = 1604

// Date returns the day that a date property says: 1985-04-12, 19850412, --0412,
// 1985-04, 1985, 12.04.1985, 1985-04-12T00:00:00Z, 12 April 1985 in some languages
// and 1985年4月12日. What is not said is 0, and so is the year 1604 with which Apple
// says that there is none. ok is false for what is no date, and for 04/05/1985,
// which is another day on each side of the Atlantic.
func Date(raw string) (year, month, day int, ok bool) {
	s := strings.TrimSpace(plainDigits(raw[:min(len(raw), 64)]))
	year, month, day, ok = isoDate(s)
	if !ok {
		year, month, day, ok = writtenDate(s)
	}
	if year == appleNoYear {
		year = 0
	}
	if !ok || year > 9999 || month > 12 || day > daysIn(year, month) || year+month+day == 0 {
		return 0, 0, 0, false
	}
	return year, month, day, true
}

// DateOf is Date of a property, which may say that its year is none.
func DateOf(p *contentline.Property) (year, month, day int, ok bool) {
	year, month, day, ok = Date(contentline.UnescapeText(p.Value))
	if p.HasParam("X-APPLE-OMIT-YEAR") && ok && month > 0 {
		year = 0
	}
	return year, month, day, ok
}

func daysIn(year, month int) int {
	switch {
	case month == 2 && year != 0 && (year%4 != 0 || year%100 == 0 && year%400 != 0):
		return 28
	case month == 2:
		return 29
	case month == 4 || month == 6 || month == 9 || month == 11:
		return 30
	}
	return 31
}

// isoDate reads the forms of ISO 8601 that cards use (RFC 6350 section 4.3.1, RFC
// 2426 section 3.1.5), with or without a time.
func isoDate(s string) (year, month, day int, ok bool) {
	if i := strings.IndexAny(s, "Tt "); i >= 4 && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9' && isDigits(s[i-1:i]) && isDigits(s[max(0, i-2):i]) {
		s = s[:i]
	}
	digits := strings.ReplaceAll(s, "-", "")
	if !isDigits(digits) {
		return 0, 0, 0, false
	}
	switch {
	case len(digits) == 8 && (s == digits || dashes(s, 4, 7)):
		return atoi(digits[:4]), atoi(digits[4:6]), atoi(digits[6:]), true
	case len(digits) == 6 && dashes(s, 4):
		return atoi(digits[:4]), atoi(digits[4:]), 0, true
	case len(digits) == 4 && s == digits:
		return atoi(digits), 0, 0, true
	case len(digits) == 4 && (dashes(s, 0, 1) || dashes(s, 0, 1, 4)):
		return 0, atoi(digits[:2]), atoi(digits[2:]), true
	case len(digits) == 2 && dashes(s, 0, 1):
		return 0, atoi(digits), 0, true
	case len(digits) == 2 && dashes(s, 0, 1, 2):
		return 0, 0, atoi(digits), true
	}
	return 0, 0, 0, false
}

// dashes reports whether the dashes of s are at these places and no others.
func dashes(s string, places ...int) bool {
	for i := 0; i < len(s); i++ {
		if s[i] == '-' {
			if len(places) == 0 || places[0] != i {
				return false
			}
			places = places[1:]
		}
	}
	return len(places) == 0
}

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// writtenDate reads dates as people write them: day, month and year, the month in
// words or in digits.
func writtenDate(s string) (year, month, day int, ok bool) {
	slash := strings.Contains(s, "/")
	var numbers []string
	for _, w := range splitRuns(Fold(s)) {
		switch {
		case isDigits(w):
			numbers = append(numbers, w)
		case monthOf(w) > 0:
			if month > 0 {
				return 0, 0, 0, false
			}
			month = monthOf(w)
		case w != "de" && w != "del" && w != "di" && w != "of" && w != "the" && w != "th" && w != "st" && w != "nd" && w != "rd" && w != "er" &&
			w != "年" && w != "月" && w != "日" && w != "년" && w != "월" && w != "일":
			return 0, 0, 0, false
		}
	}
	n := make([]int, len(numbers))
	for i, d := range numbers {
		if len(d) > 4 {
			return 0, 0, 0, false
		}
		n[i] = atoi(d)
	}
	switch {
	case month > 0 && len(n) == 2 && len(numbers[1]) == 4:
		return n[1], month, n[0], n[0] > 0
	case month > 0 && len(n) == 2 && len(numbers[0]) == 4:
		return n[0], month, n[1], n[1] > 0
	case month > 0 && len(n) == 1 && len(numbers[0]) <= 2:
		return 0, month, n[0], n[0] > 0
	case month > 0 || len(n) != 3 || n[0] == 0 || n[1] == 0 || n[2] == 0:
		return 0, 0, 0, false
	case len(numbers[0]) == 4:
		return n[0], n[1], n[2], true
	case len(numbers[2]) != 4:
		return 0, 0, 0, false
	case slash && n[0] <= 12 && n[1] <= 12 && n[0] != n[1]:
		return 0, 0, 0, false
	case n[1] > 12 && slash:
		return n[2], n[0], n[1], true
	}
	return n[2], n[1], n[0], n[1] <= 12
}

// splitRuns splits a folded text into words, and words into letters and digits.
func splitRuns(s string) []string {
	var out []string
	for _, w := range Words(s) {
		start := 0
		runes := []rune(w)
		for i := 1; i <= len(runes); i++ {
			if i == len(runes) || isDigits(string(runes[i])) != isDigits(string(runes[i-1])) {
				out = append(out, string(runes[start:i]))
				start = i
			}
		}
	}
	return out
}

// months has a row for each month: its names in English, German, French, Italian,
// Spanish, Portuguese and Dutch, folded.
var months = [12]string{
	"january jan januar janvier janv gennaio gen enero ene janeiro januari janner",
	"february feb februar fevrier fevr febbraio febrero fevereiro februari",
	"march mar marz mars marzo marco maart maerz",
	"april apr avril avr aprile abril abr",
	"may mai maggio mag mayo maio mei",
	"june jun juni juin giugno giu junio junho",
	"july jul juli juillet juil luglio lug julio julho",
	"august aug aout agosto ago augustus",
	"september sep sept septembre settembre set septiembre setembro",
	"october oct oktober okt octobre ottobre ott octubre outubro",
	"november nov novembre noviembre novembro",
	"december dec dezember dez decembre dicembre dic diciembre dezembro",
}

var monthNames = func() map[string]int {
	m := map[string]int{}
	for i, names := range months {
		for _, name := range strings.Fields(names) {
			m[name] = i + 1
		}
	}
	return m
}()

func monthOf(word string) int { return monthNames[word] }
