package merge

// A second opinion on merges, with a reader and normal forms of its own: what of
// the sources is lost, what is there that no source has, what is there twice.

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"mime/quotedprintable"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A line is a property as the checker reads it.
type line struct {
	group, name, raw string
	params           map[string][]string
}

var lineForm = regexp.MustCompile(`(?s)^(?:([A-Za-z0-9_-]+)\.)?([A-Za-z0-9_-]+)((?:;(?:[^;:"]|"[^"]*")*)*):(.*)$`)
var paramForm = regexp.MustCompile(`;((?:[^;:"]|"[^"]*")*)`)

func readLines(card string) []line {
	card = strings.ReplaceAll(card, "\r\n", "\n")
	var logical []string
	physical := strings.Split(card, "\n")
	for i := 0; i < len(physical); i++ {
		l := physical[i]
		head, _, _ := strings.Cut(l, ":")
		if strings.Contains(strings.ToUpper(head), "QUOTED-PRINTABLE") {
			for strings.HasSuffix(l, "=") && i+1 < len(physical) {
				i++
				l = l[:len(l)-1] + physical[i]
			}
		}
		for i+1 < len(physical) && physical[i+1] != "" && (physical[i+1][0] == ' ' || physical[i+1][0] == '\t') {
			i++
			l += physical[i][1:]
		}
		logical = append(logical, l)
	}
	var out []line
	for _, l := range logical {
		m := lineForm.FindStringSubmatch(l)
		if m == nil {
			continue
		}
		p := line{strings.ToLower(m[1]), strings.ToUpper(m[2]), m[4], map[string][]string{}}
		for _, pm := range paramForm.FindAllStringSubmatch(m[3], -1) {
			k, v, ok := strings.Cut(pm[1], "=")
			if !ok {
				k, v = "TYPE", k
				if slices.Contains([]string{"QUOTED-PRINTABLE", "BASE64"}, strings.ToUpper(v)) {
					k = "ENCODING"
				}
			}
			k = strings.ToUpper(k)
			p.params[k] = append(p.params[k], strings.Split(strings.ReplaceAll(v, `"`, ""), ",")...)
		}
		out = append(out, p)
	}
	return out
}

func (l line) encoding(names ...string) bool {
	for _, e := range l.params["ENCODING"] {
		if slices.Contains(names, strings.ToUpper(e)) {
			return true
		}
	}
	return false
}

func (l line) text() string {
	raw := l.raw
	if l.encoding("QUOTED-PRINTABLE") {
		if b, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(raw))); err == nil {
			raw = string(b)
		}
	}
	return raw
}

var escape = regexp.MustCompile(`(?s)\\(.)`)

func plain(s string) string {
	return strings.TrimSpace(escape.ReplaceAllStringFunc(s, func(e string) string {
		if e[1] == 'n' || e[1] == 'N' {
			return "\n"
		}
		return e[1:]
	}))
}

func (l line) split(seps string) []string {
	var out []string
	s, start := l.text(), 0
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
		} else if strings.IndexByte(seps, s[i]) >= 0 {
			out = append(out, plain(s[start:i]))
			start = i + 1
		}
	}
	return append(out, plain(s[start:]))
}

func tokens(s string) []string {
	s = strings.NewReplacer("ß", "ss", "ø", "o", "ł", "l", "đ", "d", "Đ", "d", "æ", "ae", "’", "'").Replace(s)
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return strings.FieldsFunc(b.String(), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.Is(unicode.Mc, r) })
}

func flat(s string) string {
	if t := strings.Join(tokens(s), " "); t != "" {
		return t
	}
	return s
}

// A fact is one value of a card.
type fact struct {
	prop, key, shown, label string
	types                   []string
	parts                   []string
}

func (f fact) String() string { return fmt.Sprintf("%s %q %v %s", f.prop, f.shown, f.types, f.label) }

var bookkeeping = map[string]bool{"VERSION": true, "PRODID": true, "REV": true, "UID": true, "BEGIN": true, "END": true, "X-ABLABEL": true, "X-ABADR": true,
	"CLASS": true, "SORT-STRING": true, "X-ABSHOWAS": true}

