package merge

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/contentline"
	"almanac/vcard"
)

// Options are what a merge depends on besides the cards.
type Options struct {
	Revision time.Time // becomes REV when anything changes; zero leaves REV as it is
	MaxSize  int       // octets that the result may have; 0 is no limit
}

// Merge makes one card of the reference and the others and tells what came from
// where. A source may be of any version and holds one card. The result is one that
// vcard.Validate takes; its error, an *vcard.Invalid, is returned where the
// values together are more than a card can hold. With nothing to add the result is
// the reference as it was (in 3.0 when it was 2.1).
func Merge(reference []byte, others [][]byte, opt Options) ([]byte, *Report, error) {
	ref, err := readCard(reference, -1)
	if err != nil {
		return nil, nil, fmt.Errorf("reference: %w", err)
	}
	m := newMerger(ref)
	cards := make([]*card, len(others))
	for i, src := range others {
		if cards[i], err = readCard(src, i); err == nil {
			err = cards[i].convert(ref.version)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("card %d: %w", i+1, err)
		}
	}
	// The newest first, whose spelling is used; of one age in an order of their own.
	slices.SortStableFunc(cards, func(a, b *card) int {
		return cmp.Or(cmp.Compare(b.rev, a.rev), bytes.Compare(others[a.number], others[b.number]))
	})
	for _, c := range cards {
		m.takeNotes(c) // before what the other values add to the note
	}
	for _, c := range cards {
		m.take(c)
	}
	for _, c := range cards {
		m.takeNature(c) // when the names and organisations of all are known
	}
	m.finishLists()
	m.notes.finish()
	m.requireNames()
	if ref.uid == "" {
		m.setLine("UID", contentline.EscapeText(uidFor(reference)))
	}
	if m.touched() && !opt.Revision.IsZero() {
		layout := "2006-01-02T15:04:05Z"
		if ref.version == vcard.V40 {
			layout = "20060102T150405Z"
		}
		m.setLine("REV", opt.Revision.UTC().Format(layout))
	}
	out, err := m.write()
	if err != nil {
		return nil, nil, err
	}
	if _, err := vcard.Validate(out, opt.MaxSize); err != nil {
		return nil, nil, fmt.Errorf("merged card: %w", err)
	}
	return out, m.tell(), nil
}

// maxCompared is how many values of one property a value is compared with, beyond
// those that are equal to it.
const maxCompared = 100

// A merger is the state of one merge.
type merger struct {
	ref     *card
	entries []*entry            // the reference's in its order, then what is added
	named   map[string][]*entry // by property
	keys    map[string]*entry   // by property and key
	again   map[string]*entry   // by property, key and label: what the reference has twice
	buckets map[string][]*entry // by property and bucket, at most maxCompared
	texts   map[string]*entry   // of lists, by property and text
	notes   noteBook
	marked  map[string]bool // properties of which a line is the preferred one
	nicks   map[string]bool // nicknames by their words in order of the alphabet

	altIDs    map[altID]bool // those in use
	lastID    map[string]int // by property, what was given out
	newAltIDs map[altOf]string

	conflicts []Conflict
	disputes  map[string]int // places in conflicts
	gains     []Value
}

func newMerger(ref *card) *merger {
	m := &merger{ref: ref, named: map[string][]*entry{}, keys: map[string]*entry{}, again: map[string]*entry{}, buckets: map[string][]*entry{}, texts: map[string]*entry{},
		marked: map[string]bool{}, nicks: map[string]bool{}, disputes: map[string]int{},
		altIDs: map[altID]bool{}, lastID: map[string]int{}, newAltIDs: map[altOf]string{}, notes: noteBook{lines: map[string]bool{}, days: map[string]string{}}}
	var again []*entry
	for _, e := range ref.entries {
		switch e.rule.how {
		case list:
			m.keepList(e)
		case remark:
			m.keepNote(e)
		case many:
			if twin := m.twin(e); twin != nil {
				m.unite(twin, e)
				continue
			}
			m.keep(e)
		case noted, hidden, named:
			if first := m.first(e.prop.Name); first != nil && e.prop.Name != "FN" && e.form.key != "" && !sameALTID(first, e) {
				again = append(again, e)
				continue
			}
			if twin := m.keys[keyOf(e)]; twin != nil && e.prop.Name == "FN" {
				m.unite(twin, e)
				continue
			}
			m.keep(e)
		default:
			if e.prop.Name == "UID" && strings.TrimSpace(e.prop.Value) != ref.uid {
				e.dropped = true // damage that only an upgraded card can have
			}
			m.keep(e)
		}
	}
	// A second N or BDAY is a fault of the reference: it goes where that of another
	// card would.
	for _, e := range again {
		e.dropped, e.changed = true, true
		copied := *e
		copied.dropped, copied.changed, copied.refs = false, false, nil
		m.entries = append(m.entries, e)
		m.place(&copied)
	}
	return m
}

