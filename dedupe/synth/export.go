package synth

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// An exporter is a program that writes cards.
type exporter struct {
	name    string
	version string
	prodid  string
	qp      string // charset of quoted-printable values in 2.1
	style   string // how types are written: upper, lower, apple, bare, quoted
	uid     bool
	cut     int  // of names, in characters; 0 for whole
	poor    bool // name and numbers only
	fnComma bool // writes FN family name first
}

var exporters = []exporter{
	{name: "ios", version: "3.0", prodid: "-//Apple Inc.//iPhone OS 16.2//EN", style: "apple", uid: true},
	{name: "macos", version: "3.0", prodid: "-//Apple Inc.//macOS 13.1//EN", style: "apple", uid: true},
	{name: "google", version: "3.0", style: "upper"},
	{name: "outlook", version: "2.1", qp: "windows-1252", style: "bare"},
	{name: "android", version: "2.1", qp: "UTF-8", style: "bare"},
	{name: "nextcloud", version: "3.0", prodid: "-//Sabre//Sabre VObject 4.3.5//EN", style: "upper", uid: true},
	{name: "nextcloud4", version: "4.0", style: "quoted", uid: true},
	{name: "davx5", version: "4.0", prodid: "+//IDN bitfire.at//DAVx5/4.3 ez-vcard/0.12", style: "lower", uid: true},
	{name: "thunderbird", version: "4.0", style: "lower", uid: true},
	{name: "evolution", version: "3.0", style: "upper", uid: true},
	{name: "sim", version: "2.1", qp: "UTF-8", style: "bare", cut: 14, poor: true},
	{name: "nokia", version: "2.1", qp: "UTF-8", style: "bare"},
	{name: "blackberry", version: "2.1", qp: "UTF-8", style: "bare", uid: true},
	{name: "lotus", version: "3.0", prodid: "-//Lotus Development Corporation//NONSGML Notes 8.5//EN", style: "upper", fnComma: true},
	{name: "samsung", version: "2.1", qp: "UTF-8", style: "bare"},
	{name: "kaddressbook", version: "3.0", style: "lower", uid: true},
	{name: "outlook-csv", version: "3.0", style: "upper", fnComma: true},
	{name: "linkedin", version: "3.0", style: "upper"},
}

// Exporters returns the names of all exporters, in order.
func Exporters() []string {
	var out []string
	for _, e := range exporters {
		out = append(out, e.name)
	}
	return out
}

type writer struct {
	strings.Builder
	r *rand.Rand
	e *exporter
	n int // item groups
}

func (w *writer) line(name, params, value string, structured bool) {
	if w.e.qp == "" {
		fmt.Fprintf(w, "%s%s:%s\r\n", name, params, value)
		return
	}
	ascii := true
	for i := range len(value) {
		if value[i] >= 0x80 || value[i] == '\n' {
			ascii = false
		}
	}
	if ascii {
		fmt.Fprintf(w, "%s%s:%s\r\n", name, params, value)
		return
	}
	charset := w.e.qp
	raw := []byte(value)
	if charset == "windows-1252" {
		if b, err := charmap.Windows1252.NewEncoder().Bytes(raw); err == nil {
			raw = b
		} else {
			charset = "UTF-8"
		}
	}
	var q strings.Builder
	col := 0
	for _, c := range raw {
		s := string(rune(c))
		if c < 33 && c != ' ' || c >= 127 || c == '=' {
			s = fmt.Sprintf("=%02X", c)
		}
		if col += len(s); col > 70 {
			q.WriteString("=\r\n")
			col = len(s)
		}
		q.WriteString(s)
	}
	fmt.Fprintf(w, "%s%s;CHARSET=%s;ENCODING=QUOTED-PRINTABLE:%s\r\n", name, params, charset, q.String())
}

func (w *writer) text(s string) string {
	if w.e.version == "2.1" {
		return strings.NewReplacer(";", "\\;", "\n", "\r\n").Replace(s)
	}
	return strings.NewReplacer("\\", "\\\\", ";", "\\;", ",", "\\,", "\n", "\\n").Replace(s)
}

func (w *writer) types(kinds ...string) string {
	var list []string
	for _, k := range kinds {
		if k != "" {
			list = append(list, k)
		}
	}
	if len(list) == 0 {
		return ""
	}
	switch w.e.style {
	case "bare":
		return ";" + strings.ToUpper(strings.Join(list, ";"))
	case "apple":
		return ";type=" + strings.ToUpper(strings.Join(list, ";type="))
	case "quoted":
		return ";TYPE=\"" + strings.ToUpper(strings.Join(list, ",")) + "\""
	case "lower":
		return ";TYPE=" + strings.ToLower(strings.Join(list, ","))
	}
	return ";TYPE=" + strings.ToUpper(strings.Join(list, ";TYPE="))
}

