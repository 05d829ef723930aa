package synth

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"almanac/dedupe/names"
	"almanac/dedupe/value"
)

// A tel is a phone number before it is written.
type tel struct {
	plan  plan
	nsn   string
	class string // cell, home, work, fax or ""
	ext   string
}

type mail struct{ box, class string }

type address struct {
	street, line2, city, code, country, class string
	lang                                      *language
}

type date struct{ y, m, d int }

// A person is somebody or some company, whole.
type person struct {
	id        int
	company   bool
	lang      *language
	woman     bool
	given     word
	middle    word
	family    word
	suffix    string
	nick      string
	tels      []tel
	mails     []mail
	homes     []address
	org, unit string
	title     string
	born, wed date
	photo     int
	note, url string
	social    string
	joint     string // second given name of a card for two
	employer  *person
	legal     string
	firstOnly bool
}

type world struct {
	r     *rand.Rand
	langs []*language
	all   []*person
	hard  []HardPair // by ids
	boxes map[string]bool
}

// A HardPair is two who look like one.
type HardPair struct {
	A, B int
	Kind string
}

func (w *world) add(p *person) *person {
	p.id = len(w.all)
	w.all = append(w.all, p)
	return p
}

func (w *world) lookAlike(a, b *person, kind string) {
	w.hard = append(w.hard, HardPair{a.id, b.id, kind})
}

func digits(r *rand.Rand, pattern string) string {
	b := []byte(pick(r, strings.Fields(pattern)))
	for i := range b {
		if b[i] == 'x' {
			b[i] = byte('0' + r.IntN(10))
		}
	}
	return string(b)
}

func (w *world) tel(l *language, class string) tel {
	p := pick(w.r, l.phones)
	pattern := p.land
	if class == "cell" {
		pattern = p.mobile
	}
	return tel{plan: p, nsn: digits(w.r, pattern), class: class}
}

func ascii(s string) string { return strings.ReplaceAll(names.Fold(s), " ", "") }

// mailbox makes a mailbox that nobody has yet.
func (w *world) mailbox(p *person, domain, class string) mail {
	for {
		m := w.someMailbox(p, domain, class)
		if key := value.EmailAlias(m.box); !w.boxes[key] {
			if w.boxes == nil {
				w.boxes = map[string]bool{}
			}
			w.boxes[key] = true
			return m
		}
	}
}

func (w *world) someMailbox(p *person, domain, class string) mail {
	r := w.r
	g, f := ascii(p.given.latin), ascii(p.family.latin)
	if f == "" {
		f = "x"
	}
	if g == "" {
		g = "y"
	}
	var local string
	switch r.IntN(9) {
	case 0, 1:
		local = g + "." + f
	case 2:
		local = g[:1] + f
	case 3:
		local = g[:1] + "." + f
	case 4:
		local = f + fmt.Sprint(1950+r.IntN(60))
	case 5:
		local = g + f[:1] + fmt.Sprint(r.IntN(99))
	case 6:
		local = f + "_" + g
	case 7:
		local = g + fmt.Sprint(r.IntN(9999))
	default:
		local = fmt.Sprintf("%s%d", pick(r, []string{"sunny", "blue", "moto", "lion", "jazz", "star", "kiki", "dragon", "pixel", "rose"}), r.IntN(9999))
	}
	return mail{local + "@" + domain, class}
}

func (w *world) address(l *language, class string) address {
	r := w.r
	city := pick(r, l.cities)
	i := strings.LastIndexByte(city, ' ')
	// Codes with a blank inside have letters or short groups.
	if j := strings.LastIndexByte(city[:i], ' '); j > 0 && strings.ContainsAny(city[j:], "0123456789") && city[j+1] >= '0' && city[j+1] <= '9' || j > 0 && len(city[j+1:i]) <= 4 && strings.ToUpper(city[j+1:i]) == city[j+1:i] && strings.ContainsAny(city[j+1:i], "0123456789") {
		i = j
	}
	a := address{city: city[:i], code: city[i+1:], class: class, lang: l}
	if chance(r, 0.7) && len(a.code) >= 4 { // other quarters of the town
		b := []byte(a.code)
		for k := len(b) - 1; k >= len(b)-2; k-- {
			if b[k] >= '0' && b[k] <= '9' {
				b[k] = byte('0' + r.IntN(10))
			}
		}
		a.code = string(b)
	}
	n := fmt.Sprint(1 + r.IntN(180))
	if chance(r, 0.1) {
		n += pick(r, []string{"a", "b", "c"})
	}
	street := strings.ReplaceAll(pick(r, l.streets), "%n", n)
	if len(l.begin) > 0 && chance(r, 0.6) {
		street = strings.Replace(street, pickWord(r, street), pick(r, l.begin)+pick(r, l.end), 1)
	} else if chance(r, 0.6) {
		street = strings.Replace(street, pickWord(r, street), pick(r, l.family).latin, 1)
	}
	a.street = street
	a.country = pick(r, l.countries)
	return a
}

