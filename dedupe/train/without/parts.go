package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A part of the engine is taken out by changing its source, so that what is shipped
// has no switches.
type part struct {
	name   string
	ignore string // features that the model is not to look at
	edits  []edit
}

// An edit puts one text in the place of another, which has to be there once.
type edit struct{ file, old, new string }

var parts = []part{
	{name: "nothing"},
	{name: "short forms of names", ignore: "short forms", edits: []edit{
		{"dedupe/comparename.go", "if a.Known && b.Known {", "if false {"},
		{"dedupe/keys.go", "f[0] != ns[j].Text[0] && ns[j].Role != Family", "false && f != \"\""},
	}},
	{name: "transliteration", edits: []edit{
		// A letter with an accent, or of another script, is a letter of its own.
		{"dedupe/names/latin.go", "if l, ok := letters[r]; ok {",
			"if unicode.IsLetter(r) {\nfor n := unicode.ToLower(r); n > 0; n /= 26 {\nb.WriteByte(byte('a' + n%26))\n}\n} else if l, ok := letters[r]; ok {"},
	}},
	{name: "sounds as keys and likeness", ignore: "by ear", edits: []edit{
		{"dedupe/near/sound.go", "func Sound(word string) string {\n", "func Sound(word string) string {\nif word != \"\" {\nreturn cut(word)\n}\n"},
	}},
	{name: "frequencies", edits: []edit{
		{"dedupe/counts.go", "return int(c.count[term])", "return min(int(c.count[term]), 1)"},
		{"dedupe/counts.go", "return int(c.holders[term])", "return min(int(c.holders[term]), 1)"},
	}},
	{name: "whole groups", edits: []edit{
		{"dedupe/cluster.go", "return all >= apart && !(opposed && all < suggest)", "return all >= 0 || opposed"},
		{"dedupe/cluster.go", "case len(c.members[a])+len(c.members[b]) > 2:", "case false:"},
	}},
	{name: "contradictions between members", edits: []edit{
		{"dedupe/cluster.go", "opposed && s < 0.1 {", "opposed && s < 0 {"},
	}},
	{name: "numbers by meaning (digits must be equal)", edits: []edit{
		{"dedupe/compare.go", "	if x.Abroad && y.Abroad {\n", "	if x != y {\n"},
	}},
	{name: "mailboxes by alias", edits: []edit{
		{"dedupe/value/mail.go", "	if !known {\n		return mailbox\n", "	if known || mailbox != \"\" {\n		return mailbox\n"},
	}},
	{name: "cut names and one's own mailboxes", ignore: "name cut off,own mail"},
}

// files are the sources that change, by their names.
func (p part) files(root string) (map[string]string, error) {
	out := map[string]string{}
	for _, e := range p.edits {
		text, ok := out[e.file]
		if !ok {
			b, err := os.ReadFile(filepath.Join(root, e.file))
			if err != nil {
				return nil, err
			}
			text = string(b)
		}
		if n := strings.Count(text, e.old); n != 1 {
			return nil, fmt.Errorf("%s has %d times what is to be changed: %s", e.file, n, e.old)
		}
		out[e.file] = strings.Replace(text, e.old, e.new, 1)
	}
	return out, nil
}