func factsOf(card string) []fact {
	lines := readLines(card)
	labels := map[string]string{}
	for _, l := range lines {
		if l.name == "X-ABLABEL" {
			labels[l.group] = plain(l.raw)
		}
	}
	var out []fact
	for _, l := range lines {
		if bookkeeping[l.name] {
			continue
		}
		f := fact{prop: l.name, shown: plain(l.text())}
		if l.group != "" {
			f.label = labels[l.group]
		}
		for _, t := range l.params["TYPE"] {
			if t = strings.ToLower(t); !slices.Contains([]string{"", "voice", "internet", "pref"}, t) {
				f.types = append(f.types, t)
			}
		}
		switch l.name {
		case "PHOTO", "KEY", "LOGO":
			raw := strings.Join(strings.Fields(l.raw), "")
			if _, body, ok := strings.Cut(raw, ";base64,"); ok {
				raw = body
			} else if !l.encoding("B", "BASE64") {
				f.key = f.shown
				break
			}
			data, _ := base64.StdEncoding.DecodeString(raw)
			f.key, f.types = fmt.Sprintf("%x", sha1.Sum(data)), nil
		case "NICKNAME", "CATEGORIES":
			seps := ","
			if l.name == "CATEGORIES" {
				seps = ",;"
			}
			for _, t := range l.split(seps) {
				if t != "" {
					g := f
					g.key, g.shown = flat(t), t
					out = append(out, g)
				}
			}
			continue
		case "N", "ADR", "ORG":
			f.parts = l.split(";")
			for i, p := range f.parts {
				if l.name == "ORG" {
					p = strings.ReplaceAll(p, ".", "")
				}
				f.parts[i] = strings.Join(tokens(p), " ")
			}
			f.key = strings.Trim(strings.Join(f.parts, ";"), ";")
			f.shown = strings.Join(slices.DeleteFunc(l.split(";"), func(s string) bool { return s == "" }), " ")
			if l.name == "N" {
				f.key = flat(f.shown)
			}
		case "EMAIL":
			f.key = strings.ToLower(strings.TrimPrefix(f.shown, "mailto:"))
		case "URL":
			f.key = strings.TrimRight(strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(f.shown), "https://"), "http://"), "/")
		case "GENDER":
			f.key = strings.ToLower(f.shown)
		default:
			f.key = flat(f.shown)
		}
		if f.key != "" {
			out = append(out, f)
		}
	}
	return out
}

var extension = regexp.MustCompile(`(?i)(?:;ext=|\bext\.?|\bposte\b|[#x])\s*(\d{1,6})\s*$`)

// subscriber is a number's digits and extension; abroad says that it has a country
// code.
func subscriber(v string) (abroad bool, digits, ext string) {
	v = strings.Map(func(r rune) rune {
		if r >= '٠' && r <= '٩' {
			return '0' + r - '٠'
		}
		return r
	}, norm.NFKC.String(v))
	v = strings.TrimPrefix(strings.ToLower(v), "tel:")
	if m := extension.FindStringSubmatchIndex(v); m != nil {
		ext, v = v[m[2]:m[3]], v[:m[0]]
	}
	v = strings.ReplaceAll(v, "(0)", "")
	abroad = strings.HasPrefix(strings.TrimLeft(v, " ("), "+")
	digits = strings.Map(digit, v)
	if !abroad && strings.HasPrefix(digits, "00") && len(digits) >= 9 {
		return true, digits[2:], ext
	}
	return abroad, digits, ext
}

func oneSubscriber(a, b string) bool {
	ai, ad, ae := subscriber(a)
	bi, bd, be := subscriber(b)
	switch {
	case ad == "" || bd == "":
		return a == b
	case ae != be:
		return false
	case ad == bd:
		return true
	case ai == bi:
		at, bt := strings.TrimLeft(ad, "0"), strings.TrimLeft(bd, "0")
		return !ai && at == bt && len(at) >= 8
	case bi:
		ad, bd = bd, ad
	}
	for _, n := range []string{bd, strings.TrimPrefix(bd, "0")} {
		if k := len(ad) - len(n); len(n) >= 6 && k >= 1 && k <= 3 && strings.HasSuffix(ad, n) {
			return true
		}
	}
	return false
}

var dayForm = regexp.MustCompile(`^(?:(\d{4})|--)-?(\d{2})-?(\d{2})`)

func sameFact(a, b fact) bool { // b says all that a says
	switch a.prop {
	case "TEL":
		return oneSubscriber(a.shown, b.shown)
	case "FN", "N":
		bt := tokens(b.shown)
		for _, t := range tokens(a.shown) {
			if !slices.ContainsFunc(bt, func(x string) bool { return x == t || len([]rune(t)) == 1 && strings.HasPrefix(x, t) }) {
				return false
			}
		}
		return a.key == b.key || len(tokens(a.shown)) > 0
	case "ADR", "ORG":
		if a.key == b.key {
			return true
		}
		subset := true
		for i, p := range a.parts {
			subset = subset && (p == "" || i < len(b.parts) && b.parts[i] == p)
		}
		sorted := func(parts []string) []string {
			w := strings.Fields(strings.Join(parts, " "))
			for i := range w {
				if short, ok := map[string]string{"strasse": "str", "street": "st", "avenue": "av", "road": "rd"}[w[i]]; ok && a.prop == "ADR" {
					w[i] = short
				}
			}
			slices.Sort(w)
			return w
		}
		return subset || slices.Equal(sorted(a.parts), sorted(b.parts)) ||
			a.prop == "ADR" && slices.Equal(sorted(a.parts[:min(6, len(a.parts))]), sorted(b.parts[:min(6, len(b.parts))]))
	case "BDAY", "ANNIVERSARY":
		x, y := dayForm.FindStringSubmatch(a.shown), dayForm.FindStringSubmatch(b.shown)
		if x == nil || y == nil {
			return a.key == b.key
		}
		noYear := x[1] == "" || x[1] == "1604"
		return x[2] == y[2] && x[3] == y[3] && (noYear || x[1] == y[1])
	case "NOTE":
		return strings.Contains(b.key, a.key)
	}
	return a.key == b.key
}

