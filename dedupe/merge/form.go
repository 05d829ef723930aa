package merge

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"almanac/contentline"
	"almanac/dedupe/value"
)

// A form is what a value is compared by.
type form struct {
	key    string // equal keys are equal values; "" is no value
	bucket string // only forms of one bucket can fit
	parts  []string
	words  []string
	number value.Number
	place  string // of an address: its words, streets in one spelling, without the country
	digits string // of an address: its numbers in their order
	coded  bool   // an address with a postal code
	day    [3]int // year, month, day
	clock  string // the time of that day
}

// text is the value of a property as people read it.
func (e *entry) text() string { return strings.TrimSpace(contentline.UnescapeText(e.prop.Value)) }

// parts are the components of a structured value, unescaped.
func (e *entry) parts() []string {
	parts := contentline.SplitText(e.prop.Value, ';')
	for i, p := range parts {
		parts[i] = strings.TrimSpace(contentline.UnescapeText(p))
	}
	return parts
}

// formText is a text without case, accents and punctuation.
func formText(e *entry) form { return form{key: squashed(e.text())} }

func formWords(e *entry) form { return formText(e) }

func formExact(e *entry) form { return form{key: e.text()} }

// formKept is for what a merge keeps aside: with the parameters that it is about.
func formKept(e *entry) form {
	f := formExact(e)
	for _, p := range e.prop.Params {
		if p.Name != "VALUE" && p.Name != "TYPE" && p.Name != "" {
			f.key += "\x00" + p.Name + "=" + strings.Join(p.Values, ",")
		}
	}
	return f
}

// formAccount is an address in a chat or network, and at which service when it does
// not say so itself: 12345 at one is not 12345 at another.
func formAccount(e *entry) form {
	f := form{key: strings.ToLower(e.text())}
	if scheme, _, found := strings.Cut(f.key, ":"); f.key == "" || found && scheme != "x-apple" {
		return f
	}
	service := e.prop.Param("X-SERVICE-TYPE") + e.prop.Param("SERVICE-TYPE")
	if service == "" && e.prop.Name != "IMPP" {
		types := typesOf(&e.prop)
		if i := slices.IndexFunc(types, func(t string) bool {
			return !slices.Contains([]string{"home", "work", "other", "pref"}, strings.ToLower(t))
		}); i >= 0 {
			service = types[i]
		}
	}
	f.key += "\x00" + strings.ToLower(service)
	return f
}

// formRelated is a person's name, or a reference to a card by its exact text.
func formRelated(e *entry) form {
	if t := e.text(); strings.Contains(t, ":") && !strings.Contains(t, " ") {
		return form{key: strings.ToLower(t)}
	}
	return formText(e)
}

// formPointed is a property of JSContact and where it stands there.
func formPointed(e *entry) form {
	f := formExact(e)
	f.key += "\x00" + e.prop.Param("JSPTR")
	return f
}

// formLabelled is for properties that mean little without their label.
func formLabelled(e *entry) form {
	f := formText(e)
	if f.key != "" && e.label != "" {
		f.key += "\x00" + e.label
	}
	return f
}

func formEmail(e *entry) form {
	s := e.text()
	if len(s) >= 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	return form{key: strings.ToLower(strings.TrimSpace(s))}
}

func formURL(e *entry) form {
	u, _ := value.URL(e.text())
	return form{key: u}
}

// formMedia is a file by its octets, a reference by its text.
func formMedia(e *entry) form {
	if data, ok := value.MediaBytes(&e.prop); ok {
		if hash, size, ok := value.Media(&e.prop); ok && len(data) > 0 {
			return form{key: fmt.Sprintf("file %s %d", hex.EncodeToString(hash[:]), size)}
		}
		return form{}
	}
	if t := e.text(); t != "" {
		return form{key: "text " + t}
	}
	return form{}
}

// How many digits of a number have to be the same at its end.
const (
	sameEnd     = 6 // of a national and an international form
	sameAtHome  = 8 // of two national ones, one without its trunk prefix
	mostCountry = 3 // digits of a country code
)

