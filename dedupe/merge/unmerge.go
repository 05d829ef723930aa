package merge

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"almanac/contentline"
	"almanac/vcard"
)

// Unmerge takes a merge back. before is the reference as Merge was given it, merged
// what Merge made of it, now what it has become since, and sources are the other
// cards. The sources come back as they were. The reference loses what came from
// them and keeps what was edited since: lines that were added, changed and removed,
// also where an edited line is one that the merge had made or changed. Where
// nothing was edited it is before, octet for octet.
//
// now may be of another version than merged, for clients store cards in the version
// they like.
func Unmerge(before, merged, now []byte, sources [][]byte) (reference []byte, restored [][]byte, err error) {
	restored = make([][]byte, len(sources))
	for i, src := range sources {
		restored[i] = bytes.Clone(src)
	}
	if bytes.Equal(merged, now) {
		return bytes.Clone(before), restored, nil
	}
	u := &unmerger{}
	if u.now, err = readCard(now, -1); err != nil {
		return nil, nil, fmt.Errorf("reference now: %w", err)
	}
	if u.before, err = readAs(before, u.now.version); err == nil {
		u.merged, err = readAs(merged, u.now.version)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("reference before: %w", err)
	}
	u.compare()
	u.match()
	u.rewrite()
	slices.SortStableFunc(u.edits, func(a, b contentline.Edit) int {
		if a.Start != b.Start {
			return a.Start - b.Start
		}
		return a.End - b.End
	})
	if reference, err = contentline.Splice(u.now.src, u.edits); err != nil {
		return nil, nil, fmt.Errorf("take the merge back: %w", err)
	}
	return reference, restored, nil
}

// readAs reads a card in a version.
func readAs(src []byte, version string) (*card, error) {
	c, err := readCard(src, -1)
	if err != nil || c.version == version {
		return c, err
	}
	text, err := vcard.Convert([]byte(c.src), version)
	if err != nil {
		return nil, err
	}
	return readCard(text, -1)
}

// An unmerger compares three states of a card by its entries.
type unmerger struct {
	before, merged, now *card

	was   map[*entry]*entry   // an entry of merged by the one of before that it was made of
	came  map[*entry]bool     // entries of merged that are no one's of before
	twins map[*entry][]*entry // entries of before that merged has in another one
	moved []*entry            // entries of before that merged has elsewhere

	is    map[*entry]*entry // an entry of now by the one of merged that it is or was made of
	edits []contentline.Edit
}

// identity is all that an entry says, in a form that a program may not change by
// writing the card anew.
func identity(e *entry) string {
	params := make([]string, 0, len(e.prop.Params))
	for _, p := range e.prop.Params {
		if p.Name != "TYPE" && p.Name != "" {
			params = append(params, p.Name+"="+strings.Join(p.Values, ","))
		}
	}
	for _, t := range typesOf(&e.prop) {
		params = append(params, "TYPE="+strings.ToLower(t))
	}
	slices.Sort(params)
	parts := []string{e.prop.Name, strings.Join(slices.Compact(params), ";"), e.prop.Value}
	for _, a := range e.aside {
		parts = append(parts, a.prop.Name+"="+a.prop.Value)
	}
	return strings.Join(parts, "\x00")
}

// pairs takes entries out of both lists that are the same, and returns what is left.
func pairs(a, b []*entry, same func(x, y *entry)) (restA, restB []*entry) {
	have := map[string][]*entry{}
	for _, y := range b {
		have[identity(y)] = append(have[identity(y)], y)
	}
	taken := map[*entry]bool{}
	for _, x := range a {
		id := identity(x)
		if ys := have[id]; len(ys) > 0 {
			same(x, ys[0])
			taken[ys[0]] = true
			have[id] = ys[1:]
		} else {
			restA = append(restA, x)
		}
	}
	for _, y := range b {
		if !taken[y] {
			restB = append(restB, y)
		}
	}
	return restA, restB
}

// told are the entries that are compared: not those about the card itself.
func (c *card) told() []*entry {
	return slices.DeleteFunc(slices.Clone(c.entries), func(e *entry) bool { return e.rule.how == ignored })
}