// pickWord returns the longest word of a street, which is its name.
func pickWord(r *rand.Rand, s string) string {
	best := ""
	for _, f := range strings.Fields(s) {
		if f = strings.Trim(f, ",."); len(f) > len(best) {
			best = f
		}
	}
	return best
}

func (w *world) birthday() date {
	y := 1935 + w.r.IntN(75)
	return date{y, 1 + w.r.IntN(12), 1 + w.r.IntN(28)}
}

var (
	titles = []string{"CEO", "CTO", "HR Manager", "Software Engineer", "Projektleiterin", "Médecin", "Avvocato", "Lehrer", "Comptable", "Assistant", "Ingénieur", "Directrice", "Kierownik", "Muhasebe", "Profesora", "Vertrieb", "Sales Manager", "Jurist", "Arquitecto", "менеджер", "инженер", "教师"}
	units  = []string{"IT", "HR", "Finance", "Sales", "R&D", "Vertrieb", "Ventes", "Einkauf", "Acquisti", "Marketing"}
	trades = []string{"Logistik", "Consulting", "Médical", "Immobilier", "Pharma", "Textil", "Software", "Architekten", "Bau", "Elettronica", "Design", "Optik", "Transports", "Energia", "Budowa", "Ticaret", "Alimentos", "Data", "Analytics", "Garage", "Boulangerie", "Foto", "Hotel", "Servis", "Konsult", "Handel"}
	legals = []string{"GmbH", "AG", "SA", "Sàrl", "SARL", "S.r.l.", "S.p.A.", "Ltd", "Inc.", "LLC", "SAS", "B.V.", "A.Ş.", "Sp. z o.o.", "s.r.o.", "AB", "ApS", "Lda.", "S.L.", "& Cie", "Kft.", "Oy", "ООО", "Group", "", ""}
	brands = []string{"Aurora", "Vertex", "Alpine", "Delta", "Solaris", "Orion", "Nova", "Helvetia", "Baltic", "Iberia", "Atlas", "Omega", "Quantum", "Polaris", "Zenit", "Meridian", "Lumen", "Terra", "Aqua", "Ferrum", "Kappa", "Sigma", "Vega", "Boreal", "Zephyr", "Cobalt"}
	notes  = []string{"Met at the conference", "Geburtstagskarte schicken", "Code porte: 47B12", "chiavi dal vicino", "Allergic to nuts", "ring twice", "zadzwonić po 18", "amigo de Paula", "купить билеты", "old flatmate", "wants the blue one", "Tennis am Dienstag"}
)

func (w *world) company() *person {
	r := w.r
	l := pick(r, w.langs)
	p := &person{company: true, lang: l, legal: pick(r, legals)}
	brand := pick(r, brands)
	if chance(r, 0.6) {
		brand = l.surname(r).latin
	}
	p.org = brand + " " + pick(r, trades)
	if chance(r, 0.2) {
		p.org += " " + pick(r, trades)
	}
	p.tels = []tel{w.tel(l, "work")}
	p.url = ascii(p.org) + pick(r, []string{".com", ".de", ".fr", ".it", ".ch", ".eu", ".pl", ".com.tr", ".se"})
	if len(p.url) > 30 {
		p.url = p.url[len(p.url)-24:]
	}
	p.mails = []mail{{pick(r, []string{"info", "contact", "office", "kontakt", "sales", "biuro", "hello", "mail"}) + "@" + p.url, "work"}}
	if chance(r, 0.7) {
		p.homes = []address{w.address(l, "work")}
	}
	return w.add(p)
}

