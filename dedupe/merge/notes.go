package merge

import (
	"strings"

	"almanac/contentline"
	"almanac/dedupe/value"
)

// maxNote is how long a note may become, in octets, before another one is begun.
const maxNote = 256 << 10

// A noteText is a NOTE of the result.
type noteText struct {
	e      *entry
	text   string
	padded string // its words with blanks around
}

func padded(text string) string { return " " + value.Squash(text) + " " }

func (m *merger) keepNote(e *entry) {
	m.keep(e)
	if text := e.text(); text != "" {
		m.notes = append(m.notes, &noteText{e, text, padded(text)})
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
	for i, n := range m.notes {
		if i == maxCompared {
			break
		}
		if strings.TrimSpace(words) != "" && strings.Contains(n.padded, words) {
			m.say(n.e, e.from)
			return
		}
	}
	home := m.noteHome(len(text))
	if home == nil || strings.TrimSpace(words) == "" || e.label != "" {
		m.add(e)
		m.notes = append(m.notes, &noteText{e, text, words})
		return
	}
	m.gain(e, text)
	if strings.Contains(text, home.text) && strings.Contains(words, home.padded) {
		home.set(text) // the longer one has all of it
		return
	}
	home.set(home.text + "\n\n" + text)
}

// noteHome is the note that further texts go to.
func (m *merger) noteHome(room int) *noteText {
	for _, n := range m.notes {
		if n.e.label == "" && !n.e.dropped && len(n.text)+room < maxNote && strings.TrimSpace(n.padded) != "" {
			return n
		}
	}
	return nil
}

func (n *noteText) set(text string) {
	n.text, n.padded = text, padded(text)
	n.e.prop.Value, n.e.changed = contentline.EscapeText(text), true
}

// noteDate keeps another date in the note. The same day in another notation is not
// noted again.
func (m *merger) noteDate(e *entry) {
	label := strings.ToUpper(e.rule.word[:1]) + e.rule.word[1:]
	for _, n := range m.notes {
		for line := range strings.SplitSeq(n.text, "\n") {
			if text, found := strings.CutPrefix(line, label+": "); found && sameDayText(text, e.value) {
				if text != e.value {
					m.hide(e, contentline.EscapeText(e.value))
				}
				return
			}
		}
	}
	m.noteLine(label, e.value)
}

// noteLine adds a line to the note: "Birthday: 1985-04-12".
func (m *merger) noteLine(label, text string) {
	line := label + ": " + strings.ReplaceAll(text, "\n", " ")
	for _, n := range m.notes {
		if strings.Contains("\n"+n.text+"\n", "\n"+line+"\n") {
			return
		}
	}
	if home := m.noteHome(len(line)); home != nil {
		home.set(home.text + "\n" + line)
		return
	}
	e := &entry{prop: contentline.Property{Name: "NOTE", Value: contentline.EscapeText(line)}, name: "NOTE", from: -1, rule: ruleOf("NOTE"), added: true, alone: true}
	m.keepNote(e)
}

// sameDay reports whether two dates mean one day, in whatever notation.
func sameDay(a, b *entry) bool { return sameDayText(a.text(), b.text()) }

func sameDayText(a, b string) bool {
	if a == b {
		return true
	}
	y, m, d, ok := value.Date(a)
	y2, m2, d2, ok2 := value.Date(b)
	return ok && ok2 && m > 0 && d > 0 && y == y2 && m == m2 && d == d2
}