// check tells what is wrong with a merged card.
func check(sources [][]byte, merged []byte) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	var src []fact
	for _, s := range sources {
		src = append(src, factsOf(string(s))...)
	}
	out := factsOf(string(merged))
	counts := map[string]int{}
	for _, l := range readLines(string(merged)) {
		counts[l.name]++
	}
	for _, once := range []string{"VERSION", "UID", "N", "BDAY", "ANNIVERSARY", "REV", "KIND"} {
		if counts[once] > 1 {
			fault("%s %d times", once, counts[once])
		}
	}
	if counts["FN"] < 1 || counts["UID"] < 1 || bytes.Contains(merged, []byte("VERSION:3.0")) && counts["N"] < 1 {
		fault("FN, N or UID is missing")
	}
	var aside strings.Builder // where a second name or date can stand
	for _, f := range out {
		if f.prop == "NOTE" || f.prop == "NICKNAME" || strings.HasPrefix(f.prop, "X-ALMANAC-") {
			fmt.Fprintf(&aside, " %s \n %s \n", flat(f.shown), f.shown)
		}
	}
	for _, f := range src {
		var hits []fact
		for _, g := range out {
			if f.prop == g.prop && sameFact(f, g) || (f.prop == "FN" || f.prop == "N") && (g.prop == "FN" || g.prop == "N") && sameFact(f, g) {
				hits = append(hits, g)
			}
		}
		if len(hits) == 0 {
			switch f.prop {
			case "FN", "N", "BDAY", "ANNIVERSARY", "KIND":
				if strings.Contains(aside.String(), " "+flat(f.shown)+" ") || strings.Contains(aside.String(), f.shown) {
					continue
				}
			}
			fault("lost: %s", f)
			continue
		}
		if f.prop == "TEL" || f.prop == "EMAIL" || f.prop == "ADR" || f.prop == "URL" {
			for _, t := range f.types {
				if !slices.ContainsFunc(hits, func(g fact) bool { return slices.Contains(g.types, t) }) {
					fault("type %s lost of %s", t, f)
				}
			}
		}
		if f.label != "" && !slices.ContainsFunc(hits, func(g fact) bool { return g.label == f.label }) && !strings.Contains(aside.String(), flat(f.label)) {
			fault("label lost of %s", f)
		}
	}
	for i, g := range out {
		if !known(g, src) {
			fault("invented: %s", g)
		}
		for _, h := range out[:i] {
			if g.prop == h.prop && (g.key == h.key && g.label == h.label || g.prop == "TEL" && oneSubscriber(g.shown, h.shown)) {
				fault("twice: %s and %s", h, g)
			}
		}
	}
	return faults
}

// known reports whether a value of the result comes from the sources.
func known(g fact, src []fact) bool {
	if g.label != "" && !slices.ContainsFunc(src, func(f fact) bool { return f.prop == g.prop && f.label == g.label }) {
		return false
	}
	for _, f := range src {
		if f.prop == g.prop && (sameFact(f, g) || sameFact(g, f)) && (g.prop != "NOTE" || f.key == g.key) {
			return true
		}
	}
	switch {
	case g.prop == "NOTE":
		for l := range strings.SplitSeq(g.shown, "\n") {
			if flat(l) != "" && !slices.ContainsFunc(src, func(f fact) bool {
				return f.prop == "NOTE" && strings.Contains(f.key, flat(l)) || f.prop != "NOTE" && strings.Contains(flat(l), flat(f.shown))
			}) {
				return false
			}
		}
		return true
	case strings.HasPrefix(g.prop, "X-ALMANAC-"):
		return slices.ContainsFunc(src, func(f fact) bool { return strings.Contains(flat(g.shown), flat(f.shown)) })
	case g.prop == "NICKNAME" || g.prop == "FN" || g.prop == "N":
		words := map[string]bool{}
		for _, f := range src {
			for _, t := range tokens(f.shown) {
				words[t] = true
			}
		}
		return !slices.ContainsFunc(tokens(g.shown), func(t string) bool { return !words[t] })
	}
	return false
}
