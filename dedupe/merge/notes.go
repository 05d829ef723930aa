package merge

import (
	"strings"

	"almanac/contentline"
	"almanac/dedupe/value"
)

// How much of notes is handled, in octets.
const (
	maxNote   = 256 << 10 // how long a note may become before another one is begun
	maxSought = 64 << 20  // how much is searched for what a note says already
)

// A noteBook is the notes of the result.
type noteBook struct {
	texts  []*noteText
	lines  map[string]bool   // of all texts
	days   map[string]string // what lines such as "Birthday: 1985-04-12" say, by word and day
	sought int               // octets searched so far
}

// A noteText is one NOTE.
type noteText struct {
	e     *entry
	text  []byte
	words []byte // of text, with a blank before and behind each
}

func padded(text string) string { return " " + squash(text) + " " }

func (m *merger) keepNote(e *entry) {
	m.keep(e)
	if text := e.text(); text != "" {
		m.notes.texts = append(m.notes.texts, &noteText{e, []byte(text), []byte(padded(text))})
		m.notes.learn(text)
	}
}

// learn remembers the lines of a text.
func (b *noteBook) learn(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		b.lines[line] = true
		if word, said, found := strings.Cut(line, ": "); found && b.days[dayKey(word, said)] == "" {
			b.days[dayKey(word, said)] = said
		}
	}
}

func (m *merger) takeNotes(c *card) {
	for _, e := range c.entries {
		if e.rule.how == remark {
			m.placeNote(e)
		}
	}
}

// placeNote puts the texts of several notes into one: several clients show and
// save but one.
func (m *merger) placeNote(e *entry) {
	text := e.text()
	if text == "" {
		return
	}
	if k := m.keys[keyOf(e)]; k != nil {
		m.say(k, e.from)
		return
	}
	words := padded(text)
	if k := m.notes.find(words); k != nil {
		m.say(k.e, e.from)
		return
	}
	if m.notes.sought > maxSought && m.notes.hasLines(text) {
		return
	}
	home := m.notes.home(len(text))
	if home == nil || strings.TrimSpace(words) == "" || e.label != "" {
		m.add(e)
		m.notes.texts = append(m.notes.texts, &noteText{e, []byte(text), []byte(words)})
		m.notes.learn(text)
		return
	}
	m.gain(e, text)
	m.keys[keyOf(e)] = home.e
	m.notes.learn(text)
	if len(home.text) <= len(text) && strings.Contains(text, string(home.text)) && strings.Contains(words, string(home.words)) {
		home.text, home.words = home.text[:0], home.words[:0] // the longer one has all of it
	} else {
		home.text = append(home.text, "\n\n"...)
	}
	home.append(text)
}

// find returns the note that has these words in a row.
func (b *noteBook) find(words string) *noteText {
	for _, n := range b.texts {
		if b.sought += len(n.words); b.sought > maxSought {
			return nil
		}
		if strings.TrimSpace(words) != "" && strings.Contains(string(n.words), words) {
			return n
		}
	}
	return nil
}

// hasLines reports whether each line of a text is one of the notes: where there are too
// many to be searched.
func (b *noteBook) hasLines(text string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		if !b.lines[line] {
			return false
		}
	}
	return true
}

// home is the note that further texts go to.
func (b *noteBook) home(room int) *noteText {
	for i, n := range b.texts {
		if i == maxCompared {
			break
		}
		if n.e.label == "" && !n.e.dropped && len(n.text)+room < maxNote && strings.TrimSpace(string(n.words[:min(len(n.words), 8)])) != "" {
			return n
		}
	}
	return nil
}

func (n *noteText) append(text string) {
	n.text = append(n.text, text...)
	n.words = append(n.words, padded(text)[min(1, len(n.words)):]...)
	n.e.changed = true
}

// finish writes the texts into their properties.
func (b *noteBook) finish() {
	for _, n := range b.texts {
		if n.e.changed {
			n.e.prop.Value = contentline.EscapeText(string(n.text))
		}
	}
}

// noteDate keeps another date in the note. The same day in another notation is not
// noted again.
func (m *merger) noteDate(e *entry) {
	word := strings.ToUpper(e.rule.word[:1]) + e.rule.word[1:]
	switch said := m.notes.days[dayKey(word, e.value)]; said {
	case oneLine(e.value):
	case "":
		m.noteLine(word, e.value)
	default:
		m.hide(e, contentline.EscapeText(e.value))
	}
}

// noteLine adds a line to the note: "Birthday: 1985-04-12".
func (m *merger) noteLine(word, text string) {
	line := word + ": " + oneLine(text)
	if m.notes.lines[line] {
		return
	}
	if home := m.notes.home(len(line)); home != nil {
		home.text = append(home.text, '\n')
		home.append(line)
		m.notes.learn(line)
		return
	}
	e := &entry{prop: contentline.Property{Name: "NOTE", Value: contentline.EscapeText(line)}, name: "NOTE", from: -1, rule: ruleOf("NOTE"), added: true, alone: true}
	m.keepNote(e)
}

func oneLine(text string) string { return strings.ReplaceAll(text, "\n", " ") }

// sameDay reports whether two dates mean one day, in whatever notation.
func sameDay(a, b *entry) bool { return dayKey("", a.text()) == dayKey("", b.text()) }

// dayKey is a word and the day that a text says, or the text.
func dayKey(word, text string) string {
	text = oneLine(text)
	if y, m, d, ok := value.Date(text); ok && m > 0 && d > 0 {
		return word + "\x00" + string([]rune{rune(y), rune(m), rune(d)})
	}
	return word + "\x00" + text
}