// somebody makes one person. Names come from family when it is not nil.
func (w *world) somebody(l *language, family *word, employers []*person) *person {
	r := w.r
	p := &person{lang: l, woman: chance(r, 0.5)}
	p.given = p.firstName(r)
	if family != nil {
		p.family = *family
	} else {
		p.family = l.surname(r)
		if chance(r, 0.06) && p.family.native == p.family.latin && !strings.Contains(p.family.latin, " ") {
			second := l.surname(r)
			p.family.latin += "-" + second.latin
			p.family.native = p.family.latin
		}
	}
	if l.name == "pl" || l.name == "cs" || l.name == "ru" || l.name == "uk" {
		if p.woman {
			p.family = feminine(p.family)
		}
	}
	if chance(r, 0.15) {
		p.middle = p.firstName(r)
	}
	if chance(r, 0.85) {
		p.tels = append(p.tels, w.tel(l, "cell"))
	}
	if chance(r, 0.07) {
		p.tels = append(p.tels, w.tel(l, "cell"))
	}
	if chance(r, 0.75) {
		p.mails = append(p.mails, w.mailbox(p, pick(r, l.mail), "home"))
	}
	if chance(r, 0.2) {
		p.mails = append(p.mails, w.mailbox(p, pick(r, l.mail), "home"))
	}
	if chance(r, 0.4) {
		p.born = w.birthday()
	}
	if chance(r, 0.1) {
		p.photo = r.IntN(1 << 30)
	}
	if chance(r, 0.08) {
		p.note = pick(r, notes)
	}
	if chance(r, 0.06) {
		p.url = "www." + ascii(p.given.latin) + "-" + ascii(p.family.latin) + ".example"
	}
	if chance(r, 0.06) {
		p.social = ascii(p.given.latin) + ascii(p.family.latin)
	}
	if chance(r, 0.04) {
		p.wed = date{1970 + r.IntN(50), 1 + r.IntN(12), 1 + r.IntN(28)}
	}
	if chance(r, 0.1) {
		p.nick = shortOf(r, p.given.latin)
	}
	if len(employers) > 0 && chance(r, 0.35) {
		w.employ(p, pick(r, employers))
	}
	return w.add(p)
}

func (p *person) firstName(r *rand.Rand) word {
	if p.woman {
		return skewed(r, p.lang.women)
	}
	return skewed(r, p.lang.men)
}

func feminine(f word) word {
	if s, ok := strings.CutSuffix(f.latin, "ski"); ok {
		f.latin = s + "ska"
	} else if s, ok := strings.CutSuffix(f.latin, "ov"); ok {
		f.latin = s + "ova"
	} else if s, ok := strings.CutSuffix(f.latin, "ák"); ok {
		f.latin = s + "áková"
	}
	if s, ok := strings.CutSuffix(f.native, "ов"); ok {
		f.native = s + "ова"
	} else if f.native == strings.TrimSuffix(f.native, "ова") && f.others == nil {
		f.native = f.latin
	}
	for i, o := range f.others {
		if strings.HasSuffix(o, "ow") || strings.HasSuffix(o, "ov") {
			f.others = append([]string(nil), f.others...)
			f.others[i] = o + "a"
		}
	}
	return f
}

func (w *world) employ(p, c *person) {
	r := w.r
	p.employer = c
	p.org, p.legal = c.org, c.legal
	if chance(r, 0.35) {
		p.unit = pick(r, units)
	}
	if chance(r, 0.5) {
		p.title = pick(r, titles)
	}
	if chance(r, 0.5) {
		p.mails = append(p.mails, w.mailbox(p, c.url, "work"))
	} else if chance(r, 0.1) {
		p.mails = append(p.mails, c.mails[0])
	}
	if chance(r, 0.45) {
		t := c.tels[0]
		if chance(r, 0.25) {
			t.ext = fmt.Sprint(10 + r.IntN(90))
		}
		p.tels = append(p.tels, t)
	} else if chance(r, 0.3) {
		p.tels = append(p.tels, w.tel(c.lang, "work"))
	}
}

func shortOf(r *rand.Rand, given string) string {
	if s := shorts()[names.Latin(given)]; len(s) > 0 {
		s := pick(r, s)
		return strings.ToUpper(s[:1]) + s[1:]
	}
	return ""
}
