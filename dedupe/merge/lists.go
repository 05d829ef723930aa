package merge

import (
	"slices"
	"strings"

	"almanac/contentline"
)

// listTexts are the texts of a NICKNAME or CATEGORIES, unescaped. Categories have
// semicolons between them in some programs' files.
func listTexts(e *entry) []string {
	var out []string
	for _, raw := range rawTexts(e) {
		out = append(out, strings.TrimSpace(contentline.UnescapeText(raw)))
	}
	return out
}

func rawTexts(e *entry) []string {
	raws := contentline.SplitText(e.prop.Value, ',')
	if e.prop.Name != "CATEGORIES" || !strings.Contains(e.prop.Value, ";") {
		return raws
	}
	var out []string
	for _, raw := range raws {
		out = append(out, contentline.SplitText(raw, ';')...)
	}
	return out
}

// keepList takes a list of the reference. A text that stands in it twice goes once.
func (m *merger) keepList(e *entry) {
	var rest []string
	again := false
	for _, raw := range rawTexts(e) {
		text := strings.TrimSpace(contentline.UnescapeText(raw))
		key := e.prop.Name + "\x00" + squashed(text)
		if text != "" && m.texts[key] != nil && e.label == "" {
			again = true
			continue
		}
		if text != "" && m.texts[key] == nil {
			m.knowText(e, key, text)
		}
		rest = append(rest, closed(raw))
	}
	if again {
		e.prop.Value, e.changed = strings.Join(rest, ","), true
		e.dropped = len(rest) == 0
	}
	m.keep(e)
}

// placeList brings in the texts that are not there yet: into the first list of
// the same kind, or as a line of their own.
func (m *merger) placeList(e *entry) {
	var missing, texts []string
	for _, raw := range rawTexts(e) {
		text := strings.TrimSpace(contentline.UnescapeText(raw))
		key := e.prop.Name + "\x00" + squashed(text)
		switch k := m.texts[key]; {
		case text == "":
		case k != nil:
			m.say(k, e.from)
		default:
			m.knowText(e, key, text)
			missing, texts = append(missing, closed(strings.TrimSpace(raw))), append(texts, text)
		}
	}
	if len(missing) == 0 {
		return
	}
	size := 0
	for _, raw := range missing {
		size += len(raw) + 1
	}
	if !e.quiet {
		for _, text := range texts {
			m.gain(e, text)
		}
	}
	for i, home := range m.named[e.prop.Name] {
		if i == maxCompared {
			break
		}
		room := maxNote - len(home.prop.Value) - home.furtherSize
		if home.dropped || home.label != "" || e.label != "" || !sameTypes(home, e) || room < size {
			continue
		}
		home.furtherSize += size
		home.further, home.changed = append(home.further, missing...), true
		for _, text := range texts {
			m.texts[e.prop.Name+"\x00"+squashed(text)] = home
		}
		return
	}
	e.prop.Value, e.listed = strings.Join(missing, ","), true
	m.add(e)
}

func (m *merger) knowText(e *entry, key, text string) {
	m.texts[key] = e
	if e.prop.Name == "NICKNAME" {
		m.nicks[sortedWords(text)] = true
	}
}

// finishLists writes further texts into their lists.
func (m *merger) finishLists() {
	for _, e := range m.entries {
		if len(e.further) == 0 {
			continue
		}
		if strings.TrimSpace(e.prop.Value) != "" {
			e.further = slices.Insert(e.further, 0, closed(e.prop.Value))
		}
		e.prop.Value = strings.Join(e.further, ",")
	}
}

// closed escapes a backslash at the end of a text, which would take the comma
// behind it for its own.
func closed(raw string) string {
	if n := len(raw) - len(strings.TrimRight(raw, `\`)); n%2 == 1 {
		return raw + `\`
	}
	return raw
}

// sameTypes reports whether a list has all types of another.
func sameTypes(home, e *entry) bool {
	types := typesOf(&e.prop)
	if len(types) == 0 {
		return true
	}
	have := map[string]bool{}
	for _, t := range typesOf(&home.prop) {
		have[strings.ToLower(t)] = true
	}
	return !slices.ContainsFunc(types, func(t string) bool { return !implied(e.prop.Name, t) && !have[strings.ToLower(t)] })
}