// plainMarks are what everybody reads as the beginning of an extension.
var plainMarks = []string{"", ";ext=", "ext", "poste", "int", "#", "x"}

func formPhone(e *entry) form {
	n, ok := value.Dialled(e.text())
	if !ok || n.Spelt {
		return formText(e) // of *21# and #21# too each is its own
	}
	if !slices.Contains(plainMarks, n.Mark) {
		n.Digits, n.Ext = n.Digits+n.Ext, ""
	}
	if rest, found := strings.CutPrefix(n.Digits, "00"); found && !n.Plus && len(n.Digits) >= 9 {
		n.Plus, n.Digits = true, rest
	}
	return form{
		key:    fmt.Sprintf("%v %s %s", n.Plus, n.Digits, n.Ext),
		bucket: n.Digits[max(0, len(n.Digits)-sameEnd):] + " " + n.Ext,
		number: n,
	}
}

// samePhone reports whether two numbers are one subscriber's whatever the country:
// the one with a country code ends in the other, but for the trunk prefix.
func samePhone(a, b *form) bool {
	x, y := a.number, b.number
	switch {
	case a.key == b.key:
		return true
	case x.Digits == "" || y.Digits == "" || x.Ext != y.Ext:
		return false
	case x.Digits == y.Digits:
		return true
	case x.Plus && y.Plus:
		return false
	case !x.Plus && !y.Plus:
		x, y := strings.TrimLeft(x.Digits, "0"), strings.TrimLeft(y.Digits, "0")
		return len(x) >= sameAtHome && x == y
	case y.Plus:
		x, y = y, x
	}
	for _, home := range []string{y.Digits, strings.TrimPrefix(y.Digits, "0")} {
		code := len(x.Digits) - len(home)
		if len(home) >= sameEnd && code >= 1 && code <= mostCountry && strings.HasSuffix(x.Digits, home) {
			return true
		}
	}
	return false
}

// fitsPhone: of two spellings the international one is the better.
func fitsPhone(full, e *form) bool {
	return samePhone(full, e) && (full.number.Plus || !e.number.Plus)
}

// componentsOf are the words of each component, without empty ones at the end.
func componentsOf(parts []string, drop string) (out []string) {
	for _, p := range parts {
		out = append(out, strings.Join(wordsOf(strings.ReplaceAll(p, drop, "")), " "))
	}
	for len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}

func formOrganisation(e *entry) form {
	f := form{parts: componentsOf(e.parts(), ".")}
	if f.key = strings.Join(f.parts, ";"); f.key == "" {
		f.key = strings.Trim(e.text(), "; ")
	}
	f.words = allWords(f.parts)
	return f
}

// allWords are the words of all components, sorted.
func allWords(parts []string) []string {
	words := strings.Fields(strings.Join(parts, " "))
	slices.Sort(words)
	return words
}

// fitsComponents: each component that e has is the same, or all words are.
func fitsComponents(full, e *form) bool {
	return within(full, e) || len(e.words) > 0 && slices.Equal(full.words, e.words)
}

// within reports whether each component that e has is the same in full.
func within(full, e *form) bool {
	for i, p := range e.parts {
		if p != "" && (i >= len(full.parts) || full.parts[i] != p) {
			return false
		}
	}
	return len(e.parts) > 0 && len(full.parts) > 0
}

// country is the place of the country in an ADR. RFC 6350 section 6.3.1.
const country = 6

func formAddress(e *entry) form {
	parts := e.parts()
	f := form{parts: componentsOf(parts, "")}
	if f.key = strings.Join(f.parts, ";"); f.key == "" {
		f.key = strings.Trim(e.text(), "; ")
	}
	f.words = allWords(f.parts)
	f.place, f.digits = place(parts)
	f.coded = len(parts) >= country && parts[country-1] != "" || slices.ContainsFunc(strings.Fields(f.digits), isCode)
	return f
}

