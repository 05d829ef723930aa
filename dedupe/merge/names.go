package merge

import (
	"slices"
	"strings"

	"almanac/contentline"
)

// takeNames compares the names of another card with those of the reference. FN and
// N are one name in two forms: what either of them says need not be said by both.
func (m *merger) takeNames(c *card) {
	var fn, n *entry
	for _, e := range c.entries {
		if e.form.key == "" || e.rule.how != named {
			continue
		}
		if e.prop.Name == "FN" && fn == nil {
			fn = e
		}
		if e.prop.Name == "N" && n == nil {
			n = e
		}
	}
	m.completeNames(fn, n)
	for _, name := range []string{"FN", "N"} {
		for _, e := range c.entries {
			if e.prop.Name == name && e.form.key != "" {
				m.placeName(e)
			}
		}
	}
}

// completeNames lets the reference take the names of another card where they are
// its own in full: "A. Keller" becomes "Anna Keller". A name that has a given and
// a family name is left as somebody chose it.
func (m *merger) completeNames(fn, n *entry) {
	myFN, myN := m.first("FN"), m.first("N")
	mine := myFN
	if mine == nil {
		mine = myN
	}
	if mine == nil || m.isOrganisation(mine) {
		return
	}
	for _, e := range []*entry{fn, n} {
		k := myFN
		if e != nil && e.prop.Name == "N" {
			k = myN
		}
		if e == nil || k == nil || e.form.key == k.form.key || fullWords(k) >= 2 || !fitsName(&e.form, &k.form) {
			continue
		}
		m.respell(k, e)
		m.absorb(k, e)
	}
	// The same words, taken apart into given and family name.
	if n != nil && myN != nil && n.form.key == myN.form.key && filled(myN) == 1 && filled(n) > 1 {
		m.respell(myN, n)
	}
}

// isOrganisation reports whether a name is that of an organisation, which does not
// become a longer one.
func (m *merger) isOrganisation(name *entry) bool {
	words := allWords([]string{strings.Join(wordsOf(strings.ReplaceAll(name.text(), ".", "")), " ")})
	for _, org := range m.named["ORG"] {
		if slices.Equal(org.form.words, words) || len(org.form.parts) > 0 && slices.Equal(allWords(org.form.parts[:1]), words) {
			return true
		}
	}
	kind := m.first("KIND")
	return m.first("X-ABSHOWAS") != nil || kind != nil && kind.form.key != "individual"
}

// isNature reports whether a property says that a card is of an organisation, or of
// something else that is no person.
func isNature(e *entry) bool { return e.prop.Name == "KIND" || e.prop.Name == "X-ABSHOWAS" }

// takeNature brings in what another card is of. A reference without a word of it is of
// an individual (RFC 6350 section 6.1.4): where it names a person, and the other card
// somebody else, phones must not show the person under the company's name.
func (m *merger) takeNature(c *card) {
	person := m.isPerson() && !m.sharesName(c)
	for _, e := range c.entries {
		if !isNature(e) {
			continue
		}
		if person && e.form.key != "" && e.form.key != "individual" && m.first(e.prop.Name) == nil {
			m.hide(e, e.prop.Value)
		} else {
			m.place(e)
		}
	}
}

// isPerson reports whether the card has a given and a family name that are no
// organisation's.
func (m *merger) isPerson() bool {
	name := m.first("N")
	if name == nil || m.isOrganisation(name) {
		return false
	}
	parts := name.parts()
	return len(parts) > 1 && parts[0] != "" && parts[1] != ""
}

// sharesName reports whether another card has a word of the name.
func (m *merger) sharesName(c *card) bool {
	mine := m.first("N").form.words
	for _, e := range c.entries {
		if e.rule.how == named && len(mine) <= maxNameWords && slices.ContainsFunc(mine, func(w string) bool { return slices.Contains(e.form.words, w) }) {
			return true
		}
	}
	return false
}

// fullWords counts the words of a name that are no initials.
func fullWords(e *entry) int {
	n := 0
	for _, w := range e.form.words {
		if len([]rune(w)) > 1 {
			n++
		}
	}
	return n
}

// filled counts the components that say something.
func filled(e *entry) int {
	n := 0
	for _, p := range e.parts() {
		if p != "" {
			n++
		}
	}
	return n
}

// placeName finds the place of a name.
func (m *merger) placeName(e *entry) {
	if k := m.saidName(e); k != nil {
		if k.prop.Name == e.prop.Name {
			m.absorb(k, e)
		}
		if e.prop.Name == "N" && m.first("N") == nil {
			m.replaceEmpty(e) // the parts of the name that FN says in one
		}
		m.say(k, e.from)
		return
	}
	if m.first("FN") == nil && m.first("N") == nil {
		m.replaceEmpty(e)
		return
	}
	first := m.first(e.prop.Name)
	if first == nil {
		other := m.first("FN")
		if other == nil {
			other = m.first("N")
		}
		if fitsName(&e.form, &other.form) {
			m.replaceEmpty(e)
			return
		}
		first = other
	}
	text := e.text()
	if e.prop.Name == "N" {
		text = spoken(e.parts())
	}
	if nick := m.texts["NICKNAME\x00"+squashed(text)]; nick == nil {
		if e.prop.Name == "FN" || !m.nicks[sortedWords(text)] {
			m.conflict(first, e, "kept as nickname")
			m.placeList(&entry{prop: contentline.Property{Name: "NICKNAME", Value: contentline.EscapeText(text)}, name: "NICKNAME", from: e.from, rule: ruleOf("NICKNAME"), alone: true, quiet: true})
		}
	} else {
		m.say(nick, e.from)
	}
	if e.prop.Name == "N" {
		m.hide(e, e.prop.Value)
	}
}

// replaceEmpty gives the card a name that it lacks.
func (m *merger) replaceEmpty(e *entry) {
	for _, k := range m.named[e.prop.Name] {
		if k.form.key == "" && !k.dropped {
			m.respell(k, e)
			m.say(k, e.from)
			return
		}
	}
	m.add(e)
}

// saidName returns the FN or N that has all words of a name.
func (m *merger) saidName(e *entry) *entry {
	for _, name := range []string{e.prop.Name, "FN", "N"} {
		for i, k := range m.named[name] {
			if i == maxCompared {
				break
			}
			if !k.dropped && k.form.key != "" && (k.form.key == e.form.key || fitsName(&k.form, &e.form)) {
				return k
			}
		}
	}
	return nil
}

// sortedWords are the words of a text in order of the alphabet.
func sortedWords(text string) string {
	words := wordsOf(text)
	slices.Sort(words)
	return strings.Join(words, " ")
}

// spoken writes the components of an N the way a name is read. RFC 6350 section
// 6.2.2.
func spoken(parts []string) string {
	var part [5]string
	for i, p := range parts {
		if i < len(part) {
			part[i] = strings.ReplaceAll(p, ",", " ")
		}
	}
	return strings.Join(strings.Fields(strings.Join([]string{part[3], part[1], part[2], part[0], part[4]}, " ")), " ")
}
