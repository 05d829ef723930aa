package synth

import (
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"almanac/dedupe/names"
	"almanac/dedupe/value"
)

// A damage is one way in which a second card of somebody differs from the first.
// It returns false when it does not apply.
type damage struct {
	name   string
	weight float64
	do     func(r *rand.Rand, c *card) bool
}

// Damages returns the names of all kinds of damage, in order.
func Damages() []string {
	var out []string
	for _, d := range damages {
		out = append(out, d.name)
	}
	return out
}

var damages = []damage{
	{"exact", 10, func(r *rand.Rand, c *card) bool { return true }},
	{"format", 12, func(r *rand.Rand, c *card) bool { subset(r, c, 0.15); return true }},
	{"upper", 1.5, func(r *rand.Rand, c *card) bool {
		c.family = strings.ToUpper(c.family)
		if chance(r, 0.4) {
			c.given = strings.ToUpper(c.given)
		}
		subset(r, c, 0.3)
		return true
	}},
	{"lower", 1, func(r *rand.Rand, c *card) bool {
		c.family, c.given = strings.ToLower(c.family), strings.ToLower(c.given)
		subset(r, c, 0.3)
		return true
	}},
	{"subset", 14, func(r *rand.Rand, c *card) bool { subset(r, c, 0.55); return true }},
	{"name-only", 3, nameOnly},
	{"phone-only", 4, func(r *rand.Rand, c *card) bool { return oneOf(r, c, "tel") }},
	{"mail-only", 3, func(r *rand.Rand, c *card) bool { return oneOf(r, c, "mail") }},
	{"address-only", 1.2, func(r *rand.Rand, c *card) bool { return oneOf(r, c, "adr") }},
	{"typo", 8, human(func(r *rand.Rand, c *card) bool { misspell(r, c, typo); subset(r, c, 0.4); return true })},
	{"ocr", 1, human(func(r *rand.Rand, c *card) bool { misspell(r, c, ocr); subset(r, c, 0.4); return true })},
	{"phonetic", 2.5, human(func(r *rand.Rand, c *card) bool { misspell(r, c, byEar); subset(r, c, 0.4); return true })},
	{"no-accents", 5, human(func(r *rand.Rand, c *card) bool {
		c.family, c.given, c.middle = strip(c.family), strip(c.given), strip(c.middle)
		subset(r, c, 0.4)
		return true
	})},
	{"umlaut", 1.5, human(func(r *rand.Rand, c *card) bool {
		f, g := umlauts.Replace(c.family), umlauts.Replace(c.given)
		if f == c.family && g == c.given {
			return false
		}
		c.family, c.given = f, g
		subset(r, c, 0.4)
		return true
	})},
	{"initial", 3, human(func(r *rand.Rand, c *card) bool {
		c.given = first(c.given) + pick(r, []string{".", ""})
		c.middle = ""
		subset(r, c, 0.4)
		return true
	})},
	{"middle-initial", 1, human(func(r *rand.Rand, c *card) bool {
		if c.middle == "" {
			return false
		}
		c.middle = first(c.middle) + "."
		subset(r, c, 0.4)
		return true
	})},
	{"no-middle", 3, human(func(r *rand.Rand, c *card) bool {
		if c.middle == "" {
			return false
		}
		c.middle = ""
		subset(r, c, 0.4)
		return true
	})},
	{"nickname", 4, human(func(r *rand.Rand, c *card) bool {
		s := shortOf(r, c.given)
		if s == "" {
			return false
		}
		c.given = s
		subset(r, c, 0.4)
		return true
	})},
	{"other-language", 0.7, human(func(r *rand.Rand, c *card) bool {
		g := names.Latin(c.given)
		for _, line := range names.Equals() {
			if slices.Contains(line, g) {
				o := pick(r, line)
				c.given = strings.ToUpper(o[:1]) + o[1:]
				subset(r, c, 0.3)
				return o != g
			}
		}
		return false
	})},
	{"first-name", 4, human(func(r *rand.Rand, c *card) bool { c.family, c.middle = "", ""; subset(r, c, 0.5); return true })},
	{"family-name", 1, human(func(r *rand.Rand, c *card) bool { c.given, c.middle = "", ""; subset(r, c, 0.4); return true })},
	{"relation", 1, human(func(r *rand.Rand, c *card) bool {
		c.given, c.family, c.middle = pick(r, []string{"Mama", "Papa", "Dad", "Mum", "Mom", "Oma", "Opa", "Boss", "Chef", "Maman", "Mamma", "Baba", "Anne", "Schatz", "Mamá", "Pai", "Mãe", "Tata"}), "", ""
		subset(r, c, 0.4)
		return true
	})},
	{"number-as-name", 0.5, human(func(r *rand.Rand, c *card) bool {
		if len(c.tels) == 0 {
			return false
		}
		c.fn, c.noN, c.given, c.family, c.middle = "+"+c.tels[0].plan.code+c.tels[0].nsn, true, "", "", ""
		c.mails, c.homes = nil, nil
		return true
	})},
	{"mail-as-name", 1, human(func(r *rand.Rand, c *card) bool {
		if len(c.mails) == 0 {
			return false
		}
		c.fn, c.noN, c.given, c.family, c.middle = c.mails[0].box, true, "", "", ""
		c.mails = c.mails[:1]
		subset(r, c, 0.8)
		if len(c.mails) == 0 {
			return false
		}
		c.tels, c.homes = nil, nil
		return true
	})},
	{"swapped", 4, human(func(r *rand.Rand, c *card) bool {
		c.family, c.given = c.given, c.family
		subset(r, c, 0.3)
		return true
	})},
	{"comma", 2.5, human(func(r *rand.Rand, c *card) bool {
		c.fn = c.family + ", " + c.given
		c.noN = chance(r, 0.3)
		subset(r, c, 0.3)
		return true
	})},
	{"family-first", 1.5, human(func(r *rand.Rand, c *card) bool {
		c.fn = c.family + " " + c.given
		c.noN = chance(r, 0.6)
		subset(r, c, 0.3)
		return true
	})},
	{"all-in-given", 2, human(func(r *rand.Rand, c *card) bool {
		c.given, c.family, c.middle = c.display(), "", ""
		subset(r, c, 0.4)
		return true
	})},
	{"all-in-family", 1.5, human(func(r *rand.Rand, c *card) bool {
		c.family, c.given, c.middle = c.display(), "", ""
		subset(r, c, 0.4)
		return true
	})},
	{"fn-only", 3, human(func(r *rand.Rand, c *card) bool { c.noN = true; subset(r, c, 0.4); return true })},
	{"honorific", 3, human(func(r *rand.Rand, c *card) bool {
		h := pick(r, []string{"Dr.", "Prof.", "Prof. Dr.", "Dr", "Ing."})
		if chance(r, 0.5) {
			h = pick(r, []string{"Mr", "Herr", "M.", "Sig.", "Sr.", "Pan", "Hr.", "Dhr."})
			if c.who.woman {
				h = pick(r, []string{"Mrs", "Frau", "Mme", "Sig.ra", "Sra.", "Pani", "Ms.", "Mevr."})
			}
		}
		if chance(r, 0.4) {
			c.given = h + " " + c.given
		} else {
			c.prefix = h
		}
		subset(r, c, 0.4)
		return true
	})},
	{"annotation", 3.5, human(func(r *rand.Rand, c *card) bool {
		a := pick(r, []string{"mobile", "(work)", "2", "privat", "(perso)", "iPhone", "new", "Büro", "ufficio", "casa", "(old)", "WhatsApp", "trabajo", "iş", "praca", "neu", "cell", "Handy", "bureau", "[alt]", "мобильный"})
		if chance(r, 0.7) && c.family != "" {
			c.family += " " + a
		} else {
			c.given += " " + a
		}
		subset(r, c, 0.4)
		return true
	})},
	{"org-in-name", 2, human(func(r *rand.Rand, c *card) bool {
		if c.org == "" {
			return false
		}
		full := c.display()
		c.fn = full + pick(r, []string{" - ", " (", " / ", " @ ", " | "}) + c.org
		if strings.Contains(c.fn, " (") {
			c.fn += ")"
		}
		switch r.IntN(3) {
		case 0:
			c.family, c.given, c.middle = c.org, full, ""
		case 1:
			c.noN = true
		}
		if chance(r, 0.6) {
			c.org, c.unit, c.title = "", "", ""
		}
		subset(r, c, 0.4)
		return true
	})},
	{"married", 1.5, human(func(r *rand.Rand, c *card) bool {
		f := c.who.lang.surname(r).latin
		switch r.IntN(3) {
		case 0:
			c.family += "-" + f
		case 1:
			c.family = f + "-" + c.family
		default:
			c.family = f
		}
		subset(r, c, 0.2)
		return len(c.tels)+len(c.mails) > 0
	})},
	{"one-of-double", 1.5, human(func(r *rand.Rand, c *card) bool {
		parts := strings.FieldsFunc(c.family, func(x rune) bool { return x == '-' || x == ' ' })
		if len(parts) < 2 {
			parts = strings.FieldsFunc(c.given, func(x rune) bool { return x == '-' || x == ' ' })
			if len(parts) < 2 {
				return false
			}
			c.given = parts[0]
		} else {
			c.family = parts[r.IntN(2)*(len(parts)-1)]
		}
		subset(r, c, 0.4)
		return true
	})},
	{"joined", 1, human(func(r *rand.Rand, c *card) bool {
		f := strings.NewReplacer("-", "", " ", "", "'", "").Replace(c.family)
		if f == c.family {
			f = strings.ReplaceAll(c.family, "-", " ")
			c.given = strings.NewReplacer("-", " ").Replace(c.given)
		}
		if f == "" {
			return false
		}
		c.family = first(f) + strings.ToLower(strings.TrimPrefix(f, first(f)))
		subset(r, c, 0.4)
		return true
	})},
	{"romanisation", 3, human(func(r *rand.Rand, c *card) bool {
		f, g := other(r, c.who.family), other(r, c.who.given)
		if f == c.family && g == c.given {
			return false
		}
		c.given = g
		if c.family != "" {
			c.family = f
		}
		c.middle = ""
		subset(r, c, 0.4)
		return true
	})},
	{"native-script", 3, human(func(r *rand.Rand, c *card) bool {
		if c.who.family.native == c.who.family.latin {
			return false
		}
		if c.given == c.who.given.native {
			c.given, c.family = c.who.given.latin, c.who.family.latin
		} else {
			c.given, c.family = c.who.given.native, c.who.family.native
		}
		if c.who.firstOnly {
			c.family = ""
		}
		c.middle = ""
		subset(r, c, 0.4)
		return true
	})},
	{"cut-short", 1.2, human(func(r *rand.Rand, c *card) bool {
		c.fn = cut(c.display(), 10+r.IntN(6))
		c.noN = true
		subset(r, c, 0.6)
		return true
	})},
	{"phone-slip", 2.5, func(r *rand.Rand, c *card) bool {
		if len(c.tels) == 0 {
			return false
		}
		subset(r, c, 0.3)
		if len(c.tels) == 0 {
			return false
		}
		t := &c.tels[r.IntN(len(c.tels))]
		t.nsn = slipDigits(r, t.nsn)
		return true
	}},
	{"mail-slip", 2, func(r *rand.Rand, c *card) bool {
		if len(c.mails) == 0 {
			return false
		}
		m := &c.mails[0]
		local, domain, _ := strings.Cut(m.box, "@")
		if chance(r, 0.6) {
			m.box = typo(r, local) + "@" + domain
		} else {
			m.box = local + "@" + typo(r, domain)
		}
		if chance(r, 0.5) {
			c.tels = nil
		}
		subset(r, c, 0.2)
		return true
	}},
	{"birthday", 2, func(r *rand.Rand, c *card) bool {
		if c.born.y == 0 {
			return false
		}
		switch r.IntN(4) {
		case 0:
			if c.born.d <= 12 && c.born.d != c.born.m {
				c.born.m, c.born.d = c.born.d, c.born.m
			} else {
				c.born.y++
			}
		case 1:
			c.noYear = true
		case 2:
			c.born.d = 1 + (c.born.d+r.IntN(9))%28
		default:
			c.born.y += pick(r, []int{-10, 10, 1, -1, 9})
		}
		if chance(r, 0.4) {
			subset(r, c, 0.2)
		}
		return true
	}},
	{"new-job", 5, human(func(r *rand.Rand, c *card) bool {
		l := c.who.lang
		c.org = l.surname(r).latin + " " + pick(r, trades) + " " + pick(r, legals)
		c.title, c.unit = pick(r, titles), ""
		c.mails = slices.DeleteFunc(c.mails, func(m mail) bool { return m.class == "work" })
		c.tels = slices.DeleteFunc(c.tels, func(t tel) bool { return t.class == "work" })
		if chance(r, 0.6) {
			c.mails = append(c.mails, mail{ascii(c.given) + "@" + ascii(c.org) + ".com", "work"})
		}
		if chance(r, 0.5) {
			c.homes = nil
		}
		if len(c.tels) > 0 && chance(r, 0.3) {
			c.mails = slices.DeleteFunc(c.mails, func(m mail) bool { return m.class == "home" })
		}
		return len(c.tels)+len(c.mails) > 0
	})},
	{"moved", 2.5, human(func(r *rand.Rand, c *card) bool {
		w := &world{r: r}
		c.homes = []address{w.address(c.who.lang, "home")}
		c.tels = slices.DeleteFunc(c.tels, func(t tel) bool { return t.class == "home" })
		if chance(r, 0.4) {
			c.tels = append(c.tels, w.tel(c.who.lang, "home"))
		}
		subset(r, c, 0.2)
		return len(c.tels)+len(c.mails) > 0
	})},
	{"new-number", 1.5, human(func(r *rand.Rand, c *card) bool {
		w := &world{r: r}
		c.tels = []tel{w.tel(c.who.lang, "cell")}
		if len(c.mails) == 0 && c.born.y == 0 && len(c.homes) == 0 {
			return false
		}
		return true
	})},
	{"wrong-property", 1.5, func(r *rand.Rand, c *card) bool {
		if len(c.tels) > 1 && chance(r, 0.5) {
			c.note = strings.TrimSpace(c.note + " Tel +" + c.tels[0].plan.code + " " + c.tels[0].nsn)
			c.tels = c.tels[1:]
		} else if len(c.mails) > 0 && chance(r, 0.5) {
			c.note = strings.TrimSpace(c.note + " " + c.mails[0].box)
			c.mails = c.mails[1:]
		} else if len(c.homes) > 0 {
			h := &c.homes[0]
			h.street, h.city, h.code = h.street+", "+h.code+" "+h.city, "", ""
		}
		return len(c.tels)+len(c.mails)+len(c.homes) > 0
	}},
	{"company-variant", 6, func(r *rand.Rand, c *card) bool {
		if !c.company {
			return false
		}
		switch r.IntN(4) {
		case 0:
			c.org = c.who.org
		case 1:
			c.org = c.who.org + " " + pick(r, legals)
		case 2:
			c.org = strings.ToUpper(c.org)
		default:
			c.org = typo(r, c.org)
		}
		subset(r, c, 0.3)
		return len(c.tels)+len(c.mails) > 0
	}},
	{"company-as-person", 2, func(r *rand.Rand, c *card) bool {
		if !c.company {
			return false
		}
		c.company = false
		if w := strings.Fields(c.org); chance(r, 0.5) && len(w) > 1 {
			c.given, c.family = w[0], strings.Join(w[1:], " ")
		} else {
			c.family = c.org
		}
		c.fn = c.org
		if chance(r, 0.5) {
			c.org = ""
		}
		subset(r, c, 0.3)
		return len(c.tels)+len(c.mails) > 0
	}},
}

