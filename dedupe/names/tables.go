package names

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

//go:embed nicknames.txt
var nicknameText string

//go:embed equal.txt
var equalText string

//go:embed words.txt
var wordText string

//go:embed kana.txt
var kanaText string

// A Class is what a word is beside being a name. A word can be several: "sr" is a
// man in Spanish and a father in English.
type Class uint32

const (
	Man        Class = 1 << iota // Mr, Herr
	Woman                        // Mrs, Frau
	Title                        // Dr, Prof
	Senior                       // the elder of two of one name
	Junior                       // the younger
	Second                       // II
	Third                        // III
	Fourth                       // IV
	Particle                     // de, van, al
	And                          // between two people on one card
	Annotation                   // mobile, work, new: what the owner of a book adds
	Relation                     // Mum, Boss: who somebody is, not the name
	Role                         // info, sales: mailboxes of nobody
	Legal                        // GmbH, Inc
	OrgWord                      // restaurant, clinic
	cjkFamily
)

// Generation is the classes that tell namesakes in one family apart.
const Generation = Senior | Junior | Second | Third | Fourth

var headings = map[string]Class{
	"man": Man, "woman": Woman, "title": Title, "senior": Senior, "junior": Junior, "second": Second, "third": Third, "fourth": Fourth,
	"particle": Particle, "and": And, "annotation": Annotation, "relation": Relation, "role": Role, "legal": Legal, "org": OrgWord,
	"cjk-family": cjkFamily,
}

type tables struct {
	class  map[string]Class
	short  map[string][]string // formal names of a short form
	formal map[string]bool     // names that have short forms
	equal  map[string][]int32  // lines of equal.txt
	native map[string]string   // native spelling to Latin
}

var load = sync.OnceValue(func() *tables {
	t := &tables{class: map[string]Class{}, short: map[string][]string{}, formal: map[string]bool{}, equal: map[string][]int32{}, native: map[string]string{}}
	var class Class
	lines(wordText, func(line string) {
		if name, ok := strings.CutPrefix(line, "= "); ok {
			class = headings[name]
			return
		}
		for _, w := range strings.Fields(line) {
			if class != cjkFamily {
				w = strings.ReplaceAll(fold(w), " ", "")
			}
			t.class[w] |= class
		}
	})
	lines(nicknameText, func(line string) {
		formal, shorts, ok := strings.Cut(line, ":")
		if !ok {
			return
		}
		formal = Latin(formal)
		t.formal[formal] = true
		for _, s := range strings.Fields(shorts) {
			s = Latin(s)
			t.short[s] = append(t.short[s], formal)
		}
	})
	n := int32(0)
	lines(equalText, func(line string) {
		for _, w := range strings.Fields(line) {
			w = Latin(w)
			t.equal[w] = append(t.equal[w], n)
		}
		n++
	})
	lines(kanaText, func(line string) {
		native, latin, _ := strings.Cut(line, " ")
		t.native[native] = latin
	})
	return t
})

// lines calls f with each line that says something.
func lines(text string, f func(string)) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			f(line)
		}
	}
}

// ClassOf returns what a word in the form of Latin is, 0 for a mere name.
func ClassOf(word string) Class { return load().class[word] }

// A Form is how one given name is a form of another.
type Form uint8

const (
	Unrelated Form = iota
	ShortA         // the first is a short form of the second
	ShortB         // the second is a short form of the first
	SameShort      // both are short forms of a third
	OneName        // one name in two languages
)

// FormOf tells how two given names, in the form of Latin, are forms of one name.
func FormOf(a, b string) Form {
	t := load()
	as, bs := t.short[a], t.short[b]
	for _, f := range as {
		if f == b {
			return ShortA
		}
	}
	for _, f := range bs {
		if f == a {
			return ShortB
		}
	}
	if shareLine(t.equal[a], t.equal[b]) {
		return OneName
	}
	for _, f := range as {
		if shareLine(t.equal[f], t.equal[b]) {
			return ShortA
		}
		for _, g := range bs {
			if f == g {
				return SameShort
			}
		}
	}
	for _, f := range bs {
		if shareLine(t.equal[f], t.equal[a]) {
			return ShortB
		}
	}
	return Unrelated
}

// Formal returns one name for all forms of it that the tables tie to one: the key
// under which Bob and Robert are kept. Another word is returned as it is. A short
// form of several names returns the first of them.
func Formal(word string) string {
	t := load()
	if fs := t.short[word]; len(fs) > 0 {
		return fs[0]
	}
	return word
}

// Known reports whether a word is a given name or a short form in the tables: FormOf
// has an answer only for two such words.
func Known(word string) bool {
	t := load()
	return t.formal[word] || len(t.short[word]) > 0 || len(t.equal[word]) > 0
}

func shareLine(a, b []int32) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}

// ShortForms returns the short forms of each name in the tables.
func ShortForms() map[string][]string {
	out := map[string][]string{}
	for short, formals := range load().short {
		for _, f := range formals {
			out[f] = append(out[f], short)
		}
	}
	for _, s := range out {
		slices.Sort(s)
	}
	return out
}

// Equals returns the spellings of one given name in each of the tables' lines.
func Equals() [][]string {
	var out [][]string
	lines(equalText, func(line string) { out = append(out, strings.Fields(line)) })
	return out
}
