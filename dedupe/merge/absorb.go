package merge

import (
	"slices"
	"strings"

	"almanac/contentline"
)

// absorb gives a kept value what another card says about the same value: types,
// label, and parameters that it does not have.
func (m *merger) absorb(k, e *entry) {
	m.say(k, e.from)
	for _, from := range e.by {
		m.say(k, from)
	}
	if k.rule.fits != nil && e.form.key != k.form.key {
		k.holds = append(append(k.holds, &e.form), e.holds...)
	}
	k.addTypes(typesOf(&e.prop))
	if len(e.prop.Params) > 0 {
		m.absorbParams(k, e)
	}
	switch {
	case e.label == "" || e.label == k.label:
	case k.label == "":
		k.label, k.relabel, k.changed = e.label, e.label, true
	case e.rule.how == many && !strings.EqualFold(e.label, k.label):
		m.noteLine(shownLabel(e.label), k.text())
	}
}

// absorbParams gives a kept value the parameters that it does not have.
func (m *merger) absorbParams(k, e *entry) {
	have := make(map[string]bool, len(k.prop.Params))
	for _, p := range k.prop.Params {
		have[p.Name] = true
	}
	for _, p := range e.prop.Params {
		switch {
		case p.Name == "" || own(p.Name):
		case have[p.Name]:
			m.otherParam(k, e, p)
		default:
			k.prop.Params, k.changed = append(k.prop.Params, p), true
		}
	}
}

// otherParam keeps what another card says about the same value in a parameter that the
// kept line has too: the text of an address label in the note, others aside.
func (m *merger) otherParam(k, e *entry, p contentline.Param) {
	said, other := strings.Join(k.prop.ParamValues(p.Name), ","), strings.Join(p.Values, ",")
	switch {
	case e.rule.how != many || p.Name == "SORT-AS" || strings.HasPrefix(e.prop.Name, kept) || squashed(said) == squashed(other):
	case p.Name == "LABEL":
		m.noteLine("Address label", contentline.UnescapeText(other))
	default:
		m.hide(e, contentline.EscapeText(e.value), p)
	}
}

// shownLabel is a label as Apple's clients show it: their own ones are marked, so that
// they can be told in every language.
func shownLabel(label string) string {
	if inner, ok := strings.CutPrefix(label, "_$!<"); ok {
		if inner, ok = strings.CutSuffix(inner, ">!$_"); ok && inner != "" {
			return inner
		}
	}
	return label
}

// own reports whether a parameter is about the line it stands in: its notation, its
// rank among the card's lines, its place in a program's memory.
func own(param string) bool {
	switch param {
	case "TYPE", "VALUE", "ENCODING", "CHARSET", "LANGUAGE", "PREF", "PID", "ALTID", "INDEX", "MEDIATYPE", "CALSCALE", "X-APPLE-OMIT-YEAR", "PROP-ID", "X-ABUID", "X-SYNCMLREF":
		return true
	}
	return strings.HasPrefix(param, "X-EVOLUTION-") || strings.HasPrefix(param, "X-COUCHDB-")
}

// typesOf are the types of a property, those of quoted lists (TYPE="work,voice")
// apart, with the bare words of 2.1 among them.
func typesOf(p *contentline.Property) []string {
	var out []string
	for _, pa := range p.Params {
		if pa.Name != "TYPE" && (pa.Name != "" || len(pa.Values) == 1 && isEncoding(pa.Values[0])) {
			continue
		}
		for _, v := range pa.Values {
			for t := range strings.SplitSeq(v, ",") {
				if t = strings.TrimSpace(t); t != "" {
					out = append(out, t)
				}
			}
		}
	}
	return out
}

func isEncoding(word string) bool {
	switch strings.ToUpper(word) {
	case "BASE64", "B", "QUOTED-PRINTABLE", "7BIT", "8BIT":
		return true
	}
	return false
}

