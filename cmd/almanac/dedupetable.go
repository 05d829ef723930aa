package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rivo/uniseg"

	"almanac/contentline"
	"almanac/dedupe/value"
	"almanac/vcard"
)

// A cardTable is some cards side by side: a row for each thing that one of them
// says, in which every card has it in its own words.
type cardTable struct {
	cards int
	rows  []tableRow
}

type tableRow struct {
	word  string   // what people call it
	cells []string // of each card; "" when it does not say that
	once  bool     // a card says it once: cells that differ are a conflict
}

// shownProps are the properties that people look at, in the order of the table. once
// tells those that a card has once.
var shownProps = []struct {
	name, word string
	once       bool
}{
	{"FN", "name", true}, {"N", "in parts", true}, {"NICKNAME", "nickname", false}, {"ORG", "company", true}, {"TITLE", "title", true}, {"ROLE", "role", true},
	{"TEL", "phone", false}, {"EMAIL", "e-mail", false}, {"ADR", "address", false}, {"BDAY", "birthday", true}, {"ANNIVERSARY", "anniversary", true},
	{"URL", "web", false}, {"IMPP", "chat", false}, {"X-SOCIALPROFILE", "profile", false}, {"CATEGORIES", "groups", false}, {"RELATED", "related", false},
	{"X-ABRELATEDNAMES", "related", false}, {"PHOTO", "photo", true}, {"LOGO", "logo", true}, {"NOTE", "note", false},
}

// hiddenProps are about the card, not about whom it is of.
var hiddenProps = []string{"BEGIN", "END", "VERSION", "PRODID", "UID", "REV", "KIND", "X-ABLABEL", "X-ABADR", "X-ADDRESSBOOKSERVER-KIND", "X-ABSHOWAS"}

// maxRows bounds what is shown of one card's property; hostile cards have thousands.
const maxRows = 40

// tableOf compares cards.
func tableOf(octets [][]byte) *cardTable {
	t := &cardTable{cards: len(octets)}
	props := make([]map[string][]*contentline.Property, len(octets))
	more := map[string]int{}
	for i, o := range octets {
		props[i] = map[string][]*contentline.Property{}
		c, err := vcard.Parse(o)
		if err != nil {
			continue
		}
		for j := range c.Root.Props {
			p := &c.Root.Props[j]
			if strings.Trim(p.Value, " ;,") == "" || slices.Contains(hiddenProps, p.Name) {
				continue
			}
			props[i][p.Name] = append(props[i][p.Name], p)
		}
	}
	known := map[string]bool{}
	for _, s := range shownProps {
		known[s.name] = true
		t.add(s.name, s.word, s.once, props)
	}
	for _, of := range props {
		for name := range of {
			if !known[name] {
				more[name]++
			}
		}
	}
	for _, name := range sortedNames(more) {
		t.add(name, clip(strings.ToLower(strings.TrimPrefix(name, "X-")), wordWidth), false, props)
	}
	return t
}