func keyOf(e *entry) string { return e.prop.Name + "\x00" + e.form.key }

// keep makes an entry part of the result.
func (m *merger) keep(e *entry) {
	m.entries = append(m.entries, e)
	name := e.prop.Name
	m.named[name] = append(m.named[name], e)
	m.marked[name] = m.marked[name] || isPreferred(&e.prop)
	if id := e.prop.Param("ALTID"); id != "" {
		m.altIDs[altID{name, id}] = true
	}
	m.index(e)
}

// index makes an entry known by its form.
func (m *merger) index(e *entry) {
	if e.form.key == "" {
		return
	}
	if m.keys[keyOf(e)] == nil {
		m.keys[keyOf(e)] = e
	}
	if e.label != "" && m.keys[keyOf(e)] != e {
		m.again[keyOf(e)+"\x00"+e.label] = e
	}
	bucket := e.prop.Name + "\x00" + e.form.bucket
	if e.rule.fits != nil && len(m.buckets[bucket]) < maxCompared && !slices.Contains(m.buckets[bucket], e) {
		m.buckets[bucket] = append(m.buckets[bucket], e)
	}
}

// first is the first property of a name that says anything.
func (m *merger) first(name string) *entry {
	for _, e := range m.named[name] {
		if e.form.key != "" && !e.dropped {
			return e
		}
	}
	return nil
}

// find returns what is kept and says all that e says.
func (m *merger) find(e *entry) *entry {
	if k := m.again[keyOf(e)+"\x00"+e.label]; k != nil && !k.dropped {
		return k
	}
	best := m.keys[keyOf(e)]
	if best != nil && best.dropped {
		best = nil
	}
	if e.rule.fits == nil || best != nil && best.covers(e) {
		return best
	}
	// Of several the one that has its types already: where it went before, when this is
	// merged again.
	for _, k := range m.buckets[e.prop.Name+"\x00"+e.form.bucket] {
		if k.dropped || !e.rule.fits(&k.form, &e.form) {
			continue
		}
		if k.covers(e) {
			return k
		}
		if best == nil {
			best = k
		}
	}
	return best
}

// covers reports whether a kept value has the types and the label of another.
func (k *entry) covers(e *entry) bool {
	return (e.label == "" || strings.EqualFold(e.label, k.label)) && sameTypes(k, e)
}

// poorer returns what is kept and says less than e.
func (m *merger) poorer(e *entry) []*entry {
	var out []*entry
	if e.rule.fits != nil {
		for _, k := range m.buckets[e.prop.Name+"\x00"+e.form.bucket] {
			// What has gone into k has to be in e too: 1 High St, London is in 1 High
			// Street, London, but not in that with a code.
			if !k.dropped && len(k.holds) <= maxCompared && e.rule.fits(&e.form, &k.form) && !slices.ContainsFunc(k.holds, func(f *form) bool { return !e.rule.fits(&e.form, f) }) {
				out = append(out, k)
			}
		}
	}
	return out
}

// twin returns a line of the reference that says the same as a later one, unless
// they have labels of their own.
func (m *merger) twin(e *entry) *entry {
	if e.form.key == "" || rules[e.prop.Name].form == nil || e.label != "" && e.prop.Name == "LABEL" {
		return nil
	}
	k := m.keys[keyOf(e)]
	if k == nil && e.prop.Name == "TEL" {
		for _, near := range m.buckets["TEL\x00"+e.form.bucket] {
			if !near.dropped && samePhone(&near.form, &e.form) {
				k = near
				break
			}
		}
	}
	if k == nil || k.label != "" && e.label != "" && k.label != e.label {
		return nil
	}
	return k
}

// unite makes one line of two of the reference.
func (m *merger) unite(k, e *entry) {
	e.dropped, e.changed = true, true
	m.entries = append(m.entries, e)
	if e.form.key != k.form.key && e.rule.fits != nil && !e.rule.fits(&k.form, &e.form) {
		m.respell(k, e)
	}
	m.absorb(k, e)
}

// take brings in what another card has.
func (m *merger) take(c *card) {
	m.takeNames(c)
	for _, e := range c.entries {
		if e.rule.how != named && e.rule.how != remark && !isNature(e) {
			m.place(e)
		}
	}
}

// place finds the place of a value of another card.
func (m *merger) place(e *entry) {
	switch {
	case e.rule.how == ignored:
	case e.rule.how == list:
		m.placeList(e)
	case e.rule.how == remark:
		m.placeNote(e)
	case e.form.key == "":
	case e.rule.how == named:
		m.placeName(e)
	default:
		m.placeValue(e)
	}
}