func human(do func(r *rand.Rand, c *card) bool) func(r *rand.Rand, c *card) bool {
	return func(r *rand.Rand, c *card) bool {
		if c.company || c.who.joint != "" || c.who.company {
			return false
		}
		return do(r, c)
	}
}

// subset leaves each thing out with probability p, but for one.
func subset(r *rand.Rand, c *card, p float64) {
	n := len(c.tels) + len(c.mails) + len(c.homes)
	keep := 0
	if n > 0 {
		keep = r.IntN(n)
	}
	i := 0
	stay := func() bool { i++; return i-1 == keep || !chance(r, p) }
	c.tels = slices.DeleteFunc(c.tels, func(tel) bool { return !stay() })
	c.mails = slices.DeleteFunc(c.mails, func(mail) bool { return !stay() })
	c.homes = slices.DeleteFunc(c.homes, func(address) bool { return !stay() })
	for _, s := range []*string{&c.title, &c.note, &c.url, &c.social, &c.nick, &c.unit} {
		if chance(r, p) {
			*s = ""
		}
	}
	if chance(r, p) && !c.company {
		c.org, c.unit = "", ""
	}
	if chance(r, p) && n > 0 {
		c.born = date{}
	}
	if chance(r, p) {
		c.photo = 0
	}
}