// write gives the card the form of its exporter.
func (c *card) write(r *rand.Rand, e *exporter) string {
	w := &writer{r: r, e: e}
	w.WriteString("BEGIN:VCARD\r\nVERSION:" + e.version + "\r\n")
	if e.prodid != "" {
		w.WriteString("PRODID:" + e.prodid + "\r\n")
	}
	if e.uid {
		uid := c.uid
		if e.version == "4.0" {
			uid = "urn:uuid:" + uid
		}
		w.WriteString("UID:" + uid + "\r\n")
	}
	fn := c.display()
	family, given, middle := c.family, c.given, c.middle
	if e.cut > 0 {
		fn = cut(fn, e.cut)
		family, given, middle = "", fn, ""
	}
	if e.fnComma && family != "" && given != "" && c.fn == "" && chance(r, 0.5) {
		fn = family + ", " + given
	}
	switch {
	case c.company && e.style == "apple":
		w.line("N", "", ";;;;", true)
	case c.company && e.version != "4.0":
		w.line("N", "", ";;;;", true)
	case c.company:
	case c.noN && e.version == "4.0":
	case c.noN && chance(r, 0.4):
		w.line("N", "", ";"+w.text(fn)+";;;", true)
	case c.noN:
		w.line("N", "", ";;;;", true)
	default:
		w.line("N", "", w.text(family)+";"+w.text(given)+";"+w.text(middle)+";"+w.text(c.prefix)+";"+w.text(c.suffix), true)
	}
	w.line("FN", "", w.text(fn), false)
	if c.company {
		switch {
		case e.version == "4.0" && chance(r, 0.6):
			w.WriteString("KIND:org\r\n")
		case e.style == "apple":
			w.WriteString("X-ABShowAs:COMPANY\r\n")
		}
	}
	w.numbers(c)
	if !e.poor {
		w.rest(c)
	}
	if chance(r, 0.8) {
		y := 2010 + r.IntN(16)
		fmt.Fprintf(w, "REV:%04d%02d%02dT083000Z\r\n", y, 1+r.IntN(12), 1+r.IntN(28))
	}
	w.WriteString("END:VCARD\r\n")
	return w.String()
}

func (w *writer) numbers(c *card) {
	for i, t := range c.tels {
		text := t.write(w.r)
		kinds := []string{t.class}
		if w.e.poor || chance(w.r, 0.1) {
			kinds = nil
		} else if w.e.style == "apple" || chance(w.r, 0.3) {
			kinds = append(kinds, "VOICE")
		}
		if w.e.style == "apple" && i == 0 {
			kinds = append(kinds, "pref")
		}
		params := w.types(kinds...)
		switch {
		case w.e.name == "thunderbird" && chance(w.r, 0.5):
			params = ";VALUE=TEXT" + params
		case w.e.name == "davx5" && strings.HasPrefix(text, "+") && chance(w.r, 0.3):
			params, text = params+";VALUE=URI", "tel:"+strings.NewReplacer(" ", "", "(", "", ")", "", ".", "", "/", "").Replace(text)
		case w.e.style == "apple" && chance(w.r, 0.1):
			w.n++
			fmt.Fprintf(w, "item%d.TEL:%s\r\nitem%d.X-ABLabel:%s\r\n", w.n, text, w.n, pickLabel(w.r, t.class))
			continue
		}
		w.line("TEL", params, text, false)
	}
}

func pickLabel(r *rand.Rand, class string) string {
	switch class {
	case "cell":
		return pick(r, []string{"iPhone", "mobil", "_$!<Mobile>!$_"})
	case "home":
		return "_$!<Home>!$_"
	case "work":
		return pick(r, []string{"_$!<Work>!$_", "_$!<Main>!$_"})
	}
	return "_$!<Other>!$_"
}

// write gives a number one of the notations that people use.
func (t tel) write(r *rand.Rand) string {
	n := t.nsn
	switch r.IntN(6) {
	case 0, 1:
	case 2:
		n = group(n, 3, " ")
	case 3:
		n = group(n, 2, " ")
	case 4:
		n = group(n, 3, pick(r, []string{"-", ".", "/"}))
	default:
		if len(n) > 5 {
			n = "(" + n[:2] + ") " + group(n[2:], 3, " ")
		}
	}
	sep := pick(r, []string{" ", "", "-"})
	switch x := r.Float64(); {
	case x < 0.35:
		n = "+" + t.plan.code + sep + n
	case x < 0.5:
		n = "00" + t.plan.code + sep + n
	case x < 0.56 && t.plan.trunk == "0":
		n = "+" + t.plan.code + " (0)" + n
	default:
		n = t.plan.trunk + n
	}
	if t.ext != "" && chance(r, 0.8) {
		n += pick(r, []string{" ext. ", " x", ";ext="}) + t.ext
	}
	return n
}

func group(s string, n int, sep string) string {
	var parts []string
	for len(s) > n {
		parts = append(parts, s[:n])
		s = s[n:]
	}
	return strings.Join(append(parts, s), sep)
}