// compare finds out what the merge did.
func (u *unmerger) compare() {
	u.was, u.came, u.twins = map[*entry]*entry{}, map[*entry]bool{}, map[*entry][]*entry{}
	gone, came := pairs(u.before.told(), u.merged.told(), func(b, m *entry) { u.was[m] = b })
	for _, m := range came {
		u.came[m] = true
	}
	byName := map[string][]*entry{}
	for _, m := range u.merged.told() {
		byName[m.prop.Name] = append(byName[m.prop.Name], m)
	}
	for _, b := range gone {
		var home *entry
		found := false
		for i, m := range byName[b.prop.Name] {
			if i == maxCompared {
				break
			}
			if !madeOf(m, b) {
				continue
			}
			if u.came[m] {
				u.was[m] = b
				delete(u.came, m)
				found = true
				break
			}
			if home == nil {
				home = m
			}
		}
		switch {
		case found:
		case home != nil:
			u.twins[home] = append(u.twins[home], b)
		default:
			u.moved = append(u.moved, b)
		}
	}
}

// madeOf reports whether an entry can be what a merge or an edit made of another.
func madeOf(m, b *entry) bool {
	switch {
	case m.rule.how == list:
		have := listTexts(m)
		return len(have) < maxCompared && !slices.ContainsFunc(listTexts(b), func(t string) bool {
			return !slices.ContainsFunc(have, func(h string) bool { return squashed(h) == squashed(t) })
		})
	case m.rule.how == remark:
		return strings.Contains(m.text(), b.text())
	}
	return m.form.key == b.form.key || m.rule.fits != nil && m.rule.fits(&m.form, &b.form)
}

// match finds out what was edited since.
func (u *unmerger) match() {
	u.is = map[*entry]*entry{}
	gone, fresh := pairs(u.merged.told(), u.now.told(), func(m, n *entry) { u.is[n] = m })
	for _, n := range fresh {
		best, at := 0, -1
		for i, m := range gone {
			if i == maxCompared {
				break
			}
			if s := likeness(n, m); s > best {
				best, at = s, i
			}
		}
		if at >= 0 {
			u.is[n] = gone[at]
			gone = slices.Delete(gone, at, at+1)
		}
	}
}

// likeness says how likely n is m edited; 0 is no.
func likeness(n, m *entry) int {
	switch {
	case n.prop.Name != m.prop.Name:
		return 0
	case n.prop.Value == m.prop.Value:
		return 3
	case n.form.key == m.form.key:
		return 2
	case n.rule.how == list || n.rule.how == remark || n.rule.how == noted || n.prop.Name == "N" || n.prop.Name == "FN":
		return 1
	}
	return 0
}

// rewrite undoes the merge in the text of now.
func (u *unmerger) rewrite() {
	for _, n := range u.now.told() {
		m := u.is[n]
		switch {
		case m == nil: // somebody's own line since
		case u.came[m]:
			if identity(n) == identity(m) {
				u.drop(n)
			} else {
				u.dropTexts(n, m)
			}
		case identity(n) == identity(m) && identity(m) == identity(u.was[m]):
		case identity(n) == identity(m):
			u.restore(n, m, u.was[m])
		default:
			u.mend(n, m, u.was[m])
		}
		if m != nil {
			for _, twin := range u.twins[m] {
				u.insert(n, twin)
			}
		}
	}
	for _, b := range u.moved {
		u.edit(u.now.root.BodyEnd, u.now.root.BodyEnd, u.source(b))
	}
}

func (u *unmerger) edit(start, end int, text string) {
	u.edits = append(u.edits, contentline.Edit{Start: start, End: end, Text: likeBreaks(u.now.src, text)})
}

// drop removes a line of now with what belongs to it.
func (u *unmerger) drop(n *entry) {
	props := u.now.root.Props
	for i, at := range n.refs {
		if i == 0 || n.alone {
			u.edit(props[at].Start, props[at].End, "")
		}
	}
}

// source is the text of an entry of before, when it can be used as it is.
func (u *unmerger) source(b *entry) string {
	p := &u.before.root.Props[b.refs[0]]
	text := strings.ReplaceAll(p.Text(u.before.doc), "\r\n", "\n")
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r", "\n"), "\n", "\r\n")
}

// restore puts back the line that the merge changed.
func (u *unmerger) restore(n, m, b *entry) {
	props := u.now.root.Props
	line := props[n.refs[0]]
	text := u.source(b)
	if !strings.EqualFold(b.prop.Group, n.prop.Group) && len(b.aside) > 0 {
		p := b.prop
		p.Name, p.Group = b.name, n.prop.Group
		text = string(contentline.AppendProperty(nil, p))
	}
	u.edit(line.Start, line.End, text)
	if len(b.aside) == 0 && n.alone {
		for _, at := range n.refs[1:] {
			u.edit(props[at].Start, props[at].End, "")
		}
	}
}

