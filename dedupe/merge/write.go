package merge

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"almanac/contentline"
)

// A writer splices what has changed into the reference.
type writer struct {
	m     *merger
	used  map[string]bool // groups, in lower case
	last  int             // number of the last new one
	edits []contentline.Edit
}

func (m *merger) write() ([]byte, error) {
	w := &writer{m: m, used: map[string]bool{}}
	for i := range m.ref.root.Props {
		if g := m.ref.root.Props[i].Group; g != "" {
			w.used[strings.ToLower(g)] = true
		}
	}
	tails := map[string]int{} // where the last line of a property ends, with what stands in its group
	for _, e := range m.entries {
		if len(e.refs) > 0 {
			w.rewrite(e)
			for _, at := range e.refs {
				tails[e.prop.Name] = max(tails[e.prop.Name], m.ref.root.Props[at].End)
			}
		}
	}
	for _, e := range m.entries {
		if !e.added || e.dropped {
			continue
		}
		at, known := tails[e.prop.Name]
		if !known {
			at = m.ref.root.BodyEnd
		}
		w.edit(at, at, w.lines(e))
	}
	slices.SortStableFunc(w.edits, func(a, b contentline.Edit) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	return contentline.Splice(m.ref.src, w.edits)
}

func (w *writer) edit(start, end int, text []byte) {
	w.edits = append(w.edits, contentline.Edit{Start: start, End: end, Text: likeBreaks(w.m.ref.src, string(text))})
}

// likeBreaks gives lines that end in CRLF the line breaks of a text.
func likeBreaks(src, lines string) string {
	switch {
	case strings.Contains(src, "\r\n"):
		return lines
	case strings.Contains(src, "\n"):
		return strings.ReplaceAll(lines, "\r\n", "\n")
	}
	return strings.ReplaceAll(lines, "\r\n", "\r")
}

// rewrite changes or removes a line of the reference.
func (w *writer) rewrite(e *entry) {
	props := w.m.ref.root.Props
	line := props[e.refs[0]]
	if e.dropped {
		w.edit(line.Start, line.End, nil)
		if e.alone {
			for _, at := range e.refs[1:] {
				w.edit(props[at].Start, props[at].End, nil)
			}
		}
		return
	}
	if !e.changed {
		return
	}
	p := e.prop
	p.Name = e.name
	p.Params = slices.DeleteFunc(slices.Clone(p.Params), func(p contentline.Param) bool { return p.Name == "CHARSET" }) // it is UTF-8 now
	var label []byte
	if e.relabel != "" {
		if p.Group == "" || !e.alone {
			p.Group = w.newGroup("")
		}
		label = labelLine(p.Group, e.relabel)
	}
	w.edit(line.Start, line.End, append(contentline.AppendProperty(nil, p), label...))
}

func labelLine(group, label string) []byte {
	return contentline.AppendProperty(nil, contentline.Property{Group: group, Name: "X-ABLabel", Value: contentline.EscapeText(label)})
}

// lines writes a property that comes in, with its label.
func (w *writer) lines(e *entry) []byte {
	p := e.prop
	p.Name = e.name
	p.Group = ""
	described := len(e.aside) > 0 || e.relabel != ""
	if described {
		p.Group = w.newGroup(e.prop.Group)
	}
	out := contentline.AppendProperty(nil, p)
	for _, a := range e.aside {
		q := a.prop
		q.Group, q.Name = p.Group, a.name
		out = contentline.AppendProperty(out, q)
	}
	if e.relabel != "" {
		out = append(out, labelLine(p.Group, e.relabel)...)
	}
	return out
}

// newGroup returns a group that is not in use: its old name where that is free, else
// item1, item2, ...
func (w *writer) newGroup(like string) string {
	if like != "" && !w.used[strings.ToLower(like)] {
		w.used[strings.ToLower(like)] = true
		return like
	}
	for {
		w.last++
		if group := "item" + strconv.Itoa(w.last); !w.used[group] {
			w.used[group] = true
			return group
		}
	}
}
