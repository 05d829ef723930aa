package merge

import (
	"fmt"
	"slices"
	"strings"

	"almanac/dedupe/value"
)

// A Report tells in words what a merge does. Cards are numbered as they were handed
// in: 0 is the first of the others.
type Report struct {
	Same      []Value    `json:"same"`      // what the reference has and another card has too
	Added     []Value    `json:"added"`     // what other cards add to it
	Changed   []Change   `json:"changed"`   // what of the reference is written otherwise, or has more types
	Conflicts []Conflict `json:"conflicts"` // what a card can say once, and they say differently
}

// NewReport returns the report of a merge that does nothing.
func NewReport() *Report {
	return &Report{Same: []Value{}, Added: []Value{}, Changed: []Change{}, Conflicts: []Conflict{}}
}

// A Change is a value of the reference that another card says better.
type Change struct {
	Property string   `json:"property"`
	Word     string   `json:"word"`
	Was      string   `json:"was"`
	Text     string   `json:"text"`            // the value as it is written now
	Types    []string `json:"types,omitempty"` // the types that it has got
	Label    string   `json:"label,omitempty"` // the label that it has got
}

// A Value is one value of a card.
type Value struct {
	Property string `json:"property"` // its name: TEL
	Word     string `json:"word"`     // what people call it: phone
	Text     string `json:"text"`     // the value as people read it
	Label    string `json:"label,omitempty"`
	From     []int  `json:"from"` // which of the other cards have it
}

// A Conflict is two values of which a card has one.
type Conflict struct {
	Property string `json:"property"`
	Word     string `json:"word"`
	Kept     string `json:"kept"`  // the reference's value
	Other    string `json:"other"` // the other card's
	From     []int  `json:"from"`
	How      string `json:"how"` // what becomes of it, in words: "kept in the note"
}

// conflict notes that a card says something else than the reference.
func (m *merger) conflict(k, e *entry, how string) {
	c := Conflict{e.prop.Name, e.rule.word, k.shown(), e.shown(), []int{e.from}, how}
	key := c.Property + "\x00" + c.Other
	if at, again := m.disputes[key]; again {
		if old := &m.conflicts[at]; !slices.Contains(old.From, e.from) {
			old.From = append(old.From, e.from)
		}
		return
	}
	if e.from >= 0 {
		m.disputes[key] = len(m.conflicts)
		m.conflicts = append(m.conflicts, c)
	}
	e.disputed = true
}

// gain notes that a text comes into a line that is there.
func (m *merger) gain(e *entry, text string) {
	if e.from >= 0 {
		m.gains = append(m.gains, Value{e.prop.Name, e.rule.word, text, e.label, []int{e.from}})
	}
}

// tell makes the report.
func (m *merger) tell() *Report {
	r := NewReport()
	for _, e := range m.entries {
		v := Value{e.prop.Name, e.rule.word, e.shown(), e.label, slices.Clone(e.by)}
		slices.Sort(v.From)
		switch {
		case e.dropped || len(v.From) == 0 || e.rule.how == ignored || e.listed || e.disputed || strings.HasPrefix(e.prop.Name, kept) && e.added:
		case e.added:
			r.Added = append(r.Added, v)
		case e.rule.how != list && e.rule.how != remark:
			r.Same = append(r.Same, v)
			if c, ok := m.change(e); ok {
				r.Changed = append(r.Changed, c)
			}
		}
	}
	r.Added = append(r.Added, m.gains...)
	r.Conflicts = append(r.Conflicts, m.conflicts...)
	for i := range r.Conflicts {
		slices.Sort(r.Conflicts[i].From)
	}
	return r
}

// change tells how a line of the reference is written otherwise.
func (m *merger) change(e *entry) (Change, bool) {
	if !e.changed || len(e.refs) == 0 {
		return Change{}, false
	}
	was := &entry{prop: m.ref.root.Props[e.refs[0]]}
	c := Change{e.prop.Name, e.rule.word, was.shown(), e.shown(), nil, e.relabel}
	had := map[string]bool{}
	for _, t := range typesOf(&was.prop) {
		had[t] = true
	}
	for _, t := range typesOf(&e.prop) {
		if !had[t] {
			c.Types = append(c.Types, t)
		}
	}
	return c, c.Was != c.Text || len(c.Types) > 0 || c.Label != ""
}

// shown is a value as people read it, on one line.
func (e *entry) shown() string {
	switch e.prop.Name {
	case "PHOTO", "LOGO", "SOUND", "KEY":
		if data, ok := value.MediaBytes(&e.prop); ok {
			return fmt.Sprintf("file of %d octets", len(data))
		}
	case "N":
		return spoken(e.parts())
	case "ADR", "ORG":
		parts := slices.DeleteFunc(e.parts(), func(p string) bool { return p == "" })
		return strings.Join(strings.Fields(strings.Join(parts, ", ")), " ")
	case "NICKNAME", "CATEGORIES":
		return strings.Join(listTexts(e), ", ")
	}
	return strings.Join(strings.Fields(e.text()), " ")
}
