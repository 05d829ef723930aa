package value

import (
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The lengths of numbers, in digits. ITU-T E.164 has 15 at most; what is shorter
// than a subscriber's number is a service of the network: 112, 144, 0333.
const (
	leastSubscriber = 5
	mostDigits      = 15
	maxPhone        = 200 // octets looked at
)

// Phone returns the normal form of a phone number: "+41791234567" when the value
// says the country, or when country (a name of ISO 3166 such as "CH", in any
// case, or "") has numbers of that length; otherwise the national significant
// digits, without trunk prefix. ext is the extension in digits, without the
// number's: the canonical forms of two extensions of one switchboard are the same.
//
// ok is false for what is no subscriber's number: words, short codes, service
// codes such as *100#, more digits than a number has.
func Phone(raw, country string) (canonical, ext string, ok bool) {
	n, ok := Dialled(raw)
	if !ok {
		return "", "", false
	}
	canonical, ok = n.canonical(countries[strings.ToUpper(country)])
	return canonical, n.Ext, ok
}

// A Number is a phone number taken apart, as it would be dialled.
type Number struct {
	Plus   bool   // it begins with the sign for a country code
	Digits string // of the number, without plus, extension and (0)
	Ext    string // the extension, in digits
	Mark   string // what stood before the extension: "ext", "x", ",", ...
	Spelt  bool   // some of the digits are letters: 0800 CHOCOLATE
}

// Dialled takes a phone number apart without asking what it means. ok is false
// when there is nothing to dial.
func Dialled(raw string) (n Number, ok bool) {
	if len(raw) > maxPhone {
		return n, false
	}
	s := strings.TrimSpace(plainDigits(raw))
	if after, found := cutPrefixFold(s, "tel:"); found {
		if s, n.Ext = phoneURI(after); n.Ext != "" {
			n.Mark = ";ext="
		}
	}
	if strings.HasPrefix(s, "*") || strings.HasPrefix(s, "#") {
		return n, false
	}
	if n.Ext == "" {
		s, n.Mark, n.Ext = cutExtension(s)
	}
	s = strings.TrimLeft(s, " (")
	s, n.Plus = strings.CutPrefix(s, "+")
	n.Digits, n.Spelt = digitsOf(s)
	return n, n.Digits != "" && len(n.Digits) <= mostDigits+5
}

// canonical gives the number its normal form; home may be nil.
func (n Number) canonical(home *country) (string, bool) {
	digits := n.Digits
	if n.Plus {
		return international(strings.TrimPrefix(digits, "00"))
	}
	if len(digits) < leastSubscriber {
		return "", false
	}
	exits := []string{"00"}
	if home != nil {
		exits = home.exit
		// Where carriers have exit codes of their own, 00 57 ... in Colombia is also
		// 005 7 ...: who writes down a number there means the one at home.
		for _, exit := range exits {
			if rest, found := strings.CutPrefix(digits, exit+home.code); found && home.fits(rest) {
				return international(home.code + rest)
			}
		}
	}
	for _, exit := range exits {
		rest, found := strings.CutPrefix(digits, exit)
		if c := codeOf(rest); found && c != nil && len(rest) >= len(c.code)+c.least {
			return international(rest)
		}
	}
	if home == nil {
		return national(digits)
	}
	nsn := digits
	for _, trunk := range home.trunk {
		if rest, found := strings.CutPrefix(digits, trunk); found && len(rest) >= home.least {
			nsn = rest
			break
		}
	}
	if short := mobileForm(home.code, nsn); home.fits(short) {
		return "+" + home.code + short, true
	}
	// 41 79 ... and 39 347 ...: somebody forgot the plus.
	if c := codeOf(digits); c != nil && len(digits) > home.most && c.fits(digits[len(c.code):]) {
		return international(digits)
	}
	return national(digits)
}

func (c *country) fits(nsn string) bool { return len(nsn) >= c.least && len(nsn) <= c.most }

// international is the normal form of what comes behind a plus.
func international(digits string) (string, bool) {
	c := codeOf(digits)
	if c == nil {
		return "+" + digits, len(digits) > leastSubscriber && len(digits) <= mostDigits
	}
	nsn := digits[len(c.code):]
	for _, trunk := range c.trunk { // +41 079 ...
		if rest, found := strings.CutPrefix(nsn, trunk); found && trunk[0] == '0' && c.fits(rest) {
			nsn = rest
			break
		}
	}
	nsn = mobileForm(c.code, nsn)
	return "+" + c.code + nsn, len(nsn) >= min(leastSubscriber, c.least) && len(nsn) <= mostDigits-len(c.code)+2
}

// national is the normal form of a number of which no country is known.
func national(digits string) (string, bool) {
	if rest := strings.TrimLeft(digits, "0"); len(rest) >= leastSubscriber {
		digits = rest
	} else {
		return "", false
	}
	return digits, len(digits) <= mostDigits
}

// mobileForm removes what is dialled before or inside of some countries' numbers
// in one direction only.
func mobileForm(code, nsn string) string {
	switch {
	case code == "52" && len(nsn) == 11 && nsn[0] == '1': // Mexico's mobiles from abroad until 2020
		return nsn[1:]
	case code == "54" && len(nsn) == 11 && nsn[0] == '9': // Argentina's mobiles from abroad
		return nsn[1:]
	case code == "54" && len(nsn) == 12: // and at home: 15 behind the area code
		for _, at := range []int{2, 3, 4} {
			if nsn[at:at+2] == "15" && (at != 2 || nsn[:2] == "11") {
				return nsn[:at] + nsn[at+2:]
			}
		}
	case code == "55" && (len(nsn) == 12 || len(nsn) == 13): // Brazil's choice of a carrier
		return nsn[2:]
	}
	return nsn
}

// plainDigits makes ASCII of the digits and signs of all scripts and drops
// characters that only direct the writing.
func plainDigits(s string) string {
	ascii := true
	for i := 0; i < len(s) && ascii; i++ {
		ascii = s[i] < 0x80
	}
	if ascii {
		return s
	}
	var b strings.Builder
	for _, r := range norm.NFKC.String(s) {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case unicode.Is(unicode.Cf, r):
		case unicode.Is(unicode.Nd, r):
			b.WriteByte('0' + digitValue(r))
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// digitValue counts down to the zero of the digit's script: the ten digits of
// each stand together, and scripts whose digits touch have whole tens.
func digitValue(r rune) byte {
	n := 0
	for unicode.Is(unicode.Nd, r-1) {
		r--
		n++
	}
	return byte(n % 10)
}

// digitsOf returns the digits of a number, those of a spelt one from the letters on
// a phone's keys.
func digitsOf(s string) (digits string, spelt bool) {
	s = strings.ReplaceAll(s, "(0)", "")
	b := make([]byte, 0, len(s))
	letters := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i] | 0x20; {
		case s[i] >= '0' && s[i] <= '9':
			b = append(b, s[i])
		case c >= 'a' && c <= 'z':
			if letters++; len(b) < 3 {
				return "", false // a word, not 0800 CHOCOLATE
			}
			b = append(b, "22233344455566677778889999"[c-'a'])
		case s[i] >= 0x80:
			return "", false
		}
	}
	if letters > 0 && letters < 3 {
		return "", false
	}
	return string(b), letters > 0
}

// phoneURI reads what is behind tel:. RFC 3966 section 3.
func phoneURI(s string) (number, ext string) {
	if plain, err := url.PathUnescape(s); err == nil {
		s = plain
	}
	number, params, _ := strings.Cut(s, ";")
	for param := range strings.SplitSeq(params, ";") {
		name, v, _ := strings.Cut(param, "=")
		switch {
		case strings.EqualFold(name, "ext"):
			ext, _ = digitsOf(v)
		case strings.EqualFold(name, "phone-context") && strings.HasPrefix(v, "+") && !strings.HasPrefix(number, "+"):
			number = v + strings.TrimLeft(number, "0")
		}
	}
	return number, ext
}

// extensionWords stand before an extension, longest first where one begins with
// another.
var extensionWords = []string{
	"extension", "anschluss", "durchwahl", "interno", "apparat", "toestel", "klapka", "anexo", "ramal", "poste", "linea",
	"extn", "ext", "int", "dw", "wew", "доб", "内线", "分机", "x", "#",
}

// maxExtension is the most digits of an extension.
const maxExtension = 7

// cutExtension splits a number from the extension behind it: a word before it or
// the pause that a phone makes before it dials on.
func cutExtension(s string) (number, mark, ext string) {
	end := len(s)
	for end > 0 && (s[end-1] >= '0' && s[end-1] <= '9' || s[end-1] == ')' || s[end-1] == ']' || s[end-1] == ' ') {
		end--
	}
	ext = strings.Trim(s[end:], " )]")
	head := strings.TrimRight(s[:end], " .:=-([")
	if ext == "" || len(ext) > maxExtension || strings.ContainsAny(ext, " )]") || countDigits(head) < leastSubscriber {
		return s, "", ""
	}
	if trimmed := strings.TrimRight(head, ",;pPwW"); len(trimmed) < len(head) && len(trimmed) > 0 && !isLetter(trimmed[len(trimmed)-1]) {
		return trimmed, ",", ext
	}
	low := strings.ToLower(head)
	for _, word := range extensionWords {
		if rest, found := strings.CutSuffix(low, word); found && len(low) == len(head) && (rest == "" || !isLetter(rest[len(rest)-1])) {
			return strings.TrimRight(head[:len(rest)], " ,;/-("), word, ext
		}
	}
	return s, "", ""
}

func countDigits(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 }

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}