// insert puts back a line that the merge took for another's double.
func (u *unmerger) insert(n, b *entry) {
	at := 0
	for _, ref := range n.refs {
		at = max(at, u.now.root.Props[ref].End)
	}
	u.edit(at, at, u.source(b))
}

// dropTexts takes the texts of a merge out of a line that it made and that was
// edited since.
func (u *unmerger) dropTexts(n, m *entry) {
	if m.rule.how == list || m.rule.how == remark {
		u.mend(n, m, &entry{prop: contentline.Property{Name: m.prop.Name}, rule: m.rule})
	}
}

// mend takes what a merge added out of a line that was edited since.
func (u *unmerger) mend(n, m, b *entry) {
	p := n.prop
	switch {
	case m.rule.how == list:
		p.Value = withoutTexts(n, m, b)
	case m.rule.how == remark:
		p.Value = contentline.EscapeText(withoutNotes(n.text(), m.text(), b.text()))
	case n.prop.Value == m.prop.Value:
		p.Value = b.prop.Value
	}
	if strings.TrimSpace(p.Value) == "" && strings.TrimSpace(n.prop.Value) != "" {
		u.drop(n)
		return
	}
	p.Params = withoutParams(n.prop.Params, m.prop.Params, b.prop.Params)
	label := n.label != "" && n.label == m.label && b.label == ""
	props := u.now.root.Props
	if label && n.alone {
		p.Group = b.prop.Group
		for _, at := range n.refs[1:] {
			u.edit(props[at].Start, props[at].End, "")
		}
	}
	p.Name = n.name
	line := props[n.refs[0]]
	u.edit(line.Start, line.End, string(contentline.AppendProperty(nil, p)))
}

// withoutTexts are the texts of n but those that came between b and m.
func withoutTexts(n, m, b *entry) string {
	came := map[string]bool{}
	for _, t := range listTexts(m) {
		came[squashed(t)] = true
	}
	for _, t := range listTexts(b) {
		delete(came, squashed(t))
	}
	rest := slices.DeleteFunc(slices.Clone(rawTexts(n)), func(raw string) bool {
		return came[squashed(strings.TrimSpace(contentline.UnescapeText(raw)))]
	})
	return strings.Join(rest, ",")
}

// withoutNotes is the note now but for the lines that came between b and m.
func withoutNotes(now, m, b string) string {
	head, tail, found := strings.Cut(m, b)
	if !found || b == "" {
		head, tail = "", m
	}
	for _, part := range []string{tail, head} {
		if part == "" {
			continue
		}
		if before, after, found := strings.Cut(now, part); found {
			now = before + after
			continue
		}
		for line := range strings.SplitSeq(part, "\n") {
			if strings.TrimSpace(line) == "" || strings.Contains("\n"+b+"\n", "\n"+line+"\n") {
				continue
			}
			if before, after, found := strings.Cut("\n"+now+"\n", "\n"+line+"\n"); found {
				now = strings.Trim(before+"\n"+after, "\n")
			}
		}
	}
	return now
}

// withoutParams are the parameters of n but those that came between b and m.
func withoutParams(n, m, b []contentline.Param) []contentline.Param {
	types := func(params []contentline.Param) []string { return typesOf(&contentline.Property{Params: params}) }
	has := func(types []string, t string) bool {
		return slices.ContainsFunc(types, func(x string) bool { return strings.EqualFold(x, strings.TrimSpace(t)) })
	}
	came := slices.DeleteFunc(types(m), func(t string) bool { return has(types(b), t) })
	named := func(params []contentline.Param, name string) bool {
		return slices.ContainsFunc(params, func(p contentline.Param) bool { return p.Name == name })
	}
	var out []contentline.Param
	for _, p := range n {
		if p.Name == "TYPE" && len(came) > 0 {
			var values []string
			for _, v := range p.Values {
				kept := slices.DeleteFunc(strings.Split(v, ","), func(t string) bool { return has(came, t) })
				if len(kept) > 0 {
					values = append(values, strings.Join(kept, ","))
				}
			}
			if p.Values = values; len(values) == 0 {
				continue
			}
		} else if p.Name != "TYPE" && p.Name != "" && named(m, p.Name) && !named(b, p.Name) {
			continue
		}
		out = append(out, p)
	}
	return out
}