// place are the words of an address without the country, sorted, and those with digits
// as they come. Only whole words have a short form: Hauptstr. 3 stays beside
// Hauptstrasse 3.
func place(parts []string) (all, digits string) {
	var words, numbers []string
	for _, p := range parts[:min(len(parts), country)] {
		for _, w := range wordsOf(p) {
			if w = value.StreetWord(w); strings.ContainsAny(w, "0123456789") {
				numbers = append(numbers, w)
			}
			words = append(words, w)
		}
	}
	slices.Sort(words)
	return strings.Join(words, " "), strings.Join(numbers, " ")
}

// isCode reports whether a number is as long as a postal code.
func isCode(number string) bool { return len(strings.Map(digit, number)) >= 4 }

// fitsAddress also takes street words in their short forms, and does not mind how
// the country is written: no two places share street, number, code and town. House 3,
// flat 12 is not house 12, flat 3.
func fitsAddress(full, e *form) bool {
	switch {
	case within(full, e):
		return true
	case full.digits != e.digits:
		return false
	case slices.Equal(full.words, e.words):
		return len(e.words) > 0
	case full.place == "" || full.place != e.place:
		return false
	case len(e.parts) > country && len(full.parts) > country && !full.coded && !e.coded:
		return false // there is a London in two countries
	}
	return len(full.parts) > country || len(e.parts) <= country
}

func formDate(e *entry) form {
	y, m, d, ok := value.DateOf(&e.prop)
	if !ok || m == 0 || d == 0 || !isoDay(e.text()) {
		// Not a day, or one that others may read differently.
		return formText(e)
	}
	f := form{key: fmt.Sprintf("%04d-%02d-%02d", y, m, d), day: [3]int{y, m, d}, clock: clockOf(e.text())}
	if f.clock != "" {
		f.key += " " + f.clock
	}
	return f
}

// clockOf is the time of day in a date of ISO 8601. Midnight is what programs write
// that keep days as moments: it says nothing.
func clockOf(s string) string {
	_, clock, _ := strings.Cut(strings.ToUpper(s), "T")
	if strings.Trim(clock, "0:.,Z+-") == "" {
		return ""
	}
	return clock
}

// isoDay reports whether a date has the form of ISO 8601: 1985-04-12, --0412.
func isoDay(s string) bool {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "-"), "-")
	digits := 0
	for i := 0; i < len(s) && digits < 8; i++ {
		if s[i] >= '0' && s[i] <= '9' {
			digits++
		} else if s[i] != '-' {
			break
		}
	}
	return digits == 8 || digits == 4
}

// fitsDate: a day with its year says more than the day alone. A time of that day is not
// taken over: of many programs it is noon, or midnight elsewhere.
func fitsDate(full, e *form) bool {
	if full.day[1] == 0 || full.day[1] != e.day[1] || full.day[2] != e.day[2] {
		return false
	}
	return e.day[0] == 0 && e.clock == "" || full.day[0] == e.day[0] && full.clock == e.clock
}

func formName(e *entry) form {
	text := e.text()
	if e.prop.Name == "N" {
		text = strings.Trim(strings.Join(e.parts(), " "), " ")
	}
	f := form{words: wordsOf(text)}
	slices.Sort(f.words)
	if f.key = strings.Join(f.words, " "); f.key == "" {
		f.key = text
	}
	return f
}

// fitsName: full has each word of e, and for an initial a word that begins so.
func fitsName(full, e *form) bool {
	if len(e.words) == 0 || len(e.words) > maxNameWords || len(full.words) > maxNameWords {
		return false
	}
	for _, w := range e.words {
		if slices.Contains(full.words, w) {
			continue
		}
		if len([]rune(w)) != 1 || !slices.ContainsFunc(full.words, func(x string) bool { return strings.HasPrefix(x, w) }) {
			return false
		}
	}
	return true
}

// maxNameWords is the most words of a name that are compared one by one.
const maxNameWords = 50
