package merge

// Cards of one invented person as programs of all kinds write them, in the
// languages, notations and states of repair that address books have.

import (
	"encoding/base64"
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

type person struct {
	given, family []string // as different people spell them
	phones        [][]string
	emails        []string
	streets       [][2]string // street, town
	codes         []string
	days          []string
	orgs, titles  []string
	notes, cats   []string
}

var people = []person{
	{
		given: []string{"Zoë", "Zoe", "Z.", "ZOË"}, family: []string{"Müller-Lüdenscheidt", "Mueller", "Müller"},
		phones: [][]string{{"+41 79 123 45 67", "0041791234567", "079 123 45 67", "tel:+41-79-123-45-67", "+41 (0)79 123 45 67", "079/123.45.67"},
			{"+41 44 999 88 77 ext. 12", "044 999 88 77 x12", "tel:+41-44-999-88-77;ext=12"}, {"044 999 88 77"}, {"144"}, {"0800 CHOCOLATE"}},
		emails:  []string{"zoe@example.org", "Zoe@Example.org", "zoe+shop@example.org", "z.m@example.com"},
		streets: [][2]string{{"Bahnhof Strasse 3", "Zürich"}, {"Bahnhof Str. 3", "Zürich"}, {"Rue de la Gare 1, étage 2", "Genève"}},
		codes:   []string{"8001", ""}, days: []string{"1985-04-12", "1985-04-13", "1604-04-12"},
		orgs: []string{"Käse & Söhne AG;Einkauf", "Kase & Sohne A.G.", "Andere GmbH"}, titles: []string{"Leiterin; Einkauf", "Chefin"},
		notes: []string{"Kennt jeden.\nAuch dich; und mich, ja!", "Kennt jeden.", "Allergisch: Nüsse", "!!!"}, cats: []string{"Freunde", "freunde", "Club", "A, B"},
	},
	{
		given: []string{"أحمد", "Ahmed"}, family: []string{"الشريف", "Al-Sharif", "ALSHARIF"},
		phones: [][]string{{"+20 10 1234 5678", "010 1234 5678", "٠١٠١٢٣٤٥٦٧٨"}, {"+971501234567", "00971 50 123 4567"}},
		emails: []string{"ahmed@example.com", "AHMED@example.com"}, streets: [][2]string{{"شارع التحرير ٥", "القاهرة"}, {"5 Tahrir Street", "Cairo"}}, codes: []string{""},
		days: []string{"1990-01-31", "1990-02-01"}, orgs: []string{"شركة النيل"}, titles: []string{"مهندس", "Engineer"}, notes: []string{"صديق قديم", "Old friend"}, cats: []string{"أصدقاء"},
	},
	{
		given: []string{"小明", "Xiaoming"}, family: []string{"王", "Wang"},
		phones: [][]string{{"+86 138 0013 8000", "13800138000", "１３８００１３８０００"}}, emails: []string{"wang@example.cn"},
		streets: [][2]string{{"长安街1号", "北京"}}, codes: []string{"100000"}, days: []string{"1979-12-01"}, orgs: []string{"例公司"}, titles: []string{"经理"},
		notes: []string{"同学"}, cats: []string{"同学", "朋友"},
	},
	{
		given: []string{"José María", "Jose"}, family: []string{"O’Brien Núñez", "O'Brien"},
		phones: [][]string{{"+34 612 345 678", "612345678", "0034612345678"}, {"+1 905 555 1234", "(905) 555-1234"}}, emails: []string{"jose@example.es"},
		streets: [][2]string{{"Calle Mayor 1", "Madrid"}, {"1 High Street", "London"}, {"1 High St", "London"}}, codes: []string{"28001", "28002"},
		days: []string{"1960-02-29", "1960-02-28"}, orgs: []string{"Ejemplo S.A."}, titles: []string{"Director"}, notes: []string{"Nota \\ con barra", "Kunde seit 2014; ruft an"}, cats: []string{"Familia"},
	},
}

// pick draws one of several.
func pick[T any](t *rapid.T, name string, from []T) T { return rapid.SampledFrom(from).Draw(t, name) }

func chance(t *rapid.T, name string, percent int) bool {
	return rapid.IntRange(0, 99).Draw(t, name) < percent
}

// A pen writes cards of one version the way of one program.
type pen struct {
	t       *rapid.T
	version string
	b       strings.Builder
	items   int
}

var escapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`)

// line writes a property. Parts are joined by semicolons.
func (p *pen) line(name string, params []string, parts ...string) {
	if p.version != "2.1" {
		for i := range parts {
			parts[i] = escapes.Replace(parts[i])
		}
		p.raw(name, params, strings.Join(parts, ";"))
		return
	}
	text := strings.Join(parts, ";")
	ascii := strings.IndexFunc(text, func(r rune) bool { return r >= 0x80 || r == '\n' }) < 0
	if ascii {
		p.raw(name, params, text)
		return
	}
	var qp strings.Builder
	for i := 0; i < len(text); i++ {
		if c := text[i]; c >= 0x80 || c == '=' || c == '\n' {
			fmt.Fprintf(&qp, "=%02X", c)
		} else {
			qp.WriteByte(c)
		}
	}
	p.raw(name, append(params, "CHARSET=UTF-8", "ENCODING=QUOTED-PRINTABLE"), qp.String())
}

// raw writes a property as it is, folded now and then.
func (p *pen) raw(name string, params []string, value string) {
	l := strings.Join(append([]string{name}, params...), ";") + ":" + value
	if p.version != "2.1" {
		for len(l) > 70 {
			cut := 60
			for l[cut]&0xc0 == 0x80 {
				cut--
			}
			p.b.WriteString(l[:cut] + "\r\n ")
			l = l[cut:]
		}
	}
	p.b.WriteString(l + "\r\n")
}

// types writes types in the manner of the version.
func (p *pen) types(types ...string) []string {
	switch {
	case p.version == "2.1":
		return types
	case p.version == "4.0" && len(types) > 1:
		return []string{`TYPE="` + strings.Join(types, ",") + `"`}
	case chance(p.t, "apart", 50):
		out := []string{}
		for _, v := range types {
			out = append(out, "type="+v)
		}
		return out
	}
	return []string{"TYPE=" + strings.Join(types, ",")}
}

// labelled writes a property with a label of Apple's.
func (p *pen) labelled(name, label, value string) {
	p.items++
	group := fmt.Sprintf("item%d", p.items)
	p.line(group+"."+name, nil, value)
	p.line(group+".X-ABLabel", nil, label)
}

// drawCard draws a card of a person.
func drawCard(t *rapid.T, who person, number int) []byte {
	p := &pen{t: t, version: pick(t, "version", []string{"2.1", "3.0", "3.0", "4.0"})}
	p.b.WriteString("BEGIN:VCARD\r\nVERSION:" + p.version + "\r\n")
	if p.version != "2.1" || chance(t, "UID", 50) {
		p.raw("UID", nil, fmt.Sprintf("card-%d@example.org", number))
	}
	given, family := pick(t, "given", who.given), pick(t, "family", who.family)
	if chance(t, "swapped", 10) {
		given, family = family, given
	}
	if p.version != "4.0" || chance(t, "N", 80) {
		p.line("N", nil, family, given, pick(t, "middle", []string{"", "", "Q."}), "", "")
	}
	p.line("FN", nil, pick(t, "FN", []string{given + " " + family, family + " " + given, given, "Dr. " + given + " " + family}))
	for i, phone := range who.phones {
		if chance(t, "phone", 60) {
			v := pick(t, "number", phone)
			uri := strings.HasPrefix(v, "tel:")
			types := p.types(pick(t, "place", []string{"CELL", "HOME", "WORK", "work"}), pick(t, "way", []string{"VOICE", "FAX", "pref"}))
			switch {
			case uri && p.version == "4.0":
				p.raw("TEL", append(types, "VALUE=uri"), v)
			case uri:
			case i > 0 && p.version == "3.0" && chance(t, "labelled", 30):
				p.labelled("TEL", "Direkt", v)
			default:
				p.line("TEL", types, v)
			}
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "emails") {
		p.line("EMAIL", p.types("INTERNET", pick(t, "place", []string{"HOME", "WORK"})), pick(t, "email", who.emails))
	}
	if chance(t, "address", 60) {
		s := pick(t, "street", who.streets)
		p.line("ADR", p.types(pick(t, "place", []string{"HOME", "WORK"})), "", "", s[0], s[1], "", pick(t, "code", who.codes), pick(t, "country", []string{"", "Schweiz", "CH"}))
	}
	if chance(t, "birthday", 60) {
		day := pick(t, "day", who.days)
		switch {
		case p.version == "4.0" && strings.HasPrefix(day, "1604"):
			p.raw("BDAY", nil, "--0412")
		case strings.HasPrefix(day, "1604"):
			p.raw("BDAY", []string{"X-APPLE-OMIT-YEAR=1604"}, day)
		case p.version == "4.0" || chance(t, "basic", 30):
			p.raw("BDAY", nil, strings.ReplaceAll(day, "-", ""))
		default:
			p.raw("BDAY", nil, day)
		}
	}
	if chance(t, "org", 50) {
		p.line("ORG", nil, strings.Split(pick(t, "organisation", who.orgs), ";")...)
		p.line("TITLE", nil, pick(t, "title", who.titles))
	}
	if chance(t, "note", 50) {
		p.line("NOTE", nil, pick(t, "text", who.notes))
	}
	if chance(t, "categories", 40) {
		p.line("CATEGORIES", nil, pick(t, "category", who.cats))
	}
	if chance(t, "photo", 30) {
		data := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(pick(t, "picture", []string{"one", "two"}), 40)))
		switch p.version {
		case "2.1":
			p.b.WriteString("PHOTO;ENCODING=BASE64;JPEG:\r\n " + data[:70] + "\r\n " + data[70:] + "\r\n\r\n")
		case "3.0":
			p.raw("PHOTO", []string{"ENCODING=b", "TYPE=JPEG"}, data)
		default:
			p.raw("PHOTO", nil, "data:image/jpeg;base64,"+data)
		}
	}
	drawRest(p)
	if chance(t, "REV", 50) {
		p.raw("REV", nil, fmt.Sprintf("20%02d-01-01T00:00:00Z", rapid.IntRange(10, 25).Draw(t, "year")))
	}
	p.b.WriteString("END:VCARD\r\n")
	return []byte(p.b.String())
}

// drawRest draws what only some programs write.
func drawRest(p *pen) {
	t := p.t
	if chance(t, "unknown", 40) {
		p.line("X-KUNDENNUMMER", nil, pick(t, "customer", []string{"12-34", "1234"}))
	}
	if chance(t, "URL", 30) {
		p.raw("URL", nil, pick(t, "web", []string{"https://example.org/a", "http://example.org/a/", "HTTP://EXAMPLE.ORG/b"}))
	}
	switch {
	case p.version == "3.0" && chance(t, "apple", 40):
		p.labelled("X-ABDATE", pick(t, "occasion", []string{"_$!<Anniversary>!$_", "Taufe"}), pick(t, "date", []string{"2001-02-03", "2002-03-04"}))
		p.labelled("X-ABRELATEDNAMES", "_$!<Spouse>!$_", pick(t, "spouse", []string{"Kim", "Robin"}))
	case p.version == "4.0" && chance(t, "four", 40):
		p.raw("RELATED", []string{"TYPE=spouse", "VALUE=text"}, pick(t, "spouse", []string{"Kim", "Robin"}))
		p.raw("ANNIVERSARY", nil, pick(t, "date", []string{"20010203", "20020304"}))
		p.raw("LANG", nil, "de")
		p.raw("GEO", nil, "geo:47.1,8.5")
		p.raw("GENDER", nil, pick(t, "gender", []string{"F", "M"}))
	case p.version == "3.0" && chance(t, "old", 30):
		p.raw("GEO", nil, "47.1;8.5")
		p.raw("IMPP", []string{"X-SERVICE-TYPE=Jabber"}, "xmpp:zoe@jabber.example")
		p.line("LABEL", p.types("HOME"), "Zoë\nBahnhof Strasse 3")
	}
	if p.version != "2.1" && chance(t, "nickname", 20) {
		p.line("NICKNAME", nil, pick(t, "nick", []string{"Zo", "Zozo"}))
	}
}
