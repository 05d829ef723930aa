package merge

import (
	"fmt"
	"slices"
	"strings"

	"almanac/contentline"
)

// Keep gives a card back what Unmerge took from it and what it has a right to all the
// same: values that now has, after lacks, and one of owners says. now is the card
// before Unmerge, after what Unmerge made of it, and owners are other cards that are
// merged in it, or itself as it was once. What a card has once (its name, its
// birthday) is not looked at.
func Keep(now, after []byte, owners [][]byte) ([]byte, error) {
	ref, err := readCard(after, -1)
	if err != nil {
		return nil, fmt.Errorf("card to give back to: %w", err)
	}
	had, err := readAs(now, ref.version)
	if err != nil {
		return nil, fmt.Errorf("card as it was: %w", err)
	}
	m := newMerger(ref)
	remarks := remarksOf(had)
	for _, src := range owners {
		owner, err := readAs(src, ref.version)
		if err != nil {
			return nil, fmt.Errorf("owner: %w", err)
		}
		said := newMerger(owner)
		for _, e := range had.told() {
			copied := *e
			copied.from, copied.refs, copied.quiet = 0, nil, true
			copied.prop.Params = slices.Clone(e.prop.Params)
			switch e.rule.how {
			case list:
				if copied.prop.Value = sharedTexts(e, said); copied.prop.Value != "" {
					m.place(&copied)
				}
			case many, alt:
				if e.form.key != "" && said.find(e) != nil {
					m.place(&copied)
				}
			}
		}
		for _, e := range owner.entries {
			if e.rule.how == remark && remarks.have(e.text()) {
				e.from, e.refs, e.quiet = 0, nil, true
				m.place(e)
			}
		}
	}
	m.finishLists()
	m.notes.finish()
	return m.write()
}

// remarks are the notes of a card.
type remarks struct {
	all    string
	lines  noteBook
	sought int // octets searched so far
}

func remarksOf(c *card) *remarks {
	r := &remarks{lines: noteBook{lines: map[string]bool{}, days: map[string]string{}}}
	var all strings.Builder
	for _, e := range c.entries {
		if e.rule.how == remark {
			text := e.text()
			all.WriteString(text + "\x00")
			r.lines.learn(text)
		}
	}
	r.all = all.String()
	return r
}

// have reports whether a text is in one of the notes, or, where there were too many to
// be searched, whether all of its lines are.
func (r *remarks) have(text string) bool {
	if text == "" || r.sought > maxSought {
		return text != "" && r.lines.hasLines(text)
	}
	r.sought += len(r.all)
	return strings.Contains(r.all, text)
}

// sharedTexts are the texts of a list that another card has too.
func sharedTexts(e *entry, said *merger) string {
	raws := slices.DeleteFunc(slices.Clone(rawTexts(e)), func(raw string) bool {
		return said.texts[e.prop.Name+"\x00"+squashed(strings.TrimSpace(contentline.UnescapeText(raw)))] == nil
	})
	return strings.Join(raws, ",")
}