// implied reports whether a type says what its property says anyway, or which of
// the card's lines is the preferred one.
func implied(name, kind string) bool {
	switch strings.ToLower(kind) {
	case "pref":
		return true
	case "voice":
		return name == "TEL"
	case "internet":
		return name == "EMAIL"
	}
	return false
}

// addTypes adds types in the way that the line writes those it has.
func (e *entry) addTypes(types []string) {
	if len(types) == 0 || strings.HasPrefix(e.form.key, "file ") {
		return // the types of a file are what kind of file it is
	}
	have := typesOf(&e.prop)
	known := make(map[string]bool, len(have))
	for _, h := range have {
		known[strings.ToLower(h)] = true
	}
	var missing []string
	for _, t := range types {
		if implied(e.prop.Name, t) || known[strings.ToLower(t)] {
			continue
		}
		known[strings.ToLower(t)] = true
		if len(have) > 0 {
			t = likeCase(have[0], t)
		}
		missing = append(missing, t)
	}
	if len(missing) > 0 {
		e.prop.Params, e.changed = withTypes(e.prop.Params, missing), true
	}
}

// withTypes adds types to the parameters: to a list where there is one.
func withTypes(params []contentline.Param, types []string) []contentline.Param {
	at, n := -1, 0
	for i, p := range params {
		if p.Name == "TYPE" {
			at, n = i, n+1
		}
	}
	if n > 1 { // one for each
		apart := make([]contentline.Param, len(types))
		for i, t := range types {
			apart[i] = contentline.Param{Name: "TYPE", Values: []string{t}}
		}
		return slices.Insert(params, at+1, apart...)
	}
	if at < 0 {
		return slices.Insert(params, 0, contentline.Param{Name: "TYPE", Values: types})
	}
	p := params[at]
	p.Values = slices.Clone(p.Values)
	if last := len(p.Values) - 1; last >= 0 && strings.Contains(p.Values[last], ",") {
		p.Values[last] += "," + strings.Join(types, ",") // a quoted list
	} else {
		p.Values = append(p.Values, types...)
	}
	params[at] = p
	return params
}

// likeCase writes a word in capitals or small letters like another one.
func likeCase(model, word string) string {
	switch model {
	case strings.ToUpper(model):
		return strings.ToUpper(word)
	case strings.ToLower(model):
		return strings.ToLower(word)
	}
	return word
}

// respell gives a kept value the fuller text of another card.
func (m *merger) respell(k, e *entry) {
	if old := k.form; k.rule.fits != nil && old.key != "" {
		k.holds = append(k.holds, &old)
	}
	k.prop.Value = e.prop.Value
	notation := func(p contentline.Param) bool {
		return p.Name == "VALUE" || p.Name == "ENCODING" || p.Name == "CHARSET" || p.Name == "X-APPLE-OMIT-YEAR" || p.Name == "SORT-AS"
	}
	k.prop.Params = slices.DeleteFunc(k.prop.Params, notation)
	for _, p := range e.prop.Params {
		if notation(p) {
			k.prop.Params = append(k.prop.Params, p)
		}
	}
	k.form, k.changed = e.form, true
	m.index(k)
}

// isPreferred reports whether a line is marked as the one of several to use.
func isPreferred(p *contentline.Property) bool {
	return p.HasParam("PREF") || slices.ContainsFunc(typesOf(p), func(t string) bool { return strings.EqualFold(t, "pref") })
}

// dropPreference takes the mark off a line: which is preferred, the reference says.
func dropPreference(p *contentline.Property) {
	params := make([]contentline.Param, 0, len(p.Params))
	for _, pa := range p.Params {
		switch pa.Name {
		case "PREF":
			continue
		case "TYPE", "":
			var values []string
			for _, v := range pa.Values {
				var types []string
				for t := range strings.SplitSeq(v, ",") {
					if !strings.EqualFold(strings.TrimSpace(t), "pref") {
						types = append(types, t)
					}
				}
				if len(types) > 0 {
					values = append(values, strings.Join(types, ","))
				}
			}
			if len(values) == 0 {
				continue
			}
			pa.Values = values
		}
		params = append(params, pa)
	}
	p.Params = params
}