func (m *merger) placeValue(e *entry) {
	if k := m.find(e); k != nil {
		m.absorb(k, e)
		return
	}
	if poorer := m.poorer(e); len(poorer) > 0 {
		k := poorer[0]
		m.respell(k, e)
		m.absorb(k, e)
		for _, less := range poorer[1:] {
			if k.label == "" || less.label == "" || k.label == less.label {
				less.dropped, less.changed = true, true
				m.absorb(k, less)
			}
		}
		return
	}
	first := m.first(e.prop.Name)
	if first == nil || e.rule.how == many {
		m.add(e)
		return
	}
	switch e.rule.how {
	case alt:
		m.conflict(first, e, "kept beside it")
		if m.ref.version == vcard.V40 && e.prop.Name == "GENDER" { // RFC 6350 section 6.2.7 has it once
			id := first.prop.Param("ALTID")
			if id == "" {
				id = "1"
				first.prop.Params = append(first.prop.Params, contentline.Param{Name: "ALTID", Values: []string{id}})
				first.changed = true
			}
			e.prop.Params = slices.DeleteFunc(e.prop.Params, func(p contentline.Param) bool { return p.Name == "ALTID" })
			e.prop.Params = append(e.prop.Params, contentline.Param{Name: "ALTID", Values: []string{id}})
		}
		m.added(e)
	case noted:
		if sameDay(first, e) {
			if e.form.day[1] == 0 || e.form.clock != "" {
				m.hide(e, contentline.EscapeText(e.value)) // 12.04.1985, which some read as another day
			} else {
				m.absorb(first, e)
			}
			return
		}
		m.conflict(first, e, "kept in the note")
		m.noteDate(e)
	default:
		m.conflict(first, e, "kept as "+kept+e.prop.Name)
		m.hide(e, contentline.EscapeText(e.value))
	}
}

// add gives a value of another card a line of its own.
func (m *merger) add(e *entry) {
	e.prop.Params = slices.DeleteFunc(e.prop.Params, func(p contentline.Param) bool { return p.Name == "PID" })
	m.renumber(e)
	if m.marked[e.prop.Name] {
		dropPreference(&e.prop)
	}
	m.added(e)
}

func (m *merger) added(e *entry) {
	e.added = true
	m.say(e, e.from)
	m.keep(e)
}

// hide keeps a value, as it is written, in a property that people do not see.
func (m *merger) hide(e *entry, written string, params ...contentline.Param) {
	h := &entry{prop: contentline.Property{Name: kept + e.prop.Name, Value: written, Params: params}, from: e.from, alone: true}
	h.name, h.rule = h.prop.Name, ruleOf(h.prop.Name)
	h.form = h.rule.form(h)
	if m.find(h) == nil {
		m.added(h)
	}
}

// say remembers who else has a value.
func (m *merger) say(e *entry, from int) {
	if from >= 0 && !slices.Contains(e.by, from) {
		e.by = append(e.by, from)
	}
}

// touched reports whether anything of the reference changes.
func (m *merger) touched() bool {
	return slices.ContainsFunc(m.entries, func(e *entry) bool { return e.added || e.changed || e.dropped })
}

// setLine gives the card a property that it has once and that is not compared.
func (m *merger) setLine(name, text string) {
	if there := m.named[name]; len(there) > 0 {
		if e := there[0]; e.prop.Value != text {
			e.prop.Value, e.changed = text, true
		}
		return
	}
	e := &entry{prop: contentline.Property{Name: name, Value: text}, name: name, from: -1, rule: ruleOf(name), added: true, alone: true}
	m.keep(e)
}

// requireNames adds the names that a version cannot be without: FN, and in 3.0 N
// (RFC 2426 section 3.1, RFC 6350 section 6.2.1), each made of the other.
func (m *merger) requireNames() {
	fn, n := m.first("FN"), m.first("N")
	if fn == nil {
		text := ""
		if n != nil {
			text = spoken(n.parts())
		}
		if text == "" {
			text = m.bestName()
		}
		m.setLine("FN", contentline.EscapeText(text))
		fn = m.named["FN"][0]
	}
	if m.ref.version == vcard.V30 && len(m.named["N"]) == 0 {
		m.setLine("N", fn.prop.Value+";;;;")
	}
}

// bestName is what a card without a name is called.
func (m *merger) bestName() string {
	for _, name := range []string{"ORG", "NICKNAME", "EMAIL", "TEL"} {
		for _, e := range m.named[name] {
			if text := strings.Join(strings.FieldsFunc(strings.Join(e.parts(), ", "), func(r rune) bool { return r == '\n' || r == '\r' }), " "); !e.dropped && strings.Trim(text, ", ") != "" {
				return strings.Trim(text, ", ")
			}
		}
	}
	return vcard.Summary(&vcard.Card{Root: m.ref.root})
}