func (w *writer) rest(c *card) {
	r := w.r
	for i, m := range c.mails {
		box := m.box
		switch x := r.Float64(); {
		case x < 0.08:
			box = strings.ToUpper(box)
		case x < 0.2:
			box = strings.ToUpper(box[:1]) + box[1:]
		case strings.HasSuffix(box, "@gmail.com") && x < 0.26:
			box = strings.Replace(box, "@", "+"+pick(r, []string{"news", "perso", "shop", "x"})+"@", 1)
		case strings.HasSuffix(box, "@gmail.com") && x < 0.32:
			box = strings.Replace(strings.Replace(box, ".", "", strings.Count(box, ".")-1), "@gmail", "@googlemail", r.IntN(2))
		}
		kinds := []string{}
		if w.e.style == "apple" || w.e.name == "google" {
			kinds = append(kinds, "INTERNET")
		}
		kinds = append(kinds, m.class)
		if i == 0 && w.e.style == "apple" {
			kinds = append(kinds, "pref")
		}
		w.line("EMAIL", w.types(kinds...), box, false)
	}
	for _, a := range c.homes {
		street, code, country := a.street, a.code, a.country
		if chance(r, 0.15) {
			street = shortStreet.Replace(street)
		}
		if chance(r, 0.25) {
			country = pick(r, append([]string{""}, a.lang.countries...))
		}
		if chance(r, 0.06) {
			code = ""
		}
		city := a.city
		if chance(r, 0.1) {
			city = strip(city)
		}
		w.line("ADR", w.types(a.class), ";"+w.text(a.line2)+";"+w.text(street)+";"+w.text(city)+";;"+w.text(code)+";"+w.text(country), true)
	}
	if c.org != "" {
		org := w.text(c.org)
		if c.unit != "" {
			org += ";" + w.text(c.unit)
		}
		w.line("ORG", "", org, true)
	}
	if c.title != "" {
		w.line("TITLE", "", w.text(c.title), false)
	}
	if c.nick != "" && w.e.version != "2.1" {
		w.line("NICKNAME", "", w.text(c.nick), false)
	}
	w.day("BDAY", c.born, c.noYear)
	if c.wed.y > 0 {
		switch {
		case w.e.version == "4.0":
			w.day("ANNIVERSARY", c.wed, false)
		case w.e.style == "apple":
			w.n++
			fmt.Fprintf(w, "item%d.X-ABDATE:%04d-%02d-%02d\r\nitem%d.X-ABLabel:_$!<Anniversary>!$_\r\n", w.n, c.wed.y, c.wed.m, c.wed.d, w.n)
		}
	}
	if c.note != "" {
		w.line("NOTE", "", w.text(c.note), false)
	}
	if c.url != "" {
		w.line("URL", "", "https://"+c.url, false)
	}
	if c.social != "" {
		w.line("X-SOCIALPROFILE", w.types("twitter"), "https://twitter.com/"+c.social, false)
	}
	if c.photo > 0 {
		b := binary.BigEndian.AppendUint64([]byte("\x89PNG\r\n\x1a\n"), uint64(c.photo)*0x9e3779b97f4a7c15)
		text := base64.StdEncoding.EncodeToString(b)
		switch w.e.version {
		case "4.0":
			w.line("PHOTO", "", "data:image/png;base64,"+text, false)
		case "3.0":
			w.line("PHOTO", ";ENCODING=b;TYPE=PNG", text, false)
		default:
			w.line("PHOTO", ";ENCODING=BASE64;PNG", text, false)
			w.WriteString("\r\n")
		}
	}
	if chance(r, 0.3) {
		w.line("CATEGORIES", "", pick(r, []string{"Friends", "Amis,VIP", "myContacts", "Work", "Klienci", "İş"}), false)
	}
}

var shortStreet = strings.NewReplacer("strasse", "str.", "straße", "str.", "avenue", "av.", "Avenue", "Ave", "Street", "St", "Road", "Rd", "chemin", "ch.", "place", "pl.", "boulevard", "bd", "Viale", "V.le", "Piazza", "P.za", "Calle", "C/")

func (w *writer) day(name string, d date, noYear bool) {
	if d.y == 0 {
		return
	}
	text, params := "", ""
	switch {
	case noYear && w.e.version == "4.0":
		text = fmt.Sprintf("--%02d%02d", d.m, d.d)
	case noYear && w.e.style == "apple":
		text, params = fmt.Sprintf("1604-%02d-%02d", d.m, d.d), ";X-APPLE-OMIT-YEAR=1604"
	case noYear:
		text = fmt.Sprintf("--%02d-%02d", d.m, d.d)
	case w.e.version == "4.0" || chance(w.r, 0.2):
		text = fmt.Sprintf("%04d%02d%02d", d.y, d.m, d.d)
	case chance(w.r, 0.1):
		text = fmt.Sprintf("%04d-%02d-%02dT00:00:00Z", d.y, d.m, d.d)
	default:
		text = fmt.Sprintf("%04d-%02d-%02d", d.y, d.m, d.d)
	}
	w.line(name, params, text, false)
}