func sortedNames(m map[string]int) []string {
	var names []string
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// add appends the rows of one property. Values that mean the same are in one row.
func (t *cardTable) add(name, word string, once bool, props []map[string][]*contentline.Property) {
	if name == "N" && !slices.ContainsFunc(props, func(p map[string][]*contentline.Property) bool { return len(p["FN"]) == 0 && len(p["N"]) > 0 }) {
		return // FN says it
	}
	at := map[string]int{}
	first := len(t.rows)
	for i, of := range props {
		for n, p := range of[name] {
			if n == maxRows {
				break
			}
			key := meaning(p)
			if once {
				key = fmt.Sprint(n)
			}
			row, ok := at[key]
			if ok && t.rows[row].cells[i] != "" && t.rows[row].cells[i] != inWords(p) { // two of this card, which look alike
				key += "\x00" + inWords(p)
				row, ok = at[key]
			}
			if !ok {
				row = len(t.rows)
				at[key] = row
				t.rows = append(t.rows, tableRow{word: word, cells: make([]string, t.cards), once: once})
			}
			if t.rows[row].cells[i] == "" {
				t.rows[row].cells[i] = inWords(p)
			}
		}
	}
	for i := first + 1; i < len(t.rows); i++ {
		t.rows[i].word = ""
	}
}

// meaning is by what values are in one row. The merge compares them with more care.
func meaning(p *contentline.Property) string {
	text := contentline.UnescapeText(p.Value)
	switch p.Name {
	case "TEL":
		if digits, ext, ok := value.Phone(text, ""); ok {
			digits = strings.TrimPrefix(digits, "+")
			return digits[max(0, len(digits)-8):] + ext
		}
	case "EMAIL":
		if box, ok := value.Email(text); ok {
			return box
		}
	case "URL":
		if u, ok := value.URL(p.Value); ok {
			return u
		}
	}
	return value.Squash(text)
}

// inWords is a value as people read it, in one line.
func inWords(p *contentline.Property) string {
	switch p.Name {
	case "PHOTO", "LOGO":
		if _, size, ok := value.Media(p); ok {
			return "picture, " + humanSize(int64(size))
		}
		return clip(clean(p.Value), 60)
	case "N", "ADR", "ORG":
		var parts []string
		for _, part := range contentline.SplitText(p.Value, ';') {
			if part = strings.TrimSpace(contentline.UnescapeText(part)); part != "" {
				parts = append(parts, part)
			}
		}
		return clip(clean(strings.Join(parts, ", ")), 300)
	}
	text := contentline.UnescapeText(p.Value)
	for _, scheme := range []string{"tel:", "mailto:"} { // as vCard 4.0 may write numbers and mailboxes
		if len(text) > len(scheme) && strings.EqualFold(text[:len(scheme)], scheme) && (p.Name == "TEL" || p.Name == "EMAIL") {
			text = text[len(scheme):]
		}
	}
	text = clip(strings.Join(strings.Fields(clean(text)), " "), 300)
	if types := typesInWords(p); types != "" {
		text += " (" + types + ")"
	}
	return text
}

// typesInWords are the types that people know.
func typesInWords(p *contentline.Property) string {
	if p.Name != "TEL" && p.Name != "EMAIL" {
		return ""
	}
	var out []string
	for _, param := range p.Params {
		if param.Name != "TYPE" && param.Name != "" {
			continue
		}
		for _, v := range param.Values {
			for t := range strings.SplitSeq(strings.ToLower(v), ",") {
				if t == "cell" {
					t = "mobile"
				}
				if slices.Contains([]string{"mobile", "home", "work", "fax", "pager"}, t) && !slices.Contains(out, t) {
					out = append(out, t)
				}
			}
		}
	}
	return strings.Join(out, ", ")
}

// clip shortens a text to so many runes.
func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// A painter adds colours where there are any.
type painter bool

const (
	usualText = ""
	boldText  = "1"
	faintText = "2"
	goodText  = "32" // what one card alone says
	oddText   = "33" // what they say differently
	nameText  = "1;36"
)

func (p painter) paint(style, s string) string {
	if !p || style == usualText || s == "" {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}

// style is how a cell is shown: what all say is faint, what only this one says is
// good, and what they say differently is odd.
func (r *tableRow) style(i int) string {
	have, same := 0, true
	for _, c := range r.cells {
		if c != "" {
			have++
			same = same && c == r.cells[i]
		}
	}
	switch {
	case have == 1:
		return goodText
	case !same && r.once:
		return oddText
	case have == len(r.cells):
		return faintText
	}
	return usualText
}

// Widths of a table.
const (
	wordWidth = 11
	leastCell = 22
	mostCell  = 48
)

// write draws the table: side by side where the width allows, else card by card.
// heads are what stands above each card, the number to choose it by first.
func (t *cardTable) write(to *strings.Builder, width int, heads []string, p painter) {
	if width <= 0 {
		width = 80
	}
	cell := min((width-wordWidth-1)/max(t.cards, 1)-2, mostCell)
	if cell < leastCell {
		t.writeStacked(to, width, heads, p)
		return
	}
	line := func(word string, cells []string, style func(int) string) {
		lines := make([][]string, len(cells))
		most := 1
		for i, c := range cells {
			lines[i] = wrap(c, cell)
			most = max(most, len(lines[i]))
		}
		for n := range most {
			row := pad(word, wordWidth)
			if n > 0 {
				row = strings.Repeat(" ", wordWidth)
			}
			row = p.paint(faintText, row)
			for i := range cells {
				text := ""
				if n < len(lines[i]) {
					text = lines[i][n]
				}
				row += "  " + p.paint(style(i), text)
				if i < len(cells)-1 {
					row += strings.Repeat(" ", max(0, cell-uniseg.StringWidth(text)))
				}
			}
			to.WriteString(strings.TrimRight(row, " ") + "\n")
		}
	}
	line("", heads, func(int) string { return nameText })
	for i := range t.rows {
		r := &t.rows[i]
		line(r.word, r.cells, r.style)
	}
}

func (t *cardTable) writeStacked(to *strings.Builder, width int, heads []string, p painter) {
	room := max(width-wordWidth-2, 10)
	for i, head := range heads {
		if i > 0 {
			to.WriteString("\n")
		}
		to.WriteString(p.paint(nameText, head) + "\n")
		word := ""
		for j := range t.rows {
			r := &t.rows[j]
			if r.word != "" {
				word = r.word
			}
			if r.cells[i] == "" {
				continue
			}
			for n, text := range wrap(r.cells[i], room) {
				label := pad(word, wordWidth)
				if n > 0 {
					label = strings.Repeat(" ", wordWidth)
				}
				to.WriteString(p.paint(faintText, label) + "  " + p.paint(r.style(i), text) + "\n")
			}
			word = ""
		}
	}
}

// pad fills a word up to a width.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-uniseg.StringWidth(s)))
}

// wrap breaks a text into lines of at most a width, at spaces where there are some.
func wrap(s string, width int) []string {
	var lines []string
	line, used := "", 0
	for word := range strings.FieldsSeq(s) {
		for _, piece := range pieces(word, width) {
			w := uniseg.StringWidth(piece)
			switch {
			case line == "":
				line, used = piece, w
			case used+1+w <= width:
				line, used = line+" "+piece, used+1+w
			default:
				lines = append(lines, line)
				line, used = piece, w
			}
		}
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// pieces cuts a word that is wider than a line.
func pieces(word string, width int) []string {
	if uniseg.StringWidth(word) <= width {
		return []string{word}
	}
	var out []string
	piece, used := "", 0
	g := uniseg.NewGraphemes(word)
	for g.Next() {
		if w := g.Width(); used+w > width {
			out, piece, used = append(out, piece), "", 0
		}
		piece, used = piece+g.Str(), used+g.Width()
	}
	return append(out, piece)
}