func nameOnly(r *rand.Rand, c *card) bool {
	if c.company || c.born.y == 0 && c.org == "" {
		return false
	}
	c.tels, c.mails, c.homes, c.url, c.social, c.photo = nil, nil, nil, "", "", 0
	return true
}

// oneOf leaves only the name and one thing to reach somebody by.
func oneOf(r *rand.Rand, c *card, what string) bool {
	t, m, a := c.tels, c.mails, c.homes
	c.tels, c.mails, c.homes, c.url, c.social, c.photo, c.title, c.unit, c.note = nil, nil, nil, "", "", 0, "", "", ""
	if !c.company {
		c.org = ""
		c.born = date{}
	}
	switch {
	case what == "tel" && len(t) > 0:
		c.tels = t[:1]
		if chance(r, 0.3) {
			c.tels = []tel{pick(r, t)}
		}
	case what == "mail" && len(m) > 0:
		c.mails = m[:1]
		if chance(r, 0.3) {
			c.mails = []mail{pick(r, m)}
		}
	case what == "adr" && len(a) > 0:
		c.homes = a[:1]
	default:
		return false
	}
	return true
}

func first(s string) string {
	c, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return ""
	}
	return strings.ToUpper(string(c))
}

func strip(s string) string {
	f := value.Fold(s)
	if f == strings.ToLower(s) {
		return s
	}
	up := true
	return strings.Map(func(c rune) rune {
		if up {
			c = unicode.ToUpper(c)
		}
		up = c == ' ' || c == '-'
		return c
	}, f)
}

var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "ß", "ss", "å", "aa", "Å", "Aa", "ø", "oe", "Ø", "Oe", "æ", "ae")

func other(r *rand.Rand, w word) string {
	if len(w.others) == 0 {
		return w.latin
	}
	return pick(r, w.others)
}

func cut(s string, n int) string {
	rs := []rune(s)
	return strings.TrimSpace(string(rs[:min(n, len(rs))]))
}
